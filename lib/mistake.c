#include "mistake.h"

#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "err.h"
#include "phone.h"
#include "place.h"
#include "placeholder.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define OF(id) (1u << (id))
#define ALL ((1u << CAPI_IDS) - 1)
#define EMAIL OF(CAPI_ID_EMAIL)
#define PHONE OF(CAPI_ID_PHONE)
#define NAMES (OF(CAPI_ID_FIRST_NAME) | OF(CAPI_ID_LAST_NAME))
#define BIRTH OF(CAPI_ID_DATE_OF_BIRTH)
#define GENDER OF(CAPI_ID_GENDER)
#define CITY OF(CAPI_ID_CITY)
#define STATE OF(CAPI_ID_STATE)
#define POSTAL OF(CAPI_ID_POSTAL_CODE)
#define COUNTRY OF(CAPI_ID_COUNTRY)
#define EXTERNAL OF(CAPI_ID_EXTERNAL_ID)
#define MADID OF(CAPI_ID_MADID)
#define STREET OF(CAPI_ID_STREET)
#define WORDS (NAMES | CITY | STREET)
#define CODES (STATE | COUNTRY | GENDER | BIRTH | PHONE)

#define MAX_DIGEST 64 /* bytes: SHA-512 */
#define TEXT_MAX (1 << 16)

/* The steps of a form, for mistakes that leave one out or add one. */
enum {
	TRIM = 1 << 0,
	LOWER = 1 << 1,
	PUNCTUATION = 1 << 2, /* is deleted */
	BLANKS = 1 << 3,
	TITLES = 1 << 4,
	GMAIL = 1 << 5,
	FIVE = 1 << 6, /* of a ZIP code */
	DIGITS = 1 << 7,
	TRANSLATE = 1 << 8, /* to a code: by the form itself */
};

/* What a mistake works on. */
struct job {
	enum capi_identifier id;
	const struct capi_form *form;
	struct capi_str raw;
	struct capi_str canon;   /* empty: it has none */
	const char *country;     /* of the address, or "" */
	struct capi_phone phone; /* len 0: none */
	int year, month, day;    /* of birth; 0: none */
	unsigned steps;          /* of the form, as changed so far */
};

/* Writes another text; false: there is no such variant. */
typedef bool text_maker(
    struct capi_buf *out, const struct job *j, unsigned variant);
/* Changes the text; false: no such variant, or it changes nothing. */
typedef bool text_changer(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant);
/* Bytes to a digest; returns its length, 0: no such variant. */
typedef size_t hasher(struct capi_digest *d, struct capi_str in,
    unsigned variant, unsigned char raw[MAX_DIGEST]);

struct way {
	unsigned leave; /* steps that are left out, if the form has them */
	unsigned add;   /* steps that are made, if the form has not */
	text_maker *make;
	text_changer *change;
	text_changer *encode;
	hasher *hash;
};

/* Text. */

static bool
is_blank(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0 ||
	       (c >= 0x2000 && c <= 0x200b) || c == 0x3000 || c == 0xfeff;
}

static bool
is_punctuation(uint32_t c)
{
	if (c < 0x80)
		return c > ' ' && c != 0x7f && !capi_is_alnum((char)c);
	return c >= 0x2010 && c <= 0x2027;
}

static bool
is_number(uint32_t c)
{
	return c >= '0' && c <= '9';
}

static void
drop(struct capi_buf *b, bool (*is)(uint32_t))
{
	const char *p = b->data;
	size_t n = b->len, to = 0;

	while (n) {
		const char *from = p;

		if (is(capi_text_next(&p, &n)))
			continue;
		memmove(b->data + to, from, (size_t)(p - from));
		to += (size_t)(p - from);
	}
	b->len = to;
}

/* Which of the steps the form has. */
static unsigned
steps_of(const struct capi_form *form)
{
	const char *name = form->name;
	bool compact = !strcmp(name, "compact") || !strcmp(name, "typographic");

	switch (form->id) {
	case CAPI_ID_EMAIL:
		return TRIM | LOWER | (strncmp(name, "gmail", 5) ? 0 : GMAIL);
	case CAPI_ID_FIRST_NAME:
	case CAPI_ID_LAST_NAME:
		if (!strcmp(name, "given") || !strcmp(name, "family"))
			return TRIM | LOWER | TITLES;
		return TRIM | LOWER | (compact ? PUNCTUATION | BLANKS : 0);
	case CAPI_ID_CITY:
		return TRIM | LOWER | PUNCTUATION | BLANKS | DIGITS;
	case CAPI_ID_POSTAL_CODE:
		return TRIM | LOWER | PUNCTUATION | BLANKS |
		       (strcmp(name, "joined") ? FIVE : 0);
	case CAPI_ID_EXTERNAL_ID:
		return TRIM | (compact ? LOWER | BLANKS : 0);
	case CAPI_ID_STREET:
	case CAPI_ID_MADID:
		return TRIM | LOWER;
	default:
		return TRIM | LOWER | TRANSLATE;
	}
}

static void
add_gmail(struct capi_buf *out, struct capi_str s)
{
	const char *sign = s.n ? memchr(s.p, '@', s.n) : NULL;
	struct capi_str domain;

	if (!sign) {
		capi_buf_add(out, s.p, s.n);
		return;
	}
	domain = (struct capi_str){sign, (size_t)(s.p + s.n - sign)};
	if (!capi_str_is_nocase(domain, "@gmail.com") &&
	    !capi_str_is_nocase(domain, "@googlemail.com")) {
		capi_buf_add(out, s.p, s.n);
		return;
	}
	for (const char *p = s.p; p < sign && *p != '+'; p++)
		if (*p != '.')
			capi_buf_addc(out, *p);
	capi_buf_add(out, domain.p, domain.n);
}

static void
replace(struct capi_buf *b, struct capi_buf *with)
{
	capi_buf_reset(b);
	capi_buf_add(b, with->data, with->len);
	capi_buf_release(with);
}

/* Titles and suffixes go the way Google cuts them, case kept or not. Both are
 * ASCII, so they are as long in the text as in lower case. */
static void
cut_titles(struct capi_buf *b, enum capi_identifier id)
{
	struct capi_buf lower = CAPI_BUF_INIT(TEXT_MAX);
	struct capi_buf cut = CAPI_BUF_INIT(TEXT_MAX);
	bool first = id == CAPI_ID_FIRST_NAME;
	struct capi_str s = {b->data ? b->data : "", b->len};
	struct capi_str trimmed = capi_text_trim(s.p, s.n);
	bool edge =
	    first ? trimmed.p == s.p : trimmed.p + trimmed.n == s.p + s.n;

	/* A blank before the title hides it from the rule. */
	if (edge && !capi_form_find(id, "lower")->rule(&lower, trimmed, "") &&
	    !capi_form_find(id, first ? "given" : "family")
		 ->rule(&cut, trimmed, "") &&
	    cut.len < lower.len) {
		size_t n = lower.len - cut.len;

		b->len -= n;
		if (first)
			memmove(b->data, b->data + n, b->len);
	}
	capi_buf_release(&lower);
	capi_buf_release(&cut);
}

/* The value by the steps that the job still has. */
static void
render(struct capi_buf *out, const struct job *j)
{
	struct capi_buf next = CAPI_BUF_INIT(TEXT_MAX);
	struct capi_str s = j->raw;

	capi_buf_reset(out);
	if (j->steps & TRANSLATE) {
		/* The rest of the steps is done by the form. */
		if (!j->canon.n || j->form->rule(out, j->canon, j->country))
			capi_buf_reset(out);
		return;
	}
	if (j->steps & TRIM)
		s = capi_text_trim(s.p, s.n);
	if (!(j->steps & LOWER))
		capi_text_nfc(out, s.p, s.n);
	else if (!capi_text_lower(out, s.p, s.n))
		return;
	if (j->steps & GMAIL) {
		add_gmail(&next, (struct capi_str){out->data, out->len});
		replace(out, &next);
	}
	if (j->steps & TITLES)
		cut_titles(out, j->id);
	if (j->steps & FIVE && (!*j->country || !strcmp(j->country, "US")) &&
	    out->len > 5)
		out->len = 5;
	if (j->steps & PUNCTUATION)
		drop(out, is_punctuation);
	if (j->steps & BLANKS)
		drop(out, is_blank);
	if (j->steps & DIGITS)
		drop(out, is_number);
}

/* Texts that stand in for the right one. */

static bool
make_raw(struct capi_buf *out, const struct job *j, unsigned variant)
{
	capi_buf_add(out, j->raw.p, j->raw.n);
	return variant == 0;
}

/* E-mail. */

