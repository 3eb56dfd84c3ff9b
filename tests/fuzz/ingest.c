/*
 * Any bytes as a line of capi-send's input: no crash; a line that is taken is
 * written as one receipt or is refused by name. A dry run, so that no disk and
 * no network is in it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "send/sender.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct capi_sender *
begin(void)
{
	static struct capi_sender s;
	char err[256];

	s.o.dry_run = true;
	s.o.now_ms = INT64_C(1795000000000);
	s.bodies_fd = s.log_fd = -1;
	s.config = capi_config_load(NULL, err, sizeof(err));
	if (!s.config || !freopen("/dev/null", "w", stdout) ||
	    setenv("CAPI_META_DATASET_ID", "1", 1))
		abort();
	capi_sender_open(&s);
	return &s;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct capi_sender *s;
	static struct capi_arena arena;
	const char *field = NULL, *why = NULL;
	struct capi_json *line;
	size_t before;

	if (!s)
		s = begin();
	capi_arena_reset(&arena);
	if (capi_json_parse(s->json, &arena, (const char *)data, size, &line) !=
		CAPI_JSON_OK ||
	    line->type != CAPI_JSON_OBJECT)
		return 0;
	capi_receipt_flush(s);
	before = s->out.len;
	switch (capi_ingest_line(s, line, &field, &why)) {
	case CAPI_INGEST_WRONG:
		if (!field || !why || s->out.len != before)
			abort();
		break;
	case CAPI_INGEST_WITHHELD:
		if (!why)
			abort();
		/* FALLTHROUGH */
	case CAPI_INGEST_PUT:
		/* One line, and JSON. */
		if (s->out.len &&
		    (s->out.data[s->out.len - 1] != '\n' ||
			memchr(s->out.data, '\n', s->out.len - 1)))
			abort();
	}
	return 0;
}
