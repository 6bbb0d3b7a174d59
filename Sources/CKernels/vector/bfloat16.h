// Operands of bfloat16 matrix products, for the backward pass of quantised layers.
//
// A left operand is tiles of 16 rows × 32 of the depth: [rows / 16][depth / 32][16][32]. A right operand is panels of 16
// columns, the two of a pair next to each other along the depth: [columns / 16][depth / 2][16][2]. Rows, columns and
// depth are padded with zeros to multiples of 32.

#define TILE_DEPTH 32
#define TILE_LENGTH (16 * TILE_DEPTH)

// The bits of the nearest bfloat16, half to even, in the low half of each lane; a NaN stays one.
INLINE vu narrowed(vf x) {
  vu word = (vu)x;
  vu rounded = (word + 0x7FFF + ((word >> 16) & 1)) >> 16;
  return (vu)select((vi)((word & 0x7FFFFFFF) > 0x7F800000), (vf)((vu){} + 0x7FC0), (vf)rounded);
}

#define HALVES_OF_BOTH (2 * LANES)
typedef uint16_t vh __attribute__((vector_size(LANES * 2)));
typedef uint16_t vh_both __attribute__((vector_size(HALVES_OF_BOTH * 2)));
typedef uint16_t vh_both_unaligned __attribute__((vector_size(HALVES_OF_BOTH * 2), aligned(2), may_alias));

#if LANES == 16
#define JOINED(a, b)                                                                                                  \
  __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, \
                          24, 25, 26, 27, 28, 29, 30, 31)
