/*
 * Telephone numbers: any spelling to E.164.
 *
 * Numbers are read as libphonenumber reads them (published plans in
 * lib/data/phone_data.c, made by scripts/gen-phone), and where its reading is
 * not a valid number a few repairs are tried that exports need: a lost plus,
 * 00 or 011 dialled from elsewhere, "(0)", Mexico's old mobile prefixes, words
 * or a second number after the first. A repair is only taken if it reads
 * better. One reading overrules libphonenumber: "49 171 1234567" in Germany is
 * a mobile number that lost its plus, not one of Papenburg. Never given back
 * are numbers that work only inside an area, placeholders, and what is longer
 * than E.164. scripts/phone-diff compares, and lists where and why they part.
 * What was given back reads the same again, without a region.
 *
 * Spellings that are understood: digits of any script, separators and
 * invisible marks of any kind, vanity letters (at least three), extensions
 * (cut), "tel:", the apostrophe and ="..." of spreadsheets, a ".0" after the
 * digits, 1.5551234567E+10 if no digit is lost.
 */
#ifndef CAPI_PHONE_H
#define CAPI_PHONE_H

#include <stddef.h>

enum capi_phone_verdict {
	CAPI_PHONE_VALID,    /* matches a published pattern of its country */
	CAPI_PHONE_POSSIBLE, /* right length for the country, no such pattern */
	/* from here on refused: no number is given back */
	CAPI_PHONE_EMPTY,
	CAPI_PHONE_NOT_A_NUMBER,
	CAPI_PHONE_NO_COUNTRY, /* national spelling, and no region known */
	CAPI_PHONE_BAD_COUNTRY_CODE,
	CAPI_PHONE_TOO_SHORT,
	CAPI_PHONE_TOO_LONG,
	CAPI_PHONE_BAD_LENGTH,  /* between lengths that the country has */
	CAPI_PHONE_SCIENTIFIC,  /* 1.5551E+10: a spreadsheet destroyed it */
	CAPI_PHONE_LOCAL_ONLY,  /* the area code is missing */
	CAPI_PHONE_PLACEHOLDER, /* 0000000000, 1234567890, ... */
	CAPI_PHONE_VERDICTS     /* how many there are */
};

struct capi_phone {
	char e164[17];        /* "+" and at most 15 digits, NUL-terminated */
	unsigned char len;    /* bytes of e164 without the NUL */
	unsigned char cc_len; /* digits of the calling code after the plus */
	char region[3];       /* of the number itself, "" if of no country */
	char trunk[5];        /* national prefix of that region, "" if none */
	unsigned char had_extension; /* 1 if one was cut */
};

/*
 * text: len bytes of UTF-8, need not end in NUL; broken UTF-8 is taken as
 * unknown letters. region: ISO 3166-1 alpha-2 in upper case, where a national
 * spelling was written; NULL, "" or a code without a plan mean unknown.
 * Writes *out whatever the verdict; e164 is "" and len 0 if refused. Of a
 * possible number, region is the given one if it has the calling code, else
 * the main one of the code. Pure: no allocation, no state.
 */
enum capi_phone_verdict capi_phone_parse(
    const char *text, size_t len, const char *region, struct capi_phone *out);

/* Words for a message, static, without the value: "too short for ...". */
const char *capi_phone_reason(enum capi_phone_verdict verdict);

#endif
