#include "truth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../normalize.h"
#include "evidence.h"
#include "member.h"
#include "name.h"
#include "payload.h"
#include "spellings.h"

/* What a status says about counting. Those that are not here count: a CRM's
 * stages are its own. Shopify, WooCommerce, Stripe; inputs as read 2026-09. */
static const struct {
	const char *status, *left_out;
} statuses[] = {
    {"refunded", "refunded"},
    {"cancelled", "cancelled"},
    {"canceled", "cancelled"},
    {"voided", "cancelled"},
    {"trash", "cancelled"},
    {"pending", "pending"},
    {"authorized", "pending"},
    {"on-hold", "pending"},
    {"unpaid", "pending"},
    {"requires_capture", "pending"},
    {"partially_paid", "partially paid"},
    {"failed", "payment failed"},
    {"expired", "payment failed"},
    {"test", "test"},
    {"uncaptured", "pending"},
    {"deleted", "cancelled"},
    {"lost", "lost"},
    {"open", "open"},
    {"disputed", "disputed"},
};

#define OUTSIDE "outside the window"
#define REPEATED "duplicate row"
#define REFUSED "refused: "

static const char *
status_reason(const struct capi_audit *a, struct capi_str status)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (!capi_str_is_nocase(status, statuses[i].status))
			continue;
		if (a->keep_refunded &&
		    !strcmp(statuses[i].left_out, "refunded"))
			return NULL;
		if (a->keep_partial &&
		    !strcmp(statuses[i].left_out, "partially paid"))
			return NULL;
		return statuses[i].left_out;
	}
	return NULL;
}

/* audit's truth: counted, and not test, refunded, cancelled, pending, free or
 * outside the window. NULL: it counts. */
static const char *
left_out(const struct capi_audit *a, const struct capi_truth *t,
    struct capi_str test, struct capi_str refunded)
{
	bool has_value = t->text[CAPI_TRUTH_VALUE].p != NULL;
	const char *reason;
	int64_t back;

	if (capi_str_is(test, "true"))
		return "test";
	reason = status_reason(a, t->text[CAPI_TRUTH_STATUS]);
	if (reason)
		return reason;
	if (a->withhold_free && has_value && t->micros == 0 &&
	    capi_str_is(t->text[CAPI_TRUTH_NAME], "Purchase"))
		return "zero value";
	if (!a->keep_refunded && has_value && refunded.p &&
	    capi_clock_decimal(refunded, false, &back) && back >= t->micros)
		return "refunded";
	if (a->from <= a->to) {
		int64_t day = capi_clock_day(a->zone, t->time);

		if (day < a->from || day > a->to)
			return OUTSIDE;
	}
	return NULL;
}

/* The fixed part, then each text behind its length: one byte up to 253, 254
 * before a longer one, 255 for none. */
#define LONG 254
#define NONE 255

static void
write_tape(struct capi_audit *a, const struct capi_truth *t)
{
	struct capi_buf *b = &a->scratch;

	capi_buf_reset(b);
	capi_buf_add(b, t, offsetof(struct capi_truth, text));
	for (int i = 0; i < CAPI_TRUTH_TEXTS; i++) {
		struct capi_str s = t->text[i];
		uint32_t n = (uint32_t)s.n;

		capi_buf_addc(b, (char)(!s.p ? NONE : n < LONG ? n : LONG));
		if (s.p && n >= LONG)
			capi_buf_add(b, &n, sizeof(n));
		if (s.p)
			capi_buf_add(b, s.p, n);
	}
	capi_tape_add(&a->truth, b->data, b->len);
}

bool
capi_truth_next(struct capi_tape_reader *r, struct capi_truth *t)
{
	const char *p;
	size_t size;

	if (!capi_tape_next(r, &p, &size))
		return false;
	memcpy(t, p, offsetof(struct capi_truth, text));
	p += offsetof(struct capi_truth, text);
	for (int i = 0; i < CAPI_TRUTH_TEXTS; i++) {
		uint32_t n = (unsigned char)*p++;

		if (n == NONE) {
			t->text[i] = (struct capi_str){NULL, 0};
			continue;
		}
		if (n == LONG) {
			memcpy(&n, p, sizeof(n));
			p += sizeof(n);
		}
		t->text[i] = (struct capi_str){p, n};
		p += n;
	}
	return true;
}

