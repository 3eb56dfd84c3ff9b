/*
 * Receipts of capi-send.
 */
#include <string.h>

#include "evidence.h"
#include "member.h"

/* By the enum of capi-send's receipts, in the words of capi-event(5). */
static const struct {
	const char *outcome;
	int outcome_is;
} outcomes[] = {
    {"delivered", CAPI_LEDGER_DELIVERED},
    {"duplicate", CAPI_OUTCOME_DUPLICATE}, /* not by this line */
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

/* In the order in which capi-send writes them, so that the first guess is
 * right. */
enum member {
	PLATFORM,
	DESTINATION,
	EVENT_NAME,
	EVENT_ID,
	EVENT_TIME,
	KEY,
	OUTCOME,
	ATTEMPTS,
	HTTP_STATUS,
	CODE,
	TRACE_ID,
	SENT_AT,
	LATENCY_MS,
	BATCH,
	PAYLOAD,
	REASON,
	MEMBERS,
};

#define S(literal)                                                             \
	{                                                                      \
		(literal), sizeof(literal) - 1                                 \
	}

static const struct capi_str members[MEMBERS] = {
    [PLATFORM] = S("platform"),
    [DESTINATION] = S("destination"),
    [EVENT_NAME] = S("event_name"),
    [EVENT_ID] = S("event_id"),
    [EVENT_TIME] = S("event_time"),
    [KEY] = S("key"),
    [OUTCOME] = S("outcome"),
    [ATTEMPTS] = S("attempts"),
    [HTTP_STATUS] = S("http_status"),
    [CODE] = S("code"),
    [TRACE_ID] = S("trace_id"),
    [SENT_AT] = S("sent_at"),
    [LATENCY_MS] = S("latency_ms"),
    [BATCH] = S("batch"),
    [PAYLOAD] = S("payload_sha256"),
    [REASON] = S("reason"),
};

static void
read_members(const struct capi_json *r, struct capi_str v[MEMBERS])
{
	size_t next = 0;

	memset(v, 0, MEMBERS * sizeof(*v));
	for (const struct capi_json *m = r->child; m; m = m->next)
		for (size_t i = 0; i < MEMBERS; i++) {
			size_t k = (next + i) % MEMBERS;

			if (m->key_len != members[k].n ||
			    memcmp(m->key, members[k].p, m->key_len))
				continue;
			v[k] = capi_member_text(m);
			next = k + 1;
			break;
		}
}

/* Refused credentials, by status or by code: Meta 190 and TikTok 40105 say
 * so with other statuses (platforms' pages, read 2026-09). */
static bool
is_auth(int64_t status, struct capi_str code)
{
	return status == 401 || status == 403 || capi_str_is(code, "190") ||
	       capi_str_is(code, "40104") || capi_str_is(code, "40105");
}

static struct capi_index_dest *
dest_of(struct capi_audit *a, struct capi_str name, struct capi_str platform,
    int *number)
{
	bool known;
	struct capi_index_dest *d;

	*number = capi_index_dest(&a->index, name, &known);
	if (*number < 0)
		return NULL;
	d = &a->index.dests[*number];
	if (!known) {
		d->name = capi_arena_dup(&a->arena, name.p, name.n);
		d->platform = capi_arena_dup(&a->arena, platform.p, platform.n);
	}
	return d;
}

/* Was the platform asked, for this line? */
static bool
was_tried(uint8_t outcome)
{
	return outcome == CAPI_LEDGER_DELIVERED ||
	       outcome == CAPI_LEDGER_QUEUED || outcome == CAPI_LEDGER_PARKED ||
	       outcome == CAPI_LEDGER_UNKNOWN;
}

/* The sums of a destination. */
static void
add_up(struct capi_index_dest *d, const struct capi_index_receipt *t,
    const struct capi_str *v)
{
	bool arrived = t->outcome == CAPI_LEDGER_DELIVERED ||
		       t->outcome == CAPI_OUTCOME_DUPLICATE;
	int64_t at = t->sent_at >= 0 ? t->sent_at : t->time;

	d->receipts++;
	if (was_tried(t->outcome))
		d->attempts += capi_text_int(v[ATTEMPTS], 1);
	d->events[t->meaning]++;
	d->delivered += t->outcome == CAPI_LEDGER_DELIVERED;
	if (arrived && at > d->last_success)
		d->last_success = at;
	if (!arrived && is_auth(capi_text_int(v[HTTP_STATUS], 0), v[CODE])) {
		d->auth++;
		d->auth_after = d->delivered > 0;
	}
}

/* What only a row can tell: why it did not arrive, or which event it is that
 * no order explains. */
static void
insert(struct capi_audit *a, const struct capi_index_dest *d,
    const struct capi_index_receipt *t, const struct capi_str *v,
    struct capi_str name, uint64_t key, int64_t line, uint32_t row)
{
	/* The code is stable and short, the reason is for people. */
	struct capi_str reason = v[CODE].n ? v[CODE] : v[REASON];

	capi_sql_run(a->db,
	    "INSERT INTO receipts(n, dest, event, name, event_id, time,"
	    " outcome, status, code, sent_at, reason, line, k, ck, o, first)"
	    " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,nullif(?,0),?)",
	    "istttiiititiiiii", a->receipts, d->name, v[EVENT_NAME], name,
	    v[EVENT_ID], t->time, (int64_t)t->outcome,
	    capi_text_int(v[HTTP_STATUS], 0), v[CODE], t->sent_at, reason, line,
	    (int64_t)key, (int64_t)capi_name_undressed(v[EVENT_ID], name),
	    (int64_t)row, (int64_t)t->first);
}

static bool
needs_row(const struct capi_audit *a, const struct capi_index_receipt *t)
{
	return a->verify_count ||
	       !(t->first || t->outcome == CAPI_OUTCOME_DUPLICATE) ||
	       (a->has[CAPI_ROLE_ORDERS] && !t->order);
}

static int
outcome_of(struct capi_str word)
{
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (capi_str_is(word, outcomes[i].outcome))
			return outcomes[i].outcome_is;
	return -1;
}

bool
capi_evidence_receipt(struct capi_audit *a, const struct capi_json *r,
    int64_t line, const char **why)
{
	struct capi_str v[MEMBERS];
	struct capi_index_receipt t = {0};
	struct capi_index_final *final;
	struct capi_index_dest *d;
	struct capi_meaning called;
	struct capi_str dest;
	uint64_t key;
	int outcome, number;

	read_members(r, v);
	outcome = outcome_of(v[OUTCOME]);
	if (outcome < 0) {
		*why = v[OUTCOME].p ? "outcome not known"
				    : "no outcome: not a receipt";
		return false;
	}
	if (!v[PLATFORM].n || !v[EVENT_NAME].n) {
		*why = "no platform or event_name";
		return false;
	}
	dest = v[DESTINATION].n ? v[DESTINATION] : v[PLATFORM];
	d = dest_of(a, dest, v[PLATFORM], &number);
	if (!d) {
		*why = "too many destinations";
		return false;
	}
	called = capi_name_meaning(&a->index, v[EVENT_NAME]);
	key = capi_name_key(v[EVENT_ID], called.canonical);
	final = follow(a, key, number, (uint8_t)outcome, &t.first);
	if (called.known) {
		called.known->events++;
		final->expected = called.known->ordered;
	}
	t.outcome = (uint8_t)outcome;
	t.time = capi_text_time(v[EVENT_TIME]);
	t.sent_at = capi_text_time(v[SENT_AT]);
	t.latency = (int32_t)capi_text_int(v[LATENCY_MS], -1);
	t.batch = v[BATCH].n ? capi_name_key(v[BATCH], v[BATCH]) : 0;
	t.meaning = called.known ? called.known->meaning : CAPI_INDEX_NAMES;
	if (a->index.orders && a->index.orders[final->order].counts)
		t.order = final->order;
	if (t.order && t.outcome == CAPI_LEDGER_DELIVERED)
		a->index.orders[t.order].sent = true;
	if (t.first && a->has[CAPI_ROLE_BROWSER])
		capi_twins_server(&a->twins, dest,
		    &(struct capi_twin){.key = key,
			.id = v[EVENT_ID],
			.name = v[EVENT_NAME],
			.canonical = called.canonical,
			.meaning = t.meaning,
			.time = t.time,
			.arrival = t.sent_at});
	add_up(d, &t, v);
	capi_tape_add(&d->tape, &t, sizeof(t));
	if (needs_row(a, &t))
		insert(a, d, &t, v, called.canonical, key, line, final->order);
	return true;
}
