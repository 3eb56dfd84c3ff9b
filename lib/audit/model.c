#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "evidence.h"

#define TEXT_MAX 1024

const char *const capi_severity_names[] = {"ok", "info", "warn", "crit"};

const char *const capi_ledger_names[] = {
    [CAPI_LEDGER_DELIVERED] = "delivered",
    [CAPI_LEDGER_REFUSED] = "refused",
    [CAPI_LEDGER_WITHHELD] = "withheld",
    [CAPI_LEDGER_QUEUED] = "queued",
    [CAPI_LEDGER_PARKED] = "parked",
    [CAPI_LEDGER_UNKNOWN] = "unknown",
    [CAPI_LEDGER_DRY_RUN] = "dry-run",
    [CAPI_LEDGER_NEW] = "too new",
    [CAPI_LEDGER_MISSING] = "missing",
};

const char *const capi_role_names[] = {
    [CAPI_ROLE_ORDERS] = "truth",
    [CAPI_ROLE_SENT] = "sent",
    [CAPI_ROLE_EVENTS] = "events",
    [CAPI_ROLE_BROWSER] = "browser",
    [CAPI_ROLE_RECEIVED] = "report",
    [CAPI_ROLE_ATTRIBUTED] = "report",
    [CAPI_ROLE_QUALITY] = "quality",
    [CAPI_ROLE_HISTORY] = "history",
    [CAPI_ROLE_CHANGES] = "changes",
};

const char *const capi_key_names[] = {
    [CAPI_KEY_EMAIL] = "em",
    [CAPI_KEY_PHONE] = "ph",
    [CAPI_KEY_EXTERNAL_ID] = "external_id",
    [CAPI_KEY_FBC] = "fbc",
    [CAPI_KEY_FBP] = "fbp",
    [CAPI_KEY_CLICK] = "click_id",
    [CAPI_KEY_IP] = "ip",
    [CAPI_KEY_UA] = "ua",
    [CAPI_KEY_NAME] = "name",
    [CAPI_KEY_ADDRESS] = "address",
};

const char *
capi_audit_keep(struct capi_audit *a, const char *s)
{
	return s ? capi_arena_dup(&a->arena, s, strlen(s)) : NULL;
}

const char *
capi_audit_text(struct capi_audit *a, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return capi_audit_keep(a, text);
}

const char *
capi_audit_duration(struct capi_audit *a, double s)
{
	if (fabs(s) < 2 * 60)
		return capi_audit_text(a, "%.0f s", s);
	if (fabs(s) < 2 * 3600)
		return capi_audit_text(a, "%.0f min", s / 60);
	if (fabs(s) < 2 * CAPI_DAY)
		return capi_audit_text(a, "%.1f h", s / 3600);
	return capi_audit_text(a, "%.1f d", s / CAPI_DAY);
}

const char *
capi_audit_grouped(struct capi_audit *a, const char *decimal, const char *mark)
{
	size_t sign = *decimal == '-', n = strspn(decimal + sign, "0123456789");
	const char *text;

	if (n <= 4)
		return decimal;
	n = (n - 1) % 3 + 1;
	text = capi_audit_text(a, "%.*s", (int)(sign + n), decimal);
	decimal += sign + n;
	while (capi_is_digit(*decimal)) {
		text = capi_audit_text(a, "%s%s%.3s", text, mark, decimal);
		decimal += 3;
	}
	return capi_audit_text(a, "%s%s", text, decimal);
}

const char *
capi_audit_count(struct capi_audit *a, int64_t n)
{
	return capi_audit_grouped(
	    a, capi_audit_text(a, "%lld", (long long)n), " ");
}

const char *
capi_audit_number(struct capi_audit *a, double n)
{
	char text[64];
	size_t len;

	if (isnan(n) || fabs(n) >= 1e15)
		return capi_audit_text(a, "%.3g", n);
	snprintf(text, sizeof(text), "%.2f", n);
	len = strlen(text);
	while (text[len - 1] == '0')
		len--;
	len -= text[len - 1] == '.';
	text[len] = '\0';
	return capi_audit_grouped(a, capi_audit_keep(a, text), " ");
}

const char *
capi_audit_amount(const char *value, const char *currency, char room[32])
{
	struct capi_str s = {value, strlen(value)};
	int64_t micros;

	if (!s.n || !capi_clock_decimal(s, false, &micros))
		return value;
	capi_clock_money_text(micros, currency, room);
	return room;
}

static struct capi_audit_row *
add_row(struct capi_audit *a, const char *type)
{
	struct capi_audit_row *r = capi_arena_alloc(&a->arena, sizeof(*r));

	memset(r, 0, sizeof(*r));
	r->type = type;
	if (a->last_row)
		a->last_row->next = r;
	else
		a->rows = r;
	a->last_row = r;
	return r;
}

