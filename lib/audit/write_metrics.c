/*
 * The audit as Prometheus text (version 0.0.4), for node_exporter's textfile
 * collector: gauges only, labels from a fixed set.
 */
#include <math.h>
#include <string.h>

#include "audit.h"

/* Which value of which metric row becomes which gauge. */
static const struct {
	const char *check, *value, *name, *help;
} gauges[] = {
    {"truth.filter", "counted", "capi_audit_orders", "Orders that count."},
    {"count.ids", "delivered", "capi_audit_delivered",
	"Orders delivered, by destination."},
    {"count.ids", "missing", "capi_audit_missing",
	"Orders never sent, by destination."},
    {"count.ids", "refused", "capi_audit_refused",
	"Orders refused before sending."},
    {"count.ids", "parked", "capi_audit_parked", "Orders parked."},
    {"count.ids", "queued", "capi_audit_queued", "Orders queued."},
    {"count.ids", "withheld", "capi_audit_withheld",
	"Orders withheld for want of consent."},
    {"count.ratio", "value", "capi_audit_received_ratio",
	"Events received for each order."},
    {"count.attributed", "value", "capi_audit_attributed_share",
	"Share of the orders credited to ads; never add these up."},
    {"dedup.rate", "of_browser", "capi_audit_dedup_of_browser",
	"Share of browser events also sent by the server."},
    {"time.lag", "p50", "capi_audit_lag_p50_seconds",
	"Median time from event to sending."},
    {"time.lag", "p95", "capi_audit_lag_p95_seconds",
	"95th percentile of the time from event to sending."},
    {"pay.keys", "value", "capi_audit_key_coverage",
	"Share of events with a valid value of the key."},
    {"api.success", "value", "capi_audit_accepted_share",
	"Share of attempted events that were accepted."},
    {"api.last", "at", "capi_audit_last_success_timestamp_seconds",
	"When the last event was accepted."},
    {"quality.score", "value", "capi_audit_match_quality",
	"The platform's own score, 0 to 10."},
};

static void
label(struct capi_buf *out, const char *name, const char *value, bool *first)
{
	if (!value || !*value)
		return;
	capi_buf_addf(out, "%s%s=\"", *first ? "{" : ",", name);
	*first = false;
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			capi_buf_addc(out, '\\');
		capi_buf_addc(out, *value == '\n' ? ' ' : *value);
	}
	capi_buf_addc(out, '"');
}

static void
gauge(struct capi_audit *a, size_t g, struct capi_buf *out)
{
	bool head = false;

	for (const struct capi_audit_row *r = a->rows; r; r = r->next) {
		bool first = true;
		double d;

		if (!r->check || strcmp(r->check, gauges[g].check) ||
		    capi_row_get(r, "age"))
			continue;
		d = capi_row_value(r, gauges[g].value);
		if (isnan(d))
			continue;
		if (!head)
			capi_buf_addf(out, "# HELP %s %s\n# TYPE %s gauge\n",
			    gauges[g].name, gauges[g].help, gauges[g].name);
		head = true;
		capi_buf_adds(out, gauges[g].name);
		label(out, "platform", r->platform, &first);
		label(out, "event", r->event, &first);
		label(out, "key", capi_row_words(r, "key"), &first);
		capi_buf_addf(out, "%s %.10g\n", first ? "" : "}", d);
	}
}

void
capi_audit_write_metrics(struct capi_audit *a, struct capi_buf *out)
{
	for (size_t g = 0; g < sizeof(gauges) / sizeof(gauges[0]); g++)
		gauge(a, g, out);
	capi_buf_adds(out, "# HELP capi_audit_findings Findings by severity.\n"
			   "# TYPE capi_audit_findings gauge\n");
	for (int s = CAPI_SEVERITY_INFO; s <= CAPI_SEVERITY_CRIT; s++)
		capi_buf_addf(out,
		    "capi_audit_findings{severity=\"%s\"} %lld\n",
		    capi_severity_names[s], (long long)a->counts[s]);
	capi_buf_addf(out, "capi_audit_findings{severity=\"likely\"} %lld\n",
	    (long long)a->likely_count);
	capi_buf_addf(out,
	    "# HELP capi_audit_run_timestamp_seconds When the audit ran.\n"
	    "# TYPE capi_audit_run_timestamp_seconds gauge\n"
	    "capi_audit_run_timestamp_seconds %lld\n",
	    (long long)a->now);
}
