/* simd_avx2.h: the vector layer on AVX2 with FMA (x86-64-v3). Included by simd.h only;
 * contracts of every name are there.
 *
 * Tile: 6 rows x 2 vectors takes 12 of the 16 registers for sums, 2 for the panel and
 * 2 for broadcasts. Part loads and stores are masked: lanes beyond n are never touched.
 */
#ifndef FNN_SIMD_AVX2_H
#define FNN_SIMD_AVX2_H

#include <immintrin.h>

#define FNN_MR 6
#define FNN_NV 2

typedef __m256i ivec;

#if FNN_REAL == 32

#define VL 8
typedef __m256 vec;
typedef __m256 mask; /* all ones or all zeros in each lane */

FNN_INLINE __m256i fnn_lanes(size_t n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
FNN_INLINE vec v_load(const real *p) { return _mm256_loadu_ps(p); }
FNN_INLINE void v_store(real *p, vec v) { _mm256_storeu_ps(p, v); }
FNN_INLINE vec v_load_part(const real *p, size_t n) { return _mm256_maskload_ps(p, fnn_lanes(n)); }
FNN_INLINE void v_store_part(real *p, vec v, size_t n) { _mm256_maskstore_ps(p, fnn_lanes(n), v); }
FNN_INLINE vec v_set1(real s) { return _mm256_set1_ps(s); }
FNN_INLINE vec v_zero(void) { return _mm256_setzero_ps(); }

FNN_INLINE vec v_add(vec a, vec b) { return _mm256_add_ps(a, b); }
FNN_INLINE vec v_sub(vec a, vec b) { return _mm256_sub_ps(a, b); }
FNN_INLINE vec v_mul(vec a, vec b) { return _mm256_mul_ps(a, b); }
FNN_INLINE vec v_div(vec a, vec b) { return _mm256_div_ps(a, b); }
FNN_INLINE vec v_sqrt(vec a) { return _mm256_sqrt_ps(a); }
FNN_INLINE vec v_fma(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
FNN_INLINE vec v_fnma(vec a, vec b, vec c) { return _mm256_fnmadd_ps(a, b, c); }
FNN_INLINE vec v_max(vec a, vec b) { return _mm256_max_ps(a, b); }
FNN_INLINE vec v_min(vec a, vec b) { return _mm256_min_ps(a, b); }

FNN_INLINE real v_fold_add(vec v)
{
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
FNN_INLINE real v_fold_max(vec v)
{
    const __m128 four = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

FNN_INLINE ivec v_bits(vec a) { return _mm256_castps_si256(a); }
FNN_INLINE vec v_from_bits(ivec a) { return _mm256_castsi256_ps(a); }

FNN_INLINE mask v_lt(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
FNN_INLINE mask v_le(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_LE_OQ); }
FNN_INLINE mask v_gt(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_GT_OQ); }
FNN_INLINE mask v_ge(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_GE_OQ); }
FNN_INLINE mask v_eq(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_EQ_OQ); }
FNN_INLINE mask v_isnan(vec a) { return _mm256_cmp_ps(a, a, _CMP_UNORD_Q); }
FNN_INLINE vec v_select(mask m, vec a, vec b) { return _mm256_blendv_ps(b, a, m); }

FNN_INLINE ivec i_set1(inti k) { return _mm256_set1_epi32(k); }
FNN_INLINE ivec i_add(ivec a, ivec b) { return _mm256_add_epi32(a, b); }
FNN_INLINE ivec i_sub(ivec a, ivec b) { return _mm256_sub_epi32(a, b); }
#define i_shl(v, k) _mm256_slli_epi32((v), (k))
#define i_shr(v, k) _mm256_srli_epi32((v), (k))
#define FNN_SIGN_BIT INT32_MIN

#else /* FNN_REAL == 64 */

#define VL 4
typedef __m256d vec;
typedef __m256d mask; /* all ones or all zeros in each lane */

FNN_INLINE __m256i fnn_lanes(size_t n)
{
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x((long long)n), _mm256_setr_epi64x(0, 1, 2, 3));
}
FNN_INLINE vec v_load(const real *p) { return _mm256_loadu_pd(p); }
FNN_INLINE void v_store(real *p, vec v) { _mm256_storeu_pd(p, v); }
FNN_INLINE vec v_load_part(const real *p, size_t n) { return _mm256_maskload_pd(p, fnn_lanes(n)); }
FNN_INLINE void v_store_part(real *p, vec v, size_t n) { _mm256_maskstore_pd(p, fnn_lanes(n), v); }
FNN_INLINE vec v_set1(real s) { return _mm256_set1_pd(s); }
FNN_INLINE vec v_zero(void) { return _mm256_setzero_pd(); }

