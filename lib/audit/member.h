/*
 * Members of a parsed record as an audit wants them: text where a scalar
 * stands, numbers and times where they can be read.
 */
#ifndef CAPI_AUDIT_MEMBER_H
#define CAPI_AUDIT_MEMBER_H

#include "json.h"
#include "clock.h"

/* What a value says in text; of a list its first element. p NULL: nothing. */
static inline struct capi_str
capi_member_text(const struct capi_json *v)
{
	if (v && v->type == CAPI_JSON_ARRAY)
		v = v->child;
	if (!v || v->type == CAPI_JSON_NULL || v->type >= CAPI_JSON_ARRAY)
		return (struct capi_str){NULL, 0};
	return (struct capi_str){v->text, v->len};
}

static inline struct capi_str
capi_member(const struct capi_json *obj, const char *key)
{
	return capi_member_text(obj ? capi_json_get(obj, key) : NULL);
}

static inline int64_t
capi_text_int(struct capi_str s, int64_t otherwise)
{
	int64_t micros;

	if (!s.p || !capi_clock_decimal(s, false, &micros))
		return otherwise;
	return micros / CAPI_MICROS;
}

static inline int64_t
capi_member_int(const struct capi_json *obj, const char *key, int64_t otherwise)
{
	return capi_text_int(capi_member(obj, key), otherwise);
}

/* Seconds, also of milliseconds and microseconds. -1 when there is none or it
 * can not be read. */
static inline int64_t
capi_text_time(struct capi_str s)
{
	int64_t time;

	if (!s.p || !capi_clock_parse_time(s, &time))
		return -1;
	if (time >= INT64_C(100000000000000))
		return time / 1000000;
	return time >= INT64_C(100000000000) ? time / 1000 : time;
}

static inline int64_t
capi_member_time(const struct capi_json *obj, const char *key)
{
	return capi_text_time(capi_member(obj, key));
}

#endif
