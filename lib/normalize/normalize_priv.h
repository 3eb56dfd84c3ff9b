/*
 * What the normalize_*.c files share; nobody else includes it.
 */
#ifndef CAPI_NORMALIZE_PRIV_H
#define CAPI_NORMALIZE_PRIV_H

#include "rule/clickid.h"
#include "normalize.h"

#define CAPI_TEXT_MAX 1024 /* bytes of a text; longer ones are no names */

/* By section: the object's name in an event, or NULL. */
extern const char *const capi_sections[];

enum capi_answer {
	CAPI_KEPT,    /* *out is the value */
	CAPI_DROPPED, /* told, or nothing to tell */
};

/* Reads one value; what it makes of it lies in `in`, the arena or a table. */
typedef enum capi_answer (*capi_rule_fn)(struct capi_normalizer *n,
    enum capi_field field, struct capi_str in, struct capi_str *out);

enum capi_shape { CAPI_SHAPE_STRING, CAPI_SHAPE_NUMBER, CAPI_SHAPE_BOOLEAN };

struct capi_member {
	const char *name;
	enum capi_section section;
	capi_rule_fn rule;
	enum capi_shape shape;
	bool hashable; /* may arrive as a digest */
};

extern const struct capi_member capi_members[CAPI_FIELDS];

/* 64 hexadecimal digits? */
bool capi_rule_is_digest(struct capi_str s);

/* The member's rule. Digests pass: capi-hash takes them as given. */
static inline enum capi_answer
capi_rule_apply(struct capi_normalizer *n, enum capi_field field,
    struct capi_str in, struct capi_str *out)
{
	const struct capi_member *f = &capi_members[field];

	if (in.n == 64 && f->hashable && capi_rule_is_digest(in)) {
		*out = in;
		return CAPI_KEPT;
	}
	return f->rule(n, field, in, out);
}

/* Leaves the member out and tells why, or with n->holding keeps the reason. */
enum capi_answer capi_rule_drop(
    struct capi_normalizer *n, enum capi_field field, const char *why);
struct capi_str capi_rule_copy(
    struct capi_normalizer *n, const char *p, size_t len);
enum capi_when_verdict capi_rule_time(
    struct capi_normalizer *n, struct capi_str in);
/* What people write for nothing: "n/a", "--", "null". */
bool capi_rule_is_nothing(struct capi_str s);
enum capi_answer capi_rule_text(struct capi_normalizer *n,
    enum capi_field field, struct capi_str in, struct capi_str *out);
enum capi_answer capi_rule_name(struct capi_normalizer *n,
    enum capi_field field, struct capi_str in, struct capi_str *out);
enum capi_answer capi_rule_status(struct capi_normalizer *n,
    enum capi_field field, struct capi_str in, struct capi_str *out);
void capi_rule_keep_cut(
    struct capi_normalizer *n, struct capi_str whole, struct capi_str name);
struct capi_str capi_rule_without_titles(struct capi_str s);
struct capi_str capi_rule_without_suffixes(struct capi_str s);
/* The last word of a name of several, and the particles before it, but never
 * the first word. */
struct capi_str capi_rule_surname(struct capi_str name);

/* Before each record; preset is NULL for events. */
void capi_normal_begin(
    struct capi_normalizer *n, const struct capi_preset *preset);
void capi_normal_end(struct capi_outcome *o, enum capi_verdict verdict,
    const char *field, const char *reason);

/* The id template filled in with `val`, by field; empty when a member that it
 * names is. */
struct capi_str capi_normal_id(
    struct capi_normalizer *n, const struct capi_str *val);

/* By enum capi_clickid: where it belongs in an event. */
extern const enum capi_field capi_normal_clicks[CAPI_CLICKIDS];
struct capi_str capi_normal_fbc(struct capi_normalizer *n,
    struct capi_str fbclid, int64_t click_ms, int64_t event_time);
/* The page of a conversion whose record tells none: of one on a website the
 * site's own address, if the user gave it; else empty. */
struct capi_str capi_normal_page(
    struct capi_normalizer *n, struct capi_str action_source);
void capi_normal_age(struct capi_normalizer *n, int64_t event_time);
void capi_normal_currency(struct capi_normalizer *n, struct capi_str code);
bool capi_normal_is_negative(struct capi_str amount);

/* An item's members as an event has them, CAPI_F_ITEM_ID first. */
extern const char *const capi_item_names[CAPI_ITEM_MEMBERS];

#endif
