#include "preset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"

const char *
capi_preset_find(const char *name)
{
	for (const struct capi_preset_text *t = capi_preset_texts; t->name; t++)
		if (!strcmp(t->name, name))
			return t->text;
	return NULL;
}

/* Lower case without spaces at the ends and with single ones inside, in
 * place for ASCII; other scripts are folded on comparison. */
static bool
next_folded(struct capi_str *s, uint32_t *c)
{
	if (!s->n)
		return false;
	if (capi_is_space(s->p[0]) || (unsigned char)s->p[0] == 0xc2) {
		struct capi_str rest = capi_text_trim(s->p, s->n);

		if (rest.p > s->p) {
			*s = rest;
			*c = ' ';
			return true;
		}
	}
	*c = capi_text_next(&s->p, &s->n);
	if (*c < 0x80)
		*c = (uint32_t)capi_lower((char)*c);
	else if (*c >= 0xc0 && *c <= 0xde && *c != 0xd7)
		*c += 0x20; /* Latin-1 */
	else if (*c >= 0x100 && *c <= 0x137)
		*c |= 1; /* Latin Extended-A, in pairs */
	else if (*c >= 0x410 && *c <= 0x42f)
		*c += 0x20; /* Cyrillic */
	return true;
}

/* ASCII, and no space: such a character is equal to itself and to its other
 * case, and to nothing else. */
static inline bool
is_simple(char c)
{
	return c > ' ';
}

static bool
same_folded(struct capi_str a, struct capi_str b)
{
	a = capi_text_trim(a.p, a.n);
	b = capi_text_trim(b.p, b.n);
	for (;;) {
		uint32_t ca = 0, cb = 0;
		bool more_a, more_b;

		while (a.n && b.n && is_simple(*a.p) && is_simple(*b.p)) {
			if (capi_lower(*a.p) != capi_lower(*b.p))
				return false;
			a = (struct capi_str){a.p + 1, a.n - 1};
			b = (struct capi_str){b.p + 1, b.n - 1};
		}
		more_a = next_folded(&a, &ca);
		more_b = next_folded(&b, &cb);
		if (more_a != more_b || ca != cb)
			return false;
		if (!more_a)
			return true;
	}
}

/* Headers and keys are compared by the thousand, and most differ at once. */
static inline bool
same_header(struct capi_str a, struct capi_str b)
{
	if (a.n && b.n && is_simple(*a.p) && is_simple(*b.p) &&
	    capi_lower(*a.p) != capi_lower(*b.p))
		return false;
	return (a.n == b.n && !memcmp(a.p, b.p, a.n)) || same_folded(a, b);
}

bool
capi_preset_glob(struct capi_str pattern, struct capi_str s)
{
	bool open_begin = pattern.n && pattern.p[0] == '*';
	bool open_end;

	if (open_begin) {
		pattern.p++;
		pattern.n--;
	}
	open_end = pattern.n && pattern.p[pattern.n - 1] == '*';
	if (open_end)
		pattern.n--;
	if (!open_begin && !open_end)
		return same_header(pattern, s);
	if (!pattern.n)
		return true;
	for (size_t i = 0; i + pattern.n <= s.n; i++) {
		struct capi_str part = {s.p + i, pattern.n};

		if (!open_end && i + pattern.n < s.n)
			continue;
		if (same_header(pattern, part))
			return true;
		if (!open_begin)
			return false;
	}
	return false;
}

/* --- reading a map --- */

struct reader {
	struct capi_preset *p;
	char *why;
	unsigned line, items_line;
	enum { NONE, PRESET, FIELDS, TABLE } section;
	enum capi_field table;
};

static int
fail(struct reader *r, const char *what)
{
	snprintf(r->why, 160, "line %u: %s", r->line, what);
	return -1;
}

static int
set_word(struct reader *r, struct capi_str v, const char *a, const char *b,
    bool *is_b)
{
	if (!capi_str_is(v, a) && !capi_str_is(v, b)) {
		snprintf(
		    r->why, 160, "line %u: neither %s nor %s", r->line, a, b);
		return -1;
	}
	*is_b = capi_str_is(v, b);
	return 0;
}

