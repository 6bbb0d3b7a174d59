// The inner loops of swift-bitnet, one implementation per instruction set, behind a table of function pointers.
//
// Conventions: all arguments are plain data; nothing here allocates or locks. "rows" are tokens. Strides count
// elements. Matrices are row-major. A function works on one thread; callers partition rows or columns.
//
// Every reduction runs in an order that depends on its length alone, never on how many rows or columns one call
// covers: a batch and a single row give the same bits. What the forward pass calls gives the same bits on every
// instruction set too.
#ifndef BITNET_CKERNELS_H
#define BITNET_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "Activations.h"
#include "PackedPanels.h"

// Keys per block of packed attention keys.
#define BITNET_KEY_BLOCK 64
// Query rows that attention works on together.
#define BITNET_QUERY_TILE 16

// How a table of real numbers is stored, row-major. Q8_0: blocks of 32 signed bytes, each after its float16 scale.
typedef enum {
  BITNET_STORED_FLOAT32 = 0,
  BITNET_STORED_FLOAT16 = 1,
  BITNET_STORED_BFLOAT16 = 2,
  BITNET_STORED_Q8_0 = 3
} bitnet_stored_format;

// Logits that share a maximum, and weights of sampling that share a sum.
#define BITNET_LOGIT_BLOCK 256

// Columns that share a scale in Q8_0 and in the activations for it.
#define BITNET_STORED_BLOCK 32

// Rows of activations in 16 bits, with a scale for each block of 32 columns: what Q8_0 is multiplied with. Kernels take
// either the codes or their bytes.
typedef struct {
  int16_t *codes;    // [rows][columns]
  int8_t *bytes;     // [rows][columns / 4][2][4]: codes are 256 · bytes[.][1] + bytes[.][0]
  int32_t *offsets;  // [rows][columns / 32]: -128 · Σ codes, as the codes of the table lie 128 higher in its panels
  float *scales;     // [rows][columns / 32]
} bitnet_16_bit_rows;

// One packed attention head: keys as blocks [BITNET_KEY_BLOCK keys] of [head_dimension][BITNET_KEY_BLOCK],
// values as [keys][padded_dimension] with zeros behind head_dimension.
typedef struct {
  intptr_t head_dimension;
  intptr_t padded_dimension;  // a multiple of 16
  float scale;                // 1 / sqrt(head_dimension)
  int in_halves;              // packed keys and values are float16, otherwise float32; backward kernels pack none
} bitnet_attention_shape;

// The scalars of one AdamW update.
typedef struct {
  float gradient_scale;  // multiplies the accumulated gradient
  float beta1, one_minus_beta1;
  float beta2, one_minus_beta2;
  float step_size;                // lr / (1 - beta1^t)
  float inverse_root_correction;  // 1 / sqrt(1 - beta2^t)
  float epsilon;
  float decay;            // lr * weight decay
  uint64_t seed, stream;  // Philox key and stream of stochastic rounding
} bitnet_adamw;

