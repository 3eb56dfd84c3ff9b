#include "hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "err.h"
#include "placeholder.h"
#include "rule/personal.h"
#include "rule/place.h"
#include "scrub.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define MAX_FORMS 4     /* of one identifier that platforms name */
#define MAX_BESIDE 8    /* spellings of rule sets, of one form */
#define MAX_VALUES 64   /* in the list of one identifier */
#define MAX_LENGTH 2048 /* bytes of a value; no address is longer */

/* `"email":{`: how the member begins that is written for each event. */
struct opening {
	char text[40];
	size_t n;
};

/* A form that is wanted, and the spellings that go into the same list. */
struct want {
	const struct capi_form *form;
	struct opening opening;
	const struct capi_form *beside[MAX_BESIDE];
	size_t besides;
	/* The digests of the event at hand, each in quotes. */
	const char *digests[MAX_VALUES];
	size_t count;
};

/* What is done with a member of user_data, by its name. */
struct name {
	bool known;
	bool kept; /* a named platform takes it in plain */
	enum capi_identifier id;
};

struct identifier {
	struct want wants[MAX_FORMS];
	size_t count;
	struct opening opening;
	bool plain; /* a platform takes it in plain as well */
};

#define MEMO_ROWS 1024 /* a power of two */
#define MEMO_VALUE 26  /* bytes: a row is half a cache line */
#define MEMO_DIGESTS 8

/* What many people have in common. */
#define SHARED                                                                 \
	(1u << CAPI_ID_FIRST_NAME | 1u << CAPI_ID_LAST_NAME |                  \
	    1u << CAPI_ID_GENDER | 1u << CAPI_ID_DATE_OF_BIRTH |               \
	    1u << CAPI_ID_CITY | 1u << CAPI_ID_STATE |                         \
	    1u << CAPI_ID_POSTAL_CODE | 1u << CAPI_ID_COUNTRY)

/*
 * What came of a value. First names, cities, states and countries come again
 * and again; the same value of the same identifier and country has the same
 * digests. Only values of which nothing had to be said are kept, each in the
 * one row where it belongs: a newer one takes its place.
 */
struct memo {
	unsigned char id, len, count;
	char country[2];
	char value[MEMO_VALUE];
};

/* Apart from the rows, of which many are looked at and few hit. */
struct memo_digests {
	struct {
		unsigned char want; /* its number */
		char quoted[CAPI_DIGEST_HEX + 2];
	} v[MEMO_DIGESTS];
};

struct capi_hash {
	struct capi_digest *digest;
	struct memo memos[MEMO_ROWS]; /* len 0: free */
	struct memo_digests memo_digests[MEMO_ROWS];
	struct capi_placeholders *placeholders;
	struct identifier ids[CAPI_IDS];
	struct capi_names *keys;
	struct name names[CAPI_NAMES_MAX + 1]; /* by key_id */
	uint16_t user_data, hashed;            /* their key_id */
	struct capi_scrub scrub;
	struct capi_buf scratch;

	/* The event at hand. */
	struct capi_arena *arena;
	capi_hash_note *note;
	void *arg;
	char country[3];
};

/* Members of user_data that capi-event(5) has for platforms to come, or from
 * which others are made; no platform takes them itself. */
static const char *const vocabulary[] = {
    "fbclid",
    "click_time",
    "msclkid",
    "twclid",
    "rdt_cid",
    "li_fat_id",
    "gclid",
    "gbraid",
    "wbraid",
    "epik",
    "sc_click_id",
    "sc_cookie1",
    "ttclid",
    "ttp",
    "fbc",
    "fbp",
    "lead_id",
    "subscription_id",
    "locale",
    "name_prefix",
    "name_suffix",
};

static struct name *
add_name(struct capi_hash *h, const char *name)
{
	size_t n = strlen(name);
	struct name *row = &h->names[capi_names_add(h->keys, name, n)];

	row->known = true;
	row->id = capi_identifier_find(name, n);
	return row;
}

