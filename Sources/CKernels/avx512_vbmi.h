// What AVX-512 with byte permutations (VBMI) adds to the tables in avx512.c.
#ifndef BITNET_AVX512_VBMI_H
#define BITNET_AVX512_VBMI_H

#include "CKernels.h"

#define PACKED_KERNEL(entry) __typeof__(*((const bitnet_packed_kernels *)0)->entry)

PACKED_KERNEL(unpack) bitnet_avx512_unpack_triples;
PACKED_KERNEL(matmul) bitnet_avx512_triple_matmul;

#endif
