/* dropout.inc.h: dropout masks from Philox, forward and backward. Which word an element
 * takes is in kernels.h, the generator in core/rng.h.
 *
 *   fwd   keep = word >= threshold;  y = keep ? z * scale : +0     y may equal z
 *   bwd   d = keep ? d * scale : +0                                in place
 * scale is rounded to real once. A dropped NaN or infinity becomes +0.
 *
 * Sixteen counters advance together through the rounds: with the counter words in arrays
 * of 16 the loops have no dependence between lanes, and compilers turn them into 32 x 32
 * -> 64 bit vector multiplications.
 */
#include "../../core/rng.h"

#define DROPOUT_BLOCKS 16
#define DROPOUT_WORDS (4 * DROPOUT_BLOCKS)

/* One round on sixteen blocks. A function of its own, called: inlined into the loop over
 * rounds, gcc 12 unrolls the lanes and multiplies one by one (6 times slower). */
static __attribute__((noinline)) void dropout_round(uint32_t *restrict c0,
                                                    uint32_t *restrict c1,
                                                    uint32_t *restrict c2,
                                                    uint32_t *restrict c3, uint32_t k0,
                                                    uint32_t k1)
{
    for (int i = 0; i < DROPOUT_BLOCKS; i++) {
        const uint64_t p0 = (uint64_t)FNN_PHILOX_M0 * c0[i];
        const uint64_t p1 = (uint64_t)FNN_PHILOX_M1 * c2[i];
        c0[i] = (uint32_t)(p1 >> 32) ^ c1[i] ^ k0;
        c1[i] = (uint32_t)p1;
        c2[i] = (uint32_t)(p0 >> 32) ^ c3[i] ^ k1;
        c3[i] = (uint32_t)p0;
    }
}

/* The words of sixteen blocks in element order: words[4 i + w] is word w of block[i]. */
static void dropout_words(const struct fnn_dropout_args *a, const uint64_t *block,
                          uint32_t *restrict words)
{
    uint32_t c0[DROPOUT_BLOCKS], c1[DROPOUT_BLOCKS], c2[DROPOUT_BLOCKS], c3[DROPOUT_BLOCKS];
    const uint32_t high = fnn_philox_step_high(a->step);
    for (int i = 0; i < DROPOUT_BLOCKS; i++) {
        c0[i] = (uint32_t)block[i];
        c1[i] = (uint32_t)(block[i] >> 32) ^ high;
        c2[i] = (uint32_t)a->step;
        c3[i] = a->stream;
    }
    uint32_t k0 = (uint32_t)a->seed, k1 = (uint32_t)(a->seed >> 32);
    for (int round = 0; round < FNN_PHILOX_ROUNDS; round++) {
        dropout_round(c0, c1, c2, c3, k0, k1);
        k0 += FNN_PHILOX_W0;
        k1 += FNN_PHILOX_W1;
    }
    for (int i = 0; i < DROPOUT_BLOCKS; i++) {
        words[4 * i] = c0[i];
        words[4 * i + 1] = c1[i];
        words[4 * i + 2] = c2[i];
        words[4 * i + 3] = c3[i];
    }
}

/* n elements of one row. */
FNN_INLINE void dropout_apply(size_t n, const uint32_t *words, uint32_t threshold, real scale,
                              const real *z, real *y, uint8_t *keep)
{
    for (size_t i = 0; i < n; i++) {
        const int kept = words[i] >= threshold;
        keep[i] = (uint8_t)kept;
        y[i] = kept ? z[i] * scale : (real)0;
    }
}

/* Runs over the blocks of all rows in one sequence, sixteen at a time, so that narrow rows
 * do not waste lanes. */
static void FN(fnn_dropout_fwd)(size_t rows, size_t cols, const void *z, size_t ldz, void *y,
                                size_t ldy, uint8_t *keep, size_t ldk,
                                const struct fnn_dropout_args *a)
{
    assert(a->col0 % 4 == 0 && a->col0 + cols <= a->width);
    if (cols == 0)
        return;
    const real scale = (real)a->scale;
    const uint64_t row_blocks = (a->width + 3) / 4, first = a->col0 / 4;
    const size_t per_row = (cols + 3) / 4;
    size_t r = 0, b = 0; /* next block: row, place in the row */
    while (r < rows) {
        uint64_t block[DROPOUT_BLOCKS];
        uint32_t words[DROPOUT_WORDS];
        size_t row = r, at = b;
        for (size_t i = 0; i < DROPOUT_BLOCKS; i++) {
            block[i] = (a->row0 + row) * row_blocks + first + at;
            if (++at == per_row) {
                at = 0;
                row++;
            }
        }
        dropout_words(a, block, words);
        for (size_t i = 0; i < DROPOUT_BLOCKS && r < rows;) {
            const size_t left = DROPOUT_BLOCKS - i;
            const size_t blocks = per_row - b < left ? per_row - b : left;
            const size_t c = 4 * b, n = cols - c < 4 * blocks ? cols - c : 4 * blocks;
            dropout_apply(n, words + 4 * i, a->threshold, scale,
                          (const real *)z + r * ldz + c, (real *)y + r * ldy + c,
                          keep + r * ldk + c);
            i += blocks;
            b += blocks;
            if (b == per_row) {
                b = 0;
                r++;
            }
        }
    }
}

static void FN(fnn_dropout_bwd)(size_t rows, size_t cols, const uint8_t *keep, size_t ldk,
                                void *d, size_t ldd, double scale)
{
    const real s = (real)scale;
    for (size_t r = 0; r < rows; r++) {
        real *dr = (real *)d + r * ldd;
        const uint8_t *kr = keep + r * ldk;
        for (size_t c = 0; c < cols; c++)
            dr[c] = kr[c] ? dr[c] * s : (real)0;
    }
}
