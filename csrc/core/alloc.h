/* alloc.h: the only caller of malloc and free. Every allocation is counted, so that
 * tests can assert that training and prediction allocate nothing once warm. */
#ifndef FNN_ALLOC_H
#define FNN_ALLOC_H

#include <stddef.h>

#define FNN_ALIGN 64 /* bytes: one cache line, one AVX-512 vector */

/* Zeroed memory aligned to FNN_ALIGN, followed by FNN_ALIGN * 4 bytes that vector loads
 * may read (never write). NULL when out of memory or when count * size overflows. */
void *fnn_alloc(size_t count, size_t size);
void fnn_free(void *memory);

#endif /* FNN_ALLOC_H */
