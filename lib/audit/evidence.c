#include "evidence.h"

#include <string.h>

#include "../platform.h"
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

static struct capi_str
canonical(struct capi_str name)
{
	const char *c = name.p ? capi_event_canonical(name) : NULL;

	return c ? (struct capi_str){c, strlen(c)} : name;
}

#define CANON_MAX 256

/* The id undressed, for finding ids that differ in their dress only. */
static struct capi_str
canon(struct capi_str id, char room[CANON_MAX])
{
	if (!id.p || id.n > CANON_MAX)
		return id;
	return (struct capi_str){room, capi_payload_canon(id, room, CANON_MAX)};
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
	    " denied INT, spellings BLOB, line INT, canon TEXT, file INT);"
	    "CREATE TABLE receipts(n INTEGER PRIMARY KEY, dest TEXT,"
	    " platform TEXT, event TEXT, name TEXT, event_id TEXT, time INT,"
	    " outcome INT, attempts INT, status INT, code TEXT,"
	    " sent_at INT, latency INT, batch TEXT, sha TEXT, reason TEXT,"
	    " line INT, canon TEXT);"
	    "CREATE TABLE payloads(n INTEGER PRIMARY KEY, platform TEXT,"
	    " event TEXT, name TEXT, event_id TEXT, time INT, form INT,"
	    " action TEXT, url INT, ip TEXT, ua TEXT, program INT, have INT,"
	    " faults INT, f0 INT, f1 INT, f2 INT, f3 INT, f4 INT, f5 INT,"
	    " email INT, phone INT, ext INT, micros INT, value TEXT,"
	    " value_fault INT, currency TEXT, currency_fault INT,"
	    " dataset TEXT, test INT, denied INT, request INT, line INT,"
	    " lead INT, canon TEXT);"
	    "CREATE TABLE browser(n INTEGER PRIMARY KEY, event TEXT,"
	    " name TEXT, event_id TEXT, time INT, arrival INT, dataset TEXT,"
	    " canon TEXT);"
	    "CREATE TABLE counts(report INT, day INT, last INT, name TEXT,"
	    " source TEXT, micros INT, value INT, currency TEXT);"
	    "CREATE TABLE quality(platform TEXT, name TEXT, day INT,"
	    " item TEXT, score REAL, goal REAL, count INT);"
	    "CREATE TABLE history(at INT, name TEXT, platform TEXT,"
	    " event TEXT, item TEXT, value REAL, n INT, have INT);"
	    "CREATE TABLE changes(time INT, what TEXT);"
	    "CREATE TABLE items(n INTEGER PRIMARY KEY, finding INT,"
	    " class TEXT, platform TEXT, order_id TEXT, event_id TEXT,"
	    " time INT, value TEXT, currency TEXT, reason TEXT, repair TEXT,"
	    " line INT);"
	    "CREATE TABLE finals(dest TEXT, platform TEXT, name TEXT,"
	    " event_id TEXT, outcome INT, reason TEXT, delivered INT,"
	    " receipt INT);"
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
}

