#include "walk.h"

#include <string.h>

#include "consent.h"

bool
capi_spell_lower(struct capi_buf *out, struct capi_str s)
{
	return capi_text_lower(out, s.p, s.n);
}

bool
capi_spell_upper(struct capi_buf *out, struct capi_str s)
{
	for (size_t i = 0; i < s.n; i++)
		capi_buf_addc(out, capi_upper(s.p[i]));
	return s.n > 0;
}

/* Lower case, letters and digits of any script and, perhaps, single blanks
 * between them. */
static bool
spell_place(struct capi_buf *out, struct capi_str s, bool blanks)
{
	char text[2048]; /* four times any place's name: room to work */
	struct capi_buf low = {text, 0, sizeof(text), sizeof(text), false};
	const char *p;
	size_t n;
	bool ok = capi_text_lower(&low, s.p, s.n) && !low.over;
	bool any = false, gap = false;

	p = low.data;
	n = low.len;
	while (ok && n) {
		uint32_t c = capi_text_next(&p, &n);
		const char *category = capi_text_category(c);

		if (category[0] == 'L' || category[0] == 'N' ||
		    category[0] == 'M') {
			if (gap && any)
				capi_buf_addc(out, ' ');
			capi_text_put(out, c);
			any = true;
			gap = false;
		} else {
			gap |= blanks && category[0] == 'Z';
		}
	}
	return ok && any;
}

bool
capi_spell_compact(struct capi_buf *out, struct capi_str s)
{
	return spell_place(out, s, false);
}

bool
capi_spell_words(struct capi_buf *out, struct capi_str s)
{
	return spell_place(out, s, true);
}

/* ---- values made ----------------------------------------------------- */

bool
capi_make_name(struct capi_buf *out, const struct capi_build *b)
{
	capi_json_string(out, b->name.p, b->name.n);
	return true;
}

bool
capi_when_opted_out(const struct capi_build *b)
{
	return capi_event_true(b->event, CAPI_OPT_OUT) ||
	       capi_consent_of(b->event, CAPI_CONSENT_AD_PERSONALIZATION) ==
		   CAPI_CONSENT_DENIED;
}

bool
capi_make_content_ids(struct capi_buf *out, const struct capi_build *b)
{
	const struct capi_json *v = b->event->at[CAPI_ITEMS];
	size_t mark = out->len;

	if (capi_has(b->event, CAPI_CONTENT_IDS) || !v ||
	    v->type != CAPI_JSON_ARRAY)
		return false;
	capi_buf_addc(out, '[');
	for (v = v->child; v; v = v->next) {
		struct capi_str id = capi_json_str(capi_json_get(v, "id"));

		if (!id.n)
			continue;
		capi_json_sep(out);
		capi_json_string(out, id.p, id.n);
	}
	capi_buf_addc(out, ']');
	if (out->data[out->len - 2] != '[')
		return true;
	out->len = mark;
	return false;
}

static void
two_digits(char **p, int64_t n)
{
	*(*p)++ = (char)('0' + n / 10);
	*(*p)++ = (char)('0' + n % 10);
}

/* Days to a date by the proleptic Gregorian calendar, in eras of 400 years
 * that begin in March (Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms"). */
static void
date_of(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
	int64_t era, doe, yoe, doy, mp;

	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = days - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = yoe + era * 400 + (*month <= 2);
}

void
capi_write_time(
    struct capi_buf *out, int64_t seconds, char between, const char *zone)
{
	int64_t days = seconds / 86400, rest = seconds % 86400;
	int64_t year, month, day;
	char text[] = "YYYY-MM-DD hh:mm:ss", *p = text;

	if (rest < 0) {
		rest += 86400;
		days--;
	}
	date_of(days, &year, &month, &day);
	two_digits(&p, year / 100 % 100);
	two_digits(&p, year % 100);
	p++;
	two_digits(&p, month);
	p++;
	two_digits(&p, day);
	*p++ = between;
	two_digits(&p, rest / 3600);
	p++;
	two_digits(&p, rest / 60 % 60);
	p++;
	two_digits(&p, rest % 60);
	capi_buf_add(out, text, sizeof(text) - 1);
	capi_buf_adds(out, zone);
}