/* 0: dots, 1: +suffix, 2: both, whatever the domain. */
static bool
make_any_gmail(struct capi_buf *out, const struct job *j, unsigned variant)
{
	size_t sign;
	bool cut = false;

	render(out, j);
	for (sign = 0; sign < out->len && out->data[sign] != '@'; sign++)
		;
	if (sign == out->len || variant > 2)
		return false;
	for (size_t i = 0, to = 0, n = out->len; i < n; i++) {
		char c = out->data[i];

		if (i < sign && c == '+' && variant > 0)
			cut = true;
		if (i == sign)
			cut = false;
		if (cut || (i < sign && c == '.' && variant != 1))
			continue;
		out->data[to++] = c;
		out->len = to;
	}
	return true;
}

static bool
make_plus_deleted(struct capi_buf *out, const struct job *j, unsigned variant)
{
	size_t to = 0;

	render(out, j);
	for (size_t i = 0; i < out->len; i++)
		if (out->data[i] != '+')
			out->data[to++] = out->data[i];
	out->len = to;
	return variant == 0;
}

/* Phone. */

static void
add_plus_as_form(struct capi_buf *out, const struct job *j)
{
	if (strcmp(j->form->name, "digits") != 0)
		capi_buf_addc(out, '+');
}

static struct capi_str
national(const struct job *j)
{
	const struct capi_phone *p = &j->phone;

	return (struct capi_str){
	    p->e164 + 1 + p->cc_len, (size_t)(p->len - 1 - p->cc_len)};
}

static struct capi_str
calling_code(const struct job *j)
{
	return (struct capi_str){j->phone.e164 + 1, j->phone.cc_len};
}

static void
add(struct capi_buf *out, struct capi_str s)
{
	capi_buf_add(out, s.p, s.n);
}

/* The national prefix; "0" where the plan has none, since people write it. */
static void
add_trunk(struct capi_buf *out, const struct job *j)
{
	capi_buf_adds(out, *j->phone.trunk ? j->phone.trunk : "0");
}

static bool
make_no_code(struct capi_buf *out, const struct job *j, unsigned variant)
{
	if (!j->phone.len || variant)
		return false;
	add(out, national(j));
	return true;
}

static bool
make_trunk(struct capi_buf *out, const struct job *j, unsigned variant)
{
	if (!j->phone.len || variant > 1)
		return false;
	if (variant)
		capi_buf_addc(out, '0');
	else
		add_trunk(out, j);
	add(out, national(j));
	return true;
}

static bool
make_code_trunk(struct capi_buf *out, const struct job *j, unsigned variant)
{
	if (!j->phone.len || variant > 1)
		return false;
	add_plus_as_form(out, j);
	add(out, calling_code(j));
	if (variant)
		capi_buf_addc(out, '0');
	else
		add_trunk(out, j);
	add(out, national(j));
	return true;
}

static bool
make_00(struct capi_buf *out, const struct job *j, unsigned variant)
{
	static const char *const prefixes[] = {"00", "011", "0", "0011"};

	if (!j->phone.len || variant >= COUNT(prefixes))
		return false;
	capi_buf_adds(out, prefixes[variant]);
	capi_buf_add(out, j->phone.e164 + 1, (size_t)j->phone.len - 1);
	return true;
}

/* Digits behind the last "x", "ext" or "#" of what was typed. */
static struct capi_str
extension(struct capi_str raw)
{
	size_t end = raw.n, from;

	while (end && !capi_is_digit(raw.p[end - 1]))
		end--;
	from = end;
	while (from && capi_is_digit(raw.p[from - 1]))
		from--;
	if (!from || from == end)
		return (struct capi_str){"", 0};
	return (struct capi_str){raw.p + from, end - from};
}

static bool
make_extension(struct capi_buf *out, const struct job *j, unsigned variant)
{
	static const char *const marks[] = {
	    "", "x", "ext", "ext.", "#", ";ext="};
	struct capi_str ext = extension(j->raw);

	if (!j->phone.len || !j->phone.had_extension || !ext.n ||
	    variant >= COUNT(marks))
		return false;
	add_plus_as_form(out, j);
	capi_buf_add(out, j->phone.e164 + 1, (size_t)j->phone.len - 1);
	capi_buf_adds(out, marks[variant]);
	add(out, ext);
	return true;
}

/* 0: the digits that were typed, 1: a + before them. */
static bool
make_typed_digits(struct capi_buf *out, const struct job *j, unsigned variant)
{
	if (variant > 1)
		return false;
	if (variant)
		capi_buf_addc(out, '+');
	for (size_t i = 0; i < j->raw.n; i++)
		if (capi_is_digit(j->raw.p[i]))
			capi_buf_addc(out, j->raw.p[i]);
	return true;
}

/* The code of another country, as a blanket default sets it. */
static bool
make_other_code(struct capi_buf *out, const struct job *j, unsigned variant)
{
	static const char *const codes[] = {
	    "1", "44", "49", "33", "34", "39", "31", "61", "55", "52", "91"};
	unsigned which = variant / 2;

	if (!j->phone.len || which >= COUNT(codes))
		return false;
	add_plus_as_form(out, j);
	capi_buf_adds(out, codes[which]);
	if (variant % 2)
		add_trunk(out, j);
	add(out, national(j));
	return true;
}

static bool
make_code_twice(struct capi_buf *out, const struct job *j, unsigned variant)
{
	if (!j->phone.len || variant)
		return false;
	add_plus_as_form(out, j);
	add(out, calling_code(j));
	capi_buf_add(out, j->phone.e164 + 1, (size_t)j->phone.len - 1);
	return true;
}

/* What was typed, with the country code put before it. */
static bool
make_code_typed(struct capi_buf *out, const struct job *j, unsigned variant)
{
	static const char *const marks[] = {"", " ", "-"};
	struct capi_str typed = capi_text_trim(j->raw.p, j->raw.n);

	if (!j->phone.len || variant >= 2 * COUNT(marks))
		return false;
	if (variant % 2)
		capi_buf_addc(out, '+');
	add(out, calling_code(j));
	capi_buf_adds(out, marks[variant / 2]);
	add(out, typed);
	return true;
}

/* Common layouts of ten digits: # is the next one. */
static bool
make_layout(struct capi_buf *out, const struct job *j, unsigned variant)
{
	static const char *const layouts[] = {"(###) ###-####", "###-###-####",
	    "###.###.####", "### ### ####", "(###)###-####", "+C ###-###-####",
	    "+C (###) ###-####", "+C ### ### ####", "+C-###-###-####",
	    "C-###-###-####", "C (###) ###-####", "+C##########",
	    "+C(###)###-####"};
	struct capi_str digits = national(j);

	if (!j->phone.len || digits.n != 10 || variant >= COUNT(layouts))
		return false;
	for (const char *p = layouts[variant]; *p; p++) {
		if (*p == 'C')
			add(out, calling_code(j));
		else if (*p == '#')
			capi_buf_addc(out, *digits.p++);
		else
			capi_buf_addc(out, *p);
	}
	return true;
}

/* Birth dates. */

static bool
make_date(struct capi_buf *out, const struct job *j, unsigned variant)
{
	/* y m d: two digits, Y: four, M D: without a leading zero */
	static const char *const layouts[] = {"dmY", "mdY", "d/m/Y", "m/d/Y",
	    "d.m.Y", "d-m-Y", "m-d-Y", "Ydm", "ymd", "dmy", "mdy", "Y/m/d",
	    "Y.m.d", "D/M/Y", "M/D/Y", "D.M.Y", "d/m/y", "m/d/y", "d.m.y",
	    "m.d.Y"};

	if (!j->year || variant >= COUNT(layouts))
		return false;
	for (const char *p = layouts[variant]; *p; p++) {
		const char *format = *p == 'Y'                ? "%04d"
				     : *p == 'D' || *p == 'M' ? "%d"
							      : "%02d";
		int n = *p == 'Y'                ? j->year
			: *p == 'y'              ? j->year % 100
			: *p == 'm' || *p == 'M' ? j->month
						 : j->day;

		if (!capi_is_alpha(*p))
			capi_buf_addc(out, *p);
		else if (format[1] == 'd')
			capi_buf_add_int(out, n);
		else if (format[2] == '4')
			capi_buf_addf(out, "%04d", n);
		else
			capi_buf_addf(out, "%02d", n);
	}
	return true;
}

static bool
make_iso(struct capi_buf *out, const struct job *j, unsigned variant)
{
	static const char *const tails[] = {
	    "", "T00:00:00Z", "T00:00:00.000Z", " 00:00:00", "T00:00:00"};

	if (!j->year || variant >= COUNT(tails))
		return false;
	capi_buf_addf(out, "%04d-%02d-%02d", j->year, j->month, j->day);
	capi_buf_adds(out, tails[variant]);
	return true;
}

static bool
make_unix(struct capi_buf *out, const struct job *j, unsigned variant)
{
	int64_t seconds;

	if (!j->year || variant > 1)
		return false;
	seconds = 86400 * capi_when_from_civil(
			      j->year, (unsigned)j->month, (unsigned)j->day);
	capi_buf_add_int(out, variant ? seconds * 1000 : seconds);
	return true;
}

