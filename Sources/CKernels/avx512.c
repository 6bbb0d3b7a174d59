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
#define FLOAT_TILE_ROWS 8
#define FLOAT_TILE_PANELS 2
#define MULTIPLY_ADD(a, b, c) ((vf)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))

#include "vector/vector.h"
#include "vector/quantize.h"
#include "vector/bfloat16.h"
#include "vector/matmul.h"
#include "vector/layers.h"
#include "vector/attention.h"
#include "vector/halves.h"
#include "vector/loss.h"
#include "vector/optimizer.h"
#include "vector/peak.h"
#define PACKED_SPECIALISATION "../packed_avx512.h"
#include "vector/packed.h"

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

// --- bfloat16 dot products --------------------------------------------------------------------------------------------

#define TILE_ROWS 16
#define WITH_BFLOAT16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx512bf16,avx2,fma")))

WITH_BFLOAT16 static void bfloat16_tile(const uint16_t *left, intptr_t depth, intptr_t rows, const uint16_t *panel,
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

WITH_BFLOAT16 static void bfloat16_matmul(const uint16_t *left, intptr_t rows, intptr_t depth, const uint16_t *panels,
                                          intptr_t columns, int add, float *y, intptr_t y_stride) {
  for (intptr_t column = 0; column < columns; column += BITNET_PANEL_COLUMNS)
    for (intptr_t row = 0; row < rows; row += TILE_ROWS)
      bfloat16_tile(left + row * depth, depth, rows - row, panels + column * depth, columns - column, add,
                    y + row * y_stride + column, y_stride);
}

// --- tiles --------------------------------------------------------------------------------------------------------------

// Bytes of panels that stay in the second-level cache while rows stream by; with more, rows stay and panels stream.
#define RESIDENT_PANEL_BYTES (1 << 20)
#define TERNARY_ROWS_PER_PASS 512
// Depth at which two panels of bfloat16 stay in the first-level cache while rows stream by.
#define BFLOAT16_DEPTH_PER_PASS 256

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

// A block at the edge, by way of a whole one.
static void bfloat16_edge_block(const uint16_t *left, const uint16_t *panels, intptr_t depth, intptr_t pass,
                                intptr_t rows, intptr_t columns, int add, float *y, intptr_t y_stride) {
  _Alignas(64) float block[AMX_BLOCK * AMX_BLOCK];
  if (rows > AMX_BLOCK) rows = AMX_BLOCK;
  if (columns > AMX_BLOCK) columns = AMX_BLOCK;
  for (intptr_t i = 0; i < AMX_BLOCK * AMX_BLOCK; i++) {
    intptr_t r = i / AMX_BLOCK, c = i % AMX_BLOCK;
    block[i] = add && r < rows && c < columns ? y[r * y_stride + c] : 0.0f;
  }
  bitnet_amx_bfloat16_block(left, panels, depth, pass, 1, block, AMX_BLOCK);
  for (intptr_t r = 0; r < rows; r++)
    for (intptr_t c = 0; c < columns; c++) y[r * y_stride + c] = block[r * AMX_BLOCK + c];
}

// Some rows of a product, some of the depth; y holds the sums of the passes before.
static void bfloat16_pass(const uint16_t *left, intptr_t rows, intptr_t depth, intptr_t pass, const uint16_t *panels,
                          intptr_t columns, int add, float *y, intptr_t y_stride) {
  for (intptr_t column = 0; column < columns; column += AMX_BLOCK)
    for (intptr_t row = 0; row < rows; row += AMX_BLOCK) {
      const uint16_t *block_left = left + row * depth, *block_panels = panels + column * depth;
      float *to = y + row * y_stride + column;
      if (rows - row >= AMX_BLOCK && columns - column >= AMX_BLOCK)
        bitnet_amx_bfloat16_block(block_left, block_panels, depth, pass, add, to, y_stride);
      else
        bfloat16_edge_block(block_left, block_panels, depth, pass, rows - row, columns - column, add, to, y_stride);
    }
}

// The tiles are set up by the caller.
static void bfloat16_blocks(const uint16_t *left, intptr_t rows, intptr_t depth, const uint16_t *panels,
                            intptr_t columns, int add, float *y, intptr_t y_stride) {
  // A deep product re-reads its panels from far away in every pass over them; a flat one, its sums.
  const intptr_t rows_per_pass = depth > 2048 ? 4 * AMX_BLOCK : AMX_BLOCK;
  for (intptr_t row = 0; row < rows; row += rows_per_pass)
    for (intptr_t k = 0; k < depth; k += BFLOAT16_DEPTH_PER_PASS) {
      intptr_t pass_rows = rows - row < rows_per_pass ? rows - row : rows_per_pass;
      intptr_t pass = depth - k < BFLOAT16_DEPTH_PER_PASS ? depth - k : BFLOAT16_DEPTH_PER_PASS;
      bfloat16_pass(left + row * depth + k * 16, pass_rows, depth, pass, panels + k * BITNET_PANEL_COLUMNS, columns,
                    add || k > 0, y + row * y_stride, y_stride);
    }
}

static void bfloat16_matmul_tiled(const uint16_t *left, intptr_t rows, intptr_t depth, const uint16_t *panels,
                                  intptr_t columns, int add, float *y, intptr_t y_stride) {
  bitnet_amx_begin();
  bfloat16_blocks(left, rows, depth, panels, columns, add, y, y_stride);
  bitnet_amx_end();
}

// --- attention with bfloat16 products -----------------------------------------------------------------------------------

#include "vector/attention_bfloat16.h"

static void attention_backward_bfloat16(const float *q, const float *k, const float *v, const float *y, const float *dy,
    intptr_t q_stride, intptr_t kv_stride, intptr_t length, const int32_t *starts, const float *log_sums,
    bitnet_attention_shape shape, float *dq, float *dk, float *dv, int add, float *scratch) {
  attention_backward_in_blocks(q, k, v, y, dy, q_stride, kv_stride, length, starts, log_sums, shape, dq, dk, dv, add,
                               scratch, bfloat16_matmul);
}

static void attention_backward_tiled(const float *q, const float *k, const float *v, const float *y, const float *dy,
    intptr_t q_stride, intptr_t kv_stride, intptr_t length, const int32_t *starts, const float *log_sums,
    bitnet_attention_shape shape, float *dq, float *dk, float *dv, int add, float *scratch) {
  bitnet_amx_begin();
  attention_backward_in_blocks(q, k, v, y, dy, q_stride, kv_stride, length, starts, log_sums, shape, dq, dk, dv, add,
                               scratch, bfloat16_blocks);
  bitnet_amx_end();
}

// --- roofs --------------------------------------------------------------------------------------------------------------

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

WITH_BFLOAT16 static intptr_t bfloat16_peak(intptr_t iterations) {
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

// --- tables -------------------------------------------------------------------------------------------------------------

#define TABLE table
#define ATTENTION_BACKWARD_BFLOAT16 0
#define TERNARY_PEAK ternary_peak
#define BFLOAT16_PEAK 0
#define TERNARY_MATMUL ternary_matmul
#define BFLOAT16_MATMUL 0
#define HAS_BFLOAT16_PRODUCTS 0
#include "vector/table.h"

#define TABLE table_with_bfloat16
#define ATTENTION_BACKWARD_BFLOAT16 attention_backward_bfloat16
#define TERNARY_PEAK ternary_peak
#define BFLOAT16_PEAK bfloat16_peak
#define TERNARY_MATMUL ternary_matmul
#define BFLOAT16_MATMUL bfloat16_matmul
#define HAS_BFLOAT16_PRODUCTS 1
#include "vector/table.h"

#define TABLE table_with_tiles
#define ATTENTION_BACKWARD_BFLOAT16 attention_backward_tiled
#define TERNARY_PEAK bitnet_amx_ternary_peak
#define BFLOAT16_PEAK bitnet_amx_bfloat16_peak
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
