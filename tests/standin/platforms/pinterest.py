"""Pinterest's API for Conversions v5, events/create (5.23.0).

Sources, by the tags used below:
  OA    pinterest/api-description, v5/openapi.json
  DEV   developer pages: Conversion overview; Limited data processing; Rate
        limits; Define your own event types
  SEG   segmentio/action-destinations and its issues, recorded answers
  WOO   woocommerce/pinterest-for-woocommerce and its issues
  AMP   Amperity's page "Configure events for Pinterest"

What breaks the schema refuses the whole request (400).  What the schema
allows and the server does not take fails for its event alone (422), and the
others are processed.  Rules marked "ours" are stricter than Pinterest.
"""

import json
import re
import urllib.parse

import currencies
from common import (DAY, Members, Plugin, Refusal, at_most, bearer, boolean,
                    decimal, digest_fault, dotted, get, integer, ip,
                    is_digest, maybe, one_of, random_id, read_json, section,
                    string, text, url, url_fault, walk, within, write_secret)
from wire import Answer

EVENTS_MAX = 1000                       # OA
BODY_MAX = 2000000                      # ours; none is published
AGE_MAX = 7 * DAY                       # AMP; SEG#2465
FUTURE_MAX = 600                        # ours
LATE = 3600                             # SEG: later ones are offline events
WINDOW = DAY                            # SEG: 24 hours
BIG = 2**63


def int64(value):
    return integer(value) or (None if -BIG <= value < BIG
                              else "is not of type 'int64'")


# OA.  user_data is not declared strict there; treated so (ours).

HASHED = ("em", "ph", "ge", "db", "ln", "fn", "ct", "st", "zp", "country",
          "external_id", "hashed_maids")

USER = Members(dict.fromkeys(HASHED, [string]))
USER.update({"client_ip_address": string, "client_user_agent": string,
             "click_id": maybe(string), "partner_id": maybe(string)})

CONTENT = Members({"id": string, "item_price": string, "quantity": int64,
                   "item_name": string, "item_category": string,
                   "item_brand": string})

CUSTOM = Members(dict.fromkeys(
    ("value", "currency", "order_id", "search_string", "content_name",
     "content_category", "content_brand", "opt_out_type", "predicted_ltv",
     "np", "external_measurement_id"), maybe(string)))
CUSTOM.update({"content_ids": [string], "contents": [CONTENT],
               "num_items": int64,
               "external_measurement_vendor_id": maybe(integer)})

APP = Members(dict.fromkeys(("app_id", "app_name", "app_package_name"),
                            at_most(200)))
APP.update({"app_store": at_most(100), "app_version": at_most(100),
            "user_agent": at_most(16384), "install_time": within(0, BIG),
            "window_height": within(0, 30720),
            "window_width": within(0, 30720)})

DEVICE = Members(dict.fromkeys(
    ("brand", "carrier", "kernel_version", "model", "os_name",
     "os_release_name", "os_version", "type"), at_most(100)))
DEVICE.update(dict.fromkeys(
    ("external_storage_free_space", "external_storage_size",
     "storage_free_space", "storage_size"), within(0, 1048576)))
DEVICE.update({
    "locale": at_most(35), "timezone": at_most(40),
    "timezone_abbr": at_most(5), "battery_level": within(0, 100),
    "cpu_cores": within(0, 1152), "screen_density": within(0, 100000),
    "screen_height": within(0, 30720), "screen_width": within(0, 30720),
    "form_factor": one_of("desktop", "laptop", "cellphone", "tablet",
                          "smartwatch", "tv", "vr", "console", "other"),
    "network_type": one_of(
        "wifi", "cellular_2g", "cellular_3g", "cellular_4g", "cellular_5g",
        "cellular_6g", "ethernet", "unknown"),
    "os_family": one_of("ios", "android", "macos", "windows", "linux", "bsd",
                        "other"),
    "languages": lambda v: "is too long" if isinstance(v, list)
    and len(v) > 100 else None if isinstance(v, list) and not any(
        string(one) for one in v) else "is not of type 'array'"})

EVENT = Members({
    "event_name": text, "action_source": string, "event_time": int64,
    "event_id": text, "user_data": USER, "custom_data": CUSTOM,
    "app_info": APP, "device_info": DEVICE, "opt_out": boolean,
    "wifi": boolean},
    ["event_name", "action_source", "event_time", "event_id", "user_data"])
