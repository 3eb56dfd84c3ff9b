/*
 * clang -g -O1 -fsanitize=fuzzer,address,undefined: any bytes as an export of
 * the preset that the first byte picks. Each record must end in one hook, and
 * an event must be JSON that normalising again does not change.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "normalize/preset.h"
#include "normalize/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PRESETS 16

static struct capi_reader *readers[PRESETS], *again;
static size_t presets;
static uint64_t ended;
static struct capi_buf once = CAPI_BUF_INIT(1 << 24);
static struct capi_buf twice = CAPI_BUF_INIT(1 << 24);

static void
on_again(void *arg, const struct capi_reader_event *event)
{
	(void)arg;
	capi_reader_write(event, &twice);
}

static void
on_lost(void *arg, const struct capi_record *r, const char *field,
    const char *reason)
{
	(void)arg;
	(void)r;
	fprintf(stderr, "%s: %s\n", field ? field : "", reason);
	abort();
}

static void
on_event(void *arg, const struct capi_reader_event *event)
{
	struct capi_lines lines = {0};

	(void)arg;
	ended++;
	capi_buf_reset(&once);
	capi_buf_reset(&twice);
	capi_reader_write(event, &once);
	capi_lines_open_text(&lines, once.data, once.len, 1 << 24);
	if (capi_reader_read(again, &lines, "again"))
		abort();
	capi_lines_release(&lines);
	if (once.len != twice.len || memcmp(once.data, twice.data, once.len)) {
		fprintf(stderr, "once  %.*s\ntwice %.*s\n", (int)once.len,
		    once.data, (int)twice.len, twice.data);
		abort();
	}
}

static void
on_refused(void *arg, const struct capi_record *r, const char *field,
    const char *reason)
{
	(void)arg;
	(void)field;
	(void)reason;
	if (r->len && !r->text)
		abort();
	ended++;
}

static void
on_withheld(void *arg, const char *reason)
{
	(void)arg;
	(void)reason;
	ended++;
}

/* An export needs to be told what it does not tell, an event does not. */
static struct capi_reader *
open_reader(const char *map, bool told, const struct capi_reader_hooks *hooks)
{
	struct capi_reader_options o = {.map = map,
	    .date_order = -1,
	    .decimal = -1,
	    .region = told ? "US" : NULL,
	    .zone = told ? "UTC" : NULL,
	    .currency = told ? "EUR" : NULL,
	    .now = 1775400000,
	    .max = 4096,
	    .keep_text = true,
	    .repeats = true};
	struct capi_reader *r = NULL;
	char why[CAPI_READER_WHY];

	if (capi_reader_open(&r, &o, hooks, why))
		abort();
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct capi_reader_hooks hooks = {
	    .event = on_event, .refused = on_refused, .withheld = on_withheld};
	static const struct capi_reader_hooks back = {
	    .event = on_again, .refused = on_lost};
	struct capi_lines lines = {0};
	struct capi_reader *r;
	uint64_t before;

	if (!presets) {
		again = open_reader("plain", false, &back);
		for (; capi_preset_texts[presets].name; presets++)
			readers[presets] = open_reader(
			    capi_preset_texts[presets].name, true, &hooks);
	}
	if (!size)
		return 0;
	r = readers[data[0] % presets];
	before = capi_reader_records(r) - ended;
	capi_lines_open_text(&lines, (const char *)data + 1, size - 1, 1 << 20);
	capi_reader_read(r, &lines, "input");
	capi_lines_release(&lines);
	if (capi_reader_records(r) - ended != before)
		abort();
	return 0;
}
