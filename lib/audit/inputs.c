#include "inputs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "normalize/csv.h"
#include "report.h"
#include "evidence.h"
#include "orders.h"
#include "side.h"

typedef bool take(struct capi_audit *a, const struct capi_json *json,
    int64_t line, const char **why);

static take *const takers[CAPI_ROLES] = {
    [CAPI_ROLE_ORDERS] = capi_evidence_order,
    [CAPI_ROLE_SENT] = capi_evidence_receipt,
    [CAPI_ROLE_EVENTS] = capi_evidence_payload,
    [CAPI_ROLE_BROWSER] = capi_evidence_browser,
    [CAPI_ROLE_HISTORY] = capi_side_history,
};

static void
take_record(struct capi_filter *f, struct capi_record *r)
{
	struct capi_inputs *in = f->state;
	const char *why = "";

	in->rows++;
	if (!takers[in->role](in->audit, r->json, (int64_t)r->line, &why)) {
		in->refused++;
		capi_filter_refuse(f, r, NULL, "%s", why);
	}
}

static void
sink(void *arg, const struct capi_report_row *row)
{
	struct capi_inputs *in = arg;
	const char *name = capi_event_canonical(row->event);
	struct capi_str null = {NULL, 0};

	capi_sql_run(in->audit->db,
	    row->dated
		? "INSERT INTO counts(report, name, source, micros, value,"
		  " currency, day, last) VALUES(?,?,?,?,?,?,?,?)"
		: "INSERT INTO counts(report, name, source, micros, value,"
		  " currency) VALUES(?,?,?,?,?,?)",
	    row->dated ? "ittitt"
			 "ii"
		       : "ittitt",
	    in->report->number,
	    name ? (struct capi_str){name, strlen(name)} : row->event,
	    row->source, row->count, null,
	    row->currency.n ? row->currency : null, row->day, row->last);
	if (row->has_value)
		capi_sql_run(in->audit->db,
		    "UPDATE counts SET value=?1 WHERE rowid="
		    "last_insert_rowid()",
		    "i", row->value);
}

static void
report_trouble(struct capi_inputs *in, const char *file,
    const struct capi_report *r, enum capi_report_result result)
{
	char where[32] = "";

	if (r->line)
		snprintf(where, sizeof(where), ":%" PRIu64, r->line);
	capi_warn("%s%s: %s%s%s%s", file, where, capi_report_reason(result),
	    r->why ? " (" : "", r->why ? r->why : "", r->why ? ")" : "");
	capi_filter_raise(in->filter, CAPI_EXIT_DATA);
}

/* A title and a period stand above some headers, so the first line does not
 * tell: the most frequent mark of the first kilobytes does. */
static char
report_delimiter(struct capi_lines *lines)
{
	static const char marks[] = {',', ';', '\t'};
	size_t counts[sizeof(marks)] = {0}, best = 0;
	const char *head;
	size_t n = capi_lines_peek(lines, 8192, &head);
	bool quoted = false;

	for (size_t i = 0; i < n; i++) {
		quoted ^= head[i] == '"';
		for (size_t k = 0; k < sizeof(marks); k++)
			counts[k] += !quoted && head[i] == marks[k];
	}
	for (size_t k = 1; k < sizeof(marks); k++)
		if (counts[k] > counts[best])
			best = k;
	return marks[best];
}

/* Of a pipe it is not known, and not said. */
static bool
ends_open(int fd)
{
	struct stat st;
	char last[2];

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size < 2 ||
	    pread(fd, last, 2, st.st_size - 2) != 2)
		return false;
	/* UTF-16 has a zero behind its newline. */
	return last[1] != '\n' && !(last[0] == '\n' && last[1] == '\0');
}

static bool
starts_json(struct capi_lines *lines)
{
	const char *head;

	return capi_lines_peek(lines, 1, &head) && strchr("{[", *head);
}

