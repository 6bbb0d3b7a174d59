// RMSNorm (arXiv 1910.07467), rotary positions (arXiv 2104.09864) and gated feed-forward activations.

static void rms_norm(const float *x, const float *gain, float epsilon, intptr_t rows, intptr_t columns, float *y,
                     float *reciprocal_rms) {
  for (intptr_t row = 0; row < rows; row++, x += columns, y += columns) {
    vf squares = splat(0.0f);
    intptr_t i = 0;
    for (; i + LANES <= columns; i += LANES) squares = MULTIPLY_ADD(load(x + i), load(x + i), squares);
    if (i < columns) {
      vf last = load_partial(x + i, columns - i, 0.0f);
      squares = MULTIPLY_ADD(last, last, squares);
    }
    float r = 1.0f / __builtin_sqrtf(sum_lanes(squares) / (float)columns + epsilon);
    reciprocal_rms[row] = r;
    for (i = 0; i < columns; i++) y[i] = x[i] * r * gain[i];
  }
}

static void rms_norm_backward(const float *x, const float *gain, const float *reciprocal_rms, const float *dy,
                              intptr_t rows, intptr_t columns, float *dx, int add) {
  for (intptr_t row = 0; row < rows; row++, x += columns, dy += columns, dx += columns) {
    vf products = splat(0.0f);
    intptr_t i = 0;
    for (; i + LANES <= columns; i += LANES)
      products = MULTIPLY_ADD(load(gain + i) * load(dy + i), load(x + i), products);
    if (i < columns)
      products = MULTIPLY_ADD(load_partial(gain + i, columns - i, 0.0f) * load_partial(dy + i, columns - i, 0.0f),
                              load_partial(x + i, columns - i, 0.0f), products);
    float r = reciprocal_rms[row];
    float pull = r * r * sum_lanes(products) / (float)columns;
    if (add)
      for (i = 0; i < columns; i++) dx[i] += r * (gain[i] * dy[i] - x[i] * pull);
    else
      for (i = 0; i < columns; i++) dx[i] = r * (gain[i] * dy[i] - x[i] * pull);
  }
}

static void rms_norm_backward_gain(const float *x, const float *reciprocal_rms, const float *dy, intptr_t rows,
                                   intptr_t columns, intptr_t first, intptr_t last, float *dgain, int add) {
  if (!add)
    for (intptr_t column = first; column < last; column++) dgain[column] = 0.0f;
  for (intptr_t row = 0; row < rows; row++) {
    float r = reciprocal_rms[row];
    const float *xr = x + row * columns, *dyr = dy + row * columns;
    for (intptr_t column = first; column < last; column++) dgain[column] += dyr[column] * xr[column] * r;
  }
}

static void rope(const float *x, intptr_t rows, intptr_t heads, intptr_t head_dimension, const float *cosine,
                 const float *sine, const int32_t *positions, float direction, float *y) {
  intptr_t half = head_dimension / 2;
  for (intptr_t row = 0; row < rows; row++) {
    const float *c = cosine + positions[row] * half, *s = sine + positions[row] * half;
    for (intptr_t head = 0; head < heads; head++, x += head_dimension, y += head_dimension)
      for (intptr_t i = 0; i < half; i++) {
        float a = x[i], b = x[i + half], turn = direction * s[i];
        y[i] = a * c[i] - b * turn;
        y[i + half] = b * c[i] + a * turn;
      }
  }
}

INLINE vf logistic(vf x) { return 1.0f / (1.0f + exponential(-x)); }

// max(x, 0); a NaN stays one, for the trainer to see.
INLINE vf positive_part(vf x) { return maximum(splat(0.0f), x); }

INLINE vf activated(vf gate, bitnet_activation activation) {
  if (activation == BITNET_ACTIVATION_SILU) return gate * logistic(gate);
  vf positive = positive_part(gate);
  return positive * positive;
}

INLINE vf activation_slope(vf gate, bitnet_activation activation) {
  if (activation == BITNET_ACTIVATION_SILU) {
    vf sigma = logistic(gate);
    return sigma * (1.0f + gate * (1.0f - sigma));
  }
  return 2.0f * positive_part(gate);
}

static void gated(const float *gate, const float *up, intptr_t count, bitnet_activation activation, float *y) {
  intptr_t i = 0;
  for (; i + LANES <= count; i += LANES) store(y + i, activated(load(gate + i), activation) * load(up + i));
  if (i < count) {
    vf last = activated(load_partial(gate + i, count - i, 0.0f), activation) * load_partial(up + i, count - i, 0.0f);
    store_partial(y + i, count - i, last);
  }
}

static void gated_backward(const float *gate, const float *up, const float *dy, intptr_t count,
                           bitnet_activation activation, float *dgate, float *dup) {
  intptr_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    vf g = load(gate + i), d = load(dy + i);
    store(dgate + i, d * load(up + i) * activation_slope(g, activation));
    store(dup + i, d * activated(g, activation));
  }
  if (i < count) {
    intptr_t left = count - i;
    vf g = load_partial(gate + i, left, 0.0f), d = load_partial(dy + i, left, 0.0f);
    store_partial(dgate + i, left, d * load_partial(up + i, left, 0.0f) * activation_slope(g, activation));
    store_partial(dup + i, left, d * activated(g, activation));
  }
}
