#include "walk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const type_words[] = {
    [CAPI_AS_IS] = "as it is",
    [CAPI_STRING] = "string",
    [CAPI_NUMBER] = "number",
    [CAPI_INTEGER] = "integer",
    [CAPI_FLAG] = "true or false",
    [CAPI_STRINGS] = "list of strings",
    [CAPI_OBJECTS] = "list of objects",
    [CAPI_REST] = "all other members",
    [CAPI_REST_TEXTS] = "all other members as strings",
    [CAPI_OPEN] = "always there",
    [CAPI_FIXED] = "fixed",
    [CAPI_MADE] = "made",
};

static void
add_limits(struct capi_buf *out, const struct capi_field *f)
{
	if (f->longest)
		capi_buf_addf(out, ", at most %zu characters", f->longest);
	if (f->most == INT64_MAX)
		capi_buf_adds(out, ", not below 0");
	else if (f->most)
		capi_buf_addf(out, ", 0 to %" PRId64, f->most);
	if (f->one_of)
		capi_buf_addf(out, ", one of: %s", f->one_of);
}

static void
add_rule(struct capi_buf *out, const struct capi_platform *p,
    const struct capi_field *f)
{
	if (f->form)
		capi_buf_addf(out, "SHA-256 of %s", f->form);
	else if (f->type == CAPI_FIXED)
		capi_buf_addf(out, "%s", f->value);
	else if (f->type == CAPI_CONFIG)
		capi_buf_addf(
		    out, "%s of the configuration", p->keys[f->key].name);
	else
		capi_buf_adds(out, type_words[f->type]);
	add_limits(out, f);
	if (f->note)
		capi_buf_addf(out, "; %s", f->note);
}

static void
add_calls(struct capi_buf *out, const struct capi_platform *p, unsigned in)
{
	const char *before = " [";

	in &= ~CAPI_NEVER;
	if (!in || !p->calls)
		return;
	for (unsigned i = 0; p->calls[i].max_events; i++)
		if (in & 1u << i) {
			capi_buf_addf(out, "%s%s", before, p->calls[i].name);
			before = ", ";
		}
	capi_buf_addc(out, ']');
}

static void
add_row(struct capi_buf *out, const struct capi_platform *p,
    const struct capi_field *f, const char *target_of, const char *source_of)
{
	struct capi_buf path = CAPI_BUF_INIT(512);

	capi_buf_addf(&path, "%s%s", target_of, f->target);
	capi_buf_addf(out, "%-44s ", capi_buf_cstr(&path));
	capi_buf_reset(&path);
	capi_buf_addf(&path, "%s%s", source_of, *f->source ? f->source : "-");
	capi_buf_addf(out, "%-36s ", capi_buf_cstr(&path));
	add_rule(out, p, f);
	add_calls(out, p, f->in);
	capi_buf_addc(out, '\n');
	capi_buf_release(&path);
}

void
capi_platform_fields(const struct capi_platform *p, struct capi_buf *out)
{
	char target_of[128], source_of[128];

	for (const struct capi_field *f = p->fields; f->source; f++) {
		add_row(out, p, f, "", "");
		if (f->type != CAPI_OBJECTS)
			continue;
		snprintf(target_of, sizeof(target_of), "%s[].", f->target);
		snprintf(source_of, sizeof(source_of), "%s[].", f->source);
		for (const struct capi_field *i = f->items; i->source; i++)
			add_row(out, p, i, target_of, source_of);
	}
}

static void
add_check(struct capi_buf *out, const struct capi_check *c,
    const struct capi_platform *p)
{
	static const char *const words[] = {[CAPI_REFUSE] = "refuses",
	    [CAPI_LEAVE] = "withholds",
	    [CAPI_OMIT] = "leaves out",
	    [CAPI_WARN] = "warns"};

	capi_buf_addf(out, "%s: %s%s%s", c->code, words[c->severity],
	    c->severity == CAPI_OMIT ? " " : "",
	    c->severity == CAPI_OMIT ? c->member : "");
	if (p)
		add_calls(out, p, c->in);
	capi_buf_addf(out, "\n\t%s\n\tcure: %s\n", c->words, c->cure);
}

void
capi_common_checks(struct capi_buf *out)
{
	for (const struct capi_check *c = capi_gate_checks(); c->code; c++)
		add_check(out, c, NULL);
}

void
capi_platform_checks(const struct capi_platform *p, struct capi_buf *out)
{
	for (const struct capi_check *c = p->checks; c && c->code; c++)
		add_check(out, c, p);
	capi_buf_addf(out,
	    "%s.type: warns\n\ta member is not of the type that the table of "
	    "fields says, and is left out\n\tcure: look it up with --fields "
	    "%s\n",
	    p->name, p->name);
}

void
capi_row_wants(struct capi_buf *out, const struct capi_row *r)
{
	static const char *const words[] = {
	    [CAPI_STRING] = "a text as the platform wants it",
	    [CAPI_NUMBER] = "a plain decimal number",
	    [CAPI_INTEGER] = "a whole number",
	    [CAPI_FLAG] = "true or false",
	    [CAPI_STRINGS] = "a list of texts",
	    [CAPI_OBJECTS] = "a list",
	};

	capi_buf_adds(out, words[r->field->type]);
	add_limits(out, r->field);
}

static bool
has_row(const struct capi_build *b, const char *path, bool written)
{
	for (unsigned i = 0; i < b->row_count; i++)
		if (!strcmp(b->rows[i].field->source, path) &&
		    (b->written[i] || !written))
			return true;
	return false;
}

/* What the event holds and the platform does not get, with the reason. */
static void
explain_unused(const struct capi_build *b, struct capi_buf *out,
    const char *parent, const struct capi_json *object)
{
	char path[128];

	if (!object || object->type != CAPI_JSON_OBJECT)
		return;
	for (const struct capi_json *v = object->child; v; v = v->next) {
		snprintf(path, sizeof(path), "%s%.*s", parent,
		    (int)(v->key_len > 64 ? 64 : v->key_len), v->key);
		if (has_row(b, path, true))
			continue;
		capi_buf_addf(out, "%s\t-\t%s\t%s\n", b->dest->name, path,
		    has_row(b, path, false)
			? "empty, or not wanted in this event"
			: "not taken by this platform");
	}
}

void
capi_build_explain(const struct capi_build *b, struct capi_buf *out)
{
	bool rest = false;

	for (unsigned i = 0; i < b->row_count; i++) {
		const struct capi_field *f = b->rows[i].field;

		if (!b->written[i])
			continue;
		rest |= f->type == CAPI_REST || f->type == CAPI_REST_TEXTS;
		capi_buf_addf(out, "%s\t%s\t%s\t", b->dest->name, f->target,
		    *f->source ? f->source : "-");
		add_rule(out, b->platform, f);
		capi_buf_addc(out, '\n');
	}
	for (unsigned i = 0; i < b->note_count; i++)
		if (b->notes[i]->severity == CAPI_OMIT)
			capi_buf_addf(out, "%s\t-\t%s\tleft out: %s\n",
			    b->dest->name, b->notes[i]->member,
			    b->notes[i]->code);
	explain_unused(b, out, "user_data.", b->event->at[CAPI_USER_DATA]);
	if (!rest)
		explain_unused(
		    b, out, "custom_data.", b->event->at[CAPI_CUSTOM_DATA]);
}
