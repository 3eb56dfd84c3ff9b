/*
 * Google Data Manager and Google Ads APIs.
 * https://developers.google.com/data-manager/api, read 2026-11-20.
 */
#include "platform.h"

/* clang-format off */
static const struct capi_field fields[] = {
	CAPI_ROW("user_data.gclid", "adIdentifiers.gclid", CAPI_STRING),
	CAPI_ROW("user_data.gbraid", "adIdentifiers.gbraid", CAPI_STRING),
	CAPI_ROW("user_data.wbraid", "adIdentifiers.wbraid", CAPI_STRING),
	CAPI_ID("user_data.email", "userData.userIdentifiers.emailAddress", "gmail"),
	CAPI_ID("user_data.phone", "userData.userIdentifiers.phoneNumber", "e164"),
	CAPI_ID("user_data.first_name",
	    "userData.userIdentifiers.address.givenName", "given"),
	CAPI_ID("user_data.last_name",
	    "userData.userIdentifiers.address.familyName", "family"),
	CAPI_ROW("user_data.country", "userData.userIdentifiers.address.regionCode", CAPI_STRING),
	CAPI_ROW("user_data.postal_code",
	    "userData.userIdentifiers.address.postalCode", CAPI_STRING),
	CAPI_ID("user_data.street",
	    "userIdentifiers.addressInfo.hashedStreetAddress", "lower"),
	CAPI_ROW("user_data.city", "userIdentifiers.addressInfo.city", CAPI_STRING),
	CAPI_ROW("user_data.state", "userIdentifiers.addressInfo.state", CAPI_STRING),
	CAPI_ROW("user_data.client_ip_address",
	    "adIdentifiers.landingPageDeviceInfo.ipAddress", CAPI_STRING),
	CAPI_ROW("user_data.client_user_agent",
	    "adIdentifiers.landingPageDeviceInfo.userAgent", CAPI_STRING),
	CAPI_ROW("user_data.session_attributes", "adIdentifiers.sessionAttributes", CAPI_STRING),
	CAPI_END,
};
/* clang-format on */

const struct capi_platform capi_platform_google = {
    .name = "google",
    .title = "Google Data Manager and Google Ads APIs",
    .docs = "https://developers.google.com/data-manager/api",
    .read = "2026-11-20",
    .fields = fields,
};
