#include "stats.h"

#include <math.h>
#include <stdlib.h>

#include "err.h"

#define TINY 1e-300
#define EPSILON 1e-15
/* The fraction needs about sqrt(max(a, b)) steps; a million orders need a few
 * thousand. */
#define STEPS 100000
#define HALVINGS 200

static double
log_gamma(double x)
{
	int sign;

	return lgamma_r(x, &sign);
}

static double
not_zero(double x)
{
	return fabs(x) < TINY ? TINY : x;
}

/* Continued fraction of the incomplete beta function by Lentz's method. */
static double
beta_fraction(double a, double b, double x)
{
	double c = 1;
	double d = 1 / not_zero(1 - (a + b) * x / (a + 1));
	double f = d;

	for (int i = 1; i < STEPS; i++) {
		double m = i;
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x /
			     ((a + 2 * m) * (a + 2 * m + 1));
		double step;

		d = 1 / not_zero(1 + even * d);
		c = not_zero(1 + even / c);
		f *= d * c;
		d = 1 / not_zero(1 + odd * d);
		c = not_zero(1 + odd / c);
		step = d * c;
		f *= step;
		if (fabs(step - 1) < EPSILON)
			break;
	}
	return f;
}

double
capi_stats_beta(double a, double b, double x)
{
	double front;

	if (x <= 0)
		return 0;
	if (x >= 1)
		return 1;
	front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) +
		    a * log(x) + b * log1p(-x));
	/* On the other side of the mean the mirrored fraction converges. */
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

static double
beta_quantile(double a, double b, double p)
{
	double lo = 0, hi = 1;

	for (int i = 0; i < HALVINGS && hi - lo > EPSILON * hi; i++) {
		double middle = (lo + hi) / 2;

		if (capi_stats_beta(a, b, middle) < p)
			lo = middle;
		else
			hi = middle;
	}
	return (lo + hi) / 2;
}

struct capi_interval
capi_stats_proportion(double k, double n, double level)
{
	double tail = (1 - level) / 2;
	struct capi_interval i = {0, 1};

	if (n <= 0)
		return i;
	if (k > 0)
		i.lo = beta_quantile(k, n - k + 1, tail);
	if (k < n)
		i.hi = beta_quantile(k + 1, n - k, 1 - tail);
	return i;
}

static struct capi_interval
whole_ratio(double count, double orders, double level)
{
	double times = floor(count / orders);
	struct capi_interval i;

	if (times > 0 && times * orders == count)
		times--; /* each of them counted once more, none left out */
	i = capi_stats_proportion(count - times * orders, orders, level);
	i.lo += times;
	i.hi += times;
	return i;
}

struct capi_interval
capi_stats_ratio(double count, double orders, double level)
{
	struct capi_interval i = {0, INFINITY};

	if (orders <= 0)
		return i;
	i.lo = whole_ratio(floor(count), orders, level).lo;
	i.hi = whole_ratio(ceil(count), orders, level).hi;
	return i;
}

static double
odds(double q)
{
	return q >= 1 ? INFINITY : q / (1 - q);
}

/* P(X <= k) and P(X >= k) for X ~ Bin(n, q). */
static double
at_most(double k, double n, double q)
{
	return k >= n ? 1 : capi_stats_beta(n - k, k + 1, 1 - q);
}

static double
at_least(double k, double n, double q)
{
	return k <= 0 ? 1 : capi_stats_beta(k, n - k + 1, q);
}

struct capi_rate_ratio
capi_stats_rate_ratio(double a, double ta, double b, double tb, double level)
{
	struct capi_rate_ratio r = {NAN, 0, INFINITY, 1};
	struct capi_interval q;
	double low, high, even = ta / (ta + tb);

	if (a + b <= 0 || ta <= 0 || tb <= 0)
		return r;
	r.ratio = b > 0 ? (a / ta) / (b / tb) : INFINITY;
	q = capi_stats_proportion(a, a + b, level);
	r.lo = odds(q.lo) * tb / ta;
	r.hi = odds(q.hi) * tb / ta;
	low = at_most(a, a + b, even);
	high = at_least(a, a + b, even);
	r.p = fmin(1, 2 * fmin(low, high));
	return r;
}

