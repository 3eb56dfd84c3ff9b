#include "walk.h"

#include <stdio.h>
#include <string.h>

#include "err.h"

/* ,"name" and what stands behind it. */
static const char *
quoted(struct capi_build *b, const char *name, size_t n, const char *behind,
    uint16_t *len)
{
	size_t more = strlen(behind);
	char *key = capi_arena_alloc(&b->strings, n + more + 4);

	key[0] = ',';
	key[1] = '"';
	memcpy(key + 2, name, n);
	key[n + 2] = '"';
	memcpy(key + n + 3, behind, more + 1);
	*len = (uint16_t)(n + 3 + more);
	return key;
}

/* The object of a path that ends in a dot, made with those around it when it
 * is new. */
static uint8_t
node(struct capi_build *b, const char *target, size_t path_len)
{
	struct capi_node *n = b->nodes;
	size_t from = path_len - 1, end = path_len - 1;
	uint8_t parent;
	bool list;

	for (unsigned i = 1; i < b->node_count; i++)
		if (n[i].path_len == path_len &&
		    !memcmp(n[i].path, target, path_len))
			return (uint8_t)i;
	while (from && target[from - 1] != '.')
		from--;
	parent = from ? node(b, target, from) : 0;
	if (b->node_count == sizeof(b->nodes) / sizeof(b->nodes[0]))
		capi_die(
		    CAPI_EXIT_BUG, "%s: too many objects", b->platform->name);
	n += b->node_count;
	n->path = target;
	n->path_len = path_len;
	n->parent = parent;
	n->depth = b->nodes[parent].depth + 1;
	if (n->depth > CAPI_DEPTH)
		capi_die(CAPI_EXIT_BUG, "%s: %s is too deep", b->platform->name,
		    target);
	list = end > 2 && !memcmp(target + end - 2, "[]", 2);
	n->key = quoted(b, target + from, end - from - (list ? 2 : 0),
	    list ? ":[{" : ":{", &n->key_len);
	n->close = list ? "}]" : "}";
	return (uint8_t)b->node_count++;
}

/* A table with more members than there are slots would write the event's root
 * in place of one. */
static uint16_t
slot_of(struct capi_build *b, const char *path)
{
	unsigned slot = capi_vocab_slot(b->vocab, path);

	if (!slot)
		capi_die(CAPI_EXIT_BUG, "%s: no slot for %s", b->platform->name,
		    path);
	return (uint16_t)slot;
}

/* "hashed.email.lower" of "user_data.email" and "lower". */
static void
identifier(struct capi_build *b, struct capi_row *r)
{
	const char *name = strchr(r->field->source, '.') + 1;
	char path[128];
	size_t n = strlen(name) + 7;

	snprintf(path, sizeof(path), "hashed.%s.%s", name, r->field->form);
	r->plain_slot = slot_of(b, r->field->source);
	r->slot = slot_of(b, capi_arena_dup(&b->strings, path, strlen(path)));
	r->known_slot = slot_of(b, capi_arena_dup(&b->strings, path, n));
}

static void
target(struct capi_build *b, struct capi_row *r)
{
	const char *t = r->field->target, *dot = strrchr(t, '.');

	if (r->field->type == CAPI_OPEN) {
		char *path = capi_arena_alloc(&b->strings, strlen(t) + 2);

		snprintf(path, strlen(t) + 2, "%s.", t);
		r->node = node(b, path, strlen(path));
		return;
	}
	if (dot)
		r->node = node(b, t, (size_t)(dot + 1 - t));
	t = dot ? dot + 1 : t;
	r->key = quoted(b, t, strlen(t), ":", &r->key_len);
}

static struct capi_row *
new_row(struct capi_build *b, unsigned *used, const struct capi_field *f)
{
	struct capi_row *r = &b->rows[*used];

	if (++*used > CAPI_ROWS)
		capi_die(CAPI_EXIT_BUG, "%s: too many rows", b->platform->name);
	memset(r, 0, sizeof(*r));
	r->field = f;
	return r;
}

static void
plan_items(struct capi_build *b, unsigned *used)
{
	for (unsigned i = 0; i < b->row_count; i++) {
		struct capi_row *list = &b->rows[i];
		char path[128];

		if (list->field->type != CAPI_OBJECTS)
			continue;
		list->first = (uint16_t)*used;
		for (const struct capi_field *f = list->field->items; f->source;
		     f++) {
			struct capi_row *r = new_row(b, used, f);

			snprintf(path, sizeof(path), "%s.%s",
			    list->field->source, f->source);
			r->slot = *f->source
				      ? slot_of(b, capi_arena_dup(&b->strings,
						       path, strlen(path)))
				      : 0;
			r->key = quoted(
			    b, f->target, strlen(f->target), ":", &r->key_len);
			list->count++;
		}
	}
}

/* A member that has a row is not copied with the rest, nor is the object that
 * a member with a row stands in. */