EVENT.update(dict.fromkeys(
    ("event_source_url", "partner_name", "app_id", "app_name", "app_version",
     "device_brand", "device_carrier", "device_model", "device_type",
     "os_version", "language"), maybe(string)))

TOP = Members({"data": lambda value: None}, ["data"])

SOURCES = ("web", "app_android", "app_ios", "offline")

NAMES = (                               # OA, then DEV
    "add_payment_info add_to_cart add_to_wishlist app_install checkout "
    "custom initiate_checkout lead page_visit search signup subscribe "
    "view_category view_content watch_video "
    "app_open contact customize_product find_location schedule start_trial "
    "submit_application").split()

TYPES = {"must be a string": "'string'", "must be an integer": "'integer'",
         "must be an array": "'array'", "must be an object": "'object'",
         "must be true or false": "'boolean'"}


def refuse(rule, reason, status=400, code=4196):
    raise Refusal(rule, reason, status=status, code=code)


def schema_words(path, rule, words):
    """WOO#967: as the validator of the server says it."""
    if rule == "member":
        return ("Additional properties are not allowed ('%s' was unexpected)"
                % path[-1])
    if rule == "required":
        return "'%s' is a required property" % path[-1]
    return "%s is not of type %s" % (
        dotted(path), TYPES[words]) if words in TYPES \
        else "%s %s" % (dotted(path), words)


# What fails an event alone.  fail(rule, words) raises; warn(what) goes into
# warning_message, and found(what) into the log.

def fail(rule, words):
    raise Refusal(rule, words)


def check_event(event, now, warn):
    check_time(event["event_time"], now, warn)
    if event["action_source"] not in SOURCES:
        fail("source", "Invalid action_source parameter.")
    if event["event_name"] not in NAMES:
        warn("name: not a standard event")
    check_user(event["user_data"])
    check_custom(event.get("custom_data", {}), event["user_data"], warn)
    check_rest(event)


def check_time(when, now, warn):
    words = "Invalid event_timestamp parameter. Given timestamp is in the "
    if now - when > AGE_MAX:
        fail("age", words + "past")
    if when - now > FUTURE_MAX:
        fail("future", words + "future")
    if now - when > LATE:
        warn("late: counted as an offline event", quiet=True)


def check_user(user):
    for name in HASHED:
        for one in user.get(name, []):
            fault = digest_fault(one)
            if fault:                   # ours
                fail(fault, "%s is not a SHA-256 digest" % name)
    for name in ("client_user_agent", "click_id", "partner_id"):
        if is_digest(user.get(name)):
            fail("hashed", name + " must not be hashed")
    if "client_ip_address" in user and ip(user["client_ip_address"]):
        fail("ip", "Invalid client_ip_address parameter.")
    # OA: phone, external_id or click_id alone do not qualify
    if not user.get("em") and not user.get("hashed_maids") and not (
            user.get("client_ip_address") and user.get("client_user_agent")):
        fail("identifiers", "Need at least one of em, hashed_maids or pair "
             "client_ip_address and client_user_agent in user_data")


def check_custom(custom, user, warn):
    prices = [("value", custom), ("predicted_ltv", custom)]
    prices += [("item_price", item) for item in custom.get("contents", [])]
    for name, holder in prices:
        value = holder.get(name)
        if value is not None and (decimal(value) is None
                                  or decimal(value) < 0):
            fail("value", "Invalid %s parameter." % name)
    if custom.get("currency") is not None \
            and custom["currency"] not in currencies.CODES:
        fail("currency", "Invalid currency parameter.")
    if custom.get("value") is not None and custom.get("currency") is None:
        warn("currency: missing beside value")
    if any(item.get("quantity", 1) < 1 for item in custom.get("contents",
                                                              [])):
        fail("quantity", "Invalid quantity parameter.")
    check_limited(custom.get("opt_out_type"), user, warn)


def check_limited(kind, user, warn):
    # DEV: LDP needs the state and the country, or is ignored
    if kind is None:
        return
    if "LDP" not in kind.split(","):
        warn("ldp: opt_out_type is not LDP")
    elif not user.get("st") or not user.get("country"):
        warn("ldp: ignored without st and country")