/* One JSON text over many lines, an array as {"data": array}; NULL when it is
 * none. It lives in the filter's arena and in `text`. */
static struct capi_json *
read_json(struct capi_filter *f, struct capi_buf *text)
{
	const char *head;
	bool array = capi_lines_peek(&f->lines, 1, &head) && *head == '[';
	struct capi_json *json;
	char *line;
	size_t n;

	if (array)
		capi_buf_adds(text, "{\"data\":");
	while (capi_lines_next(&f->lines, &line, &n) == CAPI_LINES_LINE) {
		capi_buf_add(text, line, n);
		capi_buf_addc(text, ' ');
	}
	if (array)
		capi_buf_addc(text, '}');
	capi_arena_reset(&f->arena);
	if (text->over || capi_json_parse(f->json, &f->arena, text->data,
			      text->len, &json) != CAPI_JSON_OK)
		return NULL;
	return json;
}

/* TikTok's own export is a workbook. */
static bool
is_text(struct capi_filter *f, const char *file)
{
	const char *head;
	size_t n = capi_lines_peek(&f->lines, 4096, &head);
	const char *kind = capi_filter_not_text(head, n);

	if (n && (!kind || strstr(kind, "UTF-16")))
		return true;
	if (n)
		capi_warn("%s: %s: save it as CSV", file, kind);
	else
		capi_warn("%s: empty: export it again", file);
	capi_filter_raise(f, CAPI_EXIT_DATA);
	return false;
}

static enum capi_report_result
read_stats(struct capi_filter *f, struct capi_report *r)
{
	struct capi_inputs *in = f->state;
	struct capi_buf text = CAPI_BUF_INIT(1 << 28);
	struct capi_json *json = read_json(f, &text);
	enum capi_report_result result = CAPI_REPORT_JSON;

	if (json)
		result = capi_side_stats(r, json, in->report->zone, sink, in);
	else
		r->why = "cut in the middle?";
	capi_buf_release(&text);
	return result;
}

static void
read_report(struct capi_filter *f, int fd, const char *file)
{
	struct capi_inputs *in = f->state;
	struct capi_audit_report *info = in->report;
	struct capi_report r = {.platform = info->platform,
	    .file = file,
	    .map = in->columns,
	    .attributed = info->attributed,
	    .open_end = ends_open(fd)};
	struct capi_csv csv = {.max = (size_t)f->max_record};
	enum capi_report_result result;

	if (!is_text(f, file))
		return;
	if (starts_json(&f->lines)) {
		result = read_stats(f, &r);
	} else {
		csv.delimiter = report_delimiter(&f->lines);
		capi_csv_open(&csv, &f->lines);
		result =
		    capi_report_read(&r, &csv, &in->audit->arena, sink, in);
		capi_csv_close(&csv);
	}
	if (result != CAPI_REPORT_OK) {
		report_trouble(in, file, &r, result);
		return;
	}
	info->dialect = r.dialect;
	info->rows = r.rows;
	info->totals_skipped = r.totals_skipped;
	info->from = r.from;
	info->to = r.to;
	info->daily = r.daily;
	info->click_dated = r.click_dated;
	info->currency = r.currency.n ? capi_audit_text(in->audit, "%.*s",
					    (int)r.currency.n, r.currency.p)
				      : NULL;
	info->window = r.window.n ? capi_audit_text(in->audit, "%.*s",
					(int)r.window.n, r.window.p)
				  : NULL;
	capi_row_text(in->row, "dialect", r.dialect);
	capi_row_text(
	    in->row, "kind", info->attributed ? "attributed" : "received");
	capi_row_int(in->row, "rows", r.rows);
	capi_row_int(in->row, "totals_skipped", r.totals_skipped);
	capi_row_bool(in->row, "confirmed", r.confirmed);
	capi_row_text(in->row, "currency", info->currency);
	capi_row_text(in->row, "tz", capi_clock_zone_name(info->zone));
}

