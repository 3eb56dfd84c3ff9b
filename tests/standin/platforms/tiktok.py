"""TikTok's Events API v1.3, event/track (state of August 2026).

Sources, by the tags used below:
  B    bububa/tiktok-business, which carries TikTok's API reference
  SDK  tiktok/tiktok-business-api-sdk, the list of codes
  RUD  rudderlabs/rudder-transformer, recorded answers
  SEG  segmentio/action-destinations and its issues
  H    TikTok's help: Event deduplication; Standard events; Offline events

The HTTP status is 200 for failures, too: what counts is "code".  One bad
event refuses the whole request; some messages name it ("Batch.0.properties"
...), some do not.  Rules marked "ours" are stricter than TikTok.
"""

import json
import re

from common import (DAY, Members, Plugin, Refusal, amount, as_list, boolean,
                    digest_fault, dotted, integer, ip, is_digest, is_near,
                    number, one_of, random_id, read_json, section,
                    string, text, url, url_fault, walk, write_secret)
from wire import Answer

EVENTS_MAX = 1000                       # B
BODY_MAX = 1000000                      # ours; none is published
WINDOW = 48 * 3600                      # H, Event deduplication
AGE_MATCHED = 28 * DAY                  # the longest click window
FUTURE_MAX = 3600                       # ours

CODES = {                               # SDK
    0: "OK", 20001: "Partial success",
    40000: "Invalid params.", 40001: "No permission.",
    40002: "Invalid parameter.", 40003: "Forbidden.",
    40006: "Version error.", 40007: "Not exist.",
    40016: "Too many requests. Please retry in some time.",
    40050: "Duplicated request.", 40051: "Invalid API version.",
    40061: "Invalid batch size.", 40062: "PII is not hashed.",
    40063: "Invalid partner name.",
    40100: "Too many requests. Please retry in some time.",
    40102: "Access token is expired.", 40104: "Access token is empty.",
    40105: "Access token is incorrect or has been revoked.",
    40117: "Method is forbidden.", 40118: "Not in the whitelist.",
    40132: "Request frequency is limited.", 40201: "The task is not ready.",
    40400: "Route not found.", 41001: "The interface is offline.",
    50000: "System error.", 50002: "System timeout.",
    51010: "Internal service timed out.", 60001: "Under maintenance.",
    61000: "Too many requests.",
}

SOURCES = {                             # B: form of event_source_id
    "web": r"[A-Z0-9]*[A-Z][A-Z0-9]*", "offline": r"[0-9]{10,}",
    "crm": r"[0-9]{10,}", "app": r"[0-9]+|[A-Za-z]\w*(\.\w+)+",
}

CONFIG = {                              # the keys of capi.conf
    "web": "event_source_id", "offline": "offline_event_set_id",
    "crm": "crm_event_set_id", "app": "tiktok_app_id",
}

PARTNERS = ("Segment", "RudderStack", "GoogleTagManagerServer")

STANDARD = (                            # B, H
    "AddPaymentInfo AddToCart AddToWishlist ApplicationApproval "
    "CompleteRegistration Contact CustomizeProduct Download FindLocation "
    "InitiateCheckout Lead Purchase Schedule Search StartTrial "
    "SubmitApplication Subscribe ViewContent").split()
RENAMED = {"CompletePayment": "Purchase", "SubmitForm": "Lead"}     # H
OLD = ("ClickButton", "PlaceAnOrder")
PAGE = ("PageView", "Pageview")
APP = (                                 # B
    "AchieveLevel AddPaymentInfo AddToCart AddToWishlist Checkout "
    "CompleteTutorial CreateGroup CreateRole GenerateLead InAppADClick "
    "InAppADImpr InstallApp JoinGroup LaunchAPP LoanApplication "
    "LoanApproval LoanDisbursal Login Purchase Rate Registration Search "
    "SpendCredits StartTrial Subscribe UnlockAchievement "
    "ViewContent").split()

