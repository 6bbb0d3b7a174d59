// Causal attention by online softmax over blocks of keys (FlashAttention, arXiv 2205.14135), one key-value
// head at a time.
//
// Scores run over keys in the lanes and accumulate in the order of the head dimension; outputs run over the head
// dimension in the lanes and accumulate in the order of the keys. So a query row has the same bits whether it is
// computed alone (decoding) or in a batch.

#define KEY_VECTORS (BITNET_KEY_BLOCK / LANES)

INLINE void pack_token(const float *k, const float *v, intptr_t position, bitnet_attention_shape shape, float *keys,
                       float *values) {
  const intptr_t hd = shape.head_dimension, padded = shape.padded_dimension;
  float *block = keys + position / BITNET_KEY_BLOCK * BITNET_KEY_BLOCK * hd + position % BITNET_KEY_BLOCK;
  for (intptr_t d = 0; d < hd; d++) block[d * BITNET_KEY_BLOCK] = k[d];
  float *row = values + position * padded;
  for (intptr_t d = 0; d < hd; d++) row[d] = v[d];
  for (intptr_t d = hd; d < padded; d++) row[d] = 0.0f;
}

INLINE void pack_token_in_halves(const float *k, const float *v, intptr_t position, bitnet_attention_shape shape,
                                 uint16_t *keys, uint16_t *values) {
  enum { together = 64 };
  const intptr_t hd = shape.head_dimension, padded = shape.padded_dimension;
  uint16_t *block = keys + position / BITNET_KEY_BLOCK * BITNET_KEY_BLOCK * hd + position % BITNET_KEY_BLOCK;
  for (intptr_t first = 0; first < hd; first += together) {
    uint16_t halves[together];
    const intptr_t count = hd - first < together ? hd - first : together;
    narrow_floats(k + first, count, halves);
    for (intptr_t d = 0; d < count; d++) block[(first + d) * BITNET_KEY_BLOCK] = halves[d];
  }
  uint16_t *row = values + position * padded;
  narrow_floats(v, hd, row);
  for (intptr_t d = hd; d < padded; d++) row[d] = 0;
}

// A token's key changes a line per dimension, and all come from memory.
INLINE void prefetch_key(intptr_t position, bitnet_attention_shape shape, void *keys) {
  const intptr_t size = shape.in_halves ? 2 : 4, line = BITNET_KEY_BLOCK * size;
  char *block = (char *)keys + position / BITNET_KEY_BLOCK * line * shape.head_dimension;
  for (intptr_t d = 0; d < shape.head_dimension; d++)
    __builtin_prefetch(block + d * line + position % BITNET_KEY_BLOCK * size, 1);
}

static void attention_pack(const float *k, const float *v, intptr_t stride, intptr_t first, intptr_t count,
                           bitnet_attention_shape shape, void *keys, void *values) {
  if (count == 1) prefetch_key(first, shape, keys);
  for (intptr_t i = 0; i < count; i++)
    if (shape.in_halves) pack_token_in_halves(k + i * stride, v + i * stride, first + i, shape, keys, values);
    else pack_token(k + i * stride, v + i * stride, first + i, shape, keys, values);
}

// Vectors of sums that a loop keeps in registers, and the chains of each: the terms of a sum are dealt to several
// chains in turn, which hide the latency of a multiply-add. 64 outputs have 2 chains, 32 have 4, 16 have 8, on every
// instruction set; with narrow vectors, several loops cover them.
#define CHAINS(vectors) (8 / (vectors))
#define SCORE_VECTORS 4

// Query rows that share the loads of keys and values, where there are registers for their sums.
#define SHARING_ROWS (LANES == 16 ? 2 : 1)

