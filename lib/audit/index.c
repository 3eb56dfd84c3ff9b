#include "index.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"

#define FIRST 4096

/* Where the key is, or the free place for it. */
static size_t
place(const struct capi_index_map *m, uint64_t key)
{
	size_t i = key & (m->size - 1);

	while (m->key[i] && m->key[i] != key)
		i = (i + 1) & (m->size - 1);
	return i;
}

static void
grow(struct capi_index_map *m)
{
	struct capi_index_map big = {
	    .size = m->size ? m->size * 2 : FIRST, .used = m->used};

	big.key = capi_alloc(big.size * sizeof(*big.key));
	big.at = capi_alloc(big.size * sizeof(*big.at));
	memset(big.key, 0, big.size * sizeof(*big.key));
	for (size_t i = 0; i < m->size; i++) {
		size_t to;

		if (!m->key[i])
			continue;
		to = place(&big, m->key[i]);
		big.key[to] = m->key[i];
		big.at[to] = m->at[i];
	}
	free(m->key);
	free(m->at);
	*m = big;
}

uint32_t
capi_index_number(struct capi_index_map *m, uint64_t key, uint32_t fresh)
{
	size_t i;

	if (m->used * 4 >= m->size * 3)
		grow(m);
	i = place(m, key);
	if (!m->key[i]) {
		m->key[i] = key;
		m->at[i] = fresh;
		m->used++;
	}
	return m->at[i];
}

uint32_t
capi_index_find(const struct capi_index_map *m, uint64_t key)
{
	size_t i;

	if (!m->size)
		return 0;
	i = place(m, key);
	return m->key[i] ? m->at[i] : 0;
}

void
capi_index_map_release(struct capi_index_map *m)
{
	free(m->key);
	free(m->at);
}

uint64_t
capi_index_pair(uint64_t key, int dest)
{
	uint64_t at = (key ^ (uint64_t)(dest + 1)) * 0x9e3779b97f4a7c15u;

	at ^= at >> 32;
	return at + !at;
}

void *
capi_index_room(void *items, size_t size, size_t count, size_t *most)
{
	if (count + 1 < *most)
		return items;
	*most = *most ? *most * 2 : FIRST;
	if (*most > UINT32_MAX)
		capi_die(CAPI_EXIT_SYSTEM, "more events than can be counted");
	items = capi_realloc(items, *most * size);
	if (!count)
		memset(items, 0, size); /* the one that nobody has */
	return items;
}

bool
capi_index_add_order(
    struct capi_index *x, uint64_t key, int64_t time, bool counts)
{
	uint32_t row;

	x->orders = capi_index_room(
	    x->orders, sizeof(*x->orders), x->order_count, &x->order_room);
	row = (uint32_t)++x->order_count;
	x->orders[row] =
	    (struct capi_index_order){.time = time, .counts = counts};
	if (!key || capi_index_number(&x->order_ids, key, row) == row)
		return false;
	x->orders[row].counts = false;
	return true;
}

uint32_t
capi_index_order(const struct capi_index *x, uint64_t key)
{
	return capi_index_find(&x->order_ids, key);
}

struct capi_index_final *
capi_index_final(struct capi_index *x, uint64_t key, int dest, bool *known)
{
	uint32_t n;

	x->finals = capi_index_room(
	    x->finals, sizeof(*x->finals), x->final_count, &x->final_room);
	n = capi_index_number(&x->final_ids, capi_index_pair(key, dest),
	    (uint32_t)x->final_count + 1);
	*known = n <= x->final_count;
	if (!*known) {
		x->final_count++;
		x->finals[n] = (struct capi_index_final){
		    .order = capi_index_order(x, key), .dest = (uint8_t)dest};
	}
	return &x->finals[n];
}

/* In memory up to this many bytes of receipts a destination. */
#define TAPE ((size_t)16 << 20)

int
capi_index_dest(struct capi_index *x, struct capi_str name, bool *known)
{
	int i;

	for (i = 0; i < x->dest_count; i++)
		if (capi_str_is(name, x->dests[i].name))
			break;
	*known = i < x->dest_count;
	if (i == CAPI_INDEX_DESTS)
		return -1;
	if (!*known) {
		x->dests[i] = (struct capi_index_dest){0};
		capi_tape_init(&x->dests[i].tape, TAPE);
		x->dest_count++;
	}
	return i;
}

bool
capi_index_receipt_next(
    struct capi_tape_reader *r, struct capi_index_receipt *receipt)
{
	const char *p;
	size_t n;

	if (!capi_tape_next(r, &p, &n))
		return false;
	memcpy(receipt, p, sizeof(*receipt));
	return true;
}

void
capi_index_release(struct capi_index *x)
{
	capi_index_map_release(&x->order_ids);
	capi_index_map_release(&x->final_ids);
	free(x->orders);
	free(x->finals);
	for (int i = 0; i < x->dest_count; i++)
		capi_tape_release(&x->dests[i].tape);
}
