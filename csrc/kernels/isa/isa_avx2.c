/* isa_avx2.c: the kernel table of the avx2 tier, for the dtype FNN_REAL. */
#include "body/table.inc.h"
