/*
 * The charts of the page. Every number that a colour tells is written beside
 * it, classes differ in pattern too.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "html.h"
#include "ledger.h"

/* Patterns for the classes of the ledger: fill for the eye, lines for paper. */
static const struct {
	const char *id, *body;
} patterns[CAPI_LEDGER_CLASSES] = {
    [CAPI_LEDGER_DELIVERED] = {"p0", "<rect width='8' height='8' "
				     "fill='#3f8f5f'/>"},
    [CAPI_LEDGER_REFUSED] = {"p1", "<rect width='8' height='8' "
				   "fill='#b5533c'/><path d='M0 8L8 0' "
				   "stroke='#fff' stroke-width='1.5'/>"},
    [CAPI_LEDGER_WITHHELD] = {"p2", "<rect width='8' height='8' "
				    "fill='#8d97a5'/><path d='M0 4H8' "
				    "stroke='#fff' stroke-width='1.5'/>"},
    [CAPI_LEDGER_QUEUED] = {"p3", "<rect width='8' height='8' "
				  "fill='#5b8fc9'/><path d='M4 0V8' "
				  "stroke='#fff' stroke-width='1.5'/>"},
    [CAPI_LEDGER_PARKED] = {"p4", "<rect width='8' height='8' "
				  "fill='#c98a2b'/><path d='M0 0L8 8M0 8L8 0' "
				  "stroke='#fff' stroke-width='1.2'/>"},
    [CAPI_LEDGER_UNKNOWN] = {"p5", "<rect width='8' height='8' "
				   "fill='#8a6bb1'/><circle cx='4' cy='4' "
				   "r='1.6' fill='#fff'/>"},
    [CAPI_LEDGER_DRY_RUN] = {"p6", "<rect width='8' height='8' "
				   "fill='#b0b7c0'/><circle cx='4' cy='4' "
				   "r='1.6' fill='#333'/>"},
    [CAPI_LEDGER_NEW] = {"p7", "<rect width='8' height='8' fill='#c7d8ea'/>"
			       "<path d='M0 8L8 0' stroke='#345' "
			       "stroke-width='1'/>"},
    [CAPI_LEDGER_MISSING] = {"p8", "<rect width='8' height='8' "
				   "fill='#8e1b22'/><path d='M0 2H8M0 6H8' "
				   "stroke='#fff' stroke-width='1.2'/>"},
};

void
capi_html_patterns(struct capi_buf *out)
{
	capi_buf_adds(out, "<svg width=\"0\" height=\"0\" style=\"position:"
			   "absolute\" aria-hidden=\"true\"><defs>");
	for (int i = 0; i < CAPI_LEDGER_CLASSES; i++)
		capi_buf_addf(out,
		    "<pattern id=\"%s\" width=\"8\" height=\"8\" "
		    "patternUnits=\"userSpaceOnUse\">%s</pattern>",
		    patterns[i].id, patterns[i].body);
	capi_buf_adds(out, "</defs></svg>\n");
}

#define W 720
#define LEFT 44

/* Horizontal parts of one whole, in the classes' patterns. */
static void
stacked(struct capi_buf *out, const double *v, double all, double x, double y,
    double width, double height)
{
	for (int i = 0; i < CAPI_LEDGER_CLASSES; i++) {
		double w = all > 0 ? v[i] / all * width : 0;

		if (v[i] <= 0)
			continue;
		if (w < 1.5) /* one order of a million is still seen */
			w = 1.5;
		capi_buf_addf(out,
		    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
		    "height=\"%.1f\" fill=\"url(#%s)\"><title>%s: "
		    "%.0f</title></rect>",
		    x, y, w, height, patterns[i].id, capi_ledger_names[i],
		    v[i]);
		x += w;
	}
}

static void
classes_of(
    const struct capi_audit_row *r, double v[CAPI_LEDGER_CLASSES], double *all)
{
	*all = 0;
	for (int i = 0; i < CAPI_LEDGER_CLASSES; i++) {
		v[i] = capi_row_value(r, capi_ledger_names[i]);
		if (isnan(v[i]))
			v[i] = 0;
		*all += v[i];
	}
}

