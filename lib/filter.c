#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

#define PIPE_SIZE (1024 * 1024)
/* Output is written in blocks of that size. While the pipe has no room for one
 * so much is held back, and looked after at each step, before the next block is
 * waited with: see write_blocks(). */
#define WRITE_SIZE (128 * 1024)
#define HOLD_SIZE (1024 * 1024)
#define STEP_SIZE (64 * 1024)

/* A wrong column would else fill a cron mail with a million equal lines. The
 * rejects file has them all, the summary counts them all. */
#define SAY_AT_MOST 20

int
capi_write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && errno == EAGAIN) {
			struct pollfd wait = {.fd = fd, .events = POLLOUT};

			poll(&wait, 1, -1);
			continue;
		}
		if (done < 0)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static _Noreturn void
output_failed(const char *what)
{
	if (errno == EPIPE)
		capi_die(CAPI_EXIT_IO, "%s: its reader is gone", what);
	capi_die(CAPI_EXIT_IO, "%s: %s", what, strerror(errno));
}

static void
flush_rejects(struct capi_filter *f)
{
	if (f->reject_fd < 0 || !f->reject_buf.len)
		return;
	if (capi_write_all(f->reject_fd, f->reject_buf.data, f->reject_buf.len))
		output_failed(f->rejects);
	capi_buf_reset(&f->reject_buf);
}

static void
write_out(struct capi_filter *f, size_t n)
{
	flush_rejects(f);
	if (f->out.over)
		capi_die(CAPI_EXIT_BUG, "an output line of over a gigabyte");
	if (n && capi_write_all(STDOUT_FILENO, f->out.data + f->written, n))
		output_failed("standard output");
	f->written += n;
}

/* Bytes that are not written yet. */
static inline size_t
held(const struct capi_filter *f)
{
	return f->out.len - f->written;
}

/* A file has; a pipe's pages are full but for the one that is being read. */
static bool
has_room(const struct capi_filter *f, size_t n)
{
	int inside = 0;

	return f->pipe_size <= 0 || ioctl(STDOUT_FILENO, FIONREAD, &inside) ||
	       (size_t)inside + n <= (size_t)f->pipe_size;
}

/* What is behind the last written block moves to the front, a megabyte of
 * output at a time. */
static void
make_space(struct capi_filter *f)
{
	size_t left = held(f);

	if (left && f->written < HOLD_SIZE)
		return;
	memmove(f->out.data, f->out.data + f->written, left);
	f->out.len = left;
	f->written = 0;
}

/*
 * A program whose reader is behind works on while it can. If it slept as soon
 * as the pipe is full, it would be woken for every block that is read, and
 * sleep again: of three programs on two cores two then wait for one core while
 * the other is idle, a tenth of the time of the whole pipeline.
 */
static void
write_blocks(struct capi_filter *f)
{
	while (held(f) >= WRITE_SIZE &&
	       (held(f) >= HOLD_SIZE || has_room(f, WRITE_SIZE)))
		write_out(f, WRITE_SIZE);
	make_space(f);
	f->write_at = f->out.len + STEP_SIZE;
	if (f->write_at < f->written + WRITE_SIZE)
		f->write_at = f->written + WRITE_SIZE;
}

void
capi_filter_flush(struct capi_filter *f)
{
	write_out(f, held(f));
	capi_buf_reset(&f->out);
	f->written = 0;
	f->write_at = WRITE_SIZE;
}

static void
on_idle(void *arg)
{
	struct capi_filter *f = arg;

	if (f->idle)
		f->idle(f);
	capi_filter_flush(f);
}

void
capi_filter_raise(struct capi_filter *f, enum capi_exit status)
{
	f->status = capi_exit_worse(f->status, status);
}

void
capi_filter_sent(struct capi_filter *f)
{
	f->sent++;
	if (f->out.len >= f->write_at)
		write_blocks(f);
}

