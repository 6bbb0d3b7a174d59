// The products of vector/packed_two_bits.h and vector/stored.h with AVX2. Included by avx2.c before the shared code.

#define TWO_BIT_PANELS 1

// A block adds 32 products of pairs in [-512, 508] to a 16-bit sum.
INLINE void two_bit_sums(const int8_t *q, const uint8_t *packed, intptr_t columns, int panels,
                         vi (*sums)[PANEL_VECTORS]) {
  (void)panels;
  const __m256i mask = _mm256_set1_epi8(3), ones = _mm256_set1_epi16(1);
  __m256i totals[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
  for (intptr_t k = 0; k < columns; k += TWO_BIT_COLUMNS) {
    __m256i narrow[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    for (int word = 0; word < TWO_BIT_WORDS; word++, packed += PACKED_LINE)
      for (int half = 0; half < 2; half++) {
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(packed + 32 * half));
        for (int g = 0; g < 4; g++) {
          int32_t four;
          __builtin_memcpy(&four, q + k + 32 * g + 4 * word, 4);
          __m256i codes = _mm256_and_si256(_mm256_srli_epi16(bytes, 6 - 2 * g), mask);
          narrow[half] = _mm256_add_epi16(narrow[half], _mm256_maddubs_epi16(codes, _mm256_set1_epi32(four)));
        }
      }
    for (int half = 0; half < 2; half++)
      totals[half] = _mm256_add_epi32(totals[half], _mm256_madd_epi16(narrow[half], ones));
  }
  for (int half = 0; half < 2; half++) sums[0][half] = (vi)totals[half];
}

// Four rows of a quad are 16 products, whose pairs are added at once and pairs of pairs after the block.
INLINE void q8_block_sums_avx2(const uint8_t *codes, bitnet_16_bit_rows x, intptr_t block, intptr_t columns,
                               int tile_rows, vi (*sums)[PANEL_VECTORS]) {
  for (int r = 0; r < tile_rows; r++) {
    __m256i fours[4];
    for (int four = 0; four < 4; four++) fours[four] = _mm256_setzero_si256();
    for (int quad = 0; quad < 8; quad++) {
      int64_t activations;
      __builtin_memcpy(&activations, x.codes + r * columns + block * 32 + quad * 4, 8);
      for (int four = 0; four < 4; four++) {
        __m256i w = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(codes + quad * 64 + four * 16)));
        fours[four] = _mm256_add_epi32(fours[four], _mm256_madd_epi16(w, _mm256_set1_epi64x(activations)));
      }
    }
    const __m256i offset = _mm256_set1_epi32(x.offsets[r * columns / 32 + block]);
    for (int half = 0; half < 2; half++) {
      __m256i mixed = _mm256_hadd_epi32(fours[2 * half], fours[2 * half + 1]);
      sums[r][half] = (vi)_mm256_add_epi32(_mm256_permute4x64_epi64(mixed, 0xD8), offset);
    }
  }
}
#define Q8_BLOCK_SUMS q8_block_sums_avx2
