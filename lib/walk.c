#include "walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "consent.h"
#include "err.h"

/* ---- the plan -------------------------------------------------------- */

static const char *
quoted(struct capi_build *b, const char *name, size_t n, const char *behind,
    uint16_t *len)
{
	size_t more = strlen(behind);
	char *key = capi_arena_alloc(&b->strings, n + more + 3);

	key[0] = '"';
	memcpy(key + 1, name, n);
	key[n + 1] = '"';
	memcpy(key + n + 2, behind, more + 1);
	*len = (uint16_t)(n + 2 + more);
	return key;
}

static uint16_t
node(struct capi_build *b, const char *target, size_t path_len)
{
	struct capi_node *n = b->nodes;
	size_t from = path_len - 1, end;
	bool list;

	for (unsigned i = 0; i < b->node_count; i++)
		if (n[i].path_len == path_len &&
		    !memcmp(n[i].path, target, path_len))
			return (uint16_t)i;
	while (from && target[from - 1] != '.')
		from--;
	if (b->node_count == sizeof(b->nodes) / sizeof(b->nodes[0]))
		capi_die(
		    CAPI_EXIT_BUG, "%s: too many objects", b->platform->name);
	n[b->node_count].path = target;
	n[b->node_count].path_len = path_len;
	end = path_len - 1;
	list = end > 2 && !memcmp(target + end - 2, "[]", 2);
	n[b->node_count].key =
	    quoted(b, target + from, end - from - (list ? 2 : 0),
		list ? ":[{" : ":{", &n[b->node_count].key_len);
	n[b->node_count].close = list ? "}]" : "}";
	return (uint16_t)b->node_count++;
}

/* "hashed.email.lower" of "user_data.email" and "lower". */
static void
identifier(struct capi_build *b, struct capi_row *r)
{
	const char *name = strchr(r->field->source, '.') + 1;
	char path[128];
	size_t n = strlen(name) + 7;

	snprintf(path, sizeof(path), "hashed.%s.%s", name, r->field->form);
	r->plain_slot = (uint16_t)capi_vocab_slot(b->vocab, r->field->source);
	r->slot = (uint16_t)capi_vocab_slot(
	    b->vocab, capi_arena_dup(&b->strings, path, strlen(path)));
	r->known_slot = (uint16_t)capi_vocab_slot(
	    b->vocab, capi_arena_dup(&b->strings, path, n));
}

static void
target(struct capi_build *b, struct capi_row *r)
{
	const char *t = r->field->target, *dot = t;

	while ((dot = strchr(dot, '.')) != NULL) {
		if (r->depth == CAPI_DEPTH)
			capi_die(CAPI_EXIT_BUG, "%s: %s is too deep",
			    b->platform->name, t);
		dot++;
		r->parents[r->depth++] = node(b, t, (size_t)(dot - t));
	}
	dot = strrchr(t, '.');
	dot = dot ? dot + 1 : t;
	if (r->field->type == CAPI_OPEN) {
		char *path = capi_arena_alloc(&b->strings, strlen(t) + 2);

		snprintf(path, strlen(t) + 2, "%s.", t);
		r->parents[r->depth++] = node(b, path, strlen(path));
	} else {
		r->key = quoted(b, dot, strlen(dot), ":", &r->key_len);
	}
}

static struct capi_row *
new_row(struct capi_build *b, unsigned *used, const struct capi_field *f)
{
	struct capi_row *r = &b->rows[*used];

	if (++*used > CAPI_ROWS)
		capi_die(CAPI_EXIT_BUG, "%s: too many rows", b->platform->name);
	memset(r, 0, sizeof(*r));
	r->field = f;
	return r;
}

static void
plan_items(struct capi_build *b, unsigned *used)
{
	for (unsigned i = 0; i < b->row_count; i++) {
		struct capi_row *list = &b->rows[i];
		char path[128];

		if (list->field->type != CAPI_OBJECTS)
			continue;
		list->first = (uint16_t)*used;
		for (const struct capi_field *f = list->field->items; f->source;
		     f++) {
			struct capi_row *r = new_row(b, used, f);

			snprintf(path, sizeof(path), "%s.%s",
			    list->field->source, f->source);
			r->slot = *f->source
				      ? (uint16_t)capi_vocab_slot(b->vocab,
					    capi_arena_dup(&b->strings, path,
						strlen(path)))
				      : 0;
			r->key = quoted(
			    b, f->target, strlen(f->target), ":", &r->key_len);
			list->count++;
		}
	}
}