void
capi_filter_emit(struct capi_filter *f, const struct capi_json *json)
{
	capi_json_write(&f->out, json);
	capi_buf_addc(&f->out, '\n');
	capi_filter_sent(f);
}

static unsigned
copies_of(const struct capi_filter *f)
{
	return f->copies ? f->copies : 1;
}

/* `n` bytes were to be written, and there was not room for all: up to the last
 * whole word, and a mark. */
static void
end_at_word(char key[CAPI_TALLY_KEY], int n)
{
	size_t end = CAPI_TALLY_KEY - sizeof("...");

	if (n < CAPI_TALLY_KEY)
		return;
	while (end > CAPI_TALLY_KEY / 2 && key[end] != ' ')
		end--;
	while (end && strchr(" ,:;", key[end - 1]))
		end--;
	memcpy(key + end, "...", sizeof("..."));
}

/* Counts and returns how often this happened, this time included. */
static uint64_t
tally(struct capi_filter *f, const char *what, const char *key, unsigned n)
{
	struct capi_tally *t;
	char whole[CAPI_TALLY_KEY];

	if (strlen(key) >= sizeof(whole)) {
		end_at_word(whole, snprintf(whole, sizeof(whole), "%s", key));
		key = whole;
	}
	for (size_t i = 0; i < f->tally_count; i++) {
		t = &f->tallies[i];
		if (!strcmp(t->what, what) && !strcmp(t->key, key))
			return t->count += n;
	}
	if (f->tally_count == CAPI_FILTER_TALLIES) {
		/* More kinds than a person reads: the rest is one kind. */
		t = &f->tallies[CAPI_FILTER_TALLIES - 1];
		return t->count += n;
	}
	t = &f->tallies[f->tally_count++];
	t->what = what;
	snprintf(t->key, sizeof(t->key), "%s",
	    f->tally_count == CAPI_FILTER_TALLIES ? "others" : key);
	t->count = n;
	return n;
}

void
capi_filter_tally(struct capi_filter *f, const char *what, const char *key)
{
	tally(f, what, key, 1);
}

void
capi_filter_withhold(struct capi_filter *f, const char *reason)
{
	f->withheld++;
	tally(f, "withheld", reason, 1);
}

void
capi_filter_back(struct capi_filter *f, const char *reason)
{
	f->back++;
	tally(f, "refused", reason, 1);
}

/* One message; `n` is what it counts for. */
static void
report(struct capi_filter *f, const struct capi_record *r, const char *what,
    const char *field, const char *reason, unsigned n)
{
	char text[CAPI_TALLY_KEY];
	const char *kind = field;
	uint64_t times;

	if (!f->by_code || !field) {
		end_at_word(
		    text, snprintf(text, sizeof(text), "%s%s%s",
			      field ? field : "", field ? ": " : "", reason));
		kind = text;
	}
	times = tally(f, what, kind, n) / n;
	if (times <= SAY_AT_MOST)
		capi_warn("%s:%" PRIu64 ": %s%s%s", r->file, r->line,
		    field ? field : "", field ? ": " : "", reason);
	if (times == SAY_AT_MOST)
		capi_warn("further records with \"%s\" are only counted", kind);
}

/* The record whole and its reason, as a line that every program takes as
 * input again: whoever repairs it edits `record` and feeds the file back. */
