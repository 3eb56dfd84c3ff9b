/*
 * The forms, by what the pages say of them. Texts only: that a digest is the
 * SHA-256 of its text is shown elsewhere, by sha256sum and published vectors.
 */
#include "hash/form.h"

#include <stdio.h>
#include <string.h>

#include "digest.h"
#include "hash/placeholder.h"
#include "platform.h"
#include "hash/vectors.h"

static unsigned tests, failures;

static void
ok(bool good, const char *sentence)
{
	printf("%s %u - %s\n", good ? "ok" : "not ok", ++tests, sentence);
	failures += !good;
}

struct row {
	enum capi_identifier id;
	const char *form, *value, *country;
	const char *text; /* NULL: refused */
};

/* Sources: Meta's "Customer Information Parameters" (2026-01-09), Pinterest's
 * events/create 5.23.0, Google's Data Manager page (2026-06), Unicode's
 * SpecialCasing.txt for Greek and Turkish, ISO 3166-2 for states. */
static const struct row rows[] = {
    {CAPI_ID_EMAIL, "lower",
	"\xc2\xa0"
	"A@B.example\t",
	"", "a@b.example"},
    {CAPI_ID_EMAIL, "lower", "a..b@example.com", "", NULL},
    {CAPI_ID_EMAIL, "lower", "a@example", "", NULL},
    {CAPI_ID_EMAIL, "lower", "a@-example.com", "", NULL},
    {CAPI_ID_EMAIL, "lower", "a b@example.com", "", NULL},
    {CAPI_ID_EMAIL, "lower", "a@b@example.com", "", NULL},
    {CAPI_ID_EMAIL, "lower", "Jörg@Bücher.example", "", "jörg@bücher.example"},
    {CAPI_ID_EMAIL, "gmail", "A.B+c@gmail.com", "", "ab@gmail.com"},
    {CAPI_ID_EMAIL, "gmail", "A.B+c@GoogleMail.com", "", "ab@googlemail.com"},
    {CAPI_ID_EMAIL, "gmail", "A.B+c@gmail.com.example", "",
	"a.b+c@gmail.com.example"},
    {CAPI_ID_EMAIL, "gmail", "+c@gmail.com", "", NULL},
    {CAPI_ID_PHONE, "digits", "+16505551212", "", "16505551212"},
    {CAPI_ID_PHONE, "e164", " +16505551212 ", "", "+16505551212"},
    {CAPI_ID_PHONE, "e164", "16505551212", "", NULL},
    {CAPI_ID_PHONE, "e164", "+1234567890123456", "", NULL},
    {CAPI_ID_PHONE, "e164", "+6834002", "", "+6834002"},
    {CAPI_ID_PHONE, "e164", "+683400", "", NULL},
    {CAPI_ID_PHONE, "e164", "+0205551212", "", NULL},
    {CAPI_ID_PHONE, "china", "+8613800000000", "", "13800000000"},
    {CAPI_ID_PHONE, "china", "+16505551212", "", "+16505551212"},
    {CAPI_ID_LAST_NAME, "compact", "ΠΑΠΠΑΣ", "", "παππας"},
    {CAPI_ID_LAST_NAME, "compact", "Σ", "", "σ"},
    {CAPI_ID_LAST_NAME, "compact", "ΟΔΥΣΣΕΥΣ ΣΤΑΜΟΣ", "", "οδυσσευςσταμος"},
    {CAPI_ID_LAST_NAME, "lower", "İnci", "", "i̇nci"},
    {CAPI_ID_LAST_NAME, "compact",
	"u\xcc\x88"
	"ber",
	"", "über"},
    {CAPI_ID_LAST_NAME, "compact", "O’Brien–Smith", "", "obriensmith"},
    {CAPI_ID_LAST_NAME, "typographic", "O’Brien-Smith", "", "o’briensmith"},
    {CAPI_ID_LAST_NAME, "compact", "‘Abd—Ali", "", "abdali"},
    {CAPI_ID_LAST_NAME, "compact", "...", "", NULL},
    {CAPI_ID_LAST_NAME, "lower", " Van  Dyke ", "", "van  dyke"},
    {CAPI_ID_LAST_NAME, "family", "King, Jr., PhD", "", "king"},
    {CAPI_ID_LAST_NAME, "family", "King V", "", "king"},
    {CAPI_ID_LAST_NAME, "family", "Kingv", "", "kingv"},
    {CAPI_ID_LAST_NAME, "family", "V", "", "v"},
    {CAPI_ID_FIRST_NAME, "given", "Dr. Zoë", "", "zoë"},
    {CAPI_ID_FIRST_NAME, "given", "Dr Zoë", "", "dr zoë"},
    {CAPI_ID_FIRST_NAME, "given", "Mr.", "", NULL},
    {CAPI_ID_GENDER, "letter", " Female ", "", "f"},
    {CAPI_ID_GENDER, "letter", "blue", "", NULL},
    {CAPI_ID_DATE_OF_BIRTH, "digits", "2000-02-29", "", "20000229"},
    {CAPI_ID_DATE_OF_BIRTH, "digits", "1900-02-29", "", NULL},
    {CAPI_ID_DATE_OF_BIRTH, "digits", "1899-12-31", "", NULL},
    {CAPI_ID_DATE_OF_BIRTH, "digits", "16/02/1997", "", NULL},
    {CAPI_ID_DATE_OF_BIRTH, "digits", "19971302", "", NULL},
    {CAPI_ID_CITY, "compact", "’s-Hertogenbosch 2", "", "shertogenbosch"},
    {CAPI_ID_CITY, "compact", "12", "", NULL},
    {CAPI_ID_CITY, "ascii", "São Paulo", "", "sopaulo"},
    {CAPI_ID_CITY, "ascii", "東京", "", NULL},
    {CAPI_ID_STATE, "region", "BY", "DE", "bayern"},
    {CAPI_ID_STATE, "region", "DC", "US", "dc"},
    {CAPI_ID_STATE, "region", "Puerto Rico", "US", "pr"},
    {CAPI_ID_STATE, "region", "Nowhere", "US", NULL},
    {CAPI_ID_STATE, "region", "Quebec", "CA", "qc"},
    {CAPI_ID_STATE, "region", "West Virginia", "", "wv"},
    {CAPI_ID_STATE, "code", "Bavaria", "DE", "by"},
    {CAPI_ID_STATE, "code", "NSW", "AU", NULL},
    {CAPI_ID_STATE, "code", "NW", "", "nw"},
    {CAPI_ID_STATE, "upper", "Ontario", "CA", "ON"},
    {CAPI_ID_STATE, "builder", "West Virginia USA", "US", "va"},
    {CAPI_ID_POSTAL_CODE, "compact", "94035-1234", "US", "94035"},
    {CAPI_ID_POSTAL_CODE, "compact", "940351234", "US", "94035"},
    {CAPI_ID_POSTAL_CODE, "compact", "9403", "US", NULL},
    {CAPI_ID_POSTAL_CODE, "compact", "00-950", "PL", "00950"},
    {CAPI_ID_POSTAL_CODE, "compact", "M1 1AE", "GB", "m11ae"},
    {CAPI_ID_POSTAL_CODE, "joined", "94035-1234", "US", "940351234"},
    {CAPI_ID_POSTAL_CODE, "digits", "D-80331", "DE", "80331"},
    {CAPI_ID_POSTAL_CODE, "digits", "1012 AB", "NL", "1012ab"},
    {CAPI_ID_POSTAL_CODE, "builder", "00-950", "PL", "00"},
    {CAPI_ID_COUNTRY, "lower", "UK", "", "gb"},
    {CAPI_ID_COUNTRY, "lower", "Austria", "", "at"},
    {CAPI_ID_COUNTRY, "upper", "usa", "", "US"},
    {CAPI_ID_COUNTRY, "lower", "Atlantis", "", NULL},
    {CAPI_ID_EXTERNAL_ID, "compact", " User 7 ", "", "user7"},
    {CAPI_ID_EXTERNAL_ID, "exact", " User 7 ", "", "User 7"},
    {CAPI_ID_MADID, "lower", "00000000-0000-0000-0000-000000000000", "", NULL},
};

