/*
 * Which order, and which earlier receipt, an event id belongs to: kept in
 * memory while evidence is read, so that the database has to join nothing but
 * row numbers. Ids are known by 64-bit hashes of id and event name: among a
 * million of them two are mistaken for one in one of 37 million audits. About
 * 60 bytes for an order with its receipt.
 */
#ifndef CAPI_AUDIT_INDEX_H
#define CAPI_AUDIT_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"
#include "tape.h"

#define CAPI_INDEX_DESTS 64
#define CAPI_INDEX_NAMES 64

/* Open addressing; a number above 0 for each key. */
struct capi_index_map {
	uint64_t *key; /* 0: free */
	uint32_t *at;
	size_t size, used;
};

/* Orders by their row, from 1. */
struct capi_index_order {
	int64_t time;
	bool counts;
	bool sent; /* some destination has it */
};

/* What became of an event at a destination, by what was read so far. */
struct capi_index_final {
	uint32_t order;     /* row, or 0: no order has this id */
	uint32_t receipt;   /* row of the one that decides */
	uint32_t delivered; /* how often */
	uint8_t dest;
	uint8_t outcome;
	bool attempted, parked;
	bool expected; /* its name is one that orders have */
};

/* A name that stands in evidence, with what it means. */
struct capi_index_name {
	char text[48];
	size_t len;
	const char *canonical; /* or NULL: its own */
	bool exact;            /* as some platform spells it */
	bool ordered;          /* an order has this meaning */
	uint8_t meaning;       /* number of the first name that means it */
	int64_t events;        /* how many events that were sent have it */
};

/* Of a receipt what many of them together tell. */
struct capi_index_receipt {
	int64_t time, sent_at; /* or -1 */
	uint64_t batch;        /* hash of its name; 0: none */
	int32_t latency;       /* ms, or -1 */
	uint32_t order;        /* row of one that counts, or 0 */
	uint8_t outcome;
	uint8_t meaning; /* of its name, or CAPI_INDEX_NAMES */
	bool first;      /* the first delivery of its event */
};

/* Where events were sent to. Receipts are kept in one place for each, and the
 * simple sums over them are made as they are read. */
struct capi_index_dest {
	const char *name, *platform;
	int64_t receipts, attempts;
	int64_t delivered;    /* receipts */
	int64_t last_success; /* seconds; 0: none */
	int64_t auth;         /* refused credentials */
	bool auth_after;      /* the last of these after a delivery */
	int64_t events[CAPI_INDEX_NAMES + 1]; /* receipts by meaning */
	struct capi_tape tape;
};

struct capi_index {
	struct capi_index_map order_ids, final_ids;
	struct capi_index_order *orders; /* [0] is unused */
	struct capi_index_final *finals; /* [0] is unused */
	size_t order_count, order_room, final_count, final_room;
	struct capi_index_dest dests[CAPI_INDEX_DESTS];
	int dest_count;
	struct capi_index_name names[CAPI_INDEX_NAMES];
	size_t name_count;
};

void capi_index_release(struct capi_index *x);

/* The number of the key; `fresh`, which it is given, when it had none. */
uint32_t capi_index_number(
    struct capi_index_map *m, uint64_t key, uint32_t fresh);
/* The number of the key, or 0. */
uint32_t capi_index_find(const struct capi_index_map *m, uint64_t key);
void capi_index_map_release(struct capi_index_map *m);
/* One key of a key and a destination's number. */
uint64_t capi_index_pair(uint64_t key, int dest);
/* Items with room for one more, the first being 1. */
void *capi_index_room(void *items, size_t size, size_t count, size_t *most);

/* The next order; its row is order_count then. True when an earlier one has
 * the key. Key 0: an order without a readable id. */
bool capi_index_add_order(
    struct capi_index *x, uint64_t key, int64_t time, bool counts);

/* Row of the order with the key, or 0. */
uint32_t capi_index_order(const struct capi_index *x, uint64_t key);

/* What is known of the key at the destination; a zeroed one, but for its dest
 * and order, when nothing was. */
struct capi_index_final *capi_index_final(
    struct capi_index *x, uint64_t key, int dest, bool *known);

/* Number of a destination; -1 when there are too many. A new one has no names
 * yet. */
int capi_index_dest(struct capi_index *x, struct capi_str name, bool *known);

/* The next of a destination's receipts. */
bool capi_index_receipt_next(
    struct capi_tape_reader *r, struct capi_index_receipt *receipt);

#endif
