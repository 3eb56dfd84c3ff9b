"""What each row of each platform's field table must write and what each check
must say, stated by hand from the platforms' pages. scripts/golden-build makes
the golden pairs of these and refuses to when the program differs.

row(target, change, want)   an event that differs from the base in `change`
                            (paths of capi-event(5)) must give a request that
                            differs from the base's in `want` and in nothing
                            else; want None means: gone
check(code, change, what)   the check must refuse, withhold, warn about or
                            leave out a member of that event

first={...}                 the event makes two requests: these differences
                            from the plain base must the first one have, the
                            case is about the second

N("10.00") is a number that must come out digit for digit.
"""

NOW = 1781440000                # 2026-06-14 12:26:40 UTC
TIME = 1781430082               # 2026-06-14 09:41:22 UTC
DAY = 86400


class N(str):
    """A number as its characters."""


class T(str):
    pass


def h(n):
    """A digest that is one by its looks."""
    return "%064x" % (0xfeed0000 + n)


class Case:
    def __init__(self, kind, label, change, want, base, refused=None,
                 withheld=None, noted=(), maybe=(), key=None, first=None):
        self.kind, self.label, self.change = kind, label, change
        self.want, self.base = want, base
        self.refused, self.withheld = refused, withheld
        self.noted, self.maybe, self.key = noted, maybe, key
        self.first = first      # the case of the line before, if it has two


class Platform:
    def __init__(self, name, config=None, options=()):
        self.name, self.config = name, config
        self.options = list(options)
        self.bases, self.wants, self.cases = {}, {}, []
        self.doubled = {}       # bases of two requests: the first one's base
        PLATFORMS[name] = self

    def base(self, name, event, want):
        self.bases[name], self.wants[name] = event, want

    def add(self, kind, label, change, want, base, first=None, **more):
        case = Case(kind, label, change, want, base, **more)
        if first is None and base in self.doubled:
            first = {}
        if first is not None:
            case.first = Case(kind, label, change, first, "base",
                              maybe=("google.window", case.refused))
        self.cases.append(case)

    def row(self, target, change, want, base="base", label=None, **more):
        self.add("rows", "row " + (label or target), change, want, base,
                 **more)

    def refuse(self, code, change, base="base", label=None, **more):
        self.add("checks", "check " + (label or code), change, {}, base,
                 refused=code, **more)

    def withhold(self, code, change, base="base", label=None):
        self.cases.append(Case("checks", "check " + (label or code), change,
                               {}, base, withheld=code))

    def warn(self, code, change, want=None, base="base", label=None, **more):
        self.cases.append(Case("checks", "check " + (label or code), change,
                               want or {}, base, noted=(code,), **more))


PLATFORMS = {}

GRANTED = {"ad_user_data": "granted"}
LDU = {"consent.limited_data_use": {"country": "US", "state": "CA"}}
URL = "https://shop.example.com/thanks"
AGENT = "Mozilla/5.0 (X11; Linux x86_64)"


def event(where, **more):
    e = {"event_name": "Purchase", "event_time": N(TIME),
         "event_id": "BASE", "action_source": where,
         "user_data": {},
         "hashed": {"email": {"lower": [h(1)], "gmail": [h(1)]}},
         "custom_data": {"value": N("10.00"), "currency": "EUR",
                         "order_id": "84213"},
         "consent": dict(GRANTED), "source": {"status": "paid"}}
    e.update(more)
    return e


# An item that is sold by weight.
HEAVY = {"id": "1", "quantity": N("1.5"), "price": N("2.00")}


def common_gates(p, base="base"):
    """What is asked before any table: consent and the order's status."""
    p.withhold("consent.denied", {"consent.ad_user_data": "denied"}, base)
    for status in ("pending", "authorized", "expired", "failed", "test",
                   "uncaptured", "deleted"):
        p.withhold("status." + status, {"source.status": status}, base)
    p.withhold("status.test", {"source.test": True}, base, "source.test")


def no_refunds(p, base="base"):
    for status in ("refunded", "cancelled", "voided"):
        p.withhold("status." + status, {"source.status": status}, base)
    # a part given back does not undo the purchase
    p.row("partial refund", {"source.status": "partially_refunded",
                             "source.refunded_value": "2.50"}, {}, base)


def common_checks(p, code, base="base", age=7 * DAY, ahead=60):
    """The rules that each platform has under its own code."""
    p.refuse(code + "event_time", {"event_time": None}, base)
    p.refuse(code + "event_time", {"event_time": "2026-06-14T09:41:22Z"},
             base, "event_time of ISO 8601")
    p.refuse(code + "milliseconds", {"event_time": N("1781430082000")}, base)
    if age:
        p.refuse(code + "age", {"event_time": N(NOW - age - 1)}, base)
    p.refuse(code + "future", {"event_time": N(NOW + ahead + 1)}, base)
    p.refuse(code + "event_id", {"event_id": None}, base)
    p.refuse(code + "value", {"custom_data.value": "1,234.50"}, base)
    p.refuse(code + "value", {"custom_data.value": "10 EUR"}, base,
             "value with a sign")
    for word, what in (("EUX", "no currency"), ("XAU", "gold"),
                       ("XTS", "the code for tests"), ("DEM", "an old one"),
                       ("978", "its number"), ("eur", "in lower case")):
        p.refuse(code + "currency", {"custom_data.currency": word}, base,
                 code + "currency " + what)


def hashing_checks(p, code, form="lower", base="base"):
    p.refuse(code + "plain", {"user_data.email": "jo@example.com",
                              "hashed": None}, base)
    p.refuse(code + "digest", {"hashed.email." + form: ["nothex"]}, base)
    p.refuse(code + "digest", {"hashed.email." + form: [h(1).upper()]}, base,
             "digest in capitals")
    p.refuse(code + "digest", {"hashed.email." + form: [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]},
        base, "digest of nothing")
    p.warn(code + "form", {"hashed.phone": {"other": [h(2)]}}, base=base)
    if code not in ("tiktok.", "google."):  # which take it in plain
        p.warn(code + "form", {"user_data.city": "Berlin"}, base=base,
               label=code + "form, plain city for another platform")


# ---- meta -----------------------------------------------------------------

META = {"event_name": "Purchase", "event_time": N(TIME), "event_id": "BASE",
        "action_source": "other", "user_data": {"em": [h(1)]},
        "custom_data": {"value": N("10.00"), "currency": "EUR",
                        "order_id": "84213"}}
p = Platform("meta", options=["--consent-unknown", "withhold"])
p.base("base", event("other"), META)
p.base("web", event("website", event_source_url=URL,
                    user_data={"client_user_agent": AGENT}),
       {**META, "action_source": "website", "event_source_url": URL,
        "user_data": {"em": [h(1)], "client_user_agent": AGENT}})
p.base("store", event("physical_store"),
       {**META, "action_source": "physical_store"})
EXTINFO = ["a2", "com.example.shop", "1.0", "1.0 long", "14.1", "", "en_US",
           "PST", "", "1", "2", "2.0", "4", "64", "32", "America/New_York"]
APP = {"advertiser_tracking_enabled": N(1),
       "application_tracking_enabled": N(1), "extinfo": EXTINFO}
p.base("app", event("app", app_data=APP),
       {**META, "action_source": "app", "app_data": APP})
CRM = {"event_source": "crm", "lead_event_source": "Example CRM"}
p.base("crm", event("system_generated", event_name="qualified",
                    custom_data=CRM,
                    user_data={"lead_id": "12345678901234567"}),
       {**META, "event_name": "qualified",
        "action_source": "system_generated", "custom_data": CRM,
        "user_data": {"em": [h(1)], "lead_id": N("12345678901234567")}})
CHAT = {"ctwa_clid": "ARAkLkA8rmlFeiCktEJQ-QTwRiyYHAFDLMNDBH0CD3qpjd0",
        "whatsapp_business_account_id": "200000000000001"}
p.base("messages", event("business_messaging", user_data=CHAT,
                         messaging_channel="whatsapp"),
       {**META, "action_source": "business_messaging",
        "messaging_channel": "whatsapp",
        "user_data": {"em": [h(1)], **CHAT}})

p.row("event_name", {"event_name": "ViewContent"},
      {"event_name": "ViewContent"}, key="ViewContent/row event_name")
p.row("event_name", {"event_name": "Other"}, {"event_name": "Other"},
      label="event_name Other")
p.row("event_time", {"event_time": "1781430083"},
      {"event_time": N("1781430083")})
p.row("event_id", {"event_id": N("84213")}, {"event_id": "84213"},
      key="Purchase/84213")
for source in ("email", "phone_call", "chat"):
    p.row("action_source", {"action_source": source},
          {"action_source": source}, label="action_source " + source)
p.row("action_source", {"action_source": "system_generated"},
      {"action_source": "system_generated"})
p.row("event_source_url", {"event_source_url": URL + "?o=1"},
      {"event_source_url": URL + "?o=1"}, "web")
p.row("referrer_url", {"referrer_url": "https://www.example.com/"},
      {"referrer_url": "https://www.example.com/"})
p.row("opt_out", {"consent.ad_personalization": "denied"},
      {"opt_out": True})
p.row("opt_out", {"opt_out": True}, {"opt_out": True}, label="opt_out said")
p.row("messaging_channel", {
    "messaging_channel": "instagram",
    "user_data": {"instagram_business_account_id": "17840000000000001",
                  "ig_sid": "1000000000000001"}},
    {"messaging_channel": "instagram",
     "user_data": {"em": [h(1)],
                   "instagram_business_account_id": "17840000000000001",
                   "ig_sid": "1000000000000001"}}, "messages")
p.row("advanced_measurement_table", {"advanced_measurement_table": "t"},
      {"advanced_measurement_table": "t"})
p.row("data_processing_options", LDU,
      {"data_processing_options": ["LDU"],
       "data_processing_options_country": N(1),
       "data_processing_options_state": N(1000)})
for state, number in (("CO", 1001), ("CT", 1002), ("FL", 1003), ("OR", 1004),
                      ("TX", 1005), ("MT", 1006), ("DE", 1007), ("NE", 1008),
                      ("NH", 1009), ("NJ", 1010), ("MN", 1011), ("MD", 1012),
                      ("US-RI", 1013)):
    p.row("data_processing_options_state",
          {"consent.limited_data_use": {"country": "US", "state": state}},
          {"data_processing_options": ["LDU"],
           "data_processing_options_country": N(1),
           "data_processing_options_state": N(number)},
          label="data_processing_options_state " + state)
p.row("data_processing_options_country",
      {"consent.limited_data_use": {"country": "US", "state": "WA"},
       "user_data.client_ip_address": "203.0.113.7"},
      {"data_processing_options": ["LDU"],
       "data_processing_options_country": N(0),
       "data_processing_options_state": N(0),
       "user_data.client_ip_address": "203.0.113.7"})
p.row("data_processing_options_state",
      {"consent.limited_data_use": {"country": N(1), "state": N(1000)}},
      {"data_processing_options": ["LDU"],
       "data_processing_options_country": N(1),
       "data_processing_options_state": N(1000)})
for n, (source, form, target) in enumerate((
        ("email", "lower", "em"), ("phone", "digits", "ph"),
        ("first_name", "compact", "fn"), ("last_name", "compact", "ln"),
        ("gender", "letter", "ge"), ("date_of_birth", "digits", "db"),
        ("city", "compact", "ct"), ("state", "region", "st"),
        ("postal_code", "compact", "zp"), ("country", "lower", "country"),
        ("external_id", "compact", "external_id"))):
    p.row("user_data." + target,
          {"hashed.%s" % source: {form: [h(10 + n), h(50 + n)],
                                  "another": [h(90)]}},
          {"user_data." + target: [h(10 + n), h(50 + n)]})
for name, value in (
        ("client_ip_address", "2001:db8::7"), ("client_user_agent", AGENT),
        ("fbc", "fb.1.1781000000000.IwAR2F4-dbP0l7Mn1IawQQGCINEz7PYXQvwjNwB"),
        ("fbp", "fb.1.1781000000000.1098115397"),
        ("subscription_id", "sub_1"), ("page_id", "1"),
        ("page_scoped_user_id", "2"), ("ctwa_clid", "AR-x"),
        ("whatsapp_business_account_id", "3"),
        ("instagram_business_account_id", "4"), ("ig_sid", "5")):
    p.row("user_data." + name, {"user_data." + name: value},
          {"user_data." + name: value})
