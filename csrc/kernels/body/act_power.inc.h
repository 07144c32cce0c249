/* act_power.inc.h: z to a constant power. Included by act.inc.h only.
 *
 * A whole exponent up to 8 in absolute value is multiplied out from the left, one half more is that
 * times the square root, and a negative one the quotient of 1 by these. Any other is
 * exp(p log |z|), with the sign of z for an odd number and NaN for z < 0 and one that is not whole.
 * The derivative is p z^(p - 1), 0 for p = 0.
 */
#ifndef FNN_BODY_ACT_POWER_H
#define FNN_BODY_ACT_POWER_H

enum { ACT_POWER_MOST = 8 };

FNN_INLINE vec act_power_written_out(vec z, double size)
{
    const int whole = (int)size;
    vec y = size != whole ? v_sqrt(z) : v_set1(1);
    for (int n = 0; n < whole; n++) y = v_mul(y, z);
    return y;
}

FNN_INLINE vec act_power(vec z, double p)
{
    const double size = p < 0 ? -p : p;
    if (size < ACT_POWER_MOST + 1 && 2 * size == (int)(2 * size)) {
        const vec y = act_power_written_out(z, size);
        return p < 0 ? v_div(v_set1(1), y) : y;
    }
    const vec y = vm_exp(v_mul(v_set1((real)p), vm_log(v_abs(z))));
    if (size >= 0x1p53 || size == (double)(int64_t)size) {
        const int odd = size < 0x1p53 && (int64_t)size % 2;
        return odd ? v_copysign(y, z) : y;
    }
    return v_select(v_ge(z, v_zero()), y, v_set1((real)NAN));
}

FNN_INLINE vec act_power_slope(vec z, double p)
{
    return p == 0 ? v_zero() : v_mul(v_set1((real)p), act_power(z, p - 1));
}

#endif /* FNN_BODY_ACT_POWER_H */
