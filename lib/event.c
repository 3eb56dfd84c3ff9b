#include "event.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"

/* An object's members by key_id: their slots. Row 0 is that of all which have
 * no members, and empty. */
typedef uint16_t row[CAPI_NAMES_MAX + 1];

struct capi_vocab {
	struct capi_names *names;
	struct {
		uint16_t parent, row;
	} slots[CAPI_SLOTS];
	uint16_t count, row_count;
	row *rows;
};

static const char *const listed[] = {"",
#define X(name, path) path,
    CAPI_MEMBERS(X)
#undef X
};

unsigned
capi_vocab_member(const struct capi_vocab *v, unsigned parent, uint16_t key_id)
{
	return v->rows[v->slots[parent].row][key_id];
}

unsigned
capi_vocab_parent(const struct capi_vocab *v, unsigned slot)
{
	return v->slots[slot].parent;
}

static uint16_t
new_row(struct capi_vocab *v)
{
	v->rows = capi_realloc(v->rows, (v->row_count + 1u) * sizeof(*v->rows));
	memset(v->rows[v->row_count], 0, sizeof(*v->rows));
	return v->row_count++;
}

static void
put(struct capi_vocab *v, unsigned slot, unsigned parent, uint16_t key_id)
{
	v->slots[slot].parent = (uint16_t)parent;
	if (!v->slots[parent].row)
		v->slots[parent].row = new_row(v);
	v->rows[v->slots[parent].row][key_id] = (uint16_t)slot;
}

static unsigned
slot_of(struct capi_vocab *v, const char *path, size_t len)
{
	const char *end = path + len;
	unsigned parent = CAPI_ROOT;

	while (path < end) {
		const char *dot = memchr(path, '.', (size_t)(end - path));
		size_t n = (size_t)((dot ? dot : end) - path);
		uint16_t key_id = capi_names_add(v->names, path, n);
		unsigned slot = capi_vocab_member(v, parent, key_id);

		if (!slot && (!key_id || v->count == CAPI_SLOTS))
			return 0;
		if (!slot)
			put(v, slot = v->count++, parent, key_id);
		parent = slot;
		path += n + 1;
	}
	return parent;
}

unsigned
capi_vocab_slot(struct capi_vocab *v, const char *path)
{
	return slot_of(v, path, strlen(path));
}

/* The listed members come first and in their order, so that the enum is the
 * slot: a path's parents must be listed before it or not at all. */
static void
add_listed(struct capi_vocab *v)
{
	v->count = CAPI_MEMBERS_LISTED;
	for (unsigned i = 1; i < CAPI_MEMBERS_LISTED; i++) {
		const char *dot = strrchr(listed[i], '.');
		const char *key = dot ? dot + 1 : listed[i];
		size_t above = dot ? (size_t)(dot - listed[i]) : 0;

		put(v, i, slot_of(v, listed[i], above),
		    capi_names_add(v->names, key, strlen(key)));
	}
}

struct capi_vocab *
capi_vocab_new(struct capi_names *names)
{
	struct capi_vocab *v = capi_alloc(sizeof(*v));

	memset(v, 0, sizeof(*v));
	v->names = names;
	new_row(v);
	add_listed(v);
	return v;
}

void
capi_vocab_free(struct capi_vocab *v)
{
	if (v)
		free(v->rows);
	free(v);
}

static bool
is_nothing(const struct capi_json *v)
{
	switch (v->type) {
	case CAPI_JSON_NULL:
		return true;
	case CAPI_JSON_STRING:
		return !v->len;
	case CAPI_JSON_ARRAY:
	case CAPI_JSON_OBJECT:
		return !v->child;
	default:
		return false;
	}
}

static void
fill(struct capi_event *e, unsigned parent, const struct capi_json *object)
{
	const uint16_t *members = e->vocab->rows[e->vocab->slots[parent].row];

	for (const struct capi_json *v = object->child; v; v = v->next) {
		unsigned slot = members[v->key_id];

		if (!slot || is_nothing(v))
			continue;
		if (!e->at[slot])
			e->filled[e->filled_count++] = (uint16_t)slot;
		e->at[slot] = v;
		if (v->type == CAPI_JSON_OBJECT && e->vocab->slots[slot].row)
			fill(e, slot, v);
	}
}

void
capi_event_forget(struct capi_event *e, unsigned from)
{
	while (e->filled_count > from)
		e->at[e->filled[--e->filled_count]] = NULL;
}

void
capi_event_read(struct capi_event *e, const struct capi_json *root)
{
	capi_event_forget(e, 0);
	e->at[CAPI_ROOT] = root;
	e->asked = e->found = 0;
	fill(e, CAPI_ROOT, root);
}

