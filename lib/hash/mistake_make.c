#include "mistake_priv.h"

#include <string.h>

#include "rule/place.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

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
unsigned
capi_mistake_steps(const struct capi_form *form)
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
void
capi_mistake_render(struct capi_buf *out, const struct job *j)
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

bool
capi_mistake_make_raw(
    struct capi_buf *out, const struct job *j, unsigned variant)
{
	capi_buf_add(out, j->raw.p, j->raw.n);
	return variant == 0;
}

/* E-mail. */

/* 0: dots, 1: +suffix, 2: both, whatever the domain. */
bool
capi_mistake_make_any_gmail(
    struct capi_buf *out, const struct job *j, unsigned variant)
{
	size_t sign;
	bool cut = false;

	capi_mistake_render(out, j);
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

bool
capi_mistake_make_plus_deleted(
    struct capi_buf *out, const struct job *j, unsigned variant)
{
	size_t to = 0;

	capi_mistake_render(out, j);
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

/* The national prefix; "0" where the plan has none, since people write it. */
static void
add_trunk(struct capi_buf *out, const struct job *j)
{
	capi_buf_adds(out, *j->phone.trunk ? j->phone.trunk : "0");
}

bool
capi_mistake_make_no_code(
    struct capi_buf *out, const struct job *j, unsigned variant)
{
	if (!j->phone.len || variant)
		return false;
	add_str(out, national(j));
	return true;
}

bool
capi_mistake_make_trunk(
    struct capi_buf *out, const struct job *j, unsigned variant)
{
	if (!j->phone.len || variant > 1)
		return false;
	if (variant)
		capi_buf_addc(out, '0');
	else
		add_trunk(out, j);
	add_str(out, national(j));
	return true;
}

bool
capi_mistake_make_code_trunk(
    struct capi_buf *out, const struct job *j, unsigned variant)
{
	if (!j->phone.len || variant > 1)
		return false;
	add_plus_as_form(out, j);
	add_str(out, calling_code(j));
	if (variant)
		capi_buf_addc(out, '0');
	else
		add_trunk(out, j);
	add_str(out, national(j));
	return true;
}

bool
capi_mistake_make_00(
    struct capi_buf *out, const struct job *j, unsigned variant)
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

bool
capi_mistake_make_extension(
    struct capi_buf *out, const struct job *j, unsigned variant)
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
	add_str(out, ext);
	return true;
}

/* 0: the digits that were typed, 1: a + before them. */
bool
capi_mistake_make_typed_digits(
    struct capi_buf *out, const struct job *j, unsigned variant)
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
bool
capi_mistake_make_other_code(
    struct capi_buf *out, const struct job *j, unsigned variant)
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
	add_str(out, national(j));
	return true;
}

bool
capi_mistake_make_code_twice(
    struct capi_buf *out, const struct job *j, unsigned variant)
{
	if (!j->phone.len || variant)
		return false;
	add_plus_as_form(out, j);
	add_str(out, calling_code(j));
	capi_buf_add(out, j->phone.e164 + 1, (size_t)j->phone.len - 1);
	return true;
}

/* What was typed, with the country code put before it. */
bool
capi_mistake_make_code_typed(
    struct capi_buf *out, const struct job *j, unsigned variant)
{
	static const char *const marks[] = {"", " ", "-"};
	struct capi_str typed = capi_text_trim(j->raw.p, j->raw.n);

	if (!j->phone.len || variant >= 2 * COUNT(marks))
		return false;
	if (variant % 2)
		capi_buf_addc(out, '+');
	add_str(out, calling_code(j));
	capi_buf_adds(out, marks[variant / 2]);
	add_str(out, typed);
	return true;
}

/* Common layouts of ten digits: # is the next one. */
bool
capi_mistake_make_layout(
    struct capi_buf *out, const struct job *j, unsigned variant)
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
			add_str(out, calling_code(j));
		else if (*p == '#')
			capi_buf_addc(out, *digits.p++);
		else
			capi_buf_addc(out, *p);
	}
	return true;
}

/* Birth dates. */

bool
capi_mistake_make_date(
    struct capi_buf *out, const struct job *j, unsigned variant)
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

bool
capi_mistake_make_iso(
    struct capi_buf *out, const struct job *j, unsigned variant)
{
	static const char *const tails[] = {
	    "", "T00:00:00Z", "T00:00:00.000Z", " 00:00:00", "T00:00:00"};

	if (!j->year || variant >= COUNT(tails))
		return false;
	capi_buf_addf(out, "%04d-%02d-%02d", j->year, j->month, j->day);
	capi_buf_adds(out, tails[variant]);
	return true;
}

bool
capi_mistake_make_unix(
    struct capi_buf *out, const struct job *j, unsigned variant)
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

bool
capi_mistake_make_word(
    struct capi_buf *out, const struct job *j, unsigned variant)
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
bool
capi_mistake_make_state_name(
    struct capi_buf *out, const struct job *j, unsigned variant)
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

bool
capi_mistake_make_state_code(
    struct capi_buf *out, const struct job *j, unsigned variant)
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
bool
capi_mistake_make_two_letters(
    struct capi_buf *out, const struct job *j, unsigned variant)
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

bool
capi_mistake_make_cut_at_dash(
    struct capi_buf *out, const struct job *j, unsigned variant)
{
	struct capi_str s = capi_text_trim(j->raw.p, j->raw.n);
	const char *dash = s.n ? memchr(s.p, '-', s.n) : NULL;

	if (!dash || variant)
		return false;
	return capi_text_lower(out, s.p, (size_t)(dash - s.p));
}

bool
capi_mistake_make_outward(
    struct capi_buf *out, const struct job *j, unsigned variant)
{
	struct capi_str s = capi_text_trim(j->raw.p, j->raw.n);
	const char *blank = s.n ? memchr(s.p, ' ', s.n) : NULL;

	if (!blank || variant)
		return false;
	return capi_text_lower(out, s.p, (size_t)(blank - s.p));
}

/* Names. */

bool
capi_mistake_make_first_word(
    struct capi_buf *out, const struct job *j, unsigned variant)
{
	size_t n;

	capi_mistake_render(
	    out, &(struct job){.id = j->id,
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

bool
capi_mistake_make_gid(
    struct capi_buf *out, const struct job *j, unsigned variant)
{
	static const char *const prefixes[] = {"gid://shopify/Customer/",
	    "cus_", "customer_", "user_", "customer-", "user-", "wp_"};
	const char *slash;

	capi_mistake_render(out, j);
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

bool
capi_mistake_make_no_dashes(
    struct capi_buf *out, const struct job *j, unsigned variant)
{
	capi_mistake_render(out, j);
	drop(out, is_punctuation);
	return variant == 0;
}