struct capi_audit_row *
capi_audit_input(
    struct capi_audit *a, enum capi_audit_role role, const char *file)
{
	struct capi_audit_row *r = add_row(a, "input");

	capi_row_text(r, "role", capi_role_names[role]);
	capi_row_text(r, "name", capi_audit_keep(a, file));
	return r;
}

struct capi_audit_row *
capi_audit_metric(struct capi_audit *a, const char *check, const char *platform,
    const char *event)
{
	struct capi_audit_row *r = add_row(a, "metric");

	r->check = check;
	r->platform = capi_audit_keep(a, platform);
	r->event = capi_audit_keep(a, event);
	return r;
}

static struct capi_pair *
add_pair(struct capi_audit_row *r, const char *name, enum capi_pair_kind kind)
{
	struct capi_pair *p;

	if (r->count == CAPI_AUDIT_PAIRS)
		capi_die(CAPI_EXIT_BUG, "too many values in a row");
	p = &r->pairs[r->count++];
	p->name = name;
	p->kind = kind;
	return p;
}

void
capi_row_int(struct capi_audit_row *r, const char *name, int64_t i)
{
	add_pair(r, name, CAPI_PAIR_INT)->i = i;
}

void
capi_row_number(struct capi_audit_row *r, const char *name, double d)
{
	add_pair(r, name, CAPI_PAIR_NUMBER)->d = d;
}

void
capi_row_text(struct capi_audit_row *r, const char *name, const char *s)
{
	add_pair(r, name, CAPI_PAIR_TEXT)->s = s;
}

void
capi_row_bool(struct capi_audit_row *r, const char *name, bool b)
{
	add_pair(r, name, CAPI_PAIR_BOOL)->i = b;
}

const struct capi_pair *
capi_row_get(const struct capi_audit_row *r, const char *name)
{
	for (size_t i = 0; i < r->count; i++)
		if (!strcmp(r->pairs[i].name, name))
			return &r->pairs[i];
	return NULL;
}

double
capi_row_value(const struct capi_audit_row *r, const char *name)
{
	const struct capi_pair *p = capi_row_get(r, name);

	if (!p || p->kind == CAPI_PAIR_TEXT)
		return NAN;
	if (p->kind == CAPI_PAIR_NUMBER)
		return p->d;
	return (double)p->i;
}

const char *
capi_row_words(const struct capi_audit_row *r, const char *name)
{
	const struct capi_pair *p = capi_row_get(r, name);

	return p && p->kind == CAPI_PAIR_TEXT && p->s ? p->s : "";
}

static const struct capi_audit_check *
find_check(const char *id)
{
	for (const struct capi_audit_check *c = capi_audit_checks; c->id; c++)
		if (!strcmp(c->id, id))
			return c;
	capi_die(CAPI_EXIT_BUG, "no check %s", id);
}

