#ifndef CAPI_PLACE_DATA_H
#define CAPI_PLACE_DATA_H

/*
 * The tables behind lib/rule/place.c, made by scripts/gen-place. Spellings are
 * folded: lower case, no accents, letters and digits only.
 */
#include <stdint.h>

/* A spelling (len bytes of the text at `at`) and the country it means. */
struct capi_place_word {
	uint32_t at;
	uint8_t len;
	char code[3];
};

/* A spelling and the row of capi_place_sub it means. */
struct capi_place_state {
	uint32_t at;
	uint8_t len;
	uint16_t sub;
};

/* "USCA" and where its name stands, ended by NUL; sorted by code. */
struct capi_place_sub {
	char code[6];
	uint32_t name;
};

/* Sorted by code; minor is -1 where ISO 4217 says "N.A.". */
struct capi_place_money {
	char code[4];
	int8_t minor;
};

/*
 * How a country writes its postal codes: see scripts/postal-formats.txt.
 * pad is 0 or the least number that five digits may have shrunk to.
 */
struct capi_place_post {
	char country[3];
	char car[4];
	uint16_t pad;
	const char *formats;
};

/* Bit b of row a: is the letter pair "ab" a country? */
extern const uint32_t capi_place_alpha2[26];

/* Slots hold 0 or the number of a word plus one; open addressing, FNV-1a. */
extern const struct capi_place_word capi_place_country_word[];
extern const uint16_t capi_place_country_slot[];
extern const uint32_t capi_place_country_mask;
extern const char capi_place_country_text[];

extern const struct capi_place_state capi_place_state_word[];
extern const uint16_t capi_place_state_slot[];
extern const uint32_t capi_place_state_mask;
extern const char capi_place_state_text[];
extern const struct capi_place_sub capi_place_sub[];
extern const uint16_t capi_place_subs;
extern const char capi_place_sub_name[];

extern const struct capi_place_money capi_place_money[];
extern const uint16_t capi_place_moneys;
extern const struct capi_place_post capi_place_post[];
extern const uint16_t capi_place_posts;

#endif
