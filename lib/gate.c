#include "walk.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "consent.h"

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
    {"failed", "status.failed", false},
    {"declined", "status.failed", false},
    {"trash", "status.failed", false},
    {"test", "status.test", false},
};

/* A part that was given back does not undo the purchase: a platform that can
 * not be told of it gets the order as it was placed. */
static const char *
status_gate(const struct capi_build *b)
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

static struct capi_str
name_of(struct capi_build *b, struct capi_str ours)
{
	b->last_known = false;
	for (const struct capi_name *m = b->platform->names; m && m->ours;
	     m++) {
		const char *theirs =
		    b->older_names && m->older ? m->older : m->theirs;

		if ((m->in && !(m->in & b->call_bit)) ||
		    !capi_str_is(ours, m->ours))
			continue;
		b->last_known = true;
		return (struct capi_str){theirs, strlen(theirs)};
	}
	if (!b->platform->free_names)
		ours.n = 0;
	return ours;
}

/* Most files hold one event name: the last one looked up is kept. */
static void
resolve_name(struct capi_build *b)
{
	const struct capi_json *v = b->event->at[CAPI_EVENT_NAME];
	struct capi_str ours = {"", 0};

	if (v && v->type == CAPI_JSON_STRING)
		ours = (struct capi_str){v->text, v->len};
	if (b->last_found && b->last_call == b->call &&
	    ours.n == b->last_ours_len &&
	    !memcmp(ours.p, b->last_ours, ours.n)) {
		b->name = (struct capi_str){b->last_theirs, b->last_theirs_len};
		return;
	}
	b->name = name_of(b, ours);
	b->last_found = ours.n && ours.n <= sizeof(b->last_ours) &&
			b->name.n <= sizeof(b->last_theirs);
	if (!b->last_found)
		return;
	memcpy(b->last_ours, ours.p, ours.n);
	memcpy(b->last_theirs, b->name.p, b->name.n);
	b->last_ours_len = ours.n;
	b->last_theirs_len = b->name.n;
	b->last_call = b->call;
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

static enum capi_outcome
refuse(struct capi_build *b, const struct capi_check *c)
{
	const char *near = NULL;

	b->code = c->code;
	b->words = c->words;
	if (c->broken == capi_check_name_unknown)
		near = capi_name_nearest(b);
	if (near) {
		snprintf(b->text, sizeof(b->text), "%s; %s?", c->words, near);
		b->words = b->text;
	}
	return CAPI_REFUSED;
}

static bool
lacks(const struct capi_event *e, const struct capi_rule *r)
{
	/* A second slot that is not asked for is the event itself. */
	for (unsigned i = 0; i < r->need_count; i++)
		if (e->at[r->needs[i].a] && e->at[r->needs[i].b])
			return false;
	return true;
}

static bool
is_broken(const struct capi_build *b, const struct capi_rule *r)
{
	const struct capi_check *c = r->check;
	const struct capi_event *e = b->event;
	struct capi_str s;
	int64_t clicked;

	if ((c->in && !(c->in & b->call_bit)) || !e->at[r->given] ||
	    (c->from && !capi_is(e, CAPI_ACTION_SOURCE, c->from)) ||
	    (c->event && !capi_is(e, CAPI_EVENT_NAME, c->event)))
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
			return refuse(b, c);
		case CAPI_LEAVE:
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

enum capi_outcome
capi_build_check(struct capi_build *b, struct capi_event *e)
{
	enum capi_outcome outcome;

	b->event = e;
	b->code = b->words = NULL;
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
	capi_buf_add(out, b->name.p, b->name.n);
	capi_buf_addc(out, '/');
	capi_buf_add(out, id.p, id.n);
}
