#include "scrub.h"

#include <string.h>

#include "form.h"
#include "text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Names of members without case, blanks, _ and -. */
struct name {
	const char *name;
	enum {
		ANYWHERE,
		AT_THE_TOP, /* items and travel ads have these elsewhere */
		OBJECTS,    /* "address" the text is caught by its members */
	} where;
};

static const struct name names[] = {
    {"email", ANYWHERE},
    {"emailaddress", ANYWHERE},
    {"mail", ANYWHERE},
    {"useremail", ANYWHERE},
    {"customeremail", ANYWHERE},
    {"contactemail", ANYWHERE},
    {"billingemail", ANYWHERE},
    {"shippingemail", ANYWHERE},
    {"phone", ANYWHERE},
    {"phonenumber", ANYWHERE},
    {"mobile", ANYWHERE},
    {"mobilephone", ANYWHERE},
    {"mobilenumber", ANYWHERE},
    {"telephone", ANYWHERE},
    {"customerphone", ANYWHERE},
    {"billingphone", ANYWHERE},
    {"shippingphone", ANYWHERE},
    {"firstname", ANYWHERE},
    {"lastname", ANYWHERE},
    {"fullname", ANYWHERE},
    {"givenname", ANYWHERE},
    {"familyname", ANYWHERE},
    {"surname", ANYWHERE},
    {"customername", ANYWHERE},
    {"billingname", ANYWHERE},
    {"shippingname", ANYWHERE},
    {"dateofbirth", ANYWHERE},
    {"birthdate", ANYWHERE},
    {"birthday", ANYWHERE},
    {"dob", ANYWHERE},
    {"gender", AT_THE_TOP},
    {"street", ANYWHERE},
    {"streetaddress", ANYWHERE},
    {"address1", ANYWHERE},
    {"address2", ANYWHERE},
    {"addressline1", ANYWHERE},
    {"addressline2", ANYWHERE},
    {"postalcode", ANYWHERE},
    {"postcode", ANYWHERE},
    {"zip", ANYWHERE},
    {"zipcode", ANYWHERE},
    {"madid", ANYWHERE},
    {"city", AT_THE_TOP},
    {"state", AT_THE_TOP},
    {"country", AT_THE_TOP},
    {"externalid", AT_THE_TOP},
    {"em", AT_THE_TOP},
    {"ph", AT_THE_TOP},
    {"fn", AT_THE_TOP},
    {"ln", AT_THE_TOP},
    {"db", AT_THE_TOP},
    {"customer", OBJECTS},
    {"buyer", OBJECTS},
    {"recipient", OBJECTS},
    {"contact", OBJECTS},
    {"person", OBJECTS},
    {"profile", OBJECTS},
    {"traits", OBJECTS},
    {"address", OBJECTS},
    {"billing", OBJECTS},
    {"shipping", OBJECTS},
    {"billingaddress", OBJECTS},
    {"shippingaddress", OBJECTS},
    {"billingdetails", OBJECTS},
    {"shippingdetails", OBJECTS},
    {"customerdetails", OBJECTS},
};

struct scrub {
	struct capi_arena *arena;
	capi_scrub_note *note;
	void *arg;
};

static size_t
fold(const char *key, size_t n, char folded[24])
{
	size_t to = 0;

	for (size_t i = 0; i < n; i++) {
		if (key[i] == '_' || key[i] == '-' || key[i] == ' ')
			continue;
		if (to == 24)
			return 0;
		folded[to++] = capi_lower(key[i]);
	}
	return to;
}

static bool
is_personal(const struct capi_json *v, bool top)
{
	char folded[24];
	size_t n = fold(v->key, v->key_len, folded);

	if (n < 2)
		return false;
	for (size_t i = 0; i < COUNT(names); i++) {
		if (names[i].name[0] != folded[0] ||
		    strlen(names[i].name) != n ||
		    memcmp(names[i].name, folded, n) != 0)
			continue;
		return names[i].where == ANYWHERE ||
		    (names[i].where == AT_THE_TOP && top) ||
		    (names[i].where == OBJECTS &&
			v->type >= CAPI_JSON_ARRAY);
	}
	return false;
}

static bool
is_local(char c)
{
	return capi_is_alnum(c) || c == '.' || c == '_' || c == '-' ||
	    c == '+';
}

