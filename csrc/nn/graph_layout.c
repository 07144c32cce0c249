/* graph_layout.c: how each tensor lies in memory, and which buffer of a prediction it takes. */
#include "../core/alloc.h"
#include "../core/status.h"
#include "graph.h"

/* ---- layouts -------------------------------------------------------------- */

static int by_rows(enum fnn_stage_kind kind)
{
    return kind == FNN_STAGE_SOFTMAX || kind == FNN_STAGE_RESHAPE || kind == FNN_STAGE_CONCAT ||
           kind == FNN_STAGE_DOT || kind == FNN_STAGE_ROWNORM || kind == FNN_STAGE_EMBED ||
           kind == FNN_STAGE_PERMUTE || kind == FNN_STAGE_SLICE;
}

static int make_plain(struct fnn_graph *g, int32_t tensor)
{
    const int changed = !g->tensors[tensor].plain;
    g->tensors[tensor].plain = 1;
    return changed;
}

/* Every tensor that a stage writes has one layout, as elementwise ops work in place. */
static int make_stage_plain(struct fnn_graph *g, const struct fnn_stage *s)
{
    int changed = make_plain(g, s->output);
    if (s->raw >= 0) changed |= make_plain(g, s->raw);
    for (int32_t e = 0; e < s->n_ewise; e++) changed |= make_plain(g, s->ewise[e].output);
    return changed;
}

/* Plain: what an op over rows reads or writes, and what the loss reads. Elementwise stages keep
 * the layout of their inputs. */
static void choose_layouts(struct fnn_graph *g)
{
    for (int32_t i = 0; i < g->n_outputs; i++) make_plain(g, g->outputs[i]);
    for (int changed = 1; changed;) {
        changed = 0;
        for (int32_t i = g->n_stages - 1; i >= 0; i--) {
            const struct fnn_stage *s = &g->stages[i];
            const int ewise = s->kind == FNN_STAGE_EWISE || s->kind == FNN_STAGE_MERGE ||
                              fnn_by_columns(s->kind);
            int plain = by_rows(s->kind) || g->tensors[s->output].plain;
            for (int32_t j = 0; j < s->n_inputs; j++)
                plain |= ewise && g->tensors[s->inputs[j]].plain;
            if (!plain) continue;
            changed |= make_stage_plain(g, s);
            for (int32_t j = 0; (ewise || by_rows(s->kind)) && j < s->n_inputs; j++)
                changed |= make_plain(g, s->inputs[j]);
        }
    }
    for (int32_t t = 0; t < g->n_tensors; t++) {
        struct fnn_tensor *x = &g->tensors[t];
        x->ld = x->width > FNN_COLS && !x->plain ? FNN_COLS : fnn_round_up(x->width, FNN_PAD);
    }
}

/* ---- buffers of a prediction ------------------------------------------------ */

/* Takes the lowest free slot. */
static int32_t take_slot(struct fnn_graph *g, unsigned char *taken)
{
    int32_t slot = 0;
    while (taken[slot]) slot++;
    taken[slot] = 1;
    if (slot >= g->n_slots) g->n_slots = slot + 1;
    return slot;
}

/* Whether a stage may write over its input, when nothing reads that later. */
static int works_in_place(enum fnn_stage_kind kind)
{
    return kind == FNN_STAGE_EWISE || kind == FNN_STAGE_SOFTMAX || kind == FNN_STAGE_MERGE ||
           kind == FNN_STAGE_ROWNORM || fnn_by_columns(kind);
}

/* A tensor keeps its slot until the last stage that reads it has run; left[t] counts those
 * that are still to come. */
static void choose_slots(struct fnn_graph *g, unsigned char *taken, int32_t *left)
{
    for (int32_t t = 0; t < g->n_tensors; t++) left[t] = g->tensors[t].uses;
    for (int32_t i = 0; i < g->n_inputs; i++)
        g->tensors[g->inputs[i]].slot = take_slot(g, taken);
    for (int32_t i = 0; i < g->n_stages; i++) {
        const struct fnn_stage *s = &g->stages[i];
        int32_t slot = -1;
        for (int32_t j = 0; j < s->n_inputs; j++) left[s->inputs[j]]--;
        for (int32_t j = 0; j < s->n_inputs && works_in_place(s->kind) && slot < 0; j++)
            if (left[s->inputs[j]] == 0) slot = g->tensors[s->inputs[j]].slot;
        if (slot < 0) slot = take_slot(g, taken);
        for (int32_t j = 0; j < s->n_inputs; j++)
            if (left[s->inputs[j]] == 0) taken[g->tensors[s->inputs[j]].slot] = 0;
        taken[slot] = 1;
        g->tensors[s->output].slot = slot;
        if (s->raw >= 0) g->tensors[s->raw].slot = slot;
        for (int32_t e = 0; e < s->n_ewise; e++) g->tensors[s->ewise[e].output].slot = slot;
    }
}

enum fnn_status fnn_graph_layout(struct fnn_graph *g)
{
    choose_layouts(g);
    const size_t n = (size_t)g->n_tensors;
    unsigned char *taken = fnn_alloc(n + 1, 1);
    int32_t *left = fnn_alloc(n, sizeof *left);
    const enum fnn_status status = taken != NULL && left != NULL ? FNN_OK : FNN_ERR_MEMORY;
    if (status == FNN_OK) choose_slots(g, taken, left);
    fnn_free(taken);
    fnn_free(left);
    return status;
}
