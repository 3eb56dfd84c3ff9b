"""Google: Data Manager API v1, and the Google Ads API's conversion uploads.

State of November 2026.  Sources, by the tags used below:
  dm     Data Manager: reference, protos and pages (Understand errors, Limits,
         Diagnostics, Conversion adjustments)
  up     conversion_upload_service.proto and its errors, Ads API v25
  adj    conversion_adjustment_upload_service.proto and its errors
  pf     Google Ads API: partial failures
  depr   Google Ads API: deprecations; blog of 2026-05-15
  quota  Data Manager: limits and quotas; Ads: quota_error.proto

Data Manager refuses a request for one bad event (400, each violation with
its path); what it took it judges later, asked by requestStatus:retrieve.
The Ads API answers 200 and says by index what failed.  Rules marked "ours"
are stricter than Google.
"""

import base64
import json
import re
import time
import urllib.parse

import oauth
from common import (DAY, EMAIL, HOLLOW_HASHES, Members, Plugin, Refusal,
                    bearer, boolean, currency, get, int64, integer, ip,
                    is_digest, number, one_of, random_id, read_json, rfc3339,
                    section, string, thing, walk, write_secret)
from platforms import _googleads as ads
from wire import Answer

EVENTS_MAX = 2000                       # dm, Limits
DESTINATIONS_MAX = 10
IDENTIFIERS_MAX = 10
BODY_MAX = 64 * 1000 * 1000             # none is published
CLICK_MAX = 90 * DAY                    # the longest click window
FOR_EVER = 10**10

PLACEHOLDERS = ("null", "undefined", "0", "123", "(not set)", "none", "")

# dm, protos.  Names in the tables are the JSON names; in error paths they
# become snake_case.

ACCOUNT_TYPES = (
    "GOOGLE_ADS", "DISPLAY_VIDEO_PARTNER", "DISPLAY_VIDEO_ADVERTISER",
    "DATA_PARTNER", "GOOGLE_ANALYTICS_PROPERTY",
    "GOOGLE_AD_MANAGER_AUDIENCE_LINK", "FLOODLIGHT_CONFIG")
ACCOUNT = Members({"product": string, "accountId": string,
                   "accountType": one_of(*ACCOUNT_TYPES)},
                  ["accountId", "accountType"])
DESTINATION = Members({
    "reference": string, "loginAccount": ACCOUNT, "linkedAccount": ACCOUNT,
    "operatingAccount": ACCOUNT, "productDestinationId": string},
    ["operatingAccount", "productDestinationId"])
CONSENT = Members(dict.fromkeys(
    ("adUserData", "adPersonalization"),
    one_of("CONSENT_GRANTED", "CONSENT_DENIED")))
DEVICE = Members(dict.fromkeys(
    ("userAgent", "ipAddress", "category", "languageCode", "operatingSystem",
     "operatingSystemVersion", "model", "brand", "browser",
     "browserVersion"), string))
DEVICE.update(screenHeight=integer, screenWidth=integer)
ADDRESS_NEEDED = ("givenName", "familyName", "regionCode", "postalCode")
ADDRESS = Members(dict.fromkeys(ADDRESS_NEEDED + (
    "addressLine", "city", "administrativeArea"), string), ADDRESS_NEEDED)
USER_DATA = Members({"userIdentifiers": [Members({
    "emailAddress": string, "phoneNumber": string, "address": ADDRESS})]},
    ["userIdentifiers"])
AD = Members(dict.fromkeys(
    ("sessionAttributes", "gclid", "gbraid", "wbraid", "mobileDeviceId",
     "dclid", "impressionId", "matchId"), string))
AD.update(landingPageDeviceInfo=DEVICE, encryptedUserIds=[thing])
VARIABLE = Members({"variable": string, "value": string,
                    "destinationReferences": [string]})
ITEM = Members({
    "merchantProductId": string, "quantity": int64,
    "unitPrice": number, "itemId": string,
    "additionalItemParameters": [thing], "merchantId": string,
    "merchantFeedLabel": string, "merchantFeedLanguageCode": string,
    "conversionValue": number, "customVariables": [VARIABLE]})
CART = Members({
    "merchantId": string, "merchantFeedLabel": string,
    "merchantFeedLanguageCode": string, "transactionDiscount": number,
    "items": [ITEM], "couponCodes": [string]})
PROPERTIES = Members({
    "customerType": one_of("NEW", "RETURNING", "REENGAGED"),
    "customerValueBucket": one_of("LOW", "MEDIUM", "HIGH"),
    "additionalUserProperties": [thing]})