CURRENCIES = frozenset("""
AED ARS AUD BDT BHD BIF BOB BRL CAD CHF CLP CNY COP CRC CZK DKK DZD EGP EUR
GBP GTQ HKD HNL HUF IDR ILS INR ISK JPY KES KHR KRW KWD KZT MAD MOP MXN MYR
NGN NIO NOK NZD OMR PEN PHP PKR PLN PYG QAR RON RUB SAR SEK SGD THB TRY TWD
UAH USD VES VND ZAR
""".split())                            # B, SDK


def money(value):
    return None if isinstance(value, str) and value in CURRENCIES \
        else "must be a currency that TikTok takes"


def strings(value):
    """One or many; TikTok takes empty ones (SEG sends them)."""
    wrong = [string(one) for one in as_list(value)]
    return next((w for w in wrong if w), None)


def positive(value):
    return integer(value) or (None if value > 0 else "must be 1 or more")


# B; a name that is in no table is refused (ours, but v1.2 bodies fail so)
HASHED = ("email", "phone", "external_id", "first_name", "last_name",
          "zip_code")
PLAIN = ("ttclid", "ttp", "user_agent", "locale", "city", "state",
         "country", "idfv")

USER = Members(dict.fromkeys(("email", "phone", "external_id"), strings))
USER.update(dict.fromkeys(HASHED[3:] + PLAIN + ("idfa", "gaid"), string))
USER.update({"ip": ip, "att_status": one_of(
    "AUTHORIZED", "DENIED", "NOT_DETERMINED", "RESTRICTED",
    "NOT_APPLICABLE")})

CONTENT = Members({
    "price": amount, "quantity": positive, "content_id": text,
    "content_category": string, "content_name": string, "brand": string})

TRAVEL = dict.fromkeys(                 # SEG
    ("city", "region", "country", "checkin_date", "checkout_date",
     "departing_departure_date", "returning_departure_date",
     "departing_arrival_date", "returning_arrival_date", "origin_airport",
     "destination_airport", "travel_class", "travel_start", "travel_end"),
    string)
TRAVEL.update(dict.fromkeys(("num_adults", "num_children", "num_infants",
                             "preferred_num_stops"), integer))
TRAVEL.update(dict.fromkeys(("suggested_hotels", "destination_ids",
                             "suggested_destinations"), [string]))
TRAVEL["user_score"] = number

AUTO = dict.fromkeys(                   # SEG
    ("postal_code", "make", "model", "state_of_vehicle", "exterior_color",
     "transmission", "body_style", "fuel_type", "drivetrain", "trim", "vin",
     "interior_color", "condition_of_vehicle", "viewcontent_type",
     "search_type", "registration_type"), string)
AUTO.update({"year": integer, "preferred_price_range": [number],
             "mileage": Members({"value": number,
                                 "unit": one_of("MI", "KM")})})

PROPERTIES = Members({
    "content_ids": [text], "contents": [CONTENT], "currency": money,
    "content_type": one_of("product", "product_group"), "value": amount,
    "num_items": integer, "search_string": string, "query": string,
    "description": string, "order_id": text, "shop_id": string,
    "delivery_category": one_of("in_store", "curbside", "home_delivery"),
    "predicted_ltv": number, **TRAVEL, **AUTO})

EVENT = Members({
    "event": text, "event_time": integer, "event_id": text, "user": USER,
    "properties": PROPERTIES, "page": Members({"url": url, "referrer": url}),
    "app": Members({"app_id": text, "app_name": string,
                    "app_version": string}, ["app_id"]),
    "ad": Members(dict.fromkeys(
        ("callback", "campaign_id", "ad_id", "creative_id",
         "attribution_type", "attribution_provider"), string),
        others=None),
    "lead": Members({"lead_id": text, "lead_event_source": string},
                    ["lead_id"]),
    "limited_data_use": boolean}, ["event", "event_time"])
EVENT["ad"].update(is_retargeting=boolean, attributed=boolean)

