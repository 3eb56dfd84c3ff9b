#include "credential.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "err.h"

void
capi_secret_wipe(struct capi_secret *s)
{
	if (s->p)
		explicit_bzero(s->p, s->n);
	free(s->p);
	*s = (struct capi_secret){NULL, 0};
}

static void
keep(struct capi_secret *s, const char *p, size_t n)
{
	capi_secret_wipe(s);
	s->p = capi_alloc(n + 1);
	memcpy(s->p, p, n);
	s->p[n] = '\0';
	s->n = n;
}

/* A control byte in a token would start another header. */
static bool
is_token(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)p[i] <= 0x20 || (unsigned char)p[i] >= 0x7f)
			return false;
	return n > 0;
}

static const char *
wrong_with(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "not a regular file";
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return "belongs to another user";
	if (st->st_mode & 077)
		return "others can read it (chmod 600)";
	if (st->st_size > CAPI_SECRET_MAX)
		return "too long for a secret";
	return NULL;
}

enum capi_secret_result
capi_secret_file(struct capi_secret *s, const char *path, bool whole, char *err,
    size_t errsz)
{
	char text[CAPI_SECRET_MAX + 1];
	struct stat st;
	const char *wrong = NULL;
	size_t n = 0;
	ssize_t got = 1;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &st)) {
		snprintf(err, errsz, "%s: %s", path,
		    errno == ELOOP ? "a symbolic link" : strerror(errno));
		if (fd >= 0)
			close(fd);
		return CAPI_SECRET_REFUSED;
	}
	wrong = wrong_with(&st);
	while (!wrong && got > 0 && n < CAPI_SECRET_MAX) {
		got = read(fd, text + n, CAPI_SECRET_MAX - n);
		if (got > 0)
			n += (size_t)got;
		else if (got < 0 && errno == EINTR)
			got = 1;
	}
	close(fd);
	if (!wrong && got < 0)
		wrong = strerror(errno);
	if (!wrong && !whole) {
		if (n && text[n - 1] == '\n')
			n--;
		if (n && text[n - 1] == '\r')
			n--;
		if (!n)
			wrong = "is empty";
		else if (!is_token(text, n))
			wrong = "holds a blank or a control character; it "
				"must hold the token and nothing else";
	}
	if (!wrong)
		keep(s, text, n);
	else
		snprintf(err, errsz, "%s: %s", path, wrong);
	explicit_bzero(text, sizeof(text));
	return wrong ? CAPI_SECRET_REFUSED : CAPI_SECRET_OK;
}

/* systemd's file of the destination, whose name may not have a colon. */
static bool
find_credential(const struct capi_dest *d, char *path, size_t size)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");

	if (!dir || !*dir ||
	    snprintf(path, size, "%s/%s", dir, d->name) >= (int)size)
		return false;
	for (char *p = path + strlen(dir); *p; p++)
		if (*p == ':')
			*p = '.';
	return !access(path, F_OK);
}

enum capi_secret_result
capi_secret_get(struct capi_secret *s, const struct capi_dest *d,
    const char *key, bool directory, char *err, size_t errsz)
{
	const char *value = capi_dest_get(d, key);
	char file_key[64], path[4096];

	if (value) {
		if (!is_token(value, strlen(value))) {
			snprintf(err, errsz,
			    "%s of %s holds a blank or a control character",
			    key, d->name);
			return CAPI_SECRET_REFUSED;
		}
		keep(s, value, strlen(value));
		return CAPI_SECRET_OK;
	}
	snprintf(file_key, sizeof(file_key), "%s_file", key);
	value = capi_dest_get(d, file_key);
	if (value)
		return capi_secret_file(s, value, false, err, errsz);
	if (directory && find_credential(d, path, sizeof(path)))
		return capi_secret_file(s, path, false, err, errsz);
	return CAPI_SECRET_NONE;
}

void
capi_secret_fingerprint(const struct capi_secret *s, char out[17])
{
	struct capi_digest *d = capi_digest_new();
	char hex[CAPI_DIGEST_HEX];

	if (!d)
		capi_die(CAPI_EXIT_SYSTEM, "no SHA-256");
	capi_digest_hex(d, s->p, s->n, hex);
	capi_digest_free(d);
	memcpy(out, hex, 16);
	out[16] = '\0';
}

void
capi_secret_harden(void)
{
	struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__)
	/* The leak checker traces its own process. */
	prctl(PR_SET_DUMPABLE, 0);
#endif
}
