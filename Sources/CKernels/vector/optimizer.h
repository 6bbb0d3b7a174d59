// AdamW and the norm of gradients. Every element is computed by the same sequence of IEEE operations, without
// contraction: results depend neither on the partition nor on the instruction set.

// Elements per chunk: what a chunk needs besides the operands stays in the level-1 cache.
enum { CHUNK = 256, PHILOX_BLOCKS = CHUNK / 8 };

INLINE float widen(uint16_t bits) {
  uint32_t word = (uint32_t)bits << 16;
  float value;
  __builtin_memcpy(&value, &word, sizeof value);
  return value;
}

INLINE uint32_t bits_of(float value) {
  uint32_t word;
  __builtin_memcpy(&word, &value, sizeof word);
  return word;
}

// Round half to even. Values are finite: gradients are checked before the update.
INLINE uint16_t narrow_nearest(float value) {
  uint32_t word = bits_of(value);
  return (uint16_t)((word + 0x7FFF + ((word >> 16) & 1)) >> 16);
}

// Updates the moments of a chunk and returns what is to be added to its values.
INLINE void adamw_deltas(const bitnet_adamw *restrict a, const float *restrict value,
                         const float *restrict gradient, float *restrict first, float *restrict second,
                         float *restrict delta, intptr_t count) {
  for (intptr_t i = 0; i < count; i++) {
    float g = gradient[i] * a->gradient_scale;
    float m = a->beta1 * first[i] + a->one_minus_beta1 * g;
    float v = a->beta2 * second[i] + a->one_minus_beta2 * (g * g);
    first[i] = m;
    second[i] = v;
    float denominator = __builtin_elementwise_sqrt(v) * a->inverse_root_correction + a->epsilon;
    delta[i] = -(a->decay * value[i]) - a->step_size * m / denominator;
  }
}

// Philox4x32-10 at the counters `first_block ..< first_block + PHILOX_BLOCKS`: eight 16-bit words per counter.
INLINE void philox(uint64_t seed, uint64_t stream, uint64_t first_block, uint16_t *restrict result) {
  uint32_t x[PHILOX_BLOCKS], y[PHILOX_BLOCKS], z[PHILOX_BLOCKS], w[PHILOX_BLOCKS];
  for (intptr_t i = 0; i < PHILOX_BLOCKS; i++) {
    x[i] = (uint32_t)(first_block + i);
    y[i] = (uint32_t)((first_block + i) >> 32);
    z[i] = (uint32_t)stream;
    w[i] = (uint32_t)(stream >> 32);
  }
  uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    for (intptr_t i = 0; i < PHILOX_BLOCKS; i++) {
      uint64_t product0 = (uint64_t)0xD2511F53u * x[i], product1 = (uint64_t)0xCD9E8D57u * z[i];
      x[i] = (uint32_t)(product1 >> 32) ^ y[i] ^ key0;
      y[i] = (uint32_t)product1;
      z[i] = (uint32_t)(product0 >> 32) ^ w[i] ^ key1;
      w[i] = (uint32_t)product0;
    }
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  for (intptr_t i = 0; i < PHILOX_BLOCKS; i++) {
    uint32_t words[4] = {x[i], y[i], z[i], w[i]};
    for (intptr_t j = 0; j < 4; j++) {
      result[8 * i + 2 * j] = (uint16_t)words[j];
      result[8 * i + 2 * j + 1] = (uint16_t)(words[j] >> 16);
    }
  }
}

static void adamw_float32(const bitnet_adamw *update, float *value, const float *gradient, float *first_moment,
                          float *second_moment, intptr_t begin, intptr_t end) {
  float delta[CHUNK];
  for (intptr_t start = begin; start < end; start += CHUNK) {
    intptr_t count = end - start < CHUNK ? end - start : CHUNK;
    adamw_deltas(update, value + start, gradient + start, first_moment + start, second_moment + start, delta, count);
    for (intptr_t i = 0; i < count; i++) value[start + i] += delta[i];
  }
}

static void adamw_bfloat16_nearest(const bitnet_adamw *update, uint16_t *value, const float *gradient,
                                   float *first_moment, float *second_moment, intptr_t begin, intptr_t end) {
  float wide[CHUNK], delta[CHUNK];
  for (intptr_t start = begin; start < end; start += CHUNK) {
    intptr_t count = end - start < CHUNK ? end - start : CHUNK;
    for (intptr_t i = 0; i < count; i++) wide[i] = widen(value[start + i]);
    adamw_deltas(update, wide, gradient + start, first_moment + start, second_moment + start, delta, count);
    for (intptr_t i = 0; i < count; i++) value[start + i] = narrow_nearest(wide[i] + delta[i]);
  }
}

static void adamw_bfloat16_stochastic(const bitnet_adamw *update, uint16_t *value, const float *gradient,
                                      float *first_moment, float *second_moment, intptr_t begin, intptr_t end) {
  float wide[CHUNK], delta[CHUNK];
  uint16_t noise[CHUNK];
  for (intptr_t start = begin; start < end; start += CHUNK) {
    intptr_t count = end - start < CHUNK ? end - start : CHUNK;
    for (intptr_t i = 0; i < count; i++) wide[i] = widen(value[start + i]);
    adamw_deltas(update, wide, gradient + start, first_moment + start, second_moment + start, delta, count);
    philox(update->seed, update->stream, start / 8, noise);
    for (intptr_t i = 0; i < count; i++) value[start + i] = (uint16_t)((bits_of(wide[i] + delta[i]) + noise[i]) >> 16);
  }
}

static void adamw_bfloat16_kahan(const bitnet_adamw *update, uint16_t *value, uint16_t *compensation,
                                 const float *gradient, float *first_moment, float *second_moment, intptr_t begin,
                                 intptr_t end) {
  float wide[CHUNK], delta[CHUNK];
  for (intptr_t start = begin; start < end; start += CHUNK) {
    intptr_t count = end - start < CHUNK ? end - start : CHUNK;
    for (intptr_t i = 0; i < count; i++) wide[i] = widen(value[start + i]);
    adamw_deltas(update, wide, gradient + start, first_moment + start, second_moment + start, delta, count);
    for (intptr_t i = 0; i < count; i++) {
      float change = widen(compensation[start + i]) + delta[i];
      uint16_t rounded = narrow_nearest(wide[i] + change);
      value[start + i] = rounded;
      compensation[start + i] = narrow_nearest(change - (widen(rounded) - wide[i]));
    }
  }
}

static double sum_of_squares(const float *values, intptr_t count) {
  enum { CHAINS = 8 };
  double chains[CHAINS] = {0};
  intptr_t i = 0;
  for (; i + CHAINS <= count; i += CHAINS) {
    for (intptr_t c = 0; c < CHAINS; c++) {
      double value = values[i + c];
      chains[c] += value * value;
    }
  }
  for (intptr_t c = 0; i < count; i++, c++) {
    double value = values[i];
    chains[c] += value * value;
  }
  double even = (chains[0] + chains[4]) + (chains[2] + chains[6]);
  double odd = (chains[1] + chains[5]) + (chains[3] + chains[7]);
  return even + odd;
}
