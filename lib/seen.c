#include "seen.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"

#define FIRST 4096

/* Multiply and fold, eight bytes at a time. */
static uint64_t
mix(uint64_t h, uint64_t word)
{
	unsigned __int128 m =
	    (unsigned __int128)(h ^ word) * 0x9e3779b97f4a7c15u;

	return (uint64_t)m ^ (uint64_t)(m >> 64) ^ (h << 23 | h >> 41);
}

static uint64_t
hash(uint64_t h, struct capi_str s)
{
	uint64_t word;

	h = mix(h, s.n + 0x2545f4914f6cdd1du);
	while (s.n) {
		size_t n = s.n < 8 ? s.n : 8;

		word = 0;
		memcpy(&word, s.p, n);
		h = mix(h, word);
		s.p += n;
		s.n -= n;
	}
	return h;
}

static void
insert(uint64_t *slot, size_t size, uint64_t h)
{
	size_t i = h & (size - 1);

	while (slot[i])
		i = (i + 1) & (size - 1);
	slot[i] = h;
}

static void
grow(struct capi_seen *s)
{
	size_t size = s->size ? s->size * 2 : FIRST;
	uint64_t *slot = capi_alloc(size * sizeof(*slot));

	memset(slot, 0, size * sizeof(*slot));
	for (size_t i = 0; i < s->size; i++)
		if (s->slot[i])
			insert(slot, size, s->slot[i]);
	free(s->slot);
	s->slot = slot;
	s->size = size;
}

uint64_t
capi_seen_hash(struct capi_str a, struct capi_str b)
{
	uint64_t h = mix(hash(hash(0x6a09e667f3bcc908u, a), b), 1);

	return h + !h;
}

enum capi_seen_result
capi_seen_add(struct capi_seen *s, struct capi_str a, struct capi_str b)
{
	uint64_t h = capi_seen_hash(a, b);

	if (s->used * 4 >= s->size * 3 &&
	    s->size * sizeof(*s->slot) < CAPI_SEEN_BYTES)
		grow(s);
	for (size_t i = h & (s->size - 1); s->slot[i];
	     i = (i + 1) & (s->size - 1))
		if (s->slot[i] == h)
			return CAPI_SEEN_BEFORE;
	if (s->used * 4 >= s->size * 3)
		return CAPI_SEEN_FULL;
	insert(s->slot, s->size, h);
	s->used++;
	return CAPI_SEEN_NEW;
}

void
capi_seen_release(struct capi_seen *s)
{
	free(s->slot);
	memset(s, 0, sizeof(*s));
}
