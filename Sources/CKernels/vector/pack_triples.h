// Folds the codes of I2_S into the triples of packed_triples.h.

// 24 lines of codes + 1 become five. No sum or product leaves its byte.
INLINE void fold_triples(const uint8_t *codes, uint8_t *to) {
  for (int at = 0; at < PACKED_LINE; at += BYTES_OF_VECTOR) {
    vu n[TRIPLE_NUMBERS];
    for (int i = 0; i < TRIPLE_NUMBERS; i++)
      n[i] = line_at(codes, 3 * i, at) + 3 * line_at(codes, 3 * i + 1, at) + 9 * line_at(codes, 3 * i + 2, at);
    set_line(to, 0, at, n[0] | (n[5] & 0x07070707) << 5);
    set_line(to, 1, at, n[1] | (n[5] >> 3 & 0x03030303) << 5 | (n[7] >> 3 & 0x01010101) << 7);
    set_line(to, 2, at, n[2] | (n[6] & 0x07070707) << 5);
    set_line(to, 3, at, n[3] | (n[6] >> 3 & 0x03030303) << 5 | (n[7] >> 4 & 0x01010101) << 7);
    set_line(to, 4, at, n[4] | (n[7] & 0x07070707) << 5);
  }
}

static void pack_triples(const uint8_t *codes, intptr_t rows, intptr_t columns, uint8_t *packed, intptr_t first_panel,
                         intptr_t last_panel) {
  enum { blocks_together = 3 };  // four groups
  const intptr_t row_bytes = columns / 4, blocks = columns / TWO_BIT_COLUMNS;
  uint8_t narrow[blocks_together * TWO_BIT_BLOCK], lines[4 * sizeof narrow];
  for (intptr_t panel = first_panel; panel < last_panel; panel++)
    for (intptr_t block = 0; block < blocks; block += blocks_together) {
      const intptr_t row = panel * BITNET_PANEL_COLUMNS;
      const intptr_t count = blocks - block < blocks_together ? blocks - block : blocks_together;
      for (intptr_t b = 0; b < count; b++)
        pack_two_bit_block(codes + row * row_bytes + (block + b) * TWO_BIT_COLUMNS / 4, row_bytes, rows - row,
                           narrow + b * TWO_BIT_BLOCK);
      unpack_two_bit_blocks(narrow, count, lines);
      const uint8_t *from = lines, *end = lines + count * 4 * TWO_BIT_BLOCK;
      for (; end - from >= TRIPLE_CODES; from += TRIPLE_CODES, packed += TRIPLE_GROUP) fold_triples(from, packed);
      for (; from < end; from += TAIL_COLUMNS * BITNET_PANEL_COLUMNS, packed += PACKED_LINE)
        for (int at = 0; at < PACKED_LINE; at += BYTES_OF_VECTOR)
          set_line(packed, 0, at, line_at(from, 0, at) | line_at(from, 1, at) << 2 | line_at(from, 2, at) << 4 |
                                      line_at(from, 3, at) << 6);
    }
}
