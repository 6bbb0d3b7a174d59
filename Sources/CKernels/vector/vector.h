// Vectors of floats for the kernels that are written once and compiled per instruction set.
//
// The including file defines LANES (8 or 16) and, where there is an instruction for it, MULTIPLY_ADD(a, b, c), rounded
// once, before it includes the kernels, inside the attribute push of its instruction set. Not a header of its own: no
// include guard, nothing external.
// Every function that passes a vector is inlined: no calling convention is involved.
#pragma clang diagnostic ignored "-Wpsabi"

#define BYTES_OF_VECTOR (LANES * 4)
typedef float vf __attribute__((vector_size(BYTES_OF_VECTOR)));
typedef float vf_unaligned __attribute__((vector_size(BYTES_OF_VECTOR), aligned(4)));
typedef int32_t vi __attribute__((vector_size(BYTES_OF_VECTOR)));

typedef uint32_t vu __attribute__((vector_size(BYTES_OF_VECTOR)));
// As they lie in operands of bfloat16: halves, and pairs of them, one pair a lane.
typedef uint16_t vh_unaligned __attribute__((vector_size(LANES * 2), aligned(1), may_alias));
typedef uint32_t vu_unaligned __attribute__((vector_size(BYTES_OF_VECTOR), aligned(1), may_alias));

#define INLINE static inline __attribute__((always_inline))

#ifndef MULTIPLY_ADD
#include "multiply_add.h"
#endif

// An addend is NULL where nothing is added.
INLINE const float *addend_at(const float *addend, intptr_t offset) { return addend ? addend + offset : 0; }

INLINE vf load(const float *p) { return *(const vf_unaligned *)p; }
INLINE void store(float *p, vf v) { *(vf_unaligned *)p = v; }
#if LANES == 16
INLINE vf splat(float x) { return (vf){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }
#else
INLINE vf splat(float x) { return (vf){x, x, x, x, x, x, x, x}; }
#endif
INLINE vf select(vi mask, vf yes, vf no) { return (vf)(((vi)yes & mask) | ((vi)no & ~mask)); }
INLINE vf maximum(vf a, vf b) { return select(a > b, a, b); }
INLINE vf absolute(vf a) { return (vf)((vi)a & 0x7FFFFFFF); }

// Rounds half to even for |x| < 2^22, by the default rounding of the addition.
INLINE vf round_half_even(vf x) {
  const float magic = 12582912.0f;
  return (x + magic) - magic;
}
typedef float v8 __attribute__((vector_size(32)));
typedef float v4 __attribute__((vector_size(16)));
typedef float v2 __attribute__((vector_size(8)));
typedef int32_t vi8 __attribute__((vector_size(32)));
typedef int32_t vi4 __attribute__((vector_size(16)));
#if LANES == 16
#define LOWER_HALF(v) __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7)
#define UPPER_HALF(v) __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15)
#endif

// Every sum along a row runs in 16 chains, element i in chain i mod 16, however wide a vector is: the bits do not depend
// on the instruction set.
#define SUM_CHAINS 16
#define SUM_VECTORS (SUM_CHAINS / LANES)
typedef struct {
  vf chains[SUM_VECTORS];
} row_sum;

INLINE row_sum empty_sum(void) {
  row_sum s;
  for (int j = 0; j < SUM_VECTORS; j++) s.chains[j] = splat(0.0f);
  return s;
}

// Folds pairwise: chain i with chain i + half, until one is left.
INLINE float folded(row_sum s) {
#if LANES == 16
  v8 eight = LOWER_HALF(s.chains[0]) + UPPER_HALF(s.chains[0]);
#else
  v8 eight = s.chains[0] + s.chains[1];
#endif
  v4 four = __builtin_shufflevector(eight, eight, 0, 1, 2, 3) + __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
  v2 two = __builtin_shufflevector(four, four, 0, 1) + __builtin_shufflevector(four, four, 2, 3);
  return two[0] + two[1];
}
INLINE float maximum_lane(vf v) {
#if LANES == 16
  v8 lower = LOWER_HALF(v), upper = UPPER_HALF(v);
  vi8 larger_halves = lower > upper;
  v8 eight = (v8)(((vi8)lower & larger_halves) | ((vi8)upper & ~larger_halves));
#else
  v8 eight = v;
#endif
  v4 low = __builtin_shufflevector(eight, eight, 0, 1, 2, 3), high = __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
  vi4 larger = low > high;
  v4 four = (v4)(((vi4)low & larger) | ((vi4)high & ~larger));
  float a = four[0] > four[2] ? four[0] : four[2], b = four[1] > four[3] ? four[1] : four[3];
  return a > b ? a : b;
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

// x[column] … x[column + LANES - 1], zeros behind the columns.
INLINE vf load_padded(const float *x, intptr_t column, intptr_t columns) {
  if (column + LANES <= columns) return load(x + column);
  return column < columns ? load_partial(x + column, columns - column, 0.0f) : splat(0.0f);
}
INLINE void store_padded(float *x, intptr_t column, intptr_t columns, vf value) {
  if (column + LANES <= columns) store(x + column, value);
  else store_partial(x + column, columns - column, value);
}

// 2^n * polynomial(r), x = n ln 2 + r, |r| <= ln 2 / 2: exp within 2 ulp for -87.3 <= x <= 88.3.
INLINE vf exponential_within(vf x) {
  vf n = round_half_even(x * 1.44269504088896341f);
  vf r = MULTIPLY_ADD(n, splat(-0.693359375f), x);
  r = MULTIPLY_ADD(n, splat(2.12194440e-4f), r);
  vf p = splat(1.9875691500e-4f);
  p = MULTIPLY_ADD(p, r, splat(1.3981999507e-3f));
  p = MULTIPLY_ADD(p, r, splat(8.3334519073e-3f));
  p = MULTIPLY_ADD(p, r, splat(4.1665795894e-2f));
  p = MULTIPLY_ADD(p, r, splat(1.6666665459e-1f));
  p = MULTIPLY_ADD(p, r, splat(5.0000001201e-1f));
  p = MULTIPLY_ADD(p, r * r, r + 1.0f);
  vi exponent = __builtin_convertvector(n, vi) + 127;
  return p * (vf)(exponent << 23);
}

// exp of x <= 0, exactly 0 below -87.3; a NaN stays one.
INLINE vf exponential_of_negative(vf x) {
  vf result = exponential_within(select(x < -87.3f, splat(-87.3f), x));
  return select(x < -87.3f, splat(0.0f), select(x != x, x, result));
}

// exp of any x, infinite above 88.3.
INLINE vf exponential(vf x) {
  vf result = exponential_of_negative(select(x > 88.3f, splat(88.3f), x));
  return select(x > 88.3f, splat(__builtin_inff()), result);
}
