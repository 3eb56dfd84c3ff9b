#include "mistake_priv.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "rule/place.h"
#include "placeholder.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The search. */

/* One row in one variant. */
struct atom {
	const struct row *row;
	unsigned variant;
};

#define REMEMBERED 16

struct memory {
	const struct capi_form *form;
	struct atom a, b;
};

struct capi_checker {
	struct capi_digest *digest;
	struct capi_placeholders *placeholders;
	struct capi_buf canon, normal, base, one, two;

	/* Pairs that explained earlier values, the latest first. */
	struct memory memory[REMEMBERED];
	size_t remembered;

	/* The digest at hand. */
	unsigned char want[MAX_DIGEST];
	size_t want_len;
	bool cut;     /* only the begin of it is there */
	hasher *hash; /* NULL: SHA-256 */
	struct job job;
	unsigned steps; /* of the form at hand, unchanged */
};

struct capi_checker *
capi_checker_new(void)
{
	struct capi_checker *c = capi_alloc(sizeof(*c));

	memset(c, 0, sizeof(*c));
	c->digest = capi_digest_new();
	if (!c->digest) {
		free(c);
		return NULL;
	}
	c->placeholders = capi_placeholders_new(c->digest);
	c->canon.max = c->normal.max = TEXT_MAX;
	c->base.max = c->one.max = c->two.max = TEXT_MAX;
	return c;
}

void
capi_checker_free(struct capi_checker *c)
{
	if (!c)
		return;
	capi_placeholders_free(c->placeholders);
	capi_digest_free(c->digest);
	capi_buf_release(&c->canon);
	capi_buf_release(&c->normal);
	capi_buf_release(&c->base);
	capi_buf_release(&c->one);
	capi_buf_release(&c->two);
	free(c);
}

static struct capi_str
text_of(const struct capi_buf *b)
{
	return (struct capi_str){b->data ? b->data : "", b->len};
}

static bool
fits(const struct capi_checker *c, const unsigned char *raw, size_t len)
{
	if (c->cut ? len < c->want_len : len != c->want_len)
		return false;
	return !memcmp(raw, c->want, c->want_len);
}

/* Is this the text that was hashed? */
static bool
is_it(struct capi_checker *c, struct capi_str text)
{
	unsigned char raw[MAX_DIGEST];
	size_t len = CAPI_DIGEST_BYTES;

	if (c->hash)
		len = c->hash(c->digest, text, 0, raw);
	else
		capi_digest_raw(c->digest, text.p, text.n, raw);
	return fits(c, raw, len);
}

/* Changes `in` by the atom, and looks. The text is left in `out`, unless the
 * atom is a digest. False when it is not it, or not to be done; *done tells
 * whether there is a text to go on from. */
static bool
apply(struct capi_checker *c, struct atom a, struct capi_str in,
    struct capi_buf *out, bool *done)
{
	const struct way *w = &a.row->way;
	unsigned char raw[MAX_DIGEST];
	size_t len;

	*done = false;
	capi_buf_reset(out);
	switch (a.row->rank) {
	case CHANGE:
		*done = in.n && w->change(out, &c->job, in, a.variant);
		break;
	case ENCODE:
		*done = in.n && w->encode(out, &c->job, in, a.variant);
		break;
	case HASH:
		if (c->hash || !in.n)
			return false;
		len = w->hash(c->digest, in, a.variant, raw);
		return len && fits(c, raw, len);
	default:
		return false;
	}
	return *done && is_it(c, text_of(out));
}

/* The text from which the changes start; false when there is none. */
static bool
begin(struct capi_checker *c, struct atom a, struct capi_buf *out)
{
	const struct way *w = &a.row->way;

	capi_buf_reset(out);
	if (a.row->rank == STEPS) {
		if (w->leave ? !(c->job.steps & w->leave)
			     : (c->job.steps & w->add) != 0)
			return false;
		c->job.steps = (c->job.steps & ~w->leave) | w->add;
		capi_mistake_render(out, &c->job);
	} else if (!w->make(out, &c->job, a.variant)) {
		return false;
	}
	return out->len > 0;
}

static bool
is_for(const struct capi_checker *c, const struct row *row)
{
	return row->mistake.ids & OF(c->job.id) && row->rank < SHAPE;
}

static void
set_form(struct capi_checker *c, const struct capi_form *form)
{
	c->job.form = form;
	c->steps = c->job.steps = capi_mistake_steps(form);
	capi_buf_reset(&c->base);
	if (c->job.canon.n &&
	    form->rule(&c->base, c->job.canon, c->job.country))
		capi_buf_reset(&c->base);
}

