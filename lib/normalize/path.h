/*
 * Paths into an object as presets write them: "refunds[].transactions
 * [kind=refund].amount". They are read once; the names in them get the numbers
 * that the parser of the objects gives its keys (names.h).
 */
#ifndef CAPI_PATH_H
#define CAPI_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"
#include "names.h"
#include "text.h"

#define CAPI_PATH_STEPS 6
#define CAPI_PATH_TESTS 2

/* A member's name and what it must be, perhaps with * at an end. */
struct capi_path_test {
	struct capi_str name, want;
	uint16_t key_id;
};

/* To a member, unless the name is empty; then to each element for which all
 * tests hold, if there are brackets: [type=a].b is of the object at hand, as
 * though it were the only one. */
struct capi_path_step {
	struct capi_str name;
	uint16_t key_id;
	bool elements;
	uint8_t tests;
	struct capi_path_test test[CAPI_PATH_TESTS];
};

struct capi_path {
	size_t steps;
	struct capi_path_step step[CAPI_PATH_STEPS];
};

/* The text must live as long as the path. -1: it is no path, or too long. */
int capi_path_read(struct capi_path *path, struct capi_str text);
/* -1: there are no more numbers. */
int capi_path_number(struct capi_path *path, struct capi_names *names);

/* Where the members of an object are, for many paths that begin there. */
struct capi_path_index {
	const struct capi_json *root;
	const struct capi_json *member[CAPI_NAMES_MAX + 1];
};

void capi_path_look(struct capi_path_index *x, const struct capi_json *root);

/* Calls `each` for every value at the path. `each` returns false to stop. */
void capi_path_walk(const struct capi_path_index *x,
    const struct capi_path *path,
    bool (*each)(const struct capi_json *v, void *arg), void *arg);

/* The first scalar at the path that is neither null nor empty. */
const struct capi_json *capi_path_first(
    const struct capi_path_index *x, const struct capi_path *path);

#endif
