#include "body.h"

#include "json.h"

const struct capi_call *
capi_call_of(const struct capi_platform *p, unsigned call)
{
	static const struct capi_call only = {.max_events = 1000};

	return p->calls ? &p->calls[call] : &only;
}

int64_t
capi_max_age(const struct capi_platform *p, unsigned call)
{
	const struct capi_call *c = capi_call_of(p, call);

	return c->max_age ? c->max_age : p->max_age;
}

bool
capi_body_head(struct capi_buf *out, const struct capi_dest *d, unsigned call,
    const char *test_code, const char **missing)
{
	const struct capi_call *c = capi_call_of(d->platform, call);

	if (c->head)
		return c->head(out, d, c, test_code, missing);
	capi_buf_addc(out, '{');
	if (test_code) {
		capi_json_key(out, "test_event_code");
		capi_json_cstring(out, test_code);
	}
	capi_json_key(out, c->list ? c->list : "data");
	capi_buf_addc(out, '[');
	return true;
}

const char *
capi_body_tail(const struct capi_platform *p, unsigned call)
{
	const struct capi_call *c = capi_call_of(p, call);

	return c->tail ? c->tail : "]}";
}