typedef struct {
  const char *name;
  // Whether bfloat16_matmul is there and faster than a float32 product: the processor has instructions for it.
  int has_bfloat16_products;

  // --- quantisation --------------------------------------------------------------------------------------------

  // Σ|w - center| of a row; 16 interleaved float32 sums, folded pairwise. The same bits on every instruction set.
  float (*absolute_sum)(const float *w, float center, intptr_t count);

  // Per row: scale = 127 / max(max|x|, 1e-5), code = clip(roundHalfEven(x * scale), -128, 127), sum = Σ code.
  // codes has `code_stride` bytes a row, a multiple of 4 ≥ columns; the rest is zeroed.
  void (*quantize_rows)(const float *x, intptr_t rows, intptr_t columns, int8_t *codes, intptr_t code_stride,
                        float *scales, int32_t *sums);

  // x = code / scale of the row.
  void (*dequantize_rows)(const int8_t *codes, intptr_t code_stride, const float *scales, intptr_t rows,
                          intptr_t columns, float *x);

  // Codes + 1 (0, 1, 2) of panels [first_panel, last_panel) of w [rows][columns]: panel p holds output rows
  // 16p…16p+15 as [columns / 4, rounded up][16][4] bytes; missing rows and columns hold 1 (code 0).
  // binary = 0: clip(roundHalfEven(w / gamma), -1, 1); binary = 1: the sign of w - center, 0 counting as -1.
  void (*pack_codes)(const float *w, intptr_t rows, intptr_t columns, float gamma, float center, int binary,
                     uint8_t *panels, intptr_t first_panel, intptr_t last_panel);

  // w = code * gamma, row-major, for the rows of panels [first_panel, last_panel).
  void (*unpack_codes)(const uint8_t *panels, intptr_t rows, intptr_t columns, float gamma, float *w,
                       intptr_t first_panel, intptr_t last_panel);

  // --- forward matrix products ---------------------------------------------------------------------------------

  // y[m][n] = (Σ_k q[m][k] * code[n][k]) * (gamma / scale[m]), plus addend[m][n] (with the stride of y) unless it is
  // NULL; the sum is an exact int32.
  void (*ternary_matmul)(const int8_t *q, intptr_t code_stride, const float *scales, const int32_t *sums,
                         intptr_t rows, const uint8_t *panels, intptr_t columns, float gamma, const float *addend,
                         float *y, intptr_t y_stride);

  // Packs w [rows][columns] into panels of 16 rows: [columns][16], missing rows zero.
  void (*pack_floats)(const float *w, intptr_t rows, intptr_t columns, float *panels, intptr_t first_panel,
                      intptr_t last_panel);

  // y[m][n] = Σ_k x[m][k] * w[n][k], accumulated in the order of k, from panels.
  void (*float_matmul)(const float *x, intptr_t x_stride, intptr_t rows, const float *panels, intptr_t depth,
                       intptr_t columns, float *y, intptr_t y_stride);

  // --- products with packed codes and stored tables -----------------------------------------------------------------

  // Both layouts, and the one with which a row is multiplied fastest.
  bitnet_packed_kernels two_bits, triples;
  bitnet_packed_layout packed_layout;

  // A table [rows][columns] in its stored format into panels of 16 rows, the first of them at `panels`.
  void (*pack_table)(const uint8_t *table, bitnet_stored_format format, intptr_t rows, intptr_t columns,
                     uint8_t *panels, intptr_t first_panel, intptr_t last_panel);
  // float_matmul from such panels of float32, float16 or bfloat16, the outputs of panels [first_panel, last_panel); the
  // bits are those of float_matmul with the widened table.
  void (*stored_matmul)(const float *x, intptr_t x_stride, intptr_t x_rows, const uint8_t *panels,
                        bitnet_stored_format format, intptr_t rows, intptr_t columns, intptr_t first_panel,
                        intptr_t last_panel, float *y, intptr_t y_stride);
  // x [rows][columns] in 16 bits.
  void (*quantize_16_bits)(const float *x, intptr_t rows, intptr_t columns, bitnet_16_bit_rows to);
  // The product with panels of Q8_0.
  void (*q8_matmul)(bitnet_16_bit_rows x, intptr_t x_rows, const uint8_t *panels, intptr_t rows, intptr_t columns,
                    intptr_t first_panel, intptr_t last_panel, float *y, intptr_t y_stride);
  // Reads whole vectors and returns something that depends on them: what memory can deliver.
  uint32_t (*read_memory)(const void *bytes, intptr_t count);

  // --- backward matrix products in bfloat16 ------------------------------------------------------------------------
  //
  // A left operand is tiles [rows / 16][depth / 32][16][32], a right one panels [columns / 16][depth / 2][16][2]. Rows,
  // columns and depth are padded with zeros to multiples of 32.

  // Rows [first, last) of dy [rows][columns] as a left operand of dy * alpha, which begins with row `first`, the depth
  // running over the columns, and into a right operand of all rows, dy[row] / divisors[row], the depth running over the
  // rows; either may be NULL. first is a multiple of 32, last one too or rows.
  void (*bfloat16_gradient)(const float *dy, intptr_t rows, intptr_t columns, intptr_t first, intptr_t last,
                            float alpha, const float *divisors, uint16_t *left, uint16_t *panels);
  // Left operand of the transposed codes, the depth running over the rows, for columns [first, last), multiples of 16.
  // Columns from code_stride on become zeros.
  void (*bfloat16_transposed_codes)(const int8_t *codes, intptr_t code_stride, intptr_t rows, intptr_t first,
                                    intptr_t last, uint16_t *left);
  // Right operand of the codes of a packed matrix [rows][columns], the depth running over the rows.
  void (*bfloat16_code_pairs)(const uint8_t *codes, intptr_t rows, intptr_t columns, uint16_t *panels,
                              intptr_t first_panel, intptr_t last_panel);
  // y[m][n] (+)= Σ_k left[m][k] * right[k][n]. left_depth is that of the whole left operand, `depth` the part of it, from
  // `left` on, that is multiplied, and the whole of the right one. NULL where it would not be used; the portable one is
  // there to compare with.
  void (*bfloat16_matmul)(const uint16_t *left, intptr_t left_depth, intptr_t rows, intptr_t depth,
                          const uint16_t *panels, intptr_t columns, int add, float *y, intptr_t y_stride);
  // y[column][row] (+)= x[row][column], x contiguous.
  void (*transpose)(const float *x, intptr_t rows, intptr_t columns, float *y, intptr_t y_stride, int add);

  // --- norms, positions, activations -----------------------------------------------------------------------------

  // y = x * r * gain with r = 1 / sqrt(mean(x²) + epsilon); r of each row is kept.
  void (*rms_norm)(const float *x, const float *gain, float epsilon, intptr_t rows, intptr_t columns, float *y,
                   float *reciprocal_rms);
  // The same followed by quantize_rows, without y.
  void (*rms_norm_quantize)(const float *x, const float *gain, float epsilon, intptr_t rows, intptr_t columns,
                            int8_t *codes, intptr_t code_stride, float *scales, int32_t *sums, float *reciprocal_rms);
  // dx (+)= r * (gain * dy - x * r² * mean(gain * dy * x)) and dgain[c] += Σ_rows dy * x * r.
  void (*rms_norm_backward)(const float *x, const float *gain, const float *reciprocal_rms, const float *dy,
                            intptr_t rows, intptr_t columns, float *dx, int add, float *dgain);

  // Rotates the pairs (i, i + half) of every head by the angle of the row's position; cosine and sine are
  // [position][half]. direction = 1 forward, -1 backward (the transpose). y may be x.
  void (*rope)(const float *x, intptr_t rows, intptr_t heads, intptr_t head_dimension, const float *cosine,
               const float *sine, const int32_t *positions, float direction, float *y);

  // y = activation(gate) * up.
  void (*gated)(const float *gate, const float *up, intptr_t count, bitnet_activation activation, float *y);
  void (*gated_backward)(const float *gate, const float *up, const float *dy, intptr_t count,
                         bitnet_activation activation, float *dgate, float *dup);

  // rms_norm_quantize of gated, without its result in memory. scratch: columns floats.
  void (*gated_norm_quantize)(const float *gate, const float *up, bitnet_activation activation, const float *gain,
                              float epsilon, intptr_t rows, intptr_t columns, int8_t *codes, intptr_t code_stride,
                              float *scales, int32_t *sums, float *reciprocal_rms, float *scratch);
  // rms_norm_backward and gated_backward, with gated computed again. dgain is added to. scratch: 2 * columns floats.
  void (*gated_norm_backward)(const float *gate, const float *up, bitnet_activation activation, const float *gain,
                              const float *reciprocal_rms, const float *dy, intptr_t rows, intptr_t columns,
                              float *dgate, float *dup, float *dgain, float *scratch);

  // --- attention ---------------------------------------------------------------------------------------------------

  // Packs keys and values of positions [first, first + count) of one head; float16 rounds to nearest, ties to even.
  void (*attention_pack)(const float *k, const float *v, intptr_t stride, intptr_t first, intptr_t count,
                         bitnet_attention_shape shape, void *keys, void *values);

  // Causal attention of `count` query rows over packed keys, by online softmax over key blocks. Their positions are
  // first, first + step, …: 1 for a sequence, 0 for the heads of one token that share these keys. starts[position] is
  // the first visible key (NULL: 0). log_sums (NULL: not wanted) gets log Σ exp(score) per row.
  // scratch: bitnet_attention_scratch(shape) floats.
  void (*attention_forward)(const float *q, intptr_t q_stride, intptr_t first, intptr_t step, intptr_t count,
                            const int32_t *starts, const void *keys, const void *values,
                            bitnet_attention_shape shape, float *y, intptr_t y_stride, float *log_sums,
                            float *scratch);

  // Gradients of attention of one head over a whole sequence; dq is overwritten; dk and dv too, or added to.
  // scratch: see bitnet_attention_backward_scratch.
  void (*attention_backward)(const float *q, const float *k, const float *v, const float *y, const float *dy,
                             intptr_t q_stride, intptr_t kv_stride, intptr_t length, const int32_t *starts,
                             const float *log_sums, bitnet_attention_shape shape, float *dq, float *dk, float *dv,
                             int add, float *scratch);
  // The same with bfloat16 products; scratch: see bitnet_attention_backward_bfloat16_scratch. NULL where
  // bfloat16_matmul is.
  void (*attention_backward_bfloat16)(const float *q, const float *k, const float *v, const float *y, const float *dy,
                                      intptr_t q_stride, intptr_t kv_stride, intptr_t length, const int32_t *starts,
                                      const float *log_sums, bitnet_attention_shape shape, float *dq, float *dk,
                                      float *dv, int add, float *scratch);

  // --- loss --------------------------------------------------------------------------------------------------------

  // Per row: log Σ exp(logits), and loss = that minus the target's logit; a negative target gives loss 0.
  void (*cross_entropy)(const float *logits, intptr_t rows, intptr_t columns, const int32_t *targets, float *losses,
                        float *log_sums);
  // logits become their gradients: (softmax - one_hot(target)) * dloss; zero for a negative target.
  void (*cross_entropy_backward)(float *logits, intptr_t rows, intptr_t columns, const int32_t *targets,
                                 const float *log_sums, const float *dlosses);

  // --- sampling ----------------------------------------------------------------------------------------------------

  // block_maxima [ceil(count / BITNET_LOGIT_BLOCK)]: the largest logit of each block. Returns 0 where one is NaN or
  // +infinity.
  int (*largest_logits)(const float *logits, intptr_t count, float *block_maxima);
  // weights = exp((logit - maximum) * inverse_temperature), at most 1, and 0 below `least` (at least 2^-1000); block_sums
  // [ceil(count / BITNET_WEIGHT_BLOCK)] their sums. The same bits on every instruction set.
  void (*sampling_weights)(const float *logits, intptr_t count, double maximum, double inverse_temperature,
                           double least, double *weights, double *block_sums);
  // The same of logits that are no floats.
  void (*weights_of_numbers)(const double *logits, intptr_t count, double maximum, double inverse_temperature,
                             double least, double *weights);
  // Writes the places of the weights from `least` to below `limit` to places [count], in order; returns how many.
  intptr_t (*weights_between)(const double *weights, intptr_t count, double least, double limit, int32_t *places);

  // --- optimiser -----------------------------------------------------------------------------------------------------

  // One pass over the elements [begin, end), begin a multiple of 8: moments, bias correction, decoupled decay, rounding
  // to the format of the values. Gradients are finite. The same bits on every instruction set.
  void (*adamw_float32)(const bitnet_adamw *update, float *value, const float *gradient, float *first_moment,
                        float *second_moment, intptr_t begin, intptr_t end);
  void (*adamw_bfloat16_nearest)(const bitnet_adamw *update, uint16_t *value, const float *gradient,
                                 float *first_moment, float *second_moment, intptr_t begin, intptr_t end);
  // Element e: (bits + r) >> 16, r the (e mod 8)th half-word of the Philox4x32-10 block at index e / 8.
  void (*adamw_bfloat16_stochastic)(const bitnet_adamw *update, uint16_t *value, const float *gradient,
                                    float *first_moment, float *second_moment, intptr_t begin, intptr_t end);
  // compensation (bfloat16) holds what rounding to nearest has lost so far.
  void (*adamw_bfloat16_kahan)(const bitnet_adamw *update, uint16_t *value, uint16_t *compensation,
                               const float *gradient, float *first_moment, float *second_moment, intptr_t begin,
                               intptr_t end);

  // Σ x² in double precision, in a fixed order; not finite exactly when an element is not.
  double (*sum_of_squares)(const float *values, intptr_t count);

  // --- dropout -----------------------------------------------------------------------------------------------------

  // Elements [begin, end), begin a multiple of 8: y = x * scale, or 0 where the (e mod 8)th half-word of the
  // Philox4x32-10 block at index first_block + e / 8 is below the threshold. y may be x. The same bits everywhere.
  void (*dropout)(const float *x, intptr_t begin, intptr_t end, uint64_t seed, uint64_t stream, uint64_t first_block,
                  uint32_t threshold, float scale, float *y);

  // --- roofs ---------------------------------------------------------------------------------------------------------

  // The multiply-add instructions of each kind on registers alone; return the multiply-adds done. The last two are NULL
  // where the products above use no instruction of their own.
  intptr_t (*float_peak)(intptr_t iterations);
  intptr_t (*ternary_peak)(intptr_t iterations);
  intptr_t (*bfloat16_peak)(intptr_t iterations);
} bitnet_kernels;

