/* lib/lines.c: the same lines, however the bytes arrive. */
#include "lines.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"

static int idles;

static void
on_idle(void *arg)
{
	(void)arg;
	idles++;
}

/* The lines joined by '|', "<long>" for one that was too long. The writer
 * hands over `piece` bytes at a time. */
static void
collect(const char *text, size_t len, size_t piece, size_t max, char *out)
{
	struct capi_lines l = {.idle = on_idle};
	int fds[2];
	char *line;
	size_t n;

	*out = '\0';
	if (pipe(fds))
		exit(1);
	if (fork() == 0) {
		close(fds[0]);
		for (size_t i = 0; i < len; i += piece)
			if (write(fds[1], text + i,
				len - i < piece ? len - i : piece) < 0)
				_exit(1);
		_exit(0);
	}
	close(fds[1]);
	capi_lines_open(&l, fds[0], max);
	for (;;) {
		enum capi_lines_result r = capi_lines_next(&l, &line, &n);

		if (r == CAPI_LINES_END || r == CAPI_LINES_FAILED)
			break;
		strcat(out, r == CAPI_LINES_TOO_LONG ? "<long>" : line);
		strcat(out, "|");
	}
	close(fds[0]);
	capi_lines_release(&l);
}

static const struct {
	const char *text, *lines, *what;
	size_t max;
} cases[] = {
    {"", "", "nothing", 8},
    {"a\nb\n", "a|b|", "two lines", 8},
    {"a\nb", "a|b|", "no newline at the end", 8},
    {"a\r\nb\r\n", "a|b|", "CR LF", 8},
    {"\n\na\n", "||a|", "empty lines", 8},
    {"\xef\xbb\xbf"
     "a\nb\n",
	"a|b|", "a byte order mark", 8},
    {"12345678\n", "12345678|", "a line as long as the cap", 8},
    {"123456789\nok\n", "<long>|ok|", "a line over the cap", 8},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nok", "<long>|ok|",
	"a line far over the cap", 8},
    {"ok\naaaaaaaaaaaaaaaaaaa", "ok|<long>|", "the last line over the cap", 8},
};

int
main(void)
{
	char out[256];
	static char big[600 * 1024 + 8];
	struct capi_lines l = {0};
	char *line;
	size_t n;
	int fds[2];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t piece = 1; piece <= 64; piece *= 4) {
			collect(cases[i].text, strlen(cases[i].text), piece,
			    cases[i].max, out);
			ok(!strcmp(out, cases[i].lines),
			    "%s, %zu bytes at a time", cases[i].what, piece);
		}
	ok(idles > 0, "before a read that could block the hook was called");

	/* A line larger than the first buffer makes the buffer grow. */
	memset(big, 'x', sizeof(big));
	big[600 * 1024] = '\n';
	if (pipe(fds))
		return 1;
	if (fork() == 0) {
		close(fds[0]);
		for (size_t at = 0; at < 600 * 1024 + 1;) {
			ssize_t w =
			    write(fds[1], big + at, 600 * 1024 + 1 - at);
			if (w < 0)
				_exit(1);
			at += (size_t)w;
		}
		_exit(0);
	}
	close(fds[1]);
	capi_lines_open(&l, fds[0], 1 << 20);
	ok(capi_lines_next(&l, &line, &n) == CAPI_LINES_LINE && n == 600 * 1024,
	    "a line of 600 KiB comes whole");
	ok(capi_lines_next(&l, &line, &n) == CAPI_LINES_END, "then the end");
	capi_lines_release(&l);
	return tap_done();
}
