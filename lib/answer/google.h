/*
 * How Google's two APIs are sent to and what their answers mean. A file of its
 * own beside the platform's tables: they are long enough.
 */
#ifndef CAPI_ANSWER_GOOGLE_H
#define CAPI_ANSWER_GOOGLE_H

#include "service.h"

extern const struct capi_service capi_google_service;

#endif
