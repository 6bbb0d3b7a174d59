// Backward pass of causal attention with bfloat16 products, in blocks of 64 queries × 64 keys.
//
// Everything runs on transposed scores [keys][queries], so that their weights and slopes are operands as they come: rows
// of a left one for dV and dK, row pairs of a right one for dQ, which appears transposed. The scores themselves are
// products of sums of two bfloat16 numbers (high·high + low·high + high·low): weights as exact as the forward's.

#define BLOCK BITNET_KEY_BLOCK

typedef void bfloat16_product(const uint16_t *left, intptr_t left_depth, intptr_t rows, intptr_t depth,
                              const uint16_t *panels, intptr_t columns, int add, float *y, intptr_t y_stride);

// Operands of one block of 64 rows; `width` is the head dimension padded to a multiple of 32.
typedef struct {
  uint16_t *key_rows;        // left [64][3 width]: high, high, low
  uint16_t *query_columns;   // right [64][3 width]: high, low, high
  uint16_t *value_rows;      // left [64][width]
  uint16_t *slope_columns;   // dY, right [64][width]
  uint16_t *key_columns;     // left [width][64]
  uint16_t *query_pairs;     // right [width][64]
  uint16_t *slope_pairs;     // dY, right [width][64]
  float *dq;                 // [width][64]
} attention_operands;

typedef struct {
  float *scores, *dweights;                    // [64 keys][64 queries]
  uint16_t *weights, *slopes, *slope_columns;  // P and dS as left operands, dS as a right one
  float *dk, *dv;                              // [64][width]
  float *log_sums, *dots;                      // [length, padded]
} attention_scratch;

#define OPERAND_HALVES(width) (11 * BLOCK * (width))

INLINE attention_operands block_operands(float *memory, intptr_t block, intptr_t width) {
  intptr_t size = BLOCK * width;
  float *base = memory + block * (OPERAND_HALVES(width) / 2 + size);
  attention_operands o;
  o.key_rows = (uint16_t *)base, o.query_columns = o.key_rows + 3 * size, o.value_rows = o.query_columns + 3 * size;
  o.slope_columns = o.value_rows + size, o.key_columns = o.slope_columns + size;
  o.query_pairs = o.key_columns + size, o.slope_pairs = o.query_pairs + size;
  o.dq = base + OPERAND_HALVES(width) / 2;
  return o;
}

INLINE attention_scratch common_scratch(float *memory, intptr_t blocks, intptr_t width) {
  attention_scratch s;
  s.scores = memory + blocks * (OPERAND_HALVES(width) / 2 + BLOCK * width), s.dweights = s.scores + BLOCK * BLOCK;
  s.weights = (uint16_t *)(s.dweights + BLOCK * BLOCK), s.slopes = s.weights + BLOCK * BLOCK;
  s.slope_columns = s.slopes + BLOCK * BLOCK;
  s.dk = (float *)(s.slope_columns + BLOCK * BLOCK), s.dv = s.dk + BLOCK * width;
  s.log_sums = s.dv + BLOCK * width, s.dots = s.log_sums + blocks * BLOCK;
  return s;
}

// A tile of 16 rows × 32 columns of x, `rows` and `columns` of which exist, rounded, and what rounding lost.
// Whether `low` is NULL is a constant at every call.
INLINE void split_tile(const float *x, intptr_t stride, intptr_t rows, intptr_t columns, uint16_t *high,
                       uint16_t *low) {
  for (intptr_t row = 0; row < 16; row++)
    for (intptr_t i = 0; i < TILE_DEPTH; i += HALVES_OF_BOTH) {
      vf value[2];
      for (int half = 0; half < 2; half++)
        value[half] = row < rows ? load_padded(x + row * stride, i + half * LANES, columns) : splat(0.0f);
      uint16_t *to = high + row * TILE_DEPTH + i;
      *(vh_both_unaligned *)to = NARROWED_HALVES(value[0], value[1]);
      if (!low) continue;
      for (int half = 0; half < 2; half++)
        value[half] -= (vf)(__builtin_convertvector(*(const vh_unaligned *)(to + half * LANES), vu) << 16);
      *(vh_both_unaligned *)(low + row * TILE_DEPTH + i) = NARROWED_HALVES(value[0], value[1]);
    }
}

// A tile of a left operand becomes one of a right operand and the other way round: 16 × 16 pairs, transposed.
INLINE void transpose_pairs(const uint16_t *tile, uint16_t *transposed) {
  for (int row = 0; row < 16; row += 4)
    for (int column = 0; column < 16; column += 4)
      transpose_four((const float *)(const void *)(tile + row * 32 + column * 2), 16,
                     (float *)(void *)(transposed + column * 32 + row * 2), 16, 0);
}

INLINE void copy_tile(const uint16_t *tile, uint16_t *to) { __builtin_memcpy(to, tile, TILE_LENGTH * 2); }

