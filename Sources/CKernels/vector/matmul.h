// Float matrix product from packed panels: every output is one chain of multiply-adds in the order of k, so that its
// bits depend neither on the tile it falls into nor on how many rows are computed together.

static void pack_floats(const float *w, intptr_t rows, intptr_t columns, float *panels, intptr_t first_panel,
                        intptr_t last_panel) {
  for (intptr_t panel = first_panel; panel < last_panel; panel++)
    for (intptr_t lane = 0; lane < BITNET_PANEL_COLUMNS; lane++) {
      intptr_t row = panel * BITNET_PANEL_COLUMNS + lane;
      float *to = panels + panel * columns * BITNET_PANEL_COLUMNS + lane;
      for (intptr_t column = 0; column < columns; column++)
        to[column * BITNET_PANEL_COLUMNS] = row < rows ? w[row * columns + column] : 0.0f;
    }
}

#define PANEL_VECTORS (BITNET_PANEL_COLUMNS / LANES)
#ifdef FLOAT_TILE_ROWS
#define ROW_TILE FLOAT_TILE_ROWS
#else
#define ROW_TILE 6
#endif

// `tile_rows` is a constant at every call, so that the accumulators live in registers.
INLINE void float_tile(const float *x, intptr_t x_stride, int tile_rows, const float *panel, intptr_t depth,
                       intptr_t columns, float *y, intptr_t y_stride) {
  vf sums[ROW_TILE][PANEL_VECTORS];
  for (int r = 0; r < tile_rows; r++)
    for (int j = 0; j < PANEL_VECTORS; j++) sums[r][j] = splat(0.0f);
  for (intptr_t k = 0; k < depth; k++) {
    vf w[PANEL_VECTORS];
    for (int j = 0; j < PANEL_VECTORS; j++) w[j] = load(panel + k * BITNET_PANEL_COLUMNS + j * LANES);
    for (int r = 0; r < tile_rows; r++) {
      vf value = splat(x[r * x_stride + k]);
      for (int j = 0; j < PANEL_VECTORS; j++) sums[r][j] = MULTIPLY_ADD(value, w[j], sums[r][j]);
    }
  }
  for (int r = 0; r < tile_rows; r++)
    for (int j = 0; j < PANEL_VECTORS; j++) {
      intptr_t left = columns - j * LANES;
      if (left >= LANES) store(y + r * y_stride + j * LANES, sums[r][j]);
      else if (left > 0) store_partial(y + r * y_stride + j * LANES, left, sums[r][j]);
    }
}

static void float_matmul(const float *x, intptr_t x_stride, intptr_t rows, const float *panels, intptr_t depth,
                         intptr_t columns, float *y, intptr_t y_stride) {
  for (intptr_t column = 0; column < columns; column += BITNET_PANEL_COLUMNS) {
    const float *panel = panels + column * depth;
    intptr_t row = 0;
    for (; row + ROW_TILE <= rows; row += ROW_TILE)
      float_tile(x + row * x_stride, x_stride, ROW_TILE, panel, depth, columns - column, y + row * y_stride + column,
                 y_stride);
    for (; row < rows; row++)
      float_tile(x + row * x_stride, x_stride, 1, panel, depth, columns - column, y + row * y_stride + column,
                 y_stride);
  }
}
