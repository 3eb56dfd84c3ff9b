"""Snapchat's Conversions API v3 (state of September 2026).

Sources, by the tags used below:
  use   Using the API            par  Parameters
  ver   Verify Set Up            ded  Deduplication
  SDK   Snapchat/business-sdk-v3-java, api/openapi.yaml
  SEG   segmentio/action-destinations and its issues
  RUD   rudderlabs/rudder-transformer
  2ND   secondary digests of Snap's pages

One bad event refuses the whole request.  Of the answer to it two shapes are
known: a flat list (SEG#3959), and one that names the event (SDK).  Rules
marked "ours" are stricter than Snapchat.
"""

import json
import re
import urllib.parse

from common import (DAY, Members, Plugin, Refusal, array, as_list, boolean,
                    currency, decimal, digest_fault, either, flag, get,
                    integer, ip, is_digest, number, read_json,
                    section, string, text, texts, thing, url, url_fault, walk,
                    write_secret)
from wire import Answer

EVENTS_MAX = 2000                       # RUD
BODY_MAX = 1000000                      # ours; none is published
AGE_MAX = 7 * DAY                       # par (2ND); RUD
AGE_MAX_OFFLINE = 37 * DAY              # Introduction
FUTURE_MAX = 60                         # ours
WINDOW = 48 * 3600                      # 2ND
WINDOW_ORDER = 30 * DAY                 # 2ND: purchases by order_id
WINDOW_SHORT = 1                        # 2ND
SHORT = ("ADD_CART", "PAGE_VIEW")

HASHED = ("em", "ph", "fn", "ln", "ge", "ct", "st", "zp", "country", "db",
          "external_id")
PLAIN = ("madid", "idfv", "client_user_agent", "sc_click_id", "sc_cookie1",
         "subscription_id")

USER = Members(dict.fromkeys(HASHED, either(text, texts)))
USER.update(dict.fromkeys(("ln", "ge", "ct", "st", "zp", "country",
                           "external_id"), texts))
USER.update(dict.fromkeys(PLAIN, text))
USER.update(db=text, client_ip_address=text, lead_id=integer)

AMOUNT = either(number, string)
TEXT_OR_TEXTS = either(string, texts)
CONTENT = Members({"id": text, "quantity": AMOUNT, "item_price": AMOUNT,
                   "delivery_category": string, "brand": string})

CUSTOM = Members(dict.fromkeys(         # SDK, use
    ("order_id", "search_string", "sign_up_method", "status", "content_type",
     "delivery_category", "referrer_url", "checkin_date", "travel_start",
     "travel_end", "destination_airport", "origin_airport", "country",
     "city", "region", "neighborhood", "departing_departure_date",
     "departing_arrival_date", "returning_departure_date",
     "returning_arrival_date", "postal_code"), string))
CUSTOM.update(dict.fromkeys(
    ("content_ids", "content_category", "brands", "suggested_destinations",
     "preferred_neighborhoods", "suggested_hotels"), TEXT_OR_TEXTS))
CUSTOM.update(dict.fromkeys(("num_adults", "num_children", "num_infants",
                             "num_items"), either(integer, string)))
CUSTOM.update({
    "currency": currency, "value": AMOUNT, "contents": [CONTENT],
    "custom_fields": thing, "hotel_score": AMOUNT,
    "preferred_star_ratings": lambda v: None})

APP = Members(dict.fromkeys(            # SDK
    ("app_id", "campaign_ids", "install_referrer", "installer_package",
     "windows_attribution_id"), string), ["extinfo"])
APP.update({"extinfo": [string], "url_schemes": TEXT_OR_TEXTS,
            "advertiser_tracking_enabled": either(flag, boolean),
            "application_tracking_enabled": either(flag, boolean)})

EVENT = Members({                       # use, SDK
    "event_name": text, "event_time": integer, "action_source": text,
    "event_source_url": url, "event_id": text, "user_data": USER,
    "custom_data": CUSTOM, "app_data": APP,
    "data_processing_options": array,
    "data_processing_options_country": integer,
    "data_processing_options_state": integer, "opt_out": boolean,
    "integration": string},
    ["event_name", "event_time", "action_source", "user_data"])

