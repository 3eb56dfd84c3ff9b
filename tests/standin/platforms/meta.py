"""Meta's Conversions API, as its pages describe it (September 2026).

Sources, by the tags used below:
  use   Using the API                 srv  Server Event Parameters
  main  Main Body Parameters          cip  Customer Information Parameters
  cd    Standard Parameters           orig Original Event Data Parameters
  app   App Data Parameters           fbc  ClickID and the fbp and fbc Parameters
  bp    Best Practices                off  Sending Offline Events
  msg   CAPI for Business Messaging   lead Conversion Leads, Payload
  dedup Handling Duplicate Events     ldu  Data Processing Options for US Users
  ref   Marketing API, Ads Pixel Events
  err   Graph API, Handling Errors    rate Marketing API Rate Limiting
  sec   Secure Graph API Calls        ver  Platform Versioning

One bad event refuses the whole request and nothing of it is kept; the error
does not say which event it was (use).  Where a page is silent about an error
subcode none is invented: the answer then has code 100 alone.

Rules marked "ours" are stricter than Meta, which would accept in silence
what is surely a sender's mistake.
"""

import hashlib
import hmac
import ipaddress
import json
import random
import re
import urllib.parse

import currencies
import strictjson
from common import (DAY, EMPTY_HASH, HASH, array, boolean, flag, integer, ip,
                    is_local, is_near, number, one_of, text, text_or_texts,
                    texts, thing, url, url_fault, write_secret)
from registry import Verdict
from wire import Answer

# use: 1000 events.  The size of a body is not published; about 1 MB is what
# connectors assume.
EVENTS_MAX = 1000
BODY_MAX = 1000000

# srv, off
AGE_MAX = 7 * DAY
AGE_MAX_STORE = 62 * DAY
FUTURE_MAX = 60                         # ours; the pages say nothing

# dedup, off
WINDOW = 48 * 3600
WINDOW_STORE = 7 * DAY

# A hash with the Parameter Builder's appendix is accepted (fbc's companion
# page "Parameter Builder Library").
HASH_APPENDIX = re.compile(
    r"[0-9a-f]{64}\.([A-Za-z0-9_-]{8}|A[Qgw]|B[AQg])")
APPENDIX = r"(\.([A-Za-z0-9_-]{8}|A[Qgw]|B[AQg]))?"
FBC = re.compile(r"fb\.[0-9]+\.([0-9]{13})\.[A-Za-z0-9_-]+" + APPENDIX)
FBP = re.compile(r"fb\.[0-9]+\.([0-9]{13})\.[0-9]+" + APPENDIX)


class Refusal(Exception):
    """A rule was broken; the request is answered with an error."""

    def __init__(self, rule, reason, subcode=None, title="Invalid parameter",
                 code=100, status=400, kind="OAuthException"):
        super().__init__(reason)
        self.rule = "meta." + rule
        self.reason = reason
        self.subcode = subcode
        self.title = title
        self.code = code
        self.status = status
        self.kind = kind
        self.index = None


def lead_number(value):
    # lead: 15 to 17 digits
    if integer(value):
        return integer(value)
    return None if 10**14 <= value < 10**17 else "must have 15 to 17 digits"


def address(value):
    # cip: one IPv4 or IPv6 address, no spaces; the Parameter Builder may
    # have appended eight characters.
    if text(value):
        return text(value)
    return ip(value) and ip(re.sub(r"\.[A-Za-z0-9_-]{8}$", "", value))


# Members.  A name that is in no table is refused (ours, but for the top
# level: there an unknown parameter could be taken for a known one).

TOP = {                                 # main, ref
    "data": array, "test_event_code": text, "partner_agent": text,
    "namespace_id": text, "upload_id": text, "upload_tag": text,
    "upload_source": text, "platforms": array, "progress": thing,
    "trace": integer, "access_token": text, "appsecret_proof": text,
}

SOURCES = ("website", "app", "physical_store", "system_generated",
           "business_messaging", "email", "phone_call", "chat", "other")

SEGMENTS = tuple(
    "%s_customer_to_%s" % (who, what) for who in ("new", "existing")
    for what in ("business", "business_line", "product_area", "medium")
) + ("customer_in_loyalty_program",)

