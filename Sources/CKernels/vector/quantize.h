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

// x[i] … x[i + LANES - 1], or with a gain x * r * gain, as the norm computes it; zeros behind the columns.
// Whether there is a gain is a constant at every call.
INLINE vf row_vector(const float *x, const float *gain, float r, intptr_t i, intptr_t columns) {
  vf value = load_padded(x, i, columns);
  return gain ? value * r * load_padded(gain, i, columns) : value;
}

// Compares bit patterns, so that a NaN counts as larger than everything and is not lost.
INLINE float absolute_maximum(const float *x, const float *gain, float r, intptr_t columns) {
  vi m = {0};
  for (intptr_t i = 0; i < columns; i += LANES) {
    vi magnitude = (vi)absolute(row_vector(x, gain, r, i, columns));
    m = (vi)select(magnitude > m, (vf)magnitude, (vf)m);
  }
  int32_t largest = 0;
  for (int lane = 0; lane < LANES; lane++) largest = m[lane] > largest ? m[lane] : largest;
  float result;
  __builtin_memcpy(&result, &largest, sizeof result);
  return result;
}

INLINE void quantize_row(const float *x, const float *gain, float r, intptr_t columns, int8_t *codes,
                         intptr_t code_stride, float *scale, int32_t *code_sum) {
  typedef int8_t vb __attribute__((vector_size(LANES), aligned(1)));
  float largest = absolute_maximum(x, gain, r, columns);
  *code_sum = 0;
  if (!(largest < __builtin_inff())) {
    // A row with a NaN or an infinity has no codes; its scale makes every product NaN, which the trainer reports.
    *scale = __builtin_nanf("");
    __builtin_memset(codes, 0, (size_t)code_stride);
    return;
  }
  *scale = 127.0f / (largest > 1e-5f ? largest : 1e-5f);
  vi sum = {0};
  for (intptr_t i = 0; i < columns; i += LANES) {
    intptr_t left = columns - i;
    // Rounding of the product can carry |x * scale| to 127.00001 at most: the clip is the rounding.
    vi code = __builtin_convertvector(round_half_even(row_vector(x, gain, r, i, columns) * *scale), vi);
    sum += code;
    vb narrow = __builtin_convertvector(code, vb);
    if (left >= LANES) *(vb *)(codes + i) = narrow;
    else
      for (int lane = 0; lane < left; lane++) codes[i + lane] = narrow[lane];
  }
  for (intptr_t i = columns; i < code_stride; i++) codes[i] = 0;
  for (int lane = 0; lane < LANES; lane++) *code_sum += sum[lane];
}

static void quantize_rows(const float *x, intptr_t rows, intptr_t columns, int8_t *codes, intptr_t code_stride,
                          float *scales, int32_t *sums) {
  for (intptr_t row = 0; row < rows; row++)
    quantize_row(x + row * columns, 0, 1.0f, columns, codes + row * code_stride, code_stride, scales + row, sums + row);
}

static void dequantize_rows(const int8_t *codes, intptr_t code_stride, const float *scales, intptr_t rows,
                            intptr_t columns, float *x) {
  for (intptr_t row = 0; row < rows; row++, codes += code_stride, x += columns)
    for (intptr_t i = 0; i < columns; i++) x[i] = (float)codes[i] / scales[row];
}

INLINE uint8_t biased_code(float w, float gamma, float center, int binary) {
  if (binary) return (uint8_t)((w - center > 0.0f) * 2);
  float ratio = w / gamma;
  // Half to even: ±0.5 is 0, and beyond 1.5 the clip decides.
  return (uint8_t)(1 + (ratio > 0.5f) - (ratio < -0.5f));
}

// 16 columns of one row into four groups of its panel.
INLINE void pack_sixteen(const float *w, float gamma, float center, int binary, uint8_t *to) {
  uint8_t codes[16];
  for (int i = 0; i < 16; i++) codes[i] = biased_code(w[i], gamma, center, binary);
  for (int group = 0; group < 4; group++) __builtin_memcpy(to + group * 64, codes + group * 4, 4);
}

static void pack_codes(const float *w, intptr_t rows, intptr_t columns, float gamma, float center, int binary,
                       uint8_t *panels, intptr_t first_panel, intptr_t last_panel) {
  intptr_t groups = (columns + 3) / 4;
  for (intptr_t panel = first_panel; panel < last_panel; panel++)
    for (intptr_t lane = 0; lane < BITNET_PANEL_COLUMNS; lane++) {
      intptr_t row = panel * BITNET_PANEL_COLUMNS + lane;
      uint8_t *to = panels + panel * groups * 64 + lane * 4;
      const float *from = w + row * columns;
      intptr_t column = 0, whole = row < rows ? columns / 16 * 16 : 0;
      if (binary)
        for (; column < whole; column += 16) pack_sixteen(from + column, gamma, center, 1, to + column * 16);
      else
        for (; column < whole; column += 16) pack_sixteen(from + column, gamma, center, 0, to + column * 16);
      for (; column < groups * 4; column++) {
        int exists = row < rows && column < columns;
        to[column / 4 * 64 + column % 4] = exists ? biased_code(from[column], gamma, center, binary) : 1;
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
