/*
 * The statistics of an audit: is a gap between two counts real, or is it what
 * chance does with so few orders? Pure functions over doubles; money never
 * comes here. Two-sided, exact where an exact method exists (central method,
 * so that interval and p value agree).
 *
 * Sources: Clopper and Pearson, Biometrika 26 (1934); Fay, "rateratio.test"
 * and "exactci" vignettes (R), read 2026-11-20; Fisher (1935).
 */
#ifndef CAPI_STATS_H
#define CAPI_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capi_interval {
	double lo, hi;
};

/* Regularised incomplete beta function, a > 0, b > 0, 0 <= x <= 1. */
double capi_stats_beta(double a, double b, double x);

/* Exact interval of a proportion: k of n, 0 <= k <= n, n > 0; level 0.95.
 * With n = 0 it is 0..1: nothing is known. */
struct capi_interval capi_stats_proportion(double k, double n, double level);

/*
 * Interval of count/orders where both are about the same orders: each order
 * was counted j or j+1 times, so the rest is binomial. Two independent
 * Poissons would be far too wide. A count may be fractional (Google): the
 * interval then covers both neighbours.
 */
struct capi_interval capi_stats_ratio(
    double count, double orders, double level);

struct capi_rate_ratio {
	double ratio; /* (a/ta) / (b/tb); infinity when b is 0 */
	double lo, hi;
	double p;
};

/* Two Poisson counts in different windows of length ta and tb. */
struct capi_rate_ratio capi_stats_rate_ratio(
    double a, double ta, double b, double tb, double level);

/* Widens the interval on the log scale for counts that vary more than Poisson
 * (variance/mean = phi). phi of 1.5 and less changes nothing. */
struct capi_rate_ratio capi_stats_overdispersed(
    struct capi_rate_ratio r, double phi);

/* Two-sided Fisher: the probability of all tables with these margins that are
 * no likelier than (a b / c d). */
double capi_stats_fisher(double a, double b, double c, double d);

/* p of "k1/n1 and k2/n2 are the same": Fisher when a cell is under 5, else
 * the pooled z test. 1 when either n is 0. */
double capi_stats_two_proportions(double k1, double n1, double k2, double n2);

/* Ascending. */
void capi_stats_sort(int64_t *v, size_t n);

/* Sorts them: for a few. n > 0. */
double capi_stats_median(double *v, size_t n);

/* The q-quantile of values sorted ascending, nearest rank. n > 0. */
double capi_stats_quantile(const int64_t *sorted, size_t n, double q);

#endif
