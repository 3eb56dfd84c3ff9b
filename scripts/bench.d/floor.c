/* The bare yajl parse of the same bytes: what no filter can be faster than. */
#include <stdio.h>
#include <stdlib.h>
#include <yajl/yajl_parse.h>

static int
on_text(void *ctx, const unsigned char *s, size_t n)
{
	(void)ctx, (void)s, (void)n;
	return 1;
}

static int
on_number(void *ctx, const char *s, size_t n)
{
	(void)ctx, (void)s, (void)n;
	return 1;
}

static int
on_bool(void *ctx, int value)
{
	(void)ctx, (void)value;
	return 1;
}

static int
on_other(void *ctx)
{
	(void)ctx;
	return 1;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_other,
    .yajl_boolean = on_bool,
    .yajl_number = on_number,
    .yajl_string = on_text,
    .yajl_start_map = on_other,
    .yajl_map_key = on_text,
    .yajl_end_map = on_other,
    .yajl_start_array = on_other,
    .yajl_end_array = on_other,
};

int
main(void)
{
	yajl_handle h = yajl_alloc(&callbacks, NULL, NULL);
	static char buf[1 << 20];
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	setvbuf(stdin, buf, _IOFBF, sizeof(buf));
	yajl_config(h, yajl_allow_multiple_values, 1);
	while ((n = getline(&line, &cap, stdin)) > 0)
		if (yajl_parse(h, (unsigned char *)line, (size_t)n) !=
		    yajl_status_ok)
			return 1;
	free(line);
	yajl_free(h);
	return 0;
}
