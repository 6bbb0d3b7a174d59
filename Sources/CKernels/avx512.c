// The kernels for x86 processors with AVX-512 (F, BW, VL, VNNI), with bfloat16 dot products or tiles where there are any.
#include "CKernels.h"
#include "amx.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma"))), \
                             apply_to = function)
#pragma STDC FP_CONTRACT OFF

#define KERNELS_NAME "avx512"
#define LANES 16
#define FLOAT_TILE_ROWS 12
#define MULTIPLY_ADD(a, b, c) ((vf)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))

#include "vector/vector.h"
#include "vector/quantize.h"
#include "vector/bfloat16.h"
#include "vector/matmul.h"
#include "vector/layers.h"
#include "vector/attention.h"
#include "vector/loss.h"
#include "vector/optimizer.h"

#define TERNARY_ROWS 8

// `tile_rows` and `panel_count` are constants at every call, so that the accumulators live in registers.
INLINE void ternary_tile(const int8_t *q, intptr_t code_stride, const float *scales, const int32_t *row_sums,
                         int tile_rows, const uint8_t *panels, int panel_count, intptr_t columns, float gamma,
                         float *y, intptr_t y_stride) {
  __m512i sums[TERNARY_ROWS][2];
  for (int r = 0; r < tile_rows; r++)
    for (int p = 0; p < panel_count; p++) sums[r][p] = _mm512_setzero_si512();
  intptr_t panel_bytes = code_stride * BITNET_PANEL_COLUMNS;
  for (intptr_t k = 0; k < code_stride; k += 4) {
    __m512i codes[2];
    for (int p = 0; p < panel_count; p++)
      codes[p] = _mm512_loadu_si512(panels + p * panel_bytes + k * BITNET_PANEL_COLUMNS);
    for (int r = 0; r < tile_rows; r++) {
      int32_t four;
      __builtin_memcpy(&four, q + r * code_stride + k, 4);
      __m512i activations = _mm512_set1_epi32(four);
      for (int p = 0; p < panel_count; p++) sums[r][p] = _mm512_dpbusd_epi32(sums[r][p], codes[p], activations);
    }
  }
  for (int r = 0; r < tile_rows; r++)
    for (int p = 0; p < panel_count; p++) {
      __m512i exact = _mm512_sub_epi32(sums[r][p], _mm512_set1_epi32(row_sums[r]));
      vf result = (vf)_mm512_cvtepi32_ps(exact) * gamma / scales[r];
      intptr_t left = columns - p * BITNET_PANEL_COLUMNS;
      __mmask16 wanted = left >= LANES ? 0xFFFF : (__mmask16)((1u << left) - 1);
      _mm512_mask_storeu_ps(y + r * y_stride + p * BITNET_PANEL_COLUMNS, wanted, (__m512)result);
    }
}

INLINE void ternary_columns(const int8_t *q, intptr_t code_stride, const float *scales, const int32_t *sums,
                            intptr_t rows, const uint8_t *panels, int panel_count, intptr_t columns, float gamma,
                            float *y, intptr_t y_stride) {
  intptr_t row = 0;
  for (; row + TERNARY_ROWS <= rows; row += TERNARY_ROWS)
    ternary_tile(q + row * code_stride, code_stride, scales + row, sums + row, TERNARY_ROWS, panels, panel_count,
                 columns, gamma, y + row * y_stride, y_stride);
  for (; row < rows; row++)
    ternary_tile(q + row * code_stride, code_stride, scales + row, sums + row, 1, panels, panel_count, columns, gamma,
                 y + row * y_stride, y_stride);
}

static void ternary_matmul(const int8_t *q, intptr_t code_stride, const float *scales, const int32_t *sums,
                           intptr_t rows, const uint8_t *panels, intptr_t columns, float gamma, float *y,
                           intptr_t y_stride) {
  intptr_t column = 0;
  for (; column + BITNET_PANEL_COLUMNS < columns; column += 2 * BITNET_PANEL_COLUMNS)
    ternary_columns(q, code_stride, scales, sums, rows, panels + column * code_stride, 2, columns - column, gamma,
                    y + column, y_stride);
  if (column < columns)
    ternary_columns(q, code_stride, scales, sums, rows, panels + column * code_stride, 1, columns - column, gamma,
                    y + column, y_stride);
}

