/* muon.h: what Muon makes of a matrix: U V^T of its singular value decomposition, nearly.
 *
 * The matrix is seen as tall: Z (long, short), itself or its transpose. Z is divided by its
 * Frobenius norm + 1e-7, and then, a fixed number of times,
 *   A = Z^T Z,  B = fma(b, A, (A A) c),  Z = fma(a, Z, Z B)
 * with products in CHUNK order (kernels.h) and each fma and product with c rounded once. A is
 * symmetric to the bit, and so is B, so Keras' iteration on the wide matrix is the same. How the
 * matrix is stored, and how many threads share the work, does not show. */
#ifndef FNN_MUON_H
#define FNN_MUON_H

#include "../core/threads.h"
#include "model.h"

/* Reals that the iteration on a (rows, cols) parameter works on. */
size_t fnn_muon_scratch(size_t rows, size_t cols);

/* In place, on a parameter as an arena has it, whose squares sum to `squares`; the whole team
 * together, which leaves at once. hyper: of FNN_OPT_MUON. barrier may be NULL for a team of one. */
void fnn_muon_iterate(const struct fnn_kernels *kern, const struct fnn_param *param, void *stored,
                      double squares, const double *hyper, void *scratch, int tid, int nt,
                      struct fnn_barrier *barrier);

/* What the learning rate of a (rows, cols) matrix is multiplied with. */
double fnn_muon_rate(const double *hyper, size_t rows, size_t cols);

#endif /* FNN_MUON_H */
