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
// Rows and panels whose sums fill the registers.
#ifndef FLOAT_TILE_ROWS
#define FLOAT_TILE_ROWS 6
#define FLOAT_TILE_PANELS 1
#endif
// Rows that stay in the second-level cache while panels stream by.
#define FLOAT_ROWS_PER_PASS (8 * FLOAT_TILE_ROWS)

// `tile_rows` and `tile_panels` are constants at every call, so that the accumulators live in registers.
INLINE void float_tile(const float *x, intptr_t x_stride, int tile_rows, const float *panels, int tile_panels,
                       intptr_t depth, intptr_t columns, float *y, intptr_t y_stride) {
  const int vectors = tile_panels * PANEL_VECTORS;
  vf sums[FLOAT_TILE_ROWS][FLOAT_TILE_PANELS * PANEL_VECTORS];
  for (int r = 0; r < tile_rows; r++)
    for (int j = 0; j < vectors; j++) sums[r][j] = splat(0.0f);
#pragma clang loop unroll_count(4)
  for (intptr_t k = 0; k < depth; k++) {
    vf w[FLOAT_TILE_PANELS * PANEL_VECTORS];
    for (int j = 0; j < vectors; j++)
      w[j] = load(panels + (j / PANEL_VECTORS * depth + k) * BITNET_PANEL_COLUMNS + j % PANEL_VECTORS * LANES);
    for (int r = 0; r < tile_rows; r++) {
      vf value = splat(x[r * x_stride + k]);
      for (int j = 0; j < vectors; j++) sums[r][j] = MULTIPLY_ADD(value, w[j], sums[r][j]);
    }
  }
  for (int r = 0; r < tile_rows; r++)
    for (int j = 0; j < vectors; j++)
      if (j * LANES < columns) store_padded(y + r * y_stride, j * LANES, columns, sums[r][j]);
}

INLINE void float_columns(const float *x, intptr_t x_stride, intptr_t rows, const float *panels, int tile_panels,
                          intptr_t depth, intptr_t columns, float *y, intptr_t y_stride) {
  intptr_t row = 0;
  for (; row + FLOAT_TILE_ROWS <= rows; row += FLOAT_TILE_ROWS)
    float_tile(x + row * x_stride, x_stride, FLOAT_TILE_ROWS, panels, tile_panels, depth, columns, y + row * y_stride,
               y_stride);
  for (; row < rows; row++)
    float_tile(x + row * x_stride, x_stride, 1, panels, tile_panels, depth, columns, y + row * y_stride, y_stride);
}

static void float_matmul(const float *x, intptr_t x_stride, intptr_t rows, const float *panels, intptr_t depth,
                         intptr_t columns, float *y, intptr_t y_stride) {
  for (intptr_t first = 0; first < rows; first += FLOAT_ROWS_PER_PASS) {
    const intptr_t count = rows - first < FLOAT_ROWS_PER_PASS ? rows - first : FLOAT_ROWS_PER_PASS;
    const float *from = x + first * x_stride;
    float *to = y + first * y_stride;
    intptr_t column = 0;
    for (; column + (FLOAT_TILE_PANELS - 1) * BITNET_PANEL_COLUMNS < columns;
         column += FLOAT_TILE_PANELS * BITNET_PANEL_COLUMNS)
      float_columns(from, x_stride, count, panels + column * depth, FLOAT_TILE_PANELS, depth, columns - column,
                    to + column, y_stride);
    if (column < columns)
      float_columns(from, x_stride, count, panels + column * depth, 1, depth, columns - column, to + column, y_stride);
  }
}
