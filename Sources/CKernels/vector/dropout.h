// Inverted dropout. Element e keeps its value, scaled, unless the (e mod 8)th half-word of the Philox4x32-10 block at index
// first_block + e / 8 is below the threshold.

static void dropout(const float *x, intptr_t begin, intptr_t end, uint64_t seed, uint64_t stream, uint64_t first_block,
                    uint32_t threshold, float scale, float *y) {
  uint16_t noise[CHUNK];
  for (intptr_t start = begin; start < end; start += CHUNK) {
    intptr_t count = end - start < CHUNK ? end - start : CHUNK;
    philox(seed, stream, first_block + (uint64_t)start / 8, noise);
    for (intptr_t i = 0; i < count; i++) y[start + i] = noise[i] < threshold ? 0.0f : x[start + i] * scale;
  }
}
