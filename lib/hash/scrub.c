#include "scrub.h"

#include <string.h>

#include "event.h"
#include "form.h"
#include "rule/clickid.h"
#include "rule/personal.h"
#include "text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Names of members besides those of rule/personal.c, folded as there. */
struct name {
	const char *name;
	size_t n;
	enum {
		AT_THE_TOP,   /* items and travel ads have these elsewhere */
		IN_NO_OBJECT, /* at the top and in custom_data: items and
			       * shops have names too */
		OBJECTS,      /* the text may be "new" or an id */
		TEXTS,        /* what people write into a box */
	} where;
};

#define NAME(word, where)                                                      \
	{                                                                      \
#word, sizeof(#word) - 1, where                                \
	}

static const struct name names[] = {
    NAME(name, IN_NO_OBJECT),
    NAME(naam, IN_NO_OBJECT),
    NAME(namn, IN_NO_OBJECT),
    NAME(navn, IN_NO_OBJECT),
    NAME(nom, IN_NO_OBJECT),
    NAME(nombre, IN_NO_OBJECT),
    NAME(nome, IN_NO_OBJECT),
    NAME(gender, AT_THE_TOP),
    NAME(geschlecht, AT_THE_TOP),
    NAME(city, AT_THE_TOP),
    NAME(cidade, AT_THE_TOP),
    NAME(citta, AT_THE_TOP),
    NAME(ciudad, AT_THE_TOP),
    NAME(ort, AT_THE_TOP),
    NAME(plaats, AT_THE_TOP),
    NAME(stad, AT_THE_TOP),
    NAME(stadt, AT_THE_TOP),
    NAME(ville, AT_THE_TOP),
    NAME(wohnort, AT_THE_TOP),
    NAME(state, AT_THE_TOP),
    NAME(country, AT_THE_TOP),
    NAME(externalid, AT_THE_TOP),
    NAME(em, AT_THE_TOP),
    NAME(ph, AT_THE_TOP),
    NAME(fn, AT_THE_TOP),
    NAME(ln, AT_THE_TOP),
    NAME(db, AT_THE_TOP),
    NAME(customer, OBJECTS),
    NAME(client, OBJECTS),
    NAME(cliente, OBJECTS),
    NAME(klant, OBJECTS),
    NAME(kunde, OBJECTS),
    NAME(buyer, OBJECTS),
    NAME(recipient, OBJECTS),
    NAME(contact, OBJECTS),
    NAME(person, OBJECTS),
    NAME(profile, OBJECTS),
    NAME(traits, OBJECTS),
    NAME(billing, OBJECTS),
    NAME(shipping, OBJECTS),
    NAME(billingdetails, OBJECTS),
    NAME(shippingdetails, OBJECTS),
    NAME(customerdetails, OBJECTS),
    NAME(note, TEXTS),
    NAME(notes, TEXTS),
    NAME(ordernote, TEXTS),
    NAME(ordernotes, TEXTS),
    NAME(comment, TEXTS),
    NAME(comments, TEXTS),
    NAME(ordercomment, TEXTS),
    NAME(ordercomments, TEXTS),
    NAME(remark, TEXTS),
    NAME(remarks, TEXTS),
    NAME(memo, TEXTS),
    NAME(message, TEXTS),
    NAME(gift, TEXTS),
    NAME(giftnote, TEXTS),
    NAME(giftmessage, TEXTS),
    NAME(engraving, TEXTS),
    NAME(inscription, TEXTS),
    NAME(instructions, TEXTS),
    NAME(specialinstructions, TEXTS),
    NAME(deliveryinstructions, TEXTS),
    NAME(shippinginstructions, TEXTS),
    NAME(anmerkung, TEXTS),
    NAME(anmerkungen, TEXTS),
    NAME(bemerkung, TEXTS),
    NAME(bemerkungen, TEXTS),
    NAME(bestellnotiz, TEXTS),
    NAME(comentario, TEXTS),
    NAME(comentarios, TEXTS),
    NAME(commentaire, TEXTS),
    NAME(grusskarte, TEXTS),
    NAME(kommentar, TEXTS),
    NAME(lieferhinweis, TEXTS),
    NAME(nachricht, TEXTS),
    NAME(observaciones, TEXTS),
    NAME(opmerking, TEXTS),
    NAME(opmerkingen, TEXTS),
    NAME(remarque, TEXTS),
};

