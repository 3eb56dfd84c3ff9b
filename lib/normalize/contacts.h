/*
 * People of a second export, by their id: a CRM's deals name their contacts,
 * and only the contacts have an e-mail address. Kept in memory as long as the
 * process, about the size of the cells.
 */
#ifndef CAPI_CONTACTS_H
#define CAPI_CONTACTS_H

#include <stddef.h>

#include "arena.h"
#include "normalize.h"
#include "text.h"

struct capi_contact_cell {
	enum capi_field field;
	uint8_t alternative, side;
	struct capi_str s;
};

struct capi_contact {
	struct capi_str id;
	size_t cells;
	struct capi_contact_cell cell[];
};

struct capi_contacts {
	struct capi_arena arena;
	struct capi_contact **slot;
	size_t size, used;
};

/* A zeroed struct is empty. Everything is copied; of two with one id the
 * first stays. */
void capi_contacts_add(struct capi_contacts *c, struct capi_str id,
    const struct capi_contact_cell *cell, size_t cells);
const struct capi_contact *capi_contacts_find(
    const struct capi_contacts *c, struct capi_str id);
void capi_contacts_release(struct capi_contacts *c);

/* Gives the order what its contact has and it has not; an address only as a
 * whole. The contact is the first of the ids in the order's external_id,
 * parted by semicolons. False: there is none of that id. */
bool capi_contacts_fill(
    const struct capi_contacts *c, struct capi_order *order);

#endif
