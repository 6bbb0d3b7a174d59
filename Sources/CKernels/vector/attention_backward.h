// Gradients of causal attention in float32, one head at a time, in tiles of queries against blocks of keys.

// Packed copies of one head: rows padded with zeros, keys and values also transposed in blocks.
typedef struct {
  float *q, *k, *dy, *dq, *dk, *dv;  // [length][padded]
  float *keys, *values;              // blocks [padded][BITNET_KEY_BLOCK]
  float *dots;                       // [length]: Σ dy * y
  float *weights, *slopes;           // [BITNET_QUERY_TILE][BITNET_KEY_BLOCK]
} backward_scratch;

INLINE intptr_t rounded_to_blocks(intptr_t length) {
  return (length + BITNET_KEY_BLOCK - 1) / BITNET_KEY_BLOCK * BITNET_KEY_BLOCK;
}

INLINE void pad_rows(const float *from, intptr_t stride, intptr_t length, bitnet_attention_shape shape, float *to) {
  for (intptr_t i = 0; i < length; i++)
    for (intptr_t d = 0; d < shape.padded_dimension; d++)
      to[i * shape.padded_dimension + d] = d < shape.head_dimension ? from[i * stride + d] : 0.0f;
}

INLINE void transpose_blocks(const float *from, intptr_t stride, intptr_t length, bitnet_attention_shape shape,
                             float *to) {
  intptr_t end = rounded_to_blocks(length);
  for (intptr_t position = 0; position < end; position++) {
    float *block = to + position / BITNET_KEY_BLOCK * BITNET_KEY_BLOCK * shape.head_dimension;
    for (intptr_t d = 0; d < shape.head_dimension; d++)
      block[d * BITNET_KEY_BLOCK + position % BITNET_KEY_BLOCK] = position < length ? from[position * stride + d] : 0.0f;
  }
}

INLINE void block_scores(const float *q, const float *block, intptr_t hd, float scale, intptr_t visible_first,
                         intptr_t visible_last, vf *scores) {
  vf raw[1][KEY_VECTORS];
  raw_scores(q, 0, 1, block, BITNET_KEY_BLOCK, hd, raw);
  for (int j = 0; j < KEY_VECTORS; j++) scores[j] = raw[0][j];
  mask_scores(scale, visible_first, visible_last, scores);
}

INLINE void weighted_rows(const float *weights, const float *rows, intptr_t row_stride, intptr_t first, intptr_t last,
                          intptr_t dimensions, float *sums) {
  weighted_sums(weights, 0, 1, rows, row_stride, first, last, dimensions, sums, 0);
}

// P and dS of query `position` against one key block: P = exp(score - log_sum), dS = P * (dy·v - dot) * scale.
INLINE void block_slopes(const backward_scratch *s, intptr_t position, intptr_t base, key_range visible,
                         const float *log_sums, bitnet_attention_shape shape, float *weights, float *slopes) {
  intptr_t hd = shape.head_dimension, padded = shape.padded_dimension;
  vf scores[KEY_VECTORS], dweights[KEY_VECTORS];
  block_scores(s->q + position * padded, s->keys + base * hd, hd, shape.scale, visible.first, visible.last, scores);
  block_scores(s->dy + position * padded, s->values + base * hd, hd, 1.0f, 0, BITNET_KEY_BLOCK, dweights);
  for (int j = 0; j < KEY_VECTORS; j++) {
    vf weight = exponential(scores[j] - log_sums[position]);
    store(weights + j * LANES, weight);
    store(slopes + j * LANES, weight * (dweights[j] - s->dots[position]) * shape.scale);
  }
}

