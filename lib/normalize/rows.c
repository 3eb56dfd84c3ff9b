#include "rows.h"

#include <stdio.h>
#include <string.h>

#include "rule/money.h"

void
capi_rows_init(struct capi_rows *r)
{
	r->text.max = (size_t)1 << 30;
}

void
capi_rows_release(struct capi_rows *r)
{
	capi_buf_release(&r->text);
}

void
capi_rows_begin(struct capi_rows *r, const char *file, uint64_t line)
{
	memset(r->order.reach, 0, sizeof(r->order.reach));
	r->order.preset = r->preset;
	r->order.file = file;
	r->order.line = line;
	r->order.item = r->items;
	r->order.items = 0;
	r->open = true;
	r->size = 0;
	r->too_long = r->too_many = r->totals_differ = false;
	r->key = (struct capi_str){"", 0};
	capi_buf_reset(&r->text);
}

/* --- items --- */

static void
begin_item(struct capi_rows *r)
{
	memset(r->order.reach + CAPI_F_ITEM_ID, 0, CAPI_ITEM_MEMBERS);
}

/* Makes one of the item cells that were put since. */
static void
add_item(struct capi_rows *r)
{
	struct capi_item *item = &r->items[r->order.items];

	if (r->order.items == CAPI_ITEMS_MAX) {
		r->too_many = true;
		return;
	}
	capi_normalize_item(r->n, &r->order, item);
	for (int k = 0; k < CAPI_ITEM_MEMBERS; k++) {
		struct capi_str *v = &item->v[k];

		if (v->n) /* the row's cells will be overwritten */
			v->p = capi_arena_dup(r->arena, v->p, v->n);
	}
	/* An item is its id: one without is a shipping line or a gap. */
	r->order.items += item->v[0].n > 0;
}

/* The items of one row: one, or one for each line_item_# column. */
static void
add_items(struct capi_rows *r, const struct capi_str *cell)
{
	const struct capi_columns *c = r->columns;
	unsigned last = 0;

	for (unsigned number = 0; number <= last; number++) {
		bool any = false;

		begin_item(r);
		for (size_t i = c->items_from; i < c->bounds; i++) {
			const struct capi_bound *b = &c->bound[i];
			struct capi_str v;

			if (b->item > last && b->item <= 100)
				last = b->item;
			if (b->item != number)
				continue;
			v = capi_columns_cell(b, cell, r->preset);
			if (!v.n)
				continue;
			any = true;
			capi_order_put(&r->order, b->source->field,
			    b->source->alternative,
			    (struct capi_cell){
				.s = v, .column = (uint16_t)(b->column + 1)});
		}
		if (any)
			add_item(r);
	}
}

/* --- rows --- */

static struct capi_str
key_of(const struct capi_rows *r, const struct capi_str *cell)
{
	const struct capi_columns *c = r->columns;
	struct capi_str key = {"", 0};

	for (size_t i = 0; i < c->bounds && !key.n; i++)
		if (c->bound[i].source->field == r->preset->group)
			key = capi_columns_cell(&c->bound[i], cell, r->preset);
	return key;
}

bool
capi_rows_continues(const struct capi_rows *r, const struct capi_str *cell)
{
	struct capi_str key;

	if (!r->open || !r->key.n)
		return false;
	key = key_of(r, cell);
	return key.n == r->key.n && !memcmp(key.p, r->key.p, key.n);
}

