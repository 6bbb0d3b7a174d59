// Quantisation of weights and activations. Rounding and summation order are the same on every instruction set.

static float absolute_sum(const float *w, float center, intptr_t count) {
  float sums[16] = {0};
  intptr_t i = 0;
  for (; i + 16 <= count; i += 16)
    for (int lane = 0; lane < 16; lane++) sums[lane] += __builtin_fabsf(w[i + lane] - center);
  for (int lane = 0; i < count; i++, lane++) sums[lane] += __builtin_fabsf(w[i] - center);
  for (int half = 8; half > 0; half /= 2)
    for (int lane = 0; lane < half; lane++) sums[lane] += sums[lane + half];
  return sums[0];
}

// Compares bit patterns, so that a NaN counts as larger than everything and is not lost.
INLINE float absolute_maximum(const float *x, intptr_t count) {
  vi m = {0};
  intptr_t i = 0;
  for (; i < count; i += LANES) {
    vf values = i + LANES <= count ? load(x + i) : load_partial(x + i, count - i, 0.0f);
    vi magnitude = (vi)absolute(values);
    m = (vi)select(magnitude > m, (vf)magnitude, (vf)m);
  }
  int32_t largest = 0;
  for (int lane = 0; lane < LANES; lane++) largest = m[lane] > largest ? m[lane] : largest;
  float result;
  __builtin_memcpy(&result, &largest, sizeof result);
  return result;
}

static void quantize_rows(const float *x, intptr_t rows, intptr_t columns, int8_t *codes, intptr_t code_stride,
                          float *scales, int32_t *sums) {
  typedef int8_t vb __attribute__((vector_size(LANES), aligned(1)));
  for (intptr_t row = 0; row < rows; row++, x += columns, codes += code_stride) {
    float largest = absolute_maximum(x, columns);
    sums[row] = 0;
    if (!(largest < __builtin_inff())) {
      // A row with a NaN or an infinity has no codes; its scale makes every product NaN, which the trainer reports.
      scales[row] = __builtin_nanf("");
      __builtin_memset(codes, 0, (size_t)code_stride);
      continue;
    }
    float scale = 127.0f / (largest > 1e-5f ? largest : 1e-5f);
    vi sum = {0};
    intptr_t i = 0;
    for (; i < columns; i += LANES) {
      intptr_t left = columns - i;
      // Rounding of the product can carry |x * scale| to 127.00001 at most: the clip is the rounding.
      vf rounded = round_half_even((left >= LANES ? load(x + i) : load_partial(x + i, left, 0.0f)) * scale);
      vi code = __builtin_convertvector(rounded, vi);
      sum += code;
      vb narrow = __builtin_convertvector(code, vb);
      if (left >= LANES) *(vb *)(codes + i) = narrow;
      else
        for (int lane = 0; lane < left; lane++) codes[i + lane] = narrow[lane];
    }
    for (i = columns; i < code_stride; i++) codes[i] = 0;
    for (int lane = 0; lane < LANES; lane++) sums[row] += sum[lane];
    scales[row] = scale;
  }
}

static void dequantize_rows(const int8_t *codes, intptr_t code_stride, const float *scales, intptr_t rows,
                            intptr_t columns, float *x) {
  for (intptr_t row = 0; row < rows; row++, codes += code_stride, x += columns)
    for (intptr_t i = 0; i < columns; i++) x[i] = (float)codes[i] / scales[row];
}

INLINE uint8_t biased_code(float w, float gamma, float center, int binary) {
  if (binary) return w - center > 0.0f ? 2 : 0;
  float ratio = w / gamma;
  // Half to even: ±0.5 is 0, and beyond 1.5 the clip decides.
  return ratio > 0.5f ? 2 : ratio < -0.5f ? 0 : 1;
}

static void pack_codes(const float *w, intptr_t rows, intptr_t columns, float gamma, float center, int binary,
                       uint8_t *panels, intptr_t first_panel, intptr_t last_panel) {
  intptr_t groups = (columns + 3) / 4;
  for (intptr_t panel = first_panel; panel < last_panel; panel++)
    for (intptr_t lane = 0; lane < BITNET_PANEL_COLUMNS; lane++) {
      intptr_t row = panel * BITNET_PANEL_COLUMNS + lane;
      uint8_t *to = panels + panel * groups * 64 + lane * 4;
      const float *from = w + row * columns;
      intptr_t whole = row < rows ? columns / 4 : 0;
      for (intptr_t group = 0; group < whole; group++)
        for (int i = 0; i < 4; i++) to[group * 64 + i] = biased_code(from[group * 4 + i], gamma, center, binary);
      for (intptr_t group = whole; group < groups; group++)
        for (int i = 0; i < 4; i++) {
          intptr_t column = group * 4 + i;
          int exists = row < rows && column < columns;
          to[group * 64 + i] = exists ? biased_code(from[column], gamma, center, binary) : 1;
        }
    }
}

static void unpack_codes(const uint8_t *panels, intptr_t rows, intptr_t columns, float gamma, float *w,
                         intptr_t first_panel, intptr_t last_panel) {
  intptr_t groups = (columns + 3) / 4;
  const float values[3] = {-gamma, 0.0f, gamma};
  for (intptr_t panel = first_panel; panel < last_panel; panel++)
    for (intptr_t lane = 0; lane < BITNET_PANEL_COLUMNS; lane++) {
      intptr_t row = panel * BITNET_PANEL_COLUMNS + lane;
      if (row >= rows) break;
      const uint8_t *from = panels + panel * groups * 64 + lane * 4;
      float *to = w + row * columns;
      for (intptr_t column = 0; column < columns; column++) to[column] = values[from[column / 4 * 64 + column % 4]];
    }
}
