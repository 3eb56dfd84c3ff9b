#include "contacts.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"

#define FIRST 1024

/* FNV-1a; ids are short. */
static size_t
hash(struct capi_str s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
	return (size_t)(h ^ h >> 29);
}

/* Where the id is, or where it would be. */
static struct capi_contact **
place(struct capi_contact **slot, size_t size, struct capi_str id)
{
	size_t i = hash(id) & (size - 1);

	while (slot[i] &&
	       (slot[i]->id.n != id.n || memcmp(slot[i]->id.p, id.p, id.n)))
		i = (i + 1) & (size - 1);
	return &slot[i];
}

static void
grow(struct capi_contacts *c)
{
	size_t size = c->size ? c->size * 2 : FIRST;
	struct capi_contact **slot = capi_alloc(size * sizeof(*slot));

	memset(slot, 0, size * sizeof(*slot));
	for (size_t i = 0; i < c->size; i++)
		if (c->slot[i])
			*place(slot, size, c->slot[i]->id) = c->slot[i];
	free(c->slot);
	c->slot = slot;
	c->size = size;
}

void
capi_contacts_add(struct capi_contacts *c, struct capi_str id,
    const struct capi_contact_cell *cell, size_t cells)
{
	struct capi_contact **at, *p;

	if (c->used * 2 >= c->size)
		grow(c);
	at = place(c->slot, c->size, id);
	if (*at)
		return;
	p = capi_arena_alloc(
	    &c->arena, sizeof(*p) + cells * sizeof(p->cell[0]));
	p->id = (struct capi_str){capi_arena_dup(&c->arena, id.p, id.n), id.n};
	p->cells = cells;
	for (size_t i = 0; i < cells; i++) {
		p->cell[i] = cell[i];
		p->cell[i].s.p =
		    capi_arena_dup(&c->arena, cell[i].s.p, cell[i].s.n);
	}
	*at = p;
	c->used++;
}

const struct capi_contact *
capi_contacts_find(const struct capi_contacts *c, struct capi_str id)
{
	return c->size ? *place(c->slot, c->size, id) : NULL;
}

void
capi_contacts_release(struct capi_contacts *c)
{
	capi_arena_release(&c->arena);
	free(c->slot);
	memset(c, 0, sizeof(*c));
}

static struct capi_str
first_cell(const struct capi_order *order, enum capi_field field)
{
	for (size_t i = 0; i < order->reach[field]; i++)
		if (order->raw[field][i].s.n)
			return order->raw[field][i].s;
	return (struct capi_str){"", 0};
}

static bool
is_place(enum capi_field field)
{
	return field >= CAPI_F_STREET && field <= CAPI_F_COUNTRY;
}

bool
capi_contacts_fill(const struct capi_contacts *c, struct capi_order *order)
{
	struct capi_str id = first_cell(order, CAPI_F_EXTERNAL_ID);
	const char *semicolon = memchr(id.p, ';', id.n);
	const struct capi_contact *p;
	bool had[CAPI_FIELDS], placed = false;

	if (semicolon)
		id = capi_text_trim(id.p, (size_t)(semicolon - id.p));
	if (!id.n)
		return true;
	p = capi_contacts_find(c, id);
	if (!p)
		return false;
	for (int f = 0; f < CAPI_FIELDS; f++) {
		had[f] = first_cell(order, (enum capi_field)f).n > 0;
		placed |= had[f] && is_place((enum capi_field)f);
	}
	for (size_t i = 0; i < p->cells; i++) {
		const struct capi_contact_cell *cell = &p->cell[i];

		if (is_place(cell->field) ? placed : had[cell->field])
			continue;
		capi_order_put(order, cell->field, cell->alternative,
		    (struct capi_cell){.s = cell->s, .side = cell->side});
	}
	return true;
}
