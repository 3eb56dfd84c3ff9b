#include "side.h"

#include <stdio.h>
#include <string.h>

#include "evidence.h"

static struct capi_str
text_of(const struct capi_json *obj, const char *path)
{
	const struct capi_json *v = capi_json_at(obj, path);

	if (!v || v->type == CAPI_JSON_NULL || v->type >= CAPI_JSON_ARRAY)
		return (struct capi_str){NULL, 0};
	return (struct capi_str){v->text, v->len};
}

static bool
number_of(const struct capi_json *obj, const char *path, double *d)
{
	struct capi_str s = text_of(obj, path);
	int64_t micros;

	if (!s.p || !capi_clock_decimal(s, false, &micros))
		return false;
	*d = (double)micros / CAPI_MICROS;
	return true;
}

static struct capi_str
or_empty(struct capi_str s)
{
	return s.p ? s : (struct capi_str){"", 0};
}

bool
capi_side_history(struct capi_audit *a, const struct capi_json *line,
    int64_t number, const char **why)
{
	struct capi_str type = text_of(line, "type");
	double n = 0, have = 0, at;

	(void)number;
	if (!type.p) {
		*why = "no type: not a row of capi-audit";
		return false;
	}
	if (capi_str_is(type, "run") && number_of(line, "at", &at))
		a->history_at = (int64_t)at;
	if (!capi_str_is(type, "metric") || !a->history_at)
		return true;
	if (!number_of(line, "n", &n))
		number_of(line, "truth", &n);
	if (!number_of(line, "have", &have))
		number_of(line, "count", &have);
	capi_sql_run(a->db,
	    "INSERT INTO history(at, name, platform, event, item, n, have)"
	    " VALUES(?,?,?,?,?,?,?)",
	    "ittttdd", a->history_at, text_of(line, "check"),
	    or_empty(text_of(line, "platform")),
	    or_empty(text_of(line, "event")), or_empty(text_of(line, "key")), n,
	    have);
	return true;
}

static void
reading(struct capi_audit *a, struct capi_str event, const char *item,
    double score, double goal)
{
	const char *name = capi_event_canonical(event);

	capi_sql_run(a->db,
	    goal > 0 ? "INSERT INTO quality(platform, name, day, item, score,"
		       " goal) VALUES('meta',?,?,?,?,?)"
		     : "INSERT INTO quality(platform, name, day, item, score)"
		       " VALUES('meta',?,?,?,?)",
	    goal > 0 ? "tisdd" : "tisd",
	    name ? (struct capi_str){name, strlen(name)} : event,
	    capi_clock_day(a->zone, a->now), item, score, goal);
}

/* The goal for keys is all events; a tenth less is worth a word. */
#define KEY_GOAL 90

static int
one_event(struct capi_audit *a, const struct capi_json *w)
{
	struct capi_str event = text_of(w, "event_name");
	const struct capi_json *keys = capi_json_get(w, "dedupe_key_feedback");
	double d, goal;
	int n = 0;

	if (!event.p)
		return 0;
	if (number_of(w, "event_match_quality.composite_score", &d)) {
		reading(a, event, "score", d, 0);
		n++;
	}
	if (number_of(w, "event_coverage.percentage", &d)) {
		if (!number_of(w, "event_coverage.goal_percentage", &goal))
			goal = 75;
		reading(a, event, "event coverage", d, goal);
		n++;
	}
	for (const struct capi_json *k = keys ? keys->child : NULL; k;
	     k = k->next) {
		if (!capi_str_is(text_of(k, "dedupe_key"), "event_id"))
			continue;
		if (number_of(
			k, "server_events_with_dedupe_key.percentage", &d))
			reading(
			    a, event, "event_id on server events", d, KEY_GOAL);
		if (number_of(
			k, "browser_events_with_dedupe_key.percentage", &d))
			reading(a, event, "event_id on browser events", d,
			    KEY_GOAL);
	}
	return n;
}

static int read_eqs(struct capi_audit *a, const struct capi_json *list);

int
capi_side_quality_json(struct capi_audit *a, const struct capi_json *json)
{
	const struct capi_json *web = capi_json_get(json, "web");
	const struct capi_json *data = capi_json_get(json, "data");
	int n = 0;

	if (data && data->type == CAPI_JSON_ARRAY && data->child &&
	    capi_json_get(data->child, "quality_components"))
		return read_eqs(a, data);
	if (!web && data && data->type == CAPI_JSON_ARRAY && data->child)
		web = capi_json_get(data->child, "web");
	if (!web || web->type != CAPI_JSON_ARRAY)
		return -1;
	for (const struct capi_json *w = web->child; w; w = w->next)
		n += one_event(a, w);
	return n;
}