/* Words for codes. */

static bool
make_word(struct capi_buf *out, const struct job *j, unsigned variant)
{
	static const char *const m[] = {"male", "man", "mr", "1"};
	static const char *const f[] = {"female", "woman", "mrs", "2", "ms"};
	static const char *const n[] = {"non-binary", "nonbinary", "other"};
	int letter = capi_place_gender(j->canon.p, j->canon.n);
	const char *const *words = letter == 'm' ? m : letter == 'f' ? f : n;
	size_t count = letter == 'm'   ? COUNT(m)
		       : letter == 'f' ? COUNT(f)
				       : COUNT(n);

	if (letter < 0 || variant >= count)
		return false;
	capi_buf_adds(out, words[variant]);
	return true;
}

/* The state's name where the form wants a code, in some spellings. */
static bool
make_state_name(struct capi_buf *out, const struct job *j, unsigned variant)
{
	const char *name = *j->country ? capi_place_state_name(
					     j->country, j->canon.p, j->canon.n)
				       : NULL;

	if (!name || variant > 1)
		return false;
	capi_text_lower(out, name, strlen(name));
	if (variant) {
		drop(out, is_blank);
		drop(out, is_punctuation);
	}
	return true;
}

static bool
make_state_code(struct capi_buf *out, const struct job *j, unsigned variant)
{
	if (variant > 1 || !*j->country || j->canon.n > 3)
		return false;
	if (variant)
		capi_buf_addf(out, "%c%c-", capi_lower(j->country[0]),
		    capi_lower(j->country[1]));
	for (size_t i = 0; i < j->canon.n; i++)
		capi_buf_addc(out, capi_lower(j->canon.p[i]));
	return true;
}

/* The first two letters of whatever was there. */
static bool
make_two_letters(struct capi_buf *out, const struct job *j, unsigned variant)
{
	struct capi_str s = capi_text_trim(j->raw.p, j->raw.n);

	if (j->id == CAPI_ID_STATE && j->canon.n && *j->country && s.n < 4) {
		const char *name =
		    capi_place_state_name(j->country, j->canon.p, j->canon.n);

		if (name)
			s = (struct capi_str){name, strlen(name)};
	}
	if (variant || s.n < 3 || !capi_text_lower(out, s.p, s.n))
		return false;
	drop(out, is_blank);
	if (out->len > 2)
		out->len = 2;
	return true;
}

/* Postal codes. */

static bool
make_cut_at_dash(struct capi_buf *out, const struct job *j, unsigned variant)
{
	struct capi_str s = capi_text_trim(j->raw.p, j->raw.n);
	const char *dash = s.n ? memchr(s.p, '-', s.n) : NULL;

	if (!dash || variant)
		return false;
	return capi_text_lower(out, s.p, (size_t)(dash - s.p));
}

static bool
make_outward(struct capi_buf *out, const struct job *j, unsigned variant)
{
	struct capi_str s = capi_text_trim(j->raw.p, j->raw.n);
	const char *blank = s.n ? memchr(s.p, ' ', s.n) : NULL;

	if (!blank || variant)
		return false;
	return capi_text_lower(out, s.p, (size_t)(blank - s.p));
}

/* Names. */

static bool
make_first_word(struct capi_buf *out, const struct job *j, unsigned variant)
{
	size_t n;

	render(out, &(struct job){.id = j->id,
			.form = j->form,
			.raw = j->raw,
			.country = j->country,
			.steps = j->steps & ~(unsigned)(BLANKS | PUNCTUATION)});
	for (n = 0; n < out->len && out->data[n] != ' '; n++)
		;
	if (variant || n == out->len || !n)
		return false;
	out->len = n;
	if (j->steps & PUNCTUATION)
		drop(out, is_punctuation);
	return true;
}

/* Ids. */

static bool
make_gid(struct capi_buf *out, const struct job *j, unsigned variant)
{
	static const char *const prefixes[] = {"gid://shopify/Customer/",
	    "cus_", "customer_", "user_", "customer-", "user-", "wp_"};
	const char *slash;

	render(out, j);
	if (variant < COUNT(prefixes)) {
		struct capi_buf id = CAPI_BUF_INIT(TEXT_MAX);

		capi_buf_adds(&id, prefixes[variant]);
		capi_buf_add(&id, out->data, out->len);
		replace(out, &id);
		return true;
	}
	slash = memrchr(out->data, '/', out->len);
	if (variant > COUNT(prefixes) || !slash)
		return false;
	out->len -= (size_t)(slash + 1 - out->data);
	memmove(out->data, slash + 1, out->len);
	return true;
}

static bool
make_no_dashes(struct capi_buf *out, const struct job *j, unsigned variant)
{
	render(out, j);
	drop(out, is_punctuation);
	return variant == 0;
}

/* Changes to a text. */

static bool
change_plus(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	bool wanted = strcmp(j->form->name, "digits") != 0;

	/* 0: kept though it goes, 1: missing though it is wanted */
	if (variant > 1 || (variant == 1) != wanted || !in.n)
		return false;
	if (wanted) {
		if (in.p[0] != '+')
			return false;
		capi_buf_add(out, in.p + 1, in.n - 1);
		return true;
	}
	if (in.p[0] == '+')
		return false;
	capi_buf_addc(out, '+');
	add(out, in);
	return true;
}

static bool
change_plus_kept(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	return !variant && change_plus(out, j, in, 0);
}

static bool
change_plus_missing(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	return !variant && change_plus(out, j, in, 1);
}

static bool
change_upper(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	struct capi_buf lower = CAPI_BUF_INIT(TEXT_MAX);
	bool changed = false;

	(void)j;
	/* 0: all of it, 1: the first letter of each word */
	if (variant > 1)
		return false;
	for (size_t i = 0, start = 1; i < in.n; i++) {
		unsigned char c = (unsigned char)in.p[i];
		bool up = variant == 0 || start;
		char to = up ? capi_upper(in.p[i]) : in.p[i];

		/* Latin-1's letters are enough for Western names: à to þ are
		 * C3 A0 to C3 BE, their capitals 32 below. */
		if (up && c >= 0xa0 && c <= 0xbe && c != 0xb7 && i &&
		    (unsigned char)in.p[i - 1] == 0xc3)
			to = (char)(c - 32);
		changed = changed || to != in.p[i];
		capi_buf_addc(out, to);
		start = c == ' ' || c == '-' || c == '\'';
	}
	capi_buf_release(&lower);
	return changed;
}

static bool
surround(struct capi_buf *out, struct capi_str in, unsigned variant,
    const char *const (*marks)[2], size_t count)
{
	if (variant >= count)
		return false;
	capi_buf_adds(out, marks[variant][0]);
	add(out, in);
	capi_buf_adds(out, marks[variant][1]);
	return true;
}

static bool
change_newline(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	static const char *const marks[][2] = {
	    {"", "\n"}, {"", "\r\n"}, {"", "\r"}, {"\n", ""}};

	(void)j;
	return surround(out, in, variant, marks, COUNT(marks));
}

static bool
change_blank(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	static const char *const marks[][2] = {{"", " "}, {" ", ""}, {" ", " "},
	    {"", "  "}, {"  ", ""}, {"", "\t"}, {"", "\xc2\xa0"},
	    {"\xc2\xa0", ""}, {"  ", "  "}};

	(void)j;
	return surround(out, in, variant, marks, COUNT(marks));
}

static bool
change_invisible(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	static const char *const marks[][2] = {{"\xef\xbb\xbf", ""},
	    {"", "\xe2\x80\x8b"}, {"\xe2\x80\x8b", ""}, {"\xe2\x80\x8e", ""},
	    {"\xe2\x80\xaa", "\xe2\x80\xac"}, {"\xe2\x80\xad", "\xe2\x80\xac"}};

	(void)j;
	return surround(out, in, variant, marks, COUNT(marks));
}

static bool
change_quotes(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	static const char *const marks[][2] = {{"\"", "\""}, {"'", "'"},
	    {"\\\"", "\\\""}, {"=\"", "\""}, {"'", ""}, {"\"\"", "\"\""}};

	(void)j;
	return surround(out, in, variant, marks, COUNT(marks));
}

static bool
change_list(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	static const char *const marks[][2] = {
	    {"[\"", "\"]"}, {"['", "']"}, {"[", "]"}};

	(void)j;
	return surround(out, in, variant, marks, COUNT(marks));
}

static bool
change_scheme(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	static const char *const marks[][2] = {
	    {"mailto:", ""}, {"tel:", ""}, {"<", ">"}};

	if (variant == (j->id == CAPI_ID_PHONE ? 0 : 1))
		variant = COUNT(marks) - 1;
	return surround(out, in, variant, marks, COUNT(marks));
}