TOP = Members({"event_source": one_of(*SOURCES), "event_source_id": text,
               "data": lambda value: None, "test_event_code": text,
               "partner_name": text},
              ["event_source", "event_source_id", "data"])

# B: which kind of source may carry a member of an event, of a user
ONLY = {"page": ("web",), "app": ("app",), "ad": ("app",),
        "lead": ("crm",), "limited_data_use": ("web", "app")}
ONLY_USER = {
    "external_id": ("web", "crm", "offline"), "ttp": ("web",),
    "ttclid": ("web", "offline"), "idfa": ("app",), "idfv": ("app",),
    "gaid": ("app",), "att_status": ("app",), "ip": ("web", "app"),
    "user_agent": ("web", "app"), "locale": ("web", "app")}

NEEDED = {"app": "app", "crm": "lead"}
WORDS = {"required": "Missing data for required field.",
         "member": "Unknown field."}


def refuse(rule, reason, code=40002):
    raise Refusal(rule, reason, code=code)


def words_of(path, rule, words):
    """RUD: "Batch.0.a.b: Not a valid string"; STP: without an index."""
    name = dotted(path)
    if words in ("must be a string", "must not be empty"):
        if len(path) == 3:
            return "Invalid value for %s: not a valid string." % path[-1]
        return name + ": Not a valid string"
    return "%s: %s" % (name, WORDS.get(rule, words))


def check_event(event, index, source, now, found):
    for path, rule, words in walk(event, EVENT, ("Batch", index)):
        if path[-1] == "currency":
            rule = "currency"
        refuse(rule, words_of(path, rule, words))
    check_time(event["event_time"], now, found)
    check_name(event, source, found)
    check_source(event, index, source, found)
    check_user(event.get("user", {}), index, source, found)
    check_properties(event, index, found)
    for name in ("url", "referrer"):
        if name in event.get("page", {}):
            fault = url_fault(event["page"][name])      # ours; see H
            if fault:
                refuse("url.personal", "Batch.%d.page.%s: %s" % (
                    index, name, fault))


def check_time(when, now, found):
    if when >= 10**11:
        refuse("milliseconds", "event_time: Not a valid timestamp in s.")
    if when < 0 or when - now > FUTURE_MAX:
        refuse("future", "event_time is in the future")
    if now - when > AGE_MATCHED:
        found("age: older than 28 days, nothing will match it")


def check_name(event, source, found):
    name = event["event"]
    known = APP if source == "app" else \
        list(STANDARD) + list(RENAMED) + list(OLD) + list(PAGE)
    if source == "offline" and name not in known:
        refuse("name", "Invalid value for event: %s" % name)
    if is_near(name, known):
        found("name: nearly a standard event, counted as a custom one")
    elif source == "crm" and name not in known:
        found("name: custom; optimises only once it is mapped")
    if "event_id" not in event:
        found("event_id: missing, so a retry counts twice")


def check_source(event, index, source, found):
    for name, sources in ONLY.items():
        if name in event and source not in sources:
            refuse("source", "Batch.%d.%s: not for %s" % (
                index, name, source))
    needed = NEEDED.get(source)
    if needed and needed not in event:
        refuse("required", "Batch.%d.%s: %s" % (index, needed,
                                                WORDS["required"]))
    if source == "web" and "url" not in event.get("page", {}):
        found("page: a web event should have page.url")


def check_user(user, index, source, found):
    where = "Batch.%d.user." % index
    for name in HASHED + ("idfa", "gaid"):
        for one in as_list(user.get(name, [])):
            check_hash(where + name, name, one, found)
    for name in PLAIN:
        if is_digest(user.get(name)):
            refuse("hashed", where + name + ": must not be hashed")
    for name in user:
        if source not in ONLY_USER.get(name, (source,)):
            found("user: %s is not for %s" % (name, source))
    has = {name for name, value in user.items() if value}
    if source == "offline" and not has & {"email", "phone"}:
        refuse("identifiers", where + "email: an offline event needs email "
               "or phone")
    if source == "app" and not (
            has & {"gaid", "idfa", "email", "phone"} or {"ip", "user_agent"}
            <= has):
        refuse("identifiers", where + ": an app event needs a gaid, idfa, "
               "email, phone, or ip and user_agent")
    if source == "web" and not (
            has & {"ttclid", "email", "phone", "external_id"}
            or {"ip", "user_agent"} <= has):
        found("user: too little to match anybody")


