// Products with tables in blocks of 32 signed bytes behind their float16 scale (Q8_0).
//
// No trained model has such a table, so the order of the sums is free, and this one reads rows as they lie: 16 chains run
// along k, what a block gives each of them is scaled and added to that of the row, and they are folded at the end. The
// order is the same for one row of activations and for many, and on every instruction set.

#define Q8_BLOCK 32
#define Q8_BLOCK_BYTES 34
#define Q8_VECTORS (Q8_BLOCK / LANES)
#define Q8_ROWS 4     // input rows that share what was widened
#define Q8_OUTPUTS 4  // rows of the table side by side

typedef int8_t narrow_lanes __attribute__((vector_size(LANES), aligned(1)));

#ifndef WIDEN_SCALE
INLINE vf q8_scale(const uint8_t *block) {
  uint16_t half;
  __builtin_memcpy(&half, block, 2);
  return splat(widened_half(half));
}
#define WIDEN_SCALE q8_scale
#endif

// `tile_rows` and `outputs` are constants at every call, so that the sums live in registers.
INLINE void q8_tile(const float *x, intptr_t x_stride, int tile_rows, const uint8_t *table, intptr_t columns,
                    int outputs, float *y, intptr_t y_stride) {
  const intptr_t row_bytes = columns / Q8_BLOCK * Q8_BLOCK_BYTES;
  row_sum sums[Q8_ROWS][Q8_OUTPUTS];
  for (int r = 0; r < tile_rows; r++)
    for (int n = 0; n < outputs; n++) sums[r][n] = empty_sum();
  for (intptr_t k = 0; k < columns; k += Q8_BLOCK)
    for (int n = 0; n < outputs; n++) {
      const uint8_t *block = table + n * row_bytes + k / Q8_BLOCK * Q8_BLOCK_BYTES;
      // The rows after these are read next, at the same places.
      __builtin_prefetch(block + outputs * row_bytes);
      vf scale = WIDEN_SCALE(block), w[Q8_VECTORS];
      for (int j = 0; j < Q8_VECTORS; j++)
        w[j] = __builtin_convertvector(*(const narrow_lanes *)(block + 2 + j * LANES), vf);
      for (int r = 0; r < tile_rows; r++)
        for (int j = 0; j < SUM_VECTORS; j++) {
          const float *from = x + r * x_stride + k + j * LANES;
          vf sum = MULTIPLY_ADD(w[SUM_VECTORS + j], load(from + SUM_CHAINS), w[j] * load(from));
          sums[r][n].chains[j] = MULTIPLY_ADD(scale, sum, sums[r][n].chains[j]);
        }
    }
  for (int r = 0; r < tile_rows; r++)
    for (int n = 0; n < outputs; n++) y[r * y_stride + n] = folded(sums[r][n]);
}

// Rows [first, last) of the table; y points to the first of them.
INLINE void q8_rows(const float *x, intptr_t x_stride, int tile_rows, const uint8_t *table, intptr_t columns,
                    intptr_t count, int outputs, float *y, intptr_t y_stride) {
  const intptr_t row_bytes = columns / Q8_BLOCK * Q8_BLOCK_BYTES;
  intptr_t n = 0;
  for (; n + outputs <= count; n += outputs)
    q8_tile(x, x_stride, tile_rows, table + n * row_bytes, columns, outputs, y + n, y_stride);
  for (; n < count; n++) q8_tile(x, x_stride, tile_rows, table + n * row_bytes, columns, 1, y + n, y_stride);
}

static void q8_matmul(const float *x, intptr_t x_stride, intptr_t x_rows, const uint8_t *table, intptr_t columns,
                      intptr_t first, intptr_t last, float *y, intptr_t y_stride) {
  const uint8_t *from = table + first * (columns / Q8_BLOCK * Q8_BLOCK_BYTES);
  intptr_t row = 0;
  for (; row + Q8_ROWS <= x_rows; row += Q8_ROWS)
    q8_rows(x + row * x_stride, x_stride, Q8_ROWS, from, columns, last - first, 1, y + row * y_stride + first, y_stride);
  for (; row < x_rows; row++)
    q8_rows(x + row * x_stride, x_stride, 1, from, columns, last - first, Q8_OUTPUTS, y + row * y_stride + first,
            y_stride);
}
