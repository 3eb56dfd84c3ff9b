#include "checks.h"

#include <string.h>

#include "stats.h"

struct capi_group *
capi_audit_groups(struct capi_audit *a, struct capi_sql_stmt *rows)
{
	struct capi_group *groups = NULL, **at = &groups;

	while (capi_sql_row(rows)) {
		struct capi_group *g = capi_arena_alloc(&a->arena, sizeof(*g));

		g->next = NULL;
		g->platform = capi_audit_keep(a, capi_sql_text(rows, 0));
		g->name = capi_audit_keep(a, capi_sql_text(rows, 1));
		g->n = capi_sql_int(rows, 2);
		*at = g;
		at = &g->next;
	}
	return groups;
}

struct capi_group *
capi_audit_platforms(struct capi_audit *a)
{
	if (!a->platforms)
		a->platforms = capi_audit_groups(
		    a, capi_sql_query(a->db,
			   "SELECT platform, '', count(*) FROM payloads GROUP"
			   " BY 1 ORDER BY 1",
			   ""));
	return a->platforms;
}

struct capi_group *
capi_audit_dests(struct capi_audit *a)
{
	struct capi_group *groups = NULL;

	for (int i = 0; i < a->index.dest_count; i++) {
		struct capi_group *g = capi_arena_alloc(&a->arena, sizeof(*g));
		struct capi_group **at = &groups;

		while (
		    *at && strcmp((*at)->platform, a->index.dests[i].name) < 0)
			at = &(*at)->next;
		*g = (struct capi_group){*at, a->index.dests[i].name, "", i};
		*at = g;
	}
	return groups;
}

bool
capi_audit_surely(double affected, double n, double p)
{
	return capi_stats_proportion(affected, n, 0.95).lo > p;
}

#define C CAPI_SEVERITY_CRIT
#define W CAPI_SEVERITY_WARN
#define I CAPI_SEVERITY_INFO

/* In the order in which they run; rows without a function are reported by the
 * function of a row above. */
