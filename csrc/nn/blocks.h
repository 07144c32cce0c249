/* blocks.h: the pieces of a matrix product that one member of the team works, and their order.
 *
 * The result (n_rows, n_cols) is cut into units: a group of FNN_COLS columns by a block of rows.
 * Members take contiguous ranges of units, counted group after group. Sums of more than
 * FNN_CHUNK terms are worked in slabs of that many, one after the other for all units of the
 * member, so that what a slab reads of either operand stays in L2 (512x4096x1024 on one core:
 * 90 -> 109 GFLOP/s with AVX-512, 60 -> 104 with AVX2). */
#ifndef FNN_BLOCKS_H
#define FNN_BLOCKS_H

#include "../kernels/kernels.h"

/* A block of a tensor. */
struct fnn_block {
    size_t row0, rows, col0, cols;
};

enum fnn_blocks_order {
    FNN_BLOCKS_FORWARD, /* long sums: a block of rows meets all columns of the member */
    FNN_BLOCKS_BY_GROUP /* a group of columns meets all rows: its operand is packed once */
};

struct fnn_blocks {
    struct fnn_block at;   /* rows and one weight panel of columns of the result */
    size_t k0, terms;      /* part of the sum: terms k0 ... k0 + terms - 1 */
    int last;              /* whether this part ends the sum */

    size_t n_rows, n_cols, k, panel, row_block, row_blocks;
    int by_rows;           /* order within a slab */
    size_t begin, end;     /* units of the member: group * row_blocks + block of rows */
    size_t group_end;      /* groups begin / row_blocks ... group_end - 1 have some of them */
    size_t group, row, col; /* the unit being worked, and its next column */
};

enum { FNN_ROWS_SHORT = 48 }; /* rows of a block, for sums of up to FNN_CHUNK terms */

/* Whether a product is a single piece on one thread: then the walk is not worth its
 * instructions, which show in a step of a microsecond. */
static inline int fnn_blocks_single(const struct fnn_kernels *kern, size_t n_rows, size_t n_cols,
                                    size_t k, int nt)
{
    return nt == 1 && n_rows <= FNN_ROWS_SHORT && n_cols <= kern->panel && k <= FNN_CHUNK;
}

/* for (fnn_blocks_begin(...); fnn_blocks_next(...);) */
void fnn_blocks_begin(struct fnn_blocks *it, const struct fnn_kernels *kern, size_t n_rows,
                      size_t n_cols, size_t k, enum fnn_blocks_order order, int tid, int nt);
int fnn_blocks_next(struct fnn_blocks *it);

#endif /* FNN_BLOCKS_H */
