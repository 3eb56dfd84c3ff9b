#include "opt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "text.h"

#ifndef CAPI_VERSION
#define CAPI_VERSION "unknown"
#endif

void
capi_opt_misuse(const char *fmt, ...)
{
	char message[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	capi_die(
	    CAPI_EXIT_USAGE, "%s (try '%s --help')", message, capi_err_name());
}

bool
capi_opt_number(const char *s, int64_t min, int64_t max, int64_t *number)
{
	char *end;
	long long n;

	if (!capi_is_digit(s[s[0] == '-']))
		return false;
	errno = 0;
	n = strtoll(s, &end, 10);
	if (*end || errno || n < min || n > max)
		return false;
	*number = n;
	return true;
}

static bool
takes_value(const struct capi_opt *o)
{
	return o->kind != CAPI_OPT_FLAG && o->kind != CAPI_OPT_HELP &&
	       o->kind != CAPI_OPT_VERSION;
}

static void
print_wrapped(const char *text, const char *indent, size_t width)
{
	while (*text) {
		size_t n = strlen(text);

		if (n > width) {
			n = width;
			while (n && text[n] != ' ')
				n--;
			if (!n)
				n = strcspn(text, " ");
		}
		printf("%s%.*s\n", indent, (int)n, text);
		text += n;
		text += *text == ' ';
	}
}

static void
print_option(const struct capi_opt *o)
{
	char left[80];

	if (o->letter)
		snprintf(left, sizeof(left), "  -%c, --%s%s%s", o->letter,
		    o->name, o->arg ? " " : "", o->arg ? o->arg : "");
	else
		snprintf(left, sizeof(left), "      --%s%s%s", o->name,
		    o->arg ? " " : "", o->arg ? o->arg : "");
	printf("%s\n", left);
	print_wrapped(o->help, "          ", 68);
}

static void
help(const struct capi_opt_program *p)
{
	printf("Usage: %s [OPTION...]%s%s\n", p->name, *p->operands ? " " : "",
	    p->operands);
	print_wrapped(p->purpose, "", 78);
	printf("\nOptions:\n");
	for (const struct capi_opt *o = p->options; o->name; o++)
		print_option(o);
	for (const struct capi_opt *o = p->common_options; o && o->name; o++)
		print_option(o);
	printf("\nExit status:\n");
	for (const struct capi_exit_text *t = capi_exit_texts; t->text; t++)
		printf("  %2d  %s\n", t->code, t->text);
	printf("\nThe manual: man %s, man 7 capi\n", p->name);
}

static _Noreturn void
end_after_printing(void)
{
	if (fflush(stdout) || ferror(stdout))
		capi_die(CAPI_EXIT_IO, "standard output: %s", strerror(errno));
	exit(CAPI_EXIT_OK);
}

static void
list_add(struct capi_opt_list *list, const char *value)
{
	list->v = capi_realloc(list->v, (list->n + 1) * sizeof(*list->v));
	list->v[list->n++] = value;
}

/* The pieces live as long as the process, as argv does. */
static void
list_split(struct capi_opt_list *list, const char *value, const char *option)
{
	char *copy = strdup(value);

	if (!copy)
		capi_die(CAPI_EXIT_SYSTEM, "out of memory");
	for (char *piece = copy; piece;) {
		char *comma = strchr(piece, ',');

		if (comma)
			*comma++ = '\0';
		if (!*piece)
			capi_opt_misuse(
			    "--%s: an empty name in the list", option);
		list_add(list, piece);
		piece = comma;
	}
	/* The first piece keeps the whole copy alive. */
}

static void
choose(const struct capi_opt *o, const char *value)
{
	char words[256] = "";

	for (int i = 0; o->choices[i]; i++) {
		if (!strcmp(o->choices[i], value)) {
			*(int *)o->target = i;
			return;
		}
		snprintf(words + strlen(words), sizeof(words) - strlen(words),
		    "%s%s", i ? ", " : "", o->choices[i]);
	}
	capi_opt_misuse("--%s: not one of %s", o->name, words);
}

static void
apply(const struct capi_opt_program *p, const struct capi_opt *o,
    const char *value)
{
	switch (o->kind) {
	case CAPI_OPT_FLAG:
		*(bool *)o->target = true;
		return;
	case CAPI_OPT_STRING:
		*(const char **)o->target = value;
		return;
	case CAPI_OPT_NUMBER:
		if (!capi_opt_number(value, o->min, o->max, o->target))
			capi_opt_misuse("--%s: not a number from %" PRId64
					" to %" PRId64,
			    o->name, o->min, o->max);
		return;
	case CAPI_OPT_CHOICE:
		choose(o, value);
		return;
	case CAPI_OPT_LIST:
		list_split(o->target, value, o->name);
		return;
	case CAPI_OPT_REPEAT:
		list_add(o->target, value);
		return;
	case CAPI_OPT_HELP:
		help(p);
		end_after_printing();
	case CAPI_OPT_VERSION:
		printf("%s (capi) %s\n", p->name, CAPI_VERSION);
		end_after_printing();
	}
}

static const struct capi_opt *
find(const struct capi_opt_program *p, char letter, const char *name, size_t n)
{
	const struct capi_opt *tables[] = {p->options, p->common_options};

	for (size_t i = 0; i < 2; i++)
		for (const struct capi_opt *o = tables[i]; o && o->name; o++)
			if (name ? strlen(o->name) == n &&
				       !memcmp(o->name, name, n)
				 : o->letter && o->letter == letter)
				return o;
	return NULL;
}

static const char *
nearest(const struct capi_opt_program *p, const char *name, size_t n)
{
	const struct capi_opt *tables[] = {p->options, p->common_options};
	const char *words[128];
	size_t count = 0;

	for (size_t i = 0; i < 2; i++)
		for (const struct capi_opt *o = tables[i]; o && o->name; o++)
			if (count < 128)
				words[count++] = o->name;
	return capi_text_nearest((struct capi_str){name, n}, words, count);
}

/* One argument of the form --name, --name=value or --name value. */
static int
parse_long(const struct capi_opt_program *p, char **argv, int i)
{
	const char *name = argv[i] + 2;
	size_t n = strcspn(name, "=");
	const char *value = name[n] ? name + n + 1 : NULL;
	const struct capi_opt *o = find(p, 0, name, n);

	if (!o) {
		const char *near = nearest(p, name, n);

		if (near)
			capi_opt_misuse(
			    "no option --%.*s; --%s?", (int)n, name, near);
		capi_opt_misuse("no option --%.*s", (int)n, name);
	}
	if (!takes_value(o)) {
		if (value)
			capi_opt_misuse("--%s takes no value", o->name);
		apply(p, o, NULL);
		return i;
	}
	if (!value)
		value = argv[++i];
	if (!value)
		capi_opt_misuse("--%s wants %s", o->name, o->arg);
	apply(p, o, value);
	return i;
}

/* One argument of letters: -a, -ab, -aVALUE or -a VALUE. */
static int
parse_letters(const struct capi_opt_program *p, char **argv, int i)
{
	for (const char *c = argv[i] + 1; *c; c++) {
		const struct capi_opt *o = find(p, *c, NULL, 0);
		const char *value;

		if (!o)
			capi_opt_misuse("no option -%c", *c);
		if (!takes_value(o)) {
			apply(p, o, NULL);
			continue;
		}
		value = c[1] ? c + 1 : argv[++i];
		if (!value)
			capi_opt_misuse("-%c wants %s", o->letter, o->arg);
		apply(p, o, value);
		return i;
	}
	return i;
}

/* An option behind a file would be taken for another file, after the work on
 * the first one is done. */
static void
refuse_late(int argc, char **argv, int first)
{
	for (int i = first + 1; i < argc; i++)
		if (argv[i][0] == '-' && argv[i][1] && access(argv[i], F_OK))
			capi_opt_misuse(
			    "%s: options come before files", argv[i]);
}

int
capi_opt_parse(const struct capi_opt_program *p, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		if (!strcmp(argv[i], "--"))
			return i + 1;
		i = argv[i][1] == '-' ? parse_long(p, argv, i)
				      : parse_letters(p, argv, i);
	}
	refuse_late(argc, argv, i);
	return i;
}
