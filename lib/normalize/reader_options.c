/*
 * What a user says of an export, checked and put where it is looked for.
 */
#include "reader_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rule/clickid.h"
#include "filter.h"
#include "rule/place.h"

#define MAP_MAX (1 << 20)

const char *const capi_reader_orders[] = {"DMY", "MDY", "YMD", NULL};
static const enum capi_when_order orders[] = {
    CAPI_WHEN_DMY, CAPI_WHEN_MDY, CAPI_WHEN_YMD};
const char *const capi_reader_decimals[] = {".", ",", NULL};
const char *const capi_reader_values[] = {"total", "subtotal", NULL};
const char *const capi_reader_moneys[] = {"shop", "presentment", NULL};
const char *const capi_reader_frees[] = {"keep", "withhold", NULL};

static char *
read_map(const char *path, size_t *len)
{
	int fd = capi_filter_open(path);
	char *text = fd < 0 ? NULL : capi_alloc(MAP_MAX);
	ssize_t n = 0;

	*len = 0;
	while (text && (n = read(fd, text + *len, MAP_MAX - *len)) > 0)
		*len += (size_t)n;
	if (fd >= 0)
		close(fd);
	if (n == 0)
		return text;
	free(text);
	return NULL;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static enum capi_exit
set_map(struct capi_reader *r, const char *name, char *why)
{
	const char *text = capi_preset_find(name);
	char wrong[160];
	size_t len;
	char *read = NULL;
	int failed;

	r->plain = text && !strcmp(name, "plain");
	if (text) {
		len = strlen(text);
	} else if (access(name, F_OK) && !strpbrk(name, "/.")) {
		snprintf(why, CAPI_READER_WHY,
		    "no preset of that name: %s (--list-maps)", name);
		return CAPI_EXIT_USAGE;
	} else {
		text = read = read_map(name, &len);
		if (!read)
			return CAPI_EXIT_NOINPUT;
	}
	failed =
	    capi_preset_parse(&r->preset, base_name(name), text, len, wrong);
	free(read);
	if (failed)
		snprintf(why, CAPI_READER_WHY, "%s: %s", name, wrong);
	return failed ? CAPI_EXIT_CONFIG : CAPI_EXIT_OK;
}

static enum capi_exit
misuse(char *why, const char *what)
{
	snprintf(why, CAPI_READER_WHY, "%s", what);
	return CAPI_EXIT_USAGE;
}

static enum capi_exit
set_delimiter(struct capi_reader *r, const char *d, char *why)
{
	if (!strcmp(d, "tab") || !strcmp(d, "\\t"))
		d = "\t";
	if (strlen(d) != 1 || *d == '"' || *d == '\n')
		return misuse(why, "--delimiter: one character, or tab");
	r->delimiter = *d;
	return CAPI_EXIT_OK;
}

static enum capi_exit
set_zone(struct capi_reader *r, const char *name, char *why)
{
	switch (capi_zone_open(name, &r->zone)) {
	case CAPI_ZONE_OK:
		r->n.zone = r->zone;
		return CAPI_EXIT_OK;
	case CAPI_ZONE_MEMORY:
		misuse(why, "out of memory");
		return CAPI_EXIT_SYSTEM;
	case CAPI_ZONE_BROKEN:
		misuse(why, "--tz: the system's file of that zone is broken");
		return CAPI_EXIT_SYSTEM;
	default:
		return misuse(
		    why, "--tz: no time zone of that name on this system");
	}
}

static enum capi_exit
set_site(struct capi_reader *r, const char *site, char *why)
{
	struct capi_buf clean = CAPI_BUF_INIT(8192);
	bool stripped;

	if (capi_url_clean(&clean, site, strlen(site), NULL, &stripped) !=
	    CAPI_URL_OK) {
		capi_buf_release(&clean);
		return misuse(why, "--site: not a URL");
	}
	capi_buf_cstr(&clean);
	r->site = clean.data;
	r->n.site = r->site;
	return CAPI_EXIT_OK;
}

/* What orders can be left out as, whatever the map; statuses that a map's own
 * table can not give stand here too, for one --keep may serve many exports. */
static const char *const statuses[] = {"test", "cancelled", "uncaptured",
    "renewal", "refunded", "partially_refunded", "partially_paid", "pending",
    "authorized", "voided", "expired", "failed", "disputed", "deleted", "lost",
    "open", "won", "paid", "free", "other"};
#define STATUSES (sizeof(statuses) / sizeof(statuses[0]))

static bool
is_status(const struct capi_preset *p, const char *word)
{
	struct capi_str s = {word, strlen(word)};

	for (size_t i = 0; i < STATUSES; i++)
		if (!strcmp(statuses[i], word))
			return true;
	for (size_t i = 0; i < p->translations; i++)
		if (p->translation[i].field == CAPI_F_STATUS &&
		    p->translation[i].to.n == s.n &&
		    !memcmp(p->translation[i].to.p, s.p, s.n))
			return true;
	return capi_preset_counts(p, s);
}

static enum capi_exit
check_keep(
    const struct capi_reader *r, const struct capi_reader_options *o, char *why)
{
	for (size_t i = 0; i < o->keep.n; i++) {
		const char *word = o->keep.v[i];
		const char *near = capi_text_nearest(
		    (struct capi_str){word, strlen(word)}, statuses, STATUSES);

		if (is_status(&r->preset, word))
			continue;
		if (near)
			snprintf(why, CAPI_READER_WHY,
			    "--keep: not a status: %.60s (is it %s?)", word,
			    near);
		else
			snprintf(why, CAPI_READER_WHY,
			    "--keep: not a status: %.60s (--print-map shows "
			    "those of a preset)",
			    word);
		return CAPI_EXIT_USAGE;
	}
	return CAPI_EXIT_OK;
}

static enum capi_exit
set_words(struct capi_reader *r, const struct capi_reader_options *o, char *why)
{
	if (o->region &&
	    capi_place_country(o->region, strlen(o->region), r->n.region))
		return misuse(why, "--region: not a country");
	if (o->currency &&
	    capi_place_currency(o->currency, strlen(o->currency), r->currency))
		return misuse(why, "--currency: not in ISO 4217");
	if (o->currency)
		r->n.currency = r->currency;
	r->n.id_template = o->id_template ? o->id_template : "{order_id}";
	r->n.id_forced = o->id_template != NULL;
	if (capi_template_check(r->n.id_template))
		return misuse(why, "--event-id: braces must hold a member's "
				   "name, as {order_id} does");
	if (o->action_source && !capi_action_source_is(o->action_source))
		return misuse(why, "--action-source: not one of website, app, "
				   "phone_call, physical_store, email, chat, "
				   "system_generated, business_messaging, "
				   "other");
	r->n.action_source = o->action_source;
	return CAPI_EXIT_OK;
}

/* The choices that can not be wrong. */
static void
set_choices(struct capi_reader *r, const struct capi_reader_options *o)
{
	struct capi_normalizer *n = &r->n;

	r->encoding = o->encoding;
	r->max = o->max;
	r->keep = o->keep_text;
	r->repeats = o->repeats;
	n->event_name = o->event_name;
	if (o->date_order >= 0)
		n->order = orders[o->date_order];
	if (o->decimal >= 0)
		n->decimal = capi_reader_decimals[o->decimal][0];
	n->value = (enum capi_value_choice)o->value;
	n->money = (enum capi_money_choice)o->money;
	n->withhold_free = o->free == 1;
	n->keep = o->keep.v;
	n->keeps = o->keep.n;
	n->since_1904 = o->since_1904;
	n->split_names = o->split_names;
	n->skip_renewals = o->skip_renewals;
	n->now = o->now;
}

enum capi_exit
capi_reader_set(struct capi_reader *r, const struct capi_reader_options *o,
    char why[CAPI_READER_WHY])
{
	enum capi_exit e = set_map(r, o->map ? o->map : "plain", why);

	set_choices(r, o);
	if (!e && o->delimiter)
		e = set_delimiter(r, o->delimiter, why);
	if (!e && o->zone)
		e = set_zone(r, o->zone, why);
	if (!e && o->site)
		e = set_site(r, o->site, why);
	if (!e)
		e = check_keep(r, o, why);
	return e ? e : set_words(r, o, why);
}