static bool
same(struct capi_str s, const char *text)
{
	return s.p && text ? capi_str_is(s, text) : !s.p && !text;
}

static const char *
keep(struct capi_audit *a, struct capi_str s)
{
	return s.p ? capi_arena_dup(&a->arena, s.p, s.n) : NULL;
}

/* The sum that the order belongs to. The last one found stands first, so
 * that in most files the first look finds it. */
static struct capi_truth_sum *
sum_of(struct capi_audit *a, const struct capi_truth *t)
{
	struct capi_truth_sum **at = &a->sums, *s;

	for (; (s = *at); at = &s->next)
		if (s->file == t->file &&
		    same(t->text[CAPI_TRUTH_NAME], s->name) &&
		    same(t->text[CAPI_TRUTH_LEFT_OUT], s->left_out) &&
		    same(t->text[CAPI_TRUTH_CURRENCY], s->currency))
			break;
	if (s) {
		*at = s->next;
	} else {
		s = capi_arena_alloc(&a->arena, sizeof(*s));
		*s = (struct capi_truth_sum){.number = a->sum_count++,
		    .file = t->file,
		    .left_out = keep(a, t->text[CAPI_TRUTH_LEFT_OUT]),
		    .currency = keep(a, t->text[CAPI_TRUTH_CURRENCY]),
		    .name = keep(a, t->text[CAPI_TRUTH_NAME]),
		    .first = INT64_MAX,
		    .last = -1};
	}
	s->next = a->sums;
	a->sums = s;
	return s;
}

static void
add(struct capi_audit *a, struct capi_truth *t)
{
	struct capi_truth_sum *s = sum_of(a, t);

	t->sum = s->number;
	s->n++;
	s->micros += t->micros;
	if (t->time >= 0) {
		s->first = t->time < s->first ? t->time : s->first;
		s->last = t->time > s->last ? t->time : s->last;
	}
	a->orders++;
	write_tape(a, t);
}

static struct capi_str
str(const char *s)
{
	return (struct capi_str){s, s ? strlen(s) : 0};
}

void
capi_evidence_unreadable(
    struct capi_audit *a, const char *field, const char *reason, int64_t line)
{
	struct capi_truth t = {.time = -1, .file = a->order_file, .line = line};
	char words[256];

	snprintf(words, sizeof(words), REFUSED "%s%s%s", field ? field : "",
	    field ? ": " : "", reason);
	a->unreadable++;
	t.text[CAPI_TRUTH_LEFT_OUT] = str(words);
	add(a, &t);
	capi_index_add_order(&a->index, 0, 0, false);
}

void
capi_evidence_withheld(struct capi_audit *a, const char *reason)
{
	struct capi_truth t = {.time = -1, .file = a->order_file};

	t.text[CAPI_TRUTH_LEFT_OUT] = str(reason);
	add(a, &t);
	capi_index_add_order(&a->index, 0, 0, false);
}

/* What both kinds of order have in common: t holds what was read. */
static void
enter(struct capi_audit *a, struct capi_truth *t, struct capi_str event_name,
    struct capi_str test, struct capi_str refunded)
{
	struct capi_meaning called = capi_name_meaning(&a->index, event_name);
	struct capi_str *text = t->text;
	const char *reason;

	if (called.known)
		called.known->ordered = true;
	text[CAPI_TRUTH_NAME] = called.canonical;
	if (!text[CAPI_TRUTH_ORDER_ID].n)
		text[CAPI_TRUTH_ORDER_ID] = text[CAPI_TRUTH_EVENT_ID];
	if (!text[CAPI_TRUTH_VALUE].p ||
	    !capi_clock_decimal(text[CAPI_TRUTH_VALUE], false, &t->micros))
		text[CAPI_TRUTH_VALUE].p = NULL;
	t->file = a->order_file;
	t->key = capi_name_key(text[CAPI_TRUTH_EVENT_ID], called.canonical);
	reason = left_out(a, t, test, refunded);
	/* A row is an order once: later rows with the same id are duplicates.
	 * A reader that "fills down" item rows would else multiply orders. */
	if (capi_index_add_order(&a->index, t->key, t->time, !reason)) {
		reason = REPEATED;
		a->repeated++;
	}
	text[CAPI_TRUTH_LEFT_OUT] = str(reason);
	add(a, t);
}

static const char *
device_of(struct capi_str device, struct capi_str ua)
{
	return capi_str_is(device, "ios") ? "ios" : capi_ua_family(ua);
}

