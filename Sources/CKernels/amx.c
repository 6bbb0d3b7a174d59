// Blocks of 32 × 32 outputs on Intel's tile unit: two tiles of rows times two tiles of columns.
#define _GNU_SOURCE  // syscall
#include "amx.h"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <immintrin.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#pragma clang attribute push(__attribute__((target("amx-tile,amx-int8,amx-bf16"))), apply_to = function)

#define TILE_ROWS 16
#define TILE_BYTES 64  // of a tile row: 64 int8, 32 bfloat16 or 16 sums

int bitnet_amx_is_usable(void) {
  uint32_t a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  int has_bf16 = d >> 22 & 1, has_tile = d >> 24 & 1, has_int8 = d >> 25 & 1;
  if (!has_bf16 || !has_tile || !has_int8) return 0;
  // The tile state is large, so Linux wants to be asked for it, once per process (ARCH_REQ_XCOMP_PERM, XTILEDATA).
  return syscall(SYS_arch_prctl, 0x1023, 18) == 0;
}

void bitnet_amx_begin(void) {
  struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
  } configuration;
  memset(&configuration, 0, sizeof configuration);
  configuration.palette = 1;
  for (int tile = 0; tile < 8; tile++) configuration.row_bytes[tile] = TILE_BYTES, configuration.rows[tile] = TILE_ROWS;
  _tile_loadconfig(&configuration);
}

void bitnet_amx_end(void) { _tile_release(); }

// Tiles 0-3 are sums, 4 and 5 rows, 6 and 7 columns.
void bitnet_amx_ternary_block(const int8_t *q, intptr_t code_stride, const uint8_t *panels, int32_t *sums) {
  _tile_zero(0), _tile_zero(1), _tile_zero(2), _tile_zero(3);
  const uint8_t *second_panel = panels + code_stride * BITNET_PANEL_COLUMNS;
  for (intptr_t k = 0; k < code_stride; k += TILE_BYTES) {
    _tile_loadd(4, q + k, code_stride);
    _tile_loadd(5, q + TILE_ROWS * code_stride + k, code_stride);
    _tile_loadd(6, panels + k * BITNET_PANEL_COLUMNS, TILE_BYTES);
    _tile_loadd(7, second_panel + k * BITNET_PANEL_COLUMNS, TILE_BYTES);
    _tile_dpbsud(0, 4, 6);
    _tile_dpbsud(1, 4, 7);
    _tile_dpbsud(2, 5, 6);
    _tile_dpbsud(3, 5, 7);
  }
  const intptr_t stride = AMX_BLOCK * 4;
  _tile_stored(0, sums, stride);
  _tile_stored(1, sums + 16, stride);
  _tile_stored(2, sums + TILE_ROWS * AMX_BLOCK, stride);
  _tile_stored(3, sums + TILE_ROWS * AMX_BLOCK + 16, stride);
}

void bitnet_amx_bfloat16_block(const bitnet_bfloat16_operands *operands, intptr_t depth, int add, float *y,
                               intptr_t y_stride) {
  const intptr_t stride = y_stride * 4;
  float *lower = y + TILE_ROWS * y_stride;
  if (add) {
    _tile_loadd(0, y, stride);
    _tile_loadd(1, y + 16, stride);
    _tile_loadd(2, lower, stride);
    _tile_loadd(3, lower + 16, stride);
  } else {
    _tile_zero(0), _tile_zero(1), _tile_zero(2), _tile_zero(3);
  }
  const uint16_t *left = operands->left, *second_rows = left + operands->left_depth * TILE_ROWS;
  const uint16_t *panels = operands->panels, *second_panel = panels + operands->panel_depth * BITNET_PANEL_COLUMNS;
  for (intptr_t k = 0; k < depth; k += TILE_BYTES / 2) {
    _tile_loadd(4, left + k * TILE_ROWS, TILE_BYTES);
    _tile_loadd(6, panels + k * BITNET_PANEL_COLUMNS, TILE_BYTES);
    _tile_loadd(7, second_panel + k * BITNET_PANEL_COLUMNS, TILE_BYTES);
    _tile_loadd(5, second_rows + k * TILE_ROWS, TILE_BYTES);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, y, stride);
  _tile_stored(1, y + 16, stride);
  _tile_stored(2, lower, stride);
  _tile_stored(3, lower + 16, stride);
}

static void zero_tiles(void) {
  _tile_zero(0), _tile_zero(1), _tile_zero(2), _tile_zero(3);
  _tile_zero(4), _tile_zero(5), _tile_zero(6), _tile_zero(7);
}

intptr_t bitnet_amx_ternary_peak(intptr_t iterations) {
  bitnet_amx_begin();
  zero_tiles();
  for (intptr_t i = 0; i < iterations; i++) {
    _tile_dpbsud(0, 4, 6);
    _tile_dpbsud(1, 4, 7);
    _tile_dpbsud(2, 5, 6);
    _tile_dpbsud(3, 5, 7);
  }
  bitnet_amx_end();
  return iterations * 4 * 16 * 16 * 64;
}

intptr_t bitnet_amx_bfloat16_peak(intptr_t iterations) {
  bitnet_amx_begin();
  zero_tiles();
  for (intptr_t i = 0; i < iterations; i++) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  bitnet_amx_end();
  return iterations * 4 * 16 * 16 * 32;
}

#pragma clang attribute pop

#else

int bitnet_amx_is_usable(void) { return 0; }
void bitnet_amx_begin(void) {}
void bitnet_amx_end(void) {}
void bitnet_amx_ternary_block(const int8_t *q, intptr_t code_stride, const uint8_t *panels, int32_t *sums) {
  (void)q, (void)code_stride, (void)panels, (void)sums;
}
void bitnet_amx_bfloat16_block(const bitnet_bfloat16_operands *operands, intptr_t depth, int add, float *y,
                               intptr_t y_stride) {
  (void)operands, (void)depth, (void)add, (void)y, (void)y_stride;
}

intptr_t bitnet_amx_ternary_peak(intptr_t iterations) {
  (void)iterations;
  return 0;
}

intptr_t bitnet_amx_bfloat16_peak(intptr_t iterations) {
  (void)iterations;
  return 0;
}

#endif
