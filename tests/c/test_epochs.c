/* test_epochs.c: fnn_trainer_fit_epochs: the bits and results of as many calls of one epoch, what
 * is valid after an interruption, and what it refuses. */
#include "nets.h"

enum { EPOCHS = 5 };

static const struct net small = {
    "8-12-8-1", FNN_F32, 8,
    {{12, FNN_ACT_RELU, 0}, {8, FNN_ACT_TANH, 0}, {1, FNN_ACT_SIGMOID, 0}},
    FNN_LOSS_BCE, FNN_OPT_ADAM, 0.01, 77, 10, EPOCHS,
};

static int stop_at_third(void *arg)
{
    int *calls = arg;
    return ++*calls == 3;
}

int main(void)
{
    struct data data = data_create(&small);
    const int64_t steps = net_steps(&small);
    struct fnn_result want[EPOCHS], got[EPOCHS];
    memset(got, 0, sizeof got);

    struct fnn_model *one_by_one = net_create(&small);
    struct fnn_trainer *trainer = net_trainer(&small, one_by_one);
    for (int64_t e = 0; e < EPOCHS; e++)
        CHECK(net_fit(&small, trainer, &data, e, 0, steps, &want[e]) == FNN_OK);
    fnn_trainer_destroy(trainer);

    double rates[NET_STEPS_MAX];
    for (int64_t i = 0; i < EPOCHS * steps; i++) rates[i] = small.learning_rate;
    struct fnn_run run = {
        .x = &data.x_array, .y = &data.y_array, .n_rows = small.rows, .n_steps = steps,
        .learning_rate = rates, .hyper = net_hyper(small.optimizer),
    };
    struct fnn_epochs epochs = {.n_epochs = EPOCHS, .order = data.order, .seed = 11, .stream = 1};
    struct fnn_model *model = net_create(&small);
    trainer = net_trainer(&small, model);
    int64_t done = -1;
    CHECK(fnn_trainer_fit_epochs(trainer, &run, &epochs, got, &done) == FNN_OK);
    CHECK(done == EPOCHS && fnn_model_iterations(model) == EPOCHS * steps);
    CHECK(model_hash(&small, model, 1) == model_hash(&small, one_by_one, 1));
    for (int e = 0; e < EPOCHS; e++)
        CHECK(got[e].steps_done == steps && got[e].loss_sum[0] == want[e].loss_sum[0] &&
              got[e].loss_weight[0] == want[e].loss_weight[0]);

    /* The poll is asked at the first step of every call, and then about every 20 ms. */
    int calls = 0;
    run.poll = stop_at_third;
    run.poll_arg = &calls;
    enum fnn_status status = FNN_OK;
    int64_t before = 0;
    while (status == FNN_OK) {
        before = fnn_model_iterations(model);
        status = fnn_trainer_fit_epochs(trainer, &run, &epochs, got, &done);
    }
    CHECK(status == FNN_ERR_INTERRUPTED && calls == 3 && done < EPOCHS);
    CHECK(fnn_model_iterations(model) - before == done * steps + got[done].steps_done);
    run.poll = NULL;

    run.order = data.order; /* the order is epochs.order */
    CHECK(fnn_trainer_fit_epochs(trainer, &run, &epochs, got, &done) == FNN_ERR_ARGUMENT);
    run.order = NULL;
    void *const outputs[] = {got};
    run.predictions = outputs;
    CHECK(fnn_trainer_fit_epochs(trainer, &run, &epochs, got, &done) == FNN_ERR_ARGUMENT);
    run.predictions = NULL;
    epochs.n_epochs = -1;
    CHECK(fnn_trainer_fit_epochs(trainer, &run, &epochs, got, &done) == FNN_ERR_ARGUMENT);

    fnn_trainer_destroy(trainer);
    fnn_model_destroy(model);
    fnn_model_destroy(one_by_one);
    data_destroy(&data);
    return check_done("epochs");
}
