// The kernels for x86 processors with AVX2, FMA and F16C.
#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#pragma STDC FP_CONTRACT OFF

#define KERNELS_NAME "avx2"
#define LANES 8
#define MULTIPLY_ADD(a, b, c) ((vf)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))

#include "vector/vector.h"
#include "vector/quantize.h"
#include "vector/bfloat16.h"
#include "vector/matmul.h"
#include "vector/layers.h"

INLINE vf widened_halves_avx2(const void *from) { return (vf)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)from)); }
#define WIDEN_HALVES widened_halves_avx2

#include "vector/halves.h"
#include "vector/attention.h"
#include "vector/attention_backward.h"
#include "vector/loss.h"
#include "vector/sampling.h"
#include "vector/optimizer.h"
#include "vector/dropout.h"
#include "vector/peak.h"
#define PACKED_SPECIALISATION "../packed_avx2.h"
#include "vector/packed.h"
#include "vector/packed_two_bits.h"
#include "vector/packed_triples.h"
#include "vector/pack_triples.h"
#include "vector/stored.h"

// A product pair of maddubs lies in [-512, 508]; 63 of them fit an int16.
#define GROUPS_PER_WIDENING 63
#define TERNARY_ROWS 4

// `tile_rows` is a constant at every call, so that the accumulators live in registers.
INLINE void ternary_tile(const int8_t *q, intptr_t code_stride, const float *scales, const int32_t *row_sums,
                         int tile_rows, const uint8_t *panel, intptr_t columns, float gamma, const float *addend,
                         float *y, intptr_t y_stride) {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i totals[TERNARY_ROWS][2];
  for (int r = 0; r < tile_rows; r++) totals[r][0] = totals[r][1] = _mm256_setzero_si256();
  intptr_t groups = code_stride / 4;
  for (intptr_t begin = 0; begin < groups; begin += GROUPS_PER_WIDENING) {
    intptr_t end = begin + GROUPS_PER_WIDENING < groups ? begin + GROUPS_PER_WIDENING : groups;
    __m256i sums[TERNARY_ROWS][2];
    for (int r = 0; r < tile_rows; r++) sums[r][0] = sums[r][1] = _mm256_setzero_si256();
    for (intptr_t group = begin; group < end; group++) {
      __m256i low = _mm256_loadu_si256((const __m256i *)(panel + group * 64));
      __m256i high = _mm256_loadu_si256((const __m256i *)(panel + group * 64 + 32));
      for (int r = 0; r < tile_rows; r++) {
        int32_t four;
        __builtin_memcpy(&four, q + r * code_stride + group * 4, 4);
        __m256i activations = _mm256_set1_epi32(four);
        sums[r][0] = _mm256_add_epi16(sums[r][0], _mm256_maddubs_epi16(low, activations));
        sums[r][1] = _mm256_add_epi16(sums[r][1], _mm256_maddubs_epi16(high, activations));
      }
    }
    for (int r = 0; r < tile_rows; r++)
      for (int h = 0; h < 2; h++)
        totals[r][h] = _mm256_add_epi32(totals[r][h], _mm256_madd_epi16(sums[r][h], ones));
  }
  for (int r = 0; r < tile_rows; r++)
    for (int h = 0; h < 2; h++) {
      __m256i exact = _mm256_sub_epi32(totals[r][h], _mm256_set1_epi32(row_sums[r]));
      vf result = (vf)_mm256_cvtepi32_ps(exact) * (gamma / scales[r]);
      intptr_t left = columns - h * LANES;
      if (left <= 0) continue;
      intptr_t at = r * y_stride + h * LANES;
      if (addend) result = load_padded(addend + at, 0, left) + result;
      store_padded(y + at, 0, left, result);
    }
}

static void ternary_matmul(const int8_t *q, intptr_t code_stride, const float *scales, const int32_t *sums,
                           intptr_t rows, const uint8_t *panels, intptr_t columns, float gamma, const float *addend,
                           float *y, intptr_t y_stride) {
  for (intptr_t column = 0; column < columns; column += BITNET_PANEL_COLUMNS) {
    const uint8_t *panel = panels + column * code_stride;
    intptr_t row = 0;
    for (; row + TERNARY_ROWS <= rows; row += TERNARY_ROWS)
      ternary_tile(q + row * code_stride, code_stride, scales + row, sums + row, TERNARY_ROWS, panel, columns - column,
                   gamma, addend_at(addend, row * y_stride + column), y + row * y_stride + column, y_stride);
    for (; row < rows; row++)
      ternary_tile(q + row * code_stride, code_stride, scales + row, sums + row, 1, panel, columns - column, gamma,
                   addend_at(addend, row * y_stride + column), y + row * y_stride + column, y_stride);
  }
}

// maddubs and the addition of its 16-bit sums.
static intptr_t ternary_peak(intptr_t iterations) {
  enum { chains = 8 };
  __m256i sums[chains], codes = _mm256_set1_epi8(1), activations = _mm256_setzero_si256();
  for (int i = 0; i < chains; i++) sums[i] = _mm256_setzero_si256();
  for (intptr_t n = 0; n < iterations; n++)
    for (int i = 0; i < chains; i++) {
      __asm__ volatile("" : "+x"(activations));
      sums[i] = _mm256_add_epi16(sums[i], _mm256_maddubs_epi16(codes, activations));
    }
  for (int i = 1; i < chains; i++) sums[0] = _mm256_add_epi16(sums[0], sums[i]);
  volatile int kept = _mm256_extract_epi32(sums[0], 0);
  (void)kept;
  return iterations * chains * 32;
}

#define TABLE table
#include "vector/table.h"

#pragma clang attribute pop

const bitnet_kernels *bitnet_kernels_avx2(void) {
  bitnet_cpu_features cpu = bitnet_detect_cpu();
  return cpu.avx2 && cpu.fma && cpu.f16c ? &table : 0;
}

#else

const bitnet_kernels *bitnet_kernels_avx2(void) { return 0; }

#endif