def check_rest(event):
    if event.get("language") is not None \
            and not re.fullmatch("[a-z]{2}", event["language"]):
        fail("language", "Invalid language parameter.")
    if event.get("partner_name") is not None \
            and not re.fullmatch("ss-[a-z0-9-]+", event["partner_name"]):
        fail("partner", "Invalid partner_name parameter.")
    address = event.get("event_source_url")
    if address is not None and url(address):
        fail("url", "Invalid event_source_url parameter.")
    if address is not None and url_fault(address):      # ours
        fail("url.personal", "event_source_url " + url_fault(address))


def row(event):
    if not isinstance(event, dict):
        return [None] * 4
    return [event.get("event_name"), event.get("event_id"),
            event.get("event_time"), get(event, "custom_data", "order_id")]


def answer(status, body):
    return Answer(status, json.dumps(body), [
        ("x-pinterest-rid", random_id(16, "0123456789")),
        ("pinterest-version", "5.23.0")], "application/json")


MESSAGES = {
    2: "Authentication failed.", 3: "Authorization failed.",
    5: "Method not allowed.", 8: "You have exceeded your rate limit.",
    29: "You are not permitted to access that resource.",
    50: "Not found.", 4197: "This endpoint has been ramped down.",
}
STATUS = {2: 401, 3: 401, 5: 405, 8: 429, 29: 403, 50: 404, 4196: 400,
          4197: 503}