// Floats of scratch that attention_forward needs.
intptr_t bitnet_attention_scratch(bitnet_attention_shape shape);
// Floats of scratch that attention_backward needs for a sequence of `length`.
intptr_t bitnet_attention_backward_scratch(intptr_t length, intptr_t padded_dimension);
// The same for attention_backward_bfloat16.
intptr_t bitnet_attention_backward_bfloat16_scratch(intptr_t length, intptr_t head_dimension);

// The tables; NULL where this build or this machine (processor and operating system) lacks the instructions.
const bitnet_kernels *bitnet_kernels_portable(void);
const bitnet_kernels *bitnet_kernels_avx2(void);
const bitnet_kernels *bitnet_kernels_avx512(void);
const bitnet_kernels *bitnet_kernels_amx(void);

// What cpuid and xgetbv report, for `doctor`.
typedef struct {
  int avx2, fma, f16c, avx512f, avx512bw, avx512vl, avx512_vnni, avx512_vbmi, avx512_bf16, sha256, neon;
} bitnet_cpu_features;
bitnet_cpu_features bitnet_detect_cpu(void);

// The compression function of SHA-256: takes `blocks` blocks of 64 bytes into the eight words of `state`. It is no part
// of the tables, as processors have its instructions or not whatever else they have.
typedef void bitnet_sha256(uint32_t *state, const uint8_t *bytes, intptr_t blocks);
bitnet_sha256 bitnet_sha256_portable;
bitnet_sha256 *bitnet_sha256_fastest(void);

// The number of processors this process may run on.
int bitnet_usable_processors(void);

// All threads allocate from one heap, where the C library would reserve addresses for a heap of each.
void bitnet_share_allocator(void);

// A breath in a loop that waits for another thread.
static inline void bitnet_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

#endif