#define PAIRED(halves)                                                                                                \
  __builtin_shufflevector(halves, halves, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25, 10,   \
                          26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#else
#define JOINED(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#define PAIRED(halves) __builtin_shufflevector(halves, halves, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15)
#endif

// The nearest bfloat16 of two vectors, behind each other.
#ifndef NARROWED_HALVES
#define NARROWED_HALVES(first, second) \
  JOINED(__builtin_convertvector(narrowed(first), vh), __builtin_convertvector(narrowed(second), vh))
#endif

// Side by side in the halves of each lane.
INLINE vu narrowed_pairs(vf even, vf odd) {
  vh_both halves = NARROWED_HALVES(even, odd);
  return (vu)PAIRED(halves);
}

// A block of 32 rows × 32 columns of an output gradient into both operands, two rows at a time. `rows` of them exist.
// `wants_left` and `wants_panels` are constants at every call.
INLINE void pack_gradient_block(const float *dy, intptr_t stride, intptr_t rows, intptr_t column, intptr_t columns,
                                float alpha, const float *reciprocals, int wants_left, uint16_t *left,
                                intptr_t left_depth, int wants_panels, uint16_t *panels, intptr_t right_depth) {
  for (intptr_t row = 0; row < TILE_DEPTH; row += 2)
    for (intptr_t i = 0; i < TILE_DEPTH; i += HALVES_OF_BOTH) {
      vf x[2][2];
      for (int r = 0; r < 2; r++)
        for (int half = 0; half < 2; half++) {
          const float *from = dy + (row + r) * stride;
          intptr_t at = column + i + half * LANES;
          // Too many rows at once for the processor to see that each goes on.
          __builtin_prefetch(from + at + 2 * TILE_DEPTH);
          x[r][half] = row + r < rows ? load_padded(from, at, columns) : splat(0.0f);
        }
      for (int r = 0; wants_left && r < 2; r++)
        *(vh_both_unaligned *)(left + row / 16 * 16 * left_depth + (row % 16 + r) * TILE_DEPTH + i) =
            NARROWED_HALVES(x[r][0] * alpha, x[r][1] * alpha);
      for (int half = 0; wants_panels && half < 2; half++) {
        intptr_t at = i + half * LANES;
        *(vu_unaligned *)(panels + at / 16 * 16 * right_depth + row * 16 + at % 16 * 2) =
            narrowed_pairs(x[0][half] * reciprocals[row], x[1][half] * reciprocals[row + 1]);
      }
    }
}

static void bfloat16_gradient(const float *dy, intptr_t rows, intptr_t columns, intptr_t first, intptr_t last,
                              float alpha, const float *divisors, uint16_t *left, uint16_t *panels) {
  intptr_t left_depth = (columns + 31) / 32 * 32, right_depth = (rows + 31) / 32 * 32;
  for (intptr_t row = first; row < last; row += TILE_DEPTH) {
    float reciprocals[TILE_DEPTH] = {0};
    for (intptr_t i = 0; panels && i < TILE_DEPTH && row + i < rows; i++) reciprocals[i] = 1.0f / divisors[row + i];
    for (intptr_t column = 0; column < columns; column += TILE_DEPTH) {
      uint16_t *tiles = left ? left + (row - first) * left_depth + column * 16 : 0;
      uint16_t *pairs = panels ? panels + column * right_depth + row * 16 : 0;
      const float *from = dy + row * columns;
      if (left && panels)
        pack_gradient_block(from, columns, rows - row, column, columns, alpha, reciprocals, 1, tiles, left_depth, 1,
                            pairs, right_depth);
      else if (left)
        pack_gradient_block(from, columns, rows - row, column, columns, alpha, reciprocals, 1, tiles, left_depth, 0, 0,
                            0);
      else
        pack_gradient_block(from, columns, rows - row, column, columns, alpha, reciprocals, 0, 0, 0, 1, pairs,
                            right_depth);
    }
  }
}

typedef int8_t byte16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint16_t half16 __attribute__((vector_size(32), aligned(2), may_alias));

#define LOWS_OF_PAIR 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGHS_OF_PAIR 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31

// Four rounds of interleaving rows i and i + 8 transpose 16 × 16 bytes.
INLINE void transpose_bytes(byte16 *rows) {
  for (int round = 0; round < 4; round++) {
    byte16 mixed[16];
    for (int i = 0; i < 8; i++) {
      mixed[2 * i] = __builtin_shufflevector(rows[i], rows[i + 8], LOWS_OF_PAIR);
      mixed[2 * i + 1] = __builtin_shufflevector(rows[i], rows[i + 8], HIGHS_OF_PAIR);
    }
    for (int i = 0; i < 16; i++) rows[i] = mixed[i];
  }
}

INLINE byte16 load_bytes(const int8_t *from, intptr_t count) {
  byte16 bytes = {0};
  if (count >= 16) return *(const byte16 *)from;
  for (intptr_t i = 0; i < count; i++) bytes[i] = from[i];
  return bytes;
}

// Small integers are exact in bfloat16: the upper half of the float.
INLINE half16 narrowed_integers(byte16 integers) {
  typedef int32_t word16 __attribute__((vector_size(64)));
  typedef float float16 __attribute__((vector_size(64)));
  typedef uint32_t bits16 __attribute__((vector_size(64)));
  float16 exact = __builtin_convertvector(__builtin_convertvector(integers, word16), float16);
  return __builtin_convertvector((bits16)exact >> 16, half16);
}

// 16 rows × 16 columns of codes, `rows` and `columns` of which exist, into half the depth of a tile.
INLINE void transpose_code_block(const int8_t *codes, intptr_t code_stride, intptr_t rows, intptr_t columns,
                                 uint16_t *tile) {
  byte16 block[16];
  for (intptr_t i = 0; i < 16; i++)
    block[i] = i < rows ? load_bytes(codes + i * code_stride, columns) : (byte16){0};
  transpose_bytes(block);
  for (intptr_t i = 0; i < 16; i++) *(half16 *)(tile + i * TILE_DEPTH) = narrowed_integers(block[i]);
}

static void bfloat16_transposed_codes(const int8_t *codes, intptr_t code_stride, intptr_t rows, intptr_t first,
                                      intptr_t last, uint16_t *left) {
  intptr_t depth = (rows + 31) / 32 * 32;
  // 64 columns, a cache line of codes, at a time.
  for (intptr_t line = first; line < last; line += 64)
    for (intptr_t base = 0; base < depth; base += 16)
      for (intptr_t column = line; column < last && column < line + 64; column += 16)
        transpose_code_block(codes + base * code_stride + column, code_stride, rows - base, code_stride - column,
                             left + column * depth + base / TILE_DEPTH * TILE_LENGTH + base % TILE_DEPTH);
}

// Four columns of 16 output rows: the bytes of two neighbouring rows side by side, as code values.
INLINE void pair_codes(const uint8_t *group, intptr_t rows, intptr_t columns, uint16_t *to) {
  static const uint16_t values[3] = {0xBF80, 0x0000, 0x3F80};
  for (intptr_t row = 0; row < rows; row += 2)
    for (intptr_t column = 0; column < columns; column++) {
      to[row * 16 + 2 * column] = values[group[row * 4 + column]];
      to[row * 16 + 2 * column + 1] = row + 1 < rows ? values[group[row * 4 + 4 + column]] : 0;
    }
}

// The same for a whole group, 16 bytes (four rows of four columns) at a time.
INLINE void pair_whole_group(const uint8_t *group, uint16_t *to) {
  for (int rows = 0; rows < 16; rows += 4) {
    byte16 four = *(const byte16 *)(group + rows * 4);
    byte16 paired = __builtin_shufflevector(four - 1, four, 0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
    half16 values = narrowed_integers(paired);
    __builtin_memcpy(to + rows * 16, &values, 16);
    __builtin_memcpy(to + rows * 16 + 32, (const char *)&values + 16, 16);
  }
}

static void bfloat16_code_pairs(const uint8_t *codes, intptr_t rows, intptr_t columns, uint16_t *panels,
                                intptr_t first_panel, intptr_t last_panel) {
  intptr_t groups = (columns + 3) / 4, depth = (rows + 31) / 32 * 32;
  for (intptr_t panel = first_panel; panel < last_panel; panel++) {
    uint16_t *to = panels + panel * depth * 16;
    intptr_t width = columns - panel * 16;
    if (width < 16 || rows < depth) __builtin_memset(to, 0, (size_t)depth * 32);
    for (intptr_t row = 0; row < rows; row += 16)
      for (intptr_t i = 0; i < 4 && 4 * i < width; i++) {
        const uint8_t *group = codes + (row / 16 * groups + panel * 4 + i) * 64;
        uint16_t *quad = to + row * 16 + 8 * i;
        if (rows - row >= 16 && width - 4 * i >= 4) pair_whole_group(group, quad);
        else pair_codes(group, rows - row < 16 ? rows - row : 16, width - 4 * i < 4 ? width - 4 * i : 4, quad);
      }
  }
}

// Four rows and columns at a time.
INLINE void transpose_four(const float *x, intptr_t x_stride, float *y, intptr_t y_stride, int add) {
  typedef float four __attribute__((vector_size(16)));
  typedef float four_unaligned __attribute__((vector_size(16), aligned(4), may_alias));
  four a[4], b[4];
  for (int i = 0; i < 4; i++) a[i] = *(const four_unaligned *)(x + i * x_stride);
  for (int i = 0; i < 2; i++) {
    b[2 * i] = __builtin_shufflevector(a[i], a[i + 2], 0, 4, 1, 5);
    b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + 2], 2, 6, 3, 7);
  }
  four columns[4] = {__builtin_shufflevector(b[0], b[2], 0, 4, 1, 5), __builtin_shufflevector(b[0], b[2], 2, 6, 3, 7),
                     __builtin_shufflevector(b[1], b[3], 0, 4, 1, 5), __builtin_shufflevector(b[1], b[3], 2, 6, 3, 7)};
  for (int i = 0; i < 4; i++) {
    four_unaligned *to = (four_unaligned *)(y + i * y_stride);
    *to = add ? *to + columns[i] : columns[i];
  }
}

// y[column][row] (+)= x[row][column], x with rows of x_stride.
INLINE void transpose_rows(const float *x, intptr_t x_stride, intptr_t rows, intptr_t columns, float *y,
                           intptr_t y_stride, int add) {
  // Blocks of 16 columns write whole cache lines' worth of neighbouring rows of y.
  for (intptr_t row = 0; row < rows; row += 16)
    for (intptr_t column = 0; column < columns; column += 4)
      for (intptr_t i = row; i < rows && i < row + 16; i += 4) {
        const float *from = x + i * x_stride + column;
        float *to = y + column * y_stride + i;
        if (rows - i >= 4 && columns - column >= 4) {
          transpose_four(from, x_stride, to, y_stride, add);
          continue;
        }
        for (intptr_t r = 0; r < rows - i && r < 4; r++)
          for (intptr_t c = 0; c < columns - column && c < 4; c++) {
            float value = from[r * x_stride + c];
            to[c * y_stride + r] = add ? to[c * y_stride + r] + value : value;
          }
      }
}

static void transpose(const float *x, intptr_t rows, intptr_t columns, float *y, intptr_t y_stride, int add) {
  transpose_rows(x, columns, rows, columns, y, y_stride, add);
}