static int
set_needs(struct reader *r, struct capi_str v)
{
	while (v.n) {
		size_t n = 0;
		int field;

		while (n < v.n && v.p[n] != ' ')
			n++;
		field = capi_field_find((struct capi_str){v.p, n});
		if (field < 0)
			return fail(r, "needs: no such member");
		r->p->needs[field] = true;
		v = capi_text_trim(v.p + n, v.n - n);
	}
	return 0;
}

static int
setting(struct reader *r, struct capi_str key, struct capi_str v)
{
	struct capi_preset *p = r->p;
	bool flag = false;
	int field;

	if (capi_str_is(key, "title")) {
		p->title = v;
	} else if (capi_str_is(key, "format")) {
		if (set_word(r, v, "csv", "json", &flag))
			return -1;
		p->format = flag ? CAPI_PRESET_JSON : CAPI_PRESET_CSV;
	} else if (capi_str_is(key, "time")) {
		return set_word(r, v, "local", "utc", &p->utc);
	} else if (capi_str_is(key, "money")) {
		return set_word(r, v, "major", "stripe", &p->stripe_money);
	} else if (capi_str_is(key, "repeats")) {
		return set_word(r, v, "note", "withhold", &p->withhold_repeats);
	} else if (capi_str_is(key, "decimal")) {
		if (!capi_str_is(v, ".") && !capi_str_is(v, ","))
			return fail(r, "decimal: neither . nor ,");
		p->decimal = v.p[0];
	} else if (capi_str_is(key, "pairs")) {
		p->pairs = v.n ? v.p[0] : 0;
	} else if (capi_str_is(key, "rows")) {
		field = capi_field_find(v);
		if (field < 0)
			return fail(r, "rows: no such member");
		p->grouped = true;
		p->group = (enum capi_field)field;
	} else if (capi_str_is(key, "items")) {
		p->items = v;
		r->items_line = r->line;
	} else if (capi_str_is(key, "parent")) {
		if (capi_path_read(&p->parent, v))
			return fail(r, "parent: not a path");
	} else if (capi_str_is(key, "list")) {
		p->list = v;
	} else if (capi_str_is(key, "more")) {
		p->more = v;
	} else if (capi_str_is(key, "again")) {
		p->again = v;
	} else if (capi_str_is(key, "also")) {
		const char *bar = memchr(v.p, '|', v.n);
		size_t n = bar ? (size_t)(bar - v.p) : 0;

		if (!bar)
			return fail(r, "also: no | between the two headers");
		p->header = capi_text_trim(v.p, n);
		p->also = capi_text_trim(bar + 1, v.n - n - 1);
	} else if (capi_str_is(key, "counts")) {
		p->counts = v;
	} else if (capi_str_is(key, "needs")) {
		return set_needs(r, v);
	} else if (capi_str_is(key, "late")) {
		p->late_hours = 0;
		for (size_t i = 0; i < v.n && capi_is_digit(v.p[i]); i++)
			p->late_hours = p->late_hours % 100000 * 10 +
					(uint32_t)(v.p[i] - '0');
	} else if (capi_str_is(key, "footer")) {
		p->footer = capi_realloc(
		    p->footer, (p->footers + 1) * sizeof(*p->footer));
		p->footer[p->footers++] = v;
	} else {
		return fail(r, "no such setting in [preset]");
	}
	return 0;
}

static int
add_source(struct reader *r, enum capi_field field, unsigned alternative,
    unsigned side, struct capi_str text)
{
	struct capi_preset *p = r->p;
	struct capi_source s = {.field = field,
	    .alternative = (uint8_t)alternative,
	    .side = (uint8_t)side,
	    .text = text,
	    .line = r->line};

	if (alternative >= CAPI_ALTERNATIVES)
		return fail(r, "too many sources for one member");
	if (text.n >= 2 && text.p[0] == '\'' && text.p[text.n - 1] == '\'') {
		s.constant = true;
		s.text = (struct capi_str){text.p + 1, text.n - 2};
	}
	if (!text.n)
		return fail(r, "an empty source");
	p->source =
	    capi_realloc(p->source, (p->sources + 1) * sizeof(*p->source));
	p->source[p->sources++] = s;
	return 0;
}

