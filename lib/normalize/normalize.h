/*
 * The core of capi-normalize: one table of members, each with its rule, used
 * on an order gathered from an export and on an event that is JSON already.
 * Pure but for the two hooks: no input, no output, no clock.
 *
 * What a rule can not make valid is left out and told to `note`; what makes
 * the whole record useless is the outcome.
 */
#ifndef CAPI_NORMALIZE_H
#define CAPI_NORMALIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "json.h"
#include "names.h"
#include "text.h"
#include "rule/when.h"

/* In the order in which an event is written. */
enum capi_field {
	CAPI_F_EVENT_NAME,
	CAPI_F_EVENT_TIME,
	CAPI_F_EVENT_ID,
	CAPI_F_ACTION_SOURCE,
	CAPI_F_EVENT_SOURCE_URL,
	CAPI_F_REFERRER_URL,
	/* user_data */
	CAPI_F_EMAIL,
	CAPI_F_PHONE,
	CAPI_F_FIRST_NAME,
	CAPI_F_LAST_NAME,
	CAPI_F_NAME_PREFIX,
	CAPI_F_NAME_SUFFIX,
	CAPI_F_GENDER,
	CAPI_F_DATE_OF_BIRTH,
	CAPI_F_STREET,
	CAPI_F_CITY,
	CAPI_F_STATE,
	CAPI_F_POSTAL_CODE,
	CAPI_F_COUNTRY,
	CAPI_F_EXTERNAL_ID,
	CAPI_F_CLIENT_IP,
	CAPI_F_CLIENT_UA,
	CAPI_F_FBC,
	CAPI_F_FBP,
	CAPI_F_FBCLID,
	CAPI_F_CLICK_TIME,
	CAPI_F_TTCLID,
	CAPI_F_TTP,
	CAPI_F_GCLID,
	CAPI_F_GBRAID,
	CAPI_F_WBRAID,
	CAPI_F_EPIK,
	CAPI_F_SC_CLICK_ID,
	CAPI_F_SC_COOKIE1,
	CAPI_F_MSCLKID,
	CAPI_F_TWCLID,
	CAPI_F_RDT_CID,
	CAPI_F_LI_FAT_ID,
	CAPI_F_KX,
	CAPI_F_MADID,
	CAPI_F_LEAD_ID,
	CAPI_F_SUBSCRIPTION_ID,
	/* custom_data */
	CAPI_F_VALUE,
	CAPI_F_CURRENCY,
	CAPI_F_ORDER_ID,
	CAPI_F_ITEMS,
	CAPI_F_NUM_ITEMS,
	CAPI_F_SEARCH_STRING,
	CAPI_F_COUPON,
	CAPI_F_SHIPPING,
	CAPI_F_TAX,
	/* consent */
	CAPI_F_AD_USER_DATA,
	CAPI_F_AD_PERSONALIZATION,
	/* source */
	CAPI_F_STATUS,
	CAPI_F_TEST,
	CAPI_F_REFUNDED_VALUE,
	CAPI_F_REFUNDED_AT,
	CAPI_F_UPDATED_AT,
	CAPI_F_DEVICE,
	/* elements of custom_data.items */
	CAPI_F_ITEM_ID,
	CAPI_F_ITEM_QUANTITY,
	CAPI_F_ITEM_PRICE,
	CAPI_F_ITEM_NAME,
	CAPI_F_ITEM_CATEGORY,
	CAPI_F_ITEM_BRAND,
	/* never written: what the ones above are made of */
	CAPI_F_FULL_NAME,
	CAPI_F_SUBTOTAL,
	CAPI_F_PRESENTMENT_VALUE,
	CAPI_F_PRESENTMENT_SUBTOTAL,
	CAPI_F_PRESENTMENT_CURRENCY,
	CAPI_F_CANCELLED_AT,
	CAPI_F_CAPTURED,
	CAPI_F_RENEWAL,
	CAPI_F_REFUNDS,
	CAPI_F_REFUND_ID,
	CAPI_F_PAYMENT_ID,
	CAPI_FIELDS,
};

#define CAPI_ALTERNATIVES 16 /* sources of one member */
#define CAPI_ITEM_MEMBERS 6
#define CAPI_ITEMS_MAX 1000 /* of one order */

/* By name, "email" or "user_data.email"; -1 if there is none. */
int capi_field_find(struct capi_str name);
const char *capi_field_name(enum capi_field field);
bool capi_field_is_item(enum capi_field field);
/* Does its reading depend on the order of day and month, or on the decimal
 * mark? Then all cells of its column must be looked at. */
bool capi_field_is_date(enum capi_field field);
bool capi_field_is_money(enum capi_field field);

struct capi_cell {
	struct capi_str s;
	uint16_t column; /* 1 and up; 0 where there are none */
	bool constant;   /* the preset says so, not the export */
	uint8_t side;    /* of an address: billing 0, shipping 1 */
};

struct capi_item {
	struct capi_str v[CAPI_ITEM_MEMBERS]; /* normalised; n 0: absent */
};

struct capi_preset;

/* What an export says of one conversion, as it stands there. The spans live
 * until it is written. */
struct capi_order {
	const struct capi_preset *preset;
	const char *file; /* NULL: not to be told (standard input) */
	uint64_t line;
	/* Of raw[f] the first reach[f] hold something, or were passed over;
	 * behind them is whatever an earlier order had. */
	struct capi_cell raw[CAPI_FIELDS][CAPI_ALTERNATIVES];
	uint8_t reach[CAPI_FIELDS];
	struct capi_item *item;
	size_t items;
};