EVENT = {                               # srv
    "event_name": text, "event_time": integer,
    "action_source": one_of(*SOURCES), "user_data": thing,
    "event_source_url": url, "event_id": text, "custom_data": thing,
    "opt_out": boolean, "referrer_url": url,
    "data_processing_options": array,
    "data_processing_options_country": integer,
    "data_processing_options_state": integer,
    "app_data": thing, "original_event_data": thing,
    "attribution_data": thing,
    "messaging_channel": one_of("messenger", "whatsapp", "instagram"),
    "customer_segmentation": one_of(*SEGMENTS),
    "advanced_measurement_table": text,
}

REQUIRED = ("event_name", "event_time", "action_source", "user_data")

HASHED = ("em", "ph", "fn", "ln", "db", "ge", "ct", "st", "zp", "country")
HASHED_SDK = ("f5first", "f5last", "fi", "dobd", "dobm", "doby",
              "app_user_id")

USER = {                                # cip; msg; lead
    "external_id": text_or_texts,
    "client_ip_address": address, "client_user_agent": text,
    "fbc": text, "fbp": text, "subscription_id": text,
    "fb_login_id": integer, "lead_id": lead_number, "anon_id": text,
    "madid": text, "page_id": text, "page_scoped_user_id": text,
    "ctwa_clid": text, "whatsapp_business_account_id": text,
    "ig_account_id": text, "instagram_business_account_id": text,
    "ig_sid": text, "partner_id": text, "partner_name": text,
}
USER.update(dict.fromkeys(HASHED, text_or_texts))
USER.update(dict.fromkeys(HASHED_SDK, text))

CUSTOM = {                              # cd; other names are custom
    "value": number, "currency": text, "contents": array,
    "content_ids": array, "content_type": one_of("product", "product_group"),
    "content_name": text, "content_category": text, "order_id": text,
    "item_number": text, "num_items": integer, "predicted_ltv": number,
    "net_revenue": number, "search_string": text,
    "delivery_category": one_of("in_store", "curbside", "home_delivery"),
    "store_data": thing, "lead_event_source": text,
    "event_source": one_of("crm"), "customer_segmentation": one_of(*SEGMENTS),
}

CONTENT = {                             # cd
    "id": text, "quantity": integer, "item_price": number,
    "delivery_category": one_of("in_store", "curbside", "home_delivery"),
    "title": text, "description": text, "brand": text, "category": text,
}

STORE = {"store_page_id": integer, "brand_page_id": integer,    # off
         "store_code": text}

APP = {                                 # app
    "advertiser_tracking_enabled": flag, "application_tracking_enabled": flag,
    "extinfo": array, "campaign_ids": text, "install_referrer": text,
    "installer_package": text, "url_schemes": texts, "vendor_id": text,
    "windows_attribution_id": text, "consider_views": boolean,
    "include_dwell_data": boolean, "include_video_data": boolean,
    "receipt_data": text,
}

ORIGINAL = {"event_name": text, "event_time": integer,          # orig
            "order_id": text, "event_id": text}

# Personal data has no place in custom_data: connectors strip these names.
PERSONAL = ("email", "em", "e_mail", "phone", "ph", "phone_number",
            "first_name", "firstname", "last_name", "lastname", "gender",
            "city", "country", "state", "zip", "postal_code", "birthday",
            "date_of_birth", "street", "address", "name")

STANDARD = ("AddPaymentInfo AddToCart AddToWishlist CompleteRegistration "
            "Contact CustomizeProduct Donate FindLocation InitiateCheckout "
            "Lead PageView Purchase Schedule Search StartTrial "
            "SubmitApplication Subscribe ViewContent").split()

MESSAGING = ("Purchase LeadSubmitted InitiateCheckout AddToCart ViewContent "
             "OrderCreated OrderShipped OrderDelivered OrderCanceled "
             "OrderReturned CartAbandoned QualifiedLead RatingProvided "
             "ReviewProvided").split()

CHANNEL = {                             # msg
    "whatsapp": (("ctwa_clid",), ("whatsapp_business_account_id",)),
    "messenger": (("page_id",), ("page_scoped_user_id",)),
    "instagram": (("ig_account_id", "instagram_business_account_id"),
                  ("ig_sid",)),
}

# bp: an event whose keys are all in one of these is invalid since v13.
THIN = (
    {"ct", "country", "st", "zp", "ge", "client_user_agent"},
    {"db", "client_user_agent"},
    {"fn", "ge"},
    {"ln", "ge"},
)