// scores[r][j] = Σ_d q[r][d] * block[d][j] for one or two rows and up to SCORE_VECTORS vectors of keys, each of which
// has the same chains however many there are. `rows` and `vectors` are constants at every call.
INLINE void key_vector_scores(const float *q, intptr_t q_stride, int rows, int vectors, const float *block, intptr_t hd,
                              vf scores[][KEY_VECTORS]) {
  enum { chains = CHAINS(SCORE_VECTORS) };
  vf sums[SHARING_ROWS][chains][SCORE_VECTORS];
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < chains; c++)
      for (int j = 0; j < vectors; j++) sums[r][c][j] = splat(0.0f);
  intptr_t d = 0;
  for (; d + chains <= hd; d += chains)
    for (int c = 0; c < chains; c++)
      for (int r = 0; r < rows; r++) {
        vf value = splat(q[r * q_stride + d + c]);
        for (int j = 0; j < vectors; j++)
          sums[r][c][j] = MULTIPLY_ADD(value, load(block + (d + c) * BITNET_KEY_BLOCK + j * LANES), sums[r][c][j]);
      }
  for (; d < hd; d++)
    for (int r = 0; r < rows; r++) {
      vf value = splat(q[r * q_stride + d]);
      for (int j = 0; j < vectors; j++)
        sums[r][0][j] = MULTIPLY_ADD(value, load(block + d * BITNET_KEY_BLOCK + j * LANES), sums[r][0][j]);
    }
  for (int r = 0; r < rows; r++)
    for (int j = 0; j < vectors; j++) {
      scores[r][j] = sums[r][0][j];
      for (int c = 1; c < chains; c++) scores[r][j] += sums[r][c][j];
    }
}

// Scores of the first `count` keys of a block; zeros in the vectors behind them, whose keys are not read.
INLINE void raw_scores(const float *q, intptr_t q_stride, int rows, const float *block, intptr_t count, intptr_t hd,
                       vf scores[][KEY_VECTORS]) {
  for (int j = 0; j < KEY_VECTORS; j += SCORE_VECTORS) {
    const float *keys = block + j * LANES;
    vf(*to)[KEY_VECTORS] = (vf(*)[KEY_VECTORS])(scores[0] + j);
    const intptr_t vectors = (count + LANES - 1) / LANES - j;
    if (vectors >= SCORE_VECTORS) {
      key_vector_scores(q, q_stride, rows, SCORE_VECTORS, keys, hd, to);
      continue;
    }
    for (int r = 0; r < rows; r++)
      for (int i = 0; i < SCORE_VECTORS; i++) to[r][i] = splat(0.0f);
    if (vectors == 1) key_vector_scores(q, q_stride, rows, 1, keys, hd, to);
    else if (vectors == 2) key_vector_scores(q, q_stride, rows, 2, keys, hd, to);
    else if (vectors == 3) key_vector_scores(q, q_stride, rows, 3, keys, hd, to);
  }
}

// Scales scores; -inf outside of [visible_first, visible_last].
INLINE void mask_scores(float scale, intptr_t visible_first, intptr_t visible_last, vf *scores) {
  vi lane_index;
  for (int lane = 0; lane < LANES; lane++) lane_index[lane] = lane;
  for (int j = 0; j < KEY_VECTORS; j++) {
    vi key = lane_index + j * LANES;
    vi visible = (key >= (int32_t)visible_first) & (key <= (int32_t)visible_last);
    scores[j] = select(visible, scores[j] * scale, splat(-__builtin_inff()));
  }
}