static void
keep_reject(struct capi_filter *f, const struct capi_record *r,
    const char *field, const char *reason)
{
	struct capi_buf *b = &f->reject_buf;

	if (f->reject_fd < 0)
		return;
	capi_buf_adds(b, "{\"refused\":{");
	capi_json_key(b, "program");
	capi_json_cstring(b, f->program.name);
	capi_json_key(b, "file");
	capi_json_cstring(b, r->file);
	capi_json_key(b, "line");
	capi_buf_add_int(b, (int64_t)r->line);
	if (field) {
		capi_json_key(b, "field");
		capi_json_cstring(b, field);
	}
	capi_json_key(b, "reason");
	capi_json_cstring(b, reason);
	capi_buf_adds(b, "},\"record\":");
	if (r->json)
		capi_buf_add(b, r->text, r->len);
	else if (capi_text_is_utf8(r->text, r->len))
		capi_json_string(b, r->text, r->len);
	else /* keep every byte: Latin-1 maps each to one character */
		for (size_t i = 0; i <= r->len; i++) {
			if (i == 0 || i == r->len)
				capi_buf_addc(b, '"');
			if (i < r->len)
				capi_buf_addf(
				    b, "\\u%04x", (unsigned char)r->text[i]);
		}
	capi_buf_adds(b, "}\n");
	if (b->len >= WRITE_SIZE)
		flush_rejects(f);
}

static void
refuse(struct capi_filter *f, const struct capi_record *r, unsigned n,
    const char *field, const char *fmt, va_list ap)
{
	char reason[512];

	vsnprintf(reason, sizeof(reason), fmt, ap);
	f->refused += n;
	report(f, r, "refused", field, reason, n);
	keep_reject(f, r, field, reason);
	capi_filter_raise(f, CAPI_EXIT_FINDINGS);
	if (f->strict) {
		capi_warn("stopped at the first refused record (--strict)");
		exit(capi_filter_finish(f));
	}
}

void
capi_filter_refuse(struct capi_filter *f, const struct capi_record *r,
    const char *field, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	refuse(f, r, 1, field, fmt, ap);
	va_end(ap);
}

/* A line that is no record never gets to the program: every line that it would
 * have made of it is missing. */
__attribute__((format(printf, 3, 4))) static void
refuse_line(
    struct capi_filter *f, const struct capi_record *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	refuse(f, r, copies_of(f), NULL, fmt, ap);
	va_end(ap);
}

