#include "metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "filter.h"

const int64_t capi_metrics_bounds[CAPI_METRICS_BUCKETS - 1] = {
    50, 100, 250, 500, 1000, 2500, 5000, 15000, 60000};

size_t
capi_metrics_bucket(int64_t ms)
{
	size_t i = 0;

	while (i < CAPI_METRICS_BUCKETS - 1 && ms > capi_metrics_bounds[i])
		i++;
	return i;
}

void
capi_metrics_head(
    struct capi_buf *b, const char *name, const char *type, const char *help)
{
	capi_buf_addf(b, "# HELP capi_send_%s %s\n# TYPE capi_send_%s %s\n",
	    name, help, name, type);
}

static void
add_escaped(struct capi_buf *b, const char *s)
{
	for (; *s; s++) {
		if (*s == '\\' || *s == '"')
			capi_buf_addc(b, '\\');
		if (*s == '\n')
			capi_buf_adds(b, "\\n");
		else
			capi_buf_addc(b, *s);
	}
}

void
capi_metrics_sample(struct capi_buf *b, const char *name,
    const char *const *labels, double value)
{
	capi_buf_addf(b, "capi_send_%s", name);
	for (size_t i = 0; labels && labels[i]; i += 2) {
		capi_buf_addc(b, i ? ',' : '{');
		capi_buf_adds(b, labels[i]);
		capi_buf_adds(b, "=\"");
		add_escaped(b, labels[i + 1]);
		capi_buf_addc(b, '"');
	}
	if (labels && labels[0])
		capi_buf_addc(b, '}');
	/* The process stays in the C locale: a point, never a comma. */
	capi_buf_addf(b, " %.15g\n", value);
}

int
capi_metrics_write(const char *path, const struct capi_buf *b)
{
	char fresh[PATH_MAX];
	int fd, failed;

	if (snprintf(fresh, sizeof(fresh), "%s.new", path) >=
	    (int)sizeof(fresh)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = open(
	    fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return -1;
	failed = fchmod(fd, 0644) || capi_write_all(fd, b->data, b->len);
	if (close(fd) || failed || rename(fresh, path)) {
		int error = errno;

		unlink(fresh);
		errno = error;
		return -1;
	}
	return 0;
}