static struct capi_str
spelled(struct capi_audit *a, struct capi_str email, struct capi_str phone,
    unsigned char digests[CAPI_SPELLINGS * 8])
{
	if (!a->has[CAPI_ROLE_EVENTS])
		return (struct capi_str){NULL, 0};
	return capi_spell(a->digest, email, phone, digests);
}

bool
capi_evidence_order(struct capi_audit *a, const struct capi_json *event,
    int64_t line, const char **why)
{
	const struct capi_json *custom = capi_json_get(event, "custom_data");
	const struct capi_json *user = capi_json_get(event, "user_data");
	const struct capi_json *source = capi_json_get(event, "source");
	unsigned char digests[CAPI_SPELLINGS * 8];
	struct capi_payload p;
	struct capi_truth t = {0};

	if (!capi_payload_read(&p, event) || !p.event_name.n) {
		*why = "no event_name: not an event";
		return false;
	}
	if (!p.event_id.n) {
		*why = "no event_id";
		return false;
	}
	t.time = capi_member_time(event, "event_time");
	if (t.time < 0) {
		*why = "no event_time";
		return false;
	}
	t.line = capi_member_int(source, "line", line);
	t.have = p.have;
	t.denied = p.denied;
	t.text[CAPI_TRUTH_EVENT_ID] = p.event_id;
	t.text[CAPI_TRUTH_ORDER_ID] = capi_member(custom, "order_id");
	t.text[CAPI_TRUTH_VALUE] = capi_member(custom, "value");
	t.text[CAPI_TRUTH_CURRENCY] = capi_member(custom, "currency");
	t.text[CAPI_TRUTH_STATUS] = capi_member(source, "status");
	t.text[CAPI_TRUTH_ACTION] = p.action_source;
	t.text[CAPI_TRUTH_DEVICE] =
	    str(device_of(capi_member(source, "device"), p.ua));
	t.text[CAPI_TRUTH_APP] = str(capi_ua_app(p.ua));
	t.text[CAPI_TRUTH_COUNTRY] = capi_member(user, "country");
	t.text[CAPI_TRUTH_PAYMENT] = capi_member(custom, "payment_method");
	t.text[CAPI_TRUTH_IP] = p.ip;
	t.text[CAPI_TRUTH_SPELLINGS] = spelled(
	    a, capi_member(user, "email"), capi_member(user, "phone"), digests);
	enter(a, &t, p.event_name, capi_member(source, "test"),
	    capi_member(source, "refunded_value"));
	return true;
}

/* Which members of an order are which identifiers. */
static const struct {
	enum capi_field field;
	enum capi_audit_key key;
} keys[] = {
    {CAPI_F_EMAIL, CAPI_KEY_EMAIL},
    {CAPI_F_PHONE, CAPI_KEY_PHONE},
    {CAPI_F_EXTERNAL_ID, CAPI_KEY_EXTERNAL_ID},
    {CAPI_F_FBC, CAPI_KEY_FBC},
    {CAPI_F_FBP, CAPI_KEY_FBP},
    {CAPI_F_TTP, CAPI_KEY_FBP},
    {CAPI_F_SC_COOKIE1, CAPI_KEY_FBP},
    {CAPI_F_FBCLID, CAPI_KEY_CLICK},
    {CAPI_F_TTCLID, CAPI_KEY_CLICK},
    {CAPI_F_GCLID, CAPI_KEY_CLICK},
    {CAPI_F_GBRAID, CAPI_KEY_CLICK},
    {CAPI_F_WBRAID, CAPI_KEY_CLICK},
    {CAPI_F_EPIK, CAPI_KEY_CLICK},
    {CAPI_F_SC_CLICK_ID, CAPI_KEY_CLICK},
    {CAPI_F_MSCLKID, CAPI_KEY_CLICK},
    {CAPI_F_TWCLID, CAPI_KEY_CLICK},
    {CAPI_F_RDT_CID, CAPI_KEY_CLICK},
    {CAPI_F_LI_FAT_ID, CAPI_KEY_CLICK},
    {CAPI_F_CLIENT_IP, CAPI_KEY_IP},
    {CAPI_F_CLIENT_UA, CAPI_KEY_UA},
    {CAPI_F_FIRST_NAME, CAPI_KEY_NAME},
    {CAPI_F_LAST_NAME, CAPI_KEY_NAME},
    {CAPI_F_CITY, CAPI_KEY_ADDRESS},
    {CAPI_F_POSTAL_CODE, CAPI_KEY_ADDRESS},
};