/* Puts a cell that is not empty into its place. */
void capi_order_put(struct capi_order *o, enum capi_field field,
    unsigned alternative, struct capi_cell cell);

enum capi_value_choice { CAPI_VALUE_TOTAL, CAPI_VALUE_SUBTOTAL };
enum capi_money_choice { CAPI_MONEY_SHOP, CAPI_MONEY_PRESENTMENT };

/* Where a member stands. */
enum capi_section {
	CAPI_SECTION_TOP,
	CAPI_SECTION_USER,
	CAPI_SECTION_CUSTOM,
	CAPI_SECTION_CONSENT,
	CAPI_SECTION_SOURCE,
	CAPI_SECTION_ITEM,
	CAPI_SECTION_INNER, /* in no event */
	CAPI_SECTIONS,
};

struct capi_normalizer {
	/* The caller's choices; NULL, 0: none. */
	char region[3];
	const struct capi_zone *zone;
	enum capi_when_order order;
	char decimal;
	const char *currency; /* three capitals */
	const char *event_name;
	const char *action_source;
	const char *site;
	const char *id_template; /* never NULL */
	bool id_forced;          /* the template, whatever the record says */
	enum capi_value_choice value;
	enum capi_money_choice money;
	bool split_names, skip_renewals, withhold_free;
	bool since_1904;         /* days of spreadsheets count from 1904 */
	const char *const *keep; /* statuses that pass all the same */
	size_t keeps;
	int64_t now;

	/* What was decided for columns 1 and up; NULL: nothing. */
	const uint8_t *column_order; /* enum capi_when_order */
	const char *column_decimal, *column_thousands;

	/* Told: a member left out; something to be counted only. */
	void (*note)(void *arg, const char *field, const char *reason);
	void (*count)(void *arg, const char *field, const char *what);
	void *arg;
	struct capi_arena *arena; /* for what belongs to one record */

	/* Private, of the record at hand. */
	const struct capi_preset *preset;
	char country[3];
	bool spreadsheet; /* cells, perhaps with a spreadsheet's damage */
	bool utc;         /* times without a zone are UTC */
	bool holding;     /* reasons go to `why`, not to note */
	bool asks;        /* the last reason is one that an option decides */
	const char *why;
	enum capi_when_order order_now;
	char decimal_now, thousands_now;
	int minor_now, places_now;      /* of the currency; -1: unknown */
	bool hundreds_now;              /* its minor units are hundreds */
	char sign_now[4];               /* a currency beside an amount */
	struct capi_when when;          /* of the last time read */
	struct capi_str prefix, suffix; /* cut from names */
	struct capi_buf scratch, scratch2;
	/* By section and number of a key: the field + 1, or 0. */
	uint8_t member[CAPI_SECTIONS][CAPI_NAMES_MAX + 1];
	uint8_t section[CAPI_NAMES_MAX + 1]; /* what an event's object is */
};

/* Once, before anything else; the struct is zero but for the choices. Events
 * are parsed with these names. */
void capi_normalizer_init(struct capi_normalizer *n, struct capi_names *names);
void capi_normalizer_release(struct capi_normalizer *n);

enum capi_verdict {
	CAPI_VERDICT_OK,
	CAPI_VERDICT_REFUSED,
	CAPI_VERDICT_WITHHELD, /* reason is a word to count */
};

struct capi_outcome {
	enum capi_verdict verdict;
	const char *field, *reason;
	/* As written; of a refused order, if its rows are several, as they
	 * would be. */
	struct capi_str event_name, event_id;
	struct capi_str payment;  /* its id, of which several records tell */
	struct capi_str refunded; /* of a record that came for that: how much */
};

/* One of the words that say where a conversion happened? */
bool capi_action_source_is(const char *word);

/* Checks an id template: -1 if a brace does not close or names no member. */
int capi_template_check(const char *tpl);

#define CAPI_REFUNDS_MAX 64 /* of one order, that are told one by one */

struct capi_refund {
	struct capi_str value;
	bool has_at;
	int64_t at; /* else its number, which grows with time, too */
};

/* An order's event before it is written. The spans live as long as the order
 * and the arena. */
struct capi_normal {
	const struct capi_order *order;   /* with the items */
	struct capi_str val[CAPI_FIELDS]; /* normalised; n 0: absent */
	int64_t time;
	bool day_only; /* of the time only the day is known */
	bool foreign;  /* the value is in another currency than the items */
	const struct capi_refund *refund; /* the oldest first */
	size_t refunds;                   /* 0: only their sum is known */
};

/* Makes an event of the order; it is whole when the verdict is OK. */
void capi_normalize_order(struct capi_normalizer *n,
    const struct capi_order *order, struct capi_normal *event,
    struct capi_outcome *outcome);

/* Writes it, without a newline, behind what `out` holds. */
void capi_normal_write(const struct capi_normal *event, struct capi_buf *out);

/* One item, from the order's item cells: the rules for its members. */
void capi_normalize_item(struct capi_normalizer *n,
    const struct capi_order *order, struct capi_item *item);

/* One value without a record around it: appends it as it would stand in an
 * event. NULL, or why it would be left out. */
const char *capi_normalize_value(
    struct capi_buf *out, enum capi_field field, struct capi_str in);

/* Normalises an event in place. */
void capi_normalize_event(struct capi_normalizer *n, struct capi_json *event,
    struct capi_outcome *outcome);

#endif
