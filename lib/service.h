/*
 * How a platform is sent to: where, with which credentials, how fast, and what
 * its answers mean. One struct at the bottom of each lib/platform/NAME.c; what
 * a body looks like is in its `calls` (lib/platform.h).
 */
#ifndef CAPI_SERVICE_H
#define CAPI_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "config.h"
#include "json.h"
#include "retry.h"
#include "text.h"

enum capi_auth {
	CAPI_AUTH_BEARER,    /* Authorization: Bearer TOKEN */
	CAPI_AUTH_TIKTOK,    /* Access-Token: TOKEN */
	CAPI_AUTH_KLAVIYO,   /* Authorization: Klaviyo-API-Key TOKEN */
	CAPI_AUTH_PARAMETER, /* ?access_token=TOKEN; such a URL is never shown
			      */
	CAPI_AUTH_GOOGLE,    /* a bearer token, got from Google's OAuth */
};

/* The header that shows a token, without the token. */
const char *capi_auth_header(enum capi_auth a);

/* An answer as the platform's function reads it. */
struct capi_reply {
	long status;
	struct capi_str body;
	const struct capi_json *json; /* NULL: the body is no JSON */
	size_t events;                /* in the request */
	const char *call;             /* the request's kind; "" the only one */
	/* The first header of that name. */
	bool (*header)(const struct capi_reply *r, const char *name,
	    struct capi_str *value);
	const void *handle; /* for `header` */
};

/* What is said of one event. */
struct capi_verdict {
	enum capi_class class;
	char code[64];
	char reason[240];
	int64_t wait_ms; /* CAPI_IS_THROTTLE: of this event alone; 0: none */
};

/*
 * What is said of the request. Starts as: class by the status, wait -1, no
 * `each`. When `each` is set, the verdicts of single events count, and the
 * class says only whether the destination goes on.
 */
struct capi_judgement {
	enum capi_class class;
	int64_t wait_ms;  /* the platform's own word on when; -1: none */
	char code[64];    /* "190/463": for receipts, logs and metrics */
	char reason[240]; /* the platform's words; no value of an event */
	char trace[128];  /* the platform's name for the request */
	char ticket[128]; /* asks later what became of it; "" nothing to ask */
	char warning[240];
	bool each;
	struct capi_verdict *verdicts; /* one an event, all CAPI_IS_UNKNOWN */
	/* A refused batch whose culprit is named: verdicts[i] is refused, the
	 * others were not taken and may go again at once. */
	bool culprits;
};

struct capi_service {
	const char *endpoint; /* "https://graph.facebook.com" */
	/* Behind the endpoint. {key} is the destination's value of the key,
	 * {key:default} too, and not a configuration error without one;
	 * {key#} only its digits. */
	const char *path;
	/* For --test-code and --dry-run: replaces path when set. */
	const char *test_path;
	enum capi_auth auth;
	/* "Name: value", {key} as in path; behind a ? it is left out when the
	 * key has no value. */
	const char *const *headers;
	const char *content_type; /* NULL: application/json */
	const char *scope;        /* OAuth */
	unsigned in_flight;       /* requests at once; 0: 4 */
	unsigned rate, burst;     /* requests a minute, at once; 0: no limit */
	int64_t timeout_ms;       /* 0: the program's */

	/* Reads the platform's words; NULL: the status decides alone. */
	void (*judge)(const struct capi_reply *r, struct capi_judgement *j);
	/* May the event be sent again when the answer was lost? NULL: yes. */
	bool (*repeatable)(const struct capi_json *event, const char *call);
	/* A path per kind of request, when they differ. NULL: path. */
	const char *(*route)(const char *call);
	/* The same for the endpoint. NULL, or what returns NULL: endpoint. */
	const char *(*host)(const char *call);

	/* What is judged later: GET this path, {ticket} is put in. */
	const char *follow_path;
	int64_t follow_first_ms, follow_until_ms;
	/* Reads that answer: false while it is not decided. The verdicts of
	 * events stay CAPI_IS_TAKEN unless it says otherwise. */
	bool (*followed)(const struct capi_reply *r, struct capi_judgement *j);
};

/* Appends a template with the destination's values, percent-encoded when
 * `url`. False: a key has no value; its name is in missing[64]. */
bool capi_service_fill(struct capi_buf *out, const char *template,
    const struct capi_dest *d, bool url, char missing[64]);

/* RFC 3986: all but the unreserved. */
void capi_service_encode(struct capi_buf *out, const char *p, size_t n);

/* The judgement of an answer: the status, then the platform's words. The
 * verdicts have room for r->events. */
void capi_service_judge(const struct capi_service *s,
    const struct capi_reply *r, struct capi_judgement *j);

/* ---- for the platforms' functions ---- */

/* Copies a text of the answer, made harmless: one line, no control bytes, cut
 * at a character, nothing that looks like a digest or an address. */
void capi_service_quote(char *to, size_t size, struct capi_str words);

/* Copies a name that the platform gave something: printable ASCII without
 * blanks, or nothing. */
void capi_service_name(char *to, size_t size, struct capi_str name);

/* A member as text: strings and numbers; "" when it is not there. */
struct capi_str capi_service_text(
    const struct capi_json *object, const char *path);

/* A member as a number, in JSON or in a string; false when it is none. */
bool capi_service_number(
    const struct capi_json *object, const char *path, int64_t *n);

/* The answer does not say what became of the events. */
void capi_service_unknown(
    struct capi_judgement *j, const char *code, const char *reason);

/* The number behind `mark` in a text: "events[17]" has 17 behind "events[". */
bool capi_service_index(struct capi_str text, const char *mark, size_t *index);

/* One event of a request of several is refused, the others were not taken. */
void capi_service_culprit(
    const struct capi_reply *r, struct capi_judgement *j, size_t index);

/* A row of a table of codes. */
struct capi_code {
	int64_t from, to; /* the code, both ends */
	int64_t sub;      /* 0: any */
	enum capi_class class;
};
const struct capi_code *capi_service_code(
    const struct capi_code *table, size_t rows, int64_t code, int64_t sub);

/* The same by name; rows end by a NULL name. */
struct capi_reason {
	const char *name;
	enum capi_class class;
};
const struct capi_reason *capi_service_reason(
    const struct capi_reason *table, struct capi_str name);

#endif
