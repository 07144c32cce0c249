/* epochs.c: whole epochs in one call. A net of a few hundred weights trains an epoch in the time
 * that a caller needs to begin one; here the shuffles are drawn and the sums kept between. */
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "../core/status.h"
#include "fastnn.h"

/* Every run of steps asks at its first step, which is often when an epoch is short: the caller's
 * answer may need a lock that others hold, so it is passed on as often as in one long run. */
struct patient {
    fnn_poll_fn *poll;
    void *arg;
    double last;
};

static const double PATIENCE = 0.02; /* seconds */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int poll_patiently(void *arg)
{
    struct patient *patient = arg;
    const double t = now();
    if (t - patient->last < PATIENCE) return 0;
    patient->last = t;
    return patient->poll(patient->arg);
}

enum fnn_status fnn_trainer_fit_epochs(struct fnn_trainer *trainer, const struct fnn_run *run,
                                       const struct fnn_epochs *epochs,
                                       struct fnn_result *results, int64_t *n_done)
{
    FNN_REQUIRE(run != NULL && epochs != NULL && results != NULL && n_done != NULL,
                FNN_ERR_ARGUMENT);
    FNN_REQUIRE(epochs->n_epochs >= 0 && run->predictions == NULL, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(run->order == NULL, FNN_ERR_ARGUMENT);
    *n_done = 0;
    struct patient patient = {.poll = run->poll, .arg = run->poll_arg};
    struct fnn_run each = *run;
    each.order = epochs->order;
    if (run->poll != NULL) {
        each.poll = poll_patiently;
        each.poll_arg = &patient;
    }
    for (int64_t epoch = 0; epoch < epochs->n_epochs; epoch++) {
        if (epochs->order != NULL)
            fnn_random_permutation(epochs->seed, epochs->stream, epochs->first_pass + (uint64_t)epoch,
                                   run->n_rows, epochs->order);
        if (run->learning_rate != NULL)
            each.learning_rate = run->learning_rate + epoch * run->n_steps;
        FNN_TRY(fnn_trainer_fit(trainer, &each, &results[epoch]));
        ++*n_done;
    }
    return FNN_OK;
}
