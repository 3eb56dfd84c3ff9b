/*
 * TZif files (RFC 8536) and the POSIX TZ string at their end, which rules the
 * time after the last entry.
 */
#include "zone.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text.h"
#include "when.h"

#define DAY 86400

struct change {
	char kind;       /* 'M', 'J' or 'n' */
	int month, week; /* week 5 is the last */
	int day;         /* of the week for M, of the year otherwise */
	int32_t time;    /* seconds after midnight, may be negative */
};

struct capi_zone {
	size_t count;   /* of transitions */
	int64_t *at;    /* when */
	int32_t *after; /* offset from then on */
	int32_t first;  /* offset before them all */
	bool ruled;     /* the footer's rule follows the last one */
	bool summer;    /* and it has two offsets */
	int32_t standard, daylight;
	struct change begin, end;
};

#define ZONE_FILE_MAX 65536

static int64_t
change_day(const struct change *c, int64_t year)
{
	int64_t first, day;
	int weekday;

	first = capi_when_from_civil(year, 1, 1);
	if (c->kind == 'J') /* 1 to 365, the leap day never counted */
		return first + c->day - 1 +
		       (capi_when_is_leap(year) && c->day >= 60);
	if (c->kind == 'n')
		return first + c->day;
	first = capi_when_from_civil(year, (unsigned)c->month, 1);
	/* 1970-01-01 was a Thursday */
	weekday = (int)((first % 7 + 11) % 7);
	day = first + (c->day - weekday + 7) % 7 + (c->week - 1) * 7;
	if (c->week == 5 && day >= capi_when_from_civil(year + c->month / 12,
				       (unsigned)(c->month % 12 + 1), 1))
		day -= 7;
	return day;
}

static int32_t
rule_offset(const struct capi_zone *z, int64_t t)
{
	int64_t year, begin, end;
	unsigned m, d;
	bool inside;

	if (!z->summer)
		return z->standard;
	capi_when_civil(capi_when_day(t + z->standard), &year, &m, &d);
	begin = change_day(&z->begin, year) * DAY + z->begin.time - z->standard;
	end = change_day(&z->end, year) * DAY + z->end.time - z->daylight;
	inside = begin < end ? t >= begin && t < end : t >= begin || t < end;
	return inside ? z->daylight : z->standard;
}

int32_t
capi_zone_offset(const struct capi_zone *z, int64_t t)
{
	size_t low = 0, high = z->count;

	if (z->ruled && (!z->count || t >= z->at[z->count - 1]))
		return rule_offset(z, t);
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (z->at[mid] <= t)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? z->after[low - 1] : z->first;
}

/*
 * From local time to unix time. The offsets a day before and a day after are
 * the only ones that can hold: zones do not change twice within a day.
 */
int64_t
capi_zone_from_local(
    const struct capi_zone *z, int64_t local, bool *repeated, bool *skipped)
{
	int32_t before = capi_zone_offset(z, local - DAY);
	int32_t after = capi_zone_offset(z, local + DAY);
	bool first, second;

	*repeated = *skipped = false;
	if (before == after)
		return local - before;
	first = capi_zone_offset(z, local - before) == before;
	second = capi_zone_offset(z, local - after) == after;
	*repeated = first && second;
	*skipped = !first && !second;
	return first || !second ? local - before : local - after;
}

/* "5", "-3:30", "+10:00:00": hours, in seconds */
static int
posix_time(const char **p, const char *end, int32_t *out)
{
	static const int unit[] = {3600, 60, 1};
	int32_t total = 0, sign = 1;
	int i;

	if (*p < end && (**p == '-' || **p == '+'))
		sign = *(*p)++ == '-' ? -1 : 1;
	for (i = 0; i < 3; i++) {
		int value = 0, digits = 0;

		while (*p < end && capi_is_digit(**p) && digits++ < 3)
			value = value * 10 + *(*p)++ - '0';
		if (!digits)
			return -1;
		total += value * unit[i];
		if (*p == end || **p != ':')
			break;
		(*p)++;
	}
	*out = sign * total;
	return 0;
}

static int
posix_name(const char **p, const char *end)
{
	const char *start = *p;

	if (*p < end && **p == '<') {
		while (*p < end && **p != '>')
			(*p)++;
		if (*p == end)
			return -1;
		(*p)++;
		return 0;
	}
	while (*p < end && capi_is_alpha(**p))
		(*p)++;
	return *p - start >= 3 ? 0 : -1;
}

static int
posix_number(const char **p, const char *end, int low, int high, int *out)
{
	int value = 0, digits = 0;

	while (*p < end && capi_is_digit(**p) && digits++ < 3)
		value = value * 10 + *(*p)++ - '0';
	if (!digits || value < low || value > high)
		return -1;
	*out = value;
	return 0;
}

