// Products with tables of signed bytes in blocks of 32 columns that share a float16 scale (Q8_0).
//
// No trained model has such a table, so the numerics are free. Activations are rounded to 16 bits, with a scale for each
// block of 32: 2^-16 of the largest, where the table itself is within 2^-8. A block's sum is then an exact integer, and
// blocks are added in the order of k: the same bits for one row and for many, on every instruction set.
//
// A panel has for each block the scales of its 16 rows, then [8 quads of columns][16 rows][4] bytes, 128 higher than in
// the table: multiply-adds take unsigned numbers times signed ones, here the low and the high byte of an activation.

#define Q8_BLOCK BITNET_STORED_BLOCK
#define Q8_BLOCK_BYTES 34
#define Q8_SCALES (BITNET_PANEL_COLUMNS * 2)
#define Q8_LINE (BITNET_PANEL_COLUMNS * 4)
#define Q8_PANEL_BLOCK (BITNET_PANEL_COLUMNS * Q8_BLOCK_BYTES)
#define Q8_ROWS 4    // input rows that share a pass over a panel
#define Q8_PANELS (LANES == 16 ? 8 : 4)  // panels side by side for one input row
#define Q8_AHEAD (2 * Q8_PANEL_BLOCK)    // the 9 lines of a block are asked for at once, and farther ahead is slower

static void pack_q8(const uint8_t *table, intptr_t rows, intptr_t columns, uint8_t *panels, intptr_t first_panel,
                    intptr_t last_panel) {
  const intptr_t blocks = columns / Q8_BLOCK;
  for (intptr_t panel = first_panel; panel < last_panel; panel++)
    for (intptr_t block = 0; block < blocks; block++, panels += Q8_PANEL_BLOCK)
      for (intptr_t lane = 0; lane < BITNET_PANEL_COLUMNS; lane++) {
        const intptr_t row = panel * BITNET_PANEL_COLUMNS + lane;
        uint8_t bytes[Q8_BLOCK_BYTES] = {0};
        if (row < rows) __builtin_memcpy(bytes, table + (row * blocks + block) * Q8_BLOCK_BYTES, sizeof bytes);
        __builtin_memcpy(panels + lane * 2, bytes, 2);
        for (int k = 0; k < Q8_BLOCK; k++)
          panels[Q8_SCALES + k / 4 * Q8_LINE + lane * 4 + k % 4] = bytes[2 + k] ^ 0x80;
      }
}

// The rows from `row` on.
INLINE bitnet_16_bit_rows rows_from(bitnet_16_bit_rows x, intptr_t row, intptr_t columns) {
  const intptr_t blocks = row * columns / Q8_BLOCK;
  return (bitnet_16_bit_rows){x.codes + row * columns, x.bytes + row * columns * 2, x.offsets + blocks,
                              x.scales + blocks};
}

// A block that is not finite gets a NaN scale.
static void quantize_16_bits(const float *x, intptr_t rows, intptr_t columns, bitnet_16_bit_rows to) {
  const float largest_code = 32639.0f, least = 0x1p-100f;  // 127 · 256 + 127
  for (intptr_t block = 0; block < rows * columns / Q8_BLOCK; block++, x += Q8_BLOCK) {
    int16_t *codes = to.codes + block * Q8_BLOCK;
    int8_t *bytes = to.bytes + block * Q8_BLOCK * 2;
    float largest = absolute_maximum(x, 0, 1.0f, Q8_BLOCK);
    int is_finite = largest < __builtin_inff(), has_codes = is_finite && largest >= least;
    float inverse = has_codes ? largest_code / largest : 0.0f;
    to.scales[block] = !is_finite ? __builtin_nanf("") : has_codes ? largest / largest_code : 0.0f;
    for (int i = 0; i < Q8_BLOCK; i++) {
      const float magic = 12582912.0f;  // rounds half to even
      float scaled = has_codes ? x[i] * inverse : 0.0f;
      codes[i] = (int16_t)((scaled + magic) - magic);
    }
    int32_t sum = 0;
    int8_t low[Q8_BLOCK], high[Q8_BLOCK];
    for (int i = 0; i < Q8_BLOCK; i++) {
      sum += codes[i];
      low[i] = (int8_t)codes[i];
      high[i] = (int8_t)((codes[i] - low[i]) / 256);
    }
    to.offsets[block] = -128 * sum;
    for (int quad = 0; quad < Q8_BLOCK / 4; quad++) {
      __builtin_memcpy(bytes + quad * 8, low + quad * 4, 4);
      __builtin_memcpy(bytes + quad * 8 + 4, high + quad * 4, 4);
    }
  }
}

