/*
 * Expectations: the forms of amounts found in public exports and their
 * importers' tests, Stripe's page on zero- and three-decimal currencies, and
 * Python's decimal module for arithmetic.
 */
#include "rule/money.h"

#include <stdio.h>
#include <string.h>

static int tests, failed;

static void
check(int good, const char *sentence)
{
	tests++;
	failed += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", tests, sentence);
}

struct row {
	const char *in;
	enum capi_money_verdict verdict;
	const char *want;
	const char *code;
};

static int
parses(const struct row *r, const struct capi_money_opt *opt)
{
	struct capi_money_sign sign;
	char out[CAPI_MONEY_MAX];
	size_t n = 99;
	enum capi_money_verdict v;
	int good;

	v = capi_money_parse(
	    r->in, strlen(r->in), opt, out, sizeof(out), &n, &sign);
	good = v == r->verdict && n == strlen(r->want) &&
	       !memcmp(out, r->want, n) &&
	       (!r->code || !strcmp(sign.code, r->code));
	if (!good)
		printf("# %s: %d '%.*s' %s, want %d '%s' %s\n", r->in, v,
		    (int)n, out, sign.code, r->verdict, r->want,
		    r->code ? r->code : "");
	return good;
}

static int
all(const struct row *r, const struct capi_money_opt *opt)
{
	int good = 1;

	for (; r->in; r++)
		good &= parses(r, opt);
	return good;
}

#define OK(in, want)                                                           \
	{                                                                      \
		in, CAPI_MONEY_OK, want, NULL                                  \
	}
#define CUR(in, want, code)                                                    \
	{                                                                      \
		in, CAPI_MONEY_OK, want, code                                  \
	}
#define NO(in, why)                                                            \
	{                                                                      \
		in, CAPI_MONEY_##why, "", NULL                                 \
	}

