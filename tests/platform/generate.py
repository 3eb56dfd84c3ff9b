"""Events by chance for the tests of capi-build: as capi-hash writes them (or,
for platforms that take people's data in plain, capi-normalize), with all kinds
of members, of which each platform takes some. The same seed gives the same
events.
"""
import json
import random

NOW = 1781440000
DAY = 86400
NAMES = """Purchase Lead AddToCart InitiateCheckout ViewContent Search
AddPaymentInfo AddToWishlist CompleteRegistration Subscribe StartTrial
Schedule PageView""".split()

FORMS = {"email": ("lower", "gmail"), "phone": ("digits", "e164"),
         "first_name": ("compact", "lower", "given"),
         "last_name": ("compact", "lower", "family"),
         "gender": ("letter",), "date_of_birth": ("digits",),
         "city": ("compact",), "state": ("region", "code", "upper"),
         "postal_code": ("compact", "joined", "digits"),
         "country": ("lower", "upper"), "street": ("lower",),
         "external_id": ("compact", "exact"), "madid": ("lower",)}
WORDS = ["Tea", "Grüner Tee", "茶", "O'Neil \"x\"", "a\\b", "line\nbreak",
         "😀", " blank ", "<b>", "x" * 300]
EXTINFO = ["a2", "com.example.shop", "1.0", "1.0", "14.1", "", "en_US", "PST",
           "", "1", "2", "2.0", "4", "64", "32", "Europe/Berlin"]


class Number(str):
    """A number that is written as it stands."""


def write(value):
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{%s}" % ",".join("%s:%s" % (json.dumps(k), write(v))
                                 for k, v in value.items())
    if isinstance(value, list):
        return "[%s]" % ",".join(map(write, value))
    return json.dumps(value)