static void
take(struct capi_build *b, unsigned slot)
{
	for (; slot; slot = capi_vocab_parent(b->vocab, slot))
		b->taken[slot] = true;
}

/* Rows of one object must stand together for each kind of request: an object
 * that is closed and opened again would be a key twice. */
static void
verify(const struct capi_build *b, unsigned call)
{
	bool closed[sizeof(b->nodes) / sizeof(b->nodes[0])] = {false};
	uint8_t open = 0;

	for (unsigned i = 0; i < b->step_count[call]; i++) {
		const struct capi_row *r = &b->rows[b->steps[call][i].row];
		bool within[sizeof(closed)] = {false};

		for (uint8_t n = r->node; n; n = b->nodes[n].parent)
			within[n] = true;
		for (; open; open = b->nodes[open].parent)
			closed[open] = closed[open] || !within[open];
		open = r->node;
		for (uint8_t n = open; n; n = b->nodes[n].parent)
			if (closed[n])
				capi_die(CAPI_EXIT_BUG,
				    "%s: the row %s does not stand with its "
				    "object's",
				    b->platform->name, r->field->target);
	}
}

/* Which rows each kind of request has. */
static void
plan_steps(struct capi_build *b)
{
	for (unsigned call = 0; call < (b->platform->calls ? CAPI_CALLS : 1);
	     call++) {
		for (unsigned i = 0; i < b->row_count; i++) {
			const struct capi_row *r = &b->rows[i];

			if (!(r->field->in & CAPI_NEVER) &&
			    capi_in_call(r->field->in, 1u << call))
				b->steps[call][b->step_count[call]++] =
				    (struct capi_step){r->slot, (uint16_t)i};
		}
		verify(b, call);
	}
}

static void
plan_config(struct capi_build *b)
{
	const struct capi_key *k = b->platform->keys;
	const char *names = capi_dest_get(b->dest, "event_names");

	b->events = capi_dest_get(b->dest, "events");
	b->older_names = names && !strcmp(names, "old");
	for (unsigned i = 0; k && k[i].name; i++) {
		if (i == CAPI_KEYS)
			capi_die(CAPI_EXIT_BUG, "%s: too many keys",
			    b->platform->name);
		b->config[i] = capi_dest_get(b->dest, k[i].name);
	}
}

/* "a b+c": a, or b and c. */
static void
plan_needs(struct capi_build *b, struct capi_planned *r, const char *paths)
{
	/* No path is shorter than a letter and what is behind it. */
	r->needs = capi_arena_alloc(
	    &b->strings, (strlen(paths) / 2 + 1) * sizeof(*r->needs));
	for (const char *p = paths; *p;) {
		size_t n = strcspn(p, " +");
		bool second = p > paths && p[-1] == '+';
		uint16_t slot = slot_of(b, capi_arena_dup(&b->strings, p, n));

		if (second)
			r->needs[r->need_count - 1].b = slot;
		else
			r->needs[r->need_count++] = (struct capi_need){slot, 0};
		p += n + (p[n] != '\0');
	}
}

static void
plan_rules(struct capi_build *b)
{
	for (const struct capi_check *c = b->platform->checks; c && c->code;
	     c++) {
		struct capi_planned *r = &b->rules[b->rule_count];

		if (b->rule_count++ == CAPI_CHECKS)
			capi_die(CAPI_EXIT_BUG, "%s: too many checks",
			    b->platform->name);
		r->check = c;
		r->given = c->given ? slot_of(b, c->given) : 0;
		r->member = c->member ? slot_of(b, c->member) : 0;
		if (c->needs)
			plan_needs(b, r, c->needs);
	}
}

static void
plan_row(struct capi_build *b, struct capi_row *r)
{
	const struct capi_field *f = r->field;

	target(b, r);
	if (f->form) {
		if (b->id_count == CAPI_IDS)
			capi_die(CAPI_EXIT_BUG, "%s: too many identifiers",
			    b->platform->name);
		b->ids[b->id_count++] = r;
		identifier(b, r);
	} else if (*f->source) {
		r->slot = slot_of(b, f->source);
		r->plain_slot = r->slot;
	}
	take(b, r->plain_slot);
}

void
capi_build_init(struct capi_build *b, const struct capi_dest *dest,
    struct capi_vocab *vocab)
{
	unsigned used = 0;

	memset(b, 0, sizeof(*b));
	b->dest = dest;
	b->platform = dest->platform;
	b->vocab = vocab;
	b->node_count = 1;
	plan_config(b);
	for (const struct capi_field *f = b->platform->fields; f->source; f++)
		plan_row(b, new_row(b, &used, f));
	b->row_count = used;
	plan_steps(b);
	plan_items(b, &used);
	plan_rules(b);
}

void
capi_build_release(struct capi_build *b)
{
	capi_arena_release(&b->strings);
}
