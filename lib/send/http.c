#include "http.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include "buf.h"
#include "err.h"
#include "retry.h"

#define ANSWER_MAX (1 << 20)
#define HEADERS_MAX (64 << 10)

struct transfer {
	CURL *easy;
	struct curl_slist *headers;
	const char *body;
	size_t len, handed;
	void *arg;
	struct capi_buf head, answer;
	int64_t started;
	char error[CURL_ERROR_SIZE];
	struct transfer *next; /* of the free ones, or of those that run */
};

struct capi_http {
	struct capi_http_options options;
	CURLM *multi;
	struct transfer *spare;
	struct transfer *active; /* oldest first */
	struct transfer *done;   /* whose answer was handed out last */
	size_t running;
};

static int64_t
monotonic_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct capi_http *
capi_http_new(const struct capi_http_options *o)
{
	struct capi_http *h;
	CURLM *multi;

	unsetenv("SSLKEYLOGFILE");
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return NULL;
	multi = curl_multi_init();
	if (!multi)
		return NULL;
	curl_multi_setopt(
	    multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)o->connections);
	h = capi_alloc(sizeof(*h));
	*h = (struct capi_http){.options = *o, .multi = multi};
	return h;
}

static void
free_transfer(struct transfer *t)
{
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	capi_buf_release(&t->head);
	capi_buf_release(&t->answer);
	free(t);
}

void
capi_http_free(struct capi_http *h)
{
	if (!h)
		return;
	while (h->spare) {
		struct transfer *t = h->spare;

		h->spare = t->next;
		free_transfer(t);
	}
	if (h->done)
		free_transfer(h->done);
	/* Transfers that still run are abandoned with the process. */
	curl_multi_cleanup(h->multi);
	curl_global_cleanup();
	free(h);
}

/* ---- callbacks ---- */

static size_t
give_body(char *to, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	size_t room = size * n;
	size_t left = t->len - t->handed;

	if (room > left)
		room = left;
	memcpy(to, t->body + t->handed, room);
	t->handed += room;
	return room;
}

/* "Again from the start" is what a hidden second sending begins with. */
static int
refuse_seek(void *arg, curl_off_t offset, int origin)
{
	struct transfer *t = arg;

	if (!t->handed && !offset && origin == SEEK_SET)
		return CURL_SEEKFUNC_OK;
	return CURL_SEEKFUNC_FAIL;
}

static size_t
take(struct capi_buf *b, const char *p, size_t n)
{
	capi_buf_add(b, p, n);
	return b->over ? 0 : n; /* 0 ends the transfer */
}

static size_t
take_answer(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	return take(&t->answer, p, size * n);
}

static size_t
take_header(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	/* The lines of a 100 Continue are not the answer's. */
	if (size * n >= 5 && !memcmp(p, "HTTP/", 5))
		capi_buf_reset(&t->head);
	return take(&t->head, p, size * n);
}

/* ---- starting ---- */

static struct transfer *
fresh(struct capi_http *h)
{
	struct transfer *t = h->spare;

	if (t) {
		h->spare = t->next;
		curl_easy_reset(t->easy); /* keeps its connections */
		curl_slist_free_all(t->headers);
		t->headers = NULL;
	} else {
		t = capi_alloc(sizeof(*t));
		*t = (struct transfer){.head = CAPI_BUF_INIT(HEADERS_MAX),
		    .answer = CAPI_BUF_INIT(ANSWER_MAX)};
		t->easy = curl_easy_init();
		if (!t->easy) {
			free(t);
			return NULL;
		}
	}
	capi_buf_reset(&t->head);
	capi_buf_reset(&t->answer);
	t->error[0] = '\0';
	t->handed = 0;
	return t;
}

static bool
add_header(struct transfer *t, const char *line)
{
	struct curl_slist *longer = curl_slist_append(t->headers, line);

	if (longer)
		t->headers = longer;
	return longer != NULL;
}

#define SET(option, value) (rc = rc ? rc : curl_easy_setopt(e, option, value))

