#include "consent.h"

enum capi_consent
capi_consent_of(const struct capi_event *e, enum capi_member member)
{
	const struct capi_json *v = e->at[member];

	if (!v || v->type >= CAPI_JSON_ARRAY)
		return CAPI_CONSENT_UNKNOWN;
	return capi_consent_word((struct capi_str){v->text, v->len});
}

int
capi_consent_us_state(struct capi_str state)
{
	static const char codes[][3] = {"CA", "CO", "CT", "FL", "OR", "TX",
	    "MT", "DE", "NE", "NH", "NJ", "MN", "MD", "RI"};

	if (state.n == 5 && !memcmp(state.p, "US-", 3)) {
		state.p += 3;
		state.n -= 3;
	}
	if (state.n == 4 && state.p[0] == '1' && state.p[1] == '0' &&
	    state.p[2] >= '0' && state.p[2] <= '1' &&
	    capi_is_digit(state.p[3])) {
		int number = (state.p[2] - '0') * 10 + state.p[3] - '0';

		return number < 14 ? 1000 + number : 0;
	}
	for (int i = 0; i < 14; i++)
		if (capi_str_is_nocase(state, codes[i]))
			return 1000 + i;
	return 0;
}
