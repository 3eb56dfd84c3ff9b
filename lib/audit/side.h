/*
 * Evidence beside the events: match quality, earlier runs, changes.
 */
#ifndef CAPI_AUDIT_SIDE_H
#define CAPI_AUDIT_SIDE_H

#include "../csv.h"
#include "audit.h"

/* A line of an earlier run's NDJSON. Lines before the first `run` are of an
 * unknown time and are not used. */
bool capi_side_history(struct capi_audit *a, const struct capi_json *line,
    int64_t number, const char **why);

/* Meta's Dataset Quality answer (web[], fields as of 2026-09). Returns the
 * number of readings; -1: it is something else. */
int capi_side_quality_json(struct capi_audit *a, const struct capi_json *json);

/* date,platform,event,score with a header. Returns the rows read; -1: *line
 * and *why say what is wrong. */
int64_t capi_side_quality_csv(struct capi_audit *a, struct capi_csv *csv,
    uint64_t *line, const char **why);

/* time,what with a header. The same. */
int64_t capi_side_changes(struct capi_audit *a, struct capi_csv *csv,
    uint64_t *line, const char **why);

#endif
