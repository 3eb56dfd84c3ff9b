/*
 * An ad platform as data. One file in lib/platform/ holds one platform: the
 * table of its fields, its event names, its checks and how it is spoken to.
 * The registry is made by the Makefile from the names of the files. When a
 * platform seems to need an `if` elsewhere, a table lacks a column.
 */
#ifndef CAPI_PLATFORM_H
#define CAPI_PLATFORM_H

#include <stddef.h>

/*
 * One field: where it comes from in an event (capi-event(5)), where it goes
 * in the platform's event, and in which form.
 */
struct capi_field {
	const char *source; /* "user_data.email" */
	const char *target; /* "user_data.em" */
	/* Identifiers only: the form that the platform wants hashed, by its
	 * name in lib/form.c; NULL: the platform takes it in plain. capi-hash
	 * reads this column, capi-build the others. */
	const char *form;
};

struct capi_platform {
	const char *name;                /* as in -p: "meta" */
	const char *title;               /* "Meta Conversions API" */
	const char *docs;                /* the platform's page */
	const char *read;                /* the day it was read, ISO 8601 */
	const struct capi_field *fields; /* ended by a row without source */
};

/* All platforms by name, ended by NULL. */
extern const struct capi_platform *const capi_platforms[];

/* NULL when there is none of that name. */
const struct capi_platform *capi_platform_find(const char *name, size_t n);

#endif
