/* simd_portable.h: the vector layer with one lane, in plain C. The definition of
 * right for the other headers; needs no instruction set flag. Included by simd.h only.
 *
 * fma goes through the C library's fmaf/fma, which is exact whether or not the CPU
 * has the instruction. The file must be compiled with contraction off.
 */
#ifndef FNN_SIMD_PORTABLE_H
#define FNN_SIMD_PORTABLE_H

/* Sixteen scalar accumulators are what a compiler without vectors keeps in registers. */
#define VL 1
#define FNN_MR 4
#define FNN_NV 4

typedef real vec;
typedef uinti ivec;
typedef int mask;

#if FNN_REAL == 32
#define FNN_PORTABLE_FMA fmaf
#define FNN_PORTABLE_SQRT sqrtf
#else
#define FNN_PORTABLE_FMA fma
#define FNN_PORTABLE_SQRT sqrt
#endif
#define FNN_PORTABLE_SIGN ((uinti)1 << (FNN_REAL - 1))

FNN_INLINE real v_fold_add(vec v) { return v; }
FNN_INLINE real v_fold_max(vec v) { return v; }
FNN_INLINE vec v_load(const real *p) { return *p; }
FNN_INLINE void v_store(real *p, vec v) { *p = v; }
FNN_INLINE vec v_load_part(const real *p, size_t n) { return n ? *p : (real)0; }
FNN_INLINE void v_store_part(real *p, vec v, size_t n)
{
    if (n)
        *p = v;
}
FNN_INLINE vec v_set1(real s) { return s; }
FNN_INLINE vec v_zero(void) { return (real)0; }

FNN_INLINE vec v_add(vec a, vec b) { return a + b; }
FNN_INLINE vec v_sub(vec a, vec b) { return a - b; }
FNN_INLINE vec v_mul(vec a, vec b) { return a * b; }
FNN_INLINE vec v_div(vec a, vec b) { return a / b; }
FNN_INLINE vec v_sqrt(vec a) { return FNN_PORTABLE_SQRT(a); }
FNN_INLINE vec v_fma(vec a, vec b, vec c) { return FNN_PORTABLE_FMA(a, b, c); }
FNN_INLINE vec v_fnma(vec a, vec b, vec c) { return FNN_PORTABLE_FMA(-a, b, c); }
FNN_INLINE vec v_max(vec a, vec b) { return a > b ? a : b; }
FNN_INLINE vec v_min(vec a, vec b) { return a < b ? a : b; }

FNN_INLINE ivec v_bits(vec a)
{
    ivec bits;
    memcpy(&bits, &a, sizeof bits);
    return bits;
}
FNN_INLINE vec v_from_bits(ivec bits)
{
    vec a;
    memcpy(&a, &bits, sizeof a);
    return a;
}
FNN_INLINE vec v_abs(vec a) { return v_from_bits(v_bits(a) & ~FNN_PORTABLE_SIGN); }
FNN_INLINE vec v_neg(vec a) { return v_from_bits(v_bits(a) ^ FNN_PORTABLE_SIGN); }
FNN_INLINE vec v_copysign(vec magnitude, vec sign)
{
    return v_from_bits((v_bits(magnitude) & ~FNN_PORTABLE_SIGN) |
                       (v_bits(sign) & FNN_PORTABLE_SIGN));
}

FNN_INLINE mask v_lt(vec a, vec b) { return a < b; }
FNN_INLINE mask v_le(vec a, vec b) { return a <= b; }
FNN_INLINE mask v_gt(vec a, vec b) { return a > b; }
FNN_INLINE mask v_ge(vec a, vec b) { return a >= b; }
FNN_INLINE mask v_eq(vec a, vec b) { return a == b; }
FNN_INLINE mask v_isnan(vec a) { return a != a; }
FNN_INLINE vec v_select(mask m, vec a, vec b) { return m ? a : b; }
FNN_INLINE mask m_and(mask a, mask b) { return a & b; }
FNN_INLINE mask m_or(mask a, mask b) { return a | b; }
FNN_INLINE mask m_not(mask a) { return !a; }

FNN_INLINE ivec i_set1(inti k) { return (uinti)k; }
FNN_INLINE ivec i_add(ivec a, ivec b) { return a + b; }
FNN_INLINE ivec i_sub(ivec a, ivec b) { return a - b; }
FNN_INLINE ivec i_and(ivec a, ivec b) { return a & b; }
FNN_INLINE ivec i_or(ivec a, ivec b) { return a | b; }
FNN_INLINE ivec i_xor(ivec a, ivec b) { return a ^ b; }
#define i_shl(v, k) ((ivec)((v) << (k)))
#define i_shr(v, k) ((ivec)((v) >> (k)))

#endif /* FNN_SIMD_PORTABLE_H */
