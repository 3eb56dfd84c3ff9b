#include "clickid.h"

#include <string.h>

#include "personal.h"

static const struct {
	const char *name;
	enum capi_clickid id;
} parameters[] = {
    {"fbclid", CAPI_CLICKID_FBCLID},
    {"ttclid", CAPI_CLICKID_TTCLID},
    {"gclid", CAPI_CLICKID_GCLID},
    {"gbraid", CAPI_CLICKID_GBRAID},
    {"wbraid", CAPI_CLICKID_WBRAID},
    {"epik", CAPI_CLICKID_EPIK},
    {"sccid", CAPI_CLICKID_SCCID},
    {"msclkid", CAPI_CLICKID_MSCLKID},
    {"twclid", CAPI_CLICKID_TWCLID},
    {"rdt_cid", CAPI_CLICKID_RDT_CID},
    {"li_fat_id", CAPI_CLICKID_LI_FAT_ID},
    {"_kx", CAPI_CLICKID_KX},
};

/* One parameter of a query; false at its end. */
static bool
next_parameter(
    struct capi_str *rest, struct capi_str *name, struct capi_str *value)
{
	const char *amp, *equal;
	size_t n;

	if (!rest->n)
		return false;
	amp = memchr(rest->p, '&', rest->n);
	n = amp ? (size_t)(amp - rest->p) : rest->n;
	equal = memchr(rest->p, '=', n);
	name->p = rest->p;
	name->n = equal ? (size_t)(equal - rest->p) : n;
	value->p = equal ? equal + 1 : rest->p + n;
	value->n = (size_t)(rest->p + n - value->p);
	n += amp != NULL;
	rest->p += n;
	rest->n -= n;
	return true;
}

/* Spares most comparisons with a list. */
static bool
begins_like(struct capi_str s, const char *word)
{
	return s.n && capi_lower(s.p[0]) == word[0];
}

static struct capi_str
query_of(const char *url, size_t n)
{
	const char *hash = memchr(url, '#', n);
	const char *mark;

	if (hash)
		n = (size_t)(hash - url);
	mark = memchr(url, '?', n);
	if (!mark)
		return (struct capi_str){url, 0};
	return (struct capi_str){mark + 1, (size_t)(url + n - mark - 1)};
}

/* White space, controls and what RFC 3986 lets stand nowhere. */
static inline bool
is_foreign(char c)
{
	static const bool foreign[256] = {['<'] = true,
	    ['>'] = true,
	    ['"'] = true,
	    ['\\'] = true,
	    ['^'] = true,
	    ['`'] = true,
	    ['{'] = true,
	    ['|'] = true,
	    ['}'] = true,
	    [127] = true};

	return (unsigned char)c <= ' ' || foreign[(unsigned char)c];
}

bool
capi_clickid_is(const char *s, size_t n)
{
	static const char *const leftovers[] = {
	    "undefined", "null", "none", "nan", "(not set)", "n/a", NULL};
	struct capi_str t = {s, n};

	if (!n || n > 1024)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((s[i] & 0x80) || is_foreign(s[i]))
			return false;
	for (size_t i = 0; leftovers[i]; i++)
		if (begins_like(t, leftovers[i]) &&
		    capi_str_is_nocase(t, leftovers[i]))
			return false;
	return true;
}

void
capi_clickid_find(const char *url, size_t n, struct capi_str ids[CAPI_CLICKIDS])
{
	struct capi_str rest = query_of(url, n), name, value;

	while (next_parameter(&rest, &name, &value)) {
		for (size_t i = 0;
		     i < sizeof(parameters) / sizeof(parameters[0]); i++)
			if (begins_like(name, parameters[i].name) &&
			    capi_str_is_nocase(name, parameters[i].name) &&
			    capi_clickid_is(value.p, value.n))
				ids[parameters[i].id] = value;
	}
}

/*
 * Names of parameters by their first letter, compared without case, - and _,
 * besides those of lib/rule/personal.c: keys to doors, and what is called so
 * in the URL of a person's order. A word ended by * is a beginning. Click ids
 * and campaign names are not among them.
 */
static const char *const private_names[26] = {
    ['a' - 'a'] = "accesstoken apikey auth authorization authtoken",
    ['c' - 'a'] = "carttoken checkouttoken cidade citta city ciudad "
		  "clientsecret code csrf* customer customerid",
    ['e' - 'a'] = "em",
    ['f' - 'a'] = "fn",
    ['g' - 'a'] = "gender geschlecht",
    ['h' - 'a'] = "hash hmac",
    ['i' - 'a'] = "iban idtoken ip",
    ['j' - 'a'] = "jsessionid jwt",
    ['k' - 'a'] = "key kundennummer",
    ['l' - 'a'] = "ln login",
    ['n' - 'a'] = "naam name namn navn nom nombre nome nonce",
    ['o' - 'a'] = "orderkey ort otp",
    ['p' - 'a'] =
	"pass passwd password paymentintent paymentintentclientsecret "
	"ph phpsessid pin plaats pwd",
    ['r' - 'a'] = "refreshtoken",
    ['s' - 'a'] = "secret* sessid session* setupintentclientsecret sid sig "
		  "signature stad stadt state",
    ['t' - 'a'] = "token*",
    ['u' - 'a'] = "user userid username",
    ['v' - 'a'] = "ville",
    ['w' - 'a'] = "wohnort",
    ['x' - 'a'] = "xsrf*",
};

