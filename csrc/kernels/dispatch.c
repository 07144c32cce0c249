/* dispatch.c: the tiers in order of preference, and the one selected for this process. */
#include <stdatomic.h>
#include <string.h>

#include "../core/cpu.h"
#include "../core/status.h"
#include "kernels.h"

static int always(void) { return 1; }

/* Best first. A table's tile sizes are checked when it is selected. */
static const struct {
    const char *name;
    int (*supported)(void);
    const struct fnn_kernels *f32, *f64;
} tiers[] = {
#if defined(FNN_HAVE_AVX512)
    {"avx512", fnn_cpu_has_avx512, &fnn_kernels_f32_avx512, &fnn_kernels_f64_avx512},
#endif
#if defined(FNN_HAVE_AVX2)
    {"avx2", fnn_cpu_has_avx2_fma, &fnn_kernels_f32_avx2, &fnn_kernels_f64_avx2},
#endif
#if defined(FNN_HAVE_NEON)
    {"neon", fnn_cpu_has_neon, &fnn_kernels_f32_neon, &fnn_kernels_f64_neon},
#endif
    {"portable", always, &fnn_kernels_f32_portable, &fnn_kernels_f64_portable},
};
enum { TIERS = sizeof tiers / sizeof *tiers };

static atomic_int selected = -1;

size_t fnn_isa_count(void) { return TIERS; }

const char *fnn_isa_name(size_t index) { return index < TIERS ? tiers[index].name : ""; }

int fnn_isa_supported(size_t index) { return index < TIERS && tiers[index].supported(); }

const char *fnn_isa_selected(void)
{
    int index = atomic_load(&selected);
    return index < 0 ? "" : tiers[index].name;
}

static int table_ok(const struct fnn_kernels *kernels)
{
    size_t panel = kernels->panel;
    return panel != 0 && (panel & (panel - 1)) == 0 && panel <= FNN_CHUNK && kernels->mr != 0;
}

enum fnn_status fnn_kernels_init(const char *isa)
{
    int index = 0;
    while (index < TIERS && !(isa == NULL ? tiers[index].supported() : !strcmp(isa, tiers[index].name)))
        index++;
    FNN_REQUIRE(index < TIERS && tiers[index].supported(), FNN_ERR_ISA);
    FNN_REQUIRE(table_ok(tiers[index].f32) && table_ok(tiers[index].f64), FNN_ERR_ISA);
    int expected = -1;
    /* Packed weights depend on the panel width: the tier cannot change once chosen. */
    if (!atomic_compare_exchange_strong(&selected, &expected, index) && expected != index)
        return isa == NULL ? FNN_OK : FNN_ERR_ISA;
    return FNN_OK;
}

enum fnn_status fnn_init(const char *isa) { return fnn_kernels_init(isa); }

const struct fnn_kernels *fnn_kernels_of(size_t isa_index, enum fnn_dtype dtype)
{
    if (isa_index >= TIERS || (dtype != FNN_F32 && dtype != FNN_F64)) return NULL;
    return dtype == FNN_F32 ? tiers[isa_index].f32 : tiers[isa_index].f64;
}

const struct fnn_kernels *fnn_kernels_get(enum fnn_dtype dtype)
{
    int index = atomic_load(&selected);
    if (index < 0) { /* a C program that skipped fnn_init gets the best tier */
        if (fnn_kernels_init(NULL) != FNN_OK) return NULL;
        index = atomic_load(&selected);
    }
    return fnn_kernels_of((size_t)index, dtype);
}
