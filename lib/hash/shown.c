#include "shown.h"

#include <string.h>

#include "json.h"
#include "placeholder.h"

/* What a terminal would take for an order is shown as a question mark. */
static void
add_visible(struct capi_buf *out, struct capi_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		capi_buf_addc(out, c < 0x20 || c == 0x7f ? '?' : s.p[i]);
	}
}

static size_t
width_of(struct capi_str s)
{
	size_t width = 0;

	for (size_t i = 0; i < s.n; i++)
		width += (s.p[i] & 0xc0) != 0x80;
	return width;
}

static void
add_padded(struct capi_buf *out, struct capi_str s, size_t width)
{
	add_visible(out, s);
	for (size_t n = width_of(s); n < width + 2; n++)
		capi_buf_addc(out, ' ');
}

static void
make_line(struct capi_shown_line *line, struct capi_digest *d,
    const struct capi_form *form, struct capi_str canon, const char *country)
{
	struct capi_buf text = CAPI_BUF_INIT((size_t)1 << 20);

	line->why = form->rule(&text, canon, country);
	if (!line->why) {
		line->len = text.len < sizeof(line->text) ? text.len
							  : sizeof(line->text);
		memcpy(line->text, text.data, line->len);
		capi_digest_hex(d, text.data, text.len, line->hex);
	}
	capi_buf_release(&text);
}

void
capi_shown_make(struct capi_shown *s, struct capi_digest *d,
    enum capi_identifier id, const struct capi_platform *const *platforms,
    size_t n, struct capi_str value, const struct capi_canon *how)
{
	struct capi_buf canon = CAPI_BUF_INIT((size_t)1 << 20);
	struct capi_str trimmed = capi_text_trim(value.p, value.n);
	const char *why = NULL;

	s->id = id;
	s->count = capi_diagnosis_taken(s->taken, id, platforms, n);
	s->placeholder = capi_placeholder(id, trimmed);
	s->any = false;
	if (capi_form_is_digest(trimmed))
		why = "a SHA-256 already: it is taken as given";
	else if (!capi_text_is_utf8(value.p, value.n))
		why = "not UTF-8";
	else
		why = capi_canon_normal(&canon, id, value, how);
	for (size_t i = 0; i < s->count; i++) {
		s->lines[i].why = why;
		if (!why)
			make_line(&s->lines[i], d, s->taken[i].form,
			    (struct capi_str){canon.data, canon.len},
			    how->country);
		s->any = s->any || !s->lines[i].why;
	}
	capi_buf_release(&canon);
}

static void
add_json(struct capi_buf *out, enum capi_identifier id,
    const struct capi_taken *taken, const struct capi_shown_line *line)
{
	capi_buf_addc(out, '{');
	capi_json_key(out, "field");
	capi_json_cstring(out, capi_identifiers[id]);
	capi_json_key(out, "form");
	capi_json_cstring(out, taken->form->name);
	if (line->why) {
		capi_json_key(out, "refused");
		capi_json_cstring(out, line->why);
	} else {
		capi_json_key(out, "normalised");
		capi_json_string(out, line->text, line->len);
		capi_json_key(out, "sha256");
		capi_json_string(out, line->hex, sizeof(line->hex));
	}
	capi_json_key(out, "platforms");
	capi_buf_addc(out, '[');
	for (size_t i = 0; i < taken->count; i++) {
		capi_json_sep(out);
		capi_json_cstring(out, taken->by[i]->name);
	}
	capi_buf_adds(out, "]}\n");
}

void
capi_shown_json(struct capi_buf *out, const struct capi_shown *s)
{
	for (size_t i = 0; i < s->count; i++)
		add_json(out, s->id, &s->taken[i], &s->lines[i]);
}

void
capi_shown_table(struct capi_buf *out, const struct capi_shown *s)
{
	const struct capi_shown_line *lines = s->lines;
	size_t form = 4, text = 10;

	for (size_t i = 0; i < s->count; i++) {
		size_t n = strlen(s->taken[i].form->name);
		struct capi_str t = {lines[i].text, lines[i].len};

		form = n > form ? n : form;
		if (!lines[i].why && width_of(t) > text)
			text = width_of(t);
	}
	add_padded(out, CAPI_STR("FORM"), form);
	add_padded(out, CAPI_STR("NORMALISED"), text);
	add_padded(out, CAPI_STR("SHA-256"), CAPI_DIGEST_HEX);
	capi_buf_adds(out, "PLATFORMS\n");
	for (size_t i = 0; i < s->count; i++) {
		const struct capi_shown_line *l = &lines[i];
		const char *name = s->taken[i].form->name;

		add_padded(out, (struct capi_str){name, strlen(name)}, form);
		if (l->why) {
			add_padded(out, CAPI_STR("-"), text);
			add_padded(out,
			    (struct capi_str){l->why, strlen(l->why)},
			    CAPI_DIGEST_HEX);
		} else {
			add_padded(
			    out, (struct capi_str){l->text, l->len}, text);
			add_padded(out,
			    (struct capi_str){l->hex, sizeof(l->hex)},
			    CAPI_DIGEST_HEX);
		}
		capi_diagnosis_names(out, &s->taken[i]);
		capi_buf_addc(out, '\n');
	}
}
