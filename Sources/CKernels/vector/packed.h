// Products with matrices as they lie in a file: ternary codes in 2 bits, tables of real numbers in their stored format.
//
// Packed codes are I2_S: byte g of a block of 128 holds code + 1 of elements g, 32 + g, 64 + g and 96 + g from the high
// bits down, 32 bytes a block, the blocks of a row next to each other. Columns are multiples of 128.

#define PACKED_BLOCK 128
#define PACKED_BLOCK_BYTES 32

// A block of a panel: 32 lines of codes. Rows that do not exist have codes 0.
INLINE void unpack_block(const uint8_t *packed, intptr_t rows, intptr_t row_bytes, intptr_t row, uint8_t *to) {
  // Four bytes of a row are four codes of each quarter of the block: the lines of a panel once they are transposed.
  uint32_t words[8][BITNET_PANEL_COLUMNS];
  for (intptr_t lane = 0; lane < BITNET_PANEL_COLUMNS; lane++) {
    uint32_t line[8];
    if (row + lane < rows) __builtin_memcpy(line, packed + (row + lane) * row_bytes, sizeof line);
    else __builtin_memset(line, 0x55, sizeof line);
    for (int word = 0; word < 8; word++) words[word][lane] = line[word];
  }
  for (int quarter = 0; quarter < 4; quarter++)
    for (int word = 0; word < 8; word++)
      for (int lane = 0; lane < BITNET_PANEL_COLUMNS; lane++) {
        uint32_t codes = words[word][lane] >> (6 - 2 * quarter) & 0x03030303;
        __builtin_memcpy(to + (quarter * 8 + word) * 64 + lane * 4, &codes, 4);
      }
}

INLINE float packed_result(int32_t sum, int32_t row_sum, float gamma, float scale) {
  return (float)(sum - row_sum) * (gamma / scale);
}

#ifndef PACKED_SPECIALISATION
#define PACKED_OUTPUTS 1
INLINE void packed_outputs(const int8_t *q, const uint8_t *packed, intptr_t columns, int outputs, int32_t *results) {
  for (int n = 0; n < outputs; n++, packed += columns / 4) {
    results[n] = 0;
    for (intptr_t k = 0; k < columns; k += PACKED_BLOCK)
      for (int g = 0; g < PACKED_BLOCK_BYTES; g++) {
        int32_t byte = packed[k / 4 + g];
        const int8_t *x = q + k + g;
        results[n] += (byte >> 6) * x[0] + (byte >> 4 & 3) * x[32] + (byte >> 2 & 3) * x[64] + (byte & 3) * x[96];
      }
  }
}
#endif

// --- tables of real numbers -------------------------------------------------------------------------------------------

#define STORED_DEPTH 32  // columns that are widened together

INLINE float widened_half(uint16_t half) {
  uint32_t exponent = half >> 10 & 0x1F, fraction = half & 0x3FF, sign = (uint32_t)(half & 0x8000) << 16;
  float value = (float)fraction * 0x1p-24f;  // subnormal
  uint32_t bits;
  __builtin_memcpy(&bits, &value, 4);
  if (exponent == 0x1F) bits = 0x7F800000 | fraction << 13;
  else if (exponent > 0) bits = (exponent + 112) << 23 | fraction << 13;
  bits |= sign;
  __builtin_memcpy(&value, &bits, 4);
  return value;
}

INLINE intptr_t stored_row_bytes(bitnet_stored_format format, intptr_t columns) {
  switch (format) {
    case BITNET_STORED_FLOAT32: return columns * 4;
    default: return columns * 2;
  }
}

// Columns [first, first + count) of one row, count at most STORED_DEPTH, every 16th float of `to`.
INLINE void widen_row(const uint8_t *row, bitnet_stored_format format, intptr_t first, intptr_t count, float *to) {
  for (intptr_t i = 0; i < count; i++) {
    float value;
    uint16_t half;
    uint32_t word;
    switch (format) {
      case BITNET_STORED_FLOAT16:
        __builtin_memcpy(&half, row + (first + i) * 2, 2);
        value = widened_half(half);
        break;
      case BITNET_STORED_BFLOAT16:
        __builtin_memcpy(&half, row + (first + i) * 2, 2);
        word = (uint32_t)half << 16;
        __builtin_memcpy(&value, &word, 4);
        break;
      default: __builtin_memcpy(&value, row + (first + i) * 4, 4);
    }
    to[i * BITNET_PANEL_COLUMNS] = value;
  }
}

