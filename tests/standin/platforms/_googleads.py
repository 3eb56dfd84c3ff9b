"""The Google Ads API's click uploads and adjustments; see google.py."""

import json
import re
from datetime import datetime

from common import (DAY, EMAIL, HASH, HOLLOW_HASHES, Members, Refusal, boolean,
                    currency, int64, integer, is_digest, number, one_of,
                    random_id, string, thing, walk)
from wire import Answer

ROWS_MAX = 2000                         # up, adj
IDENTIFIERS_MAX = 5                     # up
EXPIRES = 90 * DAY                      # up: the longest click window
ADJUSTABLE = 54 * DAY                   # adj
FOR_EVER = 10**10

TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{2}:[0-9]{2}:"
                  r"[0-9]{2})([+-][0-9]{2}:[0-9]{2})")
ACTION = re.compile(r"customers/[0-9]+/conversionActions/([0-9]+)")
VARIABLE = re.compile(r"customers/[0-9]+/conversionCustomVariables/[0-9]+")


# up, adj: names that are in no table are unknown to the JSON parser
IDENTIFIER = Members({
    "userIdentifierSource": one_of("FIRST_PARTY", "THIRD_PARTY"),
    "hashedEmail": string, "hashedPhoneNumber": string, "mobileId": string,
    "thirdPartyUserId": string, "addressInfo": Members(dict.fromkeys(
        ("hashedFirstName", "hashedLastName", "city", "state", "countryCode",
         "postalCode", "hashedStreetAddress"), string))})
KINDS = ("hashedEmail", "hashedPhoneNumber", "mobileId", "thirdPartyUserId",
         "addressInfo")
CONSENT = Members(dict.fromkeys(("adUserData", "adPersonalization"),
                                one_of("GRANTED", "DENIED")))
CART = Members({
    "merchantId": int64, "feedCountryCode": string,
    "feedLanguageCode": string, "localTransactionCost": number,
    "items": [Members({"productId": string, "quantity": integer,
                       "unitPrice": number})]})
CLICK = Members(dict.fromkeys(
    ("gclid", "gbraid", "wbraid", "conversionAction", "conversionDateTime",
     "currencyCode", "orderId", "userIpAddress",
     "sessionAttributesEncoded"), string))
CLICK.update({
    "conversionValue": number, "externalAttributionData": thing,
    "customVariables": [Members({"conversionCustomVariable": string,
                                 "value": string})],
    "cartData": CART, "userIdentifiers": [IDENTIFIER], "consent": CONSENT,
    "conversionEnvironment": one_of("APP", "WEB"),
    "customerType": one_of("NEW", "RETURNING"),
    "sessionAttributesKeyValuePairs": thing})
ADJUSTMENT = Members({
    "gclidDateTimePair": Members({"gclid": string,
                                  "conversionDateTime": string}),
    "orderId": string, "conversionAction": string,
    "adjustmentDateTime": string,
    "adjustmentType": one_of("RETRACTION", "RESTATEMENT", "ENHANCEMENT"),
    "restatementValue": Members({"adjustedValue": number,
                                 "currencyCode": string}),
    "userIdentifiers": [IDENTIFIER], "userAgent": string})


def request_of(name, row):
    return Members({name: [row], "partialFailure": boolean,
                    "validateOnly": boolean, "jobId": int64})


METHODS = {
    "uploadClickConversions": ("conversions", request_of(
        "conversions", CLICK), "conversionUploadError"),
    "uploadConversionAdjustments": ("conversionAdjustments", request_of(
        "conversionAdjustments", ADJUSTMENT),
        "conversionAdjustmentUploadError"),
}

FAILURE = "type.googleapis.com/google.ads.googleads.v%s.errors." \
    "GoogleAdsFailure"


def snake(name):
    return re.sub("[A-Z]", lambda m: "_" + m[0].lower(), name)


def error_of(code, message, path=()):
    """A GoogleAdsError; path like ("conversions", 1, "orderId")."""
    elements = []
    for part in path:
        if isinstance(part, int):
            elements[-1]["index"] = part
        else:
            elements.append({"fieldName": snake(part)})
    made = {"errorCode": code, "message": message}
    if elements:
        made["location"] = {"fieldPathElements": elements}
    return made


