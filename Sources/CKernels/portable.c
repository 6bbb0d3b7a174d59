// The kernels in plain C, for any processor, and the twins that the other instruction sets are tested against.
#include "CKernels.h"

#pragma STDC FP_CONTRACT OFF

#define KERNELS_NAME "portable"
#define LANES 8
#ifdef __FP_FAST_FMAF
#define MULTIPLY_ADD(a, b, c) __builtin_elementwise_fma((a), (b), (c))
#endif

#include "vector/vector.h"
#include "vector/quantize.h"
#include "vector/bfloat16.h"
#include "vector/matmul.h"
#include "vector/layers.h"
#include "vector/halves.h"
#include "vector/attention.h"
#include "vector/attention_backward.h"
#include "vector/loss.h"
#include "vector/sampling.h"
#include "vector/optimizer.h"
#include "vector/dropout.h"
#include "vector/peak.h"
#include "vector/packed.h"
#include "vector/packed_two_bits.h"
#include "vector/packed_triples.h"
#include "vector/pack_triples.h"
#include "vector/stored.h"

static void ternary_matmul(const int8_t *q, intptr_t code_stride, const float *scales, const int32_t *sums,
                           intptr_t rows, const uint8_t *panels, intptr_t columns, float gamma, const float *addend,
                           float *y, intptr_t y_stride) {
  for (intptr_t row = 0; row < rows; row++)
    for (intptr_t n = 0; n < columns; n++) {
      const uint8_t *panel = panels + n / BITNET_PANEL_COLUMNS * code_stride * BITNET_PANEL_COLUMNS;
      const uint8_t *codes = panel + n % BITNET_PANEL_COLUMNS * 4;
      const int8_t *activations = q + row * code_stride;
      int32_t sum = 0;
      for (intptr_t k = 0; k < code_stride; k += 4)
        for (int i = 0; i < 4; i++) sum += activations[k + i] * codes[k * BITNET_PANEL_COLUMNS + i];
      float result = (float)(sum - sums[row]) * (gamma / scales[row]);
      y[row * y_stride + n] = addend ? addend[row * y_stride + n] + result : result;
    }
}

static void bfloat16_matmul(const uint16_t *left, intptr_t left_depth, intptr_t rows, intptr_t depth,
                            const uint16_t *panels, intptr_t columns, int add, float *y, intptr_t y_stride) {
  for (intptr_t row = 0; row < rows; row++)
    for (intptr_t n = 0; n < columns; n++) {
      const uint16_t *tiles = left + row / 16 * 16 * left_depth + row % 16 * TILE_DEPTH;
      const uint16_t *panel = panels + n / BITNET_PANEL_COLUMNS * BITNET_PANEL_COLUMNS * depth;
      float *to = y + row * y_stride + n, sum = add ? *to : 0.0f;
      for (intptr_t k = 0; k < depth; k++)
        sum += widen(tiles[k / TILE_DEPTH * TILE_LENGTH + k % TILE_DEPTH]) *
               widen(panel[k / 2 * 32 + n % BITNET_PANEL_COLUMNS * 2 + k % 2]);
      *to = sum;
    }
}

#include "vector/attention_bfloat16.h"

static void attention_backward_bfloat16(const float *q, const float *k, const float *v, const float *y, const float *dy,
    intptr_t q_stride, intptr_t kv_stride, intptr_t length, const int32_t *starts, const float *log_sums,
    bitnet_attention_shape shape, float *dq, float *dk, float *dv, int add, float *scratch) {
  attention_backward_in_blocks(q, k, v, y, dy, q_stride, kv_stride, length, starts, log_sums, shape, dq, dk, dv, add,
                               scratch, bfloat16_matmul);
}

#define TABLE table
#define ATTENTION_BACKWARD_BFLOAT16 attention_backward_bfloat16
#define TERNARY_PEAK 0
#define BFLOAT16_MATMUL bfloat16_matmul
#include "vector/table.h"

const bitnet_kernels *bitnet_kernels_portable(void) { return &table; }

intptr_t bitnet_attention_scratch(bitnet_attention_shape shape) {
  const intptr_t block = BITNET_KEY_BLOCK * (shape.head_dimension + shape.padded_dimension);
  return BITNET_QUERY_TILE * (shape.padded_dimension + 2) + (shape.in_halves ? block : 0);
}

intptr_t bitnet_attention_backward_scratch(intptr_t length, intptr_t padded_dimension) {
  return 6 * length * padded_dimension + 2 * rounded_to_blocks(length) * padded_dimension + length +
         2 * BITNET_QUERY_TILE * BITNET_KEY_BLOCK;
}

intptr_t bitnet_attention_backward_bfloat16_scratch(intptr_t length, intptr_t head_dimension) {
  intptr_t width = (head_dimension + 31) / 32 * 32, blocks = rounded_to_blocks(length) / BLOCK;
  return blocks * (OPERAND_HALVES(width) / 2 + BLOCK * width + 2 * BLOCK) + 7 * BLOCK * BLOCK / 2 + 2 * BLOCK * width;
}