/* The part behind "user_data.", or NULL. */
static const char *
user_member(const char *path)
{
	return strncmp(path, "user_data.", 10) ? NULL : path + 10;
}

static void
learn_names(struct capi_hash *h)
{
	for (size_t i = 0; i < COUNT(vocabulary); i++)
		add_name(h, vocabulary[i]);
	for (size_t i = 0; i < CAPI_IDS; i++)
		add_name(h, capi_identifiers[i]);
	for (size_t i = 0; capi_platforms[i]; i++)
		for (const struct capi_field *f = capi_platforms[i]->fields;
		     f->source; f++)
			if (user_member(f->source))
				add_name(h, user_member(f->source));
}

struct capi_hash *
capi_hash_new(struct capi_names *keys)
{
	struct capi_hash *h = capi_alloc(sizeof(*h));

	memset(h, 0, sizeof(*h));
	h->scratch.max = (size_t)1 << 20;
	capi_digest_settle();
	h->digest = capi_digest_new();
	if (!h->digest) {
		free(h);
		return NULL;
	}
	h->placeholders = capi_placeholders_new(h->digest);
	h->keys = keys;
	h->user_data = capi_names_add(keys, "user_data", 9);
	h->hashed = capi_names_add(keys, "hashed", 6);
	learn_names(h);
	capi_scrub_init(&h->scrub, keys);
	return h;
}

void
capi_hash_free(struct capi_hash *h)
{
	if (!h)
		return;
	capi_placeholders_free(h->placeholders);
	capi_digest_free(h->digest);
	capi_buf_release(&h->scratch);
	free(h);
}

/* The plan. */

/* Names are ours and need no escapes. */
static struct opening
opening_of(const char *name, const char *bracket)
{
	struct opening o;

	o.n = (size_t)snprintf(
	    o.text, sizeof(o.text), "\"%s\":%s", name, bracket);
	return o;
}

static void
want_form(struct identifier *id, const struct capi_form *form)
{
	for (size_t i = 0; i < id->count; i++)
		if (id->wants[i].form == form)
			return;
	if (id->count == MAX_FORMS)
		return;
	id->wants[id->count].form = form;
	id->wants[id->count++].opening = opening_of(form->name, "[");
	id->opening = opening_of(capi_identifiers[form->id], "{");
}

static const char *
add_field(struct capi_hash *h, const struct capi_field *field)
{
	const char *name = user_member(field->source);
	const struct capi_form *form;
	enum capi_identifier id;

	if (!name)
		return NULL;
	id = capi_identifier_find(name, strlen(name));
	if (!field->form) {
		if (id < CAPI_IDS)
			h->ids[id].plain = true;
		add_name(h, name)->kept = true;
		return NULL;
	}
	form = id < CAPI_IDS ? capi_form_find(id, field->form) : NULL;
	if (!form)
		return "its table names a form that there is not";
	want_form(&h->ids[id], form);
	return NULL;
}

const char *
capi_hash_platform(struct capi_hash *h, const struct capi_platform *p)
{
	if (p->plain)
		return "it takes plain data";
	for (const struct capi_field *f = p->fields; f->source; f++) {
		const char *why = add_field(h, f);

		if (why)
			return why;
	}
	/* What its checks look at stays, too. */
	for (const struct capi_check *c = p->checks; c && c->code; c++)
		if (c->clicked)
			add_name(h, "click_time")->kept = true;
	return h->ids[CAPI_ID_EMAIL].plain ? "it takes plain data" : NULL;
}

void
capi_hash_rules(struct capi_hash *h, const struct capi_rule_set *set)
{
	for (const struct capi_rule *r = capi_rules; r->set; r++) {
		struct identifier *id = &h->ids[r->id];

		if (strcmp(r->set, set->name) != 0 || !r->beside)
			continue;
		for (size_t i = 0; i < id->count; i++) {
			struct want *w = &id->wants[i];

			if (!strcmp(w->form->name, r->beside) &&
			    w->besides < MAX_BESIDE)
				w->beside[w->besides++] =
				    capi_form_find(r->id, r->form);
		}
	}
}

