/* test_threads.c: one model predicted with from many threads, many models trained at once,
 * a training run while others predict elsewhere, and the child of a fork: all finish, and
 * all give the bits of a lone run. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nets.h"

enum { CALLERS = 6, ROUNDS = 40, TEAM = 3, HANG_SECONDS = 120 };

/* Large enough to be shared among threads. */
static const struct net wide = {
    "200-192-128-4", FNN_F32, 200,
    {{192, FNN_ACT_RELU, 0}, {128, FNN_ACT_TANH, 0}, {4, FNN_ACT_SOFTMAX, 0}},
    FNN_LOSS_SCCE, FNN_OPT_ADAM, 0.001, 256, 128, 2,
};

static uint64_t train(const struct net *net)
{
    struct data data = data_create(net);
    struct fnn_model *model = net_create(net);
    REQUIRE(model != NULL);
    struct fnn_trainer *trainer = net_trainer(net, model);
    struct fnn_result result;
    for (int64_t epoch = 0; epoch < net->epochs; epoch++)
        if (net_fit(net, trainer, &data, epoch, 0, net_steps(net), &result) != FNN_OK) return 0;
    const uint64_t hash = model_hash(net, model, 1);
    fnn_trainer_destroy(trainer);
    fnn_model_destroy(model);
    data_destroy(&data);
    return hash;
}

/* ---- many callers of one model ------------------------------------------ */

struct caller {
    pthread_t thread;
    struct fnn_model *model;
    const struct data *data;
    const unsigned char *want; /* prediction of every row */
    int number, failures;
};

static void *call_predict(void *arg)
{
    struct caller *caller = arg;
    const size_t row_bytes = (size_t)net_n_out(&wide) * sizeof(float);
    void *out = malloc((size_t)wide.rows * row_bytes);
    for (int round = 0; out != NULL && round < ROUNDS; round++) {
        /* Single rows, blocks and everything, each caller in another place. */
        const int64_t sizes[] = {1, 17, 64, wide.rows};
        const int64_t n = sizes[(round + caller->number) % 4];
        const int64_t first = (round * 31 + caller->number * 7) % (wide.rows - n + 1);
        struct fnn_array x = caller->data->x_array;
        x.data = (const char *)x.data + first * x.row_stride;
        x.rows = n;
        if (fnn_model_predict(caller->model, &x, &out) != FNN_OK ||
            memcmp(out, caller->want + (size_t)first * row_bytes, (size_t)n * row_bytes) != 0)
            caller->failures++;
    }
    caller->failures += out == NULL;
    free(out);
    return NULL;
}

static void test_predict(void)
{
    struct data data = data_create(&wide);
    struct fnn_model *model = net_create(&wide);
    unsigned char *want = malloc((size_t)(wide.rows * net_n_out(&wide)) * sizeof(float));
    REQUIRE(model != NULL && want != NULL);
    fnn_set_num_threads(1);
    REQUIRE(fnn_model_predict(model, &data.x_array, &(void *){want}) == FNN_OK);
    fnn_set_num_threads(TEAM);
    struct caller callers[CALLERS];
    for (int i = 0; i < CALLERS; i++) {
        callers[i] = (struct caller){.model = model, .data = &data, .want = want, .number = i};
        REQUIRE(pthread_create(&callers[i].thread, NULL, call_predict, &callers[i]) == 0);
    }
    for (int i = 0; i < CALLERS; i++) {
        REQUIRE(pthread_join(callers[i].thread, NULL) == 0);
        CHECK(callers[i].failures == 0);
    }
    free(want);
    fnn_model_destroy(model);
    data_destroy(&data);
}

/* ---- many models -------------------------------------------------------- */

struct training {
    pthread_t thread;
    uint64_t hash;
};

static void *call_train(void *arg)
{
    struct training *training = arg;
    training->hash = train(&wide);
    return NULL;
}

static void test_train(uint64_t want)
{
    struct training trainings[TEAM];
    for (int i = 0; i < TEAM; i++)
        REQUIRE(pthread_create(&trainings[i].thread, NULL, call_train, &trainings[i]) == 0);
    for (int i = 0; i < TEAM; i++) {
        REQUIRE(pthread_join(trainings[i].thread, NULL) == 0);
        CHECK(trainings[i].hash == want);
    }
}

/* ---- fork --------------------------------------------------------------- */

/* The child of a process whose threads have worked, with and without a thread of its own.
 * FASTNN_TEST_FORKED_THREADS=0 leaves out the latter, for emulators that cannot do it. */
static void test_fork(uint64_t want)
{
    const char *forked_threads = getenv("FASTNN_TEST_FORKED_THREADS");
    const int kinds = forked_threads != NULL && strcmp(forked_threads, "0") == 0 ? 1 : 2;
    for (int nested = 0; nested < kinds; nested++) {
        fflush(NULL);
        const pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            alarm(HANG_SECONDS); /* a child that hangs is killed, and so found */
            struct training training = {.hash = 0};
            if (nested) {
                if (pthread_create(&training.thread, NULL, call_train, &training) == 0)
                    pthread_join(training.thread, NULL);
            } else {
                call_train(&training);
            }
            _exit(training.hash == want ? EXIT_SUCCESS : EXIT_FAILURE);
        }
        int status;
        REQUIRE(waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS);
    }
    CHECK(train(&wide) == want); /* and the parent has not noticed */
}

static void test_counts(void)
{
    fnn_set_num_threads(0);
    const int standard = fnn_get_num_threads();
    CHECK(standard >= 1);
    const int threaded = strcmp(fnn_openmp_runtime(), "none") != 0;
    fnn_set_num_threads(TEAM);
    CHECK(fnn_get_num_threads() == (threaded ? TEAM : 1));
    fnn_set_num_threads(1);
    CHECK(fnn_get_num_threads() == 1);
    fnn_set_num_threads(0);
    CHECK(fnn_get_num_threads() == standard);
}

int main(void)
{
    test_counts();
    fnn_set_num_threads(1);
    const uint64_t want = train(&wide);
    fnn_set_num_threads(TEAM);
    CHECK(want != 0 && train(&wide) == want);
    test_predict();
    test_train(want);
    test_fork(want);
    return check_done("threads");
}
