// The products of vector/packed_triples.h with AVX-512 and byte permutations, which look 64 digits up in a table.
// Included before the shared code.

// The digits of a number below 27, at its place and 32 behind it: the bits above the low five do not matter, as the
// permutation ignores two of them.
INLINE void digit_tables(__m512i tables[3]) {
  uint8_t digits[3][64];
  for (int n = 0; n < 64; n++) {
    digits[0][n] = (uint8_t)(n % 32 % 3);
    digits[1][n] = (uint8_t)(n % 32 / 3 % 3);
    digits[2][n] = (uint8_t)(n % 32 / 9 % 3);
  }
  for (int d = 0; d < 3; d++) tables[d] = _mm512_loadu_si512(digits[d]);
}

INLINE __m512i triple_line(const uint8_t *lines, int line) { return _mm512_loadu_si512(lines + line * PACKED_LINE); }

// Bits of `a` where the byte `mask` has ones, of `b` elsewhere.
INLINE __m512i merged(int mask, __m512i a, __m512i b) {
  return _mm512_ternarylogic_epi32(_mm512_set1_epi8((char)mask), a, b, 0xCA);
}

// Number `n` of a group in the low five bits of each byte; above them lies anything.
INLINE __m512i triple_number(const uint8_t *lines, int n) {
  switch (n) {
    case 5: return merged(7, _mm512_srli_epi16(triple_line(lines, 0), 5), _mm512_srli_epi16(triple_line(lines, 1), 2));
    case 6: return merged(7, _mm512_srli_epi16(triple_line(lines, 2), 5), _mm512_srli_epi16(triple_line(lines, 3), 2));
    case 7:
      return merged(7, _mm512_srli_epi16(triple_line(lines, 4), 5),
                    merged(8, _mm512_srli_epi16(triple_line(lines, 1), 4),
                           _mm512_srli_epi16(triple_line(lines, 3), 3)));
    default: return triple_line(lines, n);
  }
}

INLINE void unfold_triples(const uint8_t *lines, uint8_t *codes) {
  __m512i tables[3];
  digit_tables(tables);
  for (int n = 0; n < TRIPLE_NUMBERS; n++) {
    __m512i number = triple_number(lines, n);
    for (int d = 0; d < 3; d++, codes += PACKED_LINE)
      _mm512_storeu_si512(codes, _mm512_permutexvar_epi8(number, tables[d]));
  }
}

INLINE __m512i four_activations(const int8_t *q) {
  int32_t four;
  __builtin_memcpy(&four, q, 4);
  return _mm512_set1_epi32(four);
}

#define TRIPLE_PANELS 4

INLINE void triple_sums(const int8_t *q, const uint8_t *packed, intptr_t columns, int panels,
                        vi (*sums)[PANEL_VECTORS]) {
  const intptr_t panel_bytes = bitnet_packed_panel_bytes(BITNET_PACKED_TRIPLES, columns);
  __m512i tables[3], digits[TRIPLE_PANELS][3];
  digit_tables(tables);
  for (int p = 0; p < panels; p++)
    for (int d = 0; d < 3; d++) digits[p][d] = _mm512_setzero_si512();
  intptr_t at = 0;
  for (intptr_t group = 0; group < columns / TRIPLE_COLUMNS; group++, at += TRIPLE_GROUP, q += TRIPLE_COLUMNS) {
    intptr_t ahead[TRIPLE_LINES];
    for (int n = 0; n < TRIPLE_LINES; n++)
      ahead[n] = at + n * PACKED_LINE + prefetch_distance(at + n * PACKED_LINE, panel_bytes, panels, FAR_AHEAD);
#pragma clang loop unroll(full)
    for (int p = 0; p < panels; p++) {
      const uint8_t *lines = packed + p * panel_bytes + at;
#pragma clang loop unroll(full)
      for (int n = 0; n < TRIPLE_NUMBERS; n++) {
        if (n < TRIPLE_LINES) _mm_prefetch((const char *)packed + p * panel_bytes + ahead[n], _MM_HINT_T0);
        __m512i number = triple_number(lines, n);
        for (int d = 0; d < 3; d++)
          digits[p][d] = _mm512_dpbusd_epi32(digits[p][d], _mm512_permutexvar_epi8(number, tables[d]),
                                             four_activations(q + 12 * n + 4 * d));
      }
      // Activations are read again for the next panel: registers hold neither them nor its lines.
      __asm__ volatile("" ::: "memory");
    }
  }
  for (; at < panel_bytes; at += PACKED_LINE, q += TAIL_COLUMNS)
    for (int p = 0; p < panels; p++) {
      const uint8_t *line = packed + p * panel_bytes + at;
      _mm_prefetch((const char *)line + prefetch_distance(at, panel_bytes, panels, FAR_AHEAD), _MM_HINT_T0);
      for (int g = 0; g < 4; g++) {
        __m512i codes = _mm512_and_si512(_mm512_srli_epi16(_mm512_loadu_si512(line), 2 * g), _mm512_set1_epi8(3));
        digits[p][g % 3] = _mm512_dpbusd_epi32(digits[p][g % 3], codes, four_activations(q + 4 * g));
      }
    }
  for (int p = 0; p < panels; p++)
    sums[p][0] = (vi)_mm512_add_epi32(digits[p][0], _mm512_add_epi32(digits[p][1], digits[p][2]));
}