TOP = Members({"data": lambda value: None, "test_event_code": text},
              ["data"])

# par (2ND); the lower-case ones are accepted, too (SEG, SDK)
SOURCES = {"WEB": "WEB", "OFFLINE": "OFFLINE", "MOBILE_APP": "MOBILE_APP",
           "website": "WEB", "web": "WEB", "app": "MOBILE_APP"}

NAMES = (                               # par (2ND); RUD
    "PURCHASE SAVE START_CHECKOUT ADD_CART VIEW_CONTENT ADD_BILLING SIGN_UP "
    "SEARCH PAGE_VIEW SUBSCRIBE AD_CLICK AD_VIEW COMPLETE_TUTORIAL "
    "LEVEL_COMPLETE INVITE LOGIN SHARE RESERVE ACHIEVEMENT_UNLOCKED "
    "ADD_TO_WISHLIST SPENT_CREDITS RATE START_TRIAL LIST_VIEW APP_INSTALL "
    "APP_OPEN CUSTOM_EVENT_1 CUSTOM_EVENT_2 CUSTOM_EVENT_3 CUSTOM_EVENT_4 "
    "CUSTOM_EVENT_5").split()

UNIX = "Param data['event_time'] is an invalid Unix timestamp."     # SEG


def refuse(rule, words, status=400):
    raise Refusal(rule, words, status=status)


def check_event(event, now, found):
    for path, rule, words in walk(event, EVENT):
        refuse(rule, "Param data%s %s" % (
            "".join("['%s']" % part for part in path), words))
    source = SOURCES.get(event["action_source"])
    if source is None:
        refuse("source", "Param data['action_source'] is invalid.")
    if event["action_source"] != source:
        found("action_source: should be " + source)
    check_time(event["event_time"], source, now, found)
    check_name(event, found)
    check_user(event["user_data"], found)
    check_custom(event)
    check_source(event, source)
    options = event.get("data_processing_options", [])
    if options not in ([], ["LMU"], ["LDU"]):
        refuse("options", "Param data['data_processing_options'] is invalid.")


def check_time(when, source, now, found):
    if when >= 10**11:
        if source == "OFFLINE":         # SEG#3959
            refuse("milliseconds", UNIX)
        found("event_time: milliseconds; OFFLINE refuses them")
        when //= 1000
    limit = AGE_MAX_OFFLINE if source == "OFFLINE" else AGE_MAX
    if now - when > limit:
        refuse("age", "Timestamp invalid or out of range.")
    if when - now > FUTURE_MAX:
        refuse("future", "Timestamp invalid or out of range.")


def check_name(event, found):
    name = event["event_name"]
    if name.upper() not in NAMES:       # 2ND: no free names
        refuse("name", "Param data['event_name'] is invalid.")
    if name not in NAMES:
        found("name: should be in upper case")
    if "event_id" not in event:
        found("event_id: missing, so a retry counts twice")


def check_user(user, found):
    for name in HASHED:
        for one in as_list(user.get(name, [])):
            fault = digest_fault(one)
            if fault == "hash" and name == "external_id" \
                    and not is_digest(one):
                found("external_id: in plain; hashing is recommended")
            elif fault == "hash":       # ver
                refuse("hash", "Unhashed PII: " + name)
            elif fault:                 # ours
                refuse(fault, "%s is the hash of nothing" % name)
    for name in PLAIN:
        if is_digest(user.get(name)):
            refuse("hashed", "%s must not be hashed" % name)
    if user.get("madid", "") != user.get("madid", "").lower():
        found("madid: should be in lower case")
    if "client_ip_address" in user and ip(user["client_ip_address"]):
        refuse("ip", "Invalid client_ip_address")       # ver: bad (hashed)
    # use: one of these
    if not any(user.get(n) for n in ("em", "ph", "madid")) and not {
            "client_ip_address", "client_user_agent"} <= set(user):
        refuse("identifiers", "Insufficient PII")


