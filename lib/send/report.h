/* What is told of a run besides receipts: a log line a request, counters, a
 * file for Prometheus. */
#ifndef CAPI_SEND_REPORT_H
#define CAPI_SEND_REPORT_H

#include "sender.h"

/* After a flight was recorded. */
void capi_report_flight(struct capi_sender *s, const struct capi_flight *f);
/* The counters of this run into the store. */
void capi_report_keep(struct capi_sender *s);
/* -1 with errno. */
int capi_report_metrics(
    struct capi_sender *s, const char *path, enum capi_exit status);
/* Percent of the judged events of this run that were taken; -1: none were. */
/* A line a destination: what became of the events, what waits and how long.
 * Said when not all is well, at a terminal, or when asked for. */
void capi_report_words(struct capi_sender *s);
int capi_report_success(const struct capi_sender *s);

#endif
