/* transpose.h: v_transpose(rows, src, ld, dst, ldt) turns a VL x VL block of reals:
 * dst[c * ldt + r] = src[r * ld + c], with row rows - 1 in the place of rows past it.
 * Included after simd.h. Pure data movement: any bit pattern is kept. */
#ifndef FNN_TRANSPOSE_H
#define FNN_TRANSPOSE_H

FNN_INLINE const real *fnn_row(const real *src, size_t ld, size_t r, size_t rows)
{
    return src + (r < rows ? r : rows - 1) * ld;
}

#if defined(FNN_ISA_AVX512) && FNN_REAL == 32
/* Four rounds of a butterfly: pairs of lanes, then of 64 bits, then of 128-bit quarters. */
FNN_INLINE void v_transpose(size_t rows, const real *src, size_t ld, real *dst, size_t ldt)
{
    __m512 r[16], t[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) r[i] = _mm512_loadu_ps(fnn_row(src, ld, (size_t)i, rows));
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
        t[2 * i] = _mm512_unpacklo_ps(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm512_unpackhi_ps(r[2 * i], r[2 * i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        __m512d a = _mm512_castps_pd(t[4 * i]), b = _mm512_castps_pd(t[4 * i + 1]);
        __m512d c = _mm512_castps_pd(t[4 * i + 2]), d = _mm512_castps_pd(t[4 * i + 3]);
        r[4 * i] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c));
        r[4 * i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
        r[4 * i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, d));
        r[4 * i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, d));
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) { /* r[4g + i]: columns i, i+4, i+8, i+12 of row group g */
        t[i] = _mm512_shuffle_f32x4(r[i], r[4 + i], 0x88);
        t[4 + i] = _mm512_shuffle_f32x4(r[i], r[4 + i], 0xdd);
        t[8 + i] = _mm512_shuffle_f32x4(r[8 + i], r[12 + i], 0x88);
        t[12 + i] = _mm512_shuffle_f32x4(r[8 + i], r[12 + i], 0xdd);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        _mm512_storeu_ps(dst + (size_t)i * ldt, _mm512_shuffle_f32x4(t[i], t[8 + i], 0x88));
        _mm512_storeu_ps(dst + (size_t)(8 + i) * ldt, _mm512_shuffle_f32x4(t[i], t[8 + i], 0xdd));
        _mm512_storeu_ps(dst + (size_t)(4 + i) * ldt, _mm512_shuffle_f32x4(t[4 + i], t[12 + i], 0x88));
        _mm512_storeu_ps(dst + (size_t)(12 + i) * ldt, _mm512_shuffle_f32x4(t[4 + i], t[12 + i], 0xdd));
    }
}

#elif defined(FNN_ISA_AVX512) && FNN_REAL == 64
FNN_INLINE void v_transpose(size_t rows, const real *src, size_t ld, real *dst, size_t ldt)
{
    __m512d r[8], t[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) r[i] = _mm512_loadu_pd(fnn_row(src, ld, (size_t)i, rows));
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        t[2 * i] = _mm512_unpacklo_pd(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm512_unpackhi_pd(r[2 * i], r[2 * i + 1]);
    }
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++) { /* t[2g + i]: columns i, i+2, i+4, i+6 of row pair g */
        r[i] = _mm512_shuffle_f64x2(t[i], t[2 + i], 0x88);
        r[2 + i] = _mm512_shuffle_f64x2(t[i], t[2 + i], 0xdd);
        r[4 + i] = _mm512_shuffle_f64x2(t[4 + i], t[6 + i], 0x88);
        r[6 + i] = _mm512_shuffle_f64x2(t[4 + i], t[6 + i], 0xdd);
    }
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++) {
        _mm512_storeu_pd(dst + (size_t)i * ldt, _mm512_shuffle_f64x2(r[i], r[4 + i], 0x88));
        _mm512_storeu_pd(dst + (size_t)(4 + i) * ldt, _mm512_shuffle_f64x2(r[i], r[4 + i], 0xdd));
        _mm512_storeu_pd(dst + (size_t)(2 + i) * ldt, _mm512_shuffle_f64x2(r[2 + i], r[6 + i], 0x88));
        _mm512_storeu_pd(dst + (size_t)(6 + i) * ldt, _mm512_shuffle_f64x2(r[2 + i], r[6 + i], 0xdd));
    }
}

#elif defined(FNN_ISA_AVX2) && FNN_REAL == 32
FNN_INLINE void v_transpose(size_t rows, const real *src, size_t ld, real *dst, size_t ldt)
{
    __m256 r[8], t[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) r[i] = _mm256_loadu_ps(fnn_row(src, ld, (size_t)i, rows));
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        t[2 * i] = _mm256_unpacklo_ps(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm256_unpackhi_ps(r[2 * i], r[2 * i + 1]);
    }
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++) {
        r[4 * i] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0x44);
        r[4 * i + 1] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0xee);
        r[4 * i + 2] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0x44);
        r[4 * i + 3] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0xee);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        _mm256_storeu_ps(dst + (size_t)i * ldt, _mm256_permute2f128_ps(r[i], r[4 + i], 0x20));
        _mm256_storeu_ps(dst + (size_t)(4 + i) * ldt, _mm256_permute2f128_ps(r[i], r[4 + i], 0x31));
    }
}

#elif defined(FNN_ISA_AVX2) && FNN_REAL == 64
FNN_INLINE void v_transpose(size_t rows, const real *src, size_t ld, real *dst, size_t ldt)
{
    __m256d r0 = _mm256_loadu_pd(src), r1 = _mm256_loadu_pd(fnn_row(src, ld, 1, rows));
    __m256d r2 = _mm256_loadu_pd(fnn_row(src, ld, 2, rows));
    __m256d r3 = _mm256_loadu_pd(fnn_row(src, ld, 3, rows));
    __m256d t0 = _mm256_unpacklo_pd(r0, r1), t1 = _mm256_unpackhi_pd(r0, r1);
    __m256d t2 = _mm256_unpacklo_pd(r2, r3), t3 = _mm256_unpackhi_pd(r2, r3);
    _mm256_storeu_pd(dst, _mm256_permute2f128_pd(t0, t2, 0x20));
    _mm256_storeu_pd(dst + ldt, _mm256_permute2f128_pd(t1, t3, 0x20));
    _mm256_storeu_pd(dst + 2 * ldt, _mm256_permute2f128_pd(t0, t2, 0x31));
    _mm256_storeu_pd(dst + 3 * ldt, _mm256_permute2f128_pd(t1, t3, 0x31));
}

#else /* NEON and portable: blocks are small enough for scalar moves */
FNN_INLINE void v_transpose(size_t rows, const real *src, size_t ld, real *dst, size_t ldt)
{
    for (size_t c = 0; c < VL; c++)
        for (size_t r = 0; r < VL; r++) dst[c * ldt + r] = fnn_row(src, ld, r, rows)[c];
}
#endif

#endif /* FNN_TRANSPOSE_H */
