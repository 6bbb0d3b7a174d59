// Packed triples of ternary codes with AVX-512 and byte permutations (VBMI).
#include "avx512_vbmi.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx512vbmi,avx2,fma"))), \
                             apply_to = function)
#pragma STDC FP_CONTRACT OFF

#define LANES 16
#define MULTIPLY_ADD(a, b, c) ((vf)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))

#include "vector/vector.h"

#define PANEL_VECTORS 1
#include "vector/packed.h"
#define TRIPLES_SPECIALISATION "../triples_vbmi.h"
#include "vector/packed_triples.h"

void bitnet_avx512_unpack_triples(const uint8_t *packed, intptr_t columns, uint8_t *panels, intptr_t count) {
  unpack_triples(packed, columns, panels, count);
}

void bitnet_avx512_triple_matmul(const int8_t *q, intptr_t code_stride, const float *scales, const int32_t *row_sums,
                                 intptr_t rows, const uint8_t *packed, intptr_t outputs, intptr_t columns,
                                 intptr_t first_panel, intptr_t last_panel, float gamma, const float *addend, float *y,
                                 intptr_t y_stride) {
  triple_matmul(q, code_stride, scales, row_sums, rows, packed, outputs, columns, first_panel, last_panel, gamma,
                addend, y, y_stride);
}

#pragma clang attribute pop
#endif
