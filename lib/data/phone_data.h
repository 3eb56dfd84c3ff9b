/*
 * The numbering plans as tables. The .c file is made by scripts/gen-phone from
 * libphonenumber's published metadata; only lib/phone*.c read it.
 */
#ifndef CAPI_PHONE_DATA_H
#define CAPI_PHONE_DATA_H

#include <stddef.h>
#include <stdint.h>

/*
 * One region, or one calling code that belongs to no country. Plans with the
 * same calling code stand together, the main one (US, GB, RU, ...) first.
 */
struct capi_phone_plan {
	char region[3];    /* ISO 3166-1 alpha-2, "" for no country */
	char trunk[5];     /* national prefix, "" if none */
	char transform[8]; /* what replaces a captured prefix: "9$1" */
	uint16_t code;     /* country calling code, 1 to 999 */
	uint16_t general;  /* state: is it in the plan's general pattern? */
	uint16_t valid;    /* state of the calling code: whose number is it? */
	uint16_t prefix;   /* program: what may precede the national number */
	uint16_t exit;     /* program: how one dials abroad from here */
	uint32_t lengths;  /* bit n: a number may have n digits */
	uint32_t local;    /* bit n: n digits work only inside an area */
};
extern const struct capi_phone_plan capi_phone_plans[];

/* For each calling code 1 more than the place of its main plan, or 0. */
extern const unsigned char capi_phone_codes[1000];

/* Places of the plans of countries, in the order of their alpha-2 code. */
extern const unsigned char capi_phone_regions[];
extern const size_t capi_phone_region_count;

/*
 * Programs for prefixes, 16 bits a step. The program at 0 never matches.
 * Distances count from the step itself.
 */
enum capi_phone_step {
	CAPI_PHONE_STEP_SET = 0x0, /* one digit of the set in bits 0 to 9 */
	CAPI_PHONE_STEP_SPLIT =
	    0x4, /* go on; if that fails, bits 0 to 11 ahead */
	CAPI_PHONE_STEP_JUMP = 0x8, /* bits 0 to 11 ahead */
	CAPI_PHONE_STEP_SAVE = 0xc, /* the place into slot bits 0 to 11 */
	CAPI_PHONE_STEP_END = 0xd,  /* only at the end of the number */
	CAPI_PHONE_STEP_MATCH = 0xe,
	CAPI_PHONE_STEP_FAIL = 0xf,
};
extern const uint16_t capi_phone_programs[];

/*
 * A minimal automaton without cycles: label, then the successor for each
 * digit. State 0 is the sink. The label of a general pattern is 1 where the
 * number may end; that of a calling code is 1 more than the distance of the
 * region's plan from the main plan, 0 where no region has such a number.
 */
extern const uint16_t capi_phone_states[][11];

#endif
