/* isa_portable.c: the kernel table of the portable tier, for the dtype FNN_REAL. */
#include "body/table.inc.h"
