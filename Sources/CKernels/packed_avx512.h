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

INLINE vf q8_scale_avx512(const uint8_t *block) {
  int16_t half;
  __builtin_memcpy(&half, block, 2);
  return (vf)_mm512_cvtph_ps(_mm256_set1_epi16(half));
}

#define WIDEN_SCALE q8_scale_avx512

// Four of a panel's 16 rows, those 8 further down in the upper halves: out[w] has the words w and 4 + w of each.
INLINE void transpose_quarter(const uint8_t *rows, intptr_t row_bytes, __m512i out[4]) {
  __m512i r[4], t[4];
  for (int i = 0; i < 4; i++) {
    __m256i upper = _mm256_loadu_si256((const __m256i *)(rows + (8 + i) * row_bytes));
    __m256i lower = _mm256_loadu_si256((const __m256i *)(rows + i * row_bytes));
    _mm_prefetch((const char *)rows + i * row_bytes + PREFETCH_ALONG_ROW, _MM_HINT_T0);
    _mm_prefetch((const char *)rows + (8 + i) * row_bytes + PREFETCH_ALONG_ROW, _MM_HINT_T0);
    r[i] = _mm512_inserti64x4(_mm512_castsi256_si512(lower), upper, 1);
  }
  for (int i = 0; i < 4; i += 2) {
    t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
  for (int i = 0; i < 2; i++) {
    out[2 * i] = _mm512_unpacklo_epi64(t[i], t[2 + i]);
    out[2 * i + 1] = _mm512_unpackhi_epi64(t[i], t[2 + i]);
  }
}

// A block of a whole panel, transposed in registers; edges by the shared code.
INLINE void unpack_block_avx512(const uint8_t *packed, intptr_t rows, intptr_t row_bytes, intptr_t row, uint8_t *to) {
  if (row + BITNET_PANEL_COLUMNS > rows) {
    unpack_block(packed, rows, row_bytes, row, to);
    return;
  }
  const uint8_t *from = packed + row * row_bytes;
  const __m512i first_words = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13);
  const __m512i last_words = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
  __m512i a[4], b[4], words[8];
  transpose_quarter(from, row_bytes, a);
  transpose_quarter(from + 4 * row_bytes, row_bytes, b);
  for (int i = 0; i < 4; i++) {
    words[i] = _mm512_permutex2var_epi64(a[i], first_words, b[i]);
    words[4 + i] = _mm512_permutex2var_epi64(a[i], last_words, b[i]);
  }
  const __m512i mask = _mm512_set1_epi8(3);
  for (int word = 0; word < 8; word++)
    for (int quarter = 0; quarter < 4; quarter++) {
      __m512i codes = _mm512_and_si512(_mm512_srli_epi16(words[word], (unsigned)(6 - 2 * quarter)), mask);
      _mm512_storeu_si512(to + (quarter * 8 + word) * 64, codes);
    }
}

#define UNPACK_BLOCK unpack_block_avx512
