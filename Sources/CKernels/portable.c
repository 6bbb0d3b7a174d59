// The kernels in plain C, for any processor, and the twins that the other instruction sets are tested against.
#include "CKernels.h"

#pragma STDC FP_CONTRACT OFF

#define KERNELS_NAME "portable"
#define LANES 8
#ifdef __FP_FAST_FMAF
#define MULTIPLY_ADD(a, b, c) __builtin_elementwise_fma((a), (b), (c))
#else
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif

#include "vector/vector.h"
#include "vector/quantize.h"
#include "vector/bfloat16.h"
#include "vector/matmul.h"
#include "vector/layers.h"
#include "vector/attention.h"
#include "vector/loss.h"
#include "vector/optimizer.h"

static void ternary_matmul(const int8_t *q, intptr_t code_stride, const float *scales, const int32_t *sums,
                           intptr_t rows, const uint8_t *panels, intptr_t columns, float gamma, float *y,
                           intptr_t y_stride) {
  for (intptr_t row = 0; row < rows; row++)
    for (intptr_t n = 0; n < columns; n++) {
      const uint8_t *panel = panels + n / BITNET_PANEL_COLUMNS * code_stride * BITNET_PANEL_COLUMNS;
      const uint8_t *codes = panel + n % BITNET_PANEL_COLUMNS * 4;
      const int8_t *activations = q + row * code_stride;
      int32_t sum = 0;
      for (intptr_t k = 0; k < code_stride; k += 4)
        for (int i = 0; i < 4; i++) sum += activations[k + i] * codes[k * BITNET_PANEL_COLUMNS + i];
      y[row * y_stride + n] = (float)(sum - sums[row]) * gamma / scales[row];
    }
}

static void bfloat16_matmul(const uint16_t *left, intptr_t rows, intptr_t depth, const uint16_t *panels,
                            intptr_t columns, float alpha, int add, int transposed, float *y, intptr_t y_stride) {
  for (intptr_t row = 0; row < rows; row++)
    for (intptr_t n = 0; n < columns; n++) {
      const uint16_t *panel = panels + n / BITNET_PANEL_COLUMNS * BITNET_PANEL_COLUMNS * depth;
      float sum = 0.0f;
      for (intptr_t k = 0; k < depth; k++)
        sum += widen(left[row * depth + k]) * widen(panel[k / 2 * 32 + n % BITNET_PANEL_COLUMNS * 2 + k % 2]);
      float *to = transposed ? y + n * y_stride + row : y + row * y_stride + n;
      *to = add ? *to + sum * alpha : sum * alpha;
    }
}

#define TABLE table
#define TERNARY_MATMUL ternary_matmul
#define BFLOAT16_MATMUL bfloat16_matmul
#define HAS_BFLOAT16_PRODUCTS 0
#include "vector/table.h"

const bitnet_kernels *bitnet_kernels_portable(void) { return &table; }

intptr_t bitnet_attention_backward_scratch(intptr_t length, intptr_t padded_dimension) {
  return 6 * length * padded_dimension + 2 * rounded_to_blocks(length) * padded_dimension + length +
         2 * BITNET_QUERY_TILE * BITNET_KEY_BLOCK;
}