/* Reports. */

/* A key that looks like one may be named in a message; another may be data. */
static bool
is_plain_key(const struct capi_json *v)
{
	if (!v->key_len || v->key_len > 40)
		return false;
	for (size_t i = 0; i < v->key_len; i++)
		if (!capi_is_alnum(v->key[i]) && v->key[i] != '_' &&
		    v->key[i] != '-')
			return false;
	return !capi_personal_is_telling((struct capi_str){v->key, v->key_len});
}

static void
note(struct capi_hash *h, const struct capi_json *v, const char *why,
    const char *what)
{
	char path[96];
	const struct capi_json *up[3];
	size_t n = 0, len = 0;

	for (; v && v->parent && n < COUNT(up); v = v->parent)
		if (v->key)
			up[n++] = v;
	path[0] = '\0';
	while (n--) {
		const char *key = is_plain_key(up[n]) ? up[n]->key : "(key)";
		size_t key_len =
		    is_plain_key(up[n]) ? up[n]->key_len : strlen(key);

		if (len + key_len + 2 > sizeof(path))
			break;
		if (len)
			path[len++] = '.';
		memcpy(path + len, key, key_len);
		len += key_len;
		path[len] = '\0';
	}
	h->note(h->arg, path, why, what);
}

/* Digests. */

/* In quotes, since it is written as it stands; NULL: there already. */
static void
add_digest(struct want *w, const char *quoted)
{
	for (size_t i = 0; i < w->count; i++)
		if (!memcmp(w->digests[i], quoted, CAPI_DIGEST_HEX + 2))
			return;
	if (w->count < MAX_VALUES)
		w->digests[w->count++] = quoted;
}

static char *
quoted_space(struct capi_hash *h)
{
	char *quoted = capi_arena_alloc(h->arena, CAPI_DIGEST_HEX + 2);

	quoted[0] = quoted[CAPI_DIGEST_HEX + 1] = '"';
	return quoted;
}

/* The row of a value, or NULL: it is too long, or nobody shares it. */
static struct memo *
memo_row(struct capi_hash *h, enum capi_identifier id, struct capi_str value)
{
	struct capi_words w;

	if (value.n > MEMO_VALUE || !(SHARED >> id & 1))
		return NULL;
	w = capi_words_of(value.p, value.n);
	w.hash += (uint64_t)id << 59;
	w.hash ^= (uint64_t)(unsigned char)h->country[0] << 57 ^
		  (uint64_t)(unsigned char)h->country[1] << 54;
	return &h->memos[w.hash >> 54];
}

static bool
memo_holds(const struct memo *m, const struct capi_hash *h,
    enum capi_identifier id, struct capi_str value)
{
	return m->id == id && m->len == value.n &&
	       m->country[0] == h->country[0] &&
	       m->country[1] == h->country[1] &&
	       !memcmp(m->value, value.p, value.n);
}

/* The row may be taken by the next value: the digests are copied. */
static void
add_from_memo(struct capi_hash *h, struct identifier *id, const struct memo *m)
{
	const struct memo_digests *of = &h->memo_digests[m - h->memos];

	for (size_t i = 0; i < m->count; i++) {
		char *quoted = capi_arena_alloc(h->arena, CAPI_DIGEST_HEX + 2);

		memcpy(quoted, of->v[i].quoted, CAPI_DIGEST_HEX + 2);
		add_digest(&id->wants[of->v[i].want], quoted);
	}
}

