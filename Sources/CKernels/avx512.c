// The kernels for x86 processors with AVX-512 (F, BW, VL, VNNI); those for bfloat16 lie in avx512_bfloat16.c, those
// with byte permutations in avx512_vbmi.c.
#include "CKernels.h"
#include "amx.h"
#include "avx512_bfloat16.h"
#include "avx512_vbmi.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma"))), \
                             apply_to = function)
#pragma STDC FP_CONTRACT OFF

#define KERNELS_NAME "avx512"
#define LANES 16
#define FLOAT_TILE_ROWS 8
#define FLOAT_TILE_PANELS 2
#define MULTIPLY_ADD(a, b, c) ((vf)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))

#include "vector/vector.h"
#include "vector/quantize.h"
#include "vector/bfloat16.h"
#include "vector/matmul.h"
#include "vector/layers.h"

INLINE vf widened_halves_avx512(const void *from) {
  return (vf)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)from));
}
#define WIDEN_HALVES widened_halves_avx512

#include "vector/halves.h"
#include "vector/attention.h"
#include "vector/attention_backward.h"
#include "vector/loss.h"
#include "vector/sampling.h"
#include "vector/optimizer.h"
#include "vector/dropout.h"
#include "vector/peak.h"
#define PACKED_SPECIALISATION "../packed_avx512.h"
#include "vector/packed.h"
#include "vector/packed_two_bits.h"
#include "vector/packed_triples.h"
#include "vector/pack_triples.h"
#include "vector/stored.h"

#define TERNARY_ROWS 8

// `tile_rows` and `panel_count` are constants at every call, so that the accumulators live in registers.
INLINE void ternary_tile(const int8_t *q, intptr_t code_stride, const float *scales, const int32_t *row_sums,
                         int tile_rows, const uint8_t *panels, int panel_count, intptr_t columns, float gamma,
                         const float *addend, float *y, intptr_t y_stride) {
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
      vf result = (vf)_mm512_cvtepi32_ps(exact) * (gamma / scales[r]);
      intptr_t left = columns - p * BITNET_PANEL_COLUMNS;
      __mmask16 wanted = left >= LANES ? 0xFFFF : (__mmask16)((1u << left) - 1);
      intptr_t at = r * y_stride + p * BITNET_PANEL_COLUMNS;
      if (addend) result = (vf)_mm512_maskz_loadu_ps(wanted, addend + at) + result;
      _mm512_mask_storeu_ps(y + at, wanted, (__m512)result);
    }
}

INLINE void ternary_columns(const int8_t *q, intptr_t code_stride, const float *scales, const int32_t *sums,
                            intptr_t rows, const uint8_t *panels, int panel_count, intptr_t columns, float gamma,
                            const float *addend, float *y, intptr_t y_stride) {
  intptr_t row = 0;
  for (; row + TERNARY_ROWS <= rows; row += TERNARY_ROWS)
    ternary_tile(q + row * code_stride, code_stride, scales + row, sums + row, TERNARY_ROWS, panels, panel_count,
                 columns, gamma, addend_at(addend, row * y_stride), y + row * y_stride, y_stride);
  for (; row < rows; row++)
    ternary_tile(q + row * code_stride, code_stride, scales + row, sums + row, 1, panels, panel_count, columns, gamma,
                 addend_at(addend, row * y_stride), y + row * y_stride, y_stride);
}

static void ternary_matmul(const int8_t *q, intptr_t code_stride, const float *scales, const int32_t *sums,
                           intptr_t rows, const uint8_t *panels, intptr_t columns, float gamma, const float *addend,
                           float *y, intptr_t y_stride) {
  intptr_t column = 0;
  for (; column + BITNET_PANEL_COLUMNS < columns; column += 2 * BITNET_PANEL_COLUMNS)
    ternary_columns(q, code_stride, scales, sums, rows, panels + column * code_stride, 2, columns - column, gamma,
                    addend_at(addend, column), y + column, y_stride);
  if (column < columns)
    ternary_columns(q, code_stride, scales, sums, rows, panels + column * code_stride, 1, columns - column, gamma,
                    addend_at(addend, column), y + column, y_stride);
}

