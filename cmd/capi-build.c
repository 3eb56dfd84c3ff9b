/*
 * capi-build: events in, the platforms' requests out. Options and bookkeeping
 * are here; what a platform wants stands in lib/platform/, how its tables are
 * walked in lib/build/walk.c.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/body.h"
#include "build/consent.h"
#include "filter.h"
#include "build/walk.h"
#include "rule/personal.h"

#define NAMES 64 /* event names told apart by --coverage */
#define KEYS 2048
#define NO_ROW CAPI_ROWS

/* A request body that is being filled (--body). */
struct body {
	struct capi_buf buf;
	size_t events;
	uint64_t keys[KEYS]; /* of the events in it, where they must differ */
};

/* How many events of one name had each identifier. */
struct coverage {
	char name[64];
	unsigned calls; /* the kinds of request that there were */
	uint64_t events;
	uint64_t rows[CAPI_ROWS];
};

struct destination {
	struct capi_dest dest;
	struct capi_build build;
	struct capi_buf head; /* of its request lines */
	char type_code[64];   /* "meta.type" */
	struct body *bodies;
	struct coverage *names;
	size_t name_count;
	uint16_t counts_as[CAPI_ROWS]; /* the row, or NO_ROW */
};

struct state {
	struct capi_opt_list platforms;
	const char *config_path;
	const char *fields;
	const char *test_code;
	int consent_unknown; /* -1: not said */
	int names_unknown;
	bool list_checks, explain, coverage, body;

	struct capi_config *config;
	struct capi_vocab *vocab;
	struct destination *dests;
	size_t dest_count;
	struct capi_event event;
	struct capi_buf text; /* a key, an event: for a moment */
};

/* ---- what is asked once ---------------------------------------------- */

static void
print_and_end(struct capi_filter *f)
{
	capi_filter_flush(f);
	exit(CAPI_EXIT_OK);
}

/* The platform of a destination's name, "meta" or "meta:shop-b". */
static const struct capi_platform *
platform_of(const char *option, const char *name)
{
	size_t n = strcspn(name, ":");
	const struct capi_platform *p = capi_platform_find(name, n);
	struct capi_buf guess = CAPI_BUF_INIT(1024);

	if (p)
		return p;
	capi_platform_guess(&guess, name, n);
	capi_opt_misuse("%s: no platform %.*s%s", option, (int)n, name,
	    capi_buf_cstr(&guess));
}

static void
print_fields(struct capi_filter *f, const char *name)
{
	capi_platform_fields(platform_of("--fields", name), &f->out);
	print_and_end(f);
}

static void
print_checks(struct capi_filter *f, const struct state *s)
{
	capi_common_checks(&f->out);
	for (size_t i = 0; i < s->platforms.n; i++)
		capi_platform_checks(
		    platform_of("-p", s->platforms.v[i]), &f->out);
	for (size_t i = 0; !s->platforms.n && capi_platforms[i]; i++)
		capi_platform_checks(capi_platforms[i], &f->out);
	print_and_end(f);
}

/* ---- coverage -------------------------------------------------------- */

/* Names that begin with the same 63 bytes are one, and what comes after 63
 * names is one row. */
static struct coverage *
coverage_of(struct destination *d, struct capi_str name)
{
	struct coverage *c;

	if (capi_personal_is_telling(name))
		name = CAPI_STR("(a name with digits or an address)");
	if (name.n >= sizeof(c->name))
		name.n = capi_text_whole(name.p, sizeof(c->name) - 1);
	for (size_t i = 0; i < d->name_count; i++)
		if (capi_str_is(name, d->names[i].name))
			return &d->names[i];
	if (d->name_count == NAMES)
		return &d->names[NAMES - 1];
	if (d->name_count == NAMES - 1)
		name = CAPI_STR("(other names)");
	c = &d->names[d->name_count++];
	memcpy(c->name, name.p, name.n);
	return c;
}

/* What is said about people and their businesses without naming them. */
static const char no_identifiers[] =
    "user_data.locale user_data.organization user_data.job_title "
    "user_data.att_status user_data.partner_id user_data.page_id "
    "user_data.whatsapp_business_account_id "
    "user_data.instagram_business_account_id";

/* A row for capi-hash that the platform can do without says nothing. */
static bool
is_identifier(const struct capi_field *f)
{
	return !strncmp(f->source, "user_data.", 10) &&
	       !(f->in & CAPI_NEVER && f->optional) &&
	       !capi_text_among(no_identifiers,
		   (struct capi_str){f->source, strlen(f->source)});
}

