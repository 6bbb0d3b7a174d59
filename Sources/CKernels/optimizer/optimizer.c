#include "optimizer.h"

#include <string.h>

// Contraction to fused multiply-adds would make results depend on the instruction set.
#pragma clang fp contract(off)

/// Elements per chunk: what a chunk needs besides the operands stays in the level-1 cache.
enum { CHUNK = 256, PHILOX_BLOCKS = CHUNK / 8 };

static inline size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

static inline float widen(uint16_t bits) {
  uint32_t word = (uint32_t)bits << 16;
  float value;
  memcpy(&value, &word, sizeof value);
  return value;
}

static inline uint32_t bits_of(float value) {
  uint32_t word;
  memcpy(&word, &value, sizeof word);
  return word;
}

/// Round half to even. Values are finite: gradients are checked before the update.
static inline uint16_t narrow_nearest(float value) {
  uint32_t word = bits_of(value);
  return (uint16_t)((word + 0x7FFF + ((word >> 16) & 1)) >> 16);
}

/// Updates the moments of a chunk and returns what is to be added to its values.
static inline void adamw_deltas(const bn_adamw_arguments *restrict a, const float *restrict value,
                                const float *restrict gradient, float *restrict first, float *restrict second,
                                float *restrict delta, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float g = gradient[i] * a->gradient_scale;
    float m = a->beta1 * first[i] + a->one_minus_beta1 * g;
    float v = a->beta2 * second[i] + a->one_minus_beta2 * (g * g);
    first[i] = m;
    second[i] = v;
    float denominator = __builtin_elementwise_sqrt(v) * a->inverse_root_correction + a->epsilon;
    delta[i] = -(a->decay * value[i]) - a->step_size * m / denominator;
  }
}

/// Philox4x32-10 at the counters `first_block ..< first_block + PHILOX_BLOCKS`: eight 16-bit words per counter.
static inline void philox(uint64_t seed, uint64_t stream, uint64_t first_block, uint16_t *restrict result) {
  uint32_t x[PHILOX_BLOCKS], y[PHILOX_BLOCKS], z[PHILOX_BLOCKS], w[PHILOX_BLOCKS];
  for (size_t i = 0; i < PHILOX_BLOCKS; i++) {
    x[i] = (uint32_t)(first_block + i);
    y[i] = (uint32_t)((first_block + i) >> 32);
    z[i] = (uint32_t)stream;
    w[i] = (uint32_t)(stream >> 32);
  }
  uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    for (size_t i = 0; i < PHILOX_BLOCKS; i++) {
      uint64_t product0 = (uint64_t)0xD2511F53u * x[i], product1 = (uint64_t)0xCD9E8D57u * z[i];
      x[i] = (uint32_t)(product1 >> 32) ^ y[i] ^ key0;
      y[i] = (uint32_t)product1;
      z[i] = (uint32_t)(product0 >> 32) ^ w[i] ^ key1;
      w[i] = (uint32_t)product0;
    }
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  for (size_t i = 0; i < PHILOX_BLOCKS; i++) {
    uint32_t words[4] = {x[i], y[i], z[i], w[i]};
    for (size_t j = 0; j < 4; j++) {
      result[8 * i + 2 * j] = (uint16_t)words[j];
      result[8 * i + 2 * j + 1] = (uint16_t)(words[j] >> 16);
    }
  }
}

void bn_adamw_float32(const bn_adamw_arguments *arguments, float *value, const float *gradient, float *first_moment,
                      float *second_moment, size_t begin, size_t end) {
  float delta[CHUNK];
  for (size_t start = begin; start < end; start += CHUNK) {
    size_t count = smaller(CHUNK, end - start);
    adamw_deltas(arguments, value + start, gradient + start, first_moment + start, second_moment + start, delta, count);
    for (size_t i = 0; i < count; i++) value[start + i] += delta[i];
  }
}

void bn_adamw_bfloat16_nearest(const bn_adamw_arguments *arguments, uint16_t *value, const float *gradient,
                               float *first_moment, float *second_moment, size_t begin, size_t end) {
  float wide[CHUNK], delta[CHUNK];
  for (size_t start = begin; start < end; start += CHUNK) {
    size_t count = smaller(CHUNK, end - start);
    for (size_t i = 0; i < count; i++) wide[i] = widen(value[start + i]);
    adamw_deltas(arguments, wide, gradient + start, first_moment + start, second_moment + start, delta, count);
    for (size_t i = 0; i < count; i++) value[start + i] = narrow_nearest(wide[i] + delta[i]);
  }
}

void bn_adamw_bfloat16_stochastic(const bn_adamw_arguments *arguments, uint16_t *value, const float *gradient,
                                  float *first_moment, float *second_moment, size_t begin, size_t end) {
  float wide[CHUNK], delta[CHUNK];
  uint16_t noise[CHUNK];
  for (size_t start = begin; start < end; start += CHUNK) {
    size_t count = smaller(CHUNK, end - start);
    for (size_t i = 0; i < count; i++) wide[i] = widen(value[start + i]);
    adamw_deltas(arguments, wide, gradient + start, first_moment + start, second_moment + start, delta, count);
    philox(arguments->seed, arguments->stream, start / 8, noise);
    for (size_t i = 0; i < count; i++) value[start + i] = (uint16_t)((bits_of(wide[i] + delta[i]) + noise[i]) >> 16);
  }
}

void bn_adamw_bfloat16_kahan(const bn_adamw_arguments *arguments, uint16_t *value, uint16_t *compensation,
                             const float *gradient, float *first_moment, float *second_moment, size_t begin,
                             size_t end) {
  float wide[CHUNK], delta[CHUNK];
  for (size_t start = begin; start < end; start += CHUNK) {
    size_t count = smaller(CHUNK, end - start);
    for (size_t i = 0; i < count; i++) wide[i] = widen(value[start + i]);
    adamw_deltas(arguments, wide, gradient + start, first_moment + start, second_moment + start, delta, count);
    for (size_t i = 0; i < count; i++) {
      float change = widen(compensation[start + i]) + delta[i];
      uint16_t rounded = narrow_nearest(wide[i] + change);
      value[start + i] = rounded;
      compensation[start + i] = narrow_nearest(change - (widen(rounded) - wide[i]));
    }
  }
}

double bn_sum_of_squares(const float *values, size_t count) {
  enum { LANES = 8 };
  double lanes[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    for (size_t lane = 0; lane < LANES; lane++) {
      double value = values[i + lane];
      lanes[lane] += value * value;
    }
  }
  for (size_t lane = 0; i < count; i++, lane++) {
    double value = values[i];
    lanes[lane] += value * value;
  }
  double even = (lanes[0] + lanes[4]) + (lanes[2] + lanes[6]);
  double odd = (lanes[1] + lanes[5]) + (lanes[3] + lanes[7]);
  return even + odd;
}
