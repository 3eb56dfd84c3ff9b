/*
 * The audit as one page for people who look rather than read: no script, no
 * font, no picture from elsewhere; charts are SVG in the page. Every number
 * that a colour tells is written beside it, classes differ in pattern too, so
 * it can be read in grey, on paper and aloud.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "audit.h"
#include "ledger.h"

#define LIST_MOST 200

static void
text(struct capi_buf *out, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '&':
			capi_buf_adds(out, "&amp;");
			break;
		case '<':
			capi_buf_adds(out, "&lt;");
			break;
		case '>':
			capi_buf_adds(out, "&gt;");
			break;
		case '"':
			capi_buf_adds(out, "&quot;");
			break;
		default:
			if ((unsigned char)*s >= 0x20)
				capi_buf_addc(out, *s);
		}
	}
}

static void
element(struct capi_buf *out, const char *tag, const char *class,
    const char *content)
{
	capi_buf_addf(out, "<%s%s%s%s>", tag, class ? " class=\"" : "",
	    class ? class : "", class ? "\"" : "");
	text(out, content);
	capi_buf_addf(out, "</%.*s>\n", (int)strcspn(tag, " "), tag);
}

/* 12 345; a thin space between thousands does not break. */
static const char *
count(struct capi_audit *a, double n)
{
	char digits[32], grouped[64];
	size_t len, k = 0;

	if (isnan(n))
		return "-";
	if (n != floor(n))
		return capi_audit_text(a, "%.2f", n);
	snprintf(digits, sizeof(digits), "%.0f", n);
	len = strlen(digits);
	for (size_t i = 0; i < len && k + 4 < sizeof(grouped); i++) {
		if (i && (len - i) % 3 == 0 && digits[i - 1] != '-') {
			memcpy(grouped + k, "\xe2\x80\x89", 3);
			k += 3;
		}
		grouped[k++] = digits[i];
	}
	grouped[k] = '\0';
	return capi_audit_keep(a, grouped);
}

static bool
is(const struct capi_audit_row *r, const char *check)
{
	return r->check && !strcmp(r->check, check);
}

static const char style[] =
    ":root{--bg:#fff;--fg:#1b1f24;--dim:#5b6470;--line:#d5dae1;--card:#f6f7f9;"
    "--crit:#a4161a;--warn:#8a5300;--info:#2a5d9f;--ok:#1c6b3c;"
    "--a:#2a6fb0;--b:#c9d3df;--c:#8a5300;color-scheme:light dark}"
    "@media(prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e6e9ee;"
    "--dim:#9aa4b1;--line:#343b45;--card:#1c2127;--crit:#ff8a8a;"
    "--warn:#f0b45a;--info:#8bb9f2;--ok:#7fd19b;--a:#6aaeea;--b:#46515e;"
    "--c:#f0b45a}}"
    "*{box-sizing:border-box}body{margin:0;background:var(--bg);"
    "color:var(--fg);font:15px/1.45 system-ui,sans-serif}"
    "main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 4rem}"
    "h1{font-size:1.5rem;margin:0}h2{font-size:1.15rem;margin:2.2rem 0 .6rem;"
    "padding-top:.6rem;border-top:1px solid var(--line)}"
    "h3{font-size:1rem;margin:1.2rem 0 .3rem}p{margin:.3rem 0}"
    ".dim{color:var(--dim)}.tiles{display:grid;gap:.7rem;margin:1rem 0;"
    "grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr))}"
    ".tile{background:var(--card);border:1px solid var(--line);"
    "border-radius:.5rem;padding:.6rem .8rem}.tile b{display:block;"
    "font-size:1.5rem;line-height:1.2}.tile span{color:var(--dim);"
    "font-size:.85rem}"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;"
    "font-variant-numeric:tabular-nums}th,td{text-align:left;"
    "padding:.25rem .6rem .25rem 0;border-bottom:1px solid var(--line);"
    "vertical-align:top}th{font-weight:600;color:var(--dim);"
    "font-size:.85rem}td.n,th.n{text-align:right}"
    ".finding{border-left:.35rem solid var(--line);padding:.15rem 0 .15rem "
    ".8rem;margin:.7rem 0;break-inside:avoid}.finding.crit{border-color:"
    "var(--crit)}.finding.warn{border-color:var(--warn);border-left-style:"
    "double}.finding.info{border-color:var(--info);border-left-style:dotted}"
    ".tag{font-weight:700;font-size:.8rem;letter-spacing:.03em}"
    ".crit .tag,.tag.crit{color:var(--crit)}.warn .tag,.tag.warn{color:"
    "var(--warn)}.info .tag,.tag.info{color:var(--info)}.tag.ok{color:"
    "var(--ok)}code{font:.9em ui-monospace,monospace}"
    "figure{margin:.8rem 0;break-inside:avoid;overflow-x:auto}figure>svg{"
    "min-width:32rem}figcaption{font-weight:600;"
    "margin-bottom:.3rem}svg{display:block;width:100%;height:auto}"
    "svg text{fill:var(--fg);font:12px system-ui,sans-serif}"
    "svg .dim{fill:var(--dim)}svg .grid{stroke:var(--line)}"
    "svg .bar{fill:var(--a)}svg .back{fill:var(--b)}"
    "svg .mark{fill:none;stroke:var(--c);stroke-width:2.5}"
    "svg .dot{fill:var(--bg);stroke:var(--c);stroke-width:2.5}"
    "svg .edge{fill:none;stroke:var(--fg);stroke-opacity:.55}"
    "details summary{cursor:pointer;color:var(--dim)}"
    "@media print{body{font-size:11px}main{max-width:none;padding:0}"
    "h2{break-after:avoid}details{display:block}}";

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

