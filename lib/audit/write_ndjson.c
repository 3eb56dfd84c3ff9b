/*
 * The audit for scripts: one object a line, first member `type`, stable
 * names; the last line is always `summary`, so that a reader can tell a whole
 * run from one that was cut. These rows are also what --history reads.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "audit.h"

static void
number(struct capi_buf *out, double d)
{
	if (isnan(d) || isinf(d))
		capi_buf_adds(out, "null");
	else
		capi_buf_addf(out, "%.6g", d);
}

static void
pair_value(struct capi_buf *out, const struct capi_pair *p)
{
	switch (p->kind) {
	case CAPI_PAIR_INT:
		capi_buf_add_int(out, p->i);
		return;
	case CAPI_PAIR_NUMBER:
		number(out, p->d);
		return;
	case CAPI_PAIR_BOOL:
		capi_buf_adds(out, p->i ? "true" : "false");
		return;
	case CAPI_PAIR_TEXT:
		if (p->s)
			capi_json_cstring(out, p->s);
		else
			capi_buf_adds(out, "null");
		return;
	}
}

/* "left_out.test", "left_out.refunded" stand together in one object. */
static void
pairs(struct capi_buf *out, const struct capi_pair *p, size_t n)
{
	const char *open = NULL;
	size_t open_len = 0;

	for (size_t i = 0; i < n; i++) {
		const char *dot = strchr(p[i].name, '.');
		size_t len = dot ? (size_t)(dot - p[i].name) : 0;

		if (open &&
		    (len != open_len || memcmp(open, p[i].name, len) != 0)) {
			capi_buf_addc(out, '}');
			open = NULL;
		}
		if (dot && !open) {
			capi_json_sep(out);
			capi_json_string(out, p[i].name, len);
			capi_buf_adds(out, ":{");
			open = p[i].name;
			open_len = len;
		}
		capi_json_key(out, dot ? dot + 1 : p[i].name);
		pair_value(out, &p[i]);
	}
	if (open)
		capi_buf_addc(out, '}');
}

static void
member(struct capi_buf *out, const char *name, const char *s)
{
	if (!s)
		return;
	capi_json_key(out, name);
	capi_json_cstring(out, s);
}

static void
begin(struct capi_buf *out, const char *type)
{
	capi_buf_addc(out, '{');
	member(out, "type", type);
}

static void
integer(struct capi_buf *out, const char *name, int64_t i)
{
	capi_json_key(out, name);
	capi_buf_add_int(out, i);
}

static void
write_run(const struct capi_audit *a, struct capi_buf *out)
{
	char date[16];
	bool given = a->from <= a->to;

	begin(out, "run");
	member(out, "tool", "capi-audit");
	member(out, "version", CAPI_VERSION);
	integer(out, "at", a->now);
	if (a->used || given) {
		capi_clock_date(given ? a->from : a->first, date);
		member(out, "from", date);
		capi_clock_date(given ? a->to : a->last, date);
		member(out, "to", date);
	}
	member(out, "tz", capi_clock_zone_name(a->zone));
	member(out, "fail_on", capi_severity_names[a->fail_on]);
	capi_buf_adds(out, "}\n");
}

static void
write_finding(const struct capi_audit_finding *f, struct capi_buf *out)
{
	begin(out, "finding");
	integer(out, "id", f->number);
	member(out, "check", f->check->id);
	member(out, "severity", capi_severity_names[f->severity]);
	member(out, "platform", f->platform);
	member(out, "event", f->event);
	capi_json_key(out, "certain");
	capi_buf_adds(out, f->certain ? "true" : "false");
	if (f->n >= 0)
		integer(out, "n", f->n);
	if (f->affected >= 0)
		integer(out, "affected", f->affected);
	member(out, "verdict", f->verdict);
	pairs(out, f->pairs, f->pair_count);
	member(out, "cause", f->fact);
	member(out, "fix", f->fix);
	capi_buf_adds(out, "}\n");
}

static void
text_column(
    struct capi_buf *out, const char *name, struct capi_sql_stmt *s, int i)
{
	if (!capi_sql_is_null(s, i) && *capi_sql_text(s, i))
		member(out, name, capi_sql_text(s, i));
}

static void
write_items(struct capi_audit *a, struct capi_buf *out)
{
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT finding, class, platform, order_id, event_id, time,"
	    " value, currency, reason, repair, line FROM items ORDER BY n",
	    "");

	while (capi_sql_row(s)) {
		int64_t time = capi_sql_int(s, 5);

		begin(out, "item");
		integer(out, "finding", capi_sql_int(s, 0));
		text_column(out, "class", s, 1);
		text_column(out, "platform", s, 2);
		text_column(out, "order_id", s, 3);
		text_column(out, "event_id", s, 4);
		if (!capi_sql_is_null(s, 5) && time >= 0) {
			integer(out, "time", time);
			integer(out, "age_s", a->now - time);
		}
		text_column(out, "value", s, 6);
		text_column(out, "currency", s, 7);
		text_column(out, "reason", s, 8);
		text_column(out, "repair", s, 9);
		if (capi_sql_int(s, 10))
			integer(out, "line", capi_sql_int(s, 10));
		capi_buf_adds(out, "}\n");
		capi_audit_spill(a, out);
	}
}

void
capi_audit_write_ndjson(struct capi_audit *a, const struct capi_audit_view *v,
    struct capi_buf *out, int exit_status)
{
	(void)v;
	write_run(a, out);
	for (const struct capi_audit_row *r = a->rows; r; r = r->next) {
		begin(out, r->type);
		member(out, "check", r->check);
		member(out, "platform", r->platform);
		member(out, "event", r->event);
		pairs(out, r->pairs, r->count);
		capi_buf_adds(out, "}\n");
	}
	for (const struct capi_audit_finding *f = a->findings; f; f = f->next)
		write_finding(f, out);
	write_items(a, out);
	begin(out, "summary");
	integer(out, "crit", a->counts[CAPI_SEVERITY_CRIT]);
	integer(out, "warn", a->counts[CAPI_SEVERITY_WARN]);
	integer(out, "info", a->counts[CAPI_SEVERITY_INFO]);
	integer(out, "likely", a->likely_count);
	integer(out, "exit", exit_status);
	capi_buf_adds(out, "}\n");
}
