#include "csv_split.h"

#include <string.h>

void
capi_csv_split_init(struct capi_csv_split *s, char delimiter)
{
	memset(s->stop, 0, sizeof(s->stop));
	s->delimiter = delimiter;
	s->room.max = SIZE_MAX / 4;
	s->stop[(unsigned char)delimiter] = s->stop['"'] = s->stop['\n'] =
	    s->stop['\r'] = true;
}

void
capi_csv_split_release(struct capi_csv_split *s)
{
	capi_buf_release(&s->room);
}

/* The quote that closes the cell whose text begins at p; NULL: none does. */
static const char *
closing(const char *p, const char *end, bool *doubled)
{
	while ((p = memchr(p, '"', (size_t)(end - p)))) {
		if (p + 1 == end || p[1] != '"')
			return p;
		*doubled = true;
		p += 2;
	}
	return NULL;
}

/* The text with one quote for two; there is room for it. */
static struct capi_str
undouble(struct capi_buf *room, struct capi_str text)
{
	size_t before = room->len;

	for (size_t i = 0; i < text.n; i++) {
		capi_buf_addc(room, text.p[i]);
		i += text.p[i] == '"';
	}
	return (struct capi_str){room->data + before, room->len - before};
}

/* Behind the closing quote of the cell that begins at p; NULL: unusual. */
static const char *
quoted(struct capi_csv_split *s, const char *p, const char *end)
{
	bool doubled = false;
	const char *close = closing(p + 1, end, &doubled), *nl = p;
	struct capi_str text;

	if (!close || memchr(p, '\r', (size_t)(close - p)))
		return NULL;
	while ((nl = memchr(nl + 1, '\n', (size_t)(close - nl) - 1)))
		s->newlines++;
	text = (struct capi_str){p + 1, (size_t)(close - p) - 1};
	if (doubled)
		text = undouble(&s->room, text);
	s->cell[s->count++] = text;
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
	/* At once: cells that lie there must not move. */
	capi_buf_reset(&s->room);
	capi_buf_reserve(&s->room, n);
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
