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

// Reads whole lines, and returns something that depends on them. Eight streams with the next lines asked for beforehand:
// a single one waits for the memory's latency.
static uint32_t read_memory(const void *bytes, intptr_t count) {
  enum { streams = 8, line = 64, ahead = 4096 };
  const char *p = bytes;
  const intptr_t length = count / (streams * line) * line;
  vi sums[streams] = {{0}};
  for (intptr_t i = 0; i < length; i += line)
    for (int stream = 0; stream < streams; stream++) {
      const char *from = p + stream * length + i;
      __builtin_prefetch(from + ahead);
      for (int at = 0; at < line; at += BYTES_OF_VECTOR) sums[stream] ^= (vi)*(const vu_unaligned *)(from + at);
    }
  vi all = sums[0];
  for (int stream = 1; stream < streams; stream++) all ^= sums[stream];
  uint32_t result = 0;
  for (int lane = 0; lane < LANES; lane++) result ^= (uint32_t)all[lane];
  return result;
}