void
capi_filter_note(struct capi_filter *f, const struct capi_record *r,
    const char *field, const char *fmt, ...)
{
	char reason[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	report(f, r, "noted", field, reason, 1);
}

const char *
capi_filter_not_text(const char *p, size_t n)
{
	static const struct {
		const char *magic;
		size_t n;
		const char *what;
	} kinds[] = {
	    {"PK\3\4", 4, "a zip or xlsx file: save it as CSV first"},
	    {"\xd0\xcf\x11\xe0", 4, "an old Excel file: save it as CSV first"},
	    {"\x1f\x8b", 2, "gzip data: use zcat"},
	    {"BZh", 3, "bzip2 data: use bzcat"},
	    {"\xfd"
	     "7zXZ",
		5, "xz data: use xzcat"},
	    {"\x28\xb5\x2f\xfd", 4, "zstd data: use zstdcat"},
	    {"%PDF", 4, "a PDF"},
	    {"SQLite format 3", 15, "a SQLite database"},
	    {"\x7f"
	     "ELF",
		4, "a program"},
	    {"\xff\xfe", 2, "UTF-16 text: use iconv -f UTF-16 -t UTF-8"},
	    {"\xfe\xff", 2, "UTF-16 text: use iconv -f UTF-16 -t UTF-8"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (n >= kinds[i].n && !memcmp(p, kinds[i].magic, kinds[i].n))
			return kinds[i].what;
	if (n && memchr(p, '\0', n))
		return "binary data";
	return NULL;
}

/* A header of names, and no record under it: every line would be refused. A
 * broken line before good ones is none. */
static bool
is_csv(const char *p, size_t n)
{
	const char *end = memchr(p, '\n', n);
	size_t line = end ? (size_t)(end - p) : n;
	size_t marks = 0, letters = 0;

	for (size_t i = 0; i < line; i++) {
		if (p[i] == '{' || p[i] == '}')
			return false;
		marks += p[i] == ',' || p[i] == ';' || p[i] == '\t';
		letters += capi_is_alpha(p[i]);
	}
	return marks && letters > marks &&
	       !(line + 1 < n && p[line + 1] == '{');
}

/* Told by secure_descriptors, which puts something in its place. */
static bool input_closed;

static bool
is_same_file(const struct stat *a, const struct stat *b)
{
	return S_ISREG(a->st_mode) && a->st_dev == b->st_dev &&
	       a->st_ino == b->st_ino;
}

static int
not_opened(const char *name, int fd, const char *why)
{
	capi_warn("%s: %s", name, why);
	if (fd > STDIN_FILENO)
		close(fd);
	return -1;
}

int
capi_filter_open(const char *path)
{
	bool standard = !strcmp(path, "-");
	const char *name = standard ? "standard input" : path;
	int fd = standard ? STDIN_FILENO
			  : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st, out;

	if (standard && input_closed)
		return not_opened(name, fd, "closed");
	if (fd < 0 || fstat(fd, &st))
		return not_opened(name, fd, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return not_opened(name, fd, "is a directory");
	/* Appended to what is read, the input would have no end. */
	if (!fstat(STDOUT_FILENO, &out) && is_same_file(&st, &out))
		return not_opened(name, fd, "is the output, too");
	if (S_ISFIFO(st.st_mode))
		fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
	if (standard && isatty(fd))
		capi_warn("reading from the terminal; Ctrl-D ends the input");
	return fd;
}

void
capi_filter_ndjson(struct capi_filter *f, const char *file)
{
	struct capi_records records = {&f->lines, file, f->json, &f->arena};
	struct capi_record r;
	const char *head, *kind;
	size_t n = capi_lines_peek(&f->lines, 512, &head);
	char why[CAPI_RECORDS_WHY];

	kind = capi_filter_not_text(head, n);
	if (kind) {
		capi_warn("%s: not NDJSON but %s", file, kind);
		capi_filter_raise(f, CAPI_EXIT_DATA);
		return;
	}
	if (is_csv(head, n)) {
		capi_warn("%s: not NDJSON but looks like CSV: capi-normalize "
			  "reads that",
		    file);
		capi_filter_raise(f, CAPI_EXIT_DATA);
		return;
	}
	if (!n && !f->lines.error)
		capi_warn("%s: empty", file);
	for (;;) {
		switch (capi_records_next(&records, &r, why)) {
		case CAPI_RECORDS_ONE:
			f->in++;
			f->record(f, &r);
			break;
		case CAPI_RECORDS_BAD:
			f->in++;
			refuse_line(f, &r, "%s", why);
			break;
		case CAPI_RECORDS_FAILED:
			capi_warn("%s: %s", file, strerror(errno));
			capi_filter_raise(f, CAPI_EXIT_IO);
			return;
		case CAPI_RECORDS_END:
			return;
		}
	}
}

void
capi_filter_file(struct capi_filter *f, const char *path)
{
	const char *name = strcmp(path, "-") ? path : "standard input";
	int fd = capi_filter_open(path);

	if (fd < 0) {
		capi_filter_raise(f, CAPI_EXIT_NOINPUT);
		return;
	}
	f->lines.idle = on_idle;
	f->lines.idle_arg = f;
	capi_lines_open(&f->lines, fd, (size_t)f->max_record);
	if (f->source)
		f->source(f, fd, name);
	else
		capi_filter_ndjson(f, name);
	if (fd != STDIN_FILENO)
		close(fd);
}

/* 0, 1 and 2 must be open, or a file opened later would become standard
 * output and receive what is meant for the reader. */
static void
secure_descriptors(void)
{
	bool out_closed = fcntl(STDOUT_FILENO, F_GETFD) < 0;

	input_closed = fcntl(STDIN_FILENO, F_GETFD) < 0;

	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) < 0) {
			int null = open("/dev/null", fd ? O_WRONLY : O_PATH);

			if (null >= 0 && null != fd) {
				dup2(null, fd);
				close(null);
			}
		}
	}
	if (out_closed)
		capi_die(CAPI_EXIT_IO, "standard output is closed");
}

static int64_t
clock_of(int64_t option)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	int64_t now;

	if (option >= 0)
		return option;
	if (epoch) {
		if (!capi_opt_number(epoch, 0, INT64_MAX / 2, &now))
			capi_die(CAPI_EXIT_CONFIG,
			    "SOURCE_DATE_EPOCH: not a number of seconds");
		return now;
	}
	return (int64_t)time(NULL);
}