SOURCES = ("WEB", "APP", "IN_STORE", "PHONE", "MESSAGE", "OTHER")
EVENT = Members({
    "destinationReferences": [string], "transactionId": string,
    "eventTimestamp": string, "lastUpdatedTimestamp": string,
    "userData": USER_DATA, "consent": CONSENT, "adIdentifiers": AD,
    "currency": string, "conversionValue": number,
    "eventSource": one_of(*SOURCES), "eventDeviceInfo": DEVICE,
    "cartData": CART, "customVariables": [VARIABLE],
    "experimentalFields": [thing], "userProperties": PROPERTIES,
    "thirdPartyUserData": thing, "callInfo": thing,
    "conversionCount": number, "eventName": string, "clientId": string,
    "userId": string, "additionalEventParameters": [thing],
    "eventLocation": thing, "appInstanceId": string}, ["eventTimestamp"])
TOP = Members({
    "destinations": [DESTINATION], "events": [EVENT], "consent": CONSENT,
    "validateOnly": boolean, "encoding": one_of("HEX", "BASE64"),
    "encryptionInfo": thing}, ["destinations", "events"])

# dm: not for Google Ads conversions
FOREIGN = ("conversionCount", "eventName", "clientId", "userId",
           "additionalEventParameters", "eventLocation", "appInstanceId")

REASONS = {"member": None, "required": "REQUIRED_FIELD_MISSING"}


def snake(path):
    """dm: events.events[0].user_data..., the list's name repeated."""
    words = []
    for part in path:
        if isinstance(part, int):
            words[-1] += "[%d]" % part
        else:
            words.append(re.sub("[A-Z]", lambda m: "_" + m[0].lower(), part))
    if len(path) > 1 and isinstance(path[1], int):
        words.insert(0, path[0])
    return ".".join(words)


def reason_of(rule, words):
    if words.startswith("must be one of"):
        return "INVALID_ENUM_VALUE"
    if rule == "type":
        return "INVALID_NUMBER_FORMAT" if words in (
            "must be a number", "must be an integer") else "INVALID_FORMAT"
    return REASONS[rule]


class Findings:
    """Violations of a request, all of them."""

    def __init__(self):
        self.all = []                   # (path, rule, reason, words)

    def bad(self, path, reason, words, rule=None):
        self.all.append((path, rule or reason.lower(), reason, words))

    def index(self, path):
        return path[1] if path[0] == "events" and len(path) > 1 else None


