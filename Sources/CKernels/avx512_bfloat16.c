// Products of bfloat16 operands by AVX-512's dot products and on Intel's tiles, and the rounding of their operands.
#include "avx512_bfloat16.h"

#include "amx.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx512bf16,avx2,fma"))), \
                             apply_to = function)
#pragma STDC FP_CONTRACT OFF

#define LANES 16
#define MULTIPLY_ADD(a, b, c) ((vf)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define NARROWED_HALVES(first, second) ((vh_both)_mm512_cvtne2ps_pbh((__m512)(second), (__m512)(first)))

#include "vector/vector.h"
#include "vector/bfloat16.h"

// --- operands --------------------------------------------------------------------------------------------------------

void bitnet_avx512_bfloat16_gradient(const float *dy, intptr_t rows, intptr_t columns, intptr_t first, intptr_t last,
                                     float alpha, const float *divisors, uint16_t *left, uint16_t *panels) {
  bfloat16_gradient(dy, rows, columns, first, last, alpha, divisors, left, panels);
}

// --- bfloat16 dot products -------------------------------------------------------------------------------------------

#define TILE_ROWS 16

static void bfloat16_tile(const uint16_t *left, intptr_t depth, intptr_t rows, const uint16_t *panel,
                          intptr_t columns, int add, float *y, intptr_t y_stride) {
  __mmask16 wanted = columns >= LANES ? 0xFFFF : (__mmask16)((1u << columns) - 1);
  __m512 sums[TILE_ROWS];
  for (int r = 0; r < TILE_ROWS; r++)
    sums[r] = add && r < rows ? _mm512_maskz_loadu_ps(wanted, y + r * y_stride) : _mm512_setzero_ps();
  for (intptr_t k = 0; k < depth; k += 2) {
    __m512bh pairs = (__m512bh)_mm512_loadu_si512(panel + k * BITNET_PANEL_COLUMNS);
    const uint16_t *column = left + k / TILE_DEPTH * TILE_LENGTH + k % TILE_DEPTH;
    for (int r = 0; r < TILE_ROWS; r++) {
      int32_t two;
      __builtin_memcpy(&two, column + r * TILE_DEPTH, 4);
      sums[r] = _mm512_dpbf16_ps(sums[r], (__m512bh)_mm512_set1_epi32(two), pairs);
    }
  }
  for (int r = 0; r < TILE_ROWS; r++)
    if (r < rows) _mm512_mask_storeu_ps(y + r * y_stride, wanted, sums[r]);
}

void bitnet_avx512_bfloat16_matmul(const uint16_t *left, intptr_t left_depth, intptr_t rows, intptr_t depth,
                                   const uint16_t *panels, intptr_t columns, int add, float *y, intptr_t y_stride) {
  for (intptr_t column = 0; column < columns; column += BITNET_PANEL_COLUMNS)
    for (intptr_t row = 0; row < rows; row += TILE_ROWS)
      bfloat16_tile(left + row * left_depth, depth, rows - row, panels + column * depth, columns - column, add,
                    y + row * y_stride + column, y_stride);
}

// --- tiles -----------------------------------------------------------------------------------------------------------

// Panels that do not stay in the second-level cache while rows stream by: then rows stay and panels stream.
#define FAR_PANEL_BYTES (2 << 20)
// With more, two panels leave the first-level cache again and again; with less, sums are loaded and stored more often.
#define BFLOAT16_DEPTH_PER_PASS 1024

// A block at the edge, by way of a whole one.
static void bfloat16_edge_block(const bitnet_bfloat16_operands *operands, intptr_t depth, intptr_t rows,
                                intptr_t columns, int add, float *y, intptr_t y_stride) {
  _Alignas(64) float block[AMX_BLOCK * AMX_BLOCK];
  if (rows > AMX_BLOCK) rows = AMX_BLOCK;
  if (columns > AMX_BLOCK) columns = AMX_BLOCK;
  for (intptr_t i = 0; i < AMX_BLOCK * AMX_BLOCK; i++) {
    intptr_t r = i / AMX_BLOCK, c = i % AMX_BLOCK;
    block[i] = add && r < rows && c < columns ? y[r * y_stride + c] : 0.0f;
  }
  bitnet_amx_bfloat16_block(operands, depth, 1, block, AMX_BLOCK);
  for (intptr_t r = 0; r < rows; r++)
    for (intptr_t c = 0; c < columns; c++) y[r * y_stride + c] = block[r * AMX_BLOCK + c];
}