/* A member that has a row is not copied with the rest, nor is the object that
 * a member with a row stands in. */
static void
take(struct capi_build *b, unsigned slot)
{
	for (; slot; slot = capi_vocab_parent(b->vocab, slot))
		b->taken[slot] = true;
}

/* Rows of one object must stand together for each kind of request: an object
 * that is closed and opened again would be a key twice. */
static void
verify(const struct capi_build *b, unsigned call_bit)
{
	const uint16_t *open = NULL;
	bool closed[sizeof(b->nodes) / sizeof(b->nodes[0])] = {false};
	unsigned depth = 0;

	for (unsigned i = 0; i < b->row_count; i++) {
		const struct capi_row *r = &b->rows[i];

		if (r->field->in && !(r->field->in & call_bit))
			continue;
		for (unsigned d = 0; d < depth; d++)
			if (d >= r->depth || open[d] != r->parents[d])
				closed[open[d]] = true;
		for (unsigned d = 0; d < r->depth; d++)
			if (closed[r->parents[d]])
				capi_die(CAPI_EXIT_BUG,
				    "%s: the row %s does not stand with its "
				    "object's",
				    b->platform->name, r->field->target);
		open = r->parents;
		depth = r->depth;
	}
}

void
capi_build_init(struct capi_build *b, const struct capi_dest *dest,
    struct capi_vocab *vocab)
{
	unsigned used = 0;

	memset(b, 0, sizeof(*b));
	b->dest = dest;
	b->platform = dest->platform;
	b->vocab = vocab;
	b->events = capi_dest_get(dest, "events");
	b->api = capi_dest_get(dest, "api");
	b->event_names = capi_dest_get(dest, "event_names");
	for (const struct capi_field *f = b->platform->fields; f->source; f++) {
		struct capi_row *r = new_row(b, &used, f);

		target(b, r);
		if (f->form) {
			identifier(b, r);
		} else if (*f->source) {
			r->slot = (uint16_t)capi_vocab_slot(vocab, f->source);
			r->plain_slot = r->slot;
		}
		if (f->type != CAPI_REST)
			take(b, r->plain_slot);
	}
	b->row_count = used;
	for (unsigned i = 0; i < (b->platform->calls ? 8u : 1u); i++)
		verify(b, 1u << i);
	plan_items(b, &used);
	for (const struct capi_check *c = b->platform->checks; c && c->code;
	     c++)
		if (c->omits)
			capi_vocab_slot(vocab, c->omits);
}

void
capi_build_release(struct capi_build *b)
{
	capi_arena_release(&b->strings);
}

/* ---- values ---------------------------------------------------------- */

static const struct capi_json *
first_of(const struct capi_json *v)
{
	return v->type == CAPI_JSON_ARRAY ? v->child : v;
}

/* What a spelling let through may need escapes: quotes, line ends. */
static void
escape_from(struct capi_buf *out, size_t mark)
{
	struct capi_buf copy = CAPI_BUF_INIT(out->max);
	size_t i = mark;

	while (i < out->len && (unsigned char)out->data[i] >= ' ' &&
	       out->data[i] != '"' && out->data[i] != '\\')
		i++;
	if (i == out->len)
		return;
	capi_buf_add(&copy, out->data + mark, out->len - mark);
	out->len = mark - 1; /* its quote is written anew */
	capi_json_string(out, copy.data, copy.len);
	out->len--;
	capi_buf_release(&copy);
}

static bool
spelled(
    struct capi_buf *out, const struct capi_field *f, const struct capi_json *v)
{
	size_t mark = out->len;

	capi_buf_addc(out, '"');
	if (!f->spell(out, (struct capi_str){v->text, v->len}) ||
	    out->len == mark + 1) {
		out->len = mark;
		return false;
	}
	escape_from(out, mark + 1);
	capi_buf_addc(out, '"');
	return true;
}

