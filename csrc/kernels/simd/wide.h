/* wide.h: lanes of 64-bit integers whose low halves are multiplied exactly, for counter-based
 * random numbers. A part of the vector layer: compilers do not find these instructions in
 * plain C. Like simd.h no algorithms; every tier gives the same integers.
 *
 *   wide, WIDE             the type and its lanes
 *   w_load(p) w_store(p, v) w_set1(k)
 *   w_mul(a, b)            64-bit products of the low 32 bits of each lane
 *   w_xor(a, b) w_high(a)  w_high: a >> 32
 */
#ifndef FNN_SIMD_WIDE_H
#define FNN_SIMD_WIDE_H

#include "simd.h"

#if defined(FNN_ISA_AVX512)
#define WIDE 8
typedef __m512i wide;
FNN_INLINE wide w_load(const uint64_t *p) { return _mm512_loadu_si512((const void *)p); }
FNN_INLINE void w_store(uint64_t *p, wide v) { _mm512_storeu_si512((void *)p, v); }
FNN_INLINE wide w_set1(uint64_t k) { return _mm512_set1_epi64((long long)k); }
FNN_INLINE wide w_mul(wide a, wide b) { return _mm512_mul_epu32(a, b); }
FNN_INLINE wide w_xor(wide a, wide b) { return _mm512_xor_si512(a, b); }
FNN_INLINE wide w_high(wide a) { return _mm512_srli_epi64(a, 32); }
#elif defined(FNN_ISA_AVX2)
#define WIDE 4
typedef __m256i wide;
FNN_INLINE wide w_load(const uint64_t *p) { return _mm256_loadu_si256((const void *)p); }
FNN_INLINE void w_store(uint64_t *p, wide v) { _mm256_storeu_si256((void *)p, v); }
FNN_INLINE wide w_set1(uint64_t k) { return _mm256_set1_epi64x((long long)k); }
FNN_INLINE wide w_mul(wide a, wide b) { return _mm256_mul_epu32(a, b); }
FNN_INLINE wide w_xor(wide a, wide b) { return _mm256_xor_si256(a, b); }
FNN_INLINE wide w_high(wide a) { return _mm256_srli_epi64(a, 32); }
#elif defined(FNN_ISA_NEON)
#define WIDE 2
typedef uint64x2_t wide;
FNN_INLINE wide w_load(const uint64_t *p) { return vld1q_u64(p); }
FNN_INLINE void w_store(uint64_t *p, wide v) { vst1q_u64(p, v); }
FNN_INLINE wide w_set1(uint64_t k) { return vdupq_n_u64(k); }
FNN_INLINE wide w_mul(wide a, wide b) { return vmull_u32(vmovn_u64(a), vmovn_u64(b)); }
FNN_INLINE wide w_xor(wide a, wide b) { return veorq_u64(a, b); }
FNN_INLINE wide w_high(wide a) { return vshrq_n_u64(a, 32); }
#else
#define WIDE 1
typedef uint64_t wide;
FNN_INLINE wide w_load(const uint64_t *p) { return *p; }
FNN_INLINE void w_store(uint64_t *p, wide v) { *p = v; }
FNN_INLINE wide w_set1(uint64_t k) { return k; }
FNN_INLINE wide w_mul(wide a, wide b) { return (uint64_t)(uint32_t)a * (uint32_t)b; }
FNN_INLINE wide w_xor(wide a, wide b) { return a ^ b; }
FNN_INLINE wide w_high(wide a) { return a >> 32; }
#endif

#endif /* FNN_SIMD_WIDE_H */
