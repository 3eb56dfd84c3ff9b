#include "normalize/seen.h"

#include <stdio.h>

static int tests, failures;

static void
ok(int good, const char *what)
{
	failures += !good;
	printf("%s %d - %s\n", good ? "ok" : "not ok", ++tests, what);
}

static enum capi_seen_result
add(struct capi_seen *s, const char *name, unsigned long id)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%lu", id);

	return capi_seen_add(s, (struct capi_str){name, strlen(name)},
	    (struct capi_str){text, (size_t)n});
}

static enum capi_seen_result
add_recent(struct capi_recent *r, unsigned long id)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%lu", id);

	return capi_recent_add(
	    r, CAPI_STR("Purchase"), (struct capi_str){text, (size_t)n});
}

/* Two and a half times as many as are surely remembered. */
static void
test_recent(void)
{
	struct capi_recent r = {0};
	unsigned long i, most = CAPI_RECENT * 5 / 2, wrong = 0, full = 0;
	size_t bytes;

	for (i = 0; i < most; i++) {
		enum capi_seen_result result = add_recent(&r, i);

		wrong += result == CAPI_SEEN_BEFORE;
		full += result == CAPI_SEEN_FULL;
		wrong += add_recent(&r, i) != CAPI_SEEN_BEFORE;
		if (i >= CAPI_RECENT - 1)
			wrong += add_recent(&r, i - CAPI_RECENT + 1) !=
				 CAPI_SEEN_BEFORE;
	}
	ok(!wrong, "the last 300,000 are known all the time, new ones not");
	ok(full == 2, "the earlier ones were forgotten twice");
	ok(!capi_recent_has(&r, CAPI_STR("Purchase"), CAPI_STR("0")) &&
		!capi_recent_has(&r, CAPI_STR("Purchase"), CAPI_STR("x")) &&
		capi_recent_has(&r, CAPI_STR("Purchase"), CAPI_STR("700000")),
	    "which a look tells, too");
	ok(add_recent(&r, 0) == CAPI_SEEN_NEW, "and are new again");
	ok(capi_recent_has(&r, CAPI_STR("Purchase"), CAPI_STR("0")),
	    "and a look leaves nothing behind");
	bytes = (r.now.size + r.before.size) * sizeof(*r.now.slot);
	ok(bytes <= 6400000, "all of it in 6.4 MB");
	capi_recent_release(&r);
}

int
main(void)
{
	struct capi_seen s = {0};
	unsigned long i, wrong = 0;
	enum capi_seen_result r = CAPI_SEEN_NEW;

	ok(add(&s, "Purchase", 1) == CAPI_SEEN_NEW, "the first is new");
	ok(add(&s, "Purchase", 1) == CAPI_SEEN_BEFORE, "the second is not");
	ok(add(&s, "Lead", 1) == CAPI_SEEN_NEW,
	    "the same id under another name is new");
	ok(capi_seen_add(&s, CAPI_STR("ab"), CAPI_STR("c")) == CAPI_SEEN_NEW &&
		capi_seen_add(&s, CAPI_STR("a"), CAPI_STR("bc")) ==
		    CAPI_SEEN_NEW,
	    "where the name ends and the id begins matters");
	for (i = 2; i < 200000; i++)
		wrong += add(&s, "Purchase", i) != CAPI_SEEN_NEW;
	ok(!wrong, "200000 different ids are all new");
	for (i = 1; i < 200000; i++)
		wrong += add(&s, "Purchase", i) != CAPI_SEEN_BEFORE;
	ok(!wrong, "and all known the second time");
	for (; i < 5000000 && r != CAPI_SEEN_FULL; i++)
		r = add(&s, "Purchase", i);
	ok(r == CAPI_SEEN_FULL && i > 3000000, "it is full after 3 million");
	ok(s.size * sizeof(*s.slot) <= CAPI_SEEN_BYTES, "and not larger");
	ok(add(&s, "Purchase", 7) == CAPI_SEEN_BEFORE,
	    "what it knows it still knows");
	capi_seen_release(&s);
	test_recent();
	printf("1..%d\n", tests);
	return failures != 0;
}
