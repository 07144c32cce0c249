/* vmath.inc.h: elementwise functions of the kernels, float and double: exp, expm1, tanh,
 * sigmoid (vmath_exp), log, log1p, softplus (vmath_log), erf, the normal distribution and
 * GELU (vmath_erf). No loops over memory here.
 *
 * Each function is one fixed sequence of fma, add, mul, div and bit operations, so every
 * instruction set gives the same bits; the C library's transcendentals are not used. The
 * exception is NaN: a NaN in gives a NaN out, but its sign and payload are the CPU's.
 *
 * The polynomials were fitted by the Remez exchange algorithm (minimax of the weighted
 * error named at each table) in 200-bit arithmetic; the leading two or three coefficients
 * were rounded to the working precision one by one, refitting the others each time.
 *
 * "Max error" below is the largest found, in units in the last place of the result, over
 * the whole domain of the type: for float every number with 2^-6 <= |x| < 128 and every
 * 131st of the others against the C library in double, for double dense random samples
 * (0.4 million a function) against quadruple precision. docs/numerics.md collects them.
 */
#ifndef FNN_BODY_VMATH_H
#define FNN_BODY_VMATH_H

#include "../simd/simd.h"

/* c[0] + x * (c[1] + x * ... c[n-1]), Horner's scheme. n is a constant at every call. */
FNN_INLINE vec vm_poly(vec x, const real *c, int n)
{
    vec sum = v_set1(c[n - 1]);
#pragma GCC unroll 32
    for (int i = n - 2; i >= 0; i--)
        sum = v_fma(sum, x, v_set1(c[i]));
    return sum;
}
#define VM_POLY(x, c) vm_poly((x), (c), (int)(sizeof(c) / sizeof((c)[0])))

#include "vmath_coef.inc.h"
#include "vmath_exp.inc.h"
#include "vmath_log.inc.h"
#include "vmath_erf.inc.h"

#endif /* FNN_BODY_VMATH_H */
