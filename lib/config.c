#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "text.h"

/* inih reads lines into a buffer of 200 bytes and takes the rest of a longer
 * one for a line of its own. */
#define LINE_MAX_INI 190
#define NAME_MAX_LEN 64

struct entry {
	const char *section;
	char *key;
	char *value;
};

struct capi_config {
	struct entry *entries;
	size_t entry_count;
	struct capi_dest *dests;
	size_t dest_count;
	bool from_file;
};

/* What any destination may have besides its platform's own keys. */
static const struct capi_key common_keys[] = {
    {"access_token", "the token itself; better in a file of its own"},
    {"access_token_file", "a file that holds the token and nothing else"},
    {"endpoint", "another scheme, host and port, for gateways and tests"},
    {"ca_file", "certificates to trust instead of the system's"},
    {"events", "the event names that go to this destination; the others "
	       "are left out and counted"},
    {NULL, NULL},
};

struct reading {
	struct capi_config *config;
	FILE *file;
	const char *path;
	int line;
	char *err;
	size_t errsz;
	bool failed;
	const char *secret; /* a key in it that is one */
};

static const struct capi_key *
find_key(const struct capi_key *keys, const char *name)
{
	for (; keys && keys->name; keys++)
		if (!strcmp(keys->name, name))
			return keys;
	return NULL;
}

/* A secret's key has a like for a file that holds it. */
static bool
is_secret(const struct capi_platform *p, const char *key)
{
	char file[NAME_MAX_LEN + 8];

	snprintf(file, sizeof(file), "%s_file", key);
	return find_key(common_keys, file) || find_key(p->keys, file);
}

static const char *
nearest_key(const struct capi_platform *p, const char *name)
{
	const struct capi_key *tables[] = {common_keys, p->keys};
	const char *words[64];
	size_t n = 0;

	for (size_t i = 0; i < 2; i++)
		for (const struct capi_key *k = tables[i]; k && k->name; k++)
			if (n < 64)
				words[n++] = k->name;
	return capi_text_nearest(
	    (struct capi_str){name, strlen(name)}, words, n);
}

/* The platform of a destination's name; NULL with words in err. */
static const struct capi_platform *
platform_of(const char *name, char *err, size_t errsz)
{
	size_t n = strcspn(name, ":");
	const struct capi_platform *p = capi_platform_find(name, n);
	struct capi_buf guess = CAPI_BUF_INIT(1024);

	if (!p) {
		capi_platform_guess(&guess, name, n);
		snprintf(err, errsz, "no platform %.*s%s", (int)n, name,
		    capi_buf_cstr(&guess));
		capi_buf_release(&guess);
		return NULL;
	}
	if (!name[n])
		return p;
	if (!name[n + 1] || strlen(name) > NAME_MAX_LEN) {
		snprintf(err, errsz,
		    "a name of 1 to %d characters is wanted "
		    "behind %s:",
		    NAME_MAX_LEN, p->name);
		return NULL;
	}
	for (const char *c = name + n + 1; *c; c++)
		if (!capi_is_alnum(*c) && *c != '-' && *c != '_' && *c != '.') {
			snprintf(err, errsz,
			    "%s: letters, digits, '-', '_' and '.' only", name);
			return NULL;
		}
	return p;
}

static const struct capi_dest *
section(const struct capi_config *c, const char *name)
{
	for (size_t i = 0; i < c->dest_count; i++)
		if (!strcmp(c->dests[i].name, name))
			return &c->dests[i];
	return NULL;
}

static char *
copy(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(capi_alloc(n), s, n);
}

static int
fail(struct reading *r)
{
	r->failed = true;
	return 0;
}

static const struct capi_dest *
add_section(struct reading *r, const char *name)
{
	struct capi_config *c = r->config;
	const struct capi_dest *d = section(c, name);
	const struct capi_platform *p;
	char why[160];

	if (d)
		return d;
	p = platform_of(name, why, sizeof(why));
	if (!p) {
		snprintf(r->err, r->errsz, "%s:%d: [%s]: %s", r->path, r->line,
		    name, why);
		return NULL;
	}
	c->dests =
	    capi_realloc(c->dests, (c->dest_count + 1) * sizeof(*c->dests));
	c->dests[c->dest_count] =
	    (struct capi_dest){.platform = p, .name = copy(name), .config = c};
	return &c->dests[c->dest_count++];
}

