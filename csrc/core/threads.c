/* threads.c: thread-count policy, OpenMP teams, the barrier. */
#define _GNU_SOURCE
#include "threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(_OPENMP)
#include <omp.h>
#endif

#include "fastnn.h"

enum { THREADS_MAX = 1024 };

static atomic_int explicit_count;  /* fnn_set_num_threads; 0: default */

#if defined(_OPENMP)
/* ---- count policy; without OpenMP the count is always one ---- */

static atomic_int forked;          /* set in the child of a fork */
static int default_count = 1;
static int omp_count_at_start = 1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* A positive integer from the environment, or 0. */
static int env_count(const char *name)
{
    const char *text = getenv(name);
    if (text == NULL) return 0;
    char *end;
    long value = strtol(text, &end, 10);
    /* OMP_NUM_THREADS may be a list, one count a nesting level: the first one counts. */
    if (end == text || (*end != '\0' && *end != ',') || value < 1) return 0;
    return value > THREADS_MAX ? THREADS_MAX : (int)value;
}

static int affinity_count(void)
{
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
#endif
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}

/* CPUs granted by the container (cgroup v2, then v1), rounded up; 0 when unlimited. */
static int quota_count(void)
{
    double quota = -1, period = -1;
    FILE *file = fopen("/sys/fs/cgroup/cpu.max", "r");
    if (file != NULL) {
        if (fscanf(file, "%lf %lf", &quota, &period) != 2) quota = -1;
        fclose(file);
    } else {
        if ((file = fopen("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "r")) != NULL) {
            if (fscanf(file, "%lf", &quota) != 1) quota = -1;
            fclose(file);
        }
        if ((file = fopen("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "r")) != NULL) {
            if (fscanf(file, "%lf", &period) != 1) period = -1;
            fclose(file);
        }
    }
    if (quota <= 0 || period <= 0) return 0;
    int count = (int)((quota + period - 1) / period);
    return count < 1 ? 1 : count;
}

/* libgomp hangs when a team is asked for in the child of a process that had one, be it
 * ours or another library's that shares the runtime: a forked child runs on one thread. */
static void in_child(void) { atomic_store(&forked, 1); }

static void start(void)
{
    pthread_atfork(NULL, NULL, in_child);
#if defined(_OPENMP)
    omp_count_at_start = omp_get_max_threads();
#endif
    int count = env_count("FASTNN_NUM_THREADS");
    if (count == 0) count = env_count("OMP_NUM_THREADS");
    if (count == 0) {
        count = affinity_count();
        int quota = quota_count();
        if (quota > 0 && quota < count) count = quota;
    }
    default_count = count;
}
#endif

void fnn_set_num_threads(int count)
{
    if (count < 0) count = 0;
    atomic_store(&explicit_count, count > THREADS_MAX ? THREADS_MAX : count);
}

int fnn_threads_limit(void)
{
#if defined(_OPENMP)
    pthread_once(&once, start);
    if (atomic_load_explicit(&forked, memory_order_relaxed)) return 1;
    int count = atomic_load_explicit(&explicit_count, memory_order_relaxed);
    if (count == 0) count = default_count;
    /* threadpoolctl lowers OpenMP's own setting: respect it. */
    int now = omp_get_max_threads();
    if (now < omp_count_at_start && now < count) count = now;
    return count;
#else
    return 1;
#endif
}

int fnn_get_num_threads(void) { return fnn_threads_limit(); }

const char *fnn_openmp_runtime(void)
{
#if !defined(_OPENMP)
    return "none";
#elif defined(__clang__)
    return "libomp";
#elif defined(__GNUC__)
    return "libgomp";
#else
    return "OpenMP";
#endif
}

const char *fnn_compiler(void)
{
#if defined(__clang__)
    return "clang " __clang_version__;
#elif defined(__GNUC__)
    return "gcc " __VERSION__;
#else
    return "unknown";
#endif
}

void fnn_team_run(int threads, fnn_team_fn *fn, void *arg)
{
#if defined(_OPENMP)
    if (threads > 1) {
#pragma omp parallel num_threads(threads)
        fn(arg, omp_get_thread_num(), omp_get_num_threads());
        return;
    }
#else
    (void)threads;
#endif
    fn(arg, 0, 1);
}

void fnn_yield(void) { sched_yield(); }

static inline void cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

void fnn_barrier_wait(struct fnn_barrier *barrier, int nt)
{
    if (nt == 1) return;
    unsigned phase = atomic_load_explicit(&barrier->phase, memory_order_relaxed);
    if (atomic_fetch_add_explicit(&barrier->arrived, 1, memory_order_acq_rel) + 1 == (unsigned)nt) {
        atomic_store_explicit(&barrier->arrived, 0, memory_order_relaxed);
        atomic_store_explicit(&barrier->phase, phase + 1, memory_order_release);
        return;
    }
    /* About 20 us of spinning covers the imbalance of a healthy phase; a member that has
     * lost its core is waited for without burning the core it needs. */
    for (int spin = 0; atomic_load_explicit(&barrier->phase, memory_order_acquire) == phase; spin++) {
        if (spin < 500)
            cpu_relax();
        else
            sched_yield();
    }
}