STATES = range(1000, 1014)              # ldu: 1000 CA ... 1013 RI

APP_EVENT = re.compile(r"[0-9a-zA-Z_][0-9a-zA-Z _-]{0,39}")


def check_members(where, value, table, known_only=True):
    for name, member in value.items():
        check = table.get(name)
        if check is None:
            if known_only:
                raise Refusal("member", "%s has no member %s" % (where, name))
            continue
        wrong = check(member)
        if wrong:
            raise Refusal("type", "%s.%s %s" % (where, name, wrong))


def check_event(event, now, found):
    if thing(event):
        raise Refusal("type", "an event must be an object")
    check_members("event", event, EVENT)
    for name in REQUIRED:
        if name not in event:
            raise Refusal("required", "event.%s is missing" % name)
    check_time(event, now)
    check_name(event, found)
    check_user(event["user_data"], event, found)
    check_custom(event.get("custom_data"), event, found)
    check_source(event, found)
    check_limited_use(event, found)
    check_original(event)
    for name in ("event_source_url", "referrer_url"):
        check_url_query(event, name)
    if "customer_segmentation" in event:
        found("segmentation: Meta's sample has it in custom_data")


def check_time(event, now):
    # srv: unix seconds; the whole request fails if one is too old
    when = event["event_time"]
    if when >= 10**11:
        raise Refusal("milliseconds", "event_time must be in seconds")
    if when < 0:
        raise Refusal("type", "event_time must not be negative")
    store = event["action_source"] == "physical_store"
    if now - when > (AGE_MAX_STORE if store else AGE_MAX):
        raise Refusal("age", "event_time is more than %d days ago" % (
            62 if store else 7), 2804003, "Event Timestamp Too Old")
    if when - now > FUTURE_MAX:
        raise Refusal("future", "event_time is in the future")


def check_name(event, found):
    name = event["event_name"]
    source = event["action_source"]
    if source == "business_messaging" and name not in MESSAGING:
        raise Refusal("messaging", "not an event of business messaging",
                      2804066, "Messaging Event Invalid Event Type")
    if source == "app" and name not in STANDARD \
            and not APP_EVENT.fullmatch(name):
        raise Refusal("name", "event_name is not a name of an app event")
    if source != "business_messaging" and is_near(name, STANDARD):
        found("name: nearly a standard event, counted as a custom one")
    if "event_id" not in event:
        found("event_id: missing, so a retry counts twice")


def check_user(user, event, found):
    check_members("user_data", user, USER)
    for name in HASHED + HASHED_SDK:
        if name in user:
            check_hash(name, user[name])
    check_external_id(user, found)
    check_click(user, event, found)
    check_plain(user, found)
    # bp: too little to find anybody
    keys = set(user)
    if any(keys <= thin for thin in THIN):
        raise Refusal("match", "user_data has too little to match anybody",
                      2804050, "Invalid customer information parameters")


def check_hash(name, value):
    for one in value if isinstance(value, list) else [value]:
        if not HASH.fullmatch(one) and not HASH_APPENDIX.fullmatch(one):
            raise Refusal(
                "hash", "user_data.%s is not 64 lower-case hex digits" % name,
                2804016, "User Parameter Not Hashed")
        if one.startswith(EMPTY_HASH):
            raise Refusal("hash.empty",
                          "user_data.%s is the hash of nothing" % name)
    if isinstance(value, list) and len(set(value)) != len(value):
        raise Refusal("hash.twice", "user_data.%s repeats a value" % name)


def check_external_id(user, found):
    value = user.get("external_id", [])
    for one in value if isinstance(value, list) else [value]:
        if one == EMPTY_HASH:
            raise Refusal("hash.empty",
                          "user_data.external_id is the hash of nothing")
        if not HASH.fullmatch(one):
            found("external_id: in plain; hashing is recommended")