static void
check_row(const struct row *r, struct capi_buf *out)
{
	const struct capi_form *form = capi_form_find(r->id, r->form);
	struct capi_str value = {r->value, strlen(r->value)};
	char sentence[256];
	const char *why;

	snprintf(sentence, sizeof(sentence), "%s %s of \"%s\" is %s",
	    capi_identifiers[r->id], r->form, r->value,
	    r->text ? r->text : "refused");
	/* What is in the buffer already must stay untouched. */
	capi_buf_reset(out);
	capi_buf_adds(out, "KEEP. ");
	why = form->rule(out, value, r->country);
	ok(memcmp(out->data, "KEEP. ", 6) == 0 &&
		(r->text ? !why && capi_str_is((struct capi_str){out->data + 6,
						   out->len - 6},
				       r->text)
			 : why != NULL),
	    sentence);
}

static void
check_platforms(void)
{
	bool good = true;

	for (size_t i = 0; capi_platforms[i]; i++)
		for (const struct capi_field *f = capi_platforms[i]->fields;
		     f->source; f++) {
			const char *name = f->source + 10;

			if (!f->form)
				continue;
			good = good && !strncmp(f->source, "user_data.", 10) &&
			       capi_form_find(
				   capi_identifier_find(name, strlen(name)),
				   f->form);
		}
	ok(good, "each form that a platform's table names is there");
}

