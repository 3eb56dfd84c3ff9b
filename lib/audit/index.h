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

#include "../text.h"

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
	int64_t events;        /* how many events that were sent have it */
};

struct capi_index {
	struct capi_index_map order_ids, final_ids;
	struct capi_index_order *orders; /* [0] is unused */
	struct capi_index_final *finals; /* [0] is unused */
	size_t order_count, order_room, final_count, final_room;
	const char *dests[CAPI_INDEX_DESTS];
	int dest_count;
	struct capi_index_name names[CAPI_INDEX_NAMES];
	size_t name_count;
};

void capi_index_release(struct capi_index *x);

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

/* Number of a destination; -1 when there are too many. `keep` copies a name
 * that is to last. */
int capi_index_dest(struct capi_index *x, struct capi_str name,
    const char *(*keep)(void *arg, struct capi_str s), void *arg);

#endif
