/*
 * One line for Nagios, Icinga and their kin: state, the worst finding, and
 * performance data with the thresholds.
 */
#include <math.h>
#include <string.h>

#include "audit.h"

static const char *const states[] = {"OK", "OK", "WARNING", "CRITICAL"};

/* Metrics that are worth a graph: label, value and thresholds. */
static const struct {
	const char *check, *value, *label, *unit, *limits;
} shown[] = {
    {"count.ratio", "value", "ratio", "", "0.8:1.2;0.5:2;0"},
    {"count.ids", "missing", "missing", "", ";;0"},
    {"count.ids", "parked", "parked", "", ";;0"},
    {"time.lag", "p95", "lag_p95", "s", "300;3600;0"},
    {"api.success", "value", "success", "", "0.95:;0.95:;0;1"},
};

static void
quoted(struct capi_buf *out, const char *label, const char *platform)
{
	capi_buf_addf(out, " '%s%s%s'=", platform ? platform : "",
	    platform ? "_" : "", label);
}

static void
performance(const struct capi_audit *a, struct capi_buf *out)
{
	bool first = true;

	for (const struct capi_audit_row *r = a->rows; r; r = r->next) {
		for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
			double d;

			if (!r->check || strcmp(r->check, shown[i].check) ||
			    (r->event && strcmp(r->event, "Purchase")))
				continue;
			d = capi_row_value(r, shown[i].value);
			if (isnan(d) || capi_row_get(r, "age"))
				continue;
			capi_buf_adds(out, first ? " |" : "");
			first = false;
			quoted(out, shown[i].label, r->platform);
			capi_buf_addf(out, "%.6g%s;%s", d, shown[i].unit,
			    shown[i].limits);
		}
	}
}

static void
tell(struct capi_buf *out, const char *before,
    const struct capi_audit_finding *f)
{
	capi_buf_addf(out, "%s%s%s%s%s%s: %s", before,
	    f->platform ? f->platform : "", f->platform ? " " : "",
	    f->event ? f->event : "", f->event ? " " : "", f->check->id,
	    f->fact);
}

void
capi_audit_write_nagios(struct capi_audit *a, struct capi_buf *out)
{
	const struct capi_audit_finding *worst = NULL, *likely = NULL;

	for (const struct capi_audit_finding *f = a->findings; f && !worst;
	     f = f->next)
		if (f->severity >= a->fail_on && (f->certain || a->likely))
			worst = f;
	for (const struct capi_audit_finding *f = a->findings; f && !likely;
	     f = f->next)
		if (capi_finding_is_likely(f))
			likely = f;
	capi_buf_addf(out, "CAPI %s - ",
	    states[worst ? worst->severity > CAPI_SEVERITY_INFO
			       ? worst->severity
			       : CAPI_SEVERITY_WARN
			 : CAPI_SEVERITY_OK]);
	if (!worst && !likely)
		capi_buf_adds(out, "nothing found");
	else if (!worst)
		tell(out, "nothing certain; likely: ", likely);
	else
		tell(out, "", worst);
	/* A bar would end the text. */
	for (size_t i = 0; i < out->len; i++)
		if (out->data[i] == '|')
			out->data[i] = '/';
	performance(a, out);
	capi_buf_addc(out, '\n');
}
