/*
 * What the page of an audit is made of: text that is made harmless, and the
 * charts, which are SVG in the page.
 */
#ifndef CAPI_AUDIT_HTML_H
#define CAPI_AUDIT_HTML_H

#include "audit.h"

/* Text of others, for between tags and inside of attributes. */
void capi_html_text(struct capi_buf *out, const char *s);
/* The same in the audit's arena, for formats. */
const char *capi_html_escaped(struct capi_audit *a, const char *s);

/* <tag class="...">content</tag>; class NULL: none. */
void capi_html_element(struct capi_buf *out, const char *tag, const char *class,
    const char *content);

/* 12 345, with thin spaces; "-" for what is not known. */
const char *capi_html_count(struct capi_audit *a, double n);

/* Is the row of that check? */
bool capi_html_is(const struct capi_audit_row *r, const char *check);

/* The patterns that the charts fill with; once, before them. */
void capi_html_patterns(struct capi_buf *out);
/* Each with its heading, if there is something to show. */
void capi_html_ledger(struct capi_audit *a, struct capi_buf *out);
void capi_html_days(struct capi_audit *a, struct capi_buf *out);
void capi_html_lags(struct capi_audit *a, struct capi_buf *out);
void capi_html_coverage(struct capi_audit *a, struct capi_buf *out);

#endif
