/* dropout.inc.h: dropout masks and noise from Philox, forward and backward. Which word an
 * element takes is in kernels.h, the generator in core/rng.h, normal numbers in noise.inc.h.
 *
 *   fwd    keep = word >= threshold;  y = keep ? z * scale : +0     y may equal z
 *   alpha  the same with keep ? fma(z, scale, shift) : fill
 *   bwd    d = keep ? d * scale : +0                                in place
 *   noise  y = fma(scale, normal, z) or z * fma(scale, normal, 1)   y may equal z
 * scale and so on are rounded to real once. A dropped NaN or infinity becomes +0 (or fill).
 *
 * Groups of 4 vectors of counters go through the rounds together, which hides the latency
 * of the multiplications.
 */
#include "../../core/rng.h"
#include "../simd/wide.h"
#include "noise.inc.h"

#define DROPOUT_BLOCKS 64
#define DROPOUT_GROUP (4 * WIDE) /* divides DROPOUT_BLOCKS */

/* words[4 i + w] = word w of block[i], for i < DROPOUT_GROUP. The low half of a lane is the
 * word; the high half holds whatever the arithmetic left there. */
FNN_INLINE void dropout_words(const struct fnn_dropout_args *a, const uint64_t *block,
                              uint32_t *restrict words)
{
    const wide m0 = w_set1(FNN_PHILOX_M0), m1 = w_set1(FNN_PHILOX_M1);
    const wide high = w_set1(fnn_philox_step_high(a->step));
    wide c0[4], c1[4], c2[4], c3[4];
#pragma GCC unroll 4
    for (size_t v = 0; v < 4; v++) {
        c0[v] = w_load(block + v * WIDE);
        c1[v] = w_xor(w_high(c0[v]), high);
        c2[v] = w_set1(a->step);
        c3[v] = w_set1(a->stream);
    }
    uint32_t k0 = (uint32_t)a->seed, k1 = (uint32_t)(a->seed >> 32);
    for (int round = 0; round < FNN_PHILOX_ROUNDS; round++) {
        const wide key0 = w_set1(k0), key1 = w_set1(k1);
#pragma GCC unroll 4
        for (size_t v = 0; v < 4; v++) {
            const wide p0 = w_mul(m0, c0[v]), p1 = w_mul(m1, c2[v]);
            c0[v] = w_xor(w_xor(w_high(p1), c1[v]), key0);
            c1[v] = p1;
            c2[v] = w_xor(w_xor(w_high(p0), c3[v]), key1);
            c3[v] = p0;
        }
        k0 += FNN_PHILOX_W0;
        k1 += FNN_PHILOX_W1;
    }
    uint64_t lane[4][DROPOUT_GROUP];
#pragma GCC unroll 4
    for (size_t v = 0; v < 4; v++) {
        w_store(lane[0] + v * WIDE, c0[v]);
        w_store(lane[1] + v * WIDE, c1[v]);
        w_store(lane[2] + v * WIDE, c2[v]);
        w_store(lane[3] + v * WIDE, c3[v]);
    }
    for (size_t i = 0; i < DROPOUT_GROUP; i++) {
        words[4 * i] = (uint32_t)lane[0][i];
        words[4 * i + 1] = (uint32_t)lane[1][i];
        words[4 * i + 2] = (uint32_t)lane[2][i];
        words[4 * i + 3] = (uint32_t)lane[3][i];
    }
}

/* Bytes may alias anything unless told otherwise, which would keep this loop scalar. */
FNN_INLINE void dropout_decide(size_t n, const uint32_t *restrict words, uint32_t threshold,
                               uint8_t *restrict keep)
{
    for (size_t i = 0; i < n; i++)
        keep[i] = words[i] >= threshold;
}

/* y = keep ? z * scale : +0 for n elements of a row; y may equal z. */
FNN_INLINE void dropout_scale(size_t n, const uint8_t *keep, real scale, const real *z, real *y)
{
    const vec factor = v_set1(scale), zero = v_zero();
    real kept[16];
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        for (size_t l = 0; l < 16; l++)
            kept[l] = (real)keep[i + l];
        for (size_t j = 0; j < 16; j += VL) {
            const vec scaled = v_mul(v_load(z + i + j), factor);
            v_store(y + i + j, v_select(v_gt(v_load(kept + j), zero), scaled, zero));
        }
    }
    for (; i < n; i++) {
        const real scaled = z[i] * scale;
        y[i] = keep[i] ? scaled : (real)0;
    }
}

/* y = keep ? z * scale + shift : fill for n elements of a row; y may equal z. */
FNN_INLINE void dropout_map(size_t n, const uint8_t *keep, const struct fnn_dropout_args *a,
                            const real *z, real *y)
{
    const vec factor = v_set1((real)a->scale), shift = v_set1((real)a->shift);
    const vec fill = v_set1((real)a->fill);
    real kept[VL];
    for (size_t i = 0; i < n; i += VL) {
        const size_t part = cols_part(n - i);
        for (size_t l = 0; l < VL; l++)
            kept[l] = l < part ? (real)keep[i + l] : (real)0;
        const vec mapped = v_fma(cols_load(z + i, part), factor, shift);
        cols_store(y + i, v_select(v_gt(v_load(kept), v_zero()), mapped, fill), part);
    }
}

