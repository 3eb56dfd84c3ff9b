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

int
capi_side_quality_json(struct capi_audit *a, const struct capi_json *json)
{
	const struct capi_json *web = capi_json_get(json, "web");
	const struct capi_json *data = capi_json_get(json, "data");
	int n = 0;

	if (!web && data && data->type == CAPI_JSON_ARRAY && data->child)
		web = capi_json_get(data->child, "web");
	if (!web || web->type != CAPI_JSON_ARRAY)
		return -1;
	for (const struct capi_json *w = web->child; w; w = w->next)
		n += one_event(a, w);
	return n;
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
