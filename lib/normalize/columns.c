#include "columns.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "rule/money.h"
#include "rule/personal.h"
#include "rule/when.h"

#define BOUND_MAX (4 * CAPI_CSV_COLUMNS)

void
capi_columns_init(struct capi_columns *c)
{
	c->name = capi_alloc(CAPI_CSV_COLUMNS * sizeof(*c->name));
	c->twin = capi_alloc(CAPI_CSV_COLUMNS * sizeof(*c->twin));
	c->bound = capi_alloc(BOUND_MAX * sizeof(*c->bound));
	c->text.max = (size_t)1 << 28;
}

void
capi_columns_release(struct capi_columns *c)
{
	free(c->name);
	free(c->twin);
	free(c->bound);
	capi_buf_release(&c->text);
}

static bool
has_twin_before(const struct capi_columns *c, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (c->name[k].n == c->name[i].n &&
		    !memcmp(c->name[k].p, c->name[i].p, c->name[i].n))
			return true;
	return false;
}

void
capi_columns_set(struct capi_columns *c, const struct capi_preset *preset,
    const struct capi_str *name, size_t count)
{
	size_t at = 0;

	capi_buf_reset(&c->text);
	for (size_t i = 0; i < count; i++)
		capi_buf_add(&c->text, name[i].p, name[i].n);
	c->count = count;
	for (size_t i = 0; i < count; i++) {
		c->name[i] = (struct capi_str){c->text.data + at, name[i].n};
		at += name[i].n;
	}
	for (size_t i = 0; i < count; i++)
		c->twin[i] = has_twin_before(c, i);
	c->bounds =
	    capi_preset_bind(preset, c->name, c->count, c->bound, BOUND_MAX);
	c->items_from = 0;
	while (c->items_from < c->bounds &&
	       !capi_field_is_item(c->bound[c->items_from].source->field))
		c->items_from++;
	c->watches = 0;
	memset(c->order, 0, sizeof(c->order));
	memset(c->decimal, 0, sizeof(c->decimal));
	memset(c->thousands, 0, sizeof(c->thousands));
	c->settled = c->dated = false;
}

bool
capi_columns_has(const struct capi_columns *c, enum capi_field field)
{
	for (size_t i = 0; i < c->bounds; i++)
		if (c->bound[i].source->field == field)
			return true;
	return false;
}

int
capi_columns_instead(const struct capi_columns *c, size_t i)
{
	for (size_t k = 0; c->twin[i] && c->name[i].n && k < c->bounds; k++) {
		const struct capi_bound *b = &c->bound[k];
		const struct capi_str *name = &c->name[b->column];

		if (!b->source->constant && b->column != i &&
		    name->n == c->name[i].n &&
		    !memcmp(name->p, c->name[i].p, name->n))
			return b->column;
	}
	return -1;
}

bool
capi_columns_are_data(const struct capi_columns *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (capi_personal_is_telling(c->name[i]))
			return true;
	return false;
}

struct capi_str
capi_columns_cell(const struct capi_bound *b, const struct capi_str *cell,
    const struct capi_preset *preset)
{
	struct capi_pairs pairs;

	if (b->source->constant)
		return b->source->text;
	if (!b->key.n)
		return cell[b->column];
	capi_pairs_split(&pairs, cell[b->column], preset->pairs);
	return capi_pairs_get(&pairs, b->key);
}

void
capi_columns_watch(struct capi_columns *c, const struct capi_preset *preset,
    const struct capi_normalizer *n)
{
	for (size_t i = 0; i < c->bounds; i++) {
		const struct capi_bound *b = &c->bound[i];
		enum capi_field f = b->source->field;
		bool date = capi_field_is_date(f) && !n->order;
		bool money =
		    capi_field_is_money(f) && !n->decimal && !preset->decimal;

		/* A pair's cell is no date, and no amount. */
		if (b->source->constant || b->key.n || !(date || money) ||
		    c->watches == CAPI_WATCHES)
			continue;
		c->watch[c->watches++] = (struct capi_watch){.field = f,
		    .column = (uint16_t)(b->column + 1),
		    .mask = date ? CAPI_WHEN_ORDER_ANY : CAPI_MONEY_ANY};
	}
}

/* --- looking at cells --- */

struct look {
	struct capi_columns *c;
	uint64_t line;
	int64_t now;
	bool given;
};

static bool
is_unclear_date(enum capi_field f, struct capi_str cell, int64_t now)
{
	struct capi_when_opt opt = {.now = now};
	struct capi_when when;
	char birth[11];

	if (f == CAPI_F_DATE_OF_BIRTH)
		return capi_when_birth(cell.p, cell.n, CAPI_WHEN_ORDER_UNKNOWN,
			   now, birth) == CAPI_WHEN_AMBIGUOUS;
	return capi_when_parse(cell.p, cell.n, &opt, &when) ==
	       CAPI_WHEN_AMBIGUOUS;
}

/* 13/4 and 4/13 in one column: from here on nothing in it is believed that
 * could be read in two ways; what went before is said. */
static void
contradict(const struct look *l, uint8_t *decided, struct capi_watch *w)
{
	if (l->c->contradicted && (!l->given || *decided))
		l->c->contradicted(
		    l->c->arg, w->column, w->field, l->given ? l->line : 0);
	*decided = 0;
	w->open = false;
}

static void
look_at_date(const struct look *l, struct capi_watch *w, struct capi_str cell)
{
	uint8_t *order = &l->c->order[w->column];
	unsigned m = w->mask;

	if (!m) /* its cells contradict each other */
		return;
	m = capi_when_order_evidence(cell.p, cell.n);
	l->c->dated |= m != CAPI_WHEN_ORDER_ANY;
	m = w->mask &= m;
	if (!m)
		contradict(l, order, w);
	if (*order)
		return;
	if (m == CAPI_WHEN_DMY || m == CAPI_WHEN_MDY || m == CAPI_WHEN_YMD) {
		*order = (uint8_t)m;
		w->open = false;
	} else if (!w->open) {
		w->open = is_unclear_date(w->field, cell, l->now);
	}
}

