#include "form_priv.h"

#include <string.h>

/* Names. */

static bool
drop_in_builder_names(uint32_t c)
{
	return capi_form_is_blank(c) || capi_form_is_punct(c);
}

const char *
capi_builder_name(
    struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	return capi_form_lower_without(out, value, drop_in_builder_names);
}

/* Phone, birth date. */

const char *
capi_builder_phone(
    struct capi_buf *out, struct capi_str value, const char *country)
{
	size_t at = out->len;

	(void)country;
	for (size_t i = 0; i < value.n; i++)
		if (capi_is_digit(value.p[i]) &&
		    (out->len > at || value.p[i] != '0'))
			capi_buf_addc(out, value.p[i]);
	return out->len == at ? capi_form_nothing_left : NULL;
}

/* The next number; 0 when there is none. Digits of ASCII only. */
static int
next_number(struct capi_str *s, size_t *digits)
{
	int n = 0;

	while (s->n && !capi_is_digit(*s->p))
		s->p++, s->n--;
	for (*digits = 0; s->n && capi_is_digit(*s->p); s->p++, s->n--) {
		n = n < 10000 ? n * 10 + (*s->p - '0') : n;
		++*digits;
	}
	return n;
}

/* Of the two that are not the year, the one over 12 is the day, else the
 * second. No month is shorter than 31 days, and the upper end of the years is
 * next year there; here it is fixed, since a form knows no clock. */
static const char *
add_birth(struct capi_buf *out, int year, int first, int second)
{
	int month = first > 12 ? second : first;
	int day = first > 12 ? first : second;

	if (year < 1800 || year > 2099 || month < 1 || month > 12 || day < 1 ||
	    day > 31)
		return "no date";
	capi_buf_addf(out, "%04d%02d%02d", year, month, day);
	return NULL;
}

const char *
capi_builder_birth(
    struct capi_buf *out, struct capi_str value, const char *country)
{
	struct capi_str rest = value;
	size_t digits[4];
	int n[4];

	(void)country;
	for (size_t i = 0; i < 4; i++)
		n[i] = next_number(&rest, &digits[i]);
	if (digits[0] == 8 && !digits[1]) { /* taken as it is */
		for (size_t i = 0; i < value.n; i++)
			if (capi_is_digit(value.p[i]))
				capi_buf_addc(out, value.p[i]);
		return NULL;
	}
	if (!digits[2])
		return "not three numbers";
	if (n[0] > 31)
		return add_birth(out, n[0], n[1], n[2]);
	if (n[1] > 31)
		return add_birth(out, n[1], n[2], n[0]);
	return add_birth(out, n[2], n[0], n[1]);
}

/* Places. */

static bool
drop_not_ascii_alnum(uint32_t c)
{
	return c >= 0x80 || !capi_is_alnum((char)c);
}

/* The parameter builder deletes letters with accents: "são paulo" goes out as
 * "sopaulo". Wrong by Meta's page, but what its own library sends. */
const char *
capi_builder_city(
    struct capi_buf *out, struct capi_str value, const char *country)
{
	size_t at = out->len;
	const char *why =
	    capi_form_lower_without(out, value, drop_not_ascii_alnum);

	(void)country;
	if (!why && !capi_is_alpha(out->data[at]))
		return "does not begin with a letter";
	return why;
}

/* Digits, blanks and . - ( ) go. */
static bool
drop_in_sdk_places(uint32_t c)
{
	return capi_form_is_blank(c) || (c >= '0' && c <= '9') || c == '.' ||
	       c == '-' || c == '(' || c == ')';
}

const char *
capi_sdk_place(struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	return capi_form_lower_without(out, value, drop_in_sdk_places);
}

/* The builder's names in the order in which it looks for them inside the
 * value, so that "West Virginia USA" is Virginia to it. */