#ifndef Q8_BLOCK_SUMS
#define Q8_BLOCK_SUMS q8_block_sums
INLINE void q8_block_sums(const uint8_t *codes, bitnet_16_bit_rows x, intptr_t block, intptr_t columns, int tile_rows,
                          vi sums[Q8_ROWS][PANEL_VECTORS]) {
  for (int r = 0; r < tile_rows; r++) {
    const int16_t *q = x.codes + r * columns + block * Q8_BLOCK;
    int32_t totals[BITNET_PANEL_COLUMNS] = {0};
    for (int k = 0; k < Q8_BLOCK; k++)
      for (int lane = 0; lane < BITNET_PANEL_COLUMNS; lane++)
        totals[lane] += q[k] * (codes[k / 4 * Q8_LINE + lane * 4 + k % 4] - 128);
    __builtin_memcpy(sums[r], totals, sizeof totals);
  }
}
#endif

// `tile_rows` and `count` are constants at every call, so that the sums live in registers.
INLINE void q8_tile(bitnet_16_bit_rows x, int tile_rows, const uint8_t *panels, intptr_t rows, intptr_t columns,
                    intptr_t panel, int count, float *y, intptr_t y_stride) {
  const intptr_t blocks = columns / Q8_BLOCK, panel_bytes = blocks * Q8_PANEL_BLOCK;
  const uint8_t *from = panels + panel * panel_bytes;
  vf totals[Q8_PANELS][Q8_ROWS][PANEL_VECTORS];
  for (int p = 0; p < count; p++)
    for (int r = 0; r < tile_rows; r++)
      for (int j = 0; j < PANEL_VECTORS; j++) totals[p][r][j] = splat(0.0f);
  for (intptr_t block = 0; block < blocks; block++, from += Q8_PANEL_BLOCK) {
    const intptr_t ahead = prefetch_distance(block * Q8_PANEL_BLOCK, panel_bytes, count, Q8_AHEAD);
    for (int p = 0; p < count; p++) {
      const uint8_t *here = from + p * panel_bytes;
      for (int line = 0; line < Q8_PANEL_BLOCK; line += 64) __builtin_prefetch(here + line + ahead);
      vi sums[Q8_ROWS][PANEL_VECTORS];
      Q8_BLOCK_SUMS(here + Q8_SCALES, x, block, columns, tile_rows, sums);
      for (int j = 0; j < PANEL_VECTORS; j++) {
        vf scale = WIDEN_HALVES(here + j * LANES * 2);
        for (int r = 0; r < tile_rows; r++)
          totals[p][r][j] = MULTIPLY_ADD(
              __builtin_convertvector(sums[r][j], vf), scale * x.scales[r * blocks + block], totals[p][r][j]);
      }
    }
  }
  for (int p = 0; p < count; p++)
    for (int r = 0; r < tile_rows; r++)
      for (int j = 0; j < PANEL_VECTORS; j++) {
        intptr_t column = (panel + p) * BITNET_PANEL_COLUMNS + j * LANES;
        if (column < rows) store_padded(y + r * y_stride, column, rows, totals[p][r][j]);
      }
}

// `tile_rows` rows with all panels, `together` of them side by side; both are constants at every call.
INLINE void q8_rows(bitnet_16_bit_rows x, int tile_rows, int together, const uint8_t *panels, intptr_t rows,
                    intptr_t columns, intptr_t first_panel, intptr_t last_panel, float *y, intptr_t y_stride) {
  intptr_t panel = first_panel;
  for (; panel + together <= last_panel; panel += together)
    q8_tile(x, tile_rows, panels, rows, columns, panel, together, y, y_stride);
  for (; panel < last_panel; panel++) q8_tile(x, tile_rows, panels, rows, columns, panel, 1, y, y_stride);
}

static void q8_matmul(bitnet_16_bit_rows x, intptr_t x_rows, const uint8_t *panels, intptr_t rows, intptr_t columns,
                      intptr_t first_panel, intptr_t last_panel, float *y, intptr_t y_stride) {
  intptr_t row = 0;
  for (; row + Q8_ROWS <= x_rows; row += Q8_ROWS)
    q8_rows(rows_from(x, row, columns), Q8_ROWS, 1, panels, rows, columns, first_panel, last_panel,
            y + row * y_stride, y_stride);
  x = rows_from(x, row, columns);
  y += row * y_stride;
  // What is left reads the panels once, too.
  if (x_rows - row == 3) q8_rows(x, 3, 1, panels, rows, columns, first_panel, last_panel, y, y_stride);
  if (x_rows - row == 2) q8_rows(x, 2, Q8_PANELS / 2, panels, rows, columns, first_panel, last_panel, y, y_stride);
  if (x_rows - row == 1) q8_rows(x, 1, Q8_PANELS, panels, rows, columns, first_panel, last_panel, y, y_stride);
}
