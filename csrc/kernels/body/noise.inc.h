/* noise.inc.h: normal numbers from random words, by the transform of Box and Muller (1958), and
 * what the layers with Gaussian noise do with them. Included by dropout.inc.h only.
 *
 * Words 2p and 2p + 1 give the elements of the same numbers:
 *   r = sqrt(-2 log((floor(w[2p] / 2) + 1/2) 2^-31)),  t = w[2p+1] 2^-31 as a signed number
 *   element 2p = r cos(pi t),  element 2p + 1 = r sin(pi t)
 * |element| <= 6.66. sin(pi t) is taken as cos(pi (t - 1/2)), the subtraction on the word.
 */
#ifndef FNN_BODY_NOISE_H
#define FNN_BODY_NOISE_H

#include "norm_cols.inc.h"
#include "vmath.inc.h"

/* sin(pi v) / v, z = v^2 <= 1/4: interpolated at the Chebyshev points, relative error 2^-24.7
 * and 2^-54.5, coefficients rounded. */
#if FNN_REAL == 32
static const real noise_sinpi[] = {
    3.14159274f, -5.1677103f, 2.55007744f, -0.598290384f, 0.0776559114f,
};
#else
static const real noise_sinpi[] = {
    3.141592653589793, -5.167712780049969, 2.5501640398773007, -0.5992645293189447,
    0.0821458865731029, -0.007370430505916944, 0.0004662998161898394, -2.1903497074626018e-05,
    7.697826768224191e-07,
};
#endif

/* cos(pi t), |t| <= 1: sin(pi (1/2 - |t|)). */
FNN_INLINE vec noise_cospi(vec t)
{
    const vec v = v_sub(v_set1((real)0.5), v_abs(t));
    return v_mul(v, VM_POLY(v_mul(v, v), noise_sinpi));
}

/* n normal numbers, n a multiple of 4, at most 256, from as many words. */
FNN_INLINE void noise_normals(size_t n, const uint32_t *restrict words, real *restrict out)
{
    real uniform[256], turn[256];
    const real unit = (real)0x1p-31;
    assert(n % 4 == 0 && n <= 256);
    for (size_t i = 0; i < n; i += 2) {
        const int32_t angle = (int32_t)words[i + 1];
        const int32_t back = (int32_t)(words[i + 1] - UINT32_C(0x40000000));
        uniform[i] = uniform[i + 1] = ((real)(int32_t)(words[i] >> 1) + (real)0.5) * unit;
        turn[i] = (real)angle * unit;
        turn[i + 1] = (real)back * unit;
    }
    for (size_t i = 0; i < n; i += VL) {
        const size_t part = cols_part(n - i); /* 4 of 16 lanes, at the end */
        const vec square = v_mul(v_set1(-2), vm_log(cols_load(uniform + i, part)));
        /* In the lanes beyond, log(0): nothing of them is stored. */
        cols_store(out + i, v_mul(v_sqrt(square), noise_cospi(cols_load(turn + i, part))), part);
    }
}

/* y = fma(scale, normal, z); y may equal z. */
FNN_INLINE void noise_add(size_t n, const real *normal, real scale, const real *z, real *y)
{
    const vec s = v_set1(scale);
    for (size_t i = 0; i < n; i += VL) {
        const size_t part = cols_part(n - i);
        cols_store(y + i, v_fma(s, cols_load(normal + i, part), cols_load(z + i, part)), part);
    }
}

/* y = z * fma(scale, normal, 1); y may equal z. */
FNN_INLINE void noise_multiply(size_t n, const real *normal, real scale, const real *z, real *y)
{
    const vec s = v_set1(scale), one = v_set1(1);
    for (size_t i = 0; i < n; i += VL) {
        const size_t part = cols_part(n - i);
        const vec factor = v_fma(s, cols_load(normal + i, part), one);
        cols_store(y + i, v_mul(cols_load(z + i, part), factor), part);
    }
}

#endif /* FNN_BODY_NOISE_H */
