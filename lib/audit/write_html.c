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

#include "html.h"

#define LIST_MOST 200

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
    ".n+:not(.n){padding-left:1.2rem}"
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
    "h2,h3,figcaption{break-after:avoid}details::details-content{"
    "content-visibility:visible;display:block}}";

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
	capi_html_element(out, "title", NULL, title);
	capi_buf_addf(out, "<style>%s</style></head>\n<body><main>\n", style);
	capi_html_patterns(out);
	capi_html_element(out, "h1", NULL, title);
	capi_clock_time(a->zone, a->now, when);
	capi_html_element(out, "p", "dim",
	    capi_audit_text(a, "Days of %s. Made by capi-audit on %s.",
		capi_clock_zone_name(a->zone), when));
}

static void
tile(struct capi_buf *out, const char *number, const char *words)
{
	capi_buf_adds(out, "<div class=\"tile\">");
	capi_html_element(out, "b", NULL, number);
	capi_html_element(out, "span", NULL, words);
	capi_buf_adds(out, "</div>\n");
}

static void
write_tiles(struct capi_audit *a, struct capi_buf *out)
{
	capi_buf_adds(out, "<div class=\"tiles\">\n");
	if (a->has[CAPI_ROLE_ORDERS])
		tile(out, capi_html_count(a, (double)a->used),
		    capi_audit_text(a, "orders count, %s are left out",
			capi_html_count(a, (double)(a->orders - a->used))));
	for (const struct capi_audit_row *r = a->rows; r; r = r->next) {
		if (capi_html_is(r, "truth.filter") &&
		    *capi_row_words(r, "currency"))
			tile(out,
			    capi_audit_text(a, "%s %s",
				capi_row_words(r, "currency"),
				capi_audit_grouped(a, capi_row_words(r, "sum"),
				    "\xe2\x80\x89")),
			    capi_audit_text(a, "in %s orders",
				capi_html_count(
				    a, capi_row_value(r, "orders"))));
		if (capi_html_is(r, "count.ratio") &&
		    !isnan(capi_row_value(r, "value")))
			tile(out,
			    capi_audit_text(
				a, "%.2f", capi_row_value(r, "value")),
			    capi_audit_text(a, "%s %s received for each order",
				r->platform, r->event));
	}
	if (a->likely_count)
		tile(out, capi_html_count(a, (double)a->likely_count),
		    "likely findings: chance may do that too");
	tile(out,
	    capi_audit_text(a, "%" PRId64 " / %" PRId64,
		a->counts[CAPI_SEVERITY_CRIT], a->counts[CAPI_SEVERITY_WARN]),
	    "critical findings / warnings");
	capi_buf_adds(out, "</div>\n");
}

static const char *const severity_words[] = {
    "ok", "\xe2\x97\x8b note", "\xe2\x96\xb2 warning", "\xe2\x97\x86 critical"};

/* What chance may have done does not look like an alarm. */
static const char *
look_of(const struct capi_audit_finding *f)
{
	return capi_severity_names[capi_finding_is_likely(f)
				       ? CAPI_SEVERITY_INFO
				       : f->severity];
}

static void
write_findings(struct capi_audit *a, struct capi_buf *out)
{
	capi_html_element(out, "h2", NULL, "Findings");
	if (!a->findings)
		capi_html_element(out, "p", NULL, "Nothing was found.");
	for (const struct capi_audit_finding *f = a->findings; f; f = f->next) {
		if (capi_finding_said_before(a, f))
			continue;
		capi_buf_addf(out, "<div class=\"finding %s\">", look_of(f));
		capi_html_element(out, "span", "tag",
		    capi_finding_is_likely(f) ? "? likely"
					      : severity_words[f->severity]);
		capi_buf_adds(out, " <code>");
		capi_html_text(out, f->check->id);
		capi_buf_adds(out, "</code> ");
		if (f->platform)
			capi_html_element(
			    out, "b", NULL, capi_finding_platforms(a, f));
		capi_buf_adds(out, "<p>");
		capi_html_text(out, f->fact);
		capi_buf_adds(out, f->certain ? "" : " (likely, not certain)");
		capi_buf_adds(out, "</p>");
		if (f->fix)
			capi_html_element(out, "p", "dim",
			    capi_audit_text(a, "What to do: %s", f->fix));
		capi_buf_adds(out, "</div>\n");
	}
}

