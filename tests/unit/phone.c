/*
 * Telephone numbers. Where a row has a number, it comes from
 *   M  Meta: "Customer information parameters" (the first), its conversions
 *      API samples, the tests of capi-param-builder and of its business SDKs;
 *      digits as published, the plus in front is ours
 *   T  TikTok: events API, "Advanced matching", the phone example
 *   G  libphonenumber itself (npm google-libphonenumber 3.2.47, 2026-09-29):
 *      parse, isValidNumber, isPossibleNumber, getRegionCodeForNumber
 *   P  the same number written plainly, checked with libphonenumber likewise;
 *      the spelling is one that libphonenumber itself does not read so
 * Refusals without a number come from the header's contract; those of G are
 * refused by libphonenumber too.
 */
#include "rule/phone.h"

#include <stdio.h>
#include <string.h>

static const struct row {
	const char *source, *region, *text;
	enum capi_phone_verdict verdict;
	const char *e164, *owner;
} rows[] = {
    {"M", "US", "(650)555-1212", CAPI_PHONE_VALID, "+16505551212", "US"},
    {"M", "US", "12345678901", CAPI_PHONE_VALID, "+12345678901", "US"},
    {"M", "US", "14251234567", CAPI_PHONE_POSSIBLE, "+14251234567", "US"},
    {"M", "US", "16505551234", CAPI_PHONE_VALID, "+16505551234", "US"},
    {"M", NULL, "+1 (616) 954-78 88", CAPI_PHONE_VALID, "+16169547888", "US"},
    {"M", NULL, "+001 (616) 954-78 88", CAPI_PHONE_VALID, "+16169547888", "US"},
    {"M", "US", "01(650)123-4567", CAPI_PHONE_POSSIBLE, "+16501234567", "US"},
    {"M", NULL, "+44 20 7946 0958", CAPI_PHONE_VALID, "+442079460958", "GB"},
    {"M", NULL, "+33 1 42 86 83 26", CAPI_PHONE_VALID, "+33142868326", "FR"},
    {"M", NULL, "+81-3-5843-2301", CAPI_PHONE_VALID, "+81358432301", "JP"},
    {"M", NULL, "+61 2 9374 4000", CAPI_PHONE_VALID, "+61293744000", "AU"},
    {"M", NULL, "+49 30 12345678", CAPI_PHONE_VALID, "+493012345678", "DE"},
    {"M", NULL, "+442071838750", CAPI_PHONE_VALID, "+442071838750", "GB"},
    {"M", "US", "12345678912", CAPI_PHONE_VALID, "+12345678912", "US"},
    {"M", "US", "12062072008", CAPI_PHONE_VALID, "+12062072008", "US"},
    {"T", NULL, "(+1)2133734253", CAPI_PHONE_VALID, "+12133734253", "US"},
    /* national spellings */
    {"G", "US", "2025550100", CAPI_PHONE_VALID, "+12025550100", "US"},
    {"G", "GB", "020 7946 0958", CAPI_PHONE_VALID, "+442079460958", "GB"},
    {"G", "GB", "07700 900123", CAPI_PHONE_POSSIBLE, "+447700900123", "GB"},
    {"G", "AU", "0491 570 156", CAPI_PHONE_VALID, "+61491570156", "AU"},
    {"G", "FR", "01 99 00 12 34", CAPI_PHONE_VALID, "+33199001234", "FR"},
    {"G", "DE", "030/23125123", CAPI_PHONE_VALID, "+493023125123", "DE"},
    {"G", "JP", "03-1234-5678", CAPI_PHONE_VALID, "+81312345678", "JP"},
    {"G", "IN", "098765 43210", CAPI_PHONE_VALID, "+919876543210", "IN"},
    {"G", "CZ", "601 123 456", CAPI_PHONE_VALID, "+420601123456", "CZ"},
    {"G", "RU", "8 (912) 345-67-89", CAPI_PHONE_VALID, "+79123456789", "RU"},
    {"G", "KZ", "8 701 123 4567", CAPI_PHONE_VALID, "+77011234567", "KZ"},
    {"G", "JE", "01534 456789", CAPI_PHONE_VALID, "+441534456789", "JE"},
    {"G", "GB", "0800 1111", CAPI_PHONE_VALID, "+448001111", "GB"},
    /* a trunk prefix that is part of the number, or stands there twice */
    {"G", "BY", "800123456", CAPI_PHONE_VALID, "+375800123456", "BY"},
    {"G", "BY", "8 017 123 45 67", CAPI_PHONE_VALID, "+375171234567", "BY"},
    {"P", "DE", "000 30 23125 123", CAPI_PHONE_VALID, "+493023125123", "DE"},
    /* Italy and San Marino keep or get their zero */
    {"G", "IT", "347 123 4567", CAPI_PHONE_VALID, "+393471234567", "IT"},
    {"G", "US", "+39 06698 12345", CAPI_PHONE_VALID, "+390669812345", "VA"},
    {"G", "SM", "886377", CAPI_PHONE_VALID, "+3780549886377", "SM"},
    /* prefixes that are replaced: mobiles, carriers, islands */
    {"G", "AR", "011 15-2345-6789", CAPI_PHONE_VALID, "+5491123456789", "AR"},
    {"G", "AR", "0343 15 455 5124", CAPI_PHONE_VALID, "+5493434555124", "AR"},
    {"G", "BR", "0 15 21 2345-6789", CAPI_PHONE_VALID, "+552123456789", "BR"},
    {"G", "BR", "90 21 2345 6789", CAPI_PHONE_VALID, "+552123456789", "BR"},
    {"G", "MX", "55 1234 5678", CAPI_PHONE_VALID, "+525512345678", "MX"},
    {"G", "AG", "460 1234", CAPI_PHONE_VALID, "+12684601234", "AG"},
    {"G", "GA", "01 44 12 34", CAPI_PHONE_VALID, "+24101441234", "GA"},
    /* dialled from abroad */
    {"G", "DE", "0049 30 23125 123", CAPI_PHONE_VALID, "+493023125123", "DE"},
    {"G", "US", "011 44 20 7946 0958", CAPI_PHONE_VALID, "+442079460958", "GB"},
    {"G", "JP", "010 44 20 7946 0958", CAPI_PHONE_VALID, "+442079460958", "GB"},
    {"G", "AU", "0011 44 20 7946 0958", CAPI_PHONE_VALID, "+442079460958",
	"GB"},
    {"P", "US", "0044 20 7946 0958", CAPI_PHONE_VALID, "+442079460958", "GB"},
    {"P", "US", "0044 7700 900123", CAPI_PHONE_POSSIBLE, "+447700900123", "GB"},
    {"P", NULL, "0044 20 7946 0958", CAPI_PHONE_VALID, "+442079460958", "GB"},
    {"P", NULL, "+0044 20 7946 0958", CAPI_PHONE_VALID, "+442079460958", "GB"},
    {"P", "DE", "011 44 20 7946 0958", CAPI_PHONE_VALID, "+442079460958", "GB"},
    {"P", "GB", "+020 7946 0958", CAPI_PHONE_VALID, "+442079460958", "GB"},
    /* the zero of another way to dial */
    {"G", "US", "+44 (0)20 7946 0958", CAPI_PHONE_VALID, "+442079460958", "GB"},
    {"G", NULL, "+44(0)7700 900 123", CAPI_PHONE_POSSIBLE, "+447700900123",
	"GB"},
    {"P", NULL, "+420 (0) 601 123 456", CAPI_PHONE_VALID, "+420601123456",
	"CZ"},
    /* its own code, the plus lost */
    {"G", "FR", "33 1 99 00 12 34", CAPI_PHONE_VALID, "+33199001234", "FR"},
    {"G", "DE", "4930231251234", CAPI_PHONE_VALID, "+4930231251234", "DE"},
    {"P", "DE", "49 151 12345678", CAPI_PHONE_VALID, "+4915112345678", "DE"},
    {"G", "DE", "04917 11234567", CAPI_PHONE_VALID, "+49491711234567", "DE"},
    {"P", "MX", "044 55 1234 5678", CAPI_PHONE_VALID, "+525512345678", "MX"},
    {"P", NULL, "+52 1 55 1234 5678", CAPI_PHONE_VALID, "+525512345678", "MX"},
    /* whose number it is */
    {"G", "GB", "+441534456789", CAPI_PHONE_VALID, "+441534456789", "JE"},
    {"G", "US", "+1 242 365 1234", CAPI_PHONE_VALID, "+12423651234", "BS"},
    {"G", "NO", "+47 79 12 34 56", CAPI_PHONE_VALID, "+4779123456", "SJ"},
    {"G", NULL, "+883 5100 1234 5678", CAPI_PHONE_VALID, "+883510012345678",
	""},
    {"G", "CA", "(555) 123-4567", CAPI_PHONE_POSSIBLE, "+15551234567", "CA"},
    /* letters, extensions */
    {"G", "US", "1-800-FLOWERS", CAPI_PHONE_VALID, "+18003569377", "US"},
    {"G", "US", "650-253-0000 ext. 123", CAPI_PHONE_VALID, "+16502530000",
	"US"},
    {"G", "US", "650-253-0000x123", CAPI_PHONE_VALID, "+16502530000", "US"},
    {"G", "US", "650-253-0000 #123", CAPI_PHONE_VALID, "+16502530000", "US"},
    {"G", NULL, "+1-650-253-0000;ext=123", CAPI_PHONE_VALID, "+16502530000",
	"US"},
    {"G", "US", "650 253 0000,,44", CAPI_PHONE_VALID, "+16502530000", "US"},
    {"P", "CA", "416-555-0123 poste 12", CAPI_PHONE_VALID, "+14165550123",
	"CA"},
    {"G", NULL, "tel:+1-650-253-0000", CAPI_PHONE_VALID, "+16502530000", "US"},
    /* scripts and marks */
    {"G", "EG",
	"\xd9\xa0\xd9\xa1\xd9\xa0 \xd9\xa0\xd9\xa1\xd9\xa2\xd9\xa3\xd9\xa4"
	"\xd9\xa5\xd9\xa6\xd9\xa7",
	CAPI_PHONE_VALID, "+201001234567", "EG"},
    {"G", NULL,
	"\xef\xbc\x8b\xef\xbc\x94\xef\xbc\x94\xe3\x80\x80\xef\xbc\x92"
	"\xef\xbc\x90 7946 0958",
	CAPI_PHONE_VALID, "+442079460958", "GB"},
    {"G", NULL,
	"+44 20\xe2\x80\x91"
	"7946\xc2\xa0"
	"0958",
	CAPI_PHONE_VALID, "+442079460958", "GB"},
    {"G", NULL, "\xe2\x80\xaa+44 20 7946 0958\xe2\x80\xac", CAPI_PHONE_VALID,
	"+442079460958", "GB"},
    {"P", NULL,
	"+44 20 \xe2\x80\x8e"
	"7946 0958",
	CAPI_PHONE_VALID, "+442079460958", "GB"},
    /* spreadsheets */
    {"G", NULL, "'+442079460958", CAPI_PHONE_VALID, "+442079460958", "GB"},
    {"G", "DE", "=\"00442079460958\"", CAPI_PHONE_VALID, "+442079460958", "GB"},
    {"P", "US", "12025550123.0", CAPI_PHONE_VALID, "+12025550123", "US"},
    {"G", "PK", "+9234141822.00", CAPI_PHONE_VALID, "+923414182200", "PK"},
    {"P", "US", "1.2025550123E+10", CAPI_PHONE_VALID, "+12025550123", "US"},
    {"P", "DE", "4,93023125123E+11", CAPI_PHONE_VALID, "+493023125123", "DE"},
    /* more than one thing in a cell */
    {"P", "US", "(202) 555-0123 / (202) 555-0124", CAPI_PHONE_VALID,
	"+12025550123", "US"},
    {"P", "US", "202-555-0123 or 202-555-0124", CAPI_PHONE_VALID,
	"+12025550123", "US"},
    /* a slash inside of it is no end of a possible number */
    {"G", "US", "+63 65-5787/873-(8574)-5", CAPI_PHONE_TOO_LONG, "", ""},
    {"P", "IS", "555 0100 / 555 0101", CAPI_PHONE_VALID, "+3545550100", "IS"},
    {"P", "DE", "030 23125123 (mobil)", CAPI_PHONE_VALID, "+493023125123",
	"DE"},
    /* refused */
    {"-", "US", "", CAPI_PHONE_EMPTY, "", ""},
    {"-", "US", " \t\xc2\xa0", CAPI_PHONE_EMPTY, "", ""},
    {"G", "US", "N/A", CAPI_PHONE_NOT_A_NUMBER, "", ""},
    {"G", "US", "jo@example.com", CAPI_PHONE_NOT_A_NUMBER, "", ""},
    {"G", NULL, "020 7946 0958", CAPI_PHONE_NO_COUNTRY, "", ""},
    {"G", NULL, "442079460958", CAPI_PHONE_NO_COUNTRY, "", ""},
    {"G", NULL, "011 44 20 7946 0958", CAPI_PHONE_NO_COUNTRY, "", ""},
    {"G", "XX", "020 7946 0958", CAPI_PHONE_NO_COUNTRY, "", ""},
    {"G", NULL, "+999 123456789", CAPI_PHONE_BAD_COUNTRY_CODE, "", ""},
    {"G", NULL, "+0 20 7946 0958", CAPI_PHONE_BAD_COUNTRY_CODE, "", ""},
    {"G", "US", "202-555", CAPI_PHONE_TOO_SHORT, "", ""},
    {"G", "US", "555e55", CAPI_PHONE_TOO_SHORT, "", ""},
    {"G", "TH", "0018008350701", CAPI_PHONE_TOO_SHORT, "", ""},
    {"G", "US", "202-555-0123 9", CAPI_PHONE_TOO_LONG, "", ""},
    {"G", "US", "1 (800) MICROSOFT", CAPI_PHONE_TOO_LONG, "", ""},
    {"-", NULL, "+23480075390098786", CAPI_PHONE_TOO_LONG, "", ""},
    {"G", NULL, "+376 123 4567", CAPI_PHONE_BAD_LENGTH, "", ""},
    {"-", "US", "555-0100", CAPI_PHONE_LOCAL_ONLY, "", ""},
    {"-", "US", "1.5551E+10", CAPI_PHONE_SCIENTIFIC, "", ""},
    {"-", "GB", "4.42079E+11", CAPI_PHONE_SCIENTIFIC, "", ""},
    {"-", "US", "0000000000", CAPI_PHONE_PLACEHOLDER, "", ""},
    {"-", "US", "1234567890", CAPI_PHONE_PLACEHOLDER, "", ""},
    {"-", "US", "+1 111-111-1111", CAPI_PHONE_PLACEHOLDER, "", ""},
    {"-", NULL, "99999999", CAPI_PHONE_PLACEHOLDER, "", ""},
};

