/*
 * The configuration: one INI file, a section a destination.
 *
 *	[meta]
 *	dataset_id = 1234567890
 *	access_token_file = /etc/capi/meta.token
 *	[meta:shop-b]
 *	dataset_id = 9876543210
 *
 * A destination is a platform's name, or that, a colon and a name of the
 * user's own; several accounts of one platform are several destinations. A
 * section gives nothing to another one: an account's id must not leak into a
 * section that forgot its own.
 *
 * Keys have the platforms' own names (the `keys` column of a platform) besides
 * those every destination may have: access_token, access_token_file, endpoint,
 * ca_file, events. The environment goes before the file: the key dataset_id of
 *meta is CAPI_META_DATASET_ID there, that of meta:shop-b
 *CAPI_META_SHOP_B_DATASET_ID.
 *
 * What is unknown is refused with file and line: a key that is silently
 * ignored is an id that is silently missing. A file that holds a secret is
 * refused when others can read it. This is the only file including ini.h.
 */
#ifndef CAPI_CONFIG_H
#define CAPI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "platform.h"

struct capi_config;

/* One destination. The name and all values live as long as the config. */
struct capi_dest {
	const struct capi_platform *platform;
	const char *name; /* "meta" or "meta:shop-b" */
	const struct capi_config *config;
};

/*
 * Reads the file; path NULL: only the environment. On NULL, err holds one line
 * for the user: "capi.conf:7: no key datasetid for meta; dataset_id?". Errors
 * are configuration errors (CAPI_EXIT_CONFIG).
 */
struct capi_config *capi_config_load(const char *path, char *err, size_t errsz);
void capi_config_free(struct capi_config *c);

/* The destinations that have a section, in the order of the file; *n of them.
 * The array lives as long as the config. */
const struct capi_dest *capi_config_dests(
    const struct capi_config *c, size_t *n);

/*
 * A destination by name, with or without a section. False when the part before
 * the colon is no platform, the part behind it is empty or has other characters
 * than letters, digits, '-', '_' and '.', or when there is a file and a name
 * with a colon has neither a section in it nor a variable in the environment;
 * err says which.
 */
bool capi_config_find(struct capi_config *c, const char *name,
    struct capi_dest *dest, char *err, size_t errsz);

/* Every key there is, platform by platform, for people and for the manual. */
void capi_config_list_keys(struct capi_buf *b);

/* The value of a key: the environment's, else the file's, else NULL. An empty
 * value counts as none. */
const char *capi_config_get(
    const struct capi_config *c, const char *dest, const char *key);

static inline const char *
capi_dest_get(const struct capi_dest *d, const char *key)
{
	return capi_config_get(d->config, d->name, key);
}

#endif
