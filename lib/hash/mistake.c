/*
 * The table of mistakes. What people read and what is done stand side by side;
 * the order is the order in which causes are believed. `no_code` in the row of
 * a MAKER is capi_mistake_make_no_code(), and so on.
 */
#include "mistake_priv.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define BY_CAPI "let capi-normalize and capi-hash make it"

/* clang-format off */
#define LEAVE(name, did, cure, ids, steps) \
	{{name, did, cure, ids}, STEPS, {.leave = (steps)}, 1}
#define ADD(name, did, cure, ids, steps) \
	{{name, did, cure, ids}, STEPS, {.add = (steps)}, 1}
#define MAKER(name, did, cure, ids, function, variants) \
	{{name, did, cure, ids}, MAKE, \
	    {.make = capi_mistake_make_##function}, (variants)}
#define CHANGER(name, did, cure, ids, function, variants) \
	{{name, did, cure, ids}, CHANGE, \
	    {.change = capi_mistake_change_##function}, (variants)}
#define ENCODER(name, did, cure, function, variants) \
	{{name, did, cure, ALL}, ENCODE, \
	    {.encode = capi_mistake_encode_##function}, (variants)}
#define DIGESTER(name, did, cure, function, variants) \
	{{name, did, cure, ALL}, HASH, \
	    {.hash = capi_mistake_hash_##function}, (variants)}
#define WRITTEN(name, did, cure) \
	{{name, did, cure, ALL}, SHAPE, {.hash = NULL}, 0}
#define SHAPED(name, did, cure, function) \
	{{name, did, cure, ALL}, SHAPE, \
	    {.hash = capi_mistake_hash_##function}, 0}

const struct row capi_mistake_rows[] = {
	LEAVE("untrimmed", "with the blanks around it", "trim first",
	    ALL & ~PHONE, TRIM),
	LEAVE("case-kept", "with its capitals", "lower-case first",
	    EMAIL | WORDS | POSTAL | EXTERNAL | MADID, LOWER),
	LEAVE("gmail-missing", "with the dots and the +suffix of Gmail",
	    "Google wants them deleted: capi-hash -p google does", EMAIL, GMAIL),
	ADD("gmail-wrong", "by Google's rule for Gmail",
	    "only Google wants Gmail's dots and +suffix deleted", EMAIL, GMAIL),
	MAKER("gmail-elsewhere",
	    "without the dots or the +suffix of the local part",
	    "only Google wants that, and only for gmail.com and googlemail.com",
	    EMAIL, any_gmail, 3),
	MAKER("plus-deleted", "with the + deleted and the suffix left",
	    "keep the address as it is, or cut the suffix with its + "
	    "where Google wants it", EMAIL, plus_deleted, 1),

	CHANGER("plus-kept", "with a plus before the country code",
	    "this platform wants digits only", PHONE, plus_kept, 1),
	CHANGER("plus-missing", "without the plus before the country code",
	    "this platform wants E.164 with its plus", PHONE,
	    plus_missing, 1),
	MAKER("no-country-code", "without the country code",
	    "normalise with --region", PHONE, no_code, 1),
	MAKER("trunk-zero", "in national form with the leading 0",
	    "normalise with --region", PHONE, trunk, 2),
	MAKER("trunk-zero-kept", "with the national 0 behind the country code",
	    "drop the 0: " BY_CAPI, PHONE, code_trunk, 2),
	MAKER("00-kept", "with the 00 or 011 that is dialled before the "
	    "country code", "drop it: " BY_CAPI, PHONE, 00, 4),
	MAKER("extension-kept", "with the extension",
	    "cut it off: " BY_CAPI, PHONE, extension, 6),
	MAKER("code-twice", "with the country code twice",
	    "put it before numbers that lack it only", PHONE, code_twice, 1),
	MAKER("other-country-code", "with another country's code",
	    "normalise with the --region of each customer", PHONE,
	    other_code, 22),

	LEAVE("blanks-kept", "with the blanks inside",
	    "this platform wants them deleted", NAMES | CITY | POSTAL | EXTERNAL,
	    BLANKS),
	ADD("blanks-deleted", "without the blanks inside",
	    "this platform wants them kept", NAMES | EXTERNAL | STREET, BLANKS),
	LEAVE("punctuation-kept", "with its punctuation",
	    "this platform wants it deleted", NAMES | CITY | POSTAL,
	    PUNCTUATION),
	ADD("punctuation-deleted", "without its punctuation",
	    "this platform wants it kept", NAMES | STREET | EXTERNAL | MADID,
	    PUNCTUATION),
	LEAVE("title-kept", "with the title or suffix",
	    "Google wants mr., jr. and the like cut off", NAMES, TITLES),
	ADD("title-cut", "without the title or suffix",
	    "only Google wants them cut off", NAMES, TITLES),
	MAKER("first-word", "by its first word only", "hash the whole name",
	    NAMES | CITY, first_word, 1),
	ADD("lower-cased", "in lower case", "this platform keeps the case",
	    EXTERNAL, LOWER),
	LEAVE("digits-kept", "with the digits in it",
	    "a city has letters only", CITY, DIGITS),

	LEAVE("zip4-kept", "with the four digits of ZIP+4",
	    "this platform wants the first five", POSTAL, FIVE),
	CHANGER("zero-lost", "without its leading zero",
	    "a spreadsheet took it for a number: import the column as text",
	    POSTAL | EXTERNAL | PHONE | BIRTH, zero_lost, 1),
	MAKER("cut-at-dash", "cut at the dash",
	    "only in the United States: " BY_CAPI, POSTAL, cut_at_dash, 1),
	MAKER("outward-code", "by the part before the blank only",
	    "hash the whole postal code", POSTAL, outward, 1),

	MAKER("iso-date", "with the dashes of ISO 8601, or a time",
	    "the form is YYYYMMDD", BIRTH, iso, 5),
	MAKER("date-order", "with year, month and day in another order or form",
	    "the form is YYYYMMDD", BIRTH, date, 20),
	MAKER("unix-time", "as unix time", "the form is YYYYMMDD", BIRTH,
	    unix, 2),
	MAKER("word-for-code", "as a word", "the form is f or m", GENDER,
	    word, 5),
	MAKER("name-for-code", "by its name", "this platform wants the code",
	    STATE, state_name, 2),
	MAKER("code-for-name", "by its code",
	    "this platform wants the name outside of the US and Canada", STATE,
	    state_code, 2),
	MAKER("two-letters", "by its first two letters",
	    "look it up in ISO 3166: " BY_CAPI, STATE | COUNTRY,
	    two_letters, 1),
	LEAVE("not-translated", "as it was typed, in lower case",
	    BY_CAPI, CODES, TRANSLATE),

	MAKER("prefix", "with a prefix, or without the one that it has",
	    "send the same id as the browser does", EXTERNAL, gid, 8),
	MAKER("dashes-deleted", "without its dashes", "keep the dashes",
	    EXTERNAL | MADID, no_dashes, 1),
	MAKER("raw", "as it was typed", BY_CAPI, ALL, raw, 1),
	MAKER("typed-digits", "by the digits that were typed",
	    "normalise with --region", PHONE, typed_digits, 2),
	MAKER("layout", "with brackets, dashes or blanks",
	    "digits only: " BY_CAPI, PHONE, layout, 13),
	MAKER("code-before-typed", "as typed, with the country code before it",
	    BY_CAPI, PHONE, code_typed, 6),

	CHANGER("newline", "with a newline at the end",
	    "use printf '%s', or strip the line end", ALL, newline, 4),
	CHANGER("upper-case", "in upper case or with capital initials",
	    "lower-case first", ALL, upper, 2),
	CHANGER("blank", "with a blank before or behind it", "trim first", ALL,
	    blank, 9),
	CHANGER("invisible", "with an invisible character at one end",
	    "strip byte order marks and zero-width characters", ALL,
	    invisible, 6),
	CHANGER("quoted", "in quotes", "parse the CSV or JSON before hashing",
	    ALL, quotes, 6),
	CHANGER("list", "as a list in brackets",
	    "hash each value of the list alone", ALL, list, 3),
	CHANGER("scheme", "with mailto:, tel: or <> around it",
	    BY_CAPI, EMAIL | PHONE, scheme, 3),
	CHANGER("html-escaped", "with HTML's escapes", "unescape before hashing",
	    ALL, html, 9),
	CHANGER("url-encoded", "with URL's escapes", "decode before hashing",
	    ALL, url, 5),
	CHANGER("plus-to-blank", "with a blank for each +",
	    "it went through a URL: encode the + as %2B", EMAIL | PHONE | EXTERNAL,
	    plus_to_blank, 1),
	CHANGER("json-escaped", "with JSON's escapes", "decode before hashing",
	    ALL, json, 2),
	CHANGER("float", "as a number with .0",
	    "import the column as text", PHONE | POSTAL | EXTERNAL | BIRTH,
	    float, 1),
	CHANGER("nfd", "with accents as characters of their own (NFD)",
	    "normalise to NFC first", ALL, nfd, 1),
	CHANGER("accents", "without its accents", "keep letters as they are",
	    ALL, accents, 3),
	CHANGER("nul", "with a NUL at the end", "hash the text's bytes only",
	    ALL, nul, 1),
	CHANGER("stop", "with a comma or full stop behind it", "cut it off",
	    EMAIL | WORDS, reversed, 3),

	ENCODER("latin-1", "in Latin-1", "encode as UTF-8", latin, 2),
	ENCODER("utf-16", "in UTF-16", "encode as UTF-8", utf16, 4),
	ENCODER("mojibake", "as UTF-8 that was encoded twice",
	    "read the file as UTF-8", mojibake, 2),
	ENCODER("base64-before", "after encoding it as base64",
	    "hash the text itself", base64, 1),

	DIGESTER("double", "twice", "something hashed it before: hash once",
	    double, 2),
	DIGESTER("double-upper",
	    "twice, the second time the hex in upper case",
	    "something hashed it before: hash once", double_upper, 1),
	DIGESTER("double-raw", "twice, over the bytes or base64 of the first",
	    "something hashed it before: hash once", double_raw, 2),
	DIGESTER("of-other-digest", "over its MD5 or SHA-1",
	    "hash the text itself", of_other, 4),
	DIGESTER("sha3", "with SHA-3", "use SHA-256", sha3, 1),

	SHAPED("md5", "with MD5", "use SHA-256", md5),
	SHAPED("sha1", "with SHA-1", "use SHA-256", sha1),
	SHAPED("sha224", "with SHA-224", "use SHA-256", sha224),
	SHAPED("sha384", "with SHA-384", "use SHA-256", sha384),
	SHAPED("sha512", "with SHA-512", "use SHA-256", sha512),
	WRITTEN("upper-hex", "and written in upper-case hex",
	    "write it in lower case; capi-hash does"),
	WRITTEN("base64", "and written in base64",
	    "write it in hex; only Google takes base64"),
	WRITTEN("base64-of-hex", "and the hex written in base64",
	    "write the hex itself"),
	WRITTEN("decorated", "and written with a prefix or marks around it",
	    "write 64 hex digits and nothing else"),
	WRITTEN("cut-off", "and the digest cut off",
	    "widen the column to 64 characters"),
	WRITTEN("no-digest", "into something that is no digest",
	    "a digest is 64 hex digits"),
	WRITTEN("not-hashed", "not at all: this is the plain value",
	    "hash it: platforms refuse plain data"),
};
/* clang-format on */

const size_t capi_mistake_count = COUNT(capi_mistake_rows);

const struct row *
capi_mistake_row(const char *name)
{
	for (size_t i = 0; i < COUNT(capi_mistake_rows); i++)
		if (!strcmp(capi_mistake_rows[i].mistake.name, name))
			return &capi_mistake_rows[i];
	return NULL;
}
