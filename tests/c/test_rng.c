/* test_rng.c: the generator against published answers, and the three distributions
 * against a plain second writing of what rng.h says they are. */
#include <math.h>

#include "check.h"
#include "rng.h"

/* Known answers of Philox4x32-10, from the test vectors of Random123. */
static void test_known_answers(void)
{
    static const struct {
        uint32_t counter[4], key[2], want[4];
    } vectors[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        uint32_t out[4];
        fnn_philox_block(vectors[i].counter, vectors[i].key, out);
        CHECK(memcmp(out, vectors[i].want, sizeof out) == 0);
        memcpy(out, vectors[i].counter, sizeof out);
        fnn_philox_block(out, vectors[i].key, out); /* in place */
        CHECK(memcmp(out, vectors[i].want, sizeof out) == 0);
    }
}

enum { SEQUENCES = 3, LENGTH = 3001 };
static const struct {
    uint64_t seed, step;
    uint32_t stream;
} sequences[SEQUENCES] = {
    {0, 0, 0},
    {UINT64_C(0x123456789abcdef0), 7, 3},
    {UINT64_C(0xffffffffffffffff), UINT64_C(0x0000a5a512345678), 0xfffffffe},
};

/* u[i] of sequence s, from the counter layout in rng.h. */
static uint64_t draw(int s, uint64_t i)
{
    const uint64_t block = i / 2, step = sequences[s].step, seed = sequences[s].seed;
    const uint32_t step_high = (uint32_t)(step >> 32);
    const uint32_t counter[4] = {(uint32_t)block,
                                 (uint32_t)(block >> 32) ^ (step_high << 16 | step_high >> 16),
                                 (uint32_t)step, sequences[s].stream};
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t w[4];
    fnn_philox_block(counter, key, w);
    return i % 2 ? (uint64_t)w[3] << 32 | w[2] : (uint64_t)w[1] << 32 | w[0];
}

static double values[LENGTH], part[LENGTH];

static void test_uniform(int s)
{
    fnn_random_uniform(sequences[s].seed, sequences[s].stream, sequences[s].step, LENGTH, values);
    int same = 1, inside = 1;
    double sum = 0;
    for (int i = 0; i < LENGTH; i++) {
        same &= values[i] == (double)(draw(s, (uint64_t)i) >> 11) / 9007199254740992.0;
        inside &= values[i] >= 0 && values[i] < 1;
        sum += values[i];
    }
    CHECK(same);
    CHECK(inside);
    /* The mean's deviation is sqrt(1/12/LENGTH) = 0.0053: five of them. */
    CHECK(fabs(sum / LENGTH - 0.5) < 0.027);
}

static void test_normal(int s)
{
    fnn_random_normal(sequences[s].seed, sequences[s].stream, sequences[s].step, LENGTH, values);
    int close = 1;
    for (int i = 0; i < LENGTH; i++) {
        const double p = ((double)(draw(s, (uint64_t)i) >> 12) + 0.5) / 4503599627370496.0;
        /* The quantile is within 4e-16 relative; through the distribution function that is
         * at most |z| phi(z) / Phi(z) <= z^2 + 1 times as much of the tail's probability. */
        const double tail = p < 0.5 ? p : 1 - p;
        const double back = 0.5 * erfc(fabs(values[i]) / sqrt(2.0));
        const double slack = (values[i] * values[i] + 2) * 8e-16;
        close &= fabs(back - tail) <= slack * tail && (values[i] < 0) == (p < 0.5);
    }
    CHECK(close);
}

/* A call for fewer elements gives the same first elements. */
static void test_prefix(int s)
{
    static const size_t lengths[] = {0, 1, 2, 3, 63, 64, 65, 127, 1000};
    typedef void fill_fn(uint64_t, uint32_t, uint64_t, size_t, double *);
    static fill_fn *const fills[] = {fnn_random_uniform, fnn_random_normal};
    for (size_t f = 0; f < 2; f++) {
        fills[f](sequences[s].seed, sequences[s].stream, sequences[s].step, LENGTH, values);
        for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
            const size_t n = lengths[l];
            part[n] = -7;
            fills[f](sequences[s].seed, sequences[s].stream, sequences[s].step, n, part);
            CHECK(memcmp(part, values, n * sizeof *part) == 0);
            CHECK(part[n] == -7);
        }
    }
}

/* Fisher-Yates from the top with multiply-and-reject, one draw at a time. */
static void shuffle(int s, int64_t n, int64_t *out)
{
    uint64_t next = 0;
    for (int64_t i = 0; i < n; i++) out[i] = i;
    for (int64_t i = n - 1; i >= 1; i--) {
        const uint64_t bound = (uint64_t)i + 1;
        unsigned __int128 product;
        do {
            product = (unsigned __int128)draw(s, next++) * bound;
        } while ((uint64_t)product < (0 - bound) % bound);
        const int64_t j = (int64_t)(product >> 64), kept = out[i];
        out[i] = out[j];
        out[j] = kept;
    }
}

static void test_permutation(int s)
{
    static const int64_t lengths[] = {0, 1, 2, 3, 10, 63, 64, 65, 66, 127, 128, 129, 1000, LENGTH};
    static int64_t got[LENGTH + 1], want[LENGTH];
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
        const int64_t n = lengths[l];
        got[n] = -7;
        fnn_random_permutation(sequences[s].seed, sequences[s].stream, sequences[s].step, n, got);
        shuffle(s, n, want);
        CHECK(memcmp(got, want, (size_t)n * sizeof *got) == 0);
        CHECK(got[n] == -7);
    }
}

/* Any part of the name of a sequence changes it. */
static void test_distinct(void)
{
    double a[4], b[4];
    fnn_random_uniform(1, 2, 3, 4, a);
    fnn_random_uniform(2, 2, 3, 4, b);
    CHECK(memcmp(a, b, sizeof a) != 0);
    fnn_random_uniform(1, 3, 3, 4, b);
    CHECK(memcmp(a, b, sizeof a) != 0);
    fnn_random_uniform(1, 2, 4, 4, b);
    CHECK(memcmp(a, b, sizeof a) != 0);
    fnn_random_uniform(1, 2, 3 + (UINT64_C(1) << 32), 4, b);
    CHECK(memcmp(a, b, sizeof a) != 0);
    fnn_random_uniform(1 + (UINT64_C(1) << 32), 2, 3, 4, b);
    CHECK(memcmp(a, b, sizeof a) != 0);
}

int main(void)
{
    test_known_answers();
    for (int s = 0; s < SEQUENCES; s++) {
        test_uniform(s);
        test_normal(s);
        test_prefix(s);
        test_permutation(s);
    }
    test_distinct();
    return check_done("rng");
}