static int
on_entry(void *user, const char *in, const char *key, const char *value)
{
	struct reading *r = user;
	struct capi_config *c = r->config;
	const struct capi_dest *d;
	const char *near;

	if (r->failed)
		return 0;
	if (!*in) {
		snprintf(r->err, r->errsz, "%s:%d: %s before any [section]",
		    r->path, r->line, key);
		return fail(r);
	}
	d = add_section(r, in);
	if (!d)
		return fail(r);
	if (!find_key(common_keys, key) && !find_key(d->platform->keys, key)) {
		near = nearest_key(d->platform, key);
		snprintf(r->err, r->errsz, "%s:%d: no key %s for %s%s%s%s",
		    r->path, r->line, key, d->platform->name, near ? "; " : "",
		    near ? near : "", near ? "?" : "");
		return fail(r);
	}
	for (size_t i = 0; i < c->entry_count; i++)
		if (!strcmp(c->entries[i].section, d->name) &&
		    !strcmp(c->entries[i].key, key)) {
			snprintf(r->err, r->errsz, "%s:%d: %s twice in [%s]",
			    r->path, r->line, key, d->name);
			return fail(r);
		}
	c->entries = capi_realloc(
	    c->entries, (c->entry_count + 1) * sizeof(*c->entries));
	c->entries[c->entry_count++] = (struct entry){
	    .section = d->name, .key = copy(key), .value = copy(value)};
	if (is_secret(d->platform, key))
		r->secret = c->entries[c->entry_count - 1].key;
	return 1;
}

/* inih tells of a section when it meets a key in it; one without keys is a
 * destination too. What is no section is left to inih to complain of. */
static bool
note_section(struct reading *r, const char *text)
{
	char name[LINE_MAX_INI];
	const char *end;

	while (capi_is_space(*text))
		text++;
	end = *text == '[' ? strchr(text, ']') : NULL;
	if (!end)
		return true;
	snprintf(name, sizeof(name), "%.*s", (int)(end - text - 1), text + 1);
	return add_section(r, name) != NULL;
}

/* fgets(3) that counts lines, so that a message can name them, and refuses
 * the long ones. */
static char *
next_line(char *text, int size, void *stream)
{
	struct reading *r = stream;
	size_t n;
	int c;

	if (r->failed || !fgets(text, size, r->file))
		return NULL;
	r->line++;
	n = strlen(text);
	if (n < LINE_MAX_INI) {
		r->failed = !note_section(r, text);
		return r->failed ? NULL : text;
	}
	while ((c = getc(r->file)) != EOF && c != '\n')
		;
	if (text[0] == '#' || text[0] == ';')
		return text;
	snprintf(r->err, r->errsz, "%s:%d: a line of over %d bytes", r->path,
	    r->line, LINE_MAX_INI);
	r->failed = true;
	return NULL;
}

static FILE *
open_file(const char *path, struct stat *st, char *err, size_t errsz)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	FILE *file = NULL;

	if (fd < 0 || fstat(fd, st)) {
		snprintf(err, errsz, "%s: %s", path, strerror(errno));
	} else if (S_ISDIR(st->st_mode)) {
		snprintf(err, errsz, "%s: is a directory", path);
	} else {
		file = fdopen(fd, "r");
		if (!file)
			snprintf(err, errsz, "%s: %s", path, strerror(errno));
	}
	if (!file && fd >= 0)
		close(fd);
	return file;
}

