// Matrix products on Intel's tile unit (AMX), for the AVX-512 table of processors that have one.
#ifndef BITNET_AMX_H
#define BITNET_AMX_H

#include "CKernels.h"

// Rows and columns that one tile block covers: 2 × 2 tiles of 16.
#define AMX_BLOCK 32

// Whether processor and operating system offer AMX with int8 and bfloat16; asks Linux for the tile state once.
int bitnet_amx_is_usable(void);

// int32 sums of a block of AMX_BLOCK rows of q and two panels of codes; code_stride is a multiple of 64.
void bitnet_amx_ternary_block(const int8_t *q, intptr_t code_stride, const uint8_t *panels, int32_t *sums);

// Where a block begins in a left operand and in panels of a right one, and the depths of these operands.
typedef struct {
  const uint16_t *left, *panels;
  intptr_t left_depth, panel_depth;
} bitnet_bfloat16_operands;

// y (+)= the product of AMX_BLOCK rows and two panels over `depth`, a multiple of 32.
void bitnet_amx_bfloat16_block(const bitnet_bfloat16_operands *operands, intptr_t depth, int add, float *y,
                               intptr_t y_stride);

// The tile products on tile registers alone; return the multiply-adds done.
intptr_t bitnet_amx_ternary_peak(intptr_t iterations);
intptr_t bitnet_amx_bfloat16_peak(intptr_t iterations);

// Tiles are per thread: set up before the first block of a call, released after the last.
void bitnet_amx_begin(void);
void bitnet_amx_end(void);

#endif
