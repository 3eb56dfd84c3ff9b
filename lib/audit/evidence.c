#include "evidence.h"

#include <string.h>

#include "../platform.h"
#include "../seen.h"
#include "payload.h"

/* Names as platforms and tools spell them, and what they mean here. */
static const struct {
	const char *name, *canonical;
} event_names[] = {
    {"Purchase", "Purchase"},
    {"CompletePayment", "Purchase"},
    {"checkout", "Purchase"},
    {"PURCHASE", "Purchase"},
    {"Placed Order", "Purchase"},
    {"purchase", "Purchase"},
    {"Lead", "Lead"},
    {"SubmitForm", "Lead"},
    {"lead", "Lead"},
    {"CompleteRegistration", "CompleteRegistration"},
    {"signup", "CompleteRegistration"},
    {"SIGN_UP", "CompleteRegistration"},
    {"InitiateCheckout", "InitiateCheckout"},
    {"START_CHECKOUT", "InitiateCheckout"},
    {"initiate_checkout", "InitiateCheckout"},
    {"AddToCart", "AddToCart"},
    {"add_to_cart", "AddToCart"},
    {"ADD_CART", "AddToCart"},
    {"PageView", "PageView"},
    {"Pageview", "PageView"},
    {"page_visit", "PageView"},
    {"PAGE_VIEW", "PageView"},
    {"ViewContent", "ViewContent"},
    {"VIEW_CONTENT", "ViewContent"},
    {"view_content", "ViewContent"},
    {"Search", "Search"},
    {"search", "Search"},
    {"SEARCH", "Search"},
    {"AddPaymentInfo", "AddPaymentInfo"},
    {"ADD_BILLING", "AddPaymentInfo"},
    {"add_payment_info", "AddPaymentInfo"},
    {"AddToWishlist", "AddToWishlist"},
    {"Subscribe", "Subscribe"},
    {"StartTrial", "StartTrial"},
    {"Contact", "Contact"},
    {"Schedule", "Schedule"},
    {"FindLocation", "FindLocation"},
    {"SubmitApplication", "SubmitApplication"},
    {"Donate", "Donate"},
    {"CustomizeProduct", "CustomizeProduct"},
    {"PlaceAnOrder", "PlaceAnOrder"},
};

#define EVENT_NAMES (sizeof(event_names) / sizeof(event_names[0]))

/* Equal but for case, '_', '-' and spaces, and a 'd' at the end: the ways in
 * which "Purchased" and "add_to_cart" miss the exact name. */
static bool
folds_to(struct capi_str s, const char *name)
{
	size_t i = 0;

	for (;;) {
		while (i < s.n &&
		       (s.p[i] == '_' || s.p[i] == '-' || s.p[i] == ' '))
			i++;
		while (*name == '_' || *name == ' ')
			name++;
		if (i == s.n || !*name)
			break;
		if (capi_lower(s.p[i++]) != capi_lower(*name++))
			return false;
	}
	return !*name &&
	       (i == s.n || (i + 1 == s.n && capi_lower(s.p[i]) == 'd'));
}

const char *
capi_event_canonical(struct capi_str name)
{
	for (size_t i = 0; i < EVENT_NAMES; i++)
		if (capi_str_is(name, event_names[i].name))
			return event_names[i].canonical;
	for (size_t i = 0; i < EVENT_NAMES; i++)
		if (folds_to(name, event_names[i].name))
			return event_names[i].canonical;
	return NULL;
}

bool
capi_event_exact(struct capi_str name)
{
	for (size_t i = 0; i < EVENT_NAMES; i++)
		if (capi_str_is(name, event_names[i].name))
			return true;
	return false;
}

/* A name and its meaning; `known` is NULL for the few that are long or come
 * after many others. */
struct name {
	struct capi_str canonical;
	struct capi_index_name *known;
};

