#include "diagnosis.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void
take(struct capi_taken *taken, size_t *count, const struct capi_form *form,
    const struct capi_platform *by)
{
	struct capi_taken *t = taken;

	while (t < taken + *count && t->form != form)
		t++;
	if (t == taken + CAPI_MISTAKE_FORMS)
		return;
	if (t == taken + *count) {
		*t = (struct capi_taken){.form = form};
		(*count)++;
	}
	if (t->count < COUNT(t->by))
		t->by[t->count++] = by;
}

static void
take_platform(struct capi_taken *taken, size_t *count, enum capi_identifier id,
    const struct capi_platform *p)
{
	for (const struct capi_field *f = p->fields; f->source; f++) {
		const struct capi_form *form;

		if (!f->form || strncmp(f->source, "user_data.", 10) != 0 ||
		    strcmp(f->source + 10, capi_identifiers[id]) != 0)
			continue;
		form = capi_form_find(id, f->form);
		if (form)
			take(taken, count, form, p);
	}
}

size_t
capi_diagnosis_taken(struct capi_taken *taken, enum capi_identifier id,
    const struct capi_platform *const *platforms, size_t n)
{
	size_t count = 0;

	if (!n)
		for (platforms = capi_platforms; platforms[n]; n++)
			;
	for (size_t i = 0; i < n; i++)
		take_platform(taken, &count, id, platforms[i]);
	/* A handful: the plainest sort does. */
	for (size_t i = 1; i < count; i++)
		for (size_t k = i; k && taken[k].count > taken[k - 1].count;
		     k--) {
			struct capi_taken t = taken[k];

			taken[k] = taken[k - 1];
			taken[k - 1] = t;
		}
	return count;
}

const struct capi_taken *
capi_diagnosis_of(
    const struct capi_taken *taken, size_t count, const struct capi_form *form)
{
	for (size_t i = 0; i < count; i++)
		if (taken[i].form == form)
			return &taken[i];
	return NULL;
}

void
capi_diagnosis_names(struct capi_buf *out, const struct capi_taken *t)
{
	for (size_t i = 0; i < t->count; i++) {
		if (i)
			capi_buf_adds(out, i + 1 < t->count ? ", " : " and ");
		capi_buf_adds(out, t->by[i]->name);
	}
}

void
capi_diagnosis_did(struct capi_buf *out, const struct capi_finding *f)
{
	if (f->placeholder) {
		capi_buf_addf(
		    out, "hashed from a placeholder (%s)", f->placeholder);
		return;
	}
	for (size_t i = f->count; i--;) {
		/* The text's mistakes before those of the digest. */
		capi_buf_adds(out, i + 1 == f->count ? "hashed " : ", ");
		capi_buf_adds(out, f->made[i]->did);
	}
}

void
capi_diagnosis_cure(
    struct capi_buf *out, const struct capi_finding *f, const char *region)
{
	if (f->placeholder) {
		capi_buf_adds(out, "leave the field out when it is unknown");
		return;
	}
	for (size_t i = f->count; i--;) {
		const char *cure = f->made[i]->cure;
		size_t n = strlen(cure);

		capi_buf_adds(out, i + 1 == f->count ? "" : "; ");
		capi_buf_adds(out, cure);
		if (n > 8 && !strcmp(cure + n - 8, "--region"))
			capi_buf_addf(out, " %s", *region ? region : "CC");
	}
}

/* Sums. */

#define KINDS 256
#define LINES 3

struct kind {
	enum capi_identifier id;
	struct capi_finding finding;
	char region[3];
	uint64_t count;
	uint64_t lines[LINES];
};

struct capi_sum {
	uint64_t rows[CAPI_IDS];
	uint64_t right[CAPI_IDS];
	struct kind kinds[KINDS];
	size_t count;
};

struct capi_sum *
capi_sum_new(void)
{
	struct capi_sum *s = capi_alloc(sizeof(*s));

	memset(s, 0, sizeof(*s));
	return s;
}

void
capi_sum_free(struct capi_sum *s)
{
	free(s);
}