static bool
put_string(
    struct capi_buf *out, const struct capi_field *f, const struct capi_json *v)
{
	v = first_of(v);
	switch (v->type) {
	case CAPI_JSON_STRING:
		if (f->spell)
			return spelled(out, f, v);
		if (!v->len)
			return false;
		capi_json_write(out, v);
		return true;
	case CAPI_JSON_NUMBER:
	case CAPI_JSON_BOOL:
		if (f->spell)
			return spelled(out, f, v);
		capi_buf_addc(out, '"');
		capi_buf_add(out, v->text, v->len);
		capi_buf_addc(out, '"');
		return true;
	default:
		return false;
	}
}

static bool
put_strings(
    struct capi_buf *out, const struct capi_field *f, const struct capi_json *v)
{
	size_t mark = out->len;
	bool any = false;

	capi_buf_addc(out, '[');
	for (v = v->type == CAPI_JSON_ARRAY ? v->child : v; v; v = v->next) {
		if (any)
			capi_buf_addc(out, ',');
		if (put_string(out, f, v))
			any = true;
		else if (any)
			out->len--;
		if (!v->parent || v->parent->type != CAPI_JSON_ARRAY)
			break;
	}
	capi_buf_addc(out, ']');
	if (!any)
		out->len = mark;
	return any;
}

static bool
put_number(struct capi_buf *out, const struct capi_json *v)
{
	v = first_of(v);
	if (v->type == CAPI_JSON_NUMBER ||
	    (v->type == CAPI_JSON_STRING &&
		capi_decimal_sign((struct capi_str){v->text, v->len}) != 2)) {
		capi_buf_add(out, v->text, v->len);
		return true;
	}
	return false;
}

/* 2 and 2.0 and "2" are 2; 2.5 is nothing. */
static bool
put_integer(struct capi_buf *out, const struct capi_json *v)
{
	size_t n;

	v = first_of(v);
	if (v->type != CAPI_JSON_NUMBER && v->type != CAPI_JSON_STRING)
		return false;
	if (capi_decimal_sign((struct capi_str){v->text, v->len}) == 2)
		return false;
	for (n = 0; n < v->len && v->text[n] != '.'; n++)
		;
	for (size_t i = n + 1; i < v->len; i++)
		if (v->text[i] != '0')
			return false;
	capi_buf_add(out, v->text, n);
	return true;
}

static bool
put_flag(struct capi_buf *out, const struct capi_json *v)
{
	if (v->type == CAPI_JSON_ARRAY || v->type == CAPI_JSON_OBJECT)
		return false;
	if (capi_is_digit(v->text[0]) ? v->text[0] == '1' : v->text[0] == 't')
		capi_buf_add(out, "true", 4);
	else
		capi_buf_add(out, "false", 5);
	return true;
}

static bool put_value(struct capi_build *b, struct capi_event *e,
    const struct capi_row *r, struct capi_buf *out);

/* An element without what the platform requires of it is not written. */
static void
put_item(struct capi_build *b, struct capi_event *e,
    const struct capi_row *list, struct capi_buf *out)
{
	size_t start = out->len;

	capi_buf_addc(out, '{');
	for (unsigned i = 0; i < list->count; i++) {
		const struct capi_row *r = &b->rows[list->first + i];
		size_t mark = out->len;

		if (r->field->in && !(r->field->in & b->call_bit))
			continue;
		if (!r->slot || e->at[r->slot]) {
			if (out->len > start + 1)
				capi_buf_addc(out, ',');
			capi_buf_add(out, r->key, r->key_len);
			if (put_value(b, e, r, out))
				continue;
			out->len = mark;
		}
		if (r->field->required) {
			out->len = start + 1;
			break;
		}
	}
	capi_buf_addc(out, '}');
}

