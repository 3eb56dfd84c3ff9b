/*
 * What people and shop systems write for yes and no where consent is asked.
 */
#ifndef CAPI_RULE_CONSENT_H
#define CAPI_RULE_CONSENT_H

#include "text.h"

enum capi_consent {
	CAPI_CONSENT_UNKNOWN, /* nothing, "unknown" or any other word */
	CAPI_CONSENT_GRANTED,
	CAPI_CONSENT_DENIED,
};

enum capi_consent capi_consent_word(struct capi_str word);

#endif
