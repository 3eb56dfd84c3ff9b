#include "audit.h"

void
capi_audit_write_html(struct capi_audit *a, struct capi_buf *out)
{
	(void)a;
	(void)out;
}
