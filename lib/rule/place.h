#ifndef CAPI_PLACE_H
#define CAPI_PLACE_H

/*
 * Countries, states, currencies, postal codes and genders: what people and
 * shop systems write, turned into the codes of the standards.
 *
 * Everything here is pure: no input or output, no memory of its own, no
 * state. Input is a pointer and a length, need not end in NUL and should be
 * UTF-8; invalid bytes are skipped. Results are 0 or -1 unless said
 * otherwise, and on -1 the output is untouched.
 *
 * Spellings are compared without case, accents, spaces and punctuation, and
 * must match as a whole: nothing is searched for inside a longer text, since
 * that is how Meta's own library turns "Mexico" into "me" and "Austria" into
 * "au" (capi-param-builder, 2026-05).
 */
#include <stddef.h>

/*
 * A country, by ISO 3166-1 alpha-2, alpha-3 or three-digit number, or by its
 * name in English, its own languages, or de es fr it pt nl pl sv da cs ja zh
 * ko ru ar tr (Unicode CLDR). "UK" and the parts of it are GB. XK (Kosovo)
 * counts, though ISO only leaves the code to its users. Writes the upper-case
 * alpha-2 code and a NUL.
 */
int capi_place_country(const char *s, size_t n, char out[3]);

/* Is this pair of upper-case letters a country? */
int capi_place_is_country(const char country[2]);

/*
 * A state, province or the like of one country (upper-case alpha-2), by its
 * ISO 3166-2 code with or without the country ("US-CA", "CA"), by name or by
 * a common abbreviation ("Calif."). Writes the part after the dash, upper
 * case, and a NUL. Of the codes that only the US postal service knows, the
 * armed forces (AA AE AP) and the freely associated states (FM MH PW) count:
 * addresses have them. Where province and region share a name, Spain and
 * Italy mean the province, others the region.
 */
int capi_place_state(
    const char country[2], const char *s, size_t n, char out[8]);

/*
 * The name of a subdivision as ISO 3166-2 has it ("Bayern" for DE and "BY"),
 * static, ended by NUL; NULL if there is no such code. Inverted names are
 * turned round ("Principado de Asturias"). The code must be upper case, as
 * capi_place_state writes it.
 */
const char *capi_place_state_name(
    const char country[2], const char *code, size_t n);

/*
 * An ISO 4217 code in any case, with spaces around it or not; writes it in
 * upper case with a NUL. Names and symbols are not codes: "$" is many.
 */
int capi_place_currency(const char *s, size_t n, char out[4]);

/*
 * Decimal places of a currency (upper-case code) by ISO 4217, list of
 * 2026-01-01; -1 if unknown or without minor unit (gold, test codes). These
 * are not CLDR's digits for display, which say 0 for the Afghani.
 */
int capi_place_minor(const char currency[3]);

/*
 * The power of ten between Stripe's API amounts and the currency; -1 if
 * unknown. Differs from ISO 4217 for MGA (0), ISK and UGX (2), and for the
 * dinars Stripe does not list. docs.stripe.com/currencies, read 2026-09.
 */
int capi_place_stripe_exponent(const char currency[3]);

enum capi_postal {
	CAPI_POSTAL_OK,
	CAPI_POSTAL_REPAIRED, /* zeros or ".0" a spreadsheet took or added */
	CAPI_POSTAL_BAD,      /* cannot be a postal code of that country */
	CAPI_POSTAL_EMPTY,
};

#define CAPI_PLACE_POSTAL_MAX 20

/*
 * A postal code as its country writes it: upper case, the space or dash where
 * it belongs ("SW1A 1AA", "K1A 0A6", "00-950", "154-0023"), a US ZIP+4 kept.
 * What spreadsheets put around it (' or ="...") goes. Leading zeros come back
 * in US (PR, VI), DE, FR, ES, IT only, where five digits are the rule; four
 * digits are right in AT, CH, BE and others. `country` may be NULL or unknown,
 * then any 2 to 12 letters and digits with at least one digit will do. `out`
 * gets no NUL and at most CAPI_PLACE_POSTAL_MAX bytes; a smaller `cap` may make
 * a code BAD. *outlen is 0 unless OK or REPAIRED.
 */
enum capi_postal capi_place_postal(const char country[2], const char *s,
    size_t n, char *out, size_t cap, size_t *outlen);

/*
 * 'm', 'f' or 'n' (non-binary; Pinterest alone knows it), else -1. English
 * words, the list of Meta's parameter builder ("ma'am", "boy", "he").
 */
int capi_place_gender(const char *s, size_t n);

#endif
