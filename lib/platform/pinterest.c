/*
 * Pinterest API for Conversions.
 * https://developers.pinterest.com/docs/api/v5/events-create, read 2026-08-21.
 */
#include "platform.h"

/* clang-format off */
static const struct capi_field fields[] = {
	CAPI_ID("user_data.email", "user_data.em", "lower"),
	CAPI_ID("user_data.phone", "user_data.ph", "digits"),
	CAPI_ID("user_data.gender", "user_data.ge", "letter"),
	CAPI_ID("user_data.date_of_birth", "user_data.db", "digits"),
	CAPI_ID("user_data.last_name", "user_data.ln", "lower"),
	CAPI_ID("user_data.first_name", "user_data.fn", "lower"),
	CAPI_ID("user_data.city", "user_data.ct", "compact"),
	CAPI_ID("user_data.state", "user_data.st", "code"),
	CAPI_ID("user_data.state", "user_data.st", "upper"),
	CAPI_ID("user_data.postal_code", "user_data.zp", "digits"),
	CAPI_ID("user_data.country", "user_data.country", "lower"),
	CAPI_ID("user_data.country", "user_data.country", "upper"),
	CAPI_ID("user_data.external_id", "user_data.external_id", "exact"),
	CAPI_ID("user_data.madid", "user_data.hashed_maids", "lower"),
	CAPI_ROW("user_data.client_ip_address", "user_data.client_ip_address", CAPI_STRING),
	CAPI_ROW("user_data.client_user_agent", "user_data.client_user_agent", CAPI_STRING),
	CAPI_ROW("user_data.epik", "user_data.click_id", CAPI_STRING),
	CAPI_ROW("user_data.partner_id", "user_data.partner_id", CAPI_STRING),
	CAPI_END,
};
/* clang-format on */

const struct capi_platform capi_platform_pinterest = {
    .name = "pinterest",
    .title = "Pinterest API for Conversions",
    .docs = "https://developers.pinterest.com/docs/api/v5/events-create",
    .read = "2026-08-21",
    .fields = fields,
};
