#include "check.h"

#include <string.h>

#include "body.h"
#include "rule/clickid.h"
#include "rule/ip.h"
#include "rule/personal.h"
#include "rule/place.h"

/*
 * What does not depend on the platform is found out once an event, however
 * many destinations ask. It is about the event as it came: a member that is
 * hidden from one destination is that one's affair.
 */
enum question {
	ID_PLACEHOLDER,
	BAD_DIGEST, /* of any identifier, in any form */
	BAD_VALUE,
	BAD_CURRENCY,
	ITEM_WITHOUT_ID,
	BAD_ITEM_NUMBER,
	BROKEN_QUANTITY,
	BAD_IP,
	PRIVATE_IP,
	PRIVATE_URL,
	PRIVATE_REFERRER,
};

static bool
once(const struct capi_build *b, enum question q,
    bool (*find_out)(const struct capi_event *e))
{
	struct capi_event *e = b->event;
	uint32_t bit = 1u << q;

	if (!(e->asked & bit)) {
		e->asked |= bit;
		e->found |= find_out(e) ? bit : 0;
	}
	return e->found & bit;
}

bool
capi_check_name_none(const struct capi_build *b)
{
	const struct capi_json *v = b->event->at[CAPI_EVENT_NAME];

	return !v || v->type != CAPI_JSON_STRING;
}

bool
capi_check_name_unknown(const struct capi_build *b)
{
	return !b->name.n ||
	       (!b->known->standard && b->names_unknown == CAPI_UNKNOWN_STOP);
}

const char *
capi_name_nearest(const struct capi_build *b)
{
	const char *words[128];
	size_t n = 0;

	if (b->known->asked)
		return b->known->nearest;
	for (const struct capi_name *m = b->platform->names; m && m->ours; m++)
		if (n < 128)
			words[n++] = m->ours;
	b->known->asked = true;
	b->known->nearest = capi_text_nearest(b->known->ours, words, n);
	return b->known->nearest;
}

bool
capi_check_name_near(const struct capi_build *b)
{
	return !b->known->standard && capi_name_nearest(b);
}

bool
capi_name_is(const struct capi_build *b, const char *ours)
{
	return capi_is(b->event, CAPI_EVENT_NAME, ours);
}

/* 2001-09-09 to 5138: no event is older, and what is greater is not in
 * seconds. */
#define TIME_MIN 1000000000
#define TIME_MAX 99999999999

bool
capi_check_time(const struct capi_build *b)
{
	return b->time < TIME_MIN;
}

bool
capi_check_time_unit(const struct capi_build *b)
{
	return b->time > TIME_MAX;
}

bool
capi_check_age(const struct capi_build *b)
{
	int64_t max = capi_max_age(b->platform, b->call);

	return max && b->now - b->time > max;
}

bool
capi_check_future(const struct capi_build *b)
{
	return b->time - b->now > b->platform->max_ahead;
}

bool
capi_check_id(const struct capi_build *b)
{
	return !capi_event_str(b->event, CAPI_EVENT_ID).n;
}

/* Written by programs for want of a value, and by nobody for an order: 0, 123
 * and test are the numbers of real ones, whatever one vendor's tag says. */
bool
capi_is_placeholder(struct capi_str s)
{
	static const char *const nothing[] = {"null", "undefined", "none",
	    "nan", "nil", "(not set)", "-", "n/a", "#n/a", "[object object]"};

	if (s.n > 4 && !memcmp(s.p, "{{", 2) && !memcmp(s.p + s.n - 2, "}}", 2))
		return true; /* a template that nobody filled in */
	if (s.n > 16)
		return false;
	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++)
		if (capi_str_is_nocase(s, nothing[i]))
			return true;
	return false;
}

static bool
is_placeholder(const struct capi_event *e)
{
	return capi_is_placeholder(capi_event_str(e, CAPI_EVENT_ID));
}

bool
capi_check_id_placeholder(const struct capi_build *b)
{
	return once(b, ID_PLACEHOLDER, is_placeholder);
}

static inline bool
is_hex(char c)
{
	return capi_is_digit(c) || (c >= 'a' && c <= 'f');
}

bool
capi_is_sha256(struct capi_str s)
{
	unsigned char bad = 0;

	if (s.n != 64)
		return false;
	/* Without branches, so that the compiler makes vectors of it: each
	 * event has ten digests. */
	for (size_t i = 0; i < 64; i++) {
		unsigned char c = (unsigned char)s.p[i];

		bad |= ((unsigned char)(c - '0') > 9) &
		       ((unsigned char)(c - 'a') > 5);
	}
	return !bad;
}