bool
capi_evidence_order(struct capi_audit *a, const struct capi_json *event,
    int64_t line, const char **why)
{
	struct capi_payload p;
	char room[CANON_MAX];
	struct capi_str name, order_id, value, device;
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
	name = canonical(p.event_name);
	order_id = text_at(event, "custom_data.order_id");
	if (!order_id.n)
		order_id = p.event_id;
	value = text_at(event, "custom_data.value");
	has_value = value.p && capi_clock_decimal(value, false, &micros);
	reason = left_out(
	    a, event, time, micros, has_value, capi_str_is(name, "Purchase"));
	if (a->has[CAPI_ROLE_EVENTS])
		spellings = (struct capi_str){(const char *)blob,
		    spell(a, text_at(event, "user_data.email"),
			text_at(event, "user_data.phone"), blob)};
	device.p = order_device(event, &p);
	device.n = strlen(device.p);
	capi_sql_run(a->db,
	    "INSERT INTO orders(event_id, order_id, name, time, micros,"
	    " value, currency, left_out, status, action, device, country,"
	    " payment, have, ip, denied, spellings, line, canon, file)"
	    " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	    "tttiittsttttt"
	    "itibiti",
	    p.event_id, order_id, name, time, has_value ? micros : INT64_C(0),
	    value, text_at(event, "custom_data.currency"), reason,
	    text_at(event, "source.status"), p.action_source, device,
	    text_at(event, "user_data.country"),
	    text_at(event, "custom_data.payment_method"), (int64_t)p.have, p.ip,
	    (int64_t)p.denied, spellings, int_at(event, "source.line", line),
	    canon(p.event_id, room), a->order_file);
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

bool
capi_evidence_receipt(struct capi_audit *a, const struct capi_json *r,
    int64_t line, const char **why)
{
	struct capi_str outcome = text_at(r, "outcome");
	struct capi_str dest = text_at(r, "destination");
	struct capi_str platform = text_at(r, "platform");
	struct capi_str event = text_at(r, "event_name");
	struct capi_str reason = text_at(r, "reason");
	char room[CANON_MAX];
	int64_t class = -1;

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
	/* The code is stable and short, the reason is for people. */
	if (text_at(r, "code").n)
		reason = text_at(r, "code");
	capi_sql_run(a->db,
	    "INSERT INTO receipts(dest, platform, event, name, event_id,"
	    " time, outcome, attempts, status, code, sent_at, latency,"
	    " batch, sha, reason, line, canon)"
	    " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	    "tttttiiiitiitttit", dest.n ? dest : platform, platform, event,
	    canonical(event), text_at(r, "event_id"), time_at(r, "event_time"),
	    class, int_at(r, "attempts", 1), int_at(r, "http_status", 0),
	    text_at(r, "code"), time_at(r, "sent_at"),
	    int_at(r, "latency_ms", -1), text_at(r, "batch"),
	    text_at(r, "payload_sha256"), reason, line,
	    canon(text_at(r, "event_id"), room));
	return true;
}

bool
capi_evidence_payload(struct capi_audit *a, const struct capi_json *e,
    int64_t line, const char **why)
{
	struct capi_payload p;
	char room[CANON_MAX];
	int64_t faults = 0;

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
	capi_sql_run(a->db,
	    "INSERT INTO payloads(platform, event, name, event_id, time,"
	    " form, action, url, ip, ua, program, have, faults, f0, f1, f2,"
	    " f3, f4, f5, email, phone, ext, micros, value, value_fault,"
	    " currency, currency_fault, dataset, test, denied, request,"
	    " line, lead, canon) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
	    "?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	    "ttttiititti"
	    "iiiiiiii"
	    "iiiiti"
	    "titiiiiit",
	    p.platform, p.event_name, canonical(p.event_name), p.event_id,
	    p.time, (int64_t)p.time_form, p.action_source, (int64_t)p.url, p.ip,
	    p.ua, (int64_t)(p.ua.n && capi_ua_is_program(p.ua)),
	    (int64_t)p.have, faults, (int64_t)p.faults[0], (int64_t)p.faults[1],
	    (int64_t)p.faults[2], (int64_t)p.faults[3], (int64_t)p.faults[4],
	    (int64_t)p.faults[5], p.email, p.phone, p.external_id, p.micros,
	    p.value, (int64_t)p.value_fault, p.currency,
	    (int64_t)p.currency_fault, p.dataset, (int64_t)p.test_code,
	    (int64_t)p.denied, (int64_t)p.request, line, (int64_t)p.lead_id,
	    canon(p.event_id, room));
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
	char room[CANON_MAX];

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
	capi_sql_run(a->db,
	    "INSERT INTO browser(event, name, event_id, time, arrival,"
	    " dataset, canon) VALUES(?,?,?,?,?,?,?)",
	    "tttiitt", event, canonical(event), text_at(e, "event_id"), time,
	    arrival, dataset, canon(text_at(e, "event_id"), room));
	return true;
}

/* A row is an order once: later rows with the same id are duplicates. A
 * reader that "fills down" item rows would else multiply orders. */
static void
mark_repeated_rows(struct capi_audit *a)
{
	capi_sql_exec(a->db,
	    "CREATE INDEX orders_id ON orders(event_id, name);"
	    "UPDATE orders SET left_out='duplicate row' WHERE EXISTS("
	    " SELECT 1 FROM orders o WHERE o.event_id=orders.event_id"
	    " AND o.name=orders.name AND o.n<orders.n)");
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
			"SELECT count(*) FROM orders WHERE file=?1", "i",
			file));
		capi_row_int(r, "used",
		    capi_sql_one(a->db,
			"SELECT count(*) FROM orders WHERE file=?1 AND"
			" left_out IS NULL",
			"i", file));
		s = capi_sql_query(a->db,
		    "SELECT left_out, count(*) FROM orders WHERE file=?1 AND"
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
	mark_repeated_rows(a);
	capi_sql_exec(a->db,
	    "CREATE INDEX receipts_id ON receipts(event_id, name, dest);"
	    "CREATE INDEX payloads_id ON payloads(event_id, name);"
	    "CREATE INDEX browser_id ON browser(event_id, name);"
	    "CREATE INDEX orders_time ON orders(time)");
	describe_order_files(a);
	a->orders = capi_sql_one(a->db, "SELECT count(*) FROM orders", "");
	a->used = capi_sql_one(
	    a->db, "SELECT count(*) FROM orders WHERE left_out IS NULL", "");
	a->first = capi_clock_day(a->zone,
	    capi_sql_one(a->db,
		"SELECT min(time) FROM orders WHERE left_out IS NULL", ""));
	a->last = capi_clock_day(a->zone,
	    capi_sql_one(a->db,
		"SELECT max(time) FROM orders WHERE left_out IS NULL", ""));
}
