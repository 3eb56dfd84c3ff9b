/*
 * Evidence beside the events: match quality, earlier runs, changes.
 */
#ifndef CAPI_AUDIT_SIDE_H
#define CAPI_AUDIT_SIDE_H

#include "normalize/csv.h"
#include "report.h"
#include "audit.h"

/* A line of an earlier run's NDJSON. Lines before the first `run` are of an
 * unknown time and are not used. */
bool capi_side_history(struct capi_audit *a, const struct capi_json *line,
    int64_t number, const char **why);

/* Meta's Dataset Quality answer (web[], fields as of 2026-09), or Pinterest's
 * event quality scores, which are an array, as {"data": array}. Returns the
 * number of readings; -1: it is something else. */
int capi_side_quality_json(struct capi_audit *a, const struct capi_json *json);

/* The answer of Meta's stats edge with aggregation=event (page "Ads Pixel
 * Stats", read 2026-09): events received, hour by hour; they are told to
 * `sink` by the days of the zone. */
enum capi_report_result capi_side_stats(struct capi_report *r,
    const struct capi_json *json, int zone,
    void (*sink)(void *arg, const struct capi_report_row *row), void *arg);

/* date,platform,event,score with a header. Returns the rows read; -1: *line
 * and *why say what is wrong. */
int64_t capi_side_quality_csv(struct capi_audit *a, struct capi_csv *csv,
    uint64_t *line, const char **why);

/* time,what with a header. The same. */
int64_t capi_side_changes(struct capi_audit *a, struct capi_csv *csv,
    uint64_t *line, const char **why);

#endif