/* The order's own members, from its first row. */
static void
add_members(struct capi_rows *r, const struct capi_str *cell)
{
	struct capi_pairs pairs;
	const struct capi_str *paired = NULL;

	for (size_t i = 0; i < r->columns->items_from; i++) {
		const struct capi_bound *b = &r->columns->bound[i];
		const struct capi_source *source = b->source;
		struct capi_cell v = {.side = source->side};

		if (b->key.n && paired != &cell[b->column]) {
			paired = &cell[b->column];
			capi_pairs_split(&pairs, *paired, r->preset->pairs);
		}
		v.s = b->key.n ? capi_pairs_get(&pairs, b->key)
			       : capi_columns_cell(b, cell, r->preset);
		if (!v.s.n)
			continue;
		v.constant = source->constant;
		v.column = source->constant ? 0 : (uint16_t)(b->column + 1);
		if (r->preset->grouped && !source->constant)
			v.s.p = capi_arena_dup(r->arena, v.s.p, v.s.n);
		capi_order_put(
		    &r->order, source->field, source->alternative, v);
	}
}

/* Files that were "filled down" repeat the order's total on each row, and so
 * do some exporters: it counts once. */
static void
compare_totals(struct capi_rows *r, const struct capi_str *cell)
{
	for (size_t i = 0; i < r->columns->items_from; i++) {
		const struct capi_bound *b = &r->columns->bound[i];
		unsigned a = b->source->alternative;
		struct capi_str v, first = {"", 0};

		if (b->source->field != CAPI_F_VALUE)
			continue;
		if (a < r->order.reach[CAPI_F_VALUE])
			first = r->order.raw[CAPI_F_VALUE][a].s;
		v = capi_columns_cell(b, cell, r->preset);
		if (v.n && (v.n != first.n || memcmp(v.p, first.p, v.n)))
			r->totals_differ = true;
	}
}

void
capi_rows_keep(struct capi_rows *r, const struct capi_str *cell, size_t cells)
{
	const struct capi_columns *c = r->columns;

	if (!r->keep)
		return;
	capi_buf_adds(&r->text, r->text.len ? ",{" : "{\"rows\":[{");
	for (size_t i = 0; i < cells; i++) {
		if (i < c->count && c->name[i].n && !c->twin[i]) {
			capi_json_sep(&r->text);
			capi_json_string(&r->text, c->name[i].p, c->name[i].n);
			capi_buf_addc(&r->text, ':');
		} else {
			char name[32];

			snprintf(name, sizeof(name), "column %zu", i + 1);
			capi_json_key(&r->text, name);
		}
		capi_json_string(&r->text, cell[i].p, cell[i].n);
	}
	capi_buf_addc(&r->text, '}');
}

void
capi_rows_add(struct capi_rows *r, const struct capi_str *cell, size_t cells)
{
	bool first = !r->size; /* no row is without text */

	if (first && r->preset->grouped) {
		struct capi_str key = key_of(r, cell);

		r->key = (struct capi_str){
		    capi_arena_dup(r->arena, key.p, key.n), key.n};
	}
	for (size_t i = 0; i < cells; i++)
		r->size += cell[i].n;
	if (r->size > r->max) {
		r->too_long = true;
		return;
	}
	capi_rows_keep(r, cell, cells);
	if (first)
		add_members(r, cell);
	else
		compare_totals(r, cell);
	add_items(r, cell);
}

void
capi_rows_close(struct capi_rows *r)
{
	r->open = false;
	if (!r->text.len)
		return;
	capi_buf_addc(&r->text, ']');
	capi_columns_write(r->columns, &r->text);
	capi_buf_addc(&r->text, '}');
}

/* --- objects that were rows --- */

static void
add_record_row(struct capi_rows *r, const struct capi_json *row,
    const struct capi_json *record)
{
	struct capi_str cell[CAPI_JSON_MEMBERS], name[CAPI_JSON_MEMBERS];
	size_t n = 0;

	for (const struct capi_json *v = row->child; v; v = v->next) {
		if (v->type >= CAPI_JSON_ARRAY)
			continue;
		name[n] = (struct capi_str){v->key, v->key_len};
		cell[n] = v->type == CAPI_JSON_NULL
			      ? (struct capi_str){"", 0}
			      : capi_text_trim(v->text, v->len);
		n++;
	}
	if (!n)
		return;
	capi_columns_set(r->columns, r->preset, name, n);
	capi_columns_read(r->columns, record);
	if (r->open)
		compare_totals(r, cell);
	else
		add_members(r, cell);
	r->open = true;
	add_items(r, cell);
}

