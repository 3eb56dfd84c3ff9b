/*
 * Orders, receipts, payloads, browser logs and platforms' reports in; findings
 * out. Each option names a kind of evidence; the reading of it is in
 * lib/audit/evidence.c and lib/report.c, the judging in the table of
 * lib/audit/checks.c, the printing in its writers.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/audit.h"
#include "audit/evidence.h"
#include "audit/orders.h"
#include "audit/side.h"
#include "csv.h"
#include "filter.h"
#include "report.h"

enum format { FORMAT_TEXT, FORMAT_NDJSON, FORMAT_NAGIOS };

static const char *const formats[] = {"text", "ndjson", "nagios", NULL};
static const char *const frees[] = {"keep", "withhold", NULL};
static const char *const severities[] = {"info", "warn", "crit", NULL};

struct program {
	struct capi_filter filter;
	struct capi_audit audit;
	struct capi_audit_view view;

	struct capi_opt_list files[CAPI_ROLES];
	struct capi_opt_list report_tz;
	const char *from, *to;
	const char *html, *metrics, *quantile, *emq;
	struct capi_opt_list verify;
	int format, fail_on, free;
	bool quiet, list_checks;

	enum capi_audit_role role; /* of the file that is being read */
	struct capi_audit_row *input;
	struct capi_audit_report *report;
	const char *columns;             /* of a plain report */
	const char *preset;              /* of the orders */
	struct capi_orders_option *pass; /* to capi-normalize */
	int64_t rows, refused;
	bool cut; /* the last record of a file was not whole */
};

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
	struct program *p = f->state;
	const char *why = "";

	p->rows++;
	if (!takers[p->role](&p->audit, r->json, (int64_t)r->line, &why)) {
		p->refused++;
		capi_filter_refuse(f, r, NULL, "%s", why);
	}
}

static void
sink(void *arg, const struct capi_report_row *row)
{
	struct program *p = arg;
	const char *name = capi_event_canonical(row->event);
	struct capi_str null = {NULL, 0};

	capi_sql_run(p->audit.db,
	    row->dated
		? "INSERT INTO counts(report, name, source, micros, value,"
		  " currency, day, last) VALUES(?,?,?,?,?,?,?,?)"
		: "INSERT INTO counts(report, name, source, micros, value,"
		  " currency) VALUES(?,?,?,?,?,?)",
	    row->dated ? "ittitt"
			 "ii"
		       : "ittitt",
	    p->report->number,
	    name ? (struct capi_str){name, strlen(name)} : row->event,
	    row->source, row->count, null,
	    row->currency.n ? row->currency : null, row->day, row->last);
	if (row->has_value)
		capi_sql_run(p->audit.db,
		    "UPDATE counts SET value=?1 WHERE rowid="
		    "last_insert_rowid()",
		    "i", row->value);
}

static void
report_trouble(struct program *p, const char *file, const struct capi_report *r,
    enum capi_report_result result)
{
	char where[32] = "";