static void
write_patterns(struct capi_buf *out)
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

static void
write_head(struct capi_audit *a, struct capi_buf *out)
{
	bool given = a->from <= a->to;
	char from[16] = "", to[16] = "", when[24];
	const char *title = "Audit of conversions";

	if (a->used || given) {
		capi_clock_date(given ? a->from : a->first, from);
		capi_clock_date(given ? a->to : a->last, to);
		title = capi_audit_text(
		    a, "Audit of conversions, %s to %s", from, to);
	}
	capi_buf_adds(out, "<!doctype html>\n<html lang=\"en\"><head><meta "
			   "charset=\"utf-8\"><meta name=\"viewport\" "
			   "content=\"width=device-width\">"
			   "<meta http-equiv=\"Content-Security-Policy\" "
			   "content=\"default-src 'none'; style-src "
			   "'unsafe-inline'\">");
	element(out, "title", NULL, title);
	capi_buf_addf(out, "<style>%s</style></head>\n<body><main>\n", style);
	write_patterns(out);
	element(out, "h1", NULL, title);
	capi_clock_time(a->zone, a->now, when);
	element(out, "p", "dim",
	    capi_audit_text(a, "Days of %s. Made by capi-audit on %s.",
		capi_clock_zone_name(a->zone), when));
}

static void
tile(struct capi_buf *out, const char *number, const char *words)
{
	capi_buf_adds(out, "<div class=\"tile\">");
	element(out, "b", NULL, number);
	element(out, "span", NULL, words);
	capi_buf_adds(out, "</div>\n");
}

static void
write_tiles(struct capi_audit *a, struct capi_buf *out)
{
	capi_buf_adds(out, "<div class=\"tiles\">\n");
	if (a->has[CAPI_ROLE_ORDERS])
		tile(out, count(a, (double)a->used),
		    capi_audit_text(a, "orders count, %s are left out",
			count(a, (double)(a->orders - a->used))));
	for (const struct capi_audit_row *r = a->rows; r; r = r->next) {
		if (is(r, "truth.filter") && *capi_row_words(r, "currency"))
			tile(out,
			    capi_audit_text(a, "%s %s",
				capi_row_words(r, "currency"),
				capi_row_words(r, "sum")),
			    capi_audit_text(a, "in %s orders",
				count(a, capi_row_value(r, "orders"))));
		if (is(r, "count.ratio") && !isnan(capi_row_value(r, "value")))
			tile(out,
			    capi_audit_text(
				a, "%.2f", capi_row_value(r, "value")),
			    capi_audit_text(a, "%s %s received for each order",
				r->platform, r->event));
	}
	tile(out,
	    capi_audit_text(a, "%" PRId64 " / %" PRId64,
		a->counts[CAPI_SEVERITY_CRIT], a->counts[CAPI_SEVERITY_WARN]),
	    "critical findings / warnings");
	capi_buf_adds(out, "</div>\n");
}

