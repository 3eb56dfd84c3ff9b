/*
 * Meta Conversions API.
 * https://developers.facebook.com/docs/marketing-api/conversions-api, read
 * 2026-09-12, v25.0.
 */
#include "platform.h"

/* clang-format off */
static const struct capi_field fields[] = {
	/* "Customer Information Parameters" (page of 2026-01-09). */
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
	CAPI_ID("user_data.external_id", "user_data.external_id", "compact"),
	CAPI_ROW("user_data.client_ip_address", "user_data.client_ip_address", CAPI_STRING),
	CAPI_ROW("user_data.client_user_agent", "user_data.client_user_agent", CAPI_STRING),
	CAPI_ROW("user_data.fbc", "user_data.fbc", CAPI_STRING),
	CAPI_ROW("user_data.fbp", "user_data.fbp", CAPI_STRING),
	CAPI_ROW("user_data.subscription_id", "user_data.subscription_id", CAPI_STRING),
	CAPI_ROW("user_data.fb_login_id", "user_data.fb_login_id", CAPI_STRING),
	CAPI_ROW("user_data.lead_id", "user_data.lead_id", CAPI_STRING),
	CAPI_ROW("user_data.anon_id", "user_data.anon_id", CAPI_STRING),
	CAPI_ROW("user_data.madid", "user_data.madid", CAPI_STRING),
	CAPI_ROW("user_data.page_id", "user_data.page_id", CAPI_STRING),
	CAPI_ROW("user_data.page_scoped_user_id", "user_data.page_scoped_user_id", CAPI_STRING),
	CAPI_ROW("user_data.ctwa_clid", "user_data.ctwa_clid", CAPI_STRING),
	CAPI_ROW("user_data.whatsapp_business_account_id",
	    "user_data.whatsapp_business_account_id", CAPI_STRING),
	CAPI_ROW("user_data.instagram_business_account_id",
	    "user_data.instagram_business_account_id", CAPI_STRING),
	CAPI_ROW("user_data.ig_sid", "user_data.ig_sid", CAPI_STRING),
	CAPI_END,
};
/* clang-format on */

const struct capi_platform capi_platform_meta = {
    .name = "meta",
    .title = "Meta Conversions API",
    .docs = "https://developers.facebook.com/docs/marketing-api/"
	    "conversions-api",
    .read = "2026-09-12",
    .fields = fields,
};
