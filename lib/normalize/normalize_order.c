/*
 * An order out of an export: what it counts for, what it is worth, whose it
 * is; then the event, written in the fixed order of enum capi_field.
 */
#include "normalize_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rule/money.h"
#include "rule/place.h"
#include "preset.h"

struct work {
	struct capi_normalizer *n;
	const struct capi_order *o;
	struct capi_normal *e;
	struct capi_outcome *end;
};

void
capi_order_put(struct capi_order *o, enum capi_field field,
    unsigned alternative, struct capi_cell cell)
{
	while (o->reach[field] <= alternative)
		o->raw[field][o->reach[field]++] = (struct capi_cell){.s.n = 0};
	o->raw[field][alternative] = cell;
}

static bool
has(const struct work *w, enum capi_field field)
{
	return w->e->val[field].n > 0;
}

/* How this cell's column is read. */
static void
set_column(struct capi_normalizer *n, const struct capi_cell *cell)
{
	n->order_now = n->order;
	if (!n->order && n->column_order)
		n->order_now =
		    (enum capi_when_order)n->column_order[cell->column];
	n->decimal_now = n->decimal;
	if (!n->decimal_now)
		n->decimal_now = n->preset->decimal;
	if (!n->decimal_now && n->column_decimal)
		n->decimal_now = n->column_decimal[cell->column];
	n->thousands_now =
	    n->column_thousands ? n->column_thousands[cell->column] : 0;
}

/* What stands there, in the preset's words. "?" is nothing. */
static struct capi_str
translated(struct capi_normalizer *n, enum capi_field field,
    const struct capi_cell *cell)
{
	struct capi_str t = cell->s;

	if (t.n)
		t = capi_preset_translate(n->preset, field, t);
	return capi_str_is(t, "?") ? (struct capi_str){"", 0} : t;
}

/* The first alternative from which the rule makes something, unless one before
 * it could be read in two ways; of one side, or with -1 of any. */
static bool
take_from(struct work *w, enum capi_field field, int side)
{
	for (unsigned i = 0; i < w->o->reach[field]; i++) {
		const struct capi_cell *cell = &w->o->raw[field][i];
		struct capi_str in = translated(w->n, field, cell);

		if (!in.n || (side >= 0 && cell->side != side))
			continue;
		set_column(w->n, cell);
		w->n->asks = false;
		if (capi_rule_apply(w->n, field, in, &w->e->val[field]) ==
		    CAPI_KEPT)
			return true;
		w->e->val[field].n = 0;
		if (w->n->asks)
			return false;
	}
	return false;
}

static bool
take(struct work *w, enum capi_field field)
{
	return take_from(w, field, -1);
}

/* The same for a member without which there is no event: instead of a note
 * the reason stands in n->why, until another source stands in for it. */
static bool
take_needed(struct work *w, enum capi_field field, const char *if_empty)
{
	bool taken;

	w->n->holding = true;
	w->n->why = if_empty;
	taken = take(w, field);
	w->n->holding = false;
	if (taken && w->n->why != if_empty)
		w->n->note(w->n->arg, capi_field_name(field), w->n->why);
	return taken;
}

static bool
keeps(const struct work *w, const char *status)
{
	for (size_t i = 0; i < w->n->keeps; i++)
		if (!strcmp(w->n->keep[i], status))
			return true;
	return false;
}

/* Leaves the order out under that status, unless the user keeps those. */
static bool
leave_out(struct work *w, const char *status)
{
	static const char front[] = "status.";
	size_t n = strlen(status);
	char *reason;

	if (keeps(w, status))
		return false;
	reason = capi_arena_alloc(w->n->arena, sizeof(front) + n);
	memcpy(reason, front, sizeof(front) - 1);
	memcpy(reason + sizeof(front) - 1, status, n + 1);
	capi_normal_end(w->end, CAPI_VERDICT_WITHHELD, "status", reason);
	return true;
}

static bool
refuse(struct work *w, enum capi_field field, const char *why)
{
	capi_normal_end(
	    w->end, CAPI_VERDICT_REFUSED, capi_field_name(field), why);
	return true;
}

/* Each of these ends the work by returning true. */

/* Does the preset's table say that such records are none? */
static bool
is_unwanted(const struct work *w, enum capi_field field)
{
	for (unsigned i = 0; i < w->o->reach[field]; i++) {
		const struct capi_cell *cell = &w->o->raw[field][i];

		if (cell->s.n)
			return capi_str_is(translated(w->n, field, cell), "-");
	}
	return false;
}