/* clang-format off */
const struct capi_audit_check capi_audit_checks[] = {
	{"truth.filter", W, capi_audit_truth,
	    "which orders count, and why the others do not",
	    "look at the status column of the order file"},
	{"input.read", W, capi_audit_read,
	    "records of the inputs that can not be read",
	    "standard error names file, line and reason of each"},
	{"window.align", W, capi_audit_window,
	    "whether both sides speak of the same days",
	    "give --from and --to, and the ad account's zone as --report-tz"},
	{"count.ids", C, capi_audit_ids,
	    "what became of each order at each destination, by id",
	    "capi-normalize FILE | capi-hash -p P | capi-build -p P | "
	    "capi-send: the ledger sends only what is missing"},
	{"count.ratio", C, capi_audit_ratio,
	    "events received against orders, with the exact 95% range",
	    "compare browser and server counts in the platform's events "
	    "screen: which leg is short?"},
	{"count.gap", CAPI_SEVERITY_OK, NULL,
	    "the gap in percent of the orders and of the platform's count",
	    NULL},
	{"count.stripe", C, NULL,
	    "events received against Stripe's charges",
	    "check that test mode, uncaptured and renewal charges are left "
	    "out on both sides"},
	{"count.attributed", W, capi_audit_attributed,
	    "conversions credited to ads as a share of the orders",
	    "look for duplicates, a wider window or modelled conversions"},
	{"count.noadd", I, NULL,
	    "whether attributed shares of several platforms overlap",
	    "judge each platform against its own past only"},
	{"count.currency", I, capi_audit_currency,
	    "value per currency, never added",
	    "export the report in the currency of the orders"},
	{"count.sources", C, capi_audit_sides,
	    "whether browser and server both send, and still do",
	    "look at the cron job, the token and the connector; capi-send "
	    "--status"},
	{"count.funnel", W, NULL,
	    "whether the server sends the steps before the purchase too",
	    "send the same events from the server as from the browser"},
	{"dedup.rate", C, capi_audit_dedup,
	    "how many events browser and server both sent under one id",
	    "one event_id template on both sides: capi-normalize --event-id"},
	{"dedup.keys", W, NULL,
	    "events without an event_id, on either side",
	    "give every event an event_id, the same on both sides"},
	{"dedup.idformat", C, NULL,
	    "ids that are the same but for prefix, case or zeros",
	    "one template on both sides: capi-normalize --event-id "
	    "'order_{order_id}'"},
	{"dedup.window", C, NULL,
	    "time between the browser's event and the server's",
	    "send at once, with the time of the order; over 48 h apart they "
	    "count twice"},
	{"dedup.namecase", C, capi_audit_names,
	    "event names that differ in case or spelling",
	    "the platform's exact name on both sides: Purchase"},
	{"dedup.self", W, capi_audit_self,
	    "one id sent twice with another value or time",
	    "one event an order: is an edited order sent again?"},
	{"time.lag", C, capi_audit_lag,
	    "time from event to sending",
	    "run the pipeline as orders come; --max-lag for offline sources"},
	{"time.batch", W, NULL,
	    "whether events wait for the next batch",
	    "run it more often, or feed capi-send from a pipe that stays "
	    "open"},
	{"time.zone", C, capi_audit_zone,
	    "a constant offset between order and event",
	    "give capi-normalize the zone of the export: --tz"},
	{"time.processing", C, NULL,
	    "event_time that is the time of sending",
	    "map the time of the order, not of the upload"},
	{"time.form", C, NULL,
	    "event_time that is no unix time in seconds",
	    "unix seconds, ten digits"},
	{"time.window", W, capi_audit_report_time,
	    "attribution windows of the reports",
	    "export both sides for whole windows, or name it with --window"},
	{"time.creditdate", W, NULL,
	    "whether a report counts on the day of the click",
	    "take the column \"Conversions (by conv. time)\""},
	{"pay.keys", C, capi_audit_pay_keys,
	    "how many events carry each identifier, and which were lost",
	    "capi-build --explain shows where each member comes from"},
	{"pay.required", C, capi_audit_faults,
	    "members that a platform wants", NULL},
	{"pay.value", C, capi_audit_values,
	    "value and currency, alone and against the order", NULL},
	{"pay.empty", W, NULL, "identifiers that are empty", NULL},
	{"pay.placeholder", C, NULL,
	    "templates that were not filled in, and their digests", NULL},
	{"pay.hash", C, capi_audit_hash,
	    "the form of digests, and which mistake made a wrong one", NULL},
	{"pay.serverip", C, capi_audit_server,
	    "addresses that are no shopper's", NULL},
	{"pay.serverua", C, NULL, "user agents that are no browser's", NULL},
	{"pay.actionsource", C, capi_audit_source,
	    "whether action_source is what the order says",
	    "capi-normalize keeps the order's source; no blanket website"},
	{"pay.dataset", C, NULL,
	    "whether all events go to one pixel or dataset",
	    "the same dataset id for pixel and server, or nothing is "
	    "recognised twice"},
	{"pay.testcode", C, NULL, "test codes in what should count", NULL},
	{"pay.consent", C, NULL, "events of people who said no", NULL},
	{"api.success", C, capi_audit_api,
	    "how many events the platform accepted",
	    "capi-send --list parked names the errors"},
	{"api.batch", W, NULL, "events in one request",
	    "capi-send keeps to each platform's limit"},
	{"api.last", CAPI_SEVERITY_OK, NULL, "the last success", NULL},
	{"api.token", C, NULL, "refused credentials",
	    "make a new token, then capi-send --flush: everything is kept"},
	{"quality.score", C, capi_audit_quality,
	    "match quality against the target",
	    "more identifiers: see pay.keys"},
	{"quality.drop", C, NULL,
	    "match quality against its last seven readings",
	    "what was changed? look at pay.keys and pay.hash"},
	{"quality.coverage", W, NULL,
	    "coverage against the platform's own goals",
	    "look at the platform's diagnostics screen"},
	{"split.device", W, capi_audit_device,
	    "whether iPhones arrive as often as the rest",
	    "iPhones lose the pixel: send from the server, with fbc and fbp "
	    "kept at landing"},
	{"count.volume", W, capi_audit_trend,
	    "events of a day against the same weekdays before",
	    "was the shop closed, or a sender down?"},
	{"trend.ratio", W, NULL,
	    "received against orders day by day, and after a change",
	    "a fix shows within seven days; this one does not"},
	{"uplift", W, NULL,
	    "counts before and after a change, per order",
	    "compare the ids on both sides (dedup.rate)"},
	{"verify", C, capi_audit_verify,
	    "single orders after a fix: once, soon and whole",
	    "capi-build --explain, capi-send --list show where it stopped"},
	{NULL, CAPI_SEVERITY_OK, NULL, NULL, NULL},
};
/* clang-format on */