/* Several rows may write one member, each in its own case: they count as the
 * first of them. */
static void
prepare_coverage(struct destination *d)
{
	const struct capi_build *b = &d->build;

	d->names = capi_alloc(NAMES * sizeof(*d->names));
	memset(d->names, 0, NAMES * sizeof(*d->names));
	for (unsigned i = 0; i < b->row_count; i++) {
		const struct capi_field *f = b->rows[i].field;
		unsigned k = 0;

		while (
		    k < i && (d->counts_as[k] == NO_ROW ||
				 strcmp(b->rows[k].field->target, f->target)))
			k++;
		d->counts_as[i] = (uint16_t)(!is_identifier(f) ? NO_ROW
					     : k < i           ? d->counts_as[k]
							       : i);
	}
}

static void
cover(struct state *s, struct destination *d)
{
	const struct capi_build *b = &d->build;
	struct coverage *c;
	bool seen[CAPI_ROWS] = {false};

	if (b->part) /* not the conversion, but what became of it */
		return;
	c = coverage_of(d, capi_event_str(&s->event, CAPI_EVENT_NAME));
	c->events++;
	c->calls |= b->call_bit;
	for (unsigned i = 0; i < b->row_count; i++) {
		const struct capi_field *f = b->rows[i].field;
		unsigned k = d->counts_as[i];

		if (k == NO_ROW || seen[k] ||
		    !capi_in_call(f->in, b->call_bit) ||
		    !s->event.at[b->rows[i].slot] ||
		    !(b->written[i] || f->in & CAPI_NEVER))
			continue;
		seen[k] = true;
		c->rows[k]++;
	}
}

/* What the requests there were could have had. */
static void
wanted_rows(const struct destination *d, unsigned calls, bool *wanted)
{
	for (unsigned i = 0; i < d->build.row_count; i++)
		if (d->counts_as[i] != NO_ROW &&
		    capi_in_call(d->build.rows[i].field->in, calls))
			wanted[d->counts_as[i]] = true;
}

static void
print_counts(const struct destination *d, const struct coverage *c)
{
	bool wanted[CAPI_ROWS] = {false};
	struct capi_buf none = CAPI_BUF_INIT(1 << 16);
	size_t width = 0;

	wanted_rows(d, c->calls, wanted);
	for (unsigned i = 0; i < d->build.row_count; i++) {
		const char *target = d->build.rows[i].field->target;

		if (c->rows[i] && strlen(target) > width)
			width = strlen(target);
		if (wanted[i] && !c->rows[i])
			capi_buf_addf(
			    &none, "%s%s", none.len ? ", " : "", target);
	}
	for (unsigned i = 0; i < d->build.row_count; i++) {
		uint64_t mille = c->rows[i] * 1000 / c->events;

		if (c->rows[i])
			capi_warn("coverage: %s %s: %-*s %3" PRIu64 ".%" PRIu64
				  " %%  %" PRIu64,
			    d->dest.name, c->name, (int)width,
			    d->build.rows[i].field->target, mille / 10,
			    mille % 10, c->rows[i]);
	}
	if (none.len)
		capi_warn("coverage: %s %s: no event has %s", d->dest.name,
		    c->name, capi_buf_cstr(&none));
	capi_buf_release(&none);
}

static void
print_coverage(const struct destination *d)
{
	for (size_t n = 0; n < d->name_count; n++) {
		const struct coverage *c = &d->names[n];

		capi_warn("coverage: %s %s: %" PRIu64 " events", d->dest.name,
		    c->name, c->events);
		print_counts(d, c);
	}
}

/* ---- the beginning --------------------------------------------------- */

static void
all_sections(struct state *s)
{
	size_t n;
	const struct capi_dest *dests = capi_config_dests(s->config, &n);

	for (size_t i = 0; i < n; i++) {
		s->platforms.v = capi_realloc(
		    s->platforms.v, (i + 1) * sizeof(*s->platforms.v));
		s->platforms.v[s->platforms.n++] = dests[i].name;
	}
	if (!n)
		capi_opt_misuse("which platforms? -p meta,tiktok or "
				"sections in a --config file");
}