static bool
end_by_name(struct work *w)
{
	struct capi_str *name = &w->e->val[CAPI_F_EVENT_NAME];

	if (is_unwanted(w, CAPI_F_EVENT_NAME)) {
		capi_normal_end(w->end, CAPI_VERDICT_WITHHELD, "event_name",
		    "event_name.not_mapped");
		return true;
	}
	if (w->n->event_name)
		*name = (struct capi_str){
		    w->n->event_name, strlen(w->n->event_name)};
	else if (!take(w, CAPI_F_EVENT_NAME))
		return refuse(w, CAPI_F_EVENT_NAME,
		    "empty, and no --event-name is given");
	return false;
}

static bool
end_by_word(struct work *w)
{
	struct capi_normalizer *n = w->n;
	struct capi_str raw = {"", 0}, word = {"", 0};

	for (unsigned i = 0; i < w->o->reach[CAPI_F_STATUS] && !raw.n; i++) {
		raw = w->o->raw[CAPI_F_STATUS][i].s;
		word = raw;
		if (raw.n)
			word = capi_preset_translate(
			    n->preset, CAPI_F_STATUS, raw);
	}
	if (!raw.n) {
		if (n->preset->needs[CAPI_F_STATUS])
			return refuse(w, CAPI_F_STATUS, "empty");
		return false;
	}
	if (word.p == raw.p && n->preset->has_table[CAPI_F_STATUS])
		return refuse(w, CAPI_F_STATUS,
		    "a word that the map does not know (--print-map)");
	if (capi_str_is(word, "-")) {
		capi_normal_end(w->end, CAPI_VERDICT_WITHHELD, "status",
		    "status.not_mapped");
		return true;
	}
	if (capi_rule_status(
		n, CAPI_F_STATUS, word, &w->e->val[CAPI_F_STATUS]) != CAPI_KEPT)
		return refuse(w, CAPI_F_STATUS, "not a status");
	word = w->e->val[CAPI_F_STATUS];
	if (!n->preset->counts.n || capi_preset_counts(n->preset, word))
		return false;
	/* A word out of the data is not put into messages. */
	if (!n->preset->has_table[CAPI_F_STATUS])
		return !keeps(w, word.p) && leave_out(w, "other");
	return leave_out(w, word.p);
}

static bool
end_by_status(struct work *w)
{
	take(w, CAPI_F_TEST);
	if (capi_str_is(w->e->val[CAPI_F_TEST], "true") && leave_out(w, "test"))
		return true;
	if (take(w, CAPI_F_CANCELLED_AT)) {
		if (leave_out(w, "cancelled"))
			return true;
		w->e->val[CAPI_F_STATUS] = CAPI_STR("cancelled");
	} else if (end_by_word(w)) {
		return true;
	}
	take(w, CAPI_F_CAPTURED);
	if (capi_str_is(w->e->val[CAPI_F_CAPTURED], "false") &&
	    leave_out(w, "uncaptured"))
		return true;
	return w->n->skip_renewals && take(w, CAPI_F_RENEWAL) &&
	       leave_out(w, "renewal");
}

static void
look_at_lateness(struct work *w)
{
	struct capi_normalizer *n = w->n;
	int64_t limit = (int64_t)n->preset->late_hours * 3600;

	for (unsigned i = 1; limit && i < w->o->reach[CAPI_F_EVENT_TIME]; i++) {
		const struct capi_cell *cell = &w->o->raw[CAPI_F_EVENT_TIME][i];

		if (!cell->s.n)
			continue;
		set_column(n, cell);
		if (capi_rule_time(n, cell->s) == CAPI_WHEN_OK &&
		    w->e->time - n->when.unix_s > limit)
			n->note(n->arg, "event_time",
			    "paid long after the order: platforms no longer "
			    "match it with the browser's event");
		return;
	}
}

static bool
end_by_time(struct work *w)
{
	struct capi_normalizer *n = w->n;

	if (!take_needed(w, CAPI_F_EVENT_TIME, "empty"))
		return refuse(w, CAPI_F_EVENT_TIME, n->why);
	w->e->time = n->when.unix_s;
	w->e->day_only = n->when.precision == CAPI_WHEN_DAY;
	if (n->when.repeated)
		n->count(n->arg, "event_time",
		    "in the hour that the clocks went through twice");
	if (n->when.skipped)
		n->count(n->arg, "event_time",
		    "in the hour that the clocks left out");
	look_at_lateness(w);
	capi_normal_age(n, w->e->time);
	return false;
}

static bool
is_purchase(const struct work *w)
{
	return capi_str_is(w->e->val[CAPI_F_EVENT_NAME], "Purchase");
}