def failure(status, code, message, name="INVALID_ARGUMENT", version="25",
            **details):
    """The answer to a request that fails as a whole."""
    error = error_of(code, message)
    if details:
        error["details"] = details
    return Answer(status, json.dumps({"error": {
        "code": status, "message": message, "status": name, "details": [
            {"@type": FAILURE % version, "errors": [error],
             "requestId": random_id(22)}]}}))


def auth_failure(reason):
    if reason in ("CREDENTIALS_MISSING", "ACCESS_TOKEN_EXPIRED"):
        return failure(401, {"authenticationError": "OAUTH_TOKEN_INVALID"},
                       "Request had invalid authentication credentials.",
                       "UNAUTHENTICATED")
    if reason == "PERMISSION_DENIED":
        return failure(403, {"authorizationError": "USER_PERMISSION_DENIED"},
                       "User doesn't have permission to access customer.",
                       "PERMISSION_DENIED")
    return Answer(403, json.dumps({"error": {
        "code": 403, "message": "Denied.", "status": "PERMISSION_DENIED",
        "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo",
                     "reason": reason,
                     "domain": "googleads.googleapis.com"}]}}))


def throttle(action):
    # quota: the delay is in quotaErrorDetails
    if action.get("quota") == "day":
        return failure(429, {"quotaError": "RESOURCE_EXHAUSTED"},
                       "Too many requests.", "RESOURCE_EXHAUSTED")
    return failure(
        429, {"quotaError": "RESOURCE_TEMPORARILY_EXHAUSTED"},
        "Too many requests. Retry in 30 seconds.", "RESOURCE_EXHAUSTED",
        quotaErrorDetails={"rateScope": "ACCOUNT", "rateName": "Number of "
                           "operations", "retryDelay": "%ss" % action.get(
                               "seconds", 30)})


def refuse(rule, status, code, message, name="INVALID_ARGUMENT"):
    raise Refusal(rule, message, code=next(iter(code.values())),
                  answer=failure(status, code, message, name))


def unix(value):
    parts = TIME.fullmatch(value)
    try:
        return parts and int(datetime.fromisoformat(
            "T".join(parts.groups()[:2]) + parts[3]).timestamp())
    except ValueError:
        return None


def examine(plugin, request, verdict):
    customer, method = check_address(plugin, request)
    reason = plugin.token_fault(request, "adwords")
    if reason:
        raise Refusal("token", reason, code=reason,
                      answer=auth_failure(reason))
    check_customer(plugin, request, customer)
    body = plugin.read(request)
    name, table, _ = METHODS[method]
    if isinstance(body.get(name), list):
        verdict.events = [row_of(one) for one in body[name]]
    check_body(body, name, table)
    batch = Batch(plugin, customer, method, body, verdict)
    batch.run()


def check_address(plugin, request):
    match = re.fullmatch(r"/v([0-9]+)/customers/([^/:]+):(\w+)",
                         request.path)
    if not match or match[3] not in METHODS or request.method != "POST":
        raise Refusal("path", "no such method", code=404, answer=Answer(
            404, "<html><title>404</title></html>",
            content_type="text/html; charset=UTF-8"))
    version = int(match[1])
    if version < int(plugin.set["oldest"]) \
            or version > int(plugin.set["newest"]):
        refuse("version", 400, {"requestError": "UNSUPPORTED_VERSION"},
               "Version v%d is deprecated." % version)
    return match[2], match[3]


def check_customer(plugin, request, customer):
    if not re.fullmatch("[0-9]{10}", customer):
        refuse("customer", 400, {"requestError": "INVALID_CUSTOMER_ID"},
               "Invalid customer ID '%s'." % customer)
    login = request.value("login-customer-id")
    if login is not None and not re.fullmatch("[0-9]{10}", login):
        refuse("login", 400, {"headerError": "INVALID_LOGIN_CUSTOMER_ID"},
               "login-customer-id is digits only")
    if customer not in plugin.customers or (
            login is not None and login != plugin.manager) or (
            login is None and plugin.set["login"] == "1"):
        refuse("permission", 403,
               {"authorizationError": "USER_PERMISSION_DENIED"},
               "User doesn't have permission to access customer.",
               "PERMISSION_DENIED")