/* Where a member stands. */
enum place { TOP, CUSTOM, DEEP };

/* What a text can hold that must not be in it. */
enum trace { NOTHING, EMAIL, PHONE, NAMED };

static const struct {
	const char *in_text, *in_url, *in_key;
} traces[] = {
    [EMAIL] = {"holds an e-mail address", "an e-mail address in the URL",
	"its name holds an e-mail address"},
    [PHONE] = {"holds a phone number", "a phone number in the URL",
	"its name holds a phone number"},
    [NAMED] = {NULL,
	"parameters of the URL named like personal data or a secret", NULL},
};

struct scrub {
	const struct capi_scrub *names;
	struct capi_arena *arena;
	capi_scrub_note *note;
	void *arg;
};

#define LONGEST 31 /* each length is a bit */

static const struct name *
find_folded(const struct capi_scrub *s, const char *folded, size_t n)
{
	if (!n || n > LONGEST || !capi_is_alpha(folded[0]) ||
	    !(s->lengths[folded[0] - 'a'] >> n & 1))
		return NULL;
	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].n == n && !memcmp(names[i].name, folded, n))
			return &names[i];
	return NULL;
}

/* May such a member stand here? */
static bool
is_here(const struct name *name, const struct capi_json *v, enum place place)
{
	switch (name->where) {
	case AT_THE_TOP:
		return place == TOP;
	case IN_NO_OBJECT:
		return place != DEEP;
	case OBJECTS:
		return v->type >= CAPI_JSON_ARRAY;
	case TEXTS:
		return v->type == CAPI_JSON_STRING ||
		       v->type == CAPI_JSON_ARRAY;
	default:
		return true;
	}
}

/* The row of a name without its owner; one that needs a place has none. */
static const struct name *
find_owned(const struct capi_scrub *s, const char *folded, size_t n)
{
	const struct name *name;
	size_t owner = 0;

	while ((owner = capi_personal_owner(folded, n, owner))) {
		name = find_folded(s, folded + owner, n - owner);
		if (name && name->where != AT_THE_TOP)
			return name;
	}
	return NULL;
}

/* What a name is, whatever has it: none of these, personal, or, from ROWS on,
 * that row of the table; with OWNED its owner stands before it, and says
 * enough wherever it stands. */
enum { UNKNOWN, HARMLESS, PERSONAL, ROWS, OWNED = 1 << 15 };

static uint16_t
class_of(const struct capi_scrub *s, struct capi_str key)
{
	char folded[CAPI_PERSONAL_FOLD];
	uint64_t starts;
	size_t n = capi_personal_fold(key, folded, &starts);
	const struct name *name = find_folded(s, folded, n);

	if (name)
		return (uint16_t)(ROWS + (name - names));
	if (capi_personal_is_folded(folded, n, starts))
		return PERSONAL;
	name = find_owned(s, folded, n);
	return name ? (uint16_t)(OWNED | (ROWS + (name - names))) : HARMLESS;
}

/* No person's data, whatever it is called. */
static bool
is_flag(const struct capi_json *v)
{
	return v->type < CAPI_JSON_ARRAY &&
	       (v->type == CAPI_JSON_BOOL || v->type == CAPI_JSON_NULL ||
		   capi_personal_is_flag((struct capi_str){v->text, v->len}));
}

static const char belongs[] = "personal data belongs in user_data";