// 64 rows of x [..][dimension] as `parts` (1 or 3) left operands side by side, or, transposed, right ones.
// Part number low_part holds what rounding lost.
INLINE void pack_block_rows(const float *x, intptr_t stride, intptr_t rows, intptr_t dimension, intptr_t width,
                            int parts, int low_part, int transposed, uint16_t *operand) {
  for (intptr_t row = 0; row < BLOCK; row += 16)
    for (intptr_t column = 0; column < width; column += TILE_DEPTH) {
      uint16_t tiles[3][TILE_LENGTH];
      split_tile(x + row * stride + column, stride, rows - row, dimension - column, tiles[0],
                 parts > 1 ? tiles[1] : 0);
      for (int half = 0; transposed && half < (parts > 1 ? 2 : 1); half++) {
        transpose_pairs(tiles[half], tiles[2]);
        copy_tile(tiles[2], tiles[half]);
      }
      uint16_t *to = operand + row * parts * width + column * 16;
      for (int part = 0; part < parts; part++) copy_tile(tiles[part == low_part], to + part * width * 16);
    }
}

// 64 rows of x as a right operand, the depth running over the rows.
INLINE void pack_block_pairs(const float *x, intptr_t stride, intptr_t rows, intptr_t dimension, intptr_t width,
                             uint16_t *operand) {
  float ones[TILE_DEPTH];
  for (int i = 0; i < TILE_DEPTH; i++) ones[i] = 1.0f;
  for (intptr_t row = 0; row < BLOCK; row += TILE_DEPTH)
    for (intptr_t column = 0; column < width; column += TILE_DEPTH)
      pack_gradient_block(x + row * stride, stride, rows - row, column, dimension, 1.0f, ones, 0, 0, 0, 1,
                          operand + column * BLOCK + row * 16, BLOCK);
}

INLINE void pack_block(attention_operands o, const float *q, const float *k, const float *v, const float *dy,
                       intptr_t q_stride, intptr_t kv_stride, intptr_t rows, intptr_t dimension, intptr_t width) {
  pack_block_rows(k, kv_stride, rows, dimension, width, 3, 2, 0, o.key_rows);
  pack_block_rows(q, q_stride, rows, dimension, width, 3, 1, 1, o.query_columns);
  pack_block_rows(v, kv_stride, rows, dimension, width, 1, -1, 0, o.value_rows);
  pack_block_rows(dy, q_stride, rows, dimension, width, 1, -1, 1, o.slope_columns);
  pack_block_pairs(q, q_stride, rows, dimension, width, o.query_pairs);
  pack_block_pairs(dy, q_stride, rows, dimension, width, o.slope_pairs);
  // Row pairs of K, transposed: K by columns. The space of dQ holds them meanwhile.
  uint16_t *pairs = (uint16_t *)o.dq;
  pack_block_pairs(k, kv_stride, rows, dimension, width, pairs);
  for (intptr_t tile = 0; tile < BLOCK * width; tile += TILE_LENGTH) transpose_pairs(pairs + tile, o.key_columns + tile);
}

// What LANES queries of a block have in common for all its keys.
typedef struct {
  vf log_sums, dots;
  vi position, start;
} query_lanes;

INLINE query_lanes lanes_of_queries(attention_scratch s, intptr_t first, const int32_t *starts, intptr_t length) {
  query_lanes q = {load(s.log_sums + first), load(s.dots + first), {0}, {0}};
  for (int lane = 0; lane < LANES; lane++) q.position[lane] = (int32_t)first + lane;
  for (int lane = 0; starts && lane < LANES && first + lane < length; lane++) q.start[lane] = starts[first + lane];
  return q;
}

// P and dS of keys [key, key + 2) and the queries of two vectors from i on, into the operands of the block.
INLINE void deliver_weights(attention_scratch s, intptr_t key, intptr_t i, vf weights[2][2], vf slopes[2][2]) {
  intptr_t tile = key / 16 * 16 * BLOCK + i / TILE_DEPTH * TILE_LENGTH + key % 16 * TILE_DEPTH + i % TILE_DEPTH;
  for (int r = 0; r < 2; r++) {
    *(vh_both_unaligned *)(s.weights + tile + r * TILE_DEPTH) = NARROWED_HALVES(weights[r][0], weights[r][1]);
    *(vh_both_unaligned *)(s.slopes + tile + r * TILE_DEPTH) = NARROWED_HALVES(slopes[r][0], slopes[r][1]);
  }
  for (int half = 0; half < 2; half++) {
    intptr_t at = i + half * LANES;
    *(vu_unaligned *)(s.slope_columns + at / 16 * 16 * BLOCK + key * 16 + at % 16 * 2) =
        narrowed_pairs(slopes[0][half], slopes[1][half]);
  }
}