/* Emptied only when it is known to be none of the inputs: a repaired rejects
 * file is fed in again, and is soon named twice. */
static void
open_rejects(struct capi_filter *f, char **inputs)
{
	struct stat own, st;
	bool is_input;

	f->reject_fd = -1;
	if (!f->rejects)
		return;
	f->reject_fd =
	    open(f->rejects, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (f->reject_fd < 0 || fstat(f->reject_fd, &own))
		capi_die(CAPI_EXIT_CANTCREAT, "%s: %s", f->rejects,
		    errno == ELOOP ? "is a symbolic link; name the file itself"
				   : strerror(errno));
	is_input = !fstat(STDIN_FILENO, &st) && is_same_file(&own, &st);
	for (; *inputs; inputs++)
		is_input |= !stat(*inputs, &st) && is_same_file(&own, &st);
	if (is_input)
		capi_opt_misuse("-r names an input, which it would empty: give "
				"the refused records another file");
	if (!S_ISREG(own.st_mode))
		return; /* a device or a pipe is as it is */
	/* One that was there before may be open to others. */
	fchmod(f->reject_fd, 0600);
	if (ftruncate(f->reject_fd, 0))
		output_failed(f->rejects);
}

#define COMMON_ROWS 8

static int
parse_options(struct capi_filter *f, int argc, char **argv)
{
	struct capi_opt common[COMMON_ROWS];
	size_t n = 0;

	memset(common, 0, sizeof(common));
	if (!f->no_rejects) {
		common[n++] = (struct capi_opt){'r', "rejects", CAPI_OPT_STRING,
		    &f->rejects, "FILE",
		    "keep each refused record whole with its reason in FILE "
		    "(mode 0600); after repair FILE can be fed in again",
		    0, 0, NULL};
		common[n++] =
		    (struct capi_opt){0, "strict", CAPI_OPT_FLAG, &f->strict,
			NULL, "stop at the first refused record", 0, 0, NULL};
	}
	common[n++] =
	    (struct capi_opt){0, "summary", CAPI_OPT_FLAG, &f->summary, NULL,
		"print the counts to standard error at the end; the default on "
		"a terminal and where the environment has CAPI_SUMMARY",
		0, 0, NULL};
	common[n++] = (struct capi_opt){0, "max-record", CAPI_OPT_NUMBER,
	    &f->max_record, "BYTES",
	    "refuse a record longer than this; the default is 1048576", 64,
	    1 << 30, NULL};
	if (f->has_now)
		common[n++] = (struct capi_opt){0, "now", CAPI_OPT_NUMBER,
		    &f->now, "SECONDS",
		    "take this for the current time (unix seconds); the "
		    "environment's SOURCE_DATE_EPOCH does the same",
		    0, INT64_MAX / 2, NULL};
	common[n++] = (struct capi_opt){'h', "help", CAPI_OPT_HELP, NULL, NULL,
	    "print this help", 0, 0, NULL};
	common[n++] = (struct capi_opt){'V', "version", CAPI_OPT_VERSION, NULL,
	    NULL, "print the version", 0, 0, NULL};
	f->program.common_options = common;
	return capi_opt_parse(&f->program, argc, argv);
}

int
capi_filter_start(struct capi_filter *f, int argc, char **argv)
{
	int first;

	capi_err_init(f->program.name);
	secure_descriptors();
	signal(SIGPIPE, SIG_IGN);
	f->max_record = 1 << 20;
	f->now = -1;
	first = parse_options(f, argc, argv);
	f->now = clock_of(f->now);
	f->out.max = (size_t)1 << 30;
	f->reject_buf.max = (size_t)1 << 30;
	f->json = capi_json_parser_new();
	open_rejects(f, argv + first);
	fcntl(STDOUT_FILENO, F_SETPIPE_SZ, PIPE_SIZE); /* if it is a pipe */
	f->pipe_size = fcntl(STDOUT_FILENO, F_GETPIPE_SZ);
	/* A stage that has something to read need not push the one that wrote
	 * it off its core: a pipeline is 3 % faster (scripts/bench). */
	sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0});
	if (f->begin)
		f->begin(f);
	return first;
}