/* One side's amount with the same side's code, never mixed. */
static bool
choose_side(struct work *w, enum capi_field *amount)
{
	struct capi_normalizer *n = w->n;
	bool subtotal = n->value == CAPI_VALUE_SUBTOTAL;

	*amount = subtotal ? CAPI_F_SUBTOTAL : CAPI_F_VALUE;
	if (n->money == CAPI_MONEY_SHOP)
		return false;
	if (take(w, CAPI_F_PRESENTMENT_CURRENCY)) {
		*amount = subtotal ? CAPI_F_PRESENTMENT_SUBTOTAL
				   : CAPI_F_PRESENTMENT_VALUE;
		return true;
	}
	n->count(n->arg, "value", "no presentment money, the shop's is taken");
	return false;
}

static bool
end_by_currency(struct work *w, bool presentment)
{
	struct capi_normalizer *n = w->n;
	struct capi_str *currency = &w->e->val[CAPI_F_CURRENCY];
	bool taken = take_needed(w, CAPI_F_CURRENCY, NULL);

	if (presentment) {
		struct capi_str buyers = w->e->val[CAPI_F_PRESENTMENT_CURRENCY];

		w->e->foreign = !taken || memcmp(currency->p, buyers.p, 3);
		*currency = buyers;
	} else if (!taken && n->why)
		return is_purchase(w)
			   ? refuse(w, CAPI_F_CURRENCY, n->why)
			   : (capi_rule_drop(n, CAPI_F_CURRENCY, n->why),
				 false);
	else if (!taken && n->currency)
		*currency = (struct capi_str){n->currency, strlen(n->currency)};
	capi_normal_currency(n, *currency);
	return false;
}

/* What the shop was paid, of which refunds are parts; the event's value may be
 * the subtotal or in the buyer's currency. */
static struct capi_str
total_of(struct work *w, enum capi_field amount)
{
	struct capi_str *value = &w->e->val[CAPI_F_VALUE];
	struct capi_str chosen = *value, total;

	if (amount == CAPI_F_VALUE)
		return chosen;
	value->n = 0;
	take_needed(w, CAPI_F_VALUE, NULL);
	total = *value;
	*value = chosen;
	return total;
}

/* Exports say what was given back of the total in the shop's currency, and not
 * of which lines. Where the value is another amount, the same share of it was
 * given back: the two must be on one basis, or what remains is wrong. */
static void
share_refund(struct work *w, struct capi_str total)
{
	struct capi_str *refund = &w->e->val[CAPI_F_REFUNDED_VALUE];
	char text[CAPI_MONEY_MAX];
	size_t n = 0;

	if (!capi_money_share(w->e->val[CAPI_F_VALUE], *refund, total,
		w->n->places_now, text, sizeof(text), &n))
		w->n->count(w->n->arg, "refunded_value",
		    "as the value, by the share of the total that was given "
		    "back");
	else
		w->n->count(w->n->arg, "refunded_value",
		    "left out, its share of the value is not known");
	*refund = capi_rule_copy(w->n, text, n);
}

static struct capi_str
cut_at(struct capi_str *text, char mark)
{
	const char *end = memchr(text->p, mark, text->n);
	size_t n = end ? (size_t)(end - text->p) : text->n;
	struct capi_str piece = {text->p, n};

	text->p += n + (end != NULL);
	text->n -= n + (end != NULL);
	return piece;
}

/* One line of rows.c; false: it is none, or there is nothing to order it by. */
static bool
read_refund(
    struct capi_normalizer *n, struct capi_str line, struct capi_refund *refund)
{
	struct capi_str amount = cut_at(&line, '\t');
	struct capi_str when = cut_at(&line, '\t');

	if (capi_rule_apply(n, CAPI_F_REFUNDED_VALUE, amount, &refund->value) !=
	    CAPI_KEPT)
		return false;
	refund->has_at = capi_rule_time(n, when) == CAPI_WHEN_OK;
	refund->at = refund->has_at ? n->when.unix_s : 0;
	if (refund->has_at || !line.n || line.n > 18)
		return refund->has_at;
	for (size_t i = 0; i < line.n; i++) {
		if (!capi_is_digit(line.p[i]))
			return false;
		refund->at = refund->at * 10 + (line.p[i] - '0');
	}
	return true;
}

/* Behind those that are as old. */
static void
put_in_order(struct capi_refund *list, size_t n, struct capi_refund refund)
{
	for (; n && list[n - 1].at > refund.at; n--)
		list[n] = list[n - 1];
	list[n] = refund;
}