// sums[r][d] += Σ_j weights[r][j] * values[j][d] for j in [first, last] and vectors * LANES dimensions.
// `rows` and `vectors` are constants at every call.
INLINE void weighted_columns(const float *weights, intptr_t weight_stride, int rows, const float *values,
                             intptr_t value_stride, intptr_t first, intptr_t last, int vectors, float *sums,
                             intptr_t sum_stride) {
  const int chains = CHAINS(vectors);
  vf s[SHARING_ROWS][CHAINS(1)][4];
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < chains; c++)
      for (int v = 0; v < vectors; v++) s[r][c][v] = c ? splat(0.0f) : load(sums + r * sum_stride + v * LANES);
  intptr_t j = first;
  for (; j + chains <= last + 1; j += chains)
    for (int c = 0; c < chains; c++)
      for (int r = 0; r < rows; r++) {
        vf weight = splat(weights[r * weight_stride + j + c]);
        for (int v = 0; v < vectors; v++)
          s[r][c][v] = MULTIPLY_ADD(weight, load(values + (j + c) * value_stride + v * LANES), s[r][c][v]);
      }
  for (; j <= last; j++)
    for (int r = 0; r < rows; r++) {
      vf weight = splat(weights[r * weight_stride + j]);
      for (int v = 0; v < vectors; v++)
        s[r][0][v] = MULTIPLY_ADD(weight, load(values + j * value_stride + v * LANES), s[r][0][v]);
    }
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < vectors; v++) {
      for (int c = 1; c < chains; c++) s[r][0][v] += s[r][c][v];
      store(sums + r * sum_stride + v * LANES, s[r][0][v]);
    }
}

// The same for `dimensions`, a multiple of 16.
INLINE void weighted_sums(const float *weights, intptr_t weight_stride, int rows, const float *values,
                          intptr_t value_stride, intptr_t first, intptr_t last, intptr_t dimensions, float *sums,
                          intptr_t sum_stride) {
  intptr_t d = 0;
  for (const intptr_t whole = dimensions / 64 * 64; d < whole; d += 4 * LANES)
    weighted_columns(weights, weight_stride, rows, values + d, value_stride, first, last, 4, sums + d, sum_stride);
  // Fewer vectors have more chains, which leave no registers for a second row.
  for (int r = 0; r < rows; r++) {
    intptr_t at = d;
    const float *row = weights + r * weight_stride;
    float *to = sums + r * sum_stride;
    for (const intptr_t whole = dimensions / 32 * 32; at < whole; at += 2 * LANES)
      weighted_columns(row, 0, 1, values + at, value_stride, first, last, 2, to + at, 0);
    for (; at < dimensions; at += LANES)
      weighted_columns(row, 0, 1, values + at, value_stride, first, last, 1, to + at, 0);
  }
}

// The keys of block [base, base + 64) that a query at `position` sees, relative to base; empty when last < first.
typedef struct {
  intptr_t first, last;
} key_range;

INLINE key_range visible_keys(intptr_t position, const int32_t *starts, intptr_t base) {
  intptr_t start = starts ? starts[position] : 0;
  intptr_t last = position - base;
  return (key_range){start > base ? start - base : 0, last < BITNET_KEY_BLOCK ? last : BITNET_KEY_BLOCK - 1};
}

// A tile of query rows against one block of keys. Scores, maxima, weights and outputs are loops over the rows, so that
// the long chains of one row's maximum, exponential and sum run beside those of others.
typedef struct {
  key_range visible[BITNET_QUERY_TILE];
  _Alignas(64) float weights[BITNET_QUERY_TILE * BITNET_KEY_BLOCK];  // scores at first
  _Alignas(64) float shrink[BITNET_QUERY_TILE];                      // what the new maximum makes of older terms
} tile_weights;

// Scores of one or two rows with the keys that the last of them sees. `rows` is a constant at every call.
INLINE void tile_scores(const float *q, intptr_t q_stride, int rows, const float *block, const key_range *visible,
                        intptr_t hd, float *scores) {
  vf raw[SHARING_ROWS][KEY_VECTORS];
  raw_scores(q, q_stride, rows, block, visible[rows - 1].last + 1, hd, raw);
  for (int r = 0; r < rows; r++)
    for (int j = 0; j < KEY_VECTORS; j++) store(scores + r * BITNET_KEY_BLOCK + j * LANES, raw[r][j]);
}

INLINE int is_empty(key_range visible) { return visible.last < visible.first; }