def check_click(user, event, found):
    # fbc: fb.<subdomain index>.<creation time in ms>.<fbclid>
    if "fbc" in user:
        parts = FBC.fullmatch(user["fbc"])
        if not parts:
            raise Refusal("fbc", "fbc is not fb.N.milliseconds.fbclid",
                          2804001, "Click ID Incorrectly Formatted")
        clicked = int(parts.group(1)) / 1000
        if clicked > event["event_time"] + FUTURE_MAX:
            found("fbc: the click is later than the event")
        if event["event_time"] - clicked > 90 * DAY:
            found("fbc: the click is older than 90 days")
        fbclid = user["fbc"].split(".")[3]
        if fbclid == fbclid.lower() and re.search("[a-z]", fbclid) \
                and len(fbclid) > 20:
            found("fbc: the click id has lost its capitals")
    if "fbp" in user and not FBP.fullmatch(user["fbp"]):
        found("fbp: not fb.N.milliseconds.random")


def check_plain(user, found):
    # cip: "never hash" these
    for name in ("client_user_agent", "subscription_id", "madid", "anon_id",
                 "ctwa_clid", "page_id", "page_scoped_user_id", "ig_sid"):
        if name in user and HASH.fullmatch(user[name]):
            raise Refusal("hashed", "user_data.%s must not be hashed" % name)
    if "client_ip_address" in user:
        bare = re.sub(r"\.[A-Za-z0-9_-]{8}$", "", user["client_ip_address"])
        if is_local(ipaddress.ip_address(bare)):
            found("client_ip_address: not a public address")
    if "madid" in user and not user["madid"].strip("0-"):
        found("madid: all zeros")


def check_custom(custom, event, found):
    purchase = event["event_name"] == "Purchase"
    if purchase:
        # cd: value and currency are required for Purchase
        for name in ("value", "currency"):
            if custom is None or name not in custom:
                raise Refusal(
                    "purchase", "a Purchase needs custom_data.%s" % name,
                    2804009, "Missing %s for Purchase Event"
                    % name.capitalize())
    if custom is None:
        return
    check_members("custom_data", custom, CUSTOM, known_only=False)
    for name in custom:
        if name.lower() in PERSONAL:
            raise Refusal("custom.personal",
                          "custom_data.%s is personal data" % name)
    for name in ("value", "predicted_ltv"):
        if name in custom and custom[name] < 0:
            raise Refusal("value", "custom_data.%s is negative" % name)
    if "currency" in custom:
        if custom["currency"].upper() not in currencies.CODES:
            raise Refusal("currency", "currency is not a code of ISO 4217")
        if custom["currency"] not in currencies.CODES:
            found("currency: in lower case")
    if ("value" in custom) != ("currency" in custom):
        found("value: value and currency go together")
    if purchase and "order_id" not in custom:
        found("order_id: missing on a Purchase")
    check_contents(custom, event)
    if "store_data" in custom:
        check_members("custom_data.store_data", custom["store_data"], STORE)
        if len(custom["store_data"].get("store_code", "")) > 64:
            raise Refusal("type", "store_code is longer than 64")


def check_contents(custom, event):
    # off calls the price "price", everything else item_price
    table = dict(CONTENT)
    if event["action_source"] == "physical_store":
        table["price"] = number
    for item in custom.get("contents", []):
        if thing(item):
            raise Refusal("contents", "contents holds objects only")
        check_members("contents", item, table)
        if "id" not in item:
            raise Refusal("contents", "contents.id is missing")
        if "quantity" in item and item["quantity"] < 1:
            raise Refusal("contents", "contents.quantity is less than 1")
        if item.get("item_price", 0) < 0:
            raise Refusal("contents", "contents.item_price is negative")
    if "contents" in custom and not custom["contents"]:
        raise Refusal("contents", "contents is empty")
    for one in custom.get("content_ids", []):
        if text(one) and integer(one):
            raise Refusal("contents", "content_ids holds strings or integers")


def check_source(event, found):
    source = event["action_source"]
    user = event["user_data"]
    custom = event.get("custom_data", {})
    if source == "website":             # bp
        if "event_source_url" not in event:
            raise Refusal("website", "a website event needs "
                          "event_source_url")
        if "client_user_agent" not in user:
            raise Refusal("website", "a website event needs "
                          "user_data.client_user_agent")
    elif source == "app":               # srv, app
        if "app_data" not in event:
            raise Refusal("app", "an app event needs app_data")
    elif source == "business_messaging":
        check_messaging(event, user)
    elif source == "physical_store" and "order_id" not in custom:
        found("order_id: what else would tell two store sales apart")
    if source != "app" and "anon_id" in user:
        found("anon_id: for app events only")
    if "app_data" in event:
        check_app(event["app_data"])
    # lead: both of them, on every conversion-leads event
    crm = "event_source" in custom or "lead_event_source" in custom
    if crm or (source == "system_generated" and "lead_id" in user):
        for name in ("event_source", "lead_event_source"):
            if name not in custom:
                raise Refusal("lead", "a lead's event needs custom_data."
                              + name)


