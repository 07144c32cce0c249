/* alloc.c: aligned, zeroed, counted allocation. */
#include "alloc.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "fastnn.h"

static atomic_uint_least64_t allocations;

/* From this size on, huge pages save most of the TLB misses of large weight panels. */
enum { HUGE_FROM = 4 << 20, HUGE_ALIGN = 2 << 20 };

void *fnn_alloc(size_t count, size_t size)
{
    const size_t slack = FNN_ALIGN * 4;
    if (size != 0 && count > (SIZE_MAX - slack - HUGE_ALIGN) / size) return NULL;
    size_t bytes = count * size + slack;
    size_t align = bytes >= HUGE_FROM ? HUGE_ALIGN : FNN_ALIGN;
    bytes = (bytes + align - 1) / align * align;
    void *memory = aligned_alloc(align, bytes);
    if (memory == NULL) return NULL;
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (align == HUGE_ALIGN) madvise(memory, bytes, MADV_HUGEPAGE); /* advice: failure is fine */
#endif
    memset(memory, 0, bytes);
    atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
    return memory;
}

void fnn_free(void *memory) { free(memory); }

uint64_t fnn_allocation_count(void)
{
    return atomic_load_explicit(&allocations, memory_order_relaxed);
}