static int
posix_literal(const char **p, const char *end, char c)
{
	if (*p == end || **p != c)
		return -1;
	(*p)++;
	return 0;
}

/* ",M3.2.0/2", ",J60", ",59/-1" */
static int
posix_change(const char **p, const char *end, struct change *c)
{
	if (posix_literal(p, end, ',') || *p == end)
		return -1;
	c->time = 7200;
	c->kind = **p == 'M' || **p == 'J' ? *(*p)++ : 'n';
	if (c->kind == 'M') {
		if (posix_number(p, end, 1, 12, &c->month) ||
		    posix_literal(p, end, '.') ||
		    posix_number(p, end, 1, 5, &c->week) ||
		    posix_literal(p, end, '.') ||
		    posix_number(p, end, 0, 6, &c->day))
			return -1;
	} else if (posix_number(p, end, c->kind == 'J', 365, &c->day)) {
		return -1;
	}
	if (*p < end && **p == '/') {
		(*p)++;
		return posix_time(p, end, &c->time);
	}
	return 0;
}

/* RFC 8536 3.3.1: "EST5EDT,M3.2.0,M11.1.0"; an empty one rules nothing. */
static int
posix_rule(struct capi_zone *z, const char *p, const char *end)
{
	int32_t west;

	if (p == end)
		return 0;
	if (posix_name(&p, end) || posix_time(&p, end, &west))
		return -1;
	z->ruled = true;
	z->standard = -west;
	if (p == end)
		return 0;
	z->summer = true;
	z->daylight = z->standard + 3600;
	if (posix_name(&p, end))
		return -1;
	if (p < end && *p != ',') {
		if (posix_time(&p, end, &west))
			return -1;
		z->daylight = -west;
	}
	if (posix_change(&p, end, &z->begin) || posix_change(&p, end, &z->end))
		return -1;
	return p == end ? 0 : -1;
}

static uint32_t
big32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static int64_t
big64(const unsigned char *p)
{
	return (int64_t)((uint64_t)big32(p) << 32 | big32(p + 4));
}

#define TZIF_HEADER 44

/* The counts of a header, in the order of RFC 8536 3.1. */
struct tzif {
	uint32_t isut, isstd, leap, time, type, chars;
};

static int
tzif_header(const unsigned char *p, const unsigned char *end, struct tzif *h)
{
	if (end - p < TZIF_HEADER || memcmp(p, "TZif", 4) || p[4] < '2')
		return -1;
	h->isut = big32(p + 20);
	h->isstd = big32(p + 24);
	h->leap = big32(p + 28);
	h->time = big32(p + 32);
	h->type = big32(p + 36);
	h->chars = big32(p + 40);
	if (h->isut > 256 || h->isstd > 256 || h->leap > 4096 ||
	    h->time > 8192 || !h->type || h->type > 256 || h->chars > 4096)
		return -1;
	return 0;
}

static size_t
tzif_size(const struct tzif *h, size_t width)
{
	return h->time * (width + 1) + h->type * 6 + h->chars +
	       h->leap * (width + 4) + h->isstd + h->isut;
}

static int
tzif_offset(const unsigned char *types, uint32_t i, int32_t *out)
{
	*out = (int32_t)big32(types + 6 * i);
	/* RFC 8536 3.2: within a day or so; more is damage */
	return *out > -90000 && *out < 93600 ? 0 : -1;
}

static int
tzif_block(struct capi_zone *z, const unsigned char *p, const struct tzif *h)
{
	const unsigned char *kinds = p + 8 * h->time;
	const unsigned char *types = kinds + h->time;
	uint32_t i;

	z->count = h->time;
	z->at = malloc((h->time + 1) * sizeof(*z->at));
	z->after = malloc((h->time + 1) * sizeof(*z->after));
	if (!z->at || !z->after)
		return -2;
	if (tzif_offset(types, 0, &z->first))
		return -1;
	for (i = 0; i < h->time; i++) {
		z->at[i] = big64(p + 8 * i);
		if (kinds[i] >= h->type ||
		    tzif_offset(types, kinds[i], &z->after[i]) ||
		    (i && z->at[i] <= z->at[i - 1]))
			return -1;
	}
	return 0;
}