	if (r->line)
		snprintf(where, sizeof(where), ":%" PRIu64, r->line);
	capi_warn("%s%s: %s%s%s%s", file, where, capi_report_reason(result),
	    r->why ? " (" : "", r->why ? r->why : "", r->why ? ")" : "");
	capi_filter_raise(&p->filter, CAPI_EXIT_DATA);
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

static enum capi_report_result
read_stats(struct capi_filter *f, struct capi_report *r)
{
	struct program *p = f->state;
	struct capi_buf text = CAPI_BUF_INIT(1 << 28);
	struct capi_json *json = read_json(f, &text);
	enum capi_report_result result = CAPI_REPORT_JSON;

	if (json)
		result = capi_side_stats(r, json, p->report->zone, sink, p);
	else
		r->why = "cut in the middle?";
	capi_buf_release(&text);
	return result;
}

static void
read_report(struct capi_filter *f, int fd, const char *file)
{
	struct program *p = f->state;
	struct capi_audit_report *info = p->report;
	struct capi_report r = {.platform = info->platform,
	    .file = file,
	    .map = p->columns,
	    .attributed = info->attributed,
	    .open_end = ends_open(fd)};
	struct capi_csv csv = {.max = (size_t)f->max_record};
	enum capi_report_result result;

	if (starts_json(&f->lines)) {
		result = read_stats(f, &r);
	} else {
		csv.delimiter = report_delimiter(&f->lines);
		capi_csv_open(&csv, &f->lines);
		result = capi_report_read(&r, &csv, &p->audit.arena, sink, p);
		capi_csv_close(&csv);
	}
	if (result != CAPI_REPORT_OK) {
		report_trouble(p, file, &r, result);
		return;
	}
	info->dialect = r.dialect;
	info->rows = r.rows;
	info->totals_skipped = r.totals_skipped;
	info->from = r.from;
	info->to = r.to;
	info->daily = r.daily;
	info->click_dated = r.click_dated;
	info->currency = r.currency.n ? capi_audit_text(&p->audit, "%.*s",
					    (int)r.currency.n, r.currency.p)
				      : NULL;
	info->window = r.window.n ? capi_audit_text(&p->audit, "%.*s",
					(int)r.window.n, r.window.p)
				  : NULL;
	capi_row_text(p->input, "dialect", r.dialect);
	capi_row_text(
	    p->input, "kind", info->attributed ? "attributed" : "received");
	capi_row_int(p->input, "rows", r.rows);
	capi_row_int(p->input, "totals_skipped", r.totals_skipped);
	capi_row_bool(p->input, "confirmed", r.confirmed);
	capi_row_text(p->input, "currency", info->currency);
	capi_row_text(p->input, "tz", capi_clock_zone_name(info->zone));
}

/* The zone of a report: --report-tz meta=America/New_York before a plain
 * --report-tz ZONE. Pinterest shows UTC (help.pinterest.com, "Ads reporting",
 * read 2026-09); the others the ad account's zone, which no file names. */
static int
report_zone(struct program *p, const char *platform)
{
	const char *zone = NULL;

	for (size_t i = 0; i < p->report_tz.n; i++) {
		const char *equals = strchr(p->report_tz.v[i], '=');

		if (!equals && !zone)
			zone = p->report_tz.v[i];
		if (equals &&
		    strlen(platform) == (size_t)(equals - p->report_tz.v[i]) &&
		    !strncmp(platform, p->report_tz.v[i], strlen(platform)))
			zone = equals + 1;
	}
	if (!zone && !strcmp(platform, "pinterest"))
		zone = "UTC";
	if (!zone)
		capi_opt_misuse("--report-tz: which zone are the days of "
				"%s's report in?",
		    platform);
	return capi_clock_zone(zone);
}

static void
add_report(
    struct program *p, const char *platform, const char *file, bool attributed)
{
	struct capi_audit_report **at = &p->audit.reports;
	struct capi_audit_report *r =
	    capi_arena_alloc(&p->audit.arena, sizeof(*r));