/* The word up to a blank or the end. */
static bool
matches(struct capi_str name, const char *word)
{
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '-' || name.p[i] == '_')
			continue;
		if (*word == '*')
			return true;
		if (capi_lower(name.p[i]) != *word++)
			return false;
	}
	return !*word || *word == ' ' || *word == '*';
}

static bool
is_listed_name(struct capi_str name)
{
	const char *bracket = memchr(name.p, '[', name.n);

	/* "checkout[email]": what is in the brackets names it */
	if (bracket && name.p[name.n - 1] == ']') {
		struct capi_str inner = {
		    bracket + 1, (size_t)(name.p + name.n - bracket) - 2};

		if (inner.n && is_listed_name(inner))
			return true;
	}
	while (name.n && (name.p[0] == '-' || name.p[0] == '_'))
		name = (struct capi_str){name.p + 1, name.n - 1};
	if (!name.n || !capi_is_alpha(name.p[0]))
		return false;
	for (const char *word = private_names[capi_lower(name.p[0]) - 'a'];
	     word; word = strchr(word, ' ')) {
		word += *word == ' ';
		if (matches(name, word))
			return true;
	}
	return false;
}

/* Most parameters are a campaign's, which need no look into the lists. */
static bool
is_campaign(struct capi_str name)
{
	return name.n > 4 && (!memcmp(name.p, "utm_", 4) ||
				 !memcmp(name.p + name.n - 4, "clid", 4));
}

static bool
is_private_name(struct capi_str name, struct capi_str value)
{
	if (is_campaign(name))
		return false;
	return is_listed_name(name) ||
	       (capi_personal_is(name) && !capi_personal_is_flag(value));
}

/* "@", or what stands for it once or twice encoded. */
static bool
has_at(struct capi_str s)
{
	const char *end = s.p + s.n;

	if (memchr(s.p, '@', s.n))
		return true;
	for (const char *p = s.p; (p = memchr(p, '%', (size_t)(end - p))); p++)
		if ((end - p >= 3 && !memcmp(p, "%40", 3)) ||
		    (end - p >= 5 && !memcmp(p, "%2540", 5)))
			return true;
	return false;
}

/* A JSON web token begins like this: base64 of {" */
static bool
is_private_value(struct capi_str s)
{
	return has_at(s) || (s.n > 20 && !memcmp(s.p, "eyJ", 3));
}

bool
capi_url_has_private_name(const char *parameter, size_t n)
{
	struct capi_str rest = {parameter, n}, name, value;

	return next_parameter(&rest, &name, &value) &&
	       is_private_name(name, value);
}

/* The same, or a long number in hex. */
static bool
is_secret_segment(struct capi_str s)
{
	if (is_private_value(s))
		return true;
	if (s.n < 24)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!capi_is_digit(s.p[i]) &&
		    !(capi_lower(s.p[i]) >= 'a' && capi_lower(s.p[i]) <= 'f'))
			return false;
	return true;
}

static void
clean_path(struct capi_buf *out, struct capi_str path, bool *stripped)
{
	while (path.n) {
		const char *slash = memchr(path.p + 1, '/', path.n - 1);
		size_t n = slash ? (size_t)(slash - path.p) : path.n;

		if (is_secret_segment((struct capi_str){path.p + 1, n - 1})) {
			capi_buf_addc(out, '/');
			*stripped = true;
			return;
		}
		capi_buf_add(out, path.p, n);
		path.p += n;
		path.n -= n;
	}
}

static void
clean_query(struct capi_buf *out, struct capi_str query, bool *stripped)
{
	struct capi_str name, value;
	char joint = '?';

	while (next_parameter(&query, &name, &value)) {
		if (value.p + value.n == name.p)
			continue; /* "&&" */
		if (is_private_name(name, value) || is_private_value(value) ||
		    has_at(name)) {
			*stripped = true;
			continue;
		}
		capi_buf_addc(out, joint);
		capi_buf_add(out, name.p, (size_t)(value.p + value.n - name.p));
		joint = '&';
	}
}

/* Length of "https://host:port" without user and password, put into out. */
static bool
clean_origin(struct capi_buf *out, struct capi_str *url, bool *stripped)
{
	size_t scheme = 0, n;
	const char *at;
	struct capi_str host;

	if (url->n > 8 &&
	    capi_str_is_nocase((struct capi_str){url->p, 8}, "https://"))
		scheme = 8;
	else if (url->n > 7 &&
		 capi_str_is_nocase((struct capi_str){url->p, 7}, "http://"))
		scheme = 7;
	for (n = scheme; n < url->n; n++)
		if (url->p[n] == '/' || url->p[n] == '?' || url->p[n] == '#')
			break;
	host = (struct capi_str){url->p + scheme, n - scheme};
	while ((at = memchr(host.p, '@', host.n))) {
		host.n -= (size_t)(at + 1 - host.p);
		host.p = at + 1;
		*stripped = true;
	}
	if (!host.n || host.p[0] == '.' || !memchr(host.p, '.', host.n))
		return false;
	if (scheme)
		capi_buf_add(out, url->p, scheme);
	else
		capi_buf_adds(out, "https://");
	capi_buf_add(out, host.p, host.n);
	url->p += n;
	url->n -= n;
	return true;
}

