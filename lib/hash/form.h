/*
 * The forms that platforms want personal data in before it is hashed: named
 * pure rules. A platform's table of fields (lib/platform/NAME.c) names forms;
 * two platforms that want the same spelling name the same one.
 *
 * A rule takes a value as capi-normalize leaves it (capi-event(5): phone in
 * E.164, country alpha-2, date ISO 8601), but does not trust it: spelling that
 * the rule itself can repair is repaired, anything else is refused with a
 * reason. Hashing a wrong spelling is worse than sending none, for nobody can
 * see it afterwards.
 */
#ifndef CAPI_FORM_H
#define CAPI_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "text.h"

enum capi_identifier {
	CAPI_ID_EMAIL,
	CAPI_ID_PHONE,
	CAPI_ID_FIRST_NAME,
	CAPI_ID_LAST_NAME,
	CAPI_ID_GENDER,
	CAPI_ID_DATE_OF_BIRTH,
	CAPI_ID_STREET,
	CAPI_ID_CITY,
	CAPI_ID_STATE,
	CAPI_ID_POSTAL_CODE,
	CAPI_ID_COUNTRY,
	CAPI_ID_EXTERNAL_ID,
	CAPI_ID_MADID,
	CAPI_IDS
};

/* The member's name in user_data. */
extern const char *const capi_identifiers[CAPI_IDS];

/* CAPI_IDS when there is none of that name. */
enum capi_identifier capi_identifier_find(const char *name, size_t n);

/*
 * Appends the normalised text. `country` is the alpha-2 code of the person's
 * country in upper case, "" when unknown; states and postal codes need it.
 * Returns NULL, or why the value can not be put in this form (static, without
 * the value); what is appended then is undefined. The value is valid UTF-8.
 */
typedef const char *capi_form_rule(
    struct capi_buf *out, struct capi_str value, const char *country);

struct capi_form {
	enum capi_identifier id;
	const char *name;
	capi_form_rule *rule;
	const char *words; /* the rule for people */
	const char *page;  /* where it is published */
	const char *read;  /* the day of that page or source, ISO 8601 */
};

/* In the order of enum capi_identifier, ended by a row without name. */
extern const struct capi_form capi_forms[];

/* NULL when there is none. */
const struct capi_form *capi_form_find(
    enum capi_identifier id, const char *name);

/*
 * Where a platform changed its mind, or its tools disagree with its pages,
 * users may send both spellings in the lists that allow it. A rule set adds
 * to the list of form `beside` the digest of form `form`; where `beside` is
 * NULL the value is sent in plain, and only its spelling is known.
 */
struct capi_rule_set {
	const char *name;
	const char *platform;
	const char *version; /* of the software or page, as it calls itself */
	const char *words;
};

struct capi_rule {
	const char *set;
	enum capi_identifier id;
	const char *beside;
	const char *form;
};

/* Each ended by a row without name or set. */
extern const struct capi_rule_set capi_rule_sets[];
extern const struct capi_rule capi_rules[];

const struct capi_rule_set *capi_rule_set_find(const char *name);

/*
 * 64 hex digits in either case, alone or followed by '.' and the mark of
 * Meta's parameter builder (2 or 8 characters of base64url): an SHA-256 that
 * somebody made before us.
 */
bool capi_form_is_digest(struct capi_str s);

#endif