/* Whose reports are in one zone for everybody. The others show the ad
 * account's, which no file names. */
static const struct {
	const char *platform, *zone;
} zones[] = {
    {"pinterest", "UTC"}, /* help.pinterest.com, "Ads reporting", 2026-09 */
};

/* The zone of a report: --report-tz meta=America/New_York before a plain
 * --report-tz ZONE before the platform's own. */
static int
report_zone(struct capi_inputs *in, const char *platform)
{
	const char *zone = NULL;

	for (size_t i = 0; i < in->report_tz.n; i++) {
		const char *equals = strchr(in->report_tz.v[i], '=');

		if (!equals && !zone)
			zone = in->report_tz.v[i];
		if (equals &&
		    strlen(platform) == (size_t)(equals - in->report_tz.v[i]) &&
		    !strncmp(platform, in->report_tz.v[i], strlen(platform)))
			zone = equals + 1;
	}
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (!zone && !strcmp(platform, zones[i].platform))
			zone = zones[i].zone;
	if (!zone)
		capi_opt_misuse(
		    "--report-tz: which zone are the days of %s's report in? "
		    "The ad account's settings name it: America/New_York ...",
		    platform);
	return capi_clock_zone(zone);
}

static void
add_report(struct capi_inputs *in, const char *platform, const char *file,
    bool attributed)
{
	struct capi_audit_report **at = &in->audit->reports;
	struct capi_audit_report *r =
	    capi_arena_alloc(&in->audit->arena, sizeof(*r));

	memset(r, 0, sizeof(*r));
	while (*at) {
		r->number++;
		at = &(*at)->next;
	}
	*at = r;
	r->platform = platform;
	r->file = file;
	r->attributed = attributed;
	r->zone = report_zone(in, platform);
	r->from = 1;
	in->report = r;
}

/* The file of an option's value: that, or of a report NAME=FILE, or
 * NAME=csv:date=A,count=B:FILE. */
static const char *
file_of(enum capi_audit_role role, const char *value)
{
	const char *equals = strchr(value, '='), *colon = NULL;

	if (role != CAPI_ROLE_RECEIVED && role != CAPI_ROLE_ATTRIBUTED)
		return value;
	if (equals)
		value = equals + 1;
	if (!strncmp(value, "csv:", 4))
		colon = strchr(value + 4, ':');
	return colon ? colon + 1 : value;
}

static const char *
split_report(struct capi_inputs *in, const char *value, const char **name)
{
	const char *equals = strchr(value, '=');
	const char *file = file_of(CAPI_ROLE_RECEIVED, value);

	if (!equals || equals == value || !equals[1])
		capi_opt_misuse("--received and --attributed want NAME=FILE: "
				"meta=events.csv ...");
	*name =
	    capi_audit_text(in->audit, "%.*s", (int)(equals - value), value);
	in->columns = NULL;
	if (!strncmp(equals + 1, "csv:", 4)) {
		if (file == equals + 1 || !*file)
			capi_opt_misuse("csv:date=...,count=...:FILE");
		in->columns = capi_audit_text(
		    in->audit, "%.*s", (int)(file - equals - 6), equals + 5);
	}
	return file;
}

static const char *const role_words[CAPI_ROLES] = {
    [CAPI_ROLE_ORDERS] = "orders",
    [CAPI_ROLE_SENT] = "receipts",
    [CAPI_ROLE_EVENTS] = "events",
    [CAPI_ROLE_BROWSER] = "events of a browser",
    [CAPI_ROLE_HISTORY] = "an earlier audit",
};

/* What makes such a file. */
static const char *const role_makers[CAPI_ROLES] = {
    [CAPI_ROLE_SENT] = "capi-send prints them",
    [CAPI_ROLE_EVENTS] = "capi-build prints them, or another sender's log of "
			 "one JSON object a line",
    [CAPI_ROLE_BROWSER] = "one JSON object a line, with event_name, event_id "
			  "and event_time; counts of a screen are --received",
    [CAPI_ROLE_HISTORY] = "capi-audit --format ndjson prints it",
};

