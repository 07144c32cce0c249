/* blocks.c: how products are cut and walked. Sizes only; no arithmetic. */
#include "blocks.h"

#include "../core/threads.h"

/* FNN_ROWS_SHORT rows of 64 columns stay in L1 for the elementwise tail; with long sums 96 rows
 * of a slab are 192 KB, which leaves room for a panel of weights beside them. Multiples of every
 * tile. */
enum { ROWS_LONG = 96, ROWS_STEP = 12 };

static size_t ceil_div(size_t n, size_t by) { return (n + by - 1) / by; }

static int is_mine(const struct fnn_blocks *it)
{
    const size_t unit = it->group * it->row_blocks + it->row;
    return unit >= it->begin && unit < it->end;
}

/* Goes on to the member's next unit in this slab; 0 when there is none. */
static int advance(struct fnn_blocks *it)
{
    const size_t first = it->row_blocks == 1 ? it->begin : it->begin / it->row_blocks;
    do {
        if (it->by_rows) {
            if (++it->group < it->group_end) continue;
            it->group = first;
            if (++it->row == it->row_blocks) return 0;
        } else {
            if (++it->row < it->row_blocks) continue;
            it->row = 0;
            if (++it->group == it->group_end) return 0;
        }
    } while (!is_mine(it));
    return 1;
}

static void start_slab(struct fnn_blocks *it)
{
    it->group = it->row_blocks == 1 ? it->begin : it->begin / it->row_blocks;
    it->row = 0;
    if (!is_mine(it)) (void)advance(it);
    it->col = it->group * FNN_COLS;
}

void fnn_blocks_begin(struct fnn_blocks *it, const struct fnn_kernels *kern, size_t n_rows,
                      size_t n_cols, size_t k, enum fnn_blocks_order order, int tid, int nt)
{
    const int slabs = k > FNN_CHUNK;
    const size_t most = slabs ? ROWS_LONG : FNN_ROWS_SHORT, groups = ceil_div(n_cols, FNN_COLS);
    *it = (struct fnn_blocks){
        .n_rows = n_rows, .n_cols = n_cols, .k = k, .panel = kern->panel, .row_block = n_rows,
        .row_blocks = 1, .end = groups, .terms = slabs ? FNN_CHUNK : k, .last = !slabs,
        .by_rows = slabs && order == FNN_BLOCKS_FORWARD,
    };
    if (n_rows == 0) it->end = 0;
    if (n_rows > most) { /* no division else: it would show in a step of a microsecond */
        it->row_blocks = ceil_div(n_rows, most);
        it->row_block = ceil_div(ceil_div(n_rows, it->row_blocks), ROWS_STEP) * ROWS_STEP;
        it->row_blocks = ceil_div(n_rows, it->row_block);
        it->end = groups * it->row_blocks;
    }
    if (nt > 1) fnn_share(it->end, tid, nt, &it->begin, &it->end);
    if (it->begin == it->end) return;
    it->group_end = it->row_blocks == 1 ? it->end : (it->end - 1) / it->row_blocks + 1;
    start_slab(it);
}

int fnn_blocks_next(struct fnn_blocks *it)
{
    if (it->begin == it->end) return 0;
    const size_t group_cols = (it->group + 1) * FNN_COLS;
    if (it->col >= (group_cols < it->n_cols ? group_cols : it->n_cols)) {
        if (!advance(it)) {
            if (it->last) return 0;
            it->k0 += it->terms;
            if (it->k - it->k0 <= it->terms) {
                it->terms = it->k - it->k0;
                it->last = 1;
            }
            start_slab(it);
        }
        it->col = it->group * FNN_COLS;
    }
    const size_t row0 = it->row * it->row_block;
    const size_t rows = it->n_rows - row0, cols = it->n_cols - it->col;
    it->at = (struct fnn_block){row0, rows < it->row_block ? rows : it->row_block, it->col,
                                cols < it->panel ? cols : it->panel};
    it->col += it->panel;
    return 1;
}
