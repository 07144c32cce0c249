/* test_blocks.c: the pieces that the members of a team get of a product cover it once, slab after
 * slab, each slab of a block in ascending order and only the last one marked as last. */

#include "check.h"
#include "blocks.h"

enum { MAX_ROWS = 260, MAX_COLS = 210 };

/* Terms of the sum done so far, of each element. */
static size_t done[MAX_ROWS][MAX_COLS];

static int one_member(const struct fnn_kernels *kern, size_t n_rows, size_t n_cols, size_t k,
                      enum fnn_blocks_order order, int tid, int nt)
{
    struct fnn_blocks it;
    int ok = 1;
    fnn_blocks_begin(&it, kern, n_rows, n_cols, k, order, tid, nt);
    while (fnn_blocks_next(&it)) {
        const struct fnn_block *b = &it.at;
        ok &= b->rows >= 1 && b->cols >= 1 && b->cols <= kern->panel && b->col0 % kern->panel == 0;
        ok &= b->row0 + b->rows <= n_rows && b->col0 + b->cols <= n_cols && it.k0 % FNN_CHUNK == 0;
        ok &= it.last == (it.k0 + it.terms == k);
        for (size_t r = b->row0; ok && r < b->row0 + b->rows; r++)
            for (size_t c = b->col0; c < b->col0 + b->cols; c++) {
                ok &= done[r][c] == it.k0;
                done[r][c] += it.terms;
            }
    }
    return ok;
}

static void test_product(const struct fnn_kernels *kern, size_t n_rows, size_t n_cols, size_t k, int nt)
{
    for (int order = FNN_BLOCKS_FORWARD; order <= FNN_BLOCKS_BY_GROUP; order++) {
        memset(done, 0, sizeof done);
        int ok = 1;
        for (int tid = 0; tid < nt; tid++)
            ok &= one_member(kern, n_rows, n_cols, k, (enum fnn_blocks_order)order, tid, nt);
        for (size_t r = 0; r < n_rows; r++)
            for (size_t c = 0; c < n_cols; c++) ok &= done[r][c] == k;
        if (!CHECK(ok))
            fprintf(stderr, "  %zu x %zu, %zu terms, %d threads, order %d, panels of %zu\n", n_rows,
                    n_cols, k, nt, order, kern->panel);
    }
}

int main(void)
{
    static const size_t rows[] = {0, 1, 12, 47, 48, 49, 95, 96, 97, 193, 260};
    static const size_t cols[] = {1, 15, 16, 17, 63, 64, 65, 128, 200};
    static const size_t terms[] = {1, 512, 513, 1024, 1500};
    for (size_t i = 0; i < fnn_isa_count(); i++)
        for (int dtype = FNN_F32; dtype <= FNN_F64; dtype++)
            for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
                for (size_t c = 0; c < sizeof cols / sizeof *cols; c++)
                    for (size_t k = 0; k < sizeof terms / sizeof *terms; k++)
                        for (int nt = 1; nt <= 7; nt += 2)
                            test_product(fnn_kernels_of(i, (enum fnn_dtype)dtype), rows[r], cols[c],
                                         terms[k], nt);
    return check_done("test_blocks");
}
