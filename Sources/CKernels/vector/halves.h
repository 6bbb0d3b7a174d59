// Conversions between IEEE half precision and float, without branches.

#ifndef WIDEN_HALVES
INLINE vf widened_halves(const void *from) {
  vu half = __builtin_convertvector(*(const vh_unaligned *)from, vu), magnitude = half & 0x7FFF;
  // The exponent of a normal number is off by 112; a subnormal one is a multiple of 2^-24.
  vf normal = (vf)((magnitude << 13) + (112u << 23)), special = (vf)(magnitude << 13 | 0x7F800000);
  vf subnormal = __builtin_convertvector((vi)magnitude, vf) * 0x1p-24f;
  vf value = select((vi)(magnitude >= 0x400), normal, subnormal);
  value = select((vi)(magnitude >= 0x7C00), special, value);
  return (vf)((vu)value | (half & 0x8000) << 16);
}
#define WIDEN_HALVES widened_halves
#endif

// To nearest, ties to even. The compiler makes vectors of it.
INLINE void narrow_floats(const float *values, intptr_t count, uint16_t *halves) {
  for (intptr_t i = 0; i < count; i++) {
    uint32_t bits, aligned;
    __builtin_memcpy(&bits, values + i, 4);
    uint32_t magnitude = bits & 0x7FFFFFFF;
    uint32_t normal = ((magnitude + 0xFFF + (magnitude >> 13 & 1)) >> 13) - (112u << 10);
    // Beside 0.5 the last place of a float is 2^-24, that of subnormal halves: the addition rounds.
    float small = (magnitude < 0x38800000 ? __builtin_fabsf(values[i]) : 0.0f) + 0.5f;
    __builtin_memcpy(&aligned, &small, 4);
    uint32_t half = magnitude < 0x38800000 ? aligned - 0x3F000000 : normal;
    half = magnitude >= 0x477FF000 ? 0x7C00 : half;  // 65520 is half-way to what would be the next number
    half = magnitude > 0x7F800000 ? 0x7E00 : half;
    halves[i] = (uint16_t)(half | (bits >> 16 & 0x8000));
  }
}
