/* cpu.h: what this CPU and its operating system can run, and its cache sizes. No policy. */
#ifndef FNN_CPU_H
#define FNN_CPU_H

#include <stddef.h>

int fnn_cpu_has_avx2_fma(void);  /* AVX2, FMA, F16C, BMI2, and the OS saves ymm state */
int fnn_cpu_has_avx512(void);    /* F, DQ, BW, VL, CD, and the OS saves zmm and mask state */
int fnn_cpu_has_neon(void);

/* Bytes of one core's level-2 cache; 1 MiB when the machine does not say. */
size_t fnn_cpu_l2_bytes(void);

#endif /* FNN_CPU_H */