// Scales and masks the scores of a row; returns the largest of them and `running_maximum`.
INLINE float mask_row(key_range visible, float scale, float *weights, float running_maximum) {
  vf scores[KEY_VECTORS];
  for (int j = 0; j < KEY_VECTORS; j++) scores[j] = load(weights + j * LANES);
  if (visible.first == 0 && visible.last == BITNET_KEY_BLOCK - 1)
    for (int j = 0; j < KEY_VECTORS; j++) scores[j] *= scale;
  else mask_scores(scale, visible.first, visible.last, scores);
  vf m = scores[0];
  for (int j = 0; j < KEY_VECTORS; j++) store(weights + j * LANES, scores[j]), m = maximum(scores[j], m);
  float largest = maximum_lane(m);
  return largest > running_maximum ? largest : running_maximum;
}

// The new running maxima of the rows, and how they shrink what the rows have so far.
INLINE void raise_maxima(tile_weights *tile, intptr_t rows, float scale, float *maxima) {
  _Alignas(64) float raised[BITNET_QUERY_TILE];
  int is_raised = 0;
  for (intptr_t i = 0; i < BITNET_QUERY_TILE; i += LANES) {
    store(raised + i, load(maxima + i));
    store(tile->shrink + i, splat(1.0f));
  }
  for (intptr_t i = 0; i < rows; i++) {
    if (is_empty(tile->visible[i])) continue;
    raised[i] = mask_row(tile->visible[i], scale, tile->weights + i * BITNET_KEY_BLOCK, maxima[i]);
    is_raised |= raised[i] != maxima[i];
  }
  for (intptr_t i = 0; is_raised && i < BITNET_QUERY_TILE; i += LANES) {
    vf before = load(maxima + i), after = load(raised + i);
    store(tile->shrink + i, select(before == after, splat(1.0f), exponential_of_negative(before - after)));
    store(maxima + i, after);
  }
}

// Scores of a row become weights, which are added to its sum.
INLINE void weigh_row(float *weights, float largest, float shrink, float *running_sum) {
  row_sum sum = empty_sum();
  for (int j = 0; j < KEY_VECTORS; j++) {
    vf weight = exponential_of_negative(load(weights + j * LANES) - largest);
    store(weights + j * LANES, weight);
    sum.chains[j % SUM_VECTORS] += weight;
  }
  *running_sum = *running_sum * shrink + folded(sum);
}

// Takes one block of keys into the running maxima, sums and outputs of the rows of a tile.
INLINE void attend_block(const float *q, intptr_t q_stride, intptr_t rows, const float *block, const float *values,
                         tile_weights *tile, bitnet_attention_shape shape, float *maxima, float *sums, float *outputs) {
  const intptr_t hd = shape.head_dimension, padded = shape.padded_dimension;
  const key_range *visible = tile->visible;
  for (intptr_t i = 0; i < rows;) {
    float *scores = tile->weights + i * BITNET_KEY_BLOCK;
    if (SHARING_ROWS > 1 && i + 1 < rows) {
      tile_scores(q + i * q_stride, q_stride, SHARING_ROWS, block, visible + i, hd, scores);
      i += SHARING_ROWS;
    } else {
      tile_scores(q + i * q_stride, q_stride, 1, block, visible + i, hd, scores);
      i++;
    }
  }
  raise_maxima(tile, rows, shape.scale, maxima);
  for (intptr_t i = 0; i < rows; i++) {
    if (is_empty(visible[i])) continue;
    const float shrink = tile->shrink[i];
    weigh_row(tile->weights + i * BITNET_KEY_BLOCK, maxima[i], shrink, sums + i);
    if (shrink != 1.0f)
      for (intptr_t d = 0; d < padded; d += LANES)
        store(outputs + i * padded + d, load(outputs + i * padded + d) * shrink);
  }
  for (intptr_t i = 0; i < rows;) {
    const float *weights = tile->weights + i * BITNET_KEY_BLOCK;
    key_range seen = visible[i], next = i + 1 < rows ? visible[i + 1] : (key_range){0, -1};
    if (SHARING_ROWS > 1 && !is_empty(seen) && seen.first == next.first && seen.last == next.last) {
      weighted_sums(weights, BITNET_KEY_BLOCK, SHARING_ROWS, values, padded, seen.first, seen.last, padded,
                    outputs + i * padded, padded);
      i += SHARING_ROWS;
    } else {
      if (!is_empty(seen))
        weighted_sums(weights, BITNET_KEY_BLOCK, 1, values, padded, seen.first, seen.last, padded, outputs + i * padded,
                      padded);
      i++;
    }
  }
}

