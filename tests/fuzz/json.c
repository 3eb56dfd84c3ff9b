/* Any bytes: no crash, and what was accepted is written back unchanged and
 * parses again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct capi_json_parser *parser;
	static struct capi_arena arena;
	static struct capi_buf out = CAPI_BUF_INIT(1 << 24);
	struct capi_json *root, *again;
	const char *text = (const char *)data;

	if (!parser)
		parser = capi_json_parser_new();
	capi_arena_reset(&arena);
	if (capi_json_parse(parser, &arena, text, size, &root) != CAPI_JSON_OK)
		return 0;
	capi_buf_reset(&out);
	capi_json_write(&out, root);
	if (out.len > size || !memmem(text, size, out.data, out.len))
		abort();
	if (root->type == CAPI_JSON_OBJECT)
		capi_json_put_string(&arena, root, "k", text, 0);
	capi_buf_reset(&out);
	capi_json_write(&out, root);
	if (capi_json_parse(parser, &arena, out.data, out.len, &again) !=
	    CAPI_JSON_OK)
		abort();
	return 0;
}
