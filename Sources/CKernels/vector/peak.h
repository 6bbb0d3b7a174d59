// What the instructions of this set reach on registers alone: the roofs that measured rates are compared with.

// Returns the multiply-adds done.
static intptr_t float_peak(intptr_t iterations) {
  enum { chains = 12 };
  vf sums[chains], x = splat(1.0f), y = splat(1e-6f);
  for (int i = 0; i < chains; i++) sums[i] = splat((float)i);
  for (intptr_t n = 0; n < iterations; n++)
    for (int i = 0; i < chains; i++) sums[i] = MULTIPLY_ADD(x, y, sums[i]);
  for (int i = 1; i < chains; i++) sums[0] += sums[i];
  volatile float kept = sums[0][0];
  (void)kept;
  return iterations * chains * LANES;
}
