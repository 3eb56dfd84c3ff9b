#include "arena.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"

#define BLOCK 32768

/* Uses the following block when it is there and large enough, else puts a new
 * one in front of it. */
void
capi_arena_grow(struct capi_arena *a, size_t size)
{
	struct capi_arena_block *next = a->block ? a->block->next : a->first;
	struct capi_arena_block *b;

	if (next && next->size >= size) {
		a->block = next;
		a->used = 0;
		return;
	}
	if (size < BLOCK)
		size = BLOCK;
	b = capi_alloc(sizeof(*b) + size);
	b->size = size;
	b->next = next;
	if (a->block)
		a->block->next = b;
	else
		a->first = b;
	a->block = b;
	a->used = 0;
}

char *
capi_arena_dup(struct capi_arena *a, const char *p, size_t n)
{
	char *copy = capi_arena_alloc(a, n + 1);

	if (n)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

void
capi_arena_reset(struct capi_arena *a)
{
	a->block = NULL;
	a->used = 0;
}

void
capi_arena_release(struct capi_arena *a)
{
	struct capi_arena_block *next;

	for (struct capi_arena_block *b = a->first; b; b = next) {
		next = b->next;
		free(b);
	}
	a->first = a->block = NULL;
	a->used = 0;
}
