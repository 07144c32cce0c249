/* roof.c: the machine's limits, measured: fused multiply-adds and reading and writing memory.
 *
 * Each function works on one thread for a given number of rounds; bench/roof.py times them,
 * one call a thread. FMA: independent accumulators, twice as many as latency times ports
 * asks for (4 cycles x 2 ports), and no more than there are registers: 24 of 32 with
 * AVX-512 and on ARM, 12 of 16 with AVX2. The accumulators converge to a finite number, so
 * no slow path for infinities or subnormals is taken.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define REPEAT12(M) M(0) M(1) M(2) M(3) M(4) M(5) M(6) M(7) M(8) M(9) M(10) M(11)
#define REPEAT24(M) REPEAT12(M) M(12) M(13) M(14) M(15) M(16) M(17) M(18) M(19) M(20) M(21) M(22) M(23)

/* Defines `double NAME(uint64_t rounds)`: each round is one FMA on each accumulator. The
 * empty asm keeps the accumulators in registers and the compiler from folding rounds. */
#define FMA_ROOF(NAME, TARGET, REPEAT, VEC, SET, FMA, FIRST)                                  \
    TARGET double NAME(uint64_t rounds)                                                       \
    {                                                                                         \
        const VEC scale = SET(0.5), shift = SET(0.75);                                        \
        REPEAT(DECLARE_##VEC)                                                                 \
        for (uint64_t r = 0; r < rounds; r++) {                                               \
            REPEAT(FMA)                                                                       \
            __asm__ volatile("" : "+" KEEP(a0));                                              \
        }                                                                                     \
        VEC total = SET(0.0);                                                                 \
        REPEAT(ADD)                                                                           \
        double first = 0;                                                                     \
        memcpy(&first, &total, sizeof(FIRST));                                                \
        return first;                                                                         \
    }

#if defined(__x86_64__)
#include <immintrin.h>

#define KEEP(x) "v"(x)
#define T512 __attribute__((target("avx512f")))
#define T256 __attribute__((target("avx2,fma")))
#define DECLARE___m512(i) __m512 a##i = _mm512_set1_ps(1.0f + i);
#define DECLARE___m512d(i) __m512d a##i = _mm512_set1_pd(1.0 + i);
#define DECLARE___m256(i) __m256 a##i = _mm256_set1_ps(1.0f + i);
#define DECLARE___m256d(i) __m256d a##i = _mm256_set1_pd(1.0 + i);
#define FMA_Z(i) a##i = _mm512_fmadd_ps(a##i, scale, shift);
#define FMA_ZD(i) a##i = _mm512_fmadd_pd(a##i, scale, shift);
#define FMA_Y(i) a##i = _mm256_fmadd_ps(a##i, scale, shift);
#define FMA_YD(i) a##i = _mm256_fmadd_pd(a##i, scale, shift);
#define ADD(i) total += a##i;

FMA_ROOF(roof_fma_avx512_f32, T512, REPEAT24, __m512, _mm512_set1_ps, FMA_Z, float)
FMA_ROOF(roof_fma_avx512_f64, T512, REPEAT24, __m512d, _mm512_set1_pd, FMA_ZD, double)
FMA_ROOF(roof_fma_avx2_f32, T256, REPEAT12, __m256, _mm256_set1_ps, FMA_Y, float)
FMA_ROOF(roof_fma_avx2_f64, T256, REPEAT12, __m256d, _mm256_set1_pd, FMA_YD, double)

/* Operations of one round, 0 where this CPU cannot run it. */
double roof_fma_ops(const char *isa, int is_double)
{
    const double lanes = is_double ? 0.5 : 1.0;
    if (strcmp(isa, "avx512") == 0 && __builtin_cpu_supports("avx512f")) return 24 * 16 * 2 * lanes;
    if (strcmp(isa, "avx2") == 0 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return 12 * 8 * 2 * lanes;
    return 0;
}

#elif defined(__aarch64__)
#include <arm_neon.h>

#define KEEP(x) "w"(x)
#define TNEON
#define DECLARE_float32x4_t(i) float32x4_t a##i = vdupq_n_f32(1.0f + i);
#define DECLARE_float64x2_t(i) float64x2_t a##i = vdupq_n_f64(1.0 + i);
#define FMA_S(i) a##i = vfmaq_f32(shift, a##i, scale);
#define FMA_D(i) a##i = vfmaq_f64(shift, a##i, scale);
#define ADD(i) total += a##i;

FMA_ROOF(roof_fma_neon_f32, TNEON, REPEAT24, float32x4_t, vdupq_n_f32, FMA_S, float)
FMA_ROOF(roof_fma_neon_f64, TNEON, REPEAT24, float64x2_t, vdupq_n_f64, FMA_D, double)

double roof_fma_ops(const char *isa, int is_double)
{
    return strcmp(isa, "neon") == 0 ? 24 * 4 * 2 * (is_double ? 0.5 : 1.0) : 0;
}

#else

double roof_fma_ops(const char *isa, int is_double)
{
    (void)isa, (void)is_double;
    return 0;
}

#endif

/* ---- memory ------------------------------------------------------------------ */

/* 16-byte vectors of the compiler's own; the wider builds are chosen at load time. */
typedef float v16 __attribute__((vector_size(64), aligned(64)));

#if defined(__x86_64__) && defined(__linux__)
#define WIDEST __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WIDEST
#endif

/* Arrays are aligned to 64 bytes; n counts groups of 16 floats and is a multiple of 8. */
WIDEST double roof_read(const v16 *a, size_t n, uint64_t rounds)
{
    v16 sum[8] = {{0}};
    for (uint64_t r = 0; r < rounds; r++) {
        for (size_t i = 0; i < n; i += 8)
            for (size_t j = 0; j < 8; j++) sum[j] += a[i + j];
        __asm__ volatile("" : : : "memory");
    }
    float total = 0;
    for (size_t j = 0; j < 8; j++) total += sum[j][0];
    return total;
}

WIDEST void roof_copy(v16 *a, const v16 *b, size_t n, uint64_t rounds)
{
    for (uint64_t r = 0; r < rounds; r++) {
        for (size_t i = 0; i < n; i++) a[i] = b[i];
        __asm__ volatile("" : : : "memory");
    }
}

WIDEST void roof_triad(v16 *a, const v16 *b, const v16 *c, size_t n, uint64_t rounds)
{
    for (uint64_t r = 0; r < rounds; r++) {
        for (size_t i = 0; i < n; i++) a[i] = b[i] + 0.5f * c[i];
        __asm__ volatile("" : : : "memory");
    }
}
