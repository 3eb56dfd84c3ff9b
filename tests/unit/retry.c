/* Expected values: RFC 9110 5.6.7 and 10.2.3 for dates and Retry-After,
 * date(1) for the seconds, the formulas in lib/retry.h for bounds. */
#include "retry.h"
#include "tap.h"

#include <stdio.h>
#include <string.h>

static struct capi_str
str(const char *s)
{
	return (struct capi_str){s, strlen(s)};
}

static void
dates(void)
{
	/* date -u -d '...' +%s */
	ok(capi_retry_date(str("Sun, 06 Nov 1994 08:49:37 GMT")) == 784111777,
	    "the example of RFC 9110 is a date");
	ok(capi_retry_date(str("Thu, 01 Jan 1970 00:00:00 GMT")) == 0,
	    "the epoch is 0");
	ok(capi_retry_date(str("Tue, 29 Feb 2028 23:59:59 GMT")) == 1835481599,
	    "a leap day is counted");
	ok(capi_retry_date(str("Mon, 01 Mar 2100 00:00:00 GMT")) == 4107542400,
	    "2100 has no leap day");
	ok(capi_retry_date(str("Sunday, 06-Nov-94 08:49:37 GMT")) == -1 &&
		capi_retry_date(str("Sun Nov  6 08:49:37 1994")) == -1 &&
		capi_retry_date(str("")) == -1 &&
		capi_retry_date(str("Sun, 06 Foo 1994 08:49:37 GMT")) == -1 &&
		capi_retry_date(str("Sun, 06 Nov 1994 25:49:37 GMT")) == -1,
	    "other spellings are none");
}

static void
retry_after(void)
{
	const char *later = "Sun, 06 Nov 1994 08:51:37 GMT";

	ok(capi_retry_after(str("120"), -1, 0) == 120000, "seconds");
	ok(capi_retry_after(str(" 7 "), -1, 0) == 7000,
	    "blanks around a number do no harm");
	ok(capi_retry_after(str(later), 784111777, 0) == 120000,
	    "a date counts from the answer's own date");
	ok(capi_retry_after(str(later), -1, 784111697) == 200000,
	    "without one, from our clock");
	ok(capi_retry_after(str(later), 784121777, 0) == 0,
	    "a date in the past is now, not before now");
	ok(capi_retry_after(str("99999999999"), -1, 0) == CAPI_RETRY_AFTER_MAX,
	    "a huge number is a day");
	ok(capi_retry_after(str("99999999999999999999999999"), -1, 0) ==
		CAPI_RETRY_AFTER_MAX,
	    "one that no integer holds, too");
	ok(capi_retry_after(str("-5"), -1, 0) == -1 &&
		capi_retry_after(str("soon"), -1, 0) == -1 &&
		capi_retry_after(str(""), -1, 0) == -1 &&
		capi_retry_after(str("1.5"), -1, 0) == -1,
	    "anything else is no wish");
}

static void
backoff(void)
{
	bool in_bounds = true, equal_floor = true;
	uint64_t x = 88172645463325252ULL;

	ok(capi_retry_backoff(CAPI_IS_RETRY, 1, 2000, 900000, 0) == 0,
	    "full jitter may be nothing");
	ok(capi_retry_backoff(CAPI_IS_RETRY, 1, 2000, 900000, 2000) == 2000,
	    "and is the base at most after one failure");
	ok(capi_retry_backoff(CAPI_IS_RETRY, 3, 2000, 900000, 8000) == 8000 &&
		capi_retry_backoff(CAPI_IS_RETRY, 3, 2000, 900000, 8001) == 0,
	    "it doubles with each failure");
	for (unsigned n = 1; n < 200; n++) {
		int64_t ceiling = n > 9 ? 900000 : 2000 << (n - 1), full, half;

		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		if (ceiling > 900000)
			ceiling = 900000;
		full = capi_retry_backoff(CAPI_IS_RETRY, n, 2000, 900000, x);
		half = capi_retry_backoff(CAPI_IS_THROTTLE, n, 2000, 900000, x);
		in_bounds &= full >= 0 && full <= ceiling && half <= ceiling;
		equal_floor &= half >= ceiling / 2;
	}
	ok(in_bounds, "no pause is below zero or above its ceiling");
	ok(equal_floor, "a throttled destination rests at least the half");
	ok(capi_retry_asked(60000, 0) == 60000 &&
		capi_retry_asked(60000, 6000) == 66000,
	    "what the server asks for is kept, and up to a tenth more");
	ok(capi_retry_asked(CAPI_RETRY_AFTER_MAX, 12345) ==
		CAPI_RETRY_AFTER_MAX,
	    "but a day at most");
}

static void
statuses(void)
{
	static const struct {
		long status;
		enum capi_class spoken, silent;
	} table[] = {
	    {200, CAPI_IS_TAKEN, CAPI_IS_TAKEN},
	    {302, CAPI_IS_CONFIG, CAPI_IS_CONFIG},
	    {400, CAPI_IS_REFUSED, CAPI_IS_RETRY},
	    {401, CAPI_IS_AUTH, CAPI_IS_AUTH},
	    {403, CAPI_IS_AUTH, CAPI_IS_AUTH},
	    {404, CAPI_IS_CONFIG, CAPI_IS_CONFIG},
	    {408, CAPI_IS_RETRY, CAPI_IS_RETRY},
	    {410, CAPI_IS_CONFIG, CAPI_IS_CONFIG},
	    {413, CAPI_IS_SPLIT, CAPI_IS_SPLIT},
	    {422, CAPI_IS_REFUSED, CAPI_IS_RETRY},
	    {425, CAPI_IS_RETRY, CAPI_IS_RETRY},
	    {429, CAPI_IS_THROTTLE, CAPI_IS_THROTTLE},
	    {500, CAPI_IS_RETRY, CAPI_IS_RETRY},
	    {501, CAPI_IS_CONFIG, CAPI_IS_CONFIG},
	    {503, CAPI_IS_RETRY, CAPI_IS_RETRY},
	    {100, CAPI_IS_UNKNOWN, CAPI_IS_UNKNOWN},
	    {0, CAPI_IS_UNKNOWN, CAPI_IS_UNKNOWN},
	    {999, CAPI_IS_UNKNOWN, CAPI_IS_UNKNOWN},
	};
	char what[96];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		snprintf(what, sizeof(what), "%ld is %s, without JSON %s",
		    table[i].status, capi_class_name(table[i].spoken),
		    capi_class_name(table[i].silent));
		ok(capi_retry_status(table[i].status, true) ==
			    table[i].spoken &&
			capi_retry_status(table[i].status, false) ==
			    table[i].silent,
		    "%s", what);
	}
}

int
main(void)
{
	dates();
	retry_after();
	backoff();
	statuses();
	ok(!capi_retry_exhausted(12, 1000, 12, 86400000) &&
		!capi_retry_exhausted(3, 90000000, 12, 86400000) &&
		capi_retry_exhausted(12, 86400000, 12, 86400000),
	    "an event is given up when it is both old and much tried");
	return tap_done();
}
