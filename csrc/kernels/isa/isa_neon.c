/* isa_neon.c: the kernel table of the neon tier, for the dtype FNN_REAL. */
#include "body/table.inc.h"
