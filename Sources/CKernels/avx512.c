// The kernels for x86 processors with AVX-512 (F, BW, VL, VNNI).
#include "CKernels.h"

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

#include "vector/table.h"

#pragma clang attribute pop

const bitnet_kernels *bitnet_kernels_avx512(void) {
  bitnet_cpu_features cpu = bitnet_detect_cpu();
  return cpu.avx512f && cpu.avx512bw && cpu.avx512vl && cpu.avx512_vnni && cpu.avx2 && cpu.fma ? &table : 0;
}

#else

const bitnet_kernels *bitnet_kernels_avx512(void) { return 0; }

#endif