static bool
put_items(struct capi_build *b, struct capi_event *e,
    const struct capi_row *list, struct capi_buf *out)
{
	const struct capi_json *v = e->at[list->slot];
	size_t mark = out->len;

	if (v->type != CAPI_JSON_ARRAY)
		return false;
	capi_buf_addc(out, '[');
	for (v = v->child; v; v = v->next) {
		size_t before = out->len;

		if (out->data[out->len - 1] == '}')
			capi_buf_addc(out, ',');
		capi_event_read_item(e, list->slot, v);
		put_item(b, e, list, out);
		capi_event_clear_item(e, list->slot, v);
		if (out->data[out->len - 2] == '{')
			out->len = before;
	}
	capi_buf_addc(out, ']');
	if (out->data[out->len - 2] != '[')
		return true;
	out->len = mark;
	return false;
}

/* The members that have no row, one behind the other, without the braces. */
static void
put_rest(struct capi_build *b, const struct capi_row *r, struct capi_buf *out)
{
	const struct capi_json *v = b->event->at[r->slot];

	if (!v || v->type != CAPI_JSON_OBJECT)
		return;
	for (v = v->child; v; v = v->next) {
		unsigned slot = capi_vocab_member(b->vocab, r->slot, v->key_id);

		if ((slot && b->taken[slot]) || v->type == CAPI_JSON_NULL ||
		    capi_event_is_personal(v->key, v->key_len))
			continue;
		capi_json_sep(out);
		capi_json_string(out, v->key, v->key_len);
		capi_buf_addc(out, ':');
		capi_json_write(out, v);
	}
}

static bool
put_value(struct capi_build *b, struct capi_event *e, const struct capi_row *r,
    struct capi_buf *out)
{
	const struct capi_field *f = r->field;
	const struct capi_json *v = r->slot ? e->at[r->slot] : NULL;

	switch (f->type) {
	case CAPI_FIXED:
		capi_buf_adds(out, f->value);
		return true;
	case CAPI_MADE:
		return f->make(out, b);
	case CAPI_OPEN:
	case CAPI_REST:
		return true;
	default:
		break;
	}
	if (!v)
		return false;
	switch (f->type) {
	case CAPI_AS_IS:
		capi_json_write(out, v);
		return true;
	case CAPI_STRING:
		return put_string(out, f, v);
	case CAPI_STRINGS:
		return put_strings(out, f, v);
	case CAPI_NUMBER:
		return put_number(out, v);
	case CAPI_INTEGER:
		return put_integer(out, v);
	case CAPI_FLAG:
		return put_flag(out, v);
	case CAPI_OBJECTS:
		return put_items(b, e, r, out);
	default:
		return false;
	}
}

/* ---- the walk -------------------------------------------------------- */

struct open {
	unsigned depth;
	uint16_t nodes[CAPI_DEPTH];
};

static inline void
comma(struct capi_buf *out)
{
	if (out->data[out->len - 1] != '{')
		capi_buf_addc(out, ',');
}

static void
close_to(const struct capi_build *b, struct open *o, unsigned depth,
    struct capi_buf *out)
{
	for (; o->depth > depth; o->depth--)
		capi_buf_adds(out, b->nodes[o->nodes[o->depth - 1]].close);
}

static void
open_for(struct capi_build *b, struct open *o, const struct capi_row *r,
    struct capi_buf *out)
{
	unsigned same = 0;

	while (same < o->depth && same < r->depth &&
	       o->nodes[same] == r->parents[same])
		same++;
	close_to(b, o, same, out);
	for (; o->depth < r->depth; o->depth++) {
		const struct capi_node *n = &b->nodes[r->parents[o->depth]];

		comma(out);
		capi_buf_add(out, n->key, n->key_len);
		o->nodes[o->depth] = r->parents[o->depth];
	}
}

static bool
put_row(struct capi_build *b, struct capi_event *e, struct open *o,
    const struct capi_row *r, struct capi_buf *out)
{
	struct open before = *o;
	size_t mark = out->len, inside;

	open_for(b, o, r, out);
	inside = out->len;
	if (r->field->type == CAPI_OPEN)
		return true;
	if (r->field->type == CAPI_REST) {
		put_rest(b, r, out);
		if (out->len > inside)
			return true;
	} else {
		comma(out);
		capi_buf_add(out, r->key, r->key_len);
		if (put_value(b, e, r, out))
			return true;
	}
	out->len = mark;
	*o = before;
	return false;
}

void
capi_build_write(
    struct capi_build *b, struct capi_event *e, struct capi_buf *out)
{
	struct open o = {.depth = 0};

