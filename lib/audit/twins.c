#include "twins.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "name.h"
#include "normalize/seen.h"

/* The time in which platforms take two for one, and how far two clocks may be
 * apart. */
#define WINDOW (48 * 3600)
#define MINUTES (5 * 60)

/* In memory up to this many bytes of ids on either side: they are looked at
 * only when many meet nobody. */
#define TAPE ((size_t)4 << 20)

struct capi_twins_event {
	int64_t time, arrival;
	uint32_t name; /* hash of its spelling */
	uint8_t dest;
	bool met;              /* by any event of the browser */
	bool in_time, as_twin; /* by one that is a sum's browser, or both */
};

void
capi_twins_init(struct capi_twins *t)
{
	memset(t, 0, sizeof(*t));
	capi_tape_init(&t->event_ids, TAPE);
	capi_tape_init(&t->lone_ids, TAPE);
}

void
capi_twins_release(struct capi_twins *t)
{
	for (int i = 0; i < t->dest_count; i++)
		free(t->dests[i].name);
	capi_index_map_release(&t->events_by_id);
	capi_index_map_release(&t->lone);
	free(t->events);
	capi_tape_release(&t->event_ids);
	capi_tape_release(&t->lone_ids);
}

/* Number of a destination; -1 when there are too many. */
static int
dest_of(struct capi_twins *t, struct capi_str name)
{
	struct capi_twins_dest *d;
	int i = 0;

	while (i < t->dest_count && !capi_str_is(name, t->dests[i].name))
		i++;
	if (i < t->dest_count)
		return i;
	if (i == CAPI_INDEX_DESTS)
		return -1;
	d = &t->dests[t->dest_count++];
	d->name = capi_alloc(name.n + 1);
	memcpy(d->name, name.p, name.n);
	d->name[name.n] = '\0';
	d->first = INT64_MAX;
	d->last = -1;
	return i;
}

static uint32_t
spelling(const struct capi_twin *e)
{
	return (uint32_t)capi_seen_hash(e->name, (struct capi_str){"", 0});
}

/* The undressed id's hash, and the id. */
static void
keep_id(struct capi_tape *tape, const struct capi_twin *e)
{
	uint64_t undressed = capi_name_undressed(e->id, e->canonical);
	char record[sizeof(undressed) + 255];
	size_t n = e->id.n < 255 ? e->id.n : 255;

	memcpy(record, &undressed, sizeof(undressed));
	memcpy(record + sizeof(undressed), e->id.p, n);
	capi_tape_add(tape, record, sizeof(undressed) + n);
}

void
capi_twins_server(
    struct capi_twins *t, struct capi_str dest, const struct capi_twin *e)
{
	int number = dest_of(t, dest);
	struct capi_twins_dest *d;
	uint32_t fresh;

	if (number < 0)
		return;
	d = &t->dests[number];
	if (e->time >= 0) {
		d->first = e->time < d->first ? e->time : d->first;
		d->last = e->time > d->last ? e->time : d->last;
	}
	if (!e->id.n)
		return;
	fresh = (uint32_t)t->event_count + 1;
	if (capi_index_number(&t->events_by_id, capi_index_pair(e->key, number),
		fresh) != fresh)
		return;
	t->events = capi_index_room(
	    t->events, sizeof(*t->events), t->event_count, &t->event_room);
	t->events[++t->event_count] = (struct capi_twins_event){.time = e->time,
	    .arrival = e->arrival,
	    .name = spelling(e),
	    .dest = (uint8_t)number};
	d->sums[e->meaning].server++;
	keep_id(&t->event_ids, e);
}

static int64_t
distance(int64_t a, int64_t b)
{
	return a < b ? b - a : a - b;
}

/* In the time that the destination's log covers. */
static bool
is_in_time(const struct capi_twins_dest *d, const struct capi_twin *b)
{
	return b->time < 0 || d->last < 0 ||
	       (b->time >= d->first - WINDOW && b->time <= d->last + WINDOW);
}

/* The browser's event b and the server's s have the same id. */
static void
meet(
    struct capi_twins *t, struct capi_twins_event *s, const struct capi_twin *b)
{
	struct capi_twins_dest *d = &t->dests[s->dest];
	struct capi_twins_sum *sum = &d->sums[b->meaning];
	bool timed = b->time > 0 && s->time > 0;
	bool in_time = is_in_time(d, b), same = s->name == spelling(b);

	s->met = true;
	t->renamed += !same;
	sum->browser += in_time && !s->in_time;
	s->in_time |= in_time;
	if (in_time && same && !s->as_twin &&
	    (b->time < 0 || s->time < 0 ||
		distance(b->time, s->time) <= WINDOW)) {
		s->as_twin = true;
		sum->both++;
	}
	if (!timed)
		return;
	d->pairs++;
	d->apart += distance(b->time, s->time) > MINUTES;
	d->late += s->arrival > 0 &&
		   distance(s->arrival, b->arrival > 0 ? b->arrival : b->time) >
		       WINDOW;
}

