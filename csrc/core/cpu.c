/* cpu.c: CPU and operating-system feature detection. */
#include "cpu.h"

#include <stdint.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>

/* Extended control register 0: which register states the OS saves on a switch. */
static uint64_t xcr0(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return 0;
    uint32_t lo, hi;
    __asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
    return ((uint64_t)hi << 32) | lo;
}

enum { XCR0_YMM = 0x06, XCR0_ZMM = 0xe6 }; /* sse+avx; plus opmask, zmm low and high */

int fnn_cpu_has_avx2_fma(void)
{
    unsigned a, b, c, d;
    if ((xcr0() & XCR0_YMM) != XCR0_YMM) return 0;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_FMA) || !(c & bit_F16C)) return 0;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    return (b & bit_AVX2) && (b & bit_BMI) && (b & bit_BMI2);
}

int fnn_cpu_has_avx512(void)
{
    unsigned a, b, c, d;
    if (!fnn_cpu_has_avx2_fma() || (xcr0() & XCR0_ZMM) != XCR0_ZMM) return 0;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    const unsigned need = bit_AVX512F | bit_AVX512DQ | bit_AVX512BW | bit_AVX512VL | bit_AVX512CD;
    return (b & need) == need;
}
#else
int fnn_cpu_has_avx2_fma(void) { return 0; }
int fnn_cpu_has_avx512(void) { return 0; }
#endif

int fnn_cpu_has_neon(void)
{
#if defined(__aarch64__)
    return 1; /* part of the aarch64 baseline */
#else
    return 0;
#endif
}

size_t fnn_cpu_l2_bytes(void)
{
#if defined(_SC_LEVEL2_CACHE_SIZE)
    long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
    if (bytes > 0) return (size_t)bytes;
#endif
    return (size_t)1 << 20;
}
