/*
 * What one payload carries, whoever built it: members are found by their name
 * wherever they stand, because an audit also reads the logs of other senders
 * and must not trust our own tables of paths.
 */
#ifndef CAPI_AUDIT_PAYLOAD_H
#define CAPI_AUDIT_PAYLOAD_H

#include "audit.h"

/* What can be wrong with an identifier; one set of key bits for each. */
enum capi_key_fault {
	CAPI_FAULT_EMPTY,        /* "", null, [] */
	CAPI_FAULT_PLACEHOLDER,  /* {{email}}, undefined, or its digest */
	CAPI_FAULT_PLAIN,        /* should be hashed and is not */
	CAPI_FAULT_UPPER,        /* hex in capitals */
	CAPI_FAULT_OTHER_DIGEST, /* MD5 or SHA-1 by its length */
	CAPI_FAULT_HASHED,       /* hashed although the platform reads it */
	CAPI_KEY_FAULTS,
};

enum capi_time_form {
	CAPI_TIME_GOOD,
	CAPI_TIME_NONE,
	CAPI_TIME_ZERO,
	CAPI_TIME_MILLI, /* 13 digits */
	CAPI_TIME_MICRO, /* 16 digits */
	CAPI_TIME_STRING,
	CAPI_TIME_FRACTION,
	CAPI_TIME_FORMS,
};

enum capi_value_fault {
	CAPI_VALUE_GOOD,
	CAPI_VALUE_NONE,
	CAPI_VALUE_STRING,
	CAPI_VALUE_NOT_POSITIVE,
	CAPI_VALUE_NOT_A_NUMBER,
};

enum capi_currency_fault {
	CAPI_CURRENCY_GOOD,
	CAPI_CURRENCY_NONE,
	CAPI_CURRENCY_CASE,
	CAPI_CURRENCY_UNKNOWN,
};

struct capi_payload {
	struct capi_str platform, event_name, event_id, action_source;
	struct capi_str ip, ua, dataset, currency, value;
	int64_t time; /* seconds, whatever the form */
	enum capi_time_form time_form;
	enum capi_value_fault value_fault;
	enum capi_currency_fault currency_fault;
	int64_t micros;
	bool url, test_code, denied, lead_id;
	bool request;  /* a platform's body, not an event of ours */
	uint32_t have; /* keys with a valid value */
	uint32_t faults[CAPI_KEY_FAULTS]; /* keys */
	/* The first 8 bytes of the digest; 0: none. */
	int64_t email, phone, external_id;
};

/* False: it holds no event (withheld, refused). */
bool capi_payload_read(struct capi_payload *p, const struct capi_json *line);

/* What may be shown as an amount or a currency; NULL what may be anything. */
struct capi_str capi_payload_amount(struct capi_str s);

/* One identifier of an event of ours. */
void capi_payload_take(
    struct capi_payload *p, enum capi_audit_key key, struct capi_str s);

/* What is left of an id when its dress is taken off: spaces, case, a leading
 * '#', one prefix as "order_" or "ORD-", leading zeros. Returns the length. */
size_t capi_payload_canon(struct capi_str id, char *out, size_t size);

/* A user agent's family: "ios", "android", "windows", "mac", "linux",
 * "other"; "" for none. */
const char *capi_ua_family(struct capi_str ua);
/* The app in whose browser it is: "Instagram" ...; "none"; "" without agent. */
const char *capi_ua_app(struct capi_str ua);
/* A program's, not a browser's. */
bool capi_ua_is_program(struct capi_str ua);

#endif
