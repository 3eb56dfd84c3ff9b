/*
 * Digits against the numbering plans, in libphonenumber's order
 * (PhoneNumberUtil.parseHelper, release 9): calling code, trunk prefix, length
 * and pattern.
 */
#include "phone_priv.h"

#include <string.h>

#define E164_MAX 15 /* ITU-T E.164, digits with the calling code */

_Static_assert(sizeof((struct capi_phone *)0)->e164 == E164_MAX + 2,
    "a plus, the digits and a NUL fit exactly");

static const struct capi_phone_plan *
main_plan(unsigned code)
{
	unsigned char place = capi_phone_codes[code];
	return place ? &capi_phone_plans[place - 1] : NULL;
}

const struct capi_phone_plan *
capi_phone_region_plan(const char *region)
{
	size_t low = 0, high = capi_phone_region_count;

	if (region == NULL || region[0] == '\0')
		return NULL;
	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct capi_phone_plan *plan =
		    &capi_phone_plans[capi_phone_regions[middle]];
		int order = region[0] != plan->region[0]
				? region[0] - plan->region[0]
				: region[1] - plan->region[1];
		if (order == 0)
			return plan;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* The label of the state in which these digits end. */
static unsigned
classify(unsigned state, const char *digits, size_t len)
{
	for (size_t i = 0; i < len && state != 0; i++)
		state = capi_phone_states[state][1 + digits[i] - '0'];
	return capi_phone_states[state][0];
}

/* Does the program match at the beginning? The first way that fits wins. */
static bool
run(const uint16_t *step, const struct capi_phone_digits *d, size_t at,
    struct capi_phone_match *m)
{
	for (;; step++) {
		unsigned arg = *step & 0xfff;
		switch (*step >> 12) {
		case CAPI_PHONE_STEP_SET:
			if (at == d->len || !(arg >> (d->text[at] - '0') & 1))
				return false;
			at++;
			break;
		case CAPI_PHONE_STEP_SPLIT: {
			struct capi_phone_match saved = *m;
			if (run(step + 1, d, at, m))
				return true;
			*m = saved;
			step += arg - 1;
			break;
		}
		case CAPI_PHONE_STEP_JUMP:
			step += arg - 1;
			break;
		case CAPI_PHONE_STEP_SAVE:
			if (arg < sizeof m->slots)
				m->slots[arg] = (unsigned char)at;
			break;
		case CAPI_PHONE_STEP_END:
			if (at != d->len)
				return false;
			break;
		case CAPI_PHONE_STEP_MATCH:
			m->end = at;
			return true;
		default:
			return false;
		}
	}
}

bool
capi_phone_match_prefix(unsigned program, const struct capi_phone_digits *d,
    struct capi_phone_match *m)
{
	memset(m->slots, 255, sizeof m->slots);
	return run(capi_phone_programs + program, d, 0, m);
}

/* --- reading --- */

static void
drop_front(struct capi_phone_digits *d, size_t count)
{
	d->len -= count;
	memmove(d->text, d->text + count, d->len);
}

/* Put a transform ("9$1") in place of the first m->end digits. */
static void
transform(struct capi_phone_digits *d, const char *rule,
    const struct capi_phone_match *m)
{
	struct capi_phone_digits to = {.len = 0};

	for (; *rule; rule++) {
		size_t begin = 0, count = 1;
		const char *from = rule;
		if (*rule == '$') {
			size_t group = (size_t)(*++rule - '1');
			begin = m->slots[2 * group];
			count = m->slots[2 * group + 1] - begin;
			from = d->text + begin;
		}
		if (to.len + count > CAPI_PHONE_DIGITS_MAX)
			return;
		memcpy(to.text + to.len, from, count);
		to.len += count;
	}
	if (to.len + d->len - m->end > CAPI_PHONE_DIGITS_MAX)
		return;
	memcpy(to.text + to.len, d->text + m->end, d->len - m->end);
	to.len += d->len - m->end;
	*d = to;
}

/* Take the trunk prefix off, unless that spoils what was in the plan. */
static void
strip_trunk(const struct capi_phone_plan *plan, struct capi_phone_digits *d)
{
	struct capi_phone_match m;
	struct capi_phone_digits bare = *d;

	if (d->len == 0 || !capi_phone_match_prefix(plan->prefix, d, &m))
		return;
	size_t rule = strlen(plan->transform);
	/* The last group decides: "$2" is the last group of its pattern. */
	const char *dollar = rule ? strchr(plan->transform, '$') : NULL;
	size_t slot = dollar ? 2 * (size_t)(dollar[1] - '1') : 0;
	if (dollar && m.slots[slot] != 255 && m.slots[slot + 1] != 255 &&
	    m.slots[slot] != m.slots[slot + 1])
		transform(&bare, plan->transform, &m);
	else
		drop_front(&bare, m.end);
	if (classify(plan->general, d->text, d->len) &&
	    !classify(plan->general, bare.text, bare.len))
		return;
	*d = bare;
}

/* isPossibleNumberWithReason of libphonenumber. */
static enum capi_phone_verdict
judge_length(const struct capi_phone_plan *plan, size_t len)
{
	uint32_t bit = len < 32 ? UINT32_C(1) << len : 0;

	if (plan->local & bit)
		return CAPI_PHONE_LOCAL_ONLY;
	if (plan->lengths & bit)
		return CAPI_PHONE_POSSIBLE;
	if (bit == 0 || plan->lengths < bit)
		return CAPI_PHONE_TOO_LONG;
	if ((plan->lengths & (bit - 1)) == 0)
		return CAPI_PHONE_TOO_SHORT;
	return CAPI_PHONE_BAD_LENGTH;
}

/* The calling code at the front: cut off, its main plan given back. */
static const struct capi_phone_plan *
take_code(struct capi_phone_digits *d)
{
	unsigned code = 0;

	if (d->len == 0 || d->text[0] == '0')
		return NULL;
	for (size_t i = 0; i < 3 && i < d->len; i++) {
		code = code * 10 + (unsigned)(d->text[i] - '0');
		const struct capi_phone_plan *plan = main_plan(code);
		if (plan) {
			drop_front(d, i + 1);
			return plan;
		}
	}
	return NULL;
}

size_t
capi_phone_write_code(unsigned code, char out[4])
{
	char reversed[4];
	size_t len = 0;

	for (; code; code /= 10)
		reversed[len++] = (char)('0' + code % 10);
	for (size_t i = 0; i < len; i++)
		out[i] = reversed[len - 1 - i];
	return len;
}

/* A national spelling that already has its own calling code in front. */
static bool
take_own_code(const struct capi_phone_plan *home, struct capi_phone_digits *d)
{
	char code[4];
	size_t len = capi_phone_write_code(home->code, code);
	struct capi_phone_digits rest = *d;

	if (d->len < len || memcmp(d->text, code, len) != 0)
		return false;
	drop_front(&rest, len);
	strip_trunk(home, &rest);
	if ((classify(home->general, d->text, d->len) ||
		!classify(home->general, rest.text, rest.len)) &&
	    judge_length(home, d->len) != CAPI_PHONE_TOO_LONG)
		return false;
	*d = rest;
	return true;
}

/* Take off what one dials before a calling code. A code never begins with 0,
 * so a 0 behind it says that it was something else. */
static bool
take_exit(const struct capi_phone_plan *home, struct capi_phone_digits *d)
{
	struct capi_phone_match m;

	if (!capi_phone_match_prefix(home->exit, d, &m))
		return false;
	if (m.end < d->len && d->text[m.end] == '0')
		return false;
	drop_front(d, m.end);
	return true;
}

static void
write_number(struct capi_phone *out, const struct capi_phone_plan *main,
    const struct capi_phone_plan *plan, const struct capi_phone_digits *d)
{
	out->e164[0] = '+';
	out->cc_len =
	    (unsigned char)capi_phone_write_code(main->code, out->e164 + 1);
	memcpy(out->e164 + 1 + out->cc_len, d->text, d->len);
	out->len = (unsigned char)(1 + out->cc_len + d->len);
	out->e164[out->len] = '\0';
	memcpy(out->region, plan->region, sizeof out->region);
	memcpy(out->trunk, plan->trunk, sizeof out->trunk);
}

/* Is it a number of this calling code, and whose? */
static enum capi_phone_verdict
judge(const struct capi_phone_plan *main, const struct capi_phone_plan *home,
    const struct capi_phone_digits *d, struct capi_phone *out)
{
	char code[4];
	enum capi_phone_verdict verdict = judge_length(main, d->len);

	if (d->len < 2)
		return CAPI_PHONE_TOO_SHORT;
	/* A few plans have service numbers longer than E.164 can carry. */
	if (d->len > CAPI_PHONE_NATIONAL_MAX ||
	    d->len + capi_phone_write_code(main->code, code) > E164_MAX)
		return CAPI_PHONE_TOO_LONG;
	unsigned owner = classify(main->valid, d->text, d->len);
	if (owner) {
		write_number(out, main, main + owner - 1, d);
		return CAPI_PHONE_VALID;
	}
	if (verdict == CAPI_PHONE_POSSIBLE)
		write_number(out, main,
		    home && home->code == main->code ? home : main, d);
	return verdict;
}

enum capi_phone_verdict
capi_phone_read_digits(bool plus, struct capi_phone_digits *d,
    const struct capi_phone_plan *home, struct capi_phone *out)
{
	const struct capi_phone_plan *plan = home;

	if (plus && d->len <= 2)
		return CAPI_PHONE_TOO_SHORT;
	if (plus && (plan = take_code(d)) == NULL) {
		/* libphonenumber forgives a plus before 00 or before nothing */
		if (home == NULL)
			return CAPI_PHONE_BAD_COUNTRY_CODE;
		if (take_exit(home, d))
			plan = take_code(d);
		else if (take_own_code(home, d))
			plan = main_plan(home->code);
	} else if (!plus && take_exit(home, d)) {
		if (d->len <= 2)
			return CAPI_PHONE_TOO_SHORT;
		plan = take_code(d);
	} else if (!plus && take_own_code(home, d)) {
		plan = main_plan(home->code);
	}
	if (plan == NULL)
		return CAPI_PHONE_BAD_COUNTRY_CODE;
	const struct capi_phone_plan *main = main_plan(plan->code);

	/* Only if what remains is long enough to be a number of the plan. */
	struct capi_phone_digits bare = *d;
	strip_trunk(plan, &bare);
	enum capi_phone_verdict length = judge_length(plan, bare.len);
	if (length == CAPI_PHONE_POSSIBLE || length == CAPI_PHONE_TOO_LONG)
		*d = bare;
	return judge(main, home, d, out);
}

/*
 * A possible number that begins with the trunk prefix once more ("+490957...")
 * would lose it when read again, so it is read until it no longer changes:
 * normalising twice must equal once. Valid numbers do not change.
 */
void
capi_phone_settle(
    struct capi_phone_reading *r, const struct capi_phone_plan *home)
{
	for (int turn = 0; turn < CAPI_PHONE_DIGITS_MAX; turn++) {
		struct capi_phone_digits d = {.len = r->phone.len - 1U};
		struct capi_phone next = r->phone;

		if (r->verdict != CAPI_PHONE_POSSIBLE)
			return;
		memcpy(d.text, r->phone.e164 + 1, d.len);
		r->verdict = capi_phone_read_digits(true, &d, home, &next);
		bool same = strcmp(next.e164, r->phone.e164) == 0;
		r->phone = next;
		if (same)
			return;
	}
}
