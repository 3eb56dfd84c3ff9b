/*
 * The core of capi-audit: evidence, checks, and what they found.
 *
 * Evidence (orders, receipts, payloads, browser events, reports) is read once
 * into a temporary database, the only engine here: it sorts and joins, in
 * memory while that is enough, in an unlinked file when it is not. Checks are
 * rows of one table (checks.c); each looks at the evidence and leaves metrics,
 * findings and items. Writers turn those into text, NDJSON, a Nagios line,
 * HTML or Prometheus text, and compute nothing.
 *
 * No e-mail, phone or name is kept: of an order's identifiers only which ones
 * it has, and truncated digests of the ways they may have been spelled.
 */
#ifndef CAPI_AUDIT_H
#define CAPI_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "digest.h"
#include "err.h"
#include "json.h"
#include "normalize/seen.h"
#include "sql.h"
#include "clock.h"
#include "index.h"
#include "tape.h"
#include "twins.h"

enum capi_audit_severity {
	CAPI_SEVERITY_OK,
	CAPI_SEVERITY_INFO,
	CAPI_SEVERITY_WARN,
	CAPI_SEVERITY_CRIT,
};

/* "ok", "info", "warn", "crit". */
extern const char *const capi_severity_names[];

struct capi_audit;
struct capi_ledger;
struct capi_truth_sum;

/* A check. Rows without a function are reported by another row's function. */
struct capi_audit_check {
	const char *id;
	enum capi_audit_severity worst; /* the most that it can say */
	void (*run)(struct capi_audit *a);
	const char *about; /* what is looked at, one sentence */
	const char *cure;  /* what to do, one line; a finding may know better */
};

extern const struct capi_audit_check capi_audit_checks[]; /* id NULL ends */

/* One line of the result that is not a finding: a set of named values in
 * their order. `type` is "input" or "metric". Text lives in the arena. */
enum capi_pair_kind {
	CAPI_PAIR_INT,
	CAPI_PAIR_NUMBER, /* NaN is written as null: unknown, never 0 */
	CAPI_PAIR_TEXT,
	CAPI_PAIR_BOOL,
};

struct capi_pair {
	const char *name;
	enum capi_pair_kind kind;
	int64_t i;
	double d;
	const char *s;
};

#define CAPI_AUDIT_PAIRS 28

struct capi_audit_row {
	struct capi_audit_row *next;
	const char *type;
	const char *check;    /* NULL for inputs */
	const char *platform; /* or NULL */
	const char *event;    /* or NULL */
	struct capi_pair pairs[CAPI_AUDIT_PAIRS];
	size_t count;
};

struct capi_audit_finding {
	struct capi_audit_finding *next;
	int64_t number; /* what items refer to */
	const struct capi_audit_check *check;
	enum capi_audit_severity severity;
	const char *platform, *event; /* or NULL */
	bool certain;                 /* not what chance does */
	int64_t n;                    /* looked at; -1: does not apply */
	int64_t affected;             /* -1: does not apply */
	const char *verdict;          /* a stable word for scripts */
	const char *fact;             /* one line for people, with the counts */
	const char *fix;              /* one line: what to do */
	/* What scripts want besides, as in rows. */
	struct capi_pair pairs[6];
	size_t pair_count;
};

/* What became of an order at a destination. Exactly one applies. */
enum capi_ledger_class {
	CAPI_LEDGER_DELIVERED,
	CAPI_LEDGER_REFUSED,
	CAPI_LEDGER_WITHHELD,
	CAPI_LEDGER_QUEUED,
	CAPI_LEDGER_PARKED,
	CAPI_LEDGER_UNKNOWN,
	CAPI_LEDGER_DRY_RUN,
	CAPI_LEDGER_NEW,     /* no receipt, but younger than an hour */
	CAPI_LEDGER_MISSING, /* no receipt */
	CAPI_LEDGER_CLASSES,
};

extern const char *const capi_ledger_names[];

/* Kinds of evidence, one for each option that names a file. */
enum capi_audit_role {
	CAPI_ROLE_ORDERS,
	CAPI_ROLE_SENT,
	CAPI_ROLE_EVENTS,
	CAPI_ROLE_BROWSER,
	CAPI_ROLE_RECEIVED,
	CAPI_ROLE_ATTRIBUTED,
	CAPI_ROLE_QUALITY,
	CAPI_ROLE_HISTORY,
	CAPI_ROLE_CHANGES,
	CAPI_ROLES,
};

