/*
 * One event: the personal data of user_data becomes `hashed`, in every form
 * that the named platforms take, and what none of them takes in plain leaves
 * the record (capi-event(5)).
 */
#ifndef CAPI_HASH_H
#define CAPI_HASH_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "form.h"
#include "json.h"
#include "platform.h"

struct capi_hash;

/* Over the names of the parser that will read the events. NULL when there is
 * no SHA-256 to be had. */
struct capi_hash *capi_hash_new(struct capi_names *keys);
void capi_hash_free(struct capi_hash *h);

/*
 * Adds what a platform takes. Returns NULL, or why it can not be in the list
 * (static): Klaviyo takes plain data.
 */
const char *capi_hash_platform(
    struct capi_hash *h, const struct capi_platform *p);

/* Adds the spellings of a rule set. After all platforms. */
void capi_hash_rules(struct capi_hash *h, const struct capi_rule_set *set);

/*
 * What was left out: the member's path ("user_data.email"), why, and what
 * exactly it was ("undefined", the name of a form) or NULL. Never a value.
 */
typedef void capi_hash_note(
    void *arg, const char *field, const char *why, const char *what);

/*
 * Edits the event in place; new text goes to the arena. False: user_data is
 * no object, and the event can not be hashed.
 */
bool capi_hash_event(struct capi_hash *h, struct capi_json *event,
    struct capi_arena *arena, capi_hash_note *note, void *arg);

#endif