// One tile of queries against one block of keys.
INLINE void backward_tile(const backward_scratch *s, intptr_t tile, intptr_t rows, intptr_t base, intptr_t keys,
                          const int32_t *starts, const float *log_sums, bitnet_attention_shape shape) {
  intptr_t padded = shape.padded_dimension;
  int any = 0;
  for (intptr_t i = 0; i < rows; i++) {
    float *weights = s->weights + i * BITNET_KEY_BLOCK, *slopes = s->slopes + i * BITNET_KEY_BLOCK;
    key_range visible = visible_keys(tile + i, starts, base);
    if (visible.last < visible.first) {
      for (int j = 0; j < BITNET_KEY_BLOCK; j++) weights[j] = slopes[j] = 0.0f;
      continue;
    }
    any = 1;
    block_slopes(s, tile + i, base, visible, log_sums, shape, weights, slopes);
    weighted_rows(slopes, s->k + base * padded, padded, visible.first, visible.last, padded,
                  s->dq + (tile + i) * padded);
  }
  if (!any) return;
  for (intptr_t j = 0; j < keys; j++) {
    float weight_column[BITNET_QUERY_TILE], slope_column[BITNET_QUERY_TILE];
    for (intptr_t i = 0; i < rows; i++) {
      weight_column[i] = s->weights[i * BITNET_KEY_BLOCK + j];
      slope_column[i] = s->slopes[i * BITNET_KEY_BLOCK + j];
    }
    weighted_rows(weight_column, s->dy + tile * padded, padded, 0, rows - 1, padded, s->dv + (base + j) * padded);
    weighted_rows(slope_column, s->q + tile * padded, padded, 0, rows - 1, padded, s->dk + (base + j) * padded);
  }
}

INLINE backward_scratch lay_out(float *memory, intptr_t length, intptr_t padded) {
  backward_scratch s;
  intptr_t rows = length * padded, blocks = rounded_to_blocks(length) * padded;
  s.q = memory, s.k = s.q + rows, s.dy = s.k + rows, s.dq = s.dy + rows, s.dk = s.dq + rows, s.dv = s.dk + rows;
  s.keys = s.dv + rows, s.values = s.keys + blocks, s.dots = s.values + blocks;
  s.weights = s.dots + length, s.slopes = s.weights + BITNET_QUERY_TILE * BITNET_KEY_BLOCK;
  return s;
}

static void attention_backward(const float *q, const float *k, const float *v, const float *y, const float *dy,
                               intptr_t q_stride, intptr_t kv_stride, intptr_t length, const int32_t *starts,
                               const float *log_sums, bitnet_attention_shape shape, float *dq, float *dk, float *dv,
                               int add, float *scratch) {
  intptr_t hd = shape.head_dimension, padded = shape.padded_dimension;
  backward_scratch s = lay_out(scratch, length, padded);
  pad_rows(q, q_stride, length, shape, s.q);
  pad_rows(k, kv_stride, length, shape, s.k);
  pad_rows(dy, q_stride, length, shape, s.dy);
  transpose_blocks(k, kv_stride, length, shape, s.keys);
  transpose_blocks(v, kv_stride, length, shape, s.values);
  for (intptr_t i = 0; i < 3 * length * padded; i++) s.dq[i] = 0.0f;  // dq, dk and dv lie behind each other
  for (intptr_t i = 0; i < length; i++) {
    float dot = 0.0f;
    for (intptr_t d = 0; d < hd; d++) dot += dy[i * q_stride + d] * y[i * q_stride + d];
    s.dots[i] = dot;
  }
  for (intptr_t base = 0; base < length; base += BITNET_KEY_BLOCK) {
    intptr_t keys = length - base < BITNET_KEY_BLOCK ? length - base : BITNET_KEY_BLOCK;
    for (intptr_t tile = base; tile < length; tile += BITNET_QUERY_TILE) {
      intptr_t rows = length - tile < BITNET_QUERY_TILE ? length - tile : BITNET_QUERY_TILE;
      backward_tile(&s, tile, rows, base, keys, starts, log_sums, shape);
    }
  }
  for (intptr_t i = 0; i < length; i++)
    for (intptr_t d = 0; d < hd; d++) {
      dq[i * q_stride + d] = s.dq[i * padded + d];
      float *to_k = dk + i * kv_stride + d, *to_v = dv + i * kv_stride + d;
      *to_k = s.dk[i * padded + d] + (add ? *to_k : 0.0f);
      *to_v = s.dv[i * padded + d] + (add ? *to_v : 0.0f);
    }
}