/* Why a member of that name may not stand here; NULL: no reason. */
static const char *
judge_name(
    const struct capi_scrub *s, const struct capi_json *v, enum place place)
{
	uint16_t class = s->known[v->key_id];
	const struct name *name;

	if (class == UNKNOWN)
		class = class_of(s, (struct capi_str){v->key, v->key_len});
	if (class == HARMLESS)
		return NULL;
	if (class == PERSONAL)
		return is_flag(v) ? NULL : belongs;
	name = &names[(class & ~OWNED) - ROWS];
	if (!is_here(name, v, class & OWNED ? TOP : place))
		return NULL;
	return name->where == TEXTS ? "free text, which may hold personal data"
				    : belongs;
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

		s->known[capi_names_add(keys, key, n)] =
		    class_of(s, (struct capi_str){key, n});
	}
	s->known[0] = UNKNOWN; /* all other keys */
}

/* A letter of any script, in UTF-8. */
static bool
is_letter(char c)
{
	return capi_is_alpha(c) || (unsigned char)c >= 0x80;
}

/* What an address may have before its sign, the slash left out: it stands
 * before the handles in URLs. */
static bool
is_local(char c)
{
	return is_letter(c) || capi_is_digit(c) ||
	       (c > ' ' && strchr("._-+'\"!#$%&*^`{|}~", c));
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

	for (; i < n && (is_letter(p[i]) || capi_is_digit(p[i]) ||
			    p[i] == '-' || (p[i] == '.' && i > label));
	     i++) {
		if (p[i] == '.') {
			label = i + 1;
			dots++;
			letters = false;
		} else if (i == label) {
			letters = is_letter(p[i]);
		}
	}
	if (i == label && dots) { /* a full stop behind it */
		size_t end = i - 1;

		label = end;
		while (label && p[label - 1] != '.')
			label--;
		dots--;
		i = end;
		letters = label < end && is_letter(p[label]);
	}
	return dots && letters && i - label >= 2 &&
	       !is_file_ending(p + label, i - label);
}

/* Bytes of an @ as it stands in texts and in URLs, the encoded ones too. */
static size_t
sign_at(const char *p, const char *end)
{
	size_t n = (size_t)(end - p);

	if (*p == '@')
		return 1;
	if (*p != '%')
		return 0;
	if (n > 3 && !memcmp(p, "%40", 3))
		return 3;
	return n > 5 && !memcmp(p, "%2540", 5) ? 5 : 0;
}

static bool
has_email(const char *p, size_t n)
{
	const char *end = p + n;

	for (const char *s = p; s < end; s++) {
		size_t sign = sign_at(s, end);

		if (sign && s > p && is_local(s[-1]) &&
		    begins_domain(s + sign, (size_t)(end - s) - sign))
			return true;
	}
	return false;
}

/* Bytes of a blank or mark between the digits of a number; 0: none. */
static size_t
gap_at(const char *p, size_t n)
{
	if (n && memchr(" -.()/\t", *p, 7))
		return 1;
	if (n >= 2 && !memcmp(p, "\xc2\xa0", 2))
		return 2;
	return n >= 3 && !memcmp(p, "%20", 3) ? 3 : 0;
}

/* The digits of what may be a phone, and how they stand in groups. */
struct digits {
	size_t count;   /* of all */
	size_t groups;  /* behind the first */
	size_t last;    /* of the last group */
	char mark;      /* before the last group */
	const char *at; /* the last group */
	const char *end;
};

static struct digits
read_digits(const char *p, size_t n)
{
	struct digits d = {0, 0, 0, '\0', p, p};
	const char *end = p + n;

	while (p < end) {
		const char *gap = p;
		size_t marks = 0, size;

		while (marks < 3 && (size = gap_at(p, (size_t)(end - p)))) {
			p += size;
			marks++;
		}
		if (p == end || !capi_is_digit(*p))
			break;
		if (marks || !d.count) {
			d.groups += d.count > 0;
			d.last = 0;
			d.mark = marks ? *gap : '\0';
			d.at = p;
		}
		for (; p < end && capi_is_digit(*p); p++) {
			d.last++;
			d.count++;
		}
		d.end = p;
	}
	return d;
}