static void
prepare(struct capi_filter *f, struct state *s, struct destination *d,
    const char *name)
{
	char why[256];

	if (!capi_config_find(s->config, name, &d->dest, why, sizeof(why)))
		capi_opt_misuse("-p: %s", why);
	capi_build_init(&d->build, &d->dest, s->vocab);
	snprintf(d->type_code, sizeof(d->type_code), "%s.type",
	    d->dest.platform->name);
	d->head.max = 1 << 16;
	capi_buf_addf(&d->head, "{\"platform\":\"%s\",\"destination\":\"%s\"",
	    d->dest.platform->name, d->dest.name);
	d->build.now = f->now;
	if (s->consent_unknown >= 0 || s->explain || s->coverage)
		d->build.consent_unknown = s->consent_unknown > 0
					       ? CAPI_UNKNOWN_STOP
					       : CAPI_UNKNOWN_PASS;
	d->build.names_unknown =
	    s->names_unknown ? CAPI_UNKNOWN_STOP : CAPI_UNKNOWN_PASS;
	if (s->test_code && !d->dest.platform->test_code)
		capi_opt_misuse("--test-code: %s takes none in its body",
		    d->dest.platform->name);
	if (s->body) {
		d->bodies = capi_alloc(CAPI_CALLS * sizeof(*d->bodies));
		memset(d->bodies, 0, CAPI_CALLS * sizeof(*d->bodies));
		for (size_t i = 0; i < CAPI_CALLS; i++)
			d->bodies[i].buf.max = (size_t)1 << 30;
	}
	if (s->coverage)
		prepare_coverage(d);
}

static void
begin(struct capi_filter *f)
{
	struct state *s = f->state;
	char why[256];

	if (s->fields)
		print_fields(f, s->fields);
	if (s->list_checks)
		print_checks(f, s);
	if (s->body && s->explain)
		capi_opt_misuse("--body and --explain: one of them");
	if (s->test_code && !s->body)
		capi_opt_misuse("--test-code stands in request bodies: it "
				"wants --body");
	s->text.max = (size_t)1 << 30;
	s->config = capi_config_load(s->config_path, why, sizeof(why));
	if (!s->config)
		capi_die(CAPI_EXIT_CONFIG, "%s", why);
	if (!s->platforms.n)
		all_sections(s);
	s->vocab = capi_vocab_new(capi_json_names(f->json));
	s->event.vocab = s->vocab;
	s->dest_count = s->platforms.n;
	s->dests = capi_alloc(s->dest_count * sizeof(*s->dests));
	memset(s->dests, 0, s->dest_count * sizeof(*s->dests));
	for (size_t i = 0; i < s->dest_count; i++) {
		for (size_t k = 0; k < i; k++)
			if (!strcmp(s->platforms.v[i], s->platforms.v[k]))
				capi_opt_misuse(
				    "-p: %s twice", s->platforms.v[i]);
		prepare(f, s, &s->dests[i], s->platforms.v[i]);
	}
	if (s->body && s->dest_count > 1)
		capi_opt_misuse("--body: a body does not say whose it is; one "
				"destination at a time: -p %s",
		    s->platforms.v[0]);
	f->copies = (unsigned)s->dest_count;
}

/* ---- a request line -------------------------------------------------- */

static void
add_member(struct capi_buf *out, const char *key, const struct capi_json *v)
{
	if (!v || v->type >= CAPI_JSON_ARRAY)
		return;
	capi_buf_adds(out, key);
	capi_json_write(out, v);
}

/* The ids of the event, as far as it has them; the line stays open. */
static void
begin_line(struct capi_filter *f, struct destination *d)
{
	struct state *s = f->state;
	const struct capi_build *b = &d->build;
	const struct capi_call *calls = d->dest.platform->calls;
	struct capi_buf *out = &f->out;

	capi_buf_add(out, d->head.data, d->head.len);
	add_member(out, ",\"event_name\":", s->event.at[CAPI_EVENT_NAME]);
	add_member(out, ",\"event_id\":", s->event.at[CAPI_EVENT_ID]);
	add_member(out, ",\"event_time\":", s->event.at[CAPI_EVENT_TIME]);
	capi_buf_reset(&s->text);
	capi_build_key(b, &s->text);
	if (s->text.len) {
		capi_buf_adds(out, ",\"key\":");
		capi_json_string(out, s->text.data, s->text.len);
	}
	if (calls && calls[b->call].name) {
		capi_buf_adds(out, ",\"call\":\"");
		capi_buf_adds(out, calls[b->call].name);
		capi_buf_addc(out, '"');
	}
}

