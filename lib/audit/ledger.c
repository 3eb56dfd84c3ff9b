#include "ledger.h"

#include <stdlib.h>
#include <string.h>

#include "evidence.h"
#include "truth.h"

#define HOUR 3600

/* 48 h: the platforms' deduplication window; 7 d: the age up to which web
 * events are taken (Meta: "up to 7 days", page of 2026-01-09). */
const struct capi_ledger_age capi_ledger_ages[] = {
    {HOUR, "< 1 h", "wait"},
    {48 * HOUR, "< 48 h", "send"},
    {7 * 24 * HOUR, "< 7 d", "send, dedup not sure"},
    {INT64_MAX, "older", "too late"},
    {0, NULL, NULL},
};

const char *
capi_ledger_repair(int64_t age)
{
	const struct capi_ledger_age *g = capi_ledger_ages;

	while (age >= g->under && g[1].name)
		g++;
	return g->repair;
}

/* Values of a slice that are counted one by one: a payment column may be a
 * reference number. */
#define VALUES_MOST 20000

static const char *
words_of(struct capi_audit *a, enum capi_slice slice, struct capi_str text,
    int64_t number)
{
	char date[16];

	switch (slice) {
	case CAPI_SLICE_HOUR:
		return capi_audit_text(a, "%02d h UTC", (int)number);
	case CAPI_SLICE_DAY:
		capi_clock_date(number, date);
		return capi_audit_keep(a, date);
	case CAPI_SLICE_AGE:
		return capi_ledger_ages[number].name;
	default:
		return capi_arena_dup(&a->arena, text.p, text.n);
	}
}

/* The tally of a value: its text, or its number when there is no text. */
static struct capi_tally *
tally_of(struct capi_audit *a, enum capi_slice slice, struct capi_str text,
    int64_t number)
{
	struct capi_ledger *l = a->ledger;
	struct capi_str mark = {(const char *)&number, sizeof(number)};
	uint64_t key = capi_seen_hash(text.n ? text : mark, mark) + slice;
	struct capi_tally **at = &l->slots[key % CAPI_TALLY_SLOTS], *t;
	size_t size = (size_t)a->index.dest_count * sizeof(*t->classes);

	for (t = *at; t; t = t->chain)
		if (t->key == key)
			return t;
	if (l->count == VALUES_MOST)
		return NULL;
	t = capi_arena_alloc(&a->arena, sizeof(*t));
	memset(t, 0, sizeof(*t));
	t->slice = slice;
	t->number = number;
	t->value = words_of(a, slice, text, number);
	t->key = key;
	t->classes = capi_arena_alloc(&a->arena, size ? size : 1);
	memset(t->classes, 0, size);
	t->chain = *at;
	*at = t;
	l->count++;
	return t;
}

static void
count(struct capi_tally *t, const uint8_t *classes, int dests)
{
	if (!t)
		return;
	t->orders++;
	for (int d = 0; d < dests; d++)
		t->classes[d][classes[d]]++;
}

static int64_t
age_class(int64_t age)
{
	int64_t i = 0;

	while (age >= capi_ledger_ages[i].under && capi_ledger_ages[i + 1].name)
		i++;
	return i;
}

/* Which final decides at each destination: [order * dests + dest]. */
static uint32_t *
finals_of_orders(const struct capi_index *x)
{
	size_t n = (x->order_count + 1) * (size_t)x->dest_count;
	uint32_t *of = capi_alloc((n ? n : 1) * sizeof(*of));

	memset(of, 0, n * sizeof(*of));
	for (uint32_t i = 1; i <= x->final_count; i++)
		if (x->finals[i].order)
			of[x->finals[i].order * (size_t)x->dest_count +
			    x->finals[i].dest] = i;
	return of;
}

static uint8_t
class_of(const struct capi_audit *a, uint32_t final, int64_t time)
{
	uint8_t outcome = a->index.finals[final].outcome;

	if (!final)
		return a->now - time < HOUR ? CAPI_LEDGER_NEW
					    : CAPI_LEDGER_MISSING;
	return outcome == CAPI_OUTCOME_DUPLICATE ? CAPI_LEDGER_DELIVERED
						 : outcome;
}

