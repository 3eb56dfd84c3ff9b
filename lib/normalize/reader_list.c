/*
 * A list of objects in one JSON text, as shops' APIs answer: an array, or an
 * object that has the array in a member which the preset names. The text is
 * cut into elements by its brackets and quotes, and each element is then read
 * as a line would be: no more than one of them is in memory.
 */
#include "reader_priv.h"

#include <errno.h>
#include <string.h>

#include "filter.h"

struct cut {
	const struct capi_preset *preset;
	unsigned depth, list; /* in the list: the depth of its elements, or 0 */
	bool string, escape;
	bool gap;        /* white space before the next byte */
	bool found, odd; /* a list in the value at hand; something else */
	bool more;       /* it says that another page follows */
	struct capi_str key;
	char name[32]; /* what key points to */

	struct capi_buf element;
	size_t max;
	bool too_long;
};

static bool
is_word(char c)
{
	return capi_is_digit(c) || capi_is_alpha(c) || c == '-' || c == '+' ||
	       c == '.';
}

/* White space goes, as a record is a line wherever it is written, but what it
 * parts stays parted. */
static void
collect(struct cut *c, char ch)
{
	struct capi_buf *b = &c->element;
	bool apart =
	    c->gap && b->len && is_word(b->data[b->len - 1]) && is_word(ch);

	c->gap = false;
	if (b->len + apart >= c->max) {
		c->too_long = true;
		return;
	}
	if (apart)
		capi_buf_addc(b, ' ');
	capi_buf_addc(b, ch);
}

/* The last string before a bracket is its key. */
static void
collect_key(struct cut *c, char ch)
{
	if (c->key.n < sizeof(c->name))
		c->name[c->key.n++] = ch;
}

static void
take_in_string(struct cut *c, char ch)
{
	c->string = c->escape || ch != '"';
	c->escape = !c->escape && ch == '\\';
	if (c->list)
		collect(c, ch);
	else if (c->string && c->depth == 1)
		collect_key(c, ch);
}

static bool
opens_list(const struct cut *c, char ch)
{
	struct capi_str name = c->preset->list;

	if (c->list || ch != '[')
		return false;
	return c->depth == 1 ||
	       (c->depth == 2 && name.n && c->key.n == name.n &&
		   !memcmp(c->name, name.p, name.n));
}

/* true or false, known by the first letter, behind the name that tells of
 * another page. The last page is the one that counts. */
static void
look_for_more(struct cut *c, char ch)
{
	struct capi_str name = c->preset->more;

	if (c->list || c->depth != 1)
		return;
	if (ch == '{')
		c->more = false;
	else if ((ch == 't' || ch == 'f') && name.n && c->key.n == name.n &&
		 !memcmp(c->name, name.p, name.n))
		c->more = ch == 't';
}

/* One byte outside of strings. True: an element may be complete. */
static bool
take_mark(struct cut *c, char ch)
{
	bool closes = ch == ']' || ch == '}';
	bool ends = c->list && c->depth == c->list && (closes || ch == ',');

	if (ch == '"') {
		c->string = true;
		c->key = (struct capi_str){c->name, 0};
	}
	if (ch == '[' || ch == '{') {
		c->depth++;
		if (opens_list(c, ch)) {
			c->list = c->depth;
			c->found = true;
			return false;
		}
	}
	if (c->list && !ends)
		collect(c, ch);
	look_for_more(c, ch);
	if (ends && closes)
		c->list = 0;
	if (!c->depth && ch != ',')
		c->odd = true;
	if (closes && c->depth && !--c->depth) {
		c->odd |= !c->found;
		c->found = false;
	}
	return ends;
}

static bool
take_byte(struct cut *c, char ch)
{
	if (c->string) {
		take_in_string(c, ch);
		return false;
	}
	if (capi_is_space(ch)) {
		c->gap = true;
		return false;
	}
	return take_mark(c, ch);
}

/* JSON as people like to look at it: what begins with a brace alone on its
 * line is no object a line. The rest may not have come yet. */
static bool
is_spread(const char *p, size_t n)
{
	size_t i = 1;

	while (i < n && (p[i] == ' ' || p[i] == '\t' || p[i] == '\r'))
		i++;
	return i < n && p[0] == '{' && p[i] == '\n';
}

bool
capi_reader_is_list(const struct capi_preset *preset, const char *p, size_t n)
{
	struct cut c = {.preset = preset};

	if (is_spread(p, n))
		return true;
	for (size_t i = 0; i < n && !c.list; i++) {
		take_byte(&c, p[i]);
		if (!c.depth && !capi_is_space(p[i]))
			return false; /* a value, and no list in it */
	}
	return c.list > 0;
}

/* --- elements --- */

static void
parse(struct capi_reader *r, struct capi_record *record, const char *more)
{
	enum capi_json_result result;

	capi_arena_reset(&r->arena);
	result = capi_json_parse(
	    r->json, &r->arena, record->text, record->len, &record->json);
	if (result != CAPI_JSON_OK) {
		capi_reader_refuse(
		    r, record, NULL, "%s%s", capi_json_reason(result), more);
	} else if (record->json->type != CAPI_JSON_OBJECT) {
		record->json = NULL;
		capi_reader_refuse(r, record, NULL, "not a JSON object");
	} else {
		capi_reader_object(r, record);
	}
}

static void
end_element(struct capi_reader *r, struct cut *c, const char *more)
{
	struct capi_record record = {.file = r->file};
	struct capi_buf *b = &c->element;

	if (b->len) {
		record.line = ++r->elements;
		record.text = b->data;
		record.len = b->len;
		if (c->too_long) {
			record.len = capi_text_whole(b->data, b->len);
			capi_reader_refuse(
			    r, &record, NULL, "longer than %zu bytes", r->max);
		} else {
			parse(r, &record, more);
		}
	}
	capi_buf_reset(b);
	c->too_long = c->gap = false;
}

static void
end_list(struct capi_reader *r, struct cut *c)
{
	if (c->list)
		end_element(r, c, " (the input breaks off in it)");
	if (c->depth)
		capi_reader_fail(r, CAPI_EXIT_DATA,
		    "the list of records is not closed; is the file whole?");
	else if (c->odd && !r->elements)
		capi_reader_fail(r, CAPI_EXIT_DATA,
		    "no list of records in it, but objects over several "
		    "lines; jq -c . makes one of each");
	else if (c->odd)
		capi_reader_fail(r, CAPI_EXIT_DATA,
		    "there is something besides lists of records in it, which "
		    "is not read");
	else if (!r->elements)
		capi_reader_say(r, "empty");
	if (!c->more)
		return;
	capi_reader_say(r, "not all of it: the list says that more follows; "
			   "export the other pages, too");
	capi_reader_count(r, "noted", "a list of which more follows");
}

void
capi_reader_list(struct capi_reader *r, struct capi_lines *lines)
{
	struct cut c = {.preset = &r->preset,
	    .element = CAPI_BUF_INIT(r->max + 1),
	    .max = r->max};
	const char *p;
	ptrdiff_t n;

	r->elements = 0;
	if (capi_lines_peek(lines, 3, &p) == 3 && !memcmp(p, "\xef\xbb\xbf", 3))
		lines->pos += 3;
	while ((n = capi_lines_block(lines, &p)) > 0)
		for (ptrdiff_t i = 0; i < n; i++)
			if (take_byte(&c, p[i]))
				end_element(r, &c, "");
	if (n < 0)
		capi_reader_fail(r, CAPI_EXIT_IO, "%s", strerror(errno));
	else
		end_list(r, &c);
	capi_reader_objects_end(r);
	capi_buf_release(&c.element);
}