// --- tiles -----------------------------------------------------------------------------------------------------------

// Bytes of panels that stay in the second-level cache while rows stream by; with more, rows stay and panels stream.
#define RESIDENT_PANEL_BYTES (1 << 20)
#define TERNARY_ROWS_PER_PASS 512

INLINE void finish_ternary_block(const int32_t *block, const float *scales, const int32_t *row_sums, float gamma,
                                 const float *addend, float *y, intptr_t y_stride) {
  for (intptr_t r = 0; r < AMX_BLOCK; r++)
    for (intptr_t half = 0; half < 2; half++) {
      intptr_t at = r * y_stride + half * LANES;
      __m512i sums = _mm512_load_si512(block + r * AMX_BLOCK + half * LANES);
      __m512i exact = _mm512_sub_epi32(sums, _mm512_set1_epi32(row_sums[r]));
      vf result = (vf)_mm512_cvtepi32_ps(exact) * (gamma / scales[r]);
      store(y + at, addend ? load(addend + at) + result : result);
    }
}

// Whole blocks of some rows. A block is finished while the tiles work on the next one.
static void ternary_blocks(const int8_t *q, intptr_t code_stride, const float *scales, const int32_t *sums,
                           intptr_t rows, const uint8_t *panels, intptr_t columns, float gamma, const float *addend,
                           float *y, intptr_t y_stride) {
  _Alignas(64) int32_t blocks[2][AMX_BLOCK * AMX_BLOCK];
  intptr_t row_blocks = rows / AMX_BLOCK, count = row_blocks * (columns / AMX_BLOCK);
  for (intptr_t i = 0; i <= count; i++) {
    if (i < count)
      bitnet_amx_ternary_block(q + i % row_blocks * AMX_BLOCK * code_stride, code_stride,
                               panels + i / row_blocks * AMX_BLOCK * code_stride, blocks[i % 2]);
    if (i == 0) continue;
    intptr_t row = (i - 1) % row_blocks * AMX_BLOCK, column = (i - 1) / row_blocks * AMX_BLOCK;
    intptr_t at = row * y_stride + column;
    finish_ternary_block(blocks[(i - 1) % 2], scales + row, sums + row, gamma, addend_at(addend, at), y + at,
                         y_stride);
  }
}

// Whole blocks on the tiles, what is left over on the vectors: the sums are exact integers either way.
static void ternary_matmul_tiled(const int8_t *q, intptr_t code_stride, const float *scales, const int32_t *sums,
                                 intptr_t rows, const uint8_t *panels, intptr_t columns, float gamma,
                                 const float *addend, float *y, intptr_t y_stride) {
  intptr_t whole_columns = code_stride % 64 ? 0 : columns / AMX_BLOCK * AMX_BLOCK;
  intptr_t whole_rows = whole_columns ? rows / AMX_BLOCK * AMX_BLOCK : 0;
  if (whole_rows) {
    const intptr_t rows_per_pass = columns * code_stride <= RESIDENT_PANEL_BYTES ? AMX_BLOCK : TERNARY_ROWS_PER_PASS;
    bitnet_amx_begin();
    for (intptr_t row = 0; row < whole_rows; row += rows_per_pass) {
      intptr_t pass = whole_rows - row < rows_per_pass ? whole_rows - row : rows_per_pass;
      ternary_blocks(q + row * code_stride, code_stride, scales + row, sums + row, pass, panels, whole_columns, gamma,
                     addend_at(addend, row * y_stride), y + row * y_stride, y_stride);
    }
    bitnet_amx_end();
  }
  if (whole_columns < columns && whole_rows)
    ternary_matmul(q, code_stride, scales, sums, whole_rows, panels + whole_columns * code_stride,
                   columns - whole_columns, gamma, addend_at(addend, whole_columns), y + whole_columns, y_stride);
  if (whole_rows < rows)
    ternary_matmul(q + whole_rows * code_stride, code_stride, scales + whole_rows, sums + whole_rows, rows - whole_rows,
                   panels, columns, gamma, addend_at(addend, whole_rows * y_stride), y + whole_rows * y_stride,
                   y_stride);
}

// --- roofs -----------------------------------------------------------------------------------------------------------

