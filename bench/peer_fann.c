/* peer_fann.c: trains a small net with FANN, the classic C library for small nets.
 *
 * Plain incremental backpropagation, a sigmoid on every layer: what FANN was made for.
 * Owns one net a handle; orders the rows of an epoch by itself, with a generator of its
 * own, so that nothing but FANN is on the clock. Called from bench/peers/fann_c.py.
 */
#include <fann.h>
#include <stdint.h>
#include <stdlib.h>

struct peer {
    struct fann *net;
    uint64_t state;  /* of the shuffle */
    uint32_t *order; /* (rows) */
    uint32_t rows;
};

/* Weights of layer l: kernel (n_in, n_out) row-major, then bias (n_out), layer by layer. */
static int set_weights(struct fann *net, const unsigned *widths, unsigned layers,
                       const float *weights)
{
    /* FANN numbers neurons layer by layer, a bias neuron closing each layer but the last
     * (which has one too, unconnected). */
    unsigned first = 0;
    for (unsigned l = 0; l + 1 < layers; l++) {
        const unsigned n_in = widths[l], n_out = widths[l + 1], next = first + n_in + 1;
        for (unsigned o = 0; o < n_out; o++) {
            for (unsigned i = 0; i < n_in; i++)
                fann_set_weight(net, first + i, next + o, weights[i * n_out + o]);
            fann_set_weight(net, first + n_in, next + o, weights[n_in * n_out + o]);
        }
        weights += (n_in + 1) * n_out;
        first = next;
    }
    return fann_get_errno((struct fann_error *)net) == FANN_E_NO_ERROR;
}

void peer_destroy(struct peer *peer)
{
    if (peer == NULL) return;
    if (peer->net != NULL) fann_destroy(peer->net);
    free(peer->order);
    free(peer);
}

/* rows: of the data to come. NULL on failure. */
struct peer *peer_create(const unsigned *widths, unsigned layers, const float *weights,
                         float learning_rate, unsigned rows)
{
    struct peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL) return NULL;
    peer->state = 88172645463325252u;
    peer->rows = rows;
    peer->order = malloc(rows * sizeof *peer->order);
    peer->net = fann_create_standard_array(layers, widths);
    if (peer->order == NULL || peer->net == NULL) {
        peer_destroy(peer);
        return NULL;
    }
    for (unsigned r = 0; r < rows; r++) peer->order[r] = r;
    fann_set_activation_function_hidden(peer->net, FANN_SIGMOID);
    fann_set_activation_function_output(peer->net, FANN_SIGMOID);
    fann_set_activation_steepness_hidden(peer->net, 0.5f); /* 1 / (1 + exp(-z)) */
    fann_set_activation_steepness_output(peer->net, 0.5f);
    fann_set_training_algorithm(peer->net, FANN_TRAIN_INCREMENTAL);
    fann_set_train_error_function(peer->net, FANN_ERRORFUNC_LINEAR);
    fann_set_learning_rate(peer->net, learning_rate);
    fann_set_learning_momentum(peer->net, 0.0f);
    if (!set_weights(peer->net, widths, layers, weights)) {
        peer_destroy(peer);
        return NULL;
    }
    return peer;
}

static void shuffle(struct peer *peer)
{
    for (uint32_t i = peer->rows - 1; i > 0; i--) {
        peer->state ^= peer->state << 13;
        peer->state ^= peer->state >> 7;
        peer->state ^= peer->state << 17;
        const uint32_t j = (uint32_t)(peer->state % (i + 1));
        const uint32_t kept = peer->order[i];
        peer->order[i] = peer->order[j];
        peer->order[j] = kept;
    }
}

/* x (rows, n_in), y (rows, n_out). Returns the epoch's mean square error. */
double peer_epoch(struct peer *peer, float *x, float *y, int shuffled)
{
    const unsigned n_in = fann_get_num_input(peer->net), n_out = fann_get_num_output(peer->net);
    if (shuffled) shuffle(peer);
    fann_reset_MSE(peer->net);
    for (unsigned r = 0; r < peer->rows; r++) {
        const size_t row = peer->order[r];
        fann_train(peer->net, x + row * n_in, y + row * n_out);
    }
    return fann_get_MSE(peer->net);
}
