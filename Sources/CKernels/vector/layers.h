// RMSNorm (arXiv 1910.07467), rotary positions (arXiv 2104.09864) and gated feed-forward activations.

INLINE float reciprocal_of_row(const float *x, float epsilon, intptr_t columns) {
  row_sum squares = empty_sum();
  for (intptr_t i = 0; i < columns; i += SUM_CHAINS)
    for (int j = 0; j < SUM_VECTORS; j++) {
      vf value = load_padded(x, i + j * LANES, columns);
      squares.chains[j] = MULTIPLY_ADD(value, value, squares.chains[j]);
    }
  return 1.0f / __builtin_sqrtf(folded(squares) / (float)columns + epsilon);
}

static void rms_norm(const float *x, const float *gain, float epsilon, intptr_t rows, intptr_t columns, float *y,
                     float *reciprocal_rms) {
  for (intptr_t row = 0; row < rows; row++, x += columns, y += columns) {
    float r = reciprocal_rms[row] = reciprocal_of_row(x, epsilon, columns);
    for (intptr_t i = 0; i < columns; i += LANES) store_padded(y, i, columns, row_vector(x, gain, r, i, columns));
  }
}

static void rms_norm_quantize(const float *x, const float *gain, float epsilon, intptr_t rows, intptr_t columns,
                              int8_t *codes, intptr_t code_stride, float *scales, int32_t *sums,
                              float *reciprocal_rms) {
  for (intptr_t row = 0; row < rows; row++, x += columns) {
    float r = reciprocal_rms[row] = reciprocal_of_row(x, epsilon, columns);
    quantize_row(x, gain, r, columns, codes + row * code_stride, code_stride, scales + row, sums + row);
  }
}

// `adds` is a constant at every call.
INLINE void rms_norm_backward_row(const float *x, const float *gain, float r, const float *dy, intptr_t columns,
                                  float *dx, int adds, float *dgain) {
  row_sum products = empty_sum();
  for (intptr_t i = 0; i < columns; i += SUM_CHAINS)
    for (int j = 0; j < SUM_VECTORS; j++) {
      intptr_t at = i + j * LANES;
      vf slope = load_padded(gain, at, columns) * load_padded(dy, at, columns);
      products.chains[j] = MULTIPLY_ADD(slope, load_padded(x, at, columns), products.chains[j]);
    }
  float pull = r * r * folded(products) / (float)columns;
  for (intptr_t i = 0; i < columns; i += LANES) {
    vf value = load_padded(x, i, columns), slope = load_padded(dy, i, columns);
    vf gradient = r * (load_padded(gain, i, columns) * slope - value * pull);
    store_padded(dx, i, columns, adds ? load_padded(dx, i, columns) + gradient : gradient);
    store_padded(dgain, i, columns, load_padded(dgain, i, columns) + slope * value * r);
  }
}

static void rms_norm_backward(const float *x, const float *gain, const float *reciprocal_rms, const float *dy,
                              intptr_t rows, intptr_t columns, float *dx, int add, float *dgain) {
  for (intptr_t row = 0; row < rows; row++, x += columns, dy += columns, dx += columns)
    if (add) rms_norm_backward_row(x, gain, reciprocal_rms[row], dy, columns, dx, 1, dgain);
    else rms_norm_backward_row(x, gain, reciprocal_rms[row], dy, columns, dx, 0, dgain);
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

// --- gated activations -----------------------------------------------------------------------------------------------

#include "Activations.h"

// `activation` is a constant at every call.
INLINE void gated_with(bitnet_activation activation, const float *gate, const float *up, intptr_t count, float *y) {
  intptr_t i = 0;
  for (; i + LANES <= count; i += LANES) store(y + i, activated(load(gate + i), activation) * load(up + i));
  if (i < count) {
    vf last = activated(load_partial(gate + i, count - i, 0.0f), activation) * load_partial(up + i, count - i, 0.0f);
    store_partial(y + i, count - i, last);
  }
}

static void gated(const float *gate, const float *up, intptr_t count, bitnet_activation activation, float *y) {
#define GATED_CASE(NAME, name) \
  case BITNET_ACTIVATION_##NAME: gated_with(BITNET_ACTIVATION_##NAME, gate, up, count, y); break;
  switch (activation) { BITNET_ACTIVATIONS(GATED_CASE) }
#undef GATED_CASE
}

// `activation` is a constant at every call.
INLINE void gated_backward_with(bitnet_activation activation, const float *gate, const float *up, const float *dy,
                                intptr_t count, float *dgate, float *dup) {
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

static void gated_backward(const float *gate, const float *up, const float *dy, intptr_t count,
                           bitnet_activation activation, float *dgate, float *dup) {
#define GATED_CASE(NAME, name) \
  case BITNET_ACTIVATION_##NAME: \
    gated_backward_with(BITNET_ACTIVATION_##NAME, gate, up, dy, count, dgate, dup); \
    break;
  switch (activation) { BITNET_ACTIVATIONS(GATED_CASE) }
#undef GATED_CASE
}

// --- gated activation, norm and quantisation at once -----------------------------------------------------------------

static void gated_norm_quantize(const float *gate, const float *up, bitnet_activation activation, const float *gain,
                                float epsilon, intptr_t rows, intptr_t columns, int8_t *codes, intptr_t code_stride,
                                float *scales, int32_t *sums, float *reciprocal_rms, float *scratch) {
  for (intptr_t row = 0; row < rows; row++) {
    gated(gate + row * columns, up + row * columns, columns, activation, scratch);
    rms_norm_quantize(scratch, gain, epsilon, 1, columns, codes + row * code_stride, code_stride, scales + row,
                      sums + row, reciprocal_rms + row);
  }
}

static void gated_norm_backward(const float *gate, const float *up, bitnet_activation activation, const float *gain,
                                const float *reciprocal_rms, const float *dy, intptr_t rows, intptr_t columns,
                                float *dgate, float *dup, float *dgain, float *scratch) {
  float *slopes = scratch + columns;
  for (intptr_t row = 0; row < rows; row++) {
    intptr_t first = row * columns;
    gated(gate + first, up + first, columns, activation, scratch);
    rms_norm_backward_row(scratch, gain, reciprocal_rms[row], dy + first, columns, slopes, 0, dgain);
    gated_backward(gate + first, up + first, slopes, columns, activation, dgate + first, dup + first);
  }
}
