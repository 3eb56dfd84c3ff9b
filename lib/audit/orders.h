/*
 * Orders in a shop's own export. There is one reader for those, and it is
 * capi-normalize: it is run as a child, with every status let through, and its
 * events are read from a pipe. So the audit sees each order exactly as the
 * sender did, and what does not count can be counted by reason.
 */
#ifndef CAPI_AUDIT_ORDERS_H
#define CAPI_AUDIT_ORDERS_H

#include <stdbool.h>
#include <sys/types.h>

#include "../lines.h"

/* Options that are handed on: name without dashes, value or NULL (a flag);
 * rows whose `given` is false are not. */
struct capi_orders_option {
	const char *name;
	const char *value;
	bool given;
};

struct capi_orders {
	const struct capi_orders_option *options; /* ended by a NULL name */
	pid_t pid;
	int fd;           /* events come here */
	char rejects[64]; /* refused records, a temporary file */
	int messages;     /* what it said; worth showing when it failed */
};

/* The built-in preset whose columns the CSV has, or NULL. `lines` is open on
 * the file and is used up. */
const char *capi_orders_detect(struct capi_lines *lines);

/* Runs capi-normalize on the file ("-": standard input). -1 with errno. */
int capi_orders_start(
    struct capi_orders *o, const char *preset, const char *file);

/* Waits for its end; its exit status, 71 when a signal ended it. The rejects
 * file is the caller's to read and to remove, `messages` to close; it stands
 * at its beginning. */
int capi_orders_wait(struct capi_orders *o);

#endif
