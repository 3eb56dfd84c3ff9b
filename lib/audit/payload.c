#include <string.h>

#include "payload.h"
#include "rule/consent.h"
#include "rule/place.h"

/* What a member's name says about its value. */
enum kind {
	ANY = -1,
	/* 0..CAPI_KEYS-1: an identifier */
	VALUE = CAPI_KEYS,
	CURRENCY,
	TIME,
	ACTION,
	URL,
	DATASET,
	TEST,
	CONSENT,
	LEAD_ID, /* and other ids by which somebody is found */
	ITEMS,   /* prices of items are no order values */
};

/* Names as the platforms' pages have them; platforms(7) tells which is whose.
 * First Meta, then TikTok, Pinterest, Google, Snapchat, then our own. */
static const struct {
	const char *name;
	enum kind kind;
} names[] = {
    {"em", (enum kind)CAPI_KEY_EMAIL},
    {"ph", (enum kind)CAPI_KEY_PHONE},
    {"external_id", (enum kind)CAPI_KEY_EXTERNAL_ID},
    {"fbc", (enum kind)CAPI_KEY_FBC},
    {"fbp", (enum kind)CAPI_KEY_FBP},
    {"client_ip_address", (enum kind)CAPI_KEY_IP},
    {"client_user_agent", (enum kind)CAPI_KEY_UA},
    {"fn", (enum kind)CAPI_KEY_NAME},
    {"ln", (enum kind)CAPI_KEY_NAME},
    {"ct", (enum kind)CAPI_KEY_ADDRESS},
    {"zp", (enum kind)CAPI_KEY_ADDRESS},
    {"ttclid", (enum kind)CAPI_KEY_CLICK},
    {"ttp", (enum kind)CAPI_KEY_FBP},
    {"phone_number", (enum kind)CAPI_KEY_PHONE},
    {"ip", (enum kind)CAPI_KEY_IP},
    {"user_agent", (enum kind)CAPI_KEY_UA},
    {"zip_code", (enum kind)CAPI_KEY_ADDRESS},
    {"click_id", (enum kind)CAPI_KEY_CLICK},
    {"epik", (enum kind)CAPI_KEY_CLICK},
    {"zp", (enum kind)CAPI_KEY_ADDRESS},
    {"emailAddress", (enum kind)CAPI_KEY_EMAIL},
    {"phoneNumber", (enum kind)CAPI_KEY_PHONE},
    {"userId", (enum kind)CAPI_KEY_EXTERNAL_ID},
    {"ipAddress", (enum kind)CAPI_KEY_IP},
    {"userAgent", (enum kind)CAPI_KEY_UA},
    {"givenName", (enum kind)CAPI_KEY_NAME},
    {"familyName", (enum kind)CAPI_KEY_NAME},
    {"postalCode", (enum kind)CAPI_KEY_ADDRESS},
    {"gclid", (enum kind)CAPI_KEY_CLICK},
    {"gbraid", (enum kind)CAPI_KEY_CLICK},
    {"wbraid", (enum kind)CAPI_KEY_CLICK},
    {"sc_click_id", (enum kind)CAPI_KEY_CLICK},
    {"sc_cookie1", (enum kind)CAPI_KEY_FBP},
    {"email", (enum kind)CAPI_KEY_EMAIL},
    {"phone", (enum kind)CAPI_KEY_PHONE},
    {"first_name", (enum kind)CAPI_KEY_NAME},
    {"last_name", (enum kind)CAPI_KEY_NAME},
    {"city", (enum kind)CAPI_KEY_ADDRESS},
    {"postal_code", (enum kind)CAPI_KEY_ADDRESS},
    {"fbclid", (enum kind)CAPI_KEY_CLICK},
    {"msclkid", (enum kind)CAPI_KEY_CLICK},
    {"twclid", (enum kind)CAPI_KEY_CLICK},
    {"rdt_cid", (enum kind)CAPI_KEY_CLICK},
    {"li_fat_id", (enum kind)CAPI_KEY_CLICK},
    {"hashed_maids", LEAD_ID},
    {"madid", LEAD_ID},
    {"lead_id", LEAD_ID},
    {"subscription_id", LEAD_ID},
    {"value", VALUE},
    {"conversionValue", VALUE},
    {"currency", CURRENCY},
    {"currencyCode", CURRENCY},
    {"event_time", TIME},
    {"eventTimestamp", TIME},
    {"action_source", ACTION},
    {"event_source", ACTION},
    {"eventSource", ACTION},
    {"event_source_url", URL},
    {"url", URL},
    {"dataset_id", DATASET},
    {"pixel_id", DATASET},
    {"pixel_code", DATASET},
    {"event_source_id", DATASET},
    {"test_event_code", TEST},
    {"ad_user_data", CONSENT},
    {"adUserData", CONSENT},
    {"items", ITEMS},
    {"contents", ITEMS},
    {"cartData", ITEMS},
    {"products", ITEMS},
};

