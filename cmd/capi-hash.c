/* capi-hash: personal data to the digests that ad platforms take. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hash/canon.h"
#include "normalize/cells.h"
#include "hash/diagnosis.h"
#include "digest.h"
#include "filter.h"
#include "hash/form.h"
#include "hash/hash.h"
#include "hash/mistake.h"
#include "rule/place.h"
#include "hash/placeholder.h"
#include "platform.h"
#include "hash/shown.h"
#include "hash/vectors.h"
#include "hash/verdict.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum mode { FILTER, SHOW, CHECK, SELFTEST, LIST_FORMS, LIST_RULES };

struct state {
	/* Options. */
	struct capi_opt_list platforms;
	struct capi_opt_list rules;
	const char *field;
	const char *region_option;
	const char *country_option;
	int date_order; /* index into date_orders */
	bool check, selftest, list_forms, list_rules, json;

	enum mode mode;
	enum capi_identifier id; /* of --field; CAPI_IDS: not told */
	char region[3], country[3];
	struct capi_canon how;
	const struct capi_platform *named[16];
	size_t named_count;
	struct capi_filter *filter;

	/* The filter's. */
	struct capi_hash *hash;
	const struct capi_record *record;

	/* The terminal modes'. */
	struct capi_digest *digest;
	struct capi_checker *checker;
	struct capi_sum *sum;
	struct capi_buf text;
};

static const char *const date_orders[] = {"", "ymd", "dmy", "mdy", NULL};

