/*
 * Rows of a CSV file as people really have them. libcsv splits the cells (RFC
 * 4180: quotes, doubled quotes, newlines in quotes); what comes before and
 * after it is done here: encoding, delimiter, line numbers, limits, and
 * getting over a damaged row. csv.c is the only file that includes libcsv.
 *
 * Encoding: a byte order mark decides; NUL bytes at every other place are
 * UTF-16; else the text is UTF-8 until a row is not. If no row before it had
 * a multi-byte character, the file is Windows-1252 from there on (everything
 * before was ASCII, which both share); otherwise the row's bad bytes become
 * U+FFFD, which no rule for names or addresses lets pass.
 *
 * Delimiter: the most frequent of , ; tab | in the first line outside quotes.
 * A first line "sep=;" is an instruction of Excel's and says it.
 *
 * Spaces around a cell go, also around quotes. An Excel guard goes too: a '
 * before + - = @ or a digit, and ="...". Rows without any text are skipped.
 *
 * Memory: one row and one block, whatever the file's length.
 */
#ifndef CAPI_CSV_H
#define CAPI_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lines.h"
#include "text.h"

#define CAPI_CSV_COLUMNS 4096

enum capi_csv_result {
	CAPI_CSV_ROW,
	CAPI_CSV_END,
	/* A row that can not be used; the next call goes on behind it. */
	CAPI_CSV_TOO_LONG,
	CAPI_CSV_TOO_WIDE, /* over CAPI_CSV_COLUMNS cells */
	CAPI_CSV_NUL,
	CAPI_CSV_OPEN_QUOTE, /* the file ends inside a quoted cell */
	/* The file can not be read at all, or no further. */
	CAPI_CSV_FAILED,      /* read(2), errno says why */
	CAPI_CSV_NO_ENCODING, /* iconv does not know the name */
};

struct capi_csv_row {
	struct capi_str *cell; /* UTF-8, no NUL behind */
	size_t count;
	uint64_t line; /* where it begins, from 1 */
	struct capi_str text;
	bool after_blank; /* blank lines stand between it and the row before */
	bool damaged;     /* bytes that its encoding does not have */
};

struct capi_csv_state;

struct capi_csv {
	/* Wishes, set before the first row; zero: found out. */
	char delimiter;
	const char *encoding; /* as iconv(1) names it */
	size_t max;           /* longest row in bytes */
	bool keep;            /* the text of rows that can not be used */

	/* What was found. */
	const char *decoder; /* "UTF-8", "UTF-16LE", "Windows-1252", ... */
	struct capi_csv_state *state;
};

/* `lines` is open on the file and at its beginning (it may have been peeked
 * at); it stays the caller's. */
void capi_csv_open(struct capi_csv *c, struct capi_lines *lines);
void capi_csv_close(struct capi_csv *c);

/* The row's cells live until the next call. On a result that is a row no more,
 * row->line says where it was and, with `keep`, row->text what it was: UTF-8
 * as it stood in the file, at most `max` bytes of it. */
enum capi_csv_result capi_csv_next(
    struct capi_csv *c, struct capi_csv_row *row);

/*
 * Rows that must wait, because what comes later decides how they are read.
 * _hold puts a row into an unlinked temporary file (in TMPDIR or /tmp, mode
 * 0600); after _release the next calls of _next give them again, in order and
 * before the rows that follow. -1 with errno when the file can not be written.
 */
int capi_csv_hold(struct capi_csv *c, const struct capi_csv_row *row);
int capi_csv_release(struct capi_csv *c);

/* Words for a message. */
const char *capi_csv_reason(enum capi_csv_result result);

#endif