static bool
change_nul(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	(void)j;
	add(out, in);
	capi_buf_addc(out, '\0');
	return variant == 0;
}

static bool
change_float(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	(void)j;
	if (variant || !in.n || !capi_is_digit(in.p[in.n - 1]))
		return false;
	add(out, in);
	capi_buf_adds(out, ".0");
	return true;
}

static bool
change_zero_lost(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	size_t zeros = 0;

	(void)j;
	while (zeros < in.n && in.p[zeros] == '0')
		zeros++;
	if (variant || !zeros)
		return false;
	capi_buf_add(out, in.p + zeros, in.n - zeros);
	return true;
}

/* As each escaping spells one character; NULL: as it is. */
static const char *
html_of(char c, unsigned variant)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return variant == 0   ? "&#39;"
		       : variant == 1 ? "&#039;"
		       : variant == 2 ? "&#x27;"
				      : "&apos;";
	default:
		return NULL;
	}
}

/* HTML's names of Latin-1's letters from U+00E0 on, in both cases. */
static const char *const entities =
    "agrave aacute acirc  atilde auml   aring  aelig  ccedil egrave eacute "
    "ecirc  euml   igrave iacute icirc  iuml   eth    ntilde ograve oacute "
    "ocirc  otilde ouml   divide oslash ugrave uacute ucirc  uuml   yacute "
    "thorn  yuml   ";

static void
add_entity(struct capi_buf *out, uint32_t c)
{
	const char *name = entities + 7 * ((c - 0xc0) % 32);
	bool capital = c < 0xdf;

	if (c == 0xdf) /* has no capital, and stands where y-uml's would */
		name = "szlig ";
	capi_buf_addc(out, '&');
	for (size_t i = 0; i < 7 && name[i] != ' '; i++)
		capi_buf_addc(
		    out, capital && i == 0 ? capi_upper(name[i]) : name[i]);
	capi_buf_addc(out, ';');
}

/* 0 to 3: ' in four spellings; the same and letters by name; by number. */
static bool
change_html(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	bool changed = false;

	(void)j;
	if (variant > 8)
		return false;
	while (in.n) {
		const char *from = in.p;
		uint32_t c = capi_text_next(&in.p, &in.n);
		const char *as =
		    c < 0x80 ? html_of((char)c, variant % 4) : NULL;

		if (as) {
			capi_buf_adds(out, as);
		} else if (variant >= 4 && variant < 8 && c >= 0xc0 &&
			   c <= 0xff && c != 0xd7) {
			add_entity(out, c);
		} else if (variant == 8 && c > 0x7f) {
			capi_buf_addf(out, "&#%u;", c);
		} else {
			capi_buf_add(out, from, (size_t)(in.p - from));
			continue;
		}
		changed = true;
	}
	return changed;
}

/* 0: all that is no letter of URLs; 1: also with + for a blank; 2: hex in
 * lower case; 3: encodeURI, which leaves @ and + alone; 4: twice. */
static bool
change_url(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	const char *hex =
	    variant == 2 ? "0123456789abcdef" : "0123456789ABCDEF";
	bool changed = false;

	(void)j;
	if (variant > 4)
		return false;
	for (size_t i = 0; i < in.n; i++) {
		unsigned char c = (unsigned char)in.p[i];

		if (capi_is_alnum(in.p[i]) || (c && strchr("-_.~", in.p[i])) ||
		    (variant != 1 && c && strchr("!*'()", in.p[i])) ||
		    (variant == 3 && c && strchr("@+;,/?:&=$#", in.p[i]))) {
			capi_buf_addc(out, in.p[i]);
			continue;
		}
		changed = true;
		if (c == ' ' && variant == 1) {
			capi_buf_addc(out, '+');
			continue;
		}
		capi_buf_adds(out, variant == 4 ? "%25" : "%");
		capi_buf_addc(out, hex[c >> 4]);
		capi_buf_addc(out, hex[c & 15]);
	}
	return changed;
}

static bool
change_plus_to_blank(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant)
{
	bool changed = false;

	(void)j;
	for (size_t i = 0; i < in.n; i++) {
		changed = changed || in.p[i] == '+';
		capi_buf_addc(out, in.p[i] == '+' ? ' ' : in.p[i]);
	}
	return !variant && changed;
}

/* \u00e9, as JSON makers that stay within ASCII write it; 1: / as well. */
static bool
change_json(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	static const char from[] = "\"\\\b\f\n\r\t";
	static const char to[] = "\"\\bfnrt";
	bool changed = false;

	(void)j;
	while (in.n) {
		uint32_t c = capi_text_next(&in.p, &in.n);
		const char *special =
		    c && c < 0x80 ? strchr(from, (char)c) : NULL;

		changed = changed || special || c < 0x20 || c > 0x7f;
		if (special)
			capi_buf_addf(out, "\\%c", to[special - from]);
		else if (c == '/' && variant)
			capi_buf_adds(out, "\\/");
		else if (c >= 0x20 && c < 0x80)
			capi_buf_addc(out, (char)c);
		else if (c < 0x10000)
			capi_buf_addf(out, "\\u%04x", c);
		else
			capi_buf_addf(out, "\\u%04x\\u%04x",
			    0xd800 + ((c - 0x10000) >> 10),
			    0xdc00 + ((c - 0x10000) & 0x3ff));
	}
	return variant < 2 && (changed || variant);
}

static bool
change_nfd(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	(void)j;
	return !variant && capi_text_nfd(out, in.p, in.n) &&
	       !capi_text_is_ascii(in.p, in.n) && out->len != in.n;
}

/* 0: é to e; 1: ä to ae and the like as well; 2: deleted with its letter. */
static bool
change_accents(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	static const struct {
		const char *from, *to, *german;
	} letters[] = {
	    {"ß", "ss", "ss"},
	    {"ä", "a", "ae"},
	    {"ö", "o", "oe"},
	    {"ü", "u", "ue"},
	    {"Ä", "A", "Ae"},
	    {"Ö", "O", "Oe"},
	    {"Ü", "U", "Ue"},
	    {"ø", "o", "oe"},
	    {"Ø", "O", "Oe"},
	    {"æ", "ae", "ae"},
	    {"Æ", "AE", "Ae"},
	    {"å", "a", "aa"},
	    {"Å", "A", "Aa"},
	    {"ł", "l", "l"},
	    {"Ł", "L", "L"},
	    {"ı", "i", "i"},
	    {"đ", "d", "d"},
	    {"Đ", "D", "D"},
	    {"œ", "oe", "oe"},
	    {"þ", "th", "th"},
	    {"ð", "d", "d"},
	};
	struct capi_buf nfd = CAPI_BUF_INIT(TEXT_MAX);
	struct capi_str s = in;
	size_t before;

	(void)j;
	if (variant > 2 || capi_text_is_ascii(in.p, in.n))
		return false;
	if (variant == 2) {
		for (size_t i = 0; i < in.n; i++)
			if (!(in.p[i] & 0x80))
				capi_buf_addc(out, in.p[i]);
		return true;
	}
	while (s.n) {
		const char *from = s.p;
		size_t i;

		capi_text_next(&s.p, &s.n);
		for (i = 0; i < COUNT(letters); i++)
			if (capi_str_is(
				(struct capi_str){from, (size_t)(s.p - from)},
				letters[i].from))
				break;
		if (i < COUNT(letters))
			capi_buf_adds(
			    &nfd, variant ? letters[i].german : letters[i].to);
		else
			capi_text_nfd(&nfd, from, (size_t)(s.p - from));
	}
	before = out->len;
	for (s = (struct capi_str){nfd.data, nfd.len}; s.n;) {
		const char *from = s.p;
		uint32_t c = capi_text_next(&s.p, &s.n);

		if (c >= 0x300 && c <= 0x36f)
			continue;
		capi_buf_add(out, from, (size_t)(s.p - from));
	}
	capi_buf_release(&nfd);
	return out->len != before;
}

static bool
change_reversed(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	/* "Doe, Jane" for "Jane Doe" can not be known from one part of it;
	 * a comma or full stop behind it can. */
	static const char *const marks[][2] = {{"", ","}, {"", "."}, {"", ";"}};

	(void)j;
	return surround(out, in, variant, marks, COUNT(marks));
}

/* Encodings. */

/* 1: what has no place in it becomes a question mark. */
static bool
encode_latin(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	(void)j;
	if (variant > 1 || capi_text_is_ascii(in.p, in.n))
		return false;
	while (in.n) {
		uint32_t c = capi_text_next(&in.p, &in.n);

		if (c == 0x2019)
			c = 0x92; /* Windows-1252 */
		if (c > 0xff && !variant)
			return false;
		capi_buf_addc(out, c > 0xff ? '?' : (char)c);
	}
	return true;
}

