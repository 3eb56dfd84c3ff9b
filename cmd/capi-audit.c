/*
 * Orders, receipts, payloads, browser logs and platforms' reports in; findings
 * out. Each option names a kind of evidence; the reading of it is in
 * lib/audit/inputs.c, the judging in the table of lib/audit/checks.c, the
 * printing in its writers.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/audit.h"
#include "audit/inputs.h"
#include "filter.h"
#include "replace.h"
#include "rule/ip.h"

enum format { FORMAT_TEXT, FORMAT_NDJSON, FORMAT_NAGIOS };

static const char *const formats[] = {"text", "ndjson", "nagios", NULL};
static const char *const frees[] = {"keep", "withhold", NULL};
static const char *const severities[] = {
    "info", "warn", "crit", "likely", NULL};

struct program {
	struct capi_filter filter;
	struct capi_audit audit;
	struct capi_audit_view view;

	struct capi_inputs inputs;
	const char *from, *to;
	const char *html, *metrics, *quantile, *emq;
	struct capi_opt_list verify;
	int format, fail_on, free;
	bool quiet, list_checks;
};

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

static bool
is_address(const char *s)
{
	enum capi_ip_verdict v = capi_ip_judge(s, strlen(s));

	return v != CAPI_IP_EMPTY && v != CAPI_IP_BAD && v != CAPI_IP_CUT;
}

static void
check_output(struct program *p, const char *option, const char *file)
{
	if (!file)
		return;
	if (!strcmp(file, "-"))
		capi_opt_misuse("--html and --metrics want a file: '-' would "
				"mix them with the findings");
	if (capi_inputs_include(&p->inputs, file))
		capi_opt_misuse("--%s would overwrite %s, which is read: name "
				"another file",
		    option, file);
}

static void
check_options(struct program *p)
{
	struct capi_audit *a = &p->audit;

	check_output(p, "html", p->html);
	check_output(p, "metrics", p->metrics);
	if (p->html && p->metrics && !strcmp(p->html, p->metrics))
		capi_opt_misuse("--html and --metrics want a file each");
	a->lag_quantile = fraction("lag-quantile", p->quantile, 0.95, 1);
	a->emq_target = fraction("emq-target", p->emq, 6, 10);
	a->withhold_free = p->free == 1;
	a->verify = p->verify.v;
	a->verify_count = p->verify.n;
	/* What would not be looked at must not look well. */
	if (p->verify.n && (!p->inputs.files[CAPI_ROLE_ORDERS].n ||
			       !p->inputs.files[CAPI_ROLE_SENT].n))
		capi_opt_misuse("--verify wants --orders and --sent: it looks "
				"the orders up in both");
	if (a->server_ip && !is_address(a->server_ip))
		capi_opt_misuse("--server-ip: not an IP address");
	if (!!p->from != !!p->to)
		capi_opt_misuse("--from and --to go together");
	if (p->from) {
		a->from = day_option("from", p->from);
		a->to = day_option("to", p->to);
		if (a->from > a->to)
			capi_opt_misuse("--from is later than --to");
	}
	capi_inputs_check(&p->inputs);
	a->likely = !strcmp(severities[p->fail_on], "likely");
	a->fail_on = a->likely ? CAPI_SEVERITY_WARN
			       : (enum capi_audit_severity)(
				     p->fail_on + CAPI_SEVERITY_INFO);
}