static void
write_line(struct capi_filter *f, struct destination *d)
{
	begin_line(f, d);
	capi_buf_adds(&f->out, ",\"event\":");
	capi_build_write(&d->build, &f->out);
	capi_buf_add(&f->out, "}\n", 2);
}

/* ---- request bodies -------------------------------------------------- */

static void
flush_body(struct capi_filter *f, struct destination *d, unsigned call)
{
	struct body *body = &d->bodies[call];

	if (!body->events)
		return;
	capi_buf_add(&f->out, body->buf.data, body->buf.len);
	capi_buf_adds(&f->out, capi_body_tail(d->dest.platform, call));
	capi_buf_addc(&f->out, '\n');
	capi_buf_reset(&body->buf);
	body->events = 0;
}

static uint64_t
hash_key(const struct capi_build *b, struct capi_buf *text)
{
	uint64_t h = 14695981039346656037u;

	capi_buf_reset(text);
	capi_build_key(b, text);
	for (size_t i = 0; i < text->len; i++)
		h = (h ^ (unsigned char)text->data[i]) * 1099511628211u;
	return h;
}

static bool
has_key(const struct body *body, uint64_t key)
{
	for (size_t i = 0; i < body->events && i < KEYS; i++)
		if (body->keys[i] == key)
			return true;
	return false;
}

static void
add_to_body(struct capi_filter *f, struct destination *d)
{
	struct state *s = f->state;
	unsigned call = d->build.call;
	struct body *body = &d->bodies[call];
	const struct capi_call *c = capi_call_of(d->dest.platform, call);
	const char *missing;
	uint64_t key = 0;

	if (c->unique) {
		key = hash_key(&d->build, &s->text);
		if (has_key(body, key))
			flush_body(f, d, call);
	}
	capi_buf_reset(&s->text);
	capi_build_write(&d->build, &s->text);
	if (body->events == c->max_events ||
	    (c->max_bytes && body->buf.len + s->text.len + 16 > c->max_bytes))
		flush_body(f, d, call);
	if (body->events)
		capi_buf_addc(&body->buf, ',');
	else if (!capi_body_head(
		     &body->buf, &d->dest, call, s->test_code, &missing))
		capi_die(CAPI_EXIT_CONFIG,
		    "%s: --body needs the key %s of the configuration",
		    d->dest.name, missing);
	capi_buf_add(&body->buf, s->text.data, s->text.len);
	if (body->events < KEYS)
		body->keys[body->events] = key;
	body->events++;
}

/* ---- what --explain and --coverage say without --consent-unknown ------- */

static bool
is_undecided(const struct state *s)
{
	return s->consent_unknown < 0 &&
	       capi_consent_of(&s->event, CAPI_CONSENT_AD_USER_DATA) ==
		   CAPI_CONSENT_UNKNOWN;
}

static void
explain_part(
    struct capi_filter *f, const struct state *s, struct destination *d)
{
	if (d->build.part)
		capi_buf_addf(&f->out,
		    "%s\t-\t-\ta further request of the event\n", d->dest.name);
	if (is_undecided(s))
		capi_buf_addf(&f->out,
		    "%s\t-\tconsent.ad_user_data\tneither granted nor denied: "
		    "goes with --consent-unknown send, is withheld with "
		    "withhold\n",
		    d->dest.name);
}

/* ---- an event -------------------------------------------------------- */

static void
built(struct capi_filter *f, struct capi_record *r, struct destination *d)
{
	struct state *s = f->state;
	const struct capi_build *b = &d->build;

	if (s->body) {
		add_to_body(f, d);
	} else if (s->explain) {
		explain_part(f, s, d);
		capi_buf_reset(&s->text);
		capi_build_write(&d->build, &s->text);
		capi_build_explain(b, &f->out);
	} else {
		write_line(f, d);
	}
	if (s->coverage)
		cover(s, d);
	for (unsigned i = 0; i < b->note_count; i++) {
		capi_buf_reset(&s->text);
		capi_check_say(b, b->notes[i], &s->text);
		capi_filter_note(
		    f, r, b->notes[i]->code, "%s", capi_buf_cstr(&s->text));
	}
	for (unsigned i = 0; i < b->lost_count; i++) {
		const struct capi_row *row = &b->rows[b->lost[i]];

		capi_buf_reset(&s->text);
		capi_row_wants(&s->text, row);
		capi_filter_note(f, r, d->type_code,
		    "%s is left out: it is not %s", row->field->source,
		    capi_buf_cstr(&s->text));
	}
	capi_filter_sent(f);
}