/* 0, 1: little end first, without and with its mark; 2, 3: big end. */
static bool
encode_utf16(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	bool big = variant >= 2;

	(void)j;
	if (variant > 3)
		return false;
	if (variant == 1)
		capi_buf_add(out, "\xff\xfe", 2);
	if (variant == 3)
		capi_buf_add(out, "\xfe\xff", 2);
	while (in.n) {
		uint32_t c = capi_text_next(&in.p, &in.n);
		uint32_t units[2] = {c, 0};

		if (c >= 0x10000) {
			units[0] = 0xd800 + ((c - 0x10000) >> 10);
			units[1] = 0xdc00 + ((c - 0x10000) & 0x3ff);
		}
		for (int i = 0; i < 2 && (i == 0 || units[1]); i++) {
			char high = (char)(units[i] >> 8);
			char low = (char)(units[i] & 0xff);

			capi_buf_addc(out, big ? high : low);
			capi_buf_addc(out, big ? low : high);
		}
	}
	return true;
}

/* UTF-8 that was taken for Latin-1 and made UTF-8 once more: Ã© for é. */
static bool
encode_mojibake(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	/* What Windows-1252 has from 80 to 9F, where Latin-1 has nothing. */
	static const uint16_t windows[32] = {0x20ac, 0x81, 0x201a, 0x192,
	    0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152,
	    0x8d, 0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
	    0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e,
	    0x178};

	(void)j;
	if (variant > 1 || capi_text_is_ascii(in.p, in.n))
		return false;
	for (size_t i = 0; i < in.n; i++) {
		uint32_t c = (unsigned char)in.p[i];

		if (variant && c >= 0x80 && c < 0xa0)
			c = windows[c - 0x80];
		capi_text_put(out, c);
	}
	return true;
}

static bool
encode_base64(struct capi_buf *out, const struct job *j, struct capi_str in,
    unsigned variant)
{
	(void)j;
	if (variant || in.n > TEXT_MAX / 2 ||
	    !capi_buf_reserve(out, (in.n + 2) / 3 * 4))
		return false;
	out->len += capi_base64(
	    (const unsigned char *)in.p, in.n, out->data + out->len);
	return true;
}

/* Digests. */

static size_t
unhex(const char *hex, size_t n, unsigned char raw[MAX_DIGEST])
{
	for (size_t i = 0; i < n / 2; i++) {
		int v = 0;

		for (size_t k = 0; k < 2; k++) {
			char c = capi_lower(hex[2 * i + k]);

			if (capi_is_digit(c))
				v = v * 16 + (c - '0');
			else if (c >= 'a' && c <= 'f')
				v = v * 16 + (c - 'a' + 10);
			else
				return 0;
		}
		raw[i] = (unsigned char)v;
	}
	return n / 2;
}

static size_t
hash_named(const char *name, struct capi_str in, unsigned variant,
    unsigned char raw[MAX_DIGEST])
{
	char hex[129];

	if (variant || !capi_digest_named(name, in.p, in.n, hex))
		return 0;
	return unhex(hex, strlen(hex), raw);
}

#define HASHER(function, name)                                                 \
	static size_t function(struct capi_digest *d, struct capi_str in,      \
	    unsigned variant, unsigned char raw[MAX_DIGEST])                   \
	{                                                                      \
		(void)d;                                                       \
		return hash_named(name, in, variant, raw);                     \
	}

HASHER(hash_md5, "MD5")
HASHER(hash_sha1, "SHA1")
HASHER(hash_sha224, "SHA224")
HASHER(hash_sha384, "SHA384")
HASHER(hash_sha512, "SHA512")
HASHER(hash_sha3, "SHA3-256")

static void
upper_hex(char *hex, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hex[i] = capi_upper(hex[i]);
}

/* 0: two times, 1: three times. */
static size_t
hash_double(struct capi_digest *d, struct capi_str in, unsigned variant,
    unsigned char raw[MAX_DIGEST])
{
	char hex[CAPI_DIGEST_HEX];

	if (variant > 1)
		return 0;
	capi_digest_hex(d, in.p, in.n, hex);
	if (variant)
		capi_digest_hex(d, hex, sizeof(hex), hex);
	capi_digest_raw(d, hex, sizeof(hex), raw);
	return CAPI_DIGEST_BYTES;
}

static size_t
hash_double_upper(struct capi_digest *d, struct capi_str in, unsigned variant,
    unsigned char raw[MAX_DIGEST])
{
	char hex[CAPI_DIGEST_HEX];

	if (variant)
		return 0;
	capi_digest_hex(d, in.p, in.n, hex);
	upper_hex(hex, sizeof(hex));
	capi_digest_raw(d, hex, sizeof(hex), raw);
	return CAPI_DIGEST_BYTES;
}

/* 0: of the bytes, 1: of their base64. */
static size_t
hash_double_raw(struct capi_digest *d, struct capi_str in, unsigned variant,
    unsigned char raw[MAX_DIGEST])
{
	unsigned char once[CAPI_DIGEST_BYTES];
	char text[48];

	if (variant > 1)
		return 0;
	capi_digest_raw(d, in.p, in.n, once);
	if (variant)
		capi_digest_raw(
		    d, text, capi_base64(once, sizeof(once), text), raw);
	else
		capi_digest_raw(d, once, sizeof(once), raw);
	return CAPI_DIGEST_BYTES;
}

/* 0, 1: of an MD5 in hex; 2, 3: of a SHA-1; odd: in upper case. */
static size_t
hash_of_other(struct capi_digest *d, struct capi_str in, unsigned variant,
    unsigned char raw[MAX_DIGEST])
{
	char hex[129];

	if (variant > 3 ||
	    !capi_digest_named(variant < 2 ? "MD5" : "SHA1", in.p, in.n, hex))
		return 0;
	if (variant % 2)
		upper_hex(hex, strlen(hex));
	capi_digest_raw(d, hex, strlen(hex), raw);
	return CAPI_DIGEST_BYTES;
}

/* The table. What people read and what is done stand side by side; the order
 * is the order in which causes are believed. */

enum rank { STEPS, MAKE, CHANGE, ENCODE, HASH, SHAPE };

struct row {
	struct capi_mistake mistake;
	enum rank rank;
	struct way way;
	unsigned variants;
};

#define BY_CAPI "let capi-normalize and capi-hash make it"

/* clang-format off */
#define LEAVE(name, did, cure, ids, steps) \
	{{name, did, cure, ids}, STEPS, {.leave = (steps)}, 1}
#define ADD(name, did, cure, ids, steps) \
	{{name, did, cure, ids}, STEPS, {.add = (steps)}, 1}
#define MAKER(name, did, cure, ids, function, variants) \
	{{name, did, cure, ids}, MAKE, {.make = (function)}, (variants)}
#define CHANGER(name, did, cure, ids, function, variants) \
	{{name, did, cure, ids}, CHANGE, {.change = (function)}, (variants)}
#define ENCODER(name, did, cure, function, variants) \
	{{name, did, cure, ALL}, ENCODE, {.encode = (function)}, (variants)}
#define DIGESTER(name, did, cure, function, variants) \
	{{name, did, cure, ALL}, HASH, {.hash = (function)}, (variants)}
#define SHAPED(name, did, cure, function) \
	{{name, did, cure, ALL}, SHAPE, {.hash = (function)}, 0}