class Platform(Plugin):
    """
    Actions of its own:
      error      code (4196), status (by the code), message
      auth       code 2 (default; 401), 3, 29 (403)
      throttle   429, code 8, x-ratelimit headers; "reset" (1) seconds
      transient  status 500 (default), or 503 with code 4197
      partial    "fail": [indexes] (default the last one) are not processed;
                 "status": 422 (default), or 200 as if that were success
      count      events[] is shorter or longer, "by": -1 (default)
      lose       answered with 200, and nothing kept
    """

    name = "pinterest"
    settings = {"accounts": "549755885175", "token": "pina_standin"}
    notes = {"accounts": "ad account ID or ID:TOKEN, several with commas",
             "token": "of the accounts that have none of their own"}

    def __init__(self, settings, strict):
        super().__init__(settings, strict)
        self.accounts = {}
        for account in settings["accounts"].split(","):
            number, _, token = account.partition(":")
            self.accounts[number] = token or settings["token"]

    def owns(self, request):
        return re.match(r"/v[0-9]+/ad_accounts/", request.path) is not None

    def secrets(self):
        return list(self.accounts.values())

    def config(self, base, directory):
        account, token = next(iter(self.accounts.items()))
        path = write_secret(directory, "pinterest.token", token + "\n")
        return section("pinterest", base, directory, ad_account_id=account,
                       access_token_file=path)

    def error(self, refusal):
        code = refusal.how.get("code", 4196)
        body = {"code": code, "message": refusal.reason}
        if code == 2:
            body["status"] = "failure"
        return answer(refusal.how.get("status", STATUS.get(code, 400)), body)

    def examine(self, request, verdict):
        account = self.check_route(request)
        token = bearer(request)
        if token not in self.accounts.values():
            refuse("token" if token else "token.missing", MESSAGES[2], 401, 2)
        if self.accounts.get(account) != token:
            refuse("account", MESSAGES[29], 403, 29)
        body = read_json(request, BODY_MAX, other={"code": 4196},
                         size={"code": 4196, "status": 413})
        data = body.get("data")
        if isinstance(data, list):
            verdict.events = [row(event) for event in data]
        for path, rule, words in walk(body, TOP):
            refuse(rule, schema_words(path, rule, words))
        if not isinstance(data, list) or not data:
            refuse("data", "[] is too short")
        if len(data) > EVENTS_MAX:
            refuse("data", "[...] is too long")
        self.check_schema(data)
        self.process(data, account, request, verdict)

    def check_route(self, request):
        match = re.fullmatch(r"/v5/ad_accounts/([0-9]{1,18})/events",
                             request.path)
        if not match:
            refuse("path", MESSAGES[50], 404, 50)
        if self.token_in_url(request):
            refuse("token-in-url", "the token must not be in the URL")
        query = urllib.parse.parse_qs(request.query, True)
        if set(query) - {"test"} or query.get("test", ["true"]) not in (
                ["true"], ["false"]):
            refuse("query", "no parameters but test=true in the URL")
        if request.method != "POST":
            refuse("method", MESSAGES[5], 405, 5)
        return match[1]

    def check_schema(self, data):
        for index, event in enumerate(data):
            for path, rule, words in walk(event, EVENT):
                refusal = Refusal(rule, schema_words(path, rule, words),
                                  status=400, code=4196)
                refusal.index = index
                raise refusal

    def process(self, data, account, request, verdict):
        now = self.clock.now()
        results = []
        for index, event in enumerate(data):
            results.append(self.one(event, index, now, verdict))
            if results[-1]["status"] == "processed":
                verdict.accepted.append(self.accepted(event, account, now))
        if "test=true" in request.query:    # validated, not recorded
            verdict.accepted = []
        verdict.answer = self.report(results, 422 if verdict.failed else 200)

    def one(self, event, index, now, verdict):
        result = {"status": "processed", "error_message": None,
                  "warning_message": None}

        def warn(what, quiet=False):
            if not quiet:
                result["warning_message"] = what
            self.finder(verdict, index)(what)
        try:
            check_event(event, now, warn)
        except Refusal as refusal:
            refusal.index = index
            verdict.failed.append([index, "pinterest." + refusal.rule, None])
            if verdict.rule is None:
                self.blame(verdict, refusal)
            result.update(status="failed", error_message=refusal.reason,
                          warning_message=None)
        return result

    def report(self, results, status):
        body = {
            "num_events_received": len(results),
            "num_events_processed": sum(
                r["status"] == "processed" for r in results),
            "events": results}
        if status == 200:
            return answer(200, body)
        return answer(422, {
            "code": 953, "message": "Not all events were processed, some or "
            "all data provided being invalid.", "details": body})

    def accepted(self, event, account, now):
        custom = event.get("custom_data", {})
        # OA: offline events have no deduplication; SEG: nor late ones
        offline = event["action_source"] == "offline" \
            or now - event["event_time"] > LATE
        return {
            "account": account, "event_name": event["event_name"],
            "event_id": event["event_id"], "event_time": event["event_time"],
            "action_source": event["action_source"], "late": offline,
            "order_id": custom.get("order_id"), "value": custom.get("value"),
            "currency": custom.get("currency"),
            "keys": sorted(event["user_data"]),
            "key": None if offline else "%s/%s" % (
                event["event_name"], event["event_id"]),
            "window": WINDOW}

    # Misbehaving

    def fault_error(self, action, verdict, code=4196, status=None):
        verdict.accepted = []
        code = action.get("code", code)
        verdict.codes = {"code": code}
        return self.error(Refusal(
            "fault", action.get("message", MESSAGES.get(code, "Error.")),
            code=code, status=action.get("status",
                                         status or STATUS.get(code, 400))))

    def fault_auth(self, action, verdict):
        return self.fault_error(action, verdict, 2)

    def fault_throttle(self, action, verdict):
        made = self.fault_error(action, verdict, 8)
        made.headers += [
            ("x-ratelimit-limit", "100, 100;w=1, 1000;w=60"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", str(action.get("reset", 1)))]
        return made

    def fault_transient(self, action, verdict):
        code = action.get("code", 4197 if action.get("status") == 503 else 1)
        return self.fault_error(action, verdict, code, 500)

    def fault_partial(self, action, verdict):
        if verdict.rule is not None:
            return verdict.answer
        count = len(verdict.events)
        failing = action.get("fail", [count - 1])
        results = [{"status": "processed", "error_message": None,
                    "warning_message": None} for _ in range(count)]
        for index in failing:
            results[index].update(status="failed",
                                  error_message="Invalid event.")
            verdict.failed.append([index, "fault", None])
        verdict.accepted = [one for index, one in enumerate(verdict.accepted)
                            if index not in failing]
        return self.report(results, action.get("status", 422))

    def fault_count(self, action, verdict):
        if verdict.rule is not None:
            return verdict.answer
        body = json.loads(verdict.answer.body)
        body["events"] = (body["events"] * 2)[
            :len(verdict.events) + action.get("by", -1)]
        return answer(200, body)

    # Measuring

    def quick(self, request):
        count = request.body.count(self.event_mark)
        return Answer(200, b'{"num_events_received":%d,"num_events_processed"'
                      b':%d,"events":[%s]}' % (count, count, b",".join(
                          [b'{"status":"processed"}'] * count))), count