/* 0 when one of them can not be read, or some have a time and some not. */
static size_t
read_refunds(struct work *w, const struct capi_cell *cell,
    struct capi_refund list[CAPI_REFUNDS_MAX])
{
	struct capi_str lines = cell->s;
	struct capi_refund refund;
	size_t n = 0;

	set_column(w->n, cell);
	while (lines.n) {
		if (n == CAPI_REFUNDS_MAX ||
		    !read_refund(w->n, cut_at(&lines, '\n'), &refund) ||
		    (n && refund.has_at != list[0].has_at))
			return 0;
		if (capi_money_is_zero(refund.value.p, refund.value.n) != 1)
			put_in_order(list, n++, refund);
	}
	return n;
}

/* Each refund as what it adds to the share of those before it, so that they
 * come to the share of all. `whole`: what they must come to. */
static bool
share_refunds(struct work *w, struct capi_refund *list, size_t n,
    struct capi_str whole, struct capi_str total, bool shared)
{
	char sum[CAPI_MONEY_MAX] = "0", part[2][CAPI_MONEY_MAX] = {"0"}, *was;
	size_t sum_n = 1, part_n[2] = {1}, size;
	char value[CAPI_MONEY_MAX];
	int order;

	for (size_t i = 0; i < n; i++) {
		struct capi_str *v = &list[i].value;
		char *now = part[(i + 1) % 2];

		was = part[i % 2];
		if (capi_money_add(
			sum, sum_n, v->p, v->n, sum, sizeof(sum), &sum_n))
			return false;
		if (!shared)
			continue;
		if (capi_money_share(w->e->val[CAPI_F_VALUE],
			(struct capi_str){sum, sum_n}, total, w->n->places_now,
			now, CAPI_MONEY_MAX, &part_n[(i + 1) % 2]) ||
		    capi_money_sub(now, part_n[(i + 1) % 2], was, part_n[i % 2],
			value, sizeof(value), &size))
			return false;
		*v = capi_rule_copy(w->n, value, size);
	}
	return n && !capi_money_cmp(sum, sum_n, whole.p, whole.n, &order) &&
	       !order;
}

/* The refunds one by one, where the export has them all with their times: what
 * was given back in the end is no event of its own. */
static void
take_refunds(struct work *w, struct capi_str total, bool shared)
{
	struct capi_str whole = w->e->val[CAPI_F_REFUNDED_VALUE];
	struct capi_refund list[CAPI_REFUNDS_MAX], *kept;
	size_t n = 0;

	w->n->holding = true;
	for (unsigned i = 0; i < w->o->reach[CAPI_F_REFUNDS] && !n; i++)
		if (w->o->raw[CAPI_F_REFUNDS][i].s.n)
			n = read_refunds(
			    w, &w->o->raw[CAPI_F_REFUNDS][i], list);
	w->n->holding = false;
	if (!n || !share_refunds(w, list, n, whole, total, shared))
		return;
	kept = capi_arena_alloc(w->n->arena, n * sizeof(*kept));
	memcpy(kept, list, n * sizeof(*kept));
	w->e->refund = kept;
	w->e->refunds = n;
}

/* Is the order a conversion by its status? One that --keep lets pass is not. */
static bool
counts(const struct work *w)
{
	const struct capi_preset *p = w->n->preset;
	struct capi_str status = w->e->val[CAPI_F_STATUS];

	return !status.n || !p->counts.n || capi_preset_counts(p, status);
}

/* Stripe and WooCommerce go on calling an order paid of which a part was given
 * back (Stripe's payments export: Paid, with an Amount Refunded): the amounts
 * say it, for platforms that take the refund off. */
static bool
end_by_refund(struct work *w, enum capi_field amount)
{
	struct capi_str total = total_of(w, amount);
	struct capi_str *status = &w->e->val[CAPI_F_STATUS];
	struct capi_str *refund = &w->e->val[CAPI_F_REFUNDED_VALUE];
	const char *word;
	bool counted;
	int order;

	if (!take(w, CAPI_F_REFUNDED_VALUE))
		return false;
	if (capi_normal_is_negative(*refund))
		*refund = (struct capi_str){refund->p + 1, refund->n - 1};
	if (capi_money_is_zero(refund->p, refund->n) == 1) {
		refund->n = 0;
		return false;
	}
	if (!total.n ||
	    capi_money_cmp(refund->p, refund->n, total.p, total.n, &order)) {
		if (amount != CAPI_F_VALUE)
			share_refund(w, total);
		return false;
	}
	word = order >= 0 ? "refunded" : "partially_refunded";
	counted = counts(w);
	if (counted)
		*status = (struct capi_str){word, strlen(word)};
	if ((order >= 0 || (counted && !counts(w))) && leave_out(w, word))
		return true;
	take_refunds(w, total, amount != CAPI_F_VALUE);
	if (amount != CAPI_F_VALUE)
		share_refund(w, total);
	return false;
}