p.row("user_data.fb_login_id", {"user_data.fb_login_id": "10150000000000007"},
      {"user_data.fb_login_id": N("10150000000000007")})
p.row("user_data.lead_id", {"user_data.lead_id": N("99999999999999999")},
      {"user_data.lead_id": N("99999999999999999")}, "crm")
p.row("user_data.anon_id", {"user_data.anon_id": "XZ-0"},
      {"user_data.anon_id": "XZ-0"}, "app")
p.row("user_data.madid",
      {"user_data.madid": "38400000-8CF0-11BD-B23E-10B96E40000D"},
      {"user_data.madid": "38400000-8cf0-11bd-b23e-10b96e40000d"})
p.row("custom_data.value", {"custom_data.value": "1234567.89"},
      {"custom_data.value": N("1234567.89")})
p.row("custom_data.value", {"custom_data.value": N("1500"),
                            "custom_data.currency": "JPY"},
      {"custom_data.value": N("1500"), "custom_data.currency": "JPY"},
      label="custom_data.value without decimals")
p.row("custom_data.value", {"custom_data.value": N("0.00")},
      {"custom_data.value": N("0.00")}, label="custom_data.value of zero")
p.row("custom_data.currency", {"custom_data.currency": "USD"},
      {"custom_data.currency": "USD"})
p.row("custom_data.order_id", {"custom_data.order_id": "84"},
      {"custom_data.order_id": "84"})
p.row("custom_data.item_number", {"custom_data.item_number": N("2")},
      {"custom_data.item_number": "2"})
ITEM = {"id": N("987"), "quantity": "2", "price": "5.00", "name": "Tea",
        "description": "Green", "brand": "Example", "category": "Drinks",
        "delivery_category": "in_store", "internal": "x"}
p.row("custom_data.contents", {"custom_data.items": [ITEM, {"id": "b"}]},
      {"custom_data.contents": [
          {"id": "987", "quantity": N("2"), "item_price": N("5.00"),
           "title": "Tea", "description": "Green", "brand": "Example",
           "category": "Drinks", "delivery_category": "in_store"},
          {"id": "b"}]})
for source, target, value, want in (
        ("id", "id", "a-1", "a-1"), ("quantity", "quantity", "3", N("3")),
        ("price", "item_price", N("5.00"), N("5.00")),
        ("name", "title", "Tee", "Tee"),
        ("description", "description", "d", "d"),
        ("brand", "brand", "B", "B"), ("category", "category", "C", "C"),
        ("delivery_category", "delivery_category", "curbside", "curbside")):
    item, out = {"id": "a"}, {"id": "a"}
    item[source], out[target] = value, want
    p.row("custom_data.contents[]." + target, {"custom_data.items": [item]},
          {"custom_data.contents": [out]})
p.row("custom_data.content_ids", {"custom_data.content_ids": ["a", N("7")]},
      {"custom_data.content_ids": ["a", "7"]})
p.row("custom_data.content_ids", {"custom_data.content_ids": [[], "a"]},
      {"custom_data.content_ids": ["a"]}, label="content_ids with a list")
for name, value in (("content_type", "product"), ("content_name", "Tea"),
                    ("content_category", "Drinks"), ("search_string", "tea"),
                    ("status", "registered"),
                    ("delivery_category", "home_delivery")):
    p.row("custom_data." + name, {"custom_data." + name: value},
          {"custom_data." + name: value})
p.row("custom_data.num_items", {"custom_data.num_items": "4"},
      {"custom_data.num_items": N("4")})
p.row("custom_data.predicted_ltv", {"custom_data.predicted_ltv": "99.90"},
      {"custom_data.predicted_ltv": N("99.90")})
p.row("custom_data.net_revenue", {"custom_data.net_revenue": N("7.10")},
      {"custom_data.net_revenue": N("7.10")})
for name, value, want in (("store_page_id", "111", N("111")),
                          ("brand_page_id", "222", N("222")),
                          ("store_code", "S-1", "S-1")):
    p.row("custom_data.store_data." + name,
          {"custom_data.store_data": {name: value}},
          {"custom_data.store_data": {name: want}})
p.row("custom_data.event_source", {}, {}, "crm")
p.row("custom_data.lead_event_source",
      {"custom_data.lead_event_source": "Other CRM"},
      {"custom_data.lead_event_source": "Other CRM"}, "crm")
p.row("custom_data.customer_segmentation",
      {"customer_segmentation": "new_customer_to_business"},
      {"custom_data.customer_segmentation": "new_customer_to_business"})
p.row("custom_data.customer_segmentation",
      {"custom_data.customer_segmentation": "customer_in_loyalty_program"},
      {"custom_data.customer_segmentation": "customer_in_loyalty_program"},
      label="customer_segmentation of custom_data")
p.row("custom_data.*", {"custom_data.shelf": {"row": N("1.50"), "x": [None]},
                        "custom_data.email": "jo@example.com",
                        "custom_data.First_Name": "Jo"},
      {"custom_data.shelf": {"row": N("1.50"), "x": [None]}},
      noted=("meta.custom_personal",))
for name, value, want in (("event_name", "Lead", "Lead"),
                          ("event_time", "1781000000", N("1781000000")),
                          ("order_id", N("77"), "77"),
                          ("event_id", "e7", "e7")):
    p.row("original_event_data." + name, {"original_event_data": {name: value}},
          {"original_event_data": {name: want}})
for name in ("campaign_ids", "install_referrer", "installer_package",
             "vendor_id", "windows_attribution_id", "receipt_data"):
    p.row("app_data." + name, {"app_data." + name: "v"},
          {"app_data." + name: "v"}, "app")
for name in ("consider_views", "include_dwell_data", "include_video_data"):
    p.row("app_data." + name, {"app_data." + name: "true"},
          {"app_data." + name: True}, "app")
for name in ("advertiser_tracking_enabled", "application_tracking_enabled"):
    p.row("app_data." + name, {"app_data." + name: "0"},
          {"app_data." + name: N("0")}, "app")
p.row("app_data.extinfo", {"app_data.extinfo": ["i2"] + EXTINFO[1:]},
      {"app_data.extinfo": ["i2"] + EXTINFO[1:]}, "app")
p.row("app_data.url_schemes", {"app_data.url_schemes": ["a", "b"]},
      {"app_data.url_schemes": ["a", "b"]}, "app")
p.row("", {"app_data.app_id": "another platform's"}, {}, "app",
      "nothing unknown in app_data")
for name, word in (("attribution_model", "time_decay"),
                   ("attribution_method", "srn"),
                   ("decline_reason", "min_time_between_re_engagements")):
    p.row("attribution_data." + name, {"attribution_data": {name: word}},
          {"attribution_data": {name: word}})
for name in ("scope", "ad_id", "adset_id", "campaign_id",
             "attribution_source", "touchpoint_type", "auditing_token",
             "linkage_key", "touchpoint_id", "partner_client_id"):
    p.row("attribution_data." + name, {"attribution_data": {name: N("7")}},
          {"attribution_data": {name: "7"}})
for name in ("visit_time", "attr_window", "touchpoint_ts"):
    p.row("attribution_data." + name, {"attribution_data": {name: "7"}},
          {"attribution_data": {name: N("7")}})
for name in ("attribution_share", "attribution_value", "total_credit"):
    p.row("attribution_data." + name, {"attribution_data": {name: "0.30"}},
          {"attribution_data": {name: N("0.30")}})
p.row("attribution_data.attribution_setting",
      {"attribution_data": {"attribution_setting": {
          "inactivity_window_hours": N("24")}}},
      {"attribution_data": {"attribution_setting": {
          "inactivity_window_hours": N("24")}}})
p.row("", {}, {}, "store", "key of a store sale",
      key="Purchase/84213@1781430082")
p.row("", {"custom_data.item_number": "2"}, {"custom_data.item_number": "2"},
      "store", "key of a line of a store sale",
      key="Purchase/84213/2@1781430082")
p.row("", {"event_time": N(NOW - 61 * DAY)},
      {"event_time": N(NOW - 61 * DAY)}, "store", "store sale of two months")
p.row("", {"hashed": {"first_name": {"compact": [h(3)]},
                      "last_name": {"compact": [h(4)]}}},
      {"user_data": {"fn": [h(3)], "ln": [h(4)]}}, label="fn and ln alone")
p.row("", {"hashed": {"last_name": {"compact": [h(3)]},
                      "date_of_birth": {"digits": [h(4)]}}},
      {"user_data": {"ln": [h(3)], "db": [h(4)]}}, label="ln and db alone")
p.row("", {"hashed": None, "user_data": {"client_ip_address": "203.0.113.7"}},
      {"user_data": {"client_ip_address": "203.0.113.7"}}, label="ip alone")
p.row("", {"user_data.email": "jo@example.com"}, {},
      label="plain beside its digest stays here")

common_gates(p)
no_refunds(p)
p.withhold("consent.unknown", {"consent": None})
common_checks(p, "meta.")
hashing_checks(p, "meta.")
p.refuse("meta.event_name", {"event_name": None})
p.refuse("meta.event_name", {"event_name": N(7)}, label="event_name a number")
p.refuse("meta.age", {"event_time": N(NOW - 62 * DAY - 1)}, "store",
         "age of a store sale")
for word in ("null", "undefined", "(not set)", "{{order_id}}"):
    p.refuse("meta.event_id_placeholder", {"event_id": word},
             label="meta.event_id_placeholder " + word)
for word in ("123", "0", "test"):
    p.row("", {"event_id": word}, {"event_id": word},
          label="an event of the id " + word)
p.refuse("meta.action_source", {"action_source": None})
p.refuse("meta.action_source", {"action_source": "web"},
         label="action_source of another platform")
p.refuse("meta.plain", {"user_data.phone": "+15005550006"},
         label="plain phone beside a hashed e-mail")
GONE = {"user_data.fbc": None}
for label, value in (("bare fbclid", "IwAR2F4-dbP0l7Mn1IawQQGCINEz7PYXQ"),
                     ("cookie without fbclid", "fb.1.1781000000000."),
                     ("seconds", "fb.1.1781000000.IwAR2F4-dbP0l7Mn1Iaw"),
                     ("letters", "fb.1b.1781000000000.IwAR2F4-dbP0l7Mn"),
                     ("bad end", "fb.1.1781000000000.abC.invalid"),
                     ("blank", "fb.1.1781000000000.ab C")):
    p.warn("meta.fbc", {"user_data.fbc": value}, label="meta.fbc " + label)
p.warn("meta.fbc_future", {
    "user_data.fbc": "fb.1.1781430999000.IwAR2F4-dbP0l7Mn1IawQQGCINEz7PY"})
OLD = "fb.1.1700000000000.IwAR2F4-dbP0l7Mn1IawQQGCINEz7PYXQvwjNwB"
p.warn("meta.fbc_expired", {"user_data.fbc": OLD}, {"user_data.fbc": OLD})
LOW = "fb.1.1781000000000.iwar2f4-dbp0l7mn1iawqqgcinez7pyxqvwjnwb"
p.warn("meta.fbc_modified", {"user_data.fbc": LOW}, {"user_data.fbc": LOW})
p.warn("meta.fbp", {"user_data.fbp": "fb.1.1781000000000.abc"})
p.warn("meta.ip", {"user_data.client_ip_address": "203.0.113.7, 10.0.0.1"})
# the parameter builder's appendix, which is Meta's alone
p.row("user_data.client_ip_address",
      {"user_data.client_ip_address": "203.0.113.7.AQQAAQAB"},
      {"user_data.client_ip_address": "203.0.113.7.AQQAAQAB"},
      label="client_ip_address with an appendix")
p.warn("meta.ip_private", {"user_data.client_ip_address": "10.1.2.3.AQQAAQAB"},
       label="meta.ip_private with an appendix")
for ip in ("10.1.2.3", "192.168.1.1", "172.31.0.1", "127.0.0.1",
           "169.254.1.1", "::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1"):
    p.warn("meta.ip_private", {"user_data.client_ip_address": ip},
           label="meta.ip_private " + ip)
p.warn("meta.madid", {"user_data.madid":
                      "00000000-0000-0000-0000-000000000000"})
p.warn("meta.lead_id", {"user_data.lead_id": "1.23E+16"},
       {"user_data.lead_id": None}, "crm")