def check_body(body, name, table):
    for path, rule, words in walk(body, table):
        where = ".".join(str(p) for p in path)
        words = "Unknown name \"%s\": Cannot find field." % where \
            if rule == "member" else "Invalid value at '%s' %s" % (where,
                                                                   words)
        raise Refusal(rule, words, code="INVALID_ARGUMENT", answer=Answer(
            400, json.dumps({"error": {
                "code": 400, "status": "INVALID_ARGUMENT", "message":
                "Invalid JSON payload received. " + words}})))
    if not body.get(name):
        refuse("data", 400, {"requestError": "REQUIRED_FIELD_MISSING"},
               "no " + name)
    if body.get("partialFailure") is not True:
        refuse("partial", 400, {"partialFailureError":
                                "PARTIAL_FAILURE_MODE_REQUIRED"},
               "partial_failure must be true")
    kind = METHODS["uploadClickConversions" if name == "conversions" else
                   "uploadConversionAdjustments"][2]
    if len(body[name]) > ROWS_MAX:
        refuse("data", 400, {kind: "TOO_MANY_CONVERSIONS_IN_REQUEST" if name
                             == "conversions" else
                             "TOO_MANY_ADJUSTMENTS_IN_REQUEST"},
               "more than 2000")
    if "jobId" in body and not 1 <= int(body["jobId"]) < 2**31:
        refuse("job", 400, {kind: "INVALID_JOB_ID"}, "jobId from 1")


def row_of(one):
    if not isinstance(one, dict):
        return [None] * 4
    return [one.get("conversionAction"), one.get("orderId"),
            one.get("conversionDateTime") or one.get("adjustmentDateTime"),
            one.get("orderId")]


