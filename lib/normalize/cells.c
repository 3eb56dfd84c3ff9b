#include "cells.h"

static void
end_cell(struct capi_cells *c)
{
	if (c->count < CAPI_CELLS_MOST)
		c->ends[c->count++] = c->text.len;
}

void
capi_cells_take(
    struct capi_cells *c, const char *line, size_t n, char delimiter)
{
	bool quoted = c->open;
	bool fresh = !quoted; /* at the begin of a cell */

	if (quoted) {
		capi_buf_addc(&c->text, '\n');
	} else {
		capi_buf_reset(&c->text);
		c->count = 0;
	}
	for (size_t i = 0; i < n; i++) {
		if (quoted && line[i] == '"' && i + 1 < n &&
		    line[i + 1] == '"') {
			capi_buf_addc(&c->text, '"');
			i++;
		} else if (quoted && line[i] == '"') {
			quoted = false;
		} else if (!quoted && fresh && line[i] == '"') {
			quoted = true;
			fresh = false;
		} else if (!quoted && line[i] == delimiter) {
			end_cell(c);
			fresh = true;
		} else {
			capi_buf_addc(&c->text, line[i]);
			fresh = false;
		}
	}
	c->open = quoted;
	if (!quoted)
		end_cell(c);
}

struct capi_str
capi_cells_at(const struct capi_cells *c, size_t i)
{
	size_t from = i ? c->ends[i - 1] : 0;

	if (i >= c->count)
		return (struct capi_str){"", 0};
	return (struct capi_str){
	    c->text.data ? c->text.data + from : "", c->ends[i] - from};
}

char
capi_cells_delimiter(const char *line, size_t n)
{
	static const char marks[] = ",;\t|";
	size_t most = 0;
	char best = ',';

	for (size_t k = 0; marks[k]; k++) {
		size_t count = 0;

		for (size_t i = 0; i < n; i++)
			count += line[i] == marks[k];
		if (count > most) {
			most = count;
			best = marks[k];
		}
	}
	return best;
}
