/*
 * What orders (normalize_order.c) and events (normalize_event.c) share: ids,
 * click ids, ages, currencies.
 */
#include "normalize_priv.h"

#include <string.h>

#include "rule/money.h"
#include "rule/place.h"
#include "preset.h"

#define TEXT_MAX CAPI_TEXT_MAX
#define WEEK (7 * 86400)
#define CLICK_LIFE ((int64_t)90 * 86400)

const char *const capi_sections[] = {
    NULL, "user_data", "custom_data", "consent", "source", NULL, NULL};

/* --- event ids --- */

/* The next piece of a template: a literal, or a member in braces. */
static bool
next_piece(const char **t, struct capi_str *piece, bool *member)
{
	const char *end;

	*member = **t == '{';
	if (!**t)
		return false;
	if (*member) {
		end = strchr(*t, '}');
		if (!end)
			end = *t + strlen(*t);
		*piece = (struct capi_str){*t + 1, (size_t)(end - *t) - 1};
		*t = *end ? end + 1 : end;
		return true;
	}
	end = *t + strcspn(*t, "{");
	*piece = (struct capi_str){*t, (size_t)(end - *t)};
	*t = end;
	return true;
}

int
capi_template_check(const char *tpl)
{
	struct capi_str piece;
	bool member;

	for (const char *open = tpl; (open = strchr(open, '{')); open++)
		if (!strchr(open, '}'))
			return -1;
	while (next_piece(&tpl, &piece, &member)) {
		int field = member ? capi_field_find(piece) : 0;

		if (field < 0 || field >= CAPI_F_ITEM_ID ||
		    field == CAPI_F_ITEMS)
			return -1;
	}
	return 0;
}

/* Empty when a member that the template names is missing. */
struct capi_str
capi_normal_id(struct capi_normalizer *n, const struct capi_str *val)
{
	struct capi_buf *id = &n->scratch;
	const char *t = n->id_template;
	struct capi_str piece, result = {"", 0};
	bool member, whole = true;

	capi_buf_reset(id);
	while (next_piece(&t, &piece, &member)) {
		if (member) {
			int field = capi_field_find(piece);

			piece = field < 0 ? result : val[field];
			whole &= piece.n > 0;
		}
		capi_buf_add(id, piece.p, piece.n);
	}
	if (whole && id->len && id->len <= TEXT_MAX)
		result = capi_rule_copy(n, id->data, id->len);
	return result;
}

/* --- what both forms of input share --- */

void
capi_normal_end(struct capi_outcome *o, enum capi_verdict verdict,
    const char *field, const char *reason)
{
	o->verdict = verdict;
	o->field = field;
	o->reason = reason;
}

/* Click ids out of the landing URL, before it is stripped. */
const enum capi_field capi_normal_clicks[CAPI_CLICKIDS] = {
    [CAPI_CLICKID_FBCLID] = CAPI_F_FBCLID,
    [CAPI_CLICKID_TTCLID] = CAPI_F_TTCLID,
    [CAPI_CLICKID_GCLID] = CAPI_F_GCLID,
    [CAPI_CLICKID_GBRAID] = CAPI_F_GBRAID,
    [CAPI_CLICKID_WBRAID] = CAPI_F_WBRAID,
    [CAPI_CLICKID_EPIK] = CAPI_F_EPIK,
    [CAPI_CLICKID_SCCID] = CAPI_F_SC_CLICK_ID,
    [CAPI_CLICKID_MSCLKID] = CAPI_F_MSCLKID,
    [CAPI_CLICKID_TWCLID] = CAPI_F_TWCLID,
    [CAPI_CLICKID_RDT_CID] = CAPI_F_RDT_CID,
    [CAPI_CLICKID_LI_FAT_ID] = CAPI_F_LI_FAT_ID,
    [CAPI_CLICKID_KX] = CAPI_F_KX,
};

/*
 * fbc from the click id and the moment of the click. The order's time is not
 * the click's: without the latter there is no fbc, for a wrong one costs more
 * than a missing one (Meta, "fbp and fbc parameters", 2026-09).
 */
