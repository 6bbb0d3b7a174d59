// Products with tables of real numbers in the format they are stored in: panels of 16 rows, [columns][16], as
// float_matmul has them. Outputs are chains in the order of k, as there.

#define STORED_ROWS 8    // input rows that share what was widened
// Panels side by side for one input row: their chains hide each other's latency, and memory is faster in more streams.
#define STORED_PANELS (LANES == 16 ? 8 : 4)

INLINE vf widened(const uint8_t *from, bitnet_stored_format format) {
  switch (format) {
    case BITNET_STORED_FLOAT32: return (vf)*(const vu_unaligned *)from;
    case BITNET_STORED_BFLOAT16: return (vf)(__builtin_convertvector(*(const vh_unaligned *)from, vu) << 16);
    default: return WIDEN_HALVES(from);
  }
}

INLINE intptr_t stored_bytes(bitnet_stored_format format) { return format == BITNET_STORED_FLOAT32 ? 4 : 2; }

#include "q8_0.h"

// --- packing ---------------------------------------------------------------------------------------------------------

INLINE void pack_numbers(const uint8_t *table, intptr_t size, intptr_t rows, intptr_t columns, uint8_t *panels,
                         intptr_t first_panel, intptr_t last_panel) {
  for (intptr_t panel = first_panel; panel < last_panel; panel++, panels += columns * BITNET_PANEL_COLUMNS * size)
    for (intptr_t lane = 0; lane < BITNET_PANEL_COLUMNS; lane++) {
      const intptr_t row = panel * BITNET_PANEL_COLUMNS + lane;
      uint8_t *to = panels + lane * size;
      for (intptr_t k = 0; k < columns; k++, to += BITNET_PANEL_COLUMNS * size)
        if (row < rows) __builtin_memcpy(to, table + (row * columns + k) * size, (size_t)size);
        else __builtin_memset(to, 0, (size_t)size);
    }
}

static void pack_table(const uint8_t *table, bitnet_stored_format format, intptr_t rows, intptr_t columns,
                       uint8_t *panels, intptr_t first_panel, intptr_t last_panel) {
  switch (format) {
    case BITNET_STORED_FLOAT32: pack_numbers(table, 4, rows, columns, panels, first_panel, last_panel); break;
    case BITNET_STORED_Q8_0: pack_q8(table, rows, columns, panels, first_panel, last_panel); break;
    default: pack_numbers(table, 2, rows, columns, panels, first_panel, last_panel);
  }
}

// --- products --------------------------------------------------------------------------------------------------------

// `tile_rows`, `format` and `count` are constants at every call, so that the sums live in registers.
INLINE void stored_tile(const float *x, intptr_t x_stride, int tile_rows, const uint8_t *panels,
                        bitnet_stored_format format, intptr_t rows, intptr_t columns, intptr_t panel, int count,
                        float *y, intptr_t y_stride) {
  const intptr_t line = BITNET_PANEL_COLUMNS * stored_bytes(format), panel_bytes = columns * line;
  const uint8_t *from = panels + panel * panel_bytes;
  vf sums[STORED_PANELS][STORED_ROWS][PANEL_VECTORS];
  for (int p = 0; p < count; p++)
    for (int r = 0; r < tile_rows; r++)
      for (int j = 0; j < PANEL_VECTORS; j++) sums[p][r][j] = splat(0.0f);
  for (intptr_t k = 0; k < columns; k++, from += line) {
    const intptr_t ahead = prefetch_distance(k * line, panel_bytes, count, FAR_AHEAD);
    for (int p = 0; p < count; p++) {
      __builtin_prefetch(from + p * panel_bytes + ahead);
      for (int j = 0; j < PANEL_VECTORS; j++) {
        vf w = widened(from + p * panel_bytes + j * LANES * stored_bytes(format), format);
        for (int r = 0; r < tile_rows; r++)
          sums[p][r][j] = MULTIPLY_ADD(splat(x[r * x_stride + k]), w, sums[p][r][j]);
      }
    }
  }
  for (int p = 0; p < count; p++)
    for (int r = 0; r < tile_rows; r++)
      for (int j = 0; j < PANEL_VECTORS; j++) {
        intptr_t column = (panel + p) * BITNET_PANEL_COLUMNS + j * LANES;
        if (column < rows) store_padded(y + r * y_stride, column, rows, sums[p][r][j]);
      }
}

INLINE void stored_format(const float *x, intptr_t x_stride, intptr_t x_rows, const uint8_t *panels,
                          bitnet_stored_format format, intptr_t rows, intptr_t columns, intptr_t first_panel,
                          intptr_t last_panel, float *y, intptr_t y_stride) {
  intptr_t row = 0;
  for (; row + STORED_ROWS <= x_rows; row += STORED_ROWS)
    for (intptr_t panel = first_panel; panel < last_panel; panel++)
      stored_tile(x + row * x_stride, x_stride, STORED_ROWS, panels, format, rows, columns, panel, 1,
                  y + row * y_stride, y_stride);
  for (; row < x_rows; row++) {
    intptr_t panel = first_panel;
    for (; panel + STORED_PANELS <= last_panel; panel += STORED_PANELS)
      stored_tile(x + row * x_stride, x_stride, 1, panels, format, rows, columns, panel, STORED_PANELS,
                  y + row * y_stride, y_stride);
    for (; panel < last_panel; panel++)
      stored_tile(x + row * x_stride, x_stride, 1, panels, format, rows, columns, panel, 1, y + row * y_stride,
                  y_stride);
  }
}

static void stored_matmul(const float *x, intptr_t x_stride, intptr_t x_rows, const uint8_t *panels,
                          bitnet_stored_format format, intptr_t rows, intptr_t columns, intptr_t first_panel,
                          intptr_t last_panel, float *y, intptr_t y_stride) {
#define WITH_FORMAT(name) \
  case name: \
    stored_format(x, x_stride, x_rows, panels, name, rows, columns, first_panel, last_panel, y, y_stride); \
    break
  switch (format) {
    WITH_FORMAT(BITNET_STORED_FLOAT32);
    WITH_FORMAT(BITNET_STORED_FLOAT16);
    WITH_FORMAT(BITNET_STORED_BFLOAT16);
    case BITNET_STORED_Q8_0: break;  // q8_matmul
  }
#undef WITH_FORMAT
}