/* Pinterest's verdicts, worst first (openapi.json 5.23.0 of 2025-12-11, schema
 * EventQualityScore). */
static const char *const eqs_status[] = {"NEEDS_IMPROVEMENT", "FAIR", "GOOD"};

/* The names of a component's issues, and how many. */
static int64_t
issues(const struct capi_json *details, struct capi_buf *words)
{
	const struct capi_json *list = capi_json_get(details, "issues");
	int64_t n = 0;

	for (const struct capi_json *i = list ? list->child : NULL; i;
	     i = i->next) {
		struct capi_str name = text_of(i, "name");

		if (n++)
			capi_buf_adds(words, "; ");
		capi_buf_add(words, name.n ? name.p : "", name.n);
	}
	return n;
}

/* What one member of quality_components says: {"checkout": {"coverage": 93.1,
 * "issues": [...]}, ...}. */
static void
component(struct capi_audit *a, const struct capi_json *c, const char *where)
{
	for (const struct capi_json *e = c->child; e; e = e->next) {
		struct capi_str event = {e->key, e->key_len};
		const char *name = capi_event_canonical(event);
		struct capi_buf words = CAPI_BUF_INIT(1 << 16);
		int64_t n;
		double coverage;

		if (!number_of(e, "coverage", &coverage))
			continue;
		n = issues(e, &words);
		capi_sql_run(a->db,
		    "INSERT INTO quality(platform, name, day, item, score,"
		    " count, words) VALUES('pinterest',?,?,?,?,?,?)",
		    "tisdit",
		    name ? (struct capi_str){name, strlen(name)} : event,
		    capi_clock_day(a->zone, a->now),
		    capi_audit_text(
			a, "%.*s (%s)", (int)c->key_len, c->key, where),
		    coverage, n, (struct capi_str){words.data, words.len});
		capi_buf_release(&words);
	}
}

static int
read_eqs(struct capi_audit *a, const struct capi_json *list)
{
	int n = 0;

	for (const struct capi_json *q = list->child; q; q = q->next) {
		const struct capi_json *components =
		    capi_json_get(q, "quality_components");
		struct capi_str status = text_of(q, "overall_status");
		struct capi_str source = text_of(q, "ingestion_source");
		struct capi_str platform = text_of(q, "source_platform");
		const char *where;

		if (!components || !status.n)
			return -1;
		where = capi_audit_text(a, "%.*s %.*s", (int)source.n,
		    source.n ? source.p : "", (int)platform.n,
		    platform.n ? platform.p : "");
		for (int i = 0; i < 3; i++)
			if (capi_str_is(status, eqs_status[i]))
				capi_sql_run(a->db,
				    "INSERT INTO quality(platform, day, item,"
				    " score, words) VALUES('pinterest',?,"
				    "'status',?,?)",
				    "iis", capi_clock_day(a->zone, a->now),
				    (int64_t)i,
				    capi_audit_text(
					a, "%s (%s)", eqs_status[i], where));
		for (const struct capi_json *c = components->child; c;
		     c = c->next)
			component(a, c, where);
		n++;
	}
	return n;
}

/* One hour: {"start_time": ..., "data": [{"value": "Purchase", "count": 7}]}.
 */
static bool
hour(const struct capi_json *h, int zone,
    void (*sink)(void *arg, const struct capi_report_row *row), void *arg,
    struct capi_report *r)
{
	struct capi_str start = text_of(h, "start_time");
	const struct capi_json *data = capi_json_get(h, "data");
	int64_t time;

	if (!start.p || !capi_clock_parse_time(start, &time) || !data)
		return false;
	for (const struct capi_json *v = data->child; v; v = v->next) {
		struct capi_report_row row = {.dated = true};

		row.day = row.last = capi_clock_day(zone, time);
		row.event = text_of(v, "value");
		row.source = row.currency = (struct capi_str){"", 0};
		if (!row.event.n ||
		    !capi_clock_decimal(text_of(v, "count"), false, &row.count))
			return false;
		sink(arg, &row);
		if (!r->rows++ || row.day < r->from)
			r->from = row.day;
		if (r->rows == 1 || row.day > r->to)
			r->to = row.day;
	}
	return true;
}

