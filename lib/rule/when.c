#include "when.h"

#include <string.h>

#include "text.h"

#define DAY 86400

/*
 * The calendar. Years begin in March here, so that the leap day is the last;
 * 400 of them have 146097 days.
 */
int64_t
capi_when_from_civil(int64_t year, unsigned month, unsigned day)
{
	int64_t era, y = year - (month <= 2);
	unsigned of_era, of_year;

	era = (y >= 0 ? y : y - 399) / 400;
	of_era = (unsigned)(y - era * 400);
	of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       of_year - 719468;
}

void
capi_when_civil(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
	int64_t era;
	unsigned of_era, years, of_year, m;

	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	of_era = (unsigned)(days - era * 146097);
	years =
	    (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (365 * years + years / 4 - years / 100);
	m = (5 * of_year + 2) / 153;
	*day = of_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = era * 400 + years + (*month <= 2);
}

int64_t
capi_when_day(int64_t unix_s)
{
	return unix_s / DAY - (unix_s % DAY < 0);
}

bool
capi_when_is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool
is_date(int y, int m, int d)
{
	static const char len[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return y >= 1900 && y <= 2199 && m >= 1 && m <= 12 && d >= 1 &&
	       d <= len[m - 1] + (m == 2 && capi_when_is_leap(y));
}

static void
put_digits(char *out, int64_t value, int width)
{
	while (width--) {
		out[width] = (char)('0' + value % 10);
		value /= 10;
	}
}

static void
put_date(char *out, int64_t y, unsigned m, unsigned d)
{
	put_digits(out, y, 4);
	out[4] = '-';
	put_digits(out + 5, m, 2);
	out[7] = '-';
	put_digits(out + 8, d, 2);
}

/*
 * The text: lower case, letters without accents, one kind of space and one
 * of dash.
 */
#define TEXT_MAX 96

struct text {
	char s[TEXT_MAX];
	const char *p;
	const char *end;
};

/* U+00C0 to U+00FF; the feminine and masculine ordinal signs elsewhere */
static const char latin[] = "aaaaaaaceeeeiiiidnooooo ouuuuy sa"
			    "aaaaaaceeeeiiiidnooooo ouuuuy y";

/* One character that is not ASCII: what it counts as, 0 none, -1 unknown. */
static int
plain(uint32_t c)
{
	if (c >= 0xc0 && c <= 0xff)
		return latin[c - 0xc0];
	if (c == 0xa0 || c == 0x202f || c == 0x3000 ||
	    (c >= 0x2000 && c <= 0x200a))
		return ' ';
	if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212)
		return '-';
	if (c == 0xaa || c == 0xba || c == 0xb0)
		return 'o';
	if (c >= 0xff10 && c <= 0xff19)
		return (int)(c - 0xff10 + '0');
	if ((c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) ||
	    c == 0xfeff)
		return 0;
	switch (c) {
	case 0x5e74: /* year, month and day in Japanese and Chinese */
	case 0x6708:
	case 0xb144: /* and in Korean */
	case 0xc6d4:
		return '-';
	case 0x65e5:
	case 0xc77c:
		return ' ';
	default:
		return -1;
	}
}

/* A character of two or three bytes; longer ones are in no date. */
static size_t
decode(const unsigned char *s, size_t n, uint32_t *c)
{
	if (n >= 2 && s[0] >= 0xc2 && s[0] < 0xe0 && (s[1] & 0xc0) == 0x80) {
		*c = (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu);
		return 2;
	}
	if (n >= 3 && s[0] >= 0xe0 && s[0] < 0xf0 && (s[1] & 0xc0) == 0x80 &&
	    (s[2] & 0xc0) == 0x80) {
		*c = (s[0] & 0xfu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
		return 3;
	}
	return 0;
}

static void
text_trim(struct text *t)
{
	while (t->p < t->end && *t->p == ' ')
		t->p++;
	while (t->p < t->end && t->end[-1] == ' ')
		t->end--;
}

static int
text_read(struct text *t, const char *s, size_t n)
{
	size_t len = 0;

	while (n) {
		unsigned char c = (unsigned char)*s;
		size_t used = 1;
		int as = c;

		if (c >= 0x80) {
			uint32_t point;

			used = decode((const unsigned char *)s, n, &point);
			as = used ? plain(point) : -1;
		} else if (c >= 'A' && c <= 'Z') {
			as = c + 32;
		} else if (c < ' ') {
			as = c == '\t' || c == '\n' || c == '\r' ? ' ' : -1;
		}
		s += used;
		n -= used;
		if (!as || (as == ' ' && !len))
			continue;
		if (as < 0 || len == sizeof(t->s))
			return -1;
		t->s[len++] = (char)as;
	}
	t->p = t->s;
	t->end = t->s + len;
	text_trim(t);
	/* a spreadsheet's guards */
	if (t->end - t->p >= 3 && t->p[0] == '=' && t->p[1] == '"' &&
	    t->end[-1] == '"')
		t->p += 2, t->end--;
	else if (t->p < t->end && *t->p == '\'')
		t->p++;
	text_trim(t);
	return 0;
}

static int
peek(const struct text *t, size_t ahead)
{
	return (size_t)(t->end - t->p) > ahead ? t->p[ahead] : 0;
}

static size_t
digits_at(const struct text *t)
{
	const char *p = t->p;

	while (p < t->end && capi_is_digit(*p))
		p++;
	return (size_t)(p - t->p);
}

static int
take(struct text *t, size_t digits)
{
	int value = 0;

	while (digits--)
		value = value * 10 + *t->p++ - '0';
	return value;
}

static void
skip(struct text *t, const char *these)
{
	for (; t->p < t->end; t->p++) {
		const char *c = these;

		while (*c && *c != *t->p)
			c++;
		if (!*c)
			return;
	}
}

static bool
skip_one(struct text *t, char c)
{
	if (peek(t, 0) != c)
		return false;
	t->p++;
	return true;
}

/* The letters ahead; *n of them. They stay where they are. */
static const char *
word(const struct text *t, size_t *n)
{
	const char *p = t->p;

	while (p < t->end && *p >= 'a' && *p <= 'z')
		p++;
	*n = (size_t)(p - t->p);
	return t->p;
}

/* Is the word one of a list that has a space before and after each? */
static bool
is_in(const char *list, const char *w, size_t n)
{
	for (; *list; list++) {
		size_t i = 0;

		if (*list != ' ' || list[1] != *w)
			continue;
		while (i < n && list[1 + i] == w[i])
			i++;
		if (i == n && list[1 + n] == ' ')
			return true;
	}
	return false;
}

/*
 * What a text says, before anybody asks where on earth. Year 0 is none yet;
 * for numeric dates the three numbers wait for an order.
 */
struct parts {
	int year, month, day;
	int number[3];
	uint8_t width[3];
	int hour, minute, second, millis;
	int32_t offset;
	bool has_zone;
	uint8_t precision, form;
	int64_t unix_s;
};

/* Noise around a time of day: "at", "um ... Uhr", "alle ore". */
static void
skip_fillers(struct text *t)
{
	for (;;) {
		size_t n;
		const char *w;

		skip(t, " ,");
		w = word(t, &n);
		if (!n || !is_in(" at um uhr a as alle ore om uur kl las le "
				 "h o os ",
			      w, n))
			return;
		t->p += n;
		skip(t, ".");
	}
}

/* "am", "p.m", "p. m": how long, 0 if it is something else */
static size_t
half_length(const struct text *t)
{
	if (peek(t, 0) != 'a' && peek(t, 0) != 'p')
		return 0;
	if (peek(t, 1) == 'm')
		return 2;
	if (peek(t, 1) == '.' && peek(t, 2) == 'm')
		return 3;
	return peek(t, 1) == '.' && peek(t, 2) == ' ' && peek(t, 3) == 'm' ? 4
									   : 0;
}

static int
read_half(struct text *t, struct parts *d)
{
	bool pm;
	size_t n;

	skip(t, " ");
	n = half_length(t);
	if (!n)
		return 0;
	pm = peek(t, 0) == 'p';
	t->p += n;
	skip_one(t, '.');
	if (d->hour < 1 || d->hour > 12)
		return -1;
	d->hour = d->hour % 12 + (pm ? 12 : 0);
	return 0;
}

/*
 * RFC 2822 4.3 and two of Europe; others ("CST", "BST", "IST") mean
 * different times to different people.
 */
static const struct {
	char name[5];
	int8_t hours;
} zones[] = {{"z", 0}, {"utc", 0}, {"gmt", 0}, {"est", -5}, {"edt", -4},
    {"mst", -7}, {"mdt", -6}, {"pst", -8}, {"pdt", -7}, {"cet", 1},
    {"cest", 2}};

static int
read_zone(struct text *t, struct parts *d)
{
	const char *w, *after;
	size_t i, n;

	if (t->p == t->end)
		return 0;
	skip(t, " ");
	w = word(t, &n);
	for (i = 0; n && i < sizeof(zones) / sizeof(zones[0]); i++) {
		if (n > 4 || memcmp(zones[i].name, w, n) || zones[i].name[n])
			continue;
		t->p += n;
		d->offset = zones[i].hours * 3600;
		d->has_zone = true;
		if (w[0] != 'u' && w[0] != 'g')
			return 0;
		break; /* "GMT+0200" may follow */
	}
	if (peek(t, 0) != '+' && peek(t, 0) != '-')
		return 0;
	after = capi_zone_read_offset(t->p, t->end, &d->offset);
	if (!after)
		return -1;
	t->p = after;
	d->has_zone = true;
	return 0;
}

static int
read_fraction(struct text *t, struct parts *d)
{
	int scale = 100;

	if ((peek(t, 0) != '.' && peek(t, 0) != ',') ||
	    !capi_is_digit((char)peek(t, 1)))
		return 0;
	t->p++;
	for (; capi_is_digit((char)peek(t, 0)); t->p++, scale /= 10)
		d->millis += (*t->p - '0') * scale;
	return 0;
}

/* 14:30, 14:30:00.123, 14.30, 14h30, 2 PM; 1430 and 143000 if compact */
static int
read_clock(struct text *t, struct parts *d, bool compact)
{
	size_t n = digits_at(t);
	char mark;

	if (compact && (n == 4 || n == 6)) {
		d->hour = take(t, 2);
		d->minute = take(t, 2);
		d->precision = n == 6 ? CAPI_WHEN_SECOND : CAPI_WHEN_MINUTE;
		d->second = n == 6 ? take(t, 2) : 0;
		return n == 6 ? read_fraction(t, d) : 0;
	}
	if (n < 1 || n > 2)
		return -1;
	d->hour = take(t, n);
	d->precision = CAPI_WHEN_MINUTE;
	if (peek(t, 0) == ' ' && peek(t, 1) == 'h')
		t->p++;
	mark = (char)peek(t, 0);
	if (mark != ':' && mark != '.' && mark != 'h') {
		/* a bare hour is none, unless it has its half of the day */
		skip(t, " ");
		return half_length(t) ? 0 : -1;
	}
	t->p++;
	if (mark == 'h')
		skip(t, " ");
	if (mark == 'h' && !digits_at(t))
		return 0;
	if (digits_at(t) != 2)
		return -1;
	d->minute = take(t, 2);
	if (mark == 'h' || peek(t, 0) != mark ||
	    !capi_is_digit((char)peek(t, 1)))
		return 0;
	t->p++;
	if (digits_at(t) != 2)
		return -1;
	d->second = take(t, 2);
	d->precision = CAPI_WHEN_SECOND;
	return read_fraction(t, d);
}

/* All that may follow a date, to the end of the text. */
static int
read_time(struct text *t, struct parts *d, bool compact)
{
	bool mark;

	skip(t, " ,");
	mark = peek(t, 0) == 't' && capi_is_digit((char)peek(t, 1));
	if (mark)
		t->p++;
	else
		skip_fillers(t);
	if (t->p == t->end)
		return 0;
	if (read_clock(t, d, compact && mark) || read_half(t, d) ||
	    read_zone(t, d))
		return -1;
	/* 60 is a leap second, which unix time does not know */
	if (d->hour > 23 || d->minute > 59 || d->second > 60)
		return -1;
	skip_fillers(t);
	if (peek(t, 0) == '(' && t->end[-1] == ')')
		t->p = t->end;
	return t->p == t->end ? 0 : -1;
}

/* A separator and the spaces some write after a dot: "4. 4. 2026" */
static bool
read_separator(struct text *t, char *mark)
{
	char c = (char)peek(t, 0);

	if (c != '-' && c != '/' && c != '.')
		return false;
	if (*mark && c != *mark)
		return false;
	*mark = c;
	t->p++;
	if (c == '.')
		skip(t, " ");
	return true;
}

/* Three numbers with the same separator; -1 if the text has no such thing. */
static int
read_three(struct text *t, struct parts *d)
{
	char mark = 0;
	int i;

	for (i = 0; i < 3; i++) {
		size_t n = digits_at(t);

		if (!n || n == 3 || n > 4 || (n == 4 && i == 1))
			return -1;
		d->width[i] = (uint8_t)n;
		d->number[i] = take(t, n);
		if (i < 2 && !read_separator(t, &mark))
			return -1;
	}
	if (mark == '.' || mark == '-')
		skip_one(t, mark);
	return 0;
}

/*
 * The months as they are written in seven languages, abbreviated or not,
 * without accents; sorted.
 */
static const struct {
	char name[11];
	char month;
} months[] = {
    {"abr", 4},
    {"abril", 4},
    {"ago", 8},
    {"agosto", 8},
    {"aout", 8},
    {"apr", 4},
    {"april", 4},
    {"aprile", 4},
    {"aug", 8},
    {"august", 8},
    {"augustus", 8},
    {"avr", 4},
    {"avril", 4},
    {"dec", 12},
    {"december", 12},
    {"decembre", 12},
    {"dez", 12},
    {"dezember", 12},
    {"dezembro", 12},
    {"dic", 12},
    {"dicembre", 12},
    {"diciembre", 12},
    {"ene", 1},
    {"enero", 1},
    {"feb", 2},
    {"febbraio", 2},
    {"feber", 2},
    {"febrero", 2},
    {"februar", 2},
    {"februari", 2},
    {"february", 2},
    {"fev", 2},
    {"fevereiro", 2},
    {"fevr", 2},
    {"fevrier", 2},
    {"gen", 1},
    {"gennaio", 1},
    {"giu", 6},
    {"giugno", 6},
    {"jan", 1},
    {"janeiro", 1},
    {"janner", 1},
    {"januar", 1},
    {"januari", 1},
    {"january", 1},
    {"janv", 1},
    {"janvier", 1},
    {"juil", 7},
    {"juillet", 7},
    {"juin", 6},
    {"jul", 7},
    {"julho", 7},
    {"juli", 7},
    {"julio", 7},
    {"july", 7},
    {"jun", 6},
    {"june", 6},
    {"junho", 6},
    {"juni", 6},
    {"junio", 6},
    {"lug", 7},
    {"luglio", 7},
    {"maart", 3},
    {"maerz", 3},
    {"mag", 5},
    {"maggio", 5},
    {"mai", 5},
    {"maio", 5},
    {"mar", 3},
    {"march", 3},
    {"marco", 3},
    {"mars", 3},
    {"marz", 3},
    {"marzo", 3},
    {"may", 5},
    {"mayo", 5},
    {"mei", 5},
    {"mrt", 3},
    {"mrz", 3},
    {"nov", 11},
    {"november", 11},
    {"novembre", 11},
    {"novembro", 11},
    {"noviembre", 11},
    {"oct", 10},
    {"october", 10},
    {"octobre", 10},
    {"octubre", 10},
    {"okt", 10},
    {"oktober", 10},
    {"ott", 10},
    {"ottobre", 10},
    {"out", 10},
    {"outubro", 10},
    {"sep", 9},
    {"sept", 9},
    {"september", 9},
    {"septembre", 9},
    {"septiembre", 9},
    {"set", 9},
    {"setembro", 9},
    {"setiembre", 9},
    {"sett", 9},
    {"settembre", 9},
};

static const char weekdays[] =
    " monday mon tuesday tue tues wednesday wed thursday thu thur thurs "
    "friday fri saturday sat sunday sun montag mo dienstag di mittwoch mi "
    "donnerstag do freitag fr samstag sonnabend sa sonntag so lundi lun mardi "
    "mar mercredi mer jeudi jeu vendredi ven samedi sam dimanche dim lunes "
    "martes miercoles mie jueves jue viernes vie sabado sab domingo dom "
    "lunedi martedi mercoledi giovedi gio venerdi domenica segunda seg terca "
    "ter quarta qua quinta qui sexta sex feira maandag ma dinsdag woensdag wo "
    "donderdag vrijdag vr zaterdag za zondag zo ";

static int
month_of(const char *w, size_t n)
{
	size_t low = 0, high = sizeof(months) / sizeof(months[0]);

	if (n < 3 || n >= sizeof(months[0].name))
		return 0;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int d = strncmp(w, months[mid].name, n);

		if (!d && !months[mid].name[n])
			return months[mid].month;
		if (d <= 0)
			high = mid;
		else
			low = mid + 1;
	}
	return 0;
}

/* One word of a date: a month, or something that may stand beside it. */
static int
read_word(struct text *t, struct parts *d)
{
	size_t n;
	const char *w = word(t, &n);
	int month = month_of(w, n);

	t->p += n;
	/* "mar. 3 mars": the first was Tuesday, in French and Spanish */
	if (month && (!d->month || d->month == 3)) {
		d->month = month;
		return 0;
	}
	if (is_in(weekdays, w, n) ||
	    is_in(" de del of the den le el il ", w, n))
		return 0;
	return -1;
}

static void
skip_ordinal(struct text *t)
{
	size_t n;
	const char *w = word(t, &n);

	if (n && is_in(" st nd rd th er e o a ", w, n))
		t->p += n;
}

/*
 * "1 sept. 2026", "Sep 1, 2026", "2026-Sep-01", "Sat, 04 Apr 2026 14:30".
 * The numbers end up in number[], the year's place being told by its width.
 */
static int
read_words(struct text *t, struct parts *d)
{
	int count = 0;

	while (t->p < t->end && (count < 2 || !d->month)) {
		size_t n = digits_at(t);

		if (n) {
			if (count == 2 || n == 3 || n > 4)
				return -1;
			d->width[count] = (uint8_t)n;
			d->number[count++] = take(t, n);
			if (n <= 2)
				skip_ordinal(t);
			if (peek(t, 0) == ':')
				return -1;
		} else if (peek(t, 0) >= 'a' && peek(t, 0) <= 'z') {
			if (read_word(t, d))
				return -1;
		}
		n = (size_t)(t->end - t->p);
		skip(t, " ,.-/");
		if (n == (size_t)(t->end - t->p) && n && !digits_at(t) &&
		    !(peek(t, 0) >= 'a' && peek(t, 0) <= 'z'))
			return -1;
	}
	return count == 2 && d->month ? 0 : -1;
}

static int
full_year(int year, int width)
{
	if (width == 4)
		return year;
	return year <= 68 ? 2000 + year : 1900 + year;
}

static bool
set_date(struct parts *d, int y, int m, int day)
{
	d->year = full_year(d->number[y], d->width[y]);
	d->month = d->number[m];
	d->day = d->number[day];
	return (d->width[y] == 2 || d->width[y] == 4) && d->width[m] <= 2 &&
	       d->width[day] <= 2 && is_date(d->year, d->month, d->day);
}

static bool
set_ordered(struct parts *d, unsigned order)
{
	if (order == CAPI_WHEN_YMD)
		return set_date(d, 0, 1, 2);
	if (order == CAPI_WHEN_MDY)
		return set_date(d, 2, 0, 1);
	return set_date(d, 2, 1, 0);
}

/* The orders in which three numbers are a date. */
static unsigned
orders_of(const struct parts *d)
{
	unsigned order, mask = 0;

	for (order = CAPI_WHEN_DMY; order <= CAPI_WHEN_YMD; order <<= 1) {
		struct parts copy = *d;

		if (set_ordered(&copy, order))
			mask |= order;
	}
	return mask;
}

static enum capi_when_verdict
settle_three(struct parts *d, unsigned order)
{
	unsigned mask;

	if (d->width[0] == 4) {
		d->form = CAPI_WHEN_ISO;
		return set_ordered(d, CAPI_WHEN_YMD) ? CAPI_WHEN_OK
						     : CAPI_WHEN_BAD;
	}
	d->form = CAPI_WHEN_NUMERIC;
	mask = orders_of(d);
	/* year first says nothing about dates that have it last */
	if (order == CAPI_WHEN_YMD && d->width[2] == 4)
		order = CAPI_WHEN_ORDER_UNKNOWN;
	if (order)
		return set_ordered(d, order) ? CAPI_WHEN_OK : CAPI_WHEN_BAD;
	if (!mask)
		return CAPI_WHEN_BAD;
	if (d->width[2] != 4)
		return CAPI_WHEN_AMBIGUOUS;
	if (mask == (CAPI_WHEN_DMY | CAPI_WHEN_MDY) &&
	    d->number[0] != d->number[1])
		return CAPI_WHEN_AMBIGUOUS;
	set_ordered(d, mask & CAPI_WHEN_DMY ? CAPI_WHEN_DMY : CAPI_WHEN_MDY);
	return CAPI_WHEN_OK;
}

static enum capi_when_verdict
settle_words(struct parts *d, unsigned order)
{
	int y = d->width[0] == 4 || (d->width[1] != 4 && order == CAPI_WHEN_YMD)
		    ? 0
		    : 1;

	d->form = CAPI_WHEN_WORDS;
	d->day = d->number[!y];
	d->year = full_year(d->number[y], d->width[y]);
	if (d->width[!y] > 2 || d->width[y] < 2 ||
	    !is_date(d->year, d->month, d->day))
		return CAPI_WHEN_BAD;
	if (d->width[y] == 2 && !order)
		return CAPI_WHEN_AMBIGUOUS;
	return CAPI_WHEN_OK;
}

static enum capi_when_verdict
settle_unix(struct text *t, struct parts *d, size_t n)
{
	int64_t value = 0;
	size_t i;

	for (i = 0; i < n; i++)
		value = value * 10 + *t->p++ - '0';
	d->form = n == 10   ? CAPI_WHEN_UNIX
		  : n == 13 ? CAPI_WHEN_UNIX_MS
			    : CAPI_WHEN_UNIX_US;
	if (n == 16)
		value /= 1000;
	if (n == 10)
		value *= 1000;
	d->millis = (int)(value % 1000);
	d->unix_s = value / 1000;
	d->precision = CAPI_WHEN_SECOND;
	d->has_zone = true;
	if (n == 10)
		read_fraction(t, d);
	return t->p == t->end ? CAPI_WHEN_OK : CAPI_WHEN_BAD;
}

/*
 * Spreadsheet days: 25569 is 1970-01-01, a fraction the time of day, to the
 * second, for a float of days holds no more.
 */
static enum capi_when_verdict
settle_serial(struct text *t, struct parts *d, bool since_1904)
{
	int64_t days = take(t, 5), y;
	int64_t nanos = 0, scale = 100000000, seconds;
	unsigned m, day;

	if (days < 20000 || days > 80000)
		return CAPI_WHEN_BAD;
	d->form = CAPI_WHEN_SERIAL;
	if (skip_one(t, '.') || skip_one(t, ',')) {
		if (!digits_at(t))
			return CAPI_WHEN_BAD;
		for (; capi_is_digit((char)peek(t, 0)); t->p++, scale /= 10)
			nanos += (*t->p - '0') * scale;
		d->precision = nanos ? CAPI_WHEN_SECOND : CAPI_WHEN_DAY;
	}
	if (t->p != t->end)
		return CAPI_WHEN_BAD;
	seconds = (days - 25569 + (since_1904 ? 1462 : 0)) * DAY +
		  (nanos * DAY + 500000000) / 1000000000;
	capi_when_civil(capi_when_day(seconds), &y, &m, &day);
	d->year = (int)y;
	d->month = (int)m;
	d->day = (int)day;
	seconds -= capi_when_day(seconds) * DAY;
	d->hour = (int)(seconds / 3600);
	d->minute = (int)(seconds / 60 % 60);
	d->second = (int)(seconds % 60);
	return CAPI_WHEN_OK;
}

/* 20260404, maybe with T143000Z */
static enum capi_when_verdict
settle_compact(struct text *t, struct parts *d)
{
	d->form = CAPI_WHEN_ISO;
	d->year = take(t, 4);
	d->month = take(t, 2);
	d->day = take(t, 2);
	if (!is_date(d->year, d->month, d->day) || read_time(t, d, true))
		return CAPI_WHEN_BAD;
	return CAPI_WHEN_OK;
}

/* Is all that is ahead a number, with a fraction or not? */
static bool
only_number(const struct text *t, size_t n)
{
	const char *p = t->p + n;

	if (p < t->end && (*p == '.' || *p == ','))
		for (p++; p < t->end && capi_is_digit(*p);)
			p++;
	return p == t->end;
}

static enum capi_when_verdict
read_when(struct text *t, struct parts *d, unsigned order, bool since_1904)
{
	enum capi_when_verdict verdict;
	size_t n = digits_at(t);
	const char *start = t->p;

	if (t->p == t->end)
		return CAPI_WHEN_EMPTY;
	if ((n == 10 || n == 13 || n == 16) && *t->p != '0')
		return settle_unix(t, d, n);
	if (n == 8)
		return settle_compact(t, d);
	if (n == 5 && only_number(t, n))
		return settle_serial(t, d, since_1904);
	if (n && !read_three(t, d)) {
		verdict = settle_three(d, order);
	} else {
		t->p = start;
		memset(d, 0, sizeof(*d));
		if (read_words(t, d))
			return CAPI_WHEN_BAD;
		verdict = settle_words(d, order);
	}
	return read_time(t, d, false) ? CAPI_WHEN_BAD : verdict;
}

/* "(dd-mm-yyyy)" at the end of the cell; the letters differ by language. */
static unsigned
order_hint(struct text *t)
{
	const char *open;
	int runs = 0, month = -1, year = -1;
	const char *p;

	if (t->p == t->end || t->end[-1] != ')')
		return 0;
	for (open = t->end - 1; open > t->p && *open != '(';)
		open--;
	if (*open != '(')
		return 0;
	for (p = open + 1; *p != ')'; runs++) {
		const char *q = p;

		while (*q == *p)
			q++;
		if (q - p == 4 || *p == 'y')
			year = runs;
		else if (*p == 'm')
			month = runs;
		else if (q - p > 2 || !capi_is_alpha(*p))
			return 0;
		p = q;
		while (*p == '-' || *p == '/' || *p == '.' || *p == ' ')
			p++;
	}
	if (runs != 3 || month < 0 || year < 0)
		return 0;
	t->end = open;
	text_trim(t);
	if (!year)
		return month == 1 ? CAPI_WHEN_YMD : 0;
	return month == 0 ? CAPI_WHEN_MDY : year == 2 ? CAPI_WHEN_DMY : 0;
}

static void
finish(struct parts *d, const struct capi_when_opt *opt, struct capi_when *out)
{
	int64_t local;

	if (d->form >= CAPI_WHEN_UNIX) {
		out->unix_s = d->unix_s;
		return;
	}
	if (d->precision == CAPI_WHEN_DAY)
		d->hour = 12;
	local = capi_when_from_civil(
		    d->year, (unsigned)d->month, (unsigned)d->day) *
		    DAY +
		d->hour * 3600 + d->minute * 60 + d->second;
	if (d->has_zone)
		out->unix_s = local - d->offset;
	else if (opt->zone)
		out->unix_s = capi_zone_from_local(
		    opt->zone, local, &out->repeated, &out->skipped);
	else
		out->unix_s = local;
}

/* Two digits at s, or more than 99. */
static int
two(const char *s)
{
	return capi_is_digit(s[0]) && capi_is_digit(s[1])
		   ? (s[0] - '0') * 10 + s[1] - '0'
		   : 100;
}

/*
 * The form of almost all exports, "2026-04-04T14:30:00Z", a space for the T,
 * an offset or none for the Z: without the detour through the text. False:
 * it is something else, or no moment of the calendar.
 */
static bool
read_iso(const char *s, size_t n, struct parts *d)
{
	const char *end = s + n, *p = s + 19;

	if (n < 19 || s[4] != '-' || s[7] != '-' ||
	    (s[10] != ' ' && s[10] != 'T') || s[13] != ':' || s[16] != ':')
		return false;
	d->year = two(s) * 100 + two(s + 2);
	d->month = two(s + 5);
	d->day = two(s + 8);
	d->hour = two(s + 11);
	d->minute = two(s + 14);
	d->second = two(s + 17);
	if (two(s) > 99 || two(s + 2) > 99 ||
	    !is_date(d->year, d->month, d->day) || d->hour > 23 ||
	    d->minute > 59 || d->second > 60)
		return false;
	d->form = CAPI_WHEN_ISO;
	d->precision = CAPI_WHEN_SECOND;
	if (p == end)
		return true;
	d->has_zone = true;
	if (*p == 'Z')
		return p + 1 == end;
	p += *p == ' ';
	return p < end && (*p == '+' || *p == '-') &&
	       capi_zone_read_offset(p, end, &d->offset) == end;
}

/* "1781430082", what events have: settle_unix at first sight. */
static bool
read_unix(const char *s, size_t n, struct parts *d)
{
	if (n != 10 || s[0] == '0')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!capi_is_digit(s[i]))
			return false;
		d->unix_s = d->unix_s * 10 + s[i] - '0';
	}
	d->form = CAPI_WHEN_UNIX;
	d->precision = CAPI_WHEN_SECOND;
	d->has_zone = true;
	return true;
}