static struct capi_index_name *
remember_name(struct capi_index *x, struct capi_str name)
{
	struct capi_index_name *n = &x->names[x->name_count];

	if (name.n > sizeof(n->text) || x->name_count == CAPI_INDEX_NAMES)
		return NULL;
	x->name_count++;
	memcpy(n->text, name.p, name.n);
	n->len = name.n;
	n->canonical = capi_event_canonical(name);
	n->exact = capi_event_exact(name);
	for (struct capi_index_name *o = x->names; o != n; o++)
		if (o->ordered &&
		    (o->canonical && n->canonical
			    ? !strcmp(o->canonical, n->canonical)
			    : o->canonical == n->canonical &&
				  o->len == n->len &&
				  !memcmp(o->text, n->text, n->len)))
			n->ordered = true;
	return n;
}

/* Looked up once for each name, not for each event. */
static struct name
meaning(struct capi_audit *a, struct capi_str name)
{
	struct capi_index *x = &a->index;
	struct name m = {name, NULL};
	const char *c;

	if (!name.p)
		return m;
	for (size_t i = 0; i < x->name_count && !m.known; i++)
		if (x->names[i].len == name.n &&
		    !memcmp(x->names[i].text, name.p, name.n))
			m.known = &x->names[i];
	if (!m.known)
		m.known = remember_name(x, name);
	c = m.known ? m.known->canonical : capi_event_canonical(name);
	if (c)
		m.canonical = (struct capi_str){c, strlen(c)};
	return m;
}

#define CANON_MAX 256

static uint64_t
key_of(struct capi_str id, struct capi_str name)
{
	return capi_seen_hash(id.p ? id : (struct capi_str){"", 0}, name);
}

/* Of the id undressed, for finding ids that differ in their dress only; 0 for
 * none. */
static uint64_t
undressed_key(struct capi_str id, struct capi_str name)
{
	char room[CANON_MAX];

	if (!id.n)
		return 0;
	if (id.n <= CANON_MAX)
		id = (struct capi_str){
		    room, capi_payload_canon(id, room, CANON_MAX)};
	return id.n ? key_of(id, name) : 0;
}

/* The order of the row if it counts, else NULL. */
static struct capi_index_order *
counted_order(struct capi_audit *a, uint32_t row)
{
	struct capi_index_order *o = row ? &a->index.orders[row] : NULL;

	return o && o->counts ? o : NULL;
}

static const char *
keep_dest(void *arg, struct capi_str name)
{
	struct capi_audit *a = arg;

	return capi_arena_dup(&a->arena, name.p, name.n);
}

static int64_t
sql_day(void *arg, const int64_t *v)
{
	(void)arg;
	return capi_clock_day((int)v[0], v[1]);
}

