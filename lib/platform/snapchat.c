/*
 * Snapchat Conversions API.
 * https://developers.snap.com/api/marketing-api/Conversions-API, read 2026-08-21.
 */
#include "platform.h"

/* clang-format off */
static const struct capi_field fields[] = {
	CAPI_ID("user_data.email", "user_data.em", "lower"),
	CAPI_ID("user_data.phone", "user_data.ph", "digits"),
	CAPI_ID("user_data.first_name", "user_data.fn", "compact"),
	CAPI_ID("user_data.last_name", "user_data.ln", "compact"),
	CAPI_ID("user_data.gender", "user_data.ge", "letter"),
	CAPI_ID("user_data.date_of_birth", "user_data.db", "digits"),
	CAPI_ID("user_data.city", "user_data.ct", "compact"),
	CAPI_ID("user_data.state", "user_data.st", "region"),
	CAPI_ID("user_data.postal_code", "user_data.zp", "compact"),
	CAPI_ID("user_data.country", "user_data.country", "lower"),
	CAPI_ID("user_data.external_id", "user_data.external_id", "exact"),
	CAPI_ROW("user_data.madid", "user_data.madid", CAPI_STRING),
	CAPI_ROW("user_data.idfv", "user_data.idfv", CAPI_STRING),
	CAPI_ROW("user_data.client_ip_address", "user_data.client_ip_address", CAPI_STRING),
	CAPI_ROW("user_data.client_user_agent", "user_data.client_user_agent", CAPI_STRING),
	CAPI_ROW("user_data.sc_click_id", "user_data.sc_click_id", CAPI_STRING),
	CAPI_ROW("user_data.sc_cookie1", "user_data.sc_cookie1", CAPI_STRING),
	CAPI_ROW("user_data.lead_id", "user_data.lead_id", CAPI_STRING),
	CAPI_ROW("user_data.subscription_id", "user_data.subscription_id", CAPI_STRING),
	CAPI_END,
};
/* clang-format on */

const struct capi_platform capi_platform_snapchat = {
    .name = "snapchat",
    .title = "Snapchat Conversions API",
    .docs = "https://developers.snap.com/api/marketing-api/Conversions-API",
    .read = "2026-08-21",
    .fields = fields,
};