p.warn("meta.lead_id", {"user_data.lead_id": N("12345")},
       {"user_data.lead_id": None}, "crm", "lead_id of five digits")
p.warn("meta.fb_login_id", {"user_data.fb_login_id": "me"})
p.warn("meta.anon_id", {"user_data.anon_id": "XZ"})
p.warn("meta.url", {"event_source_url": "shop.example.com"})
p.warn("meta.url_personal",
       {"event_source_url": URL + "?email=jo%40example.com"})
p.warn("meta.url_personal", {"event_source_url": URL + "?x=jo@example.com"},
       label="address in a URL")
p.warn("meta.referrer_personal", {"referrer_url": URL + "?token=abc"})
THIN = {"country": {"lower": [h(1)]}, "city": {"compact": [h(2)]},
        "state": {"region": [h(3)]}, "postal_code": {"compact": [h(4)]},
        "gender": {"letter": [h(5)]}, "first_name": {"compact": [h(6)]},
        "last_name": {"compact": [h(7)]},
        "date_of_birth": {"digits": [h(8)]}}
for keys in (("country",), ("city", "state", "postal_code", "country"),
             ("gender", "city", "state", "country"), ("first_name",),
             ("last_name",), ("first_name", "gender"), ("date_of_birth",), ()):
    p.refuse("meta.identifiers", {"hashed": {k: THIN[k] for k in keys}},
             label="meta.identifiers %s" % " ".join(keys))
p.refuse("meta.identifiers", {"hashed": None,
                              "user_data": {"client_user_agent": AGENT}},
         label="user agent alone")
p.refuse("meta.identifiers", {"hashed": {"email": {"lower": []}}},
         label="empty list of digests")
p.refuse("meta.website_url", {"event_source_url": None}, "web")
p.refuse("meta.website_user_agent",
         {"user_data": {"client_ip_address": "203.0.113.7"}}, "web")
p.refuse("meta.app_data", {"app_data": None}, "app")
p.refuse("meta.extinfo", {"app_data.extinfo": EXTINFO[:15]}, "app")
p.refuse("meta.extinfo", {"app_data.extinfo": ["xx"] + EXTINFO[1:]}, "app",
         "extinfo of another system")
p.refuse("meta.app_event_name", {"event_name": "a b/c"}, "app")
p.refuse("meta.messaging_event", {"event_name": "Lead"}, "messages")
p.refuse("meta.messaging_channel", {"messaging_channel": "messenger"},
         "messages")
p.refuse("meta.crm", {"custom_data.lead_event_source": None}, "crm")
p.refuse("meta.crm", {"custom_data": {"stage": "won"}}, "crm",
         "crm without its words")
p.refuse("meta.ldu", {"consent.limited_data_use": {"country": "US",
                                                   "state": "WA"}})
p.refuse("meta.value_negative", {"custom_data.value": N("-1.00")})
p.refuse("meta.predicted_ltv", {"custom_data.predicted_ltv": "-1"})
for word in ("EURO", "E1R"):
    p.refuse("meta.currency", {"custom_data.currency": word},
             label="meta.currency " + word)
p.refuse("meta.purchase_value", {"custom_data.value": None})
p.refuse("meta.purchase_value", {"custom_data": None},
         label="purchase without custom_data")
p.refuse("meta.items", {"custom_data.items": [{"id": "a", "price": "5,00"}]})
p.warn("meta.item_id", {"custom_data.items": [{"name": "Tea"}, {"id": "b"}]},
       {"custom_data.contents": [{"id": "b"}]})
p.warn("meta.value_alone", {"event_name": "Lead",
                            "custom_data.currency": None},
       {"event_name": "Lead", "custom_data.currency": None})
p.warn("meta.currency_alone", {"event_name": "Lead",
                               "custom_data.value": None},
       {"event_name": "Lead", "custom_data.value": None})
p.warn("meta.content_type", {"custom_data.content_type": "shoe"})
p.warn("meta.delivery_category", {"custom_data.delivery_category": "drone"})
p.warn("meta.customer_segmentation", {"customer_segmentation": "vip"})
p.warn("meta.store_code", {"custom_data.store_data.store_code": "S" * 65})
p.row("custom_data.store_data.store_code",
      {"custom_data.store_data.store_code": "é" * 64},
      {"custom_data.store_data.store_code": "é" * 64},
      label="store_code of 64 characters")
for name in ("attribution_model", "attribution_method", "decline_reason"):
    p.warn("meta." + name, {"attribution_data": {name: "guess"}})
p.warn("meta.custom_personal", {"custom_data.Email": "jo@example.com"})
p.warn("meta.item_quantity", {"custom_data.items": [HEAVY]},
       {"custom_data.contents": [{"id": "1", "item_price": N("2.00")}]})
p.warn("meta.type", {"custom_data.num_items": "1.5"})
p.warn("status.unknown", {"source.status": "chargeback"})
for status in ("won", "disputed", "partially_paid"):
    p.row("", {"source.status": status}, {}, label="status " + status)
p.warn("meta.type", {"custom_data.items": "SKU-1"}, label="items of one text")
p.warn("meta.order_id", {"custom_data.order_id": None},
       {"custom_data.order_id": None})
p.warn("meta.store_order_id", {"event_name": "Lead",
                               "custom_data.order_id": None},
       {"event_name": "Lead", "custom_data.order_id": None}, "store")
for word in ("purchase", "Add To Cart"):
    p.warn("meta.event_name_near", {"event_name": word},
           {"event_name": word}, label="meta.event_name_near " + word)


# ---- tiktok ---------------------------------------------------------------

def tiktok(name, **more):
    return {"event": "Purchase", "event_time": N(TIME), "event_id": "BASE",
            "user": {"email": [h(1)]},
            "properties": {"value": N("10.00"), "currency": "EUR",
                           "order_id": "84213"}, **more}


p = Platform("tiktok", options=["--consent-unknown", "withhold"])
p.base("base", event("website", event_source_url=URL),
       tiktok("web", page={"url": URL}))
p.base("store", event("physical_store"), tiktok("offline"))
p.base("app", event("app", app_data={"app_id": "com.example.shop"}),
       tiktok("app", app={"app_id": "com.example.shop"}))
p.base("crm", event("system_generated", event_name="Lead",
                    user_data={"lead_id": N("7290000000000000003")},
                    custom_data={"lead_event_source": "HubSpot"},
                    hashed=None),
       {"event": "Lead", "event_time": N(TIME), "event_id": "BASE",
        "user": {}, "lead": {"lead_id": "7290000000000000003",
                             "lead_event_source": "HubSpot"}})
p.row("event", {"event_name": "InitiateCheckout"},
      {"event": "InitiateCheckout"})
p.row("event", {"event_name": "InitiateCheckout"}, {"event": "Checkout"},
      "app", "event of an app")
p.row("event", {"event_name": "Lead"}, {"event": "GenerateLead"}, "app",
      "lead of an app")
p.row("event_time", {"event_time": "1781430083"},
      {"event_time": N("1781430083")})
p.row("event_id", {"event_id": N("84213")}, {"event_id": "84213"})
p.row("limited_data_use", LDU, {"limited_data_use": True})
p.row("limited_data_use", LDU, {}, "store", "limited_data_use offline")
p.row("user", {"hashed": None, "user_data": {"ttclid": "E.C.P.Cx"}},
      {"user": {"ttclid": "E.C.P.Cx"}})
for source, form, target in (("email", "lower", "email"),
                             ("phone", "e164", "phone"),
                             ("external_id", "exact", "external_id")):
    p.row("user." + target,
          {"hashed.%s" % source: {form: [h(10), h(11)], "digits": [h(12)]}},
          {"user." + target: [h(10), h(11)]})
for source, form, target in (("first_name", "compact", "first_name"),
                             ("last_name", "compact", "last_name"),
                             ("postal_code", "joined", "zip_code")):
    p.row("user." + target, {"hashed.%s" % source: {form: [h(13), h(14)]}},
          {"user." + target: h(13)})
p.row("user.city", {"user_data.city": "São Paulo"},
      {"user.city": "sãopaulo"})
p.row("user.state", {"user_data.state": "US-CA"}, {"user.state": "usca"})
p.row("user.country", {"user_data.country": "DE"}, {"user.country": "de"})
for source, target, value in (
        ("ttclid", "ttclid", "E.C.P.CxAbC_-"), ("ttp", "ttp", "2F7h37YkS1j"),
        ("client_ip_address", "ip", "203.0.113.7"),
        ("client_user_agent", "user_agent", AGENT),
        ("locale", "locale", "de-DE")):
    p.row("user." + target, {"user_data." + source: value},
          {"user." + target: value})
for source, value, want in (
        ("idfa", "6d92078a-8246-4ba4-ae5b-76104861e7dc",
         "6D92078A-8246-4BA4-AE5B-76104861E7DC"),
        ("idfv", "V-1", "V-1"), ("att_status", "DENIED", "DENIED"),
        ("gaid", "CDDA802E-FB9C-47AD-9866-0794D394C912",
         "cdda802e-fb9c-47ad-9866-0794d394c912")):
    p.row("user." + source, {"user_data." + source: value},
          {"user." + source: want}, "app")
p.row("user.idfa", {"user_data.idfa": "X"}, {}, label="idfa on the web")
p.row("properties.value", {"custom_data.value": "0.10"},
      {"properties.value": N("0.10")})
p.row("properties.value", {"custom_data.value": N("0")},
      {"properties.value": N("0")}, label="properties.value of zero")
p.row("properties.currency", {"custom_data.currency": "USD"},
      {"properties.currency": "USD"})
p.row("properties.order_id", {"custom_data.order_id": N("1001")},
      {"properties.order_id": "1001"})
p.row("properties.contents",
      {"custom_data.items": [{"id": N("987"), "quantity": N("2"),
                              "price": N("10.00"), "name": "Tea",
                              "category": "Drinks", "brand": "Example"}]},
      {"properties.contents": [{"content_id": "987", "quantity": N("2"),
                                "price": N("10.00"), "content_name": "Tea",
                                "content_category": "Drinks",
                                "brand": "Example"}],
       "properties.content_ids": ["987"],
       "properties.content_type": "product"})
for source, target, value, want in (
        ("id", "content_id", N("7"), "7"), ("price", "price", "5", N("5")),
        ("quantity", "quantity", "2.0", N("2")),
        ("name", "content_name", "Tea", "Tea"),
        ("category", "content_category", "C", "C"),
        ("brand", "brand", "B", "B")):
    item, out = {"id": "a"}, {"content_id": "a"}
    item[source], out[target] = value, want
    p.row("properties.contents[]." + target, {"custom_data.items": [item]},
          {"properties.contents": [out],
           "properties.content_ids": [out["content_id"]],
           "properties.content_type": "product"})
p.row("properties.content_ids", {"custom_data.content_ids": [N("1"), "b"]},
      {"properties.content_ids": ["1", "b"],
       "properties.content_type": "product"})
p.row("properties.content_ids", {"custom_data.content_ids": "one",
                                 "custom_data.items": [{"id": "b"}]},
      {"properties.content_ids": ["one"],
       "properties.contents": [{"content_id": "b"}],
       "properties.content_type": "product"}, label="content_ids of both")
p.row("properties.content_type", {"custom_data.content_type": "product_group",
                                  "custom_data.content_ids": ["g"]},
      {"properties.content_ids": ["g"],
       "properties.content_type": "product_group"})
p.row("properties.num_items", {"custom_data.num_items": N("3")},
      {"properties.num_items": N("3")})
for name, value in (("search_string", "tea"), ("description", "d"),
                    ("shop_id", "s"), ("delivery_category", "curbside")):
    p.row("properties." + name, {"custom_data." + name: value},
          {"properties." + name: value})
p.row("properties.predicted_ltv", {"custom_data.predicted_ltv": "9.90"},
      {"properties.predicted_ltv": N("9.90")})
TEXTS = """city region country checkin_date checkout_date
departing_departure_date returning_departure_date departing_arrival_date
returning_arrival_date origin_airport destination_airport travel_class
travel_start travel_end postal_code make model state_of_vehicle exterior_color
transmission body_style fuel_type drivetrain trim interior_color
condition_of_vehicle viewcontent_type search_type registration_type
vin""".split()
for name in TEXTS:
    p.row("properties." + name, {"custom_data." + name: "2026-07-01"},
          {"properties." + name: "2026-07-01"})