enum capi_when_verdict
capi_when_parse(const char *s, size_t n, const struct capi_when_opt *opt,
    struct capi_when *out)
{
	enum capi_when_verdict verdict;
	struct parts d;
	struct text t;

	memset(&d, 0, sizeof(d));
	memset(out, 0, sizeof(*out));
	if (!read_unix(s, n, &d) && !read_iso(s, n, &d)) {
		memset(&d, 0, sizeof(d));
		if (text_read(&t, s, n))
			return CAPI_WHEN_BAD;
		verdict = read_when(&t, &d, opt->order, opt->since_1904);
		if (verdict != CAPI_WHEN_OK)
			return verdict;
	}
	out->precision = d.precision;
	out->form = d.form;
	out->had_zone = d.has_zone;
	out->millis = (uint16_t)d.millis;
	finish(&d, opt, out);
	out->future = opt->now && out->unix_s > opt->now;
	return d.has_zone || opt->zone ? CAPI_WHEN_OK : CAPI_WHEN_NO_ZONE;
}

unsigned
capi_when_order_evidence(const char *s, size_t n)
{
	struct parts d;
	struct text t;
	unsigned mask;

	if (n >= 4 && two(s) < 100 && two(s + 2) < 100)
		return CAPI_WHEN_ORDER_ANY; /* a year first, or no date */
	memset(&d, 0, sizeof(d));
	if (text_read(&t, s, n) || !digits_at(&t) || read_three(&t, &d) ||
	    d.width[0] == 4 || read_time(&t, &d, false))
		return CAPI_WHEN_ORDER_ANY;
	mask = orders_of(&d);
	return mask ? mask : CAPI_WHEN_ORDER_ANY;
}