/* Is it the first of its key? Those that meet somebody know by him. */
static bool
is_first(
    struct capi_twins *t, const uint32_t *events, const struct capi_twin *b)
{
	uint32_t fresh = (uint32_t)t->lone.used + 1;

	for (int i = 0; i < t->dest_count; i++)
		if (events[i])
			return !t->events[events[i]].met;
	if (capi_index_number(&t->lone, b->key, fresh) != fresh)
		return false;
	keep_id(&t->lone_ids, b);
	return true;
}

void
capi_twins_browser(struct capi_twins *t, const struct capi_twin *b)
{
	uint32_t events[CAPI_INDEX_DESTS];
	bool expected = false, first;

	t->read++;
	t->empty += !b->id.n;
	for (int i = 0; i < t->dest_count; i++)
		expected |= t->dests[i].sums[b->meaning].server > 0;
	if (!b->id.n || !expected)
		return;
	for (int i = 0; i < t->dest_count; i++)
		events[i] = capi_index_find(
		    &t->events_by_id, capi_index_pair(b->key, i));
	first = is_first(t, events, b);
	for (int i = 0; i < t->dest_count; i++) {
		struct capi_twins_dest *d = &t->dests[i];

		if (events[i]) {
			meet(t, &t->events[events[i]], b);
		} else if (first) {
			d->sums[b->meaning].lone++;
			d->sums[b->meaning].browser += is_in_time(d, b);
		}
	}
}

bool
capi_twins_met(const struct capi_twins *t, const char *dest, uint64_t key)
{
	uint32_t n = 0;

	for (int i = 0; i < t->dest_count && !n; i++)
		if (!strcmp(t->dests[i].name, dest))
			n = capi_index_find(
			    &t->events_by_id, capi_index_pair(key, i));
	return n && t->events[n].met;
}

/* An event that met nobody. */
struct lone {
	uint64_t undressed;
	uint32_t number; /* on its tape, from 1 */
};

struct lones {
	struct lone *v;
	size_t n;
};

static int
by_undressed(const void *x, const void *y)
{
	const struct lone *a = x, *b = y;

	if (a->undressed != b->undressed)
		return a->undressed < b->undressed ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

/* Those of a tape of `most` ids, sorted; of the server's, where there are
 * events, the destination's that met nobody. */
static struct lones
sorted(const struct capi_tape *ids, size_t most,
    const struct capi_twins_event *events, int dest)
{
	struct lones l = {capi_alloc((most + 1) * sizeof(*l.v)), 0};
	struct capi_tape_reader r;
	const char *p;
	size_t n;

	capi_tape_start(&r, ids);
	for (uint32_t i = 1; capi_tape_next(&r, &p, &n); i++) {
		struct lone one = {.number = i};

		memcpy(&one.undressed, p, sizeof(one.undressed));
		if (one.undressed &&
		    (!events || (events[i].dest == dest && !events[i].met)))
			l.v[l.n++] = one;
	}
	qsort(l.v, l.n, sizeof(*l.v), by_undressed);
	return l;
}

static void
copy_id(const struct capi_tape *ids, uint32_t number, char out[256])
{
	struct capi_tape_reader r;
	const char *p = NULL;
	size_t n = 0;

	capi_tape_start(&r, ids);
	while (number-- && capi_tape_next(&r, &p, &n))
		continue;
	memcpy(out, p + sizeof(uint64_t), n - sizeof(uint64_t));
	out[n - sizeof(uint64_t)] = '\0';
	capi_tape_stop(&r);
}

/* How many from i on are alike. */
static size_t
run_of(struct lones l, size_t i)
{
	size_t n = 1;

	while (i + n < l.n && l.v[i + n].undressed == l.v[i].undressed)
		n++;
	return n;
}

struct capi_twins_alike
capi_twins_undress(struct capi_twins *t, int dest)
{
	struct capi_twins_alike alike = {0};
	struct lones b = sorted(&t->lone_ids, t->lone.used, NULL, 0);
	struct lones s = sorted(&t->event_ids, t->event_count, t->events, dest);
	uint32_t first[2] = {UINT32_MAX, 0};
	size_t i = 0, k = 0;

	while (i < b.n && k < s.n) {
		size_t of_b = run_of(b, i), of_s = run_of(s, k);

		if (b.v[i].undressed == s.v[k].undressed) {
			alike.ways++;
			alike.browser += (int64_t)of_b;
			alike.server += (int64_t)of_s;
			if (b.v[i].number < first[0]) {
				first[0] = b.v[i].number;
				first[1] = s.v[k].number;
			}
			i += of_b;
			k += of_s;
		} else if (b.v[i].undressed < s.v[k].undressed) {
			i += of_b;
		} else {
			k += of_s;
		}
	}
	free(b.v);
	free(s.v);
	if (alike.ways) {
		copy_id(&t->lone_ids, first[0], alike.example[0]);
		copy_id(&t->event_ids, first[1], alike.example[1]);
	}
	return alike;
}