struct capi_str
capi_normal_fbc(struct capi_normalizer *n, struct capi_str fbclid,
    int64_t click_ms, int64_t event_time)
{
	struct capi_buf *fbc = &n->scratch;
	struct capi_str result = {"", 0};

	if (click_ms / 1000 > event_time) {
		n->note(n->arg, "fbc", "the click is later than the event");
		return result;
	}
	capi_buf_reset(fbc);
	capi_fbc_build(fbc, fbclid.p, fbclid.n, click_ms);
	if (!capi_fbc_is(fbc->data, fbc->len))
		n->note(n->arg, "fbc", "its fbclid holds unusual characters");
	else if (event_time - click_ms / 1000 > CLICK_LIFE)
		n->note(n->arg, "fbc", "the click is over 90 days old");
	else
		result = capi_rule_copy(n, fbc->data, fbc->len);
	return result;
}

void
capi_normal_age(struct capi_normalizer *n, int64_t event_time)
{
	if (event_time > n->now + 300)
		n->note(n->arg, "event_time", "in the future");
	else if (n->now - event_time > WEEK)
		n->count(n->arg, "event_time", "over 7 days ago");
}

void
capi_normal_begin(struct capi_normalizer *n, const struct capi_preset *preset)
{
	n->preset = preset;
	n->country[0] = '\0';
	n->sign_now[0] = '\0';
	n->spreadsheet = preset != NULL;
	n->utc = preset && preset->utc;
	n->holding = false;
	n->prefix = n->suffix = (struct capi_str){"", 0};
	n->order_now = n->order;
	n->decimal_now = n->decimal;
	n->thousands_now = 0;
	n->minor_now = n->places_now = -1;
	n->hundreds_now = false;
}

void
capi_normal_currency(struct capi_normalizer *n, struct capi_str code)
{
	n->minor_now = n->places_now = -1;
	n->hundreds_now = false;
	if (code.n != 3)
		return;
	n->places_now = capi_place_minor(code.p);
	if (!n->preset || !n->preset->stripe_money)
		return;
	n->minor_now = capi_place_stripe_exponent(code.p);
	/* Sent times 100, and there are no fractions of them (Stripe,
	 * "Supported currencies", special cases, 2026-10). */
	n->hundreds_now =
	    !memcmp(code.p, "ISK", 3) || !memcmp(code.p, "UGX", 3);
}

bool
capi_normal_is_negative(struct capi_str amount)
{
	return amount.n && amount.p[0] == '-';
}

struct capi_str
capi_normal_page(struct capi_normalizer *n, struct capi_str action_source)
{
	if (!n->site || !capi_str_is(action_source, "website"))
		return (struct capi_str){"", 0};
	n->count(n->arg, "event_source_url",
	    "the address of --site, for want of a landing page");
	return (struct capi_str){n->site, strlen(n->site)};
}

const char *const capi_item_names[CAPI_ITEM_MEMBERS] = {
    "id", "quantity", "price", "name", "category", "brand"};

void
capi_normalizer_init(struct capi_normalizer *n, struct capi_names *names)
{
	n->scratch.max = n->scratch2.max = (size_t)1 << 24;
	for (int f = 0; f < CAPI_FIELDS; f++) {
		const struct capi_member *m = &capi_members[f];
		const char *name = m->section == CAPI_SECTION_ITEM
				       ? capi_item_names[f - CAPI_F_ITEM_ID]
				       : m->name;

		if (m->section == CAPI_SECTION_INNER)
			continue;
		n->member[m->section][capi_names_add(
		    names, name, strlen(name))] = (uint8_t)(f + 1);
	}
	for (int s = CAPI_SECTION_USER; s <= CAPI_SECTION_SOURCE; s++)
		n->section[capi_names_add(names, capi_sections[s],
		    strlen(capi_sections[s]))] = (uint8_t)s;
}

void
capi_normalizer_release(struct capi_normalizer *n)
{
	capi_buf_release(&n->scratch);
	capi_buf_release(&n->scratch2);
}

static void
count_nothing(void *arg, const char *field, const char *what)
{
	(void)arg;
	(void)field;
	(void)what;
}

const char *
capi_normalize_value(
    struct capi_buf *out, enum capi_field field, struct capi_str in)
{
	struct capi_arena arena = CAPI_ARENA_INIT;
	struct capi_normalizer n = {
	    .arena = &arena, .note = count_nothing, .count = count_nothing};
	struct capi_str text;
	const char *why = NULL;

	n.scratch.max = n.scratch2.max = (size_t)1 << 24;
	capi_normal_begin(&n, NULL);
	n.holding = true;
	if (capi_rule_apply(&n, field, in, &text) == CAPI_KEPT)
		capi_buf_add(out, text.p, text.n);
	else
		why = n.why ? n.why : "a word for nothing";
	capi_normalizer_release(&n);
	capi_arena_release(&arena);
	return why;
}