void
capi_evidence_open(struct capi_audit *a)
{
	capi_sql_define(a->db, "day", 2, sql_day, NULL);
	capi_sql_exec(a->db,
	    "CREATE TABLE orders(n INTEGER PRIMARY KEY, event_id TEXT,"
	    " order_id TEXT, name TEXT, time INT, micros INT, value TEXT,"
	    " currency TEXT, left_out TEXT, status TEXT, action TEXT,"
	    " device TEXT, country TEXT, payment TEXT, have INT, ip TEXT,"
	    " denied INT, spellings BLOB, line INT, k INT, ck INT, file INT);"
	    "CREATE TABLE receipts(n INTEGER PRIMARY KEY, dest TEXT,"
	    " platform TEXT, event TEXT, name TEXT, event_id TEXT, time INT,"
	    " outcome INT, attempts INT, status INT, code TEXT,"
	    " sent_at INT, latency INT, batch TEXT, reason TEXT, line INT,"
	    " k INT, ck INT, o INT, d INT, first INT);"
	    "CREATE TABLE payloads(n INTEGER PRIMARY KEY, platform TEXT,"
	    " event TEXT, name TEXT, event_id TEXT, time INT, form INT,"
	    " action TEXT, url INT, ip TEXT, ua TEXT, program INT, have INT,"
	    " faults INT, f0 INT, f1 INT, f2 INT, f3 INT, f4 INT, f5 INT,"
	    " email INT, phone INT, ext INT, micros INT, value TEXT,"
	    " value_fault INT, currency TEXT, currency_fault INT,"
	    " dataset TEXT, test INT, denied INT, request INT, line INT,"
	    " lead INT, k INT, ck INT, o INT, d INT, first INT);"
	    "CREATE TABLE browser(n INTEGER PRIMARY KEY, event TEXT,"
	    " name TEXT, event_id TEXT, time INT, arrival INT, dataset TEXT,"
	    " k INT, ck INT, o INT);"
	    "CREATE TABLE counts(report INT, day INT, last INT, name TEXT,"
	    " source TEXT, micros INT, value INT, currency TEXT);"
	    "CREATE TABLE quality(platform TEXT, name TEXT, day INT,"
	    " item TEXT, score REAL, goal REAL, count INT, words TEXT);"
	    "CREATE TABLE history(at INT, name TEXT, platform TEXT,"
	    " event TEXT, item TEXT, value REAL, n INT, have INT);"
	    "CREATE TABLE changes(time INT, what TEXT);"
	    "CREATE TABLE items(n INTEGER PRIMARY KEY, finding INT,"
	    " class TEXT, platform TEXT, order_id TEXT, event_id TEXT,"
	    " time INT, value TEXT, currency TEXT, reason TEXT, repair TEXT,"
	    " line INT);"
	    "CREATE TABLE finals(receipt INTEGER PRIMARY KEY, dest TEXT,"
	    " o INT, delivered INT, extra INT);"
	    "CREATE TABLE ledger(n INT, dest TEXT, class INT, reason TEXT,"
	    " receipt INT)");
}

static struct capi_str
text_at(const struct capi_json *obj, const char *path)
{
	const struct capi_json *v = capi_json_at(obj, path);

	if (v && v->type == CAPI_JSON_ARRAY)
		v = v->child;
	if (!v || v->type == CAPI_JSON_NULL || v->type >= CAPI_JSON_ARRAY)
		return (struct capi_str){NULL, 0};
	return (struct capi_str){v->text, v->len};
}

static int64_t
int_at(const struct capi_json *obj, const char *path, int64_t otherwise)
{
	struct capi_str s = text_at(obj, path);
	int64_t micros;

	if (!s.p || !capi_clock_decimal(s, false, &micros))
		return otherwise;
	return micros / CAPI_MICROS;
}

/* -1 when there is none or it can not be read. */
static int64_t
time_at(const struct capi_json *obj, const char *path)
{
	struct capi_str s = text_at(obj, path);
	int64_t time;

	if (!s.p || !capi_clock_parse_time(s, &time))
		return -1;
	if (time >= INT64_C(100000000000000))
		return time / 1000000;
	return time >= INT64_C(100000000000) ? time / 1000 : time;
}

/* What a status says about counting. Those that are not here count: a CRM's
 * stages are its own. Shopify, WooCommerce, Stripe; inputs as read 2026-09. */
static const struct {
	const char *status, *left_out;
} statuses[] = {
    {"refunded", "refunded"},
    {"cancelled", "cancelled"},
    {"canceled", "cancelled"},
    {"voided", "cancelled"},
    {"trash", "cancelled"},
    {"pending", "pending"},
    {"authorized", "pending"},
    {"on-hold", "pending"},
    {"unpaid", "pending"},
    {"requires_capture", "pending"},
    {"partially_paid", "partially paid"},
    {"failed", "payment failed"},
    {"expired", "payment failed"},
    {"test", "test"},
    {"uncaptured", "pending"},
    {"deleted", "cancelled"},
    {"lost", "lost"},
    {"open", "open"},
    {"disputed", "disputed"},
};

static const char *
status_reason(const struct capi_audit *a, struct capi_str status)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (!capi_str_is_nocase(status, statuses[i].status))
			continue;
		if (a->keep_refunded &&
		    !strcmp(statuses[i].left_out, "refunded"))
			return NULL;
		if (a->keep_partial &&
		    !strcmp(statuses[i].left_out, "partially paid"))
			return NULL;
		return statuses[i].left_out;
	}
	return NULL;
}