struct capi_config *
capi_config_load(const char *path, char *err, size_t errsz)
{
	struct capi_config *c = capi_alloc(sizeof(*c));
	struct reading r = {
	    .config = c, .path = path, .err = err, .errsz = errsz};
	struct stat st;
	int result;

	memset(c, 0, sizeof(*c));
	if (!path)
		return c;
	r.file = open_file(path, &st, err, errsz);
	if (!r.file) {
		capi_config_free(c);
		return NULL;
	}
	c->from_file = true;
	result = ini_parse_stream(next_line, &r, on_entry, &r);
	if (!r.failed && ferror(r.file)) {
		snprintf(err, errsz, "%s: %s", path, strerror(errno));
		r.failed = true;
	}
	fclose(r.file);
	if (!r.failed && result) {
		snprintf(err, errsz, "%s:%d: neither [section] nor key = value",
		    path, result);
		r.failed = true;
	}
	if (!r.failed && r.secret && (st.st_mode & 077)) {
		snprintf(err, errsz,
		    "%s: holds an %s and can be read by others: chmod 600",
		    path, r.secret);
		r.failed = true;
	}
	if (r.failed) {
		capi_config_free(c);
		return NULL;
	}
	return c;
}

void
capi_config_free(struct capi_config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->entry_count; i++) {
		free(c->entries[i].key);
		free(c->entries[i].value);
	}
	for (size_t i = 0; i < c->dest_count; i++)
		free((char *)(uintptr_t)c->dests[i].name);
	free(c->entries);
	free(c->dests);
	free(c);
}

const struct capi_dest *
capi_config_dests(const struct capi_config *c, size_t *n)
{
	*n = c->dest_count;
	return c->dests;
}

/* meta:shop-b and dataset_id to CAPI_META_SHOP_B_DATASET_ID; an empty key
 * gives the part that all its variables begin with. */
static void
variable(char *out, size_t size, const char *dest, const char *key)
{
	snprintf(out, size, "CAPI_%s_%s", dest, key);
	for (char *c = out; *c; c++)
		*c = capi_is_alnum(*c) ? capi_upper(*c) : '_';
}

static bool
in_environment(const char *dest)
{
	extern char **environ;
	char prefix[2 * NAME_MAX_LEN];

	variable(prefix, sizeof(prefix), dest, "");
	for (char **e = environ; e && *e; e++)
		if (!strncmp(*e, prefix, strlen(prefix)))
			return true;
	return false;
}

static const char *
nearest_section(const struct capi_config *c, const char *name)
{
	const char *words[64];
	size_t n = 0;

	for (; n < c->dest_count && n < 64; n++)
		words[n] = c->dests[n].name;
	return capi_text_nearest(
	    (struct capi_str){name, strlen(name)}, words, n);
}

bool
capi_config_find(struct capi_config *c, const char *name,
    struct capi_dest *dest, char *err, size_t errsz)
{
	const struct capi_dest *d = section(c, name);
	const struct capi_platform *p;
	const char *near;

	if (d) {
		*dest = *d;
		return true;
	}
	p = platform_of(name, err, errsz);
	if (!p)
		return false;
	if (strchr(name, ':') && c->from_file && !in_environment(name)) {
		near = nearest_section(c, name);
		snprintf(err, errsz,
		    "%s: no section [%s] in the configuration%s%s%s", name,
		    name, near ? "; " : "", near ? near : "", near ? "?" : "");
		return false;
	}
	*dest = (struct capi_dest){.platform = p, .name = name, .config = c};
	return true;
}

const char *
capi_config_get(const struct capi_config *c, const char *dest, const char *key)
{
	char name[4 * NAME_MAX_LEN];
	const char *value;

	variable(name, sizeof(name), dest, key);
	value = getenv(name);
	if (value && *value)
		return value;
	for (size_t i = 0; i < c->entry_count; i++)
		if (!strcmp(c->entries[i].section, dest) &&
		    !strcmp(c->entries[i].key, key))
			return *c->entries[i].value ? c->entries[i].value
						    : NULL;
	return NULL;
}

static void
list_keys(struct capi_buf *b, const char *name, const struct capi_key *keys)
{
	capi_buf_addf(b, "[%s]\n", name);
	for (; keys && keys->name; keys++)
		capi_buf_addf(b, "  %-24s %s\n", keys->name, keys->help);
}

void
capi_config_list_keys(struct capi_buf *b)
{
	for (size_t i = 0; capi_platforms[i]; i++)
		list_keys(b, capi_platforms[i]->name, capi_platforms[i]->keys);
	list_keys(b, "every destination", common_keys);
}