class Generator:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def maybe(self, chance=0.5):
        return self.r.random() < chance

    def digest(self):
        return "%064x" % self.r.getrandbits(256)

    def money(self):
        return self.r.choice([
            Number("%d.%02d" % (self.r.randrange(5000), self.r.randrange(100))),
            Number(str(self.r.randrange(99999))), Number("0"), Number("10.00"),
            "%d.%02d" % (self.r.randrange(5000), self.r.randrange(100)),
            Number("123456789012345.67")])

    def text(self):
        return self.r.choice(WORDS)

    def item(self):
        item = {"id": self.r.choice(["sku-1", Number("987"), self.text()])}
        for name, value in (("quantity", self.r.choice([Number("2"), "3", "1.5"])),
                            ("price", self.money()), ("name", self.text()),
                            ("category", self.text()), ("brand", "Example"),
                            ("unknown", [None])):
            if self.maybe():
                item[name] = value
        return item

    def custom(self, name, number):
        custom = {"value": self.money(),
                  "currency": self.r.choice(["EUR", "USD", "JPY", "GBP"])}
        if name != "Purchase" and self.maybe():
            custom = {}
        for key, value in (
                ("order_id", self.r.choice(["A-%d" % number,
                                            Number(str(84213 + number))])),
                ("items", [self.item()
                           for _ in range(self.r.randrange(1, 5))]),
                ("num_items", Number("3")), ("search_string", self.text()),
                ("content_ids", ["a", Number("5")]), ("coupon", self.text()),
                ("content_name", self.text()),
                ("predicted_ltv", self.money()), ("status", "done"),
                ("content_type", "product"), ("tax", self.money()),
                ("delivery_category", "in_store"),
                ("discount", self.money()), ("customer_value_bucket", "low"),
                ("custom_variables", self.r.choice([
                    {"channel": self.text()}, {"channel": "a@b"}, []])),
                ("city", self.text()), ("checkin_date", "2026-07-01"),
                ("num_adults", self.r.choice([Number("2"), "2", "two"])),
                ("hotel_score", self.money()),
                ("user_score", self.money()),
                ("suggested_hotels", ["a", Number("5")]),
                ("brands", "one"), ("year", Number("2026")),
                ("mileage", self.r.choice([
                    {"value": "12.5", "unit": "km"}, {"unit": "nm"}, "far"])),
                ("preferred_price_range", self.r.choice([
                    [self.money(), self.money()], [Number("1")], "cheap"])),
                ("external_measurement_id", Number("77")),
                ("external_measurement_vendor_id", self.r.choice(["5", "x"])),
                ("shelf", self.r.choice([Number("1.50"), {"a": [None]}])),
                ("member", True), ("vin", self.text())):
            if self.maybe(0.3):
                custom[key] = value
        return custom

    def user(self, source):
        user = {}
        for key, value in (
                ("client_ip_address", self.r.choice(
                    ["203.0.113.7", "2001:db8::1", "10.0.0.1", "junk"])),
                ("client_user_agent", "Mozilla/5.0"),
                ("fbc", self.r.choice(["fb.1.1781000000000.IwAR2F4-dbP0l7Mn1Ia",
                                       "IwAR2F4"])),
                ("fbp", "fb.1.1781000000000.1098115397"),
                ("ttclid", "E.C.P.Cx"), ("ttp", "2F7h37YkS1j57AYSKTI7"),
                ("gclid", "EAIaIQobChMI8Zx9abcdEFGH"), ("gbraid", "0AAAAAo4mICPyz5W8aBcDeFgHiJ"),
                ("epik", "dj0yJnU9abc"), ("sc_click_id", "aB-9"),
                ("sc_cookie1", "8a1e"), ("madid", "ABCD-EF01"),
                ("city", "Berlin"), ("state", "BE"), ("locale", "de-DE"),
                ("country", self.r.choice(["DE", "US"])),
                ("postal_code", "10115"), ("subscription_id", "s"),
                ("landing_user_agent", "Mozilla/5.0"),
                ("landing_ip_address", self.r.choice(["203.0.113.9", "x"])),
                ("click_time", Number("1771000000")),
                ("lead_id", self.r.choice(["12345678901234567",
                                           Number("123456789012345")]))):
            if self.maybe(0.4):
                user[key] = value
        if source == "website":
            user["client_user_agent"] = "Mozilla/5.0"
        return user

    def hashed(self):
        hashed = {"email": {f: [self.digest()] for f in FORMS["email"]}}
        for name, forms in FORMS.items():
            if self.maybe(0.4):
                hashed[name] = {f: [self.digest() for _ in range(
                    self.r.randrange(1, 3))] for f in forms}
        return hashed

    def device(self):
        """What Pinterest takes, and what its schema refuses."""
        r, device = self.r, {}
        for key, value in (
                ("brand", self.text()), ("os_version", "y" * 99),
                ("timezone_abbr", r.choice(["CET", "Berlin"])),
                ("battery_level", r.choice([Number("50"), Number("101"),
                                            Number("-1"), "5.5"])),
                ("screen_width", r.choice(["1080", Number("40000")])),
                ("form_factor", r.choice(["cellphone", "phone"])),
                ("network_type", r.choice(["wifi", "cellular_2g cellular"])),
                ("languages", r.choice([["de", "en-GB"], "fr", ["x"]])),
                ("unknown", "x")):
            if self.maybe():
                device[key] = value
        return device

    def plain(self):
        user = {}
        for key, value in (
                ("email", "Jo@Example.com"), ("phone", "+15005550006"),
                ("external_id", Number("77")), ("first_name", self.text()),
                ("last_name", self.text()), ("street", "Main St 1"),
                ("city", "Berlin"), ("country", "DE"), ("kx", "k"),
                ("postal_code", "10115"), ("locale", "de-DE"),
                ("organization", self.text()), ("job_title", self.text()),
                ("klaviyo_id", "01GDDKASAP8TKDDA2GRZDSVP4H"),
                ("client_ip_address", "203.0.113.7")):
            if self.maybe(0.6):
                user[key] = value
        return user

    def event(self, number, plain):
        name = "Purchase" if self.maybe() else self.r.choice(NAMES)
        source = self.r.choice(["website"] * 4 + [
            "app", "physical_store", "phone_call", "email", "chat", "other",
            "system_generated"])
        when = NOW - self.r.randrange(DAY - 600)
        event = {"event_name": name, "event_time": Number(str(when)),
                 "event_id": "e-%d" % number, "action_source": source,
                 "user_data": self.user(source),
                 "custom_data": self.custom(name, number),
                 "consent": {"ad_user_data": "granted"}}
        if plain:
            event["user_data"] = self.plain()
        else:
            event["hashed"] = self.hashed()
        if source == "website":
            event["event_source_url"] = "https://shop.example.com/?o=%d" % when
        if source == "app":
            event["app_data"] = {"advertiser_tracking_enabled": Number("1"),
                                 "application_tracking_enabled": Number("0"),
                                 "extinfo": EXTINFO, "app_id": "com.example"}
            if number % 2:
                del event["app_data"]["app_id"]
        if self.maybe(0.3):
            event["device_info"] = self.device()
        if self.maybe(0.1):
            event["consent"]["limited_data_use"] = {"country": "US",
                                                    "state": "CA"}
        if self.maybe(0.1):
            event["consent"]["ad_personalization"] = self.r.choice(
                ["granted", "denied"])
        if self.maybe(0.1):
            event["source"] = {"status": self.r.choice(
                ["paid", "refunded", "partially_refunded", "cancelled"]),
                "refunded_value": Number("0.00")}
        if self.maybe(0.1):
            event["customer_segmentation"] = "new_customer_to_business"
        return event
