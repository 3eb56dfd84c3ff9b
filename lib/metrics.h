/*
 * Counts as Prometheus' text format wants them (exposition format 0.0.4, read
 * 2026-11-20), for the textfile collector: no timestamps, HELP and TYPE once,
 * a newline at the end, and the file replaced in one step (replace.h).
 */
#ifndef CAPI_METRICS_H
#define CAPI_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* Upper bounds of the histogram of latencies, in milliseconds; the last one
 * is without bound. */
#define CAPI_METRICS_BUCKETS 10
extern const int64_t capi_metrics_bounds[CAPI_METRICS_BUCKETS - 1];
size_t capi_metrics_bucket(int64_t ms);

/* "# HELP capi_send_NAME ...", "# TYPE ...". */
void capi_metrics_head(
    struct capi_buf *b, const char *name, const char *type, const char *help);

/* One sample. Labels are pairs of name and value, ended by NULL; values are
 * escaped. */
void capi_metrics_sample(struct capi_buf *b, const char *name,
    const char *const *labels, double value);

#endif