static void
explain_check(struct capi_filter *f, struct destination *d, const char *kind,
    const char *code, const struct capi_check *c)
{
	capi_buf_addf(&f->out, "%s\t-\t-\t%s: %s", d->dest.name, kind, code);
	if (c) {
		capi_buf_adds(&f->out, ": ");
		capi_check_say(&d->build, c, &f->out);
	}
	capi_buf_addc(&f->out, '\n');
}

/* All that is wrong with the event, not only what was found first. */
static void
explain_reason(struct capi_filter *f, struct destination *d, const char *kind)
{
	const struct capi_check *broken[CAPI_CHECKS];
	const struct capi_check *gate = capi_gate_checks();
	unsigned n = d->build.check ? capi_build_broken(&d->build, broken) : 0;

	for (unsigned i = 0; i < n; i++)
		explain_check(f, d,
		    broken[i]->severity == CAPI_LEAVE ? "withheld" : "refused",
		    broken[i]->code, broken[i]);
	if (n)
		return;
	while (gate->code && strcmp(gate->code, d->build.code))
		gate++;
	explain_check(f, d, kind, d->build.code, gate->code ? gate : NULL);
}

/* Why there is no request; capi-send makes a receipt of it. */
static void
write_reason(struct capi_filter *f, struct destination *d, const char *kind)
{
	struct state *s = f->state;
	const struct capi_build *b = &d->build;

	if (s->body)
		return;
	if (s->explain) {
		if (d->build.part)
			explain_part(f, s, d);
		explain_reason(f, d, kind);
		return;
	}
	begin_line(f, d);
	capi_json_key(&f->out, kind);
	capi_json_cstring(&f->out, b->code);
	if (b->check && b->check->severity == CAPI_REFUSE) {
		capi_json_key(&f->out, "reason");
		capi_json_cstring(&f->out, b->check->words);
	}
	capi_buf_add(&f->out, "}\n", 2);
}

/* Counted as if it were sent; but nobody said that it may be. */
static enum capi_outcome
only_cover(struct capi_filter *f, struct capi_record *r, struct destination *d)
{
	struct state *s = f->state;

	capi_buf_reset(&s->text);
	capi_build_write(&d->build, &s->text);
	cover(s, d);
	d->build.code = "consent.unknown";
	capi_filter_note(f, r, d->build.code,
	    "counted, but makes no request: consent.ad_user_data is neither "
	    "granted nor denied; say --consent-unknown send or withhold");
	return CAPI_WITHHELD;
}

/* One request of the event, or why there is none; true when another follows. */
static bool
build(struct capi_filter *f, struct capi_record *r, struct destination *d)
{
	struct state *s = f->state;
	struct capi_build *b = &d->build;
	enum capi_outcome outcome = capi_build_check(b, &s->event);
	bool more;

	if (b->part && !(b->mute && outcome != CAPI_BUILT))
		f->more++;
	if (outcome == CAPI_BUILT && s->coverage && !s->explain &&
	    is_undecided(s))
		outcome = only_cover(f, r, d);
	switch (outcome) {
	case CAPI_BUILT:
		built(f, r, d);
		break;
	case CAPI_REFUSED:
		if (b->mute)
			break;
		write_reason(f, d, "refused");
		capi_buf_reset(&s->text);
		capi_check_say(b, b->check, &s->text);
		capi_filter_refuse(
		    f, r, b->code, "%s", capi_buf_cstr(&s->text));
		break;
	case CAPI_WITHHELD:
		if (b->mute)
			break;
		write_reason(f, d, "withheld");
		capi_filter_withhold(f, b->code);
		break;
	case CAPI_ASK_CONSENT:
		capi_opt_misuse("%s:%" PRIu64 ": consent.ad_user_data is "
				"neither granted nor denied: say "
				"--consent-unknown send or withhold",
		    r->file, r->line);
	}
	more = capi_build_more(b, outcome);
	capi_build_end(b);
	return more;
}

/* Nothing in it that a terminal takes for a command. */
static void
add_word(struct capi_buf *out, struct capi_str s, const char *none)
{
	if (!s.n)
		capi_buf_adds(out, none);
	for (size_t i = 0; i < s.n; i++)
		capi_buf_addc(out, (unsigned char)s.p[i] < ' ' || s.p[i] == 127
				       ? '?'
				       : s.p[i]);
}

