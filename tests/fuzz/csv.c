/*
 * clang -g -O1 -fsanitize=fuzzer,address,undefined: any bytes through the CSV
 * reader. Cells must be UTF-8 without NUL, lines must not run backwards, and
 * what is held comes back as it was.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "normalize/csv.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct capi_csv_row *row, uint64_t *line)
{
	if (row->line < *line || row->count > CAPI_CSV_COLUMNS)
		abort();
	*line = row->line;
	for (size_t i = 0; i < row->count; i++)
		if (!capi_text_is_utf8(row->cell[i].p, row->cell[i].n) ||
		    (row->cell[i].n &&
			memchr(row->cell[i].p, 0, row->cell[i].n)))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct capi_lines lines = {0};
	struct capi_csv c = {.max = 64};
	struct capi_csv_row row;
	enum capi_csv_result r;
	uint64_t line = 0;
	unsigned held = 0;
	int fd = memfd_create("csv", 0);

	if (fd < 0 || (size && write(fd, data, size) != (ssize_t)size))
		abort();
	lseek(fd, 0, SEEK_SET);
	capi_lines_open(&lines, fd, 1 << 20);
	capi_csv_open(&c, &lines);
	while ((r = capi_csv_next(&c, &row)) != CAPI_CSV_END &&
	       r < CAPI_CSV_FAILED) {
		if (r != CAPI_CSV_ROW)
			continue;
		check(&row, &line);
		if (held < 3 && size % 2) {
			capi_csv_hold(&c, &row);
			if (++held == 3) {
				capi_csv_release(&c);
				line = 0;
			}
		}
	}
	capi_csv_close(&c);
	capi_lines_release(&lines);
	close(fd);
	return 0;
}
