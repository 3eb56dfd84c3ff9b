#include "checks.h"

/* clang-format off */
const struct capi_audit_check capi_audit_checks[] = {
	{"truth.filter", CAPI_SEVERITY_INFO, capi_audit_truth,
	    "which orders count, and why the others do not",
	    "look at the status column of the order file"},
	{"window.align", CAPI_SEVERITY_WARN, NULL,
	    "whether both sides speak of the same days",
	    "give --from and --to, and the ad account's zone as --report-tz"},
	{"count.ids", CAPI_SEVERITY_CRIT, capi_audit_ids,
	    "what became of each order at each destination, by id",
	    "capi-normalize FILE | capi-hash -p P | capi-build -p P | "
	    "capi-send: the ledger sends only what is missing"},
	{"count.ratio", CAPI_SEVERITY_CRIT, capi_audit_ratio,
	    "events received against orders, with the exact 95% range",
	    "compare browser and server counts in the platform's events "
	    "screen: which leg is short?"},
	{"count.gap", CAPI_SEVERITY_OK, NULL,
	    "the gap in percent of the orders and of the platform's count",
	    NULL},
	{"count.stripe", CAPI_SEVERITY_CRIT, NULL,
	    "events received against Stripe's charges", 
	    "check that test mode, uncaptured and renewal charges are left "
	    "out on both sides"},
	{"count.attributed", CAPI_SEVERITY_WARN, capi_audit_attributed,
	    "conversions credited to ads as a share of the orders",
	    "look for duplicates, a wider window or modelled conversions"},
	{"count.noadd", CAPI_SEVERITY_INFO, NULL,
	    "whether attributed shares of several platforms overlap",
	    "judge each platform against its own past only"},
	{"count.currency", CAPI_SEVERITY_INFO, capi_audit_currency,
	    "value per currency, never added",
	    "export the report in the currency of the orders"},
	{"pay.keys", CAPI_SEVERITY_CRIT, capi_audit_pay_keys,
	    "how many events carry each identifier, and which were lost",
	    "capi-build --explain shows where each member comes from"},
	{NULL, CAPI_SEVERITY_OK, NULL, NULL, NULL},
};
/* clang-format on */
