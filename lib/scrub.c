#include "scrub.h"

#include <string.h>

#include "event.h"
#include "form.h"
#include "text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Names of members without case, blanks, _ and -. */
struct name {
	const char *name;
	size_t n;
	enum {
		ANYWHERE,
		AT_THE_TOP, /* items and travel ads have these elsewhere */
		OBJECTS,    /* "address" the text is caught by its members */
	} where;
};

#define NAME(word, where)                                                      \
	{                                                                      \
#word, sizeof(#word) - 1, where                                \
	}

static const struct name names[] = {
    NAME(email, ANYWHERE),
    NAME(emailaddress, ANYWHERE),
    NAME(mail, ANYWHERE),
    NAME(useremail, ANYWHERE),
    NAME(customeremail, ANYWHERE),
    NAME(contactemail, ANYWHERE),
    NAME(billingemail, ANYWHERE),
    NAME(shippingemail, ANYWHERE),
    NAME(phone, ANYWHERE),
    NAME(phonenumber, ANYWHERE),
    NAME(mobile, ANYWHERE),
    NAME(mobilephone, ANYWHERE),
    NAME(mobilenumber, ANYWHERE),
    NAME(telephone, ANYWHERE),
    NAME(customerphone, ANYWHERE),
    NAME(billingphone, ANYWHERE),
    NAME(shippingphone, ANYWHERE),
    NAME(firstname, ANYWHERE),
    NAME(lastname, ANYWHERE),
    NAME(fullname, ANYWHERE),
    NAME(givenname, ANYWHERE),
    NAME(familyname, ANYWHERE),
    NAME(surname, ANYWHERE),
    NAME(customername, ANYWHERE),
    NAME(billingname, ANYWHERE),
    NAME(shippingname, ANYWHERE),
    NAME(dateofbirth, ANYWHERE),
    NAME(birthdate, ANYWHERE),
    NAME(birthday, ANYWHERE),
    NAME(dob, ANYWHERE),
    NAME(gender, AT_THE_TOP),
    NAME(street, ANYWHERE),
    NAME(streetaddress, ANYWHERE),
    NAME(address1, ANYWHERE),
    NAME(address2, ANYWHERE),
    NAME(addressline1, ANYWHERE),
    NAME(addressline2, ANYWHERE),
    NAME(postalcode, ANYWHERE),
    NAME(postcode, ANYWHERE),
    NAME(zip, ANYWHERE),
    NAME(zipcode, ANYWHERE),
    NAME(madid, ANYWHERE),
    NAME(city, AT_THE_TOP),
    NAME(state, AT_THE_TOP),
    NAME(country, AT_THE_TOP),
    NAME(externalid, AT_THE_TOP),
    NAME(em, AT_THE_TOP),
    NAME(ph, AT_THE_TOP),
    NAME(fn, AT_THE_TOP),
    NAME(ln, AT_THE_TOP),
    NAME(db, AT_THE_TOP),
    NAME(customer, OBJECTS),
    NAME(buyer, OBJECTS),
    NAME(recipient, OBJECTS),
    NAME(contact, OBJECTS),
    NAME(person, OBJECTS),
    NAME(profile, OBJECTS),
    NAME(traits, OBJECTS),
    NAME(address, OBJECTS),
    NAME(billing, OBJECTS),
    NAME(shipping, OBJECTS),
    NAME(billingaddress, OBJECTS),
    NAME(shippingaddress, OBJECTS),
    NAME(billingdetails, OBJECTS),
    NAME(shippingdetails, OBJECTS),
    NAME(customerdetails, OBJECTS),
};

struct scrub {
	const struct capi_scrub *names;
	struct capi_arena *arena;
	capi_scrub_note *note;
	void *arg;
};

static size_t
fold(const char *key, size_t n, char folded[24])
{
	size_t to = 0;

	for (size_t i = 0; i < n; i++) {
		char c = key[i];

		if (c < 'a' && (c == '_' || c == '-' || c == ' '))
			continue;
		if (to == 24)
			return 0;
		folded[to++] = c < 'a' ? capi_lower(c) : c;
	}
	return to;
}

/* The row of a member's name, or NULL. */
static const struct name *
find_name(const struct capi_scrub *s, const char *key, size_t len)
{
	char folded[24];
	size_t n = fold(key, len, folded);

	if (!n || !capi_is_alpha(folded[0]) ||
	    !(s->lengths[folded[0] - 'a'] >> n & 1))
		return NULL;
	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].n == n && !memcmp(names[i].name, folded, n))
			return &names[i];
	return NULL;
}

static bool
is_personal(const struct capi_scrub *s, const struct capi_json *v, bool top)
{
	const struct name *name;

	if (s->harmless[v->key_id])
		return false;
	name = find_name(s, v->key, v->key_len);
	return name &&
	       (name->where == ANYWHERE || (name->where == AT_THE_TOP && top) ||
		   (name->where == OBJECTS && v->type >= CAPI_JSON_ARRAY));
}

void
capi_scrub_init(struct capi_scrub *s, struct capi_names *keys)
{
	static const char *const members[] = {
#define X(name, path) path,
	    CAPI_MEMBERS(X)
#undef X
	};

	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < COUNT(names); i++)
		s->lengths[names[i].name[0] - 'a'] |= 1u << names[i].n;
	for (size_t i = 0; i < COUNT(members); i++) {
		const char *dot = strrchr(members[i], '.');
		const char *key = dot ? dot + 1 : members[i];
		size_t n = strlen(key);

		if (!find_name(s, key, n))
			s->harmless[capi_names_add(keys, key, n)] = true;
	}
	s->harmless[0] = false; /* all other keys */
}

static bool
is_local(char c)
{
	return capi_is_alnum(c) || c == '.' || c == '_' || c == '-' || c == '+';
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
			    (p[i] == '.' && i > label));
	     i++) {
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

	/* The C library looks faster than a loop, and mostly finds none. */
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
		if (v->key && is_personal(s->names, v, top)) {
			s->note(
			    s->arg, v, "personal data belongs in user_data");
			capi_json_remove(v);
		} else if (v->type == CAPI_JSON_STRING) {
			scrub_text(s, v);
		} else if (v->type >= CAPI_JSON_ARRAY) {
			scrub_members(s, v, false);
		}
	}
}

void
capi_scrub_event(const struct capi_scrub *index, struct capi_json *event,
    struct capi_arena *arena, capi_scrub_note *note, void *arg)
{
	struct scrub s = {index, arena, note, arg};

	scrub_members(&s, event, true);
}