#define PEAK_CHAINS 16

static intptr_t ternary_peak(intptr_t iterations) {
  __m512i sums[PEAK_CHAINS], codes = _mm512_set1_epi8(1), activations = _mm512_setzero_si512();
  for (int i = 0; i < PEAK_CHAINS; i++) sums[i] = _mm512_setzero_si512();
  for (intptr_t n = 0; n < iterations; n++)
    for (int i = 0; i < PEAK_CHAINS; i++) sums[i] = _mm512_dpbusd_epi32(sums[i], codes, activations);
  for (int i = 1; i < PEAK_CHAINS; i++) sums[0] = _mm512_add_epi32(sums[0], sums[i]);
  volatile int kept = _mm512_reduce_add_epi32(sums[0]);
  (void)kept;
  return iterations * PEAK_CHAINS * 64;
}

// --- tables ----------------------------------------------------------------------------------------------------------

#define TRIPLES_BY_PERMUTATION {pack_triples, bitnet_avx512_unpack_triples, bitnet_avx512_triple_matmul}

#define TABLE table
#include "vector/table.h"

#define TABLE table_with_permutation
#define TRIPLES TRIPLES_BY_PERMUTATION
#define PACKED_LAYOUT BITNET_PACKED_TRIPLES
#include "vector/table.h"

#define TABLE table_with_bfloat16
#define ATTENTION_BACKWARD_BFLOAT16 bitnet_avx512_attention_backward
#define BFLOAT16_PEAK bitnet_avx512_bfloat16_peak
#define BFLOAT16_MATMUL bitnet_avx512_bfloat16_matmul
#define BFLOAT16_GRADIENT bitnet_avx512_bfloat16_gradient
#define HAS_BFLOAT16_PRODUCTS 1
#include "vector/table.h"

#define TABLE table_with_both
#define ATTENTION_BACKWARD_BFLOAT16 bitnet_avx512_attention_backward
#define BFLOAT16_PEAK bitnet_avx512_bfloat16_peak
#define BFLOAT16_MATMUL bitnet_avx512_bfloat16_matmul
#define BFLOAT16_GRADIENT bitnet_avx512_bfloat16_gradient
#define HAS_BFLOAT16_PRODUCTS 1
#define TRIPLES TRIPLES_BY_PERMUTATION
#define PACKED_LAYOUT BITNET_PACKED_TRIPLES
#include "vector/table.h"

#define TABLE table_with_tiles
#define ATTENTION_BACKWARD_BFLOAT16 bitnet_amx_attention_backward
#define TERNARY_PEAK bitnet_amx_ternary_peak
#define BFLOAT16_PEAK bitnet_amx_bfloat16_peak
#define TERNARY_MATMUL ternary_matmul_tiled
#define BFLOAT16_MATMUL bitnet_amx_bfloat16_matmul
#define BFLOAT16_GRADIENT bitnet_avx512_bfloat16_gradient
#define HAS_BFLOAT16_PRODUCTS 1
#define TRIPLES TRIPLES_BY_PERMUTATION
#define PACKED_LAYOUT BITNET_PACKED_TRIPLES
#undef KERNELS_NAME
#define KERNELS_NAME "amx"
#include "vector/table.h"

#pragma clang attribute pop

const bitnet_kernels *bitnet_kernels_avx512(void) {
  bitnet_cpu_features cpu = bitnet_detect_cpu();
  if (!(cpu.avx512f && cpu.avx512bw && cpu.avx512vl && cpu.avx512_vnni && cpu.avx2 && cpu.fma)) return 0;
  if (cpu.avx512_bf16) return cpu.avx512_vbmi ? &table_with_both : &table_with_bfloat16;
  return cpu.avx512_vbmi ? &table_with_permutation : &table;
}

const bitnet_kernels *bitnet_kernels_amx(void) {
  return bitnet_kernels_avx512() == &table_with_both && bitnet_amx_is_usable() ? &table_with_tiles : 0;
}

#else

const bitnet_kernels *bitnet_kernels_avx512(void) { return 0; }
const bitnet_kernels *bitnet_kernels_amx(void) { return 0; }

#endif
