#include "csv_held.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"

/* Line, flags, count; then each cell's length and bytes. */
struct head {
	uint64_t line;
	uint32_t count;
	uint32_t size;
	bool after_blank, damaged;
};

static FILE *
temporary(void)
{
	const char *dir = getenv("TMPDIR");
	char name[4096];
	int fd;

	if (!dir || !*dir)
		dir = "/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0) { /* not every file system knows O_TMPFILE */
		if (snprintf(name, sizeof(name), "%s/capi.XXXXXX", dir) >=
		    (int)sizeof(name)) {
			errno = ENAMETOOLONG;
			return NULL;
		}
		fd = mkostemp(name, O_CLOEXEC);
		if (fd < 0)
			return NULL;
		unlink(name);
	}
	return fdopen(fd, "w+");
}

int
capi_csv_held_put(struct capi_csv_held *s, const struct capi_csv_row *row)
{
	struct head h;

	if (!s->file && !(s->file = temporary()))
		return -1;
	memset(&h, 0, sizeof(h));
	h.line = row->line;
	h.count = (uint32_t)row->count;
	h.after_blank = row->after_blank;
	h.damaged = row->damaged;
	for (size_t i = 0; i < row->count; i++)
		h.size += (uint32_t)row->cell[i].n;
	if (fwrite(&h, sizeof(h), 1, s->file) != 1)
		return -1;
	for (size_t i = 0; i < row->count; i++) {
		uint32_t n = (uint32_t)row->cell[i].n;

		if (fwrite(&n, sizeof(n), 1, s->file) != 1 ||
		    fwrite(row->cell[i].p, 1, n, s->file) != n)
			return -1;
	}
	return 0;
}

int
capi_csv_held_rewind(struct capi_csv_held *s)
{
	if (!s->file)
		return 0;
	if (fflush(s->file))
		return -1;
	rewind(s->file);
	s->replay = true;
	return 0;
}

int
capi_csv_held_take(struct capi_csv_held *s, struct capi_csv_row *row)
{
	struct head h;
	char *to;

	if (fread(&h, sizeof(h), 1, s->file) != 1) {
		bool failed = ferror(s->file);

		fclose(s->file);
		s->file = NULL;
		s->replay = false;
		return failed ? -1 : 0;
	}
	if (h.size > s->cap) {
		s->text = capi_realloc(s->text, h.size);
		s->cap = h.size;
	}
	to = s->text;
	for (uint32_t i = 0; i < h.count; i++) {
		uint32_t n;

		if (fread(&n, sizeof(n), 1, s->file) != 1 ||
		    fread(to, 1, n, s->file) != n)
			return -1;
		row->cell[i] = (struct capi_str){to, n};
		to += n;
	}
	row->count = h.count;
	row->line = h.line;
	row->after_blank = h.after_blank;
	row->damaged = h.damaged;
	return 1;
}

void
capi_csv_held_release(struct capi_csv_held *s)
{
	if (s->file)
		fclose(s->file);
	free(s->text);
}