def check_custom(event):
    custom = event.get("custom_data", {})
    if event["event_name"].upper() == "PURCHASE":
        for name in ("currency", "value"):      # ver
            if name not in custom:
                refuse("purchase", "PURCHASE needs custom_data." + name)
    amounts = [custom.get("value")]
    for item in custom.get("contents", []):
        amounts += [item.get("quantity"), item.get("item_price")]
    for one in amounts:
        if one is not None and (decimal(one) is None or decimal(one) < 0):
            refuse("value", "Param data['custom_data'] has an invalid "
                   "amount.")


def check_source(event, source):
    if source == "WEB" and "event_source_url" not in event:
        refuse("url", "Param data['event_source_url'] is missing.")
    if "event_source_url" in event:     # ours
        fault = url_fault(event["event_source_url"])
        if fault:
            refuse("url.personal", "event_source_url " + fault)
    if source == "MOBILE_APP" and "app_data" not in event:
        refuse("app", "Param data['app_data'] is missing.")
    if "app_data" in event and (
            len(event["app_data"]["extinfo"]) != 16
            or event["app_data"]["extinfo"][0] not in ("a2", "i2")):
        refuse("app", "Param data['app_data']['extinfo'] is invalid.")


def row(event):
    if not isinstance(event, dict):
        return [None] * 4
    return [event.get("event_name"), event.get("event_id"),
            event.get("event_time"), get(event, "custom_data", "order_id")]


def answer(status, body):
    return Answer(status, json.dumps(body), content_type="application/json")


def invalid(shape, words, index=None, status=400, codes=()):
    if shape == "text":
        return Answer(status, words, content_type="text/plain")
    if shape == "flat":
        return answer(status, {"status": "INVALID", "error_msgs": [words]})
    body = {"status": "INVALID", "errors": {"codes": list(codes),
                                            "error_msgs": [words]},
            "reason": words}
    if index is not None:
        body["event"] = index
    return answer(status, body)