static const char *const severity_words[] = {
    "ok", "\xe2\x97\x8b note", "\xe2\x96\xb2 warning", "\xe2\x97\x86 critical"};

static void
write_findings(struct capi_audit *a, struct capi_buf *out)
{
	element(out, "h2", NULL, "Findings");
	if (!a->findings)
		element(out, "p", NULL, "Nothing was found.");
	for (const struct capi_audit_finding *f = a->findings; f; f = f->next) {
		if (capi_finding_said_before(a, f))
			continue;
		capi_buf_addf(out, "<div class=\"finding %s\">",
		    capi_severity_names[f->severity]);
		element(out, "span", "tag", severity_words[f->severity]);
		capi_buf_adds(out, " <code>");
		text(out, f->check->id);
		capi_buf_adds(out, "</code> ");
		if (f->platform)
			element(out, "b", NULL, capi_finding_platforms(a, f));
		capi_buf_adds(out, "<p>");
		text(out, f->fact);
		capi_buf_adds(out, f->certain ? "" : " (likely, not certain)");
		capi_buf_adds(out, "</p>");
		if (f->fix)
			element(out, "p", "dim",
			    capi_audit_text(a, "What to do: %s", f->fix));
		capi_buf_adds(out, "</div>\n");
	}
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
		    patterns[i].id, capi_ledger_names[i], count(a, v[i]),
		    100 * v[i] / all);
	}
	capi_buf_addf(out,
	    "<tr><th>orders that count</th><th class=\"n\">%s</th><th></th>"
	    "</tr></tbody></table>\n",
	    count(a, all));
}

/* The orders of one destination by their age: what can still be repaired. */
static void
ledger_ages(struct capi_audit *a, struct capi_buf *out, const char *platform)
{
	double y = 4;
	size_t ages = 0;

	while (capi_ledger_ages[ages].name)
		ages++;
	capi_buf_addf(out,
	    "<figure><figcaption>By age of the order</figcaption><svg "
	    "viewBox=\"0 0 %d %zu\" role=\"img\" aria-label=\"orders of %s by "
	    "outcome and age\">",
	    W, ages * 26 + 4, platform);
	for (const struct capi_audit_row *r = a->rows; r; r = r->next) {
		double v[CAPI_LEDGER_CLASSES], all;

		if (!is(r, "count.ids") || !capi_row_get(r, "age") ||
		    strcmp(r->platform, platform))
			continue;
		classes_of(r, v, &all);
		capi_buf_addf(out, "<text x=\"0\" y=\"%.0f\">", y + 14);
		text(out, capi_row_words(r, "age"));
		capi_buf_adds(out, "</text>");
		stacked(out, v, all, 60, y, W - 280, 18);
		capi_buf_addf(out,
		    "<text x=\"%d\" y=\"%.0f\">%s orders, %s not sent</text>",
		    W - 210, y + 14, count(a, all),
		    count(a, v[CAPI_LEDGER_MISSING]));
		y += 26;
	}
	capi_buf_adds(out, "</svg></figure>\n");
}

static void
write_ledger(struct capi_audit *a, struct capi_buf *out)
{
	bool head = false;

	for (const struct capi_audit_row *r = a->rows; r; r = r->next) {
		double v[CAPI_LEDGER_CLASSES], all;

		if (!is(r, "count.ids") || !capi_row_get(r, "counted"))
			continue;
		if (!head)
			element(out, "h2", NULL, "What became of each order");
		head = true;
		classes_of(r, v, &all);
		element(out, "h3", NULL, r->platform);
		capi_buf_addf(out,
		    "<figure><svg viewBox=\"0 0 %d 30\" role=\"img\" "
		    "aria-label=\"orders of %s by outcome\">",
		    W, r->platform);
		stacked(out, v, all, 0, 2, W, 26);
		capi_buf_adds(out, "</svg></figure>\n");
		ledger_table(a, out, v, all);
		ledger_ages(a, out, r->platform);
	}
}