def check_messaging(event, user):
    channel = event.get("messaging_channel")
    if channel is None:
        raise Refusal("messaging.channel", "messaging_channel is missing")
    for names in CHANNEL[channel]:
        if not any(name in user for name in names):
            raise Refusal("messaging.channel", "%s needs user_data.%s" % (
                channel, " or ".join(names)))


def check_app(data):
    # app: exactly 16 entries, a missing one is ""
    check_members("app_data", data, APP)
    for name in ("advertiser_tracking_enabled",
                 "application_tracking_enabled", "extinfo"):
        if name not in data:
            raise Refusal("app", "app_data.%s is missing" % name)
    info = data["extinfo"]
    if len(info) != 16 or any(not isinstance(v, str) for v in info):
        raise Refusal("extinfo", "extinfo must hold 16 strings")
    if info[0] not in ("a2", "i2") or not info[4]:
        raise Refusal("extinfo", "extinfo needs a2 or i2, and an OS version")


def check_limited_use(event, found):
    # ldu: [] or ["LDU"], country 0 or 1, state 0 or 1000 to 1013
    country = event.get("data_processing_options_country")
    state = event.get("data_processing_options_state")
    options = event.get("data_processing_options")
    if not options:
        if country is not None or state is not None:
            found("ldu: country or state without LDU")
        return
    if options != ["LDU"]:
        raise Refusal("ldu", "data_processing_options is [] or [\"LDU\"]")
    if country is None or country not in (0, 1):
        raise Refusal("ldu", "LDU needs a country, 0 or 1")
    if country == 1 and state not in STATES:
        raise Refusal("ldu", "LDU in a country needs a state, 1000 to 1013")
    if country == 0 and state not in (0, None):
        raise Refusal("ldu", "a state without its country")
    if country == 0 and "client_ip_address" not in event["user_data"]:
        raise Refusal("ldu", "LDU 0, 0 needs client_ip_address")


def check_original(event):
    if "original_event_data" in event:
        check_members("original_event_data", event["original_event_data"],
                      ORIGINAL)


def check_url_query(event, name):
    # ours: neither people nor keys in an address that is passed on
    if name not in event:
        return
    fault = url_fault(event[name])
    if fault:
        raise Refusal("url.personal", "%s %s" % (name, fault))


def event_key(event, account):
    """What makes two events one, and for how long (dedup, off)."""
    custom = event.get("custom_data", {})
    if event["action_source"] == "physical_store":
        # Offline: event_id plays no part; without an order_id it is the
        # customer's data that counts.
        who = custom.get("order_id")
        if who is None:
            who = hashlib.sha256(json.dumps(
                event["user_data"], sort_keys=True,
                default=str).encode()).hexdigest()[:16]
        return "store/%s/%s/%s/%s" % (
            event["event_time"], event["event_name"],
            custom.get("item_number", ""), who), WINDOW_STORE
    if "event_id" not in event:
        return None, 0
    return "%s/%s" % (event["event_name"], event["event_id"]), WINDOW


def row(event):
    """The ids of an event, for the log, if it has any."""
    if not isinstance(event, dict):
        return [None, None, None, None]
    custom = event.get("custom_data")
    order = custom.get("order_id") if isinstance(custom, dict) else None
    return [event.get("event_name"), event.get("event_id"),
            event.get("event_time"), order]


def trace_id():
    return "A" + "".join(random.choices(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-",
        k=22))


