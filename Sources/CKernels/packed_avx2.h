// The products of vector/packed.h with AVX2. Included by avx2.c before the shared code.

#define PACKED_OUTPUTS 2
// A block adds at most 4 * 512 in magnitude to a 16-bit sum.
#define BLOCKS_PER_WIDENING 15

INLINE void packed_outputs(const int8_t *q, const uint8_t *packed, intptr_t columns, int outputs, int32_t *results) {
  const intptr_t row_bytes = columns / 4, blocks = columns / PACKED_BLOCK;
  const __m256i mask = _mm256_set1_epi8(3), ones = _mm256_set1_epi16(1);
  __m256i totals[PACKED_OUTPUTS];
  for (int n = 0; n < outputs; n++) totals[n] = _mm256_setzero_si256();
  for (intptr_t begin = 0; begin < blocks; begin += BLOCKS_PER_WIDENING) {
    intptr_t end = begin + BLOCKS_PER_WIDENING < blocks ? begin + BLOCKS_PER_WIDENING : blocks;
    __m256i sums[PACKED_OUTPUTS];
    for (int n = 0; n < outputs; n++) sums[n] = _mm256_setzero_si256();
    for (intptr_t block = begin; block < end; block++) {
      const int8_t *from = q + block * PACKED_BLOCK;
      for (int n = 0; n < outputs; n++) {
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(packed + n * row_bytes + block * PACKED_BLOCK_BYTES));
        for (int g = 0; g < 4; g++) {
          __m256i codes = _mm256_and_si256(_mm256_srli_epi16(bytes, 6 - 2 * g), mask);
          __m256i x = _mm256_loadu_si256((const __m256i *)(from + 32 * g));
          sums[n] = _mm256_add_epi16(sums[n], _mm256_maddubs_epi16(codes, x));
        }
      }
    }
    for (int n = 0; n < outputs; n++) totals[n] = _mm256_add_epi32(totals[n], _mm256_madd_epi16(sums[n], ones));
  }
  for (int n = 0; n < outputs; n++) {
    vi lanes = (vi)totals[n];
    results[n] = 0;
    for (int lane = 0; lane < LANES; lane++) results[n] += lanes[lane];
  }
}

#define WIDEN_BLOCK widen_block