/* What images and scripts end with: logo@2x.png is no address. */
static bool
is_file_ending(const char *p, size_t n)
{
	static const char *const endings[] = {"png", "jpg", "jpeg", "gif",
	    "svg", "webp", "avif", "js", "css", "html", "mjs"};

	for (size_t i = 0; i < COUNT(endings); i++)
		if (capi_str_is_nocase((struct capi_str){p, n}, endings[i]))
			return true;
	return false;
}

/* Is there a domain at p? Labels with at least one dot, and letters last. */
static bool
begins_domain(const char *p, size_t n)
{
	size_t i = 0, label = 0, dots = 0;
	bool letters = false;

	for (; i < n && (capi_is_alnum(p[i]) || p[i] == '-' ||
			    (p[i] == '.' && i > label)); i++) {
		if (p[i] == '.') {
			label = i + 1;
			dots++;
			letters = false;
		} else if (i == label) {
			letters = capi_is_alpha(p[i]);
		}
	}
	if (i == label && dots) { /* a full stop behind it */
		size_t end = i - 1;

		label = end;
		while (label && p[label - 1] != '.')
			label--;
		dots--;
		i = end;
		letters = label < end && capi_is_alpha(p[label]);
	}
	return dots && letters && i - label >= 2 &&
	    !is_file_ending(p + label, i - label);
}

/* Where an e-mail address's sign stands, @ or %40, or NULL. */
static const char *
find_email(const char *p, size_t n)
{
	const char *end = p + n;

	for (const char *s = p; s < end; s++) {
		size_t sign = *s == '@' ? 1 : 0;

		if (*s == '%' && end - s > 3 && s[1] == '4' && s[2] == '0')
			sign = 3;
		if (sign && s > p && is_local(s[-1]) &&
		    begins_domain(s + sign, (size_t)(end - s) - sign))
			return s;
	}
	return NULL;
}

static bool
is_url(struct capi_str s)
{
	return s.n > 8 && memchr(s.p, '?', s.n) &&
	    (!memcmp(s.p, "http://", 7) || !memcmp(s.p, "https://", 8));
}

/* The URL without the parameters that hold an address. False: one stands
 * before the parameters. */
static bool
cut_parameters(struct capi_buf *out, struct capi_str url)
{
	const char *end = url.p + url.n;
	const char *query = memchr(url.p, '?', url.n);
	char mark = '?';

	if (find_email(url.p, (size_t)(query - url.p)))
		return false;
	capi_buf_add(out, url.p, (size_t)(query - url.p));
	for (const char *p = query + 1; p < end;) {
		size_t left = (size_t)(end - p);
		const char *next = memchr(p, '&', left);
		size_t n = next ? (size_t)(next - p) : left;

		if (!find_email(p, n)) {
			capi_buf_addc(out, mark);
			capi_buf_add(out, p, n);
			mark = '&';
		}
		p += n + 1;
	}
	return true;
}

static void
scrub_text(struct scrub *s, struct capi_json *v)
{
	struct capi_buf url = CAPI_BUF_INIT((size_t)1 << 30);

	if (!memchr(v->text, '@', v->len) && !memchr(v->text, '%', v->len))
		return;
	if (!find_email(v->text, v->len))
		return;
	if (is_url((struct capi_str){v->text, v->len}) &&
	    cut_parameters(&url, (struct capi_str){v->text, v->len})) {
		s->note(s->arg, v, "an e-mail address in the URL");
		capi_json_set_text(v, CAPI_JSON_STRING,
		    capi_arena_dup(s->arena, url.data, url.len), url.len);
	} else {
		s->note(s->arg, v, "holds an e-mail address");
		capi_json_remove(v);
	}
	capi_buf_release(&url);
}

static void
scrub_members(struct scrub *s, struct capi_json *parent, bool top)
{
	for (struct capi_json *v = parent->child, *next; v; v = next) {
		next = v->next;
		if (top && v->key_len == 9 && !memcmp(v->key, "user_data", 9))
			continue;
		if (top && v->key_len == 6 && !memcmp(v->key, "hashed", 6))
			continue;
		if (v->key && is_personal(v, top)) {
			s->note(s->arg, v, "personal data belongs in user_data");
			capi_json_remove(v);
		} else if (v->type == CAPI_JSON_STRING) {
			scrub_text(s, v);
		} else if (v->type >= CAPI_JSON_ARRAY) {
			scrub_members(s, v, false);
		}
	}
}

void
capi_scrub_event(struct capi_json *event, struct capi_arena *arena,
    capi_scrub_note *note, void *arg)
{
	struct scrub s = {arena, note, arg};

	scrub_members(&s, event, true);
}
