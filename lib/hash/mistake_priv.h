/*
 * What the mistake*.c files share; nobody else includes it. mistake.c has the
 * table, mistake_make.c, mistake_change.c and mistake_hash.c what its rows do,
 * mistake_look.c the search.
 */
#ifndef CAPI_MISTAKE_PRIV_H
#define CAPI_MISTAKE_PRIV_H

#include "digest.h"
#include "mistake.h"
#include "rule/phone.h"

#define OF(id) (1u << (id))
#define ALL ((1u << CAPI_IDS) - 1)
#define EMAIL OF(CAPI_ID_EMAIL)
#define PHONE OF(CAPI_ID_PHONE)
#define NAMES (OF(CAPI_ID_FIRST_NAME) | OF(CAPI_ID_LAST_NAME))
#define BIRTH OF(CAPI_ID_DATE_OF_BIRTH)
#define GENDER OF(CAPI_ID_GENDER)
#define CITY OF(CAPI_ID_CITY)
#define STATE OF(CAPI_ID_STATE)
#define POSTAL OF(CAPI_ID_POSTAL_CODE)
#define COUNTRY OF(CAPI_ID_COUNTRY)
#define EXTERNAL OF(CAPI_ID_EXTERNAL_ID)
#define MADID OF(CAPI_ID_MADID)
#define STREET OF(CAPI_ID_STREET)
#define WORDS (NAMES | CITY | STREET)
#define CODES (STATE | COUNTRY | GENDER | BIRTH | PHONE)

#define MAX_DIGEST 64 /* bytes: SHA-512 */
#define TEXT_MAX (1 << 16)

/* The steps of a form, for mistakes that leave one out or add one. */
enum {
	TRIM = 1 << 0,
	LOWER = 1 << 1,
	PUNCTUATION = 1 << 2, /* is deleted */
	BLANKS = 1 << 3,
	TITLES = 1 << 4,
	GMAIL = 1 << 5,
	FIVE = 1 << 6, /* of a ZIP code */
	DIGITS = 1 << 7,
	TRANSLATE = 1 << 8, /* to a code: by the form itself */
};

/* What a mistake works on. */
struct job {
	enum capi_identifier id;
	const struct capi_form *form;
	struct capi_str raw;
	struct capi_str canon;   /* empty: it has none */
	const char *country;     /* of the address, or "" */
	struct capi_phone phone; /* len 0: none */
	int year, month, day;    /* of birth; 0: none */
	unsigned steps;          /* of the form, as changed so far */
};

/* Writes another text; false: there is no such variant. */
typedef bool text_maker(
    struct capi_buf *out, const struct job *j, unsigned variant);
/* Changes the text; false: no such variant, or it changes nothing. */
typedef bool text_changer(struct capi_buf *out, const struct job *j,
    struct capi_str in, unsigned variant);
/* Bytes to a digest; returns its length, 0: no such variant. */
typedef size_t hasher(struct capi_digest *d, struct capi_str in,
    unsigned variant, unsigned char raw[MAX_DIGEST]);

struct way {
	unsigned leave; /* steps that are left out, if the form has them */
	unsigned add;   /* steps that are made, if the form has not */
	text_maker *make;
	text_changer *change;
	text_changer *encode;
	hasher *hash;
};

/* The order in which the kinds of mistakes are made. */
enum rank { STEPS, MAKE, CHANGE, ENCODE, HASH, SHAPE };

struct row {
	struct capi_mistake mistake;
	enum rank rank;
	struct way way;
	unsigned variants;
};

extern const struct row capi_mistake_rows[];
extern const size_t capi_mistake_count;
const struct row *capi_mistake_row(const char *name);

static inline void
add_str(struct capi_buf *out, struct capi_str s)
{
	capi_buf_add(out, s.p, s.n);
}

/* Which of the steps the form has. */
unsigned capi_mistake_steps(const struct capi_form *form);
/* The value by the steps that the job still has. */
void capi_mistake_render(struct capi_buf *out, const struct job *j);

/* What the rows do, by the names that the table's macros put together. */
text_maker capi_mistake_make_raw, capi_mistake_make_any_gmail,
    capi_mistake_make_plus_deleted, capi_mistake_make_no_code,
    capi_mistake_make_trunk, capi_mistake_make_code_trunk, capi_mistake_make_00,
    capi_mistake_make_extension, capi_mistake_make_typed_digits,
    capi_mistake_make_other_code, capi_mistake_make_code_twice,
    capi_mistake_make_code_typed, capi_mistake_make_layout,
    capi_mistake_make_date, capi_mistake_make_iso, capi_mistake_make_unix,
    capi_mistake_make_word, capi_mistake_make_state_name,
    capi_mistake_make_state_code, capi_mistake_make_two_letters,
    capi_mistake_make_cut_at_dash, capi_mistake_make_outward,
    capi_mistake_make_first_word, capi_mistake_make_gid,
    capi_mistake_make_no_dashes;
text_changer capi_mistake_change_plus_kept, capi_mistake_change_plus_missing,
    capi_mistake_change_upper, capi_mistake_change_newline,
    capi_mistake_change_blank, capi_mistake_change_invisible,
    capi_mistake_change_quotes, capi_mistake_change_list,
    capi_mistake_change_scheme, capi_mistake_change_nul,
    capi_mistake_change_float, capi_mistake_change_zero_lost,
    capi_mistake_change_html, capi_mistake_change_url,
    capi_mistake_change_plus_to_blank, capi_mistake_change_json,
    capi_mistake_change_nfd, capi_mistake_change_accents,
    capi_mistake_change_reversed;
text_changer capi_mistake_encode_latin, capi_mistake_encode_utf16,
    capi_mistake_encode_mojibake, capi_mistake_encode_base64;
hasher capi_mistake_hash_md5, capi_mistake_hash_sha1, capi_mistake_hash_sha224,
    capi_mistake_hash_sha384, capi_mistake_hash_sha512, capi_mistake_hash_sha3,
    capi_mistake_hash_double, capi_mistake_hash_double_upper,
    capi_mistake_hash_double_raw, capi_mistake_hash_of_other;

/* Returns the length; 0: it is no hex. */
size_t capi_mistake_unhex(
    const char *hex, size_t n, unsigned char raw[MAX_DIGEST]);

#endif
