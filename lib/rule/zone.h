/*
 * Time zones by their names in the tz database. All functions but
 * capi_zone_open are pure.
 */
#ifndef CAPI_ZONE_H
#define CAPI_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A time zone; read-only once open, so threads may share it. */
struct capi_zone;

enum capi_zone_verdict {
	CAPI_ZONE_OK,
	CAPI_ZONE_NAME,   /* not the form of a zone's name */
	CAPI_ZONE_ABSENT, /* no such zone on this system */
	CAPI_ZONE_BROKEN, /* a file, but not of zone data */
	CAPI_ZONE_MEMORY,
};

/*
 * Opens a zone by its name in the tz database ("Europe/Berlin"; $TZDIR or
 * /usr/share/zoneinfo, RFC 8536 version 2 and up), or a fixed one ("UTC",
 * "Z", "+02:00", "-0400": east of Greenwich is positive). Reads one file.
 * On success the zone is the caller's, to be given to capi_zone_free.
 */
enum capi_zone_verdict capi_zone_open(
    const char *name, struct capi_zone **zone);

/* NULL is fine. */
void capi_zone_free(struct capi_zone *zone);

/* Seconds east of Greenwich at that moment. */
int32_t capi_zone_offset(const struct capi_zone *zone, int64_t unix_s);

/*
 * From local time, counted as if it were UTC, to unix seconds. Of an hour that
 * the clocks went through twice it is the first; one that they left out is
 * moved on by the gap.
 */
int64_t capi_zone_from_local(
    const struct capi_zone *zone, int64_t local, bool *repeated, bool *skipped);

/* "+02:00", "-0400", "+2" at p: seconds east, at most 14 hours. Where it ends,
 * or NULL. */
const char *capi_zone_read_offset(const char *p, const char *end, int32_t *out);

#endif
