// Softmax cross-entropy of rows of logits.

INLINE float row_log_sum(const float *logits, intptr_t columns) {
  vf m = splat(-__builtin_inff());
  intptr_t i = 0;
  for (; i + LANES <= columns; i += LANES) m = maximum(load(logits + i), m);
  if (i < columns) m = maximum(load_partial(logits + i, columns - i, -__builtin_inff()), m);
  float largest = maximum_lane(m);
  row_sum sum = empty_sum();
  for (i = 0; i + SUM_CHAINS <= columns; i += SUM_CHAINS)
    for (int j = 0; j < SUM_VECTORS; j++) sum.chains[j] += exponential(load(logits + i + j * LANES) - largest);
  for (int j = 0; i < columns; i += LANES, j++) {
    vf last = i + LANES <= columns ? load(logits + i) : load_partial(logits + i, columns - i, -__builtin_inff());
    sum.chains[j] += exponential(last - largest);
  }
  return largest + __builtin_logf(folded(sum));
}

static void cross_entropy(const float *logits, intptr_t rows, intptr_t columns, const int32_t *targets, float *losses,
                          float *log_sums) {
  for (intptr_t row = 0; row < rows; row++, logits += columns) {
    log_sums[row] = row_log_sum(logits, columns);
    losses[row] = targets[row] < 0 ? 0.0f : log_sums[row] - logits[targets[row]];
  }
}

static void cross_entropy_backward(float *logits, intptr_t rows, intptr_t columns, const int32_t *targets,
                                   const float *log_sums, const float *dlosses) {
  for (intptr_t row = 0; row < rows; row++, logits += columns) {
    if (targets[row] < 0) {
      for (intptr_t i = 0; i < columns; i++) logits[i] = 0.0f;
      continue;
    }
    float slope = dlosses[row];
    intptr_t i = 0;
    for (; i + LANES <= columns; i += LANES)
      store(logits + i, exponential(load(logits + i) - log_sums[row]) * slope);
    if (i < columns)
      store_partial(logits + i, columns - i,
                    exponential(load_partial(logits + i, columns - i, 0.0f) - log_sums[row]) * slope);
    logits[targets[row]] -= slope;
  }
}
