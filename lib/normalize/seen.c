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

uint64_t
capi_seen_hash(struct capi_str a, struct capi_str b)
{
	uint64_t h = mix(hash(hash(0x6a09e667f3bcc908u, a), b), 1);

	return h + !h;
}

/* Where the hash is, or the free slot where it belongs. */
static uint64_t *
place(const struct capi_seen *s, uint64_t h)
{
	size_t i = (size_t)((unsigned __int128)h * s->size >> 64);

	while (s->slot[i] && s->slot[i] != h)
		i = i + 1 == s->size ? 0 : i + 1;
	return &s->slot[i];
}

static void
resize(struct capi_seen *s, size_t size)
{
	struct capi_seen old = *s;

	s->slot = capi_alloc(size * sizeof(*s->slot));
	s->size = size;
	memset(s->slot, 0, size * sizeof(*s->slot));
	for (size_t i = 0; i < old.size; i++)
		if (old.slot[i])
			*place(s, old.slot[i]) = old.slot[i];
	free(old.slot);
}

static bool
is_full(const struct capi_seen *s)
{
	return s->used * 4 >= s->size * 3;
}

static enum capi_seen_result
put(struct capi_seen *s, uint64_t h)
{
	size_t most = s->most ? s->most : CAPI_SEEN_BYTES / sizeof(*s->slot);
	uint64_t *slot;

	if (is_full(s) && s->size < most)
		resize(s, s->size * 2 < FIRST  ? FIRST
			  : s->size * 2 < most ? s->size * 2
					       : most);
	slot = place(s, h);
	if (*slot)
		return CAPI_SEEN_BEFORE;
	if (is_full(s))
		return CAPI_SEEN_FULL;
	*slot = h;
	s->used++;
	return CAPI_SEEN_NEW;
}

enum capi_seen_result
capi_seen_add(struct capi_seen *s, struct capi_str a, struct capi_str b)
{
	return put(s, capi_seen_hash(a, b));
}

void
capi_seen_release(struct capi_seen *s)
{
	free(s->slot);
	memset(s, 0, sizeof(*s));
}

/* --- the last ones --- */

/* The later ones become the earlier ones, in whose place new ones begin. */
static void
forget(struct capi_recent *r)
{
	struct capi_seen old = r->before;

	r->before = r->now;
	r->now = old;
	r->now.used = 0;
	/* Not by doubling, which would need half as much again. */
	if (!r->now.slot)
		resize(&r->now, r->before.size);
	else
		memset(r->now.slot, 0, r->now.size * sizeof(*r->now.slot));
}

enum capi_seen_result
capi_recent_add(struct capi_recent *r, struct capi_str a, struct capi_str b)
{
	uint64_t h = capi_seen_hash(a, b);
	enum capi_seen_result result;

	if (r->before.size && *place(&r->before, h))
		return CAPI_SEEN_BEFORE;
	r->now.most = CAPI_RECENT / 3 * 4;
	result = put(&r->now, h);
	if (result == CAPI_SEEN_FULL) {
		forget(r);
		put(&r->now, h);
	}
	return result;
}

bool
capi_recent_has(
    const struct capi_recent *r, struct capi_str a, struct capi_str b)
{
	uint64_t h = capi_seen_hash(a, b);

	return (r->now.size && *place(&r->now, h)) ||
	       (r->before.size && *place(&r->before, h));
}

void
capi_recent_release(struct capi_recent *r)
{
	capi_seen_release(&r->now);
	capi_seen_release(&r->before);
}
