#include "walk.h"

#include <string.h>

static const struct capi_call *
call_of(const struct capi_dest *d, unsigned call)
{
	static const struct capi_call only = {.max_events = 1000};

	return d->platform->calls ? &d->platform->calls[call] : &only;
}

bool
capi_body_head(struct capi_buf *out, const struct capi_dest *d, unsigned call,
    const char *test_code, const char **missing)
{
	const struct capi_call *c = call_of(d, call);

	if (c->head)
		return c->head(out, d, c, test_code, missing);
	capi_buf_addc(out, '{');
	if (test_code) {
		capi_json_key(out, "test_event_code");
		capi_json_cstring(out, test_code);
		capi_buf_addc(out, ',');
	}
	capi_buf_adds(out, "\"data\":[");
	return true;
}

const char *
capi_body_tail(const struct capi_dest *d, unsigned call)
{
	const struct capi_call *c = call_of(d, call);

	return c->tail ? c->tail : "]}";
}

size_t
capi_body_max_events(const struct capi_dest *d, unsigned call)
{
	return call_of(d, call)->max_events;
}

size_t
capi_body_max_bytes(const struct capi_dest *d, unsigned call)
{
	return call_of(d, call)->max_bytes;
}

int
capi_call_find(const struct capi_platform *p, const char *name, size_t n)
{
	if (!p->calls)
		return n ? -1 : 0;
	for (int i = 0; p->calls[i].max_events; i++) {
		const char *c = p->calls[i].name ? p->calls[i].name : "";

		if (strlen(c) == n && !memcmp(c, name, n))
			return i;
	}
	return -1;
}
