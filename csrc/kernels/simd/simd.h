/* simd.h: the thin vector layer. Chooses the header of the instruction set being
 * compiled and fixes the names that kernel bodies use. No algorithms here.
 *
 * Compiled with FNN_REAL=32 or 64 and one of FNN_ISA_PORTABLE, FNN_ISA_AVX2,
 * FNN_ISA_AVX512, FNN_ISA_NEON. Each simd_<isa>.h defines, for that real:
 *
 *   vec, ivec, mask    real lanes, integer lanes of the same width, comparison result
 *   VL                 lanes (a power of two, at most 16)
 *   FNN_MR, FNN_NV     register tile: rows, vectors; FNN_NV * VL is the panel width
 *
 *   v_load(p) v_store(p, v)             VL reals, no alignment needed
 *   v_load_part(p, n) v_store_part(p, v, n)   the first n < = VL lanes; the rest is +0 / untouched
 *   v_set1(s) v_zero()
 *   v_add v_sub v_mul v_div v_sqrt      IEEE, round to nearest
 *   v_fma(a, b, c) = a*b + c   v_fnma(a, b, c) = c - a*b    one rounding
 *   v_max(a, b) = a > b ? a : b   v_min(a, b) = a < b ? a : b   (b when unordered or equal)
 *   v_abs v_neg v_copysign(magnitude, sign)   bit operations, exact on NaN and zeros
 *   v_lt v_le v_gt v_ge v_eq -> mask (false when unordered)   v_isnan(a) -> mask
 *   v_select(m, a, b) = m ? a : b       m_and m_or m_not
 *   v_fold_add(v) v_fold_max(v) -> real   lanes l += l + VL/2, then l += l + VL/4, ... (TREE);
 *                                         max by v_max(lane l, lane l + VL/2)
 *   v_bits(vec) -> ivec   v_from_bits(ivec) -> vec
 *   i_set1(k) i_add i_sub i_and i_or i_xor i_shl(v, const) i_shr(v, const)  (logical shift)
 *
 * The same call gives the same bits in every header, lane by lane.
 */
#ifndef FNN_SIMD_H
#define FNN_SIMD_H

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#if FNN_REAL == 32
typedef float real;
typedef int32_t inti;    /* integer as wide as real */
typedef uint32_t uinti;
#define FNN_DTYPE_NAME f32
#define FNN_DTYPE FNN_F32
#elif FNN_REAL == 64
typedef double real;
typedef int64_t inti;
typedef uint64_t uinti;
#define FNN_DTYPE_NAME f64
#define FNN_DTYPE FNN_F64
#else
#error "FNN_REAL must be 32 or 64"
#endif

#define FNN_INLINE static inline __attribute__((always_inline))
/* For what is large and rarely in the way: one copy an instruction set instead of one a call. */
#define FNN_OUTLINE static __attribute__((noinline))

#if defined(FNN_ISA_PORTABLE)
#define FNN_ISA_NAME portable
#include "simd_portable.h"
#elif defined(FNN_ISA_AVX2)
#define FNN_ISA_NAME avx2
#include "simd_avx2.h"
#elif defined(FNN_ISA_AVX512)
#define FNN_ISA_NAME avx512
#include "simd_avx512.h"
#elif defined(FNN_ISA_NEON)
#define FNN_ISA_NAME neon
#include "simd_neon.h"
#else
#error "no instruction set chosen"
#endif

#define FNN_CAT_(a, b, c) a##_##b##_##c
#define FNN_CAT(a, b, c) FNN_CAT_(a, b, c)
/* FN(fnn_dense_fwd) is fnn_dense_fwd_f32_avx512, and so on. */
#define FN(name) FNN_CAT(name, FNN_DTYPE_NAME, FNN_ISA_NAME)

/* Sixteen virtual lanes held in NVEC16 vectors: the unit of every TREE reduction. */
#define NVEC16 (16 / VL)

#endif /* FNN_SIMD_H */
