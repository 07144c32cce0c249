/* simd_neon.h: the vector layer on AArch64 Advanced SIMD. Included by simd.h only;
 * contracts of every name are there.
 *
 * Tile: 6 rows x 4 vectors takes 24 of the 32 registers for sums, 4 for the panel and
 * 4 for broadcasts. Part loads and stores go through a small buffer: the architecture
 * has no masked access.
 */
#ifndef FNN_SIMD_NEON_H
#define FNN_SIMD_NEON_H

#include <arm_neon.h>

#define FNN_MR 6
#define FNN_NV 4

#if FNN_REAL == 32

#define VL 4
typedef float32x4_t vec;
typedef uint32x4_t ivec;
typedef uint32x4_t mask; /* all ones or all zeros in each lane */

FNN_INLINE vec v_load(const real *p) { return vld1q_f32(p); }
FNN_INLINE void v_store(real *p, vec v) { vst1q_f32(p, v); }
FNN_INLINE vec v_set1(real s) { return vdupq_n_f32(s); }
FNN_INLINE vec v_zero(void) { return vdupq_n_f32(0.0f); }

FNN_INLINE vec v_add(vec a, vec b) { return vaddq_f32(a, b); }
FNN_INLINE vec v_sub(vec a, vec b) { return vsubq_f32(a, b); }
FNN_INLINE vec v_mul(vec a, vec b) { return vmulq_f32(a, b); }
FNN_INLINE vec v_div(vec a, vec b) { return vdivq_f32(a, b); }
FNN_INLINE vec v_sqrt(vec a) { return vsqrtq_f32(a); }
FNN_INLINE vec v_fma(vec a, vec b, vec c) { return vfmaq_f32(c, a, b); }
FNN_INLINE vec v_fnma(vec a, vec b, vec c) { return vfmsq_f32(c, a, b); }

FNN_INLINE ivec v_bits(vec a) { return vreinterpretq_u32_f32(a); }
FNN_INLINE vec v_from_bits(ivec a) { return vreinterpretq_f32_u32(a); }

FNN_INLINE mask v_lt(vec a, vec b) { return vcltq_f32(a, b); }
FNN_INLINE mask v_le(vec a, vec b) { return vcleq_f32(a, b); }
FNN_INLINE mask v_gt(vec a, vec b) { return vcgtq_f32(a, b); }
FNN_INLINE mask v_ge(vec a, vec b) { return vcgeq_f32(a, b); }
FNN_INLINE mask v_eq(vec a, vec b) { return vceqq_f32(a, b); }
FNN_INLINE vec v_select(mask m, vec a, vec b) { return vbslq_f32(m, a, b); }

FNN_INLINE ivec i_set1(inti k) { return vdupq_n_u32((uinti)k); }
FNN_INLINE ivec i_add(ivec a, ivec b) { return vaddq_u32(a, b); }
FNN_INLINE ivec i_sub(ivec a, ivec b) { return vsubq_u32(a, b); }
FNN_INLINE ivec i_and(ivec a, ivec b) { return vandq_u32(a, b); }
FNN_INLINE ivec i_or(ivec a, ivec b) { return vorrq_u32(a, b); }
FNN_INLINE ivec i_xor(ivec a, ivec b) { return veorq_u32(a, b); }
#define i_shl(v, k) vshlq_n_u32((v), (k))
#define i_shr(v, k) vshrq_n_u32((v), (k))
FNN_INLINE mask m_not(mask a) { return vmvnq_u32(a); }
#define FNN_SIGN_BIT INT32_MIN

#else /* FNN_REAL == 64 */

#define VL 2
typedef float64x2_t vec;
typedef uint64x2_t ivec;
typedef uint64x2_t mask; /* all ones or all zeros in each lane */

FNN_INLINE vec v_load(const real *p) { return vld1q_f64(p); }
FNN_INLINE void v_store(real *p, vec v) { vst1q_f64(p, v); }
FNN_INLINE vec v_set1(real s) { return vdupq_n_f64(s); }
FNN_INLINE vec v_zero(void) { return vdupq_n_f64(0.0); }

FNN_INLINE vec v_add(vec a, vec b) { return vaddq_f64(a, b); }
FNN_INLINE vec v_sub(vec a, vec b) { return vsubq_f64(a, b); }
FNN_INLINE vec v_mul(vec a, vec b) { return vmulq_f64(a, b); }
FNN_INLINE vec v_div(vec a, vec b) { return vdivq_f64(a, b); }
FNN_INLINE vec v_sqrt(vec a) { return vsqrtq_f64(a); }
FNN_INLINE vec v_fma(vec a, vec b, vec c) { return vfmaq_f64(c, a, b); }
FNN_INLINE vec v_fnma(vec a, vec b, vec c) { return vfmsq_f64(c, a, b); }

