#include "truth.h"

#include <stdlib.h>
#include <string.h>

#include "evidence.h"
#include "name.h"

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

void
capi_truth_add(struct capi_audit *a, struct capi_truth *t)
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

	return s.n > strlen(CAPI_TRUTH_REFUSED) &&
	       !memcmp(s.p, CAPI_TRUTH_REFUSED, strlen(CAPI_TRUTH_REFUSED));
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
		    !capi_str_is(
			t.text[CAPI_TRUTH_LEFT_OUT], CAPI_TRUTH_OUTSIDE))
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