static const char *const builder_states =
    "ontario on quebec qc britishcolumbia bc alberta ab saskatchewan sk "
    "manitoba mb novascotia ns newbrunswick nb princeedwardisland pe "
    "newfoundlandandlabrador nl yukon yt northwestterritories nt "
    "nunavut nu alabama al alaska ak arizona az arkansas ar california ca "
    "colorado co connecticut ct delaware de florida fl georgia ga hawaii hi "
    "idaho id illinois il indiana in iowa ia kansas ks kentucky ky "
    "louisiana la maine me maryland md massachusetts ma michigan mi "
    "minnesota mn mississippi ms missouri mo montana mt nebraska ne "
    "nevada nv newhampshire nh newjersey nj newmexico nm newyork ny "
    "northcarolina nc northdakota nd ohio oh oklahoma ok oregon or "
    "pennsylvania pa rhodeisland ri southcarolina sc southdakota sd "
    "tennessee tn texas tx utah ut vermont vt virginia va washington wa "
    "westvirginia wv wisconsin wi wyoming wy ";

/* All names of its table, "ind" and "usa" included: "Indonesia" is found
 * whole, "Windward Islands" is India. */
static const char *const builder_countries =
    "unitedstates us usa us ind in afghanistan af alandislands ax albania "
    "al algeria dz americansamoa as andorra ad angola ao anguilla ai "
    "antarctica aq antiguaandbarbuda ag argentina ar armenia am aruba aw "
    "australia au austria at azerbaijan az bahamas bs bahrain bh "
    "bangladesh bd barbados bb belarus by belgium be belize bz benin bj "
    "bermuda bm bhutan bt boliviaplurinationalstateof bo bolivia bo "
    "bonairesinteustatinsandsaba bq bosniaandherzegovina ba botswana bw "
    "bouvetisland bv brazil br britishindianoceanterritory io "
    "bruneidarussalam bn brunei bn bulgaria bg burkinafaso bf burundi bi "
    "cambodia kh cameroon cm canada ca capeverde cv caymanislands ky "
    "centralafricanrepublic cf chad td chile cl china cn christmasisland "
    "cx cocoskeelingislands cc colombia co comoros km congo cg "
    "congothedemocraticrepublicofthe cd democraticrepublicofthecongo cd "
    "cookislands ck costarica cr cotedivoire ci ivorycoast ci croatia hr "
    "cuba cu curacao cw cyprus cy czechrepublic cz denmark dk djibouti dj "
    "dominica dm dominicanrepublic do ecuador ec egypt eg elsalvador sv "
    "equatorialguinea gq eritrea er estonia ee ethiopia et "
    "falklandislandsmalvinas fk faroeislands fo fiji fj finland fi france "
    "fr frenchguiana gf frenchpolynesia pf frenchsouthernterritories tf "
    "gabon ga gambia gm georgia ge germany de ghana gh gibraltar gi "
    "greece gr greenland gl grenada gd guadeloupe gp guam gu guatemala gt "
    "guernsey gg guinea gn guineabissau gw guyana gy haiti ht "
    "heardislandandmcdonaldislands hm holyseevaticancitystate va vatican "
    "va honduras hn hongkong hk hungary hu iceland is india in indonesia "
    "id iranislamicrepublicof ir iran ir iraq iq ireland ie isleofman im "
    "israel il italy it jamaica jm japan jp jersey je jordan jo "
    "kazakhstan kz kenya ke kiribati ki koreademocraticpeoplesrepublicof "
    "kp northkorea kp korearepublicof kr southkorea kr kuwait kw "
    "kyrgyzstan kg laopeoplesdemocraticrepublic la laos la latvia lv "
    "lebanon lb lesotho ls liberia lr libya ly liechtenstein li lithuania "
    "lt luxembourg lu macao mo macedoniatheformeryugoslavrepublicof mk "
    "macedonia mk madagascar mg malawi mw malaysia my maldives mv mali ml "
    "malta mt marshallislands mh martinique mq mauritania mr mauritius mu "
    "mayotte yt mexico mx micronesiafederatedstatesof fm micronesia fm "
    "moldovarepublicof md moldova md monaco mc mongolia mn montenegro me "
    "montserrat ms morocco ma mozambique mz myanmar mm namibia na nauru "
    "nr nepal np netherlands nl newcaledonia nc newzealand nz nicaragua "
    "ni niger ne nigeria ng niue nu norfolkisland nf "
    "northernmarianaislands mp norway no oman om pakistan pk palau pw "
    "palestinestateof ps palestine ps panama pa papuanewguinea pg "
    "paraguay py peru pe philippines ph pitcairn pn poland pl portugal pt "
    "puertorico pr qatar qa reunion re romania ro russianfederation ru "
    "russia ru rwanda rw saintbarthelemy bl "
    "sainthelenaascensionandtristandacunha sh saintkittsandnevis kn "
    "saintlucia lc saintmartinfrenchpart mf saintpierreandmiquelon pm "
    "saintvincentandthegrenadines vc samoa ws sanmarino sm "
    "saotomeandprincipe st saudiarabia sa senegal sn serbia rs seychelles "
    "sc sierraleone sl singapore sg sintmaartenductchpart sx slovakia sk "
    "slovenia si solomonislands sb somalia so southafrica za "
    "southgeorgiaandthesouthsandwichislands gs southsudan ss spain es "
    "srilanka lk sudan sd suriname sr svalbardandjanmayen sj eswatini sz "
    "swaziland sz sweden se switzerland ch syrianarabrepublic sy syria sy "
    "taiwanprovinceofchina tw taiwan tw tajikistan tj "
    "tanzaniaunitedrepublicof tz tanzania tz thailand th timorleste tl "
    "easttimor tl togo tg tokelau tk tonga to trinidadandtobago tt "
    "tunisia tn turkey tr turkmenistan tm turksandcaicosislands tc tuvalu "
    "tv uganda ug ukraine ua unitedarabemirates ae unitedkingdom gb "
    "unitedstatesofamerica us unitedstatesminoroutlyingislands um uruguay "
    "uy uzbekistan uz vanuatu vu venezuelabolivarianrepublicof ve "
    "venezuela ve vietnam vn virginislandsbritish vg virginislandsus vi "
    "wallisandfutuna wf westernsahara eh yemen ye zambia zm zimbabwe zw ";