	memset(r, 0, sizeof(*r));
	while (*at) {
		r->number++;
		at = &(*at)->next;
	}
	*at = r;
	r->platform = platform;
	r->file = file;
	r->attributed = attributed;
	r->zone = report_zone(p, platform);
	r->from = 1;
	p->report = r;
}

/* NAME=FILE, or NAME=csv:date=A,count=B:FILE. */
static const char *
split_report(struct program *p, const char *value, const char **name)
{
	const char *equals = strchr(value, '=');
	const char *file;

	if (!equals || equals == value || !equals[1])
		capi_opt_misuse("--received and --attributed want NAME=FILE");
	*name =
	    capi_audit_text(&p->audit, "%.*s", (int)(equals - value), value);
	file = equals + 1;
	p->columns = NULL;
	if (!strncmp(file, "csv:", 4)) {
		const char *end = strchr(file + 4, ':');

		if (!end || !end[1])
			capi_opt_misuse("csv:date=...,count=...:FILE");
		p->columns = capi_audit_text(
		    &p->audit, "%.*s", (int)(end - file - 4), file + 4);
		file = end + 1;
	}
	return file;
}

/* One file of NDJSON. What breaks off in its last record is trouble: the rest
 * of the evidence may be missing too. */
static void
read_ndjson(struct capi_filter *f, int fd, const char *file)
{
	struct program *p = f->state;
	uint64_t before = f->refused;

	(void)fd;
	p->rows = p->refused = 0;
	capi_filter_ndjson(f, file);
	if (f->lines.open_end && f->refused > before && !p->refused) {
		capi_warn("%s: cut in the middle", file);
		capi_filter_raise(f, CAPI_EXIT_DATA);
	}
	capi_row_int(p->input, "rows", p->rows);
	capi_row_int(p->input, "refused", (int64_t)(f->refused - before));
}

/* What capi-normalize refused is an order too, only an unreadable one. */
static void
read_rejects(struct program *p, const char *path)
{
	struct capi_filter *f = &p->filter;
	struct capi_lines lines = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;
	size_t len;

	unlink(path);
	if (fd < 0)
		return;
	capi_lines_open(&lines, fd, (size_t)1 << 24);
	while (capi_lines_next(&lines, &text, &len) == CAPI_LINES_LINE) {
		struct capi_json *json;

		capi_arena_reset(&f->arena);
		if (capi_json_parse(f->json, &f->arena, text, len, &json) ==
		    CAPI_JSON_OK)
			capi_evidence_unreadable(&p->audit, json);
	}
	capi_lines_release(&lines);
	close(fd);
}

static void
pass_messages(int fd)
{
	char text[4096];
	ssize_t n;

	while ((n = read(fd, text, sizeof(text))) > 0)
		if (capi_write_all(STDERR_FILENO, text, (size_t)n))
			return;
}

static void
read_export(struct program *p, const char *preset, const char *file)
{
	struct capi_filter *f = &p->filter;
	struct capi_orders o = {.options = p->pass};
	const char *path = strcmp(file, "standard input") ? file : "-";
	int status;

	if (capi_orders_start(&o, preset, path))
		capi_die(
		    CAPI_EXIT_SYSTEM, "capi-normalize: %s", strerror(errno));
	capi_lines_open(&f->lines, o.fd, (size_t)f->max_record * 2);
	capi_row_text(p->input, "preset", preset);
	capi_filter_ndjson(f, file);
	status = capi_orders_wait(&o);
	read_rejects(p, o.rejects);
	if (status >= CAPI_EXIT_USAGE) {
		pass_messages(o.messages);
		capi_filter_raise(f, (enum capi_exit)status);
	}
	close(o.messages);
	if (!strncmp(preset, "stripe", 6))
		p->audit.truth_is_stripe = true;
}

/* Rows of a CSV file under its header, since orders may have several; JSON
 * exports and others that lib/csv does not read are counted by orders. */
static int64_t
count_rows(const char *file, int64_t orders)
{
	struct capi_lines lines = {0};
	struct capi_csv csv = {.max = 1 << 24};
	struct capi_csv_row row;
	enum capi_csv_result result;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	const char *head;
	int64_t n = -1;

	if (fd < 0)
		return orders;
	capi_lines_open(&lines, fd, (size_t)1 << 24);
	if (capi_lines_peek(&lines, 1, &head) && !strchr("{[\377\376", *head)) {
		capi_csv_open(&csv, &lines);
		while ((result = capi_csv_next(&csv, &row)) == CAPI_CSV_ROW)
			n++;
		if (result != CAPI_CSV_END)
			n = -1;
		capi_csv_close(&csv);
	}
	capi_lines_release(&lines);
	close(fd);
	return n < orders ? orders : n;
}

/* Events as they are, or an export by its preset: the one that is named, or
 * the one whose columns it has. */
static void
read_orders(struct capi_filter *f, int fd, const char *file)
{
	struct program *p = f->state;
	const char *head = "", *kind, *preset = p->preset;
	bool named = strcmp(file, "standard input") != 0;
	size_t n = preset ? 0 : capi_lines_peek(&f->lines, 4096, &head);

	(void)fd;
	kind = capi_filter_not_text(head, n);
	/* A preset may be of UTF-16, and the child says what it is not. */
	if (kind && !preset && !strstr(kind, "UTF-16")) {
		capi_warn("%s: not orders but %s", file, kind);
		capi_filter_raise(f, CAPI_EXIT_DATA);
		return;
	}
	while (n && (capi_is_space(*head) || (*head & 0x80))) {
		head++; /* a byte order mark */
		n--;
	}
	p->rows = p->refused = 0;
	if (!preset && n && *head != '{') {
		preset = named ? capi_orders_detect(&f->lines) : NULL;
		if (!preset) {
			capi_warn("%s: neither events nor an export of a "
				  "known kind: --map names it",
			    file);
			capi_filter_raise(f, CAPI_EXIT_DATA);
			return;
		}
	}
	if (preset)
		read_export(p, preset, file);
	else
		read_ndjson(f, fd, file);
	if (preset)
		capi_row_int(p->input, "rows",
		    named ? count_rows(file, p->rows) : p->rows);
}

static void
side_trouble(
    struct program *p, const char *file, uint64_t line, const char *why)
{
	capi_warn("%s:%" PRIu64 ": %s", file, line, why);
	capi_filter_raise(&p->filter, CAPI_EXIT_DATA);
}

static void
read_side_csv(struct capi_filter *f, int fd, const char *file)
{
	struct program *p = f->state;
	struct capi_csv csv = {.max = (size_t)f->max_record};
	const char *why = "";
	uint64_t line = 1;
	int64_t n;

	(void)fd;
	capi_csv_open(&csv, &f->lines);
	n = p->role == CAPI_ROLE_CHANGES
		? capi_side_changes(&p->audit, &csv, &line, &why)
		: capi_side_quality_csv(&p->audit, &csv, &line, &why);
	capi_csv_close(&csv);
	if (n < 0)
		side_trouble(p, file, line, why);
	else
		capi_row_int(p->input, "rows", n);
}

/* JSON or CSV. */
static void
read_quality(struct capi_filter *f, int fd, const char *file)
{
	struct program *p = f->state;
	struct capi_buf text = CAPI_BUF_INIT(1 << 26);
	struct capi_json *json;
	int n;

	if (!starts_json(&f->lines)) {
		read_side_csv(f, fd, file);
		return;
	}
	json = read_json(f, &text);
	n = json ? capi_side_quality_json(&p->audit, json) : -1;
	if (n < 0)
		side_trouble(p, file, 1,
		    "not a platform's quality answer, or cut in the middle");
	else
		capi_row_int(p->input, "rows", n);
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
read_file(struct program *p, enum capi_audit_role role, const char *value)
{
	const char *file = value, *name = NULL;

	p->role = role;
	if (role == CAPI_ROLE_RECEIVED || role == CAPI_ROLE_ATTRIBUTED) {
		file = split_report(p, value, &name);
		add_report(p, name, file, role == CAPI_ROLE_ATTRIBUTED);
	}
	p->input = capi_audit_input(&p->audit, role, file);
	p->audit.order_file += role == CAPI_ROLE_ORDERS;
	if (name)
		capi_row_text(p->input, "platform", name);
	p->filter.source = readers[role];
	capi_filter_file(&p->filter, file);
}

static void
read_all(struct program *p)
{
	for (int role = 0; role < CAPI_ROLES; role++)
		p->audit.has[role] = p->files[role].n > 0;
	for (int role = 0; role < CAPI_ROLES; role++)
		for (size_t i = 0; i < p->files[role].n; i++)
			read_file(
			    p, (enum capi_audit_role)role, p->files[role].v[i]);
	capi_evidence_close(&p->audit);
	if (capi_sql_error(p->audit.db))
		capi_die(CAPI_EXIT_IO, "temporary database: %s",
		    capi_sql_error(p->audit.db));
}

static int64_t
day_option(const char *name, const char *value)
{
	int64_t day;

	if (!capi_clock_parse_date(
		(struct capi_str){value, strlen(value)}, &day))
		capi_opt_misuse("--%s: a date is wanted, as 2026-04-01", name);
	return day;
}

/* A decimal above 0, up to `most`. */
static double
fraction(const char *name, const char *value, double otherwise, double most)
{
	int64_t micros;

	if (!value)
		return otherwise;
	if (!capi_clock_decimal(
		(struct capi_str){value, strlen(value)}, false, &micros) ||
	    micros <= 0 || micros > (int64_t)most * CAPI_MICROS)
		capi_opt_misuse(
		    "--%s: not a number from 0 to %.0f", name, most);
	return (double)micros / CAPI_MICROS;
}

static void
check_options(struct program *p)
{
	struct capi_audit *a = &p->audit;
	size_t stdins = 0, evidence = 0;

	for (size_t i = 0; i < p->report_tz.n; i++) {
		const char *equals = strchr(p->report_tz.v[i], '=');
		const char *zone = equals ? equals + 1 : p->report_tz.v[i];
		int number = capi_clock_zone(zone);

		if (number < 0)
			capi_opt_misuse("--report-tz: no zone %s", zone);
		if (!equals)
			a->zone = number;
	}
	a->lag_quantile = fraction("lag-quantile", p->quantile, 0.95, 1);
	a->emq_target = fraction("emq-target", p->emq, 6, 10);
	a->withhold_free = p->free == 1;
	a->verify = p->verify.v;
	a->verify_count = p->verify.n;
	if (!!p->from != !!p->to)
		capi_opt_misuse("--from and --to go together");
	if (p->from) {
		a->from = day_option("from", p->from);
		a->to = day_option("to", p->to);
		if (a->from > a->to)
			capi_opt_misuse("--from is later than --to");
	}
	for (int role = 0; role < CAPI_ROLES; role++)
		for (size_t i = 0; i < p->files[role].n; i++) {
			evidence++;
			stdins += !strcmp(p->files[role].v[i], "-");
		}
	if (stdins > 1)
		capi_opt_misuse("only one input can be '-'");
	if (!evidence)
		capi_opt_misuse("nothing to audit: --orders, --sent, "
				"--events ...");
	if (!p->files[CAPI_ROLE_ORDERS].n &&
	    (p->files[CAPI_ROLE_RECEIVED].n ||
		p->files[CAPI_ROLE_ATTRIBUTED].n))
		capi_opt_misuse("a report says nothing without --orders");
	a->fail_on =
	    (enum capi_audit_severity)(p->fail_on + CAPI_SEVERITY_INFO);
}

/* "All fine" about nothing is the classic silent failure. */
static void
refuse_emptiness(struct program *p)
{
	struct capi_audit *a = &p->audit;

	/* What could not be read was said before: no second line. */
	if (p->filter.status >= CAPI_EXIT_USAGE)
		return;
	if (a->has[CAPI_ROLE_ORDERS] && !a->used) {
		capi_warn(a->orders ? "none of %" PRId64
				      " orders counts: nothing to "
				      "compare with"
				    : "no orders: nothing to compare with",
		    a->orders);
		capi_filter_raise(&p->filter, CAPI_EXIT_DATA);
	}
	if (a->has[CAPI_ROLE_EVENTS] &&
	    !capi_sql_one(a->db, "SELECT count(*) FROM payloads", "")) {
		capi_warn("no events in --events");
		capi_filter_raise(&p->filter, CAPI_EXIT_DATA);
	}
}

static void
spill(void *arg, struct capi_buf *out)
{
	struct program *p = arg;

	if (out == &p->filter.out && out->len > 256 * 1024)
		capi_filter_flush(&p->filter);
}

static unsigned
terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col < 80)
		return 80;
	return size.ws_col > 132 ? 132 : size.ws_col;
}