/* One file of NDJSON. What breaks off in its last record is trouble: the rest
 * of the evidence may be missing too. */
static void
read_ndjson(struct capi_filter *f, int fd, const char *file)
{
	struct capi_inputs *in = f->state;
	uint64_t before = f->refused;

	const char *head;

	(void)fd;
	in->rows = in->refused = 0;
	if (role_makers[in->role] && capi_lines_peek(&f->lines, 1, &head) &&
	    !strchr(" \t\r\n\xef{", *head)) {
		capi_warn("%s: not %s: %s", file, role_words[in->role],
		    role_makers[in->role]);
		capi_filter_raise(f, CAPI_EXIT_DATA);
		return;
	}
	capi_filter_ndjson(f, file);
	if (f->lines.open_end && f->refused > before && !in->refused) {
		capi_warn("%s: cut in the middle", file);
		capi_filter_raise(f, CAPI_EXIT_DATA);
	}
	if (f->refused > before && in->rows == in->refused) {
		capi_warn("%s: nothing in it is of use as %s", file,
		    role_words[in->role]);
		capi_filter_raise(f, CAPI_EXIT_DATA);
	}
	capi_row_int(in->row, "rows", in->rows);
	capi_row_int(in->row, "refused", (int64_t)(f->refused - before));
}

static void
warn_lines(struct capi_buf *said)
{
	const char *line = capi_buf_cstr(said), *end;

	for (; (end = strchr(line, '\n')); line = end + 1)
		capi_warn("%.*s", (int)(end - line), line);
}

/* What there is to say is of use only where something is wrong. */
static void
read_export(struct capi_inputs *in, const char *preset, const char *file)
{
	struct capi_orders o = {.audit = in->audit, .options = in->reader};
	enum capi_exit e;

	o.options.map = preset;
	o.options.now = in->filter->now;
	o.options.max = (size_t)in->filter->max_record;
	capi_row_text(in->row, "preset", preset);
	e = capi_orders_read(&o, &in->filter->lines, file);
	if (e == CAPI_EXIT_USAGE)
		capi_opt_misuse("%s", capi_buf_cstr(&o.said));
	if (e)
		warn_lines(&o.said);
	capi_filter_raise(in->filter, e);
	capi_row_int(in->row, "rows", o.rows);
	in->audit->truth_is_stripe |= o.stripe;
	capi_buf_release(&o.said);
}

/* Events as they are, or an export by its preset: the one that is named, or
 * the one whose columns it has. */
static void
read_orders(struct capi_filter *f, int fd, const char *file)
{
	struct capi_inputs *in = f->state;
	const char *head, *kind, *preset = in->reader.map;
	size_t n = preset ? 0 : capi_lines_peek(&f->lines, 4096, &head);

	if (preset) {
		read_export(in, preset, file);
		return;
	}
	kind = capi_filter_not_text(head, n);
	if (kind) {
		capi_warn("%s: not orders but %s%s", file, kind,
		    strstr(kind, "UTF-16") ? ": --map names its kind" : "");
		capi_filter_raise(f, CAPI_EXIT_DATA);
		return;
	}
	while (n && (capi_is_space(*head) || (*head & 0x80))) {
		head++; /* a byte order mark */
		n--;
	}
	if (!n || *head == '{') {
		read_ndjson(f, fd, file);
		return;
	}
	preset = capi_orders_detect(&f->lines);
	if (preset) {
		read_export(in, preset, file);
		return;
	}
	capi_warn("%s: neither events nor a shop's export of a known kind: "
		  "--map names it; a platform's report is --received or "
		  "--attributed",
	    file);
	capi_filter_raise(f, CAPI_EXIT_DATA);
}