/* Both atoms, or one when b.row is NULL. */
static bool
explains(struct capi_checker *c, struct atom a, struct atom b)
{
	struct capi_str text = text_of(&c->base);
	bool done, it;

	c->job.steps = c->steps;
	if (a.row->rank <= MAKE) {
		done = begin(c, a, &c->one);
		if (done && b.row && b.row->rank <= MAKE) {
			done = begin(c, b, &c->one);
			b.row = NULL;
		}
		it = done && !b.row && is_it(c, text_of(&c->one));
	} else {
		it = apply(c, a, text, &c->one, &done) && !b.row;
	}
	if (done && b.row)
		it = apply(c, b, text_of(&c->one), &c->two, &done);
	c->job.steps = c->steps;
	return it;
}

static void
add_made(struct capi_finding *f, const struct row *row)
{
	if (f->count < CAPI_MISTAKE_MOST)
		f->made[f->count++] = &row->mistake;
}

static void
found(struct capi_checker *c, struct capi_finding *f, struct atom a,
    struct atom b)
{
	f->form = c->job.form;
	add_made(f, a.row);
	if (b.row)
		add_made(f, b.row);
}

static bool
look_for_one(struct capi_checker *c, struct capi_finding *f)
{
	for (size_t i = 0; i < capi_mistake_count; i++) {
		struct atom a = {&capi_mistake_rows[i], 0}, none = {NULL, 0};

		if (!is_for(c, a.row))
			continue;
		for (; a.variant < a.row->variants; a.variant++)
			if (explains(c, a, none)) {
				found(c, f, a, none);
				return true;
			}
	}
	return false;
}

/* Which pairs make sense, in this order. */
static bool
may_follow(const struct row *a, const struct row *b)
{
	if (a == b)
		return false;
	if (a->rank == STEPS && b->rank == STEPS)
		return a < b;
	if (a->rank == CHANGE && b->rank == CHANGE)
		return true;
	return a->rank < b->rank;
}

static void
remember(struct capi_checker *c, struct atom a, struct atom b)
{
	size_t n =
	    c->remembered < REMEMBERED ? c->remembered++ : REMEMBERED - 1;

	memmove(c->memory + 1, c->memory, n * sizeof(c->memory[0]));
	c->memory[0] = (struct memory){c->job.form, a, b};
}

/* All second atoms behind the first, whose text is in `one`. */
static bool
look_behind(struct capi_checker *c, struct capi_finding *f, struct atom a)
{
	bool done;

	for (size_t k = 0; k < capi_mistake_count; k++) {
		struct atom b = {&capi_mistake_rows[k], 0};

		if (!is_for(c, b.row) || b.row->rank <= MAKE ||
		    !may_follow(a.row, b.row))
			continue;
		for (; b.variant < b.row->variants; b.variant++)
			if (apply(c, b, text_of(&c->one), &c->two, &done)) {
				found(c, f, a, b);
				remember(c, a, b);
				return true;
			}
	}
	return false;
}

/* Pairs of which both change the text that is begun with. */
static bool
look_at_begins(struct capi_checker *c, struct capi_finding *f, struct atom a)
{
	for (size_t k = 0; k < capi_mistake_count; k++) {
		struct atom b = {&capi_mistake_rows[k], 0};

		if (!is_for(c, b.row) || b.row->rank > MAKE ||
		    !may_follow(a.row, b.row))
			continue;
		for (; b.variant < b.row->variants; b.variant++)
			if (explains(c, a, b)) {
				found(c, f, a, b);
				remember(c, a, b);
				return true;
			}
	}
	return false;
}

static bool
look_for_two(struct capi_checker *c, struct capi_finding *f)
{
	for (size_t i = 0; i < capi_mistake_count; i++) {
		struct atom a = {&capi_mistake_rows[i], 0};
		bool done;

		if (!is_for(c, a.row) || a.row->rank == HASH)
			continue;
		if (a.row->rank == STEPS && look_at_begins(c, f, a))
			return true;
		for (; a.variant < a.row->variants; a.variant++) {
			c->job.steps = c->steps;
			if (a.row->rank <= MAKE)
				done = begin(c, a, &c->one);
			else
				apply(c, a, text_of(&c->base), &c->one, &done);
			if (done && look_behind(c, f, a))
				return true;
		}
	}
	c->job.steps = c->steps;
	return false;
}

static bool
look_in_memory(struct capi_checker *c, struct capi_finding *f)
{
	for (size_t i = 0; i < c->remembered; i++) {
		struct memory m = c->memory[i];

		if (m.form != c->job.form)
			continue;
		if (explains(c, m.a, m.b)) {
			found(c, f, m.a, m.b);
			return true;
		}
	}
	return false;
}

/* The digest's notation. */

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (capi_is_digit(c))
		return c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