enum capi_report_result
capi_side_stats(struct capi_report *r, const struct capi_json *json, int zone,
    void (*sink)(void *arg, const struct capi_report_row *row), void *arg)
{
	const struct capi_json *data = capi_json_get(json, "data");

	r->dialect = "meta-stats";
	r->daily = true;
	r->from = 1;
	if (!data || data->type != CAPI_JSON_ARRAY)
		return CAPI_REPORT_JSON;
	if (r->attributed) {
		r->why = "it counts what was received: give it as --received";
		return CAPI_REPORT_JSON;
	}
	for (const struct capi_json *h = data->child; h; h = h->next) {
		struct capi_str by = text_of(h, "aggregation");

		if (by.n && !capi_str_is(by, "event") &&
		    !capi_str_is(by, "event_total_counts")) {
			r->why = "ask for aggregation=event";
			return CAPI_REPORT_JSON;
		}
		if (!hour(h, zone, sink, arg, r)) {
			r->why = "an hour without start_time, value or count";
			return CAPI_REPORT_NUMBER;
		}
	}
	if (text_of(json, "paging.next").n) {
		r->why = "paging.next names a further page";
		return CAPI_REPORT_CUT;
	}
	return r->rows ? CAPI_REPORT_OK : CAPI_REPORT_EMPTY;
}

/* Where the named columns stand; false when one is missing. */
static bool
header(struct capi_csv *csv, const char *const *names, int *columns, int count,
    uint64_t *line)
{
	struct capi_csv_row row;

	if (capi_csv_next(csv, &row) != CAPI_CSV_ROW)
		return false;
	*line = row.line;
	for (int i = 0; i < count; i++) {
		columns[i] = -1;
		for (size_t k = 0; k < row.count; k++)
			if (capi_str_is_nocase(row.cell[k], names[i]))
				columns[i] = (int)k;
		if (columns[i] < 0)
			return false;
	}
	return true;
}

static struct capi_str
cell(const struct capi_csv_row *row, int column)
{
	return (size_t)column < row->count ? row->cell[column]
					   : (struct capi_str){"", 0};
}

int64_t
capi_side_quality_csv(struct capi_audit *a, struct capi_csv *csv,
    uint64_t *line, const char **why)
{
	static const char *const names[] = {
	    "date", "platform", "event", "score"};
	int c[4];
	struct capi_csv_row row;
	int64_t n = 0;

	*why = "wants the columns date, platform, event, score";
	if (!header(csv, names, c, 4, line))
		return -1;
	while (capi_csv_next(csv, &row) == CAPI_CSV_ROW) {
		struct capi_str event = cell(&row, c[2]);
		const char *name = capi_event_canonical(event);
		int64_t day, micros;

		*line = row.line;
		*why = "a date or score that can not be read";
		if (!capi_clock_parse_date(cell(&row, c[0]), &day) ||
		    !capi_clock_decimal(cell(&row, c[3]), false, &micros))
			return -1;
		capi_sql_run(a->db,
		    "INSERT INTO quality(platform, name, day, item, score)"
		    " VALUES(?,?,?,'score',?)",
		    "ttid", cell(&row, c[1]),
		    name ? (struct capi_str){name, strlen(name)} : event, day,
		    (double)micros / CAPI_MICROS);
		n++;
	}
	return n;
}

int64_t
capi_side_changes(struct capi_audit *a, struct capi_csv *csv, uint64_t *line,
    const char **why)
{
	static const char *const names[] = {"time", "what"};
	int c[2];
	struct capi_csv_row row;
	int64_t n = 0;

	*why = "wants the columns time, what";
	if (!header(csv, names, c, 2, line))
		return -1;
	while (capi_csv_next(csv, &row) == CAPI_CSV_ROW) {
		int64_t time, day;

		*line = row.line;
		*why = "a time that can not be read";
		if (!capi_clock_parse_time(cell(&row, c[0]), &time)) {
			if (!capi_clock_parse_date(cell(&row, c[0]), &day))
				return -1;
			time = capi_clock_start(a->zone, day);
		}
		capi_sql_run(a->db, "INSERT INTO changes VALUES(?,?)", "it",
		    time, cell(&row, c[1]));
		n++;
	}
	return n;
}