static const struct row rows[] = {
	LEAVE("untrimmed", "with the blanks around it", "trim first",
	    ALL & ~PHONE, TRIM),
	LEAVE("case-kept", "with its capitals", "lower-case first",
	    EMAIL | WORDS | POSTAL | EXTERNAL | MADID, LOWER),
	LEAVE("gmail-missing", "with the dots and the +suffix of Gmail",
	    "Google wants them deleted: capi-hash -p google does", EMAIL, GMAIL),
	ADD("gmail-wrong", "by Google's rule for Gmail",
	    "only Google wants Gmail's dots and +suffix deleted", EMAIL, GMAIL),
	MAKER("gmail-elsewhere",
	    "without the dots or the +suffix of the local part",
	    "only Google wants that, and only for gmail.com and googlemail.com",
	    EMAIL, make_any_gmail, 3),
	MAKER("plus-deleted", "with the + deleted and the suffix left",
	    "keep the address as it is, or cut the suffix with its + "
	    "where Google wants it", EMAIL, make_plus_deleted, 1),

	CHANGER("plus-kept", "with a plus before the country code",
	    "this platform wants digits only", PHONE, change_plus_kept, 1),
	CHANGER("plus-missing", "without the plus before the country code",
	    "this platform wants E.164 with its plus", PHONE,
	    change_plus_missing, 1),
	MAKER("no-country-code", "without the country code",
	    "normalise with --region", PHONE, make_no_code, 1),
	MAKER("trunk-zero", "in national form with the leading 0",
	    "normalise with --region", PHONE, make_trunk, 2),
	MAKER("trunk-zero-kept", "with the national 0 behind the country code",
	    "drop the 0: " BY_CAPI, PHONE, make_code_trunk, 2),
	MAKER("00-kept", "with the 00 or 011 that is dialled before the "
	    "country code", "drop it: " BY_CAPI, PHONE, make_00, 4),
	MAKER("extension-kept", "with the extension",
	    "cut it off: " BY_CAPI, PHONE, make_extension, 6),
	MAKER("code-twice", "with the country code twice",
	    "put it before numbers that lack it only", PHONE, make_code_twice, 1),
	MAKER("other-country-code", "with another country's code",
	    "normalise with the --region of each customer", PHONE,
	    make_other_code, 22),

	LEAVE("blanks-kept", "with the blanks inside",
	    "this platform wants them deleted", NAMES | CITY | POSTAL | EXTERNAL,
	    BLANKS),
	ADD("blanks-deleted", "without the blanks inside",
	    "this platform wants them kept", NAMES | EXTERNAL | STREET, BLANKS),
	LEAVE("punctuation-kept", "with its punctuation",
	    "this platform wants it deleted", NAMES | CITY | POSTAL,
	    PUNCTUATION),
	ADD("punctuation-deleted", "without its punctuation",
	    "this platform wants it kept", NAMES | STREET | EXTERNAL | MADID,
	    PUNCTUATION),
	LEAVE("title-kept", "with the title or suffix",
	    "Google wants mr., jr. and the like cut off", NAMES, TITLES),
	ADD("title-cut", "without the title or suffix",
	    "only Google wants them cut off", NAMES, TITLES),
	MAKER("first-word", "by its first word only", "hash the whole name",
	    NAMES | CITY, make_first_word, 1),
	ADD("lower-cased", "in lower case", "this platform keeps the case",
	    EXTERNAL, LOWER),
	LEAVE("digits-kept", "with the digits in it",
	    "a city has letters only", CITY, DIGITS),

	LEAVE("zip4-kept", "with the four digits of ZIP+4",
	    "this platform wants the first five", POSTAL, FIVE),
	CHANGER("zero-lost", "without its leading zero",
	    "a spreadsheet took it for a number: import the column as text",
	    POSTAL | EXTERNAL | PHONE | BIRTH, change_zero_lost, 1),
	MAKER("cut-at-dash", "cut at the dash",
	    "only in the United States: " BY_CAPI, POSTAL, make_cut_at_dash, 1),
	MAKER("outward-code", "by the part before the blank only",
	    "hash the whole postal code", POSTAL, make_outward, 1),

	MAKER("iso-date", "with the dashes of ISO 8601, or a time",
	    "the form is YYYYMMDD", BIRTH, make_iso, 5),
	MAKER("date-order", "with year, month and day in another order or form",
	    "the form is YYYYMMDD", BIRTH, make_date, 20),
	MAKER("unix-time", "as unix time", "the form is YYYYMMDD", BIRTH,
	    make_unix, 2),
	MAKER("word-for-code", "as a word", "the form is f or m", GENDER,
	    make_word, 5),
	MAKER("name-for-code", "by its name", "this platform wants the code",
	    STATE, make_state_name, 2),
	MAKER("code-for-name", "by its code",
	    "this platform wants the name outside of the US and Canada", STATE,
	    make_state_code, 2),
	MAKER("two-letters", "by its first two letters",
	    "look it up in ISO 3166: " BY_CAPI, STATE | COUNTRY,
	    make_two_letters, 1),
	LEAVE("not-translated", "as it was typed, in lower case",
	    BY_CAPI, CODES, TRANSLATE),

	MAKER("prefix", "with a prefix, or without the one that it has",
	    "send the same id as the browser does", EXTERNAL, make_gid, 8),
	MAKER("dashes-deleted", "without its dashes", "keep the dashes",
	    EXTERNAL | MADID, make_no_dashes, 1),
	MAKER("raw", "as it was typed", BY_CAPI, ALL, make_raw, 1),
	MAKER("typed-digits", "by the digits that were typed",
	    "normalise with --region", PHONE, make_typed_digits, 2),
	MAKER("layout", "with brackets, dashes or blanks",
	    "digits only: " BY_CAPI, PHONE, make_layout, 13),
	MAKER("code-before-typed", "as typed, with the country code before it",
	    BY_CAPI, PHONE, make_code_typed, 6),

	CHANGER("newline", "with a newline at the end",
	    "use printf '%s', or strip the line end", ALL, change_newline, 4),
	CHANGER("upper-case", "in upper case or with capital initials",
	    "lower-case first", ALL, change_upper, 2),
	CHANGER("blank", "with a blank before or behind it", "trim first", ALL,
	    change_blank, 9),
	CHANGER("invisible", "with an invisible character at one end",
	    "strip byte order marks and zero-width characters", ALL,
	    change_invisible, 6),
	CHANGER("quoted", "in quotes", "parse the CSV or JSON before hashing",
	    ALL, change_quotes, 6),
	CHANGER("list", "as a list in brackets",
	    "hash each value of the list alone", ALL, change_list, 3),
	CHANGER("scheme", "with mailto:, tel: or <> around it",
	    BY_CAPI, EMAIL | PHONE, change_scheme, 3),
	CHANGER("html-escaped", "with HTML's escapes", "unescape before hashing",
	    ALL, change_html, 9),
	CHANGER("url-encoded", "with URL's escapes", "decode before hashing",
	    ALL, change_url, 5),
	CHANGER("plus-to-blank", "with a blank for each +",
	    "it went through a URL: encode the + as %2B", EMAIL | PHONE | EXTERNAL,
	    change_plus_to_blank, 1),
	CHANGER("json-escaped", "with JSON's escapes", "decode before hashing",
	    ALL, change_json, 2),
	CHANGER("float", "as a number with .0",
	    "import the column as text", PHONE | POSTAL | EXTERNAL | BIRTH,
	    change_float, 1),
	CHANGER("nfd", "with accents as characters of their own (NFD)",
	    "normalise to NFC first", ALL, change_nfd, 1),
	CHANGER("accents", "without its accents", "keep letters as they are",
	    ALL, change_accents, 3),
	CHANGER("nul", "with a NUL at the end", "hash the text's bytes only",
	    ALL, change_nul, 1),
	CHANGER("stop", "with a comma or full stop behind it", "cut it off",
	    EMAIL | WORDS, change_reversed, 3),

	ENCODER("latin-1", "in Latin-1", "encode as UTF-8", encode_latin, 2),
	ENCODER("utf-16", "in UTF-16", "encode as UTF-8", encode_utf16, 4),
	ENCODER("mojibake", "as UTF-8 that was encoded twice",
	    "read the file as UTF-8", encode_mojibake, 2),
	ENCODER("base64-before", "after encoding it as base64",
	    "hash the text itself", encode_base64, 1),

	DIGESTER("double", "twice", "something hashed it before: hash once",
	    hash_double, 2),
	DIGESTER("double-upper",
	    "twice, the second time the hex in upper case",
	    "something hashed it before: hash once", hash_double_upper, 1),
	DIGESTER("double-raw", "twice, over the bytes or base64 of the first",
	    "something hashed it before: hash once", hash_double_raw, 2),
	DIGESTER("of-other-digest", "over its MD5 or SHA-1",
	    "hash the text itself", hash_of_other, 4),
	DIGESTER("sha3", "with SHA-3", "use SHA-256", hash_sha3, 1),

	SHAPED("md5", "with MD5", "use SHA-256", hash_md5),
	SHAPED("sha1", "with SHA-1", "use SHA-256", hash_sha1),
	SHAPED("sha224", "with SHA-224", "use SHA-256", hash_sha224),
	SHAPED("sha384", "with SHA-384", "use SHA-256", hash_sha384),
	SHAPED("sha512", "with SHA-512", "use SHA-256", hash_sha512),
	SHAPED("upper-hex", "and written in upper-case hex",
	    "write it in lower case; capi-hash does", NULL),
	SHAPED("base64", "and written in base64",
	    "write it in hex; only Google takes base64", NULL),
	SHAPED("base64-of-hex", "and the hex written in base64",
	    "write the hex itself", NULL),
	SHAPED("decorated", "and written with a prefix or marks around it",
	    "write 64 hex digits and nothing else", NULL),
	SHAPED("cut-off", "and the digest cut off",
	    "widen the column to 64 characters", NULL),
	SHAPED("no-digest", "into something that is no digest",
	    "a digest is 64 hex digits", NULL),
	SHAPED("not-hashed", "not at all: this is the plain value",
	    "hash it: platforms refuse plain data", NULL),
};
/* clang-format on */

const struct capi_mistake *
capi_mistake_at(size_t i)
{
	return i < COUNT(rows) ? &rows[i].mistake : NULL;
}

static const struct row *
shaped(const char *name)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (!strcmp(rows[i].mistake.name, name))
			return &rows[i];
	return NULL;
}

/* The search. */

/* One row in one variant. */
struct atom {
	const struct row *row;
	unsigned variant;
};