static bool
end_by_money(struct work *w)
{
	struct capi_normalizer *n = w->n;
	struct capi_str *value = &w->e->val[CAPI_F_VALUE];
	struct capi_str *currency = &w->e->val[CAPI_F_CURRENCY];
	enum capi_field amount;
	bool presentment = choose_side(w, &amount);

	n->sign_now[0] = '\0';
	if (end_by_currency(w, presentment))
		return true;
	if (take_needed(w, amount, NULL)) {
		*value = w->e->val[amount];
	} else if (n->why || is_purchase(w)) {
		if (is_purchase(w))
			return refuse(
			    w, CAPI_F_VALUE, n->why ? n->why : "empty");
		capi_rule_drop(n, CAPI_F_VALUE, n->why);
	}
	if (value->n && !currency->n && n->sign_now[0])
		*currency = capi_rule_copy(n, n->sign_now, 3);
	if (is_purchase(w) && !currency->n)
		return refuse(
		    w, CAPI_F_CURRENCY, "empty, and no --currency is given");
	if (is_purchase(w) && capi_normal_is_negative(*value))
		return refuse(w, CAPI_F_VALUE, "below zero");
	if (end_by_refund(w, amount))
		return true;
	return value->n && n->withhold_free && is_purchase(w) &&
	       capi_money_is_zero(value->p, value->n) == 1 &&
	       leave_out(w, "free");
}

/* When money went back, for platforms that are told of it: that time must not
 * change from run to run. The last change of the record is told where its
 * export has no better one. */
static void
take_refund_time(struct work *w)
{
	static const char *const gone[] = {
	    "refunded", "partially_refunded", "cancelled", "voided"};

	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		if (capi_str_is(w->e->val[CAPI_F_STATUS], gone[i])) {
			if (!take(w, CAPI_F_REFUNDED_AT))
				take(w, CAPI_F_UPDATED_AT);
			return;
		}
}

static bool
end_by_id(struct work *w)
{
	struct capi_normalizer *n = w->n;

	if (!take_needed(w, CAPI_F_ORDER_ID, NULL)) {
		if (n->preset->needs[CAPI_F_ORDER_ID])
			return refuse(
			    w, CAPI_F_ORDER_ID, n->why ? n->why : "empty");
		if (n->why)
			capi_rule_drop(n, CAPI_F_ORDER_ID, n->why);
	}
	if (!n->id_forced)
		take(w, CAPI_F_EVENT_ID);
	return false;
}

static const enum capi_field places[] = {CAPI_F_CITY, CAPI_F_POSTAL_CODE,
    CAPI_F_STREET, CAPI_F_STATE, CAPI_F_COUNTRY};

/* The first side that has any of the first `count` places, or -1. */
static int
find_side(const struct work *w, unsigned count)
{
	int side = -1;

	for (unsigned k = 0; k < count; k++)
		for (unsigned i = 0; i < w->o->reach[places[k]]; i++) {
			const struct capi_cell *cell = &w->o->raw[places[k]][i];

			if (cell->s.n && (side < 0 || cell->side < side))
				side = cell->side;
		}
	return side;
}

/* Street, city, state, code and country of one side, never mixed: a country
 * alone does not make an address while the other side has one. */
static void
take_address(struct work *w)
{
	int side = find_side(w, 3);

	if (side < 0)
		side = find_side(w, 5);
	if (side < 0)
		return;
	take_from(w, CAPI_F_COUNTRY, side);
	if (w->e->val[CAPI_F_COUNTRY].n == 2) {
		memcpy(w->n->country, w->e->val[CAPI_F_COUNTRY].p, 2);
		w->n->country[2] = '\0';
	}
	for (unsigned k = 0; k < 4; k++)
		take_from(w, places[k], side);
}

static bool
has_full_name(const struct work *w)
{
	for (unsigned i = 0; i < w->o->reach[CAPI_F_FULL_NAME]; i++)
		if (w->o->raw[CAPI_F_FULL_NAME][i].s.n)
			return true;
	return false;
}

