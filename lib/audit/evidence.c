#include "evidence.h"

#include <string.h>

#include "normalize/seen.h"
#include "member.h"
#include "payload.h"
#include "truth.h"

/* The order of the row if it counts, else NULL. */
static struct capi_index_order *
counted_order(struct capi_audit *a, uint32_t row)
{
	struct capi_index_order *o = row ? &a->index.orders[row] : NULL;

	return o && o->counts ? o : NULL;
}

void
capi_evidence_open(struct capi_audit *a)
{
	capi_sql_exec(a->db,
	    "CREATE TABLE orders(n INTEGER PRIMARY KEY, event_id TEXT,"
	    " order_id TEXT, name TEXT, time INT, micros INT, value TEXT,"
	    " currency TEXT, left_out TEXT, status TEXT, action TEXT,"
	    " device TEXT, country TEXT, payment TEXT, have INT, ip TEXT,"
	    " denied INT, spellings BLOB, line INT, k INT, ck INT, file INT);"
	    "CREATE TABLE order_sums(file INT, left_out TEXT, currency TEXT,"
	    " name TEXT, n INT, micros INT, first INT, last INT);"
	    "CREATE TABLE receipts(n INTEGER PRIMARY KEY, dest TEXT,"
	    " event TEXT, name TEXT, event_id TEXT, time INT, outcome INT,"
	    " status INT, code TEXT, sent_at INT, reason TEXT, line INT,"
	    " k INT, ck INT, o INT, first INT);"
	    "CREATE TABLE payloads(n INTEGER PRIMARY KEY, platform TEXT,"
	    " event TEXT, name TEXT, event_id TEXT, time INT, form INT,"
	    " action TEXT, url INT, ip TEXT, ua TEXT, program INT, have INT,"
	    " faults INT, f0 INT, f1 INT, f2 INT, f3 INT, f4 INT, f5 INT,"
	    " email INT, phone INT, ext INT, micros INT, value TEXT,"
	    " value_fault INT, currency TEXT, currency_fault INT,"
	    " dataset TEXT, test INT, denied INT, request INT, line INT,"
	    " lead INT, k INT, ck INT, o INT, d INT, first INT);"
	    "CREATE TABLE browser_datasets(dataset TEXT PRIMARY KEY);"
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

static uint8_t
meaning_of(struct capi_meaning m)
{
	return m.known ? m.known->meaning : CAPI_INDEX_NAMES;
}

/* Do payloads stand for what was sent? Receipts know better. */
static bool
is_server_side(const struct capi_audit *a)
{
	return a->has[CAPI_ROLE_BROWSER] && !a->has[CAPI_ROLE_SENT];
}

/* Which datasets the browser sends to: most lines name the same. */
static void
note_dataset(struct capi_audit *a, struct capi_str dataset)
{
	struct capi_buf *last = &a->browser_dataset;

	if (!dataset.n || (last->len == dataset.n &&
			      !memcmp(last->data, dataset.p, dataset.n)))
		return;
	capi_buf_reset(last);
	capi_buf_add(last, dataset.p, dataset.n);
	capi_sql_run(a->db, "INSERT OR IGNORE INTO browser_datasets VALUES(?)",
	    "t", dataset);
}

bool
capi_evidence_payload(struct capi_audit *a, const struct capi_json *e,
    int64_t line, const char **why)
{
	struct capi_payload p;
	struct capi_meaning called;
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
	called = capi_name_meaning(&a->index, p.event_name);
	if (called.known)
		called.known->events++;
	key = capi_name_key(p.event_id, called.canonical);
	row = capi_index_order(&a->index, key);
	order = counted_order(a, row);
	if (order && p.request && !a->has[CAPI_ROLE_SENT])
		order->sent = true;
	first = capi_seen_add(&a->payload_ids, p.platform,
		    (struct capi_str){(const char *)&key, sizeof(key)}) !=
		CAPI_SEEN_BEFORE;
	if (first && p.request && is_server_side(a))
		capi_twins_server(&a->twins, p.platform,
		    &(struct capi_twin){.key = key,
			.id = p.event_id,
			.name = p.event_name,
			.canonical = called.canonical,
			.meaning = meaning_of(called),
			.time = p.time,
			.arrival = -1});
	capi_sql_run(a->db,
	    "INSERT INTO payloads(platform, event, name, event_id, time,"
	    " form, action, url, ip, ua, program, have, faults, f0, f1, f2,"
	    " f3, f4, f5, email, phone, ext, micros, value, value_fault,"
	    " currency, currency_fault, dataset, test, denied, request,"
	    " line, lead, k, ck, o, first, d) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,"
	    "?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,nullif(?,0),?,"
	    " CASE WHEN ?38 THEN ?39 END)",
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
	    (int64_t)key,
	    (int64_t)capi_name_undressed(p.event_id, called.canonical),
	    (int64_t)row, (int64_t)first, (int64_t)(order && p.time > 0),
	    order ? p.time - order->time : 0);
	return true;
}

bool
capi_evidence_browser(struct capi_audit *a, const struct capi_json *e,
    int64_t line, const char **why)
{
	struct capi_twin twin = {.name = capi_member(e, "event_name"),
	    .id = capi_member(e, "event_id"),
	    .time = capi_member_time(e, "event_time"),
	    .arrival = capi_member_time(e, "received_at")};
	struct capi_str dataset = capi_member(e, "dataset_id");
	struct capi_meaning called;

	(void)line;
	if (!twin.name.n)
		twin.name = capi_member(e, "event");
	if (!twin.name.n) {
		*why = "no event_name";
		return false;
	}
	if (twin.time < 0)
		twin.time = capi_member_time(e, "time");
	if (!dataset.n)
		dataset = capi_member(e, "pixel_id");
	note_dataset(a, dataset);
	called = capi_name_meaning(&a->index, twin.name);
	if (called.known)
		called.known->events++;
	twin.canonical = called.canonical;
	twin.meaning = meaning_of(called);
	twin.key = capi_name_key(twin.id, called.canonical);
	a->browser_events[twin.meaning]++;
	capi_twins_browser(&a->twins, &twin);
	return true;
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

	capi_truth_close(a);
	describe_order_files(a);
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
	a->earliest =
	    capi_sql_one(a->db, "SELECT min(first) FROM order_sums", "");
	a->latest = capi_sql_one(a->db, "SELECT max(last) FROM order_sums", "");
}
