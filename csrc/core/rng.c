/* rng.c: uniform and normal numbers and permutations from Philox. Layout, formulas and
 * accuracy are in rng.h. */
#include "rng.h"

#include <math.h>
#include <string.h>

/* Draws made at a time: enough independent work to fill the pipes, small enough for L1. */
#define BATCH 64

struct sequence {
    uint64_t seed, step;
    uint32_t stream;
};

/* u[first] ... u[first + BATCH - 1]; first is even, since a block holds two draws. */
static void draw(const struct sequence *s, uint64_t first, uint64_t out[BATCH])
{
    for (size_t i = 0; i < BATCH; i += 2) {
        uint32_t w[4];
        fnn_philox(s->seed, s->stream, s->step, (first + i) / 2, w);
        out[i] = (uint64_t)w[1] << 32 | w[0];
        out[i + 1] = (uint64_t)w[3] << 32 | w[2];
    }
}

void fnn_random_uniform(uint64_t seed, uint32_t stream, uint64_t step, size_t n, double *out)
{
    const struct sequence s = {seed, step, stream};
    for (size_t i = 0; i < n; i += BATCH) {
        const size_t count = n - i < BATCH ? n - i : BATCH;
        uint64_t u[BATCH];
        draw(&s, i, u);
        for (size_t j = 0; j < count; j++)
            out[i + j] = (double)(u[j] >> 11) * 0x1p-53;
    }
}

/* ---- normal ------------------------------------------------------------- */

/* Natural logarithm of a normal x > 0. x = 2^e m with m in [sqrt(1/2), sqrt(2)) and
 * log m = 2 atanh(s), s = (m-1)/(m+1), |s| < 0.1716, by the Taylor series of atanh to
 * s^21: the first term left out is below 2^-60 of the sum. At most 1 ulp on the arguments
 * used here (x < 0.08, so |e log 2| dominates). */
static double log_small(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    /* Subtracting the bits of sqrt(1/2) moves the exponent's carry to where m wraps. */
    const int64_t e = (int64_t)(bits - UINT64_C(0x3FE6A09E667F3BCD)) >> 52;
    bits -= (uint64_t)e << 52;
    double m;
    memcpy(&m, &bits, sizeof m);
    const double s = (m - 1.0) / (m + 1.0), z = s * s;
    double series = 1.0 / 21;
    for (int k = 19; k >= 3; k -= 2)
        series = series * z + 1.0 / k;
    /* log 2 in two parts; the high one has 32 bits, so its product with e is exact. */
    const double high = 0x1.62e42feep-1, low = 0x1.a39ef35793c76p-33;
    return (double)e * high + (2.0 * s + (2.0 * s * z * series + (double)e * low));
}

/* Horner with plain multiplications and additions: a library call for each fma of the
 * baseline instruction set would cost more than the rest. */
static inline double ratio(const double num[8], const double den[8], double r)
{
    double p = num[7], q = den[7];
    for (int k = 6; k >= 0; k--) {
        p = p * r + num[k];
        q = q * r + den[k];
    }
    return p / q;
}

/* Coefficients of PPND16 in ascending powers; the denominators begin with 1. */
static const double central_num[8] = {
    3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
    1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
    3.3430575583588128105e+4, 2.5090809287301226727e+3,
};
static const double central_den[8] = {
    1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
    2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,
    5.2264952788528545610e+3,
};
static const double tail_num[8] = {
    1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
    3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
    2.27238449892691845833e-2, 7.74545014278341407640e-4,
};
static const double tail_den[8] = {
    1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
    1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
    1.05075007164441684324e-9,
};
static const double far_num[8] = {
    6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
    2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
    2.71155556874348757815e-5, 2.01033439929228813265e-7,
};
static const double far_den[8] = {
    1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
    7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
    2.04426310338993978564e-15,
};

/* Quantile for |q| > 0.425, where q = p - 1/2 (exact, as is the distance to 1/2 from it). */
static double quantile_tail(double q)
{
    const double r = sqrt(-log_small(0.5 - fabs(q)));
    const double z = r <= 5.0 ? ratio(tail_num, tail_den, r - 1.6)
                              : ratio(far_num, far_den, r - 5.0);
    return q < 0.0 ? -z : z;
}

void fnn_random_normal(uint64_t seed, uint32_t stream, uint64_t step, size_t n, double *out)
{
    const struct sequence s = {seed, step, stream};
    for (size_t i = 0; i < n; i += BATCH) {
        const size_t count = n - i < BATCH ? n - i : BATCH;
        uint64_t u[BATCH];
        double q[BATCH];
        draw(&s, i, u);
        for (size_t j = 0; j < count; j++)
            q[j] = ((double)(int64_t)(u[j] >> 12) - (0x1p51 - 0.5)) * 0x1p-52;
        for (size_t j = 0; j < count; j++) {
            if (fabs(q[j]) <= 0.425)
                out[i + j] = q[j] * ratio(central_num, central_den, 0.180625 - q[j] * q[j]);
            else
                out[i + j] = quantile_tail(q[j]);
        }
    }
}

/* ---- permutation -------------------------------------------------------- */

struct draws {
    struct sequence s;
    uint64_t next; /* number of the first draw not yet made */
    size_t used;   /* of the batch */
    uint64_t u[BATCH];
};

static uint64_t next_draw(struct draws *d)
{
    if (d->used == BATCH) {
        draw(&d->s, d->next, d->u);
        d->next += BATCH;
        d->used = 0;
    }
    return d->u[d->used++];
}

/* a * b = high * 2^64 + *low, without a 128-bit type. */
static inline uint64_t multiply_high(uint64_t a, uint64_t b, uint64_t *low)
{
    const uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    const uint64_t p00 = a0 * b0, p01 = a0 * b1, p10 = a1 * b0;
    const uint64_t middle = (p00 >> 32) + (uint32_t)p01 + (uint32_t)p10;
    *low = a * b;
    return a1 * b1 + (p01 >> 32) + (p10 >> 32) + (middle >> 32);
}

/* Uniform in [0, bound), bound >= 1. */
static uint64_t bounded(struct draws *d, uint64_t bound)
{
    uint64_t low, high = multiply_high(next_draw(d), bound, &low);
    if (low < bound) { /* rare: only here can the draw be one to reject */
        const uint64_t reject = (0 - bound) % bound;
        while (low < reject)
            high = multiply_high(next_draw(d), bound, &low);
    }
    return high;
}

void fnn_random_permutation(uint64_t seed, uint32_t stream, uint64_t step, int64_t n,
                            int64_t *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = i;
    struct draws d = {.s = {seed, step, stream}, .used = BATCH};
    /* Partners are drawn and fetched a batch ahead of the swaps: with more rows than the
     * cache holds, a swap would otherwise wait for memory each time. */
    int64_t partner[BATCH];
    for (int64_t top = n - 1; top >= 1; top -= BATCH) {
        const int count = top < BATCH ? (int)top : BATCH;
        for (int j = 0; j < count; j++) {
            partner[j] = (int64_t)bounded(&d, (uint64_t)(top - j) + 1);
            __builtin_prefetch(out + partner[j], 1);
        }
        for (int j = 0; j < count; j++) {
            const int64_t kept = out[top - j];
            out[top - j] = out[partner[j]];
            out[partner[j]] = kept;
        }
    }
}
