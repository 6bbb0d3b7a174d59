// Products with packed ternary codes.
//
// Packed panels have 16 output rows side by side, as the panels of ternary_matmul do: a line of 64 bytes is one word of
// each row. The layouts differ in what a word says: packed_two_bits.h, packed_triples.h.

#define PACKED_LINE 64
#define PACKED_PANELS 4  // that are read side by side at most

#define FAR_AHEAD 4096  // more than memory delivers to a stream in its latency

// Bytes from the place `at` of one of `panels` panels that are read side by side to the line that is asked for there:
// `distance`, and at the end of a panel the beginning of the one to be read next.
INLINE intptr_t prefetch_distance(intptr_t at, intptr_t panel_bytes, int panels, intptr_t distance) {
  intptr_t ahead = panel_bytes < distance ? panel_bytes : distance;
  return at + ahead < panel_bytes ? ahead : ahead + (panels - 1) * panel_bytes;
}

// Σ q·(code + 1) of a row of activations with neighbouring panels; `panels` is a constant at every call.
typedef void packed_sums(const int8_t *q, const uint8_t *packed, intptr_t columns, int panels,
                         vi (*sums)[PANEL_VECTORS]);

// The product of a layout; `sums_of` and `together`, the panels that it takes side by side, are constants at every call.
INLINE void packed_products(packed_sums sums_of, int together, bitnet_packed_layout layout, const int8_t *q,
                            intptr_t code_stride, const float *scales, const int32_t *row_sums, intptr_t rows,
                            const uint8_t *packed, intptr_t outputs, intptr_t columns, intptr_t first_panel,
                            intptr_t last_panel, float gamma, const float *addend, float *y, intptr_t y_stride) {
  const intptr_t panel_bytes = bitnet_packed_panel_bytes(layout, columns);
  int count;
  for (intptr_t panel = first_panel; panel < last_panel; panel += count) {
    const uint8_t *from = packed + panel * panel_bytes;
    count = panel + together <= last_panel ? together : 1;
    for (intptr_t row = 0; row < rows; row++) {
      vi sums[PACKED_PANELS][PANEL_VECTORS];
      if (count == together) sums_of(q + row * code_stride, from, columns, together, sums);
      else sums_of(q + row * code_stride, from, columns, 1, sums);
      for (int p = 0; p < count; p++)
        for (int j = 0; j < PANEL_VECTORS; j++) {
          intptr_t column = (panel + p) * BITNET_PANEL_COLUMNS + j * LANES;
          if (column >= outputs) break;
          vf result = __builtin_convertvector(sums[p][j] - row_sums[row], vf) * (gamma / scales[row]);
          if (addend) result = load_padded(addend + row * y_stride, column, outputs) + result;
          store_padded(y + row * y_stride, column, outputs, result);
        }
    }
  }
}
