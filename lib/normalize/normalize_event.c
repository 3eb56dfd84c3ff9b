/*
 * An event that is JSON already: its tree is edited in place, so that what no
 * rule changes passes byte for byte.
 */
#include "normalize_priv.h"

#include <string.h>

struct tree {
	struct capi_normalizer *n;
	struct capi_json *root, *section[CAPI_SECTION_SOURCE + 1];
	struct capi_json *node[CAPI_FIELDS];
	int64_t time;
	struct capi_outcome *end;
};

static bool
refuse_tree(struct tree *t, const char *field, const char *why)
{
	capi_normal_end(t->end, CAPI_VERDICT_REFUSED, field, why);
	return true;
}

/* One pass over the members of an object: where is what? */
static void
find_members(
    struct tree *t, enum capi_section section, const struct capi_json *object)
{
	const uint8_t *member = t->n->member[section];

	for (struct capi_json *v = object->child; v; v = v->next)
		if (member[v->key_id])
			t->node[member[v->key_id] - 1] = v;
}

static bool
end_by_shape(struct tree *t)
{
	struct capi_json *next;

	find_members(t, CAPI_SECTION_TOP, t->root);
	for (struct capi_json *v = t->root->child; v; v = next) {
		enum capi_section s =
		    (enum capi_section)t->n->section[v->key_id];

		next = v->next;
		if (s == CAPI_SECTION_TOP || s == CAPI_SECTION_SOURCE)
			continue;
		if (v->type == CAPI_JSON_NULL) {
			capi_json_remove(v);
			continue;
		}
		if (v->type != CAPI_JSON_OBJECT)
			return refuse_tree(
			    t, capi_sections[s], "not an object");
		t->section[s] = v;
		find_members(t, s, v);
	}
	return false;
}

static const enum capi_json_type types[] = {
    [CAPI_SHAPE_STRING] = CAPI_JSON_STRING,
    [CAPI_SHAPE_NUMBER] = CAPI_JSON_NUMBER,
    [CAPI_SHAPE_BOOLEAN] = CAPI_JSON_BOOL,
};

/* Surely nothing to trim: ASCII at both ends. */
static bool
is_tight(struct capi_str s)
{
	return s.n && s.p[0] > ' ' && s.p[s.n - 1] > ' ';
}

/* One text, number or boolean by its rule; untouched if nothing changes. */
static inline enum capi_answer
fix_scalar(
    struct capi_normalizer *n, enum capi_field field, struct capi_json *v)
{
	struct capi_str in = {v->text, v->len}, out;
	enum capi_json_type type = types[capi_members[field].shape];

	if (v->type == CAPI_JSON_STRING && !is_tight(in))
		in = capi_text_trim(in.p, in.n);
	if (!in.n)
		return CAPI_DROPPED;
	n->decimal_now = v->type == CAPI_JSON_NUMBER ? '.' : n->decimal;
	if (capi_rule_apply(n, field, in, &out) != CAPI_KEPT)
		return CAPI_DROPPED;
	if (v->type != type || out.n != v->len ||
	    (out.p != v->text && memcmp(out.p, v->text, out.n)))
		capi_json_set_text(v, type, out.p, out.n);
	return CAPI_KEPT;
}

static void
fix_list(
    struct capi_normalizer *n, enum capi_field field, struct capi_json *list)
{
	struct capi_json *next;

	for (struct capi_json *v = list->child; v; v = next) {
		next = v->next;
		if (v->type == CAPI_JSON_NULL)
			capi_json_remove(v);
		else if (v->type >= CAPI_JSON_ARRAY) {
			capi_rule_drop(
			    n, field, "neither text nor a list of texts");
			capi_json_remove(v);
		} else if (fix_scalar(n, field, v) != CAPI_KEPT) {
			capi_json_remove(v);
		}
	}
}

static bool
fix_present(struct tree *t, enum capi_field field)
{
	struct capi_json *v = t->node[field];
	bool kept = false;

	if (v->type == CAPI_JSON_ARRAY &&
	    capi_members[field].section == CAPI_SECTION_USER) {
		fix_list(t->n, field, v);
		kept = v->count > 0;
	} else if (v->type >= CAPI_JSON_ARRAY) {
		capi_rule_drop(t->n, field, "neither text nor number");
	} else if (v->type != CAPI_JSON_NULL) {
		kept = fix_scalar(t->n, field, v) == CAPI_KEPT;
	}
	if (!kept) {
		capi_json_remove(v);
		t->node[field] = NULL;
	}
	return kept;
}