/* The filter. */

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
hash_record(struct capi_filter *f, struct capi_record *r)
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
begin_filter(struct capi_filter *f, struct state *s)
{
	if (!s->named_count)
		capi_opt_misuse("-p wants the platforms that will take the "
				"events");
	s->hash = capi_hash_new(capi_json_names(f->json));
	if (!s->hash)
		capi_die(CAPI_EXIT_SYSTEM, "OpenSSL has no SHA-256");
	for (size_t i = 0; i < s->named_count; i++) {
		const char *why = capi_hash_platform(s->hash, s->named[i]);

		if (why)
			capi_opt_misuse("-p: %s: %s; leave capi-hash out of "
					"its pipeline",
			    s->named[i]->name, why);
	}
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

/* One value at the terminal. */

/* Returns whether any form could be made. */
static bool
show_value(struct state *s, struct capi_str value)
{
	struct capi_buf *out = &s->filter->out;
	struct capi_shown shown;

	capi_shown_make(
	    &shown, s->digest, s->id, s->named, s->named_count, value, &s->how);
	if (shown.placeholder)
		capi_warn("a placeholder, which the filter leaves out: %s",
		    shown.placeholder);
	if (s->json)
		capi_shown_json(out, &shown);
	else
		capi_shown_table(out, &shown);
	return shown.any;
}

static enum capi_exit
show_lines(struct state *s)
{
	struct capi_lines lines;
	enum capi_exit status = CAPI_EXIT_OK;
	enum capi_lines_result result;
	bool first = true;
	char *line;
	size_t n;

	memset(&lines, 0, sizeof(lines));
	capi_lines_open(&lines, STDIN_FILENO, (size_t)s->filter->max_record);
	while (
	    (result = capi_lines_next(&lines, &line, &n)) != CAPI_LINES_END) {
		if (result == CAPI_LINES_FAILED)
			capi_die(CAPI_EXIT_IO, "standard input: can not be "
					       "read");
		if (!first && !s->json)
			capi_buf_addc(&s->filter->out, '\n');
		first = false;
		if (result == CAPI_LINES_TOO_LONG ||
		    !show_value(s, (struct capi_str){line, n}))
			status = CAPI_EXIT_FINDINGS;
		capi_filter_flush(s->filter);
	}
	capi_lines_release(&lines);
	return status;
}

static enum capi_exit
show(struct state *s, int argc, char **argv, int first)
{
	enum capi_exit status = CAPI_EXIT_OK;

	if (first == argc)
		return show_lines(s);
	for (int i = first; i < argc; i++) {
		if (i > first && !s->json)
			capi_buf_addc(&s->filter->out, '\n');
		if (!show_value(s, (struct capi_str){argv[i], strlen(argv[i])}))
			status = CAPI_EXIT_FINDINGS;
	}
	return status;
}

/* Checking. */

/* One row of a file, or the pair of the command line (line 0). */
static bool
check_pair(struct state *s, enum capi_identifier id, struct capi_str value,
    struct capi_str digest, const char *region, uint64_t line)
{
	struct capi_buf *out = &s->filter->out;
	struct capi_canon how = s->how;
	struct capi_verdict v;

	if (*region)
		how.region = how.country = region;
	capi_verdict_find(
	    &v, s->checker, id, s->named, s->named_count, value, digest, &how);
	if (!line)
		capi_verdict_explain(&v, s->checker, value, digest, &how);
	if (line)
		capi_sum_add(s->sum, id, &v.finding, how.region, line);
	if (s->json)
		capi_verdict_json(out, &v, line);
	else if (!line)
		capi_verdict_words(out, &v);
	return v.good;
}

/* The columns that are looked for, and their names in files of others. */
enum column { FIELD, VALUE, DIGEST, REGION, COLUMNS };

static const char *const column_names[COLUMNS][6] = {
    {"field", "identifier", "kind"},
    {"value", "plain", "raw", "input"},
    {"digest", "hash", "sha256", "sha-256", "hashed"},
    {"region", "country", "country_code"},
};

static enum column
column_of(struct capi_str name)
{
	name = capi_text_trim(name.p, name.n);
	for (int c = 0; c < COLUMNS; c++)
		for (size_t i = 0; i < 6 && column_names[c][i]; i++)
			if (capi_str_is_nocase(name, column_names[c][i]))
				return (enum column)c;
	return COLUMNS;
}

/* Upper case, or "" when it is no country. */
static void
read_region(struct capi_str s, char region[3])
{
	s = capi_text_trim(s.p, s.n);
	region[0] = '\0';
	if (s.n && capi_place_country(s.p, s.n, region))
		region[0] = '\0';
}

static void
check_row(struct capi_filter *f, struct capi_record *r,
    const struct capi_str *columns)
{
	struct state *s = f->state;
	enum capi_identifier id = s->id;
	struct capi_str field =
	    capi_text_trim(columns[FIELD].p, columns[FIELD].n);
	char region[3];

	if (field.n) {
		id = capi_identifier_find(field.p, field.n);
		if (id == CAPI_IDS) {
			capi_filter_refuse(
			    f, r, "field", "no identifier of that name");
			return;
		}
	}
	if (id == CAPI_IDS) {
		capi_filter_refuse(
		    f, r, NULL, "no column or member field, and no -f");
		return;
	}
	if (!columns[DIGEST].n) {
		capi_filter_refuse(f, r, "digest", "empty");
		return;
	}
	read_region(columns[REGION], region);
	if (!check_pair(
		s, id, columns[VALUE], columns[DIGEST], region, r->line))
		capi_filter_raise(f, CAPI_EXIT_FINDINGS);
	capi_filter_sent(f);
}

static void
check_record(struct capi_filter *f, struct capi_record *r)
{
	struct capi_str columns[COLUMNS] = {{"", 0}, {"", 0}, {"", 0}, {"", 0}};

	for (const struct capi_json *v = r->json->child; v; v = v->next) {
		enum column c =
		    column_of((struct capi_str){v->key, v->key_len});

		if (c < COLUMNS && (v->type == CAPI_JSON_STRING ||
				       v->type == CAPI_JSON_NUMBER))
			columns[c] = (struct capi_str){v->text, v->len};
	}
	check_row(f, r, columns);
}

static void
check_csv(struct capi_filter *f, const char *file)
{
	struct capi_cells cells = CAPI_CELLS_INIT;
	struct capi_record r = {.file = file, .text = "", .len = 0};
	enum column column[CAPI_CELLS_MOST];
	size_t columns = 0;
	enum capi_lines_result result;
	char delimiter = ',';
	char *line;
	size_t n;

	while ((result = capi_lines_next(&f->lines, &line, &n)) ==
	       CAPI_LINES_LINE) {
		struct capi_str found[COLUMNS] = {
		    {"", 0}, {"", 0}, {"", 0}, {"", 0}};

		if (!n && !cells.open)
			continue;
		if (!cells.open)
			r.line = f->lines.line;
		if (!columns)
			delimiter = capi_cells_delimiter(line, n);
		capi_cells_take(&cells, line, n, delimiter);
		if (cells.open)
			continue;
		for (size_t i = 0; i < cells.count; i++) {
			if (!columns)
				column[i] = column_of(capi_cells_at(&cells, i));
			else if (i < columns && column[i] < COLUMNS)
				found[column[i]] = capi_cells_at(&cells, i);
		}
		if (!columns) {
			columns = cells.count;
			continue;
		}
		f->in++;
		check_row(f, &r, found);
	}
	capi_buf_release(&cells.text);
	if (result == CAPI_LINES_END && !cells.open)
		return;
	capi_warn("%s: %s", file,
	    result == CAPI_LINES_FAILED ? "can not be read"
	    : cells.open                ? "ends inside quotes"
					: "a line that is too long");
	capi_filter_raise(f, CAPI_EXIT_DATA);
}

static void
check_source(struct capi_filter *f, int fd, const char *file)
{
	const char *head;
	size_t n = capi_lines_peek(&f->lines, 512, &head);
	struct capi_str s = capi_text_trim(head, n);

	(void)fd;
	if (s.n && s.p[0] == '{')
		capi_filter_ndjson(f, file);
	else
		check_csv(f, file);
}

static void
check_end(struct capi_filter *f)
{
	struct state *s = f->state;

	if (s->mode == CHECK && !s->json)
		capi_sum_words(&f->out, s->sum);
}

/* The end of a mode that is no filter and has no counts to tell. */
static int
end_terminal(struct capi_filter *f, enum capi_exit status)
{
	capi_filter_flush(f);
	capi_lines_release(&f->lines);
	capi_buf_release(&f->out);
	capi_arena_release(&f->arena);
	capi_json_parser_free(f->json);
	return (int)status;
}

static enum capi_exit
check(struct state *s, int argc, char **argv, int first)
{
	struct capi_filter *f = s->filter;
	bool good;

	if (s->id < CAPI_IDS && argc - first == 2) {
		good = check_pair(s, s->id,
		    (struct capi_str){argv[first], strlen(argv[first])},
		    (struct capi_str){argv[first + 1], strlen(argv[first + 1])},
		    "", 0);
		return (enum capi_exit)end_terminal(
		    f, good ? CAPI_EXIT_OK : CAPI_EXIT_FINDINGS);
	}
	/* A value whose digest was forgotten is not to be told as a file. */
	if (s->id < CAPI_IDS && first < argc && strcmp(argv[first], "-") &&
	    access(argv[first], F_OK))
		capi_opt_misuse("--check -f FIELD wants VALUE and DIGEST, or "
				"files");
	if (first == argc)
		capi_filter_file(f, "-");
	for (int i = first; i < argc; i++)
		capi_filter_file(f, argv[i]);
	return (enum capi_exit)capi_filter_finish(f);
}

/* Lists, and the proof. */

static void
list_forms(struct state *s)
{
	struct capi_buf *out = &s->filter->out;

	for (const struct capi_form *form = capi_forms; form->name; form++) {
		struct capi_taken taken[CAPI_MISTAKE_FORMS];
		size_t count = capi_diagnosis_taken(
		    taken, form->id, s->named, s->named_count);
		const struct capi_taken *t =
		    capi_diagnosis_of(taken, count, form);

		capi_buf_addf(out, "%-13s  %-11s  ", capi_identifiers[form->id],
		    form->name);
		if (t)
			capi_diagnosis_names(out, t);
		else
			capi_buf_adds(out, "by rule set only");
		capi_buf_addf(out, "\n    %s\n    %s, %s\n", form->words,
		    form->page, form->read);
	}
}

static void
list_rules(struct state *s)
{
	struct capi_buf *out = &s->filter->out;

	for (const struct capi_rule_set *r = capi_rule_sets; r->name; r++) {
		capi_buf_addf(out, "%s  (%s, %s)\n    %s\n", r->name,
		    r->platform, r->version, r->words);
		for (const struct capi_rule *rule = capi_rules; rule->set;
		     rule++)
			if (!strcmp(rule->set, r->name))
				capi_buf_addf(out, "    %s: %s%s%s\n",
				    capi_identifiers[rule->id], rule->form,
				    rule->beside ? " beside " : ", in plain",
				    rule->beside ? rule->beside : "");
	}
}

static const char *
set_of(const struct capi_vector *v)
{
	return *v->set ? v->set : "page and tests";
}

/* Vectors of one platform and rule set stand together or not; each group is
 * counted at its first row. */
static bool
is_first_of_group(const struct capi_vector *v)
{
	for (const struct capi_vector *w = capi_vectors; w < v; w++)
		if (!strcmp(w->platform, v->platform) &&
		    !strcmp(w->set, v->set))
			return false;
	return true;
}

static enum capi_exit
selftest(struct state *s)
{
	struct capi_buf *out = &s->filter->out;
	size_t all = 0, held = 0;

	for (const struct capi_vector *g = capi_vectors; g->platform; g++) {
		size_t n = 0, good = 0;

		if (!is_first_of_group(g))
			continue;
		for (const struct capi_vector *v = g; v->platform; v++) {
			if (strcmp(v->platform, g->platform) != 0 ||
			    strcmp(v->set, g->set) != 0)
				continue;
			n++;
			if (capi_vector_holds(v, s->digest, &s->text)) {
				good++;
				continue;
			}
			capi_buf_addf(out, "wrong: %s %s %s: \"%s\"\n",
			    v->platform, capi_identifiers[v->id], v->form,
			    v->input);
		}
		capi_buf_addf(out, "%-10s %-14s %3zu of %3zu vectors hold\n",
		    g->platform, set_of(g), good, n);
		all += n;
		held += good;
	}
	capi_buf_addf(out, "%zu of %zu hold\n", held, all);
	return held == all ? CAPI_EXIT_OK : CAPI_EXIT_FINDINGS;
}

/* Options. */

static void
name_platforms(struct state *s)
{
	for (size_t i = 0; i < s->platforms.n; i++) {
		const char *name = s->platforms.v[i];
		const struct capi_platform *p =
		    capi_platform_find(name, strlen(name));
		struct capi_buf words = CAPI_BUF_INIT(4096);

		if (!p) {
			for (size_t k = 0; capi_platforms[k]; k++)
				capi_buf_addf(&words, "%s%s", k ? ", " : "",
				    capi_platforms[k]->name);
			capi_opt_misuse("-p: no platform %s; there are %s",
			    name, capi_buf_cstr(&words));
		}
		if (s->named_count < COUNT(s->named))
			s->named[s->named_count++] = p;
	}
}

static void
read_country(const char *option, const char *text, char country[3])
{
	if (text && capi_place_country(text, strlen(text), country))
		capi_opt_misuse("--%s: no country of ISO 3166-1", option);
}

static void
choose_mode(struct state *s)
{
	s->id = CAPI_IDS;
	if (s->field)
		s->id = capi_identifier_find(s->field, strlen(s->field));
	if (s->field && s->id == CAPI_IDS)
		capi_opt_misuse("-f: no identifier of that name; "
				"--list-forms shows them");
	s->mode = s->selftest     ? SELFTEST
		  : s->list_forms ? LIST_FORMS
		  : s->list_rules ? LIST_RULES
		  : s->check      ? CHECK
		  : s->field      ? SHOW
				  : FILTER;
	if (s->mode == FILTER && s->json)
		capi_opt_misuse("--json goes with -f or --check");
}

static void
begin(struct capi_filter *f)
{
	static const enum capi_when_order orders[] = {CAPI_WHEN_ORDER_UNKNOWN,
	    CAPI_WHEN_YMD, CAPI_WHEN_DMY, CAPI_WHEN_MDY};
	struct state *s = f->state;

	s->filter = f;
	choose_mode(s);
	name_platforms(s);
	read_country("region", s->region_option, s->region);
	read_country("country", s->country_option, s->country);
	/* Told once, it holds for phone and address. */
	if (!*s->region)
		memcpy(s->region, s->country, sizeof(s->region));
	if (!*s->country)
		memcpy(s->country, s->region, sizeof(s->country));
	s->how = (struct capi_canon){
	    s->region, s->country, orders[s->date_order], f->now};
	if (s->mode == FILTER) {
		begin_filter(f, s);
		return;
	}
	s->text.max = (size_t)1 << 20;
	s->digest = capi_digest_new();
	s->checker = capi_checker_new();
	s->sum = capi_sum_new();
	if (!s->digest || !s->checker)
		capi_die(CAPI_EXIT_SYSTEM, "OpenSSL has no SHA-256");
	if (s->mode == CHECK) {
		f->source = check_source;
		f->record = check_record;
	}
}

static void
release(struct state *s)
{
	capi_hash_free(s->hash);
	capi_checker_free(s->checker);
	capi_sum_free(s->sum);
	capi_digest_free(s->digest);
	capi_buf_release(&s->text);
}

static int
run(struct state *s, int argc, char **argv, int first)
{
	struct capi_filter *f = s->filter;
	enum capi_exit status = CAPI_EXIT_OK;

	switch (s->mode) {
	case FILTER:
		if (first == argc)
			capi_filter_file(f, "-");
		for (int i = first; i < argc; i++)
			capi_filter_file(f, argv[i]);
		return capi_filter_finish(f);
	case CHECK:
		return check(s, argc, argv, first);
	case SHOW:
		status = show(s, argc, argv, first);
		break;
	case SELFTEST:
		status = selftest(s);
		break;
	case LIST_FORMS:
		list_forms(s);
		break;
	case LIST_RULES:
		list_rules(s);
		break;
	}
	return end_terminal(f, status);
}

int
main(int argc, char **argv)
{
	static struct state s; /* as long-lived as the options' lists */
	const struct capi_opt options[] = {
	    {'p', "platforms", CAPI_OPT_LIST, &s.platforms, "LIST",
		"hash for these platforms; with -f and --check only they "
		"count",
		0, 0, NULL},
	    {0, "rules", CAPI_OPT_LIST, &s.rules, "LIST",
		"add the spellings of these rule sets to the lists that "
		"allow more than one",
		0, 0, NULL},
	    {'f', "field", CAPI_OPT_STRING, &s.field, "FIELD",
		"show the forms of the VALUEs, or of the lines of standard "
		"input, of this identifier: email, phone, ...",
		0, 0, NULL},
	    {0, "check", CAPI_OPT_FLAG, &s.check, NULL,
		"tell whether digests are right and if not why: VALUE DIGEST "
		"with -f, or files (CSV with a header, or NDJSON) with field, "
		"value, digest, region",
		0, 0, NULL},
	    {0, "region", CAPI_OPT_STRING, &s.region_option, "CC",
		"the country of phone numbers in national form", 0, 0, NULL},
	    {0, "country", CAPI_OPT_STRING, &s.country_option, "CC",
		"the country of states and postal codes", 0, 0, NULL},
	    {0, "date-order", CAPI_OPT_CHOICE, &s.date_order, "ORDER",
		"the order of birth dates that leave it open: ymd, dmy, mdy", 0,
		0, date_orders},
	    {0, "json", CAPI_OPT_FLAG, &s.json, NULL,
		"with -f and --check: an object a line instead of words", 0, 0,
		NULL},
	    {0, "selftest", CAPI_OPT_FLAG, &s.selftest, NULL,
		"prove all published vectors, then end", 0, 0, NULL},
	    {0, "list-forms", CAPI_OPT_FLAG, &s.list_forms, NULL,
		"print all forms with their rules, then end", 0, 0, NULL},
	    {0, "list-rules", CAPI_OPT_FLAG, &s.list_rules, NULL,
		"print all rule sets, then end", 0, 0, NULL},
	    {0},
	};
	struct capi_filter f = {
	    .program = {"capi-hash",
		"Replaces personal data in events by the digests that ad "
		"platforms take; shows and checks such digests.",
		"[FILE... | VALUE...]", options, NULL},
	    .state = &s,
	    .begin = begin,
	    .record = hash_record,
	    .end = check_end,
	    .has_now = true,
	};
	int first = capi_filter_start(&f, argc, argv);
	int status = run(&s, argc, argv, first);

	release(&s);
	return status;
}