static bool
has_bad_bytes(struct capi_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (is_foreign(s.p[i]))
			return true;
	return false;
}

enum capi_url_verdict
capi_url_clean(struct capi_buf *out, const char *url, size_t n,
    const char *site, bool *stripped)
{
	struct capi_str s = capi_text_trim(url, n);
	size_t undo = out->len, end;
	const char *hash;

	*stripped = false;
	if (!s.n || s.n > 8192 || has_bad_bytes(s))
		return CAPI_URL_BAD;
	if (s.p[0] == '/' && !(s.n > 1 && s.p[1] == '/')) {
		if (!site)
			return CAPI_URL_RELATIVE;
		capi_buf_adds(out, site);
		while (out->len > undo && out->data[out->len - 1] == '/')
			out->len--;
	} else {
		if (s.n > 2 && s.p[0] == '/') { /* //host/path */
			s.p += 2;
			s.n -= 2;
		}
		if (!clean_origin(out, &s, stripped)) {
			out->len = undo;
			return CAPI_URL_BAD;
		}
	}
	hash = memchr(s.p, '#', s.n);
	end = hash ? (size_t)(hash - s.p) : s.n;
	{
		struct capi_str query = query_of(s.p, end);
		size_t path =
		    query.p == s.p ? end : (size_t)(query.p - s.p) - 1;

		clean_path(out, (struct capi_str){s.p, path}, stripped);
		clean_query(out, query, stripped);
	}
	if (hash && s.n - end > 1) {
		struct capi_str fragment = {hash, s.n - end};

		if (has_at(fragment) || memchr(hash, '=', fragment.n))
			*stripped = true;
		else
			capi_buf_add(out, fragment.p, fragment.n);
	}
	/* A blank that stood before what has gone is at the end now. */
	out->len = undo + capi_text_trim(out->data + undo, out->len - undo).n;
	return CAPI_URL_OK;
}

bool
capi_url_is_private(const char *url, size_t n)
{
	char text[8256];
	struct capi_buf out = {text, 0, sizeof(text), sizeof(text), false};
	bool stripped;

	capi_url_clean(&out, url, n, "", &stripped);
	return stripped;
}

static size_t
digits(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && capi_is_digit(s[i]))
		i++;
	return i;
}

/* fb.INDEX.13 digits. and where the id begins; 0 if it does not begin so. */
static size_t
fb_head(const char *s, size_t n)
{
	size_t index, ms;

	if (n < 6 || memcmp(s, "fb.", 3))
		return 0;
	index = digits(s + 3, n - 3);
	if (!index || 3 + index >= n || s[3 + index] != '.')
		return 0;
	ms = digits(s + 4 + index, n - 4 - index);
	if (ms != 13 || 17 + index >= n || s[17 + index] != '.')
		return 0;
	return 18 + index;
}

static bool
is_word(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!capi_is_alnum(s[i]) && s[i] != '_' && s[i] != '-')
			return false;
	return n > 0;
}

/* The parameter builder's appendix: 8 characters of base64url, or a token of
 * two for its language. */
static bool
is_appendix(const char *s, size_t n)
{
	static const char tokens[] = "AQAgAwBABQBg";

	if (n == 8)
		return is_word(s, n);
	if (n != 2)
		return false;
	for (size_t i = 0; i < sizeof(tokens) - 1; i += 2)
		if (!memcmp(s, tokens + i, 2))
			return true;
	return false;
}

static bool
has_tail(const char *s, size_t n, bool number)
{
	size_t head = fb_head(s, n);
	const char *dot;
	size_t id;

	if (!head || head >= n)
		return false;
	dot = memchr(s + head, '.', n - head);
	id = dot ? (size_t)(dot - s) - head : n - head;
	if (dot && !is_appendix(dot + 1, (size_t)(s + n - dot) - 1))
		return false;
	return number ? id && digits(s + head, id) == id
		      : is_word(s + head, id);
}

bool
capi_fbc_is(const char *s, size_t n)
{
	return has_tail(s, n, false);
}

bool
capi_fbp_is(const char *s, size_t n)
{
	return has_tail(s, n, true);
}

void
capi_fbc_build(
    struct capi_buf *out, const char *fbclid, size_t n, int64_t click_ms)
{
	capi_buf_adds(out, "fb.1.");
	capi_buf_add_int(out, click_ms);
	capi_buf_addc(out, '.');
	capi_buf_add(out, fbclid, n);
}
