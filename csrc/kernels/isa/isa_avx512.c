/* isa_avx512.c: the kernel table of the avx512 tier, for the dtype FNN_REAL. */
#include "body/table.inc.h"
