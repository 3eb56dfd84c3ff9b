#ifndef CAPI_MONEY_H
#define CAPI_MONEY_H

/*
 * Amounts of money as text, from what exports write to "1234.50" and from
 * there through exact arithmetic; no float is ever made of one. Pure
 * functions: no input or output, no memory, no state, no locale. Input is a
 * pointer and a length; no output ends in NUL.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

enum capi_money_verdict {
	CAPI_MONEY_OK,
	CAPI_MONEY_EMPTY,
	CAPI_MONEY_NOT_REPORTED, /* "--", "n/a": unknown, which is not zero */
	CAPI_MONEY_AMBIGUOUS,    /* "1,234": a thousand, or one? */
	CAPI_MONEY_BAD,
};

/* All zero: nothing is known, the cell must say it. */
struct capi_money_opt {
	char mark; /* decimal mark '.' or ','; 0: decide by the cell */
	/* What parts thousands, if a cell could be read in two ways and all
	 * that is known is that its whole column could be thousands; 0:
	 * nothing is. Of a currency with three decimals no more than a cell
	 * is it proof. */
	char groups;
	bool minor; /* whole minor units: 1000 is "10.00" at exponent 2 */
	/*
	 * Decimal places of the currency (capi_place_minor, or for Stripe's
	 * API capi_place_stripe_exponent), if has_exponent. Minor units need
	 * it. For major ones it helps where mark is 0 and three digits follow
	 * a single mark: 0 makes it a group ("1.234" yen), 3 makes both ways
	 * as likely ("1.234" dinars).
	 */
	bool has_exponent;
	int exponent;
};

/* The currency beside the amount, if any. */
struct capi_money_sign {
	const char *at; /* into the input; NULL if there is none */
	size_t len;
	char code[4]; /* ISO 4217, "" if the sign is many's ("$", "kr") */
};

/* 18 digits, mark, 17 digits and a minus sign */
#define CAPI_MONEY_MAX 40

/*
 * Writes [-]digits[.digits], the decimals as given: "10.00" stays so. Groups
 * may be parted by a space of any width, an apostrophe or the mark that is
 * not the decimal one, by threes or as in India; parentheses or a minus sign
 * on either side make it negative. Beside the number only currency signs and
 * codes may stand. Scientific notation is BAD: a spreadsheet has cut digits
 * off. `sign` may be NULL. *outlen is 0 unless OK. CAPI_MONEY_MAX bytes are
 * always enough; with less, what does not fit is BAD.
 */
enum capi_money_verdict capi_money_parse(const char *s, size_t n,
    const struct capi_money_opt *opt, char *out, size_t cap, size_t *outlen,
    struct capi_money_sign *sign);

/*
 * What a cell says about the decimal mark of its column: AND the masks of
 * all cells, starting from CAPI_MONEY_ANY, then ask capi_money_mark. Cells
 * that are no amounts say nothing.
 */
enum {
	CAPI_MONEY_POINT = 1,        /* "." may be the decimal mark */
	CAPI_MONEY_COMMA = 2,        /* "," may be */
	CAPI_MONEY_COMMA_GROUPS = 4, /* all of it is groups parted by "," */
	CAPI_MONEY_POINT_GROUPS = 8, /* or by "." */
	CAPI_MONEY_NO_MARK = 16,     /* has neither */
};
#define CAPI_MONEY_ANY 31

unsigned capi_money_evidence(const char *s, size_t n);

/*
 * '.' or ',' for the whole column; 0 if it cannot be told: ask. *groups says
 * that no cell has shown it, but all are groups parted by the other.
 */
char capi_money_mark(unsigned evidence, bool *groups);

/*
 * Arithmetic on amounts as capi_money_parse writes them, exact, of up to 18
 * digits before the mark and 6 after it. 0, or -1 and no output if an
 * operand is malformed or longer, the result is, or it does not fit in cap.
 * A sum has the decimals of the operand with more of them.
 */
int capi_money_add(const char *a, size_t an, const char *b, size_t bn,
    char *out, size_t cap, size_t *outlen);
int capi_money_sub(const char *a, size_t an, const char *b, size_t bn,
    char *out, size_t cap, size_t *outlen);

/* The part of `a` that `part` is of `whole`, a * part / whole, half up at the
 * decimals of the operand with most of them, but no fewer than `decimals`. -1
 * also for amounts below nought and a whole of nought. */
int capi_money_share(struct capi_str a, struct capi_str part,
    struct capi_str whole, int decimals, char *out, size_t cap, size_t *outlen);

/* *order is below, at or above 0 as a is to b: "5" equals "5.00". */
int capi_money_cmp(
    const char *a, size_t an, const char *b, size_t bn, int *order);

/* 1 if all digits are noughts, 0 if not, -1 if malformed or too long. */
int capi_money_is_zero(const char *a, size_t an);

#endif