static void
ledger_table(
    struct capi_audit *a, struct capi_buf *out, const double *v, double all)
{
	capi_buf_adds(out, "<table><tbody>");
	for (int i = 0; i < CAPI_LEDGER_CLASSES; i++) {
		if (v[i] <= 0)
			continue;
		capi_buf_addf(out,
		    "<tr><td><svg viewBox=\"0 0 16 12\" style=\"width:16px;"
		    "display:inline-block\" aria-hidden=\"true\"><rect "
		    "width=\"16\" height=\"12\" fill=\"url(#%s)\"/></svg> "
		    "%s</td><td class=\"n\">%s</td><td class=\"n\">%.1f%%"
		    "</td></tr>\n",
		    patterns[i].id, capi_ledger_names[i],
		    capi_html_count(a, v[i]), 100 * v[i] / all);
	}
	capi_buf_addf(out,
	    "<tr><th>orders that count</th><th class=\"n\">%s</th><th></th>"
	    "</tr></tbody></table>\n",
	    capi_html_count(a, all));
}

/* The orders of one destination by their age: what can still be repaired. */
static bool
is_age(const struct capi_audit_row *r, const char *platform)
{
	return capi_html_is(r, "count.ids") && capi_row_get(r, "age") &&
	       !strcmp(r->platform, platform);
}

static void
ledger_ages(struct capi_audit *a, struct capi_buf *out, const char *platform)
{
	double y = 4;
	size_t ages = 0;

	for (const struct capi_audit_row *r = a->rows; r; r = r->next)
		ages += is_age(r, platform);
	capi_buf_addf(out,
	    "<figure><figcaption>By age of the order</figcaption><svg "
	    "viewBox=\"0 0 %d %zu\" role=\"img\" aria-label=\"orders of %s by "
	    "outcome and age\">",
	    W, ages * 26 + 4, capi_html_escaped(a, platform));
	for (const struct capi_audit_row *r = a->rows; r; r = r->next) {
		double v[CAPI_LEDGER_CLASSES], all;

		if (!is_age(r, platform))
			continue;
		classes_of(r, v, &all);
		capi_buf_addf(out, "<text x=\"0\" y=\"%.0f\">", y + 14);
		capi_html_text(out, capi_row_words(r, "age"));
		capi_buf_adds(out, "</text>");
		stacked(out, v, all, 60, y, W - 280, 18);
		capi_buf_addf(out,
		    "<text x=\"%d\" y=\"%.0f\">%s orders, %s not delivered"
		    "</text>",
		    W - 210, y + 14, capi_html_count(a, all),
		    capi_html_count(a, all - v[CAPI_LEDGER_DELIVERED]));
		y += 26;
	}
	capi_buf_adds(out, "</svg></figure>\n");
}

void
capi_html_ledger(struct capi_audit *a, struct capi_buf *out)
{
	bool head = false;

	for (const struct capi_audit_row *r = a->rows; r; r = r->next) {
		double v[CAPI_LEDGER_CLASSES], all;

		if (!capi_html_is(r, "count.ids") ||
		    !capi_row_get(r, "counted"))
			continue;
		if (!head)
			capi_html_element(
			    out, "h2", NULL, "What became of each order");
		head = true;
		classes_of(r, v, &all);
		capi_html_element(out, "h3", NULL, r->platform);
		capi_buf_addf(out,
		    "<figure><svg viewBox=\"0 0 %d 30\" role=\"img\" "
		    "aria-label=\"orders of %s by outcome\">",
		    W, capi_html_escaped(a, r->platform));
		stacked(out, v, all, 0, 2, W, 26);
		capi_buf_adds(out, "</svg></figure>\n");
		ledger_table(a, out, v, all);
		ledger_ages(a, out, r->platform);
	}
}

/* Days of one platform: orders as wide bars, what the platform shows as a
 * line with a dot a day. */
#define DAYS 400

struct days {
	const struct capi_audit_row
	    *row[DAYS]; /* NULL: nothing is told of it */
	int64_t first;
	size_t n;
	double most;
};