/* audit's truth: counted, and not test, refunded, cancelled, pending, free or
 * outside the window. NULL: it counts. */
static const char *
left_out(struct capi_audit *a, const struct capi_json *event, int64_t time,
    int64_t micros, bool has_value, bool purchase)
{
	const char *reason;
	struct capi_str refunded = text_at(event, "source.refunded_value");
	int64_t back;

	if (capi_str_is(text_at(event, "source.test"), "true"))
		return "test";
	reason = status_reason(a, text_at(event, "source.status"));
	if (reason)
		return reason;
	if (a->withhold_free && purchase && has_value && micros == 0)
		return "zero value";
	if (!a->keep_refunded && has_value && refunded.p &&
	    capi_clock_decimal(refunded, false, &back) && back >= micros)
		return "refunded";
	if (a->from <= a->to) {
		int64_t day = capi_clock_day(a->zone, time);

		if (day < a->from || day > a->to)
			return "outside the window";
	}
	return NULL;
}

static void
add_spelling(struct capi_audit *a, unsigned char *blob, size_t *at,
    const void *p, size_t n)
{
	unsigned char raw[CAPI_DIGEST_BYTES];

	capi_digest_raw(a->digest, p, n, raw);
	memcpy(blob + *at, raw, 8);
	*at += 8;
}

/* The first bytes of the digests of all the ways in which the order's e-mail
 * and phone may have been hashed, right and wrong, in the order of the table
 * in check_pay.c. The values themselves are not kept. */
static size_t
spell(struct capi_audit *a, struct capi_str email, struct capi_str phone,
    unsigned char *blob)
{
	struct capi_buf b = CAPI_BUF_INIT(4096);
	char hex[CAPI_DIGEST_HEX];
	size_t at = 0, n;

	memset(blob, 0, CAPI_SPELLINGS * 8);
	if (email.n && email.n < 1000) {
		capi_text_lower(&b, email.p, email.n);
		n = b.len;
		add_spelling(a, blob, &at, b.data, n);
		add_spelling(a, blob, &at, email.p, email.n);
		capi_buf_addc(&b, '\n');
		add_spelling(a, blob, &at, b.data, n + 1);
		capi_digest_hex(a->digest, b.data, n, hex);
		add_spelling(a, blob, &at, hex, sizeof(hex));
		for (size_t i = 0; i < sizeof(hex); i++)
			hex[i] = capi_upper(hex[i]);
		add_spelling(a, blob, &at, hex, sizeof(hex));
		for (size_t i = 0; i < n; i++)
			b.data[i] = capi_upper(b.data[i]);
		add_spelling(a, blob, &at, b.data, n);
		capi_buf_reset(&b);
		capi_text_lower(&b, email.p, email.n);
		for (size_t i = n = 0; i < b.len; i++)
			if (b.data[i] != '.' || memchr(b.data, '@', i))
				b.data[n++] = b.data[i];
		add_spelling(a, blob, &at, b.data, n);
		capi_buf_reset(&b);
		capi_buf_addc(&b, ' ');
		capi_text_lower(&b, email.p, email.n);
		add_spelling(a, blob, &at, b.data, b.len);
		capi_buf_addc(&b, ' ');
		add_spelling(a, blob, &at, b.data + 1, b.len - 1);
	}
	at = CAPI_SPELL_PHONE * 8;
	if (phone.n > 6 && phone.n < 32 && phone.p[0] == '+') {
		const char *digits = phone.p + 1;
		size_t count = phone.n - 1;

		add_spelling(a, blob, &at, digits, count);
		add_spelling(a, blob, &at, phone.p, phone.n);
		for (size_t cc = 1; cc <= 3; cc++)
			add_spelling(a, blob, &at, digits + cc, count - cc);
		for (size_t cc = 1; cc <= 3; cc++) {
			capi_buf_reset(&b);
			capi_buf_addc(&b, '0');
			capi_buf_add(&b, digits + cc, count - cc);
			add_spelling(a, blob, &at, b.data, b.len);
		}
		capi_buf_reset(&b);
		capi_buf_adds(&b, "00");
		capi_buf_add(&b, digits, count);
		add_spelling(a, blob, &at, b.data, b.len);
		capi_buf_addc(&b, '\n');
		add_spelling(a, blob, &at, b.data + 2, count + 1);
		capi_digest_hex(a->digest, digits, count, hex);
		add_spelling(a, blob, &at, hex, sizeof(hex));
		capi_digest_hex(a->digest, phone.p, phone.n, hex);
		add_spelling(a, blob, &at, hex, sizeof(hex));
	}
	capi_buf_release(&b);
	return CAPI_SPELLINGS * 8;
}