	capi_buf_addc(out, '{');
	for (unsigned i = 0; i < b->row_count; i++) {
		const struct capi_row *r = &b->rows[i];

		b->written[i] = false;
		if (r->slot && !e->at[r->slot])
			continue;
		if (r->field->in && !(r->field->in & b->call_bit))
			continue;
		b->written[i] = put_row(b, e, &o, r, out);
	}
	close_to(b, &o, 0, out);
	capi_buf_addc(out, '}');
}

/* ---- what goes before ------------------------------------------------ */

static enum capi_outcome
withhold(struct capi_build *b, const char *code)
{
	b->code = code;
	return CAPI_WITHHELD;
}

/* Orders that are no conversion (yet, or any more), by the words that shop
 * systems use for them. */
static const struct {
	const char *status, *code;
	bool refund; /* platforms with a word for refunds get it */
} statuses[] = {
    {"refunded", "status.refunded", true},
    {"partially_refunded", "status.partially_refunded", true},
    {"cancelled", "status.cancelled", true},
    {"canceled", "status.cancelled", true},
    {"voided", "status.voided", true},
    {"pending", "status.pending", false},
    {"authorized", "status.authorized", false},
    {"on-hold", "status.pending", false},
    {"expired", "status.expired", false},
    {"failed", "status.failed", false},
    {"declined", "status.failed", false},
    {"trash", "status.failed", false},
    {"test", "status.test", false},
};

/* A part that was given back does not undo the purchase: a platform that can
 * not be told of it gets the order as it was placed. */
static const char *
status_gate(const struct capi_build *b)
{
	struct capi_str s = capi_event_str(b->event, CAPI_STATUS);

	if (capi_event_true(b->event, CAPI_TEST))
		return "status.test";
	if (!s.n || capi_str_is(s, "paid"))
		return NULL;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (!capi_str_is_nocase(s, statuses[i].status))
			continue;
		if (statuses[i].refund && (b->platform->refunds || i == 1))
			return NULL;
		return statuses[i].code;
	}
	return NULL;
}

static enum capi_outcome
gates(struct capi_build *b)
{
	const char *status = status_gate(b);

	if (status)
		return withhold(b, status);
	switch (capi_consent_of(b->event, CAPI_CONSENT_AD_USER_DATA)) {
	case CAPI_CONSENT_DENIED:
		return withhold(b, "consent.denied");
	case CAPI_CONSENT_UNKNOWN:
		if (b->consent_unknown == CAPI_UNKNOWN_ASK)
			return CAPI_ASK_CONSENT;
		if (b->consent_unknown == CAPI_UNKNOWN_STOP)
			return withhold(b, "consent.unknown");
		break;
	case CAPI_CONSENT_GRANTED:
		break;
	}
	if (!b->platform->personal &&
	    capi_consent_of(b->event, CAPI_CONSENT_AD_PERSONALIZATION) ==
		CAPI_CONSENT_DENIED)
		return withhold(b, "consent.ad_personalization");
	return CAPI_BUILT;
}

static bool
in_list(const char *list, struct capi_str name)
{
	while (*list) {
		size_t n;

		list += strspn(list, ", ");
		n = strcspn(list, ", ");
		if (n == name.n && !memcmp(list, name.p, n))
			return true;
		list += n;
	}
	return false;
}

static struct capi_str
name_of(struct capi_build *b, struct capi_str ours)
{
	bool old = b->event_names && !strcmp(b->event_names, "old");

	b->last_known = false;
	for (const struct capi_name *m = b->platform->names; m && m->ours;
	     m++) {
		const char *theirs = old && m->older ? m->older : m->theirs;

		if ((m->in && !(m->in & b->call_bit)) ||
		    !capi_str_is(ours, m->ours))
			continue;
		b->last_known = true;
		return (struct capi_str){theirs, strlen(theirs)};
	}
	if (!b->platform->free_names)
		ours.n = 0;
	return ours;
}