/* One order: its classes, its tallies, and a row where it did not arrive. */
static void
enter(struct capi_audit *a, int64_t row, const struct capi_truth *order,
    const uint32_t *finals)
{
	static const struct capi_str none = {"", 0};
	static const enum capi_truth_text texts[] = {
	    [CAPI_SLICE_DEVICE] = CAPI_TRUTH_DEVICE,
	    [CAPI_SLICE_APP] = CAPI_TRUTH_APP,
	    [CAPI_SLICE_PAYMENT] = CAPI_TRUTH_PAYMENT,
	    [CAPI_SLICE_COUNTRY] = CAPI_TRUTH_COUNTRY,
	    [CAPI_SLICE_CURRENCY] = CAPI_TRUTH_CURRENCY,
	    [CAPI_SLICE_SOURCE] = CAPI_TRUTH_ACTION,
	};
	int dests = a->index.dest_count;
	uint8_t classes[CAPI_INDEX_DESTS];
	int64_t time = order->time;

	for (int d = 0; d < dests; d++) {
		const struct capi_index_final *f = &a->index.finals[finals[d]];

		classes[d] = class_of(a, finals[d], time);
		a->ledger->classes[d][classes[d]]++;
		if (classes[d] != CAPI_LEDGER_DELIVERED)
			capi_sql_run(a->db,
			    "INSERT INTO ledger(n, dest, class, receipt,"
			    " reason) VALUES(?1,?2,?3,nullif(?4,0),(SELECT"
			    " reason FROM receipts WHERE n=?4))",
			    "isii", row, a->index.dests[d].name,
			    (int64_t)classes[d],
			    finals[d] ? (int64_t)f->receipt : INT64_C(0));
	}
	for (int i = CAPI_SLICE_DEVICE; i <= CAPI_SLICE_SOURCE; i++) {
		struct capi_str text = order->text[texts[i]];

		if (text.n)
			count(tally_of(a, (enum capi_slice)i, text, 0), classes,
			    dests);
	}
	count(tally_of(a, CAPI_SLICE_HOUR, none, time / HOUR % 24), classes,
	    dests);
	count(tally_of(a, CAPI_SLICE_DAY, none, capi_clock_day(a->zone, time)),
	    classes, dests);
	count(tally_of(a, CAPI_SLICE_AGE, none, age_class(a->now - time)),
	    classes, dests);
}

static int
in_order(const void *x, const void *y)
{
	const struct capi_tally *a = *(struct capi_tally *const *)x;
	const struct capi_tally *b = *(struct capi_tally *const *)y;

	if (a->slice != b->slice)
		return a->slice < b->slice ? -1 : 1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return strcmp(a->value, b->value);
}

static void
sort_tallies(struct capi_audit *a)
{
	struct capi_ledger *l = a->ledger;
	size_t n = 0;

	l->tallies =
	    capi_arena_alloc(&a->arena, (l->count + 1) * sizeof(*l->tallies));
	for (size_t i = 0; i < CAPI_TALLY_SLOTS; i++)
		for (struct capi_tally *t = l->slots[i]; t; t = t->chain)
			l->tallies[n++] = t;
	qsort(l->tallies, n, sizeof(*l->tallies), in_order);
}

/* Events that were delivered twice, and such without an order that counts;
 * names that no order has (PageView ...) are no orders and no surprise. */
static void
note_finals(struct capi_audit *a)
{
	const struct capi_index *x = &a->index;

	for (size_t i = 1; i <= x->final_count; i++) {
		const struct capi_index_final *f = &x->finals[i];
		bool arrived = f->outcome == CAPI_LEDGER_DELIVERED ||
			       f->outcome == CAPI_OUTCOME_DUPLICATE;
		bool extra =
		    arrived && f->expected && !x->orders[f->order].counts;

		a->ledger->repeated[f->dest] += f->delivered > 1;
		if (extra || f->delivered > 1)
			capi_sql_run(a->db,
			    "INSERT INTO finals VALUES(?,?,nullif(?,0),?,?)",
			    "isiii", (int64_t)f->receipt,
			    x->dests[f->dest].name, (int64_t)f->order,
			    (int64_t)f->delivered, (int64_t)extra);
	}
}

void
capi_ledger_make(struct capi_audit *a)
{
	size_t dests = (size_t)a->index.dest_count;
	uint32_t *finals;
	struct capi_tape_reader r;
	struct capi_truth order;

	a->ledger = capi_arena_alloc(&a->arena, sizeof(*a->ledger));
	memset(a->ledger, 0, sizeof(*a->ledger));
	/* A file of receipts may be empty. */
	if (!dests)
		return;
	finals = finals_of_orders(&a->index);
	capi_tape_start(&r, &a->truth);
	for (size_t row = 1; capi_truth_next(&r, &order); row++)
		if (!order.text[CAPI_TRUTH_LEFT_OUT].p)
			enter(a, (int64_t)row, &order, finals + row * dests);
	free(finals);
	sort_tallies(a);
	note_finals(a);
	capi_sql_exec(a->db, "CREATE INDEX ledger_class ON"
			     " ledger(dest, class)");
}