static void
check_rules(void)
{
	bool good = true;

	for (const struct capi_rule *r = capi_rules; r->set; r++)
		good = good && capi_rule_set_find(r->set) &&
		       capi_form_find(r->id, r->form) &&
		       (!r->beside || capi_form_find(r->id, r->beside));
	ok(good, "each rule is of a set that there is, and of forms");
}

/* "alone" and "after": rules must not change what hashing twice gives. */
static void
check_again(struct capi_buf *out)
{
	struct capi_buf again = CAPI_BUF_INIT(1 << 16);
	bool good = true;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		const struct capi_form *form = capi_form_find(r->id, r->form);

		/* Phones lose their plus, dates their dashes, states their
		 * codes; text stays what it is. */
		if (!r->text || r->id == CAPI_ID_PHONE ||
		    r->id == CAPI_ID_STATE)
			continue;
		capi_buf_reset(out);
		capi_buf_reset(&again);
		form->rule(out, (struct capi_str){r->value, strlen(r->value)},
		    r->country);
		if (form->rule(&again, (struct capi_str){out->data, out->len},
			r->country) ||
		    again.len != out->len ||
		    memcmp(again.data, out->data, out->len) != 0) {
			printf("# %s %s %s\n", form->name, r->value, r->text);
			good = false;
		}
	}
	capi_buf_release(&again);
	ok(good, "a normalised text is normalised");
}

static void
check_vectors(struct capi_buf *out)
{
	struct capi_digest *d = capi_digest_new();
	bool good = true;

	for (const struct capi_vector *v = capi_vectors; v->platform; v++)
		if (!capi_vector_holds(v, d, out)) {
			printf("# %s %s %s\n", v->platform, v->form, v->input);
			good = false;
		}
	ok(good, "all published vectors hold");
	for (const struct capi_vector *v = capi_vectors; v->platform; v++) {
		struct capi_vector spoilt = *v;
		char digest[65];

		if (v->digest) {
			snprintf(digest, sizeof(digest), "%s", v->digest);
			digest[40] = digest[40] == '0' ? '1' : '0';
			spoilt.digest = digest;
		} else {
			spoilt.normalised = v->normalised ? NULL : "x";
		}
		good = good && !capi_vector_holds(&spoilt, d, out);
	}
	ok(good, "and none holds when a digit of it is spoilt");
	capi_digest_free(d);
}

