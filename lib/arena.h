/*
 * Memory that lives for one event: taken piece by piece, given back at once.
 * After the first few events the blocks are as large as any event needs and
 * nothing is allocated any more.
 */
#ifndef CAPI_ARENA_H
#define CAPI_ARENA_H

#include <stddef.h>

struct capi_arena_block {
	struct capi_arena_block *next;
	size_t size;
	_Alignas(max_align_t) char data[];
};

struct capi_arena {
	struct capi_arena_block *first;
	struct capi_arena_block *block; /* the one in use */
	size_t used;                    /* of that one */
};

#define CAPI_ARENA_INIT                                                        \
	{                                                                      \
		NULL, NULL, 0                                                  \
	}

/* Room for `size` bytes when the block in use has none. Private. */
void capi_arena_grow(struct capi_arena *a, size_t size);

/* Zeroes nothing. Aligned for pointers and 64-bit numbers. Never NULL. */
static inline void *
capi_arena_alloc(struct capi_arena *a, size_t size)
{
	void *p;

	size = (size + 7) & ~(size_t)7;
	if (!a->block || a->block->size - a->used < size)
		capi_arena_grow(a, size);
	p = a->block->data + a->used;
	a->used += size;
	return p;
}

/* A copy with a NUL behind it. */
char *capi_arena_dup(struct capi_arena *a, const char *p, size_t n);

/* Everything taken so far is given back; the memory is kept. */
void capi_arena_reset(struct capi_arena *a);
void capi_arena_release(struct capi_arena *a);

#endif