unsigned
capi_event_read_item(
    struct capi_event *e, unsigned list, const struct capi_json *item)
{
	unsigned from = e->filled_count;

	if (item->type == CAPI_JSON_OBJECT)
		fill(e, list, item);
	return from;
}

struct capi_str
capi_json_str(const struct capi_json *v)
{
	if (v && v->type == CAPI_JSON_ARRAY)
		v = v->child;
	if (v && (v->type == CAPI_JSON_STRING || v->type == CAPI_JSON_NUMBER))
		return (struct capi_str){v->text, v->len};
	return (struct capi_str){NULL, 0};
}

struct capi_str
capi_event_str(const struct capi_event *e, unsigned slot)
{
	return capi_json_str(e->at[slot]);
}

bool
capi_event_int(const struct capi_event *e, unsigned slot, int64_t *n)
{
	struct capi_str s = capi_event_str(e, slot);
	int64_t number = 0;
	size_t i = s.n && s.p[0] == '-';

	if (i == s.n || s.n > 18)
		return false;
	for (; i < s.n; i++) {
		if (!capi_is_digit(s.p[i]))
			return false;
		number = number * 10 + (s.p[i] - '0');
	}
	*n = s.p[0] == '-' ? -number : number;
	return true;
}

bool
capi_event_true(const struct capi_event *e, unsigned slot)
{
	const struct capi_json *v = e->at[slot];

	return v && v->len && strchr("tTyY1", v->text[0]);
}

int
capi_decimal_sign(struct capi_str s)
{
	bool negative = s.n && s.p[0] == '-';
	bool nonzero = false;
	size_t digits = 0, points = 0;

	for (size_t i = negative; i < s.n; i++) {
		if (s.p[i] == '.' && digits && i + 1 < s.n) {
			points++;
		} else if (capi_is_digit(s.p[i])) {
			digits++;
			nonzero |= s.p[i] != '0';
		} else {
			return 2;
		}
	}
	if (!digits || points > 1)
		return 2;
	/* JSON has no leading zeros: "007" would not be copied as a number. */
	if (s.n > (size_t)negative + 1 && s.p[negative] == '0' &&
	    s.p[negative + 1] != '.')
		return 2;
	return nonzero ? (negative ? -1 : 1) : 0;
}

/* The digits as one number with `decimals` of them behind the point. */
static bool
scaled(struct capi_str s, size_t decimals, int64_t *n)
{
	size_t after = 0;
	bool point = false;

	*n = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.') {
			point = true;
			continue;
		}
		after += point;
		if (__builtin_mul_overflow(*n, 10, n) ||
		    __builtin_add_overflow(*n, s.p[i] - '0', n))
			return false;
	}
	for (; after < decimals; after++)
		if (__builtin_mul_overflow(*n, 10, n))
			return false;
	return true;
}

static size_t
decimals_of(struct capi_str s)
{
	const char *point = memchr(s.p, '.', s.n);

	return point ? (size_t)(s.p + s.n - point - 1) : 0;
}

bool
capi_decimal_minus(struct capi_buf *out, struct capi_str a, struct capi_str b)
{
	int sign_a = capi_decimal_sign(a), sign_b = capi_decimal_sign(b);
	size_t decimals;
	int64_t x, y, unit = 1;

	if (sign_a < 0 || sign_a > 1 || sign_b < 0 || sign_b > 1)
		return false;
	decimals = decimals_of(a);
	if (decimals_of(b) > decimals)
		decimals = decimals_of(b);
	if (decimals > 9 || !scaled(a, decimals, &x) ||
	    !scaled(b, decimals, &y) || y > x)
		return false;
	for (size_t i = 0; i < decimals; i++)
		unit *= 10;
	x -= y;
	capi_buf_add_int(out, x / unit);
	if (decimals)
		capi_buf_addc(out, '.');
	for (size_t i = 0; i < decimals; i++) {
		unit /= 10;
		capi_buf_addc(out, (char)('0' + x / unit % 10));
	}
	return true;
}

int64_t
capi_decimal_share(struct capi_str part, struct capi_str whole, int64_t of)
{
	size_t decimals;
	int64_t x, y;

	if (capi_decimal_sign(part) != 1 || capi_decimal_sign(whole) != 1)
		return 0;
	decimals = decimals_of(part);
	if (decimals_of(whole) > decimals)
		decimals = decimals_of(whole);
	if (decimals > 9 || !scaled(part, decimals, &x) ||
	    !scaled(whole, decimals, &y))
		return 0;
	if (x >= y)
		return of;
	return __builtin_mul_overflow(x, of, &x) ? 0 : x / y;
}
