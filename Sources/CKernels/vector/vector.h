// Vectors of floats for the kernels that are written once and compiled per instruction set.
//
// The including file defines LANES (8 or 16) and MULTIPLY_ADD(a, b, c) before it includes the kernels, inside the
// attribute push of its instruction set. Not a header of its own: no include guard, nothing external.
// Every function that passes a vector is inlined: no calling convention is involved.
#pragma clang diagnostic ignored "-Wpsabi"

#define BYTES_OF_VECTOR (LANES * 4)
typedef float vf __attribute__((vector_size(BYTES_OF_VECTOR)));
typedef float vf_unaligned __attribute__((vector_size(BYTES_OF_VECTOR), aligned(4)));
typedef int32_t vi __attribute__((vector_size(BYTES_OF_VECTOR)));

#define INLINE static inline __attribute__((always_inline))

INLINE vf load(const float *p) { return *(const vf_unaligned *)p; }
INLINE void store(float *p, vf v) { *(vf_unaligned *)p = v; }
INLINE vf splat(float x) { return (vf){} + x; }
INLINE vf select(vi mask, vf yes, vf no) { return (vf)(((vi)yes & mask) | ((vi)no & ~mask)); }
INLINE vf maximum(vf a, vf b) { return select(a > b, a, b); }
INLINE vf absolute(vf a) { return (vf)((vi)a & 0x7FFFFFFF); }

// Rounds half to even for |x| < 2^22, by the default rounding of the addition.
INLINE vf round_half_even(vf x) {
  const float magic = 12582912.0f;
  return (x + magic) - magic;
}
// Folds pairwise: lane i with lane i + half, until one is left.
INLINE float sum_lanes(vf v) {
  float lanes[LANES];
  store(lanes, v);
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
  return lanes[0];
}
INLINE float maximum_lane(vf v) {
  float lanes[LANES];
  store(lanes, v);
  float m = lanes[0];
  for (int i = 1; i < LANES; i++) m = lanes[i] > m ? lanes[i] : m;
  return m;
}

// A row's last, partial vector, padded.
INLINE vf load_partial(const float *p, intptr_t count, float padding) {
  float lanes[LANES];
  for (int i = 0; i < LANES; i++) lanes[i] = i < count ? p[i] : padding;
  return load(lanes);
}
INLINE void store_partial(float *p, intptr_t count, vf v) {
  float lanes[LANES];
  store(lanes, v);
  for (intptr_t i = 0; i < count; i++) p[i] = lanes[i];
}

// exp by 2^n * polynomial(r), x = n ln 2 + r, |r| <= ln 2 / 2; within 2 ulp. Below -87.3 exactly 0, above 88.3 infinite.
INLINE vf exponential(vf x) {
  vf clamped = select(x < -87.3f, splat(-87.3f), x);
  clamped = select(clamped > 88.3f, splat(88.3f), clamped);
  vf n = round_half_even(clamped * 1.44269504088896341f);
  vf r = MULTIPLY_ADD(n, splat(-0.693359375f), clamped);
  r = MULTIPLY_ADD(n, splat(2.12194440e-4f), r);
  vf p = splat(1.9875691500e-4f);
  p = MULTIPLY_ADD(p, r, splat(1.3981999507e-3f));
  p = MULTIPLY_ADD(p, r, splat(8.3334519073e-3f));
  p = MULTIPLY_ADD(p, r, splat(4.1665795894e-2f));
  p = MULTIPLY_ADD(p, r, splat(1.6666665459e-1f));
  p = MULTIPLY_ADD(p, r, splat(5.0000001201e-1f));
  p = MULTIPLY_ADD(p, r * r, r + 1.0f);
  vi exponent = __builtin_convertvector(n, vi) + 127;
  vf result = p * (vf)(exponent << 23);
  result = select(x < -87.3f, splat(0.0f), result);
  result = select(x > 88.3f, splat(__builtin_inff()), result);
  return select(x != x, x, result);
}
