// Packed panels of three codes in 5 bits, where the processor looks bytes up in a table of 64: a sixth less to read than
// 2-bit codes.
//
// Five lines are a group of 96 columns. Byte i of a word has the columns 4w + i of its group, 0 <= w < 24. Their codes + 1
// are the digits of eight numbers below 27, number n those of w = 3n, 3n + 1 and 3n + 2, the first one worth 1, the next
// 3 and 9. Numbers 0 to 4 are the low 5 bits of the lines 0 to 4. The other three lie in the high bits: bits 0 to 2 of
// number 5 in line 0, of number 6 in line 2, of number 7 in line 4; bits 3 and 4 of number 5 in bits 5 and 6 of line 1,
// of number 6 in those of line 3; bits 3 and 4 of number 7 in bit 7 of lines 1 and 3.
//
// Columns behind the last group, a multiple of 32, have lines of 16 columns: byte i of a word holds those of 4g + i from
// the low bits up, 0 <= g < 4.

#define TRIPLE_COLUMNS 96
#define TRIPLE_LINES 5
#define TRIPLE_NUMBERS 8
#define TRIPLE_GROUP (TRIPLE_LINES * PACKED_LINE)
#define TRIPLE_CODES (TRIPLE_COLUMNS * BITNET_PANEL_COLUMNS)
#define TAIL_COLUMNS 16

INLINE vu line_at(const uint8_t *lines, int line, int at) {
  return *(const vu_unaligned *)(lines + line * PACKED_LINE + at);
}
INLINE void set_line(uint8_t *lines, int line, int at, vu value) {
  *(vu_unaligned *)(lines + line * PACKED_LINE + at) = value;
}

#ifdef TRIPLES_SPECIALISATION
#include TRIPLES_SPECIALISATION
#else
#define TRIPLE_PANELS 1

INLINE vu triple_number(const uint8_t *lines, int n, int at) {
  switch (n) {
    case 5: return (line_at(lines, 0, at) >> 5 & 0x07070707) | (line_at(lines, 1, at) >> 5 & 0x03030303) << 3;
    case 6: return (line_at(lines, 2, at) >> 5 & 0x07070707) | (line_at(lines, 3, at) >> 5 & 0x03030303) << 3;
    case 7:
      return (line_at(lines, 4, at) >> 5 & 0x07070707) | (line_at(lines, 1, at) >> 7 & 0x01010101) << 3 |
             (line_at(lines, 3, at) >> 7 & 0x01010101) << 4;
    default: return line_at(lines, n, at) & 0x1F1F1F1F;
  }
}

// Bytes n / base for n < 3 * base <= 27: bit 7 of a sum says whether n has reached a bound.
INLINE vu leading_digit(vu n, uint32_t base) {
  return ((n + (128 - base) * 0x01010101) >> 7 & 0x01010101) + ((n + (128 - 2 * base) * 0x01010101) >> 7 & 0x01010101);
}

// Five lines become 24 lines of codes + 1.
INLINE void unfold_triples(const uint8_t *lines, uint8_t *codes) {
  for (int n = 0; n < TRIPLE_NUMBERS; n++)
    for (int at = 0; at < PACKED_LINE; at += BYTES_OF_VECTOR) {
      vu number = triple_number(lines, n, at), third = leading_digit(number, 9), rest = number - 9 * third;
      vu second = leading_digit(rest, 3);
      set_line(codes, 3 * n, at, rest - 3 * second);
      set_line(codes, 3 * n + 1, at, second);
      set_line(codes, 3 * n + 2, at, third);
    }
}
#endif

static void unpack_triples(const uint8_t *packed, intptr_t columns, uint8_t *panels, intptr_t count) {
  for (intptr_t panel = 0; panel < count; panel++) {
    for (intptr_t group = 0; group < columns / TRIPLE_COLUMNS; group++, packed += TRIPLE_GROUP) {
      unfold_triples(packed, panels);
      panels += TRIPLE_CODES;
    }
    for (intptr_t tail = 0; tail < columns % TRIPLE_COLUMNS / TAIL_COLUMNS; tail++, packed += PACKED_LINE)
      for (int g = 0; g < 4; g++, panels += PACKED_LINE)
        for (int at = 0; at < PACKED_LINE; at += BYTES_OF_VECTOR)
          set_line(panels, 0, at, line_at(packed, 0, at) >> 2 * g & 0x03030303);
  }
}

#ifndef TRIPLES_SPECIALISATION
// The twin that others are tested against: wherever it would be the one to run, codes are packed in 2 bits.
INLINE void triple_sums(const int8_t *q, const uint8_t *packed, intptr_t columns, int panels,
                        vi (*sums)[PANEL_VECTORS]) {
  (void)panels;
  int32_t totals[BITNET_PANEL_COLUMNS] = {0};
  uint8_t codes[TRIPLE_CODES];
  for (intptr_t k = 0; k < columns;) {
    const intptr_t width = columns - k < TRIPLE_COLUMNS ? TAIL_COLUMNS : TRIPLE_COLUMNS;
    unpack_triples(packed, width, codes, 1);
    for (intptr_t word = 0; word < width / 4; word++)
      for (int byte = 0; byte < PACKED_LINE; byte++)
        totals[byte / 4] += codes[word * PACKED_LINE + byte] * q[k + 4 * word + byte % 4];
    packed += width == TAIL_COLUMNS ? PACKED_LINE : TRIPLE_GROUP;
    k += width;
  }
  __builtin_memcpy(sums, totals, sizeof totals);
}
#endif

static void triple_matmul(const int8_t *q, intptr_t code_stride, const float *scales, const int32_t *row_sums,
                          intptr_t rows, const uint8_t *packed, intptr_t outputs, intptr_t columns,
                          intptr_t first_panel, intptr_t last_panel, float gamma, const float *addend, float *y,
                          intptr_t y_stride) {
  packed_products(triple_sums, TRIPLE_PANELS, BITNET_PACKED_TRIPLES, q, code_stride, scales, row_sums, rows, packed,
                  outputs, columns, first_panel, last_panel, gamma, addend, y, y_stride);
}
