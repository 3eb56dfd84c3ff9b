/* Events of a server and of a browser: who meets whom. */
#include "audit/twins.h"

#include <string.h>

#include "audit/name.h"
#include "tap.h"

#define NOW INT64_C(1781430000)
#define DAY INT64_C(86400)

static struct capi_twin
event(const char *id, const char *name, int64_t time)
{
	struct capi_str s = {name, strlen(name)};

	return (struct capi_twin){
	    .key = capi_name_key(
		(struct capi_str){id, strlen(id)}, CAPI_STR("Purchase")),
	    .id = {id, strlen(id)},
	    .name = s,
	    .canonical = CAPI_STR("Purchase"),
	    .meaning = 3,
	    .time = time,
	    .arrival = -1};
}

static void
server(struct capi_twins *t, const char *dest, const char *id, int64_t time)
{
	struct capi_twin e = event(id, "Purchase", time);

	e.arrival = time + 60;
	capi_twins_server(t, (struct capi_str){dest, strlen(dest)}, &e);
}

static void
browser(struct capi_twins *t, const char *id, const char *name, int64_t time)
{
	struct capi_twin e = event(id, name, time);

	capi_twins_browser(t, &e);
}

static bool
sums_are(const struct capi_twins_dest *d, struct capi_twins_sum want)
{
	return !memcmp(&d->sums[3], &want, sizeof(want));
}

static void
test_meeting(void)
{
	struct capi_twins t;

	capi_twins_init(&t);
	server(&t, "a", "1", NOW);
	server(&t, "a", "1", NOW); /* once only */
	server(&t, "a", "2", NOW);
	server(&t, "a", "", NOW);
	server(&t, "b", "1", NOW);
	ok(sums_are(&t.dests[0], (struct capi_twins_sum){2, 0, 0, 0}) &&
		sums_are(&t.dests[1], (struct capi_twins_sum){1, 0, 0, 0}),
	    "the server's events, once at each destination");
	browser(&t, "1", "Purchase", NOW + 301);
	browser(&t, "1", "Purchase", NOW + 3); /* the page once more */
	ok(sums_are(&t.dests[0], (struct capi_twins_sum){2, 1, 1, 0}) &&
		sums_are(&t.dests[1], (struct capi_twins_sum){1, 1, 1, 0}),
	    "an event meets its twin at each destination, once");
	ok(t.dests[0].pairs == 2 && t.dests[0].apart == 1 && !t.dests[0].late,
	    "pairs are all told, those over five minutes apart too");
	browser(&t, "2", "purchase", NOW);
	ok(t.renamed == 1 &&
		sums_are(&t.dests[0], (struct capi_twins_sum){2, 2, 1, 0}),
	    "one id under two names is not one event");
	browser(&t, "2", "purchase", NOW);
	ok(sums_are(&t.dests[1], (struct capi_twins_sum){1, 2, 1, 1}),
	    "and alone where the other destination has it");
	browser(&t, "", "Purchase", NOW);
	browser(&t, "9", "Purchase", NOW + 3 * DAY);
	ok(t.read == 6 && t.empty == 1 &&
		sums_are(&t.dests[0], (struct capi_twins_sum){2, 2, 1, 1}),
	    "without id and out of the log's time nobody is missed");
	browser(&t, "9", "Purchase", NOW);
	ok(sums_are(&t.dests[0], (struct capi_twins_sum){2, 2, 1, 1}),
	    "an event that is alone counts once");
	capi_twins_release(&t);
}

static void
test_late(void)
{
	struct capi_twins t;

	capi_twins_init(&t);
	server(&t, "a", "1", NOW);
	server(&t, "a", "2", NOW + 9 * DAY);
	browser(&t, "1", "Purchase", NOW + 2 * DAY + 1);
	browser(&t, "2", "Purchase", NOW + 7 * DAY);
	ok(sums_are(&t.dests[0], (struct capi_twins_sum){2, 2, 1, 0}),
	    "two days apart is one event, a second more is not");
	ok(t.dests[0].pairs == 2 && t.dests[0].late == 1,
	    "late by arrival, where it is known");
	capi_twins_release(&t);
}

static void
test_undress(void)
{
	struct capi_twins t;
	struct capi_twins_alike a;

	capi_twins_init(&t);
	server(&t, "b", "order_7", NOW); /* of another destination */
	server(&t, "a", "order_5", NOW);
	server(&t, "a", "order_6", NOW);
	server(&t, "a", "same", NOW);
	server(&t, "a", "nobody", NOW);
	browser(&t, "x", "Purchase", NOW);
	browser(&t, "6", "Purchase", NOW);
	browser(&t, "5", "Purchase", NOW);
	browser(&t, "#5", "Purchase", NOW);
	browser(&t, "7", "Purchase", NOW);
	browser(&t, "same", "Purchase", NOW);
	a = capi_twins_undress(&t, 1);
	ok(a.browser == 3 && a.server == 2 && a.ways == 2,
	    "ids that are alike when undressed");
	ok(!strcmp(a.example[0], "6") && !strcmp(a.example[1], "order_6"),
	    "and the first of them");
	a = capi_twins_undress(&t, 0);
	ok(a.ways == 1 && !strcmp(a.example[1], "order_7"),
	    "at the other destination");
	capi_twins_release(&t);
}

int
main(void)
{
	test_meeting();
	test_late();
	test_undress();
	return tap_done();
}
