// Operands of bfloat16 matrix products, for the backward pass of quantised layers.
//
// A left operand is [rows][depth] bfloat16, a right operand panels of 16 columns: [depth / 2][16][2], the two of a pair
// next to each other along the depth. The depth is padded with zeros to a multiple of 32, rows and columns to 16.

// Round half to even; a NaN stays one.
INLINE uint16_t narrow_any(float value) {
  uint32_t word;
  __builtin_memcpy(&word, &value, sizeof word);
  uint32_t rounded = (word + 0x7FFF + ((word >> 16) & 1)) >> 16;
  return (uint16_t)((word & 0x7FFFFFFF) > 0x7F800000 ? 0x7FC0 : rounded);
}

// Small integers are exact in bfloat16.
INLINE uint16_t narrow_integer(int32_t value) {
  float exact = (float)value;
  uint32_t word;
  __builtin_memcpy(&word, &exact, sizeof word);
  return (uint16_t)(word >> 16);
}

static void bfloat16_rows(const float *restrict x, intptr_t rows, intptr_t columns, uint16_t *restrict left,
                          intptr_t depth) {
  for (intptr_t row = 0; row < rows; row++, x += columns, left += depth) {
    for (intptr_t i = 0; i < columns; i++) left[i] = narrow_any(x[i]);
    for (intptr_t i = columns; i < depth; i++) left[i] = 0;
  }
}

static void bfloat16_transposed_codes(const int8_t *codes, intptr_t code_stride, intptr_t rows, intptr_t first,
                                      intptr_t last, uint16_t *left, intptr_t depth) {
  for (intptr_t base = 0; base < depth; base += 32) {
    intptr_t count = rows - base < 32 ? (rows > base ? rows - base : 0) : 32;
    for (intptr_t column = first; column < last; column++) {
      const int8_t *from = codes + base * code_stride + column;
      uint16_t *to = left + column * depth + base;
      for (intptr_t i = 0; i < count; i++) to[i] = narrow_integer(from[i * code_stride]);
      for (intptr_t i = count; i < 32; i++) to[i] = 0;
    }
  }
}

static void bfloat16_row_pairs(const float *x, const float *divisors, intptr_t rows, intptr_t columns,
                               uint16_t *panels, intptr_t depth, intptr_t first_panel, intptr_t last_panel) {
  for (intptr_t panel = first_panel; panel < last_panel; panel++) {
    intptr_t column = panel * 16, width = columns - column < 16 ? columns - column : 16;
    uint16_t *to = panels + panel * depth * 16;
    for (intptr_t row = 0; row < depth; row += 2, to += 32) {
      for (intptr_t half = 0; half < 2; half++) {
        intptr_t filled = row + half < rows ? width : 0;
        const float *from = x + (row + half) * columns + column;
        float divisor = filled ? divisors[row + half] : 1.0f;
        for (intptr_t i = 0; i < filled; i++) to[2 * i + half] = narrow_any(from[i] / divisor);
        for (intptr_t i = filled; i < 16; i++) to[2 * i + half] = 0;
      }
    }
  }
}

static void bfloat16_code_pairs(const uint8_t *codes, intptr_t rows, intptr_t columns, uint16_t *panels,
                                intptr_t depth, intptr_t first_panel, intptr_t last_panel) {
  static const uint16_t values[3] = {0xBF80, 0x0000, 0x3F80};
  intptr_t groups = (columns + 3) / 4;
  for (intptr_t panel = first_panel; panel < last_panel; panel++) {
    intptr_t column = panel * 16, width = columns - column < 16 ? columns - column : 16;
    uint16_t *to = panels + panel * depth * 16;
    for (intptr_t row = 0; row < depth; row++) {
      const uint8_t *from = codes + row / 16 * groups * 64 + row % 16 * 4;
      uint16_t *pair = to + row / 2 * 32 + row % 2;
      intptr_t filled = row < rows ? width : 0;
      for (intptr_t i = 0; i < filled; i++) pair[2 * i] = values[from[(column + i) / 4 * 64 + (column + i) % 4]];
      for (intptr_t i = filled; i < 16; i++) pair[2 * i] = 0;
    }
  }
}