for name in ("num_adults", "num_children", "num_infants",
             "preferred_num_stops", "year"):
    p.row("properties." + name, {"custom_data." + name: "2"},
          {"properties." + name: N(2)})
for name in ("suggested_hotels", "destination_ids", "suggested_destinations"):
    p.row("properties." + name, {"custom_data." + name: [N(7), "b"]},
          {"properties." + name: ["7", "b"]})
p.row("properties.user_score", {"custom_data.user_score": N("4.50")},
      {"properties.user_score": N("4.50")})
p.row("properties.mileage.value", {"custom_data.mileage": {"value": "1200.0"}},
      {"properties.mileage": {"value": N("1200.0")}})
p.row("properties.mileage.unit", {"custom_data.mileage": {"unit": "km"}},
      {"properties.mileage": {"unit": "KM"}})
p.warn("tiktok.mileage_unit", {"custom_data.mileage": {"unit": "nm"}})
p.row("properties.preferred_price_range",
      {"custom_data.preferred_price_range": ["100.00", N("250")]},
      {"properties.preferred_price_range": [N("100.00"), N("250")]})
p.warn("tiktok.price_range", {"custom_data.preferred_price_range": ["100.00"]})
p.warn("tiktok.price_range",
       {"custom_data.preferred_price_range": ["100 EUR", N("250")]},
       label="a price range with a currency")
p.warn("tiktok.vin", {"custom_data.vin": "x" * 18})
p.row("properties.make", {"custom_data.make": "Example"}, {}, "store",
      "cars are for the web")
p.row("page.url", {"event_source_url": URL + "?x=1"},
      {"page.url": URL + "?x=1"})
p.row("page.referrer", {"referrer_url": "https://www.example.com/"},
      {"page.referrer": "https://www.example.com/"})
p.row("app.app_id", {"app_data.app_id": N("343200656")},
      {"app.app_id": "343200656"}, "app")
for name in ("app_name", "app_version"):
    p.row("app." + name, {"app_data." + name: "1.0"}, {"app." + name: "1.0"},
          "app")
for source, target, value in (
        ("callback", "callback", "c"), ("campaign_id", "campaign_id", "1"),
        ("adset_id", "ad_id", "2"), ("ad_id", "creative_id", "3"),
        ("is_retargeting", "is_retargeting", True),
        ("attributed", "attributed", False),
        ("attribution_type", "attribution_type", "t"),
        ("attribution_source", "attribution_provider", "p")):
    p.row("ad." + target, {"attribution_data": {source: value}},
          {"ad": {target: value}}, "app")
p.row("lead.lead_id", {"user_data.lead_id": "7290000000000000004"},
      {"lead.lead_id": "7290000000000000004"}, "crm")
p.row("lead.lead_event_source", {"custom_data.lead_event_source": "Example"},
      {"lead.lead_event_source": "Example"}, "crm")
common_gates(p)
no_refunds(p)
p.withhold("consent.ad_personalization",
           {"consent.ad_personalization": "denied"})
common_checks(p, "tiktok.", age=28 * DAY, ahead=3600)
hashing_checks(p, "tiktok.")
p.refuse("tiktok.event_name", {"event_name": None})
p.refuse("tiktok.offline_event", {"event_name": "Visit"}, "store")
p.warn("tiktok.late", {"event_time": N(NOW - 8 * DAY)},
       {"event_time": N(NOW - 8 * DAY)})
p.refuse("tiktok.event_id_placeholder", {"event_id": "null"})
p.withhold("tiktok.preview",
           {"event_source_url": "https://gtm-msr.appspot.com/render"})
p.warn("tiktok.ip", {"user_data.client_ip_address": "203.0.113.777"})
p.warn("tiktok.ip_private", {"user_data.client_ip_address": "10.0.0.1"})
p.warn("tiktok.ip", {"user_data.client_ip_address": "203.0.113.7.AQQAAQAB"},
       label="tiktok.ip with another platform's appendix")
p.warn("tiktok.url_personal", {"event_source_url": URL + "?phone=0650"},
       {"page": None}, maybe=("tiktok.page_url",))
p.warn("tiktok.referrer_personal", {"referrer_url": URL + "?email=x"})
p.warn("tiktok.att_status", {"user_data.att_status": "yes"}, base="app")
p.warn("tiktok.delivery_category", {"custom_data.delivery_category": "x"})
p.refuse("tiktok.offline_identifiers",
         {"hashed": {"external_id": {"exact": [h(5)]}}}, "store")
p.refuse("tiktok.lead_id", {"user_data": None}, "crm")
p.refuse("tiktok.lead_id", {"user_data": None, "custom_data": {
    "event_source": "crm"}}, "crm", "a CRM's event without a lead")
p.warn("tiktok.system_generated", {"action_source": "system_generated"},
       base="store")
p.refuse("tiktok.app_id", {"app_data": {"app_name": "x"}}, "app")
p.refuse("tiktok.app_identifiers", {"hashed": None}, "app")
p.warn("tiktok.web_identifiers", {"hashed": None}, {"user.email": None,
                                                    "user": {}})
p.warn("tiktok.page_url", {"event_source_url": None}, {"page": None})
p.refuse("tiktok.value_negative", {"custom_data.value": N("-0.01")})
p.refuse("tiktok.currency", {"custom_data.currency": "XAF"})
p.refuse("tiktok.currency", {"custom_data.currency": "eur"},
         label="currency in lower case")
p.refuse("tiktok.value_alone", {"custom_data.currency": None})
p.refuse("tiktok.items", {"custom_data.items": [{"id": "1",
                                                 "quantity": "two"}]})
p.warn("tiktok.item_id", {"custom_data.items": [{"name": "Tea"}]},
       {"properties.contents": [{"content_name": "Tea"}],
        "properties.content_type": "product"})
p.warn("tiktok.purchase_value", {"custom_data.value": None},
       {"properties.value": None})
p.warn("tiktok.click_expired", {"user_data.ttclid": "E.C.P.x",
                                "user_data.click_time": N(TIME - 29 * DAY)},
       {"user.ttclid": "E.C.P.x"})
p.warn("tiktok.crm_custom", {"event_name": "won"}, {"event": "won"}, "crm")
p.warn("tiktok.event_name_near", {"event_name": "purchase"},
       {"event": "purchase"})
p.warn("tiktok.reserved_name", {"event_name": "ClickForm"},
       {"event": "ClickForm"})
p.warn("tiktok.item_quantity", {"custom_data.items": [HEAVY]},
       {"properties.contents": [{"content_id": "1", "price": N("2.00")}],
        "properties.content_type": "product",
        "properties.content_ids": ["1"]})
p.warn("tiktok.type", {"custom_data.num_items": "many"})
p.warn("tiktok.type", {"custom_data.user_score": "4,50"},
       label="a score with a comma")

# ---- pinterest ------------------------------------------------------------

PIN = {"event_name": "checkout", "action_source": "offline",
       "event_time": N(TIME), "event_id": "BASE",
       "user_data": {"em": [h(1)]},
       "custom_data": {"value": "10.00", "currency": "EUR",
                       "order_id": "84213"}}
p = Platform("pinterest", "[pinterest]\nown_event_names = quiz_done\n",
             ["--consent-unknown", "withhold"])
p.base("base", event("physical_store"), PIN)
p.base("app", event("app", app_data={"extinfo": EXTINFO}),
       {**PIN, "action_source": "app_android"})
for ours, theirs in (
        ("Lead", "lead"), ("CompleteRegistration", "signup"),
        ("AddToCart", "add_to_cart"), ("PageView", "page_visit"),
        ("InitiateCheckout", "initiate_checkout"),
        ("AddPaymentInfo", "add_payment_info"), ("Search", "search"),
        ("AddToWishlist", "add_to_wishlist"), ("Subscribe", "subscribe"),
        ("ViewContent", "view_content"), ("watch_video", "watch_video"),
        ("view_category", "view_category"), ("quiz_done", "quiz_done")):
    p.row("event_name", {"event_name": ours}, {"event_name": theirs},
          label="event_name" if ours == "Lead" else "event_name " + ours,
          key=theirs + "/row event_name" +
          ("" if ours == "Lead" else " " + ours))
p.row("action_source", {"action_source": "website",
                        "event_time": N(NOW - 60)},
      {"action_source": "web", "event_time": N(NOW - 60)})
p.row("action_source", {"app_data": {"extinfo": ["i2"] + EXTINFO[1:]}},
      {"action_source": "app_ios"}, "app", "action_source of iOS")
p.row("action_source", {"action_source": "phone_call"}, {},
      label="action_source of a call")
p.row("event_time", {"event_time": "1781430083"},
      {"event_time": N("1781430083")})
p.row("event_id", {"event_id": N("84213")}, {"event_id": "84213"})
p.row("event_source_url", {"event_source_url": URL},
      {"event_source_url": URL})
p.row("opt_out", {"consent.ad_personalization": "denied"}, {"opt_out": True})
p.row("language", {"user_data.locale": "de-DE"}, {"language": "de"})
for name in ("app_id", "app_name", "app_version"):
    p.row(name, {"app_data." + name: "1"}, {name: "1", "app_info." + name: "1"},
          "app")
OLD = {"brand": "device_brand", "carrier": "device_carrier",
       "model": "device_model", "type": "device_type",
       "os_version": "os_version"}
for name, old in OLD.items():
    p.row(old, {"device_info." + name: "X1"},
          {old: "X1", "device_info." + name: "X1"})
for word, wifi in (("wifi", True), ("ethernet", False)):
    p.row("wifi", {"device_info.network_type": word},
          {"device_info.network_type": word, "wifi": wifi},
          label="wifi" if wifi else "wifi not")
p.row("wifi", {"device_info.network_type": "unknown"},
      {"device_info.network_type": "unknown"}, label="wifi perhaps")
for name, value, want in (
        ("app_id", N(7), "7"), ("app_name", "Shop", "Shop"),
        ("app_package_name", "com.example.shop", "com.example.shop"),
        ("app_store", "Play", "Play"), ("app_version", "1.0", "1.0"),
        ("user_agent", AGENT, AGENT), ("install_time", N(TIME), N(TIME)),
        ("window_height", "800", N(800)), ("window_width", N(600), N(600))):
    flat = {name: want} if name in ("app_id", "app_name", "app_version") \
        else {}
    p.row("app_info." + name, {"app_data." + name: value},
          {**flat, "app_info." + name: want}, "app")
for name, value in (
        ("brand", "Example"), ("carrier", "Example"), ("kernel_version", "6"),
        ("locale", "de-DE"), ("model", "X1"), ("os_name", "Android"),
        ("os_release_name", "Baklava"), ("os_version", "16"),
        ("timezone", "Europe/Berlin"), ("timezone_abbr", "CEST"),
        ("type", "phone"), ("battery_level", N(0)), ("cpu_cores", N(1152)),
        ("external_storage_free_space", N(1)), ("storage_size", N(1048576)),
        ("external_storage_size", N(64)), ("storage_free_space", N(12)),
        ("screen_density", N(420)), ("screen_height", N(2400)),
        ("screen_width", N(1080)), ("form_factor", "cellphone"),
        ("network_type", "cellular_5g"), ("os_family", "android"),
        ("languages", ["de", "en"])):
    old = {OLD[name]: value} if name in OLD else {}
    if name == "network_type":
        old = {"wifi": False}
    p.row("device_info." + name, {"device_info": {name: value}},
          {"device_info": {name: value}, **old})
p.row("device_info.brand", {"device_info.brand": "é" * 100},
      {"device_info.brand": "é" * 100, "device_brand": "é" * 100},
      label="a hundred characters, not bytes")
for name, value in (("brand", "x" * 101), ("timezone_abbr", "Berlin"),
                    ("battery_level", N(101)), ("cpu_cores", N(-1)),
                    ("screen_width", "1080.5"), ("form_factor", "phone"),
                    ("storage_size", N("99999999999999999999")),
                    ("network_type", "cellular_2g cellular_3g")):
    p.warn("pinterest.type", {"device_info": {name: value, "model": "X1"}},
           {"device_info": {"model": "X1"}, "device_model": "X1"},
           label="pinterest.type " + name)
p.warn("pinterest.type", {"app_data.app_store": "x" * 101}, base="app",
       label="pinterest.type app_store")
p.row("user_data", {"hashed": {"madid": {"lower": [h(3)]}}},
      {"user_data": {"hashed_maids": [h(3)]}})