// --- bfloat16 dot products --------------------------------------------------------------------------------------------

// y (+)= alpha * sum for one row of 16 outputs, or, transposed, for one column.
INLINE void deliver(vf sums, float alpha, int add, int transposed, intptr_t left, float *y, intptr_t y_stride) {
  vf scaled = sums * alpha;
  __mmask16 wanted = left >= LANES ? 0xFFFF : (__mmask16)((1u << left) - 1);
  if (!transposed) {
    if (add) scaled += (vf)_mm512_maskz_loadu_ps(wanted, y);
    _mm512_mask_storeu_ps(y, wanted, (__m512)scaled);
    return;
  }
  for (intptr_t i = 0; i < (left < LANES ? left : LANES); i++) {
    if (add) y[i * y_stride] += scaled[i];
    else y[i * y_stride] = scaled[i];
  }
}

#define BFLOAT16_ROWS 12
#define WITH_BFLOAT16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx512bf16,avx2,fma")))

WITH_BFLOAT16 static inline __attribute__((always_inline)) void bfloat16_tile(
    const uint16_t *left, intptr_t depth, int tile_rows, const uint16_t *panel, intptr_t columns, float alpha, int add,
    int transposed, float *y, intptr_t y_stride) {
  __m512 sums[BFLOAT16_ROWS];
  for (int r = 0; r < tile_rows; r++) sums[r] = _mm512_setzero_ps();
  for (intptr_t k = 0; k < depth; k += 2) {
    __m512bh pairs = (__m512bh)_mm512_loadu_si512(panel + k * BITNET_PANEL_COLUMNS);
    for (int r = 0; r < tile_rows; r++) {
      int32_t two;
      __builtin_memcpy(&two, left + r * depth + k, 4);
      sums[r] = _mm512_dpbf16_ps(sums[r], (__m512bh)_mm512_set1_epi32(two), pairs);
    }
  }
  for (int r = 0; r < tile_rows; r++)
    deliver((vf)sums[r], alpha, add, transposed, columns, y + r * (transposed ? 1 : y_stride), y_stride);
}

WITH_BFLOAT16 static void bfloat16_matmul(
    const uint16_t *left, intptr_t rows, intptr_t depth, const uint16_t *panels, intptr_t columns, float alpha,
    int add, int transposed, float *y, intptr_t y_stride) {
  intptr_t row_step = transposed ? 1 : y_stride, column_step = transposed ? y_stride : 1;
  for (intptr_t column = 0; column < columns; column += BITNET_PANEL_COLUMNS) {
    const uint16_t *panel = panels + column * depth;
    float *to = y + column * column_step;
    intptr_t row = 0;
    for (; row + BFLOAT16_ROWS <= rows; row += BFLOAT16_ROWS)
      bfloat16_tile(left + row * depth, depth, BFLOAT16_ROWS, panel, columns - column, alpha, add, transposed,
                    to + row * row_step, y_stride);
    for (; row < rows; row++)
      bfloat16_tile(left + row * depth, depth, 1, panel, columns - column, alpha, add, transposed,
                    to + row * row_step, y_stride);
  }
}

// --- tiles --------------------------------------------------------------------------------------------------------------

INLINE void finish_ternary_block(const int32_t *block, const float *scales, const int32_t *row_sums, float gamma,
                                 float *y, intptr_t y_stride) {
  for (intptr_t r = 0; r < AMX_BLOCK; r++)
    for (intptr_t half = 0; half < 2; half++) {
      __m512i sums = _mm512_loadu_si512(block + r * AMX_BLOCK + half * LANES);
      __m512i exact = _mm512_sub_epi32(sums, _mm512_set1_epi32(row_sums[r]));
      store(y + r * y_stride + half * LANES, (vf)_mm512_cvtepi32_ps(exact) * gamma / scales[r]);
    }
}