static const char *
order_device(const struct capi_json *event, const struct capi_payload *p)
{
	struct capi_str device = text_at(event, "source.device");

	if (device.n && device.n < 16 && capi_str_is(device, "ios"))
		return "ios";
	return capi_ua_family(p->ua);
}

void
capi_evidence_unreadable(struct capi_audit *a, const struct capi_json *line)
{
	struct capi_str field = text_at(line, "refused.field");
	struct capi_str reason = text_at(line, "refused.reason");

	capi_sql_run(a->db,
	    "INSERT INTO orders(left_out, line, file) VALUES('refused: '||?1||"
	    "?2||?3, ?4, ?5)",
	    "tstii", field.p ? field : (struct capi_str){"", 0},
	    field.p ? ": " : "", reason.p ? reason : (struct capi_str){"", 0},
	    int_at(line, "refused.line", 0), a->order_file);
	capi_index_add_order(&a->index, 0, 0, false);
}

bool
capi_evidence_order(struct capi_audit *a, const struct capi_json *event,
    int64_t line, const char **why)
{
	struct capi_payload p;
	struct capi_str name, order_id, value, device;
	struct name called;
	uint64_t key;
	unsigned char blob[CAPI_SPELLINGS * 8];
	struct capi_str spellings = {NULL, 0};
	const char *reason;
	int64_t micros = 0, time;
	bool has_value;

	if (!capi_payload_read(&p, event) || !p.event_name.n) {
		*why = "no event_name: not an event";
		return false;
	}
	if (!p.event_id.n) {
		*why = "no event_id";
		return false;
	}
	time = time_at(event, "event_time");
	if (time < 0) {
		*why = "no event_time";
		return false;
	}
	called = meaning(a, p.event_name);
	if (called.known)
		called.known->ordered = true;
	name = called.canonical;
	order_id = text_at(event, "custom_data.order_id");
	if (!order_id.n)
		order_id = p.event_id;
	value = text_at(event, "custom_data.value");
	has_value = value.p && capi_clock_decimal(value, false, &micros);
	reason = left_out(
	    a, event, time, micros, has_value, capi_str_is(name, "Purchase"));
	/* A row is an order once: later rows with the same id are duplicates.
	 * A reader that "fills down" item rows would else multiply orders. */
	key = key_of(p.event_id, name);
	if (capi_index_add_order(&a->index, key, time, !reason))
		reason = "duplicate row";
	if (a->has[CAPI_ROLE_EVENTS])
		spellings = (struct capi_str){(const char *)blob,
		    spell(a, text_at(event, "user_data.email"),
			text_at(event, "user_data.phone"), blob)};
	device.p = order_device(event, &p);
	device.n = strlen(device.p);
	capi_sql_run(a->db,
	    "INSERT INTO orders(event_id, order_id, name, time, micros,"
	    " value, currency, left_out, status, action, device, country,"
	    " payment, have, ip, denied, spellings, line, k, ck, file)"
	    " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	    "tttiittsttttt"
	    "itibiiii",
	    p.event_id, order_id, name, time, has_value ? micros : INT64_C(0),
	    value, text_at(event, "custom_data.currency"), reason,
	    text_at(event, "source.status"), p.action_source, device,
	    text_at(event, "user_data.country"),
	    text_at(event, "custom_data.payment_method"), (int64_t)p.have, p.ip,
	    (int64_t)p.denied, spellings, int_at(event, "source.line", line),
	    (int64_t)key, (int64_t)undressed_key(p.event_id, name),
	    a->order_file);
	return true;
}

