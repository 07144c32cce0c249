/* guarded.h: buffers that notice being overrun. A slab ends at a page that cannot be
 * touched, so a read or write past the extent is a fault; what lies before the extent
 * and in its declared gaps holds a pattern, so a stray write there is found. */
#ifndef FNN_GUARDED_H
#define FNN_GUARDED_H

#ifndef _GNU_SOURCE
#error "define _GNU_SOURCE before the first include: mmap is not in ISO C"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

enum { GUARD_BYTES = 256, GUARD_PATTERN = 0xa5 };

struct slab {
    unsigned char *base, *end; /* usable bytes: [base, end) */
};

static inline struct slab slab_create(size_t bytes)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t usable = (bytes + GUARD_BYTES + page - 1) / page * page;
    unsigned char *base = mmap(NULL, usable + page, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(base != MAP_FAILED);
    REQUIRE(mprotect(base + usable, page, PROT_NONE) == 0);
    return (struct slab){base, base + usable};
}

/* The last `bytes` of the slab, all pattern, with pattern before them. */
static inline void *slab_take(const struct slab *slab, size_t bytes)
{
    REQUIRE(bytes + GUARD_BYTES <= (size_t)(slab->end - slab->base));
    memset(slab->end - bytes - GUARD_BYTES, GUARD_PATTERN, bytes + GUARD_BYTES);
    return slab->end - bytes;
}

static inline int is_pattern(const void *memory, size_t bytes)
{
    const unsigned char *p = memory;
    for (size_t i = 0; i < bytes; i++)
        if (p[i] != GUARD_PATTERN) return 0;
    return 1;
}

/* Nothing was written in front of a buffer from slab_take. */
static inline int slab_intact(const void *taken)
{
    return is_pattern((const unsigned char *)taken - GUARD_BYTES, GUARD_BYTES);
}

#endif /* FNN_GUARDED_H */
