/* status.h: how a status travels through the core. Nothing here formats text for users. */
#ifndef FNN_STATUS_H
#define FNN_STATUS_H

#include "fastnn.h"

/* Leaves the calling function with the status when `call` failed. */
#define FNN_TRY(call)                             \
    do {                                          \
        enum fnn_status fnn_try_ = (call);        \
        if (fnn_try_ != FNN_OK) return fnn_try_;  \
    } while (0)

#define FNN_REQUIRE(condition, status)            \
    do {                                          \
        if (!(condition)) return (status);        \
    } while (0)

#endif /* FNN_STATUS_H */