static CURLcode
set_safety(struct capi_http *h, CURL *e, const struct capi_http_request *r)
{
	const char *protocols = r->plain ? "http,https" : "https";
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_NOSIGNAL, 1L);
	/* A name server that does not answer must hold back nobody: libcurl
	 * would wait for its thread when the transfer is given up. */
	SET(CURLOPT_QUICK_EXIT, 1L);
	SET(CURLOPT_PROTOCOLS_STR, protocols);
	SET(CURLOPT_REDIR_PROTOCOLS_STR, protocols);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_UNRESTRICTED_AUTH, 0L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	if (r->ca_file)
		SET(CURLOPT_CAINFO, r->ca_file);
	SET(CURLOPT_DEFAULT_PROTOCOL, "https");
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_MAXAGE_CONN, 30L); /* a stale one is not worth a try */
	SET(CURLOPT_MAXLIFETIME_CONN, 600L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)h->options.connect_ms);
	SET(CURLOPT_TIMEOUT_MS, (long)h->options.timeout_ms);
	SET(CURLOPT_LOW_SPEED_LIMIT, 10L);
	SET(CURLOPT_LOW_SPEED_TIME, (long)(h->options.timeout_ms / 3000 + 1));
	SET(CURLOPT_HTTP_VERSION, h->options.http2
				      ? (long)CURL_HTTP_VERSION_2TLS
				      : (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_PIPEWAIT, h->options.http2 ? 1L : 0L);
	SET(CURLOPT_USERAGENT, h->options.agent);
	return rc;
}

static CURLcode
set_request(struct transfer *t, CURL *e, const struct capi_http_request *r)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_URL, r->url);
	SET(CURLOPT_PRIVATE, t);
	SET(CURLOPT_ERRORBUFFER, t->error);
	SET(CURLOPT_WRITEFUNCTION, take_answer);
	SET(CURLOPT_WRITEDATA, t);
	SET(CURLOPT_HEADERFUNCTION, take_header);
	SET(CURLOPT_HEADERDATA, t);
	SET(CURLOPT_HTTPHEADER, t->headers);
	if (!r->body) {
		SET(CURLOPT_HTTPGET, 1L);
		return rc;
	}
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_POSTFIELDS, NULL);
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->len);
	SET(CURLOPT_READFUNCTION, give_body);
	SET(CURLOPT_READDATA, t);
	SET(CURLOPT_SEEKFUNCTION, refuse_seek);
	SET(CURLOPT_SEEKDATA, t);
	return rc;
}

int
capi_http_start(struct capi_http *h, const struct capi_http_request *r,
    const char **problem)
{
	struct transfer *t = fresh(h), **end;
	CURLcode rc;
	bool ok;

	if (!t) {
		*problem = "out of memory";
		return -1;
	}
	t->body = r->body;
	t->len = r->len;
	t->arg = r->arg;
	t->started = monotonic_ms();
	/* libcurl 7.88 would wait a second for a 100 over 1 MiB. */
	ok = add_header(t, "Expect:");
	for (size_t i = 0; ok && r->headers[i]; i++)
		ok = add_header(t, r->headers[i]);
	rc = ok ? set_safety(h, t->easy, r) : CURLE_OUT_OF_MEMORY;
	if (!rc)
		rc = set_request(t, t->easy, r);
	if (!rc && curl_multi_add_handle(h->multi, t->easy))
		rc = CURLE_OUT_OF_MEMORY;
	if (rc) {
		*problem = curl_easy_strerror(rc);
		free_transfer(t);
		return -1;
	}
	t->next = NULL;
	for (end = &h->active; *end; end = &(*end)->next)
		;
	*end = t;
	h->running++;
	return 0;
}

/* libcurl's time limit is kept by a timer of its own, which is lost when an
 * allocation fails in the wrong place. Nothing may be waited for for ever. */
#define FORGOTTEN_MS 5000

static int64_t
until_forgotten(const struct capi_http *h)
{
	int64_t left;

	if (!h->active)
		return INT_MAX;
	left = h->active->started + h->options.timeout_ms + FORGOTTEN_MS -
	       monotonic_ms();
	return left > 0 ? left : 0;
}

size_t
capi_http_running(const struct capi_http *h)
{
	return h->running;
}

void
capi_http_wait(
    struct capi_http *h, int timeout_ms, const int *fds, size_t fd_count)
{
	struct timespec nap = {0, 10000000};
	struct curl_waitfd extra[4];
	int still;