extern const char *const capi_role_names[];

/* Identifiers whose coverage is counted; bits of `have`. */
enum capi_audit_key {
	CAPI_KEY_EMAIL,
	CAPI_KEY_PHONE,
	CAPI_KEY_EXTERNAL_ID,
	CAPI_KEY_FBC,
	CAPI_KEY_FBP,
	CAPI_KEY_CLICK, /* the platform's click id */
	CAPI_KEY_IP,
	CAPI_KEY_UA,
	CAPI_KEY_NAME,
	CAPI_KEY_ADDRESS,
	CAPI_KEYS,
};

extern const char *const capi_key_names[];

/* A report as read: which platform, which kind, in which zone. */
struct capi_audit_report {
	struct capi_audit_report *next;
	int64_t number;
	const char *platform;
	const char *file;
	const char *dialect;
	bool attributed;
	int zone;         /* of clock.h */
	int64_t from, to; /* days that it covers; from > to: no dates in it */
	int64_t rows, totals_skipped;
	const char *currency; /* or NULL */
	const char *window;   /* the attribution setting as written, or NULL */
	bool click_dated;     /* a conversion stands at its click's day */
	bool daily;           /* a row a day */
	struct capi_audit_row *input;
};

/* An order that counts, for questions about spans of time. */
struct capi_moment {
	int64_t time, micros;
	uint32_t sum; /* number of its struct capi_truth_sum */
};

struct capi_audit {
	/* Set by the program. */
	int64_t now;
	int zone;         /* --report-tz, else UTC */
	int order_zone;   /* --tz, of the order file; 0: none or UTC */
	int64_t from, to; /* days in that zone; from > to: not given */
	bool keep_refunded, keep_partial, likely, truth_is_stripe;
	bool withhold_free; /* purchases of nothing do not count */
	enum capi_audit_severity fail_on;
	const char *server_ip; /* or NULL */
	int64_t max_lag;       /* seconds; -1: the usual bands */
	double lag_quantile;
	double emq_target;
	const char *window;        /* --window: the usual attribution window */
	const char *const *verify; /* order ids to look at closely */
	size_t verify_count;

	void (*spill)(void *arg, struct capi_buf *out);
	void *spill_arg;

	/* Evidence. */
	struct capi_sql *db;
	struct capi_index index;
	struct capi_twins twins;
	struct capi_buf browser_dataset; /* that its last event named */
	bool has[CAPI_ROLES];
	int64_t orders, used; /* orders read; of these counted */
	int64_t unreadable;   /* of the others those that no one can read */
	int64_t repeated;     /* and rows of an order that was read before */
	int64_t receipts;     /* read */
	int64_t browser_events[CAPI_INDEX_NAMES + 1]; /* by meaning */
	struct capi_seen payload_ids;
	int64_t order_file; /* number of the one that is being read */
	struct capi_tape truth;
	struct capi_truth_sum *sums;
	uint32_t sum_count;
	struct capi_moment *moments; /* NULL: not made yet */
	size_t moment_count;
	struct capi_buf scratch;
	int64_t earliest, latest; /* times of all orders; 0: none */
	int64_t first, last;      /* days of the orders that count, in `zone` */
	struct capi_audit_report *reports;
	struct capi_ledger *ledger; /* NULL before its check ran */
	int64_t history_at; /* of the run that is being read; 0: none yet */
	struct capi_digest *digest;
	struct capi_group *platforms; /* of the payloads; NULL: not asked yet */

	/* Results. */
	struct capi_arena arena; /* lives as long as the audit */
	struct capi_audit_row *rows, *last_row;
	struct capi_audit_finding *findings, *last_finding;
	int64_t finding_count;
	int64_t
	    counts[4]; /* findings by severity; of warn and crit the certain */
	int64_t likely_count; /* the others of those */
	bool bug;             /* the ledger does not add up */
};

void capi_audit_init(struct capi_audit *a);
void capi_audit_release(struct capi_audit *a);

/* Runs all checks in the order of the table, then sorts the findings: by
 * severity, then by what they affect. */
void capi_audit_run(struct capi_audit *a);

/* Findings of --fail-on and above that are certain, or any if likely. */
bool capi_audit_failed(const struct capi_audit *a);