static bool
day_of(const struct capi_audit_row *r, const char *check, const char *platform,
    int64_t *day)
{
	const char *text = capi_row_words(r, "day");

	return capi_html_is(r, check) && *text &&
	       !strcmp(r->platform, platform) &&
	       capi_clock_parse_date(
		   (struct capi_str){text, strlen(text)}, day);
}

/* One after the other, also those without orders; the last DAYS of them. */
static void
days_of(struct capi_audit *a, const char *check, const char *platform,
    const char *shown, struct days *d)
{
	int64_t last = INT64_MIN, day;

	memset(d, 0, sizeof(*d));
	d->first = INT64_MAX;
	d->most = 1;
	for (const struct capi_audit_row *r = a->rows; r; r = r->next)
		if (day_of(r, check, platform, &day)) {
			d->first = day < d->first ? day : d->first;
			last = day > last ? day : last;
		}
	if (last - d->first >= DAYS)
		d->first = last - DAYS + 1;
	d->n = (size_t)(last - d->first + 1);
	for (const struct capi_audit_row *r = a->rows; r; r = r->next) {
		if (!day_of(r, check, platform, &day) || day < d->first)
			continue;
		d->row[day - d->first] = r;
		d->most = fmax(d->most, capi_row_value(r, "truth"));
		d->most = fmax(d->most, capi_row_value(r, shown));
	}
}

/* A round number of at least `most` for the axis. */
static double
axis(double most)
{
	double unit = pow(10, floor(log10(most)));

	for (int i = 1; i <= 10; i++)
		if (unit * i >= most)
			return unit * i;
	return most;
}

static void
grid(struct capi_audit *a, struct capi_buf *out, double top, double height)
{
	for (int i = 0; i <= 2; i++) {
		double y = 10 + height - height * i / 2;

		if (top * i / 2 != floor(top * i / 2))
			continue; /* there are no halves of orders */
		capi_buf_addf(out,
		    "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text "
		    "class=\"dim\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">"
		    "%s</text>",
		    LEFT, y, W, LEFT - 6, y + 4,
		    capi_html_count(a, top * i / 2));
	}
}

#define HEIGHT 150

/* Where the count stands that the platform shows; false: it shows none. */
static bool
dot(const struct days *d, size_t i, const char *shown, double top, double *x,
    double *y)
{
	double step = (double)(W - LEFT) / (double)d->n;

	if (!d->row[i] || isnan(capi_row_value(d->row[i], shown)))
		return false;
	*x = LEFT + step * ((double)i + 0.5);
	*y = 10 + HEIGHT - capi_row_value(d->row[i], shown) / top * HEIGHT;
	return true;
}

static void
day_bars(struct capi_audit *a, struct capi_buf *out, const struct days *d,
    const char *shown, const char *words, double top)
{
	double step = (double)(W - LEFT) / (double)d->n;
	size_t every = d->n / 10 + 1;

	for (size_t i = 0; i < d->n; i++) {
		double x = LEFT + step * (double)i, n, h;
		char day[16];

		capi_clock_date(d->first + (int64_t)i, day);
		if (i % every == 0)
			capi_buf_addf(out,
			    "<text class=\"dim\" x=\"%.1f\" y=\"180\" "
			    "text-anchor=\"middle\">%s</text>",
			    x + step / 2, day + 5);
		if (!d->row[i])
			continue;
		n = capi_row_value(d->row[i], "truth");
		h = n / top * HEIGHT;
		capi_buf_addf(out,
		    "<rect class=\"back\" x=\"%.1f\" y=\"%.1f\" "
		    "width=\"%.1f\" height=\"%.1f\"><title>%s: %.0f orders, "
		    "%s %s</title></rect>",
		    x + step * 0.12, 10 + HEIGHT - h, step * 0.76, h, day, n,
		    capi_html_count(a, capi_row_value(d->row[i], shown)),
		    words);
	}
}

/* The line is broken where a day is missing. */
static void
day_line(
    struct capi_buf *out, const struct days *d, const char *shown, double top)
{
	bool open = false;
	double x, y;