static void
check_digests(void)
{
	char hex[74] = "B4C9A289323B21A01C3E940F150EB9B8C542587F1ABFD8F0E1CC1FF"
		       "C5E475514";

	ok(capi_form_is_digest((struct capi_str){hex, 64}), "64 hex digits");
	ok(!capi_form_is_digest((struct capi_str){hex, 63}), "63 are none");
	memcpy(hex + 64, ".AQIAAgEA", 9);
	ok(capi_form_is_digest((struct capi_str){hex, 73}),
	    "with the builder's mark of eight");
	ok(capi_form_is_digest((struct capi_str){hex, 67}),
	    "with the builder's mark of two");
	ok(!capi_form_is_digest((struct capi_str){hex, 68}), "of three: none");
	hex[3] = 'g';
	ok(!capi_form_is_digest((struct capi_str){hex, 64}), "g is no hex");
}

static void
check_placeholders(void)
{
	static const struct {
		enum capi_identifier id;
		const char *word;
		bool is;
	} words[] = {
	    {CAPI_ID_EMAIL, "{{email}}", true},
	    {CAPI_ID_EMAIL, "${user.email}", true},
	    {CAPI_ID_EMAIL, "%EMAIL_ADDRESS%", true},
	    {CAPI_ID_EMAIL, "Test@Test.com", true},
	    {CAPI_ID_EMAIL, "jane@example.com", false},
	    {CAPI_ID_PHONE, "+0000000000", true},
	    {CAPI_ID_PHONE, "1234567890", true},
	    {CAPI_ID_PHONE, "+12345678901", false},
	    {CAPI_ID_LAST_NAME, "Null", false},
	    {CAPI_ID_LAST_NAME, "null", true},
	    {CAPI_ID_FIRST_NAME, "Na", false},
	    {CAPI_ID_EXTERNAL_ID, "0", true},
	    {CAPI_ID_POSTAL_CODE, "0", false},
	    {CAPI_ID_COUNTRY, "NA", false},
	    {CAPI_ID_CITY, "None", false},
	    {CAPI_ID_CITY, "[city]", true},
	    /* One for each character that a word begins with. */
	    {CAPI_ID_CITY, "Undefined", true},
	    {CAPI_ID_EMAIL, "None", true},
	    {CAPI_ID_CITY, "n/a", true},
	    {CAPI_ID_CITY, "(not set)", true},
	    {CAPI_ID_STREET, "anonymous", true},
	    {CAPI_ID_EXTERNAL_ID, "Guest", true},
	    {CAPI_ID_CITY, "TRUE", true},
	    {CAPI_ID_CITY, "false", true},
	    {CAPI_ID_STREET, "[object Object]", true},
	    {CAPI_ID_CITY, "--", true},
	    {CAPI_ID_CITY, ".", true},
	    {CAPI_ID_CITY, "?", true},
	    {CAPI_ID_PHONE, "email", true},
	    {CAPI_ID_EMAIL, "phone", true},
	    {CAPI_ID_MADID, "00000000-0000-0000-0000-000000000000", true},
	};
	bool good = true;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if ((capi_placeholder(words[i].id,
			 (struct capi_str){words[i].word,
			     strlen(words[i].word)}) != NULL) != words[i].is) {
			printf("# %s\n", words[i].word);
			good = false;
		}
	ok(good, "placeholders are known, people and places are none");
}

int
main(void)
{
	struct capi_buf out = CAPI_BUF_INIT(1 << 20);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i], &out);
	check_again(&out);
	check_platforms();
	check_rules();
	check_vectors(&out);
	check_digests();
	check_placeholders();
	capi_buf_release(&out);
	printf("1..%u\n", tests);
	return failures != 0;
}
