#include "path.h"

#include <string.h>

#include "preset.h"

/* --- reading one --- */

/* "kind=refund,id=*LineItem*" */
static int
read_tests(struct capi_path_step *step, struct capi_str s)
{
	while (s.n) {
		const char *comma = memchr(s.p, ',', s.n);
		size_t n = comma ? (size_t)(comma - s.p) : s.n;
		const char *equal = memchr(s.p, '=', n);
		struct capi_path_test *t = &step->test[step->tests];

		if (!equal || step->tests == CAPI_PATH_TESTS)
			return -1;
		step->tests++;
		t->name = (struct capi_str){s.p, (size_t)(equal - s.p)};
		t->want = (struct capi_str){equal + 1, n - t->name.n - 1};
		n += comma != NULL;
		s = (struct capi_str){s.p + n, s.n - n};
	}
	return 0;
}

/* One step off the front. */
static int
read_step(struct capi_path_step *step, struct capi_str *s)
{
	size_t n = 0;
	const char *close;

	if (s->p[0] == '.')
		*s = (struct capi_str){s->p + 1, s->n - 1};
	while (n < s->n && s->p[n] != '.' && s->p[n] != '[')
		n++;
	step->name = (struct capi_str){s->p, n};
	*s = (struct capi_str){s->p + n, s->n - n};
	if (!s->n || s->p[0] != '[')
		return n ? 0 : -1;
	close = memchr(s->p, ']', s->n);
	if (!close)
		return -1;
	n = (size_t)(close - s->p);
	step->elements = true;
	if (read_tests(step, (struct capi_str){s->p + 1, n - 1}))
		return -1;
	*s = (struct capi_str){close + 1, s->n - n - 1};
	return 0;
}

int
capi_path_read(struct capi_path *path, struct capi_str text)
{
	memset(path, 0, sizeof(*path));
	while (text.n)
		if (path->steps == CAPI_PATH_STEPS ||
		    read_step(&path->step[path->steps++], &text))
			return -1;
	return 0;
}

static int
number(uint16_t *id, struct capi_str name, struct capi_names *names)
{
	*id = name.n ? capi_names_add(names, name.p, name.n) : 0;
	return name.n && !*id ? -1 : 0;
}

int
capi_path_number(struct capi_path *path, struct capi_names *names)
{
	for (size_t i = 0; i < path->steps; i++) {
		struct capi_path_step *step = &path->step[i];

		if (number(&step->key_id, step->name, names))
			return -1;
		for (size_t k = 0; k < step->tests; k++)
			if (number(&step->test[k].key_id, step->test[k].name,
				names))
				return -1;
	}
	return 0;
}

/* --- going along --- */

struct walk {
	bool (*each)(const struct capi_json *v, void *arg);
	void *arg;
};

static const struct capi_json *
member(const struct capi_json *object, uint16_t key_id)
{
	const struct capi_json *v =
	    object->type == CAPI_JSON_OBJECT ? object->child : NULL;

	while (v && v->key_id != key_id)
		v = v->next;
	return v;
}

static bool
fits(const struct capi_json *v, const struct capi_path_step *step)
{
	for (size_t i = 0; i < step->tests; i++) {
		const struct capi_path_test *t = &step->test[i];
		const struct capi_json *m = member(v, t->key_id);

		if (!m || m->type >= CAPI_JSON_ARRAY ||
		    !capi_preset_glob(
			t->want, (struct capi_str){m->text, m->len}))
			return false;
	}
	return true;
}

static bool walk(const struct walk *w, const struct capi_json *v,
    const struct capi_path_step *step, size_t steps);

/* An element for which the step's tests hold, and on from there. */
static bool
walk_on(const struct walk *w, const struct capi_json *e,
    const struct capi_path_step *step, size_t steps)
{
	if (!fits(e, step))
		return true;
	if (steps == 1)
		return w->each(e, w->arg);
	return walk(w, step[1].key_id ? member(e, step[1].key_id) : e, step + 1,
	    steps - 1);
}

/* From what the step's name stands for. */
static bool
walk(const struct walk *w, const struct capi_json *v,
    const struct capi_path_step *step, size_t steps)
{
	while (v && !step->elements && --steps) {
		step++;
		v = member(v, step->key_id);
	}
	if (!v)
		return true;
	if (!step->elements)
		return w->each(v, w->arg);
	if (v->type == CAPI_JSON_OBJECT && step->tests)
		return walk_on(w, v, step, steps);
	if (v->type != CAPI_JSON_ARRAY)
		return true;
	for (const struct capi_json *e = v->child; e; e = e->next)
		if (!walk_on(w, e, step, steps))
			return false;
	return true;
}

void
capi_path_look(struct capi_path_index *x, const struct capi_json *root)
{
	memset(x->member, 0, sizeof(x->member));
	x->root = root;
	if (root->type != CAPI_JSON_OBJECT)
		return;
	for (const struct capi_json *v = root->child; v; v = v->next)
		x->member[v->key_id] = v;
	x->member[0] = NULL; /* names that nobody asks for */
}

void
capi_path_walk(const struct capi_path_index *x, const struct capi_path *path,
    bool (*each)(const struct capi_json *v, void *arg), void *arg)
{
	struct walk w = {each, arg};
	const struct capi_path_step *first = &path->step[0];

	if (path->steps)
		walk(&w, first->key_id ? x->member[first->key_id] : x->root,
		    first, path->steps);
}

static bool
take_first(const struct capi_json *v, void *arg)
{
	const struct capi_json **out = arg;

	if (v->type == CAPI_JSON_NULL || v->type >= CAPI_JSON_ARRAY ||
	    (v->type == CAPI_JSON_STRING && !capi_text_trim(v->text, v->len).n))
		return true;
	*out = v;
	return false;
}

const struct capi_json *
capi_path_first(const struct capi_path_index *x, const struct capi_path *path)
{
	const struct capi_json *found = NULL;

	capi_path_walk(x, path, take_first, &found);
	return found;
}