enum dropout_mode { DROPOUT_PLAIN, DROPOUT_ALPHA, DROPOUT_NOISE, DROPOUT_FACTOR };

/* What becomes of n elements of a row whose words are given. */
FNN_INLINE void dropout_row(enum dropout_mode mode, size_t n, const uint32_t *words,
                            const real *normal, const struct fnn_dropout_args *a, const real *z,
                            real *y, uint8_t *keep)
{
    switch (mode) {
    case DROPOUT_PLAIN:
        dropout_decide(n, words, a->threshold, keep);
        dropout_scale(n, keep, (real)a->scale, z, y);
        break;
    case DROPOUT_ALPHA:
        dropout_decide(n, words, a->threshold, keep);
        dropout_map(n, keep, a, z, y);
        break;
    case DROPOUT_NOISE: noise_add(n, normal, (real)a->scale, z, y); break;
    default: noise_multiply(n, normal, (real)a->scale, z, y); break;
    }
}

/* Runs over the blocks of all rows in one sequence, many at a time, so that narrow rows do
 * not waste lanes. */
FNN_INLINE void dropout_walk(enum dropout_mode mode, size_t rows, size_t cols, const void *z,
                             size_t ldz, void *y, size_t ldy, uint8_t *keep, size_t ldk,
                             const struct fnn_dropout_args *a)
{
    assert(a->col0 % 4 == 0 && a->col0 + cols <= a->width);
    if (cols == 0)
        return;
    const int normal = mode == DROPOUT_NOISE || mode == DROPOUT_FACTOR;
    const uint64_t row_blocks = (a->width + 3) / 4, first = a->col0 / 4;
    const size_t per_row = (cols + 3) / 4;
    size_t r = 0, b = 0; /* next block: row, place in the row */
    while (r < rows) {
        uint64_t block[DROPOUT_BLOCKS];
        uint32_t words[4 * DROPOUT_BLOCKS];
        real normals[4 * DROPOUT_BLOCKS];
        const size_t todo = (rows - r) * per_row - b;
        const size_t count = todo < DROPOUT_BLOCKS ? todo : DROPOUT_BLOCKS;
        size_t row = r, at = b;
        for (size_t i = 0; i < count; i++) {
            block[i] = (a->row0 + row) * row_blocks + first + at;
            if (++at == per_row) {
                at = 0;
                row++;
            }
        }
        for (size_t i = count; i % DROPOUT_GROUP; i++)
            block[i] = 0;
        for (size_t i = 0; i < count; i += DROPOUT_GROUP)
            dropout_words(a, block + i, words + 4 * i);
        if (normal)
            noise_normals(4 * count, words, normals);
        for (size_t i = 0; i < count && r < rows;) {
            const size_t left = count - i;
            const size_t blocks = per_row - b < left ? per_row - b : left;
            const size_t c = 4 * b, n = cols - c < 4 * blocks ? cols - c : 4 * blocks;
            dropout_row(mode, n, words + 4 * i, normals + 4 * i, a, (const real *)z + r * ldz + c,
                        (real *)y + r * ldy + c, normal ? NULL : keep + r * ldk + c);
            i += blocks;
            b += blocks;
            if (b == per_row) {
                b = 0;
                r++;
            }
        }
    }
}

static void FN(fnn_dropout_fwd)(size_t rows, size_t cols, const void *z, size_t ldz, void *y,
                                size_t ldy, uint8_t *keep, size_t ldk,
                                const struct fnn_dropout_args *a)
{
    dropout_walk(DROPOUT_PLAIN, rows, cols, z, ldz, y, ldy, keep, ldk, a);
}

static void FN(fnn_alpha_dropout_fwd)(size_t rows, size_t cols, const void *z, size_t ldz, void *y,
                                      size_t ldy, uint8_t *keep, size_t ldk,
                                      const struct fnn_dropout_args *a)
{
    dropout_walk(DROPOUT_ALPHA, rows, cols, z, ldz, y, ldy, keep, ldk, a);
}

static void FN(fnn_noise)(int multiply, size_t rows, size_t cols, const void *z, size_t ldz,
                          void *y, size_t ldy, const struct fnn_dropout_args *a)
{
    if (multiply)
        dropout_walk(DROPOUT_FACTOR, rows, cols, z, ldz, y, ldy, NULL, 0, a);
    else
        dropout_walk(DROPOUT_NOISE, rows, cols, z, ldz, y, ldy, NULL, 0, a);
}

static void FN(fnn_dropout_bwd)(size_t rows, size_t cols, const uint8_t *keep, size_t ldk,
                                void *d, size_t ldd, double scale)
{
    const real s = (real)scale;
    for (size_t r = 0; r < rows; r++) {
        real *row = (real *)d + r * ldd;
        dropout_scale(cols, keep + r * ldk, s, row, row);
    }
}