def check_hash(where, name, value, found):
    if value == "":
        found("empty: %s is sent empty" % name)
        return
    if name in ("idfa", "gaid") and not is_digest(value):
        right = value.upper() if name == "idfa" else value.lower()
        if value != right:
            found("case: %s should be %s" % (name, right))
        return
    fault = digest_fault(value)
    if fault == "hash":
        refuse("hash", where + ": PII must be hashed with SHA256", 40062)
    if fault:
        refuse(fault, where + ": the hash of nothing")      # ours


def check_properties(event, index, found):
    properties = event.get("properties", {})
    if "value" in properties and "currency" not in properties:
        refuse("currency", "Batch.%d.properties.currency: %s" % (
            index, WORDS["required"]))
    if "currency" in properties and "value" not in properties:
        found("value: a currency without its value")
    if RENAMED.get(event["event"], event["event"]) == "Purchase" \
            and "value" not in properties:
        found("value: a Purchase without one")
    if ("contents" in properties or "content_ids" in properties) \
            and "content_type" not in properties:
        found("content_type: missing beside contents")


def row(event):
    if not isinstance(event, dict):
        return [None] * 4
    properties = event.get("properties")
    order = properties.get("order_id") if isinstance(properties, dict) \
        else None
    return [event.get("event"), event.get("event_id"),
            event.get("event_time"), order]


def answer(code, message=None, status=200):
    return Answer(status, json.dumps({
        "code": code, "message": message or CODES.get(code, "Error."),
        "request_id": random_id(34), "data": {}}))


