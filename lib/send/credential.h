/*
 * Secrets: where they come from and what is refused. Never an argument of the
 * command, never the queue, never a log.
 *
 * In order: the environment's variable, access_token in the configuration, the
 * file access_token_file, systemd's $CREDENTIALS_DIRECTORY/NAME (the
 * destination's name, ':' as '.'). A file must be a regular one of our own or
 * root's, closed to group and others, and not a symbolic link.
 */
#ifndef CAPI_CREDENTIAL_H
#define CAPI_CREDENTIAL_H

#include <stddef.h>

#include "config.h"

#define CAPI_SECRET_MAX 16384

/* Zeroed by capi_secret_wipe; kept out of core dumps by the program. */
struct capi_secret {
	char *p;
	size_t n;
};

enum capi_secret_result {
	CAPI_SECRET_OK,
	CAPI_SECRET_NONE,    /* nothing is configured */
	CAPI_SECRET_REFUSED, /* unreadable, open to others, unusable: err */
};

/* The secret behind a key: KEY itself, then KEY_file, then, when `directory`,
 * the service manager's. err says what is wrong without the secret. */
enum capi_secret_result capi_secret_get(struct capi_secret *s,
    const struct capi_dest *d, const char *key, bool directory, char *err,
    size_t errsz);

/* A whole file by the same rules, newlines kept when `whole`. */
enum capi_secret_result capi_secret_file(struct capi_secret *s,
    const char *path, bool whole, char *err, size_t errsz);

void capi_secret_wipe(struct capi_secret *s);

/* 16 hex digits of the SHA-256 and a NUL: tells a new token from the one that
 * was refused. */
void capi_secret_fingerprint(const struct capi_secret *s, char out[17]);

/* No core file, no ptrace, no reading of /proc by other processes of the
 * user. */
void capi_secret_harden(void);

#endif