	for (size_t i = 0; i < d->n; i++) {
		bool there = dot(d, i, shown, top, &x, &y);

		if (open && !there)
			capi_buf_adds(out, "\"/>");
		if (!open && there)
			capi_buf_adds(
			    out, "<polyline class=\"mark\" points=\"");
		open = there;
		if (there)
			capi_buf_addf(out, "%.1f,%.1f ", x, y);
	}
	capi_buf_adds(out, open ? "\"/>" : "");
	for (size_t i = 0; i < d->n && d->n <= 62; i++)
		if (dot(d, i, shown, top, &x, &y))
			capi_buf_addf(out,
			    "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" "
			    "r=\"3.5\"/>",
			    x, y);
}

static void
day_chart(struct capi_audit *a, struct capi_buf *out, const struct days *d,
    const char *platform, const char *shown, const char *words)
{
	double top = axis(d->most);

	capi_buf_addf(out,
	    "<figure><figcaption>%s: orders (bars) and %s (line) per day"
	    "</figcaption><svg viewBox=\"0 0 %d 190\" role=\"img\" "
	    "aria-label=\"orders and %s per day\">",
	    capi_html_escaped(a, platform), words, W, words);
	grid(a, out, top, HEIGHT);
	day_bars(a, out, d, shown, words, top);
	day_line(out, d, shown, top);
	capi_buf_adds(out, "</svg></figure>\n");
}

/* The platforms of a check's rows, each once, in their order. */
static bool
first_of_platform(
    struct capi_audit *a, const struct capi_audit_row *r, const char *pair)
{
	for (const struct capi_audit_row *q = a->rows; q != r; q = q->next)
		if (q->check && !strcmp(q->check, r->check) &&
		    capi_row_get(q, pair) && !strcmp(q->platform, r->platform))
			return false;
	return true;
}

void
capi_html_days(struct capi_audit *a, struct capi_buf *out)
{
	static const struct {
		const char *check, *shown, *words;
	} series[] = {
	    {"trend.ratio", "count", "events received"},
	    {"count.ids", "sent", "orders delivered"},
	};
	bool head = false;
	struct days d;

	for (size_t k = 0; k < 2; k++)
		for (const struct capi_audit_row *r = a->rows; r; r = r->next) {
			if (!capi_html_is(r, series[k].check) ||
			    !capi_row_get(r, "day") ||
			    !first_of_platform(a, r, "day"))
				continue;
			if (!head)
				capi_html_element(
				    out, "h2", NULL, "Day by day");
			head = true;
			days_of(a, series[k].check, r->platform,
			    series[k].shown, &d);
			day_chart(a, out, &d, r->platform, series[k].shown,
			    series[k].words);
		}
}

static void
lag_chart(
    struct capi_audit *a, struct capi_buf *out, const struct capi_audit_row *r)
{
	double all = capi_row_value(r, "n");
	double y = 4;
	size_t bars = 0;

	for (size_t i = 0; i < r->count; i++)
		bars += !strncmp(r->pairs[i].name, "lag.", 4);
	capi_buf_addf(out,
	    "<figure><figcaption>%s: time from event to sending (median %s, "
	    "95%% within %s)</figcaption><svg viewBox=\"0 0 %d %zu\" "
	    "role=\"img\" aria-label=\"lag distribution\">",
	    capi_html_escaped(a, r->platform),
	    capi_audit_duration(a, capi_row_value(r, "p50")),
	    capi_audit_duration(a, capi_row_value(r, "p95")), W, bars * 24 + 4);
	for (size_t i = 0; i < r->count; i++) {
		double n = (double)r->pairs[i].i;

		if (strncmp(r->pairs[i].name, "lag.", 4))
			continue;
		capi_buf_addf(out,
		    "<text x=\"0\" y=\"%.0f\">%s</text><rect class=\"bar\" "
		    "x=\"80\" y=\"%.0f\" width=\"%.1f\" height=\"16\"/><text "
		    "x=\"%.1f\" y=\"%.0f\">%s%s</text>",
		    y + 13, r->pairs[i].name + 4, y, n / all * (W - 220),
		    86 + n / all * (W - 220), y + 13, capi_html_count(a, n),
		    n > 0 ? capi_audit_text(a, " (%.1f%%)", 100 * n / all)
			  : "");
		y += 24;
	}
	capi_buf_adds(out, "</svg></figure>\n");
}