/* +123456.78 and "+1100 2026", a time zone and a year, are none. */
static bool
is_amount_or_date(const struct digits *d, const char *end)
{
	if (d->groups == 1 && d->mark == '.' && d->last <= 2)
		return true;
	if (d->groups == 1 && d->count == 8 && d->last == 4 &&
	    (!memcmp(d->at, "19", 2) || !memcmp(d->at, "20", 2)))
		return true;
	return end - d->end >= 2 && d->end[0] == ',' &&
	       capi_is_digit(d->end[1]);
}

/* Is what stands at s part of the word before it? "%20" is no word. */
static bool
is_in_word(const char *p, const char *s)
{
	if (s == p || (s - p >= 3 && s[-3] == '%'))
		return false;
	return is_letter(s[-1]) || capi_is_digit(s[-1]);
}

/* A + (%2B in URLs) and what E.164 allows behind it: 8 to 15 digits of which
 * the first is no zero. A + in a word is a blank of a URL or of base64. */
static bool
has_phone(const char *p, size_t n)
{
	const char *end = p + n;

	for (const char *s = p; s < end; s++) {
		size_t left = (size_t)(end - s), sign = *s == '+';
		struct digits d;

		if (*s == '%' && left > 3 && s[1] == '2' &&
		    (s[2] == 'B' || s[2] == 'b'))
			sign = 3;
		if (!sign || left < sign + 8 || s[sign] < '1' ||
		    s[sign] > '9' || is_in_word(p, s))
			continue;
		d = read_digits(s + sign, left - sign);
		if (d.count >= 8 && d.count <= 15 &&
		    (d.end == end || !(is_letter(*d.end) || *d.end == '_')) &&
		    !is_amount_or_date(&d, end))
			return true;
	}
	return false;
}

#define SHORTEST 6 /* a@b.co */

/* What is in the text that must not be. The C library looks faster than a loop
 * of ours, and nearly always finds none of the three marks. */
static enum trace
find_trace(const char *p, size_t n)
{
	bool encoded;

	if (n < SHORTEST)
		return NOTHING;
	encoded = memchr(p, '%', n);
	if ((encoded || memchr(p, '@', n)) && has_email(p, n))
		return EMAIL;
	if ((encoded || memchr(p, '+', n)) && has_phone(p, n))
		return PHONE;
	return NOTHING;
}

static bool
is_url(struct capi_str s)
{
	return s.n > 8 && !memcmp(s.p, "http", 4) && memchr(s.p, '?', s.n) &&
	       (!memcmp(s.p + 4, "://", 3) || !memcmp(s.p + 4, "s://", 4));
}

/* The next parameter of a URL behind its "?", and the mark before it; the
 * fragment is taken for one, since single-page shops keep theirs there. */
static bool
next_parameter(struct capi_str *rest, struct capi_str *parameter)
{
	size_t n = 1;

	if (rest->n < 2)
		return false;
	while (n < rest->n && rest->p[n] != '&' && rest->p[n] != '#')
		n++;
	*parameter = (struct capi_str){rest->p + 1, n - 1};
	rest->p += n;
	rest->n -= n;
	return true;
}

/* What may not be in the parameter, by what it holds or is called. */
static enum trace
judge_parameter(struct capi_str parameter)
{
	enum trace trace = find_trace(parameter.p, parameter.n);

	return trace                                                 ? trace
	       : capi_url_has_private_name(parameter.p, parameter.n) ? NAMED
								     : NOTHING;
}

static struct capi_str
query_of(struct capi_str url)
{
	const char *query = memchr(url.p, '?', url.n);

	return (struct capi_str){query, (size_t)(url.p + url.n - query)};
}

static bool
has_private_names(struct capi_str url)
{
	struct capi_str rest = query_of(url), parameter;

	while (next_parameter(&rest, &parameter))
		if (capi_url_has_private_name(parameter.p, parameter.n))
			return true;
	return false;
}

