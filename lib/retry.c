#include "retry.h"

#include <string.h>

const char *
capi_class_name(enum capi_class c)
{
	static const char *const names[] = {
	    [CAPI_IS_TAKEN] = "taken",
	    [CAPI_IS_RETRY] = "retry",
	    [CAPI_IS_THROTTLE] = "throttle",
	    [CAPI_IS_UNREACHED] = "unreached",
	    [CAPI_IS_UNKNOWN] = "unknown",
	    [CAPI_IS_REFUSED] = "refused",
	    [CAPI_IS_SPLIT] = "split",
	    [CAPI_IS_AUTH] = "auth",
	    [CAPI_IS_CONFIG] = "config",
	};

	return names[c];
}

enum capi_class
capi_retry_status(long status, bool spoke)
{
	static const struct {
		long from, to;
		enum capi_class c;
	} table[] = {
	    {200, 299, CAPI_IS_TAKEN},
	    {300, 399, CAPI_IS_CONFIG}, /* a redirect is never followed */
	    {401, 401, CAPI_IS_AUTH},
	    {403, 403, CAPI_IS_AUTH},
	    {404, 405, CAPI_IS_CONFIG},
	    {407, 407, CAPI_IS_CONFIG}, /* a proxy wants a password */
	    {408, 408, CAPI_IS_RETRY},
	    {410, 410, CAPI_IS_CONFIG},
	    {413, 413, CAPI_IS_SPLIT},
	    {415, 415, CAPI_IS_CONFIG},
	    {425, 425, CAPI_IS_RETRY},
	    {429, 429, CAPI_IS_THROTTLE},
	    {400, 499, CAPI_IS_REFUSED},
	    {501, 501, CAPI_IS_CONFIG},
	    /* A gateway speaks, and the platform behind it may have taken
	     * the request (RFC 9110, 15.6.3 and 15.6.5). */
	    {502, 502, CAPI_IS_UNKNOWN},
	    {504, 504, CAPI_IS_UNKNOWN},
	    {500, 599, CAPI_IS_RETRY},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (status < table[i].from || status > table[i].to)
			continue;
		/* An error page of a proxy says nothing of our events. */
		if (table[i].c == CAPI_IS_REFUSED && !spoke)
			return CAPI_IS_RETRY;
		return table[i].c;
	}
	return CAPI_IS_UNKNOWN;
}

int64_t
capi_retry_backoff(enum capi_class c, unsigned n, int64_t base_ms,
    int64_t cap_ms, uint64_t random)
{
	int64_t ceiling = base_ms;

	for (; n > 1 && ceiling < cap_ms; n--)
		ceiling *= 2;
	if (ceiling > cap_ms)
		ceiling = cap_ms;
	if (c == CAPI_IS_THROTTLE)
		return ceiling / 2 +
		       (int64_t)(random % (uint64_t)(ceiling / 2 + 1));
	return (int64_t)(random % (uint64_t)(ceiling + 1));
}

int64_t
capi_retry_asked(int64_t asked_ms, uint64_t random)
{
	int64_t wait = asked_ms;

	if (wait < 0)
		wait = 0;
	wait += (int64_t)(random % (uint64_t)(wait / 10 + 1));
	return wait > CAPI_RETRY_AFTER_MAX ? CAPI_RETRY_AFTER_MAX : wait;
}

static bool
two_digits(const char *p, int *n)
{
	if (!capi_is_digit(p[0]) || !capi_is_digit(p[1]))
		return false;
	*n = (p[0] - '0') * 10 + (p[1] - '0');
	return true;
}

/* Days from 1970-01-01 in the Gregorian calendar, March as first month. */
static int64_t
days_of(int64_t year, int month, int day)
{
	int64_t era, of_era;
	int of_year;

	year -= month <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	of_era = (year - era * 400) * 365 + (year - era * 400) / 4 -
		 (year - era * 400) / 100 + of_year;
	return era * 146097 + of_era - 719468;
}

int64_t
capi_retry_date(struct capi_str v)
{
	/* "Sun, 06 Nov 1994 08:49:37 GMT" */
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int day, century, year, hour, minute, second, month = 0;

	if (v.n != 29 || memcmp(v.p + 25, " GMT", 4) || v.p[3] != ',' ||
	    v.p[4] != ' ' || v.p[7] != ' ' || v.p[11] != ' ' ||
	    v.p[16] != ' ' || v.p[19] != ':' || v.p[22] != ':')
		return -1;
	for (int i = 0; i < 12; i++)
		if (!memcmp(months + 3 * i, v.p + 8, 3))
			month = i + 1;
	if (!month || !two_digits(v.p + 5, &day) ||
	    !two_digits(v.p + 12, &century) || !two_digits(v.p + 14, &year) ||
	    !two_digits(v.p + 17, &hour) || !two_digits(v.p + 20, &minute) ||
	    !two_digits(v.p + 23, &second))
		return -1;
	if (day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
		return -1;
	return days_of(century * 100 + year, month, day) * 86400 + hour * 3600 +
	       minute * 60 + second;
}

int64_t
capi_retry_after(struct capi_str value, int64_t date, int64_t now)
{
	struct capi_str v = capi_text_trim(value.p, value.n);
	int64_t until, seconds = 0;

	if (!v.n)
		return -1;
	until = capi_retry_date(v);
	if (until >= 0) {
		seconds = until - (date >= 0 ? date : now);
		if (seconds < 0)
			seconds = 0;
	} else {
		for (size_t i = 0; i < v.n; i++) {
			if (!capi_is_digit(v.p[i]))
				return -1;
			if (seconds < CAPI_RETRY_AFTER_MAX)
				seconds = seconds * 10 + (v.p[i] - '0');
		}
	}
	if (seconds > CAPI_RETRY_AFTER_MAX / 1000)
		seconds = CAPI_RETRY_AFTER_MAX / 1000;
	return seconds * 1000;
}

bool
capi_retry_exhausted(unsigned attempts, int64_t age_ms, unsigned max_attempts,
    int64_t max_age_ms)
{
	return attempts >= max_attempts && age_ms >= max_age_ms;
}