class Ingest:
    """One body of events:ingest, against all rules."""

    def __init__(self, plugin, body, verdict):
        self.plugin = plugin
        self.body = body
        self.verdict = verdict
        self.findings = Findings()
        self.bad = self.findings.bad
        self.warnings = []
        self.now = plugin.clock.now()

    def check(self):
        for path, rule, words in walk(self.body, TOP):
            self.bad(path, reason_of(rule, words), words, rule)
        if self.findings.all:           # the parser comes before the rules
            return
        self.check_destinations()
        self.check_count()
        for index, event in enumerate(self.body["events"]):
            self.found = self.plugin.finder(self.verdict, index)
            self.check_event(event, ("events", index))

    def check_count(self):
        events = self.body["events"]
        if not events:
            self.bad(("events",), "REQUIRED_FIELD_MISSING", "no events")
        if len(events) > EVENTS_MAX:
            self.bad(("events",), "TOO_MANY_EVENTS", "more than 2000")
        if any("userData" in e for e in events) \
                and "encoding" not in self.body:
            self.bad(("encoding",), "REQUIRED_FIELD_MISSING",
                     "needed for user data")

    def check_destinations(self):
        destinations = self.body["destinations"]
        if not destinations:
            self.bad(("destinations",), "REQUIRED_FIELD_MISSING", "none")
        if len(destinations) > DESTINATIONS_MAX:
            self.bad(("destinations",), "TOO_MANY_DESTINATIONS", "over 10")
        references = [d.get("reference", "") for d in destinations]
        for index, one in enumerate(destinations):
            path = ("destinations", index)
            if references.index(references[index]) != index:
                self.bad(path + ("reference",),
                         "DUPLICATE_DESTINATION_REFERENCE", "twice")
            self.check_destination(one, path)

    def check_destination(self, one, path):
        account = one["operatingAccount"]
        number = account["accountId"]
        action = one["productDestinationId"]
        for name in ("operatingAccount", "loginAccount"):
            if name in one and not re.fullmatch("[0-9]+",
                                                one[name]["accountId"]):
                self.bad(path + (name, "accountId"), "INVALID_FORMAT",
                         "digits only")
        if account["accountType"] != "GOOGLE_ADS":
            self.bad(path + ("operatingAccount", "accountType"),
                     "DESTINATION_ACCOUNT_TYPE_MISMATCH", "GOOGLE_ADS")
        if "linkedAccount" in one:
            self.bad(path + ("linkedAccount",), "LINKED_ACCOUNT_ONLY_ALLOWED"
                     "_WITH_DATA_PARTNER_LOGIN_ACCOUNT", "data partners only")
        login = get(one, "loginAccount", "accountId") or number
        if number in self.plugin.customers and \
                login not in (number, self.plugin.manager):
            self.bad(path + ("loginAccount",),
                     "OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH", "no access")
        if not re.fullmatch("[0-9]+", action):
            self.bad(path + ("productDestinationId",), "INVALID_DESTINATION",
                     "the number of a conversion action")
        elif action not in self.plugin.actions:
            self.bad(path + ("productDestinationId",),
                     "INVALID_CONVERSION_ACTION_ID", "no such action")
        elif self.plugin.actions[action][0] not in ("UPLOAD_CLICKS",
                                                    "WEBPAGE"):
            self.bad(path + ("productDestinationId",),
                     "INVALID_CONVERSION_ACTION_TYPE", "not for events")

    def targets(self, event):
        names = event.get("destinationReferences")
        return [d for d in self.body["destinations"]
                if not names or d.get("reference") in names]

    def check_event(self, event, path):
        known = {d.get("reference") for d in self.body["destinations"]}
        for name in event.get("destinationReferences", []):
            if name not in known:
                self.bad(path + ("destinationReferences",),
                         "INVALID_DESTINATION", "no such reference")
        kinds = {self.plugin.actions.get(d["productDestinationId"],
                                         ("",))[0]
                 for d in self.targets(event)}
        self.check_times(event, path)
        self.check_id(event, path, kinds)
        self.check_source(event, path, kinds)
        self.check_identifiers(event, path)
        self.check_money(event, path)
        self.check_variables(event, path)
        self.check_cart(event, path)
        for name in FOREIGN:            # ours
            if name in event:
                self.bad(path + (name,), "INVALID_EVENT",
                         "not for conversions of Google Ads", "foreign")
        if "thirdPartyUserData" in event:
            self.bad(path + ("thirdPartyUserData",),
                     "THIRD_PARTY_USER_DATA_NOT_ALLOWED", "partners only")

    def check_times(self, event, path):
        for name in ("eventTimestamp", "lastUpdatedTimestamp"):
            if name in event and rfc3339(event[name]) is None:
                self.bad(path + (name,), "INVALID_FORMAT",
                         "RFC 3339 with an offset", "time")
        when = rfc3339(event["eventTimestamp"])
        if when is not None and when > self.now + 60:
            self.bad(path + ("eventTimestamp",), "EVENT_TIME_INVALID",
                     "in the future")

    def check_id(self, event, path, kinds):
        number = event.get("transactionId")
        if number is None:
            if "WEBPAGE" in kinds:
                self.bad(path + ("transactionId",), "REQUIRED_FIELD_MISSING",
                         "needed beside a tag")
            else:
                self.found("transaction_id: missing, a retry counts twice")
            return
        if EMAIL.search(number):
            self.bad(path + ("transactionId",), "INVALID_EVENT",
                     "personal data", "personal")
        if number.lower() in PLACEHOLDERS:
            self.found("transaction_id: a placeholder")

    def check_source(self, event, path, kinds):
        source = event.get("eventSource")
        if source is None and "UPLOAD_CLICKS" in kinds:
            self.bad(path + ("eventSource",), "REQUIRED_FIELD_MISSING",
                     "needed for offline conversions")
        if "WEBPAGE" in kinds and source not in (None, "WEB"):
            self.bad(path + ("eventSource",),
                     "EVENT_SOURCE_AND_DESTINATION_MISMATCH", "not WEB")

    def check_identifiers(self, event, path):
        click = event.get("adIdentifiers", {})
        people = get(event, "userData", "userIdentifiers") or []
        if not people and not set(click) - {"landingPageDeviceInfo"}:
            self.bad(path, "NO_IDENTIFIERS_PROVIDED", "nobody")
        if len(people) > IDENTIFIERS_MAX:
            self.bad(path + ("userData", "userIdentifiers"),
                     "TOO_MANY_USER_IDENTIFIERS", "more than 10")
        if "gbraid" in click and "wbraid" in click:
            self.bad(path + ("adIdentifiers",), "INVALID_EVENT",
                     "gbraid and wbraid", "braids")
        if "gclid" in click and ("gbraid" in click or "wbraid" in click):
            self.found("braids: beside a gclid")
        for name in ("gclid", "gbraid", "wbraid"):
            if name in click and (not click[name]
                                  or is_digest(click[name])):
                self.bad(path + ("adIdentifiers", name), "INVALID_FORMAT",
                         "a click id as it was", "click")
        for place, device in (("adIdentifiers", "landingPageDeviceInfo"),
                              (None, "eventDeviceInfo")):
            held = event.get(place, {}) if place else event
            address = get(held, device, "ipAddress")
            if address is not None and ip(address):
                self.bad(path + tuple(p for p in (place, device,
                                                  "ipAddress") if p),
                         "INVALID_FORMAT", "an IP address", "ip")
        for index, one in enumerate(people):
            self.check_person(one, path + ("userData", "userIdentifiers",
                                           index))

    def check_person(self, one, path):
        if len(one) != 1:
            self.bad(path, "INVALID_FORMAT", "one identifier", "oneof")
        for name in ("emailAddress", "phoneNumber"):
            if name in one:
                self.check_hash(one[name], path + (name,))
        if "address" not in one:
            return
        place = one["address"]
        path += ("address",)
        for name in ("givenName", "familyName"):
            self.check_hash(place[name], path + (name,))
        if not re.fullmatch("[A-Z]{2}", place["regionCode"]):
            self.bad(path + ("regionCode",), "INVALID_REGION_CODE", "plain")
        if not place["postalCode"] or is_digest(place["postalCode"]):
            self.bad(path + ("postalCode",), "INVALID_POSTAL_CODE", "plain")
        if set(place) - set(ADDRESS_NEEDED):
            self.found("address: a member that only Analytics uses")

    def check_hash(self, value, path):
        if self.body.get("encoding") == "BASE64":
            try:
                data = base64.b64decode(value, validate=True)
            except ValueError:
                self.bad(path, "INVALID_BASE64_ENCODING", "not base64")
                return
        else:
            if not re.fullmatch("([0-9A-Fa-f]{2})*", value):
                self.bad(path, "INVALID_HEX_ENCODING", "not hexadecimal")
                return
            data = bytes.fromhex(value)
        if len(data) != 32:
            self.bad(path, "INVALID_SHA256_FORMAT", "not 32 bytes")
        elif data.hex() in HOLLOW_HASHES:       # ours
            self.bad(path, "INVALID_SHA256_FORMAT", "the hash of nothing",
                     "hash.hollow")

    def check_money(self, event, path):
        if "currency" in event and currency(event["currency"]):
            self.bad(path + ("currency",), "INVALID_CURRENCY_CODE",
                     "ISO 4217")
        value = event.get("conversionValue")
        if value is not None and value < 0:     # ours
            self.bad(path + ("conversionValue",), "INVALID_NUMBER_FORMAT",
                     "negative")
        if value is not None and "currency" not in event:
            self.found("currency: missing beside the value")

    def check_variables(self, event, path):
        for index, one in enumerate(event.get("customVariables", [])):
            where = path + ("customVariables", index)
            if one.get("variable") not in self.plugin.variables:
                self.bad(where + ("variable",), "CUSTOM_VARIABLE_NOT_FOUND",
                         "no such variable")
            if EMAIL.search(one.get("value", "")):
                self.bad(where + ("value",),
                         "CUSTOM_VARIABLE_VALUE_CONTAINS_PII", "an address")

    def check_cart(self, event, path):
        cart = event.get("cartData")
        if cart is None:
            return
        if not re.fullmatch("[0-9]*", cart.get("merchantId", "")):
            self.bad(path + ("cartData", "merchantId"),
                     "INVALID_MERCHANT_ID", "digits")
        if "" in cart.get("couponCodes", []):
            self.bad(path + ("cartData", "couponCodes"),
                     "INVALID_COUPON_CODE", "empty")
        if {"gbraid", "wbraid"} & set(event.get("adIdentifiers", {})):
            self.warn(path + ("cartData",),
                      "CART_DATA_NOT_SUPPORTED_WITH_GBRAID_OR_WBRAID")
        for index, item in enumerate(cart.get("items", [])):
            where = path + ("cartData", "items", index)
            if "merchantProductId" not in item:
                self.warn(where, "CART_DATA_ITEM_MERCHANT_PRODUCT_ID_MISSING")
            if "unitPrice" not in item:
                self.warn(where, "CART_DATA_ITEM_UNIT_PRICE_MISSING")

    def warn(self, path, reason):
        self.warnings.append({"reason": "WARNING_REASON_" + reason,
                              "description": "", "field": snake(path)})