/* One value on its way through its forms. */
struct work {
	struct capi_hash *h;
	/* Spellings that were hashed already: most forms of most values are
	 * equal, and a digest costs more than all else. */
	struct {
		size_t at, len; /* in the scratch buffer */
		const char *quoted;
	} seen[MAX_FORMS * 2];
	size_t seen_count;
	struct memo *memo; /* NULL: not kept */
};

static void
keep(struct work *k, unsigned char want, const char *quoted)
{
	struct memo *m = k->memo;
	struct memo_digests *of;

	if (!m)
		return;
	if (m->count == MEMO_DIGESTS) {
		m->len = 0;
		k->memo = NULL;
		return;
	}
	of = &k->h->memo_digests[m - k->h->memos];
	of->v[m->count].want = want;
	memcpy(of->v[m->count++].quoted, quoted, CAPI_DIGEST_HEX + 2);
}

/* The digest of the scratch buffer's bytes behind `at`. */
static const char *
digest_of(struct work *k, size_t at)
{
	struct capi_hash *h = k->h;
	size_t len = h->scratch.len - at;
	char *quoted;

	for (size_t i = 0; i < k->seen_count; i++)
		if (k->seen[i].len == len &&
		    !memcmp(h->scratch.data + k->seen[i].at,
			h->scratch.data + at, len))
			return k->seen[i].quoted;
	quoted = quoted_space(h);
	capi_digest_hex(h->digest, h->scratch.data + at, len, quoted + 1);
	if (k->seen_count < COUNT(k->seen)) {
		k->seen[k->seen_count].at = at;
		k->seen[k->seen_count].len = len;
		k->seen[k->seen_count++].quoted = quoted;
	}
	return quoted;
}

/* The value in one form into a want's list; NULL, or why it has no such
 * form. */
static const char *
add_form(struct work *k, struct identifier *id, unsigned char want,
    const struct capi_form *form, struct capi_str value)
{
	struct capi_buf *scratch = &k->h->scratch;
	size_t at = scratch->len;
	const char *why = form->rule(scratch, value, k->h->country);
	const char *quoted;

	if (why) {
		scratch->len = at;
		return why;
	}
	quoted = digest_of(k, at);
	add_digest(&id->wants[want], quoted);
	keep(k, want, quoted);
	return NULL;
}

/* One value in all its forms. */
static void
hash_value(struct capi_hash *h, const struct capi_json *member,
    enum capi_identifier which, struct capi_str value, struct memo *memo)
{
	struct identifier *id = &h->ids[which];
	struct work k;
	const char *said = NULL;

	k.h = h;
	k.seen_count = 0;
	k.memo = memo;
	capi_buf_reset(&h->scratch);
	if (memo)
		memo->len = memo->count = 0;
	for (unsigned char i = 0; i < id->count; i++) {
		const struct want *w = &id->wants[i];
		const char *why = add_form(&k, id, i, w->form, value);

		if (why && why != said)
			note(h, member, why,
			    id->count > 1 ? w->form->name : NULL);
		said = why ? why : said;
		/* What the page's rule refuses is no value in another. */
		for (size_t j = 0; !why && j < w->besides; j++)
			add_form(&k, id, i, w->beside[j], value);
	}
	if (k.memo && !said) {
		memo->id = (unsigned char)which;
		memo->len = (unsigned char)value.n;
		memcpy(memo->country, h->country, sizeof(memo->country));
		memcpy(memo->value, value.p, value.n);
	}
}

/* A digest that came from elsewhere is right for whoever made it; which of
 * our forms that was can not be known. */
static bool
take_digest(struct capi_hash *h, const struct capi_json *member,
    struct identifier *id, struct capi_str value)
{
	const char *of = capi_placeholders_find(h->placeholders, value.p);
	char *quoted;

	if (of) {
		note(h, member, "the digest of a placeholder", of);
		return false;
	}
	quoted = quoted_space(h);
	for (size_t i = 0; i < CAPI_DIGEST_HEX; i++)
		quoted[i + 1] = capi_lower(value.p[i]);
	for (size_t i = 0; i < id->count; i++)
		add_digest(&id->wants[i], quoted);
	return true;
}