// A block of a panel, [count][16] floats, zeros for rows that do not exist.
INLINE void widen_block(const uint8_t *table, bitnet_stored_format format, intptr_t row, intptr_t rows,
                        intptr_t columns, intptr_t first, intptr_t count, float *to) {
  const intptr_t row_bytes = stored_row_bytes(format, columns);
  for (intptr_t lane = 0; lane < BITNET_PANEL_COLUMNS; lane++) {
    if (row + lane < rows) widen_row(table + (row + lane) * row_bytes, format, first, count, to + lane);
    else
      for (intptr_t i = 0; i < count; i++) to[i * BITNET_PANEL_COLUMNS + lane] = 0.0f;
  }
}

#ifdef PACKED_SPECIALISATION
#include PACKED_SPECIALISATION
#else
#define WIDEN_BLOCK widen_block
#endif

#ifndef UNPACK_BLOCK
#define UNPACK_BLOCK unpack_block
#endif

static void unpack_panels(const uint8_t *packed, intptr_t rows, intptr_t columns, uint8_t *panels,
                          intptr_t first_panel, intptr_t last_panel) {
  const intptr_t row_bytes = columns / 4;
  for (intptr_t panel = first_panel; panel < last_panel; panel++) {
    uint8_t *to = panels + (panel - first_panel) * columns * BITNET_PANEL_COLUMNS;
    for (intptr_t block = 0; block < columns / PACKED_BLOCK; block++, to += PACKED_BLOCK * BITNET_PANEL_COLUMNS)
      UNPACK_BLOCK(packed + block * PACKED_BLOCK_BYTES, rows, row_bytes, panel * BITNET_PANEL_COLUMNS, to);
  }
}

#define STORED_ROWS 8  // input rows that share a widened block

#include "q8_0.h"

// Outputs are chains in the order of k, as in float_matmul.
//
// `tile_rows` and `panels` are constants at every call, so that the sums live in registers.
INLINE void stored_panels(const float *x, intptr_t x_stride, int tile_rows, const uint8_t *table,
                          bitnet_stored_format format, intptr_t rows, intptr_t columns, intptr_t first, int panels,
                          float *y, intptr_t y_stride) {
  _Alignas(64) float blocks[2][STORED_DEPTH * BITNET_PANEL_COLUMNS];
  vf sums[2][STORED_ROWS][PANEL_VECTORS];
  for (int p = 0; p < panels; p++)
    for (int r = 0; r < tile_rows; r++)
      for (int j = 0; j < PANEL_VECTORS; j++) sums[p][r][j] = splat(0.0f);
  for (intptr_t k = 0; k < columns; k += STORED_DEPTH) {
    intptr_t count = columns - k < STORED_DEPTH ? columns - k : STORED_DEPTH;
    for (int p = 0; p < panels; p++)
      WIDEN_BLOCK(table, format, first + p * BITNET_PANEL_COLUMNS, rows, columns, k, count, blocks[p]);
    for (intptr_t i = 0; i < count; i++)
      for (int p = 0; p < panels; p++)
        for (int j = 0; j < PANEL_VECTORS; j++) {
          vf w = load(blocks[p] + i * BITNET_PANEL_COLUMNS + j * LANES);
          for (int r = 0; r < tile_rows; r++)
            sums[p][r][j] = MULTIPLY_ADD(splat(x[r * x_stride + k + i]), w, sums[p][r][j]);
        }
  }
  for (int p = 0; p < panels; p++)
    for (int r = 0; r < tile_rows; r++)
      for (int j = 0; j < PANEL_VECTORS; j++) {
        intptr_t column = first + p * BITNET_PANEL_COLUMNS + j * LANES;
        if (column < rows) store_padded(y + r * y_stride, column, rows, sums[p][r][j]);
      }
}

