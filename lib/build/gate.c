#include "walk.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "consent.h"

/* What is asked of every event, before its destination's own rules. */
static const struct capi_check asked_of_all[] = {
    {.code = "status.unknown",
	.severity = CAPI_WARN,
	.words = "source.status is a word that nobody knows, and the event "
		 "goes on",
	.cure = "use paid, pending, refunded ... if it does not count"},
    {.code = "status.test",
	.severity = CAPI_LEAVE,
	.words = "an order of the shop's tests",
	.cure = "nothing: it is left out"},
    {.code = "status.pending",
	.severity = CAPI_LEAVE,
	.words = "not paid, or no longer an order: likewise authorized, "
		 "uncaptured, expired, failed, deleted",
	.cure = "export again when it is paid"},
    {.code = "status.refunded",
	.severity = CAPI_LEAVE,
	.words = "likewise cancelled, voided: only Google and Klaviyo have a "
		 "word for money that went back",
	.cure = "nothing: it is left out elsewhere"},
    {.code = "consent.denied",
	.severity = CAPI_LEAVE,
	.words = "consent.ad_user_data is denied",
	.cure = "nothing: the person said no"},
    {.code = "consent.unknown",
	.severity = CAPI_LEAVE,
	.words = "consent.ad_user_data is neither granted nor denied",
	.cure = "export the consent, or say --consent-unknown send"},
    {.code = "consent.ad_personalization",
	.severity = CAPI_LEAVE,
	.words = "personalisation is denied, and the platform can not be told "
		 "so",
	.cure = "nothing: it is left out"},
    {.code = "events",
	.severity = CAPI_LEAVE,
	.words = "not one of the destination's events",
	.cure = "add its name to events in the configuration"},
    {.code = NULL},
};
#define UNKNOWN_STATUS (&asked_of_all[0])

const struct capi_check *
capi_gate_checks(void)
{
	return asked_of_all;
}

static enum capi_outcome
withhold(struct capi_build *b, const char *code)
{
	b->code = code;
	return CAPI_WITHHELD;
}

/* Orders that are no conversion (yet, or any more), by the words that shop
 * systems use for them. */
static const struct {
	const char *status, *code;
	bool refund; /* platforms with a word for refunds get it */
} statuses[] = {
    {"refunded", "status.refunded", true},
    {"partially_refunded", "status.partially_refunded", true},
    {"cancelled", "status.cancelled", true},
    {"canceled", "status.cancelled", true},
    {"voided", "status.voided", true},
    {"pending", "status.pending", false},
    {"authorized", "status.authorized", false},
    {"on-hold", "status.pending", false},
    {"expired", "status.expired", false},
    {"uncaptured", "status.uncaptured", false},
    {"deleted", "status.deleted", false},
    {"failed", "status.failed", false},
    {"declined", "status.failed", false},
    {"trash", "status.failed", false},
    {"test", "status.test", false},
};

/* Orders that count, or that the user kept although they might not. */
static const char counting[] =
    "paid succeeded complete completed processing fulfilled won open lost "
    "disputed partially_paid free other";

/* A part that was given back does not undo the purchase: a platform that can
 * not be told of it gets the order as it was placed. */
static const char *
status_gate(struct capi_build *b)
{
	struct capi_str s = capi_event_str(b->event, CAPI_STATUS);

	if (capi_event_true(b->event, CAPI_TEST))
		return "status.test";
	if (!s.n || capi_str_is(s, "paid"))
		return NULL;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (!capi_str_is_nocase(s, statuses[i].status))
			continue;
		if (statuses[i].refund && (b->platform->refunds || i == 1))
			return NULL;
		return statuses[i].code;
	}
	if (!capi_text_among(counting, s))
		b->notes[b->note_count++] = UNKNOWN_STATUS;
	return NULL;
}

