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
