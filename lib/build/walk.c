#include "walk.h"

#include <string.h>

#include "check.h"

/* ---- values ---------------------------------------------------------- */

/* Nothing edits an event here: its values are spans of the input. */
static inline void
put_span(struct capi_buf *out, const struct capi_json *v)
{
	if (v->edited)
		capi_json_write(out, v);
	else
		capi_buf_add(out, v->raw, v->raw_len);
}

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
may_be(const struct capi_field *f, const struct capi_json *v)
{
	struct capi_str s = {v->text, v->len};

	return (!f->longest || s.n <= f->longest ||
		   capi_text_count(s.p, s.n) <= f->longest) &&
	       (!f->one_of || capi_text_among(f->one_of, s));
}

static bool
put_string(
    struct capi_buf *out, const struct capi_field *f, const struct capi_json *v)
{
	v = first_of(v);
	if (!v) /* of a list in a list */
		return false;
	switch (v->type) {
	case CAPI_JSON_STRING:
		if (f->spell)
			return spelled(out, f, v);
		if (!v->len || !may_be(f, v))
			return false;
		put_span(out, v);
		return true;
	case CAPI_JSON_NUMBER:
	case CAPI_JSON_BOOL:
		if (f->spell)
			return spelled(out, f, v);
		if (!may_be(f, v))
			return false;
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

static bool
is_up_to(int64_t most, struct capi_str digits)
{
	int64_t n = 0;

	if (digits.n > 18)
		return false;
	for (size_t i = 0; i < digits.n; i++) {
		if (!capi_is_digit(digits.p[i])) /* the sign */
			return false;
		n = n * 10 + (digits.p[i] - '0');
	}
	return n <= most;
}

/* 2 and 2.0 and "2" are 2, true is 1; 2.5 is nothing. */
static bool
put_integer(
    struct capi_buf *out, const struct capi_field *f, const struct capi_json *v)
{
	size_t n;

	v = first_of(v);
	if (v->type == CAPI_JSON_BOOL) {
		capi_buf_addc(out, v->text[0] == 't' ? '1' : '0');
		return true;
	}
	if (v->type != CAPI_JSON_NUMBER && v->type != CAPI_JSON_STRING)
		return false;
	if (capi_decimal_sign((struct capi_str){v->text, v->len}) == 2)
		return false;
	for (n = 0; n < v->len && v->text[n] != '.'; n++)
		;
	for (size_t i = n + 1; i < v->len; i++)
		if (v->text[i] != '0')
			return false;
	if (f->most && !is_up_to(f->most, (struct capi_str){v->text, n}))
		return false;
	capi_buf_add(out, v->text, n);
	return true;
}

static bool
put_flag(struct capi_buf *out, const struct capi_json *v)
{
	if (v->type >= CAPI_JSON_ARRAY || !v->len)
		return false;
	if (strchr("tTyY1", v->text[0]))
		capi_buf_add(out, "true", 4);
	else if (strchr("fFnN0", v->text[0]))
		capi_buf_add(out, "false", 5);
	else
		return false;
	return true;
}

/* The first member of an object has no comma before it. */
static inline void
put_key(struct capi_buf *out, const char *key, size_t n)
{
	bool first = out->data[out->len - 1] == '{';

	capi_buf_add(out, key + first, n - first);
}

static bool put_value(
    struct capi_build *b, const struct capi_row *r, struct capi_buf *out);

/* An element without what the platform requires of it is not written. */
static void
put_item(
    struct capi_build *b, const struct capi_row *list, struct capi_buf *out)
{
	size_t start = out->len;

	capi_buf_addc(out, '{');
	for (unsigned i = 0; i < list->count; i++) {
		const struct capi_row *r = &b->rows[list->first + i];
		size_t mark = out->len;

		if (!capi_in_call(r->field->in, b->call_bit))
			continue;
		if (b->event->at[r->slot]) {
			put_key(out, r->key, r->key_len);
			if (put_value(b, r, out))
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
put_items(
    struct capi_build *b, const struct capi_row *list, struct capi_buf *out)
{
	const struct capi_json *v = b->event->at[list->slot];
	size_t mark = out->len;

	if (v->type != CAPI_JSON_ARRAY)
		return false;
	capi_buf_addc(out, '[');
	for (v = v->child; v; v = v->next) {
		size_t before = out->len;
		unsigned from;

		if (out->data[out->len - 1] == '}')
			capi_buf_addc(out, ',');
		from = capi_event_read_item(b->event, list->slot, v);
		put_item(b, list, out);
		capi_event_forget(b->event, from);
		if (out->data[out->len - 2] == '{')
			out->len = before;
	}
	capi_buf_addc(out, ']');
	if (out->data[out->len - 2] != '[')
		return true;
	out->len = mark;
	return false;
}

static bool
put_other(
    struct capi_buf *out, const struct capi_field *f, const struct capi_json *v)
{
	if (f->type == CAPI_REST) {
		put_span(out, v);
		return true;
	}
	return v->type < CAPI_JSON_ARRAY && put_string(out, f, v);
}

/* The members that have no row, one behind the other, without the braces. */
static void
put_rest(struct capi_build *b, const struct capi_row *r, struct capi_buf *out)
{
	const struct capi_json *v = b->event->at[r->slot];
	size_t mark;

	if (!v || v->type != CAPI_JSON_OBJECT)
		return;
	for (v = v->child; v; v = v->next) {
		unsigned slot = capi_vocab_member(b->vocab, r->slot, v->key_id);

		/* Members that platforms ask for are none. */
		if ((slot ? b->taken[slot] : capi_check_is_personal(v)) ||
		    v->type == CAPI_JSON_NULL)
			continue;
		mark = out->len;
		capi_json_sep(out);
		capi_buf_add(out, v->key_raw, v->key_raw_len);
		capi_buf_addc(out, ':');
		if (!put_other(out, r->field, v))
			out->len = mark;
	}
}

static bool
put_value(struct capi_build *b, const struct capi_row *r, struct capi_buf *out)
{
	const struct capi_field *f = r->field;
	const struct capi_json *v = b->event->at[r->slot];

	switch (f->type) {
	case CAPI_FIXED:
		capi_buf_adds(out, f->value);
		return true;
	case CAPI_CONFIG:
		if (!b->config[f->key])
			return false;
		capi_json_cstring(out, b->config[f->key]);
		return true;
	case CAPI_MADE:
		return f->make(out, b);
	case CAPI_AS_IS:
		put_span(out, v);
		return true;
	case CAPI_STRING:
		return put_string(out, f, v);
	case CAPI_STRINGS:
		return put_strings(out, f, v);
	case CAPI_NUMBER:
		return put_number(out, v);
	case CAPI_INTEGER:
		return put_integer(out, f, v);
	case CAPI_FLAG:
		return put_flag(out, v);
	case CAPI_OBJECTS:
		return put_items(b, r, out);
	case CAPI_OPEN:
	case CAPI_REST:
	case CAPI_REST_TEXTS:
		break;
	}
	return false;
}

/* ---- the walk -------------------------------------------------------- */

static void
open_to(
    const struct capi_build *b, uint8_t from, uint8_t to, struct capi_buf *out)
{
	const struct capi_node *n = &b->nodes[to];

	if (from == to)
		return;
	open_to(b, from, n->parent, out);
	put_key(out, n->key, n->key_len);
}

/* From one object of the target to another: closes what is not around both,
 * opens the rest. */
static void
move(const struct capi_build *b, uint8_t from, uint8_t to, struct capi_buf *out)
{
	const struct capi_node *n = b->nodes;
	uint8_t both = to;

	for (uint8_t at = from; at != both;) {
		if (n[at].depth > n[both].depth)
			at = n[at].parent;
		else
			both = n[both].parent;
	}
	for (; from != both; from = n[from].parent)
		capi_buf_adds(out, n[from].close);
	open_to(b, both, to, out);
}

static bool
put_row(struct capi_build *b, const struct capi_row *r, struct capi_buf *out)
{
	size_t start = out->len;

	if (r->field->type == CAPI_OPEN)
		return true;
	if (r->field->type == CAPI_REST || r->field->type == CAPI_REST_TEXTS) {
		put_rest(b, r, out);
		return out->len > start;
	}
	put_key(out, r->key, r->key_len);
	return put_value(b, r, out);
}

/* Was the value there and not of the row's type? A function that writes nothing
 * has its reasons, and a list is asked about by checks of its own. */
static bool
is_lost(const struct capi_row *r, const struct capi_json *v)
{
	return r->field->type <= CAPI_STRINGS ||
	       (r->field->type == CAPI_OBJECTS && v->type != CAPI_JSON_ARRAY);
}

void
capi_build_write(struct capi_build *b, struct capi_buf *out)
{
	const struct capi_step *s = b->steps[b->call];
	const struct capi_step *end = s + b->step_count[b->call];
	uint8_t open = 0;

	memset(b->written, 0, b->row_count * sizeof(b->written[0]));
	b->lost_count = 0;
	capi_buf_addc(out, '{');
	for (; s < end; s++) {
		const struct capi_row *r = &b->rows[s->row];
		size_t mark = out->len;

		if (!b->event->at[s->slot] ||
		    (r->field->when && !r->field->when(b)))
			continue;
		if (r->node != open)
			move(b, open, r->node, out);
		if (put_row(b, r, out)) {
			b->written[s->row] = true;
			open = r->node;
			continue;
		}
		out->len = mark;
		if (is_lost(r, b->event->at[s->slot]) &&
		    b->lost_count < CAPI_NOTES)
			b->lost[b->lost_count++] = s->row;
	}
	move(b, open, 0, out);
	capi_buf_addc(out, '}');
}