FNN_INLINE vec v_add(vec a, vec b) { return _mm256_add_pd(a, b); }
FNN_INLINE vec v_sub(vec a, vec b) { return _mm256_sub_pd(a, b); }
FNN_INLINE vec v_mul(vec a, vec b) { return _mm256_mul_pd(a, b); }
FNN_INLINE vec v_div(vec a, vec b) { return _mm256_div_pd(a, b); }
FNN_INLINE vec v_sqrt(vec a) { return _mm256_sqrt_pd(a); }
FNN_INLINE vec v_fma(vec a, vec b, vec c) { return _mm256_fmadd_pd(a, b, c); }
FNN_INLINE vec v_fnma(vec a, vec b, vec c) { return _mm256_fnmadd_pd(a, b, c); }
FNN_INLINE vec v_max(vec a, vec b) { return _mm256_max_pd(a, b); }
FNN_INLINE vec v_min(vec a, vec b) { return _mm256_min_pd(a, b); }

FNN_INLINE real v_fold_add(vec v)
{
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(v), _mm256_extractf128_pd(v, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}
FNN_INLINE real v_fold_max(vec v)
{
    const __m128d two = _mm_max_pd(_mm256_castpd256_pd128(v), _mm256_extractf128_pd(v, 1));
    return _mm_cvtsd_f64(_mm_max_sd(two, _mm_unpackhi_pd(two, two)));
}

FNN_INLINE ivec v_bits(vec a) { return _mm256_castpd_si256(a); }
FNN_INLINE vec v_from_bits(ivec a) { return _mm256_castsi256_pd(a); }

FNN_INLINE mask v_lt(vec a, vec b) { return _mm256_cmp_pd(a, b, _CMP_LT_OQ); }
FNN_INLINE mask v_le(vec a, vec b) { return _mm256_cmp_pd(a, b, _CMP_LE_OQ); }
FNN_INLINE mask v_gt(vec a, vec b) { return _mm256_cmp_pd(a, b, _CMP_GT_OQ); }
FNN_INLINE mask v_ge(vec a, vec b) { return _mm256_cmp_pd(a, b, _CMP_GE_OQ); }
FNN_INLINE mask v_eq(vec a, vec b) { return _mm256_cmp_pd(a, b, _CMP_EQ_OQ); }
FNN_INLINE mask v_isnan(vec a) { return _mm256_cmp_pd(a, a, _CMP_UNORD_Q); }
FNN_INLINE vec v_select(mask m, vec a, vec b) { return _mm256_blendv_pd(b, a, m); }

FNN_INLINE ivec i_set1(inti k) { return _mm256_set1_epi64x(k); }
FNN_INLINE ivec i_add(ivec a, ivec b) { return _mm256_add_epi64(a, b); }
FNN_INLINE ivec i_sub(ivec a, ivec b) { return _mm256_sub_epi64(a, b); }
#define i_shl(v, k) _mm256_slli_epi64((v), (k))
#define i_shr(v, k) _mm256_srli_epi64((v), (k))
#define FNN_SIGN_BIT INT64_MIN

#endif

FNN_INLINE ivec i_and(ivec a, ivec b) { return _mm256_and_si256(a, b); }
FNN_INLINE ivec i_or(ivec a, ivec b) { return _mm256_or_si256(a, b); }
FNN_INLINE ivec i_xor(ivec a, ivec b) { return _mm256_xor_si256(a, b); }

FNN_INLINE mask m_and(mask a, mask b) { return v_from_bits(i_and(v_bits(a), v_bits(b))); }
FNN_INLINE mask m_or(mask a, mask b) { return v_from_bits(i_or(v_bits(a), v_bits(b))); }
FNN_INLINE mask m_not(mask a) { return v_from_bits(i_xor(v_bits(a), i_set1(-1))); }

FNN_INLINE vec v_abs(vec a)
{
    return v_from_bits(_mm256_andnot_si256(i_set1(FNN_SIGN_BIT), v_bits(a)));
}
FNN_INLINE vec v_neg(vec a) { return v_from_bits(i_xor(v_bits(a), i_set1(FNN_SIGN_BIT))); }
FNN_INLINE vec v_copysign(vec magnitude, vec sign)
{
    return v_from_bits(i_or(_mm256_andnot_si256(i_set1(FNN_SIGN_BIT), v_bits(magnitude)),
                            i_and(v_bits(sign), i_set1(FNN_SIGN_BIT))));
}
#undef FNN_SIGN_BIT

#endif /* FNN_SIMD_AVX2_H */