static size_t
unbase64(struct capi_str s, unsigned char *raw, size_t max)
{
	unsigned bits = 0, have = 0;
	size_t n = 0;

	while (s.n && s.p[s.n - 1] == '=')
		s.n--;
	for (size_t i = 0; i < s.n; i++) {
		int v = base64_value(s.p[i]);

		if (v < 0)
			return 0;
		bits = bits << 6 | (unsigned)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			if (n == max)
				return 0;
			raw[n++] = (unsigned char)(bits >> have);
		}
	}
	return n;
}

static bool
is_hex(struct capi_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!capi_is_digit(s.p[i]) &&
		    !(capi_lower(s.p[i]) >= 'a' && capi_lower(s.p[i]) <= 'f'))
			return false;
	return s.n > 0;
}

static bool
has_capital(struct capi_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= 'A' && s.p[i] <= 'Z')
			return true;
	return false;
}

/* The hex digits in the midst of what people put around them. */
static struct capi_str
undecorate(struct capi_str s)
{
	static const char *const prefixes[] = {
	    "0x", "\\x", "sha256:", "sha256-", "sha-256:", "{sha256}", "x'"};

	s = capi_text_trim(s.p, s.n);
	while (s.n > 2 && strchr("\"'`[({<", s.p[0]) && s.p[0] != '{')
		s = (struct capi_str){s.p + 1, s.n - 1};
	for (size_t i = 0; i < COUNT(prefixes); i++) {
		size_t n = strlen(prefixes[i]);

		if (s.n > n &&
		    capi_str_is_nocase((struct capi_str){s.p, n}, prefixes[i]))
			s = (struct capi_str){s.p + n, s.n - n};
	}
	while (s.n && strchr("\"'`])}>", s.p[s.n - 1]))
		s.n--;
	return s;
}

/* The other digests by their length in bytes. */
static const struct {
	size_t bytes;
	const char *name;
} kinds[] = {
    {64, "sha512"}, {48, "sha384"}, {28, "sha224"}, {20, "sha1"}, {16, "md5"}};

static const char *
kind_of(size_t bytes)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (kinds[i].bytes == bytes)
			return kinds[i].name;
	return NULL;
}

static void
set_kind(struct capi_checker *c, const char *name, struct capi_finding *f)
{
	const struct row *row = capi_mistake_row(name);

	c->hash = row->way.hash;
	add_made(f, row);
}

static bool
take_hex(struct capi_checker *c, struct capi_str s, struct capi_finding *f)
{
	if (!is_hex(s) || s.n > 2 * sizeof(c->want) || s.n < 16)
		return false;
	c->want_len = capi_mistake_unhex(s.p, s.n & ~(size_t)1, c->want);
	if (c->want_len != CAPI_DIGEST_BYTES || s.n & 1) {
		if (!(s.n & 1) && kind_of(c->want_len)) {
			set_kind(c, kind_of(c->want_len), f);
		} else {
			c->cut = true;
			add_made(f, capi_mistake_row("cut-off"));
		}
	}
	if (has_capital(s))
		add_made(f, capi_mistake_row("upper-hex"));
	return true;
}

/* What the digest's text is, before what it is of. */
static bool
read_digest(
    struct capi_checker *c, struct capi_str digest, struct capi_finding *f)
{
	struct capi_str s = undecorate(digest);
	unsigned char text[2 * MAX_DIGEST + 2];
	size_t n;

	c->cut = false;
	c->hash = NULL;
	c->want_len = 0;
	if (s.n != digest.n && capi_text_trim(digest.p, digest.n).n != s.n &&
	    (is_hex(s) || unbase64(s, text, sizeof(text)) >= 32))
		add_made(f, capi_mistake_row("decorated"));
	if (capi_form_is_digest(s))
		s.n = 64; /* without the builder's mark */
	if (take_hex(c, s, f))
		return true;
	n = unbase64(s, text, sizeof(text));
	if (is_hex((struct capi_str){(char *)text, n}) && n >= 32 &&
	    take_hex(c, (struct capi_str){(char *)text, n}, f)) {
		add_made(f, capi_mistake_row("base64-of-hex"));
		return true;
	}
	if (n != CAPI_DIGEST_BYTES && !kind_of(n))
		return false;
	c->want_len = n;
	memcpy(c->want, text, n);
	add_made(f, capi_mistake_row("base64"));
	if (n != CAPI_DIGEST_BYTES)
		set_kind(c, kind_of(n), f);
	return true;
}

static void
read_value(struct capi_checker *c, enum capi_identifier id,
    struct capi_str value, const struct capi_canon *how, struct capi_finding *f)
{
	struct job *j = &c->job;
	bool valid = capi_text_is_utf8(value.p, value.n);

