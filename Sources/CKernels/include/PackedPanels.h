// Ternary matrices in packed panels, and the kernels of their layouts.
#ifndef BITNET_PACKED_PANELS_H
#define BITNET_PACKED_PANELS_H

#include <stdint.h>

// Output columns per panel of a packed weight matrix.
#define BITNET_PANEL_COLUMNS 16

// How packed panels hold ternary codes: 2 bits each, or three codes in 5 bits. See vector/packed_two_bits.h and
// vector/packed_triples.h.
typedef enum { BITNET_PACKED_TWO_BITS = 0, BITNET_PACKED_TRIPLES = 1 } bitnet_packed_layout;

// Bytes of a packed panel of 16 rows; columns is a multiple of 128.
static inline intptr_t bitnet_packed_panel_bytes(bitnet_packed_layout layout, intptr_t columns) {
  return layout == BITNET_PACKED_TRIPLES ? columns / 96 * 320 + columns % 96 * 4 : columns * 4;
}

// The kernels of one layout.
typedef struct {
  // I2_S codes of a matrix [rows][columns] (byte g of a block of 128 columns holds code + 1 of columns g, 32 + g, 64 + g,
  // 96 + g from the high bits down) into packed panels, the first of them at `packed`.
  void (*pack)(const uint8_t *codes, intptr_t rows, intptr_t columns, uint8_t *packed, intptr_t first_panel,
               intptr_t last_panel);
  // The same codes as panels of ternary_matmul, `count` of them.
  void (*unpack)(const uint8_t *packed, intptr_t columns, uint8_t *panels, intptr_t count);
  // ternary_matmul from packed panels, the outputs of panels [first_panel, last_panel).
  void (*matmul)(const int8_t *q, intptr_t code_stride, const float *scales, const int32_t *sums, intptr_t rows,
                 const uint8_t *packed, intptr_t outputs, intptr_t columns, intptr_t first_panel, intptr_t last_panel,
                 float gamma, const float *addend, float *y, intptr_t y_stride);
} bitnet_packed_kernels;

#endif