/* Where platforms differ in what is right. Pinterest's schema wants the value
 * as a string (v5, 2026-09); Google takes RFC 3339 as time, Snapchat seconds
 * or milliseconds; Klaviyo takes plain data. */
static const struct quirk {
	const char *platform;
	bool string_value, text_time, milli_time, plain;
} quirks[] = {
    {.platform = "pinterest", .string_value = true},
    {.platform = "google", .text_time = true},
    {.platform = "snapchat", .milli_time = true},
    {.platform = "klaviyo", .plain = true},
};

static const struct quirk *
quirk_of(struct capi_str platform)
{
	static const struct quirk none;

	for (size_t i = 0; i < sizeof(quirks) / sizeof(quirks[0]); i++)
		if (capi_str_is(platform, quirks[i].platform))
			return &quirks[i];
	return &none;
}

/* Every member of every event is looked up: a table of hashes. */
#define SLOTS 512

static unsigned char slots[SLOTS];
static bool filled;

static size_t
slot_of(struct capi_str key)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < key.n; i++)
		h = (h ^ (unsigned char)key.p[i]) * 16777619u;
	return h % SLOTS;
}

static void
fill(void)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t at = slot_of(
		    (struct capi_str){names[i].name, strlen(names[i].name)});

		while (slots[at])
			at = (at + 1) % SLOTS;
		slots[at] = (unsigned char)(i + 1);
	}
	filled = true;
}

static enum kind
kind_of(const struct capi_json *v)
{
	struct capi_str key = {v->key, v->key_len};

	if (!v->key)
		return ANY;
	if (!filled)
		fill();
	for (size_t i = slot_of(key); slots[i]; i = (i + 1) % SLOTS)
		if (capi_str_is(key, names[slots[i] - 1].name))
			return names[slots[i] - 1].kind;
	return ANY;
}

/* Digests of what is no identifier; computed with sha256sum, 2026-11-20. */
static const char *const void_digests[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b",
    "eb045d78d273107348b0300c01d29b7552d622abbc6faf81b3ec55359aa9950c",
    "140bedbf9c3f6d56a9846d2ba7088798683f4da0c248231336e6a05679e4fdfe",
    "dc937b59892604f5a86ac96936cd7ff09e25f18ae6b758e8014a24c7fa039e91",
    "fb329000228cc5a24c264c57139de8bf854fc86fc18bf1c04ab61a2b5cb4b921",
    "9b2d5b4678781e53038e91ea5324530a03f27dc1d0e5f6c9bc9d493a23be9de0",
    "a683c5c5349f6f7fb903ba8a9e7e55d0ba1b8f03579f95be83f4954c33e81098",
    "2fa568238f6d6aa0d84b7d66ec13b95eef51f803f1fdc5b8c54e475574ee6de3",
    "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b",
    "f660ab912ec121d1b1e928a0bb4bc61b15f5ad44d5efdc4e1c92a25e99b8e44a",
    "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9",
    /* user@example.com of the handbooks, and that hashed again */
    "b4c9a289323b21a01c3e940f150eb9b8c542587f1abfd8f0e1cc1ffc5e475514",
    "043e3ef5e76e423c9d3d3a5605bcb8904496c654fcd16180386298150d8e1b8f",
};

