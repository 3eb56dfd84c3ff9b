/*
 * What the files of forms share: form.c with the rules of the pages and the
 * table, form_meta.c with what Meta's own software makes where that is
 * something else, its parameter builder and its older Business SDKs.
 */
#ifndef CAPI_FORM_PRIV_H
#define CAPI_FORM_PRIV_H

#include "form.h"

extern const char capi_form_nothing_left[];

/* What JavaScript calls white space, and the zero-width space. */
bool capi_form_is_blank(uint32_t c);
bool capi_form_is_punct(uint32_t c); /* ASCII's */

/* Appends the value trimmed, in NFC and lower case; or why not. */
const char *capi_form_lower(struct capi_buf *out, struct capi_str value);

/* The same without the characters that `drop` knows. */
const char *capi_form_lower_without(
    struct capi_buf *out, struct capi_str value, bool (*drop)(uint32_t));

/* form_meta.c */
capi_form_rule capi_builder_name, capi_builder_phone, capi_builder_birth,
    capi_builder_city, capi_builder_state, capi_builder_postal,
    capi_builder_country, capi_sdk_place, capi_sdk_postal, capi_sdk_country;

#endif