struct capi_rate_ratio
capi_stats_overdispersed(struct capi_rate_ratio r, double phi)
{
	double widen = sqrt(phi);

	if (!(phi > 1.5) || !(r.ratio > 0) || isinf(r.ratio))
		return r;
	r.lo = r.ratio * pow(r.lo / r.ratio, widen);
	r.hi = r.ratio * pow(r.hi / r.ratio, widen);
	return r;
}

static double
log_choose(double n, double k)
{
	return log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1);
}

double
capi_stats_fisher(double a, double b, double c, double d)
{
	double row = a + b, column = a + c, n = a + b + c + d;
	double first = fmax(0, column - (c + d));
	double last = fmin(row, column);
	double all = log_choose(n, column);
	double seen = log_choose(row, a) + log_choose(c + d, c) - all;
	double p = 0;

	for (double x = first; x <= last; x++) {
		double here =
		    log_choose(row, x) + log_choose(c + d, column - x) - all;

		/* Equal tables differ in the last digits only. */
		if (here <= seen + 1e-7)
			p += exp(here);
	}
	return fmin(1, p);
}

double
capi_stats_two_proportions(double k1, double n1, double k2, double n2)
{
	double least = fmin(fmin(k1, n1 - k1), fmin(k2, n2 - k2));
	double pooled, error;

	if (n1 <= 0 || n2 <= 0)
		return 1;
	if (least < 5)
		return capi_stats_fisher(k1, n1 - k1, k2, n2 - k2);
	pooled = (k1 + k2) / (n1 + n2);
	error = sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2));
	if (error <= 0)
		return 1;
	return erfc(fabs(k1 / n1 - k2 / n2) / error / sqrt(2));
}

/* By bytes, the lowest first, with as many passes as bytes differ: numbers of
 * an audit (lags, minutes) differ in two or three, so that a million take
 * milliseconds where qsort(3) takes a quarter of a second. */
void
capi_stats_sort(int64_t *v, size_t n)
{
	uint64_t *from = (uint64_t *)v, *to, *spare;
	uint64_t all = 0;

	if (n < 2)
		return;
	spare = to = capi_alloc(n * sizeof(*to));
	for (size_t i = 0; i < n; i++) {
		from[i] ^= UINT64_C(1) << 63; /* below zero comes first */
		all |= from[i] ^ from[0];
	}
	for (int shift = 0; shift < 64; shift += 8) {
		size_t start[257] = {0};
		uint64_t *swap = from;

		if (!(all >> shift & 0xff))
			continue;
		for (size_t i = 0; i < n; i++)
			start[(from[i] >> shift & 0xff) + 1]++;
		for (int b = 0; b < 256; b++)
			start[b + 1] += start[b];
		for (size_t i = 0; i < n; i++)
			to[start[from[i] >> shift & 0xff]++] = from[i];
		from = to;
		to = swap;
	}
	for (size_t i = 0; i < n; i++)
		v[i] = (int64_t)(from[i] ^ UINT64_C(1) << 63);
	free(spare);
}

double
capi_stats_median(double *v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k > 0 && v[k] < v[k - 1]; k--) {
			double t = v[k];

			v[k] = v[k - 1];
			v[k - 1] = t;
		}
	return (v[(n - 1) / 2] + v[n / 2]) / 2;
}

double
capi_stats_quantile(const int64_t *sorted, size_t n, double q)
{
	double rank = ceil(q * (double)n);

	if (rank < 1)
		rank = 1;
	if (rank > (double)n)
		rank = (double)n;
	return (double)sorted[(size_t)rank - 1];
}
