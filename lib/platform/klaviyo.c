/*
 * Klaviyo events.
 * https://developers.klaviyo.com/en/reference/create_event, read 2026-07-23.
 */
#include "platform.h"

/* clang-format off */
static const struct capi_field fields[] = {
	CAPI_ROW("user_data.email", "profile.email", CAPI_STRING),
	CAPI_ROW("user_data.phone", "profile.phone_number", CAPI_STRING),
	CAPI_ROW("user_data.external_id", "profile.external_id", CAPI_STRING),
	CAPI_ROW("user_data.anonymous_id", "profile.anonymous_id", CAPI_STRING),
	CAPI_ROW("user_data.kx", "profile._kx", CAPI_STRING),
	CAPI_ROW("user_data.first_name", "profile.first_name", CAPI_STRING),
	CAPI_ROW("user_data.last_name", "profile.last_name", CAPI_STRING),
	CAPI_ROW("user_data.street", "profile.location.address1", CAPI_STRING),
	CAPI_ROW("user_data.city", "profile.location.city", CAPI_STRING),
	CAPI_ROW("user_data.state", "profile.location.region", CAPI_STRING),
	CAPI_ROW("user_data.postal_code", "profile.location.zip", CAPI_STRING),
	CAPI_ROW("user_data.country", "profile.location.country", CAPI_STRING),
	CAPI_ROW("user_data.client_ip_address", "profile.location.ip", CAPI_STRING),
	CAPI_END,
};
/* clang-format on */

const struct capi_platform capi_platform_klaviyo = {
    .name = "klaviyo",
    .title = "Klaviyo events",
    .docs = "https://developers.klaviyo.com/en/reference/create_event",
    .read = "2026-07-23",
    .fields = fields,
};