/* By the enum of capi-send's receipts, in the words of capi-event(5). */
static const struct {
	const char *outcome;
	enum capi_ledger_class class;
} outcomes[] = {
    {"delivered", CAPI_LEDGER_DELIVERED},
    {"duplicate", CAPI_LEDGER_DELIVERED},
    {"queued", CAPI_LEDGER_QUEUED},
    {"parked", CAPI_LEDGER_PARKED},
    {"unknown", CAPI_LEDGER_UNKNOWN},
    {"refused", CAPI_LEDGER_REFUSED},
    {"withheld", CAPI_LEDGER_WITHHELD},
    {"dry-run", CAPI_LEDGER_DRY_RUN},
};

/* A delivery decides, whatever was said before or after it; a duplicate tells
 * of one; else the last word counts. */
static int
rank(uint8_t outcome)
{
	return outcome == CAPI_LEDGER_DELIVERED    ? 2
	       : outcome == CAPI_OUTCOME_DUPLICATE ? 1
						   : 0;
}

/* The next receipt. *first: it is the first delivery. */
static struct capi_index_final *
follow(
    struct capi_audit *a, uint64_t key, int dest, uint8_t outcome, bool *first)
{
	bool known;
	struct capi_index_final *f =
	    capi_index_final(&a->index, key, dest, &known);

	a->receipts++;
	if (!known || rank(outcome) >= rank(f->outcome)) {
		f->receipt = (uint32_t)a->receipts;
		f->outcome = outcome;
	}
	*first = outcome == CAPI_LEDGER_DELIVERED && !f->delivered;
	f->delivered += outcome == CAPI_LEDGER_DELIVERED;
	f->parked = f->parked || outcome == CAPI_LEDGER_PARKED;
	f->attempted = f->attempted || rank(outcome) ||
		       outcome == CAPI_LEDGER_PARKED ||
		       outcome == CAPI_LEDGER_UNKNOWN;
	return f;
}

bool
capi_evidence_receipt(struct capi_audit *a, const struct capi_json *r,
    int64_t line, const char **why)
{
	struct capi_str outcome = text_at(r, "outcome");
	struct capi_str dest = text_at(r, "destination");
	struct capi_str platform = text_at(r, "platform");
	struct capi_str event = text_at(r, "event_name");
	struct capi_str reason = text_at(r, "reason");
	struct capi_str id = text_at(r, "event_id");
	int64_t time = time_at(r, "event_time");
	struct name called;
	struct capi_index_final *final;
	struct capi_index_order *order;
	int64_t class = -1;
	uint64_t key;
	int number;
	bool first;

	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (capi_str_is(outcome, outcomes[i].outcome))
			class = (int64_t)outcomes[i].class;
	/* "duplicate" is delivered, but not by this line. */
	if (capi_str_is(outcome, "duplicate"))
		class = CAPI_OUTCOME_DUPLICATE;
	if (class < 0) {
		*why = outcome.p ? "outcome not known"
				 : "no outcome: not a "
				   "receipt";
		return false;
	}
	if (!platform.n || !event.n) {
		*why = "no platform or event_name";
		return false;
	}
	dest = dest.n ? dest : platform;
	number = capi_index_dest(&a->index, dest, keep_dest, a);
	if (number < 0) {
		*why = "too many destinations";
		return false;
	}
	called = meaning(a, event);
	key = key_of(id, called.canonical);
	final = follow(a, key, number, (uint8_t) class, &first);
	if (called.known) {
		called.known->events++;
		final->expected = called.known->ordered;
	}
	order = counted_order(a, final->order);
	if (order && class == CAPI_LEDGER_DELIVERED)
		order->sent = true;
	/* The code is stable and short, the reason is for people. */
	if (text_at(r, "code").n)
		reason = text_at(r, "code");
	capi_sql_run(a->db,
	    "INSERT INTO receipts(dest, platform, event, name, event_id,"
	    " time, outcome, attempts, status, code, sent_at, latency,"
	    " batch, reason, line, k, ck, o, first, d)"
	    " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,nullif(?,0),?,"
	    " CASE WHEN ?20 THEN ?21 END)",
	    "tttttiiiitiittiiiiiii", dest, platform, event, called.canonical,
	    id, time, class, int_at(r, "attempts", 1),
	    int_at(r, "http_status", 0), text_at(r, "code"),
	    time_at(r, "sent_at"), int_at(r, "latency_ms", -1),
	    text_at(r, "batch"), reason, line, (int64_t)key,
	    (int64_t)undressed_key(id, called.canonical),
	    (int64_t) final->order, (int64_t)first,
	    (int64_t)(order && time > 0), order ? time - order->time : 0);
	return true;
}

