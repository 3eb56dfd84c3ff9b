/*
 * What members and parameters are called that hold personal data: e-mail,
 * phone, names of a person, birth date, street and postal code, in the
 * languages of shops whose exports we read. What things have too, such as a
 * plain "name" or a city, is none: that depends on where it stands, and on who
 * asks.
 */
#ifndef CAPI_PERSONAL_H
#define CAPI_PERSONAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define CAPI_PERSONAL_FOLD 63 /* longer names are none of those */

/*
 * A name without case, accents, punctuation, percent encoding and digits at
 * its end: letters, digits and what is of no Latin script. `starts` has a bit
 * for each place where a word begins. Returns its length; 0: too long.
 */
size_t capi_personal_fold(
    struct capi_str name, char folded[CAPI_PERSONAL_FOLD], uint64_t *starts);

/* Length of the shortest word at the beginning that says whose it is and is
 * longer than that; 0: none. Something stands behind it. */
size_t capi_personal_owner(const char *folded, size_t n, size_t longer);

/* Is it named so, perhaps behind other words or with its owner: "Vorname",
 * "billing_phone", "form_fields[email]", "telefono_cliente"? */
bool capi_personal_is_folded(const char *folded, size_t n, uint64_t starts);
bool capi_personal_is(struct capi_str name);

/* Could a name itself be somebody's data, an address, a number, a date? Then no
 * message may show it. */
bool capi_personal_is_telling(struct capi_str name);

/* "true", "0": no person's data, whatever it is called. */
bool capi_personal_is_flag(struct capi_str value);

#endif
