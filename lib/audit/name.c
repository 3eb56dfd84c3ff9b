#include "name.h"

#include <string.h>

#include "normalize/seen.h"
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

/* Its exact spelling is one that some platform takes. */
static bool
is_exact(struct capi_str name)
{
	for (size_t i = 0; i < EVENT_NAMES; i++)
		if (capi_str_is(name, event_names[i].name))
			return true;
	return false;
}

static bool
means_same(const struct capi_index_name *a, const struct capi_index_name *b)
{
	if (a->canonical && b->canonical)
		return !strcmp(a->canonical, b->canonical);
	return a->canonical == b->canonical && a->len == b->len &&
	       !memcmp(a->text, b->text, a->len);
}

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
	n->exact = is_exact(name);
	n->meaning = (uint8_t)(n - x->names);
	for (struct capi_index_name *o = x->names; o != n; o++)
		if (means_same(o, n)) {
			n->meaning = o->meaning;
			n->ordered = n->ordered || o->ordered;
		}
	return n;
}

struct capi_meaning
capi_name_meaning(struct capi_index *x, struct capi_str name)
{
	struct capi_meaning m = {name, NULL};
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

uint64_t
capi_name_key(struct capi_str id, struct capi_str name)
{
	return capi_seen_hash(id.p ? id : (struct capi_str){"", 0}, name);
}

uint64_t
capi_name_undressed(struct capi_str id, struct capi_str name)
{
	char room[CANON_MAX];

	if (!id.n)
		return 0;
	if (id.n <= CANON_MAX)
		id = (struct capi_str){
		    room, capi_payload_canon(id, room, CANON_MAX)};
	return id.n ? capi_name_key(id, name) : 0;
}
