#ifndef BN_OPTIMIZER_H
#define BN_OPTIMIZER_H

#include <stddef.h>
#include <stdint.h>

/// The scalars of one AdamW update; see `AdamWUpdate` in Kernels.
typedef struct {
  /// Multiplies the accumulated gradient: 1/tokens, and the factor of norm clipping.
  float gradient_scale;
  float beta1, one_minus_beta1;
  float beta2, one_minus_beta2;
  /// lr / (1 - beta1^t)
  float step_size;
  /// 1 / sqrt(1 - beta2^t)
  float inverse_root_correction;
  float epsilon;
  /// lr * weight decay
  float decay;
  /// Philox key and stream of stochastic rounding.
  uint64_t seed, stream;
} bn_adamw_arguments;

// One pass over the elements [begin, end): moments, bias correction, decoupled decay, rounding to the master's format.
// `begin` is a multiple of 8. Every element is computed by the same sequence of IEEE operations without contraction, so
// that results depend neither on the partition nor on the instruction set.

void bn_adamw_float32(const bn_adamw_arguments *arguments, float *value, const float *gradient, float *first_moment,
                      float *second_moment, size_t begin, size_t end);

void bn_adamw_bfloat16_nearest(const bn_adamw_arguments *arguments, uint16_t *value, const float *gradient,
                               float *first_moment, float *second_moment, size_t begin, size_t end);

void bn_adamw_bfloat16_stochastic(const bn_adamw_arguments *arguments, uint16_t *value, const float *gradient,
                                  float *first_moment, float *second_moment, size_t begin, size_t end);

/// `compensation` (bfloat16) holds what rounding has lost so far.
void bn_adamw_bfloat16_kahan(const bn_adamw_arguments *arguments, uint16_t *value, uint16_t *compensation,
                             const float *gradient, float *first_moment, float *second_moment, size_t begin,
                             size_t end);

/// The sum of squares in double precision, in a fixed order. Infinite or NaN exactly when an element is.
double bn_sum_of_squares(const float *values, size_t count);

#endif
