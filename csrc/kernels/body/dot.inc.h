/* dot.inc.h: products of two samples along one axis of each, slots dot_fwd and dot_bwd of
 * kernels.h.
 *
 *   y[i][j] = sum_k u_i[k] v_j[k]     u_i, v_j: the vectors of the two samples, divided by
 *                                     max(|.|, 1e-7) if normalize (|.|^2 in TREE order)
 *   du_i[k] = sum_j dy[i][j] v_j[k]   j ascending by fma; and through the division
 *                                     da = (du - u (u . du)) / |a|, u . du = sum_j dy y
 *
 * The sum over k is TREE with lanes chained by fma. Vectors may be strided; sixteen elements
 * at a time are then copied to lie side by side. */
#ifndef FNN_BODY_DOT_H
#define FNN_BODY_DOT_H

#include "tree.inc.h"

#define DOT_EPSILON ((real)1e-14)

/* Sixteen elements of a strided vector, +0 beyond the first n. */
FNN_INLINE void dot_load(const real *p, size_t stride, size_t n, vec out[NVEC16])
{
    if (stride == 1 && n >= 16) {
        for (int v = 0; v < NVEC16; v++)
            out[v] = v_load(p + (size_t)v * VL);
        return;
    }
    real side[16] = {0};
    for (size_t i = 0; i < n && i < 16; i++)
        side[i] = p[i * stride];
    for (int v = 0; v < NVEC16; v++)
        out[v] = v_load(side + (size_t)v * VL);
}

FNN_INLINE real dot_product(size_t n, const real *a, size_t sa, const real *b, size_t sb)
{
    vec acc[NVEC16], x[NVEC16], y[NVEC16];
    for (int v = 0; v < NVEC16; v++)
        acc[v] = v_zero();
    for (size_t k = 0; k < n; k += 16) {
        dot_load(a + k * sa, sa, n - k, x);
        dot_load(b + k * sb, sb, n - k, y);
        for (int v = 0; v < NVEC16; v++)
            acc[v] = v_fma(x[v], y[v], acc[v]);
    }
    return tree_sum(acc);
}

/* 1 / max(|a|, 1e-7); *bounded when the bound holds and the norm does not depend on a. */
FNN_INLINE real dot_scale(size_t n, const real *a, size_t stride, int *bounded)
{
    const real square = dot_product(n, a, stride, a, stride);
    *bounded = square < DOT_EPSILON;
    real out[VL];
    v_store(out, v_div(v_set1(1), v_sqrt(v_set1(*bounded ? DOT_EPSILON : square))));
    return out[0];
}

/* Place of element (i, j) of a result of n_j columns in the rows of its tensor. */
FNN_INLINE size_t dot_place(const struct fnn_dot_args *args, size_t i, size_t j)
{
    const size_t e = i * args->b.count + j;
    return e / args->width * args->ldy + e % args->width;
}

static void FN(fnn_dot_fwd)(const struct fnn_dot_args *args)
{
    const struct fnn_dot_side *a = &args->a, *b = &args->b;
    int bounded;
    for (size_t s = 0; s < args->samples; s++) {
        const real *from_a = (const real *)a->data + s * a->sample;
        const real *from_b = (const real *)b->data + s * b->sample;
        real *y = (real *)args->y + s * args->y_sample;
        for (size_t i = 0; i < a->count; i++) {
            const real *u = from_a + i * a->free;
            const real scale_u = args->normalize ? dot_scale(args->n, u, a->along, &bounded) : 1;
            for (size_t j = 0; j < b->count; j++) {
                const real *v = from_b + j * b->free;
                real sum = dot_product(args->n, u, a->along, v, b->along);
                if (args->normalize)
                    sum = sum * scale_u * dot_scale(args->n, v, b->along, &bounded);
                y[dot_place(args, i, j)] = sum;
            }
        }
    }
}

/* Gradient of one vector of `mine`, number i, to dx. */
FNN_INLINE void dot_bwd_vector(const struct fnn_dot_args *args, const real *mine, const real *others,
                               const real *y, const real *dy, size_t i, real *dx)
{
    const struct fnn_dot_side *me = args->side ? &args->b : &args->a;
    const struct fnn_dot_side *it = args->side ? &args->a : &args->b;
    int fixed = 1, ignored;
    const real scale = args->normalize ? dot_scale(args->n, mine, me->along, &fixed) : 1;
    real along = 0; /* u . du */
    for (size_t j = 0; !fixed && j < it->count; j++) {
        const size_t at = args->side ? dot_place(args, j, i) : dot_place(args, i, j);
        along += dy[at] * y[at];
    }
    for (size_t k = 0; k < args->n; k += 16) {
        const size_t n = args->n - k < 16 ? args->n - k : 16;
        vec acc[NVEC16], x[NVEC16];
        for (int v = 0; v < NVEC16; v++)
            acc[v] = v_zero();
        for (size_t j = 0; j < it->count; j++) {
            const real *other = others + j * it->free;
            real d = dy[args->side ? dot_place(args, j, i) : dot_place(args, i, j)];
            if (args->normalize)
                d *= dot_scale(args->n, other, it->along, &ignored);
            dot_load(other + k * it->along, it->along, n, x);
            for (int v = 0; v < NVEC16; v++)
                acc[v] = v_fma(v_set1(d), x[v], acc[v]);
        }
        if (args->normalize) {
            dot_load(mine + k * me->along, me->along, n, x);
            for (int v = 0; v < NVEC16; v++)
                acc[v] = v_mul(v_set1(scale),
                               v_fnma(v_mul(v_set1(scale), x[v]), v_set1(along), acc[v]));
        }
        real out[16];
        for (int v = 0; v < NVEC16; v++)
            v_store(out + (size_t)v * VL, acc[v]);
        for (size_t e = 0; e < n; e++) {
            real *at = dx + (k + e) * me->along;
            *at = args->add ? *at + out[e] : out[e];
        }
    }
}

static void FN(fnn_dot_bwd)(const struct fnn_dot_args *args)
{
    const struct fnn_dot_side *me = args->side ? &args->b : &args->a;
    const struct fnn_dot_side *it = args->side ? &args->a : &args->b;
    for (size_t s = 0; s < args->samples; s++)
        for (size_t i = 0; i < me->count; i++)
            dot_bwd_vector(args, (const real *)me->data + s * me->sample + i * me->free,
                           (const real *)it->data + s * it->sample,
                           (const real *)args->y + s * args->y_sample,
                           (const real *)args->dy + s * args->y_sample, i,
                           (real *)args->dx + s * me->sample + i * me->free);
}

#endif /* FNN_BODY_DOT_H */
