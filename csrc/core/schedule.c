/* schedule.c: the learning rate of a step, by the schedules of fastnn.h, and the functions that
 * they need. A value is a function of (schedule, step) alone, so a resumed run goes on with the
 * bits of an unbroken one. */
#include "schedule.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "fastnn.h"
#include "status.h"

/* ---- functions ----------------------------------------------------------- */

/* Two parts of ln 2: n times the first is exact for |n| < 2^11. */
#define LN2_HI 0x1.62e42fefa0000p-1
#define LN2_LO 0x1.cf79abc9e3b3ap-40

static double two_to(int64_t n) /* -1022 <= n <= 1023 */
{
    const uint64_t bits = (uint64_t)(n + 1023) << 52;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Integer next to x, ties to even, by the add that makes a double's unit 1. |x| < 2^51. */
static double nearest(double x)
{
    const volatile double magic = 0x1.8p52; /* not to be folded away */
    return (x + magic) - magic;
}

/* x = n ln 2 + r, |r| <= 0.35; e^r by its series to r^14 / 14!, whose tail is below 3e-19. */
double fnn_exp(double x)
{
    if (x != x) return x;
    if (x < -708) return 0;
    if (x > 709) return INFINITY;
    const double n = nearest(x * 0x1.71547652b82fep+0);
    const double r = (x - n * LN2_HI) - n * LN2_LO;
    double sum = 1;
    for (int k = 14; k >= 1; k--) sum = 1 + sum * r / k;
    /* In two factors: n may be 1023 + 1 after rounding. */
    const int64_t half = (int64_t)n / 2;
    return sum * two_to(half) * two_to((int64_t)n - half);
}

/* x = 2^e m, m in [sqrt(1/2), sqrt(2)): e ln 2 + 2 atanh(s), s = (m - 1) / (m + 1), |s| < 0.172,
 * by its series to s^21, whose tail is below 2e-19. */
double fnn_log(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int64_t e = (int64_t)(bits >> 52) - 1023;
    bits = (bits & ((UINT64_C(1) << 52) - 1)) | (UINT64_C(1023) << 52);
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m > 0x1.6a09e667f3bcdp+0) {
        m *= 0.5;
        e++;
    }
    const double s = (m - 1) / (m + 1), z = s * s;
    double sum = 0;
    for (int k = 21; k >= 3; k -= 2) sum = (sum + 1.0 / k) * z;
    return (double)e * LN2_HI + (2 * s + (2 * s * sum + (double)e * LN2_LO));
}

/* cos(pi x) from |x| = n / 2 + f, |f| <= 1/4: n's quarter turns of cos and sin of pi f, by their
 * series to the 18th and 19th power, whose tails are below 1e-17. */
double fnn_cospi(double x)
{
    if (!(fabs(x) < 0x1p52)) return NAN;
    x = fabs(x);
    const double n = nearest(x * 2);
    const double t = (x - n * 0.5) * 0x1.921fb54442d18p+1, z = t * t;
    const int quarter = (int)((int64_t)n & 3);
    if (quarter & 1) {
        double sum = 1;
        for (int k = 18; k >= 2; k -= 2) sum = 1 - sum * z / (k * (k + 1));
        return quarter == 1 ? -(t * sum) : t * sum;
    }
    double sum = 1;
    for (int k = 18; k >= 2; k -= 2) sum = 1 - sum * z / (k * (k - 1));
    return quarter == 0 ? sum : -sum;
}

static double power_whole(double x, int64_t n)
{
    double result = 1;
    for (; n > 0; n >>= 1) {
        if (n & 1) result *= x;
        x *= x;
    }
    return result;
}

double fnn_power(double x, double y)
{
    if (x != x || y != y) return NAN;
    const int whole = fabs(y) >= 0x1p52 || nearest(y) == y;
    if (whole && fabs(y) <= 64) {
        const double p = power_whole(x, (int64_t)fabs(y));
        return y < 0 ? 1 / p : p;
    }
    if (x == 0) return y > 0 ? 0 : INFINITY;
    if (x < 0 && !whole) return NAN;
    const int odd = whole && fabs(y) < 0x1p52 && ((int64_t)fabs(y) & 1);
    /* A subnormal base is beyond any use as a rate: its logarithm is taken to be that of the
     * smallest normal number. */
    const double a = fabs(x) < 0x1p-1022 ? 0x1p-1022 : fabs(x);
    const double size = a < INFINITY ? fnn_exp(y * fnn_log(a)) : y > 0 ? INFINITY : 0;
    return x < 0 && odd ? -size : size;
}