// Whole blocks on the tiles, what is left over on the vectors: the sums are exact integers either way.
static void ternary_matmul_tiled(const int8_t *q, intptr_t code_stride, const float *scales, const int32_t *sums,
                                 intptr_t rows, const uint8_t *panels, intptr_t columns, float gamma, float *y,
                                 intptr_t y_stride) {
  intptr_t whole_rows = code_stride % 64 ? 0 : rows / AMX_BLOCK * AMX_BLOCK;
  intptr_t whole_columns = whole_rows ? columns / AMX_BLOCK * AMX_BLOCK : 0;
  if (whole_columns) {
    int32_t block[AMX_BLOCK * AMX_BLOCK];
    bitnet_amx_begin();
    for (intptr_t column = 0; column < whole_columns; column += AMX_BLOCK)
      for (intptr_t row = 0; row < whole_rows; row += AMX_BLOCK) {
        bitnet_amx_ternary_block(q + row * code_stride, code_stride, panels + column * code_stride, block);
        finish_ternary_block(block, scales + row, sums + row, gamma, y + row * y_stride + column, y_stride);
      }
    bitnet_amx_end();
  } else {
    whole_rows = 0;
  }
  if (whole_columns < columns && whole_rows)
    ternary_matmul(q, code_stride, scales, sums, whole_rows, panels + whole_columns * code_stride,
                   columns - whole_columns, gamma, y + whole_columns, y_stride);
  if (whole_rows < rows)
    ternary_matmul(q + whole_rows * code_stride, code_stride, scales + whole_rows, sums + whole_rows, rows - whole_rows,
                   panels, columns, gamma, y + whole_rows * y_stride, y_stride);
}

static void bfloat16_matmul_tiled(const uint16_t *left, intptr_t rows, intptr_t depth, const uint16_t *panels,
                                  intptr_t columns, float alpha, int add, int transposed, float *y,
                                  intptr_t y_stride) {
  float block[AMX_BLOCK * AMX_BLOCK];
  intptr_t row_step = transposed ? 1 : y_stride, column_step = transposed ? y_stride : 1;
  bitnet_amx_begin();
  // Operands are padded to whole blocks; what lies beyond rows and columns is computed and left out.
  for (intptr_t column = 0; column < columns; column += AMX_BLOCK)
    for (intptr_t row = 0; row < rows; row += AMX_BLOCK) {
      bitnet_amx_bfloat16_block(left + row * depth, panels + column * depth, depth, block);
      intptr_t block_rows = rows - row < AMX_BLOCK ? rows - row : AMX_BLOCK;
      float *to = y + row * row_step + column * column_step;
      for (intptr_t r = 0; r < block_rows; r++)
        for (intptr_t half = 0; half < 2 && column + half * LANES < columns; half++)
          deliver(load(block + r * AMX_BLOCK + half * LANES), alpha, add, transposed, columns - column - half * LANES,
                  to + r * row_step + half * LANES * column_step, y_stride);
    }
  bitnet_amx_end();
}

// --- tables -------------------------------------------------------------------------------------------------------------

#define TABLE table
#define TERNARY_MATMUL ternary_matmul
#define BFLOAT16_MATMUL 0
#define HAS_BFLOAT16_PRODUCTS 0
#include "vector/table.h"

#define TABLE table_with_bfloat16
#define TERNARY_MATMUL ternary_matmul
#define BFLOAT16_MATMUL bfloat16_matmul
#define HAS_BFLOAT16_PRODUCTS 1
#include "vector/table.h"

#define TABLE table_with_tiles
#define TERNARY_MATMUL ternary_matmul_tiled
#define BFLOAT16_MATMUL bfloat16_matmul_tiled
#define HAS_BFLOAT16_PRODUCTS 1
#undef KERNELS_NAME
#define KERNELS_NAME "amx"
#include "vector/table.h"

#pragma clang attribute pop

const bitnet_kernels *bitnet_kernels_avx512(void) {
  bitnet_cpu_features cpu = bitnet_detect_cpu();
  if (!(cpu.avx512f && cpu.avx512bw && cpu.avx512vl && cpu.avx512_vnni && cpu.avx2 && cpu.fma)) return 0;
  return cpu.avx512_bf16 ? &table_with_bfloat16 : &table;
}

const bitnet_kernels *bitnet_kernels_amx(void) {
  return bitnet_kernels_avx512() && bitnet_amx_is_usable() ? &table_with_tiles : 0;
}

#else

const bitnet_kernels *bitnet_kernels_avx512(void) { return 0; }
const bitnet_kernels *bitnet_kernels_amx(void) { return 0; }

#endif