static void
look_at_money(const struct look *l, struct capi_watch *w, struct capi_str cell)
{
	struct capi_money_opt opt = {0};
	char *decimal = &l->c->decimal[w->column], amount[CAPI_MONEY_MAX];
	size_t len;
	unsigned m = w->mask;

	if (!m)
		return;
	m = w->mask &= capi_money_evidence(cell.p, cell.n);
	m &= CAPI_MONEY_POINT | CAPI_MONEY_COMMA;
	if (!m) {
		w->mask = 0;
		contradict(l, (uint8_t *)decimal, w);
	}
	if (*decimal)
		return;
	if (m == CAPI_MONEY_POINT || m == CAPI_MONEY_COMMA) {
		*decimal = m == CAPI_MONEY_POINT ? '.' : ',';
		w->open = false;
	} else if (!w->open) {
		w->open =
		    capi_money_parse(cell.p, cell.n, &opt, amount,
			sizeof(amount), &len, NULL) == CAPI_MONEY_AMBIGUOUS;
	}
}

bool
capi_columns_look(struct capi_columns *c, const struct capi_csv_row *row,
    int64_t now, bool given)
{
	struct look l = {c, row->line, now, given};
	bool open = false;

	for (size_t i = 0; i < c->watches; i++) {
		struct capi_watch *w = &c->watch[i];

		if (w->column <= row->count && row->cell[w->column - 1].n) {
			struct capi_str cell = row->cell[w->column - 1];

			if (capi_field_is_date(w->field))
				look_at_date(&l, w, cell);
			else
				look_at_money(&l, w, cell);
		}
		open |= w->open;
	}
	return open;
}

static void
settle_money(struct capi_columns *c, const struct capi_watch *w)
{
	bool groups;
	char mark = capi_money_mark(w->mask, &groups);

	if (!groups)
		c->decimal[w->column] = mark;
	else if (mark)
		c->thousands[w->column] = mark == '.' ? ',' : '.';
}

/* At the end of the file "1,234" is groups if every cell of its column is. */
void
capi_columns_settle(struct capi_columns *c)
{
	for (size_t i = 0; i < c->watches; i++) {
		struct capi_watch *w = &c->watch[i];

		if (w->open && capi_field_is_money(w->field))
			settle_money(c, w);
		w->open = false;
	}
	c->settled = true;
}

/* --- telling another run --- */

static const char *const order_names[] = {
    [CAPI_WHEN_DMY] = "DMY", [CAPI_WHEN_MDY] = "MDY", [CAPI_WHEN_YMD] = "YMD"};

#define ORDERS (sizeof(order_names) / sizeof(order_names[0]))

static bool
is_named(const struct capi_columns *c, size_t i)
{
	return c->name[i].n && !c->twin[i];
}

static void
write_one(const struct capi_columns *c, size_t i, const char *p, size_t n,
    const char *member, bool *open, struct capi_buf *out)
{
	if (!*open) {
		capi_json_key(out, member);
		capi_buf_addc(out, '{');
	}
	*open = true;
	capi_json_sep(out);
	capi_json_string(out, c->name[i].p, c->name[i].n);
	capi_buf_addc(out, ':');
	capi_json_string(out, p, n);
}

static void
write_marks(const struct capi_columns *c, const char *mark, const char *member,
    struct capi_buf *out)
{
	bool open = false;

	for (size_t i = 0; i < c->count; i++)
		if (mark[i + 1] && is_named(c, i))
			write_one(c, i, &mark[i + 1], 1, member, &open, out);
	if (open)
		capi_buf_addc(out, '}');
}

void
capi_columns_write(const struct capi_columns *c, struct capi_buf *out)
{
	bool open = false;

	for (size_t i = 0; i < c->count; i++)
		if (c->order[i + 1] && is_named(c, i))
			write_one(c, i, order_names[c->order[i + 1]], 3,
			    "date_order", &open, out);
	if (open)
		capi_buf_addc(out, '}');
	write_marks(c, c->decimal, "decimal", out);
	write_marks(c, c->thousands, "thousands", out);
}

static const struct capi_json *
said(const struct capi_json *object, struct capi_str name)
{
	const struct capi_json *v = NULL;

	if (object && object->type == CAPI_JSON_OBJECT)
		v = capi_json_getn(object, name.p, name.n);
	return v && v->type == CAPI_JSON_STRING ? v : NULL;
}

static void
read_mark(const struct capi_json *object, struct capi_str name, char *mark)
{
	const struct capi_json *v = said(object, name);

	if (v && v->len == 1 && (*v->text == '.' || *v->text == ','))
		*mark = *v->text;
}

void
capi_columns_read(struct capi_columns *c, const struct capi_json *record)
{
	const struct capi_json *orders = capi_json_get(record, "date_order");
	const struct capi_json *decimals = capi_json_get(record, "decimal");
	const struct capi_json *groups = capi_json_get(record, "thousands");

	if (!orders && !decimals && !groups)
		return;
	for (size_t i = 0; i < c->count; i++) {
		const struct capi_json *v = said(orders, c->name[i]);

		for (size_t k = 0; v && k < ORDERS; k++)
			if (order_names[k] && capi_json_is(v, order_names[k]))
				c->order[i + 1] = (uint8_t)k;
		read_mark(decimals, c->name[i], &c->decimal[i + 1]);
		read_mark(groups, c->name[i], &c->thousands[i + 1]);
	}
}