/* ---- schedules ----------------------------------------------------------- */

static double exponential(const double *p, double step)
{
    const double turns = p[3] != 0 ? floor(step / p[1]) : step / p[1];
    return p[0] * fnn_power(p[2], turns);
}

static double inverse_time(const double *p, double step)
{
    const double turns = p[3] != 0 ? floor(step / p[1]) : step / p[1];
    return p[0] / (1 + p[2] * turns);
}

static double polynomial(const double *p, double step)
{
    double over = p[1];
    if (p[4] != 0)
        over *= step == 0 ? 1 : ceil(step / over);
    else if (step > over)
        step = over;
    return (p[0] - p[2]) * fnn_power(1 - step / over, p[3]) + p[2];
}

static double cosine_part(double rate, double alpha, double share, double factor)
{
    return rate * ((1 - alpha) * (0.5 * factor * (1 + fnn_cospi(share))) + alpha);
}

static double cosine(const double *p, double step)
{
    const double over = p[1], alpha = p[2], target = p[4], warmup = p[5];
    if (p[3] == 0) return cosine_part(p[0], alpha, (step < over ? step : over) / over, 1);
    if (step > warmup + over) step = warmup + over;
    if (step < warmup) return (target - p[0]) * (step / warmup) + p[0];
    return cosine_part(target, alpha, (step - warmup) / over, 1);
}

/* Periods are counted off one by one, where Keras takes a logarithm: the first step of a period
 * is then the first step. Shrinking periods have a sum, and beyond it there is no rate: NaN. */
static double cosine_restarts(const double *p, double step)
{
    const double t_mul = p[2], m_mul = p[3], alpha = p[4];
    double share = step / p[1];
    if (t_mul == 1) {
        const double i = floor(share);
        return cosine_part(p[0], alpha, share - i, fnn_power(m_mul, i));
    }
    if (t_mul < 1 && share >= 1 / (1 - t_mul)) return NAN;
    double length = 1, factor = 1;
    while (share >= length && length > 0x1p-1000) {
        share -= length;
        length *= t_mul;
        factor *= m_mul;
    }
    return cosine_part(p[0], alpha, share / length, factor);
}

/* p: n boundaries in ascending order, then n + 1 values. */
static double piecewise(const double *p, int32_t n, double step)
{
    int32_t i = 0;
    while (i < n && step > p[i]) i++;
    return p[n + i];
}

static const struct {
    int32_t count;
    double (*value)(const double *p, double step);
} schedules[FNN_SCHEDULE_COUNT] = {
    [FNN_SCHEDULE_EXPONENTIAL] = {4, exponential},
    [FNN_SCHEDULE_INVERSE_TIME] = {4, inverse_time},
    [FNN_SCHEDULE_POLYNOMIAL] = {5, polynomial},
    [FNN_SCHEDULE_COSINE] = {6, cosine},
    [FNN_SCHEDULE_COSINE_RESTARTS] = {5, cosine_restarts},
};

enum fnn_status fnn_schedule_rates(enum fnn_schedule kind, const double *param, int32_t n_param,
                                   const double *step, int64_t n, double *rate)
{
    FNN_REQUIRE((int)kind >= 0 && kind < FNN_SCHEDULE_COUNT && n >= 0, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(param != NULL && (n == 0 || (step != NULL && rate != NULL)), FNN_ERR_ARGUMENT);
    if (kind == FNN_SCHEDULE_PIECEWISE) {
        FNN_REQUIRE(n_param >= 1 && n_param % 2 == 1, FNN_ERR_ARGUMENT);
        for (int64_t i = 0; i < n; i++) rate[i] = piecewise(param, n_param / 2, step[i]);
        return FNN_OK;
    }
    FNN_REQUIRE(n_param == schedules[kind].count, FNN_ERR_ARGUMENT);
    /* All but the piecewise constant one divide by a number of steps. */
    FNN_REQUIRE(param[1] > 0, FNN_ERR_ARGUMENT);
    for (int64_t i = 0; i < n; i++) rate[i] = schedules[kind].value(param, step[i]);
    return FNN_OK;
}
