/*
 * The loop that all five programs share: options, inputs, one record at a
 * time to the program's function, output, refused records, the summary and
 * the exit status. A program is a table of options and a function.
 *
 * Promises kept here for all: a bad record is reported (file, line, field,
 * reason, never the value) and does not stop the stream; what is owed to the
 * next program is flushed before a read that could block; a failed write ends
 * the program with CAPI_EXIT_IO; in = out + refused + withheld.
 */
#ifndef CAPI_FILTER_H
#define CAPI_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "err.h"
#include "json.h"
#include "lines.h"
#include "opt.h"
#include "records.h"

#define CAPI_TALLY_KEY 128 /* longer ones end at a word, with "..." */

/* What became of records, by reason, for the summary. */
struct capi_tally {
	const char *what; /* "refused", "withheld", "left out", "noted" */
	char key[CAPI_TALLY_KEY]; /* "phone: too short", "consent.denied" */
	uint64_t count;
};

#define CAPI_FILTER_TALLIES 256

struct capi_filter {
	/* The program fills these in. */
	struct capi_opt_program program; /* common options are added */
	void *state;
	/* After the options are read; may end the program. Or NULL. */
	void (*begin)(struct capi_filter *f);
	/* Once for each record. It calls one of _emit, _sent, _refuse or
	 * _withhold, or counts for itself. */
	void (*record)(struct capi_filter *f, struct capi_record *r);
	/* Reads one opened file instead of the NDJSON loop. Or NULL. */
	void (*source)(struct capi_filter *f, int fd, const char *file);
	/* When the input could block, before the output is flushed. Or NULL. */
	void (*idle)(struct capi_filter *f);
	/* After the last record, before the summary. Or NULL. */
	void (*end)(struct capi_filter *f);
	bool no_rejects; /* the program has no use for -r and --strict */
	bool has_now;    /* the program looks at the clock: --now */
	bool by_code;    /* the field of a report is a code that says all: it
			  * alone is what is counted */
	/* Lines out for a record in: in x copies = out + refused + withheld,
	 * and a line that is no record counts so often. 0 is 1. */
	unsigned copies;
	uint64_t more; /* lines beyond those: a record may make a second one */

	/* Common options. */
	const char *rejects;
	bool strict;
	bool summary;
	int64_t max_record; /* bytes */
	int64_t now;        /* unix seconds, fixed at the start */

	/* For the program's use. */
	struct capi_buf out;
	struct capi_arena arena; /* reset before each record */
	struct capi_json_parser *json;
	uint64_t in, sent, refused, withheld;
	uint64_t back;         /* of those sent: refused by who takes them */
	enum capi_exit status; /* raise it with capi_filter_raise */

	/* Private. */
	struct capi_lines lines;
	size_t written;  /* bytes of `out` that are */
	size_t write_at; /* its length at which to look for more to write */
	int pipe_size;   /* of standard output; -1: no pipe */
	struct capi_buf reject_buf;
	int reject_fd;
	struct capi_tally tallies[CAPI_FILTER_TALLIES];
	size_t tally_count;
};

/* The whole life of a filter; returns the exit status. */
int capi_filter_main(struct capi_filter *f, int argc, char **argv);

/* The pieces of it, for programs that read files named by options. _start
 * returns the index of the first operand. */
int capi_filter_start(struct capi_filter *f, int argc, char **argv);
void capi_filter_file(struct capi_filter *f, const char *path);
int capi_filter_finish(struct capi_filter *f);

/* The standard NDJSON loop over an open file, for programs that have a
 * `source` of their own and find NDJSON in it. f->lines is open on it. */
void capi_filter_ndjson(struct capi_filter *f, const char *file);

/* The tree as one line of output. */
void capi_filter_emit(struct capi_filter *f, const struct capi_json *json);
/* The program has put a line, newline included, into f->out itself. */
void capi_filter_sent(struct capi_filter *f);

/* This record goes no further: reported, counted, kept with -r. `field` may
 * be NULL. The message must not hold a value of the record. */
void capi_filter_refuse(struct capi_filter *f, const struct capi_record *r,
    const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* This record goes no further by rule, not by fault: counted only. */
void capi_filter_withhold(struct capi_filter *f, const char *reason);

/* A record that was counted as sent was refused where it went, and is kept
 * there: it counts as refused and not as out. Not reported. */
void capi_filter_back(struct capi_filter *f, const char *reason);

/* The record goes on, but something in it was left out or looks wrong:
 * reported and counted under "noted". */
void capi_filter_note(struct capi_filter *f, const struct capi_record *r,
    const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Counts without a report. `what` must be a literal. */
void capi_filter_tally(
    struct capi_filter *f, const char *what, const char *key);

void capi_filter_raise(struct capi_filter *f, enum capi_exit status);
void capi_filter_flush(struct capi_filter *f);

/*
 * Opens a file for reading ("-" is standard input), refusing directories.
 * Returns the descriptor, or -1 after a message.
 */
int capi_filter_open(const char *path);

/* write(2) until all is written; -1 with errno. */
int capi_write_all(int fd, const char *p, size_t n);

/* What kind of file begins like this, if it is not text: "a zip or xlsx
 * file", "gzip data", ... or NULL. */
const char *capi_filter_not_text(const char *p, size_t n);

#endif