static void
write_received(struct capi_audit *a, struct capi_buf *out)
{
	bool head = false;

	for (const struct capi_audit_row *r = a->rows; r; r = r->next) {
		const char *severity;
		bool sure;

		if (!capi_html_is(r, "count.ratio"))
			continue;
		if (!head)
			capi_buf_adds(out,
			    "<h2>Received</h2><div class=\"scroll\"><table>"
			    "<thead><tr><th>platform</th><th class=\"n\">"
			    "events</th><th class=\"n\">orders</th><th "
			    "class=\"n\">ratio</th><th class=\"n\">95% range"
			    "</th><th>verdict</th></tr></thead><tbody>\n");
		head = true;
		sure = capi_row_value(r, "certain") > 0;
		severity = capi_row_words(r, "severity");
		if (!sure && strcmp(severity, "ok"))
			severity = "info";
		capi_buf_adds(out, "<tr><td>");
		capi_html_text(out, r->platform);
		capi_buf_addf(out,
		    " %s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
		    "<td class=\"n\">%.2f</td><td class=\"n\">%.2f to %.2f"
		    "</td><td class=\"tag %s\">%s%s</td></tr>\n",
		    capi_html_escaped(a, r->event),
		    capi_html_count(a, capi_row_value(r, "count")),
		    capi_html_count(a, capi_row_value(r, "truth")),
		    capi_row_value(r, "value"), capi_row_value(r, "lo"),
		    capi_row_value(r, "hi"), severity,
		    sure || !strcmp(severity, "ok") ? "" : "likely ",
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

		if (!capi_html_is(r, "count.attributed"))
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
		capi_html_text(out, r->platform);
		capi_buf_addf(out,
		    "</td><td class=\"n\">%s</td><td class=\"n\">%.1f%%</td>"
		    "<td>",
		    capi_html_count(a, capi_row_value(r, "count")),
		    100 * capi_row_value(r, "value"));
		capi_html_text(out, *window ? window : "not said in the file");
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
	capi_html_text(out,
	    capi_audit_text(a, "%s: %s%s", f->platform ? f->platform : "all",
		f->fact, n > LIST_MOST ? " (the first 200)" : ""));
	capi_buf_adds(out, "</summary><div class=\"scroll\"><table><thead>"
			   "<tr><th>order</th><th>time</th><th class=\"n\">"
			   "amount</th><th>what of it</th></tr></thead>"
			   "<tbody>\n");
	while (capi_sql_row(s)) {
		char when[24] = "", amount[32];

		if (!capi_sql_is_null(s, 1) && capi_sql_int(s, 1) >= 0)
			capi_clock_time(a->zone, capi_sql_int(s, 1), when);
		capi_buf_adds(out, "<tr><td>");
		capi_html_text(out, capi_sql_text(s, 0));
		capi_buf_addf(out, "</td><td>%s</td><td class=\"n\">", when);
		capi_html_text(out, capi_sql_text(s, 2));
		capi_buf_addc(out, ' ');
		capi_html_text(out, capi_audit_amount(capi_sql_text(s, 3),
					capi_sql_text(s, 2), amount));
		capi_buf_adds(out, "</td><td>");
		capi_html_text(out, capi_sql_text(s, 4));
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
			capi_html_element(out, "h2", NULL, "Orders concerned");
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
		capi_html_text(out, capi_row_words(r, "role"));
		capi_buf_adds(out, "</td><td>");
		capi_html_text(out, capi_row_words(r, "name"));
		capi_buf_adds(out, "</td><td>");
		capi_html_text(out, kind);
		capi_buf_addf(out, "</td><td class=\"n\">%s rows</td></tr>\n",
		    capi_html_count(a, capi_row_value(r, "rows")));
	}
	capi_buf_adds(out, "</tbody></table></div>\n");
}

void
capi_audit_write_html(struct capi_audit *a, struct capi_buf *out)
{
	write_head(a, out);
	write_tiles(a, out);
	write_findings(a, out);
	capi_html_ledger(a, out);
	capi_html_days(a, out);
	write_received(a, out);
	write_attributed(a, out);
	capi_html_lags(a, out);
	capi_html_coverage(a, out);
	write_lists(a, out);
	write_inputs(a, out);
	capi_buf_adds(out, "</main></body></html>\n");
}
