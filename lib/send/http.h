/*
 * Many HTTPS requests at once, over libcurl's multi interface: the only file
 * that includes curl.
 *
 * Decided here and nowhere else: TLS 1.2 at least, certificate and host always
 * verified, no redirects, no cookies, no .netrc, no compression, answers of at
 * most 1 MiB with at most 64 KiB of headers, time limits, HTTP/1.1 unless
 * asked. A body is handed over once: libcurl would send it again when a kept
 * connection dies before the answer, and the platform would have it twice
 * (lib/transfer.c, Curl_retry_request; curl pull request 18417).
 *
 * The answer says what is known of the delivery, not what libcurl called it.
 */
#ifndef CAPI_HTTP_H
#define CAPI_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

struct capi_http;

struct capi_http_options {
	bool http2;
	int64_t timeout_ms, connect_ms;
	int connections;   /* kept to one host */
	const char *agent; /* User-Agent */
};

/* NULL when libcurl can not be had. Removes SSLKEYLOGFILE from the
 * environment: libcurl would write the keys of our connections there. */
struct capi_http *capi_http_new(const struct capi_http_options *o);
void capi_http_free(struct capi_http *h);

struct capi_http_request {
	const char *url;
	const char *const *headers; /* "Name: value", ended by NULL; copied */
	const char *ca_file;        /* NULL: the system's */
	const char *body;           /* NULL: a GET; must outlive the answer */
	size_t len;
	bool plain; /* http:// is allowed */
	void *arg;
};

enum capi_http_result {
	CAPI_HTTP_ANSWERED,
	CAPI_HTTP_UNREACHED, /* the server can not have had the whole body */
	CAPI_HTTP_LOST,      /* it may have, and no whole answer came */
	CAPI_HTTP_UNTRUSTED, /* the certificate; nothing was sent */
	CAPI_HTTP_PROXY,     /* the proxy wants credentials */
};

struct capi_http_answer {
	enum capi_http_result result;
	void *arg;
	const char *problem; /* words; "" when answered */
	long status;
	struct capi_str headers; /* the lines as they came */
	struct capi_str body;
	int64_t ms;   /* from start to end */
	int64_t date; /* the server's Date, unix seconds; -1: none */
};

/* 0, or -1 when it can not even be tried (bad URL, no memory): *problem. */
int capi_http_start(struct capi_http *h, const struct capi_http_request *r,
    const char **problem);

/* Requests that were started and not yet handed out by _next. */
size_t capi_http_running(const struct capi_http *h);

/* Lets transfers move, then waits until one can move again, a descriptor of
 * fds is readable, or timeout_ms are over. fds may be NULL. */
void capi_http_wait(
    struct capi_http *h, int timeout_ms, const int *fds, size_t fd_count);

/* A finished request, or false. The answer lives until the next call. */
bool capi_http_next(struct capi_http *h, struct capi_http_answer *a);

/* The first header of that name; false: none. ASCII case does not count. */
bool capi_http_header(
    const struct capi_http_answer *a, const char *name, struct capi_str *v);

/* True when host is 127.0.0.0/8, ::1 or localhost. */
bool capi_http_is_loopback(const char *url);

#endif