class Platform(Plugin):
    """
    Actions of its own:
      error      status (400), message, codes, "event": index, and "shape":
                 flat, sdk, text (default: of the setting)
      auth       401 (default), or status 403
      throttle   429; for Retry-After say "retry_after"
      transient  status 500
      lose       answered with 200, and nothing kept
    """

    name = "snapchat"
    settings = {
        "pixel": "6d4ac5e5-0f5b-4f5e-9a4e-1b1f0d2c3a4b", "app": "",
        "token": "standin-snapchat-token", "auth": "query", "shape": "flat",
    }
    notes = {
        "pixel": "for WEB and OFFLINE", "app": "Snap App ID for MOBILE_APP",
        "token": "of both",
        "auth": "where the token is taken: query, header or both",
        "shape": "of refusals: flat, sdk or text",
    }
    fast_answer = b'{"status":"VALID","reason":""}'

    def owns(self, request):
        return re.match(r"/v[23]/[^/]+(/events.*)?$", request.path) \
            is not None and "/ad_accounts/" not in request.path

    def config(self, base, directory):
        path = write_secret(directory, "snapchat.token",
                            self.set["token"] + "\n")
        keys = {"pixel_id": self.set["pixel"]}
        if self.set["app"]:
            keys["snap_app_id"] = self.set["app"]
        return section("snapchat", base, directory, access_token_file=path,
                       **keys)

    def error(self, refusal):
        return invalid(self.set["shape"], refusal.reason, refusal.index,
                       refusal.how.get("status", 400))

    def examine(self, request, verdict):
        asset, what = self.check_route(request)
        self.check_token(request, asset)
        if what in ("/validate/logs", "/validate/stats"):
            verdict.answer = answer(200, {"status": "SUCCESS", "reason": "",
                                          "logs": []})
            return
        body = read_json(request, BODY_MAX, other={"status": 400},
                         size={"status": 413})
        data = body.get("data")
        if isinstance(data, list):
            verdict.events = [row(event) for event in data]
        for path, rule, words in walk(body, TOP):
            refuse(rule, "Param %s %s" % (path[0], words))
        if not isinstance(data, list) or not data:
            refuse("data", "Param data is missing.")
        if len(data) > EVENTS_MAX:
            refuse("data", "More than 2000 events.")
        if what == "/validate":
            self.validate(data, asset, body, verdict)
            return
        for index, event in enumerate(data):
            self.check(event, index, asset, verdict)
        test = "test_event_code" in body
        verdict.accepted = [self.accepted(e, asset, test) for e in data]
        verdict.answer = answer(200, {
            "status": "VALID",
            "reason": "Events have been processed successfully."})

    def check(self, event, index, asset, verdict):
        try:
            check_event(event, self.clock.now(), self.finder(verdict, index))
            app = SOURCES[event["action_source"]] == "MOBILE_APP"
            if asset != self.set["app" if app else "pixel"]:
                refuse("asset", "This asset is not for " +
                       event["action_source"])
        except Refusal as refusal:
            refusal.index = index
            raise

    def check_route(self, request):
        match = re.fullmatch(r"/v3/([^/]+)/events(/validate|/validate/logs|"
                             r"/validate/stats)?", request.path)
        if not match:
            refuse("path", "Not Found", 404)
        reads = (match[2] or "").count("/") == 2
        if request.method != ("GET" if reads else "POST"):
            refuse("method", "Method Not Allowed", 405)
        if set(urllib.parse.parse_qs(request.query, True)) - {
                "access_token"}:
            refuse("query", "no parameters but access_token in the URL")
        return match[1], match[2]

    def check_token(self, request, asset):
        query = urllib.parse.parse_qs(request.query, True)
        given = query.get("access_token", [])
        if self.set["auth"] != "query":
            header = [v[7:] for v in request.values("authorization")
                      if v.startswith("Bearer ")]
            given = header + (given if self.set["auth"] == "both" else [])
        if len(given) != 1 or given[0] != self.set["token"]:
            refuse("token" if given else "token.missing", "Unauthorized",
                   401)
        if asset not in (self.set["pixel"], self.set["app"]):
            refuse("permission", "Forbidden", 403)

    def validate(self, data, asset, body, verdict):
        """ver, SDK: one entry an event, and nothing is ingested."""
        logs = []
        for index, event in enumerate(data):
            log = {"event": index, "status": "VALID", "warnings": []}
            try:
                self.check(event, index, asset, verdict)
            except Refusal as refusal:
                log.update(status="INVALID", errors={
                    "codes": [], "error_msgs": [refusal.reason]})
                verdict.failed.append([index, "snapchat." + refusal.rule,
                                       None])
            logs.append(log)
        verdict.answer = answer(200, {
            "status": "INVALID" if verdict.failed else "VALID",
            "test_event": "test_event_code" in body, "reason": "",
            "event_logs": logs})

    def accepted(self, event, asset, test):
        custom = event.get("custom_data", {})
        name = event["event_name"].upper()
        key, window = self.key(event, name, custom)
        return {
            "account": asset, "event_name": event["event_name"],
            "event_id": event.get("event_id"),
            "event_time": event["event_time"],
            "action_source": event["action_source"],
            "order_id": custom.get("order_id"),
            "value": None if "value" not in custom else str(custom["value"]),
            "currency": custom.get("currency"),
            "keys": sorted(event["user_data"]), "key": key,
            "window": window, "test": test}

    def key(self, event, name, custom):
        if name == "PURCHASE" and custom.get("order_id"):
            return "PURCHASE/order/" + custom["order_id"], WINDOW_ORDER
        if "event_id" not in event:
            return None, 0
        return "%s/%s" % (name, event["event_id"]), \
            WINDOW_SHORT if name in SHORT else WINDOW

    # Misbehaving

    def fault_error(self, action, verdict, status=400, words="INVALID"):
        verdict.accepted = []
        return invalid(action.get("shape", self.set["shape"]),
                       action.get("message", words), action.get("event"),
                       action.get("status", status), action.get("codes", ()))

    def fault_auth(self, action, verdict):
        return self.fault_error(action, verdict, 401, "Unauthorized")

    def fault_throttle(self, action, verdict):
        return self.fault_error(action, verdict, 429, "Too Many Requests")

    def fault_transient(self, action, verdict):
        return self.fault_error(action, verdict, 500, "Internal error")