/* SHA-256 of "", "null" and "undefined": one person who is everybody. */
static bool
is_of_nothing(struct capi_str s)
{
	static const char *const digests[] = {
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	    "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b",
	    "eb045d78d273107348b0300c01d29b7552d622abbc6faf81b3ec55359aa9950c",
	};

	for (size_t i = 0; i < 3; i++)
		if (s.p[0] == digests[i][0] && !memcmp(s.p, digests[i], 64))
			return true;
	return false;
}

static bool
is_good_digest(const struct capi_json *v)
{
	struct capi_str s = {v->text, v->len};

	return v->type == CAPI_JSON_STRING && capi_is_sha256(s) &&
	       !is_of_nothing(s);
}

/* One digest or a list of them. */
static bool
are_good(const struct capi_json *v)
{
	if (v->type != CAPI_JSON_ARRAY)
		return is_good_digest(v);
	for (v = v->child; v; v = v->next)
		if (!is_good_digest(v))
			return false;
	return true;
}

static bool
has_bad_digest(const struct capi_event *e)
{
	const struct capi_json *hashed = e->at[CAPI_HASHED];

	for (const struct capi_json *of = hashed ? hashed->child : NULL; of;
	     of = of->next)
		for (const struct capi_json *form = of->child; form;
		     form = form->next)
			if (!are_good(form))
				return true;
	return false;
}

static bool
in_call(const struct capi_build *b, const struct capi_row *r)
{
	return capi_in_call(r->field->in, b->call_bit);
}

bool
capi_check_digest(const struct capi_build *b)
{
	if (!once(b, BAD_DIGEST, has_bad_digest))
		return false;
	for (unsigned i = 0; i < b->id_count; i++) {
		const struct capi_json *v = b->event->at[b->ids[i]->slot];

		if (v && in_call(b, b->ids[i]) && !are_good(v))
			return true;
	}
	return false;
}

/* What no platform takes in plain besides those that hash nothing. The rest
 * (city, country, a device's id) may stay for a platform that does. */
static bool
is_private(unsigned slot)
{
	return slot == CAPI_EMAIL || slot == CAPI_PHONE ||
	       slot == CAPI_FIRST_NAME || slot == CAPI_LAST_NAME ||
	       slot == CAPI_STREET || slot == CAPI_DATE_OF_BIRTH ||
	       slot == CAPI_GENDER || slot == CAPI_EXTERNAL_ID;
}

/* A plain identifier that another platform of the pipeline takes may stay in
 * the event when its digests stand beside it. It is never sent: the rule is
 * there because a forgotten capi-hash would cost every match. */
bool
capi_check_plain(const struct capi_build *b)
{
	for (unsigned i = 0; i < b->id_count; i++) {
		const struct capi_row *r = b->ids[i];

		if (is_private(r->plain_slot) && b->event->at[r->plain_slot] &&
		    !b->event->at[r->known_slot])
			return true;
	}
	return false;
}

bool
capi_check_form(const struct capi_build *b)
{
	for (unsigned i = 0; i < b->id_count; i++) {
		const struct capi_row *r = b->ids[i];

		if (!b->event->at[r->slot] &&
		    (b->event->at[r->known_slot] ||
			b->event->at[r->plain_slot]) &&
		    in_call(b, r) && !r->field->optional)
			return true;
	}
	return false;
}

bool
capi_check_only_hashed(const struct capi_build *b)
{
	return capi_has(b->event, CAPI_HASHED) &&
	       !capi_has(b->event, CAPI_EMAIL) &&
	       !capi_has(b->event, CAPI_PHONE) &&
	       (capi_has(b->event, CAPI_HASHED_EMAIL) ||
		   capi_has(b->event, CAPI_HASHED_PHONE));
}

bool
capi_check_digest_as_plain(const struct capi_build *b)
{
	static const enum capi_member members[] = {
	    CAPI_EMAIL, CAPI_PHONE, CAPI_FIRST_NAME, CAPI_LAST_NAME};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		struct capi_str s = capi_event_str(b->event, members[i]);
		size_t hex = 0;

		if (s.n != 64 && s.n != 40 && s.n != 32)
			continue;
		while (hex < s.n && is_hex(capi_lower(s.p[hex])))
			hex++;
		if (hex == s.n)
			return true;
	}
	return false;
}

static bool
is_bad_value(const struct capi_event *e)
{
	return capi_decimal_sign(capi_event_str(e, CAPI_VALUE)) == 2;
}

bool
capi_check_value(const struct capi_build *b)
{
	return capi_has(b->event, CAPI_VALUE) &&
	       once(b, BAD_VALUE, is_bad_value);
}

bool
capi_check_value_negative(const struct capi_build *b)
{
	struct capi_str s = capi_event_str(b->event, CAPI_VALUE);

	return s.n && s.p[0] == '-' && capi_decimal_sign(s) == -1;
}

/* Gold, the code for tests and the like stand in ISO 4217 without decimals:
 * nobody pays in them. */