static int
add_field(struct reader *r, struct capi_str key, struct capi_str v)
{
	int field = capi_field_find(key);
	unsigned alternative = 0, side = 0;

	if (field < 0)
		return fail(r, "no such member; capi-event(5) has them");
	if (capi_preset_has(r->p, (enum capi_field)field))
		return fail(r, "the member stands there twice");
	for (;;) {
		const char *bar = memchr(v.p, '|', v.n);
		size_t n = bar ? (size_t)(bar - v.p) : v.n;

		if (add_source(r, (enum capi_field)field, alternative++, side,
			capi_text_trim(v.p, n)))
			return -1;
		if (!bar)
			return 0;
		if (n + 1 < v.n && bar[1] == '|') {
			side++;
			bar++;
			n++;
		}
		v = (struct capi_str){bar + 1, v.n - n - 1};
	}
}

static int
add_row(struct reader *r, struct capi_str key, struct capi_str v)
{
	struct capi_preset *p = r->p;

	p->translation = capi_realloc(
	    p->translation, (p->translations + 1) * sizeof(*p->translation));
	p->translation[p->translations++] =
	    (struct capi_translation){r->table, key, v};
	p->has_table[r->table] = true;
	return 0;
}

static int
open_section(struct reader *r, struct capi_str s)
{
	int field;

	if (s.p[s.n - 1] != ']')
		return fail(r, "no ] at the end");
	s = (struct capi_str){s.p + 1, s.n - 2};
	if (capi_str_is(s, "preset")) {
		r->section = PRESET;
	} else if (capi_str_is(s, "fields")) {
		r->section = FIELDS;
	} else {
		field = capi_field_find(s);
		if (field < 0)
			return fail(r, "neither [preset], [fields] nor the "
				       "name of a member");
		r->section = TABLE;
		r->table = (enum capi_field)field;
	}
	return 0;
}

static int
read_line(struct reader *r, struct capi_str s)
{
	struct capi_str key, value;
	const char *equal;

	s = capi_text_trim(s.p, s.n);
	if (!s.n || s.p[0] == '#')
		return 0;
	if (s.p[0] == '[')
		return open_section(r, s);
	equal = memchr(s.p, '=', s.n);
	/* In a path's filter [name=x] the = is not the one. */
	if (!equal)
		return fail(r, "no = in it");
	key = capi_text_trim(s.p, (size_t)(equal - s.p));
	value = capi_text_trim(equal + 1, (size_t)(s.p + s.n - equal) - 1);
	switch (r->section) {
	case PRESET:
		return setting(r, key, value);
	case FIELDS:
		return add_field(r, key, value);
	case TABLE:
		return add_row(r, key, value);
	case NONE:
		break;
	}
	return fail(r, "before any [section]");
}

/* "line_items[] | children[id=*]" */
static int
read_items(struct reader *r, struct capi_str paths)
{
	struct capi_preset *p = r->p;

	r->line = r->items_line;
	while (paths.n) {
		const char *bar = memchr(paths.p, '|', paths.n);
		size_t n = bar ? (size_t)(bar - paths.p) : paths.n;

		if (p->item_paths == CAPI_ITEM_PATHS ||
		    capi_path_read(
			&p->item[p->item_paths++], capi_text_trim(paths.p, n)))
			return fail(r, "items: not a path, or too many");
		n += bar != NULL;
		paths = (struct capi_str){paths.p + n, paths.n - n};
	}
	return 0;
}

/* What is a path and what is a header is known when the format is. */
static int
read_paths(struct reader *r)
{
	struct capi_preset *p = r->p;

	if (p->format != CAPI_PRESET_JSON)
		return 0;
	if (read_items(r, p->items))
		return -1;
	for (size_t i = 0; i < p->sources; i++) {
		struct capi_source *s = &p->source[i];

		r->line = s->line;
		if (!s->constant && capi_path_read(&s->path, s->text))
			return fail(r, "not a path");
	}
	return 0;
}

static void
put_items_last(struct capi_preset *p)
{
	struct capi_source *sorted =
	    capi_alloc((p->sources + 1) * sizeof(*sorted));
	size_t n = 0;

	for (int items = 0; items < 2; items++) {
		p->items_from = n;
		for (size_t i = 0; i < p->sources; i++)
			if (capi_field_is_item(p->source[i].field) == items)
				sorted[n++] = p->source[i];
	}
	free(p->source);
	p->source = sorted;
}

