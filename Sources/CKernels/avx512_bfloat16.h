// What AVX-512 with bfloat16 instructions (BF16) adds to the tables in avx512.c.
#ifndef BITNET_AVX512_BFLOAT16_H
#define BITNET_AVX512_BFLOAT16_H

#include "CKernels.h"

#define KERNEL(entry) __typeof__(*((const bitnet_kernels *)0)->entry)

KERNEL(bfloat16_gradient) bitnet_avx512_bfloat16_gradient;
KERNEL(bfloat16_peak) bitnet_avx512_bfloat16_peak;
// By dot products, and on the tiles of amx.h.
KERNEL(bfloat16_matmul) bitnet_avx512_bfloat16_matmul, bitnet_amx_bfloat16_matmul;
KERNEL(attention_backward_bfloat16) bitnet_avx512_attention_backward, bitnet_amx_attention_backward;

#endif
