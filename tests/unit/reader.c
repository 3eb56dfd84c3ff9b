/* A reader inside another program: orders as values, refusals and remarks on
 * whole files as calls. */
#include "normalize/reader.h"

#include <stdarg.h>
#include <string.h>

#include "tap.h"

struct told {
	char events[2000], refused[2000], said[2000];
	int withheld;
};

__attribute__((format(printf, 2, 3))) static void
add(char text[2000], const char *fmt, ...)
{
	size_t n = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + n, 2000 - n, fmt, ap);
	va_end(ap);
}

static void
on_event(void *arg, const struct capi_reader_event *e)
{
	static const char *const paths[] = {"event_id", "user_data.email",
	    "custom_data.value", "source.status", "source.test",
	    "source.refunded_value"};
	struct capi_json_parser *parser = capi_json_parser_new();
	struct capi_buf text = CAPI_BUF_INIT(1 << 16);
	struct capi_arena arena = {0};
	struct capi_json *event = NULL;
	struct told *t = arg;

	capi_reader_write(e, &text);
	capi_json_parse(parser, &arena, text.data, text.len, &event);
	add(t->events, "%d:", (int)e->record->line);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const struct capi_json *v = capi_json_at(event, paths[i]);

		if (v && v->type == CAPI_JSON_ARRAY)
			v = v->child;
		add(t->events, "%.*s,", v ? (int)v->len : 0, v ? v->text : "");
	}
	add(t->events, "\n");
	capi_arena_release(&arena);
	capi_buf_release(&text);
	capi_json_parser_free(parser);
}

static void
on_refused(void *arg, const struct capi_record *r, const char *field,
    const char *reason)
{
	struct told *t = arg;

	add(t->refused, "%d:%s:%s:%.*s\n", (int)r->line, field ? field : "",
	    reason, (int)r->len, r->text);
}

static void
on_withheld(void *arg, const char *reason)
{
	(void)reason;
	((struct told *)arg)->withheld++;
}

static void
on_say(void *arg, const char *text)
{
	add(((struct told *)arg)->said, "%s\n", text);
}

static struct capi_reader *
open_map(const char *map, struct told *t)
{
	struct capi_reader_options o = {.map = map,
	    .date_order = -1,
	    .decimal = -1,
	    .zone = "UTC",
	    .now = 1781520000,
	    .max = 1 << 20,
	    .keep_text = true};
	const struct capi_reader_hooks hooks = {.event = on_event,
	    .refused = on_refused,
	    .withheld = on_withheld,
	    .say = on_say,
	    .arg = t};
	struct capi_reader *r = NULL;
	char why[CAPI_READER_WHY];

	memset(t, 0, sizeof(*t));
	ok(capi_reader_open(&r, &o, &hooks, why) == CAPI_EXIT_OK && !why[0],
	    "opened for %s", map);
	return r;
}

static enum capi_exit
read_text(struct capi_reader *r, const char *text)
{
	struct capi_lines lines = {0};
	enum capi_exit e;

	capi_lines_open_text(&lines, text, strlen(text), 1 << 20);
	e = capi_reader_read(r, &lines, "a.csv");
	capi_lines_release(&lines);
	return e;
}

static void
test_objects(void)
{
	struct told t;
	struct capi_reader *r = open_map("woocommerce-json", &t);

	ok(!read_text(r,
	       "{\"id\":7,\"status\":\"completed\",\"currency\":\"EUR\","
	       "\"total\":\"12.50\",\"date_paid_gmt\":\"2026-06-14T10:00:00\","
	       "\"refunds\":[{\"total\":\"-2.50\"}],"
	       "\"billing\":{\"email\":\"Jo@Example.com\"}}\n"
	       "{\"id\":8,\"status\":\"pending\",\"currency\":\"EUR\","
	       "\"total\":\"1.00\",\"date_paid_gmt\":\"2026-06-14T10:00:00\"}\n"
	       "{\"id\":9,\n"),
	    "objects are read");
	ok(!strcmp(t.events,
	       "1:7,Jo@Example.com,12.50,partially_refunded,,2.50,\n"),
	    "an order's values by field: %s", t.events);
	ok(t.withheld == 1, "an order that is not paid is withheld");
	ok(!strncmp(t.refused, "3::not JSON", 10), "a line that is none: %s",
	    t.refused);
	ok(capi_reader_records(r) == 3 && capi_reader_rows(r) == 0,
	    "three records and no row");
	capi_reader_close(r);
}

static void
test_rows(void)
{
	struct told t;
	struct capi_reader *r = open_map("plain", &t);

	ok(!read_text(r,
	       "event_name,event_time,order_id,email,value,currency,"
	       "action_source,test\n"
	       "Purchase,2026-06-14T10:00:00Z,A1,jo@example.com,5,EUR,website,"
	       "\n"
	       "Purchase,2026-06-14T10:00:00Z,A2,jo@example.com,,EUR,website,"
	       "\n"
	       "Purchase,2026-06-14T10:00:00Z,A3\n"),
	    "rows are read");
	ok(!strcmp(t.events, "2:A1,jo@example.com,5,,,,\n"),
	    "a row's values: %s", t.events);
	ok(strstr(t.refused, "3:value:empty:{\"rows\":[{") != NULL &&
		strstr(t.refused, "\n4::3 cells where the header has 8:") !=
		    NULL,
	    "refused rows with line, field, reason and text: %s", t.refused);
	ok(capi_reader_records(r) == 3 && capi_reader_rows(r) == 3,
	    "three records of three rows");
	ok(read_text(r, "a,b\n1,2\n") == CAPI_EXIT_DATA &&
		strstr(t.said, "a.csv: no column for event_time\n") != NULL,
	    "a file of another kind is none, and said why");
	ok(!read_text(r, "{\"event_name\":\"Lead\",\"event_time\":1781431200,"
			 "\"event_id\":\"L1\",\"action_source\":\"website\","
			 "\"user_data\":{\"email\":[\" Jo@EXAMPLE.com\"]},"
			 "\"source\":{\"status\":\"open\"}}\n"),
	    "events are read");
	ok(strstr(t.events, "\n1:L1,Jo@EXAMPLE.com,,open,,,\n") != NULL,
	    "an event's values, of a list the first: %s", t.events);
	capi_reader_close(r);
}

static void
test_options(void)
{
	struct capi_reader_options o = {.region = "Atlantis",
	    .date_order = -1,
	    .decimal = -1,
	    .max = 1 << 20};
	const struct capi_reader_hooks hooks = {
	    .event = on_event, .refused = on_refused};
	struct capi_reader *r = NULL;
	char why[CAPI_READER_WHY];

	ok(capi_reader_open(&r, &o, &hooks, why) == CAPI_EXIT_USAGE && !r &&
		!strcmp(why, "--region: not a country"),
	    "a wrong option is told by its name: %s", why);
}

int
main(void)
{
	test_objects();
	test_rows();
	test_options();
	return tap_done();
}