def error_answer(status, code, subcode=None, title="", message=None,
                 user_message="", transient=False, kind="OAuthException"):
    error = {"message": message or "Invalid parameter", "type": kind,
             "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    error["is_transient"] = transient
    if title:
        error["error_user_title"] = title
    if user_message:
        error["error_user_msg"] = user_message
    error["fbtrace_id"] = trace_id()
    return Answer(status, json.dumps({"error": error}))


THROTTLE = {                            # rate
    4: ("Application request limit reached", 1504022),
    17: ("User request limit reached", 2446079),
    32: ("Page request limit reached", None),
    341: ("Application limit reached", None),
    613: ("Calls to this api have exceeded the rate limit.", 1487742),
}


class Platform:
    """Faults of its own ("do" in a plan):

      error      code, subcode, status, title, message, transient; not accepted
      auth       code 190 (subcode) or 10, 102, 200, ...; status; not accepted
      throttle   code 4 17 32 341 613 80000-80014, minutes; not accepted
      transient  code 2, is_transient true; status 500; not accepted
      count      accepted; events_received is `value`, or wrong by `by` (-1)
      messages   accepted; a non-empty `messages`
    and to any action of its own: "usage": percent adds the header
    X-Business-Use-Case-Usage (with "minutes" to regain access), "app_usage"
    and "account_usage" theirs.  On "pass" say {"do": "usage", "usage": 80}.
    """

    name = "meta"
    settings = {
        "datasets": "1234567890123456",
        "token": "standin-meta-token",
        "app_secret": "",
        "auth_status": "401",
        "oldest": "24",
        "newest": "26",
    }
    notes = {
        "datasets": "ID or ID:TOKEN, several with commas",
        "token": "of the datasets that have none of their own",
        "app_secret": "if set, appsecret_proof is required",
        "auth_status": "HTTP status of a refused token, 401 or 400",
        "oldest": "oldest living API version; older: error 2635",
        "newest": "newest",
    }

    def __init__(self, settings, strict):
        self.strict = strict
        self.token = settings["token"]
        self.accounts = {}
        for account in settings["datasets"].split(","):
            number, _, token = account.partition(":")
            self.accounts[number] = token or self.token
        self.app_secret = settings["app_secret"]
        self.auth_status = int(settings["auth_status"])
        self.versions = (int(settings["oldest"]), int(settings["newest"]))
        self.clock = None               # set by the server

    def owns(self, request):
        return re.match(r"(/v[0-9]+\.[0-9]+)?/[0-9]+(/events)?$",
                        request.path) is not None

    def secrets(self):
        return list(self.accounts.values()) + [self.app_secret]

    def config(self, base, directory):
        account, token = next(iter(self.accounts.items()))
        path = write_secret(directory, "meta.token", token + "\n")
        return ("[meta]\ndataset_id = %s\naccess_token_file = %s\n"
                "endpoint = %s\nca_file = %s/ca.pem\n\n" % (
                    account, path, base, directory))

    # Judging

    def judge(self, request):
        verdict = Verdict()
        try:
            self.examine(request, verdict)
        except Refusal as refusal:
            verdict.accepted = []
            verdict.rule = refusal.rule
            verdict.reason = refusal.reason
            verdict.index = refusal.index
            verdict.codes = {"code": refusal.code,
                             "subcode": refusal.subcode}
            verdict.answer = error_answer(
                refusal.status, refusal.code, refusal.subcode, refusal.title,
                None if refusal.code == 100 else refusal.reason,
                refusal.reason, kind=refusal.kind)
            return verdict
        verdict.answer = Answer(200, json.dumps({
            "events_received": len(verdict.events), "messages": [],
            "fbtrace_id": trace_id()}))
        return verdict

    def examine(self, request, verdict):
        account = self.check_address(request)
        body, problem = None, None
        try:
            body = self.read_body(request, verdict)
        except Refusal as refusal:
            problem = refusal
        self.check_token(request, account)      # comes first at Meta, too
        if problem:
            raise problem
        self.check_proof(request, body, account)
        check_members("request", body, TOP)
        if "access_token" in body:
            raise Refusal("token.body", "the token belongs into the "
                          "Authorization header, not into the body")
        self.check_batch(body, account, verdict)

    def check_address(self, request):
        match = re.match(r"/v([0-9]+)\.0/([0-9]+)/events$", request.path)
        if not match:
            raise Refusal("path", "POST /vN.0/DATASET/events",
                          code=2500, title="")
        version = int(match.group(1))
        if version < self.versions[0]:
            raise Refusal("version", "this version of the API is dead",
                          code=2635, title="")
        if version > self.versions[1]:
            raise Refusal("version", "there is no such version yet",
                          code=2500, title="")
        query = urllib.parse.parse_qs(request.query, True)
        if "access_token" in query or any(
                token in urllib.parse.unquote(request.target)
                for token in self.accounts.values()):
            # Meta takes it; it would land in every log on the way (ours)
            raise Refusal("token-in-url", "the token must not be in the URL")
        if set(query) - {"appsecret_proof"}:
            raise Refusal("query", "no parameters in the URL")
        if request.method != "POST":
            raise Refusal("method", "only POST is known here",
                          kind="GraphMethodException")
        return match.group(2)

    def read_body(self, request, verdict):
        if request.values("content-encoding"):
            raise Refusal("content-encoding", "the body is compressed")
        kind = request.value("content-type", "").lower().replace(" ", "")
        if kind not in ("application/json", "application/json;charset=utf-8"):
            raise Refusal("content-type", "send application/json")
        if len(request.body) > BODY_MAX:
            raise Refusal("size", "the body is larger than 1 MB", status=413)
        try:
            body = strictjson.loads(request.body)
        except strictjson.Invalid as error:
            raise Refusal("json", str(error)) from None
        if thing(body):
            raise Refusal("json", "the body must be an object")
        data = body.get("data")
        if isinstance(data, list):
            verdict.events = [row(event) for event in data]
        return body

    def check_token(self, request, account):
        values = request.values("authorization")
        if len(values) != 1 or not re.fullmatch(r"Bearer [^\s]+", values[0]):
            raise Refusal("token.missing", "no Authorization: Bearer header",
                          code=190, status=self.auth_status, title="")
        token = values[0][7:]
        if token not in self.accounts.values():
            raise Refusal("token", "Invalid OAuth access token - Cannot "
                          "parse access token", code=190,
                          status=self.auth_status, title="")
        if self.accounts.get(account) != token:
            # One message for "no such" and "not yours"
            raise Refusal(
                "dataset", "Unsupported post request. Object with this ID "
                "does not exist, cannot be loaded due to missing "
                "permissions, or does not support this operation", 33,
                title="", kind="GraphMethodException")

    def check_proof(self, request, body, account):
        # sec: hex HMAC-SHA256, key app secret, message token
        query = urllib.parse.parse_qs(request.query, True)
        given = query.get("appsecret_proof", [body.get("appsecret_proof")])
        given = given[0]
        if not self.app_secret:
            if given is not None and not HASH.fullmatch(str(given)):
                raise Refusal("proof", "appsecret_proof is not 64 lower-case "
                              "hex digits", kind="GraphMethodException")
            return
        right = hmac.new(self.app_secret.encode(),
                         self.accounts[account].encode(),
                         hashlib.sha256).hexdigest()
        if given is None:
            raise Refusal("proof", "API calls from the server require an "
                          "appsecret_proof argument",
                          kind="GraphMethodException")
        if given != right:
            raise Refusal("proof", "Invalid appsecret_proof provided in the "
                          "API argument", kind="GraphMethodException")

    def check_batch(self, body, account, verdict):
        if "data" not in body:
            raise Refusal("data", "data is missing")
        data = body["data"]
        if not data:
            raise Refusal("data", "data is empty")
        if len(data) > EVENTS_MAX:
            raise Refusal("data", "more than 1000 events")
        now = self.clock.now()
        for index, event in enumerate(data):
            def found(what, index=index):
                verdict.findings.append([index, what])
                if self.strict:
                    raise Refusal("strict." + what.split(":")[0], what)
            try:
                check_event(event, now, found)
            except Refusal as refusal:
                refusal.index = index
                raise
        self.look_over(data, now, verdict)
        test = "test_event_code" in body
        for event in data:
            verdict.accepted.append(self.accepted(event, account, test))

    def look_over(self, data, now, verdict):
        """What only shows in a batch as a whole."""
        old = {e["action_source"] == "physical_store" for e in data
               if now - e["event_time"] > AGE_MAX}
        if True in old and any(
                e["action_source"] != "physical_store" for e in data):
            verdict.findings.append([None, "age: store sales older than 7 "
                                     "days together with other events"])
        keys = [event_key(e, None)[0] for e in data]
        keys = [k for k in keys if k is not None]
        if len(set(keys)) != len(keys):
            verdict.findings.append([None, "repeat: one event twice in a "
                                     "request"])

    def accepted(self, event, account, test):
        key, window = event_key(event, account)
        custom = event.get("custom_data", {})
        return {
            "account": account, "event_name": event["event_name"],
            "event_id": event.get("event_id"),
            "event_time": event["event_time"],
            "action_source": event["action_source"],
            "order_id": custom.get("order_id"),
            "value": None if "value" not in custom else str(custom["value"]),
            "currency": custom.get("currency"),
            "keys": sorted(event["user_data"]),
            "key": key, "window": window, "test": test,
        }

    # Misbehaving

    def fault(self, action, request, verdict):
        makers = {
            "error": self.fault_error, "auth": self.fault_auth,
            "throttle": self.fault_throttle,
            "transient": self.fault_transient, "count": self.fault_count,
            "messages": self.fault_messages,
            "usage": lambda action, verdict: verdict.answer,
        }
        if action["do"] not in makers:
            return None
        answer = makers[action["do"]](action, verdict)
        answer.headers += self.usage_headers(action, request)
        return answer

    def fault_error(self, action, verdict):
        verdict.accepted = []
        verdict.codes = {"code": action.get("code", 100),
                         "subcode": action.get("subcode")}
        return error_answer(
            action.get("status", 400), action.get("code", 100),
            action.get("subcode"), action.get("title", "Invalid parameter"),
            action.get("message"), action.get("user_message", ""),
            action.get("transient", False))

    def fault_auth(self, action, verdict):
        code = action.get("code", 190)
        messages = {
            190: "Error validating access token: the session is invalid",
            10: "(#10) Application does not have permission for this action",
            102: "The login is no longer valid",
            200: "(#200) Requires a permission",
        }
        return self.fault_error(dict(
            action, code=code, title="",
            status=action.get("status",
                              self.auth_status if code == 190 else 403),
            message=messages.get(code, "(#%d) Permission denied" % code)),
            verdict)

    def fault_throttle(self, action, verdict):
        code = action.get("code", 4)
        message, subcode = THROTTLE.get(code, (
            "There have been too many calls to this ad-account. Wait a bit "
            "and try again.", 2446079))
        action.setdefault("usage", 100)
        return self.fault_error(dict(
            action, code=code, subcode=action.get("subcode", subcode),
            status=action.get("status", 400), title="",
            message="(#%d) %s" % (code, message),
            transient=action.get("transient", True)), verdict)

    def fault_transient(self, action, verdict):
        return self.fault_error(dict(
            action, code=action.get("code", 2), transient=True, title="",
            status=action.get("status", 500),
            message="An unexpected error has occurred. Please retry your "
            "request later."), verdict)

    def success(self, verdict, **changes):
        if verdict.rule is not None:
            return verdict.answer
        body = json.loads(verdict.answer.body)
        body.update(changes)
        return Answer(200, json.dumps(body))

    def fault_count(self, action, verdict):
        return self.success(verdict, events_received=action.get(
            "value", len(verdict.events) + action.get("by", -1)))

    def fault_messages(self, action, verdict):
        return self.success(verdict, messages=action.get(
            "messages", ["Some events could not be matched."]))

    def usage_headers(self, action, request):
        headers = []
        account = request.path.split("/")[2]
        if "usage" in action:
            # rate: percent, and minutes until it is over
            headers.append(("X-Business-Use-Case-Usage", json.dumps({
                account: [{"type": "ads_management",
                           "call_count": action["usage"],
                           "total_cputime": action["usage"] // 2,
                           "total_time": action["usage"] // 2,
                           "estimated_time_to_regain_access":
                               action.get("minutes", 0),
                           "ads_api_access_tier": "standard_access"}]})))
        if "app_usage" in action:
            headers.append(("X-App-Usage", json.dumps({
                "call_count": action["app_usage"], "total_time": 1,
                "total_cputime": 1})))
        if "account_usage" in action:
            headers.append(("X-Ad-Account-Usage", json.dumps({
                "acc_id_util_pct": action["account_usage"],
                "reset_time_duration": action.get("seconds", 0),
                "ads_api_access_tier": "standard_access"})))
        return headers

    # Measuring

    def quick(self, request):
        count = request.body.count(b'"event_name"') \
            - request.body.count(b'"original_event_data"')
        return Answer(200, b'{"events_received":%d,"messages":[],'
                      b'"fbtrace_id":"Afast"}' % count), count
