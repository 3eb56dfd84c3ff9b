#include "orders.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../csv.h"
#include "../err.h"
#include "../preset.h"

/* All words for orders that do not count, in capi-normalize's maps: the audit
 * wants to see them. */
#define EVERY_STATUS                                                           \
	"test,cancelled,pending,authorized,expired,failed,partially_paid,"     \
	"refunded,voided,uncaptured,disputed,deleted,lost,open,other,free"

#define ARGS_MAX 64
#define BOUND_MAX (4 * CAPI_CSV_COLUMNS)

/* How many columns the preset finds; 0 when one that it needs is missing. */
static size_t
fits(const struct capi_preset_text *t, const struct capi_csv_row *row,
    struct capi_bound *bound)
{
	struct capi_preset p;
	char why[160];
	size_t n = 0;

	if (capi_preset_parse(&p, t->name, t->text, strlen(t->text), why))
		return 0;
	if (p.format == CAPI_PRESET_CSV && strcmp(t->name, "plain") != 0)
		n = capi_preset_bind(
		    &p, row->cell, row->count, bound, BOUND_MAX);
	for (int f = 0; f < CAPI_FIELDS && n; f++) {
		bool there = !p.needs[f];

		for (size_t i = 0; i < n && !there; i++)
			there = (int)bound[i].source->field == f;
		if (!there)
			n = 0;
	}
	capi_preset_release(&p);
	return n;
}

const char *
capi_orders_detect(struct capi_lines *lines)
{
	struct capi_csv csv = {.max = 1 << 20};
	struct capi_csv_row row;
	struct capi_bound *bound = capi_alloc(BOUND_MAX * sizeof(*bound));
	const char *name = NULL;
	size_t best = 0;

	capi_csv_open(&csv, lines);
	if (capi_csv_next(&csv, &row) == CAPI_CSV_ROW)
		for (const struct capi_preset_text *t = capi_preset_texts;
		     t->name; t++) {
			size_t n = fits(t, &row, bound);

			if (n > best) {
				best = n;
				name = t->name;
			}
		}
	capi_csv_close(&csv);
	free(bound);
	return name;
}

/* The one beside this program, else the one in PATH. */
static const char *
normalizer(char path[4096])
{
	ssize_t n = readlink("/proc/self/exe", path, 4000);
	char *slash;

	if (n > 0) {
		path[n] = '\0';
		slash = strrchr(path, '/');
		if (slash) {
			memcpy(slash + 1, "capi-normalize", 15);
			if (!access(path, X_OK))
				return path;
		}
	}
	return "capi-normalize";
}

static _Noreturn void
run(const struct capi_orders *o, const char *preset, const char *file, int out)
{
	char path[4096], option[ARGS_MAX][64];
	const char *args[ARGS_MAX];
	const char *program = normalizer(path);
	size_t n = 0;

	args[n++] = "capi-normalize";
	args[n++] = "-m";
	args[n++] = preset;
	args[n++] = "--keep";
	args[n++] = EVERY_STATUS;
	args[n++] = "-r";
	args[n++] = o->rejects;
	for (const struct capi_orders_option *p = o->options; p->name; p++) {
		if (!p->given || n + 6 > ARGS_MAX)
			continue;
		snprintf(option[n], sizeof(option[n]), "--%s", p->name);
		args[n] = option[n];
		n++;
		if (p->value)
			args[n++] = p->value;
	}
	args[n++] = "--";
	args[n++] = file;
	args[n] = NULL;
	/* The remarks on single cells were made when the orders were sent;
	 * from cron they would be a mail each night. */
	if (dup2(out, STDOUT_FILENO) >= 0 &&
	    dup2(o->messages, STDERR_FILENO) >= 0)
		execvp(program, (char *const *)args);
	capi_warn("capi-normalize can not be run: %s", strerror(errno));
	_exit(CAPI_EXIT_SYSTEM);
}

/* A new file in the directory for temporary ones, mode 0600. */
static int
temporary(char path[64])
{
	const char *tmp = getenv("TMPDIR");

	snprintf(path, 64, "%s/capi-audit.XXXXXX",
	    tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	return mkostemp(path, O_CLOEXEC);
}

int
capi_orders_start(struct capi_orders *o, const char *preset, const char *file)
{
	char path[64];
	int pipes[2], fd = temporary(o->rejects);

	if (fd < 0)
		return -1;
	close(fd);
	o->messages = temporary(path);
	if (o->messages < 0)
		goto err2;
	unlink(path);
	if (pipe2(pipes, O_CLOEXEC))
		goto err1;
	o->pid = fork();
	if (o->pid < 0)
		goto err0;
	if (o->pid == 0)
		run(o, preset, file, pipes[1]);
	close(pipes[1]);
	o->fd = pipes[0];
	return 0;
err0:
	close(pipes[0]);
	close(pipes[1]);
err1:
	close(o->messages);
err2:
	unlink(o->rejects);
	return -1;
}

int
capi_orders_wait(struct capi_orders *o)
{
	int status;

	close(o->fd);
	while (waitpid(o->pid, &status, 0) < 0)
		if (errno != EINTR)
			return CAPI_EXIT_SYSTEM;
	lseek(o->messages, 0, SEEK_SET);
	return WIFEXITED(status) ? WEXITSTATUS(status) : CAPI_EXIT_SYSTEM;
}
