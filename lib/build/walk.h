/*
 * The walk over a platform's tables: an event in, the platform's JSON out.
 *
 * The tables are turned into a plan once for each destination (paths split,
 * keys spelled, slots looked up); an event is then one pass over its rows, with
 * no allocation and no comparison of names. Numbers are copied as text.
 */
#ifndef CAPI_WALK_H
#define CAPI_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "config.h"
#include "event.h"
#include "platform.h"

#define CAPI_DEPTH 10  /* objects in one another in a target */
#define CAPI_ROWS 160  /* rows of a table */
#define CAPI_IDS 40    /* identifiers among them */
#define CAPI_NOTES 32  /* of one event */
#define CAPI_CHECKS 80 /* checks of a platform */
#define CAPI_CALLS 8   /* kinds of request of a platform */
#define CAPI_KEYS 16   /* keys of a platform in the configuration */

enum capi_outcome {
	CAPI_BUILT,
	CAPI_REFUSED,
	CAPI_WITHHELD,
	CAPI_ASK_CONSENT, /* consent unknown, and nobody said what to do */
};

enum capi_unknown { /* what the user said about the unknown */
	CAPI_UNKNOWN_ASK,
	CAPI_UNKNOWN_PASS,
	CAPI_UNKNOWN_STOP,
};

struct capi_row {
	const struct capi_field *field;
	const char *key; /* ,"em": with comma, quotes and colon */
	uint16_t key_len;
	uint16_t slot;         /* of what is written; 0: of nothing */
	uint16_t plain_slot;   /* identifiers: of the plain value */
	uint16_t known_slot;   /* identifiers: of all its digests */
	uint16_t first, count; /* CAPI_OBJECTS: its rows */
	uint8_t node;          /* the object that it stands in */
};

struct capi_node {        /* an object of the target */
	const char *path; /* "user_data." */
	size_t path_len;
	const char *key; /* ,"user_data":{ */
	uint16_t key_len;
	uint8_t parent, depth;
	const char *close; /* } or }] */
};

/* A row that a kind of request has. */
struct capi_step {
	uint16_t slot, row;
};

/* An event name as it was looked up: files hold few, and looking for one that
 * was meant is slow. */
#define CAPI_KNOWN 32
struct capi_known {
	char text[64];
	struct capi_str ours, theirs;
	unsigned call;
	bool standard; /* one of the platform's table */
	bool asked;    /* for the nearest, which is */
	const char *nearest;
};

/* A check with its paths looked up. */
struct capi_planned {
	const struct capi_check *check;
	uint16_t given, member, need_count;
	struct capi_need {
		uint16_t a, b;
	} * needs;
};

/*
 * One destination and, while it is worked on, one event. Checks and functions
 * of a platform read it and change nothing.
 */
struct capi_build {
	const struct capi_dest *dest;
	const struct capi_platform *platform;
	struct capi_event *event;
	int64_t now;          /* unix seconds */
	int64_t time;         /* event_time; 0 until it is known */
	struct capi_str name; /* the platform's name for the event */
	unsigned call;        /* index in platform->calls */
	unsigned call_bit;
	unsigned part; /* of the event's requests: 0 is the conversion, 1 what
			* was done to it later */
	bool mute;     /* an earlier part was refused: of this one no word, if
			* it is none either */

	/* The user's word, set by the program. */
	enum capi_unknown consent_unknown;
	enum capi_unknown names_unknown;

	/* What came of the event. */
	const char *code;               /* refused or withheld: why */
	const struct capi_check *check; /* the one that says so, if it is one */
	const struct capi_check *notes[CAPI_NOTES];
	unsigned note_count;
	bool written[CAPI_ROWS];
	uint16_t lost[CAPI_NOTES]; /* rows whose value was of another type */
	unsigned lost_count;
	struct capi_hidden {
		uint16_t slot;
		const struct capi_json *value;
	} hidden[CAPI_NOTES]; /* what checks left out of this event */
	unsigned hidden_count;

