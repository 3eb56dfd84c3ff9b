#include "html.h"

#include <math.h>
#include <string.h>

void
capi_html_text(struct capi_buf *out, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '&':
			capi_buf_adds(out, "&amp;");
			break;
		case '<':
			capi_buf_adds(out, "&lt;");
			break;
		case '>':
			capi_buf_adds(out, "&gt;");
			break;
		case '"':
			capi_buf_adds(out, "&quot;");
			break;
		default:
			if ((unsigned char)*s >= 0x20)
				capi_buf_addc(out, *s);
		}
	}
}

void
capi_html_element(struct capi_buf *out, const char *tag, const char *class,
    const char *content)
{
	capi_buf_addf(out, "<%s%s%s%s>", tag, class ? " class=\"" : "",
	    class ? class : "", class ? "\"" : "");
	capi_html_text(out, content);
	capi_buf_addf(out, "</%.*s>\n", (int)strcspn(tag, " "), tag);
}

const char *
capi_html_escaped(struct capi_audit *a, const char *s)
{
	struct capi_buf b = CAPI_BUF_INIT(1 << 20);
	const char *text;

	capi_html_text(&b, s);
	text = capi_audit_keep(a, capi_buf_cstr(&b));
	capi_buf_release(&b);
	return text;
}

const char *
capi_html_count(struct capi_audit *a, double n)
{
	if (isnan(n))
		return "-";
	if (n != floor(n))
		return capi_audit_text(a, "%.2f", n);
	return capi_audit_grouped(
	    a, capi_audit_text(a, "%.0f", n), "\xe2\x80\x89");
}

bool
capi_html_is(const struct capi_audit_row *r, const char *check)
{
	return r->check && !strcmp(r->check, check);
}
