// One table of kernels: the including file has defined every kernel, KERNELS_NAME, TABLE (the variable), and what
// differs from the entries here.
#ifndef ATTENTION_BACKWARD_BFLOAT16
#define ATTENTION_BACKWARD_BFLOAT16 0
#endif
#ifndef TERNARY_PEAK
#define TERNARY_PEAK ternary_peak
#endif
#ifndef BFLOAT16_PEAK
#define BFLOAT16_PEAK 0
#endif
#ifndef TERNARY_MATMUL
#define TERNARY_MATMUL ternary_matmul
#endif
#ifndef BFLOAT16_MATMUL
#define BFLOAT16_MATMUL 0
#endif
#ifndef BFLOAT16_GRADIENT
#define BFLOAT16_GRADIENT bfloat16_gradient
#endif
#ifndef HAS_BFLOAT16_PRODUCTS
#define HAS_BFLOAT16_PRODUCTS 0
#endif
#ifndef TRIPLES
#define TRIPLES {pack_triples, unpack_triples, triple_matmul}
#endif
#ifndef PACKED_LAYOUT
#define PACKED_LAYOUT BITNET_PACKED_TWO_BITS
#endif

static const bitnet_kernels TABLE = {
    .name = KERNELS_NAME,
    .has_bfloat16_products = HAS_BFLOAT16_PRODUCTS,
    .absolute_sum = absolute_sum,
    .quantize_rows = quantize_rows,
    .dequantize_rows = dequantize_rows,
    .pack_codes = pack_codes,
    .unpack_codes = unpack_codes,
    .ternary_matmul = TERNARY_MATMUL,
    .bfloat16_gradient = BFLOAT16_GRADIENT,
    .bfloat16_transposed_codes = bfloat16_transposed_codes,
    .bfloat16_code_pairs = bfloat16_code_pairs,
    .bfloat16_matmul = BFLOAT16_MATMUL,
    .transpose = transpose,
    .pack_floats = pack_floats,
    .float_matmul = float_matmul,
    .rms_norm = rms_norm,
    .rms_norm_quantize = rms_norm_quantize,
    .rms_norm_backward = rms_norm_backward,
    .rope = rope,
    .gated = gated,
    .gated_backward = gated_backward,
    .gated_norm_quantize = gated_norm_quantize,
    .gated_norm_backward = gated_norm_backward,
    .attention_pack = attention_pack,
    .attention_forward = attention_forward,
    .attention_backward = attention_backward,
    .attention_backward_bfloat16 = ATTENTION_BACKWARD_BFLOAT16,
    .cross_entropy = cross_entropy,
    .cross_entropy_backward = cross_entropy_backward,
    .largest_logits = largest_logits,
    .sampling_weights = sampling_weights,
    .weights_of_numbers = weights_of_numbers,
    .weights_between = weights_between,
    .adamw_float32 = adamw_float32,
    .adamw_bfloat16_nearest = adamw_bfloat16_nearest,
    .adamw_bfloat16_stochastic = adamw_bfloat16_stochastic,
    .adamw_bfloat16_kahan = adamw_bfloat16_kahan,
    .sum_of_squares = sum_of_squares,
    .dropout = dropout,
    .two_bits = {pack_two_bits, unpack_two_bits, two_bit_matmul},
    .triples = TRIPLES,
    .packed_layout = PACKED_LAYOUT,
    .pack_table = pack_table,
    .stored_matmul = stored_matmul,
    .quantize_16_bits = quantize_16_bits,
    .q8_matmul = q8_matmul,
    .read_memory = read_memory,
    .float_peak = float_peak,
    .ternary_peak = TERNARY_PEAK,
    .bfloat16_peak = BFLOAT16_PEAK,
};
#undef TABLE
#undef TERNARY_PEAK
#undef BFLOAT16_PEAK
#undef TERNARY_MATMUL
#undef BFLOAT16_MATMUL
#undef BFLOAT16_GRADIENT
#undef ATTENTION_BACKWARD_BFLOAT16
#undef HAS_BFLOAT16_PRODUCTS
#undef TRIPLES
#undef PACKED_LAYOUT
