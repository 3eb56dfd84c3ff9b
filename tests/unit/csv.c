#include "normalize/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int tests, failures;

static void
ok(int good, const char *what)
{
	failures += !good;
	printf("%s %d - %s\n", good ? "ok" : "not ok", ++tests, what);
}

/* The rows as "line:cell|cell;" with the results that are no rows in <>. */
static void
reads(const char *what, const char *in, size_t n, size_t max, const char *want)
{
	char name[] = "/tmp/csv-test.XXXXXX", got[4096] = "";
	int fd = mkstemp(name);
	struct capi_lines lines = {0};
	struct capi_csv c = {.max = max};
	struct capi_csv_row row;
	enum capi_csv_result r;

	unlink(name);
	if (fd < 0 || write(fd, in, n) != (ssize_t)n || lseek(fd, 0, SEEK_SET))
		exit(1);
	capi_lines_open(&lines, fd, 1 << 20);
	capi_csv_open(&c, &lines);
	while ((r = capi_csv_next(&c, &row)) != CAPI_CSV_END) {
		size_t at = strlen(got);

		if (r != CAPI_CSV_ROW) {
			snprintf(got + at, sizeof(got) - at, "<%d>", (int)r);
			if (r == CAPI_CSV_FAILED)
				break;
			continue;
		}
		snprintf(got + at, sizeof(got) - at, "%d:", (int)row.line);
		for (size_t i = 0; i < row.count; i++) {
			at = strlen(got);
			snprintf(got + at, sizeof(got) - at, "%.*s%s",
			    (int)row.cell[i].n, row.cell[i].p,
			    i + 1 < row.count ? "|" : ";");
		}
	}
	ok(!strcmp(got, want), what);
	if (strcmp(got, want))
		printf("# got  %s\n# want %s\n", got, want);
	capi_csv_close(&c);
	capi_lines_release(&lines);
	close(fd);
}

#define READS(what, in, want) reads(what, in, sizeof(in) - 1, 1000, want)

int
main(void)
{
	READS("nothing", "", "");
	READS("one row", "a,b\n", "1:a|b;");
	READS("no newline at the end", "a,b", "1:a|b;");
	READS("CR LF", "a,b\r\nc,d\r\n", "1:a|b;2:c|d;");
	READS("CR alone", "a,b\rc,d\r", "1:a|b;2:c|d;");
	READS("quotes, doubled quotes, delimiters in quotes",
	    "\"a,\"\"b\"\"\",c\n", "1:a,\"b\"|c;");
	READS("newlines in quotes count as lines", "\"a\nb\r\nc\",d\ne,f\n",
	    "1:a\nb\r\nc|d;4:e|f;");
	READS("empty cells", ",\"\",x\n", "1:||x;");
	READS(
	    "blank rows are passed over", "a,b\n\n,\n \nc,d\n", "1:a|b;5:c|d;");
	READS("ragged rows are the caller's", "a,b\nc\n", "1:a|b;2:c;");
	READS("semicolons", "a;b;c,d\ne;f;g\n", "1:a|b|c,d;2:e|f|g;");
	READS("tabs", "a\tb\nc\t\n", "1:a|b;2:c|;");
	READS("a delimiter in quotes does not count", "\"a,b,c\";d\n",
	    "1:a,b,c|d;");
	READS("sep=", "sep=;\na,b;c\n", "2:a,b|c;");
	READS("spaces around cells go", " a , \"b\" ,c\n", "1:a|b|c;");
	READS("guards go", "'+49,=\"007\",'t Hooft,'1\n",
	    "1:+49|007|'t Hooft|1;");
	READS("a mark of UTF-8",
	    "\xef\xbb\xbf"
	    "a,b\n",
	    "1:a|b;");
	READS("UTF-16 with its mark",
	    "\xff\xfe"
	    "a\0,\0\xe4\0\n\0",
	    "1:a|\xc3\xa4;");
	READS("UTF-16, big end first",
	    "\xfe\xff"
	    "\0a\0,\0\xe4\0\n",
	    "1:a|\xc3\xa4;");
	READS("a character outside the first plane, in UTF-16",
	    "\xff\xfe"
	    "a\0,\0\x3d\xd8\x00\xde\n\0",
	    "1:a|\xf0\x9f\x98\x80;");
	READS("half a character at the end, in UTF-16",
	    "\xff\xfe"
	    "a\0,\0b\0\n\0c\0,\0d\0\xe4",
	    "1:a|b;2:c|d\xef\xbf\xbd;");
	READS("Windows-1252", "a,M\xfcller\nb,\x80\n",
	    "1:a|M\xc3\xbcller;2:b|\xe2\x82\xac;");
	READS("a stray byte in UTF-8", "a,\xc3\xbc\nb,\xfc\n",
	    "1:a|\xc3\xbc;2:b|\xef\xbf\xbd;");
	READS("NUL spoils its row", "a,b\nc\0,d\ne,f\n", "1:a|b;<4>3:e|f;");
	READS("an open quote at the end", "a,b\n\"c,d\n", "1:a|b;<5>");
	READS("a stray quote is a character", "a\"b,c\n", "1:a\"b|c;");
	reads("a long row is passed over", "a,b\ncccccccccccc,d\ne,f\n", 23, 9,
	    "1:a|b;<2>3:e|f;");
	reads("a quote that is not closed ends at the limit",
	    "a,b\n\"c,d\ne,f\ng,h\ni,j\nk,l\n", 25, 9, "1:a|b;<2>5:i|j;6:k|l;");
	printf("1..%d\n", tests);
	return failures != 0;
}