static const char *const void_words[] = {"undefined", "null", "none", "nan",
    "n/a", "na", "(not set)", "-", "test", "email", "0.0.0.0", "1234567890",
    "+1234567890", "0"};

static bool
enclosed(struct capi_str s, const char *open, const char *close)
{
	size_t a = strlen(open), b = strlen(close);

	return s.n > a + b && !memcmp(s.p, open, a) &&
	       !memcmp(s.p + s.n - b, close, b) && s.n < 64;
}

/* A template in a text, filled in or not around it. */
static bool
unfilled(struct capi_str s, const char *open, char close)
{
	size_t n = strlen(open);

	for (size_t i = 0; i + n < s.n; i++)
		if (!memcmp(s.p + i, open, n))
			return memchr(s.p + i + n, close, s.n - i - n) != NULL;
	return false;
}

static bool
one_digit(struct capi_str s)
{
	size_t from = s.n && s.p[0] == '+';

	if (s.n - from < 6)
		return false;
	for (size_t i = from; i < s.n; i++)
		if (s.p[i] != s.p[from] || !capi_is_digit(s.p[i]))
			return false;
	return true;
}

/* Is it something that stands for "no value"? Digests of such as well. */
static bool
is_placeholder(struct capi_str s)
{
	if (s.n == 64)
		for (size_t i = 0; i < sizeof(void_digests) / sizeof(char *);
		     i++)
			if (!memcmp(s.p, void_digests[i], 64))
				return true;
	for (size_t i = 0; i < sizeof(void_words) / sizeof(char *); i++)
		if (capi_str_is_nocase(s, void_words[i]))
			return true;
	return unfilled(s, "{{", '}') || unfilled(s, "${", '}') ||
	       enclosed(s, "%", "%") || enclosed(s, "[", "]") ||
	       enclosed(s, "<", ">") || one_digit(s) ||
	       (s.n > 10 && !memcmp(s.p, "test@test.", 10));
}

enum hex { NO_HEX, LOWER_HEX, UPPER_HEX };

static enum hex
hex_case(struct capi_str s)
{
	bool upper = false;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (capi_is_digit(c) || (c >= 'a' && c <= 'f'))
			continue;
		if (c < 'A' || c > 'F')
			return NO_HEX;
		upper = true;
	}
	return upper ? UPPER_HEX : LOWER_HEX;
}