// One format at a time, for `format` decides what the inner loop is. Two panels at once hide the latency of the chains.
INLINE void stored_rows(const float *x, intptr_t x_stride, int tile_rows, const uint8_t *table,
                        bitnet_stored_format format, intptr_t rows, intptr_t columns, intptr_t first_panel,
                        intptr_t last_panel, float *y, intptr_t y_stride) {
  intptr_t panel = first_panel;
  for (; panel + 2 <= last_panel; panel += 2)
    stored_panels(x, x_stride, tile_rows, table, format, rows, columns, panel * BITNET_PANEL_COLUMNS, 2, y, y_stride);
  if (panel < last_panel)
    stored_panels(x, x_stride, tile_rows, table, format, rows, columns, panel * BITNET_PANEL_COLUMNS, 1, y, y_stride);
}

INLINE void stored_format(const float *x, intptr_t x_stride, intptr_t x_rows, const uint8_t *table,
                          bitnet_stored_format format, intptr_t rows, intptr_t columns, intptr_t first_panel,
                          intptr_t last_panel, float *y, intptr_t y_stride) {
  intptr_t row = 0;
  for (; row + STORED_ROWS <= x_rows; row += STORED_ROWS)
    stored_rows(x + row * x_stride, x_stride, STORED_ROWS, table, format, rows, columns, first_panel, last_panel,
                y + row * y_stride, y_stride);
  for (; row < x_rows; row++)
    stored_rows(x + row * x_stride, x_stride, 1, table, format, rows, columns, first_panel, last_panel,
                y + row * y_stride, y_stride);
}

static void stored_matmul(const float *x, intptr_t x_stride, intptr_t x_rows, const uint8_t *table,
                          bitnet_stored_format format, intptr_t rows, intptr_t columns, intptr_t first_panel,
                          intptr_t last_panel, float *y, intptr_t y_stride) {
#define WITH_FORMAT(name) \
  case name: \
    stored_format(x, x_stride, x_rows, table, name, rows, columns, first_panel, last_panel, y, y_stride); \
    break
  switch (format) {
    WITH_FORMAT(BITNET_STORED_FLOAT32);
    WITH_FORMAT(BITNET_STORED_FLOAT16);
    WITH_FORMAT(BITNET_STORED_BFLOAT16);
    case BITNET_STORED_Q8_0:
      q8_matmul(x, x_stride, x_rows, table, columns, first_panel * BITNET_PANEL_COLUMNS,
                last_panel * BITNET_PANEL_COLUMNS < rows ? last_panel * BITNET_PANEL_COLUMNS : rows, y, y_stride);
  }
#undef WITH_FORMAT
}

// --- ternary products straight from packed codes ----------------------------------------------------------------------

static void packed_matmul(const int8_t *q, intptr_t code_stride, const float *scales, const int32_t *sums,
                          intptr_t rows, const uint8_t *packed, intptr_t columns, intptr_t first, intptr_t last,
                          float gamma, const float *addend, float *y, intptr_t y_stride) {
  for (intptr_t n = first; n < last; n += PACKED_OUTPUTS)
    for (intptr_t row = 0; row < rows; row++) {
      int32_t results[PACKED_OUTPUTS];
      const uint8_t *weights = packed + n * (columns / 4);
      intptr_t count = last - n < PACKED_OUTPUTS ? last - n : PACKED_OUTPUTS;
      if (count == PACKED_OUTPUTS) packed_outputs(q + row * code_stride, weights, columns, PACKED_OUTPUTS, results);
      else
        for (intptr_t i = 0; i < count; i++)
          packed_outputs(q + row * code_stride, weights + i * (columns / 4), columns, 1, results + i);
      for (intptr_t i = 0; i < count; i++) {
        intptr_t at = row * y_stride + n + i;
        float result = packed_result(results[i], sums[row], gamma, scales[row]);
        y[at] = addend ? addend[at] + result : result;
      }
    }
}

// --- memory -------------------------------------------------------------------------------------------------------------

static uint32_t read_memory(const void *bytes, intptr_t count) {
  typedef vi vi_unaligned __attribute__((aligned(4)));
  const char *p = bytes;
  vi sums[4] = {{0}, {0}, {0}, {0}};
  for (intptr_t i = 0; i + 4 * BYTES_OF_VECTOR <= count; i += 4 * BYTES_OF_VECTOR)
    for (int j = 0; j < 4; j++) sums[j] ^= *(const vi_unaligned *)(p + i + j * BYTES_OF_VECTOR);
  vi all = sums[0] ^ sums[1] ^ sums[2] ^ sums[3];
  uint32_t result = 0;
  for (int lane = 0; lane < LANES; lane++) result ^= (uint32_t)all[lane];
  return result;
}