void
capi_rows_add_record(struct capi_rows *r, const struct capi_json *record)
{
	const struct capi_json *rows = capi_json_get(record, "rows");

	r->open = false;
	if (!rows || rows->type != CAPI_JSON_ARRAY) {
		add_record_row(r, record, record);
		return;
	}
	for (const struct capi_json *v = rows->child; v; v = v->next)
		if (v->type == CAPI_JSON_OBJECT)
			add_record_row(r, v, record);
}

/* --- objects --- */

struct sum {
	char text[CAPI_MONEY_MAX];
	size_t n;
};

/* Refunds, whatever their sign. */
static bool
add_up(const struct capi_json *v, void *arg)
{
	struct sum *sum = arg;
	struct capi_str x = {v->text, v->len};

	if (v->type != CAPI_JSON_STRING && v->type != CAPI_JSON_NUMBER)
		return true;
	if (x.n && x.p[0] == '-')
		x = (struct capi_str){x.p + 1, x.n - 1};
	if (!sum->n) {
		if (x.n && x.n < sizeof(sum->text)) {
			memcpy(sum->text, x.p, x.n);
			sum->n = x.n;
		}
		return true;
	}
	capi_money_add(
	    sum->text, sum->n, x.p, x.n, sum->text, sizeof(sum->text), &sum->n);
	return true;
}

struct latest {
	struct capi_when_opt opt;
	const struct capi_json *v;
	struct capi_when when;
};

/* Of several refunds the last: shops list them by age, Stripe the other way. */
static bool
look_at_time(const struct capi_json *v, void *arg)
{
	struct latest *latest = arg;
	struct capi_when when = {.unix_s = 0};
	enum capi_when_verdict verdict =
	    v->type == CAPI_JSON_STRING || v->type == CAPI_JSON_NUMBER
		? capi_when_parse(v->text, v->len, &latest->opt, &when)
		: CAPI_WHEN_EMPTY;

	if (verdict != CAPI_WHEN_EMPTY &&
	    (!latest->v || when.unix_s > latest->when.unix_s)) {
		latest->v = v;
		latest->when = when;
	}
	return true;
}

static const struct capi_json *
latest_at(struct capi_rows *r, const struct capi_source *source,
    const struct capi_path_index *at)
{
	struct latest latest = {
	    .opt = {
		.zone = r->n->zone, .order = r->n->order, .now = r->n->now}};

	capi_path_walk(at, &source->path, look_at_time, &latest);
	return latest.v;
}

/* The path up to its first [] in `head`, and from there on in `rest`. */
static bool
split_path(const struct capi_path *path, struct capi_path *head,
    struct capi_path *rest)
{
	size_t n = 0;

	while (n < path->steps && !path->step[n].elements)
		n++;
	if (n + 1 >= path->steps)
		return false;
	*head = *rest = *path;
	head->steps = n + 1;
	rest->steps = path->steps - n - 1;
	memmove(rest->step, path->step + n + 1,
	    rest->steps * sizeof(rest->step[0]));
	return true;
}

static struct capi_str
head_of(const struct capi_source *source)
{
	const char *end = memchr(source->text.p, ']', source->text.n);

	return (struct capi_str){
	    source->text.p, end ? (size_t)(end - source->text.p) : 0};
}

struct parts {
	struct capi_rows *r;
	const struct capi_source *source;
	struct capi_path rest;
	struct capi_buf out;
};

/* What the preset says of the same elements. */
static const struct capi_json *
of_part(const struct parts *c, enum capi_field field)
{
	const struct capi_preset *p = c->r->preset;
	struct capi_str head = head_of(c->source);
	struct capi_path whole, rest;
	const struct capi_json *v = NULL;

	for (size_t i = 0; i < p->items_from && !v; i++) {
		const struct capi_source *s = &p->source[i];
		struct capi_str its = head_of(s);

		if (s->field == field && !s->constant && its.n == head.n &&
		    !memcmp(its.p, head.p, its.n) &&
		    split_path(&s->path, &whole, &rest))
			v = capi_path_first(&c->r->element, &rest);
	}
	return v;
}