static void
cells(void)
{
	static const struct capi_money_opt any;
	static const struct row plain[] = {OK("10.00", "10.00"), OK("0", "0"),
	    OK("1234.50", "1234.50"), OK("12,34", "12.34"),
	    OK("1,234.56", "1234.56"), OK("1.234,56", "1234.56"),
	    OK("1,234,567", "1234567"), OK("1.234.567,8", "1234567.8"),
	    OK("1 234,50", "1234.50"),
	    OK("1\xc2\xa0"
	       "234,50",
		"1234.50"),
	    OK("1\xe2\x80\xaf"
	       "234,50",
		"1234.50"),
	    OK("1'234.50", "1234.50"),
	    OK("1\xe2\x80\x99"
	       "234.50",
		"1234.50"),
	    OK("12,34,567.89", "1234567.89"), OK("1,23,456", "123456"),
	    OK("1234.567", "1234.567"), OK("0.125", "0.125"),
	    OK("0,125", "0.125"), OK(".5", "0.5"), OK(",50", "0.50"),
	    OK("12.", "12"), OK("12,-", "12"), OK("12.--", "12"),
	    OK("12.3456", "12.3456"), OK("0010.00", "10.00"), OK("  7 ", "7"),
	    OK("'12.50", "12.50"), OK("=\"12.50\"", "12.50"), OK("+5", "5"),
	    OK("123456789012345678.99", "123456789012345678.99"),
	    OK("1 234,567", "1234.567"), {NULL, 0, NULL, NULL}};
	static const struct row minus[] = {OK("-12.34", "-12.34"),
	    OK("\xe2\x88\x92"
	       "12,34",
		"-12.34"),
	    OK("(50.00)", "-50.00"), OK("($50.00)", "-50.00"),
	    OK("($50.00) USD", "-50.00"), OK("-$12.34", "-12.34"),
	    OK("$-12.34", "-12.34"), OK("12.34-", "-12.34"),
	    OK("- 12.34", "-12.34"), OK("-0.00", "0.00"), OK("(0)", "0"),
	    {NULL, 0, NULL, NULL}};
	static const struct row signs[] = {CUR("CA$12.34", "12.34", "CAD"),
	    CUR("12,34 \xe2\x82\xac", "12.34", "EUR"),
	    CUR("\xe2\x82\xac"
		"12,34",
		"12.34", "EUR"),
	    CUR("\xe2\x82\xac.50", "0.50", "EUR"),
	    CUR("RM 1,234.56", "1234.56", "MYR"), CUR("$12.34", "12.34", ""),
	    CUR("$12.34 USD", "12.34", "USD"), CUR("USD 12.34", "12.34", "USD"),
	    CUR("usd12.34", "12.34", "USD"), CUR("12.34EUR", "12.34", "EUR"),
	    CUR("US$12.34", "12.34", "USD"),
	    CUR("R$ 1.234,56", "1234.56", "BRL"), CUR("Rs.500", "500", ""),
	    CUR("Rs. 1,23,456.50", "123456.50", ""),
	    CUR("R 100.00", "100.00", "ZAR"), CUR("100 RON", "100", "RON"),
	    CUR("129,00 kr.", "129.00", ""), CUR("129 kr", "129", ""),
	    CUR("49,99 z\xc5\x82", "49.99", "PLN"),
	    CUR("1 299 K\xc4\x8d", "1299", "CZK"),
	    CUR("500 \xd1\x80\xd1\x83\xd0\xb1.", "500", "RUB"),
	    CUR("\xc2\xa5"
		"1,234,567",
		"1234567", ""),
	    CUR("Fr. 12.50", "12.50", ""),
	    CUR("CHF 1'234.50", "1234.50", "CHF"),
	    CUR("\xc2\xa3"
		"12",
		"12", ""),
	    CUR("kr\xe2\x80\xaf"
		"12,50",
		"12.50", ""),
	    {NULL, 0, NULL, NULL}};
	static const struct row none[] = {NO("", EMPTY), NO("  ", EMPTY),
	    NO("\xc2\xa0", EMPTY), NO("--", NOT_REPORTED),
	    NO(" --", NOT_REPORTED), NO("\xe2\x80\x94", NOT_REPORTED),
	    NO("-", NOT_REPORTED), NO("n/a", NOT_REPORTED),
	    NO("N/A", NOT_REPORTED), {NULL, 0, NULL, NULL}};
	static const struct row unclear[] = {NO("1,234", AMBIGUOUS),
	    NO("12.345", AMBIGUOUS), NO("$999,000", AMBIGUOUS),
	    {NULL, 0, NULL, NULL}};
	static const struct row bad[] = {NO("1.5E+3", BAD), NO("1e5", BAD),
	    NO("NaN", BAD), NO("inf", BAD), NO("Infinity", BAD),
	    NO("0x10", BAD), NO("abc", BAD), NO("12 abc", BAD),
	    NO("qty 12", BAD), NO("1.2.3", BAD), NO("1,2,3", BAD),
	    NO("1,23,45", BAD), NO("12,3456,789", BAD), NO("1 23", BAD),
	    NO("--5", BAD), NO("(5", BAD), NO("(-5)", BAD), NO("5%", BAD),
	    NO("2026-04-04", BAD), NO("12:30", BAD), NO("1.,5", BAD),
	    NO("1,234.567,8", BAD), NO("1.234.567,890,1", BAD),
	    NO("EUR 5 USD", BAD), NO("1,234'567", BAD),
	    NO("1234567890123456789", BAD),
	    NO("\xff"
	       "5",
		BAD),
	    NO("0,123,456", BAD), NO("$", BAD), NO(".", BAD),
	    NO("12\xe2\x82\xac"
	       "50",
		BAD),
	    {NULL, 0, NULL, NULL}};

	check(all(plain, &any), "numbers with either mark and any group");
	check(all(minus, &any), "what is below zero, and nought that is not");
	check(all(signs, &any), "signs and codes go, and are told if sure");
	check(all(none, &any), "not reported is neither zero nor wrong");
	check(all(unclear, &any), "a thousand or one is not guessed");
	check(all(bad, &any), "the rest is bad");
}

