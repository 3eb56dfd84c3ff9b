/*
 * Command-line options as a table. The table is the only source of the
 * parser, of --help, of the manual's OPTIONS section and of the completions
 * (scripts/mkman and scripts/mkcompletion read --help).
 *
 * No abbreviations; options behind operands are refused, unless a file has that
 * name; `--` ends the options, `-` is an operand. Long options take their value
 * as --name=VALUE or --name VALUE.
 */
#ifndef CAPI_OPT_H
#define CAPI_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Values of an option that may come more than once or as a,b,c. */
struct capi_opt_list {
	const char **v;
	size_t n;
};

enum capi_opt_kind {
	CAPI_OPT_FLAG,   /* target: bool */
	CAPI_OPT_STRING, /* target: const char *; the last one counts */
	CAPI_OPT_NUMBER, /* target: int64_t; min..max */
	CAPI_OPT_CHOICE, /* target: int, an index into choices */
	CAPI_OPT_LIST,   /* target: struct capi_opt_list, split at commas */
	CAPI_OPT_REPEAT, /* target: struct capi_opt_list, each value whole */
	CAPI_OPT_HELP,
	CAPI_OPT_VERSION,
};

struct capi_opt {
	char letter;      /* 0: long form only */
	const char *name; /* without the dashes */
	enum capi_opt_kind kind;
	void *target;
	const char *arg;  /* name of the value in the help, in capitals */
	const char *help; /* one sentence, lower case, no full stop */
	int64_t min, max;
	const char *const *choices; /* ended by NULL */
};

struct capi_opt_program {
	const char *name;
	const char *purpose;                   /* one line: what it does */
	const char *operands;                  /* "[FILE...]" */
	const struct capi_opt *options;        /* ended by a row without name */
	const struct capi_opt *common_options; /* the same, printed after */
};

/*
 * Reads the options; returns the index of the first operand in argv. A wrong
 * command line ends the program with CAPI_EXIT_USAGE, --help and --version
 * end it with CAPI_EXIT_OK (or CAPI_EXIT_IO if they can not be printed).
 */
int capi_opt_parse(
    const struct capi_opt_program *program, int argc, char **argv);

/* "try 'capi-x --help'" behind a message of the caller, then the end. */
void capi_opt_misuse(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* A whole decimal number; false when it is none or out of range. */
bool capi_opt_number(const char *s, int64_t min, int64_t max, int64_t *number);

#endif