for n, (source, form, target) in enumerate((
        ("email", "lower", "em"), ("phone", "digits", "ph"),
        ("gender", "letter", "ge"), ("date_of_birth", "digits", "db"),
        ("last_name", "lower", "ln"), ("first_name", "lower", "fn"),
        ("city", "compact", "ct"), ("state", "code", "st"),
        ("postal_code", "digits", "zp"), ("country", "lower", "country"),
        ("external_id", "exact", "external_id"),
        ("madid", "lower", "hashed_maids"))):
    p.row("user_data." + target,
          {"hashed.%s" % source: {form: [h(10 + n), h(50 + n)],
                                  "upper": [h(90)]}},
          {"user_data." + target: [h(10 + n), h(50 + n)]})
p.row("user_data.em", {"hashed.email.lower": h(9)},
      {"user_data.em": [h(9)]}, label="one digest becomes a list")
PLACE = {"hashed.state": {"code": [h(20)], "upper": [h(21)]},
         "hashed.country": {"lower": [h(22)], "upper": [h(23)]}}
p.row("custom_data.opt_out_type", {**LDU, **PLACE},
      {"custom_data.opt_out_type": "LDP",
       "user_data.st": [h(20), h(21)], "user_data.country": [h(22), h(23)]})
for source, target, value in (
        ("client_ip_address", "client_ip_address", "203.0.113.7"),
        ("client_user_agent", "client_user_agent", AGENT),
        ("epik", "click_id", "dj0yJnU9abc"), ("partner_id", "partner_id", "r")):
    p.row("user_data." + target, {"user_data." + source: value},
          {"user_data." + target: value})
p.row("custom_data.value", {"custom_data.value": N("1234.50")},
      {"custom_data.value": "1234.50"})
p.row("custom_data.currency", {"custom_data.currency": "USD"},
      {"custom_data.currency": "USD"})
p.row("custom_data.content_ids", {"custom_data.content_ids": [N("1")]},
      {"custom_data.content_ids": ["1"]})
p.row("custom_data.contents",
      {"custom_data.items": [{"id": N("987"), "price": N("10.00"),
                              "quantity": "2", "name": "Tea",
                              "category": "Drinks", "brand": "Example",
                              "tax": N("1")}]},
      {"custom_data.content_ids": ["987"],
       "custom_data.contents": [
           {"id": "987", "item_price": "10.00", "quantity": N("2"),
            "item_name": "Tea", "item_category": "Drinks",
            "item_brand": "Example"}]})
for source, target, value, want in (
        ("id", "id", N("7"), "7"), ("price", "item_price", N("5"), "5"),
        ("quantity", "quantity", "2", N("2")),
        ("name", "item_name", "Tea", "Tea"),
        ("category", "item_category", "C", "C"),
        ("brand", "item_brand", "B", "B")):
    item, out = {"id": "a"}, {"id": "a"}
    item[source], out[target] = value, want
    p.row("custom_data.contents[]." + target, {"custom_data.items": [item]},
          {"custom_data.contents": [out],
           "custom_data.content_ids": [out["id"]]})
p.row("custom_data.num_items", {"custom_data.num_items": "3"},
      {"custom_data.num_items": N("3")})
p.row("custom_data.order_id", {"custom_data.order_id": N("1001")},
      {"custom_data.order_id": "1001"})
for name in ("search_string", "content_name", "content_category",
             "content_brand"):
    p.row("custom_data." + name, {"custom_data." + name: "x"},
          {"custom_data." + name: "x"})
p.row("custom_data.predicted_ltv", {"custom_data.predicted_ltv": N("9.90")},
      {"custom_data.predicted_ltv": "9.90"})
p.row("", {"custom_data.content_type": "product", "custom_data.tax": N("1"),
           "user_data.fbc": "x", "nobody": 1}, {},
      label="nothing unknown gets through")
common_gates(p)
no_refunds(p)
common_checks(p, "pinterest.", ahead=600)
hashing_checks(p, "pinterest.")
p.refuse("pinterest.event_name", {"event_name": "sign_up"})
p.refuse("pinterest.event_name", {"event_name": "Donate"},
         label="event without a like")
p.refuse("pinterest.event_id_placeholder", {"event_id": "undefined"})
p.refuse("pinterest.action_source", {"action_source": None})
p.refuse("pinterest.action_source", {"app_data": {"app_id": "1"}}, "app",
         "app of an unknown system")
p.warn("pinterest.ip", {"user_data.client_ip_address": "localhost"})
p.warn("pinterest.ip_private", {"user_data.client_ip_address": "fe80::1"})
p.warn("pinterest.url_personal", {"event_source_url": URL + "?email=x"})
for keys in ({"phone": {"digits": [h(1)]}}, {"external_id": {"exact": [h(1)]}},
             None):
    p.refuse("pinterest.identifiers", {"hashed": keys,
                                       "user_data": {"epik": "dj0y"}},
             label="pinterest.identifiers %s" % (keys and sorted(keys)))
p.refuse("pinterest.identifiers", {"hashed": None, "user_data": {
    "client_ip_address": "203.0.113.7"}}, label="ip without user agent")
p.refuse("pinterest.ldp", LDU)
p.refuse("pinterest.value_negative", {"custom_data.value": "-5"})
p.refuse("pinterest.currency", {"custom_data.currency": "Euro"})
p.refuse("pinterest.items", {"custom_data.items": [{"id": "1",
                                                    "price": "1e3"}]})
for word in ("undefined", "null", "NaN"):
    p.refuse("pinterest.placeholder", {"custom_data.order_id": word},
             label="pinterest.placeholder " + word)
p.warn("pinterest.value_alone", {"event_name": "Lead",
                                 "custom_data.currency": None},
       {"event_name": "lead", "custom_data.currency": None})
p.warn("pinterest.purchase_value", {"custom_data.value": None},
       {"custom_data.value": None})
p.warn("pinterest.order_id", {"custom_data.order_id": None},
       {"custom_data.order_id": None})
p.warn("pinterest.late", {"action_source": "website"},
       {"action_source": "web"})
p.warn("pinterest.event_name_new", {"event_name": "Contact"},
       {"event_name": "contact"})
p.warn("pinterest.item_quantity", {"custom_data.items": [HEAVY]},
       {"custom_data.contents": [{"id": "1", "item_price": "2.00"}],
        "custom_data.content_ids": ["1"]})
p.warn("pinterest.click_expired", {"user_data.epik": "dj0y",
                                   "user_data.click_time": N(TIME - 31 * DAY)},
       {"user_data.click_id": "dj0y"})
p.row("user_data.click_id", {"user_data.epik": "dj0y",
                             "user_data.click_time": N(TIME - 29 * DAY)},
      {"user_data.click_id": "dj0y"}, label="a click of 29 days")
p.warn("pinterest.type", {"custom_data.predicted_ltv": "1,50"})
p.row("custom_data.external_measurement_id",
      {"custom_data.external_measurement_id": N(77)},
      {"custom_data.external_measurement_id": "77"})
p.row("custom_data.external_measurement_vendor_id",
      {"custom_data.external_measurement_vendor_id": "5"},
      {"custom_data.external_measurement_vendor_id": N(5)})

p = Platform("pinterest:partner",
             "[pinterest:partner]\npartner_name = ss-example\n",
             ["--consent-unknown", "withhold"])
p.base("base", event("physical_store"), {**PIN, "partner_name": "ss-example"})
p.row("partner_name", {}, {})

# ---- snapchat -------------------------------------------------------------

SNAP = {"event_name": "PURCHASE", "event_time": N(TIME), "event_id": "BASE",
        "action_source": "OFFLINE", "user_data": {"em": [h(1)]},
        "custom_data": {"value": N("10.00"), "currency": "EUR",
                        "order_id": "84213"}}
p = Platform("snapchat", options=["--consent-unknown", "withhold"])
p.base("base", event("physical_store"), SNAP)
p.base("app", event("app", app_data={"extinfo": EXTINFO}),
       {**SNAP, "action_source": "MOBILE_APP",
        "app_data": {"extinfo": EXTINFO}})
for ours, theirs in (
        ("Lead", "SIGN_UP"), ("CompleteRegistration", "SIGN_UP"),
        ("AddToCart", "ADD_CART"), ("InitiateCheckout", "START_CHECKOUT"),
        ("AddPaymentInfo", "ADD_BILLING"), ("ViewContent", "VIEW_CONTENT"),
        ("PageView", "PAGE_VIEW"), ("AddToWishlist", "ADD_TO_WISHLIST"),
        ("Search", "SEARCH"), ("Subscribe", "SUBSCRIBE"),
        ("StartTrial", "START_TRIAL"), ("Schedule", "RESERVE"),
        ("CUSTOM_EVENT_3", "CUSTOM_EVENT_3")):
    p.row("event_name", {"event_name": ours}, {"event_name": theirs},
          label="event_name" if ours == "Lead" else "event_name " + ours)
p.row("event_time", {"event_time": "1781430083"},
      {"event_time": N("1781430083")})
p.row("event_id", {"event_id": N("84213")}, {"event_id": "84213"})
p.row("action_source", {"action_source": "website", "event_source_url": URL},
      {"action_source": "WEB", "event_source_url": URL})
p.row("event_source_url", {"event_source_url": URL + "?ScCid=aB"},
      {"event_source_url": URL + "?ScCid=aB"})
p.row("data_processing_options", LDU, {"data_processing_options": ["LMU"]})
p.row("custom_data.custom_fields.*",
      {"custom_data.coupon": "A", "custom_data.tax": N("1.90"),
       "custom_data.member": True, "custom_data.list": ["x"],
       "custom_data.object": {"a": "b"}},
      {"custom_data.custom_fields": {"coupon": "A", "tax": "1.90",
                                     "member": "true"}})
p.row("opt_out", {"consent.ad_personalization": "denied"}, {"opt_out": True})
p.row("user_data", {"hashed": {"phone": {"digits": [h(3)]}}},
      {"user_data": {"ph": [h(3)]}})
for n, (source, form, target) in enumerate((
        ("email", "lower", "em"), ("phone", "digits", "ph"),
        ("first_name", "compact", "fn"), ("last_name", "compact", "ln"),
        ("gender", "letter", "ge"), ("city", "compact", "ct"),
        ("state", "region", "st"), ("postal_code", "compact", "zp"),
        ("country", "lower", "country"),
        ("external_id", "exact", "external_id"))):
    p.row("user_data." + target,
          {"hashed.%s" % source: {form: [h(10 + n), h(50 + n)]}},
          {"user_data." + target: [h(10 + n), h(50 + n)]})
p.row("user_data.db", {"hashed.date_of_birth": {"digits": [h(30)]}},
      {"user_data.db": h(30)})
p.row("user_data.madid", {"user_data.madid": "ABCD-EF"},
      {"user_data.madid": "abcd-ef"})
for name, value in (("idfv", "I-1"), ("client_ip_address", "2001:db8::1"),
                    ("client_user_agent", AGENT), ("sc_click_id", "aB-9"),
                    ("sc_cookie1", "8a1e"), ("subscription_id", "s")):
    p.row("user_data." + name, {"user_data." + name: value},
          {"user_data." + name: value})
p.row("user_data.lead_id", {"user_data.lead_id": "12345678901234567"},
      {"user_data.lead_id": N("12345678901234567")})
p.row("custom_data.value", {"custom_data.value": "142.52"},
      {"custom_data.value": N("142.52")})
p.row("custom_data.currency", {"custom_data.currency": "USD"},
      {"custom_data.currency": "USD"})
p.row("custom_data.order_id", {"custom_data.order_id": N("1001")},
      {"custom_data.order_id": "1001"})
p.row("custom_data.contents",
      {"custom_data.items": [{"id": N("987"), "quantity": N("2"),
                              "price": N("5.00"), "name": "Tea",
                              "brand": "Example",
                              "delivery_category": "in_store"}]},
      {"custom_data.contents": [{"id": "987", "quantity": "2",
                                 "item_price": "5.00", "brand": "Example",
                                 "delivery_category": "in_store"}]})
for source, target, value, want in (
        ("id", "id", N("7"), "7"), ("quantity", "quantity", N("2"), "2"),
        ("price", "item_price", N("5.10"), "5.10"),
        ("delivery_category", "delivery_category", "x", "x"),
        ("brand", "brand", "B", "B")):
    item, out = {"id": "a"}, {"id": "a"}
    item[source], out[target] = value, want
    p.row("custom_data.contents[]." + target, {"custom_data.items": [item]},
          {"custom_data.contents": [out]})