#define REMEMBERED 16

struct memory {
	const struct capi_form *form;
	struct atom a, b;
};

struct capi_checker {
	struct capi_digest *digest;
	struct capi_placeholders *placeholders;
	struct capi_buf canon, base, one, two;

	/* Pairs that explained earlier values, the latest first. */
	struct memory memory[REMEMBERED];
	size_t remembered;

	/* The digest at hand. */
	unsigned char want[MAX_DIGEST];
	size_t want_len;
	bool cut;     /* only the begin of it is there */
	hasher *hash; /* NULL: SHA-256 */
	struct job job;
	unsigned steps; /* of the form at hand, unchanged */
};

struct capi_checker *
capi_checker_new(void)
{
	struct capi_checker *c = capi_alloc(sizeof(*c));

	memset(c, 0, sizeof(*c));
	c->digest = capi_digest_new();
	if (!c->digest) {
		free(c);
		return NULL;
	}
	c->placeholders = capi_placeholders_new(c->digest);
	c->canon.max = c->base.max = c->one.max = c->two.max = TEXT_MAX;
	return c;
}

void
capi_checker_free(struct capi_checker *c)
{
	if (!c)
		return;
	capi_placeholders_free(c->placeholders);
	capi_digest_free(c->digest);
	capi_buf_release(&c->canon);
	capi_buf_release(&c->base);
	capi_buf_release(&c->one);
	capi_buf_release(&c->two);
	free(c);
}

static struct capi_str
text_of(const struct capi_buf *b)
{
	return (struct capi_str){b->data ? b->data : "", b->len};
}

static bool
fits(const struct capi_checker *c, const unsigned char *raw, size_t len)
{
	if (c->cut ? len < c->want_len : len != c->want_len)
		return false;
	return !memcmp(raw, c->want, c->want_len);
}

/* Is this the text that was hashed? */
static bool
is_it(struct capi_checker *c, struct capi_str text)
{
	unsigned char raw[MAX_DIGEST];
	size_t len = CAPI_DIGEST_BYTES;

	if (c->hash)
		len = c->hash(c->digest, text, 0, raw);
	else
		capi_digest_raw(c->digest, text.p, text.n, raw);
	return fits(c, raw, len);
}

/* Changes `in` by the atom, and looks. The text is left in `out`, unless the
 * atom is a digest. False when it is not it, or not to be done; *done tells
 * whether there is a text to go on from. */
static bool
apply(struct capi_checker *c, struct atom a, struct capi_str in,
    struct capi_buf *out, bool *done)
{
	const struct way *w = &a.row->way;
	unsigned char raw[MAX_DIGEST];
	size_t len;

	*done = false;
	capi_buf_reset(out);
	switch (a.row->rank) {
	case CHANGE:
		*done = in.n && w->change(out, &c->job, in, a.variant);
		break;
	case ENCODE:
		*done = in.n && w->encode(out, &c->job, in, a.variant);
		break;
	case HASH:
		if (c->hash || !in.n)
			return false;
		len = w->hash(c->digest, in, a.variant, raw);
		return len && fits(c, raw, len);
	default:
		return false;
	}
	return *done && is_it(c, text_of(out));
}

/* The text from which the changes start; false when there is none. */
static bool
begin(struct capi_checker *c, struct atom a, struct capi_buf *out)
{
	const struct way *w = &a.row->way;

	capi_buf_reset(out);
	if (a.row->rank == STEPS) {
		if (w->leave ? !(c->job.steps & w->leave)
			     : (c->job.steps & w->add) != 0)
			return false;
		c->job.steps = (c->job.steps & ~w->leave) | w->add;
		render(out, &c->job);
	} else if (!w->make(out, &c->job, a.variant)) {
		return false;
	}
	return out->len > 0;
}

static bool
is_for(const struct capi_checker *c, const struct row *row)
{
	return row->mistake.ids & OF(c->job.id) && row->rank < SHAPE;
}

static void
set_form(struct capi_checker *c, const struct capi_form *form)
{
	c->job.form = form;
	c->steps = c->job.steps = steps_of(form);
	capi_buf_reset(&c->base);
	if (c->job.canon.n &&
	    form->rule(&c->base, c->job.canon, c->job.country))
		capi_buf_reset(&c->base);
}

/* Both atoms, or one when b.row is NULL. */
static bool
explains(struct capi_checker *c, struct atom a, struct atom b)
{
	struct capi_str text = text_of(&c->base);
	bool done, it;

	c->job.steps = c->steps;
	if (a.row->rank <= MAKE) {
		done = begin(c, a, &c->one);
		if (done && b.row && b.row->rank <= MAKE) {
			done = begin(c, b, &c->one);
			b.row = NULL;
		}
		it = done && !b.row && is_it(c, text_of(&c->one));
	} else {
		it = apply(c, a, text, &c->one, &done) && !b.row;
	}
	if (done && b.row)
		it = apply(c, b, text_of(&c->one), &c->two, &done);
	c->job.steps = c->steps;
	return it;
}

static void
add_made(struct capi_finding *f, const struct row *row)
{
	if (f->count < CAPI_MISTAKE_MOST)
		f->made[f->count++] = &row->mistake;
}

static void
found(struct capi_checker *c, struct capi_finding *f, struct atom a,
    struct atom b)
{
	f->form = c->job.form;
	add_made(f, a.row);
	if (b.row)
		add_made(f, b.row);
}

static bool
look_for_one(struct capi_checker *c, struct capi_finding *f)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct atom a = {&rows[i], 0}, none = {NULL, 0};

		if (!is_for(c, a.row))
			continue;
		for (; a.variant < a.row->variants; a.variant++)
			if (explains(c, a, none)) {
				found(c, f, a, none);
				return true;
			}
	}
	return false;
}

/* Which pairs make sense, in this order. */
static bool
may_follow(const struct row *a, const struct row *b)
{
	if (a == b)
		return false;
	if (a->rank == STEPS && b->rank == STEPS)
		return a < b;
	if (a->rank == CHANGE && b->rank == CHANGE)
		return true;
	return a->rank < b->rank;
}

static void
remember(struct capi_checker *c, struct atom a, struct atom b)
{
	size_t n =
	    c->remembered < REMEMBERED ? c->remembered++ : REMEMBERED - 1;

	memmove(c->memory + 1, c->memory, n * sizeof(c->memory[0]));
	c->memory[0] = (struct memory){c->job.form, a, b};
}

/* All second atoms behind the first, whose text is in `one`. */
static bool
look_behind(struct capi_checker *c, struct capi_finding *f, struct atom a)
{
	bool done;

	for (size_t k = 0; k < COUNT(rows); k++) {
		struct atom b = {&rows[k], 0};

		if (!is_for(c, b.row) || b.row->rank <= MAKE ||
		    !may_follow(a.row, b.row))
			continue;
		for (; b.variant < b.row->variants; b.variant++)
			if (apply(c, b, text_of(&c->one), &c->two, &done)) {
				found(c, f, a, b);
				remember(c, a, b);
				return true;
			}
	}
	return false;
}

/* Pairs of which both change the text that is begun with. */
static bool
look_at_begins(struct capi_checker *c, struct capi_finding *f, struct atom a)
{
	for (size_t k = 0; k < COUNT(rows); k++) {
		struct atom b = {&rows[k], 0};

		if (!is_for(c, b.row) || b.row->rank > MAKE ||
		    !may_follow(a.row, b.row))
			continue;
		for (; b.variant < b.row->variants; b.variant++)
			if (explains(c, a, b)) {
				found(c, f, a, b);
				remember(c, a, b);
				return true;
			}
	}
	return false;
}

static bool
look_for_two(struct capi_checker *c, struct capi_finding *f)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct atom a = {&rows[i], 0};
		bool done;

		if (!is_for(c, a.row) || a.row->rank == HASH)
			continue;
		if (a.row->rank == STEPS && look_at_begins(c, f, a))
			return true;
		for (; a.variant < a.row->variants; a.variant++) {
			c->job.steps = c->steps;
			if (a.row->rank <= MAKE)
				done = begin(c, a, &c->one);
			else
				apply(c, a, text_of(&c->base), &c->one, &done);
			if (done && look_behind(c, f, a))
				return true;
		}
	}
	c->job.steps = c->steps;
	return false;
}

static bool
look_in_memory(struct capi_checker *c, struct capi_finding *f)
{
	for (size_t i = 0; i < c->remembered; i++) {
		struct memory m = c->memory[i];

		if (m.form != c->job.form)
			continue;
		if (explains(c, m.a, m.b)) {
			found(c, f, m.a, m.b);
			return true;
		}
	}
	return false;
}

/* The digest's notation. */

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (capi_is_digit(c))
		return c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