/* "Jo Ann van Dyke" into Jo and van Dyke, "Dyke, Jo" at the comma. */
static void
part_name(struct capi_str name, struct capi_str *first, struct capi_str *last)
{
	const char *comma = memchr(name.p, ',', name.n);
	const char *space = memchr(name.p, ' ', name.n);

	if (comma) {
		*last = capi_text_trim(name.p, (size_t)(comma - name.p));
		*first = capi_text_trim(
		    comma + 1, (size_t)(name.p + name.n - comma) - 1);
	} else if (space) {
		*first = (struct capi_str){name.p, (size_t)(space - name.p)};
		*last = capi_rule_surname(name);
	}
}

/* Only when the user asks, for it is a guess. */
static void
split_name(struct work *w)
{
	struct capi_normalizer *n = w->n;
	struct capi_str name, first = {"", 0}, last = {"", 0};

	if (has(w, CAPI_F_FIRST_NAME) || has(w, CAPI_F_LAST_NAME) ||
	    !has_full_name(w))
		return;
	if (!n->split_names) {
		n->count(n->arg, "full_name",
		    "not used: --split-names parts it into first and last");
		return;
	}
	if (!take(w, CAPI_F_FULL_NAME))
		return;
	name = capi_rule_without_suffixes(
	    capi_rule_without_titles(w->e->val[CAPI_F_FULL_NAME]));
	capi_rule_keep_cut(n, w->e->val[CAPI_F_FULL_NAME], name);
	part_name(name, &first, &last);
	if (!first.n && !last.n)
		n->count(n->arg, "full_name", "one word, not used");
	if (first.n)
		capi_rule_name(
		    n, CAPI_F_FIRST_NAME, first, &w->e->val[CAPI_F_FIRST_NAME]);
	if (last.n)
		capi_rule_name(
		    n, CAPI_F_LAST_NAME, last, &w->e->val[CAPI_F_LAST_NAME]);
}

static void
take_clicks_of_url(struct work *w)
{
	struct capi_str ids[CAPI_CLICKIDS];

	memset(ids, 0, sizeof(ids));
	for (unsigned i = w->o->reach[CAPI_F_EVENT_SOURCE_URL]; i-- > 0;) {
		struct capi_str url = w->o->raw[CAPI_F_EVENT_SOURCE_URL][i].s;

		if (url.n)
			capi_clickid_find(url.p, url.n, ids);
	}
	for (size_t i = 0; i < CAPI_CLICKIDS; i++)
		if (ids[i].n && !has(w, capi_normal_clicks[i]))
			w->e->val[capi_normal_clicks[i]] = ids[i];
}

static void
take_clicks(struct work *w)
{
	struct capi_normalizer *n = w->n;
	int64_t click_ms = 0;

	for (int f = CAPI_F_FBC; f <= CAPI_F_SUBSCRIPTION_ID; f++) {
		bool taken = take(w, (enum capi_field)f);

		if (taken && f == CAPI_F_CLICK_TIME)
			click_ms = n->when.unix_s * 1000 + n->when.millis;
	}
	take_clicks_of_url(w);
	if (!has(w, CAPI_F_FBC) && has(w, CAPI_F_FBCLID) && click_ms)
		w->e->val[CAPI_F_FBC] = capi_normal_fbc(
		    n, w->e->val[CAPI_F_FBCLID], click_ms, w->e->time);
}

/* What the user says is nearer than what a preset supposes, and farther than
 * what the record tells. */
static void
take_action_source(struct work *w)
{
	struct capi_normalizer *n = w->n;
	bool supposed = w->o->reach[CAPI_F_ACTION_SOURCE] &&
			w->o->raw[CAPI_F_ACTION_SOURCE][0].constant;

	if (!(n->action_source && supposed) && take(w, CAPI_F_ACTION_SOURCE))
		return;
	if (n->action_source)
		w->e->val[CAPI_F_ACTION_SOURCE] = (struct capi_str){
		    n->action_source, strlen(n->action_source)};
	else
		n->note(n->arg, "action_source",
		    "the export does not tell: --action-source says it");
}

static void
take_page(struct work *w)
{
	if (!take(w, CAPI_F_EVENT_SOURCE_URL))
		w->e->val[CAPI_F_EVENT_SOURCE_URL] =
		    capi_normal_page(w->n, w->e->val[CAPI_F_ACTION_SOURCE]);
}

