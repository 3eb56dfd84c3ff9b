#include "verdict.h"

#include "json.h"

static bool
is_right(const struct capi_finding *f, const struct capi_form *form)
{
	for (size_t i = 0; i < f->rights; i++)
		if (f->right[i] == form)
			return true;
	return false;
}

static void
add_platforms(struct capi_buf *out, const struct capi_verdict *v,
    const struct capi_finding *f, bool right)
{
	capi_buf_addc(out, '[');
	for (size_t i = 0; i < v->count; i++)
		for (size_t k = 0; k < v->taken[i].count; k++)
			if (is_right(f, v->taken[i].form) == right) {
				capi_json_sep(out);
				capi_json_cstring(out, v->taken[i].by[k]->name);
			}
	capi_buf_addc(out, ']');
}

static void
add_text(struct capi_buf *out, const char *key, struct capi_buf *text)
{
	capi_json_key(out, key);
	capi_json_string(out, text->data ? text->data : "", text->len);
}

/* Why it is not right for form i, in words and how to cure it. */
static void
add_why_not(struct capi_buf *words, struct capi_buf *cure,
    const struct capi_verdict *v, size_t i)
{
	const struct capi_finding *f = &v->why_not[i];

	if (f->count || f->placeholder) {
		capi_diagnosis_did(words, f);
		capi_diagnosis_cure(cure, f, v->region);
	} else {
		capi_buf_adds(words, "no mistake that capi-hash knows makes "
				     "this digest of its form");
	}
}

static void
add_reasons(struct capi_buf *out, const struct capi_verdict *v,
    const struct capi_finding *right)
{
	struct capi_buf words = CAPI_BUF_INIT(1 << 16);
	struct capi_buf cure = CAPI_BUF_INIT(1 << 16);

	capi_json_key(out, "reasons");
	capi_buf_addc(out, '[');
	for (size_t i = 0; i < v->count; i++) {
		if (is_right(right, v->taken[i].form))
			continue;
		capi_buf_reset(&words);
		capi_buf_reset(&cure);
		add_why_not(&words, &cure, v, i);
		capi_json_sep(out);
		capi_buf_addc(out, '{');
		capi_json_key(out, "form");
		capi_json_cstring(out, v->taken[i].form->name);
		add_text(out, "words", &words);
		if (cure.len)
			add_text(out, "cure", &cure);
		capi_buf_addc(out, '}');
	}
	capi_buf_addc(out, ']');
	capi_buf_release(&words);
	capi_buf_release(&cure);
}

void
capi_verdict_json(
    struct capi_buf *out, const struct capi_verdict *v, uint64_t line)
{
	const struct capi_finding *f = &v->finding;
	const struct capi_finding *right = v->partly.rights ? &v->partly : f;
	struct capi_buf text = CAPI_BUF_INIT(1 << 16);

	capi_buf_addc(out, '{');
	if (line) {
		capi_json_key(out, "line");
		capi_buf_add_int(out, (int64_t)line);
	}
	capi_json_key(out, "field");
	capi_json_cstring(out, capi_identifiers[v->id]);
	capi_json_key(out, "verdict");
	capi_json_cstring(out, f->rights                    ? "right"
			       : f->count || f->placeholder ? "wrong"
			       : f->why                     ? "not judged"
							    : "unexplained");
	capi_json_key(out, "right_for");
	add_platforms(out, v, right, true);
	capi_json_key(out, "wrong_for");
	add_platforms(out, v, right, false);
	if (f->form) {
		capi_json_key(out, "form");
		capi_json_cstring(out, f->form->name);
	}
	if (f->placeholder) {
		capi_json_key(out, "placeholder");
		capi_json_cstring(out, f->placeholder);
	}
	if (!f->rights && (f->count || f->placeholder)) {
		capi_json_key(out, "mistakes");
		capi_buf_addc(out, '[');
		for (size_t i = 0; i < f->count; i++) {
			capi_json_sep(out);
			capi_json_cstring(out, f->made[i]->name);
		}
		if (f->placeholder)
			capi_json_cstring(out, "placeholder");
		capi_buf_addc(out, ']');
		capi_buf_reset(&text);
		capi_diagnosis_did(&text, f);
		add_text(out, "words", &text);
		capi_buf_reset(&text);
		capi_diagnosis_cure(&text, f, v->region);
		add_text(out, "cure", &text);
	} else if (!f->rights && f->why) {
		capi_json_key(out, "words");
		capi_json_cstring(out, f->why);
	}
	if (v->explained)
		add_reasons(out, v, right);
	capi_buf_adds(out, "}\n");
	capi_buf_release(&text);
}