static bool
add_part(const struct capi_json *element, void *arg)
{
	static const enum capi_field more[] = {
	    CAPI_F_REFUNDED_AT, CAPI_F_REFUND_ID};
	struct parts *c = arg;
	struct sum sum = {.n = 0};

	if (element->type != CAPI_JSON_OBJECT)
		return true;
	capi_path_look(&c->r->element, element);
	capi_path_walk(&c->r->element, &c->rest, add_up, &sum);
	if (!sum.n)
		return true;
	capi_buf_add(&c->out, sum.text, sum.n);
	for (size_t i = 0; i < 2; i++) {
		const struct capi_json *v = of_part(c, more[i]);

		capi_buf_addc(&c->out, '\t');
		if (v)
			capi_buf_add(&c->out, v->text, v->len);
	}
	capi_buf_addc(&c->out, '\n');
	return true;
}

/* Each refund of the list as a line: its amount, its time, its number; a tab
 * between them. */
static struct capi_str
parts_at(struct capi_rows *r, const struct capi_source *source,
    const struct capi_path_index *at)
{
	struct parts c = {.r = r, .source = source, .out = {.max = 1 << 16}};
	struct capi_path head;
	struct capi_str text = {"", 0};

	if (!split_path(&source->path, &head, &c.rest))
		return text;
	capi_path_walk(at, &head, add_part, &c);
	if (!c.out.over)
		text = (struct capi_str){
		    capi_arena_dup(r->arena, c.out.data, c.out.len), c.out.len};
	capi_buf_release(&c.out);
	return text;
}

static struct capi_str
value_at(struct capi_rows *r, const struct capi_source *source,
    const struct capi_path_index *at)
{
	const struct capi_json *v;
	struct sum sum = {.n = 0};

	if (source->constant)
		return source->text;
	if (source->field == CAPI_F_REFUNDED_VALUE) {
		capi_path_walk(at, &source->path, add_up, &sum);
		return (struct capi_str){
		    capi_arena_dup(r->arena, sum.text, sum.n), sum.n};
	}
	if (source->field == CAPI_F_REFUNDS)
		return parts_at(r, source, at);
	v = source->field == CAPI_F_REFUNDED_AT
		? latest_at(r, source, at)
		: capi_path_first(at, &source->path);
	if (!v)
		return (struct capi_str){"", 0};
	return v->type == CAPI_JSON_STRING ? capi_text_trim(v->text, v->len)
					   : (struct capi_str){v->text, v->len};
}

static void
add_value(struct capi_rows *r, const struct capi_source *source,
    const struct capi_path_index *at)
{
	struct capi_cell v = {.s = value_at(r, source, at),
	    .constant = source->constant,
	    .side = source->side};

	if (v.s.n)
		capi_order_put(
		    &r->order, source->field, source->alternative, v);
}

static bool
add_object_item(const struct capi_json *element, void *arg)
{
	struct capi_rows *r = arg;
	const struct capi_preset *p = r->preset;

	capi_path_look(&r->element, element);
	begin_item(r);
	for (size_t i = p->items_from; i < p->sources; i++)
		add_value(r, &p->source[i], &r->element);
	add_item(r);
	return true;
}

void
capi_rows_add_object(struct capi_rows *r, const struct capi_json *object)
{
	const struct capi_preset *p = r->preset;

	capi_path_look(&r->object, object);
	for (size_t i = 0; i < p->items_from; i++)
		add_value(r, &p->source[i], &r->object);
	for (size_t i = 0; i < p->item_paths; i++)
		capi_path_walk(&r->object, &p->item[i], add_object_item, r);
}
