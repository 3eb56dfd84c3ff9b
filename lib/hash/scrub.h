/*
 * Personal data where it has no business: members of an event outside
 * user_data that are named like it or for free text, and e-mail addresses and
 * phone numbers in any other text and in names of members.
 * Shops put them into order notes, into the URL of the thank-you page and
 * beside the items; no platform takes them there and Meta refuses to.
 */
#ifndef CAPI_SCRUB_H
#define CAPI_SCRUB_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "json.h"

/* `v` is about to be removed or was cut, because of `why` (static). */
typedef void capi_scrub_note(
    void *arg, const struct capi_json *v, const char *why);

struct capi_scrub {
	/* By first letter a bit for each length of a name that is looked for:
	 * nearly no member is looked up twice. */
	uint32_t lengths[26];
	/* By key_id: what the names are that events have. */
	uint16_t known[CAPI_NAMES_MAX + 1];
};

/* Once, over the names of the parser that reads the events. */
void capi_scrub_init(struct capi_scrub *s, struct capi_names *keys);

/* Looks at all members of the event but user_data and hashed. New text goes
 * to the arena. */
void capi_scrub_event(const struct capi_scrub *s, struct capi_json *event,
    struct capi_arena *arena, capi_scrub_note *note, void *arg);

/* The texts that stay in user_data: an id there may be an address. */
void capi_scrub_kept(const struct capi_scrub *s, struct capi_json *user,
    struct capi_arena *arena, capi_scrub_note *note, void *arg);

#endif
