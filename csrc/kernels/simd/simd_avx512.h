/* simd_avx512.h: the vector layer on AVX-512 (F, DQ, BW, VL: x86-64-v4). Included by
 * simd.h only; contracts of every name are there.
 *
 * Tile: 6 rows x 4 vectors takes 24 of the 32 registers for sums, 4 for the panel and
 * leaves the broadcasts to memory operands.
 */
#ifndef FNN_SIMD_AVX512_H
#define FNN_SIMD_AVX512_H

#include <immintrin.h>

#define FNN_MR 6
#define FNN_NV 4

typedef __m512i ivec;

#if FNN_REAL == 32

#define VL 16
typedef __m512 vec;
typedef __mmask16 mask;

FNN_INLINE mask fnn_lanes(size_t n) { return (mask)((1u << n) - 1u); }
FNN_INLINE vec v_load(const real *p) { return _mm512_loadu_ps(p); }
FNN_INLINE void v_store(real *p, vec v) { _mm512_storeu_ps(p, v); }
FNN_INLINE vec v_load_part(const real *p, size_t n)
{
    return _mm512_maskz_loadu_ps(fnn_lanes(n), p);
}
FNN_INLINE void v_store_part(real *p, vec v, size_t n)
{
    _mm512_mask_storeu_ps(p, fnn_lanes(n), v);
}
FNN_INLINE vec v_set1(real s) { return _mm512_set1_ps(s); }
FNN_INLINE vec v_zero(void) { return _mm512_setzero_ps(); }

FNN_INLINE vec v_add(vec a, vec b) { return _mm512_add_ps(a, b); }
FNN_INLINE vec v_sub(vec a, vec b) { return _mm512_sub_ps(a, b); }
FNN_INLINE vec v_mul(vec a, vec b) { return _mm512_mul_ps(a, b); }
FNN_INLINE vec v_div(vec a, vec b) { return _mm512_div_ps(a, b); }
FNN_INLINE vec v_sqrt(vec a) { return _mm512_sqrt_ps(a); }
FNN_INLINE vec v_fma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
FNN_INLINE vec v_fnma(vec a, vec b, vec c) { return _mm512_fnmadd_ps(a, b, c); }
FNN_INLINE vec v_max(vec a, vec b) { return _mm512_max_ps(a, b); }
FNN_INLINE vec v_min(vec a, vec b) { return _mm512_min_ps(a, b); }