/* Whole or not at all: a reader never sees half a file. */
static void
write_file(struct capi_audit *a, const char *path,
    void (*writer)(struct capi_audit *a, struct capi_buf *out))
{
	struct capi_buf b = CAPI_BUF_INIT((size_t)1 << 28);
	char *part = capi_alloc(strlen(path) + 8);
	int fd;

	writer(a, &b);
	snprintf(part, strlen(path) + 8, "%s.part", path);
	fd = open(
	    part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		capi_die(CAPI_EXIT_CANTCREAT, "%s: %s", part, strerror(errno));
	if (capi_write_all(fd, b.data, b.len) || close(fd) ||
	    rename(part, path)) {
		int error = errno;

		unlink(part);
		capi_die(CAPI_EXIT_IO, "%s: %s", path, strerror(error));
	}
	capi_buf_release(&b);
	free(part);
}

static void
write_results(struct program *p)
{
	struct capi_audit *a = &p->audit;
	struct capi_filter *f = &p->filter;

	switch ((enum format)p->format) {
	case FORMAT_TEXT:
		if (!p->quiet || f->status != CAPI_EXIT_OK)
			capi_audit_write_text(a, &p->view, &f->out);
		break;
	case FORMAT_NDJSON:
		capi_audit_write_ndjson(a, &p->view, &f->out, (int)f->status);
		break;
	case FORMAT_NAGIOS:
		capi_audit_write_nagios(a, &f->out);
		break;
	}
	capi_filter_flush(f);
	if (p->html)
		write_file(a, p->html, capi_audit_write_html);
	if (p->metrics)
		write_file(a, p->metrics, capi_audit_write_metrics);
}

/* The plugin's own scheme, which Nagios and Icinga read: 0 OK, 1 WARNING,
 * 2 CRITICAL, 3 UNKNOWN. */
static int
nagios_status(const struct program *p)
{
	const struct capi_audit *a = &p->audit;
	int worst = 0;

	if (p->filter.status >= CAPI_EXIT_USAGE)
		return 3;
	for (const struct capi_audit_finding *f = a->findings; f; f = f->next)
		if (f->severity >= a->fail_on && (f->certain || a->strict)) {
			int s = f->severity == CAPI_SEVERITY_CRIT ? 2 : 1;

			worst = s > worst ? s : worst;
		}
	return worst;
}

static int
finish(struct program *p)
{
	struct capi_filter *f = &p->filter;
	int status = (int)f->status;

	if (p->format == FORMAT_NAGIOS)
		status = nagios_status(p);
	if (close(STDOUT_FILENO))
		capi_die(CAPI_EXIT_IO, "standard output: %s", strerror(errno));
	capi_audit_release(&p->audit);
	capi_clock_release();
	capi_lines_release(&f->lines);
	capi_buf_release(&f->out);
	capi_buf_release(&f->reject_buf);
	capi_arena_release(&f->arena);
	capi_json_parser_free(f->json);
	for (int role = 0; role < CAPI_ROLES; role++)
		free(p->files[role].v);
	free(p->report_tz.v);
	free(p->verify.v);
	return status;
}

static void
print_checks(void)
{
	for (const struct capi_audit_check *c = capi_audit_checks; c->id; c++)
		printf("%-18s %-5s %s\n", c->id, capi_severity_names[c->worst],
		    c->about);
	if (fflush(stdout) || ferror(stdout))
		capi_die(CAPI_EXIT_IO, "standard output: %s", strerror(errno));
	exit(CAPI_EXIT_OK);
}

static void
audit(struct program *p)
{
	struct capi_audit *a = &p->audit;

	a->now = p->filter.now;
	p->view.width = terminal_width();
	read_all(p);
	refuse_emptiness(p);
	if (p->filter.status >= CAPI_EXIT_USAGE) {
		/* Trouble: no verdict is better than half a one. */
		if (p->format == FORMAT_NAGIOS)
			capi_buf_adds(&p->filter.out,
			    "CAPI UNKNOWN - could not look, see standard "
			    "error\n");
		capi_filter_flush(&p->filter);
		return;
	}
	capi_audit_run(a);
	if (capi_sql_error(a->db))
		capi_die(CAPI_EXIT_IO, "temporary database: %s",
		    capi_sql_error(a->db));
	if (a->bug) {
		capi_warn("the orders do not add up: a bug");
		capi_filter_raise(&p->filter, CAPI_EXIT_BUG);
	}
	if (capi_audit_failed(a))
		capi_filter_raise(&p->filter, CAPI_EXIT_FINDINGS);
	write_results(p);
}

int
main(int argc, char **argv)
{
	static struct program p;
	struct capi_audit *a = &p.audit;
	enum {
		TZ,
		REGION,
		DATE_ORDER,
		DECIMAL,
		DELIMITER,
		ENCODING,
		CURRENCY,
		EVENT_ID,
		VALUE,
		MONEY,
		RENEWALS,
		PASSES
	};
	static struct capi_orders_option pass[PASSES + 1] = {
	    [TZ] = {"tz", NULL, false},
	    [REGION] = {"region", NULL, false},
	    [DATE_ORDER] = {"date-order", NULL, false},
	    [DECIMAL] = {"decimal", NULL, false},
	    [DELIMITER] = {"delimiter", NULL, false},
	    [ENCODING] = {"encoding", NULL, false},
	    [CURRENCY] = {"currency", NULL, false},
	    [EVENT_ID] = {"event-id", NULL, false},
	    [VALUE] = {"value", NULL, false},
	    [MONEY] = {"money", NULL, false},
	    [RENEWALS] = {"skip-renewals", NULL, false},
	};
	/* clang-format off */
	const struct capi_opt options[] = {
		{0, "orders", CAPI_OPT_REPEAT, &p.files[CAPI_ROLE_ORDERS],
		    "FILE", "the truth: an export as capi-normalize reads it, or "
		    "its events", 0, 0, NULL},
		{'m', "map", CAPI_OPT_STRING, &p.preset, "PRESET|FILE",
		    "what kind of export the orders are; found out by its columns "
		    "if it is a known one", 0, 0, NULL},
		{0, "tz", CAPI_OPT_STRING, &pass[TZ].value, "ZONE",
		    "for capi-normalize: zone of times without one", 0, 0, NULL},
		{0, "region", CAPI_OPT_STRING, &pass[REGION].value, "CC",
		    "for capi-normalize: country of phone numbers without one", 0, 0, NULL},
		{0, "date-order", CAPI_OPT_STRING, &pass[DATE_ORDER].value, "ORDER",
		    "for capi-normalize: DMY, MDY or YMD", 0, 0, NULL},
		{0, "decimal", CAPI_OPT_STRING, &pass[DECIMAL].value, "MARK",
		    "for capi-normalize: decimal mark of amounts", 0, 0, NULL},
		{0, "delimiter", CAPI_OPT_STRING, &pass[DELIMITER].value, "CHAR",
		    "for capi-normalize: what parts the cells", 0, 0, NULL},
		{0, "encoding", CAPI_OPT_STRING, &pass[ENCODING].value, "NAME",
		    "for capi-normalize: encoding of the export", 0, 0, NULL},
		{0, "currency", CAPI_OPT_STRING, &pass[CURRENCY].value, "CODE",
		    "for capi-normalize: currency of amounts that name none", 0, 0, NULL},
		{0, "event-id", CAPI_OPT_STRING, &pass[EVENT_ID].value, "TEMPLATE",
		    "for capi-normalize: what event ids are made of, as when they "
		    "were sent", 0, 0, NULL},
		{0, "value", CAPI_OPT_STRING, &pass[VALUE].value, "WHICH",
		    "for capi-normalize: total or subtotal", 0, 0, NULL},
		{0, "money", CAPI_OPT_STRING, &pass[MONEY].value, "WHOSE",
		    "for capi-normalize: shop or presentment", 0, 0, NULL},
		{0, "skip-renewals", CAPI_OPT_FLAG, &pass[RENEWALS].given, NULL,
		    "for capi-normalize: leave out later periods of "
		    "subscriptions", 0, 0, NULL},
		{0, "sent", CAPI_OPT_REPEAT, &p.files[CAPI_ROLE_SENT], "FILE",
		    "receipts of capi-send", 0, 0, NULL},
		{0, "events", CAPI_OPT_REPEAT, &p.files[CAPI_ROLE_EVENTS],
		    "FILE", "a stream of any stage, or another sender's log, to "
		    "look into the payloads", 0, 0, NULL},
		{0, "browser", CAPI_OPT_REPEAT, &p.files[CAPI_ROLE_BROWSER],
		    "FILE", "events that the browser sent: event_name, event_id, "
		    "event_time", 0, 0, NULL},
		{0, "received", CAPI_OPT_REPEAT, &p.files[CAPI_ROLE_RECEIVED],
		    "NAME=FILE", "a platform's count of all events that it "
		    "received (Events Manager); csv:date=A,count=B:FILE names the "
		    "columns", 0, 0, NULL},
		{0, "attributed", CAPI_OPT_REPEAT,
		    &p.files[CAPI_ROLE_ATTRIBUTED], "NAME=FILE",
		    "a platform's count of what it credits to its ads (Ads "
		    "Manager)", 0, 0, NULL},
		{0, "quality", CAPI_OPT_REPEAT, &p.files[CAPI_ROLE_QUALITY],
		    "FILE", "match quality: Meta's Dataset Quality answer, "
		    "Pinterest's event quality scores, or CSV "
		    "of date,platform,event,score", 0, 0, NULL},
		{0, "history", CAPI_OPT_REPEAT, &p.files[CAPI_ROLE_HISTORY],
		    "FILE", "what earlier runs printed with --format ndjson", 0, 0,
		    NULL},
		{0, "changes", CAPI_OPT_REPEAT, &p.files[CAPI_ROLE_CHANGES],
		    "FILE", "CSV of time,what: deploys and launches; verdicts wait "
		    "48 hours after each", 0, 0, NULL},
		{0, "from", CAPI_OPT_STRING, &p.from, "DATE",
		    "first day, in the zone of --report-tz", 0, 0, NULL},
		{0, "to", CAPI_OPT_STRING, &p.to, "DATE", "last day", 0, 0, NULL},
		{0, "report-tz", CAPI_OPT_REPEAT, &p.report_tz, "[NAME=]ZONE",
		    "the ad account's zone, for all reports or for NAME's; no "
		    "report names it", 0, 0, NULL},
		{0, "window", CAPI_OPT_STRING, &a->window, "TEXT",
		    "the attribution window, where the report does not name it",
		    0, 0, NULL},
		{0, "keep-refunded", CAPI_OPT_FLAG, &a->keep_refunded, NULL,
		    "count orders that were refunded: platforms do", 0, 0, NULL},
		{0, "keep-partly-paid", CAPI_OPT_FLAG, &a->keep_partial, NULL,
		    "count orders that are paid in part", 0, 0, NULL},
		{0, "free", CAPI_OPT_CHOICE, &p.free, "WHAT",
		    "keep (the default) or withhold purchases of nothing: as "
		    "capi-normalize was told", 0, 0, frees},
		{0, "server-ip", CAPI_OPT_STRING, &a->server_ip, "ADDRESS",
		    "your server's address, which no event should carry", 0, 0,
		    NULL},
		{0, "max-lag", CAPI_OPT_NUMBER, &a->max_lag, "SECONDS",
		    "longest lag that is meant, for nightly or offline sources; "
		    "else the usual bands judge", 0, INT32_MAX, NULL},
		{0, "lag-quantile", CAPI_OPT_STRING, &p.quantile, "Q",
		    "the quantile of the lag that is judged; the default is 0.95",
		    0, 0, NULL},
		{0, "emq-target", CAPI_OPT_STRING, &p.emq, "SCORE",
		    "wanted match quality; the default is 6", 0, 0, NULL},
		{0, "verify", CAPI_OPT_LIST, &p.verify, "ORDER,...",
		    "order ids that must have been counted once, soon and whole",
		    0, 0, NULL},
		{0, "format", CAPI_OPT_CHOICE, &p.format, "FORMAT",
		    "text, ndjson or nagios", 0, 0, formats},
		{0, "html", CAPI_OPT_STRING, &p.html, "FILE",
		    "write the audit as one page with charts too", 0, 0, NULL},
		{0, "metrics", CAPI_OPT_STRING, &p.metrics, "FILE",
		    "write Prometheus text too, for its textfile collector", 0, 0,
		    NULL},
		{0, "quiet", CAPI_OPT_FLAG, &p.quiet, NULL,
		    "print nothing when nothing is found, for cron", 0, 0, NULL},
		{0, "list", CAPI_OPT_FLAG, &p.view.all, NULL,
		    "list all orders concerned, not the first five", 0, 0, NULL},
		{0, "fail-on", CAPI_OPT_CHOICE, &p.fail_on, "SEVERITY",
		    "exit 1 from info, warn or crit on; the default is warn", 0,
		    0, severities},
		{0, "strict", CAPI_OPT_FLAG, &a->strict, NULL,
		    "exit 1 for likely findings too, not only for certain ones",
		    0, 0, NULL},
		{0, "list-checks", CAPI_OPT_FLAG, &p.list_checks, NULL,
		    "print what is checked", 0, 0, NULL},
		{0, NULL, CAPI_OPT_FLAG, NULL, NULL, NULL, 0, 0, NULL},
	};
	/* clang-format on */
	int first;

	p.filter.program = (struct capi_opt_program){.name = "capi-audit",
	    .purpose = "Compare orders with what was sent, received and "
		       "credited, and name what is wrong, where, and the "
		       "cure.",
	    .operands = "",
	    .options = options};
	p.filter.state = &p;
	p.filter.record = take_record;
	p.filter.no_rejects = true;
	p.filter.has_now = true;
	capi_err_init("capi-audit");
	capi_audit_init(a);
	a->spill = spill;
	a->spill_arg = &p;
	p.fail_on = CAPI_SEVERITY_WARN - CAPI_SEVERITY_INFO;
	first = capi_filter_start(&p.filter, argc, argv);
	for (int i = 0; i < RENEWALS; i++)
		pass[i].given = pass[i].value != NULL;
	p.pass = pass;
	if (first < argc)
		capi_opt_misuse("no operands: each file needs its option");
	if (p.list_checks)
		print_checks();
	check_options(&p);
	audit(&p);
	return finish(&p);
}