/* Days of one platform: orders as wide bars, what the platform shows as a
 * line with a dot a day. */
struct days {
	const struct capi_audit_row *row[400];
	size_t n;
	double most;
};

static void
days_of(struct capi_audit *a, const char *check, const char *platform,
    const char *shown, struct days *d)
{
	d->n = 0;
	d->most = 1;
	for (const struct capi_audit_row *r = a->rows; r; r = r->next) {
		if (!is(r, check) || !capi_row_get(r, "day") ||
		    strcmp(r->platform, platform) || d->n == 400)
			continue;
		d->row[d->n++] = r;
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

		capi_buf_addf(out,
		    "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text "
		    "class=\"dim\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">"
		    "%s</text>",
		    LEFT, y, W, LEFT - 6, y + 4, count(a, top * i / 2));
	}
}

static void
day_chart(struct capi_audit *a, struct capi_buf *out, const struct days *d,
    const char *platform, const char *shown, const char *words)
{
	double height = 150, top = axis(d->most);
	double step = (double)(W - LEFT) / (double)d->n;
	size_t every = d->n / 10 + 1;

	capi_buf_addf(out,
	    "<figure><figcaption>%s: orders (bars) and %s (line) per day"
	    "</figcaption><svg viewBox=\"0 0 %d 190\" role=\"img\" "
	    "aria-label=\"orders and %s per day\">",
	    platform, words, W, words);
	grid(a, out, top, height);
	for (size_t i = 0; i < d->n; i++) {
		double n = capi_row_value(d->row[i], "truth");
		double h = n / top * height;
		double x = LEFT + step * (double)i;
		const char *day = capi_row_words(d->row[i], "day");

		capi_buf_addf(out,
		    "<rect class=\"back\" x=\"%.1f\" y=\"%.1f\" "
		    "width=\"%.1f\" height=\"%.1f\"><title>%s: %.0f orders, "
		    "%.6g %s</title></rect>",
		    x + step * 0.12, 10 + height - h, step * 0.76, h, day, n,
		    capi_row_value(d->row[i], shown), words);
		if (i % every == 0)
			capi_buf_addf(out,
			    "<text class=\"dim\" x=\"%.1f\" y=\"180\" "
			    "text-anchor=\"middle\">%s</text>",
			    x + step / 2, day + 5);
	}
	capi_buf_adds(out, "<polyline class=\"mark\" points=\"");
	for (size_t i = 0; i < d->n; i++)
		capi_buf_addf(out, "%.1f,%.1f ",
		    LEFT + step * ((double)i + 0.5),
		    10 + height -
			capi_row_value(d->row[i], shown) / top * height);
	capi_buf_adds(out, "\"/>");
	for (size_t i = 0; i < d->n && d->n <= 62; i++)
		capi_buf_addf(out,
		    "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" "
		    "r=\"3.5\"/>",
		    LEFT + step * ((double)i + 0.5),
		    10 + height -
			capi_row_value(d->row[i], shown) / top * height);
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

static void
write_days(struct capi_audit *a, struct capi_buf *out)
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
			if (!is(r, series[k].check) ||
			    !capi_row_get(r, "day") ||
			    !first_of_platform(a, r, "day"))
				continue;
			if (!head)
				element(out, "h2", NULL, "Day by day");
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
	    "<figure><figcaption>%s: time from event to sending (median %s s, "
	    "95%% within %s s)</figcaption><svg viewBox=\"0 0 %d %zu\" "
	    "role=\"img\" aria-label=\"lag distribution\">",
	    r->platform, count(a, capi_row_value(r, "p50")),
	    count(a, capi_row_value(r, "p95")), W, bars * 24 + 4);
	for (size_t i = 0; i < r->count; i++) {
		double n = (double)r->pairs[i].i;

		if (strncmp(r->pairs[i].name, "lag.", 4))
			continue;
		capi_buf_addf(out,
		    "<text x=\"0\" y=\"%.0f\">%s</text><rect class=\"bar\" "
		    "x=\"80\" y=\"%.0f\" width=\"%.1f\" height=\"16\"/><text "
		    "x=\"%.1f\" y=\"%.0f\">%s (%.1f%%)</text>",
		    y + 13, r->pairs[i].name + 4, y, n / all * (W - 220),
		    86 + n / all * (W - 220), y + 13, count(a, n),
		    100 * n / all);
		y += 24;
	}
	capi_buf_adds(out, "</svg></figure>\n");
}

