// Packed panels of 2-bit codes, for any processor.
//
// Eight lines are a block of 128 columns. Byte i of word w holds code + 1 of the columns 4w + i, 32 + 4w + i, 64 + 4w + i
// and 96 + 4w + i of its block, from the high bits down: I2_S with the rows interleaved.

#define TWO_BIT_COLUMNS 128
#define TWO_BIT_WORDS 8  // of a row, in a block
#define TWO_BIT_BLOCK (TWO_BIT_WORDS * PACKED_LINE)

// One block of a panel, from rows of I2_S that are row_bytes apart. Rows that do not exist have codes 0.
INLINE void pack_two_bit_block(const uint8_t *codes, intptr_t row_bytes, intptr_t rows, uint8_t *to) {
  for (intptr_t lane = 0; lane < BITNET_PANEL_COLUMNS; lane++) {
    uint32_t words[TWO_BIT_WORDS];
    if (lane < rows) __builtin_memcpy(words, codes + lane * row_bytes, sizeof words);
    else __builtin_memset(words, 0x55, sizeof words);
    for (int word = 0; word < TWO_BIT_WORDS; word++)
      __builtin_memcpy(to + word * PACKED_LINE + lane * 4, words + word, 4);
  }
}

static void pack_two_bits(const uint8_t *codes, intptr_t rows, intptr_t columns, uint8_t *packed, intptr_t first_panel,
                          intptr_t last_panel) {
  const intptr_t row_bytes = columns / 4;
  for (intptr_t panel = first_panel; panel < last_panel; panel++)
    for (intptr_t block = 0; block < columns / TWO_BIT_COLUMNS; block++, packed += TWO_BIT_BLOCK) {
      const intptr_t row = panel * BITNET_PANEL_COLUMNS;
      pack_two_bit_block(codes + row * row_bytes + block * TWO_BIT_COLUMNS / 4, row_bytes, rows - row, packed);
    }
}

INLINE void unpack_two_bit_blocks(const uint8_t *packed, intptr_t blocks, uint8_t *panels) {
  for (intptr_t block = 0; block < blocks; block++, panels += TWO_BIT_COLUMNS * BITNET_PANEL_COLUMNS)
    for (int word = 0; word < TWO_BIT_WORDS; word++, packed += PACKED_LINE)
      for (int at = 0; at < PACKED_LINE; at += BYTES_OF_VECTOR) {
        vu bytes = *(const vu_unaligned *)(packed + at);
        for (int quarter = 0; quarter < 4; quarter++)
          *(vu_unaligned *)(panels + (quarter * TWO_BIT_WORDS + word) * PACKED_LINE + at) =
              bytes >> (6 - 2 * quarter) & 0x03030303;
      }
}

static void unpack_two_bits(const uint8_t *packed, intptr_t columns, uint8_t *panels, intptr_t count) {
  unpack_two_bit_blocks(packed, count * columns / TWO_BIT_COLUMNS, panels);
}

#ifdef PACKED_SPECIALISATION
#include PACKED_SPECIALISATION
#else
#define TWO_BIT_PANELS 1

INLINE void two_bit_sums(const int8_t *q, const uint8_t *packed, intptr_t columns, int panels,
                         vi (*sums)[PANEL_VECTORS]) {
  (void)panels;
  int32_t totals[BITNET_PANEL_COLUMNS] = {0};
  for (int lane = 0; lane < BITNET_PANEL_COLUMNS; lane++)
    for (intptr_t k = 0; k < columns; k += TWO_BIT_COLUMNS)
      for (int g = 0; g < 4 * TWO_BIT_WORDS; g++) {
        int32_t byte = packed[k / TWO_BIT_COLUMNS * TWO_BIT_BLOCK + g / 4 * PACKED_LINE + lane * 4 + g % 4];
        const int8_t *x = q + k + g;
        totals[lane] += (byte >> 6) * x[0] + (byte >> 4 & 3) * x[32] + (byte >> 2 & 3) * x[64] + (byte & 3) * x[96];
      }
  __builtin_memcpy(sums, totals, sizeof totals);
}
#endif

static void two_bit_matmul(const int8_t *q, intptr_t code_stride, const float *scales, const int32_t *row_sums,
                           intptr_t rows, const uint8_t *packed, intptr_t outputs, intptr_t columns,
                           intptr_t first_panel, intptr_t last_panel, float gamma, const float *addend, float *y,
                           intptr_t y_stride) {
  packed_products(two_bit_sums, TWO_BIT_PANELS, BITNET_PACKED_TWO_BITS, q, code_stride, scales, row_sums, rows, packed,
                  outputs, columns, first_panel, last_panel, gamma, addend, y, y_stride);
}