static size_t
unbase64(struct capi_str s, unsigned char *raw, size_t max)
{
	unsigned bits = 0, have = 0;
	size_t n = 0;

	while (s.n && s.p[s.n - 1] == '=')
		s.n--;
	for (size_t i = 0; i < s.n; i++) {
		int v = base64_value(s.p[i]);

		if (v < 0)
			return 0;
		bits = bits << 6 | (unsigned)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			if (n == max)
				return 0;
			raw[n++] = (unsigned char)(bits >> have);
		}
	}
	return n;
}

static bool
is_hex(struct capi_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!capi_is_digit(s.p[i]) &&
		    !(capi_lower(s.p[i]) >= 'a' && capi_lower(s.p[i]) <= 'f'))
			return false;
	return s.n > 0;
}

static bool
has_capital(struct capi_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= 'A' && s.p[i] <= 'Z')
			return true;
	return false;
}

/* The hex digits in the midst of what people put around them. */
static struct capi_str
undecorate(struct capi_str s)
{
	static const char *const prefixes[] = {
	    "0x", "\\x", "sha256:", "sha256-", "sha-256:", "{sha256}", "x'"};

	s = capi_text_trim(s.p, s.n);
	while (s.n > 2 && strchr("\"'`[({<", s.p[0]) && s.p[0] != '{')
		s = (struct capi_str){s.p + 1, s.n - 1};
	for (size_t i = 0; i < COUNT(prefixes); i++) {
		size_t n = strlen(prefixes[i]);

		if (s.n > n &&
		    capi_str_is_nocase((struct capi_str){s.p, n}, prefixes[i]))
			s = (struct capi_str){s.p + n, s.n - n};
	}
	while (s.n && strchr("\"'`])}>", s.p[s.n - 1]))
		s.n--;
	return s;
}

/* The other digests by their length in bytes. */
static const struct {
	size_t bytes;
	const char *name;
} kinds[] = {
    {64, "sha512"}, {48, "sha384"}, {28, "sha224"}, {20, "sha1"}, {16, "md5"}};

static const char *
kind_of(size_t bytes)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (kinds[i].bytes == bytes)
			return kinds[i].name;
	return NULL;
}

static void
set_kind(struct capi_checker *c, const char *name, struct capi_finding *f)
{
	const struct row *row = shaped(name);

	c->hash = row->way.hash;
	add_made(f, row);
}

static bool
take_hex(struct capi_checker *c, struct capi_str s, struct capi_finding *f)
{
	if (!is_hex(s) || s.n > 2 * sizeof(c->want) || s.n < 16)
		return false;
	c->want_len = unhex(s.p, s.n & ~(size_t)1, c->want);
	if (c->want_len != CAPI_DIGEST_BYTES || s.n & 1) {
		if (!(s.n & 1) && kind_of(c->want_len)) {
			set_kind(c, kind_of(c->want_len), f);
		} else {
			c->cut = true;
			add_made(f, shaped("cut-off"));
		}
	}
	if (has_capital(s))
		add_made(f, shaped("upper-hex"));
	return true;
}

/* What the digest's text is, before what it is of. */
static bool
read_digest(
    struct capi_checker *c, struct capi_str digest, struct capi_finding *f)
{
	struct capi_str s = undecorate(digest);
	unsigned char text[2 * MAX_DIGEST + 2];
	size_t n;

	c->cut = false;
	c->hash = NULL;
	c->want_len = 0;
	if (s.n != digest.n && capi_text_trim(digest.p, digest.n).n != s.n &&
	    (is_hex(s) || unbase64(s, text, sizeof(text)) >= 32))
		add_made(f, shaped("decorated"));
	if (capi_form_is_digest(s))
		s.n = 64; /* without the builder's mark */
	if (take_hex(c, s, f))
		return true;
	n = unbase64(s, text, sizeof(text));
	if (is_hex((struct capi_str){(char *)text, n}) && n >= 32 &&
	    take_hex(c, (struct capi_str){(char *)text, n}, f)) {
		add_made(f, shaped("base64-of-hex"));
		return true;
	}
	if (n != CAPI_DIGEST_BYTES && !kind_of(n))
		return false;
	c->want_len = n;
	memcpy(c->want, text, n);
	add_made(f, shaped("base64"));
	if (n != CAPI_DIGEST_BYTES)
		set_kind(c, kind_of(n), f);
	return true;
}

static void
read_value(struct capi_checker *c, enum capi_identifier id,
    struct capi_str value, const struct capi_canon *how, struct capi_finding *f)
{
	struct job *j = &c->job;
	bool valid = capi_text_is_utf8(value.p, value.n);

	memset(j, 0, sizeof(*j));
	j->id = id;
	j->raw = value;
	j->country = how->country;
	capi_buf_reset(&c->canon);
	f->why = valid ? capi_canon(&c->canon, id, value, how) : "not UTF-8";
	if (f->why)
		capi_buf_reset(&c->canon);
	j->canon = text_of(&c->canon);
	if (id == CAPI_ID_PHONE && !f->why) {
		/* The typed text once more: the canonical one has lost the
		 * extension. */
		capi_phone_parse(value.p, value.n, how->region, &j->phone);
	}
	if (id == CAPI_ID_DATE_OF_BIRTH && !f->why && j->canon.n == 10) {
		const char *p = j->canon.p;

		j->year = (p[0] - '0') * 1000 + (p[1] - '0') * 100 +
			  (p[2] - '0') * 10 + (p[3] - '0');
		j->month = (p[5] - '0') * 10 + (p[6] - '0');
		j->day = (p[8] - '0') * 10 + (p[9] - '0');
	}
}

/* Is the "digest" the value itself, hashed by nobody? */
static bool
is_plain(struct capi_checker *c, const struct capi_form *const *forms,
    size_t count, struct capi_str digest)
{
	struct capi_str s = capi_text_trim(digest.p, digest.n);
	struct capi_str raw = capi_text_trim(c->job.raw.p, c->job.raw.n);

	if (s.n == raw.n && !memcmp(s.p, raw.p, s.n))
		return true;
	for (size_t i = 0; i < count; i++) {
		set_form(c, forms[i]);
		if (c->base.len && s.n == c->base.len &&
		    !memcmp(s.p, c->base.data, s.n))
			return true;
	}
	return false;
}

/* Each form by itself: the first answer counts, so forms that more platforms
 * take should come first. */
static bool
look_in_forms(struct capi_checker *c, const struct capi_form *const *forms,
    size_t count, struct capi_finding *f,
    bool (*look)(struct capi_checker *, struct capi_finding *))
{
	for (size_t i = 0; i < count; i++) {
		set_form(c, forms[i]);
		if (look(c, f))
			return true;
	}
	return false;
}

/* Right but for how it is written. */
static bool
look_for_none(struct capi_checker *c, struct capi_finding *f)
{
	if (!f->count || !c->base.len || !is_it(c, text_of(&c->base)))
		return false;
	f->form = c->job.form;
	return true;
}

static bool
search(struct capi_checker *c, const struct capi_form *const *forms,
    size_t count, struct capi_finding *f)
{
	return look_in_forms(c, forms, count, f, look_for_none) ||
	       look_in_forms(c, forms, count, f, look_for_one) ||
	       look_in_forms(c, forms, count, f, look_in_memory) ||
	       look_in_forms(c, forms, count, f, look_for_two);
}

void
capi_checker_look(struct capi_checker *c, enum capi_identifier id,
    const struct capi_form *const *forms, size_t count, struct capi_str value,
    const struct capi_canon *how, struct capi_str digest,
    struct capi_finding *f)
{
	memset(f, 0, sizeof(*f));
	read_value(c, id, value, how, f);
	if (!read_digest(c, digest, f)) {
		f->count = 0;
		add_made(
		    f, shaped(is_plain(c, forms, count, digest) ? "not-hashed"
								: "no-digest"));
		return;
	}
	for (size_t i = 0; i < count; i++) {
		set_form(c, forms[i]);
		if (!f->count && c->base.len && is_it(c, text_of(&c->base)) &&
		    f->rights < CAPI_MISTAKE_FORMS)
			f->right[f->rights++] = forms[i];
	}
	if (f->rights)
		return;
	if (look_in_forms(c, forms, count, f, look_for_none))
		return;
	if (c->want_len == CAPI_DIGEST_BYTES && !c->hash) {
		char hex[CAPI_DIGEST_HEX];

		capi_hex(c->want, CAPI_DIGEST_BYTES, hex);
		f->placeholder = capi_placeholders_find(c->placeholders, hex);
		if (f->placeholder)
			return;
	}
	if (search(c, forms, count, f))
		return;
	/* The begin of a longer digest? */
	for (size_t i = 0; c->cut && i < COUNT(kinds); i++) {
		size_t so_far = f->count;

		if (kinds[i].bytes < c->want_len)
			break;
		set_kind(c, kinds[i].name, f);
		if (search(c, forms, count, f))
			return;
		f->count = so_far;
	}
	f->count = 0; /* how it is written explains nothing by itself */
}
