/*
 * clang -g -O1 -fsanitize=fuzzer,address,undefined: any bytes as an event. What
 * comes out must be JSON, and normalising it again must change nothing.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "normalize/normalize.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
ignore(void *arg, const char *field, const char *reason)
{
	(void)arg;
	(void)field;
	(void)reason;
}

static bool
pass(struct capi_normalizer *n, struct capi_json_parser *parser,
    const char *text, size_t len, struct capi_buf *out, bool must)
{
	struct capi_json *root;
	struct capi_outcome outcome;

	capi_arena_reset(n->arena);
	if (capi_json_parse(parser, n->arena, text, len, &root) !=
		CAPI_JSON_OK ||
	    root->type != CAPI_JSON_OBJECT) {
		if (must)
			abort();
		return false;
	}
	capi_normalize_event(n, root, &outcome);
	if (outcome.verdict != CAPI_VERDICT_OK) {
		if (must)
			abort();
		return false;
	}
	capi_buf_reset(out);
	capi_json_write(out, root);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct capi_normalizer n;
	static struct capi_arena arena = CAPI_ARENA_INIT;
	static struct capi_json_parser *parser;
	static struct capi_buf once = CAPI_BUF_INIT(1 << 24);
	static struct capi_buf twice = CAPI_BUF_INIT(1 << 24);

	if (!parser) {
		parser = capi_json_parser_new();
		n.arena = &arena;
		n.id_template = "{order_id}";
		n.note = ignore;
		n.count = ignore;
		n.now = 1775400000;
		memcpy(n.region, "US", 3);
		capi_normalizer_init(&n, capi_json_names(parser));
	}
	if (!pass(&n, parser, (const char *)data, size, &once, false))
		return 0;
	pass(&n, parser, once.data, once.len, &twice, true);
	if (once.len != twice.len || memcmp(once.data, twice.data, once.len)) {
		fprintf(stderr, "once  %.*s\ntwice %.*s\n", (int)once.len,
		    once.data, (int)twice.len, twice.data);
		abort();
	}
	return 0;
}
