#include "clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rule/place.h"
#include "rule/when.h"

/* Zones by number. A report each may have one; more than these is no use. */
#define ZONES 64

static struct {
	const char *name;
	struct capi_zone *zone;
} zones[ZONES] = {{"UTC", NULL}};

static int zone_count = 1;

int
capi_clock_zone(const char *name)
{
	struct capi_zone *zone;

	if (!strcmp(name, "Etc/UTC") || !strcmp(name, "Z"))
		return 0;
	for (int i = 0; i < zone_count; i++)
		if (!strcmp(zones[i].name, name))
			return i;
	if (zone_count == ZONES || capi_zone_open(name, &zone) != CAPI_ZONE_OK)
		return -1;
	zones[zone_count].name = name;
	zones[zone_count].zone = zone;
	return zone_count++;
}

void
capi_clock_release(void)
{
	for (int i = 1; i < zone_count; i++)
		capi_zone_free(zones[i].zone);
	zone_count = 1;
}

const char *
capi_clock_zone_name(int zone)
{
	return zones[zone].name;
}

int64_t
capi_clock_offset(int zone, int64_t time)
{
	return zone ? capi_zone_offset(zones[zone].zone, time) : 0;
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t
capi_clock_day(int zone, int64_t time)
{
	return floor_div(time + capi_clock_offset(zone, time), CAPI_DAY);
}

int64_t
capi_clock_start(int zone, int64_t day)
{
	int64_t time = day * CAPI_DAY;

	/* The offset at the result counts; it is the same but for a change
	 * within these hours, so look twice. */
	time = day * CAPI_DAY - capi_clock_offset(zone, time);
	return day * CAPI_DAY - capi_clock_offset(zone, time);
}

void
capi_clock_date(int64_t day, char text[16])
{
	int64_t y;
	unsigned m, d;

	capi_when_civil(day, &y, &m, &d);
	snprintf(text, 16, "%04u-%02u-%02u", (unsigned)(y % 10000), m % 100,
	    d % 100);
}

void
capi_clock_time(int zone, int64_t time, char text[24])
{
	int64_t local = time + capi_clock_offset(zone, time);
	int64_t day = floor_div(local, CAPI_DAY);
	int minute = (int)((local - day * CAPI_DAY) / 60);
	char date[16];

	capi_clock_date(day, date);
	snprintf(
	    text, 24, "%.10s %02d:%02d", date, minute / 60 % 24, minute % 60);
}

static bool
make_date(int64_t y, int64_t m, int64_t d, int64_t *day)
{
	int64_t back_y;
	unsigned back_m, back_d;

	if (y < 1970 || y > 2200 || m < 1 || m > 12 || d < 1 || d > 31)
		return false;
	*day = capi_when_from_civil(y, (unsigned)m, (unsigned)d);
	capi_when_civil(*day, &back_y, &back_m, &back_d);
	return back_m == m && back_d == d;
}

/* Months as platforms write them, by their first letters: English, German,
 * French, Spanish, Portuguese, Italian, Dutch. */
static const struct {
	const char *prefix;
	int month;
} months[] = {
    {"jan", 1},
    {"ene", 1},
    {"gen", 1},
    {"feb", 2},
    {"fev", 2},
    {"fév", 2},
    {"mar", 3},
    {"mär", 3},
    {"maa", 3},
    {"mrt", 3},
    {"apr", 4},
    {"abr", 4},
    {"avr", 4},
    {"may", 5},
    {"mai", 5},
    {"mag", 5},
    {"mei", 5},
    {"jun", 6},
    {"giu", 6},
    {"juin", 6},
    {"jul", 7},
    {"lug", 7},
    {"juil", 7},
    {"aug", 8},
    {"ago", 8},
    {"aoû", 8},
    {"aou", 8},
    {"sep", 9},
    {"set", 9},
    {"oct", 10},
    {"okt", 10},
    {"ott", 10},
    {"out", 10},
    {"nov", 11},
    {"dec", 12},
    {"dez", 12},
    {"dic", 12},
    {"déc", 12},
};

static int
month_named(struct capi_str word)
{
	for (size_t i = 0; i < sizeof(months) / sizeof(months[0]); i++) {
		size_t n = strlen(months[i].prefix), k = 0;

		if (word.n < n)
			continue;
		while (k < n && capi_lower(word.p[k]) == months[i].prefix[k])
			k++;
		if (k == n)
			return months[i].month;
	}
	return 0;
}

struct date_parts {
	int64_t number[3];
	size_t digits[3];
	char after[3]; /* the character behind each number */
	size_t count;
	int month; /* named */
	bool month_first;
};

/* The numbers and the month's name that a date begins with; a time of day
 * behind it is not looked at. */
static void
take_parts(struct capi_str s, struct date_parts *parts)
{
	size_t i = 0;

	memset(parts, 0, sizeof(*parts));
	while (i < s.n && parts->count + (parts->month != 0) < 3) {
		size_t from = i;

		if (capi_is_digit(s.p[i])) {
			int64_t n = 0;

			while (i < s.n && capi_is_digit(s.p[i]) && i - from < 9)
				n = n * 10 + (s.p[i++] - '0');
			parts->number[parts->count] = n;
			parts->digits[parts->count] = i - from;
			parts->after[parts->count] = i < s.n ? s.p[i] : '\0';
			parts->count++;
		} else if (capi_is_alpha(s.p[i]) || s.p[i] < 0) {
			struct capi_str word = {s.p + i, 0};

			while (i < s.n && (capi_is_alpha(s.p[i]) || s.p[i] < 0))
				i++;
			word.n = (size_t)(s.p + i - word.p);
			if (!parts->month && (parts->month = month_named(word)))
				parts->month_first = parts->count == 0;
		} else {
			i++;
		}
	}
}

bool
capi_clock_parse_date(struct capi_str s, int64_t *day)
{
	struct date_parts p;
	int64_t *n = p.number;

	s = capi_text_trim(s.p, s.n);
	if (!s.n || !(capi_is_digit(s.p[0]) || capi_is_alpha(s.p[0])))
		return false;
	take_parts(s, &p);
	if (p.month && p.count == 2)
		return p.digits[0] == 4 ? make_date(n[0], p.month, n[1], day)
					: make_date(n[1], p.month, n[0], day);
	if (p.month)
		return false;
	if (p.count >= 1 && p.digits[0] == 8 && p.after[0] != '.')
		return make_date(
		    n[0] / 10000, n[0] / 100 % 100, n[0] % 100, day);
	if (p.count != 3)
		return false;
	if (p.digits[0] == 4)
		return make_date(n[0], n[1], n[2], day);
	if (p.digits[2] != 4)
		return false;
	if (p.after[0] == '.' || n[0] > 12)
		return make_date(n[2], n[1], n[0], day);
	if (n[1] > 12 || n[0] == n[1])
		return make_date(n[2], n[0], n[1], day);
	return false; /* 4/5/2026: nobody can tell */
}

static bool
digits(struct capi_str s, size_t at, size_t count, int64_t *n)
{
	*n = 0;
	if (at + count > s.n)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!capi_is_digit(s.p[at + i]))
			return false;
		*n = *n * 10 + (s.p[at + i] - '0');
	}
	return true;
}

