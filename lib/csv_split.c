#include "csv_split.h"

#include <string.h>

void
capi_csv_split_init(struct capi_csv_split *s, char delimiter)
{
	memset(s->stop, 0, sizeof(s->stop));
	s->delimiter = delimiter;
	s->stop[(unsigned char)delimiter] = s->stop['"'] = s->stop['\n'] =
	    s->stop['\r'] = true;
}

/* Behind the closing quote of the cell that begins at p; NULL: unusual. */
static const char *
quoted(struct capi_csv_split *s, const char *p, const char *end)
{
	const char *close = memchr(p + 1, '"', (size_t)(end - p) - 1);
	const char *nl = p;

	if (!close || memchr(p, '\r', (size_t)(close - p)))
		return NULL;
	while ((nl = memchr(nl + 1, '\n', (size_t)(close - nl) - 1)))
		s->newlines++;
	s->cell[s->count++] = (struct capi_str){p + 1, (size_t)(close - p) - 1};
	return close + 1;
}

static const char *
unquoted(struct capi_csv_split *s, const char *p, const char *end)
{
	const char *begin = p;

	while (p < end && !s->stop[(unsigned char)*p])
		p++;
	s->cell[s->count++] = (struct capi_str){begin, (size_t)(p - begin)};
	return p;
}

size_t
capi_csv_split(struct capi_csv_split *s, const char *text, size_t n)
{
	const char *p = text, *end = text + n;

	s->count = 0;
	s->newlines = 1;
	if (!n || (capi_is_space(*p) && *p != s->delimiter))
		return 0;
	for (;;) {
		if (s->count == s->max)
			return 0;
		p = p < end && *p == '"' ? quoted(s, p, end)
					 : unquoted(s, p, end);
		if (!p || p == end)
			return 0;
		if (*p == s->delimiter) {
			p++;
			continue;
		}
		if (*p == '\r')
			p++;
		return p < end && *p == '\n' ? (size_t)(p - text) + 1 : 0;
	}
}
