// a * b + c rounded once, for processors without such an instruction: what the other paths compute, bit for bit.

typedef struct {
  vf a, b, c;
} multiply_add_operands;

// By the C library, which is right for every operand and slow.
static __attribute__((noinline, cold)) void multiply_add_exactly(multiply_add_operands *o) {
  for (int lane = 0; lane < LANES; lane++) o->c[lane] = __builtin_fmaf(o->a[lane], o->b[lane], o->c[lane]);
}

// The product is exact in double precision, the sum is rounded to 53 bits, then to 24. The two roundings differ from one
// only where the first ends half way between two floats, or where floats have fewer bits: below 2^-126.
INLINE vf multiply_add(vf a, vf b, vf c) {
  typedef double vd __attribute__((vector_size(LANES * 8)));
  typedef int64_t vl __attribute__((vector_size(LANES * 8)));
  vd sum = __builtin_convertvector(a, vd) * __builtin_convertvector(b, vd) + __builtin_convertvector(c, vd);
  vi low = __builtin_convertvector((vl)sum, vi), high = __builtin_convertvector((vl)sum >> 32, vi) & 0x7FFFFFFF;
  vi is_doubtful = ((low & 0x1FFFFFFF) == 0x10000000) | ((high < 0x38100000) & (high > 0));
  if (__builtin_expect(__builtin_reduce_or(is_doubtful), 0)) {
    multiply_add_operands operands = {a, b, c};
    multiply_add_exactly(&operands);
    return operands.c;
  }
  return __builtin_convertvector(sum, vf);
}

#define MULTIPLY_ADD(a, b, c) multiply_add((a), (b), (c))