static void
add_reasons(struct capi_filter *f, struct capi_buf *line, const char *what)
{
	bool first = true;

	for (size_t i = 0; i < f->tally_count; i++) {
		struct capi_tally *t = &f->tallies[i];

		if (strcmp(t->what, what))
			continue;
		capi_buf_addf(line, "%s%s %" PRIu64, first ? " (" : ", ",
		    t->key, t->count);
		first = false;
	}
	if (!first)
		capi_buf_addc(line, ')');
}

/* Kinds of count that are not part of the sum, each on a line. */
static void
say_other_tallies(struct capi_filter *f)
{
	for (size_t i = 0; i < f->tally_count; i++) {
		struct capi_tally *t = &f->tallies[i];

		if (strcmp(t->what, "refused") && strcmp(t->what, "withheld"))
			capi_warn(
			    "%s: %s: %" PRIu64, t->what, t->key, t->count);
	}
}

static void
summary(struct capi_filter *f)
{
	struct capi_buf line = CAPI_BUF_INIT(1 << 16);
	unsigned copies = copies_of(f);

	capi_buf_addf(&line, "%" PRIu64 " in", f->in);
	if (copies > 1)
		capi_buf_addf(&line, " x %u", copies);
	if (f->more)
		capi_buf_addf(&line, " + %" PRIu64 " more", f->more);
	capi_buf_addf(&line, " = %" PRIu64 " out + %" PRIu64 " refused",
	    f->sent - f->back, f->refused + f->back);
	add_reasons(f, &line, "refused");
	capi_buf_addf(&line, " + %" PRIu64 " withheld", f->withheld);
	add_reasons(f, &line, "withheld");
	capi_warn("%s", capi_buf_cstr(&line));
	capi_buf_release(&line);
	say_other_tallies(f);
}

int
capi_filter_finish(struct capi_filter *f)
{
	unsigned copies = copies_of(f);

	if (f->end)
		f->end(f);
	capi_filter_flush(f);
	if (close(STDOUT_FILENO))
		output_failed("standard output");
	if (f->reject_fd >= 0 && close(f->reject_fd))
		output_failed(f->rejects);
	if (f->refused && f->reject_fd < 0 && !f->no_rejects)
		capi_warn("%" PRIu64 " refused and not kept: -r FILE keeps "
			  "them",
		    f->refused);
	if (f->summary || getenv("CAPI_SUMMARY") || isatty(STDERR_FILENO))
		summary(f);
	if (!f->strict &&
	    f->in * copies + f->more != f->sent + f->refused + f->withheld) {
		capi_warn("the counts do not add up: a bug");
		capi_filter_raise(f, CAPI_EXIT_BUG);
	}
	capi_lines_release(&f->lines);
	capi_buf_release(&f->out);
	capi_buf_release(&f->reject_buf);
	capi_arena_release(&f->arena);
	capi_json_parser_free(f->json);
	return (int)f->status;
}

int
capi_filter_main(struct capi_filter *f, int argc, char **argv)
{
	int first = capi_filter_start(f, argc, argv);

	if (first == argc)
		capi_filter_file(f, "-");
	for (int i = first; i < argc; i++)
		capi_filter_file(f, argv[i]);
	return capi_filter_finish(f);
}