static bool
parse_offset(struct capi_str s, size_t at, int64_t *offset)
{
	int64_t h, m = 0;
	int sign;

	while (at < s.n && s.p[at] == ' ')
		at++;
	if (at == s.n)
		return false;
	if (s.p[at] == 'Z' || s.p[at] == 'z') {
		*offset = 0;
		return at + 1 == s.n;
	}
	if (s.n - at == 3 && !memcmp(s.p + at, "UTC", 3)) {
		*offset = 0;
		return true;
	}
	sign = s.p[at] == '+' ? 1 : s.p[at] == '-' ? -1 : 0;
	if (!sign || !digits(s, at + 1, 2, &h))
		return false;
	at += 3;
	at += at < s.n && s.p[at] == ':';
	if (at < s.n && !digits(s, at, 2, &m))
		return false;
	*offset = sign * (h * 3600 + m * 60);
	return true;
}

bool
capi_clock_parse_time(struct capi_str s, int64_t *time)
{
	int64_t y, mo, d, h, mi, sec = 0, offset, day;
	size_t at;

	if (!s.n)
		return false;
	/* Nearly all of them. */
	for (at = 0, day = 0; at < s.n && at < 18 && capi_is_digit(s.p[at]);
	     at++)
		day = day * 10 + (s.p[at] - '0');
	if (at == s.n) {
		*time = day;
		return true;
	}
	for (at = s.p[0] == '-'; at < s.n && capi_is_digit(s.p[at]); at++)
		;
	if (at > (s.p[0] == '-') && (at == s.n || s.p[at] == '.')) {
		int64_t micros;

		if (!capi_clock_decimal(s, false, &micros))
			return false;
		*time = floor_div(micros, CAPI_MICROS);
		return true;
	}
	if (!digits(s, 0, 4, &y) || !digits(s, 5, 2, &mo) ||
	    !digits(s, 8, 2, &d) || !make_date(y, mo, d, &day) || s.n < 16 ||
	    (s.p[10] != 'T' && s.p[10] != ' ') || !digits(s, 11, 2, &h) ||
	    !digits(s, 14, 2, &mi))
		return false;
	at = 16;
	if (at < s.n && s.p[at] == ':') {
		if (!digits(s, at + 1, 2, &sec))
			return false;
		at += 3;
	}
	if (at < s.n && s.p[at] == '.')
		for (at++; at < s.n && capi_is_digit(s.p[at]);)
			at++;
	if (h > 24 || mi > 59 || sec > 60 || !parse_offset(s, at, &offset))
		return false;
	*time = day * CAPI_DAY + h * 3600 + mi * 60 + sec - offset;
	return true;
}