p.row("custom_data.content_ids", {"custom_data.content_ids": N("5")},
      {"custom_data.content_ids": ["5"]})
p.row("custom_data.num_items", {"custom_data.num_items": "3"},
      {"custom_data.num_items": N("3")})
for name in ("content_type", "content_category", "search_string",
             "sign_up_method", "status", "delivery_category"):
    p.row("custom_data." + name, {"custom_data." + name: "x"},
          {"custom_data." + name: "x"})
p.row("custom_data.referrer_url", {"referrer_url": URL + "?x=1"},
      {"custom_data.referrer_url": URL + "?x=1"})
for name in """checkin_date travel_start travel_end destination_airport
        origin_airport country city region neighborhood
        departing_departure_date departing_arrival_date
        returning_departure_date returning_arrival_date postal_code""".split():
    p.row("custom_data." + name, {"custom_data." + name: "2026-07-01"},
          {"custom_data." + name: "2026-07-01"})
for name in ("num_adults", "num_children", "num_infants"):
    p.row("custom_data." + name, {"custom_data." + name: "2"},
          {"custom_data." + name: N(2)})
for name in ("brands", "suggested_destinations", "preferred_neighborhoods",
             "preferred_star_ratings", "suggested_hotels"):
    p.row("custom_data." + name, {"custom_data." + name: [N(5), "b"]},
          {"custom_data." + name: ["5", "b"]})
p.row("custom_data.hotel_score", {"custom_data.hotel_score": N("4.50")},
      {"custom_data.hotel_score": "4.50"})
for name in ("app_id", "campaign_ids", "install_referrer",
             "installer_package", "windows_attribution_id"):
    p.row("app_data." + name, {"app_data." + name: "x"},
          {"app_data." + name: "x"}, "app")
p.row("app_data.extinfo", {"app_data.extinfo": ["i2"] + EXTINFO[1:]},
      {"app_data.extinfo": ["i2"] + EXTINFO[1:]}, "app")
for name in ("advertiser_tracking_enabled", "application_tracking_enabled"):
    p.row("app_data." + name, {"app_data." + name: "0"},
          {"app_data." + name: N("0")}, "app")
    p.row("app_data." + name, {"app_data." + name: True},
          {"app_data." + name: N("1")}, "app", label=name + " as true")
p.row("app_data.url_schemes", {"app_data.url_schemes": "shop"},
      {"app_data.url_schemes": ["shop"]}, "app")
common_gates(p)
no_refunds(p)
common_checks(p, "snapchat.", age=37 * DAY)
hashing_checks(p, "snapchat.")
p.refuse("snapchat.age", {"action_source": "website",
                          "event_source_url": URL,
                          "event_time": N(NOW - 7 * DAY - 1)},
         label="age of a web event")
p.warn("snapchat.late", {"event_time": N(NOW - 8 * DAY)},
       {"event_time": N(NOW - 8 * DAY)})
p.refuse("snapchat.event_name", {"event_name": "Donate"})
p.refuse("snapchat.event_id_placeholder", {"event_id": "n/a"})
p.refuse("snapchat.action_source", {"action_source": None})
p.warn("snapchat.ip", {"user_data.client_ip_address": h(5)})
p.warn("snapchat.ip_private", {"user_data.client_ip_address": "10.0.0.1"})
p.warn("snapchat.lead_id", {"user_data.lead_id": "L-1"})
p.warn("snapchat.referrer_personal", {"referrer_url": URL + "?email=x"})
p.warn("snapchat.url_personal", {"event_source_url": URL + "?email=x"})
p.refuse("snapchat.identifiers", {"hashed": {"first_name": {
    "compact": [h(1)]}}, "user_data": {"sc_click_id": "aB"}})
p.refuse("snapchat.url", {"action_source": "website"})
p.refuse("snapchat.app_data", {"app_data": {"app_id": "1"}}, "app")
p.refuse("snapchat.value_negative", {"custom_data.value": "-5"})
p.refuse("snapchat.currency", {"custom_data.currency": "Euro"})
p.refuse("snapchat.purchase_value", {"custom_data.currency": None})
p.refuse("snapchat.items", {"custom_data.items": [{"id": "1",
                                                   "price": "5 EUR"}]})
p.warn("snapchat.item_id", {"custom_data.items": [{"name": "Tea"}]})
p.warn("snapchat.order_id", {"custom_data.order_id": None},
       {"custom_data.order_id": None})
p.warn("snapchat.currency_rare", {"custom_data.currency": "XAF"},
       {"custom_data.currency": "XAF"})
p.warn("snapchat.custom_personal", {"custom_data.email": "jo@example.com"})
p.warn("snapchat.click_expired", {"user_data.sc_click_id": "aB-9",
                                  "user_data.click_time": N(TIME - 29 * DAY)},
       {"user_data.sc_click_id": "aB-9"})
p.warn("snapchat.type", {"custom_data.num_adults": "two"})

p = Platform("snapchat:partner",
             "[snapchat:partner]\nintegration = example-tools\n"
             "data_processing_options = LDU\n",
             ["--consent-unknown", "withhold"])
p.base("base", event("physical_store"),
       {**SNAP, "integration": "example-tools"})
p.row("integration", {}, {})
p.row("data_processing_options", LDU, {"data_processing_options": ["LDU"]},
      label="data_processing_options as configured")

# ---- klaviyo --------------------------------------------------------------

def klaviyo(shape):
    plain = event("other", hashed=None,
                  user_data={"email": "Jo@Example.com"})
    del plain["hashed"]
    profile = {"data": {"type": "profile",
                        "attributes": {"email": "jo@example.com"}}}
    what = {"time": "2026-06-14T09:41:22Z", "unique_id": "BASE",
            "value": N("10.00"), "value_currency": "EUR",
            "metric": {"data": {"type": "metric",
                                "attributes": {"name": "Placed Order"}}},
            "properties": {"OrderId": "84213"}}
    if shape == "single":
        return plain, {"type": "event",
                       "attributes": {**what, "profile": profile}}
    return plain, {"type": "event-bulk-create", "attributes": {
        "profile": profile,
        "events": {"data": [{"type": "event", "attributes": what}]}}}


def klaviyo_cases(p, at, profile):
    p.row(at + "type" if at == "attributes." else at[:-11] + "type", {}, {},
          label="the shape itself")
    p.row(at + "time", {"event_time": N(1781429999)},
          {at + "time": "2026-06-14T09:39:59Z"})
    p.row(at + "time", {"event_time": N(1782777599)},
          {at + "time": "2026-06-29T23:59:59Z"}, label="end of a day")
    p.row(at + "unique_id", {"event_id": N("84213")},
          {at + "unique_id": "84213"}, key="Placed Order/84213")
    p.row(at + "value", {"custom_data.value": "7.50"}, {at + "value": N("7.50")})
    p.row(at + "value_currency", {"custom_data.currency": "USD"},
          {at + "value_currency": "USD"})
    for ours, theirs in (
            ("InitiateCheckout", "Started Checkout"),
            ("AddToCart", "Added to Cart"), ("ViewContent", "Viewed Product"),
            ("PageView", "Active on Site"), ("Lead", "Lead"),
            ("Fulfilled Order", "Fulfilled Order"),
            ("Quiz finished", "Quiz finished")):
        first = ours == "InitiateCheckout"
        p.row(at + "metric.data.attributes.name", {"event_name": ours},
              {at + "metric.data.attributes.name": theirs},
              label=None if first else "name " + ours)
    # a refund is an event behind the order's, and takes nothing back
    placed = {at + "unique_id": "84213"}
    for status in ("refunded", "partially_refunded"):
        p.row("", {"event_id": "84213", "source.status": status,
                   "source.refunded_value": "2.50"},
              {at + "unique_id": "84213:refund:1", at + "value": N("2.50"),
               at + "metric.data.attributes.name": "Refunded Order"},
              label=status, key="Refunded Order/84213:refund:1", first=placed)
    p.row("", {"event_id": "84213", "source.status": "refunded",
               "source.refunded_value": "3.50",
               "source.refunds": [{"value": N("2.50"), "at": N(TIME + 60)}]},
          {at + "unique_id": "84213:refund:1", at + "value": N("2.50"),
           at + "time": "2026-06-14T09:42:22Z",
           at + "metric.data.attributes.name": "Refunded Order"},
          label="a list of refunds", first=placed)
    p.row("", {"event_id": "84213", "source.status": "refunded"},
          {at + "unique_id": "84213:refund:1",
           at + "metric.data.attributes.name": "Refunded Order"},
          label="refunded, of unknown value", first=placed)
    for when, want in ((1781433682, "2026-06-14T10:41:22Z"),
                       (TIME - 1, "2026-06-14T09:41:22Z"),
                       (NOW + 1, "2026-06-14T09:41:22Z")):
        p.row("", {"event_id": "84213", "source.status": "refunded",
                   "source.refunded_at": N(when)},
              {at + "time": want, at + "unique_id": "84213:refund:1",
               at + "metric.data.attributes.name": "Refunded Order"},
              label="refunded at %s" % when, first=placed)
    p.row("", {"event_id": "84213", "source.status": "cancelled"},
          {at + "unique_id": "84213:cancel",
           at + "metric.data.attributes.name": "Cancelled Order"},
          label="cancelled")
    p.row(at + "properties", {"custom_data.order_id": None},
          {at + "properties.OrderId": None, at + "properties": {}})
    p.row(at + "properties.OrderId", {"custom_data.order_id": N("1001")},
          {at + "properties.OrderId": "1001"})
    item = {"id": N("7"), "name": "Tea", "quantity": "2", "price": "5.00",
            "category": "Drinks", "brand": "Example"}
    p.row(at + "properties.Items", {"custom_data.items": [item]},
          {at + "properties.Items": [
              {"ProductID": "7", "ProductName": "Tea", "Quantity": N("2"),
               "ItemPrice": N("5.00"), "ProductCategory": "Drinks",
               "Brand": "Example"}]})
    for source, target, value, want in (
            ("id", "ProductID", N("7"), "7"), ("name", "ProductName", "T", "T"),
            ("quantity", "Quantity", "2", N("2")),
            ("price", "ItemPrice", "5.00", N("5.00")),
            ("category", "ProductCategory", "C", "C"),
            ("brand", "Brand", "B", "B")):
        p.row(at + "properties.Items[]." + target,
              {"custom_data.items": [{source: value}]},
              {at + "properties.Items": [{target: want}]})
    p.row(at + "properties.PageURL", {"event_source_url": URL},
          {at + "properties.PageURL": URL})
    p.row(at + "properties.*", {"custom_data.coupon": "A",
                                "custom_data.tax": N("1.90"),
                                "custom_data.phone": "+15005550006"},
          {at + "properties.coupon": "A", at + "properties.tax": N("1.90")},
          noted=("klaviyo.custom_personal",))
    p.row(profile + "id", {"user_data.klaviyo_id": "01GDDKASAP8TKDDA2GRZDSVP4H"},
          {profile + "id": "01GDDKASAP8TKDDA2GRZDSVP4H"})
    p.row(at + "unique_id", {"event_id": "x" * 300},
          {at + "unique_id": "x" * 300}, label="a long unique_id")
    for source, target, value, want in (
            ("email", "email", "JO@example.com", "jo@example.com"),
            ("phone", "phone_number", "+15005550006", "+15005550006"),
            ("external_id", "external_id", N("77"), "77"),
            ("anonymous_id", "anonymous_id", "a", "a"), ("kx", "_kx", "k", "k"),
            ("first_name", "first_name", "Jo", "Jo"),
            ("last_name", "last_name", "Doe", "Doe"),
            ("organization", "organization", "Example Ltd", "Example Ltd"),
            ("job_title", "title", "Buyer", "Buyer"),
            ("locale", "locale", "de-DE", "de-DE"),
            ("street", "location.address1", "Main St 1", "Main St 1"),
            ("city", "location.city", "Berlin", "Berlin"),
            ("state", "location.region", "BE", "BE"),
            ("postal_code", "location.zip", "10115", "10115"),
            ("country", "location.country", "DE", "DE"),
            ("client_ip_address", "location.ip", "203.0.113.7",
             "203.0.113.7")):
        p.row(profile + "attributes." + target,
              {"user_data." + source: value},
              {profile + "attributes." + target: want})