static int number, failed;

static void
check(int good, const char *sentence)
{
	number++;
	failed += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", number, sentence);
}

static void
check_row(const struct row *row)
{
	struct capi_phone got;
	char sentence[160];
	enum capi_phone_verdict verdict =
	    capi_phone_parse(row->text, strlen(row->text), row->region, &got);
	int good =
	    verdict == row->verdict && strcmp(got.e164, row->e164) == 0 &&
	    strcmp(got.region, row->owner) == 0 && got.len == strlen(row->e164);

	snprintf(sentence, sizeof sentence, "[%s] %s in %s: %s %s", row->source,
	    row->text[0] ? row->text : "nothing",
	    row->region ? row->region : "no region", row->e164,
	    capi_phone_reason(row->verdict));
	for (char *c = sentence; *c; c++)
		if (*c == '#' || *c == '\t')
			*c = '_'; /* TAP reads directives behind a hash */
	check(good, sentence);
	if (!good)
		printf("# got %s %s in %s\n", got.e164,
		    capi_phone_reason(verdict), got.region);
}

static struct capi_phone
parse(const char *text, size_t len, const char *region)
{
	struct capi_phone got;

	capi_phone_parse(text, len, region, &got);
	return got;
}

static void
check_rest(void)
{
	struct capi_phone got = parse("+353 1 555 0123", 15, NULL);
	char long_text[300];
	int words = 1;

	check(got.cc_len == 3 && strcmp(got.trunk, "0") == 0,
	    "the calling code's length and the trunk prefix are given");
	got = parse("+7 912 345 67 89", 16, NULL);
	check(got.cc_len == 1 && strcmp(got.trunk, "8") == 0,
	    "Russia's trunk prefix is 8");
	got = parse("+1 202 555 0123 x9", 18, NULL);
	check(got.had_extension == 1, "an extension is told");
	got = parse("+1 202 555 0123 x9", 15, NULL);
	check(got.had_extension == 0 && strcmp(got.e164, "+12025550123") == 0,
	    "nothing is read beyond the length that was given");
	memset(long_text, '1', sizeof long_text);
	check(capi_phone_parse(long_text, sizeof long_text, "US", &got) ==
		  CAPI_PHONE_TOO_LONG,
	    "a text of 300 digits is too long");
	check(capi_phone_parse("\xff\xfe\xf0\x9f", 4, "US", &got) ==
		  CAPI_PHONE_NOT_A_NUMBER,
	    "broken UTF-8 is not a number");
	for (int v = 0; v < CAPI_PHONE_VERDICTS; v++)
		words &= capi_phone_reason((enum capi_phone_verdict)v) != NULL;
	check(words, "every verdict has words");
}

/* Whatever comes out comes out again, without a region. */
static void
check_again(void)
{
	int good = 1;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].e164[0] == '\0')
			continue;
		struct capi_phone got =
		    parse(rows[i].e164, strlen(rows[i].e164), NULL);
		good &= strcmp(got.e164, rows[i].e164) == 0;
	}
	check(good, "reading a number twice equals once");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_row(&rows[i]);
	check_rest();
	check_again();
	printf("1..%d\n", number);
	return failed != 0;
}