def status_error(code, status, message, *details):
    return {"error": {"code": code, "message": message, "status": status,
                      "details": list(details)}}


def info(reason, **metadata):
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": reason, "domain": "datamanager.googleapis.com",
            "metadata": metadata}


AUTH = {                                # reason: status, status name, words
    "CREDENTIALS_MISSING": (401, "UNAUTHENTICATED", "Request is missing "
                            "required authentication credential."),
    "ACCESS_TOKEN_EXPIRED": (401, "UNAUTHENTICATED", "Request had invalid "
                             "authentication credentials."),
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": (
        403, "PERMISSION_DENIED", "Request had insufficient authentication "
        "scopes."),
    "SERVICE_DISABLED": (403, "PERMISSION_DENIED", "Data Manager API has "
                         "not been used in project 0 before or it is "
                         "disabled."),
    "PERMISSION_DENIED": (403, "PERMISSION_DENIED",
                          "The caller does not have permission"),
}


def auth_error(reason):
    code, status, words = AUTH[reason]
    return Answer(code, json.dumps(status_error(code, status, words,
                                                info(reason))))


class Platform(Plugin):
    """
    Requests for tokens are requests, too: name a path in an action's "when"
    ("/token", "events:ingest", "requestStatus", "upload").

    Actions of its own:
      error      HTTP "status" (400), "reason" (INVALID_ARGUMENT), "field":
                 with it a violation there; Ads: "code": {"enum": "MEMBER"}
      auth       "reason": ACCESS_TOKEN_EXPIRED (default), PERMISSION_DENIED,
                 ACCESS_TOKEN_SCOPE_INSUFFICIENT, SERVICE_DISABLED; at the
                 token endpoint "error": invalid_grant (default), ...
      forget     all tokens that were given out are dead; 401
      throttle   429; "quota": "minute" (default) or "day"; Ads: with
                 "seconds" (30) as retryDelay
      transient  "status" 503 (default), 500, 504
      later      events taken now fail later: "reason" (INVALID_GCLID),
                 "fail": [indexes] (default all)
      processing, failed   what requestStatus says, whatever became of it
      partial    Ads: "fail": [indexes] (default the last one) fail with
                 "code" ({"conversionUploadError": "EVENT_NOT_FOUND"})
      lose       answered with 200, and nothing kept
    """

    name = "google"
    settings = {
        "customers": "1234567890", "manager": "9876543210",
        "actions": "6543210987:UPLOAD_CLICKS,777:WEBPAGE,"
                   "778:UPLOAD_CLICKS:one,779:UPLOAD_CALLS",
        "variables": "channel", "token": "standin-google-token",
        "scopes": "datamanager adwords", "client_id": "standin.apps.example",
        "client_secret": "standin-google-secret",
        "refresh_token": "1//standin-google-refresh",
        "credentials": "token", "processing": "0",
        "indices": "1", "oldest": "23", "newest": "26", "allowlisted": "0",
        "session_allowlisted": "0", "login": "0",
    }
    notes = {
        "customers": "account numbers, with commas",
        "manager": "the account through which they are reached",
        "actions": "NUMBER:TYPE or NUMBER:TYPE:one (one per click)",
        "variables": "enabled custom variables",
        "token": "an access token that is always good",
        "scopes": "of the refresh token and of token",
        "credentials": "in capi.conf: token (access_token_file), or a "
                       "credentials_file, service_account or authorized_user",
        "processing": "seconds until requestStatus knows the outcome",
        "indices": "0: no recordIndices, as before release 1.9",
        "oldest": "oldest living version of the Ads API",
        "newest": "newest",
        "allowlisted": "1: an old user, who may still upload clicks (Ads)",
        "session_allowlisted": "1: and session attributes and IPs",
        "login": "1: login-customer-id is needed (Ads)",
    }
    event_mark = b'"eventTimestamp"'

    def __init__(self, settings, strict):
        super().__init__(settings, strict)
        self.customers = settings["customers"].split(",")
        self.manager = settings["manager"]
        self.variables = settings["variables"].split(",")
        self.actions = {}
        for action in settings["actions"].split(","):
            number, *rest = action.split(":")
            self.actions[number] = rest
        self.tokens = oauth.Tokens(settings, time.time)
        self.values = {}

    def owns(self, request):
        return re.match(r"/(token|oauth2/v4/token|v1/events:ingest|"
                        r"v1/requestStatus:retrieve|v[0-9]+/customers/.*)$",
                        request.path) is not None

    def secrets(self):
        return [self.set[n] for n in ("token", "client_secret",
                                      "refresh_token")]

    def config(self, base, directory):
        self.tokens.account = oauth.Account(directory)
        self.tokens.audiences.append(base + "/token")
        write_secret(directory, "google-service-account.json",
                     self.tokens.account.file(base + "/token"))
        write_secret(directory, "google-authorized-user.json", json.dumps({
            "type": "authorized_user", "client_id": self.set["client_id"],
            "client_secret": self.set["client_secret"],
            "refresh_token": self.set["refresh_token"],
            "token_uri": base + "/token"}) + "\n")
        if self.set["credentials"] == "token":
            keys = {"access_token_file": write_secret(
                directory, "google.token", self.set["token"] + "\n")}
        else:
            keys = {"credentials_file": "%s/google-%s.json" % (
                directory, self.set["credentials"].replace("_", "-"))}
        return section("google", base, directory,
                       customer_id=self.customers[0],
                       login_customer_id=self.manager,
                       conversion_action_id=next(iter(self.actions)), **keys)

    # Judging

    def error(self, refusal):
        return refusal.how["answer"]

    def examine(self, request, verdict):
        if request.path in ("/token", "/oauth2/v4/token"):
            return self.examine_token(request, verdict)
        if self.token_in_url(request):
            self.refuse("token-in-url", 400, "the token must not be in the "
                        "URL")
        if request.path.startswith("/v1/"):
            self.check_token(request, "datamanager")
            if request.path.endswith("retrieve"):
                return self.examine_status(request, verdict)
            return self.examine_events(request, verdict)
        return ads.examine(self, request, verdict)

    def examine_token(self, request, verdict):
        try:
            verdict.answer = self.tokens.answer(request)
        except Refusal as refusal:
            refusal.how["answer"] = oauth.error(refusal)
            refusal.how["code"] = refusal.how["error"]
            raise

    def refuse(self, rule, code, words, status="INVALID_ARGUMENT",
               reason=None, *details):
        reason = reason or status
        raise Refusal(rule, words, code=reason, answer=Answer(
            code, json.dumps(status_error(code, status, words,
                                          info(reason), *details))))

    def token_fault(self, request, scope):
        token = bearer(request)
        scopes = token and self.tokens.scopes(token)
        if token is None:
            return "CREDENTIALS_MISSING"
        if not scopes:
            return "ACCESS_TOKEN_EXPIRED"
        if scope not in scopes:
            return "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
        return None

    def check_token(self, request, scope):
        reason = self.token_fault(request, scope)
        if reason:
            raise Refusal("token", AUTH[reason][2], code=reason,
                          answer=auth_error(reason))

    def read(self, request):
        try:
            return read_json(request, BODY_MAX)
        except Refusal as refusal:
            words = "Invalid JSON payload received. " + refusal.reason
            self.refuse(refusal.rule, 400, words)

    def examine_events(self, request, verdict):
        if request.method != "POST":
            self.refuse("method", 404, "Not found", "NOT_FOUND")
        body = self.read(request)
        if isinstance(body.get("events"), list):
            verdict.events = [self.row(e) for e in body["events"]]
        ingest = Ingest(self, body, verdict)
        try:
            ingest.check()
        except Refusal as refusal:      # --strict
            ingest.bad(("events", refusal.index), "INVALID_EVENT",
                       refusal.reason, refusal.rule)
        request_id = random_id(22, "0123456789abcdefghijkmnopqrstuvwxyz-")
        if ingest.findings.all:
            self.refuse_events(ingest, request_id, verdict)
        self.check_access(body)
        if body.get("validateOnly"):
            request_id = "v-" + request_id
        else:
            verdict.accepted = list(self.rows(ingest, request_id))
        answer = {"requestId": request_id}
        if ingest.warnings:
            answer["fieldWarnings"] = ingest.warnings
        verdict.answer = Answer(200, json.dumps(answer))

    def refuse_events(self, ingest, request_id, verdict):
        violations = []
        for path, rule, reason, words in ingest.findings.all:
            one = {"field": snake(path), "description": words}
            if reason:
                one["reason"] = reason
            violations.append(one)
            index = ingest.findings.index(path)
            if index is not None:
                verdict.failed.append([index, "google." + rule, reason])
        path, rule, reason, words = ingest.findings.all[0]
        message = "There was a problem with the request."
        if rule == "member":
            message = ("Invalid JSON payload received. Unknown name \"%s\""
                       % path[-1])
        refusal = Refusal(rule, words, code=reason, answer=Answer(
            400, json.dumps(status_error(
                400, "INVALID_ARGUMENT", message,
                info("INVALID_ARGUMENT", requestId=request_id),
                {"@type": "type.googleapis.com/google.rpc.BadRequest",
                 "fieldViolations": violations},
                {"@type": "type.googleapis.com/google.rpc.RequestInfo",
                 "requestId": request_id}))))
        refusal.index = ingest.findings.index(path)
        raise refusal

    def check_access(self, body):
        for one in body["destinations"]:
            if one["operatingAccount"]["accountId"] not in self.customers:
                raise Refusal("account", "no access", answer=auth_error(
                    "PERMISSION_DENIED"), code="PERMISSION_DENIED")

    def row(self, event):
        if not isinstance(event, dict):
            return [None] * 4
        number = event.get("transactionId")
        return [event.get("eventSource"), number,
                event.get("eventTimestamp"), number]

    def rows(self, ingest, request_id):
        ids = set()
        for index, event in enumerate(ingest.body["events"]):
            for one in ingest.targets(event):
                yield self.accepted(ingest, event, index, one, request_id,
                                    ids)

    def accepted(self, ingest, event, index, destination, request_id, ids):
        action = destination["productDestinationId"]
        account = "%s/%s" % (destination["operatingAccount"]["accountId"],
                             action)
        number = event.get("transactionId")
        place = account, number
        value = None if "conversionValue" not in event \
            else str(event["conversionValue"])
        later = self.later(ingest, event, action, place in ids)
        ids.add(place)
        # dm, Conversion adjustments: another value changes the conversion
        restates = number is not None and self.values.get(
            place, value) != value
        if number is not None:
            self.values[place] = value
        if restates:
            self.finder(ingest.verdict, index)("value: another one for the "
                                               "same transaction")
        return {
            "account": account, "event_name": event.get("eventSource"),
            "event_id": number, "event_time": rfc3339(
                event["eventTimestamp"]),
            "value": value, "currency": event.get("currency"),
            "keys": sorted(set(event.get("adIdentifiers", {})) | {
                name for person in get(event, "userData", "userIdentifiers")
                or [] for name in person}),
            "request_id": request_id, "index": index, "later": later,
            "destination": destination.get("reference", ""),
            "restates": restates, "key": number, "window": FOR_EVER}

    def later(self, ingest, event, action, twice):
        """What only processing finds, or None."""
        consent = dict(ingest.body.get("consent", {}),
                       **event.get("consent", {}))
        click = event.get("adIdentifiers", {})
        reason = None
        if twice:
            reason = "DUPLICATE_TRANSACTION_ID"
        if consent.get("adUserData") == "CONSENT_DENIED":
            reason = "DENIED_CONSENT"
        if {"gbraid", "wbraid"} & set(click) \
                and self.actions[action][1:] == ["one"]:
            reason = "ONE_PER_CLICK_CONVERSION_ACTION_NOT_PERMITTED_WITH_" \
                "BRAID"
        for name in ("gclid", "gbraid", "wbraid"):
            if not re.fullmatch("[A-Za-z0-9_-]{6,}", click.get(
                    name, "unknown")):
                reason = "INVALID_" + name.upper()
        if ingest.now - rfc3339(event["eventTimestamp"]) > CLICK_MAX:
            reason = "EVENT_TOO_OLD"
        return reason and "PROCESSING_ERROR_REASON_" + reason

    # What became of a request

    def history(self):
        for line in self.journal.lines("accepted.ndjson"):
            row = json.loads(line)
            if row["platform"] == self.name:
                yield row

    def examine_status(self, request, verdict):
        query = urllib.parse.parse_qs(request.query, True)
        if request.method != "GET" or set(query) != {"requestId"}:
            self.refuse("query", 400, "GET with requestId")
        number = query["requestId"][0]
        rows = [r for r in self.history() if r.get("request_id") == number]
        if not rows:
            self.refuse("request_id", 400, "There was a problem with the "
                        "request.", reason="INVALID_REQUEST_ID")
        verdict.answer = Answer(200, json.dumps(self.status(rows)))

    def status(self, rows, forced=None, reason=None):
        statuses = []
        young = self.clock.now() - rows[0]["time"] < float(
            self.set["processing"])
        for name in dict.fromkeys(r["destination"] for r in rows):
            mine = [r for r in rows if r["destination"] == name]
            if forced == "FAILED":
                mine = [dict(r, later=reason) for r in mine]
            one = self.outcome(name, mine)
            if young or forced == "PROCESSING":
                one = {"destination": one["destination"],
                       "requestStatus": "PROCESSING"}
            statuses.append(one)
        return {"requestStatusPerDestination": statuses}

    def outcome(self, name, rows):
        bad = [r for r in rows if r["later"]]
        counts = []
        for reason in dict.fromkeys(r["later"] for r in bad):
            which = [r["index"] for r in bad if r["later"] == reason]
            counts.append({"recordCount": str(len(which)), "reason": reason})
            if self.set["indices"] == "1":
                counts[-1]["recordIndices"] = which
        return {
            "destination": {"reference": name},
            "requestStatus": "SUCCESS" if not bad else
            "FAILED" if len(bad) == len(rows) else "PARTIAL_SUCCESS",
            "eventsIngestionStatus": {"recordCount": str(len(rows))},
            "errorInfo": {"errorCounts": counts},
            "warningInfo": {"warningCounts": []}}

    # Misbehaving

    def fault(self, action, request, verdict):
        self.request = request
        return super().fault(action, request, verdict)

    def is_ads(self):
        return "/customers/" in self.request.path

    def fault_error(self, action, verdict):
        verdict.accepted = []
        code = action.get("status", 400)
        reason = action.get("reason", "INVALID_ARGUMENT")
        words = action.get("message", "There was a problem with the request.")
        if self.is_ads():
            return ads.failure(code, action.get("code", {
                "requestError": "UNKNOWN"}), words)
        details = [info(reason, requestId="fault")]
        if "field" in action:
            details.append({
                "@type": "type.googleapis.com/google.rpc.BadRequest",
                "fieldViolations": [{"field": action["field"],
                                     "description": words,
                                     "reason": reason}]})
        return Answer(code, json.dumps(status_error(
            code, action.get("name", "INVALID_ARGUMENT"), words, *details)))

    def fault_auth(self, action, verdict):
        verdict.accepted = []
        if self.request.path.endswith("token"):
            return Answer(action.get("status", 400), json.dumps({
                "error": action.get("error", "invalid_grant"),
                "error_description": "Bad Request"}))
        reason = action.get("reason", "ACCESS_TOKEN_EXPIRED")
        if self.is_ads():
            return ads.auth_failure(reason)
        return auth_error(reason)

    def fault_forget(self, action, verdict):
        self.tokens.given.clear()
        return self.fault_auth({}, verdict)

    def fault_throttle(self, action, verdict):
        verdict.accepted = []
        if self.is_ads():
            return ads.throttle(action)
        period = {"minute": "PerMinute", "day": "PerDay"}[
            action.get("quota", "minute")]
        kind = "Read" if self.request.method == "GET" else "Mutate"
        return Answer(429, json.dumps(status_error(
            429, "RESOURCE_EXHAUSTED", "Quota exceeded.", info(
                "RATE_LIMIT_EXCEEDED", quota_limit="Ingestion%sRequests%s"
                "PerProject" % (kind, period)))))

    def fault_transient(self, action, verdict):
        verdict.accepted = []
        code = action.get("status", 503)
        name = {500: "INTERNAL", 504: "DEADLINE_EXCEEDED"}.get(
            code, "UNAVAILABLE")
        if self.is_ads():
            return ads.failure(code, {"internalError": "TRANSIENT_ERROR"},
                               "Try again.", name)
        return Answer(code, json.dumps(status_error(code, name,
                                                    "Try again.")))

    def fault_later(self, action, verdict):
        which = action.get("fail")
        for row in verdict.accepted:
            if which is None or row["index"] in which:
                row["later"] = "PROCESSING_ERROR_REASON_" + action.get(
                    "reason", "INVALID_GCLID")
        return verdict.answer

    def fault_processing(self, action, verdict, forced="PROCESSING"):
        if verdict.rule is not None \
                or "requestStatus" not in self.request.path:
            return verdict.answer
        number = urllib.parse.parse_qs(self.request.query)["requestId"][0]
        rows = [r for r in self.history() if r.get("request_id") == number]
        return Answer(200, json.dumps(self.status(
            rows, forced, "PROCESSING_ERROR_REASON_" + action.get(
                "reason", "INTERNAL_ERROR"))))

    def fault_failed(self, action, verdict):
        return self.fault_processing(action, verdict, "FAILED")

    def fault_partial(self, action, verdict):
        return ads.fault_partial(action, verdict)

    # Measuring

    def quick(self, request):
        if request.path.endswith("token"):
            return self.tokens.give([oauth.SCOPE + "datamanager"]), 0
        if request.method == "GET":
            return Answer(200, b'{"requestStatusPerDestination":[{"requestSt'
                          b'atus":"SUCCESS"}]}'), 0
        return Answer(200, b'{"requestId":"fast"}'), \
            request.body.count(self.event_mark)