/* 64 hex digits to the first 8 bytes; 0 when it is none. */
static int64_t
digest_prefix(struct capi_str s)
{
	uint64_t n = 0;

	if (s.n != 64 || hex_case(s) == NO_HEX)
		return 0;
	for (int i = 0; i < 16; i++) {
		char c = capi_lower(s.p[i]);

		n = n << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return (int64_t)n;
}

static bool
starts(struct capi_str s, const char *prefix)
{
	for (size_t i = 0; prefix[i]; i++)
		if (i >= s.n || capi_lower(s.p[i]) != prefix[i])
			return false;
	return true;
}

static bool
holds(struct capi_str s, const char *part)
{
	for (size_t i = 0; i + strlen(part) <= s.n; i++)
		if (starts((struct capi_str){s.p + i, s.n - i}, part))
			return true;
	return false;
}

/* Agents of programs; after monperrus/crawler-user-agents, read 2026-11-20. */
bool
capi_ua_is_program(struct capi_str ua)
{
	static const char *const programs[] = {"curl/", "wget/",
	    "python-requests", "python-urllib", "aiohttp", "go-http-client",
	    "okhttp", "java/", "apache-httpclient", "jakarta", "axios", "node",
	    "undici", "got", "php", "guzzlehttp", "ruby", "faraday",
	    "libwww-perl", "postmanruntime", "insomnia", "wordpress/", "zapier",
	    "shopify", "stripe/", "dart/"};

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (starts(ua, programs[i]))
			return true;
	return !starts(ua, "mozilla/");
}

const char *
capi_ua_family(struct capi_str ua)
{
	static const struct {
		const char *part, *family;
	} families[] = {
	    {"iphone", "ios"},
	    {"ipod", "ios"},
	    {"ipad", "ios"},
	    {"android", "android"},
	    {"windows", "windows"},
	    {"macintosh", "mac"},
	    {"linux", "linux"},
	};

	if (!ua.n)
		return "";
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (holds(ua, families[i].part))
			return families[i].family;
	return "other";
}

const char *
capi_ua_app(struct capi_str ua)
{
	static const struct {
		const char *part, *app;
	} apps[] = {
	    {"fban", "Facebook"},
	    {"fbav", "Facebook"},
	    {"instagram", "Instagram"},
	    {"tiktok", "TikTok"},
	    {"musical_ly", "TikTok"},
	    {"bytedance", "TikTok"},
	    {"pinterest", "Pinterest"},
	    {"snapchat", "Snapchat"},
	};

	for (size_t i = 0; i < sizeof(apps) / sizeof(apps[0]); i++)
		if (holds(ua, apps[i].part))
			return apps[i].app;
	return ua.n ? "none" : "";
}

/* ip, user agent and browser ids are read by the platform as they are. */
#define PLAIN_KEYS                                                             \
	((1u << CAPI_KEY_FBC) | (1u << CAPI_KEY_FBP) | (1u << CAPI_KEY_IP) |   \
	    (1u << CAPI_KEY_UA) | (1u << CAPI_KEY_CLICK))

static void
take_key(struct capi_payload *p, int key, struct capi_str s, bool hashed)
{
	uint32_t bit = 1u << key;
	enum hex hex = hex_case(s);
	bool digest = s.n == 64 && hex != NO_HEX;

	if (!capi_text_trim(s.p, s.n).n) {
		p->faults[CAPI_FAULT_EMPTY] |= bit;
		return;
	}
	if (is_placeholder(s)) {
		p->faults[CAPI_FAULT_PLACEHOLDER] |= bit;
		return;
	}
	if (PLAIN_KEYS & bit) {
		if (digest)
			p->faults[CAPI_FAULT_HASHED] |= bit;
		else
			p->have |= bit;
		if (key == CAPI_KEY_FBC)
			p->have |= p->have & bit ? 1u << CAPI_KEY_CLICK : 0;
		if (key == CAPI_KEY_IP && !digest)
			p->ip = s;
		if (key == CAPI_KEY_UA)
			p->ua = s;
		return;
	}
	if (digest) {
		if (hex == UPPER_HEX)
			p->faults[CAPI_FAULT_UPPER] |= bit;
		p->have |= bit;
		if (key == CAPI_KEY_EMAIL && !p->email)
			p->email = digest_prefix(s);
		if (key == CAPI_KEY_PHONE && !p->phone)
			p->phone = digest_prefix(s);
		if (key == CAPI_KEY_EXTERNAL_ID && !p->external_id)
			p->external_id = digest_prefix(s);
		return;
	}
	if ((s.n == 32 || s.n == 40) && hex != NO_HEX &&
	    (key == CAPI_KEY_EMAIL || key == CAPI_KEY_PHONE)) {
		p->faults[CAPI_FAULT_OTHER_DIGEST] |= bit;
		return;
	}
	/* An e-mail or phone in a body that should carry digests only. Names
	 * and places are plain on some platforms. */
	if (hashed && (key == CAPI_KEY_EMAIL || key == CAPI_KEY_PHONE)) {
		p->faults[CAPI_FAULT_PLAIN] |= bit;
		return;
	}
	p->have |= bit;
}

static bool
is_string(const struct capi_json *v)
{
	return v->type == CAPI_JSON_STRING;
}

/* A finding shows the amount that is wrong, and a cell that slid over from
 * another column is an address or a name: an amount has a currency's letters
 * or its sign at most. */
struct capi_str
capi_payload_amount(struct capi_str s)
{
	size_t digits = 0, others = 0;

	for (size_t i = 0; i < s.n; i++) {
		digits += capi_is_digit(s.p[i]);
		others += !capi_is_digit(s.p[i]) && !memchr(" .,'-", s.p[i], 5);
	}
	if (digits <= 12 && others <= 3 && s.n <= 20)
		return s;
	return (struct capi_str){NULL, 0};
}

static void
take_value(struct capi_payload *p, const struct capi_json *v)
{
	struct capi_str s = {v->text, v->len};

	p->value = capi_payload_amount(s);
	if (v->type == CAPI_JSON_NULL || (is_string(v) && !s.n))
		p->value_fault = CAPI_VALUE_NONE;
	else if (!capi_clock_decimal(s, false, &p->micros))
		p->value_fault = CAPI_VALUE_NOT_A_NUMBER;
	else if (p->micros <= 0)
		p->value_fault = CAPI_VALUE_NOT_POSITIVE;
	else if (is_string(v) && p->request &&
		 !quirk_of(p->platform)->string_value)
		p->value_fault = CAPI_VALUE_STRING;
	else
		p->value_fault = CAPI_VALUE_GOOD;
}

static void
take_currency(struct capi_payload *p, const struct capi_json *v)
{
	bool letters = v->len == 3, lower = false;
	char code[4];

	p->currency = capi_payload_amount((struct capi_str){v->text, v->len});
	if (!is_string(v) || !v->len) {
		p->currency_fault = CAPI_CURRENCY_NONE;
		return;
	}
	for (size_t i = 0; i < v->len; i++) {
		letters = letters && capi_is_alpha(v->text[i]);
		lower = lower || (v->text[i] >= 'a' && v->text[i] <= 'z');
	}
	p->currency_fault = !letters || capi_place_currency(v->text, 3, code)
				? CAPI_CURRENCY_UNKNOWN
			    : lower ? CAPI_CURRENCY_CASE
				    : CAPI_CURRENCY_GOOD;
}

static void
take_time(struct capi_payload *p, const struct capi_json *v)
{
	struct capi_str s = {v->text, v->len};
	const struct quirk *q = quirk_of(p->platform);

	p->time_form = CAPI_TIME_GOOD;
	if (v->type == CAPI_JSON_NULL || !s.n ||
	    !capi_clock_parse_time(s, &p->time)) {
		p->time_form =
		    s.n && is_string(v) ? CAPI_TIME_STRING : CAPI_TIME_NONE;
		p->time = -1;
		return;
	}
	if (p->time == 0)
		p->time_form = CAPI_TIME_ZERO;
	else if (p->time >= INT64_C(100000000000000)) {
		p->time_form = CAPI_TIME_MICRO;
		p->time /= 1000000;
	} else if (p->time >= INT64_C(100000000000)) {
		p->time_form = q->milli_time ? CAPI_TIME_GOOD : CAPI_TIME_MILLI;
		p->time /= 1000;
	} else if (is_string(v) && p->request && !q->text_time)
		p->time_form = CAPI_TIME_STRING;
	else if (!is_string(v) && memchr(s.p, '.', s.n))
		p->time_form = CAPI_TIME_FRACTION;
}

static void
take_leaf(struct capi_payload *p, enum kind kind, const struct capi_json *v,
    bool hashed)
{
	struct capi_str s = {v->text, v->len};

	if (v->type == CAPI_JSON_NULL || v->type >= CAPI_JSON_ARRAY)
		s = (struct capi_str){"", 0};
	switch ((int)kind) {
	case ANY:
	case ITEMS:
		return;
	case VALUE:
		take_value(p, v);
		return;
	case CURRENCY:
		take_currency(p, v);
		return;
	case TIME:
		take_time(p, v);
		return;
	case ACTION:
		p->action_source = s;
		return;
	case URL:
		p->url = p->url || s.n;
		return;
	case DATASET:
		p->dataset = s;
		return;
	case TEST:
		p->test_code = s.n;
		return;
	case CONSENT:
		p->denied = capi_consent_word(s) == CAPI_CONSENT_DENIED;
		return;
	case LEAD_ID:
		p->lead_id = s.n;
		return;
	default:
		take_key(p, (int)kind, s, hashed);
	}
}

/* A member without a known name inherits its parent's: "email": {"lower":
 * [...]} are e-mails. */
static void
walk(struct capi_payload *p, const struct capi_json *v, enum kind inherited,
    bool hashed)
{
	enum kind kind = kind_of(v);

	if (inherited == ITEMS)
		return;
	if (kind == ANY)
		kind = inherited;
	if (v->key && v->key_len == 6 && !memcmp(v->key, "hashed", 6))
		hashed = true;
	if (v->type < CAPI_JSON_ARRAY ||
	    (!v->child && (int)kind >= 0 && kind < (enum kind)CAPI_KEYS)) {
		take_leaf(p, kind, v, hashed);
		return;
	}
	for (const struct capi_json *c = v->child; c; c = c->next)
		walk(p, c, kind, hashed);
}

void
capi_payload_take(
    struct capi_payload *p, enum capi_audit_key key, struct capi_str s)
{
	take_key(p, (int)key, s, false);
}

static struct capi_str
text_of(const struct capi_json *obj, const char *key)
{
	const struct capi_json *v = capi_json_get(obj, key);

	if (!v || v->type == CAPI_JSON_NULL || v->type >= CAPI_JSON_ARRAY)
		return (struct capi_str){NULL, 0};
	return (struct capi_str){v->text, v->len};
}

size_t
capi_payload_canon(struct capi_str id, char *out, size_t size)
{
	static const char *const prefixes[] = {"order", "ord", "purchase",
	    "inv", "txn", "evt", "wc_order", "pi", "ch"};
	struct capi_str s = capi_text_trim(id.p, id.n);
	size_t n = 0, best = 0;

	if (s.n && s.p[0] == '#') {
		s.p++;
		s.n--;
	}
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t k = strlen(prefixes[i]);

		if (k > best && s.n > k && starts(s, prefixes[i]) &&
		    !capi_is_alpha(s.p[k]))
			best = k;
	}
	if (best && memchr("-_: #", s.p[best], 5))
		best++;
	while (best + 1 < s.n && s.p[best] == '0')
		best++;
	for (size_t i = best; i < s.n && n < size; i++)
		out[n++] = capi_lower(s.p[i]);
	return n;
}

bool
capi_payload_read(struct capi_payload *p, const struct capi_json *line)
{
	const struct capi_json *event = capi_json_get(line, "event");

	memset(p, 0, sizeof(*p));
	p->time = -1;
	p->time_form = CAPI_TIME_NONE;
	p->value_fault = CAPI_VALUE_NONE;
	p->currency_fault = CAPI_CURRENCY_NONE;
	p->platform = text_of(line, "platform");
	if (p->platform.p && !event)
		return false;
	p->request = p->platform.p != NULL;
	p->event_name = text_of(line, "event_name");
	p->event_id = text_of(line, "event_id");
	walk(p, p->request ? event : line, ANY,
	    p->request && !quirk_of(p->platform)->plain);
	if (capi_json_get(line, "test_event_code"))
		p->test_code = true;
	if (!p->event_name.p && event)
		p->event_name = text_of(event, "event_name");
	if (!p->event_id.p && event)
		p->event_id = text_of(event, "event_id");
	if (p->time_form == CAPI_TIME_NONE && capi_json_get(line, "event_time"))
		take_time(p, capi_json_get(line, "event_time"));
	return true;
}
