#include "names.h"

uint16_t
capi_names_add(struct capi_names *k, const char *name, size_t n)
{
	struct capi_words w = capi_words_of(name, n);
	uint16_t id = capi_names_find(k, &w, name, n);
	size_t at = w.hash >> 54;

	if (id || k->count == CAPI_NAMES_MAX)
		return id;
	while (k->rows[at].id)
		at = (at + 1) & (CAPI_NAMES_ROWS - 1);
	k->rows[at].first = w.first;
	k->rows[at].last = w.last;
	k->rows[at].text = name;
	k->rows[at].n = (uint32_t)n;
	k->rows[at].id = ++k->count;
	return k->count;
}