FNN_INLINE real v_fold_add(vec v)
{
    const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
    const __m128 four =
        _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
FNN_INLINE real v_fold_max(vec v)
{
    const __m256 eight = _mm256_max_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
    const __m128 four =
        _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

FNN_INLINE ivec v_bits(vec a) { return _mm512_castps_si512(a); }
FNN_INLINE vec v_from_bits(ivec a) { return _mm512_castsi512_ps(a); }

FNN_INLINE mask v_lt(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
FNN_INLINE mask v_le(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
FNN_INLINE mask v_gt(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ); }
FNN_INLINE mask v_ge(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ); }
FNN_INLINE mask v_eq(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
FNN_INLINE mask v_isnan(vec a) { return _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q); }
FNN_INLINE vec v_select(mask m, vec a, vec b) { return _mm512_mask_blend_ps(m, b, a); }

FNN_INLINE ivec i_set1(inti k) { return _mm512_set1_epi32(k); }
FNN_INLINE ivec i_add(ivec a, ivec b) { return _mm512_add_epi32(a, b); }
FNN_INLINE ivec i_sub(ivec a, ivec b) { return _mm512_sub_epi32(a, b); }
#define i_shl(v, k) _mm512_slli_epi32((v), (k))
#define i_shr(v, k) _mm512_srli_epi32((v), (k))
#define FNN_SIGN_BIT INT32_MIN

#else /* FNN_REAL == 64 */

#define VL 8
typedef __m512d vec;
typedef __mmask8 mask;

FNN_INLINE mask fnn_lanes(size_t n) { return (mask)((1u << n) - 1u); }
FNN_INLINE vec v_load(const real *p) { return _mm512_loadu_pd(p); }
FNN_INLINE void v_store(real *p, vec v) { _mm512_storeu_pd(p, v); }
FNN_INLINE vec v_load_part(const real *p, size_t n)
{
    return _mm512_maskz_loadu_pd(fnn_lanes(n), p);
}
FNN_INLINE void v_store_part(real *p, vec v, size_t n)
{
    _mm512_mask_storeu_pd(p, fnn_lanes(n), v);
}
FNN_INLINE vec v_set1(real s) { return _mm512_set1_pd(s); }
FNN_INLINE vec v_zero(void) { return _mm512_setzero_pd(); }

FNN_INLINE vec v_add(vec a, vec b) { return _mm512_add_pd(a, b); }
FNN_INLINE vec v_sub(vec a, vec b) { return _mm512_sub_pd(a, b); }
FNN_INLINE vec v_mul(vec a, vec b) { return _mm512_mul_pd(a, b); }
FNN_INLINE vec v_div(vec a, vec b) { return _mm512_div_pd(a, b); }
FNN_INLINE vec v_sqrt(vec a) { return _mm512_sqrt_pd(a); }
FNN_INLINE vec v_fma(vec a, vec b, vec c) { return _mm512_fmadd_pd(a, b, c); }
FNN_INLINE vec v_fnma(vec a, vec b, vec c) { return _mm512_fnmadd_pd(a, b, c); }
FNN_INLINE vec v_max(vec a, vec b) { return _mm512_max_pd(a, b); }
FNN_INLINE vec v_min(vec a, vec b) { return _mm512_min_pd(a, b); }

FNN_INLINE real v_fold_add(vec v)
{
    const __m256d four = _mm256_add_pd(_mm512_castpd512_pd256(v), _mm512_extractf64x4_pd(v, 1));
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}
FNN_INLINE real v_fold_max(vec v)
{
    const __m256d four = _mm256_max_pd(_mm512_castpd512_pd256(v), _mm512_extractf64x4_pd(v, 1));
    const __m128d two = _mm_max_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_max_sd(two, _mm_unpackhi_pd(two, two)));
}

FNN_INLINE ivec v_bits(vec a) { return _mm512_castpd_si512(a); }
FNN_INLINE vec v_from_bits(ivec a) { return _mm512_castsi512_pd(a); }

FNN_INLINE mask v_lt(vec a, vec b) { return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ); }
FNN_INLINE mask v_le(vec a, vec b) { return _mm512_cmp_pd_mask(a, b, _CMP_LE_OQ); }
FNN_INLINE mask v_gt(vec a, vec b) { return _mm512_cmp_pd_mask(a, b, _CMP_GT_OQ); }
FNN_INLINE mask v_ge(vec a, vec b) { return _mm512_cmp_pd_mask(a, b, _CMP_GE_OQ); }
FNN_INLINE mask v_eq(vec a, vec b) { return _mm512_cmp_pd_mask(a, b, _CMP_EQ_OQ); }
FNN_INLINE mask v_isnan(vec a) { return _mm512_cmp_pd_mask(a, a, _CMP_UNORD_Q); }
FNN_INLINE vec v_select(mask m, vec a, vec b) { return _mm512_mask_blend_pd(m, b, a); }

FNN_INLINE ivec i_set1(inti k) { return _mm512_set1_epi64(k); }
FNN_INLINE ivec i_add(ivec a, ivec b) { return _mm512_add_epi64(a, b); }
FNN_INLINE ivec i_sub(ivec a, ivec b) { return _mm512_sub_epi64(a, b); }
#define i_shl(v, k) _mm512_slli_epi64((v), (k))
#define i_shr(v, k) _mm512_srli_epi64((v), (k))
#define FNN_SIGN_BIT INT64_MIN

#endif

FNN_INLINE ivec i_and(ivec a, ivec b) { return _mm512_and_si512(a, b); }
FNN_INLINE ivec i_or(ivec a, ivec b) { return _mm512_or_si512(a, b); }
FNN_INLINE ivec i_xor(ivec a, ivec b) { return _mm512_xor_si512(a, b); }

FNN_INLINE mask m_and(mask a, mask b) { return (mask)(a & b); }
FNN_INLINE mask m_or(mask a, mask b) { return (mask)(a | b); }
FNN_INLINE mask m_not(mask a) { return (mask)~a; }

FNN_INLINE vec v_abs(vec a)
{
    return v_from_bits(_mm512_andnot_si512(i_set1(FNN_SIGN_BIT), v_bits(a)));
}
FNN_INLINE vec v_neg(vec a) { return v_from_bits(i_xor(v_bits(a), i_set1(FNN_SIGN_BIT))); }
/* One ternary-logic instruction: imm 0xD8 = sign-mask bit ? sign : magnitude, with the
 * mask as third operand. */
FNN_INLINE vec v_copysign(vec magnitude, vec sign)
{
    return v_from_bits(_mm512_ternarylogic_epi64(v_bits(magnitude), v_bits(sign),
                                                 i_set1(FNN_SIGN_BIT), 0xD8));
}
#undef FNN_SIGN_BIT

#endif /* FNN_SIMD_AVX512_H */