struct capi_audit_finding *
capi_audit_find(struct capi_audit *a, const char *id,
    enum capi_audit_severity severity, const char *platform, const char *event,
    const char *fmt, ...)
{
	struct capi_audit_finding *f = capi_arena_alloc(&a->arena, sizeof(*f));
	char fact[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(fact, sizeof(fact), fmt, ap);
	va_end(ap);
	memset(f, 0, sizeof(*f));
	f->number = ++a->finding_count;
	f->check = find_check(id);
	f->severity = severity;
	f->platform = capi_audit_keep(a, platform);
	f->event = capi_audit_keep(a, event);
	f->certain = true;
	f->n = f->affected = -1;
	f->fact = capi_audit_keep(a, fact);
	f->fix = f->check->cure;
	if (a->last_finding)
		a->last_finding->next = f;
	else
		a->findings = f;
	a->last_finding = f;
	return f;
}

static struct capi_pair *
finding_pair(
    struct capi_audit_finding *f, const char *name, enum capi_pair_kind kind)
{
	size_t most = sizeof(f->pairs) / sizeof(f->pairs[0]);
	struct capi_pair *p;

	if (f->pair_count == most)
		capi_die(CAPI_EXIT_BUG, "too many values in a finding");
	p = &f->pairs[f->pair_count++];
	p->name = name;
	p->kind = kind;
	return p;
}

void
capi_finding_count(struct capi_audit_finding *f, int64_t n, int64_t affected,
    const char *verdict)
{
	f->n = n;
	f->affected = affected;
	f->verdict = verdict;
}

void
capi_finding_text(struct capi_audit_finding *f, const char *name, const char *s)
{
	finding_pair(f, name, CAPI_PAIR_TEXT)->s = s;
}

void
capi_finding_int(struct capi_audit_finding *f, const char *name, int64_t i)
{
	finding_pair(f, name, CAPI_PAIR_INT)->i = i;
}

void
capi_finding_number(struct capi_audit_finding *f, const char *name, double d)
{
	finding_pair(f, name, CAPI_PAIR_NUMBER)->d = d;
}

void
capi_audit_add_item(struct capi_audit *a, const struct capi_audit_item *i)
{
	capi_sql_run(a->db,
	    "INSERT INTO items(finding, class, platform, order_id, event_id,"
	    " time, value, currency, reason, repair, line)"
	    " VALUES(?,?,?,?,?,?,?,?,?,?,?)",
	    "issssissssi", i->finding, i->class, i->platform, i->order_id,
	    i->event_id, i->time, i->value, i->currency, i->reason, i->repair,
	    i->line);
}

bool
capi_finding_is_likely(const struct capi_audit_finding *f)
{
	return f->severity > CAPI_SEVERITY_INFO && !f->certain;
}

bool
capi_audit_failed(const struct capi_audit *a)
{
	for (const struct capi_audit_finding *f = a->findings; f; f = f->next)
		if (f->severity >= a->fail_on && (f->certain || a->likely))
			return true;
	return false;
}

/* What is likely comes behind all that is certain, before what is told. */
static int
weight(const struct capi_audit_finding *f)
{
	return capi_finding_is_likely(f) ? 2 * CAPI_SEVERITY_INFO + 1
					 : 2 * (int)f->severity;
}

/* Before y? The order in which they were found decides ties. */
static bool
goes_before(
    const struct capi_audit_finding *x, const struct capi_audit_finding *y)
{
	if (weight(x) != weight(y))
		return weight(x) > weight(y);
	if (x->severity != y->severity)
		return x->severity > y->severity;
	return x->affected > y->affected;
}

static void
sort_findings(struct capi_audit *a)
{
	struct capi_audit_finding *sorted = NULL, *next;

	for (struct capi_audit_finding *f = a->findings; f; f = next) {
		struct capi_audit_finding **at = &sorted;

		next = f->next;
		while (*at && !goes_before(f, *at))
			at = &(*at)->next;
		f->next = *at;
		*at = f;
		if (capi_finding_is_likely(f))
			a->likely_count++;
		else
			a->counts[f->severity]++;
	}
	a->findings = sorted;
}

void
capi_audit_run(struct capi_audit *a)
{
	for (const struct capi_audit_check *c = capi_audit_checks; c->id; c++)
		if (c->run)
			c->run(a);
	sort_findings(a);
}

void
capi_audit_spill(struct capi_audit *a, struct capi_buf *out)
{
	if (a->spill)
		a->spill(a->spill_arg, out);
}

/* In memory up to these; a shop's year fits. */
#define CACHE ((size_t)48 << 20)
#define TAPE ((size_t)32 << 20)

void
capi_audit_init(struct capi_audit *a)
{
	memset(a, 0, sizeof(*a));
	a->from = 1;
	a->to = 0;
	a->fail_on = CAPI_SEVERITY_WARN;
	a->max_lag = -1;
	a->lag_quantile = 0.95;
	a->emq_target = 6;
	capi_tape_init(&a->truth, TAPE);
	capi_twins_init(&a->twins);
	a->scratch.max = a->browser_dataset.max = SIZE_MAX;
	a->digest = capi_digest_new();
	a->db = capi_sql_temporary(CACHE);
	if (!a->db || !a->digest)
		capi_die(CAPI_EXIT_SYSTEM, "no database or no SHA-256");
	capi_evidence_open(a);
}

void
capi_audit_release(struct capi_audit *a)
{
	capi_sql_free(a->db);
	capi_index_release(&a->index);
	capi_twins_release(&a->twins);
	capi_seen_release(&a->payload_ids);
	capi_tape_release(&a->truth);
	capi_buf_release(&a->scratch);
	capi_buf_release(&a->browser_dataset);
	free(a->moments);
	capi_digest_free(a->digest);
	capi_arena_release(&a->arena);
}

static bool
same_text(const char *x, const char *y)
{
	return x == y || (x && y && !strcmp(x, y));
}

/* But for the platform. */
static bool
says_same(
    const struct capi_audit_finding *x, const struct capi_audit_finding *y)
{
	return x->check == y->check && x->severity == y->severity &&
	       x->certain == y->certain && same_text(x->fact, y->fact) &&
	       same_text(x->fix, y->fix) && x->platform && y->platform;
}

bool
capi_finding_said_before(
    struct capi_audit *a, const struct capi_audit_finding *f)
{
	for (const struct capi_audit_finding *g = a->findings; g != f;
	     g = g->next)
		if (says_same(g, f))
			return true;
	return false;
}

const char *
capi_finding_platforms(struct capi_audit *a, const struct capi_audit_finding *f)
{
	const char *names = f->platform ? f->platform : "";

	for (const struct capi_audit_finding *g = f->next; g; g = g->next)
		if (says_same(f, g))
			names = capi_audit_text(a, "%s,%s", names, g->platform);
	return names;
}
