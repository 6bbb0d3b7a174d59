// The products of vector/packed_two_bits.h and vector/stored.h with AVX-512. Included by avx512.c before the shared code.

#define TWO_BIT_PANELS 4

// Codes stay where they are in their bytes; a quarter's sum is shifted at the end.
INLINE void two_bit_sums(const int8_t *q, const uint8_t *packed, intptr_t columns, int panels,
                         vi (*sums)[PANEL_VECTORS]) {
  const intptr_t panel_bytes = BITNET_PANEL_COLUMNS * columns / 4;
  __m512i quarters[TWO_BIT_PANELS][4];
  for (int p = 0; p < panels; p++)
    for (int g = 0; g < 4; g++) quarters[p][g] = _mm512_setzero_si512();
  for (intptr_t k = 0; k < columns; k += TWO_BIT_COLUMNS) {
    const intptr_t ahead = prefetch_distance(k * BITNET_PANEL_COLUMNS / 4, panel_bytes, panels, FAR_AHEAD);
    for (int word = 0; word < TWO_BIT_WORDS; word++, packed += PACKED_LINE) {
      __m512i x[4];
      for (int g = 0; g < 4; g++) {
        int32_t four;
        __builtin_memcpy(&four, q + k + 32 * g + 4 * word, 4);
        x[g] = _mm512_set1_epi32(four);
      }
      for (int p = 0; p < panels; p++) {
        const uint8_t *line = packed + p * panel_bytes;
        _mm_prefetch((const char *)line + ahead, _MM_HINT_T0);
        __m512i bytes = _mm512_loadu_si512(line);
        for (int g = 0; g < 4; g++) {
          __m512i codes = _mm512_and_si512(bytes, _mm512_set1_epi8((char)(0xC0 >> 2 * g)));
          quarters[p][g] = _mm512_dpbusd_epi32(quarters[p][g], codes, x[g]);
        }
      }
    }
  }
  for (int p = 0; p < panels; p++) {
    __m512i total = _mm512_srai_epi32(quarters[p][0], 6);
    for (int g = 1; g < 4; g++) total = _mm512_add_epi32(total, _mm512_srai_epi32(quarters[p][g], 6 - 2 * g));
    sums[p][0] = (vi)total;
  }
}

INLINE void q8_block_sums_avx512(const uint8_t *codes, bitnet_16_bit_rows x, intptr_t block, intptr_t columns,
                                 int tile_rows, vi (*sums)[PANEL_VECTORS]) {
  for (int r = 0; r < tile_rows; r++) {
    const int8_t *bytes = x.bytes + 2 * (r * columns + block * 32);
    __m512i low = _mm512_set1_epi32(x.offsets[r * columns / 32 + block]), high = _mm512_setzero_si512();
    for (int quad = 0; quad < 8; quad++) {
      __m512i w = _mm512_loadu_si512(codes + quad * 64);
      int32_t halves[2];
      __builtin_memcpy(halves, bytes + quad * 8, 8);
      low = _mm512_dpbusd_epi32(low, w, _mm512_set1_epi32(halves[0]));
      high = _mm512_dpbusd_epi32(high, w, _mm512_set1_epi32(halves[1]));
    }
    sums[r][0] = (vi)_mm512_add_epi32(low, _mm512_slli_epi32(high, 8));
  }
}
#define Q8_BLOCK_SUMS q8_block_sums_avx512
