#include "placeholder.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"

/* Identifiers, as a set. */
#define OF(id) (1u << (id))
#define ALL ((1u << CAPI_IDS) - 1)
#define NAMES (OF(CAPI_ID_FIRST_NAME) | OF(CAPI_ID_LAST_NAME))
#define PLACES (OF(CAPI_ID_CITY) | OF(CAPI_ID_STATE) | OF(CAPI_ID_COUNTRY))

struct word {
	const char *word;
	size_t n;
	bool exact;   /* only spelled so: "Null" is a family name */
	unsigned ids; /* where it is a placeholder */
};

#define WORD(text) text, sizeof(text) - 1

/* The letters that they begin with stand above capi_placeholder's loop. */
static const struct word words[] = {
    {WORD("undefined"), false, ALL},
    {WORD("null"), false, ALL & ~NAMES},
    {WORD("null"), true, NAMES},
    {WORD("NULL"), true, NAMES},
    {WORD("none"), false, ALL & ~(NAMES | PLACES)},
    {WORD("none"), true, NAMES},
    {WORD("None"), true, NAMES},
    {WORD("NONE"), true, NAMES},
    {WORD("nan"), false, ALL & ~(NAMES | PLACES)},
    {WORD("NaN"), true, NAMES | PLACES},
    {WORD("nil"), false, ALL & ~(NAMES | PLACES)},
    {WORD("n/a"), false, ALL},
    {WORD("na"), false, ALL & ~(NAMES | PLACES)},
    {WORD("(not set)"), false, ALL},
    {WORD("not set"), false, ALL},
    {WORD("(none)"), false, ALL},
    {WORD("(null)"), false, ALL},
    {WORD("unknown"), false, ALL},
    {WORD("anonymous"), false, ALL},
    {WORD("guest"), false, OF(CAPI_ID_EXTERNAL_ID) | OF(CAPI_ID_EMAIL)},
    {WORD("true"), false, ALL & ~NAMES},
    {WORD("false"), false, ALL & ~NAMES},
    {WORD("[object Object]"), false, ALL},
    {WORD("-"), false, ALL},
    {WORD("--"), false, ALL},
    {WORD("."), false, ALL},
    {WORD("?"), false, ALL},
    {WORD("test"), false, ALL & ~(NAMES | PLACES)},
    {WORD("email"), false, ALL},
    {WORD("phone"), false, ALL},
    {WORD("test@example.com"), false, ALL},
    {WORD("test@test.com"), false, ALL},
    {WORD("noreply@example.com"), false, ALL},
    {WORD("email@example.com"), false, ALL},
    {WORD("0"), false,
	OF(CAPI_ID_EXTERNAL_ID) | OF(CAPI_ID_PHONE) | OF(CAPI_ID_EMAIL)},
    {WORD("00000000-0000-0000-0000-000000000000"), false, ALL},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Left and right marks of templates that nobody filled in. */
static const struct {
	const char *open, *close, *name;
} templates[] = {
    {"{{", "}}", "{{...}}"},
    {"${", "}", "${...}"},
    {"<%", "%>", "<%...%>"},
    {"{%", "%}", "{%...%}"},
    {"*|", "|*", "*|...|*"},
    {"[[", "]]", "[[...]]"},
    {"__", "__", "__...__"},
};

static bool
begins(struct capi_str s, const char *with)
{
	size_t n = strlen(with);

	return s.n >= n && !memcmp(s.p, with, n);
}

static bool
ends(struct capi_str s, const char *with)
{
	size_t n = strlen(with);

	return s.n >= n && !memcmp(s.p + s.n - n, with, n);
}

/* All between the first and the last character is of that kind. */
static bool
is_framed(struct capi_str s, char open, char close, bool upper)
{
	if (s.n < 3 || s.p[0] != open || s.p[s.n - 1] != close)
		return false;
	for (size_t i = 1; i + 1 < s.n; i++) {
		char c = s.p[i];

		if (upper ? !(c >= 'A' && c <= 'Z') && c != '_'
			  : !capi_is_alpha(c) && c != ' ' && c != '_')
			return false;
	}
	return true;
}

static const char *
find_template(struct capi_str s)
{
	for (size_t i = 0; i < COUNT(templates); i++) {
		size_t n =
		    strlen(templates[i].open) + strlen(templates[i].close);

		if (s.p[0] == templates[i].open[0] && s.n > n &&
		    begins(s, templates[i].open) && ends(s, templates[i].close))
			return templates[i].name;
	}
	if (is_framed(s, '%', '%', true))
		return "%...%";
	if (is_framed(s, '[', ']', false))
		return "[...]";
	if (is_framed(s, '<', '>', false))
		return "<...>";
	return NULL;
}

/* 000 000 0000, 1234567890 and the like, in whatever spelling. */
static const char *
find_phone(struct capi_str s)
{
	static const char counted[] = "1234567890";
	size_t n = 0;
	char first = 0;
	bool same = true, counts = true;

	for (size_t i = 0; i < s.n; i++) {
		if (!capi_is_digit(s.p[i]))
			continue;
		first = n ? first : s.p[i];
		same = same && s.p[i] == first;
		counts = counts && n < 10 && s.p[i] == counted[n];
		if (!same && !counts)
			return NULL;
		n++;
	}
	if (n >= 4 && same)
		return "one digit repeated";
	return n == 10 && counts ? counted : NULL;
}

const char *
capi_placeholder(enum capi_identifier id, struct capi_str s)
{
	const char *name;

	if (!s.n)
		return NULL;
	/* No template begins like most values do. */
	if (!capi_is_alnum(s.p[0]) && (name = find_template(s)))
		return name;
	if (id == CAPI_ID_PHONE && (name = find_phone(s)))
		return name;
	if (s.n > 36) /* longer than the longest word */
		return NULL;
	/* Two of three values begin like no word does. */
	if (!memchr("unatgfep0([-.?", capi_lower(s.p[0]), 14))
		return NULL;
	for (size_t i = 0; i < COUNT(words); i++) {
		const struct word *w = &words[i];

		if (w->n != s.n || !(w->ids & OF(id)))
			continue;
		if (w->exact ? capi_str_is(s, w->word)
			     : capi_str_is_nocase(s, w->word))
			return w->word;
	}
	return NULL;
}

/* The words whose digests are known, beside those above as they stand. */
static const char *const hashed_words[] = {
    "",
    " ",
    "\n",
    "Null",
    "Undefined",
    "UNDEFINED",
    "Nan",
    "NAN",
    "N/A",
    "NA",
    "{{email}}",
    "{{phone}}",
    "{{user.email}}",
    "{{ email }}",
    "${email}",
    "%EMAIL%",
    "[email]",
    "<email>",
    "Test",
    "Unknown",
    "UNKNOWN",
    "Guest",
    "0000000000",
    "+0000000000",
    "1234567890",
    "+1234567890",
    "1111111111",
    "9999999999",
    "\"\"",
    "[]",
    "{}",
    "nobody@example.com",
    "no-reply@example.com",
    "a@a.com",
    "a@b.com",
    "none@none.com",
    "na@na.com",
    "noemail@noemail.com",
};

struct capi_placeholders {
	size_t n;
	struct {
		char hex[CAPI_DIGEST_HEX];
		const char *name;
	} rows[COUNT(words) + COUNT(hashed_words)];
};

static void
add_row(struct capi_placeholders *p, struct capi_digest *d, const char *word)
{
	capi_digest_hex(d, word, strlen(word), p->rows[p->n].hex);
	p->rows[p->n].name = word;
	if (!*word)
		p->rows[p->n].name = "an empty string";
	else if (!strcmp(word, " "))
		p->rows[p->n].name = "a blank";
	else if (!strcmp(word, "\n"))
		p->rows[p->n].name = "an empty line";
	p->n++;
}

struct capi_placeholders *
capi_placeholders_new(struct capi_digest *d)
{
	struct capi_placeholders *p = capi_alloc(sizeof(*p));

	p->n = 0;
	for (size_t i = 0; i < COUNT(words); i++)
		add_row(p, d, words[i].word);
	for (size_t i = 0; i < COUNT(hashed_words); i++)
		add_row(p, d, hashed_words[i]);
	return p;
}

void
capi_placeholders_free(struct capi_placeholders *p)
{
	free(p);
}

const char *
capi_placeholders_find(
    const struct capi_placeholders *p, const char hex[CAPI_DIGEST_HEX])
{
	char lower[CAPI_DIGEST_HEX];

	for (size_t i = 0; i < CAPI_DIGEST_HEX; i++)
		lower[i] = capi_lower(hex[i]);
	for (size_t i = 0; i < p->n; i++)
		if (!memcmp(p->rows[i].hex, lower, CAPI_DIGEST_HEX))
			return p->rows[i].name;
	return NULL;
}

static bool
is_hex(struct capi_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!capi_is_digit(s.p[i]) &&
		    !(capi_lower(s.p[i]) >= 'a' && capi_lower(s.p[i]) <= 'f'))
			return false;
	return true;
}

static bool
is_base64(struct capi_str s)
{
	if (s.n != 44 || s.p[43] != '=')
		return false;
	for (size_t i = 0; i < 43; i++)
		if (!capi_is_alnum(s.p[i]) && s.p[i] != '+' && s.p[i] != '/' &&
		    s.p[i] != '-' && s.p[i] != '_')
			return false;
	return true;
}

const char *
capi_wrong_digest(struct capi_str s)
{
	if (is_base64(s))
		return "a SHA-256 in base64";
	if ((s.n != 32 && s.n != 40 && s.n != 96 && s.n != 128) || !is_hex(s))
		return NULL;
	/* Nobody's name, but an id may be 40 digits long. */
	return s.n == 32   ? "an MD5"
	       : s.n == 40 ? "a SHA-1"
	       : s.n == 96 ? "a SHA-384"
			   : "a SHA-512";
}