FNN_INLINE ivec v_bits(vec a) { return vreinterpretq_u64_f64(a); }
FNN_INLINE vec v_from_bits(ivec a) { return vreinterpretq_f64_u64(a); }

FNN_INLINE mask v_lt(vec a, vec b) { return vcltq_f64(a, b); }
FNN_INLINE mask v_le(vec a, vec b) { return vcleq_f64(a, b); }
FNN_INLINE mask v_gt(vec a, vec b) { return vcgtq_f64(a, b); }
FNN_INLINE mask v_ge(vec a, vec b) { return vcgeq_f64(a, b); }
FNN_INLINE mask v_eq(vec a, vec b) { return vceqq_f64(a, b); }
FNN_INLINE vec v_select(mask m, vec a, vec b) { return vbslq_f64(m, a, b); }

FNN_INLINE ivec i_set1(inti k) { return vdupq_n_u64((uinti)k); }
FNN_INLINE ivec i_add(ivec a, ivec b) { return vaddq_u64(a, b); }
FNN_INLINE ivec i_sub(ivec a, ivec b) { return vsubq_u64(a, b); }
FNN_INLINE ivec i_and(ivec a, ivec b) { return vandq_u64(a, b); }
FNN_INLINE ivec i_or(ivec a, ivec b) { return vorrq_u64(a, b); }
FNN_INLINE ivec i_xor(ivec a, ivec b) { return veorq_u64(a, b); }
#define i_shl(v, k) vshlq_n_u64((v), (k))
#define i_shr(v, k) vshrq_n_u64((v), (k))
FNN_INLINE mask m_not(mask a) { return veorq_u64(a, vdupq_n_u64(UINT64_MAX)); }
#define FNN_SIGN_BIT INT64_MIN

#endif

FNN_INLINE vec v_load_part(const real *p, size_t n)
{
    real lanes[VL] = {0};
    memcpy(lanes, p, n * sizeof(real));
    return v_load(lanes);
}
FNN_INLINE void v_store_part(real *p, vec v, size_t n)
{
    real lanes[VL];
    v_store(lanes, v);
    memcpy(p, lanes, n * sizeof(real));
}

/* Compare and select: FMAX and FMIN treat NaN and equal zeros differently. */
FNN_INLINE vec v_max(vec a, vec b) { return v_select(v_gt(a, b), a, b); }
FNN_INLINE vec v_min(vec a, vec b) { return v_select(v_lt(a, b), a, b); }

#if FNN_REAL == 32
FNN_INLINE real v_fold_add(vec v)
{
    const float32x2_t two = vadd_f32(vget_low_f32(v), vget_high_f32(v));
    return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}
FNN_INLINE real v_fold_max(vec v)
{
    const vec two = v_max(v, vextq_f32(v, v, 2));
    const real a = vgetq_lane_f32(two, 0), b = vgetq_lane_f32(two, 1);
    return a > b ? a : b;
}
#else
FNN_INLINE real v_fold_add(vec v) { return vgetq_lane_f64(v, 0) + vgetq_lane_f64(v, 1); }
FNN_INLINE real v_fold_max(vec v)
{
    const real a = vgetq_lane_f64(v, 0), b = vgetq_lane_f64(v, 1);
    return a > b ? a : b;
}
#endif

FNN_INLINE mask m_and(mask a, mask b) { return i_and(a, b); }
FNN_INLINE mask m_or(mask a, mask b) { return i_or(a, b); }
FNN_INLINE mask v_isnan(vec a) { return m_not(v_eq(a, a)); }

/* Bit selects with the sign mask: one spelling for both widths. */
FNN_INLINE vec v_abs(vec a) { return v_select(i_set1(FNN_SIGN_BIT), v_zero(), a); }
FNN_INLINE vec v_neg(vec a) { return v_from_bits(i_xor(v_bits(a), i_set1(FNN_SIGN_BIT))); }
FNN_INLINE vec v_copysign(vec magnitude, vec sign)
{
    return v_select(i_set1(FNN_SIGN_BIT), sign, magnitude);
}
#undef FNN_SIGN_BIT

#endif /* FNN_SIMD_NEON_H */
