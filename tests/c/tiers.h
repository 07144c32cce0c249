/* tiers.h: the same work on every instruction set. One is chosen a process, so each tier runs
 * in a child of its own, which sends its results back through a pipe. */
#ifndef FNN_TIERS_H
#define FNN_TIERS_H

#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "fastnn.h"

/* Fills `bytes` of results on the tier named. */
typedef void tier_fn(const char *isa, void *results);

/* Non-zero when the child finished and all its checks passed. */
static inline int tier_child(const char *isa, tier_fn *fn, void *results, size_t bytes)
{
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    fflush(NULL);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        close(ends[0]);
        check_count = check_failures = 0;
        REQUIRE(fnn_init(isa) == FNN_OK);
        CHECK(strcmp(fnn_isa_selected(), isa) == 0);
        fn(isa, results);
        const int sent = write(ends[1], results, bytes) == (ssize_t)bytes;
        const int code = check_done(isa);
        fflush(NULL);
        _exit(sent ? code : EXIT_FAILURE);
    }
    close(ends[1]);
    const ssize_t got = read(ends[0], results, bytes);
    close(ends[0]);
    int status;
    REQUIRE(waitpid(child, &status, 0) == child);
    return got == (ssize_t)bytes && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Runs every tier of this CPU; all must give the same `count` results of `each` bytes, which are
 * left in `results`. name(i) is for messages. Returns 0 when the CPU has no tier. */
static inline int tiers_run(tier_fn *fn, void *results, size_t count, size_t each,
                            const char *(*name)(size_t))
{
    const char *first = NULL;
    char *now = malloc(count * each);
    REQUIRE(now != NULL);
    for (size_t i = 0; i < fnn_isa_count(); i++) {
        const char *isa = fnn_isa_name(i);
        if (!fnn_isa_supported(i)) {
            printf("%s: not on this CPU\n", isa);
            continue;
        }
        CHECK(tier_child(isa, fn, now, count * each));
        if (first == NULL) {
            first = isa;
            memcpy(results, now, count * each);
        }
        for (size_t n = 0; n < count; n++)
            if (!CHECK(memcmp((char *)results + n * each, now + n * each, each) == 0))
                fprintf(stderr, "  %s: %s differs from %s\n", name(n), isa, first);
    }
    free(now);
    return first != NULL;
}

#endif /* FNN_TIERS_H */