int
capi_preset_parse(struct capi_preset *p, const char *name, const char *text,
    size_t len, char why[160])
{
	struct reader r = {.p = p, .why = why, .section = NONE};
	struct capi_str rest;

	memset(p, 0, sizeof(*p));
	p->name = name;
	p->text = capi_alloc(len + 1);
	memcpy(p->text, text, len);
	p->text[len] = '\0';
	rest = (struct capi_str){p->text, len};
	if (!capi_text_is_utf8(text, len) || memchr(text, '\0', len))
		return fail(&r, "not UTF-8 text");
	while (rest.n) {
		const char *nl = memchr(rest.p, '\n', rest.n);
		size_t n = nl ? (size_t)(nl - rest.p) : rest.n;

		r.line++;
		if (read_line(&r, (struct capi_str){rest.p, n})) {
			capi_preset_release(p);
			return -1;
		}
		n += nl != NULL;
		rest = (struct capi_str){rest.p + n, rest.n - n};
	}
	if (!p->sources)
		fail(&r, "the map has no [fields]");
	if (!p->sources || read_paths(&r)) {
		capi_preset_release(p);
		return -1;
	}
	put_items_last(p);
	return 0;
}

void
capi_preset_release(struct capi_preset *p)
{
	free(p->text);
	free(p->footer);
	free(p->source);
	free(p->translation);
	memset(p, 0, sizeof(*p));
}

/* --- asking it --- */

bool
capi_preset_has(const struct capi_preset *p, enum capi_field field)
{
	for (size_t i = 0; i < p->sources; i++)
		if (p->source[i].field == field)
			return true;
	return false;
}

struct capi_str
capi_preset_translate(
    const struct capi_preset *p, enum capi_field field, struct capi_str in)
{
	for (size_t i = 0; p->has_table[field] && i < p->translations; i++)
		if (p->translation[i].field == field &&
		    capi_preset_glob(p->translation[i].from, in))
			return p->translation[i].to;
	return in;
}

bool
capi_preset_counts(const struct capi_preset *p, struct capi_str status)
{
	struct capi_str rest = p->counts;

	while (rest.n) {
		size_t n = 0;

		while (n < rest.n && rest.p[n] != ' ')
			n++;
		if (n == status.n && !memcmp(rest.p, status.p, n))
			return true;
		rest = capi_text_trim(rest.p + n, rest.n - n);
	}
	return false;
}

bool
capi_preset_is_footer(const struct capi_preset *p, struct capi_str first_cell)
{
	for (size_t i = 0; i < p->footers; i++)
		if (capi_preset_glob(p->footer[i], first_cell))
			return true;
	return false;
}

/* --- CSV --- */

/* "line_item_#" against "line_item_12": 12. */
static uint16_t
numbered(struct capi_str pattern, struct capi_str header)
{
	uint32_t n = 0;

	if (pattern.n < 2 || pattern.p[pattern.n - 1] != '#' ||
	    header.n < pattern.n || header.n > pattern.n + 3 ||
	    !same_header((struct capi_str){pattern.p, pattern.n - 1},
		(struct capi_str){header.p, pattern.n - 1}))
		return 0;
	for (size_t i = pattern.n - 1; i < header.n; i++) {
		if (!capi_is_digit(header.p[i]))
			return 0;
		n = n * 10 + (uint32_t)(header.p[i] - '0');
	}
	return (uint16_t)n;
}

static int
find_column(struct capi_str name, const struct capi_str *header, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (same_header(name, header[i]))
			return (int)i;
	return -1;
}

/* The same, where the preset says that files call it by another name, too. */
static int
find_either(const struct capi_preset *p, struct capi_str name,
    const struct capi_str *header, size_t n)
{
	int column = find_column(name, header, n);

	if (column < 0 && p->also.n && same_header(name, p->header))
		column = find_column(p->also, header, n);
	return column;
}

/* "Note Attributes[_fbp]": the header before the bracket, the key in it. */
static bool
split_key(struct capi_str text, struct capi_str *name, struct capi_str *key)
{
	const char *open;

	if (!text.n || text.p[text.n - 1] != ']')
		return false;
	open = memchr(text.p, '[', text.n);
	if (!open)
		return false;
	*name = (struct capi_str){text.p, (size_t)(open - text.p)};
	*key =
	    (struct capi_str){open + 1, (size_t)(text.p + text.n - open) - 2};
	return true;
}

/* "Record ID[without Deal Stage]": the whole cell, if that column is not
 * there. */
