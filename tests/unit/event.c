/* Decimal text, times and slots. Expected values: Python's decimal and datetime
 * modules, by hand. */
#include "event.h"
#include "tap.h"
#include "build/walk.h"

static void
sign(const char *text, int want)
{
	ok(capi_decimal_sign((struct capi_str){text, strlen(text)}) == want,
	    "%s", text);
}

static void
minus(const char *a, const char *b, const char *want)
{
	char text[64];
	struct capi_buf out = {text, 0, sizeof(text), sizeof(text), false};
	bool done = capi_decimal_minus(&out, (struct capi_str){a, strlen(a)},
	    (struct capi_str){b, strlen(b)});

	ok(want ? done && out.len == strlen(want) &&
		      !memcmp(text, want, out.len)
		: !done,
	    "%s", a);
}

static void
share(const char *part, const char *whole, int64_t want)
{
	ok(capi_decimal_share((struct capi_str){part, strlen(part)},
	       (struct capi_str){whole, strlen(whole)}, 598) == want,
	    "%s of %s", part, whole);
}

static void
at(int64_t seconds, const char *want)
{
	char text[64];
	struct capi_buf out = {text, 0, sizeof(text), sizeof(text), false};

	capi_write_time(&out, seconds, 'T', "Z");
	ok(out.len == strlen(want) && !memcmp(text, want, out.len), "%s", want);
}

static void
slots(void)
{
	static struct capi_names names;
	struct capi_vocab *v = capi_vocab_new(&names);
	uint16_t email = capi_names_add(&names, "email", 5);

	ok(capi_vocab_slot(v, "event_name") == CAPI_EVENT_NAME &&
		capi_vocab_slot(v, "user_data.email") == CAPI_EMAIL &&
		capi_vocab_slot(v, "hashed.email.lower") ==
		    CAPI_HASHED_EMAIL_LOWER &&
		capi_vocab_slot(v, "source.refunded_value") ==
		    CAPI_REFUNDED_VALUE,
	    "the slot of a listed member is its number");
	ok(capi_vocab_slot(v, "custom_data.new") ==
		    capi_vocab_slot(v, "custom_data.new") &&
		capi_vocab_slot(v, "custom_data.new") >= CAPI_MEMBERS_LISTED,
	    "a new path gets a slot of its own, once");
	ok(capi_vocab_member(v, CAPI_USER_DATA, email) == CAPI_EMAIL &&
		!capi_vocab_member(v, CAPI_ROOT, email),
	    "a name belongs to its object");
	capi_vocab_free(v);
}

int
main(void)
{
	sign("10.00", 1);
	sign("0.00", 0);
	sign("-0.01", -1);
	sign("007", 2);
	sign("1,234", 2);
	sign("1e3", 2);
	sign(".5", 2);
	sign("5.", 2);
	sign("1.2.3", 2);
	sign("", 2);
	sign("-", 2);
	sign("12345678901234567890.10", 1);
	minus("10.00", "2.5", "7.50");
	minus("10", "2.50", "7.50");
	minus("10.00", "10", "0.00");
	minus("1500", "500", "1000");
	minus("0.30", "0.1", "0.20");
	minus("1.01", "1.00", "0.01");
	minus("10", "10.01", NULL);
	minus("-1", "0", NULL);
	minus("1", "x", NULL);
	minus("99999999999999999999", "1", NULL);
	share("2.5", "10.00", 149);
	share("0.1", "0.30", 199);
	share("10", "10.00", 598);
	share("11", "10.00", 598);
	share("0.00", "10.00", 0);
	share("-1", "10", 0);
	share("x", "10", 0);
	share("1", "0", 0);
	at(0, "1970-01-01T00:00:00Z");
	at(951782399, "2000-02-28T23:59:59Z");
	at(951782400, "2000-02-29T00:00:00Z");
	at(1709164800, "2024-02-29T00:00:00Z");
	at(1781430082, "2026-06-14T09:41:22Z");
	at(4102444799, "2099-12-31T23:59:59Z");
	slots();
	return tap_done();
}