static void
known(void)
{
	static const struct capi_money_opt point = {.mark = '.'};
	static const struct capi_money_opt comma = {.mark = ','};
	static const struct capi_money_opt yen = {.has_exponent = true};
	static const struct capi_money_opt dinar = {
	    .has_exponent = true, .exponent = 3};
	static const struct capi_money_opt euro = {
	    .has_exponent = true, .exponent = 2};
	static const struct row points[] = {OK("1,234", "1234"),
	    OK("12.345", "12.345"), NO("12,34", BAD), NO("1.234,50", BAD),
	    OK("1,234.5", "1234.5"), NO("0,125", BAD), {NULL, 0, NULL, NULL}};
	static const struct row commas[] = {OK("1.234", "1234"),
	    OK("1,234", "1.234"), OK("1.234,50", "1234.50"), NO("12.34", BAD),
	    {NULL, 0, NULL, NULL}};
	static const struct row yens[] = {OK("1,234", "1234"),
	    OK("1.234", "1234"), OK("1234.00", "1234.00"),
	    {NULL, 0, NULL, NULL}};
	static const struct row dinars[] = {NO("1,234", AMBIGUOUS),
	    NO("1.234", AMBIGUOUS), OK("0.750", "0.750"), OK("999", "999"),
	    {NULL, 0, NULL, NULL}};
	static const struct row euros[] = {
	    NO("1,234", AMBIGUOUS), {NULL, 0, NULL, NULL}};
	static const struct capi_money_opt grouped = {.groups = ','};
	static const struct capi_money_opt grouped_euro = {
	    .groups = ',', .has_exponent = true, .exponent = 2};
	static const struct capi_money_opt grouped_dinar = {
	    .groups = ',', .has_exponent = true, .exponent = 3};
	static const struct row groups[] = {OK("1,234", "1234"),
	    OK("999", "999"), CUR("EUR 1,234", "1234", "EUR"),
	    NO("KWD 1,234", AMBIGUOUS), {NULL, 0, NULL, NULL}};
	static const struct row grouped_euros[] = {
	    OK("1,234", "1234"), {NULL, 0, NULL, NULL}};

	check(all(points, &point) && all(commas, &comma),
	    "a known mark decides, and the other groups or is wrong");
	check(all(yens, &yen) && all(dinars, &dinar) && all(euros, &euro),
	    "yen have no decimals; dinars and euros do not help");
	check(all(groups, &grouped) && all(grouped_euros, &grouped_euro) &&
		  all(dinars, &grouped_dinar),
	    "a column of thousands only is believed, but not of dinars");
}

static void
minor(void)
{
	static const struct capi_money_opt zero = {
	    .minor = true, .has_exponent = true};
	static const struct capi_money_opt two = {
	    .minor = true, .has_exponent = true, .exponent = 2};
	static const struct capi_money_opt three = {
	    .minor = true, .has_exponent = true, .exponent = 3};
	static const struct capi_money_opt unknown = {.minor = true};
	static const struct row zeros[] = {
	    OK("500", "500"), OK("0", "0"), {NULL, 0, NULL, NULL}};
	static const struct row twos[] = {OK("1000", "10.00"), OK("5", "0.05"),
	    OK("50", "0.50"), OK("0", "0.00"), OK("-1000", "-10.00"),
	    NO("10.00", BAD), NO("1,000", BAD), NO("1 000", BAD),
	    {NULL, 0, NULL, NULL}};
	static const struct row threes[] = {
	    OK("1230", "1.230"), {NULL, 0, NULL, NULL}};
	static const struct row no[] = {NO("1000", BAD), {NULL, 0, NULL, NULL}};

	check(all(zeros, &zero) && all(twos, &two) && all(threes, &three),
	    "minor units become major ones");
	check(all(no, &unknown), "but not if nobody knows how many");
}

static void
columns(void)
{
	static const struct {
		const char *cells[5];
		char mark;
		bool groups;
	} t[] = {{{"12,34", "1.000", "5"}, ',', false},
	    {{"12.34", "1,000", "--"}, '.', false},
	    {{"1,234", "999", "1,000,000"}, '.', false},
	    {{"1,234", "999"}, '.', true}, {{"1.234", "999"}, ',', true},
	    {{"1,234", "1234"}, 0, true}, {{"1,234", "1.234"}, 0, true},
	    {{"12,34", "12.34"}, 0, false}, {{"1234", "5"}, '.', false},
	    {{"0,125", "1,234"}, ',', false},
	    {{"$1,234.50", "n/a", ""}, '.', false},
	    {{"12,345", "1234,567"}, ',', false},
	    {{"", "--", "abc"}, '.', false}};
	size_t i, j;
	int good = 1;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		unsigned mask = CAPI_MONEY_ANY;
		bool groups;
		char mark;

		for (j = 0; j < 5 && t[i].cells[j]; j++)
			mask &= capi_money_evidence(
			    t[i].cells[j], strlen(t[i].cells[j]));
		mark = capi_money_mark(mask, &groups);
		if (mark != t[i].mark || groups != t[i].groups) {
			printf("# column %s: %c\n", t[i].cells[0], mark);
			good = 0;
		}
	}
	check(good, "a column decides what a cell cannot");
}

static void
room(void)
{
	static const struct capi_money_opt any;
	char out[8];
	size_t n;

	memset(out, 'x', sizeof(out));
	check(capi_money_parse("-1234.5", 7, &any, out, 6, &n, NULL) ==
		      CAPI_MONEY_BAD &&
		  !n && out[0] == 'x' &&
		  capi_money_parse("-1234.5", 7, &any, out, 7, &n, NULL) ==
		      CAPI_MONEY_OK &&
		  n == 7 && out[7] == 'x',
	    "never more than the caller has room for");
	check(capi_money_parse("12.345", 5, &any, out, 8, &n, NULL) ==
		      CAPI_MONEY_OK &&
		  n == 5,
	    "lengths are obeyed");
}