// A block of 64 keys and its values in float32.
typedef struct {
  const float *keys, *values;
} key_block;

// The block that begins at key `base`, of whose values the first `count` are wanted; float16 is widened into `scratch`.
INLINE key_block block_of_keys(const void *keys, const void *values, intptr_t base, intptr_t count,
                               bitnet_attention_shape shape, float *scratch) {
  const intptr_t first_key = base * shape.head_dimension, first_value = base * shape.padded_dimension;
  if (!shape.in_halves) return (key_block){(const float *)keys + first_key, (const float *)values + first_value};
  const intptr_t key_count = BITNET_KEY_BLOCK * shape.head_dimension;
  const uint16_t *key_halves = (const uint16_t *)keys + first_key;
  const uint16_t *value_halves = (const uint16_t *)values + first_value;
  for (intptr_t i = 0; i < key_count; i += LANES) store(scratch + i, WIDEN_HALVES(key_halves + i));
  float *wide_values = scratch + key_count;
  for (intptr_t i = 0; i < count * shape.padded_dimension; i += LANES)
    store(wide_values + i, WIDEN_HALVES(value_halves + i));
  return (key_block){scratch, wide_values};
}

static void attention_forward(const float *q, intptr_t q_stride, intptr_t first, intptr_t step, intptr_t count,
                              const int32_t *starts, const void *keys, const void *values,
                              bitnet_attention_shape shape, float *y, intptr_t y_stride, float *log_sums,
                              float *scratch) {
  intptr_t hd = shape.head_dimension, padded = shape.padded_dimension;
  float *maxima = scratch + BITNET_QUERY_TILE * padded, *sums = maxima + BITNET_QUERY_TILE;
  tile_weights weights;
  for (intptr_t tile = 0; tile < count; tile += BITNET_QUERY_TILE) {
    intptr_t rows = count - tile < BITNET_QUERY_TILE ? count - tile : BITNET_QUERY_TILE;
    const intptr_t last = first + (tile + rows - 1) * step;
    for (intptr_t i = 0; i < rows * padded; i++) scratch[i] = 0.0f;
    for (intptr_t i = 0; i < BITNET_QUERY_TILE; i++) maxima[i] = -__builtin_inff(), sums[i] = 0.0f;
    for (intptr_t base = 0; base <= last; base += BITNET_KEY_BLOCK) {
      int any = 0;
      for (intptr_t i = 0; i < rows; i++) {
        weights.visible[i] = visible_keys(first + (tile + i) * step, starts, base);
        any |= !is_empty(weights.visible[i]);
      }
      if (!any) continue;
      key_block block = block_of_keys(keys, values, base, weights.visible[rows - 1].last + 1, shape,
                                      sums + BITNET_QUERY_TILE);
      attend_block(q + tile * q_stride, q_stride, rows, block.keys, block.values, &weights, shape, maxima, sums,
                   scratch);
    }
    for (intptr_t i = 0; i < rows; i++) {
      float *to = y + (tile + i) * y_stride;
      for (intptr_t d = 0; d < hd; d++) to[d] = scratch[i * padded + d] / sums[i];
      if (log_sums) log_sums[tile + i] = maxima[i] + __builtin_logf(sums[i]);
    }
  }
}