static bool
same_kind(
    const struct kind *k, enum capi_identifier id, const struct capi_finding *f)
{
	const struct capi_finding *g = &k->finding;

	if (k->id != id || g->count != f->count ||
	    g->placeholder != f->placeholder)
		return false;
	/* A value that can not be read is another matter than a digest that
	 * nothing explains. */
	if (!f->count && g->why != f->why)
		return false;
	for (size_t i = 0; i < f->count; i++)
		if (g->made[i] != f->made[i])
			return false;
	return true;
}

void
capi_sum_add(struct capi_sum *s, enum capi_identifier id,
    const struct capi_finding *f, const char *region, uint64_t line)
{
	struct kind *k = s->kinds;

	s->rows[id]++;
	if (f->rights) {
		s->right[id]++;
		return;
	}
	while (k < s->kinds + s->count && !same_kind(k, id, f))
		k++;
	if (k == s->kinds + KINDS)
		k--; /* more kinds than a person reads: the last takes them */
	if (k == s->kinds + s->count) {
		s->count++;
		*k = (struct kind){.id = id, .finding = *f};
		strncpy(k->region, region, sizeof(k->region) - 1);
	}
	if (k->count < LINES)
		k->lines[k->count] = line;
	k->count++;
}

static void
add_plural(struct capi_buf *out, enum capi_identifier id, uint64_t count)
{
	static const char *const one[CAPI_IDS] = {"e-mail address", "phone",
	    "first name", "last name", "gender", "birth date", "street", "city",
	    "state", "postal code", "country", "external id", "mobile id"};
	static const char *const many[CAPI_IDS] = {"e-mail addresses", "phones",
	    "first names", "last names", "genders", "birth dates", "streets",
	    "cities", "states", "postal codes", "countries", "external ids",
	    "mobile ids"};

	capi_buf_adds(out, count == 1 ? one[id] : many[id]);
}

static void
add_kind(struct capi_buf *out, const struct capi_sum *s, const struct kind *k)
{
	capi_buf_add_int(out, (int64_t)k->count);
	capi_buf_adds(out, " of ");
	capi_buf_add_int(out, (int64_t)s->rows[k->id]);
	capi_buf_addc(out, ' ');
	add_plural(out, k->id, s->rows[k->id]);
	if (k->finding.count || k->finding.placeholder) {
		capi_buf_adds(out, k->count == 1 ? " was " : " were ");
		capi_diagnosis_did(out, &k->finding);
		capi_buf_adds(out, ": ");
		capi_diagnosis_cure(out, &k->finding, k->region);
	} else if (k->finding.why) {
		capi_buf_addf(out, " can not be judged: %s", k->finding.why);
	} else {
		capi_buf_adds(out, k->count == 1 ? " has" : " have");
		capi_buf_adds(out, " a digest that no known mistake makes: "
				   "another value, or a salt");
	}
	capi_buf_adds(out, k->count == 1 ? " (line " : " (lines ");
	for (size_t i = 0; i < LINES && i < k->count; i++) {
		capi_buf_adds(out, i ? ", " : "");
		capi_buf_add_int(out, (int64_t)k->lines[i]);
	}
	capi_buf_adds(out, k->count > LINES ? " ...)\n" : ")\n");
}

static int
by_count(const void *a, const void *b)
{
	const struct kind *const *x = a;
	const struct kind *const *y = b;

	if ((*x)->count != (*y)->count)
		return (*x)->count < (*y)->count ? 1 : -1;
	return (*x)->lines[0] > (*y)->lines[0] ? 1 : -1;
}

void
capi_sum_words(struct capi_buf *out, const struct capi_sum *s)
{
	const struct kind *order[KINDS];

	for (size_t i = 0; i < s->count; i++)
		order[i] = &s->kinds[i];
	qsort(order, s->count, sizeof(order[0]), by_count);
	for (size_t i = 0; i < s->count; i++)
		add_kind(out, s, order[i]);
	for (unsigned i = 0; i < CAPI_IDS; i++) {
		if (!s->right[i])
			continue;
		capi_buf_add_int(out, (int64_t)s->right[i]);
		capi_buf_adds(out, " of ");
		capi_buf_add_int(out, (int64_t)s->rows[i]);
		capi_buf_addc(out, ' ');
		add_plural(out, (enum capi_identifier)i, s->rows[i]);
		capi_buf_adds(
		    out, s->right[i] == 1 ? " is right\n" : " are right\n");
	}
}
