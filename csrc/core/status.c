/* status.c: the one table of status names and meanings. */
#include "status.h"

static const struct {
    enum fnn_status status;
    const char *name, *message;
} table[] = {
    {FNN_OK, "FNN_OK", "success"},
    {FNN_ERR_ARGUMENT, "FNN_ERR_ARGUMENT", "an argument breaks its contract"},
    {FNN_ERR_MEMORY, "FNN_ERR_MEMORY", "out of memory"},
    {FNN_ERR_STATE, "FNN_ERR_STATE", "calls in the wrong order"},
    {FNN_ERR_ISA, "FNN_ERR_ISA", "unknown instruction set, or not supported by this CPU"},
    {FNN_ERR_INTERRUPTED, "FNN_ERR_INTERRUPTED", "stopped between two steps by the caller"},
    {FNN_ERR_LABEL, "FNN_ERR_LABEL", "a class label is out of range"},
    {FNN_ERR_BUSY, "FNN_ERR_BUSY", "the model is being trained by another thread"},
    {FNN_ERR_INDEX, "FNN_ERR_INDEX", "a row index is out of range"},
    {FNN_ERR_VOCABULARY, "FNN_ERR_VOCABULARY", "an input of an embedding is outside its vocabulary"},
};

const char *fnn_status_name(enum fnn_status status)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].status == status) return table[i].name;
    return "FNN_ERR_UNKNOWN";
}

const char *fnn_status_message(enum fnn_status status)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].status == status) return table[i].message;
    return "unknown status";
}
