#include "canon.h"

#include "normalize/normalize.h"
#include "rule/phone.h"
#include "rule/place.h"

static const char *
canon_phone(
    struct capi_buf *out, struct capi_str value, const struct capi_canon *c)
{
	struct capi_phone phone;
	enum capi_phone_verdict verdict =
	    capi_phone_parse(value.p, value.n, c->region, &phone);

	if (verdict > CAPI_PHONE_POSSIBLE)
		return verdict == CAPI_PHONE_NO_COUNTRY
			   ? "no country code: say --region CC"
			   : capi_phone_reason(verdict);
	capi_buf_add(out, phone.e164, phone.len);
	return NULL;
}

static const char *
canon_birth(
    struct capi_buf *out, struct capi_str value, const struct capi_canon *c)
{
	char iso[11];

	switch (capi_when_birth(value.p, value.n, c->order, c->now, iso)) {
	case CAPI_WHEN_OK:
		capi_buf_adds(out, iso);
		return NULL;
	case CAPI_WHEN_AMBIGUOUS:
		return "day or month first? say --date-order dmy or mdy";
	case CAPI_WHEN_EMPTY:
		return "empty";
	default:
		return "no date of the calendar from 1900 to today";
	}
}

static const char *
canon_state(
    struct capi_buf *out, struct capi_str value, const struct capi_canon *c)
{
	char code[8];

	if (*c->country &&
	    !capi_place_state(c->country, value.p, value.n, code))
		capi_buf_adds(out, code);
	else
		capi_buf_add(out, value.p, value.n);
	return NULL;
}

static const char *
canon_postal(
    struct capi_buf *out, struct capi_str value, const struct capi_canon *c)
{
	char code[CAPI_PLACE_POSTAL_MAX];
	size_t n;

	switch (capi_place_postal(*c->country ? c->country : NULL, value.p,
	    value.n, code, sizeof(code), &n)) {
	case CAPI_POSTAL_OK:
	case CAPI_POSTAL_REPAIRED:
		capi_buf_add(out, code, n);
		return NULL;
	default:
		return "no postal code of that country";
	}
}

const char *
capi_canon(struct capi_buf *out, enum capi_identifier id, struct capi_str value,
    const struct capi_canon *c)
{
	char country[3];

	value = capi_text_trim(value.p, value.n);
	if (!value.n)
		return "empty";
	switch (id) {
	case CAPI_ID_PHONE:
		return canon_phone(out, value, c);
	case CAPI_ID_DATE_OF_BIRTH:
		return canon_birth(out, value, c);
	case CAPI_ID_STATE:
		return canon_state(out, value, c);
	case CAPI_ID_POSTAL_CODE:
		return canon_postal(out, value, c);
	case CAPI_ID_COUNTRY:
		if (capi_place_country(value.p, value.n, country))
			return "no country of ISO 3166-1";
		capi_buf_adds(out, country);
		return NULL;
	default:
		return capi_text_nfc(out, value.p, value.n) ? NULL
							    : "not UTF-8";
	}
}

/* What capi-normalize leaves as text. The others are codes, and capi_canon()
 * makes them. */
static enum capi_field
text_field(enum capi_identifier id)
{
	switch (id) {
	case CAPI_ID_EMAIL:
		return CAPI_F_EMAIL;
	case CAPI_ID_FIRST_NAME:
		return CAPI_F_FIRST_NAME;
	case CAPI_ID_LAST_NAME:
		return CAPI_F_LAST_NAME;
	case CAPI_ID_STREET:
		return CAPI_F_STREET;
	case CAPI_ID_CITY:
		return CAPI_F_CITY;
	case CAPI_ID_EXTERNAL_ID:
		return CAPI_F_EXTERNAL_ID;
	default:
		return CAPI_FIELDS;
	}
}

const char *
capi_canon_normal(struct capi_buf *out, enum capi_identifier id,
    struct capi_str value, const struct capi_canon *c)
{
	enum capi_field field = text_field(id);
	struct capi_str trimmed = capi_text_trim(value.p, value.n);

	if (field == CAPI_FIELDS || !trimmed.n)
		return capi_canon(out, id, value, c);
	return capi_normalize_value(out, field, trimmed);
}