void
capi_html_lags(struct capi_audit *a, struct capi_buf *out)
{
	bool head = false;

	for (const struct capi_audit_row *r = a->rows; r; r = r->next) {
		if (!capi_html_is(r, "time.lag"))
			continue;
		if (!head)
			capi_html_element(
			    out, "h2", NULL, "How late events are sent");
		head = true;
		lag_chart(a, out, r);
	}
}

static const char *
key_words(const char *key)
{
	static const struct {
		const char *key, *words;
	} words[] = {{"em", "e-mail"}, {"ph", "phone"},
	    {"external_id", "customer id"}, {"fbc", "Meta click (fbc)"},
	    {"fbp", "browser id"}, {"click_id", "click id"},
	    {"ip", "IP address"}, {"ua", "user agent"}, {"name", "name"},
	    {"address", "address"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i].key, key))
			return words[i].words;
	return key;
}

/* Of the same events, and one that the platform takes. */
static bool
shown_key(const struct capi_audit_row *r, const struct capi_audit_row *first)
{
	return capi_html_is(r, "pay.keys") && !strcmp(r->event, first->event) &&
	       !strcmp(r->platform, first->platform) &&
	       capi_row_value(r, "taken") != 0;
}

static void
coverage_chart(struct capi_audit *a, struct capi_buf *out,
    const struct capi_audit_row *first)
{
	double y = 4;
	int keys = 0;

	for (const struct capi_audit_row *r = first; r; r = r->next)
		keys += shown_key(r, first);
	capi_buf_addf(out,
	    "<figure><figcaption>%s %s: events with a valid value"
	    "</figcaption><svg viewBox=\"0 0 %d %d\" role=\"img\" "
	    "aria-label=\"match key coverage\">",
	    capi_html_escaped(a, first->platform),
	    capi_html_escaped(a, first->event), W, keys * 24 + 4);
	for (const struct capi_audit_row *r = first; r; r = r->next) {
		double share, truth;

		if (!shown_key(r, first))
			continue;
		share = capi_row_value(r, "value");
		truth = capi_row_value(r, "truth_have") /
			capi_row_value(r, "truth_n");
		capi_buf_addf(out,
		    "<text x=\"0\" y=\"%.0f\">%s</text><rect class=\"back\" "
		    "x=\"130\" y=\"%.0f\" width=\"%d\" height=\"16\"/><rect "
		    "class=\"bar\" x=\"130\" y=\"%.0f\" width=\"%.1f\" "
		    "height=\"16\"/>",
		    y + 13, key_words(capi_row_words(r, "key")), y, W - 330, y,
		    share * (W - 330));
		if (!isnan(truth))
			capi_buf_addf(out,
			    "<path class=\"edge\" stroke-width=\"2\" "
			    "d=\"M%.1f %.0fV%.0f\"/>",
			    130 + fmin(truth, 1) * (W - 330), y - 2, y + 18);
		capi_buf_addf(out, "<text x=\"%d\" y=\"%.0f\">%.1f%%", W - 190,
		    y + 13, 100 * share);
		if (!isnan(truth))
			capi_buf_addf(
			    out, "; orders had %.1f%%", 100 * fmin(truth, 1));
		capi_buf_adds(out, "</text>");
		y += 24;
	}
	capi_buf_adds(out, "</svg></figure>\n");
}

void
capi_html_coverage(struct capi_audit *a, struct capi_buf *out)
{
	bool head = false;

	for (const struct capi_audit_row *r = a->rows; r; r = r->next) {
		if (!capi_html_is(r, "pay.keys") ||
		    strcmp(capi_row_words(r, "key"), "em"))
			continue;
		if (!head) {
			capi_html_element(out, "h2", NULL, "Match keys");
			capi_html_element(out, "p", "dim",
			    "The bar is what events carry, the upright line "
			    "what the orders had.");
		}
		head = true;
		coverage_chart(a, out, r);
	}
}
