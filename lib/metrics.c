#include "metrics.h"

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