// P = exp(scale * score - log_sum) and dS = P * (dP - dot) * scale of one block, rounded into operands.
// starts is NULL or holds the first visible key of each query; `diagonal`: later keys are hidden.
INLINE void weigh_block(attention_scratch s, intptr_t query_base, intptr_t key_base, int diagonal,
                        const int32_t *starts, intptr_t length, float scale) {
  for (intptr_t i = 0; i < BLOCK; i += HALVES_OF_BOTH) {
    query_lanes queries[2];
    for (int half = 0; half < 2; half++)
      queries[half] = lanes_of_queries(s, query_base + i + half * LANES, starts, length);
    for (intptr_t key = 0; key < BLOCK; key += 2) {
      vf weights[2][2], slopes[2][2];
      for (int r = 0; r < 2; r++)
        for (int half = 0; half < 2; half++) {
          const query_lanes q = queries[half];
          intptr_t from = (key + r) * BLOCK + i + half * LANES;
          vf weight = exponential(MULTIPLY_ADD(load(s.scores + from), splat(scale), -q.log_sums));
          if (diagonal || starts) {
            vi position = (vi){} + (int32_t)(key_base + key + r);
            weight = select((position <= q.position) & (position >= q.start), weight, splat(0.0f));
          }
          weights[r][half] = weight;
          slopes[r][half] = weight * (load(s.dweights + from) - q.dots) * scale;
        }
      deliver_weights(s, key, i, weights, slopes);
    }
  }
}

INLINE float dot_product(const float *x, const float *y, intptr_t count) {
  row_sum sum = empty_sum();
  for (intptr_t i = 0; i < count; i += SUM_CHAINS)
    for (int j = 0; j < SUM_VECTORS; j++) {
      intptr_t at = i + j * LANES;
      sum.chains[j] = MULTIPLY_ADD(load_padded(x, at, count), load_padded(y, at, count), sum.chains[j]);
    }
  return folded(sum);
}

// Whether a query of the block at query_base sees a key of the block at key_base.
INLINE int sees_block(const int32_t *starts, intptr_t length, intptr_t query_base, intptr_t key_base) {
  if (!starts) return 1;
  for (intptr_t i = query_base; i < length && i < query_base + BLOCK; i++)
    if (starts[i] < key_base + BLOCK) return 1;
  return 0;
}

INLINE void deliver_rows(const float *from, intptr_t width, intptr_t rows, intptr_t dimension, int add, float *to,
                         intptr_t stride) {
  for (intptr_t row = 0; row < rows; row++, from += width, to += stride)
    if (add)
      for (intptr_t d = 0; d < dimension; d++) to[d] += from[d];
    else
      for (intptr_t d = 0; d < dimension; d++) to[d] = from[d];
}

INLINE void attention_backward_in_blocks(const float *q, const float *k, const float *v, const float *y,
                                         const float *dy, intptr_t q_stride, intptr_t kv_stride, intptr_t length,
                                         const int32_t *starts, const float *log_sums, bitnet_attention_shape shape,
                                         float *dq, float *dk, float *dv, int add, float *scratch,
                                         bfloat16_product *product) {
  intptr_t dimension = shape.head_dimension, width = (dimension + 31) / 32 * 32, blocks = (length + BLOCK - 1) / BLOCK;
  attention_scratch s = common_scratch(scratch, blocks, width);
  for (intptr_t i = 0; i < blocks * BLOCK; i++) {
    // A query that does not exist weighs nothing.
    s.log_sums[i] = i < length ? log_sums[i] : __builtin_inff();
    s.dots[i] = i < length ? dot_product(dy + i * q_stride, y + i * q_stride, dimension) : 0.0f;
  }
  for (intptr_t b = 0; b < blocks; b++) {
    intptr_t base = b * BLOCK;
    attention_operands o = block_operands(scratch, b, width);
    pack_block(o, q + base * q_stride, k + base * kv_stride, v + base * kv_stride, dy + base * q_stride, q_stride,
               kv_stride, length - base, dimension, width);
    for (intptr_t i = 0; i < BLOCK * width; i++) o.dq[i] = 0.0f;
  }
  for (intptr_t b = 0; b < blocks; b++) {
    attention_operands keys = block_operands(scratch, b, width);
    int has_sums = 0;
    for (intptr_t c = b; c < blocks; c++) {
      if (!sees_block(starts, length, c * BLOCK, b * BLOCK)) continue;
      attention_operands queries = block_operands(scratch, c, width);
      product(keys.key_rows, 3 * width, BLOCK, 3 * width, queries.query_columns, BLOCK, 0, s.scores, BLOCK);
      product(keys.value_rows, width, BLOCK, width, queries.slope_columns, BLOCK, 0, s.dweights, BLOCK);
      weigh_block(s, c * BLOCK, b * BLOCK, b == c, starts, length, shape.scale);
      product(s.weights, BLOCK, BLOCK, BLOCK, queries.slope_pairs, width, has_sums, s.dv, width);
      product(s.slopes, BLOCK, BLOCK, BLOCK, queries.query_pairs, width, has_sums, s.dk, width);
      product(keys.key_columns, BLOCK, width, BLOCK, s.slope_columns, BLOCK, 1, queries.dq, BLOCK);
      has_sums = 1;
    }
    intptr_t base = b * BLOCK, rows = length - base < BLOCK ? length - base : BLOCK;
    deliver_rows(s.dk, width, rows, dimension, add, dk + base * kv_stride, kv_stride);
    deliver_rows(s.dv, width, rows, dimension, add, dv + base * kv_stride, kv_stride);
    transpose_rows(keys.dq, BLOCK, dimension, rows, dq + base * q_stride, q_stride, 0);
  }
}