// Some rows of a product, some of the depth; y holds the sums of the passes before.
static void bfloat16_pass(bitnet_bfloat16_operands operands, intptr_t rows, intptr_t depth, intptr_t columns, int add,
                          float *y, intptr_t y_stride) {
  for (intptr_t column = 0; column < columns; column += AMX_BLOCK)
    for (intptr_t row = 0; row < rows; row += AMX_BLOCK) {
      bitnet_bfloat16_operands block = operands;
      block.left += row * operands.left_depth, block.panels += column * operands.panel_depth;
      float *to = y + row * y_stride + column;
      if (rows - row >= AMX_BLOCK && columns - column >= AMX_BLOCK)
        bitnet_amx_bfloat16_block(&block, depth, add, to, y_stride);
      else
        bfloat16_edge_block(&block, depth, rows - row, columns - column, add, to, y_stride);
    }
}

// The tiles are set up by the caller.
static void bfloat16_blocks(const uint16_t *left, intptr_t left_depth, intptr_t rows, intptr_t depth,
                            const uint16_t *panels, intptr_t columns, int add, float *y, intptr_t y_stride) {
  const intptr_t rows_per_pass = columns * depth * 2 >= FAR_PANEL_BYTES ? 4 * AMX_BLOCK : AMX_BLOCK;
  for (intptr_t row = 0; row < rows; row += rows_per_pass)
    for (intptr_t k = 0; k < depth; k += BFLOAT16_DEPTH_PER_PASS) {
      intptr_t pass_rows = rows - row < rows_per_pass ? rows - row : rows_per_pass;
      intptr_t pass_depth = depth - k < BFLOAT16_DEPTH_PER_PASS ? depth - k : BFLOAT16_DEPTH_PER_PASS;
      bitnet_bfloat16_operands operands = {left + row * left_depth + k * 16, panels + k * BITNET_PANEL_COLUMNS,
                                           left_depth, depth};
      bfloat16_pass(operands, pass_rows, pass_depth, columns, add || k > 0, y + row * y_stride, y_stride);
    }
}

void bitnet_amx_bfloat16_matmul(const uint16_t *left, intptr_t left_depth, intptr_t rows, intptr_t depth,
                                const uint16_t *panels, intptr_t columns, int add, float *y, intptr_t y_stride) {
  bitnet_amx_begin();
  bfloat16_blocks(left, left_depth, rows, depth, panels, columns, add, y, y_stride);
  bitnet_amx_end();
}

// --- attention -------------------------------------------------------------------------------------------------------

#include "vector/attention_bfloat16.h"

void bitnet_avx512_attention_backward(const float *q, const float *k, const float *v, const float *y, const float *dy,
                                      intptr_t q_stride, intptr_t kv_stride, intptr_t length, const int32_t *starts,
                                      const float *log_sums, bitnet_attention_shape shape, float *dq, float *dk,
                                      float *dv, int add, float *scratch) {
  attention_backward_in_blocks(q, k, v, y, dy, q_stride, kv_stride, length, starts, log_sums, shape, dq, dk, dv, add,
                               scratch, bitnet_avx512_bfloat16_matmul);
}

void bitnet_amx_attention_backward(const float *q, const float *k, const float *v, const float *y, const float *dy,
                                   intptr_t q_stride, intptr_t kv_stride, intptr_t length, const int32_t *starts,
                                   const float *log_sums, bitnet_attention_shape shape, float *dq, float *dk, float *dv,
                                   int add, float *scratch) {
  bitnet_amx_begin();
  attention_backward_in_blocks(q, k, v, y, dy, q_stride, kv_stride, length, starts, log_sums, shape, dq, dk, dv, add,
                               scratch, bfloat16_blocks);
  bitnet_amx_end();
}

// --- roofs -----------------------------------------------------------------------------------------------------------

#define PEAK_CHAINS 16

intptr_t bitnet_avx512_bfloat16_peak(intptr_t iterations) {
  __m512 sums[PEAK_CHAINS];
  __m512bh pairs = (__m512bh)_mm512_set1_epi16(0x3F80);
  for (int i = 0; i < PEAK_CHAINS; i++) sums[i] = _mm512_setzero_ps();
  for (intptr_t n = 0; n < iterations; n++)
    for (int i = 0; i < PEAK_CHAINS; i++) sums[i] = _mm512_dpbf16_ps(sums[i], pairs, pairs);
  for (int i = 1; i < PEAK_CHAINS; i++) sums[0] = _mm512_add_ps(sums[0], sums[i]);
  volatile float kept = ((vf)sums[0])[0];
  (void)kept;
  return iterations * PEAK_CHAINS * 32;
}

#pragma clang attribute pop

#endif
