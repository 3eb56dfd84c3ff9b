/* capi-hash: personal data to the digests that ad platforms take. */
#include <stdio.h>
#include <string.h>

#include "filter.h"
#include "form.h"
#include "hash.h"
#include "platform.h"

struct state {
	struct capi_opt_list platforms;
	struct capi_opt_list rules;
	struct capi_hash *hash;
	struct capi_filter *filter;
	const struct capi_record *record;
};

static void
on_note(void *arg, const char *field, const char *why, const char *what)
{
	struct state *s = arg;

	if (what)
		capi_filter_note(
		    s->filter, s->record, field, "left out: %s: %s", why, what);
	else
		capi_filter_note(
		    s->filter, s->record, field, "left out: %s", why);
}

static void
on_record(struct capi_filter *f, struct capi_record *r)
{
	struct state *s = f->state;

	s->record = r;
	if (!capi_hash_event(s->hash, r->json, &f->arena, on_note, s)) {
		capi_filter_refuse(f, r, "user_data", "not an object");
		return;
	}
	capi_filter_emit(f, r->json);
}

static void
name_platforms(char *words, size_t size)
{
	*words = '\0';
	for (size_t i = 0; capi_platforms[i]; i++) {
		size_t n = strlen(words);

		if (capi_platforms[i]->plain)
			continue;
		snprintf(words + n, size - n, "%s%s", n ? ", " : "",
		    capi_platforms[i]->name);
	}
}

static void
add_platform(struct state *s, const char *name)
{
	const struct capi_platform *p = capi_platform_find(name, strlen(name));
	const char *why;
	char words[512];

	if (!p) {
		name_platforms(words, sizeof(words));
		capi_opt_misuse(
		    "-p: no platform %s; there are %s", name, words);
	}
	why = capi_hash_platform(s->hash, p);
	if (why)
		capi_opt_misuse("-p: %s: %s; leave capi-hash out of its "
				"pipeline",
		    name, why);
}

static void
begin(struct capi_filter *f)
{
	struct state *s = f->state;

	s->filter = f;
	s->hash = capi_hash_new();
	if (!s->hash)
		capi_die(CAPI_EXIT_SYSTEM, "OpenSSL has no SHA-256");
	if (!s->platforms.n)
		capi_opt_misuse("-p wants the platforms that will take the "
				"events");
	for (size_t i = 0; i < s->platforms.n; i++)
		add_platform(s, s->platforms.v[i]);
	for (size_t i = 0; i < s->rules.n; i++) {
		const struct capi_rule_set *set =
		    capi_rule_set_find(s->rules.v[i]);

		if (!set)
			capi_opt_misuse("--rules: no rule set %s; "
					"--list-rules shows them",
			    s->rules.v[i]);
		capi_hash_rules(s->hash, set);
	}
}

static void
end(struct capi_filter *f)
{
	struct state *s = f->state;

	capi_hash_free(s->hash);
}

int
main(int argc, char **argv)
{
	struct state s = {0};
	const struct capi_opt options[] = {
	    {'p', "platforms", CAPI_OPT_LIST, &s.platforms, "LIST",
		"hash for these platforms", 0, 0, NULL},
	    {0, "rules", CAPI_OPT_LIST, &s.rules, "LIST",
		"add the spellings of these rule sets", 0, 0, NULL},
	    {0},
	};
	struct capi_filter f = {
	    .program = {"capi-hash",
		"Replaces personal data in events by the digests that ad "
		"platforms take.",
		"[FILE...]", options, NULL},
	    .state = &s,
	    .begin = begin,
	    .record = on_record,
	    .end = end,
	};

	return capi_filter_main(&f, argc, argv);
}
