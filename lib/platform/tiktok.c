/*
 * TikTok Events API.
 * https://business-api.tiktok.com/portal/docs, read 2026-08-21.
 */
#include "platform.h"

/* clang-format off */
static const struct capi_field fields[] = {
	CAPI_ID("user_data.email", "user.email", "lower"),
	CAPI_ID("user_data.phone", "user.phone", "e164"),
	CAPI_ID("user_data.external_id", "user.external_id", "exact"),
	CAPI_ID("user_data.first_name", "user.first_name", "compact"),
	CAPI_ID("user_data.last_name", "user.last_name", "compact"),
	CAPI_ID("user_data.postal_code", "user.zip_code", "joined"),
	CAPI_ROW("user_data.city", "user.city", CAPI_STRING),
	CAPI_ROW("user_data.state", "user.state", CAPI_STRING),
	CAPI_ROW("user_data.country", "user.country", CAPI_STRING),
	CAPI_ROW("user_data.ttclid", "user.ttclid", CAPI_STRING),
	CAPI_ROW("user_data.ttp", "user.ttp", CAPI_STRING),
	CAPI_ROW("user_data.client_ip_address", "user.ip", CAPI_STRING),
	CAPI_ROW("user_data.client_user_agent", "user.user_agent", CAPI_STRING),
	CAPI_ROW("user_data.locale", "user.locale", CAPI_STRING),
	CAPI_ROW("user_data.idfa", "user.idfa", CAPI_STRING),
	CAPI_ROW("user_data.idfv", "user.idfv", CAPI_STRING),
	CAPI_ROW("user_data.gaid", "user.gaid", CAPI_STRING),
	CAPI_ROW("user_data.att_status", "user.att_status", CAPI_STRING),
	CAPI_ROW("user_data.lead_id", "lead.lead_id", CAPI_STRING),
	CAPI_END,
};
/* clang-format on */

const struct capi_platform capi_platform_tiktok = {
    .name = "tiktok",
    .title = "TikTok Events API",
    .docs = "https://business-api.tiktok.com/portal/docs",
    .read = "2026-08-21",
    .fields = fields,
};
