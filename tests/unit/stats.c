/*
 * The published vectors of the audit's statistics. Sources: R's rateratio.test
 * vignette (Fay 2022); R's fisher.test manual (Job satisfaction's sibling
 * "Convictions", Fisher's tea tasting); the intervals of small counts were
 * computed by bisection on the exact binomial distribution, outside this
 * program (tests/audit/stats.py does it again with fractions).
 */
#include "audit/stats.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int number, failed;

static void
ok(bool good, const char *sentence)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++number, sentence);
	failed += !good;
}

static bool
near(double a, double b, double within)
{
	return fabs(a - b) <= within;
}

static void
ratios(void)
{
	static const struct {
		double count, orders, lo, hi;
	} rows[] = {
	    {90, 150, 0.517, 0.679},
	    {145, 150, 0.924, 0.989},
	    {19, 20, 0.751, 0.999},
	    {16, 20, 0.563, 0.943},
	    {8, 10, 0.444, 0.975},
	    {120, 150, 0.727, 0.861},
	    {13, 10, 1.067, 1.652},
	    {195, 150, 1.228, 1.380},
	    {225, 150, 1.417, 1.583},
	    {15, 10, 1.187, 1.813},
	    {300, 150, 1.976, 2.000},
	    {20, 10, 1.692, 2.000},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct capi_interval r =
		    capi_stats_ratio(rows[i].count, rows[i].orders, 0.95);
		char sentence[64];

		snprintf(sentence, sizeof(sentence),
		    "%.0f events for %.0f orders", rows[i].count,
		    rows[i].orders);
		ok(near(r.lo, rows[i].lo, 0.0006) &&
			near(r.hi, rows[i].hi, 0.0006),
		    sentence);
	}
}

static void
fractions(void)
{
	struct capi_interval r = capi_stats_ratio(2.5, 10, 0.95);
	struct capi_interval two = capi_stats_ratio(2, 10, 0.95);
	struct capi_interval three = capi_stats_ratio(3, 10, 0.95);

	ok(r.lo == two.lo && r.hi == three.hi,
	    "a fractional count covers both neighbours");
	ok(isinf(capi_stats_ratio(3, 0, 0.95).hi),
	    "without orders nothing is known of the ratio");
	/* n >= ln 0.025 / ln 0.8 = 16.5 */
	ok(capi_stats_proportion(16, 16, 0.95).lo < 0.8 &&
		capi_stats_proportion(17, 17, 0.95).lo > 0.8,
	    "it takes 17 orders to exclude a ratio under 0.8");
	r = capi_stats_proportion(0, 10, 0.95);
	/* 1 - 0.025^(1/10) */
	ok(r.lo == 0 && near(r.hi, 0.30849710781876083, 1e-12), "none of ten");
}

static void
rates(void)
{
	struct capi_rate_ratio r =
	    capi_stats_rate_ratio(2, 17877, 9, 16660, 0.95);

	ok(near(r.ratio, 0.2070942, 1e-7), "rateratio.test: the ratio");
	ok(near(r.lo, 0.02177406, 1e-8) && near(r.hi, 1.0005491, 1e-6),
	    "rateratio.test: the interval");
	ok(near(r.p, 0.05011, 1e-5), "rateratio.test: the p value");
	r = capi_stats_rate_ratio(1150, 1, 1000, 1, 0.95);
	ok(near(r.lo, 1.056, 0.0006) && near(r.hi, 1.253, 0.0006),
	    "1150 against 1000 is real");
	r = capi_stats_rate_ratio(115, 1, 100, 1, 0.95);
	ok(near(r.lo, 0.872, 0.0006) && near(r.hi, 1.519, 0.0006),
	    "115 against 100 is noise");
	r = capi_stats_rate_ratio(460, 1, 400, 1, 0.95);
	ok(near(r.lo, 1.004, 0.0006) && near(r.hi, 1.318, 0.0006),
	    "460 against 400 is the edge");
	ok(capi_stats_overdispersed(r, 4).lo < 1,
	    "and noise where counts vary four times as much");
	ok(capi_stats_overdispersed(r, 1.4).lo == r.lo,
	    "a little more variance changes nothing");
}

static void
tables(void)
{
	ok(near(capi_stats_fisher(3, 1, 1, 3), 0.4857142857142857, 1e-12),
	    "Fisher's tea tasting, two-sided");
	ok(near(capi_stats_fisher(2, 10, 15, 3), 0.0005367241, 1e-9),
	    "Fisher's convictions of twins");
	ok(near(capi_stats_two_proportions(83, 86, 90, 93), 1, 0.1) ||
		capi_stats_two_proportions(83, 86, 90, 93) > 0.5,
	    "equal proportions are not told apart");
	ok(capi_stats_two_proportions(70, 100, 90, 100) < 0.001,
	    "70 and 90 of a hundred are");
	ok(capi_stats_two_proportions(0, 0, 1, 2) == 1,
	    "nothing is known of nobody");
}

static void
beta(void)
{
	/* I_x(1,b) = 1-(1-x)^b; I_x(a,1) = x^a; I_1/2(a,a) = 1/2 */
	ok(near(capi_stats_beta(1, 7, 0.2), 1 - pow(0.8, 7), 1e-13),
	    "the incomplete beta function with a = 1");
	ok(near(capi_stats_beta(3.5, 1, 0.7), pow(0.7, 3.5), 1e-13),
	    "with b = 1");
	ok(near(capi_stats_beta(1e6, 1e6, 0.5), 0.5, 1e-9),
	    "and at the middle, for a million");
}

static int
ascending(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return a < b ? -1 : a > b;
}

/* Against the C library's, with all sizes of numbers, below zero too. */
static void
sorts(void)
{
	static int64_t ours[5000], theirs[5000];
	uint64_t x = 88172645463325252u;
	bool same = true;

	for (size_t n = 0; n <= 5000; n = n * 2 + 1) {
		for (size_t i = 0; i < n; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			ours[i] = (int64_t)(x >> (i % 5 * 13));
			if (i % 3 == 0)
				ours[i] = -ours[i];
		}
		memcpy(theirs, ours, sizeof(ours));
		qsort(theirs, n, sizeof(*theirs), ascending);
		capi_stats_sort(ours, n);
		same = same && !memcmp(ours, theirs, n * sizeof(*ours));
	}
	ok(same, "sorted as by qsort(3)");
	ours[0] = INT64_MAX;
	ours[1] = INT64_MIN;
	ours[2] = 0;
	capi_stats_sort(ours, 3);
	ok(ours[0] == INT64_MIN && !ours[1] && ours[2] == INT64_MAX,
	    "the ends of the range");
}

int
main(void)
{
	int64_t sorted[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

	ratios();
	fractions();
	rates();
	tables();
	beta();
	sorts();
	ok(capi_stats_quantile(sorted, 10, 0.95) == 10 &&
		capi_stats_quantile(sorted, 10, 0.5) == 5 &&
		capi_stats_quantile(sorted, 10, 0) == 1,
	    "quantiles by nearest rank");
	printf("1..%d\n", number);
	return failed > 0;
}