static void
add_right(struct capi_buf *out, const struct capi_verdict *v,
    const struct capi_finding *f)
{
	struct capi_buf cure = CAPI_BUF_INIT(1 << 16);

	for (size_t i = 0; i < v->count; i++) {
		bool right = is_right(f, v->taken[i].form);

		capi_buf_adds(out, right ? "right for " : "not right for ");
		capi_diagnosis_names(out, &v->taken[i]);
		capi_buf_addf(out, ": %s (%s)\n", v->taken[i].form->name,
		    v->taken[i].form->words);
		if (right || !v->explained)
			continue;
		capi_buf_reset(&cure);
		capi_buf_adds(out, "  why: ");
		add_why_not(out, &cure, v, i);
		if (cure.len) {
			capi_buf_adds(out, "\n  cure: ");
			capi_buf_add(out, cure.data, cure.len);
		}
		capi_buf_addc(out, '\n');
	}
	capi_buf_release(&cure);
}

static void
add_wrong(struct capi_buf *out, const struct capi_verdict *v)
{
	const struct capi_finding *f = &v->finding;
	const struct capi_taken *t =
	    capi_diagnosis_of(v->taken, v->count, f->form);

	if (!f->count && !f->placeholder) {
		capi_buf_adds(out,
		    f->why ? "can not be judged: "
			   : "wrong: no mistake that capi-hash knows makes "
			     "this digest: another value, or a salt\n");
		if (f->why)
			capi_buf_addf(out, "%s\n", f->why);
		return;
	}
	capi_buf_adds(out, "wrong: ");
	capi_diagnosis_did(out, f);
	if (t) {
		capi_buf_addf(out, " (on the way to %s, for ", f->form->name);
		capi_diagnosis_names(out, t);
		capi_buf_addc(out, ')');
	}
	capi_buf_adds(out, "\ncure: ");
	capi_diagnosis_cure(out, f, v->region);
	capi_buf_addc(out, '\n');
}

void
capi_verdict_words(struct capi_buf *out, const struct capi_verdict *v)
{
	if (v->partly.rights)
		add_right(out, v, &v->partly);
	if (v->good)
		add_right(out, v, &v->finding);
	else if (!v->explained)
		add_wrong(out, v);
}

/* A platform that takes two forms is content with either. */
static bool
is_content(const struct capi_platform *p, const struct capi_verdict *v)
{
	bool takes = false;

	for (size_t i = 0; i < v->count; i++)
		for (size_t k = 0; k < v->taken[i].count; k++) {
			if (v->taken[i].by[k] != p)
				continue;
			if (is_right(&v->finding, v->taken[i].form))
				return true;
			takes = true;
		}
	return !takes;
}

void
capi_verdict_find(struct capi_verdict *v, struct capi_checker *checker,
    enum capi_identifier id, const struct capi_platform *const *platforms,
    size_t n, struct capi_str value, struct capi_str digest,
    const struct capi_canon *how)
{
	const struct capi_form *forms[CAPI_MISTAKE_FORMS];
	size_t rest = 0;

	v->id = id;
	v->region = how->region;
	v->partly.rights = 0;
	v->explained = false;
	v->count = capi_diagnosis_taken(v->taken, id, platforms, n);
	for (size_t i = 0; i < v->count; i++)
		forms[i] = v->taken[i].form;
	capi_checker_look(
	    checker, id, forms, v->count, value, how, digest, &v->finding);
	v->good = v->finding.rights > 0;
	for (size_t i = 0; i < n; i++)
		v->good = v->good && is_content(platforms[i], v);
	if (v->good || !v->finding.rights)
		return;
	/* Right for some of those named: what is wrong for the rest? */
	v->partly = v->finding;
	for (size_t i = 0; i < v->count; i++)
		if (!is_right(&v->partly, forms[i]))
			forms[rest++] = forms[i];
	capi_checker_look(
	    checker, id, forms, rest, value, how, digest, &v->finding);
}

void
capi_verdict_explain(struct capi_verdict *v, struct capi_checker *checker,
    struct capi_str value, struct capi_str digest, const struct capi_canon *how)
{
	const struct capi_finding *right =
	    v->partly.rights ? &v->partly : &v->finding;

	if (!right->rights)
		return; /* `finding` says it */
	for (size_t i = 0; i < v->count; i++) {
		if (is_right(right, v->taken[i].form))
			continue;
		capi_checker_look(checker, v->id, &v->taken[i].form, 1, value,
		    how, digest, &v->why_not[i]);
		v->explained = true;
	}
}