static bool
is_without(struct capi_str key, const struct capi_str *header, size_t headers,
    int *column)
{
	static const char word[] = "without ";
	size_t n = sizeof(word) - 1;

	if (key.n <= n || memcmp(key.p, word, n))
		return false;
	if (find_column(
		(struct capi_str){key.p + n, key.n - n}, header, headers) >= 0)
		*column = -1;
	return true;
}

static size_t
bind_items(const struct capi_source *s, struct capi_str pattern,
    const struct capi_str *header, size_t headers, struct capi_bound *bound,
    size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < headers && n < max; i++) {
		uint16_t item = numbered(pattern, header[i]);

		if (item)
			bound[n++] =
			    (struct capi_bound){s, (uint16_t)i, s->text, item};
	}
	return n;
}

static size_t
bind_source(const struct capi_preset *p, const struct capi_source *s,
    const struct capi_str *header, size_t headers, struct capi_bound *bound,
    size_t max)
{
	struct capi_str name, key = {NULL, 0};
	size_t n = 0;
	int column;

	if (!max)
		return 0;
	if (s->constant) {
		*bound = (struct capi_bound){s, 0, key, 0};
		return 1;
	}
	if (p->items.n && capi_field_is_item(s->field))
		n = bind_items(s, p->items, header, headers, bound, max);
	if (n)
		return n;
	column = find_either(p, s->text, header, headers);
	if (column < 0 && split_key(s->text, &name, &key)) {
		column = find_either(p, name, header, headers);
		if (is_without(key, header, headers, &column))
			key.n = 0;
	}
	if (column < 0)
		return 0;
	*bound = (struct capi_bound){s, (uint16_t)column, key, 0};
	return 1;
}

size_t
capi_preset_bind(const struct capi_preset *p, const struct capi_str *header,
    size_t headers, struct capi_bound *bound, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < p->sources; i++)
		n += bind_source(
		    p, &p->source[i], header, headers, bound + n, max - n);
	return n;
}

/* How many bytes stand before the first c. */
static size_t
before(const char *p, size_t n, char c)
{
	const char *at = memchr(p, c, n);

	return at ? (size_t)(at - p) : n;
}

/* A bit for a key's first and last letters; all bits, where only a comparison
 * can tell. */
static uint64_t
ends_of(struct capi_str key)
{
	unsigned first, last;

	if (!key.n || !is_simple(key.p[0]) || !is_simple(key.p[key.n - 1]))
		return UINT64_MAX;
	first = (unsigned char)capi_lower(key.p[0]);
	last = (unsigned char)capi_lower(key.p[key.n - 1]);
	return UINT64_C(1) << ((first * 5 + last) & 63);
}

void
capi_pairs_split(struct capi_pairs *pairs, struct capi_str cell, char separator)
{
	pairs->count = 0;
	pairs->ends = 0;
	while (cell.n && pairs->count < CAPI_PAIRS) {
		size_t n = before(cell.p, cell.n, '\n');
		const char *colon;

		n = before(cell.p, n, '\r');
		if (separator)
			n = before(cell.p, n, separator);
		/* The first colon only: values are URLs often enough. */
		colon = memchr(cell.p, ':', n);
		if (colon) {
			size_t key = (size_t)(colon - cell.p);

			pairs->key[pairs->count] = capi_text_trim(cell.p, key);
			pairs->ends |= ends_of(pairs->key[pairs->count]);
			pairs->value[pairs->count++] =
			    capi_text_trim(colon + 1, n - key - 1);
		}
		n += n < cell.n;
		cell = (struct capi_str){cell.p + n, cell.n - n};
	}
}

struct capi_str
capi_pairs_get(const struct capi_pairs *pairs, struct capi_str key)
{
	bool maybe = pairs->ends & ends_of(key);

	for (size_t i = 0; maybe && i < pairs->count; i++)
		if (same_header(key, pairs->key[i]))
			return pairs->value[i];
	return (struct capi_str){"", 0};
}

/* --- JSON --- */

int
capi_preset_number(struct capi_preset *p, struct capi_names *names)
{
	int bad = capi_path_number(&p->parent, names);

	for (size_t i = 0; i < p->item_paths; i++)
		bad |= capi_path_number(&p->item[i], names);
	for (size_t i = 0; i < p->sources; i++)
		bad |= capi_path_number(&p->source[i].path, names);
	return bad;
}
