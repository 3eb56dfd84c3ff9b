/*
 * What a person allowed, as the event says it (consent.* of capi-event(5)).
 * Nothing goes to an advertising platform that was denied; what is not known
 * is the user's decision, not a default.
 */
#ifndef CAPI_CONSENT_H
#define CAPI_CONSENT_H

#include "event.h"
#include "rule/consent.h"

/* member: CAPI_CONSENT_AD_USER_DATA or CAPI_CONSENT_AD_PERSONALIZATION. An
 * event that did not come through capi-normalize may say no in other words. */
enum capi_consent capi_consent_of(
    const struct capi_event *e, enum capi_member member);

/*
 * US states with opt-out rights, as Meta numbers them in
 * data_processing_options_state ("Data Processing Options for US Users", read
 * 2026-09-12). 0: none of them. Takes "CA", "US-CA", "1000" and the number.
 */
int capi_consent_us_state(struct capi_str state);

#endif