/* Ids and codes that some exports write as numbers. */
static bool
is_whole_number(const struct capi_json *v)
{
	if (v->type != CAPI_JSON_NUMBER)
		return false;
	for (size_t i = 0; i < v->len; i++)
		if (!capi_is_digit(v->text[i]))
			return false;
	return true;
}

enum fate { GONE, STAYS };

/* One value of an identifier. Tells whether it may stay in plain where a
 * platform takes it so. */
static enum fate
take_value(struct capi_hash *h, const struct capi_json *member,
    enum capi_identifier which, const struct capi_json *v)
{
	struct identifier *id = &h->ids[which];
	struct memo *memo;
	struct capi_str s;
	const char *what;

	if (v->type == CAPI_JSON_NULL) {
		note(h, member, "null", NULL);
		return GONE;
	}
	if (v->type != CAPI_JSON_STRING && !is_whole_number(v)) {
		note(h, member, "neither text nor a list of texts", NULL);
		return GONE;
	}
	s = capi_text_trim(v->text, v->len);
	if (!s.n) {
		note(h, member, "empty", NULL);
		return GONE;
	}
	if (s.n > MAX_LENGTH) {
		note(h, member, "longer than any real value", NULL);
		return GONE;
	}
	memo = memo_row(h, which, s);
	if (memo && memo_holds(memo, h, which, s)) {
		add_from_memo(h, id, memo);
		return STAYS;
	}
	if (capi_form_is_digest(s)) {
		take_digest(h, member, id, s);
		return GONE;
	}
	what = which == CAPI_ID_EXTERNAL_ID ? NULL : capi_wrong_digest(s);
	if (what) {
		note(h, member, "not a SHA-256 in hex", what);
		return GONE;
	}
	what = capi_placeholder(which, s);
	if (what) {
		note(h, member, "a placeholder", what);
		return GONE;
	}
	hash_value(h, member, which, s, memo);
	return STAYS;
}

/* The identifier's values into its wants; what can not stay goes. */
static void
take_identifier(
    struct capi_hash *h, struct capi_json *member, enum capi_identifier which)
{
	bool plain = h->ids[which].plain;
	size_t taken = 0;

	if (member->type != CAPI_JSON_ARRAY) {
		if (take_value(h, member, which, member) == GONE || !plain)
			capi_json_remove(member);
		return;
	}
	if (!member->count)
		note(h, member, "empty", NULL);
	for (struct capi_json *v = member->child, *next; v; v = next) {
		enum fate fate = GONE;

		next = v->next;
		if (taken++ < MAX_VALUES)
			fate = take_value(h, member, which, v);
		else if (taken == MAX_VALUES + 2)
			note(h, member, "more values than anybody has", NULL);
		if (fate == GONE && plain)
			capi_json_remove(v);
	}
	if (!plain || !member->count)
		capi_json_remove(member);
}

/* What was hashed before. */

static void
check_list(struct capi_hash *h, struct capi_json *list)
{
	for (struct capi_json *v = list->child, *next; v; v = next) {
		next = v->next;
		if (v->type == CAPI_JSON_STRING && v->len == 64 &&
		    capi_form_is_digest((struct capi_str){v->text, v->len}))
			continue;
		note(h, list, "not a SHA-256 in hex", NULL);
		capi_json_remove(v);
	}
	if (!list->count)
		capi_json_remove(list);
}

/* Another program may have made it: nothing but digests may be in there. */
static void
check_hashed(struct capi_hash *h, struct capi_json *hashed)
{
	for (struct capi_json *id = hashed->child, *id_next; id; id = id_next) {
		id_next = id->next;
		if (id->type == CAPI_JSON_OBJECT && is_plain_key(id)) {
			struct capi_json *list = id->child, *next;

			for (; list; list = next) {
				next = list->next;
				if (list->type == CAPI_JSON_ARRAY &&
				    is_plain_key(list)) {
					check_list(h, list);
					continue;
				}
				note(h, list, "not a list of digests", NULL);
				capi_json_remove(list);
			}
		} else {
			note(h, id, "not an object of digests", NULL);
			capi_json_remove(id);
			continue;
		}
		if (!id->count)
			capi_json_remove(id);
	}
}