static enum capi_outcome
gates(struct capi_build *b)
{
	const char *status = status_gate(b);

	if (status)
		return withhold(b, status);
	switch (capi_consent_of(b->event, CAPI_CONSENT_AD_USER_DATA)) {
	case CAPI_CONSENT_DENIED:
		return withhold(b, "consent.denied");
	case CAPI_CONSENT_UNKNOWN:
		if (b->consent_unknown == CAPI_UNKNOWN_ASK)
			return CAPI_ASK_CONSENT;
		if (b->consent_unknown == CAPI_UNKNOWN_STOP)
			return withhold(b, "consent.unknown");
		break;
	case CAPI_CONSENT_GRANTED:
		break;
	}
	if (!b->platform->personal &&
	    capi_consent_of(b->event, CAPI_CONSENT_AD_PERSONALIZATION) ==
		CAPI_CONSENT_DENIED)
		return withhold(b, "consent.ad_personalization");
	return CAPI_BUILT;
}

static void
look_up(struct capi_build *b, struct capi_known *k)
{
	k->asked = false;
	for (const struct capi_name *m = b->platform->names; m && m->ours;
	     m++) {
		const char *theirs =
		    b->older_names && m->older ? m->older : m->theirs;

		if (!capi_in_call(m->in, b->call_bit) ||
		    !capi_str_is(k->ours, m->ours))
			continue;
		k->standard = true;
		k->theirs = (struct capi_str){theirs, strlen(theirs)};
		return;
	}
	k->standard = false;
	k->theirs = k->ours;
	if (!b->platform->free_names)
		k->theirs.n = 0;
}

/* Where a name is kept; the last place is for those too long to keep. */
static struct capi_known *
place_of(struct capi_build *b, struct capi_str ours)
{
	size_t at = ours.n;

	if (!ours.n || ours.n > sizeof(b->names[0].text))
		return &b->names[CAPI_KNOWN];
	at += (unsigned char)ours.p[0] * 7u;
	at += (unsigned char)ours.p[ours.n - 1] * 13u;
	return &b->names[at % CAPI_KNOWN];
}

static void
resolve_name(struct capi_build *b)
{
	const struct capi_json *v = b->event->at[CAPI_EVENT_NAME];
	struct capi_str ours = {"", 0};
	struct capi_known *k;

	if (v && v->type == CAPI_JSON_STRING)
		ours = (struct capi_str){v->text, v->len};
	b->known = k = place_of(b, ours);
	if (k == &b->names[CAPI_KNOWN]) {
		k->ours = ours;
		look_up(b, k);
	} else if (k->call != b->call || k->ours.n != ours.n ||
		   memcmp(k->text, ours.p, ours.n) != 0) {
		memcpy(k->text, ours.p, ours.n);
		k->ours = (struct capi_str){k->text, ours.n};
		k->call = b->call;
		look_up(b, k);
	}
	b->name = k->theirs;
}

static void
hide(struct capi_build *b, unsigned slot)
{
	if (!slot || !b->event->at[slot] || b->hidden_count == CAPI_NOTES)
		return;
	b->hidden[b->hidden_count++] =
	    (struct capi_hidden){(uint16_t)slot, b->event->at[slot]};
	b->event->at[slot] = NULL;
}

/* For this destination only: the next one sees the event whole. */
static void
omit(struct capi_build *b, unsigned slot)
{
	hide(b, slot);
	for (unsigned i = 0; i < b->row_count; i++)
		if (b->rows[i].plain_slot == slot)
			hide(b, b->rows[i].slot);
}

void
capi_check_say(const struct capi_build *b, const struct capi_check *c,
    struct capi_buf *out)
{
	const char *near = NULL;

	if (c->broken == capi_check_name_unknown ||
	    c->broken == capi_check_name_near)
		near = capi_name_nearest(b);
	capi_buf_adds(out, c->words);
	capi_buf_adds(out, "; ");
	if (near) {
		capi_buf_adds(out, near);
		capi_buf_adds(out, "? ");
	}
	capi_buf_adds(out, c->cure);
}

static bool
lacks(const struct capi_event *e, const struct capi_planned *r)
{
	/* A second slot that is not asked for is the event itself. */
	for (unsigned i = 0; i < r->need_count; i++)
		if (e->at[r->needs[i].a] && e->at[r->needs[i].b])
			return false;
	return true;
}

