// The products of vector/packed.h with AVX-512. Included by avx512.c before the shared code.

INLINE void transpose_words(__m512i r[16]) {
  __m512i t[16];
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  for (int i = 0; i < 4; i++) {
    t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
    t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xDD);
    t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
    t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xDD);
  }
  for (int i = 0; i < 8; i++) {
    r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
    r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xDD);
  }
}

#define PACKED_OUTPUTS 4

// Bytes from a load to the line that is asked for with it: about what memory delivers in its latency.
#define PREFETCH_DISTANCE 4096
// The same along a row of a table, of which 16 are read side by side: too many for the processor to follow.
#define PREFETCH_ALONG_ROW 512

// Outputs of one row of activations. Codes stay where they are in their bytes; a quarter's sum is shifted at the end.
INLINE void packed_outputs(const int8_t *q, const uint8_t *packed, intptr_t columns, int outputs, int32_t *results) {
  const intptr_t row_bytes = columns / 4;
  __m512i sums[PACKED_OUTPUTS][4];
  for (int n = 0; n < outputs; n++)
    for (int g = 0; g < 4; g++) sums[n][g] = _mm512_setzero_si512();
  for (intptr_t k = 0; k < columns; k += 256) {
    int whole = k + 256 <= columns;
    __mmask8 half = whole ? 0xFF : 0x0F;
    __m512i x[4];
    for (int g = 0; g < 4; g++) {
      __m256i low = _mm256_loadu_si256((const __m256i *)(q + k + 32 * g));
      __m256i high = whole ? _mm256_loadu_si256((const __m256i *)(q + k + 128 + 32 * g)) : _mm256_setzero_si256();
      x[g] = _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
    }
    for (int n = 0; n < outputs; n++) {
      const uint8_t *from = packed + n * row_bytes + k / 4;
      _mm_prefetch((const char *)from + PREFETCH_DISTANCE, _MM_HINT_T0);
      __m512i bytes = _mm512_maskz_loadu_epi64(half, from);
      for (int g = 0; g < 4; g++) {
        __m512i codes = _mm512_and_si512(bytes, _mm512_set1_epi8((char)(0xC0 >> 2 * g)));
        sums[n][g] = _mm512_dpbusd_epi32(sums[n][g], codes, x[g]);
      }
    }
  }
  for (int n = 0; n < outputs; n++) {
    __m512i total = _mm512_srai_epi32(sums[n][0], 6);
    for (int g = 1; g < 4; g++) total = _mm512_add_epi32(total, _mm512_srai_epi32(sums[n][g], 6 - 2 * g));
    results[n] = _mm512_reduce_add_epi32(total);
  }
}

// A block of a panel, transposed in registers; edges by the shared code.
INLINE void widen_block_avx512(const uint8_t *table, bitnet_stored_format format, intptr_t row, intptr_t rows,
                               intptr_t columns, intptr_t first, intptr_t count, float *to) {
  if (row + 16 > rows || count < STORED_DEPTH) {
    widen_block(table, format, row, rows, columns, first, count, to);
    return;
  }
  const intptr_t row_bytes = stored_row_bytes(format, columns);
  const uint8_t *from = table + row * row_bytes;
  __m512i words[16];
  if (format == BITNET_STORED_FLOAT32) {
    for (int half = 0; half < 2; half++) {
      for (int i = 0; i < 16; i++) words[i] = _mm512_loadu_si512(from + i * row_bytes + (first + half * 16) * 4);
      transpose_words(words);
      for (int i = 0; i < 16; i++) _mm512_store_si512(to + (half * 16 + i) * 16, words[i]);
    }
  } else if (format == BITNET_STORED_Q8_0) {
    const uint8_t *blocks = from + first / 32 * 34;
    uint16_t halves[16];
    for (int i = 0; i < 16; i++) {
      _mm_prefetch((const char *)blocks + i * row_bytes + PREFETCH_ALONG_ROW, _MM_HINT_T0);
      __builtin_memcpy(halves + i, blocks + i * row_bytes, 2);
      words[i] = _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)(blocks + i * row_bytes + 2)));
    }
    __m512 scales = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)halves));
    transpose_words(words);
    for (int i = 0; i < 8; i++)
      for (int byte = 0; byte < 4; byte++) {
        __m512i codes = _mm512_srai_epi32(_mm512_slli_epi32(words[i], (unsigned)(24 - 8 * byte)), 24);
        _mm512_store_ps(to + (i * 4 + byte) * 16, _mm512_mul_ps(_mm512_cvtepi32_ps(codes), scales));
      }
  } else {
    for (int i = 0; i < 16; i++) {
      _mm_prefetch((const char *)from + i * row_bytes + first * 2 + PREFETCH_ALONG_ROW, _MM_HINT_T0);
      words[i] = _mm512_loadu_si512(from + i * row_bytes + first * 2);
    }
    transpose_words(words);
    if (format == BITNET_STORED_BFLOAT16) {
      for (int i = 0; i < 16; i++) {
        _mm512_store_si512(to + 2 * i * 16, _mm512_slli_epi32(words[i], 16));
        _mm512_store_si512(to + (2 * i + 1) * 16, _mm512_and_si512(words[i], _mm512_set1_epi32((int)0xFFFF0000)));
      }
    } else {
      static const uint16_t evens_then_odds[32] = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30,
                                                   1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31};
      const __m512i order = _mm512_loadu_si512(evens_then_odds);
      for (int i = 0; i < 16; i++) {
        __m512i halves = _mm512_permutexvar_epi16(order, words[i]);
        _mm512_store_ps(to + 2 * i * 16, _mm512_cvtph_ps(_mm512_castsi512_si256(halves)));
        _mm512_store_ps(to + (2 * i + 1) * 16, _mm512_cvtph_ps(_mm512_extracti64x4_epi64(halves, 1)));
      }
    }
  }
}

#define WIDEN_BLOCK widen_block_avx512
