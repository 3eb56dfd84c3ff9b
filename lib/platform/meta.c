/*
 * Meta Conversions API.
 * https://developers.facebook.com/docs/marketing-api/conversions-api, read
 * 2026-09-12, v25.0.
 */
#include "platform.h"

/* "Customer Information Parameters" (page of 2026-01-09). */
static const struct capi_field fields[] = {
    {"user_data.email", "user_data.em", "lower"},
    {"user_data.phone", "user_data.ph", "digits"},
    {"user_data.first_name", "user_data.fn", "compact"},
    {"user_data.last_name", "user_data.ln", "compact"},
    {"user_data.gender", "user_data.ge", "letter"},
    {"user_data.date_of_birth", "user_data.db", "digits"},
    {"user_data.city", "user_data.ct", "compact"},
    {"user_data.state", "user_data.st", "region"},
    {"user_data.postal_code", "user_data.zp", "compact"},
    {"user_data.country", "user_data.country", "lower"},
    {"user_data.external_id", "user_data.external_id", "compact"},
    {"user_data.client_ip_address", "user_data.client_ip_address", NULL},
    {"user_data.client_user_agent", "user_data.client_user_agent", NULL},
    {"user_data.fbc", "user_data.fbc", NULL},
    {"user_data.fbp", "user_data.fbp", NULL},
    {NULL, NULL, NULL},
};

const struct capi_platform capi_platform_meta = {
    .name = "meta",
    .title = "Meta Conversions API",
    .docs = "https://developers.facebook.com/docs/marketing-api/"
	    "conversions-api",
    .read = "2026-09-12",
    .fields = fields,
};