/* The URL without such parameters. False: what must not be there stands before
 * them. */
static bool
cut_parameters(struct capi_buf *out, struct capi_str url)
{
	struct capi_str rest = query_of(url), parameter;
	char mark = '?';

	if (find_trace(url.p, (size_t)(rest.p - url.p)))
		return false;
	capi_buf_add(out, url.p, (size_t)(rest.p - url.p));
	while (next_parameter(&rest, &parameter)) {
		if (judge_parameter(parameter))
			continue;
		capi_buf_addc(out, parameter.p[-1] == '#' ? '#' : mark);
		capi_buf_add(out, parameter.p, parameter.n);
		mark = '&';
	}
	return true;
}

static void
cut(struct scrub *s, struct capi_json *v, enum trace trace)
{
	struct capi_buf url = CAPI_BUF_INIT((size_t)1 << 30);

	if (is_url((struct capi_str){v->text, v->len}) &&
	    cut_parameters(&url, (struct capi_str){v->text, v->len})) {
		s->note(s->arg, v, traces[trace].in_url);
		capi_json_set_text(v, CAPI_JSON_STRING,
		    capi_arena_dup(s->arena, url.data, url.len), url.len);
	} else {
		s->note(s->arg, v, traces[trace].in_text);
		capi_json_remove(v);
	}
	capi_buf_release(&url);
}

static void
scrub_text(struct scrub *s, struct capi_json *v)
{
	struct capi_str text = {v->text, v->len};
	enum trace trace = find_trace(text.p, text.n);

	if (!trace && is_url(text) && has_private_names(text))
		trace = NAMED;
	if (trace)
		cut(s, v, trace);
}

/* Why the member may not stay, by its name; NULL: no reason. */
static const char *
judge_key(const struct scrub *s, const struct capi_json *v, enum place place)
{
	const char *why = judge_name(s->names, v, place);
	enum trace trace;

	if (why)
		return why;
	if (v->key_id)
		return NULL; /* a name that programs ask for */
	trace = find_trace(v->key, v->key_len);
	return trace ? traces[trace].in_key : NULL;
}

static bool
is_key(const struct capi_json *v, struct capi_str key)
{
	return v->key_len == key.n && !memcmp(v->key, key.p, key.n);
}

static void
scrub_members(struct scrub *s, struct capi_json *parent, enum place place)
{
	for (struct capi_json *v = parent->child, *next; v; v = next) {
		const char *why;

		next = v->next;
		if (place == TOP && (is_key(v, CAPI_STR("user_data")) ||
					is_key(v, CAPI_STR("hashed"))))
			continue;
		why = v->key ? judge_key(s, v, place) : NULL;
		if (why) {
			s->note(s->arg, v, why);
			capi_json_remove(v);
		} else if (v->type == CAPI_JSON_STRING) {
			scrub_text(s, v);
		} else if (v->type >= CAPI_JSON_ARRAY) {
			scrub_members(s, v,
			    place == TOP && is_key(v, CAPI_STR("custom_data"))
				? CUSTOM
				: DEEP);
		}
	}
}

void
capi_scrub_event(const struct capi_scrub *index, struct capi_json *event,
    struct capi_arena *arena, capi_scrub_note *note, void *arg)
{
	struct scrub s = {index, arena, note, arg};

	scrub_members(&s, event, TOP);
}

void
capi_scrub_kept(const struct capi_scrub *index, struct capi_json *user,
    struct capi_arena *arena, capi_scrub_note *note, void *arg)
{
	struct scrub s = {index, arena, note, arg};

	for (struct capi_json *v = user->child, *next; v; v = next) {
		next = v->next;
		if (v->type == CAPI_JSON_STRING)
			scrub_text(&s, v);
		else if (v->type >= CAPI_JSON_ARRAY)
			scrub_members(&s, v, DEEP);
	}
}