static bool
is_bad_currency(const struct capi_event *e)
{
	struct capi_str s = capi_event_str(e, CAPI_CURRENCY);
	char code[4];

	return s.n != 3 || capi_place_currency(s.p, 3, code) ||
	       memcmp(code, s.p, 3) || capi_place_minor(code) < 0;
}

bool
capi_check_currency(const struct capi_build *b)
{
	return capi_has(b->event, CAPI_CURRENCY) &&
	       once(b, BAD_CURRENCY, is_bad_currency);
}

static const struct capi_json *
first_item(const struct capi_event *e)
{
	const struct capi_json *items = e->at[CAPI_ITEMS];

	return items && items->type == CAPI_JSON_ARRAY ? items->child : NULL;
}

static bool
has_item_without_id(const struct capi_event *e)
{
	for (const struct capi_json *i = first_item(e); i; i = i->next)
		if (!capi_json_str(capi_json_get(i, "id")).n)
			return true;
	return false;
}

bool
capi_check_item_id(const struct capi_build *b)
{
	return once(b, ITEM_WITHOUT_ID, has_item_without_id);
}

static bool
is_number_or_none(const struct capi_json *item, const char *key)
{
	const struct capi_json *v = capi_json_get(item, key);

	return !v || capi_decimal_sign(capi_json_str(v)) != 2;
}

static bool
has_bad_item_number(const struct capi_event *e)
{
	for (const struct capi_json *i = first_item(e); i; i = i->next)
		if (!is_number_or_none(i, "price") ||
		    !is_number_or_none(i, "quantity"))
			return true;
	return false;
}

bool
capi_check_item_numbers(const struct capi_build *b)
{
	return once(b, BAD_ITEM_NUMBER, has_bad_item_number);
}

static bool
has_broken_quantity(const struct capi_event *e)
{
	for (const struct capi_json *i = first_item(e); i; i = i->next) {
		struct capi_str s = capi_json_str(capi_json_get(i, "quantity"));
		const char *point = s.n ? memchr(s.p, '.', s.n) : NULL;

		for (; point && ++point < s.p + s.n;)
			if (*point != '0')
				return true;
	}
	return false;
}

bool
capi_check_item_quantity(const struct capi_build *b)
{
	return once(b, BROKEN_QUANTITY, has_broken_quantity);
}

bool
capi_check_is_personal(const struct capi_json *v)
{
	/* What public integrations strip from custom data by default, besides
	 * what is personal wherever it stands; here things have no names. */
	static const char *const names[] = {"em", "fn", "ip", "ln", "ph",
	    "city", "name", "state", "gender", "country", "customer_name"};
	struct capi_str key = {v->key, v->key_len};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (capi_str_is_nocase(key, names[i]))
			return true;
	return capi_personal_is(key) &&
	       (v->type >= CAPI_JSON_ARRAY ||
		   !capi_personal_is_flag((struct capi_str){v->text, v->len}));
}

bool
capi_check_custom_personal(const struct capi_build *b)
{
	const struct capi_json *v = b->event->at[CAPI_CUSTOM_DATA];

	if (!v || v->type != CAPI_JSON_OBJECT)
		return false;
	for (v = v->child; v; v = v->next) {
		/* Members that platforms ask for are none. */
		if (!capi_vocab_member(b->vocab, CAPI_CUSTOM_DATA, v->key_id) &&
		    capi_check_is_personal(v))
			return true;
	}
	return false;
}

static enum capi_ip_verdict
judge_ip(const struct capi_event *e)
{
	struct capi_str s = capi_event_str(e, CAPI_IP);

	return capi_ip_judge(s.p, s.n);
}

static bool
is_bad_ip(const struct capi_event *e)
{
	enum capi_ip_verdict v = judge_ip(e);

	return v == CAPI_IP_EMPTY || v == CAPI_IP_BAD || v == CAPI_IP_CUT;
}

bool
capi_check_ip(const struct capi_build *b)
{
	return once(b, BAD_IP, is_bad_ip);
}

static bool
is_private_ip(const struct capi_event *e)
{
	return judge_ip(e) > CAPI_IP_DOCUMENTATION;
}

bool
capi_check_ip_private(const struct capi_build *b)
{
	return once(b, PRIVATE_IP, is_private_ip);
}

static bool
is_private_url(const struct capi_event *e)
{
	struct capi_str s = capi_event_str(e, CAPI_EVENT_SOURCE_URL);

	return capi_url_is_private(s.p, s.n);
}

bool
capi_check_url(const struct capi_build *b)
{
	return once(b, PRIVATE_URL, is_private_url);
}

static bool
is_private_referrer(const struct capi_event *e)
{
	struct capi_str s = capi_event_str(e, CAPI_REFERRER_URL);

	return capi_url_is_private(s.p, s.n);
}

bool
capi_check_referrer(const struct capi_build *b)
{
	return once(b, PRIVATE_REFERRER, is_private_referrer);
}