/* Python: Decimal(a) + Decimal(b), and so on; NULL: too long for us */
static const struct {
	const char *a, *b, *sum, *difference;
	int order;
} pairs[] = {{"10.00", "5.5", "15.50", "4.50", 1},
    {"0.1", "0.2", "0.3", "-0.1", -1}, {"-1.25", "1.25", "0.00", "-2.50", -1},
    {"5", "5.00", "10.00", "0.00", 0},
    {"19.99", "19.990000", "39.980000", "0.000000", 0},
    {"999999999999999999.999999", "0.000001", NULL, "999999999999999999.999998",
	1},
    {"-999999999999999999", "1", "-999999999999999998", NULL, -1},
    {"0", "0.00", "0.00", "0.00", 0},
    {"100.01", "100.1", "200.11", "-0.09", -1}};

static int
text_is(int r, const char *out, size_t n, const char *want)
{
	if (!want)
		return r == -1;
	return !r && n == strlen(want) && !memcmp(out, want, n);
}

static int
share_is(const char *a, const char *part, const char *whole, int decimals,
    const char *want)
{
	struct capi_str x = {a, strlen(a)}, y = {part, strlen(part)},
			z = {whole, strlen(whole)};
	char out[CAPI_MONEY_MAX];
	size_t n = 0;
	int r = capi_money_share(x, y, z, decimals, out, sizeof(out), &n);

	return want ? text_is(r, out, n, want) : r == -1;
}

/* Reckoned with bc. */
static void
shares(void)
{
	check(share_is("3.00", "3.00", "10.00", 0, "0.90") &&
		  share_is("30.00", "34.98", "34.98", 0, "30.00") &&
		  share_is("8", "1", "3", 2, "2.67") &&
		  share_is("1000", "500", "3000", 0, "167") &&
		  share_is("0.01", "1.00", "2.00", 0, "0.01") &&
		  share_is("0.01", "0.99", "2.00", 0, "0.00") &&
		  share_is("999999999999.99", "1", "3", 0, "333333333333.33"),
	    "a share is exact, and rounded once");
	check(share_is("1", "1", "0.00", 0, NULL) &&
		  share_is("-1", "1", "2", 0, NULL) &&
		  share_is("1", "-1", "2", 0, NULL) &&
		  share_is("1", "1", "", 0, NULL) &&
		  share_is("999999999999999999", "999999999999999999",
		      "999999999999999999", 0, NULL),
	    "what has no share, or is too long, is an error");
}

static void
arithmetic(void)
{
	static const char *const bad[] = {"", "-", "1.", ".5", "1e5", "1,5",
	    "+1", "1.2.3", "1234567890123456789", "0.1234567", " 1"};
	char out[CAPI_MONEY_MAX];
	size_t i, n = 0;
	int order, r, good = 1;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const char *a = pairs[i].a, *b = pairs[i].b;

		r = capi_money_add(
		    a, strlen(a), b, strlen(b), out, sizeof(out), &n);
		good &= text_is(r, out, n, pairs[i].sum);
		r = capi_money_sub(
		    a, strlen(a), b, strlen(b), out, sizeof(out), &n);
		good &= text_is(r, out, n, pairs[i].difference);
		r = capi_money_cmp(a, strlen(a), b, strlen(b), &order);
		good &= !r && order == pairs[i].order;
		if (!good)
			break;
	}
	check(good, "sums, differences and orders are exact");
	shares();
	for (good = 1, i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		good &= capi_money_is_zero(bad[i], strlen(bad[i])) == -1 &&
			capi_money_cmp(
			    bad[i], strlen(bad[i]), "1", 1, &order) == -1 &&
			capi_money_add("1", 1, bad[i], strlen(bad[i]), out,
			    sizeof(out), &n) == -1;
	}
	check(good, "only canonical amounts are reckoned with");
	check(capi_money_is_zero("0.00", 4) == 1 &&
		  capi_money_is_zero("-0", 2) == 1 &&
		  capi_money_is_zero("0.01", 4) == 0,
	    "nought is nought");
}

int
main(void)
{
	cells();
	known();
	minor();
	columns();
	room();
	arithmetic();
	printf("1..%d\n", tests);
	return failed ? 1 : 0;
}
