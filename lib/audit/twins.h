/*
 * Events that the server sent and those that a browser sent, met by name and
 * id while they are read: all of the server's first, then the browser's one by
 * one, of which only those are kept that meet nobody and might have. So a
 * browser's log may be longer than memory, as logs of page views are.
 */
#ifndef CAPI_AUDIT_TWINS_H
#define CAPI_AUDIT_TWINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "index.h"
#include "tape.h"
#include "text.h"

/* An event as either side tells it. */
struct capi_twin {
	uint64_t key;       /* of its id and of what its name means */
	struct capi_str id; /* empty: it meets nobody */
	struct capi_str name, canonical; /* as it is spelled, as it is meant */
	uint8_t meaning;                 /* of its name, or CAPI_INDEX_NAMES */
	int64_t time, arrival;           /* or -1 */
};

/* Each event once, by what its name means. */
struct capi_twins_sum {
	int64_t server;
	int64_t browser; /* in the time that the server's log covers */
	int64_t both;    /* of these: under one name and within two days */
	int64_t lone;    /* the browser's that the server has not */
};

struct capi_twins_dest {
	char *name;
	int64_t first, last; /* times of its events; last -1: none is known */
	struct capi_twins_sum sums[CAPI_INDEX_NAMES + 1];
	int64_t pairs; /* both times are known */
	int64_t apart; /* of these over 5 minutes */
	int64_t late;  /* of these over two days from one arrival to the other
			*/
};

struct capi_twins_event;

struct capi_twins {
	struct capi_twins_dest dests[CAPI_INDEX_DESTS];
	int dest_count;
	struct capi_index_map events_by_id;
	struct capi_twins_event *events; /* the server's; [0] is unused */
	size_t event_count, event_room;
	struct capi_index_map lone; /* the browser's that meet nobody */
	struct capi_tape event_ids, lone_ids;
	int64_t read, empty; /* of the browser; without id */
	int64_t renamed;     /* one id, two names */
};

void capi_twins_init(struct capi_twins *t);
void capi_twins_release(struct capi_twins *t);

/* All of these before the first of those. */
void capi_twins_server(
    struct capi_twins *t, struct capi_str dest, const struct capi_twin *e);
void capi_twins_browser(struct capi_twins *t, const struct capi_twin *e);

/* Did the browser send the event of that key, too? */
bool capi_twins_met(const struct capi_twins *t, const char *dest, uint64_t key);

/* Of those that meet nobody: how many are alike when their ids are undressed,
 * on either side, and in how many ways. */
struct capi_twins_alike {
	int64_t browser, server, ways;
	char example[2][256]; /* one of either side */
};

struct capi_twins_alike capi_twins_undress(struct capi_twins *t, int dest);

#endif