static void
write_lags(struct capi_audit *a, struct capi_buf *out)
{
	bool head = false;

	for (const struct capi_audit_row *r = a->rows; r; r = r->next) {
		if (!is(r, "time.lag"))
			continue;
		if (!head)
			element(out, "h2", NULL, "How late events are sent");
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

static void
coverage_chart(struct capi_audit *a, struct capi_buf *out,
    const struct capi_audit_row *first)
{
	double y = 4;

	capi_buf_addf(out,
	    "<figure><figcaption>%s %s: events with a valid value"
	    "</figcaption><svg viewBox=\"0 0 %d %d\" role=\"img\" "
	    "aria-label=\"match key coverage\">",
	    first->platform, first->event, W, CAPI_KEYS * 24 + 4);
	for (const struct capi_audit_row *r = first; r; r = r->next) {
		double share, truth;

		if (!is(r, "pay.keys") || strcmp(r->event, first->event) ||
		    strcmp(r->platform, first->platform))
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
	(void)a;
}

static void
write_coverage(struct capi_audit *a, struct capi_buf *out)
{
	bool head = false;

	for (const struct capi_audit_row *r = a->rows; r; r = r->next) {
		if (!is(r, "pay.keys") ||
		    strcmp(capi_row_words(r, "key"), "em"))
			continue;
		if (!head) {
			element(out, "h2", NULL, "Match keys");
			element(out, "p", "dim",
			    "The bar is what events carry, the upright line "
			    "what the orders had.");
		}
		head = true;
		coverage_chart(a, out, r);
	}
}

static void
write_received(struct capi_audit *a, struct capi_buf *out)
{
	bool head = false;

	for (const struct capi_audit_row *r = a->rows; r; r = r->next) {
		const char *severity;

		if (!is(r, "count.ratio"))
			continue;
		if (!head)
			capi_buf_adds(out,
			    "<h2>Received</h2><div class=\"scroll\"><table>"
			    "<thead><tr><th>platform</th><th class=\"n\">"
			    "events</th><th class=\"n\">orders</th><th "
			    "class=\"n\">ratio</th><th class=\"n\">95% range"
			    "</th><th>verdict</th></tr></thead><tbody>\n");
		head = true;
		severity = capi_row_words(r, "severity");
		capi_buf_adds(out, "<tr><td>");
		text(out, r->platform);
		capi_buf_addf(out,
		    " %s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
		    "<td class=\"n\">%.2f</td><td class=\"n\">%.2f to %.2f"
		    "</td><td class=\"tag %s\">%s</td></tr>\n",
		    r->event, count(a, capi_row_value(r, "count")),
		    count(a, capi_row_value(r, "truth")),
		    capi_row_value(r, "value"), capi_row_value(r, "lo"),
		    capi_row_value(r, "hi"), severity,
		    capi_row_words(r, "verdict"));
	}
	if (head)
		capi_buf_adds(out, "</tbody></table></div>\n");
}

static void
write_attributed(struct capi_audit *a, struct capi_buf *out)
{
	bool head = false;

	for (const struct capi_audit_row *r = a->rows; r; r = r->next) {
		const char *window;

		if (!is(r, "count.attributed"))
			continue;
		if (!head)
			capi_buf_adds(out,
			    "<h2>Credited to ads</h2><p class=\"dim\">Shares "
			    "of the same orders, each by the platform's own "
			    "rules: never add them up.</p><div "
			    "class=\"scroll\"><table><thead><tr><th>platform"
			    "</th><th class=\"n\">credited</th><th "
			    "class=\"n\">share</th><th>window</th></tr>"
			    "</thead><tbody>\n");
		head = true;
		window = capi_row_words(r, "window");
		capi_buf_adds(out, "<tr><td>");
		text(out, r->platform);
		capi_buf_addf(out,
		    "</td><td class=\"n\">%s</td><td class=\"n\">%.1f%%</td>"
		    "<td>",
		    count(a, capi_row_value(r, "count")),
		    100 * capi_row_value(r, "value"));
		text(out, *window ? window : "not said in the file");
		capi_buf_adds(out, "</td></tr>\n");
	}
	if (head)
		capi_buf_adds(out, "</tbody></table></div>\n");
}

static void
write_list(struct capi_audit *a, struct capi_buf *out,
    const struct capi_audit_finding *f, int64_t n)
{
	struct capi_sql_stmt *s = capi_sql_query(a->db,
	    "SELECT coalesce(nullif(order_id,''),event_id), time, currency,"
	    " value, coalesce(repair,reason) FROM items WHERE finding=?1"
	    " ORDER BY n LIMIT ?2",
	    "ii", f->number, (int64_t)LIST_MOST);

	capi_buf_adds(out, "<details><summary>");
	text(out,
	    capi_audit_text(a, "%s %s: %s (%s%s)", f->check->id,
		f->platform ? f->platform : "", f->verdict ? f->verdict : "",
		count(a, (double)n), n > LIST_MOST ? ", the first 200" : ""));
	capi_buf_adds(out, "</summary><div class=\"scroll\"><table><tbody>\n");
	while (capi_sql_row(s)) {
		char when[24] = "";

		if (!capi_sql_is_null(s, 1) && capi_sql_int(s, 1) >= 0)
			capi_clock_time(a->zone, capi_sql_int(s, 1), when);
		capi_buf_adds(out, "<tr><td>");
		text(out, capi_sql_text(s, 0));
		capi_buf_addf(out, "</td><td>%s</td><td class=\"n\">", when);
		text(out, capi_sql_text(s, 2));
		capi_buf_addc(out, ' ');
		text(out, capi_sql_text(s, 3));
		capi_buf_adds(out, "</td><td>");
		text(out, capi_sql_text(s, 4));
		capi_buf_adds(out, "</td></tr>\n");
	}
	capi_buf_adds(out, "</tbody></table></div></details>\n");
}

static void
write_lists(struct capi_audit *a, struct capi_buf *out)
{
	bool head = false;

	for (const struct capi_audit_finding *f = a->findings; f; f = f->next) {
		int64_t n = capi_sql_one(a->db,
		    "SELECT count(*) FROM items WHERE finding=?1", "i",
		    f->number);

		if (!n)
			continue;
		if (!head)
			element(out, "h2", NULL, "Orders concerned");
		head = true;
		write_list(a, out, f, n);
	}
}

static void
write_inputs(struct capi_audit *a, struct capi_buf *out)
{
	capi_buf_adds(out, "<h2>What was read</h2><div class=\"scroll\">"
			   "<table><tbody>\n");
	for (const struct capi_audit_row *r = a->rows; r; r = r->next) {
		const char *kind;

		if (strcmp(r->type, "input"))
			continue;
		kind = capi_row_words(r, "preset");
		if (!*kind)
			kind = capi_row_words(r, "dialect");
		capi_buf_adds(out, "<tr><td>");
		text(out, capi_row_words(r, "role"));
		capi_buf_adds(out, "</td><td>");
		text(out, capi_row_words(r, "name"));
		capi_buf_adds(out, "</td><td>");
		text(out, kind);
		capi_buf_addf(out, "</td><td class=\"n\">%s rows</td></tr>\n",
		    count(a, capi_row_value(r, "rows")));
	}
	capi_buf_adds(out, "</tbody></table></div>\n");
}

void
capi_audit_write_html(struct capi_audit *a, struct capi_buf *out)
{
	write_head(a, out);
	write_tiles(a, out);
	write_findings(a, out);
	write_ledger(a, out);
	write_days(a, out);
	write_received(a, out);
	write_attributed(a, out);
	write_lags(a, out);
	write_coverage(a, out);
	write_lists(a, out);
	write_inputs(a, out);
	capi_buf_adds(out, "</main></body></html>\n");
}