/* A form that is wanted now and was not when the plain value was there. */
static void
miss_forms(struct capi_hash *h, const struct capi_json *hashed)
{
	for (unsigned i = 0; i < CAPI_IDS; i++) {
		struct capi_json *id =
		    capi_json_get(hashed, capi_identifiers[i]);

		for (size_t j = 0; id && j < h->ids[i].count; j++) {
			struct want *w = &h->ids[i].wants[j];

			if (!w->count && !capi_json_get(id, w->form->name))
				note(h, id,
				    "hashed already, and not in the form",
				    w->form->name);
		}
	}
}

static bool
has_digest(const struct capi_json *list, const char *quoted)
{
	for (const struct capi_json *v = list->child; v; v = v->next)
		if (v->type == CAPI_JSON_STRING && v->len == 64 &&
		    !memcmp(v->text, quoted + 1, 64))
			return true;
	return false;
}

static struct capi_json *
member_of(struct capi_hash *h, struct capi_json *parent, const char *key,
    enum capi_json_type type)
{
	struct capi_json *v = capi_json_get(parent, key);

	if (v && v->type == type)
		return v;
	return capi_json_put(h->arena, parent, key, type, NULL, 0);
}

static void
write_want(struct capi_hash *h, struct capi_json *id, const struct want *want)
{
	struct capi_json *list =
	    member_of(h, id, want->form->name, CAPI_JSON_ARRAY);

	for (size_t i = 0; i < want->count; i++) {
		struct capi_json *v;

		if (has_digest(list, want->digests[i]))
			continue;
		v = capi_json_new(h->arena, CAPI_JSON_STRING);
		v->raw = want->digests[i];
		v->raw_len = CAPI_DIGEST_HEX + 2;
		v->text = v->raw + 1;
		v->len = CAPI_DIGEST_HEX;
		v->edited = false; /* written as it stands */
		capi_json_append(list, v);
	}
}

/* Into what is there already. */
static void
merge_hashed(struct capi_hash *h, struct capi_json *hashed)
{
	for (unsigned i = 0; i < CAPI_IDS; i++) {
		struct capi_json *id = NULL;

		for (size_t j = 0; j < h->ids[i].count; j++) {
			const struct want *w = &h->ids[i].wants[j];

			if (!w->count)
				continue;
			if (!id)
				id = member_of(h, hashed, capi_identifiers[i],
				    CAPI_JSON_OBJECT);
			write_want(h, id, w);
		}
	}
}

/* Bytes of fixed sizes, for the compiler to copy without a call; there is room
 * for a whole opening everywhere. */
static char *
put_opening(char *to, const struct opening *o)
{
	memcpy(to, o->text, sizeof(o->text));
	return to + o->n;
}

static char *
put_list(char *to, const struct want *w)
{
	to = put_opening(to, &w->opening);
	for (size_t i = 0; i < w->count; i++) {
		memcpy(to, w->digests[i], CAPI_DIGEST_HEX + 2);
		to += CAPI_DIGEST_HEX + 2;
		*to++ = ',';
	}
	to[-1] = ']';
	*to++ = ',';
	return to;
}

static size_t
hashed_size(const struct capi_hash *h)
{
	size_t size = 0;

	for (unsigned i = 0; i < CAPI_IDS; i++)
		for (size_t j = 0; j < h->ids[i].count; j++)
			if (h->ids[i].wants[j].count)
				size += 2 * sizeof(struct opening) +
					h->ids[i].wants[j].count *
					    (CAPI_DIGEST_HEX + 3);
	return size;
}

