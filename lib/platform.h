/*
 * An ad platform as data. One file in lib/platform/ holds one platform: the
 * table of its fields, its event names, its checks and how it is spoken to.
 * The registry is made by the Makefile from the names of the files. When a
 * platform seems to need an `if` elsewhere, a table lacks a column.
 *
 * A member left out of an initialiser is NULL or 0 and means the default.
 * The walk over these tables is lib/build/walk.c.
 */
#ifndef CAPI_PLATFORM_H
#define CAPI_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "text.h"

struct capi_build; /* an event on its way to a destination: lib/build/walk.h */
struct capi_dest;  /* one, with its configuration: lib/config.h */
struct capi_service;

/* How a value is written. A value that can not be written so is left out. */
enum capi_type {
	CAPI_AS_IS,   /* the JSON as it stood; identifiers: all digests */
	CAPI_STRING,  /* a string; a number gets quotes, a list gives its first
		       */
	CAPI_NUMBER,  /* a number, digit for digit; "10.00" loses its quotes */
	CAPI_INTEGER, /* the same, only digits and a sign */
	CAPI_FLAG,    /* true or false */
	CAPI_STRINGS, /* a list of strings; one value becomes a list of one */
	CAPI_OBJECTS, /* a list of objects by the table `items` */
	CAPI_REST,    /* all members of the object that have no row of their
		       * own, under their own names, but nothing personal */
	CAPI_REST_TEXTS, /* the same, texts, numbers and flags as strings */
	CAPI_OPEN,   /* an object that is written even when it stays empty */
	CAPI_FIXED,  /* the JSON in `value`, whatever the event holds */
	CAPI_CONFIG, /* what the configuration says for the key `key` */
	CAPI_MADE,   /* what the function `make` writes */
};

/*
 * One field: where it comes from in an event (capi-event(5)), where it goes
 * in the platform's event, and in which form. Rows of one object of the target
 * stand together: an object is opened at its first row that has a value. A
 * part of the target that ends in [] is a list of one object.
 */
struct capi_field {
	const char *source; /* "user_data.email"; "" for what is made */
	const char *target; /* "user_data.em" */
	/* Identifiers only: the form that the platform wants hashed, by its
	 * name in lib/hash/form.c; NULL: the platform takes it in plain.
	 * capi-hash reads this column, capi-build the others. */
	const char *form;
	enum capi_type type;
	/* The kinds of request that have the row: bits of the `calls` table,
	 * the first row's is 1; 0: all of them. */
	unsigned in;
	/* The platform makes do without this form: no word when capi-hash was
	 * not asked for it. */
	bool optional;
	bool required; /* in `items`: an element without it is left out */
	/* What the value may be at most; another is left out, and that said:
	 * characters of a text, words between blanks, whole numbers from 0. */
	size_t longest;
	const char *one_of;
	int64_t most;
	const char *value;
	unsigned key; /* index in the platform's `keys` */
	const struct capi_field *items;
	/* The row is there only when; NULL: always. */
	bool (*when)(const struct capi_build *b);
	/* A plain value in the platform's spelling; false: leave it out. */
	bool (*spell)(struct capi_buf *out, struct capi_str value);
	/* Writes one JSON value; false (nothing written): leave it out. */
	bool (*make)(struct capi_buf *out, const struct capi_build *b);
	const char *note; /* for --fields and --explain: what else to know */
};

/* `in` of a row that only tells capi-hash and --fields of a form that another
 * row's function writes; with bits of calls beside it, for those alone. */
#define CAPI_NEVER (1u << 31)

static inline bool
capi_in_call(unsigned in, unsigned calls)
{
	in &= ~CAPI_NEVER;
	return !in || in & calls;
}

/* The common rows, so that a table reads as a table. */
/* clang-format off */
#define CAPI_ROW(from, to, as) {.source = (from), .target = (to), .type = (as)}
#define CAPI_SAME(path, as) CAPI_ROW(path, path, as)
#define CAPI_ID(from, to, of) {.source = (from), .target = (to), .form = (of)}
#define CAPI_END {.source = NULL}
/* clang-format on */

/* An event name of capi-event(5) and the platform's. */
struct capi_name {
	const char *ours;
	const char *theirs;
	const char *older; /* with event_names = old in the configuration */
	unsigned in;       /* as in struct capi_field */
};
/* clang-format off */
#define CAPI_NAME(from, to) {.ours = (from), .theirs = (to)}
#define CAPI_SAME_NAME(name) CAPI_NAME(name, name)
#define CAPI_NAMES_END {.ours = NULL}
/* clang-format on */

enum capi_severity {
	CAPI_REFUSE, /* the platform would refuse the event: it stays here */
	CAPI_LEAVE,  /* not for this platform: left out by rule, counted */
	CAPI_OMIT,   /* it would refuse one member, which is left out */
	CAPI_WARN,   /* it would take the event and ignore or misread it */
};

/*
 * A rule of the platform that can be known without asking it: first which
 * events it is about (in, from, event, given; left out: all), then what breaks
 * it.
 */