class Platform(Plugin):
    """
    Actions of its own (HTTP 200 unless "status" says another):
      error      code (40002), message
      auth       code 40105 (default), 40102, 40104, 40001, ...
      throttle   code 40100 (default), 40132, 40016, 61000
      transient  code 50000 (default), 51010, 60001, ...
      partial    code 20001, all accepted, and no word on what failed
      duplicate  code 40050, nothing accepted (it was already)
      lose       code 0, and nothing accepted
    """

    name = "tiktok"
    settings = {
        "sources": "web:A1T8T4UYGVIQA8ORZMX9,offline:7280000000000000001,"
                   "crm:7280000000000000002",
        "token": "standin-tiktok-token",
    }
    notes = {
        "sources": "KIND:ID or KIND:ID:TOKEN, several with commas; an app "
                   "must be among them to be allowed",
        "token": "of the sources that have none of their own",
    }
    fast_answer = b'{"code":0,"message":"OK","request_id":"F","data":{}}'

    def __init__(self, settings, strict):
        super().__init__(settings, strict)
        self.sources = {}
        for source in settings["sources"].split(","):
            kind, _, rest = source.partition(":")
            number, _, token = rest.partition(":")
            self.sources[kind, number] = token or settings["token"]

    def owns(self, request):
        return request.path.startswith("/open_api/")

    def secrets(self):
        return list(self.sources.values())

    def config(self, base, directory):
        """One section holds the sources of the first one's token."""
        token = next(iter(self.sources.values()))
        path = write_secret(directory, "tiktok.token", token + "\n")
        ids = {}
        for (kind, number), own in self.sources.items():
            if own == token:
                ids.setdefault(CONFIG[kind], number)
        return section("tiktok", base, directory, access_token_file=path,
                       **ids)

    def error(self, refusal):
        code = refusal.how.get("code", 40002)
        return answer(code, refusal.reason, refusal.how.get("status", 200))

    def examine(self, request, verdict):
        self.check_route(request)
        token = self.check_token(request)
        body = read_json(request, BODY_MAX, other={"code": 40000},
                         size={"code": 40000, "status": 413})
        data = body.get("data")
        if isinstance(data, list):
            verdict.events = [row(event) for event in data]
        for path, rule, words in walk(body, TOP):
            refuse(rule, words_of(("", "") + path, rule, words).lstrip("."))
        self.check_account(body, token)
        if not isinstance(data, list) or not data:
            refuse("data", "data: Shorter than minimum length 1.")
        if len(data) > EVENTS_MAX:
            refuse("data", "Invalid batch size: more than 1000", 40061)
        for index, event in enumerate(data):
            try:
                check_event(event, index, body["event_source"],
                            self.clock.now(), self.finder(verdict, index))
            except Refusal as refusal:
                refusal.index = index
                raise
        verdict.accepted = [self.accepted(e, body) for e in data]
        verdict.answer = answer(0)

    def check_route(self, request):
        match = re.match(r"/open_api/v([0-9.]+)/(.*)$", request.path)
        if match and match[1] != "1.3":
            refuse("version", CODES[40051], 40051)
        if match and match[2] in ("pixel/track/", "pixel/batch/",
                                  "offline/track/", "offline/batch/"):
            refuse("path", CODES[41001], 41001)
        if not match or match[2] != "event/track/":
            refuse("path", CODES[40400], 40400)
        if self.token_in_url(request):
            refuse("token-in-url", "the token must not be in the URL", 40104)
        if request.query:
            refuse("query", "no parameters in the URL", 40000)
        if request.method != "POST":
            refuse("method", CODES[40117], 40117)

    def check_token(self, request):
        values = request.values("access-token")
        if len(values) != 1 or not values[0]:
            refuse("token.missing", CODES[40104], 40104)
        if values[0] not in self.sources.values():
            refuse("token", CODES[40105], 40105)
        return values[0]

    def check_account(self, body, token):
        kind, number = body["event_source"], body["event_source_id"]
        if not re.fullmatch(SOURCES[kind], number):
            refuse("source_id", "Invalid value for event_source_id: not a "
                   "valid string.")
        if kind == "app" and kind not in [k for k, _ in self.sources]:
            refuse("source_id", CODES[40118], 40118)
        if (kind, number) not in self.sources:
            refuse("source_id", CODES[40007], 40007)
        if self.sources[kind, number] != token:
            refuse("permission", "No permission to operate pixel code: "
                   + number, 40001)
        if body.get("partner_name", PARTNERS[0]) not in PARTNERS:
            refuse("partner", CODES[40063], 40063)

    def accepted(self, event, body):
        properties = event.get("properties", {})
        name, number = event["event"], event.get("event_id")
        # H: source, name and id; renamed events are converted first
        key = None if number is None else "%s/%s" % (
            RENAMED.get(name, name), number)
        return {
            "account": body["event_source_id"], "event_name": name,
            "event_id": number, "event_time": event["event_time"],
            "source": body["event_source"],
            "order_id": properties.get("order_id"),
            "value": None if "value" not in properties
            else str(properties["value"]),
            "currency": properties.get("currency"),
            "keys": sorted(event.get("user", {})),
            "key": key, "window": WINDOW,
            "test": "test_event_code" in body}

    # Misbehaving

    def fault_error(self, action, verdict, code=40002):
        verdict.accepted = []
        code = action.get("code", code)
        verdict.codes = {"code": code}
        return answer(code, action.get("message"),
                      action.get("status", 200))

    def fault_auth(self, action, verdict):
        return self.fault_error(action, verdict, 40105)

    def fault_throttle(self, action, verdict):
        return self.fault_error(action, verdict, 40100)

    def fault_transient(self, action, verdict):
        return self.fault_error(action, verdict, 50000)

    def fault_duplicate(self, action, verdict):
        return self.fault_error(action, verdict, 40050)

    def fault_partial(self, action, verdict):
        if verdict.rule is not None:
            return verdict.answer
        return answer(20001)