BULK = "attributes.events.data[0].attributes."
p = Platform("klaviyo", "[klaviyo]\nbackfill = false\n",
             ["--consent-unknown", "withhold"])
p.base("base", *klaviyo("bulk"))
klaviyo_cases(p, BULK, "attributes.profile.data.")
common_gates(p)
p.withhold("consent.ad_personalization",
           {"consent.ad_personalization": "denied"})
common_checks(p, "klaviyo.", age=None, ahead=365 * DAY)
p.refuse("klaviyo.event_name", {"event_name": None})
p.refuse("klaviyo.metric_name", {"event_name": "x" * 128})
p.refuse("klaviyo.event_id_placeholder", {"event_id": "null"})
p.refuse("klaviyo.hashed", {"user_data": {"external_id": "7"},
                            "hashed": {"email": {"lower": [h(1)]}}})
p.refuse("klaviyo.digest", {"user_data.email": h(1)})
p.refuse("klaviyo.digest", {"user_data.phone":
                            "d41d8cd98f00b204e9800998ecf8427e"},
         label="MD5 for a phone number")
p.warn("klaviyo.phone", {"user_data.phone": "(500) 555-0006"})
p.warn("klaviyo.external_id", {"user_data.external_id": "x" * 256})
p.warn("klaviyo.ip", {"user_data.client_ip_address": "x"})
p.warn("klaviyo.ip_private", {"user_data.client_ip_address": "192.168.0.7"})
p.warn("klaviyo.custom_personal", {"custom_data.first_name": "Jo"})
p.warn("klaviyo.type", {"user_data.locale": {"language": "de"}})
deep = "x"
for _ in range(10):
    deep = [deep]
p.refuse("klaviyo.nesting", {"custom_data.deep": deep})
p.row("", {"custom_data.deep": deep[0]}, {BULK + "properties.deep": deep[0]},
      label="ten levels")
p.warn("klaviyo.url_personal", {"event_source_url": URL + "?email=x"})
p.refuse("klaviyo.identifiers", {"user_data": {"first_name": "Jo"}})
p.refuse("klaviyo.identifiers", {"user_data": {"phone": "5550006"}},
         label="a phone number that had to be left out")
p.refuse("klaviyo.refunded_value", {"source.status": "refunded",
                                    "source.refunded_value": "-2.50"},
         first={})
p.refuse("klaviyo.currency", {"custom_data.currency": "Euro"})
p.refuse("klaviyo.items", {"custom_data.items": [{"price": "5 EUR"}]})
p.refuse("klaviyo.properties",
         {"custom_data": {"k%d" % i: "v" for i in range(301)}})
p.refuse("klaviyo.size", {"custom_data.text": "x" * 102401})
p.refuse("klaviyo.size", {"custom_data.list": [N("1")] * 4001},
         label="list of 4001")
p.warn("klaviyo.value_alone", {"custom_data.currency": None},
       {BULK + "value_currency": None})
p.warn("klaviyo.event_name_near", {"event_name": "Placed order"},
       {BULK + "metric.data.attributes.name": "Placed order"})

p = Platform("klaviyo:one", "[klaviyo:one]\napi = single\n",
             ["--consent-unknown", "withhold"])
p.base("base", *klaviyo("single"))
klaviyo_cases(p, "attributes.", "attributes.profile.data.")
p.refuse("klaviyo.history", {"event_time": N(NOW - DAY - 1)})

p = Platform("klaviyo:old", "[klaviyo:old]\nbackfill = true\n",
             ["--consent-unknown", "withhold"])
plain, bulk = klaviyo("bulk")
bulk["attributes"]["backfill"] = True
p.base("base", plain, bulk)
p.row("attributes.backfill", {}, {})

p = Platform("klaviyo:new", "[klaviyo:new]\napi = single\nbackfill = true\n",
             ["--consent-unknown", "withhold"])
plain, single = klaviyo("single")
single["attributes"]["backfill"] = True
p.base("base", plain, single)
p.row("attributes.backfill", {}, {}, label="backfill of a single event")

# ---- google ---------------------------------------------------------------

ACCOUNT = ("customer_id = 123-456-7890\nlogin_customer_id = 9876543210\n"
           "conversion_action_id = 6543210987\nmerchant_id = 5566778\n"
           "merchant_feed_label = DE\nmerchant_feed_language = de\n")
INGEST = {"transactionId": "84213", "eventTimestamp": "2026-06-14T09:41:22Z",
          "eventSource": "OTHER", "conversionValue": N("10.00"),
          "currency": "EUR", "consent": {"adUserData": "CONSENT_GRANTED"},
          "userData": {"userIdentifiers": [{"emailAddress": h(1)}]}}
ACTION = "customers/1234567890/conversionActions/6543210987"
GCLID = "EAIaIQobChMI8Zx9abcdEFGH"
ITEMS = [{"id": "SKU-1", "quantity": "2", "price": N("59.95"), "name": "Tea"}]

p = Platform("google", "[google]\n" + ACCOUNT,
             ["--consent-unknown", "send"])
p.base("base", event("other"), INGEST)
p.base("refund", event("other", source={"status": "partially_refunded",
                                        "refunded_value": "2.5"}),
       {"adjustmentType": "RESTATEMENT", "conversionAction": ACTION,
        "orderId": "84213",
        # no time of the refund: after the conversion, the same in each run
        "adjustmentDateTime": "2026-06-14 09:43:52+00:00",
        "restatementValue": {"adjustedValue": N("7.50"),
                             "currencyCode": "EUR"}})
p.doubled["refund"] = "base"
p.base("retraction", event("other", source={"status": "refunded"}),
       {"adjustmentType": "RETRACTION", "conversionAction": ACTION,
        "orderId": "84213",
        "adjustmentDateTime": "2026-06-14 09:51:22+00:00"})
p.row("transactionId", {"custom_data.order_id": "A-1"},
      {"transactionId": "A-1"}, key="A-1")
p.row("transactionId", {"custom_data.order_id": None, "event_id": "e7"},
      {"transactionId": "e7"}, label="transactionId without an order",
      key="e7")
p.row("eventTimestamp", {"event_time": "1781395200"},
      {"eventTimestamp": "2026-06-14T00:00:00Z"})
for ours, theirs in (("website", "WEB"), ("app", "APP"),
                     ("physical_store", "IN_STORE"), ("phone_call", "PHONE"),
                     ("chat", "MESSAGE"), ("business_messaging", "MESSAGE")):
    p.row("eventSource", {"action_source": ours}, {"eventSource": theirs},
          label="eventSource" if ours == "app" else "eventSource " + ours)
p.row("conversionValue", {"custom_data.value": "0.10"},
      {"conversionValue": N("0.10")})
p.row("currency", {"custom_data.currency": "USD"}, {"currency": "USD"})
p.row("consent.adUserData", {"consent": None}, {"consent": None})
p.row("consent.adPersonalization", {"consent.ad_personalization": "denied"},
      {"consent.adPersonalization": "CONSENT_DENIED"})
p.row("adIdentifiers.gclid", {"user_data.gclid": GCLID},
      {"adIdentifiers": {"gclid": GCLID}})
for name in ("gbraid", "wbraid"):
    p.row("adIdentifiers." + name, {"user_data." + name: "0AAAA-b"},
          {"adIdentifiers": {name: "0AAAA-b"}, "userData": None})
    p.row("adIdentifiers." + name,
          {"user_data." + name: "0AAAA-b", "user_data.gclid": GCLID},
          {"adIdentifiers": {"gclid": GCLID}}, label=name + " beside gclid")
p.row("adIdentifiers.sessionAttributes",
      {"user_data.session_attributes": "abc"},
      {"adIdentifiers": {"sessionAttributes": "abc"}})
LANDING = "adIdentifiers.landingPageDeviceInfo."
p.row(LANDING + "userAgent", {"user_data.landing_user_agent": AGENT},
      {"adIdentifiers": {"landingPageDeviceInfo": {"userAgent": AGENT}}})
p.row(LANDING + "ipAddress",
      {"user_data.landing_ip_address": "203.0.113.9",
       "user_data.gclid": GCLID, "user_data.country": "US"},
      {"adIdentifiers": {"gclid": GCLID, "landingPageDeviceInfo": {
          "ipAddress": "203.0.113.9"}}})
for country in ("DE", None):
    p.row(LANDING + "ipAddress",
          {"user_data.landing_ip_address": "203.0.113.9",
           "user_data.country": country}, {},
          label="no landing ipAddress of %s" % country)
p.warn("google.landing_ip", {"user_data.landing_ip_address": "10.0.0.1",
                             "user_data.country": "US"})
p.row("eventDeviceInfo.userAgent", {"user_data.client_user_agent": AGENT},
      {"eventDeviceInfo": {"userAgent": AGENT}})
p.row("eventDeviceInfo.ipAddress",
      {"user_data.client_ip_address": "203.0.113.7",
       "user_data.country": "US"},
      {"eventDeviceInfo": {"ipAddress": "203.0.113.7"}})
for country in ("DE", "GB", "CH", "NO", "at", None):
    p.row("eventDeviceInfo.ipAddress",
          {"user_data.client_ip_address": "203.0.113.7",
           "user_data.country": country}, {},
          label="no ipAddress of %s" % country)
p.row("userData.userIdentifiers",
      {"hashed": {"email": {"gmail": [h(1), h(2)]},
                  "phone": {"e164": [h(3)]}}},
      {"userData": {"userIdentifiers": [
          {"emailAddress": h(1)}, {"emailAddress": h(2)},
          {"phoneNumber": h(3)}]}})
p.row("userData.userIdentifiers",
      {"hashed": {"email": {"gmail": [h(n) for n in range(12)]}}},
      {"userData": {"userIdentifiers": [
          {"emailAddress": h(n)} for n in range(10)]}},
      label="ten identifiers at most")
p.row("userData.userIdentifiers[].emailAddress",
      {"hashed.email.gmail": h(8)},
      {"userData": {"userIdentifiers": [{"emailAddress": h(8)}]}})
p.row("userData.userIdentifiers[].phoneNumber",
      {"hashed": {"phone": {"e164": [h(3)]}}},
      {"userData": {"userIdentifiers": [{"phoneNumber": h(3)}]}})
ADDRESS = {"hashed.first_name": {"given": [h(4)]},
           "hashed.last_name": {"family": [h(5)]},
           "user_data.country": "us", "user_data.postal_code": "94035"}
for label in ("givenName", "familyName", "regionCode", "postalCode"):
    p.row("userData.userIdentifiers[].address." + label, ADDRESS,
          {"userData": {"userIdentifiers": [
              {"emailAddress": h(1)},
              {"address": {"givenName": h(4), "familyName": h(5),
                           "regionCode": "US", "postalCode": "94035"}}]}})
p.row("", {**ADDRESS, "user_data.postal_code": None}, {},
      label="no address without its postal code")
p.row("userProperties.customerType",
      {"customer_segmentation": "new_customer_to_business"},
      {"userProperties": {"customerType": "NEW"}})
p.row("userProperties.customerType",
      {"custom_data.customer_segmentation": "existing_customer_to_medium"},
      {"userProperties": {"customerType": "RETURNING"}},
      label="returning customer")
for word in ("LOW", "medium", "High"):
    p.row("userProperties.customerValueBucket",
          {"custom_data.customer_value_bucket": word},
          {"userProperties": {"customerValueBucket": word.upper()}},
          label="userProperties.customerValueBucket " + word)
p.warn("google.customer_value_bucket",
       {"custom_data.customer_value_bucket": "vast"})
p.row("customVariables", {"custom_data.custom_variables": {
    "channel": "shop \"x\"", "shelf": N("3")}},
    {"customVariables": [{"variable": "channel", "value": "shop \"x\""},
                         {"variable": "shelf", "value": "3"}]})
p.warn("google.custom_variables", {"custom_data.custom_variables": {
    "mail": "jo@example.com", "channel": "shop"}},
    {"customVariables": [{"variable": "channel", "value": "shop"}]})
p.warn("google.custom_variables", {"custom_data.custom_variables": ["shop"]},
       label="custom variables without names")
CART = {"merchantId": "5566778", "merchantFeedLabel": "DE",
        "merchantFeedLanguageCode": "de",
        "items": [{"merchantProductId": "SKU-1", "quantity": "2",
                   "unitPrice": N("59.95")}]}
