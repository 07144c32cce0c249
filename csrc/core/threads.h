/* threads.h: thread counts, teams and barriers. The only module that knows OpenMP. */
#ifndef FNN_THREADS_H
#define FNN_THREADS_H

#include <stdatomic.h>
#include <stddef.h>

/* Threads a call may use now: the explicit setting, else environment, affinity and
 * container quota; lowered by threadpoolctl; 1 in a forked child. */
int fnn_threads_limit(void);

/* Runs fn(arg, tid, nt) on a team of up to `threads` members, tid 0 being the caller.
 * The team may come out smaller; nt tells. Returns when all are done. */
typedef void fnn_team_fn(void *arg, int tid, int nt);
void fnn_team_run(int threads, fnn_team_fn *fn, void *arg);

/* Reusable barrier for one team: bounded spin, then yield, so that oversubscribed
 * machines stay fast. Zero-initialise. */
struct fnn_barrier {
    _Alignas(64) atomic_uint arrived;
    _Alignas(64) atomic_uint phase;
};
void fnn_barrier_wait(struct fnn_barrier *barrier, int nt);

void fnn_yield(void);

/* The part [*begin, *end) of n units that member tid of nt owns: contiguous, even. */
static inline void fnn_share(size_t n, int tid, int nt, size_t *begin, size_t *end)
{
    if (nt == 1) { /* divisions would show in a step of a microsecond */
        *begin = 0;
        *end = n;
        return;
    }
    *begin = n * (size_t)tid / (size_t)nt;
    *end = n * ((size_t)tid + 1) / (size_t)nt;
}

#endif /* FNN_THREADS_H */