/* What is left of a number as a platform prints it: digits, marks, sign. */
static size_t
bare_number(struct capi_str s, char *out, size_t size)
{
	const char *p = s.p;
	size_t left = s.n, n = 0;

	while (left) {
		uint32_t c = capi_text_next(&p, &left);

		if (c == ' ' || c == 0xa0 || c == 0x202f || c == 0x2009 ||
		    c == '\'' || c == 0x2019 || c == '[' || c == ']' ||
		    c == '$' || c == 0x20ac || c == 0xa3)
			continue;
		if (c == 0x2212)
			c = '-';
		if (c > 127 || n + 1 == size)
			return 0;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return n;
}

/* Where the decimal mark stands in it, or n. */
static size_t
decimal_mark(const char *p, size_t n, bool comma)
{
	const char *dot = memrchr(p, '.', n), *com = memrchr(p, ',', n);
	const char *mark = dot;
	size_t at, before;

	if (dot && com)
		return (size_t)((dot > com ? dot : com) - p);
	if (com)
		mark = com;
	if (!mark)
		return n;
	if (memchr(p, *mark, (size_t)(mark - p)))
		return n; /* more than one: they group thousands */
	at = (size_t)(mark - p);
	before = at - (p[0] == '-' || p[0] == '+');
	/* "1,234" and "1.234" can be both; "0.234" and "1234.567" can not. */
	if (n - at == 4 && before >= 1 && before <= 3 && mark[-1] &&
	    p[at - before] != '0' && (*mark == ',') != comma)
		return n;
	return at;
}

bool
capi_clock_decimal(struct capi_str s, bool comma, int64_t *micros)
{
	char text[48];
	size_t n, mark, i = 0, seen = 0;
	int64_t whole = 0, part = 0, unit = CAPI_MICROS;
	bool minus;

	s = capi_text_trim(s.p, s.n);
	if (!s.n || !capi_text_is_utf8(s.p, s.n))
		return false;
	n = bare_number(s, text, sizeof(text));
	if (!n)
		return false;
	mark = decimal_mark(text, n, comma);
	minus = text[0] == '-';
	for (i = minus || text[0] == '+'; i < n; i++) {
		if (i == mark)
			continue;
		if (i < mark && (text[i] == '.' || text[i] == ','))
			continue;
		if (!capi_is_digit(text[i]))
			return false;
		seen++;
		if (i < mark) {
			if (whole > INT64_MAX / CAPI_MICROS / 10 - 1)
				return false;
			whole = whole * 10 + (text[i] - '0');
		} else if (unit > 1) {
			unit /= 10;
			part += unit * (text[i] - '0');
		}
	}
	if (!seen)
		return false;
	*micros = whole * CAPI_MICROS + part;
	if (minus)
		*micros = -*micros;
	return true;
}

void
capi_clock_decimal_text(int64_t micros, int least, char text[32])
{
	uint64_t u = micros < 0 ? -(uint64_t)micros : (uint64_t)micros;
	size_t n, whole;

	snprintf(text, 32, "%s%" PRIu64 ".%06" PRIu64, micros < 0 ? "-" : "",
	    u / CAPI_MICROS, u % CAPI_MICROS);
	n = strlen(text);
	whole = n - 6;
	while (n > whole + (size_t)least && text[n - 1] == '0')
		n--;
	if (text[n - 1] == '.')
		n--;
	text[n] = '\0';
}

void
capi_clock_money_text(int64_t micros, const char *currency, char text[32])
{
	int minor = strlen(currency) == 3 ? capi_place_minor(currency) : -1;

	capi_clock_decimal_text(micros, minor < 0 ? 2 : minor, text);
}