/* The first block has 32-bit times, for readers older than version 2. */
static enum capi_zone_verdict
tzif_read(struct capi_zone *z, const unsigned char *p, size_t n)
{
	const unsigned char *end = p + n, *close;
	struct tzif h;
	int r;

	if (tzif_header(p, end, &h) ||
	    (size_t)(end - p) < TZIF_HEADER + tzif_size(&h, 4))
		return CAPI_ZONE_BROKEN;
	p += TZIF_HEADER + tzif_size(&h, 4);
	if (tzif_header(p, end, &h) ||
	    (size_t)(end - p) < TZIF_HEADER + tzif_size(&h, 8))
		return CAPI_ZONE_BROKEN;
	r = tzif_block(z, p + TZIF_HEADER, &h);
	if (r)
		return r == -2 ? CAPI_ZONE_MEMORY : CAPI_ZONE_BROKEN;
	p += TZIF_HEADER + tzif_size(&h, 8);
	if (p == end || *p++ != '\n')
		return CAPI_ZONE_BROKEN;
	close = memchr(p, '\n', (size_t)(end - p));
	if (!close || posix_rule(z, (const char *)p, (const char *)close))
		return CAPI_ZONE_BROKEN;
	return CAPI_ZONE_OK;
}

/* The whole file or -1; no zone comes near the size of the buffer. */
static ssize_t
slurp(int fd, unsigned char *buf, size_t cap)
{
	size_t n = 0;

	while (n < cap) {
		ssize_t got = read(fd, buf + n, cap - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (!got)
			return (ssize_t)n;
		n += (size_t)got;
	}
	return -1;
}

static int
open_below(const char *dir, const char *name)
{
	int at, fd;

	at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return -1;
	fd = openat(at, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	close(at);
	return fd;
}

static enum capi_zone_verdict
zone_file(struct capi_zone *z, const char *name)
{
	enum capi_zone_verdict verdict = CAPI_ZONE_BROKEN;
	const char *dir = getenv("TZDIR");
	unsigned char *buf;
	struct stat st;
	ssize_t n;
	int fd;

	fd = open_below(dir && *dir ? dir : "/usr/share/zoneinfo", name);
	if (fd < 0)
		return CAPI_ZONE_ABSENT;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return CAPI_ZONE_ABSENT;
	}
	buf = malloc(ZONE_FILE_MAX);
	if (buf) {
		n = slurp(fd, buf, ZONE_FILE_MAX);
		if (n >= 0)
			verdict = tzif_read(z, buf, (size_t)n);
		free(buf);
	} else {
		verdict = CAPI_ZONE_MEMORY;
	}
	close(fd);
	return verdict;
}

/* Letters, digits and "_+-", in parts between slashes; so never "..". */
static bool
is_zone_name(const char *name)
{
	size_t i;

	if (!*name || *name == '/' || strlen(name) > 64)
		return false;
	for (i = 0; name[i]; i++) {
		if (name[i] == '/' && (name[i + 1] == '/' || !name[i + 1]))
			return false;
		if (!capi_is_alpha(name[i]) && !capi_is_digit(name[i]) &&
		    !strchr("_+-/", name[i]))
			return false;
	}
	return true;
}

/* "+02:00", "-0400", "+2": seconds; 14 hours is the most there is. */
const char *
capi_zone_read_offset(const char *p, const char *end, int32_t *out)
{
	int hours = 0, minutes = 0, digits = 0;
	int32_t sign;

	if (p == end || (*p != '+' && *p != '-'))
		return NULL;
	sign = *p++ == '-' ? -1 : 1;
	for (; p < end && capi_is_digit(*p) && digits < 2; digits++)
		hours = hours * 10 + *p++ - '0';
	if (!digits)
		return NULL;
	if (end - p >= 3 && *p == ':')
		p++;
	if (end - p >= 2 && capi_is_digit(p[0]) && capi_is_digit(p[1])) {
		minutes = (p[0] - '0') * 10 + p[1] - '0';
		p += 2;
	}
	if (minutes > 59 || hours * 60 + minutes > 14 * 60)
		return NULL;
	*out = sign * (hours * 3600 + minutes * 60);
	return p;
}

enum capi_zone_verdict
capi_zone_open(const char *name, struct capi_zone **zone)
{
	enum capi_zone_verdict verdict = CAPI_ZONE_OK;
	const char *end = name + strlen(name);
	struct capi_zone *z;
	int32_t offset = 0;

	z = calloc(1, sizeof(*z));
	if (!z)
		return CAPI_ZONE_MEMORY;
	if (!strcmp(name, "UTC") || !strcmp(name, "Z") ||
	    capi_zone_read_offset(name, end, &offset) == end)
		z->first = offset;
	else if (*name == '+' || *name == '-' || !is_zone_name(name))
		verdict = CAPI_ZONE_NAME;
	else
		verdict = zone_file(z, name);
	if (verdict != CAPI_ZONE_OK) {
		capi_zone_free(z);
		return verdict;
	}
	*zone = z;
	return CAPI_ZONE_OK;
}

void
capi_zone_free(struct capi_zone *zone)
{
	if (!zone)
		return;
	free(zone->at);
	free(zone->after);
	free(zone);
}