	/* The plan. */
	struct capi_vocab *vocab;
	struct capi_arena strings; /* the vocabulary's too */
	struct capi_row rows[CAPI_ROWS];
	unsigned row_count; /* items' rows stand behind, not counted */
	struct capi_step steps[CAPI_CALLS][CAPI_ROWS];
	unsigned step_count[CAPI_CALLS];
	const struct capi_row *ids[CAPI_IDS]; /* the rows with a form */
	unsigned id_count;
	struct capi_planned rules[CAPI_CHECKS];
	unsigned rule_count;
	struct capi_node nodes[64];
	unsigned node_count;
	bool taken[CAPI_SLOTS]; /* by a row of its own: CAPI_REST skips it */
	/* Of the destination's configuration, or NULL: those of the platform
	 * in the order of its `keys`, and what all may have. */
	const char *config[CAPI_KEYS];
	const char *events;
	bool older_names;

	struct capi_known names[CAPI_KNOWN + 1], *known;
};

/*
 * Prepares a destination; all of one program share the vocabulary, which must
 * be complete (all destinations prepared) before an event is read. A fault in a
 * table ends the program.
 */
void capi_build_init(struct capi_build *b, const struct capi_dest *dest,
    struct capi_vocab *vocab);
void capi_build_release(struct capi_build *b);

/*
 * One event, in three steps. _check says what becomes of it; b->code, b->words
 * and b->notes say why. After CAPI_BUILT, _write appends its JSON. _end puts
 * back what was hidden from this destination alone, whatever the outcome.
 */
enum capi_outcome capi_build_check(
    struct capi_build *b, struct capi_event *event);
void capi_build_write(struct capi_build *b, struct capi_buf *out);
void capi_build_end(struct capi_build *b);

/* After _check of one part: goes on to the event's next, if it has one. What is
 * withheld has none. Before _end, which the caller owes each part. */
bool capi_build_more(struct capi_build *b, enum capi_outcome outcome);

/* A time that the event has for its refund in that slot and that can be one:
 * after the event, not in the future. */
bool capi_refunded_at(const struct capi_build *b, unsigned slot, int64_t *when);

/* What is asked of every event whatever its destination; ended by no code. */
const struct capi_check *capi_gate_checks(void);

/* After an event was refused or withheld by a check: all checks that do so. */
unsigned capi_build_broken(
    struct capi_build *b, const struct capi_check *broken[CAPI_CHECKS]);

/* What is wrong, perhaps the name that was meant, and what to do about it. */
void capi_check_say(const struct capi_build *b, const struct capi_check *c,
    struct capi_buf *out);

/* What makes two requests the same conversion; the caller writes it as a JSON
 * string. After _check. Nothing when the event has no id. */
void capi_build_key(const struct capi_build *b, struct capi_buf *out);

/* ---- lib/build/explain.c ---- */

/* Where each member of the event just built came from, a line each. */
void capi_build_explain(const struct capi_build *b, struct capi_buf *out);

/* The table as text, a line a row, for people and for a test. */
void capi_platform_fields(const struct capi_platform *p, struct capi_buf *out);
void capi_platform_checks(const struct capi_platform *p, struct capi_buf *out);
void capi_common_checks(struct capi_buf *out); /* of all platforms */
/* "a whole number" for a row of that type. */
void capi_row_wants(struct capi_buf *out, const struct capi_row *r);

/* ---- lib/build/spell.c ---- */

/* Values in the spelling of several platforms, for the `spell` column. */
bool capi_spell_lower(struct capi_buf *out, struct capi_str s);
bool capi_spell_upper(struct capi_buf *out, struct capi_str s);
bool capi_spell_compact(struct capi_buf *out, struct capi_str s);
bool capi_spell_words(struct capi_buf *out, struct capi_str s);

/* Values made for several platforms, for the `make` column. */
bool capi_make_name(struct capi_buf *out, const struct capi_build *b);

/* For the `when` column: opted out, or personalisation was denied. */
bool capi_when_opted_out(const struct capi_build *b);

/* The ids of the items as a list of strings, unless content_ids is given. */
bool capi_make_content_ids(struct capi_buf *out, const struct capi_build *b);

/* Unix seconds as 2026-11-19T10:11:12 and what is put behind it. */
void capi_write_time(
    struct capi_buf *out, int64_t seconds, char between, const char *zone);

#endif