/* Why orders do not count: " (3 cancelled, 1 test)". */
static const char *
reasons(struct capi_audit *a)
{
	const char *words = "";
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT left_out, sum(n) FROM order_sums WHERE left_out IS NOT"
	    " NULL GROUP BY 1 ORDER BY 2 DESC, 1",
	    "");

	while (capi_sql_row(s))
		words =
		    capi_audit_text(a, "%s%s%s %s", words, *words ? ", " : " (",
			capi_audit_count(a, capi_sql_int(s, 1)),
			capi_sql_text(s, 0));
	return *words ? capi_audit_text(a, "%s)", words) : words;
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
				      "compare with%s"
				    : "no orders: nothing to compare with",
		    a->orders, reasons(a));
		capi_filter_raise(&p->filter, CAPI_EXIT_DATA);
	}
	/* With orders it is a finding: none of them was sent. */
	if (a->has[CAPI_ROLE_SENT] && !a->receipts &&
	    !a->has[CAPI_ROLE_ORDERS]) {
		capi_warn("no receipts in --sent");
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

static void
write_file(struct capi_audit *a, const char *path,
    void (*writer)(struct capi_audit *a, struct capi_buf *out))
{
	struct capi_buf b = CAPI_BUF_INIT((size_t)1 << 28);
	mode_t mask = umask(0);
	enum capi_exit e;

	umask(mask);
	writer(a, &b);
	e = capi_replace(path, 0644 & ~mask, b.data, b.len);
	if (e)
		capi_die(e, "%s: %s", path, strerror(errno));
	capi_buf_release(&b);
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

	for (const struct capi_audit_finding *f = a->findings; f; f = f->next)
		if (f->severity >= a->fail_on && (f->certain || a->likely)) {
			int s = f->severity == CAPI_SEVERITY_CRIT ? 2 : 1;

			worst = s > worst ? s : worst;
		}
	return worst;
}

static void
summary(const struct program *p)
{
	const struct capi_audit *a = &p->audit;

	capi_warn("%" PRId64 " orders = %" PRId64 " that count + %" PRId64
		  " that do not + %" PRId64 " again + %" PRId64
		  " not readable; %" PRId64 " receipts; %" PRIu64
		  " other records refused",
	    a->orders, a->used,
	    a->orders - a->used - a->repeated - a->unreadable, a->repeated,
	    a->unreadable, a->receipts, p->filter.refused);
}

/* A plugin has to print its line and to end with 3 whatever goes wrong. */
static bool concluded;

static int
finish(struct program *p)
{
	struct capi_filter *f = &p->filter;
	int status = (int)f->status;

	if (f->summary || getenv("CAPI_SUMMARY"))
		summary(p);
	if (p->format == FORMAT_NAGIOS && f->status < CAPI_EXIT_USAGE)
		status = nagios_status(p);
	concluded = status < CAPI_EXIT_USAGE;
	if (concluded && close(STDOUT_FILENO))
		capi_die(CAPI_EXIT_IO, "standard output: %s", strerror(errno));
	capi_audit_release(&p->audit);
	capi_clock_release();
	capi_lines_release(&f->lines);
	capi_buf_release(&f->out);
	capi_buf_release(&f->reject_buf);
	capi_arena_release(&f->arena);
	capi_json_parser_free(f->json);
	for (int role = 0; role < CAPI_ROLES; role++)
		free(p->inputs.files[role].v);
	free(p->inputs.report_tz.v);
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
check_database(const struct capi_audit *a)
{
	if (capi_sql_error(a->db))
		capi_die(CAPI_EXIT_IO, "temporary database: %s",
		    capi_sql_error(a->db));
}

static void
audit(struct program *p)
{
	struct capi_audit *a = &p->audit;

	a->now = p->filter.now;
	p->view.width = terminal_width();
	capi_inputs_read(&p->inputs);
	check_database(a);
	refuse_emptiness(p);
	if (p->filter.status >= CAPI_EXIT_USAGE) {
		/* Trouble: no verdict is better than half a one. */
		capi_filter_flush(&p->filter);
		return;
	}
	capi_audit_run(a);
	check_database(a);
	if (a->bug) {
		capi_warn("the orders do not add up: a bug");
		capi_filter_raise(&p->filter, CAPI_EXIT_BUG);
	}
	if (capi_audit_failed(a))
		capi_filter_raise(&p->filter, CAPI_EXIT_FINDINGS);
	write_results(p);
}

static void
unknown(void)
{
	static const char line[] =
	    "CAPI UNKNOWN - could not look, see standard error\n";

	if (concluded)
		return;
	if (capi_write_all(STDOUT_FILENO, line, sizeof(line) - 1))
		capi_warn("standard output: %s", strerror(errno));
	_exit(3);
}

static bool
is_plugin(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--format=nagios") ||
		    (!strcmp(argv[i], "nagios") &&
			!strcmp(argv[i - 1], "--format")))
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	static struct program p;
	struct capi_audit *a = &p.audit;
	struct capi_inputs *in = &p.inputs;
	struct capi_reader_options *orders = &in->reader;
	/* clang-format off */
	const struct capi_opt options[] = {
		{0, "orders", CAPI_OPT_REPEAT, &in->files[CAPI_ROLE_ORDERS],
		    "FILE", "the truth: an export as capi-normalize reads it, or "
		    "its events", 0, 0, NULL},
		{'m', "map", CAPI_OPT_STRING, &orders->map, "PRESET|FILE",
		    "what kind of export the orders are; found out by its columns "
		    "if it is a known one", 0, 0, NULL},
		{0, "tz", CAPI_OPT_STRING, &orders->zone, "ZONE",
		    "as capi-normalize was told: zone of times without one", 0, 0, NULL},
		{0, "region", CAPI_OPT_STRING, &orders->region, "CC",
		    "as capi-normalize was told: country of phone numbers without one", 0, 0, NULL},
		{0, "date-order", CAPI_OPT_CHOICE, &orders->date_order, "ORDER",
		    "as capi-normalize was told: DMY, MDY or YMD", 0, 0, capi_reader_orders},
		{0, "decimal", CAPI_OPT_CHOICE, &orders->decimal, "MARK",
		    "as capi-normalize was told: decimal mark of amounts", 0, 0, capi_reader_decimals},
		{0, "delimiter", CAPI_OPT_STRING, &orders->delimiter, "CHAR",
		    "as capi-normalize was told: what parts the cells", 0, 0, NULL},
		{0, "encoding", CAPI_OPT_STRING, &orders->encoding, "NAME",
		    "as capi-normalize was told: encoding of the export", 0, 0, NULL},
		{0, "currency", CAPI_OPT_STRING, &orders->currency, "CODE",
		    "as capi-normalize was told: currency of amounts that name none", 0, 0, NULL},
		{0, "event-name", CAPI_OPT_STRING, &orders->event_name, "NAME",
		    "as capi-normalize was told: name of all events of the "
		    "export", 0, 0, NULL},
		{0, "event-id", CAPI_OPT_STRING, &orders->id_template, "TEMPLATE",
		    "as capi-normalize was told: what event ids are made of, as when they "
		    "were sent", 0, 0, NULL},
		{0, "value", CAPI_OPT_CHOICE, &orders->value, "WHICH",
		    "as capi-normalize was told: total or subtotal", 0, 0, capi_reader_values},
		{0, "money", CAPI_OPT_CHOICE, &orders->money, "WHOSE",
		    "as capi-normalize was told: shop or presentment", 0, 0, capi_reader_moneys},
		{0, "skip-renewals", CAPI_OPT_FLAG, &orders->skip_renewals, NULL,
		    "as capi-normalize was told: leave out later periods of "
		    "subscriptions", 0, 0, NULL},
		{0, "sent", CAPI_OPT_REPEAT, &in->files[CAPI_ROLE_SENT], "FILE",
		    "receipts of capi-send", 0, 0, NULL},
		{0, "events", CAPI_OPT_REPEAT, &in->files[CAPI_ROLE_EVENTS],
		    "FILE", "a stream of any stage, or another sender's log, to "
		    "look into the payloads", 0, 0, NULL},
		{0, "browser", CAPI_OPT_REPEAT, &in->files[CAPI_ROLE_BROWSER],
		    "FILE", "events that the browser sent: event_name, event_id, "
		    "event_time", 0, 0, NULL},
		{0, "received", CAPI_OPT_REPEAT, &in->files[CAPI_ROLE_RECEIVED],
		    "NAME=FILE", "a platform's count of all events that it "
		    "received (Events Manager); csv:date=A,count=B:FILE names the "
		    "columns", 0, 0, NULL},
		{0, "attributed", CAPI_OPT_REPEAT,
		    &in->files[CAPI_ROLE_ATTRIBUTED], "NAME=FILE",
		    "a platform's count of what it credits to its ads (Ads "
		    "Manager)", 0, 0, NULL},
		{0, "quality", CAPI_OPT_REPEAT, &in->files[CAPI_ROLE_QUALITY],
		    "FILE", "match quality: Meta's Dataset Quality answer, "
		    "Pinterest's event quality scores, or CSV "
		    "of date,platform,event,score", 0, 0, NULL},
		{0, "history", CAPI_OPT_REPEAT, &in->files[CAPI_ROLE_HISTORY],
		    "FILE", "what earlier runs printed with --format ndjson", 0, 0,
		    NULL},
		{0, "changes", CAPI_OPT_REPEAT, &in->files[CAPI_ROLE_CHANGES],
		    "FILE", "CSV of time,what: deploys and launches; verdicts wait "
		    "48 hours after each", 0, 0, NULL},
		{0, "from", CAPI_OPT_STRING, &p.from, "DATE",
		    "first day, in the zone of --report-tz; goes with --to", 0, 0,
		    NULL},
		{0, "to", CAPI_OPT_STRING, &p.to, "DATE", "last day; goes with --from",
		    0, 0, NULL},
		{0, "report-tz", CAPI_OPT_REPEAT, &in->report_tz, "[NAME=]ZONE",
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
		    "exit 1 from info, warn or crit on; the default is warn; "
		    "likely: from warn on, certain or not", 0,
		    0, severities},
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
	p.filter.no_rejects = true;
	p.filter.has_now = true;
	capi_err_init("capi-audit");
	if (is_plugin(argc, argv))
		atexit(unknown);
	capi_audit_init(a);
	in->filter = &p.filter;
	in->audit = a;
	orders->date_order = orders->decimal = -1;
	a->spill = spill;
	a->spill_arg = &p;
	p.fail_on = CAPI_SEVERITY_WARN - CAPI_SEVERITY_INFO;
	first = capi_filter_start(&p.filter, argc, argv);
	if (first < argc)
		capi_opt_misuse("no operands: each file needs its option");
	if (p.list_checks)
		print_checks();
	check_options(&p);
	audit(&p);
	return finish(&p);
}