	memset(j, 0, sizeof(*j));
	j->id = id;
	j->raw = value;
	j->country = how->country;
	capi_buf_reset(&c->canon);
	f->why = valid ? capi_canon(&c->canon, id, value, how) : "not UTF-8";
	if (f->why)
		capi_buf_reset(&c->canon);
	j->canon = text_of(&c->canon);
	capi_buf_reset(&c->normal);
	if (!f->why && capi_canon_normal(&c->normal, id, value, how))
		capi_buf_reset(&c->normal);
	if (id == CAPI_ID_PHONE && !f->why) {
		/* The typed text once more: the canonical one has lost the
		 * extension. */
		capi_phone_parse(value.p, value.n, how->region, &j->phone);
	}
	if (id == CAPI_ID_DATE_OF_BIRTH && !f->why && j->canon.n == 10) {
		const char *p = j->canon.p;

		j->year = (p[0] - '0') * 1000 + (p[1] - '0') * 100 +
			  (p[2] - '0') * 10 + (p[3] - '0');
		j->month = (p[5] - '0') * 10 + (p[6] - '0');
		j->day = (p[8] - '0') * 10 + (p[9] - '0');
	}
}

/* Is the "digest" the value itself, hashed by nobody? */
static bool
is_plain(struct capi_checker *c, const struct capi_form *const *forms,
    size_t count, struct capi_str digest)
{
	struct capi_str s = capi_text_trim(digest.p, digest.n);
	struct capi_str raw = capi_text_trim(c->job.raw.p, c->job.raw.n);

	if (s.n == raw.n && !memcmp(s.p, raw.p, s.n))
		return true;
	for (size_t i = 0; i < count; i++) {
		set_form(c, forms[i]);
		if (c->base.len && s.n == c->base.len &&
		    !memcmp(s.p, c->base.data, s.n))
			return true;
	}
	return false;
}

/* Each form by itself: the first answer counts, so forms that more platforms
 * take should come first. */
static bool
look_in_forms(struct capi_checker *c, const struct capi_form *const *forms,
    size_t count, struct capi_finding *f,
    bool (*look)(struct capi_checker *, struct capi_finding *))
{
	for (size_t i = 0; i < count; i++) {
		set_form(c, forms[i]);
		if (look(c, f))
			return true;
	}
	return false;
}

/* Right but for how it is written. */
static bool
look_for_none(struct capi_checker *c, struct capi_finding *f)
{
	if (!f->count || !c->base.len || !is_it(c, text_of(&c->base)))
		return false;
	f->form = c->job.form;
	return true;
}

static bool
search(struct capi_checker *c, const struct capi_form *const *forms,
    size_t count, struct capi_finding *f)
{
	return look_in_forms(c, forms, count, f, look_for_none) ||
	       look_in_forms(c, forms, count, f, look_for_one) ||
	       look_in_forms(c, forms, count, f, look_in_memory) ||
	       look_in_forms(c, forms, count, f, look_for_two);
}

/* Of the value as the page has it, or as capi-normalize would leave it: which
 * of them ran before is not known. */
static bool
is_right(struct capi_checker *c)
{
	struct capi_str normal = text_of(&c->normal);

	if (c->base.len && is_it(c, text_of(&c->base)))
		return true;
	capi_buf_reset(&c->one);
	return normal.n &&
	       !c->job.form->rule(&c->one, normal, c->job.country) &&
	       is_it(c, text_of(&c->one));
}

void
capi_checker_look(struct capi_checker *c, enum capi_identifier id,
    const struct capi_form *const *forms, size_t count, struct capi_str value,
    const struct capi_canon *how, struct capi_str digest,
    struct capi_finding *f)
{
	memset(f, 0, sizeof(*f));
	read_value(c, id, value, how, f);
	if (!read_digest(c, digest, f)) {
		f->count = 0;
		add_made(f, capi_mistake_row(is_plain(c, forms, count, digest)
						 ? "not-hashed"
						 : "no-digest"));
		return;
	}
	for (size_t i = 0; i < count; i++) {
		set_form(c, forms[i]);
		if (!f->count && f->rights < CAPI_MISTAKE_FORMS && is_right(c))
			f->right[f->rights++] = forms[i];
	}
	if (f->rights)
		return;
	if (look_in_forms(c, forms, count, f, look_for_none))
		return;
	if (c->want_len == CAPI_DIGEST_BYTES && !c->hash) {
		char hex[CAPI_DIGEST_HEX];

		capi_hex(c->want, CAPI_DIGEST_BYTES, hex);
		f->placeholder = capi_placeholders_find(c->placeholders, hex);
		if (f->placeholder)
			return;
	}
	if (search(c, forms, count, f))
		return;
	/* The begin of a longer digest? */
	for (size_t i = 0; c->cut && i < COUNT(kinds); i++) {
		size_t so_far = f->count;

		if (kinds[i].bytes < c->want_len)
			break;
		set_kind(c, kinds[i].name, f);
		if (search(c, forms, count, f))
			return;
		f->count = so_far;
	}
	f->count = 0; /* how it is written explains nothing by itself */
}