/* All of it as one piece of text: the usual case, and half as dear as a tree
 * that is made only to be written. */
static void
write_hashed(struct capi_hash *h, struct capi_json *event)
{
	size_t size = hashed_size(h);
	struct capi_json *v;
	char *text, *to;

	if (!size)
		return;
	text = to = capi_arena_alloc(h->arena, size + sizeof(struct opening));
	*to++ = '{';
	for (unsigned i = 0; i < CAPI_IDS; i++) {
		const struct identifier *id = &h->ids[i];
		bool open = false;

		for (size_t j = 0; j < id->count; j++) {
			if (!id->wants[j].count)
				continue;
			if (!open)
				to = put_opening(to, &id->opening);
			open = true;
			to = put_list(to, &id->wants[j]);
		}
		if (open) {
			to[-1] = '}';
			*to++ = ',';
		}
	}
	to[-1] = '}';
	v = capi_json_add(h->arena, event, "hashed", CAPI_JSON_OBJECT, NULL, 0);
	v->raw = text;
	v->raw_len = (uint32_t)(to - text);
	v->edited = false; /* written as it stands */
}

/* user_data. */

/* The person's country, for states and postal codes. */
static void
find_country(struct capi_hash *h, const struct capi_json *v)
{
	memset(h->country, 0, sizeof(h->country));
	if (v && v->type == CAPI_JSON_ARRAY)
		v = v->child;
	if (v && v->type == CAPI_JSON_STRING &&
	    capi_place_country(v->text, v->len, h->country))
		memset(h->country, 0, sizeof(h->country));
}

static void
hash_user(struct capi_hash *h, struct capi_json *user)
{
	struct capi_json *members[CAPI_IDS] = {NULL};

	for (struct capi_json *v = user->child, *next; v; v = next) {
		const struct name *row = &h->names[v->key_id];

		next = v->next;
		if (row->known && row->id < CAPI_IDS) {
			members[row->id] = v;
			continue;
		}
		if (row->kept)
			continue;
		if (!row->known)
			note(h, v, "no member of user_data", NULL);
		capi_json_remove(v);
	}
	find_country(h, members[CAPI_ID_COUNTRY]);
	for (unsigned i = 0; i < CAPI_IDS; i++)
		if (members[i])
			take_identifier(h, members[i], (enum capi_identifier)i);
}

static void
on_scrub(void *arg, const struct capi_json *v, const char *why)
{
	note(arg, v, why, NULL);
}

bool
capi_hash_event(struct capi_hash *h, struct capi_json *event,
    struct capi_arena *arena, capi_hash_note *on_note, void *arg)
{
	struct capi_json *user = NULL, *hashed = NULL;

	for (struct capi_json *v = event->child; v; v = v->next) {
		if (v->key_id == h->user_data)
			user = v;
		else if (v->key_id == h->hashed)
			hashed = v;
	}
	h->arena = arena;
	h->note = on_note;
	h->arg = arg;
	for (unsigned i = 0; i < CAPI_IDS; i++)
		for (size_t j = 0; j < h->ids[i].count; j++)
			h->ids[i].wants[j].count = 0;
	if (hashed && hashed->type != CAPI_JSON_OBJECT) {
		note(h, hashed, "not an object of digests", NULL);
		capi_json_remove(hashed);
		hashed = NULL;
	}
	if (hashed)
		check_hashed(h, hashed);
	if (user && user->type != CAPI_JSON_OBJECT)
		return false;
	capi_scrub_event(&h->scrub, event, arena, on_scrub, h);
	if (user) {
		hash_user(h, user);
		capi_scrub_kept(&h->scrub, user, arena, on_scrub, h);
	}
	if (hashed) {
		miss_forms(h, hashed);
		merge_hashed(h, hashed);
	} else {
		write_hashed(h, event);
	}
	return true;
}
