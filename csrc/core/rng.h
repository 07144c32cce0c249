/* rng.h: counter-based random numbers. Owns the generator, the layout of its counter and
 * the three distributions of fastnn.h; keeps no state, allocates nothing.
 *
 * Generator: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy
 * as 1, 2, 3", SC 2011): a bijection of a 128-bit counter chosen by a 64-bit key. The raw
 * block function passes the known-answer tests of Random123.
 *
 * Layout. A sequence is named by (seed, stream, step); its blocks of four 32-bit words are
 * numbered from 0.
 *   key     = { low 32 bits of seed, high 32 bits of seed }
 *   counter = { low 32 bits of block,
 *               high 32 bits of block  xor  (high 32 bits of step, rotated left by 16),
 *               low 32 bits of step,
 *               stream }
 * 160 bits go into 128: distinct (block, step, stream) give distinct counters as long as
 * block < 2^48 and step < 2^48; beyond that two sequences may share blocks.
 *
 * Words. w[e] is word e % 4 of block e / 4. Draws of 64 bits are u[i] = w[2i] + 2^32 w[2i+1].
 *
 * Distributions, element i of a sequence:
 *   uniform      floor(u[i] / 2^11) * 2^-53: all multiples of 2^-53 in [0, 1), equally likely.
 *   normal       Phi^-1(p) with p = (floor(u[i] / 2^12) + 1/2) * 2^-52, by Wichura's PPND16
 *                (AS 241, 1988), with a logarithm of its own. Within 1e-15 relative of the
 *                exact quantile of p; symmetric; |value| <= 8.21.
 *   permutation  Fisher-Yates from the top: for i = n-1 ... 1 swap a[i] with a[j], j uniform
 *                in [0, i] by Lemire's multiply-and-reject ("Fast random integer generation
 *                in an interval", 2019): exactly unbiased. Draws are taken in order from
 *                u[0]; a rejected draw (probability below n / 2^64) takes the next one.
 * Only integer operations, IEEE additions, multiplications, divisions and square roots
 * are used: the same bits on every CPU.
 */
#ifndef FNN_RNG_H
#define FNN_RNG_H

#include <stddef.h>
#include <stdint.h>

#include "fastnn.h"

#define FNN_PHILOX_M0 UINT32_C(0xD2511F53)
#define FNN_PHILOX_M1 UINT32_C(0xCD9E8D57)
#define FNN_PHILOX_W0 UINT32_C(0x9E3779B9) /* golden ratio */
#define FNN_PHILOX_W1 UINT32_C(0xBB67AE85) /* sqrt(3) - 1 */
#define FNN_PHILOX_ROUNDS 10

/* The raw block function: out = Philox4x32-10(counter, key). out may be counter. */
static inline void fnn_philox_block(const uint32_t counter[4], const uint32_t key[2],
                                    uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < FNN_PHILOX_ROUNDS; round++) {
        const uint64_t p0 = (uint64_t)FNN_PHILOX_M0 * c0;
        const uint64_t p1 = (uint64_t)FNN_PHILOX_M1 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += FNN_PHILOX_W0;
        k1 += FNN_PHILOX_W1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* The part of counter word 1 that comes from the step. */
static inline uint32_t fnn_philox_step_high(uint64_t step)
{
    const uint32_t high = (uint32_t)(step >> 32);
    return high << 16 | high >> 16;
}

/* Block block_index of the sequence (seed, stream, step). */
static inline void fnn_philox(uint64_t seed, uint32_t stream, uint64_t step,
                              uint64_t block_index, uint32_t out[4])
{
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    const uint32_t counter[4] = {(uint32_t)block_index,
                                 (uint32_t)(block_index >> 32) ^ fnn_philox_step_high(step),
                                 (uint32_t)step, stream};
    fnn_philox_block(counter, key, out);
}

#endif /* FNN_RNG_H */