for label in ("merchantId", "merchantFeedLabel", "merchantFeedLanguageCode",
              "items"):
    p.row("cartData." + label, {"custom_data.items": ITEMS},
          {"cartData": CART})
for source, target, value, want in (
        ("id", "merchantProductId", N(7), "7"),
        ("quantity", "quantity", N("3"), "3"),
        ("price", "unitPrice", "0.10", N("0.10"))):
    p.row("cartData.items[]." + target,
          {"custom_data.items": [{"id": "S", source: value}]},
          {"cartData": {**CART, "items": [
              {"merchantProductId": "S", target: want}]}})
p.row("cartData.couponCodes", {"custom_data.items": ITEMS,
                               "custom_data.coupon": "WELCOME"},
      {"cartData": {**CART, "couponCodes": ["WELCOME"]}})
p.row("cartData.transactionDiscount", {"custom_data.items": ITEMS,
                                       "custom_data.discount": "5.00"},
      {"cartData": {**CART, "transactionDiscount": N("5.00")}})
p.row("cartData.transactionDiscount", {"custom_data.discount": "5.00"}, {},
      label="a discount of no cart")
for label in ("adjustmentType", "conversionAction", "orderId",
              "adjustmentDateTime"):
    p.row(label, {}, {}, "retraction", label + " of a retraction",
          key="RETRACTION/84213")
p.row("restatementValue.adjustedValue", {"source.refunded_value": "10"},
      {"restatementValue.adjustedValue": N("0.00"),
       # of a further restatement strictly after that of the one before
       "adjustmentDateTime": "2026-06-14 09:51:21+00:00"}, "refund",
      key="RESTATEMENT/84213/0.00")
p.row("restatementValue.currencyCode", {"custom_data.currency": "USD"},
      {"restatementValue.currencyCode": "USD"}, "refund",
      key="RESTATEMENT/84213/7.50", first={"currency": "USD"})
for base in "refund", "retraction":
    for when, want in ((1781433682, "2026-06-14 10:41:22+00:00"),
                       (TIME - 1, None), (TIME, None), (NOW + 1, None)):
        p.row("", {"source.refunded_at": N(when)},
              {"adjustmentDateTime": want} if want else {}, base,
              "%s at %s" % (base, when))
for status in ("cancelled", "voided"):
    p.row("adjustmentType", {"source.status": status}, {}, "retraction",
          "adjustmentType of " + status)
common_gates(p)
common_checks(p, "google.", age=90 * DAY, ahead=0)
hashing_checks(p, "google.", "gmail")
p.refuse("google.event_name", {"event_name": None})
p.withhold("google.event", {"event_name": "AddToCart"})
p.refuse("google.age", {"event_time": N(NOW - 54 * DAY - 1)}, "refund",
         "age of an adjustment",
         first={"eventTimestamp": "2026-04-21T12:26:39Z"})
for word in ("123", "0", "test", "-1"):
    p.row("", {"custom_data.order_id": word}, {"transactionId": word},
          label="an order of the number " + word, key=word)
for word in ("undefined", "null", "(not set)", "{{order_id}}"):
    p.refuse("google.transaction_id", {"custom_data.order_id": word},
             label="google.transaction_id " + word)
p.refuse("google.transaction_id_personal",
         {"custom_data.order_id": "jo@example.com"})
p.withhold("google.eea_consent", {"consent": None, "user_data.country": "FR"})
p.warn("google.braids", {"user_data.gbraid": "a", "user_data.wbraid": "b"},
       {"adIdentifiers": {"gbraid": "a"}, "userData": None})
p.warn("google.ip", {"user_data.client_ip_address": "x"})
p.warn("google.ip_private", {"user_data.client_ip_address": "10.0.0.1",
                             "user_data.country": "US"})
p.warn("google.session_attributes",
       {"user_data.session_attributes": "x" * 4001})
p.refuse("google.identifiers", {"hashed": None})
p.refuse("google.restatement", {"source.refunded_value": None}, "refund")
p.refuse("google.restatement", {"source.refunded_value": "10.01"}, "refund",
         "refund above the value")
p.refuse("google.value_negative", {"custom_data.value": "-5"})
p.refuse("google.currency", {"custom_data.currency": "Euro"})
p.refuse("google.value_alone", {"custom_data.currency": None})
p.refuse("google.items", {"custom_data.items": [{"id": "1",
                                                 "price": "5 EUR"}]})
p.warn("google.item_id", {"custom_data.items": [{"name": "x"}] + ITEMS},
       {"cartData": CART})
p.warn("google.gclid", {"user_data.gclid": GCLID.lower()},
       {"adIdentifiers": {"gclid": GCLID.lower()}})
p.warn("google.cart", {"user_data.gbraid": "a", "custom_data.items": ITEMS},
       {"adIdentifiers": {"gbraid": "a"}, "userData": None})
p.warn("google.window", {"event_time": N(NOW - 31 * DAY)},
       {"eventTimestamp": "2026-05-14T12:26:40Z"})
p.warn("google.item_quantity", {"custom_data.items": [HEAVY]},
       {"cartData": {**CART, "items": [{"merchantProductId": "1",
                                        "unitPrice": N("2.00")}]}})
p.warn("google.click_expired", {"user_data.gclid": GCLID,
                                "user_data.click_time": N(TIME - 91 * DAY)},
       {"adIdentifiers": {"gclid": GCLID}})
p.warn("google.click_after", {"user_data.gclid": GCLID,
                              "user_data.click_time": N(TIME + 61)},
       {"adIdentifiers": {"gclid": GCLID}})
p.warn("google.type", {"user_data.client_user_agent": {"a": "b"}})

CLICK = {"conversionAction": ACTION,
         "conversionDateTime": "2026-06-14 09:41:22+00:00",
         "orderId": "84213", "conversionValue": N("10.00"),
         "currencyCode": "EUR",
         "userIdentifiers": [{"userIdentifierSource": "FIRST_PARTY",
                              "hashedEmail": h(1)}],
         "consent": {"adUserData": "GRANTED"}}
p = Platform("google:clicks", "[google:clicks]\napi = google_ads\n" + ACCOUNT,
             ["--consent-unknown", "send"])
p.base("base", event("other"), CLICK)
p.row("conversionAction", {}, {})
p.row("conversionDateTime", {"event_time": N("1781395199")},
      {"conversionDateTime": "2026-06-13 23:59:59+00:00"})
p.row("orderId", {"custom_data.order_id": "A-1"}, {"orderId": "A-1"})
p.row("conversionValue", {"custom_data.value": "0.10"},
      {"conversionValue": N("0.10")})
p.row("currencyCode", {"custom_data.currency": "USD"},
      {"currencyCode": "USD"})
p.row("customerType", {"customer_segmentation": "new_customer_to_business"},
      {"customerType": "NEW"})
p.row("customVariables", {"custom_data.custom_variables": {"111": "shop"}},
      {"customVariables": [{
          "conversionCustomVariable":
          "customers/1234567890/conversionCustomVariables/111",
          "value": "shop"}]})
p.warn("google.custom_variables",
       {"custom_data.custom_variables": {"channel": "shop"}},
       label="a name where the Ads API wants a number")
p.row("gclid", {"user_data.gclid": GCLID}, {"gclid": GCLID})
for name in ("gbraid", "wbraid"):
    p.row(name, {"user_data." + name: "0AAAA-b"},
          {name: "0AAAA-b", "userIdentifiers": None})
p.row("userIdentifiers", {"hashed.phone": {"e164": [h(3)]}, **ADDRESS},
      {"userIdentifiers": [
          {"userIdentifierSource": "FIRST_PARTY", "hashedEmail": h(1)},
          {"userIdentifierSource": "FIRST_PARTY",
           "hashedPhoneNumber": h(3)}]})
p.row("userIdentifiers", {"hashed": {"email": {
    "gmail": [h(n) for n in range(7)]}}},
    {"userIdentifiers": [{"userIdentifierSource": "FIRST_PARTY",
                          "hashedEmail": h(n)} for n in range(5)]},
    label="five identifiers at most")
p.row("consent.adUserData", {"consent": None}, {"consent": None})
p.row("cartData.localTransactionCost",
      {"custom_data.items": ITEMS, "custom_data.discount": N("5.00")},
      {"cartData": {"merchantId": "5566778", "feedCountryCode": "DE",
                    "feedLanguageCode": "de",
                    "localTransactionCost": N("5.00"),
                    "items": [{"productId": "SKU-1", "quantity": N("2"),
                               "unitPrice": N("59.95")}]}})
for source, target, value, want in (
        ("id", "productId", N(7), "7"), ("quantity", "quantity", "3.0", N(3)),
        ("price", "unitPrice", "0.10", N("0.10"))):
    p.row("cartData.items[]." + target,
          {"custom_data.items": [{"id": "S", source: value}]},
          {"cartData": {"merchantId": "5566778", "feedCountryCode": "DE",
                        "feedLanguageCode": "de", "items": [
                            {"productId": "S", target: want}]}})
for label in ("merchantId", "feedCountryCode", "feedLanguageCode", "items"):
    p.row("cartData." + label, {"custom_data.items": ITEMS},
          {"cartData": {"merchantId": "5566778", "feedCountryCode": "DE",
                        "feedLanguageCode": "de",
                        "items": [{"productId": "SKU-1", "quantity": N("2"),
                                   "unitPrice": N("59.95")}]}})
p.withhold("consent.denied", {"consent.ad_user_data": "denied"})

ENHANCE = {"adjustmentType": "ENHANCEMENT", "conversionAction": ACTION,
           "orderId": "84213",
           "gclidDateTimePair": {
               "conversionDateTime": "2026-06-14 09:41:22+00:00"},
           "userIdentifiers": CLICK["userIdentifiers"]}
p = Platform("google:more", "[google:more]\napi = enhancement\n" + ACCOUNT,
             ["--consent-unknown", "send"])
p.base("base", event("website"), ENHANCE)
p.row("gclidDateTimePair.gclid", {"user_data.gclid": GCLID},
      {"gclidDateTimePair.gclid": GCLID}, key="ENHANCEMENT/84213")
p.row("gclidDateTimePair.conversionDateTime", {"event_time": N(1781430000)},
      {"gclidDateTimePair.conversionDateTime": "2026-06-14 09:40:00+00:00"})
p.row("userAgent", {"user_data.client_user_agent": AGENT},
      {"userAgent": AGENT})
p.row("userIdentifiers", {"user_data.gbraid": "0AAAAAo4mICPy"}, {},
      label="userIdentifiers stay beside a braid, for which there is no member")
for label in ("hashedStreetAddress", "city", "state"):
    p.row("userIdentifiers[].addressInfo." + label,
          {**ADDRESS, "hashed.street": {"lower": [h(6)]},
           "user_data.city": "Mountain View", "user_data.state": "CA"},
          {"userIdentifiers": CLICK["userIdentifiers"] + [{"addressInfo": {
              "hashedFirstName": h(4), "hashedLastName": h(5),
              "hashedStreetAddress": h(6), "city": "mountain view",
              "state": "ca", "countryCode": "US", "postalCode": "94035"}}]})
p.row("userIdentifiers[].addressInfo.city",
      {**ADDRESS, "user_data.city": "Île-d\u2019Aix (Port)",
       "user_data.state": "--"},
      {"userIdentifiers": CLICK["userIdentifiers"] + [{"addressInfo": {
          "hashedFirstName": h(4), "hashedLastName": h(5),
          "city": "îledaix port", "countryCode": "US",
          "postalCode": "94035"}}]}, label="a city without its symbols")
p.row("", {"source.status": "partially_refunded",
           "source.refunded_value": "2.5"},
      {"adjustmentType": "RESTATEMENT", "gclidDateTimePair": None,
       "userIdentifiers": None,
       "adjustmentDateTime": "2026-06-14 09:43:52+00:00",
       "restatementValue": {"adjustedValue": N("7.50"),
                            "currencyCode": "EUR"}},
      label="a restatement alone, of the tag's conversion",
      key="RESTATEMENT/84213/7.50")
p.refuse("google.enhancement", {"hashed": None,
                                "user_data": {"gclid": GCLID}})
p.refuse("google.age", {"event_time": N(NOW - DAY - 1)},
         label="age of an enhancement")

p = Platform("google:bare", "[google:bare]\napi = google_ads\n")
p.refuse("google.account", {})
p.bases["base"] = event("other")
