/* check.h: assertions of the C test programs. A failed check is printed with its place
 * and counted; the program goes on, and check_done() turns the count into the exit code.
 * Threads may check at the same time. */
#ifndef FNN_CHECK_H
#define FNN_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECK_PRINTED_MAX = 20 };

static _Atomic long check_count, check_failures;

static inline int check_one(int ok, const char *file, int line, const char *what)
{
    check_count++;
    if (!ok && ++check_failures <= CHECK_PRINTED_MAX)
        fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
    return ok;
}

/* Non-zero when the condition holds, so that a test can print what else it knows. */
#define CHECK(condition) check_one(!!(condition), __FILE__, __LINE__, #condition)

/* For what the rest of the program cannot do without. */
#define REQUIRE(condition)                         \
    do {                                           \
        if (!CHECK(condition)) {                   \
            fprintf(stderr, "cannot go on\n");     \
            exit(EXIT_FAILURE);                    \
        }                                          \
    } while (0)

static inline int check_done(const char *name)
{
    const long count = check_count, failures = check_failures;
    printf("%s: %ld checks, %ld failed\n", name, count, failures);
    if (count == 0) fprintf(stderr, "%s: checked nothing\n", name);
    return failures == 0 && count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif /* FNN_CHECK_H */