/* Absent is NULL here, as where a record is read. */
static struct capi_str
value(const struct capi_normal *n, enum capi_field field)
{
	return n->val[field].n ? n->val[field] : (struct capi_str){NULL, 0};
}

void
capi_evidence_export(
    struct capi_audit *a, const struct capi_normal *n, int64_t line)
{
	unsigned char digests[CAPI_SPELLINGS * 8];
	struct capi_payload p = {0};
	struct capi_truth t = {.time = n->time, .line = line};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (n->val[keys[i].field].n)
			capi_payload_take(
			    &p, keys[i].key, n->val[keys[i].field]);
	t.have = p.have;
	t.denied = capi_str_is(n->val[CAPI_F_AD_USER_DATA], "denied");
	t.text[CAPI_TRUTH_EVENT_ID] = value(n, CAPI_F_EVENT_ID);
	t.text[CAPI_TRUTH_ORDER_ID] = value(n, CAPI_F_ORDER_ID);
	t.text[CAPI_TRUTH_VALUE] = value(n, CAPI_F_VALUE);
	t.text[CAPI_TRUTH_CURRENCY] = value(n, CAPI_F_CURRENCY);
	t.text[CAPI_TRUTH_STATUS] = value(n, CAPI_F_STATUS);
	t.text[CAPI_TRUTH_ACTION] = value(n, CAPI_F_ACTION_SOURCE);
	t.text[CAPI_TRUTH_DEVICE] = str(device_of(n->val[CAPI_F_DEVICE], p.ua));
	t.text[CAPI_TRUTH_APP] = str(capi_ua_app(p.ua));
	t.text[CAPI_TRUTH_COUNTRY] = value(n, CAPI_F_COUNTRY);
	t.text[CAPI_TRUTH_IP] = p.ip;
	t.text[CAPI_TRUTH_SPELLINGS] =
	    spelled(a, n->val[CAPI_F_EMAIL], n->val[CAPI_F_PHONE], digests);
	enter(a, &t, n->val[CAPI_F_EVENT_NAME], n->val[CAPI_F_TEST],
	    n->val[CAPI_F_REFUNDED_VALUE]);
}

static void
insert(struct capi_audit *a, int64_t row, const struct capi_truth *t)
{
	const struct capi_str *s = t->text;

	capi_sql_run(a->db,
	    "INSERT INTO orders(n, event_id, order_id, name, time, micros,"
	    " value, currency, left_out, status, action, device, country,"
	    " payment, have, ip, denied, spellings, line, k, ck, file)"
	    " VALUES(?,?,?,?,nullif(?,-1),?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	    "itttiitttttttt"
	    "itibiiii",
	    row, s[CAPI_TRUTH_EVENT_ID], s[CAPI_TRUTH_ORDER_ID],
	    s[CAPI_TRUTH_NAME], t->time, t->micros, s[CAPI_TRUTH_VALUE],
	    s[CAPI_TRUTH_CURRENCY], s[CAPI_TRUTH_LEFT_OUT],
	    s[CAPI_TRUTH_STATUS], s[CAPI_TRUTH_ACTION], s[CAPI_TRUTH_DEVICE],
	    s[CAPI_TRUTH_COUNTRY], s[CAPI_TRUTH_PAYMENT], (int64_t)t->have,
	    s[CAPI_TRUTH_IP], (int64_t)t->denied, s[CAPI_TRUTH_SPELLINGS],
	    t->line, (int64_t)t->key,
	    (int64_t)capi_name_undressed(
		s[CAPI_TRUTH_EVENT_ID], s[CAPI_TRUTH_NAME]),
	    t->file);
}

/* At how many destinations each order arrived, once each; more often at one
 * of them makes it as if it had not. */
static uint8_t *
count_arrivals(const struct capi_index *x)
{
	uint8_t *n = capi_alloc(x->order_count + 1);

	memset(n, 0, x->order_count + 1);
	for (size_t i = 1; i <= x->final_count; i++) {
		const struct capi_index_final *f = &x->finals[i];
		bool arrived = f->outcome == CAPI_LEDGER_DELIVERED ||
			       f->outcome == CAPI_OUTCOME_DUPLICATE;

		n[f->order] += arrived && f->delivered <= 1;
	}
	return n;
}

