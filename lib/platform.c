#include "platform.h"

#include <string.h>

const struct capi_platform *
capi_platform_find(const char *name, size_t n)
{
	for (size_t i = 0; capi_platforms[i]; i++)
		if (strlen(capi_platforms[i]->name) == n &&
		    !memcmp(capi_platforms[i]->name, name, n))
			return capi_platforms[i];
	return NULL;
}

void
capi_platform_guess(struct capi_buf *out, const char *name, size_t n)
{
	const char *words[64] = {NULL}, *near;
	size_t count = 0;

	for (; capi_platforms[count] && count < 64; count++)
		words[count] = capi_platforms[count]->name;
	near = capi_text_nearest((struct capi_str){name, n}, words, count);
	if (near) {
		capi_buf_addf(out, "; %s?", near);
		return;
	}
	for (size_t i = 0; i < count; i++)
		capi_buf_addf(out, "%s%s", i ? ", " : ": ", words[i]);
}
