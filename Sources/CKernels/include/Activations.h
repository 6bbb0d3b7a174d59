// The activations of gated feed-forward layers: their list, and the function and slope of each.
//
// A new one is a line of the list, two functions below it and a case of the Swift enum `Activation`.
#ifndef BITNET_ACTIVATIONS

#define BITNET_ACTIVATIONS(ENTRY) \
  ENTRY(RELU2, relu2)             \
  ENTRY(SILU, silu)               \
  ENTRY(GELU, gelu)               \
  ENTRY(GELU_TANH, gelu_tanh)     \
  ENTRY(RELU, relu)

#define BITNET_ENUMERATOR(NAME, name) BITNET_ACTIVATION_##NAME,
typedef enum { BITNET_ACTIVATIONS(BITNET_ENUMERATOR) } bitnet_activation;
#undef BITNET_ENUMERATOR

#endif

// Compiled once per instruction set, behind vector/vector.h; other includers want the list only.
#ifdef LANES

// --- relu: max(x, 0) -------------------------------------------------------------------------------------------------

// A NaN stays one, for the trainer to see.
INLINE vf relu(vf x) { return maximum(splat(0.0f), x); }

INLINE vf relu_slope(vf x) { return select(x > 0.0f, splat(1.0f), select(x != x, x, splat(0.0f))); }

// --- relu2: max(x, 0)² (arXiv 2109.08668) ----------------------------------------------------------------------------

INLINE vf relu2(vf x) {
  vf positive = relu(x);
  return positive * positive;
}

INLINE vf relu2_slope(vf x) { return 2.0f * relu(x); }

// --- silu: x · σ(x) (arXiv 1702.03118) -------------------------------------------------------------------------------

INLINE vf logistic(vf x) { return 1.0f / (1.0f + exponential(-x)); }

INLINE vf silu(vf x) { return x * logistic(x); }

INLINE vf silu_slope(vf x) {
  vf sigma = logistic(x);
  return sigma * (1.0f + x * (1.0f - sigma));
}

// --- gelu: x · Φ(x), Φ the normal distribution (arXiv 1606.08415) ----------------------------------------------------

// e^(-x² / 2)
INLINE vf bell(vf x) { return exponential_of_negative(x * x * -0.5f); }

// Φ(-|x|) = bell · t · polynomial(t), t = 1 / (1 + |x| / 4): fitted for the smallest relative error, 3.4e-8.
INLINE vf normal_distribution(vf x, vf bell) {
  vf t = 1.0f / (1.0f + absolute(x) * 0.25f);
  vf p = splat(0.01978203316780329f);
  p = MULTIPLY_ADD(p, t, splat(-0.08087741054706546f));
  p = MULTIPLY_ADD(p, t, splat(0.09559724837405183f));
  p = MULTIPLY_ADD(p, t, splat(-0.03171766015875939f));
  p = MULTIPLY_ADD(p, t, splat(0.06369917267094294f));
  p = MULTIPLY_ADD(p, t, splat(0.05897513575420392f));
  p = MULTIPLY_ADD(p, t, splat(0.08160311013469976f));
  p = MULTIPLY_ADD(p, t, splat(0.09346635530784583f));
  p = MULTIPLY_ADD(p, t, splat(0.09973643161009049f));
  p = MULTIPLY_ADD(p, t, splat(0.09973556672312726f));
  vf tail = bell * t * p;
  return select(x > 0.0f, 1.0f - tail, tail);
}

INLINE vf gelu(vf x) { return x * normal_distribution(x, bell(x)); }

INLINE vf gelu_slope(vf x) {
  vf height = bell(x);
  return normal_distribution(x, height) + x * (0.3989422804014327f * height);
}

// --- gelu_tanh: x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³))), which is x · σ of twice what tanh gets -------------------

// What σ gets.
INLINE vf gelu_tanh_inner(vf x) {
  return x * MULTIPLY_ADD(x * x, splat(0.07135481627260025f), splat(1.5957691216057308f));
}

INLINE vf gelu_tanh(vf x) { return x * logistic(gelu_tanh_inner(x)); }

INLINE vf gelu_tanh_slope(vf x) {
  vf power = exponential(-gelu_tanh_inner(x)), gate = 1.0f / (1.0f + power);
  vf inner_slope = MULTIPLY_ADD(x * x, splat(0.21406444881780073f), splat(1.5957691216057308f));
  // σ' = gate · (1 - gate), without the cancellation.
  vf bend = x * (gate * gate * power) * inner_slope;
  // Far out the curve is straight, and the power or x² may be infinite.
  return gate + select(absolute(x) > 10.0f, splat(0.0f), bend);
}

// --- by number -------------------------------------------------------------------------------------------------------

// `activation` is a constant at every call.
INLINE vf activated(vf x, bitnet_activation activation) {
  switch (activation) {
#define BITNET_VALUE(NAME, name) case BITNET_ACTIVATION_##NAME: return name(x);
    BITNET_ACTIVATIONS(BITNET_VALUE)
#undef BITNET_VALUE
  }
}

INLINE vf activation_slope(vf x, bitnet_activation activation) {
  switch (activation) {
#define BITNET_SLOPE(NAME, name) case BITNET_ACTIVATION_##NAME: return name##_slope(x);
    BITNET_ACTIVATIONS(BITNET_SLOPE)
#undef BITNET_SLOPE
  }
}

#endif