/* Most files hold one event name: the last one looked up is kept. */
static void
resolve_name(struct capi_build *b)
{
	const struct capi_json *v = b->event->at[CAPI_EVENT_NAME];
	struct capi_str ours = {"", 0};

	if (v && v->type == CAPI_JSON_STRING)
		ours = (struct capi_str){v->text, v->len};
	if (b->last_found && b->last_call == b->call &&
	    ours.n == b->last_ours_len &&
	    !memcmp(ours.p, b->last_ours, ours.n)) {
		b->name = (struct capi_str){b->last_theirs, b->last_theirs_len};
		return;
	}
	b->name = name_of(b, ours);
	b->last_found = ours.n && ours.n <= sizeof(b->last_ours) &&
			b->name.n <= sizeof(b->last_theirs);
	if (!b->last_found)
		return;
	memcpy(b->last_ours, ours.p, ours.n);
	memcpy(b->last_theirs, b->name.p, b->name.n);
	b->last_ours_len = ours.n;
	b->last_theirs_len = b->name.n;
	b->last_call = b->call;
}

static void
hide(struct capi_build *b, struct capi_event *e, unsigned slot)
{
	if (!slot || !e->at[slot] || b->hidden_count == CAPI_NOTES)
		return;
	b->hidden[b->hidden_count++] =
	    (struct capi_hidden){(uint16_t)slot, e->at[slot]};
	e->at[slot] = NULL;
}

/* For this destination only: the next one sees the event whole. */
static void
omit(struct capi_build *b, struct capi_event *e, const char *path)
{
	hide(b, e, capi_vocab_slot(b->vocab, path));
	for (unsigned i = 0; i < b->row_count; i++)
		if (!strcmp(b->rows[i].field->source, path))
			hide(b, e, b->rows[i].slot);
}

static enum capi_outcome
refuse(struct capi_build *b, const struct capi_check *c)
{
	const char *near = NULL;

	b->code = c->code;
	b->words = c->words;
	if (c->broken == capi_check_name_unknown)
		near = capi_name_nearest(b);
	if (near) {
		snprintf(b->text, sizeof(b->text), "%s; %s?", c->words, near);
		b->words = b->text;
	}
	return CAPI_REFUSED;
}

static enum capi_outcome
check(struct capi_build *b, struct capi_event *e)
{
	for (const struct capi_check *c = b->platform->checks; c && c->code;
	     c++) {
		if ((c->in && !(c->in & b->call_bit)) || !c->broken(b))
			continue;
		switch (c->severity) {
		case CAPI_REFUSE:
			return refuse(b, c);
		case CAPI_LEAVE:
			return withhold(b, c->code);
		case CAPI_OMIT:
			omit(b, e, c->omits);
			break;
		case CAPI_WARN:
			break;
		}
		if (b->note_count < CAPI_NOTES)
			b->notes[b->note_count++] = c;
	}
	return CAPI_BUILT;
}

enum capi_outcome
capi_build_check(struct capi_build *b, struct capi_event *e)
{
	enum capi_outcome outcome;

	b->event = e;
	b->code = b->words = NULL;
	b->note_count = b->hidden_count = 0;
	b->time = 0;
	b->call = 0;
	capi_event_int(e, CAPI_EVENT_TIME, &b->time);
	if (b->platform->call)
		b->call = b->platform->call(b);
	b->call_bit = 1u << b->call;
	resolve_name(b);
	if (b->platform->rename)
		b->platform->rename(&b->name, b);
	outcome = gates(b);
	if (outcome != CAPI_BUILT)
		return outcome;
	if (b->events &&
	    !in_list(b->events, capi_event_str(e, CAPI_EVENT_NAME)))
		return withhold(b, "events");
	return check(b, e);
}

void
capi_build_end(struct capi_build *b, struct capi_event *e)
{
	while (b->hidden_count) {
		const struct capi_hidden *h = &b->hidden[--b->hidden_count];

		e->at[h->slot] = h->value;
	}
}

void
capi_build_key(const struct capi_build *b, struct capi_buf *out)
{
	struct capi_str id = capi_event_str(b->event, CAPI_EVENT_ID);

	if (!id.n)
		return;
	if (b->platform->key) {
		b->platform->key(out, b);
		return;
	}
	capi_buf_add(out, b->name.p, b->name.n);
	capi_buf_addc(out, '/');
	capi_buf_add(out, id.p, id.n);
}