/* Which event the lines below are about. */
static void
explain_head(struct capi_filter *f, const struct capi_record *r)
{
	const struct capi_event *e = &((struct state *)f->state)->event;

	if (f->in > 1)
		capi_buf_addc(&f->out, '\n');
	add_word(&f->out, capi_event_str(e, CAPI_EVENT_NAME), "(no name)");
	capi_buf_addc(&f->out, ' ');
	add_word(&f->out, capi_event_str(e, CAPI_EVENT_ID), "(no id)");
	capi_buf_addf(&f->out, " (%s:%" PRIu64 ")\n", r->file, r->line);
}

static void
record(struct capi_filter *f, struct capi_record *r)
{
	struct state *s = f->state;

	capi_event_read(&s->event, r->json);
	if (s->explain)
		explain_head(f, r);
	for (size_t i = 0; i < s->dest_count; i++)
		while (build(f, r, &s->dests[i]))
			;
}

static void
release(struct state *s)
{
	for (size_t i = 0; i < s->dest_count; i++) {
		struct destination *d = &s->dests[i];

		for (size_t c = 0; d->bodies && c < CAPI_CALLS; c++)
			capi_buf_release(&d->bodies[c].buf);
		free(d->bodies);
		free(d->names);
		capi_buf_release(&d->head);
		capi_build_release(&d->build);
	}
	free(s->dests);
	capi_vocab_free(s->vocab);
	capi_config_free(s->config);
	capi_buf_release(&s->text);
}

static void
end(struct capi_filter *f)
{
	struct state *s = f->state;

	for (size_t i = 0; i < s->dest_count; i++) {
		struct destination *d = &s->dests[i];

		for (unsigned c = 0; s->body && c < CAPI_CALLS; c++)
			flush_body(f, d, c);
		if (s->coverage)
			print_coverage(d);
	}
	release(s);
}

int
main(int argc, char **argv)
{
	static const char *const consents[] = {"send", "withhold", NULL};
	static const char *const passes[] = {"pass", "refuse", NULL};
	static struct state s = {.consent_unknown = -1};
	const struct capi_opt options[] = {
	    {'p', "platforms", CAPI_OPT_LIST, &s.platforms, "LIST",
		"build for these destinations: meta, tiktok, meta:shop-b; "
		"the default is every section of the configuration",
		0, 0, NULL},
	    {0, "config", CAPI_OPT_STRING, &s.config_path, "FILE",
		"read destinations and their accounts from FILE", 0, 0, NULL},
	    {0, "consent-unknown", CAPI_OPT_CHOICE, &s.consent_unknown,
		"send|withhold",
		"what becomes of events whose consent is not known; there is "
		"no default",
		0, 0, consents},
	    {0, "unknown-events", CAPI_OPT_CHOICE, &s.names_unknown,
		"pass|refuse",
		"what becomes of event names that a platform takes but does "
		"not know; the default is pass",
		0, 0, passes},
	    {0, "body", CAPI_OPT_FLAG, &s.body, NULL,
		"print whole request bodies of one destination, a line each, "
		"for curl -d @-",
		0, 0, NULL},
	    {0, "test-code", CAPI_OPT_STRING, &s.test_code, "CODE",
		"put CODE into the bodies, for the platform's test console", 0,
		0, NULL},
	    {0, "explain", CAPI_OPT_FLAG, &s.explain, NULL,
		"instead of requests print where each member of each event "
		"comes from",
		0, 0, NULL},
	    {0, "coverage", CAPI_OPT_FLAG, &s.coverage, NULL,
		"at the end print how many events had each identifier, by "
		"destination and event name, and which none had",
		0, 0, NULL},
	    {0, "fields", CAPI_OPT_STRING, &s.fields, "PLATFORM",
		"print the platform's table of fields and end", 0, 0, NULL},
	    {0, "list-checks", CAPI_OPT_FLAG, &s.list_checks, NULL,
		"print every check with its words and its cure and end", 0, 0,
		NULL},
	    {0, NULL, 0, NULL, NULL, NULL, 0, 0, NULL},
	};
	struct capi_filter f = {
	    .program = {.name = "capi-build",
		.purpose = "events in, the ad platforms' requests out",
		.operands = "[FILE...]",
		.options = options},
	    .state = &s,
	    .begin = begin,
	    .record = record,
	    .end = end,
	    .has_now = true,
	    .by_code = true,
	};

	return capi_filter_main(&f, argc, argv);
}