/* False: the member is not there, or not any more. Most never are. */
static inline bool
fix(struct tree *t, enum capi_field field)
{
	return t->node[field] && fix_present(t, field);
}

/* The same for what an event can not do without; the member stays, for the
 * record is refused as it is. */
static bool
fix_needed(struct tree *t, enum capi_field field)
{
	struct capi_json *v = t->node[field];
	bool kept;

	t->n->why = v ? "empty" : "missing";
	if (!v || v->type == CAPI_JSON_NULL)
		return false;
	if (v->type >= CAPI_JSON_BOOL && v->type != CAPI_JSON_NUMBER &&
	    v->type != CAPI_JSON_STRING) {
		t->n->why = "neither text nor number";
		return false;
	}
	t->n->holding = true;
	kept = fix_scalar(t->n, field, v) == CAPI_KEPT;
	t->n->holding = false;
	return kept;
}

static struct capi_str
text_of(const struct tree *t, enum capi_field field)
{
	const struct capi_json *v = t->node[field];

	if (v && v->type == CAPI_JSON_ARRAY)
		v = v->child;
	return v ? (struct capi_str){v->text, v->len}
		 : (struct capi_str){"", 0};
}

/* Adds a member, and its section if need be. */
static void
put(struct tree *t, enum capi_field field, struct capi_str s)
{
	const struct capi_member *f = &capi_members[field];
	struct capi_json *parent = t->root;

	if (f->section != CAPI_SECTION_TOP) {
		parent = capi_json_put_object(
		    t->n->arena, t->root, capi_sections[f->section]);
		t->section[f->section] = parent;
	}
	t->node[field] = capi_json_put(
	    t->n->arena, parent, f->name, types[f->shape], s.p, s.n);
}

static bool
end_by_head(struct tree *t)
{
	struct capi_normalizer *n = t->n;

	if (!fix_needed(t, CAPI_F_EVENT_NAME)) {
		if (!n->event_name)
			return refuse_tree(t, "event_name", n->why);
		put(t, CAPI_F_EVENT_NAME,
		    (struct capi_str){n->event_name, strlen(n->event_name)});
	}
	if (!fix_needed(t, CAPI_F_EVENT_TIME))
		return refuse_tree(t, "event_time", n->why);
	t->time = n->when.unix_s;
	capi_normal_age(n, t->time);
	return false;
}

static void
fix_action_source(struct tree *t)
{
	struct capi_normalizer *n = t->n;

	if (!fix(t, CAPI_F_ACTION_SOURCE)) {
		if (n->action_source)
			put(t, CAPI_F_ACTION_SOURCE,
			    (struct capi_str){
				n->action_source, strlen(n->action_source)});
		else
			n->note(n->arg, "action_source",
			    "missing: --action-source says it");
	}
}

static bool
end_by_amount(struct tree *t)
{
	struct capi_normalizer *n = t->n;
	bool purchase = capi_str_is(text_of(t, CAPI_F_EVENT_NAME), "Purchase");

	if (t->node[CAPI_F_CURRENCY]) {
		if (purchase && !fix_needed(t, CAPI_F_CURRENCY))
			return refuse_tree(t, "currency", n->why);
		if (!purchase)
			fix(t, CAPI_F_CURRENCY);
	}
	capi_normal_currency(n, text_of(t, CAPI_F_CURRENCY));
	if (t->node[CAPI_F_VALUE]) {
		if (purchase && !fix_needed(t, CAPI_F_VALUE))
			return refuse_tree(t, "value", n->why);
		if (!purchase)
			fix(t, CAPI_F_VALUE);
	}
	if (purchase && capi_normal_is_negative(text_of(t, CAPI_F_VALUE)))
		return refuse_tree(t, "value", "below zero");
	if (t->node[CAPI_F_VALUE] && !t->node[CAPI_F_CURRENCY]) {
		if (n->sign_now[0])
			put(t, CAPI_F_CURRENCY,
			    capi_rule_copy(n, n->sign_now, 3));
		else if (n->currency)
			put(t, CAPI_F_CURRENCY,
			    (struct capi_str){n->currency, 3});
	}
	return false;
}

static void
fix_item(struct tree *t, struct capi_json *item)
{
	memset(t->node + CAPI_F_ITEM_ID, 0,
	    CAPI_ITEM_MEMBERS * sizeof(t->node[0]));
	find_members(t, CAPI_SECTION_ITEM, item);
	for (int f = CAPI_F_ITEM_ID; f < CAPI_F_ITEM_ID + CAPI_ITEM_MEMBERS;
	     f++) {
		struct capi_json *v = t->node[f];

		if (v && v->type < CAPI_JSON_ARRAY &&
		    (v->type == CAPI_JSON_NULL ||
			fix_scalar(t->n, (enum capi_field)f, v) != CAPI_KEPT))
			capi_json_remove(v);
	}
}

