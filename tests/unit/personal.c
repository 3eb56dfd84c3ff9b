/* Names of personal data, and names that are nobody's. */
#include "rule/personal.h"

#include <string.h>

#include "tap.h"

/* As the forms and exports of shops have them. */
static const char *const personal[] = {
    /* English, in the spellings of forms */
    "email",
    "E-Mail",
    "e_mail",
    "emailAddress",
    "email2",
    "customer_mail",
    "customer[email]",
    "form_fields[email]",
    "wpforms-email",
    "your-email",
    "billing_email",
    "BillingPhone",
    "phone",
    "phone_number",
    "tel",
    "mobile",
    "shipping-telephone",
    "first_name",
    "firstName",
    "fname",
    "billing_first_name",
    "last-name",
    "surname",
    "lname",
    "full_name",
    "date_of_birth",
    "dob",
    "address1",
    "address_line_1",
    "billing_address_1",
    "street",
    "zip",
    "postal code",
    "billing_postcode",
    "ip_address",
    "newsletter_email",
    /* German */
    "Vorname",
    "Nachname",
    "Kunden-E-Mail",
    "kundenmail",
    "Telefon",
    "Telefonnummer",
    "Mobilnummer",
    "Stra\xc3\x9f"
    "e",
    "strasse",
    "Hausnummer",
    "PLZ",
    "Geburtsdatum",
    "Rechnung_Vorname",
    "lieferstrasse",
    /* French */
    "pr\xc3\xa9nom",
    "Pre\xcc\x81nom",
    "pr%C3%A9nom",
    "nom de famille",
    "courriel",
    "t\xc3\xa9l\xc3\xa9phone",
    "code_postal",
    "adresse",
    "date_naissance",
    "email_client",
    /* Spanish, Portuguese, Italian */
    "apellidos",
    "correo",
    "correo_electr\xc3\xb3nico",
    "tel\xc3\xa9"
    "fono",
    "telefono_cliente",
    "direcci\xc3\xb3n",
    "codigoPostal",
    "sobrenome",
    "endere\xc3\xa7o",
    "telem\xc3\xb3vel",
    "cognome",
    "indirizzo",
    /* Dutch, the north, Polish, Czech, Turkish */
    "achternaam",
    "voornaam",
    "postcode",
    "telefoonnummer",
    "f\xc3\xb6rnamn",
    "efternamn",
    "etternavn",
    "postnummer",
    "s\xc3\xa4hk\xc3\xb6posti",
    "imi\xc4\x99",
    "nazwisko",
    "p\xc5\x99\xc3\xadjmen\xc3\xad",
    "soyad\xc4\xb1",
};

/* Ordinary in shops, campaigns and analytics. */
static const char *const ordinary[] = {"", "name", "product_name", "item_name",
    "productName", "content_name", "brand", "title", "city", "state", "country",
    "region", "campaign_name", "utm_source", "utm_medium", "utm_campaign",
    "utm_term", "utm_content", "gclid", "fbclid", "email_campaign", "mailing",
    "mailchimp_id", "phone_case", "telescope", "mobile_app_id", "street_wear",
    "zipper", "address_type", "first_order", "last_visit", "first_purchase",
    "surname_count", "order_id", "order_number", "key", "shop_phone",
    "store_email", "product_phone", "is_mobile", "has_email", "mac_address",
    "file_zip", "size", "color", "variant", "sku", "q", "search", "page",
    "sort", "filter", "category", "quantity", "user_type", "user_agent",
    "customer_type", "customer_segmentation", "shipping", "shipping_method",
    "delivery_state", "tax", "value", "currency", "coupon", "ref", "source",
    "lang", "locale", "v", "id", "telegram_channel", "dobson", "plzen", "rueda",
    "tele",
    "a_name_that_is_so_long_that_it_could_only_have_been_made_by_a_program_"
    "email"};

static bool
is(const char *name)
{
	return capi_personal_is((struct capi_str){name, strlen(name)});
}

static bool
is_flag(const char *value)
{
	return capi_personal_is_flag((struct capi_str){value, strlen(value)});
}

static const char *const telling[] = {"jane@example.com", "jane%40example.com",
    "15551234567", "+1 555 123 4567", "1990-01-01", "555-0100",
    "email_5550100"};

static bool
is_telling(const char *name)
{
	return capi_personal_is_telling((struct capi_str){name, strlen(name)});
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(personal) / sizeof(personal[0]); i++)
		ok(is(personal[i]), "%s is personal", personal[i]);
	for (size_t i = 0; i < sizeof(ordinary) / sizeof(ordinary[0]); i++)
		ok(!is(ordinary[i]), "%s is not", ordinary[i]);
	ok(is_flag("") && is_flag("TRUE") && is_flag("0") && is_flag("no"),
	    "flags");
	ok(!is_flag("Jo") && !is_flag("02139") && !is_flag("nobody"),
	    "and values");
	for (size_t i = 0; i < sizeof(telling) / sizeof(telling[0]); i++)
		ok(is_telling(telling[i]), "%s could be data", telling[i]);
	ok(!is_telling("Billing Phone 2") && !is_telling("utm_100%") &&
		!is_telling("") && !is_telling("cf_123"),
	    "and columns are called otherwise");
	return tap_done();
}