bool
capi_evidence_payload(struct capi_audit *a, const struct capi_json *e,
    int64_t line, const char **why)
{
	struct capi_payload p;
	struct name called;
	struct capi_index_order *order;
	int64_t faults = 0;
	uint64_t key;
	uint32_t row;
	bool first;

	if (!capi_payload_read(&p, e)) {
		if (capi_json_get(e, "withheld") || capi_json_get(e, "refused"))
			return true; /* a line of capi-build without event */
		*why = "neither an event nor a request";
		return false;
	}
	if (!p.event_name.n) {
		*why = "no event_name";
		return false;
	}
	for (int i = 0; i < CAPI_KEY_FAULTS; i++)
		faults |= p.faults[i];
	if (!p.platform.p)
		p.platform = (struct capi_str){"events", 6};
	called = meaning(a, p.event_name);
	if (called.known)
		called.known->events++;
	key = key_of(p.event_id, called.canonical);
	row = capi_index_order(&a->index, key);
	order = counted_order(a, row);
	if (order && p.request && !a->has[CAPI_ROLE_SENT])
		order->sent = true;
	first = capi_seen_add(&a->payload_ids, p.platform,
		    (struct capi_str){(const char *)&key, sizeof(key)}) !=
		CAPI_SEEN_BEFORE;
	capi_sql_run(a->db,
	    "INSERT INTO payloads(platform, event, name, event_id, time,"
	    " form, action, url, ip, ua, program, have, faults, f0, f1, f2,"
	    " f3, f4, f5, email, phone, ext, micros, value, value_fault,"
	    " currency, currency_fault, dataset, test, denied, request,"
	    " line, lead, k, ck, o, first, d) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,"
	    "?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,nullif(?,0),?,"
	    " CASE WHEN ?37 THEN ?38 END)",
	    "ttttiititti"
	    "iiiiiiii"
	    "iiiiti"
	    "titiiiii"
	    "iiiiii",
	    p.platform, p.event_name, called.canonical, p.event_id, p.time,
	    (int64_t)p.time_form, p.action_source, (int64_t)p.url, p.ip, p.ua,
	    (int64_t)(p.ua.n && capi_ua_is_program(p.ua)), (int64_t)p.have,
	    faults, (int64_t)p.faults[0], (int64_t)p.faults[1],
	    (int64_t)p.faults[2], (int64_t)p.faults[3], (int64_t)p.faults[4],
	    (int64_t)p.faults[5], p.email, p.phone, p.external_id, p.micros,
	    p.value, (int64_t)p.value_fault, p.currency,
	    (int64_t)p.currency_fault, p.dataset, (int64_t)p.test_code,
	    (int64_t)p.denied, (int64_t)p.request, line, (int64_t)p.lead_id,
	    (int64_t)key, (int64_t)undressed_key(p.event_id, called.canonical),
	    (int64_t)row, (int64_t)first, (int64_t)(order && p.time > 0),
	    order ? p.time - order->time : 0);
	return true;
}