static void
fix_items(struct tree *t)
{
	struct capi_json *list = t->node[CAPI_F_ITEMS];

	if (!list || list->type != CAPI_JSON_ARRAY)
		return;
	for (struct capi_json *e = list->child; e; e = e->next)
		if (e->type == CAPI_JSON_OBJECT)
			fix_item(t, e);
}

static void
fix_place(struct tree *t)
{
	struct capi_str country;

	if (fix(t, CAPI_F_COUNTRY)) {
		country = text_of(t, CAPI_F_COUNTRY);
		if (country.n == 2) {
			memcpy(t->n->country, country.p, 2);
			t->n->country[2] = '\0';
		}
	}
}

static void
fix_clicks(struct tree *t)
{
	struct capi_normalizer *n = t->n;
	struct capi_str ids[CAPI_CLICKIDS];
	struct capi_json *url = t->node[CAPI_F_EVENT_SOURCE_URL];
	int64_t click_ms = 0;

	for (int f = CAPI_F_FBC; f <= CAPI_F_SUBSCRIPTION_ID; f++)
		if (fix(t, (enum capi_field)f) && f == CAPI_F_CLICK_TIME)
			click_ms = n->when.unix_s * 1000 + n->when.millis;
	memset(ids, 0, sizeof(ids));
	if (url && url->type == CAPI_JSON_STRING)
		capi_clickid_find(url->text, url->len, ids);
	for (size_t i = 0; i < CAPI_CLICKIDS; i++)
		if (ids[i].n && !t->node[capi_normal_clicks[i]])
			put(t, capi_normal_clicks[i], ids[i]);
	if (!t->node[CAPI_F_FBC] && t->node[CAPI_F_FBCLID] && click_ms) {
		struct capi_str fbc = capi_normal_fbc(
		    n, text_of(t, CAPI_F_FBCLID), click_ms, t->time);

		if (fbc.n)
			put(t, CAPI_F_FBC, fbc);
	}
}

static void
fix_page(struct tree *t)
{
	struct capi_str page;

	if (fix(t, CAPI_F_EVENT_SOURCE_URL))
		return;
	page = capi_normal_page(t->n, text_of(t, CAPI_F_ACTION_SOURCE));
	if (page.n)
		put(t, CAPI_F_EVENT_SOURCE_URL, page);
}

static bool
end_by_event_id(struct tree *t)
{
	struct capi_str val[CAPI_FIELDS], id;

	if (fix(t, CAPI_F_EVENT_ID))
		return false;
	for (int f = 0; f < CAPI_FIELDS; f++)
		val[f] = text_of(t, (enum capi_field)f);
	id = capi_normal_id(t->n, val);
	if (id.n)
		put(t, CAPI_F_EVENT_ID, id);
	else
		t->n->note(t->n->arg, "event_id",
		    "missing, and nothing to make it of (--event-id)");
	return false;
}

void
capi_normalize_event(struct capi_normalizer *n, struct capi_json *event,
    struct capi_outcome *outcome)
{
	struct tree t = {.n = n, .root = event, .end = outcome};

	memset(outcome, 0, sizeof(*outcome));
	capi_normal_begin(n, NULL);
	if (end_by_shape(&t) || end_by_head(&t) || end_by_amount(&t))
		return;
	fix_action_source(&t);
	fix_place(&t);
	for (int f = CAPI_F_EMAIL; f <= CAPI_F_CLIENT_UA; f++)
		if (f != CAPI_F_COUNTRY)
			fix(&t, (enum capi_field)f);
	if (n->prefix.n && !t.node[CAPI_F_NAME_PREFIX])
		put(&t, CAPI_F_NAME_PREFIX, n->prefix);
	if (n->suffix.n && !t.node[CAPI_F_NAME_SUFFIX])
		put(&t, CAPI_F_NAME_SUFFIX, n->suffix);
	fix_clicks(&t);
	fix_page(&t);
	fix(&t, CAPI_F_REFERRER_URL);
	for (int f = CAPI_F_ORDER_ID; f <= CAPI_F_AD_PERSONALIZATION; f++)
		if (f != CAPI_F_ITEMS)
			fix(&t, (enum capi_field)f);
	fix_items(&t);
	end_by_event_id(&t);
	outcome->event_name = text_of(&t, CAPI_F_EVENT_NAME);
	outcome->event_id = text_of(&t, CAPI_F_EVENT_ID);
}
