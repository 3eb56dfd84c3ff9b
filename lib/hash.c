#include "hash.h"

#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "err.h"
#include "placeholder.h"
#include "place.h"
#include "scrub.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define MAX_FORMS 4     /* of one identifier that platforms name */
#define MAX_BESIDE 8    /* spellings of rule sets, of one form */
#define MAX_VALUES 64   /* in the list of one identifier */
#define MAX_NAMES 256   /* of members of user_data */
#define MAX_LENGTH 2048 /* bytes of a value; no address is longer */

/* A form that is wanted, and the spellings that go into the same list. */
struct want {
	const struct capi_form *form;
	const struct capi_form *beside[MAX_BESIDE];
	size_t besides;
	/* The digests of the event at hand, each in quotes. */
	const char *digests[MAX_VALUES];
	size_t count;
};

struct names {
	struct capi_str v[MAX_NAMES];
	size_t n;
};

struct identifier {
	struct want wants[MAX_FORMS];
	size_t count;
	bool plain; /* a platform takes it in plain as well */
};

struct capi_hash {
	struct capi_digest *digest;
	struct capi_placeholders *placeholders;
	struct identifier ids[CAPI_IDS];
	struct names kept;  /* what the named platforms take in plain */
	struct names known; /* what any platform takes */
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

static bool
has_name(const struct names *names, const char *key, size_t n)
{
	for (size_t i = 0; i < names->n; i++)
		if (names->v[i].n == n && !memcmp(names->v[i].p, key, n))
			return true;
	return false;
}

static void
add_name(struct names *names, const char *name)
{
	size_t n = strlen(name);

	if (!has_name(names, name, n) && names->n < MAX_NAMES)
		names->v[names->n++] = (struct capi_str){name, n};
}

/* The part behind "user_data.", or NULL. */
static const char *
user_member(const char *path)
{
	return strncmp(path, "user_data.", 10) ? NULL : path + 10;
}

static void
learn_names(struct names *known)
{
	for (size_t i = 0; i < COUNT(vocabulary); i++)
		add_name(known, vocabulary[i]);
	for (size_t i = 0; capi_platforms[i]; i++)
		for (const struct capi_field *f = capi_platforms[i]->fields;
		     f->source; f++)
			if (user_member(f->source))
				add_name(known, user_member(f->source));
}

struct capi_hash *
capi_hash_new(void)
{
	struct capi_hash *h = capi_alloc(sizeof(*h));

	memset(h, 0, sizeof(*h));
	h->scratch.max = (size_t)1 << 20;
	h->digest = capi_digest_new();
	if (!h->digest) {
		free(h);
		return NULL;
	}
	h->placeholders = capi_placeholders_new(h->digest);
	learn_names(&h->known);
	capi_scrub_init(&h->scrub);
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

static void
want_form(struct identifier *id, const struct capi_form *form)
{
	for (size_t i = 0; i < id->count; i++)
		if (id->wants[i].form == form)
			return;
	if (id->count < MAX_FORMS)
		id->wants[id->count++].form = form;
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
		add_name(&h->kept, name);
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
	return h->ids[CAPI_ID_EMAIL].plain ? "it takes plain data" : NULL;
}

void
capi_hash_rules(struct capi_hash *h, const struct capi_rule_set *set)
{
	for (const struct capi_rule *r = capi_rules; r->set; r++) {
		struct identifier *id = &h->ids[r->id];

		if (strcmp(r->set, set->name) != 0)
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
	return true;
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

/* Spellings of one value that were hashed already: most forms of most values
 * are equal, and a digest costs more than all else. */
struct seen {
	size_t at, len; /* in the scratch buffer */
	const char *quoted;
};

static const char *
digest_of(struct capi_hash *h, struct seen *seen, size_t *count, size_t max,
    size_t at)
{
	size_t len = h->scratch.len - at;
	char *quoted;

	for (size_t i = 0; i < *count; i++)
		if (seen[i].len == len && !memcmp(h->scratch.data + seen[i].at,
					      h->scratch.data + at, len))
			return seen[i].quoted;
	quoted = quoted_space(h);
	capi_digest_hex(h->digest, h->scratch.data + at, len, quoted + 1);
	if (*count < max)
		seen[(*count)++] = (struct seen){at, len, quoted};
	return quoted;
}

/* One value in all its forms. */
static void
hash_value(struct capi_hash *h, const struct capi_json *member,
    struct identifier *id, struct capi_str value)
{
	struct seen seen[MAX_FORMS * 2];
	const char *said = NULL;
	size_t count = 0;

	capi_buf_reset(&h->scratch);
	for (size_t i = 0; i < id->count; i++) {
		struct want *w = &id->wants[i];
		size_t at = h->scratch.len;
		const char *why = w->form->rule(&h->scratch, value, h->country);

		if (why) {
			h->scratch.len = at;
			if (why != said)
				note(h, member, why,
				    id->count > 1 ? w->form->name : NULL);
			said = why;
		} else {
			add_digest(
			    w, digest_of(h, seen, &count, COUNT(seen), at));
		}
		for (size_t j = 0; j < w->besides; j++) {
			at = h->scratch.len;
			if (w->beside[j]->rule(
				&h->scratch, value, h->country)) {
				h->scratch.len = at;
				continue;
			}
			add_digest(
			    w, digest_of(h, seen, &count, COUNT(seen), at));
		}
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
	hash_value(h, member, id, s);
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

/* The list of one form; keys are ours and need no escapes. */
static void
add_list(struct capi_buf *out, const struct want *w, bool first)
{
	capi_buf_adds(out, first ? "\"" : ",\"");
	capi_buf_adds(out, w->form->name);
	capi_buf_adds(out, "\":[");
	for (size_t i = 0; i < w->count; i++) {
		if (i)
			capi_buf_addc(out, ',');
		capi_buf_add(out, w->digests[i], CAPI_DIGEST_HEX + 2);
	}
	capi_buf_addc(out, ']');
}

/* All of it as one piece of text: the usual case, and half as dear as a tree
 * that is made only to be written. */
static void
write_hashed(struct capi_hash *h, struct capi_json *event)
{
	struct capi_buf *out = &h->scratch;
	struct capi_json *v;

	capi_buf_reset(out);
	for (unsigned i = 0; i < CAPI_IDS; i++) {
		bool first = true;

		for (size_t j = 0; j < h->ids[i].count; j++) {
			const struct want *w = &h->ids[i].wants[j];

			if (!w->count)
				continue;
			if (first) {
				capi_buf_adds(out, out->len ? ",\"" : "{\"");
				capi_buf_adds(out, capi_identifiers[i]);
				capi_buf_adds(out, "\":{");
			}
			add_list(out, w, first);
			first = false;
		}
		if (!first)
			capi_buf_addc(out, '}');
	}
	if (!out->len)
		return;
	capi_buf_addc(out, '}');
	v = capi_json_put_object(h->arena, event, "hashed");
	v->raw = capi_arena_dup(h->arena, out->data, out->len);
	v->raw_len = (uint32_t)out->len;
	v->edited = false; /* written as it stands */
}

/* user_data. */

/* The person's country, for states and postal codes. */
static void
find_country(struct capi_hash *h, const struct capi_json *user)
{
	const struct capi_json *v = capi_json_get(user, "country");

	h->country[0] = '\0';
	if (v && v->type == CAPI_JSON_ARRAY)
		v = v->child;
	if (v && v->type == CAPI_JSON_STRING &&
	    capi_place_country(v->text, v->len, h->country))
		h->country[0] = '\0';
}

static void
hash_user(struct capi_hash *h, struct capi_json *user)
{
	struct capi_json *members[CAPI_IDS] = {NULL};

	find_country(h, user);
	for (struct capi_json *v = user->child, *next; v; v = next) {
		enum capi_identifier id =
		    capi_identifier_find(v->key, v->key_len);

		next = v->next;
		if (id < CAPI_IDS) {
			members[id] = v;
			continue;
		}
		if (has_name(&h->kept, v->key, v->key_len))
			continue;
		if (!has_name(&h->known, v->key, v->key_len))
			note(h, v, "no member of user_data", NULL);
		capi_json_remove(v);
	}
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
	struct capi_json *user = capi_json_get(event, "user_data");
	struct capi_json *hashed = capi_json_get(event, "hashed");

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
	if (user)
		hash_user(h, user);
	if (hashed) {
		miss_forms(h, hashed);
		merge_hashed(h, hashed);
	} else {
		write_hashed(h, event);
	}
	return true;
}