struct capi_check {
	const char *code; /* "meta.age": stable, part of the interface */
	enum capi_severity severity;
	const char *words; /* what the platform says or does, and where */
	const char *cure;  /* what the user does about it */

	unsigned in;       /* as in struct capi_field */
	const char *from;  /* this action_source */
	const char *event; /* this name of capi-event(5) */
	const char *given; /* with this member */

	bool (*broken)(const struct capi_build *b); /* pure; not asked when
						     * `member` lacks */
	int64_t clicked; /* seconds from click_time to the event */
	int64_t older;   /* seconds since the event */
	/* None of these is there: paths between blanks, a+b for both of two. */
	const char *needs;
	const char *member; /* CAPI_OMIT: what is left out */
	const char *one_of; /* `member` is there and none of these words */
	size_t longest;     /* or has more characters */
};

/* clang-format off */
#define CAPI_RULE(name, what, says, then, fn) \
	{.code = (name), .severity = (what), .words = (says), .cure = (then), \
	    .broken = (fn)}
#define CAPI_LACKS(name, what, says, then, paths) \
	{.code = (name), .severity = (what), .words = (says), .cure = (then), \
	    .needs = (paths)}
#define CAPI_LEFT_OUT(name, path, says, then, fn) \
	{.code = (name), .severity = CAPI_OMIT, .member = (path), \
	    .words = (says), .cure = (then), .broken = (fn)}
#define CAPI_ONE_OF(name, path, says, then, list) \
	{.code = (name), .severity = CAPI_OMIT, .member = (path), \
	    .words = (says), .cure = (then), .one_of = (list)}
#define CAPI_RULES_END {.code = NULL}
/* clang-format on */

/* A key of the destination's section in the configuration. */
struct capi_key {
	const char *name; /* the platform's own: "dataset_id" */
	const char *help;
};

/*
 * A kind of request: events of one kind may share a request body. In the
 * request line its name is the member "call".
 */
struct capi_call {
	const char *name; /* NULL: the only kind, not named */
	size_t max_events;
	size_t max_bytes; /* of the body; 0: no limit is known */
	int64_t max_age;  /* seconds; 0: the platform's */
	const char *list; /* the events' name in the body; NULL: data */
	/* Writes the body up to its first event; between events stands a
	 * comma. NULL is {"data":[ with the test code before it. When the
	 * configuration lacks a key, false, and its name is in *missing. */
	bool (*head)(struct capi_buf *out, const struct capi_dest *d,
	    const struct capi_call *call, const char *test_code,
	    const char **missing);
	const char *tail; /* NULL: ]} */
	bool unique;      /* the same key twice in one body refuses the body */
};

struct capi_platform {
	const char *name;                /* as in -p: "meta" */
	const char *title;               /* "Meta Conversions API" */
	const char *docs;                /* the platform's page */
	const char *read;                /* the day it was read, ISO 8601 */
	const struct capi_field *fields; /* ended by a row without source */
	const struct capi_name *names;   /* ended by a row without ours */
	const struct capi_check *checks; /* in order; ended by no code */
	const struct capi_key *keys;     /* ended by a row without name */
	const struct capi_call *calls;   /* ended by a row of 0 events */

	bool free_names;   /* takes event names that are not in `names` */
	bool plain;        /* takes people's data in plain, never digests */
	bool refunds;      /* has something to say about refunded orders */
	bool personal;     /* can be told "do not personalise with this" */
	bool test_code;    /* a body can carry a code for the test console */
	int64_t max_age;   /* seconds; 0: no limit is known */
	int64_t max_ahead; /* seconds that an event may lie in the future */

	const struct capi_service
	    *service; /* how it is sent to; lib/service.h */

	/* The index in `calls` that the event belongs to. NULL: 0. */
	unsigned (*call)(const struct capi_build *b);
	/* Does another request follow of the same event? Then the functions of
	 * the platform are asked again with b->part raised. NULL: never. */
	bool (*more)(const struct capi_build *b);
	/* What makes two requests the same conversion for the platform. NULL:
	 * event_name/event_id. */
	void (*key)(struct capi_buf *out, const struct capi_build *b);
	/* The key of the request that this one finds nothing without, as an
	 * adjustment its conversion, in *first; false: it needs none. While
	 * that one is queued capi-send keeps this one back. NULL: never. */
	bool (*behind)(
	    struct capi_str key, const char *call, struct capi_str *first);
	/* The platform's event name; false: it takes none like this. NULL: by
	 * `names`, others as they are when `free_names` is set. */
	bool (*rename)(struct capi_str *name, const struct capi_build *b);
};

/* All platforms by name, ended by NULL. */
extern const struct capi_platform *const capi_platforms[];

/* NULL when there is none of that name. */
const struct capi_platform *capi_platform_find(const char *name, size_t n);

/* "; meta?" for a slip of the pen, else ": google, klaviyo, ...". */
void capi_platform_guess(struct capi_buf *out, const char *name, size_t n);

#endif
