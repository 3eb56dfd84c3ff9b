/*
 * A file whole or not at all: what stands there is replaced in one step, so
 * that no reader ever sees half of it. Links are followed; what is no regular
 * file (a device, a pipe) is written to as it is, never replaced.
 */
#ifndef CAPI_REPLACE_H
#define CAPI_REPLACE_H

#include <stddef.h>
#include <sys/types.h>

#include "err.h"

/* A new file gets `mode`, whatever the umask; one that is there keeps its own.
 * CAPI_EXIT_OK, CAPI_EXIT_CANTCREAT or CAPI_EXIT_IO; errno says why. */
enum capi_exit capi_replace(
    const char *path, mode_t mode, const char *data, size_t n);

#endif
