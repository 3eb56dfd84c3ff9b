#include "consent.h"

#include <stdbool.h>
#include <stddef.h>

/* opt_in, opt-in, Opt in */
static bool
is_word(struct capi_str s, const char *word)
{
	size_t i = 0;

	for (; i < s.n && word[i]; i++)
		if (capi_lower(s.p[i]) != word[i] &&
		    !(word[i] == '_' && (s.p[i] == ' ' || s.p[i] == '-')))
			return false;
	return i == s.n && !word[i];
}

enum capi_consent
capi_consent_word(struct capi_str word)
{
	static const struct {
		const char *word;
		enum capi_consent means;
	} words[] = {
	    {"granted", CAPI_CONSENT_GRANTED},
	    {"yes", CAPI_CONSENT_GRANTED},
	    {"true", CAPI_CONSENT_GRANTED},
	    {"1", CAPI_CONSENT_GRANTED},
	    {"accepted", CAPI_CONSENT_GRANTED},
	    {"allow", CAPI_CONSENT_GRANTED},
	    {"opt_in", CAPI_CONSENT_GRANTED},
	    {"consent_granted", CAPI_CONSENT_GRANTED}, /* Google's */
	    {"denied", CAPI_CONSENT_DENIED},
	    {"no", CAPI_CONSENT_DENIED},
	    {"false", CAPI_CONSENT_DENIED},
	    {"0", CAPI_CONSENT_DENIED},
	    {"declined", CAPI_CONSENT_DENIED},
	    {"rejected", CAPI_CONSENT_DENIED},
	    {"deny", CAPI_CONSENT_DENIED},
	    {"opt_out", CAPI_CONSENT_DENIED},
	    {"withdrawn", CAPI_CONSENT_DENIED},
	    {"revoked", CAPI_CONSENT_DENIED},
	    {"consent_denied", CAPI_CONSENT_DENIED},
	};

	word = capi_text_trim(word.p, word.n);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is_word(word, words[i].word))
			return words[i].means;
	return CAPI_CONSENT_UNKNOWN;
}