class Batch:
    """Rows are good or bad each for itself."""

    def __init__(self, plugin, customer, method, body, verdict):
        self.plugin = plugin
        self.customer = customer
        self.name, _, self.kind = METHODS[method]
        self.check_row = self.click if self.name == "conversions" \
            else self.adjustment
        self.body = body
        self.verdict = verdict
        self.now = plugin.clock.now()
        self.errors = []
        self.ids = set()

    def bad(self, member, code, words, kind=None):
        """The row breaks a rule; what is None: the row as a whole."""
        path = (self.name, self.index) + ((member,) if member else ())
        self.errors.append(error_of({kind or self.kind: code}, words, path))
        if self.verdict.rule is None:
            self.verdict.rule = "google." + code.lower()
            self.verdict.reason = words
            self.verdict.index = self.index
            self.verdict.codes = {"code": code}
        self.verdict.failed.append([self.index, "google." + code.lower(),
                                    code])

    def run(self):
        results = []
        for self.index, row in enumerate(self.body[self.name]):
            before = len(self.errors)
            self.found = self.plugin.finder(self.verdict, self.index)
            try:
                made = self.check_row(row)
            except Refusal as refusal:  # --strict
                self.bad(None, "UNKNOWN", refusal.reason)
                self.verdict.rule = "google." + refusal.rule
            if len(self.errors) > before:
                results.append({})
                continue
            results.append({n: row[n] for n in (
                "gclid", "gbraid", "wbraid", "conversionAction",
                "conversionDateTime", "orderId", "adjustmentType",
                "adjustmentDateTime") if n in row})
            if not self.body.get("validateOnly"):
                self.verdict.accepted.append(made)
        self.verdict.answer = self.answer(results)

    def answer(self, results):
        made = {}
        if self.errors:
            made["partialFailureError"] = {
                "code": 3, "message": "Multiple errors in ‘details’. First "
                "error: " + self.errors[0]["message"],
                "details": [{"@type": FAILURE % "25", "errors": self.errors,
                             "requestId": random_id(22)}]}
        if not self.body.get("validateOnly"):
            made["results"] = results
        made["jobId"] = str(self.body.get("jobId", 2**31 + 4711))
        return Answer(200, json.dumps(made))

    def time(self, member, value, past=None):
        if value is None:
            self.bad(member, "REQUIRED", "is missing", "fieldError")
            return None
        when = unix(value)
        if when is None:
            self.bad(member, "INVALID_STRING_DATE_TIME_SECONDS_WITH_OFFSET",
                     "yyyy-mm-dd hh:mm:ss+|-hh:mm", "dateError")
        elif when > self.now + 60:
            self.bad(member, "LATER_THAN_MAXIMUM_DATE", "in the future",
                     "dateError")
        return when

    def action(self, row):
        """(number, type) of the conversion action; None if there is none."""
        name = row.get("conversionAction")
        if name is None:
            self.bad("conversionAction", "REQUIRED", "is missing",
                     "fieldError")
            return None, None
        match = ACTION.fullmatch(name)
        if not match or match[1] not in self.plugin.actions:
            self.bad("conversionAction", "NO_CONVERSION_ACTION_FOUND",
                     "no such action")
            return None, None
        return match[1], self.plugin.actions[match[1]][0]

    def people(self, row, kinds):
        people = row.get("userIdentifiers", [])
        if len(people) > IDENTIFIERS_MAX:
            self.bad("userIdentifiers", "INVALID_USER_IDENTIFIER",
                     "more than 5")
        for one in people:
            has = [k for k in KINDS if k in one]
            if len(has) != 1 or has[0] not in kinds:
                self.bad("userIdentifiers", "UNSUPPORTED_USER_IDENTIFIER",
                         "not for conversions")
            place = one.get("addressInfo", {})
            for holder, name in ((one, "hashedEmail"),
                                 (one, "hashedPhoneNumber"),
                                 (place, "hashedFirstName"),
                                 (place, "hashedLastName"),
                                 (place, "hashedStreetAddress")):
                value = holder.get(name)
                if value is not None and (
                        not HASH.fullmatch(value.lower())
                        or value.lower() in HOLLOW_HASHES):
                    self.bad("userIdentifiers", "INVALID_USER_IDENTIFIER",
                             "not a SHA-256 in hexadecimal")
            for name in ("city", "state", "countryCode", "postalCode"):
                if is_digest(place.get(name)):
                    self.bad("userIdentifiers", "INVALID_USER_IDENTIFIER",
                             name + " is plain")

    def order(self, row):
        if EMAIL.search(row.get("orderId", "")):
            self.bad("orderId", "ORDER_ID_CONTAINS_PII", "an address")

    def currency(self, member, code):
        if code is not None and currency(code):
            self.bad(member, "UNSUPPORTED", "ISO 4217", "currencyCodeError")

    def made(self, row, action, key, when, **more):
        return dict({
            "account": "%s/%s" % (self.customer, action),
            "event_name": row.get("adjustmentType", "CLICK"),
            "event_id": row.get("orderId"), "event_time": when,
            "keys": sorted(set(row) & {"gclid", "gbraid", "wbraid"} | {
                k for one in row.get("userIdentifiers", []) for k in one}),
            "index": self.index, "key": key, "window": FOR_EVER}, **more)

    # Clicks

    def click(self, row):
        if self.plugin.set["allowlisted"] != "1":
            self.bad(None, "CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE",
                     "Use the Data Manager API.", "notAllowlistedError")
            return None
        action, kind = self.action(row)
        if kind not in (None, "UPLOAD_CLICKS"):
            self.bad("conversionAction", "INVALID_CONVERSION_ACTION_TYPE",
                     "not for clicks")
        when = self.time("conversionDateTime", row.get("conversionDateTime"))
        if when is not None and self.now - when > EXPIRES:
            self.bad("conversionDateTime", "EXPIRED_EVENT", "too old")
        self.identifiers(row, action)
        self.people(row, ("hashedEmail", "hashedPhoneNumber"))
        self.order(row)
        self.currency("currencyCode", row.get("currencyCode"))
        self.extras(row)
        key = self.key(row, action, when)
        value = row.get("conversionValue")
        return self.made(row, action, key, when,
                         value=None if value is None else str(value),
                         currency=row.get("currencyCode"))

    def identifiers(self, row, action):
        clicks = [n for n in ("gclid", "gbraid", "wbraid") if n in row]
        if not clicks and not row.get("userIdentifiers"):
            self.bad(None, "REQUIRED", "no identifier", "fieldError")
        if "gbraid" in row and "wbraid" in row:
            self.bad("gbraid", "GBRAID_WBRAID_BOTH_SET", "one of them")
        if clicks and clicks != ["gclid"] \
                and self.plugin.actions.get(action, "")[1:] == ["one"]:
            self.bad("gbraid", "ONE_PER_CLICK_CONVERSION_ACTION_NOT_"
                     "PERMITTED_WITH_BRAID", "not with one per click")
        for name in clicks:
            if not re.fullmatch("[A-Za-z0-9_-]{6,}", row[name]):
                self.bad(name, "UNPARSEABLE_" + name.upper(), "no click id")
        if clicks[1:]:
            self.found("braids: beside a gclid")

    def extras(self, row):
        if "externalAttributionData" in row:
            self.bad("externalAttributionData", "EXTERNAL_ATTRIBUTION_DATA_"
                     "SET_FOR_NON_EXTERNALLY_ATTRIBUTED_CONVERSION_ACTION",
                     "not for this action")
        if self.plugin.set["session_allowlisted"] != "1":
            for name in ("userIpAddress", "sessionAttributesEncoded",
                         "sessionAttributesKeyValuePairs"):
                if name in row:
                    self.bad(name, "CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_"
                             "FEATURE", "closed", "notAllowlistedError")
        for one in row.get("customVariables", []):
            if not VARIABLE.fullmatch(one.get("conversionCustomVariable",
                                              "")):
                self.bad("customVariables", "CUSTOM_VARIABLE_NOT_ENABLED",
                         "no such variable")
            if EMAIL.search(one.get("value", "")):
                self.bad("customVariables", "CUSTOM_VARIABLE_VALUE_CONTAINS_"
                         "PII", "an address")
        if "adPersonalization" in row.get("consent", {}):
            self.found("consent: adPersonalization is not for uploads")

    def key(self, row, action, when):
        """up: the order id for ever, or the click at its second."""
        account = "%s/%s" % (self.customer, action)
        order = row.get("orderId")
        click = row.get("gclid") or row.get("gbraid") or row.get("wbraid")
        key = order if order is not None else \
            click and "%s/%s" % (click, when)
        twice, again = ("DUPLICATE_ORDER_ID", "ORDER_ID_ALREADY_IN_USE") \
            if order is not None else ("DUPLICATE_CLICK_CONVERSION_IN_"
                                       "REQUEST",
                                       "CLICK_CONVERSION_ALREADY_EXISTS")
        if key is None:
            return None
        if (action, key) in self.ids:
            self.bad("orderId" if order else None, twice, "twice")
        elif self.plugin.seen(account, key) is not None:
            self.bad("orderId" if order else None, again, "was there")
        self.ids.add((action, key))
        return key

    # Adjustments

    def adjustment(self, row):
        kind = row.get("adjustmentType")
        pair = row.get("gclidDateTimePair")
        order = row.get("orderId")
        action, of = self.action(row)
        if kind is None:
            self.bad("adjustmentType", "REQUIRED", "is missing",
                     "fieldError")
        if kind == "ENHANCEMENT" and of not in (None, "WEBPAGE"):
            self.bad("conversionAction", "CONVERSION_ACTION_NOT_ELIGIBLE_"
                     "FOR_ENHANCEMENT", "WEBPAGE only")
        if order is None and (of == "WEBPAGE" or kind == "ENHANCEMENT"):
            self.bad("orderId", "MISSING_ORDER_ID_FOR_WEBPAGE", "needed")
        elif order is None and pair is None:
            self.bad("orderId", "REQUIRED", "no key", "fieldError")
        if order is not None and pair is not None and kind != "ENHANCEMENT":
            self.bad("orderId", "GCLID_DATE_TIME_PAIR_AND_ORDER_ID_BOTH_SET",
                     "one of them")
        happened = None
        if pair is not None:
            happened = self.time("gclidDateTimePair",
                                 pair.get("conversionDateTime"))
        self.order(row)
        self.people(row, KINDS[:2] + ("addressInfo",))
        when = self.members(row, kind)
        key = order if order is not None else pair and "%s/%s" % (
            pair.get("gclid"), happened)
        if action and key and not self.errors_here():
            self.against(kind, action, of, key, when, happened)
        return self.made(row, action, "%s/%s/%s" % (
            kind, key, row.get("adjustmentDateTime", "")), when,
            adjusts=key, value=None if kind != "RESTATEMENT" else str(
                row.get("restatementValue", {}).get("adjustedValue")))

    def errors_here(self):
        return any(f[0] == self.index for f in self.verdict.failed)

    def members(self, row, kind):
        """Which type wants and bars what; the adjustment's time."""
        when = None
        if kind in ("RESTATEMENT", "RETRACTION"):
            when = self.time("adjustmentDateTime",
                             row.get("adjustmentDateTime"))
            for name in ("userIdentifiers", "userAgent"):
                if name in row:
                    self.bad(name, "VALUE_MUST_BE_UNSET", "ENHANCEMENT only",
                             "fieldError")
        if kind == "RESTATEMENT":
            value = row.get("restatementValue", {})
            if "adjustedValue" not in value:
                self.bad("restatementValue", "REQUIRED", "is missing",
                         "fieldError")
            self.currency("restatementValue", value.get("currencyCode"))
        elif "restatementValue" in row:
            self.bad("restatementValue", "VALUE_MUST_BE_UNSET",
                     "RESTATEMENT only", "fieldError")
        if kind == "ENHANCEMENT" and "userAgent" in row \
                and not row.get("userIdentifiers"):
            self.bad("userAgent", "VALUE_MUST_BE_UNSET",
                     "only with userIdentifiers", "fieldError")
        return when

    def against(self, kind, action, of, key, when, happened):
        """What the conversion and its earlier adjustments allow."""
        account = "%s/%s" % (self.customer, action)
        rows = [r for r in self.plugin.history() if r["account"] == account]
        earlier = [r for r in rows if r.get("adjusts") == key]
        first = [r for r in rows if r["key"] == key]
        if (kind, action, key) in self.ids:
            self.bad(None, "DUPLICATE_ENHANCEMENT_IN_REQUEST" if kind ==
                     "ENHANCEMENT" else "DUPLICATE_ADJUSTMENT_IN_REQUEST",
                     "twice")
        self.ids.add((kind, action, key))
        if of == "UPLOAD_CLICKS" and not first:
            self.bad(None, "CONVERSION_NOT_FOUND", "no such conversion")
        if first:
            happened = first[0]["event_time"]
        if happened is not None and self.now - happened > ADJUSTABLE:
            self.bad(None, "CONVERSION_EXPIRED", "older than 54 days")
        if None not in (when, happened) and when < happened:
            self.bad("adjustmentDateTime", "ADJUSTMENT_PRECEDES_CONVERSION",
                     "before it")
        names = [r["event_name"] for r in earlier]
        if "RETRACTION" in names:
            self.bad(None, "CONVERSION_ALREADY_RETRACTED", "gone")
        elif kind == "ENHANCEMENT" and kind in names:
            self.bad(None, "CONVERSION_ALREADY_ENHANCED", "done")
        times = [r["event_time"] for r in earlier
                 if r["event_name"] == "RESTATEMENT"]
        if kind == "RESTATEMENT" and when in times:
            self.bad(None, "RESTATEMENT_ALREADY_EXISTS", "done")
        elif kind == "RESTATEMENT" and times and max(times) > when:
            self.bad(None, "MORE_RECENT_RESTATEMENT_FOUND", "newer")


def fault_partial(action, verdict):
    """Good rows fail by the word of the plan."""
    if verdict.rule is not None or not verdict.accepted:
        return verdict.answer
    which = action.get("fail", [len(verdict.events) - 1])
    code = action.get("code", {"conversionUploadError": "EVENT_NOT_FOUND"})
    body = json.loads(verdict.answer.body)
    name = "conversion_adjustments" if "Adjustment" in next(iter(code)) \
        else "conversions"
    body["partialFailureError"] = {
        "code": 3, "message": "fault", "details": [{
            "@type": FAILURE % "25", "requestId": random_id(22), "errors": [
                error_of(code, "fault", (name, index))
                for index in which]}]}
    for index in which:
        body["results"][index] = {}
        verdict.failed.append([index, "fault", next(iter(code.values()))])
    verdict.accepted = [r for r in verdict.accepted
                        if r["index"] not in which]
    return Answer(200, json.dumps(body))