bool
capi_evidence_browser(struct capi_audit *a, const struct capi_json *e,
    int64_t line, const char **why)
{
	struct capi_str event = text_at(e, "event_name");
	int64_t time = time_at(e, "event_time");
	int64_t arrival = time_at(e, "received_at");
	struct capi_str dataset = text_at(e, "dataset_id");
	struct capi_str id = text_at(e, "event_id");
	struct name called;
	uint64_t key;

	(void)line;
	if (!event.n)
		event = text_at(e, "event");
	if (!event.n) {
		*why = "no event_name";
		return false;
	}
	if (time < 0)
		time = time_at(e, "time");
	if (!dataset.n)
		dataset = text_at(e, "pixel_id");
	called = meaning(a, event);
	if (called.known)
		called.known->events++;
	key = key_of(id, called.canonical);
	capi_sql_run(a->db,
	    "INSERT INTO browser(event, name, event_id, time, arrival,"
	    " dataset, k, ck, o) VALUES(?,?,?,?,?,?,?,?,nullif(?,0))",
	    "tttiitiii", event, called.canonical, id, time, arrival, dataset,
	    (int64_t)key, (int64_t)undressed_key(id, called.canonical),
	    (int64_t)capi_index_order(&a->index, key));
	return true;
}

/* One pass over the orders; all sums are made of these few rows. */
static void
sum_orders(struct capi_audit *a)
{
	capi_sql_exec(a->db,
	    "CREATE TABLE order_sums AS SELECT file, left_out, currency,"
	    " count(*) AS n, sum(micros) AS micros, min(time) AS first,"
	    " max(time) AS last FROM orders GROUP BY 1, 2, 3");
}

/* What each file of orders held: known when duplicates over all files are. */
static void
describe_order_files(struct capi_audit *a)
{
	int64_t file = 0;

	for (struct capi_audit_row *r = a->rows; r; r = r->next) {
		struct capi_sql_stmt *s;

		if (strcmp(capi_row_words(r, "role"),
			capi_role_names[CAPI_ROLE_ORDERS]))
			continue;
		file++;
		capi_row_int(r, "orders",
		    capi_sql_one(a->db,
			"SELECT sum(n) FROM order_sums WHERE file=?1", "i",
			file));
		capi_row_int(r, "used",
		    capi_sql_one(a->db,
			"SELECT sum(n) FROM order_sums WHERE file=?1 AND"
			" left_out IS NULL",
			"i", file));
		s = capi_sql_query(a->db,
		    "SELECT left_out, sum(n) FROM order_sums WHERE file=?1 AND"
		    " left_out IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
		    " LIMIT ?2",
		    "ii", file, (int64_t)(CAPI_AUDIT_PAIRS - r->count));
		while (capi_sql_row(s))
			capi_row_int(r,
			    capi_audit_text(
				a, "left_out.%s", capi_sql_text(s, 0)),
			    capi_sql_int(s, 1));
	}
}

void
capi_evidence_close(struct capi_audit *a)
{
	struct capi_sql_stmt *s;

	if (a->reports)
		capi_sql_exec(
		    a->db, "CREATE INDEX orders_time ON orders(time)");
	sum_orders(a);
	describe_order_files(a);
	a->orders = capi_sql_one(a->db, "SELECT sum(n) FROM order_sums", "");
	s = capi_sql_query(a->db,
	    "SELECT sum(n), min(first), max(last) FROM order_sums WHERE"
	    " left_out IS NULL",
	    "");
	if (!capi_sql_row(s))
		return;
	a->used = capi_sql_int(s, 0);
	a->first = capi_clock_day(a->zone, capi_sql_int(s, 1));
	a->last = capi_clock_day(a->zone, capi_sql_int(s, 2));
	capi_sql_done(s);
}