static void
side_trouble(
    struct capi_inputs *in, const char *file, uint64_t line, const char *why)
{
	capi_warn("%s:%" PRIu64 ": %s", file, line, why);
	capi_filter_raise(in->filter, CAPI_EXIT_DATA);
}

static void
read_side_csv(struct capi_filter *f, int fd, const char *file)
{
	struct capi_inputs *in = f->state;
	struct capi_csv csv = {.max = (size_t)f->max_record};
	const char *why = "";
	uint64_t line = 1;
	int64_t n;

	(void)fd;
	if (!is_text(f, file))
		return;
	capi_csv_open(&csv, &f->lines);
	n = in->role == CAPI_ROLE_CHANGES
		? capi_side_changes(in->audit, &csv, &line, &why)
		: capi_side_quality_csv(in->audit, &csv, &line, &why);
	capi_csv_close(&csv);
	if (n < 0)
		side_trouble(in, file, line, why);
	else
		capi_row_int(in->row, "rows", n);
}

/* JSON or CSV. */
static void
read_quality(struct capi_filter *f, int fd, const char *file)
{
	struct capi_inputs *in = f->state;
	struct capi_buf text = CAPI_BUF_INIT(1 << 26);
	struct capi_json *json;
	int n;

	if (!starts_json(&f->lines)) {
		read_side_csv(f, fd, file);
		return;
	}
	json = read_json(f, &text);
	n = json ? capi_side_quality_json(in->audit, json) : -1;
	if (n < 0)
		side_trouble(in, file, 1,
		    "not a platform's quality answer, or cut in the middle");
	else
		capi_row_int(in->row, "rows", n);
	capi_buf_release(&text);
}

static void (*const readers[CAPI_ROLES])(
    struct capi_filter *f, int fd, const char *file) = {
    [CAPI_ROLE_ORDERS] = read_orders,
    [CAPI_ROLE_SENT] = read_ndjson,
    [CAPI_ROLE_EVENTS] = read_ndjson,
    [CAPI_ROLE_BROWSER] = read_ndjson,
    [CAPI_ROLE_RECEIVED] = read_report,
    [CAPI_ROLE_ATTRIBUTED] = read_report,
    [CAPI_ROLE_QUALITY] = read_quality,
    [CAPI_ROLE_HISTORY] = read_ndjson,
    [CAPI_ROLE_CHANGES] = read_side_csv,
};

