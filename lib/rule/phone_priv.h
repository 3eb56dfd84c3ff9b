/*
 * What the phone_*.c files share; nobody else includes it.
 */
#ifndef CAPI_PHONE_PRIV_H
#define CAPI_PHONE_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "data/phone_data.h"
#include "phone.h"
#include "text.h"

#define CAPI_PHONE_TEXT_MAX 250    /* libphonenumber's limit for one number */
#define CAPI_PHONE_DIGITS_MAX 40   /* more are too many, whatever is cut off */
#define CAPI_PHONE_NATIONAL_MAX 17 /* the longest of any plan */
#define CAPI_PHONE_UNKNOWN '?'     /* a letter or sign that we can not read */

struct capi_phone_line {
	char text[CAPI_PHONE_TEXT_MAX + 2];
	size_t len;
};

/* A view into folded text. */
struct capi_phone_view {
	const char *s;
	size_t len;
};

struct capi_phone_digits {
	char text[CAPI_PHONE_DIGITS_MAX];
	size_t len;
};

struct capi_phone_match {
	size_t end;
	unsigned char slots[4]; /* begin and end of two groups, 255 if unset */
};

struct capi_phone_reading {
	enum capi_phone_verdict verdict;
	struct capi_phone phone;
};

/* A small letter, as all are in folded text. */
static inline bool
capi_phone_is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

/* --- phone_text.c: what is written --- */

/* False if the text is longer than any spelling of a number. */
bool capi_phone_fold(
    const char *text, size_t len, struct capi_phone_line *line);
/* From the first plus or digit to the last letter, digit or hash. */
struct capi_phone_view capi_phone_extract(struct capi_phone_view v);
/* "555-1234/x5678" and "555-1234 ;isub=7": only the front is the number. */
struct capi_phone_view capi_phone_cut_tail(struct capi_phone_view v);
struct capi_phone_view capi_phone_cut_extension(
    struct capi_phone_view v, unsigned char *had);
/* Could it be a number at all: three digits before the first letter, and
 * nothing but digits, letters and separators. */
bool capi_phone_is_viable(struct capi_phone_view v);
/* Digits only; letters count as the keys of a telephone if there are three.
 * False if there are too many digits for any number. */
bool capi_phone_take_digits(
    struct capi_phone_view v, struct capi_phone_digits *d);

/* --- phone_plan.c: what the digits are --- */

const struct capi_phone_plan *capi_phone_region_plan(const char *region);
/* Does a prefix's program match at the beginning? */
bool capi_phone_match_prefix(unsigned program,
    const struct capi_phone_digits *d, struct capi_phone_match *m);
size_t capi_phone_write_code(unsigned code, char out[4]);
/* The number that they are, behind a plus or as dialled at home. */
enum capi_phone_verdict capi_phone_read_digits(bool plus,
    struct capi_phone_digits *d, const struct capi_phone_plan *home,
    struct capi_phone *out);
/* Reads a possible number again until it no longer changes. */
void capi_phone_settle(
    struct capi_phone_reading *r, const struct capi_phone_plan *home);

#endif
