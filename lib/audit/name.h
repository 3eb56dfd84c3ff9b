/*
 * Names of events and ids, as different hands write them.
 */
#ifndef CAPI_AUDIT_NAME_H
#define CAPI_AUDIT_NAME_H

#include "index.h"

/* The canonical name of an event, whatever a platform or tool calls it:
 * "CompletePayment", "checkout", "PURCHASE" are Purchase. NULL when it is not
 * known; then the name stands for itself. */
const char *capi_event_canonical(struct capi_str name);

/* A name and its meaning; `known` is NULL for the few that are long or come
 * after many others. */
struct capi_meaning {
	struct capi_str canonical;
	struct capi_index_name *known;
};

/* Looked up once for each name, not for each event. */
struct capi_meaning capi_name_meaning(
    struct capi_index *x, struct capi_str name);

/* What the index knows an event by. */
uint64_t capi_name_key(struct capi_str id, struct capi_str name);

/* The same of the id undressed, for finding ids that differ in their dress
 * only; 0 for none. */
uint64_t capi_name_undressed(struct capi_str id, struct capi_str name);

#endif