static void
read_file(struct capi_inputs *in, enum capi_audit_role role, const char *value)
{
	const char *file = value, *name = NULL;

	in->role = role;
	if (role == CAPI_ROLE_RECEIVED || role == CAPI_ROLE_ATTRIBUTED) {
		file = split_report(in, value, &name);
		add_report(in, name, file, role == CAPI_ROLE_ATTRIBUTED);
	}
	in->row = capi_audit_input(in->audit, role, file);
	in->audit->order_file += role == CAPI_ROLE_ORDERS;
	if (name)
		capi_row_text(in->row, "platform", name);
	in->filter->source = readers[role];
	capi_filter_file(in->filter, file);
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Standard input, too, may be a file that has a name. */
static bool
is_file(enum capi_audit_role role, const char *value, const struct stat *one)
{
	const char *file = file_of(role, value);
	struct stat st;

	return !(strcmp(file, "-") ? stat(file, &st)
				   : fstat(STDIN_FILENO, &st)) &&
	       S_ISREG(st.st_mode) && is_same(&st, one);
}

/* One file counts once: receipts that come twice look as if all events had
 * been delivered twice. Of a report two columns may be meant. */
static void
refuse_repeats(const struct capi_inputs *in)
{
	for (int role = 0; role < CAPI_ROLES; role++)
		for (size_t i = 0; i < in->files[role].n; i++) {
			const char *value = in->files[role].v[i];
			const char *file =
			    file_of((enum capi_audit_role)role, value);
			struct stat st;

			if (stat(file, &st))
				continue;
			for (size_t k = 0; k < i; k++)
				if ((file == value ||
					!strcmp(value, in->files[role].v[k])) &&
				    is_file((enum capi_audit_role)role,
					in->files[role].v[k], &st))
					capi_opt_misuse(
					    "%s is given twice", file);
		}
}

/* Is there a report of the NAME in NAME=ZONE? */
static bool
names_report(const struct capi_inputs *in, const char *zone)
{
	size_t n = (size_t)(strchr(zone, '=') - zone) + 1;

	for (int role = CAPI_ROLE_RECEIVED; role <= CAPI_ROLE_ATTRIBUTED;
	     role++)
		for (size_t i = 0; i < in->files[role].n; i++)
			if (!strncmp(in->files[role].v[i], zone, n))
				return true;
	return false;
}

void
capi_inputs_check(struct capi_inputs *in)
{
	size_t stdins = 0, evidence = 0, all = 0;

	for (size_t i = 0; i < in->report_tz.n; i++) {
		const char *equals = strchr(in->report_tz.v[i], '=');
		const char *zone = equals ? equals + 1 : in->report_tz.v[i];
		int number = capi_clock_zone(zone);

		if (number < 0)
			capi_opt_misuse("--report-tz: no zone %s: a name such "
					"as Europe/Berlin is wanted",
			    zone);
		if (equals && !names_report(in, in->report_tz.v[i]))
			capi_opt_misuse("--report-tz %s: no report has "
					"that name",
			    in->report_tz.v[i]);
		if (!equals && all++ && number != in->audit->zone)
			capi_opt_misuse("--report-tz: two zones for all "
					"reports: say whose, as meta=ZONE");
		if (!equals)
			in->audit->zone = number;
	}
	if (in->reader.zone && capi_clock_zone(in->reader.zone) > 0)
		in->audit->order_zone = capi_clock_zone(in->reader.zone);
	for (int role = 0; role < CAPI_ROLES; role++)
		for (size_t i = 0; i < in->files[role].n; i++) {
			evidence++;
			stdins += !strcmp(file_of((enum capi_audit_role)role,
					      in->files[role].v[i]),
			    "-");
		}
	if (stdins > 1)
		capi_opt_misuse("only one input can be '-'");
	if (!evidence)
		capi_opt_misuse("nothing to audit: --orders, --sent, "
				"--events ...");
	refuse_repeats(in);
	if (evidence == in->files[CAPI_ROLE_ORDERS].n)
		capi_opt_misuse("orders alone say nothing: --sent, --events, "
				"--received ... name what to compare them "
				"with");
	if (!in->files[CAPI_ROLE_ORDERS].n &&
	    (in->files[CAPI_ROLE_RECEIVED].n ||
		in->files[CAPI_ROLE_ATTRIBUTED].n))
		capi_opt_misuse("a report says nothing without --orders");
}

bool
capi_inputs_include(const struct capi_inputs *in, const char *path)
{
	struct stat out, st;

	if (stat(path, &out) || !S_ISREG(out.st_mode))
		return false;
	if (in->reader.map && !stat(in->reader.map, &st) && is_same(&st, &out))
		return true;
	for (int role = 0; role < CAPI_ROLES; role++)
		for (size_t i = 0; i < in->files[role].n; i++)
			if (is_file((enum capi_audit_role)role,
				in->files[role].v[i], &out))
				return true;
	return false;
}

void
capi_inputs_read(struct capi_inputs *in)
{
	in->filter->state = in;
	in->filter->record = take_record;
	for (int role = 0; role < CAPI_ROLES; role++)
		in->audit->has[role] = in->files[role].n > 0;
	for (int role = 0; role < CAPI_ROLES; role++)
		for (size_t i = 0; i < in->files[role].n; i++)
			read_file(in, (enum capi_audit_role)role,
			    in->files[role].v[i]);
	capi_evidence_close(in->audit);
}