static bool
is_refused(const struct capi_truth *t)
{
	struct capi_str s = t->text[CAPI_TRUTH_LEFT_OUT];

	return s.n > strlen(REFUSED) && !memcmp(s.p, REFUSED, strlen(REFUSED));
}

static void
insert_orders(struct capi_audit *a)
{
	uint8_t *arrived = count_arrivals(&a->index);
	bool all = a->has[CAPI_ROLE_EVENTS] || a->verify_count;
	struct capi_tape_reader r;
	struct capi_truth t;

	capi_tape_start(&r, &a->truth);
	for (int64_t row = 1; capi_truth_next(&r, &t); row++)
		if (all || is_refused(&t) ||
		    (a->has[CAPI_ROLE_SENT] &&
			(t.text[CAPI_TRUTH_LEFT_OUT].p ||
			    arrived[row] != a->index.dest_count)))
			insert(a, row, &t);
	free(arrived);
}

void
capi_truth_close(struct capi_audit *a)
{
	if (!a->orders)
		return;
	insert_orders(a);
	for (const struct capi_truth_sum *s = a->sums; s; s = s->next)
		capi_sql_run(a->db,
		    "INSERT INTO order_sums VALUES(?,?,?,?,?,?,nullif(?,"
		    "9223372036854775807),nullif(?,-1))",
		    "isssiiii", s->file, s->left_out, s->currency, s->name,
		    s->n, s->micros, s->first, s->last);
}

static int
by_time(const void *x, const void *y)
{
	int64_t a = ((const struct capi_moment *)x)->time;
	int64_t b = ((const struct capi_moment *)y)->time;

	return a < b ? -1 : a > b;
}

/* The orders that count, by time: made when a report first asks. Also those
 * outside of --from and --to: a report's days may be of another zone, and
 * begin before or end after ours. */
static void
make_moments(struct capi_audit *a)
{
	struct capi_tape_reader r;
	struct capi_truth t;
	size_t n = 0;
	bool sorted = true;

	if (a->moments)
		return;
	a->moments = capi_alloc(((size_t)a->orders + 1) * sizeof(*a->moments));
	capi_tape_start(&r, &a->truth);
	while (capi_truth_next(&r, &t)) {
		if (t.text[CAPI_TRUTH_LEFT_OUT].p &&
		    !capi_str_is(t.text[CAPI_TRUTH_LEFT_OUT], OUTSIDE))
			continue;
		sorted = sorted && (!n || a->moments[n - 1].time <= t.time);
		a->moments[n++] = (struct capi_moment){t.time, t.micros, t.sum};
	}
	a->moment_count = n;
	if (!sorted)
		qsort(a->moments, n, sizeof(*a->moments), by_time);
}

static size_t
first_from(const struct capi_audit *a, int64_t time)
{
	size_t lo = 0, hi = a->moment_count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (a->moments[mid].time < time)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Which sums are of that name, and of that currency if there is one. */
static bool *
chosen_sums(const struct capi_audit *a, const char *name, const char *currency)
{
	bool *chosen = capi_alloc(a->sum_count + 1);

	memset(chosen, 0, a->sum_count + 1);
	for (const struct capi_truth_sum *s = a->sums; s; s = s->next)
		chosen[s->number] =
		    s->name && !strcmp(s->name, name) &&
		    (!currency ||
			(s->currency && !strcmp(s->currency, currency)));
	return chosen;
}

static int64_t
sum_between(struct capi_audit *a, const char *name, const char *currency,
    int64_t from, int64_t to, bool value)
{
	bool *chosen;
	size_t end;
	int64_t sum = 0;

	make_moments(a);
	chosen = chosen_sums(a, name, currency);
	end = first_from(a, to);
	for (size_t i = first_from(a, from); i < end; i++)
		if (chosen[a->moments[i].sum])
			sum += value ? a->moments[i].micros : 1;
	free(chosen);
	return sum;
}

int64_t
capi_truth_between(
    struct capi_audit *a, const char *name, int64_t from, int64_t to)
{
	return sum_between(a, name, NULL, from, to, false);
}

int64_t
capi_truth_value_between(struct capi_audit *a, const char *name,
    const char *currency, int64_t from, int64_t to)
{
	return sum_between(a, name, currency, from, to, true);
}
