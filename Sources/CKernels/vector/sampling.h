// What is computed of every logit when a token is drawn.

typedef double vd __attribute__((vector_size(BYTES_OF_VECTOR)));
typedef double vd_unaligned __attribute__((vector_size(BYTES_OF_VECTOR), aligned(8)));
typedef int64_t vl __attribute__((vector_size(BYTES_OF_VECTOR)));
typedef float vf_half __attribute__((vector_size(BYTES_OF_VECTOR / 2)));
typedef float vf_half_unaligned __attribute__((vector_size(BYTES_OF_VECTOR / 2), aligned(4)));
#define DOUBLE_LANES (LANES / 2)
// Every sum runs in 8 chains, however wide a vector is.
#define WEIGHT_CHAINS 8
#define WEIGHT_VECTORS (WEIGHT_CHAINS / DOUBLE_LANES)

static int largest_logits(const float *logits, intptr_t count, float *block_maxima) {
  const float infinity = __builtin_inff();
  vi refused = (vi)splat(0.0f);
  for (intptr_t i = 0; i < count; i += BITNET_LOGIT_BLOCK) {
    vf largest = splat(-infinity);
    for (intptr_t k = i; k < i + BITNET_LOGIT_BLOCK && k < count; k += LANES) {
      vf x = k + LANES <= count ? load(logits + k) : load_partial(logits + k, count - k, -infinity);
      refused |= ~(x < infinity);
      largest = maximum(x, largest);
    }
    block_maxima[i / BITNET_LOGIT_BLOCK] = maximum_lane(largest);
  }
  for (int lane = 0; lane < LANES; lane++)
    if (refused[lane]) return 0;
  return 1;
}

// 2^n * polynomial(r), x = n ln 2 + r, |r| <= ln 2 / 2, for -708 <= x <= 0: the series of exp to the 13th power.
INLINE vd double_exponential(vd x) {
  const double magic = 6755399441055744.0;  // 1.5 * 2^52: an addition rounds to whole numbers
  vd shifted = x * 1.4426950408889634 + magic, n = shifted - magic;
  vd r = (x - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33;
  // Pairs of terms, then pairs of pairs: few steps wait for others.
  vd r2 = r * r, r4 = r2 * r2;
  vd lowest = (r + 1.0) + (r * (1.0 / 6) + 0.5) * r2;
  vd low = (r * (1.0 / 120) + 1.0 / 24) + (r * (1.0 / 5040) + 1.0 / 720) * r2;
  vd high = (r * (1.0 / 362880) + 1.0 / 40320) + (r * (1.0 / 39916800) + 1.0 / 3628800) * r2;
  vd highest = r * (1.0 / 6227020800) + 1.0 / 479001600;
  vd p = (lowest + low * r4) + (high + highest * r4) * (r4 * r4);
  return (vd)((vl)p + ((vl)shifted << 52));
}

INLINE vd sampling_weight(vd logits, double maximum, double inverse_temperature, double least) {
  vd x = (logits - maximum) * inverse_temperature;
  vl is_small = x < -700.0;
  vd weight = double_exponential((vd)((vl)x & ~is_small));
  return (vd)((vl)weight & ~is_small & (weight >= least));
}

// A block, or the last part of one.
INLINE double block_of_weights(const float *logits, intptr_t count, double maximum, double inverse_temperature,
                               double least, double *weights) {
  vd sums[WEIGHT_VECTORS] = {};
  intptr_t i = 0;
  for (; i + WEIGHT_CHAINS <= count; i += WEIGHT_CHAINS)
    for (int j = 0; j < WEIGHT_VECTORS; j++) {
      intptr_t at = i + j * DOUBLE_LANES;
      vd widened = __builtin_convertvector(*(const vf_half_unaligned *)(logits + at), vd);
      vd weight = sampling_weight(widened, maximum, inverse_temperature, least);
      *(vd_unaligned *)(weights + at) = weight;
      sums[j] += weight;
    }
  double total = 0;
  for (int chain = 0; chain < WEIGHT_CHAINS; chain++) total += sums[chain / DOUBLE_LANES][chain % DOUBLE_LANES];
  for (; i < count; i++) {
    vd weight = sampling_weight((vd){} + logits[i], maximum, inverse_temperature, least);
    weights[i] = weight[0];
    total += weight[0];
  }
  return total;
}

static void sampling_weights(const float *logits, intptr_t count, double maximum, double inverse_temperature,
                             double least, double *weights, double *block_sums) {
  for (intptr_t i = 0; i < count; i += BITNET_LOGIT_BLOCK) {
    intptr_t length = count - i < BITNET_LOGIT_BLOCK ? count - i : BITNET_LOGIT_BLOCK;
    block_sums[i / BITNET_LOGIT_BLOCK] =
        block_of_weights(logits + i, length, maximum, inverse_temperature, least, weights + i);
  }
}

static void weights_of_numbers(const double *logits, intptr_t count, double maximum, double inverse_temperature,
                               double least, double *weights) {
  for (intptr_t i = 0; i < count; i++)
    weights[i] = sampling_weight((vd){} + logits[i], maximum, inverse_temperature, least)[0];
}

// Writes the places of the weights in [least, limit); returns how many.
static intptr_t weights_between(const double *weights, intptr_t count, double least, double limit, int32_t *places) {
  intptr_t found = 0, i = 0;
  for (; i + 2 * WEIGHT_CHAINS <= count; i += 2 * WEIGHT_CHAINS) {
    vl any = {};
    for (int j = 0; j < 2 * WEIGHT_VECTORS; j++) {
      vd weight = *(const vd_unaligned *)(weights + i + j * DOUBLE_LANES);
      any |= (weight >= least) & (weight < limit);
    }
    if (!__builtin_reduce_or(any)) continue;
    for (intptr_t k = i; k < i + 2 * WEIGHT_CHAINS; k++)
      if (weights[k] >= least && weights[k] < limit) places[found++] = (int32_t)k;
  }
  for (; i < count; i++)
    if (weights[i] >= least && weights[i] < limit) places[found++] = (int32_t)i;
  return found;
}