enum capi_when_verdict
capi_when_birth(const char *s, size_t n, enum capi_when_order order,
    int64_t now, char out[11])
{
	enum capi_when_verdict verdict;
	struct parts d;
	struct text t;
	unsigned hint;

	memset(&d, 0, sizeof(d));
	if (text_read(&t, s, n))
		return CAPI_WHEN_BAD;
	hint = order_hint(&t);
	verdict = read_when(&t, &d, hint ? hint : order, false);
	if (verdict != CAPI_WHEN_OK)
		return verdict;
	if (d.form >= CAPI_WHEN_SERIAL || d.hour || d.minute || d.second)
		return CAPI_WHEN_BAD;
	/* a year of two digits: born in 1926, or 2026? */
	if ((d.form == CAPI_WHEN_NUMERIC || d.form == CAPI_WHEN_WORDS) &&
	    d.width[0] != 4 && d.width[1] != 4 && d.width[2] != 4)
		return CAPI_WHEN_AMBIGUOUS;
	/* a zone further on than ours may have the day already */
	if (capi_when_from_civil(d.year, (unsigned)d.month, (unsigned)d.day) *
		DAY >
	    now + 14 * 3600)
		return CAPI_WHEN_BAD;
	put_date(out, d.year, (unsigned)d.month, (unsigned)d.day);
	out[10] = '\0';
	return CAPI_WHEN_OK;
}