static void
take_rest(struct work *w)
{
	static const enum capi_field rest[] = {CAPI_F_REFERRER_URL,
	    CAPI_F_EMAIL, CAPI_F_PHONE, CAPI_F_FIRST_NAME, CAPI_F_LAST_NAME,
	    CAPI_F_NAME_PREFIX, CAPI_F_NAME_SUFFIX, CAPI_F_GENDER,
	    CAPI_F_DATE_OF_BIRTH, CAPI_F_EXTERNAL_ID, CAPI_F_CLIENT_IP,
	    CAPI_F_CLIENT_UA, CAPI_F_NUM_ITEMS, CAPI_F_SEARCH_STRING,
	    CAPI_F_COUPON, CAPI_F_SHIPPING, CAPI_F_TAX, CAPI_F_AD_USER_DATA,
	    CAPI_F_AD_PERSONALIZATION, CAPI_F_DEVICE};

	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
		take(w, rest[i]);
	/* The shop's amounts have no place beside the buyer's currency. */
	if (w->e->foreign)
		w->e->val[CAPI_F_SHIPPING].n = w->e->val[CAPI_F_TAX].n = 0;
	split_name(w);
	if (!has(w, CAPI_F_NAME_PREFIX))
		w->e->val[CAPI_F_NAME_PREFIX] = w->n->prefix;
	if (!has(w, CAPI_F_NAME_SUFFIX))
		w->e->val[CAPI_F_NAME_SUFFIX] = w->n->suffix;
	take_action_source(w);
	take_page(w);
	take_clicks(w);
}

/* Is it of the kind that tells of an order again when money went back? */
static bool
comes_again(const struct work *w)
{
	struct capi_str kind = w->n->preset->again;

	for (unsigned i = 0; i < w->o->reach[CAPI_F_EVENT_NAME]; i++) {
		const struct capi_cell *cell = &w->o->raw[CAPI_F_EVENT_NAME][i];

		if (cell->s.n)
			return kind.n && cell->s.n == kind.n &&
			       !memcmp(cell->s.p, kind.p, kind.n);
	}
	return false;
}

static void
make_id(struct work *w)
{
	struct capi_normal *e = w->e;

	if (!has(w, CAPI_F_EVENT_ID))
		e->val[CAPI_F_EVENT_ID] = capi_normal_id(w->n, e->val);
	w->end->event_name = e->val[CAPI_F_EVENT_NAME];
	w->end->event_id = e->val[CAPI_F_EVENT_ID];
	if (take(w, CAPI_F_PAYMENT_ID))
		w->end->payment = e->val[CAPI_F_PAYMENT_ID];
	if (comes_again(w))
		w->end->refunded = e->val[CAPI_F_REFUNDED_VALUE];
}

static bool
end_early(struct work *w)
{
	if (!end_by_name(w) && !end_by_status(w) && !end_by_time(w) &&
	    !end_by_money(w) && !end_by_id(w))
		return false;
	if (w->n->preset->grouped && w->end->verdict == CAPI_VERDICT_REFUSED) {
		end_by_id(&(struct work){
		    w->n, w->o, w->e, &(struct capi_outcome){.reason = NULL}});
		make_id(w);
	}
	return true;
}

void
capi_normalize_order(struct capi_normalizer *n, const struct capi_order *order,
    struct capi_normal *event, struct capi_outcome *outcome)
{
	struct work w = {.n = n, .o = order, .e = event, .end = outcome};

	memset(outcome, 0, sizeof(*outcome));
	memset(event, 0, sizeof(*event));
	event->order = order;
	capi_normal_begin(n, order->preset);
	if (end_early(&w))
		return;
	take_refund_time(&w);
	take_address(&w);
	take_rest(&w);
	make_id(&w);
	if (!has(&w, CAPI_F_EVENT_ID))
		refuse(
		    &w, CAPI_F_EVENT_ID, "nothing to make it of (--event-id)");
}

/* Decimals of the order's currency, which is not settled yet; -1: unknown. */
static int
places_of(const struct capi_normalizer *n, const struct capi_order *o)
{
	char code[4];

	for (unsigned i = 0; i < o->reach[CAPI_F_CURRENCY]; i++) {
		const struct capi_str *s = &o->raw[CAPI_F_CURRENCY][i].s;

		if (!capi_place_currency(s->p, s->n, code))
			return capi_place_minor(code);
	}
	return n->currency ? capi_place_minor(n->currency) : -1;
}

void
capi_normalize_item(struct capi_normalizer *n, const struct capi_order *order,
    struct capi_item *item)
{
	n->preset = order->preset;
	n->spreadsheet = true;
	n->minor_now = -1;
	n->places_now = places_of(n, order);
	n->hundreds_now = false;
	memset(item, 0, sizeof(*item));
	for (int k = 0; k < CAPI_ITEM_MEMBERS; k++) {
		enum capi_field field = (enum capi_field)(CAPI_F_ITEM_ID + k);

		for (int i = 0; i < order->reach[field]; i++) {
			const struct capi_cell *cell = &order->raw[field][i];
			struct capi_str in = translated(n, field, cell);

			if (!in.n)
				continue;
			set_column(n, cell);
			if (capi_rule_apply(n, field, in, &item->v[k]) ==
			    CAPI_KEPT)
				break;
			item->v[k].n = 0;
		}
	}
}