static bool
is_broken(const struct capi_build *b, const struct capi_planned *r)
{
	const struct capi_check *c = r->check;
	const struct capi_event *e = b->event;
	struct capi_str s;
	int64_t clicked;

	if (!capi_in_call(c->in, b->call_bit) || !e->at[r->given] ||
	    (c->from && !capi_is(e, CAPI_ACTION_SOURCE, c->from)) ||
	    (c->event && !capi_is(e, CAPI_EVENT_NAME, c->event)))
		return false;
	if (c->severity == CAPI_OMIT && !e->at[r->member])
		return false;
	if (c->broken)
		return c->broken(b);
	if (c->clicked)
		return capi_event_int(e, CAPI_CLICK_TIME, &clicked) &&
		       b->time - clicked > c->clicked;
	if (c->older)
		return b->now - b->time > c->older;
	if (c->needs && lacks(e, r))
		return true;
	if (!c->member || !e->at[r->member])
		return false;
	s = capi_event_str(e, r->member);
	return (c->one_of && !capi_text_among(c->one_of, s)) ||
	       (c->longest && s.n > c->longest &&
		   capi_text_count(s.p, s.n) > c->longest);
}

static enum capi_outcome
check(struct capi_build *b)
{
	for (unsigned i = 0; i < b->rule_count; i++) {
		const struct capi_check *c = b->rules[i].check;

		if (!is_broken(b, &b->rules[i]))
			continue;
		switch (c->severity) {
		case CAPI_REFUSE:
			b->check = c;
			b->code = c->code;
			return CAPI_REFUSED;
		case CAPI_LEAVE:
			b->check = c;
			return withhold(b, c->code);
		case CAPI_OMIT:
			omit(b, b->rules[i].member);
			break;
		case CAPI_WARN:
			break;
		}
		if (b->note_count < CAPI_NOTES)
			b->notes[b->note_count++] = c;
	}
	return CAPI_BUILT;
}

unsigned
capi_build_broken(
    struct capi_build *b, const struct capi_check *broken[CAPI_CHECKS])
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->rule_count; i++) {
		const struct capi_check *c = b->rules[i].check;

		if ((c->severity == CAPI_REFUSE || c->severity == CAPI_LEAVE) &&
		    is_broken(b, &b->rules[i]))
			broken[n++] = c;
	}
	return n;
}

enum capi_outcome
capi_build_check(struct capi_build *b, struct capi_event *e)
{
	enum capi_outcome outcome;

	b->event = e;
	b->code = NULL;
	b->check = NULL;
	b->note_count = b->hidden_count = 0;
	b->time = 0;
	b->call = 0;
	capi_event_int(e, CAPI_EVENT_TIME, &b->time);
	if (b->platform->call)
		b->call = b->platform->call(b);
	b->call_bit = 1u << b->call;
	resolve_name(b);
	if (b->platform->rename)
		b->platform->rename(&b->name, b);
	outcome = gates(b);
	if (outcome != CAPI_BUILT)
		return outcome;
	if (b->events &&
	    !capi_text_among(b->events, capi_event_str(e, CAPI_EVENT_NAME)))
		return withhold(b, "events");
	return check(b);
}

bool
capi_build_more(struct capi_build *b, enum capi_outcome outcome)
{
	bool more = outcome != CAPI_WITHHELD && b->platform->more &&
		    b->platform->more(b);

	b->mute = more && outcome == CAPI_REFUSED;
	b->part = more ? b->part + 1 : 0;
	return more;
}

bool
capi_refunded_at(const struct capi_build *b, unsigned slot, int64_t *when)
{
	return capi_event_int(b->event, slot, when) && *when > b->time &&
	       *when <= b->now;
}

void
capi_build_end(struct capi_build *b)
{
	while (b->hidden_count) {
		const struct capi_hidden *h = &b->hidden[--b->hidden_count];

		b->event->at[h->slot] = h->value;
	}
}

void
capi_build_key(const struct capi_build *b, struct capi_buf *out)
{
	struct capi_str id = capi_event_str(b->event, CAPI_EVENT_ID);

	if (!id.n)
		return;
	if (b->platform->key) {
		b->platform->key(out, b);
		return;
	}
	/* A name that the platform has no word for is refused as itself. */
	if (b->name.n)
		capi_buf_add(out, b->name.p, b->name.n);
	else
		capi_buf_add(out, b->known->ours.p, b->known->ours.n);
	capi_buf_addc(out, '/');
	capi_buf_add(out, id.p, id.n);
}