/* Text in the audit's arena. */
const char *capi_audit_text(struct capi_audit *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
const char *capi_audit_keep(struct capi_audit *a, const char *s);

/* Results. Platform and event are copied, names of pairs are not. */
struct capi_audit_row *capi_audit_input(
    struct capi_audit *a, enum capi_audit_role role, const char *file);
struct capi_audit_row *capi_audit_metric(struct capi_audit *a,
    const char *check, const char *platform, const char *event);
void capi_row_int(struct capi_audit_row *r, const char *name, int64_t i);
void capi_row_number(struct capi_audit_row *r, const char *name, double d);
void capi_row_text(struct capi_audit_row *r, const char *name, const char *s);
void capi_row_bool(struct capi_audit_row *r, const char *name, bool b);

/* The pair of that name, or NULL. */
const struct capi_pair *capi_row_get(
    const struct capi_audit_row *r, const char *name);
double capi_row_value(const struct capi_audit_row *r, const char *name);
const char *capi_row_words(const struct capi_audit_row *r, const char *name);

/* A finding of the check `id`, certain, without counts, with the check's own
 * cure; the caller fills in the rest. `fact` is formatted. */
struct capi_audit_finding *capi_audit_find(struct capi_audit *a, const char *id,
    enum capi_audit_severity severity, const char *platform, const char *event,
    const char *fmt, ...) __attribute__((format(printf, 6, 7)));
void capi_finding_count(struct capi_audit_finding *f, int64_t n,
    int64_t affected, const char *verdict);
void capi_finding_text(
    struct capi_audit_finding *f, const char *name, const char *s);
void capi_finding_int(
    struct capi_audit_finding *f, const char *name, int64_t i);
void capi_finding_number(
    struct capi_audit_finding *f, const char *name, double d);

/* Does it count only as likely? What is told (info) needs no certainty. */
bool capi_finding_is_likely(const struct capi_audit_finding *f);

/* The same fact at several platforms is said once: was it, before f; and the
 * names of all whose fact it is, "meta,tiktok". */
bool capi_finding_said_before(
    struct capi_audit *a, const struct capi_audit_finding *f);
const char *capi_finding_platforms(
    struct capi_audit *a, const struct capi_audit_finding *f);

/* An order or event that a finding is about, for the lists and for scripts. */
struct capi_audit_item {
	int64_t finding;
	const char *class;    /* "missing", "extra", "affected", ... */
	const char *platform; /* or NULL */
	const char *order_id, *event_id; /* or NULL */
	int64_t time;                    /* or -1 */
	const char *value, *currency;    /* or NULL */
	const char *reason;              /* or NULL */
	const char *repair;              /* or NULL */
	int64_t line;                    /* or 0 */
};

void capi_audit_add_item(struct capi_audit *a, const struct capi_audit_item *i);

/* A span of time: "35 s", "12 min", "4.0 h", "3.2 d". */
const char *capi_audit_duration(struct capi_audit *a, double seconds);

/* A decimal with `mark` between thousands, if it has more than four digits
 * before its point. */
const char *capi_audit_grouped(
    struct capi_audit *a, const char *decimal, const char *mark);

/* A count for facts, as the tables have it: 20 000. */
const char *capi_audit_count(struct capi_audit *a, int64_t n);

/* The same of a number that may be a fraction: 12 345.5. */
const char *capi_audit_number(struct capi_audit *a, double n);

/* An amount with its currency's decimals, in `room`; what is no number stays.
 */
const char *capi_audit_amount(
    const char *value, const char *currency, char room[32]);

/* Called by writers of long lists now and then: a chance to write out what
 * stands in the buffer. Does nothing when the program gave no function. */
void capi_audit_spill(struct capi_audit *a, struct capi_buf *out);

/* Writers: they append to out and compute nothing. */
struct capi_audit_view {
	unsigned width; /* columns of text */
	bool all;       /* every item, not only the first five */
	bool color, utf8;
	int64_t started; /* when the audit ran */
};

void capi_audit_write_text(struct capi_audit *a,
    const struct capi_audit_view *v, struct capi_buf *out);
void capi_audit_write_ndjson(struct capi_audit *a,
    const struct capi_audit_view *v, struct capi_buf *out, int exit_status);
void capi_audit_write_nagios(struct capi_audit *a, struct capi_buf *out);
void capi_audit_write_metrics(struct capi_audit *a, struct capi_buf *out);
void capi_audit_write_html(struct capi_audit *a, struct capi_buf *out);

#endif