/* --- writing it --- */

/* A member's name needs no escape. */
static void
write_key(struct capi_buf *out, const char *name)
{
	capi_json_sep(out);
	capi_buf_addc(out, '"');
	capi_buf_adds(out, name);
	capi_buf_add(out, "\":", 2);
}

static void
write_value(struct capi_buf *out, enum capi_field field, struct capi_str v)
{
	write_key(out, capi_members[field].name);
	if (capi_members[field].shape == CAPI_SHAPE_STRING)
		capi_json_string(out, v.p, v.n);
	else
		capi_buf_add(out, v.p, v.n);
}

static void
write_items(const struct capi_normal *e, struct capi_buf *out)
{
	write_key(out, "items");
	capi_buf_addc(out, '[');
	for (size_t i = 0; i < e->order->items; i++) {
		capi_json_sep(out);
		capi_buf_addc(out, '{');
		for (int k = 0; k < CAPI_ITEM_MEMBERS; k++) {
			struct capi_str v = e->order->item[i].v[k];
			bool number = k == 1 || k == 2;

			if (!v.n || (e->foreign && k == 2))
				continue;
			write_key(out, capi_item_names[k]);
			if (number)
				capi_buf_add(out, v.p, v.n);
			else
				capi_json_string(out, v.p, v.n);
		}
		capi_buf_addc(out, '}');
	}
	capi_buf_addc(out, ']');
}

/* Where they say more than their sum and the time of the last one do. */
static bool
has_refunds(const struct capi_normal *e)
{
	struct capi_str at = e->val[CAPI_F_REFUNDED_AT];
	char text[24];

	if (e->refunds != 1 || !e->refund[0].has_at)
		return e->refunds > 1;
	snprintf(text, sizeof(text), "%" PRId64, e->refund[0].at);
	return !capi_str_is(at, text);
}

static void
write_refunds(const struct capi_normal *e, struct capi_buf *out)
{
	write_key(out, "refunds");
	capi_buf_addc(out, '[');
	for (size_t i = 0; i < e->refunds; i++) {
		capi_json_sep(out);
		capi_buf_addc(out, '{');
		write_key(out, "value");
		capi_buf_add(out, e->refund[i].value.p, e->refund[i].value.n);
		if (e->refund[i].has_at) {
			write_key(out, "at");
			capi_buf_add_int(out, e->refund[i].at);
		}
		capi_buf_addc(out, '}');
	}
	capi_buf_addc(out, ']');
}

static void
write_source(const struct capi_normal *e, struct capi_buf *out)
{
	write_key(out, "preset");
	capi_json_cstring(out, e->order->preset->name);
	if (e->order->file) {
		write_key(out, "file");
		capi_json_cstring(out, e->order->file);
	}
	write_key(out, "line");
	capi_buf_add_int(out, (int64_t)e->order->line);
	if (e->day_only) {
		write_key(out, "time_precision");
		capi_json_cstring(out, "day");
	}
}

/* The members of one section, which stand together from `f` on; returns the
 * first one behind them. */
static int
write_section(const struct capi_normal *e, struct capi_buf *out,
    enum capi_section section, int f)
{
	size_t undo = out->len, begin;

	if (section != CAPI_SECTION_TOP) {
		write_key(out, capi_sections[section]);
		capi_buf_addc(out, '{');
	}
	begin = out->len;
	if (section == CAPI_SECTION_SOURCE)
		write_source(e, out);
	for (; capi_members[f].section == section; f++) {
		if (f == CAPI_F_ITEMS && e->order->items)
			write_items(e, out);
		else if (e->val[f].n)
			write_value(out, (enum capi_field)f, e->val[f]);
		if (f == CAPI_F_REFUNDED_AT && has_refunds(e))
			write_refunds(e, out);
	}
	if (section == CAPI_SECTION_TOP)
		return f;
	if (out->len == begin && section != CAPI_SECTION_USER)
		out->len = undo; /* nothing in it */
	else
		capi_buf_addc(out, '}');
	return f;
}

void
capi_normal_write(const struct capi_normal *e, struct capi_buf *out)
{
	int f = 0;

	capi_buf_addc(out, '{');
	for (enum capi_section s = CAPI_SECTION_TOP; s <= CAPI_SECTION_SOURCE;
	     s++)
		f = write_section(e, out, s, f);
	capi_buf_addc(out, '}');
}
