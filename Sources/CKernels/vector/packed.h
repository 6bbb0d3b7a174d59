// Products with ternary codes in 2 bits.
//
// Packed panels have 16 output rows side by side, as the panels of ternary_matmul do: a line of 64 bytes is one word of
// each row, eight lines are a block of 128 columns. Byte i of word w holds code + 1 of the columns 4w + i, 32 + 4w + i,
// 64 + 4w + i and 96 + 4w + i of its block, from the high bits down: I2_S with the rows interleaved.

#define PACKED_BLOCK 128
#define PACKED_WORDS 8  // of a row, in a block
#define PACKED_LINE 64

// Bytes from the place `at` of one of `panels` panels that are read side by side to the line that is asked for there:
// what memory delivers in its latency. At the end of a panel that is the beginning of the one to be read next.
INLINE intptr_t prefetch_distance(intptr_t at, intptr_t panel_bytes, int panels) {
  intptr_t ahead = panel_bytes < 4096 ? panel_bytes : 4096;
  return at + ahead < panel_bytes ? ahead : ahead + (panels - 1) * panel_bytes;
}

// Rows that do not exist have codes 0.
static void pack_panels(const uint8_t *codes, intptr_t rows, intptr_t columns, uint8_t *packed, intptr_t first_panel,
                        intptr_t last_panel) {
  const intptr_t row_bytes = columns / 4;
  uint8_t *to = packed;
  for (intptr_t panel = first_panel; panel < last_panel; panel++)
    for (intptr_t block = 0; block < columns / PACKED_BLOCK; block++, to += PACKED_WORDS * PACKED_LINE)
      for (intptr_t lane = 0; lane < BITNET_PANEL_COLUMNS; lane++) {
        const intptr_t row = panel * BITNET_PANEL_COLUMNS + lane;
        uint32_t words[PACKED_WORDS];
        if (row < rows) __builtin_memcpy(words, codes + row * row_bytes + block * sizeof words, sizeof words);
        else __builtin_memset(words, 0x55, sizeof words);
        for (int word = 0; word < PACKED_WORDS; word++)
          __builtin_memcpy(to + word * PACKED_LINE + lane * 4, words + word, 4);
      }
}

static void unpack_panels(const uint8_t *packed, intptr_t columns, uint8_t *panels, intptr_t count) {
  const intptr_t blocks = count * columns / PACKED_BLOCK;
  for (intptr_t block = 0; block < blocks; block++, panels += PACKED_BLOCK * BITNET_PANEL_COLUMNS)
    for (int word = 0; word < PACKED_WORDS; word++, packed += PACKED_LINE)
      for (int at = 0; at < PACKED_LINE; at += BYTES_OF_VECTOR) {
        vu bytes = *(const vu_unaligned *)(packed + at);
        for (int quarter = 0; quarter < 4; quarter++)
          *(vu_unaligned *)(panels + (quarter * PACKED_WORDS + word) * PACKED_LINE + at) =
              bytes >> (6 - 2 * quarter) & 0x03030303;
      }
}

#ifdef PACKED_SPECIALISATION
#include PACKED_SPECIALISATION
#else
#define PACKED_PANELS 1

// Σ q·(code + 1) of a row of activations with neighbouring panels; `panels` is a constant at every call.
INLINE void packed_sums(const int8_t *q, const uint8_t *packed, intptr_t columns, int panels,
                        vi sums[PACKED_PANELS][PANEL_VECTORS]) {
  int32_t totals[PACKED_PANELS * BITNET_PANEL_COLUMNS] = {0};
  for (int lane = 0; lane < panels * BITNET_PANEL_COLUMNS; lane++)
    for (intptr_t k = 0; k < columns; k += PACKED_BLOCK)
      for (int g = 0; g < 4 * PACKED_WORDS; g++) {
        int32_t byte = packed[k / PACKED_BLOCK * PACKED_WORDS * PACKED_LINE + g / 4 * PACKED_LINE + lane * 4 + g % 4];
        const int8_t *x = q + k + g;
        totals[lane] += (byte >> 6) * x[0] + (byte >> 4 & 3) * x[32] + (byte >> 2 & 3) * x[64] + (byte & 3) * x[96];
      }
  __builtin_memcpy(sums, totals, sizeof totals);
}
#endif

static void packed_matmul(const int8_t *q, intptr_t code_stride, const float *scales, const int32_t *row_sums,
                          intptr_t rows, const uint8_t *packed, intptr_t outputs, intptr_t columns,
                          intptr_t first_panel, intptr_t last_panel, float gamma, const float *addend, float *y,
                          intptr_t y_stride) {
  int count;
  for (intptr_t panel = first_panel; panel < last_panel; panel += count) {
    const uint8_t *from = packed + panel * BITNET_PANEL_COLUMNS * columns / 4;
    count = panel + PACKED_PANELS <= last_panel ? PACKED_PANELS : 1;
    for (intptr_t row = 0; row < rows; row++) {
      vi sums[PACKED_PANELS][PANEL_VECTORS];
      if (count == PACKED_PANELS) packed_sums(q + row * code_stride, from, columns, PACKED_PANELS, sums);
      else packed_sums(q + row * code_stride, from, columns, 1, sums);
      for (int p = 0; p < count; p++)
        for (int j = 0; j < PANEL_VECTORS; j++) {
          intptr_t column = (panel + p) * BITNET_PANEL_COLUMNS + j * LANES;
          if (column >= outputs) break;
          vf result = __builtin_convertvector(sums[p][j] - row_sums[row], vf) * (gamma / scales[row]);
          if (addend) result = load_padded(addend + row * y_stride, column, outputs) + result;
          store_padded(y + row * y_stride, column, outputs, result);
        }
    }
  }
}