static bool
drop_not_ascii_alpha(uint32_t c)
{
	return c >= 0x80 || !capi_is_alpha((char)c);
}

const char *
capi_sdk_country(
    struct capi_buf *out, struct capi_str value, const char *country)
{
	size_t at = out->len;
	const char *why =
	    capi_form_lower_without(out, value, drop_not_ascii_alpha);

	(void)country;
	return why ? why : out->len - at != 2 ? "not two letters" : NULL;
}

/* The code of a name, of the whole value first, then inside it; else the first
 * two letters. */
static const char *
add_code(struct capi_buf *out, struct capi_str value, const char *names)
{
	size_t at = out->len;
	const char *why =
	    capi_form_lower_without(out, value, drop_not_ascii_alpha);
	const char *code = NULL;

	if (why)
		return why;
	for (int inside = 0; inside < 2 && !code; inside++)
		for (const char *p = names; *p && !code; p += 3) {
			size_t n = strcspn(p, " ");
			size_t have = out->len - at;

			if (inside ? memmem(out->data + at, have, p, n) != NULL
				   : have == n && !memcmp(out->data + at, p, n))
				code = p + n + 1;
			p += n + 1;
		}
	if (code)
		memcpy(out->data + at, code, 2);
	if (out->len - at > 2)
		out->len = at + 2;
	return NULL;
}

const char *
capi_builder_state(
    struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	return add_code(out, value, builder_states);
}

const char *
capi_builder_country(
    struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	return add_code(out, value, builder_countries);
}

/* The builder and the older SDKs cut at the first dash, the builder keeps
 * blanks inside: "00-950" becomes "00". */
static const char *
add_postal_cut(struct capi_buf *out, struct capi_str value, bool keep_blanks)
{
	size_t at = out->len;
	const char *why, *dash;

	value = capi_text_trim(value.p, value.n);
	dash = value.n ? memchr(value.p, '-', value.n) : NULL;
	if (dash)
		value = capi_text_trim(value.p, (size_t)(dash - value.p));
	why = keep_blanks
		  ? capi_form_lower(out, value)
		  : capi_form_lower_without(out, value, capi_form_is_blank);
	if (!why && out->len - at < 2)
		return "shorter than two characters";
	return why;
}

const char *
capi_builder_postal(
    struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	return add_postal_cut(out, value, true);
}

const char *
capi_sdk_postal(
    struct capi_buf *out, struct capi_str value, const char *country)
{
	(void)country;
	return add_postal_cut(out, value, false);
}
