/* A tape in memory, in its file, and across both. */
#include "audit/tape.h"

#include <string.h>

#include "tap.h"

/* Record i: a length of its own, bytes that tell which it is. */
static size_t
make(size_t i, char *p, size_t most)
{
	size_t n = i * 7919 % most;

	memset(p, (int)(i % 251), n);
	return n;
}

static bool
holds(const struct capi_tape *t, size_t records, size_t most)
{
	struct capi_tape_reader r;
	char want[5000];
	const char *p;
	size_t n, i = 0;
	bool good = true;

	capi_tape_start(&r, t);
	while (capi_tape_next(&r, &p, &n)) {
		good = good && n == make(i, want, most) && !memcmp(p, want, n);
		i++;
	}
	return good && i == records;
}

static void
test_many(size_t memory, size_t records, const char *where)
{
	struct capi_tape t;
	char p[5000];

	capi_tape_init(&t, memory);
	for (size_t i = 0; i < records; i++)
		capi_tape_add(&t, p, make(i, p, sizeof(p)));
	ok(holds(&t, records, sizeof(p)), "%zu records %s", records, where);
	ok(holds(&t, records, sizeof(p)), "... and once more");
	capi_tape_add(&t, p, make(records, p, sizeof(p)));
	ok(holds(&t, records + 1, sizeof(p)), "... and one added");
	capi_tape_release(&t);
}

static void
test_large(void)
{
	struct capi_tape t;
	struct capi_tape_reader r;
	size_t size = (size_t)3 << 20, n;
	struct capi_buf b = CAPI_BUF_INIT(SIZE_MAX);
	const char *p;

	capi_buf_reserve(&b, size);
	memset(b.data, 'x', size);
	capi_tape_init(&t, 1000);
	capi_tape_add(&t, "a", 1);
	capi_tape_add(&t, b.data, size);
	capi_tape_add(&t, "z", 1);
	capi_tape_start(&r, &t);
	ok(capi_tape_next(&r, &p, &n) && n == 1 && *p == 'a', "the first");
	ok(capi_tape_next(&r, &p, &n) && n == size && !memcmp(p, b.data, size),
	    "one that is larger than what is read at once");
	ok(capi_tape_next(&r, &p, &n) && n == 1 && *p == 'z', "the last");
	ok(!capi_tape_next(&r, &p, &n), "and the end");
	capi_tape_start(&r, &t);
	capi_tape_next(&r, &p, &n);
	capi_tape_stop(&r);
	capi_tape_release(&t);
	capi_buf_release(&b);
}

int
main(void)
{
	struct capi_tape t;
	struct capi_tape_reader r;
	const char *p;
	size_t n;

	capi_tape_init(&t, 1000);
	capi_tape_start(&r, &t);
	ok(!capi_tape_next(&r, &p, &n), "an empty tape");
	capi_tape_release(&t);
	test_many((size_t)1 << 30, 3000, "in memory");
	test_many(1, 3000, "in the file");
	test_many(100000, 3000, "in both");
	test_large();
	return tap_done();
}