	if (fd_count > 4)
		fd_count = 4;
	for (size_t i = 0; i < fd_count; i++)
		extra[i] = (struct curl_waitfd){
		    .fd = fds[i], .events = CURL_WAIT_POLLIN};
	curl_multi_perform(h->multi, &still);
	if ((size_t)still < h->running)
		timeout_ms = 0; /* one is done already */
	if (timeout_ms > until_forgotten(h))
		timeout_ms = (int)until_forgotten(h);
	if (curl_multi_poll(
		h->multi, extra, (unsigned)fd_count, timeout_ms, NULL))
		nanosleep(&nap, NULL); /* no memory: not in a hurry */
	curl_multi_perform(h->multi, &still);
}

/* ---- what came of it ---- */

static bool
is_trust(CURLcode rc)
{
	return rc == CURLE_PEER_FAILED_VERIFICATION ||
	       rc == CURLE_SSL_CACERT_BADFILE || rc == CURLE_SSL_ISSUER_ERROR ||
	       rc == CURLE_SSL_CRL_BADFILE ||
	       rc == CURLE_SSL_INVALIDCERTSTATUS ||
	       rc == CURLE_SSL_PINNEDPUBKEYNOTMATCH;
}

/* A platform acts on a whole body only, so a body of which the last byte was
 * not handed over was surely not taken. */
static enum capi_http_result
result_of(struct transfer *t, CURLcode rc)
{
	long connect = 0;

	if (rc == CURLE_OK)
		return CAPI_HTTP_ANSWERED;
	if (is_trust(rc))
		return CAPI_HTTP_UNTRUSTED;
	curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &connect);
	if (connect == 407)
		return CAPI_HTTP_PROXY;
	if (t->body ? t->handed < t->len : true)
		return CAPI_HTTP_UNREACHED;
	return CAPI_HTTP_LOST;
}

static void
unlist(struct capi_http *h, struct transfer *t)
{
	struct transfer **at = &h->active;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
}

static struct transfer *
ended(struct capi_http *h, CURLcode *rc)
{
	struct transfer *t = h->active;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(h->multi, &left)))
		if (m->msg == CURLMSG_DONE) {
			*rc = m->data.result;
			curl_easy_getinfo(
			    m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
			return t;
		}
	if (!t || until_forgotten(h))
		return NULL;
	*rc = CURLE_OPERATION_TIMEDOUT;
	return t;
}

bool
capi_http_next(struct capi_http *h, struct capi_http_answer *a)
{
	struct transfer *t;
	struct capi_str date;
	CURLcode rc;

	if (h->done) {
		h->done->next = h->spare;
		h->spare = h->done;
		h->done = NULL;
	}
	t = ended(h, &rc);
	if (!t)
		return false;
	*a = (struct capi_http_answer){.result = result_of(t, rc),
	    .arg = t->arg,
	    .headers = {t->head.data, t->head.len},
	    .body = {t->answer.data ? t->answer.data : "", t->answer.len},
	    .ms = monotonic_ms() - t->started,
	    .date = -1,
	    .problem = ""};
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &a->status);
	if (rc)
		a->problem = t->error[0] ? t->error : curl_easy_strerror(rc);
	if (capi_http_header(a, "Date", &date))
		a->date = capi_retry_date(date);
	curl_multi_remove_handle(h->multi, t->easy);
	unlist(h, t);
	h->running--;
	h->done = t;
	return true;
}

bool
capi_http_header(
    const struct capi_http_answer *a, const char *name, struct capi_str *v)
{
	size_t n = strlen(name);
	const char *p = a->headers.p, *end = p + a->headers.n;

	while (p && p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t len = stop ? (size_t)(stop - p) : (size_t)(end - p);

		if (len > n && p[n] == ':' &&
		    capi_str_is_nocase((struct capi_str){p, n}, name)) {
			*v = capi_text_trim(p + n + 1, len - n - 1);
			return true;
		}
		p += len + 1;
	}
	return false;
}

bool
capi_http_is_loopback(const char *url)
{
	CURLU *u = curl_url();
	char *host = NULL;
	bool loopback = false;
	unsigned a, b, c, d;
	char rest;

	if (u && !curl_url_set(u, CURLUPART_URL, url, 0) &&
	    !curl_url_get(u, CURLUPART_HOST, &host, 0)) {
		loopback = !strcmp(host, "localhost") ||
			   !strcmp(host, "[::1]") ||
			   (sscanf(host, "%u.%u.%u.%u%c", &a, &b, &c, &d,
				&rest) == 4 &&
			       a == 127 && b < 256 && c < 256 && d < 256);
	}
	curl_free(host);
	curl_url_cleanup(u);
	return loopback;
}
