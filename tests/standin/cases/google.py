"""Expectations from Google's pages (Understand errors, Diagnostics, Partial
failures, Deprecations) and protos; digests as Google publishes them.  The
assertions are signed by the openssl command."""

import base64
import json
import subprocess
import time
import unittest
import urllib.parse

from harness import DAY, EMPTY, PlatformCase, add_tests, change

CUSTOMER = "1234567890"
ACTION = "6543210987"
INGEST = "/v1/events:ingest"
# alexz@example.com, +18005550100, john, smith-jones
EM = "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a"
EM64 = "UJ6TMBm7KFoTSpM0uLtnnf950M4CPVKa9L10TUe0/Yo="
PH = "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30"
GIVEN = "96d9632f363564cc3032521409cf22a852f2032eec099ed5967c0d000cec607a"
FAMILY = "db98d2607efffa28aff66975868bf54c075eca7157e35064dce08e20b85b1081"
DM = "https://www.googleapis.com/auth/datamanager"
ADS = "https://www.googleapis.com/auth/adwords"
FAILURE = "type.googleapis.com/google.ads.googleads.v25.errors." \
    "GoogleAdsFailure"


def stamp(seconds=60, form="%Y-%m-%dT%H:%M:%SZ"):
    return time.strftime(form, time.gmtime(time.time() - seconds))


def adstime(seconds=60):
    return stamp(seconds, "%Y-%m-%d %H:%M:%S+00:00")


def event(**changes):
    return change({
        "destinationReferences": ["purchase"], "transactionId": "A-10023",
        "eventTimestamp": stamp(), "lastUpdatedTimestamp": stamp(0),
        "eventSource": "WEB", "currency": "EUR", "conversionValue": 119.9,
        "adIdentifiers": {"gclid": "EAIaIQobChMI", "landingPageDeviceInfo": {
            "userAgent": "Mozilla/5.0", "ipAddress": "203.0.113.7"}},
        "userData": {"userIdentifiers": [
            {"emailAddress": EM}, {"phoneNumber": PH}, {"address": {
                "givenName": GIVEN, "familyName": FAMILY, "regionCode": "DE",
                "postalCode": "10115"}}]},
        "customVariables": [{"variable": "channel", "value": "shop"}],
        "cartData": {"merchantId": "5566778", "items": [
            {"merchantProductId": "SKU-1", "quantity": "2",
             "unitPrice": 59.95}]}}, changes)


def body(*events, **changes):
    return change({
        "destinations": [{
            "reference": "purchase", "productDestinationId": ACTION,
            "operatingAccount": {"accountType": "GOOGLE_ADS",
                                 "accountId": CUSTOMER},
            "loginAccount": {"accountType": "GOOGLE_ADS",
                             "accountId": "9876543210"}}],
        "encoding": "HEX", "events": list(events),
        "consent": {"adUserData": "CONSENT_GRANTED",
                    "adPersonalization": "CONSENT_DENIED"}}, changes)


class Case(PlatformCase):
    platform = "google"
    path = INGEST
    headers = {"Authorization": "Bearer standin-google-token"}

    def ok(self, sent, **how):
        answer, got = self.send(sent, **how)
        self.assertEqual(answer.status, 200, got)
        self.assertTrue(got["requestId"])
        return got, self.new()

    def status(self, number):
        answer, got = self.send("", "/v1/requestStatus:retrieve?requestId="
                                + number, "GET")
        self.assertEqual(answer.status, 200, got)
        return got["requestStatusPerDestination"]

    def outcome(self, sent):
        got, _ = self.ok(sent)
        one, = self.status(got["requestId"])
        return one["requestStatus"], [
            (c["reason"], c["recordCount"], c.get("recordIndices"))
            for c in one["errorInfo"]["errorCounts"]]

    def violations(self, sent):
        answer, got = self.send(sent)
        self.assertEqual(answer.status, 400, got)
        error = got["error"]
        self.assertEqual((error["code"], error["status"]),
                         (400, "INVALID_ARGUMENT"))
        kinds = [d["@type"].rsplit(".", 1)[1] for d in error["details"]]
        self.assertEqual(kinds, ["ErrorInfo", "BadRequest", "RequestInfo"])
        self.assertEqual(self.new(), [])
        self.assertEqual(self.server.last()["decision"], "refused")
        return error["details"][1]["fieldViolations"]

    def refused(self, one, reason, field=""):
        """As the second of three: its index is in the path."""
        found = self.violations(body(event(), one, event()))
        self.assertEqual({v.get("reason") for v in found}, {reason})
        for v in found:
            self.assertTrue(v["field"].startswith("events.events[1]"), v)
        self.assertTrue(found[0]["field"].endswith(field), found[0])

    def wrong(self, sent, reason, field):
        found = self.violations(sent)
        self.assertIn((reason, field), [(v.get("reason"), v["field"])
                                        for v in found])


class GoogleAccepts(Case):
    def test_the_example(self):
        got, (row,) = self.ok(body(event()))
        self.assertNotIn("fieldWarnings", got)
        self.assertEqual((row["key"], row["account"]),
                         ("A-10023", CUSTOMER + "/" + ACTION))

    def test_samples(self):
        for sentence, one in {
            "an offset": event(eventTimestamp="2026-01-01T10:11:12+01:00"),
            "a fraction": event(eventTimestamp="2026-01-01T10:11:12.5Z"),
            "upper-case hex": event(
                userData__userIdentifiers=[{"emailAddress": EM.upper()}]),
            "a click alone": event(userData=None),
            "people alone": event(adIdentifiers=None),
            "quantity a number": event(cartData__items__0__quantity=2),
            "no references": event(destinationReferences=None),
        }.items():
            with self.subTest(sentence):
                self.ok(body(one))

    def test_base64(self):
        one = event(userData__userIdentifiers=[{"emailAddress": EM64}])
        self.ok(body(one, encoding="BASE64"))

    def test_two_thousand(self):
        self.ok(body(*[event(transactionId="b%d" % i)
                       for i in range(2000)]))

    def test_validate_only(self):
        got, rows = self.ok(body(event(), validateOnly=True))
        self.assertTrue(got["requestId"].startswith("v-"))
        self.assertEqual(rows, [])
        answer, got = self.send("", "/v1/requestStatus:retrieve?requestId="
                                + got["requestId"], "GET")
        self.assertEqual(answer.status, 400)
        self.assertEqual(got["error"]["details"][0]["reason"],
                         "INVALID_REQUEST_ID")

    def test_an_id_again_is_an_adjustment(self):
        _, rows = self.ok(body(event(transactionId="r1")))
        self.assertFalse(rows[0]["repeat"] or rows[0]["restates"])
        _, rows = self.ok(body(event(transactionId="r1")))
        self.assertEqual((rows[0]["repeat"], rows[0]["restates"]),
                         (True, False))
        _, rows = self.ok(body(event(transactionId="r1",
                                     conversionValue=1)))
        self.assertEqual((rows[0]["repeat"], rows[0]["restates"]),
                         (True, True))
        _, rows = self.ok(body(event(transactionId="r1"),
                               destinations__0__productDestinationId="777"))
        self.assertFalse(rows[0]["repeat"])

    def test_warnings(self):
        got, rows = self.ok(body(event(
            adIdentifiers={"gbraid": "0AAAAA"},
            cartData={"items": [{}]})))
        self.assertEqual([(w["reason"], w["field"])
                          for w in got["fieldWarnings"]], [
            ("WARNING_REASON_CART_DATA_NOT_SUPPORTED_WITH_GBRAID_OR_WBRAID",
             "events.events[0].cart_data"),
            ("WARNING_REASON_CART_DATA_ITEM_MERCHANT_PRODUCT_ID_MISSING",
             "events.events[0].cart_data.items[0]"),
            ("WARNING_REASON_CART_DATA_ITEM_UNIT_PRICE_MISSING",
             "events.events[0].cart_data.items[0]")])
        self.assertEqual(len(rows), 1)

    def test_two_destinations(self):
        sent = body(event(destinationReferences=None),
                    event(transactionId="x"))
        second = dict(sent["destinations"][0], reference="other",
                      productDestinationId="777")
        sent["destinations"].append(second)
        got, rows = self.ok(sent)
        self.assertEqual([(r["index"], r["destination"]) for r in rows],
                         [(0, "purchase"), (0, "other"), (1, "purchase")])
        self.assertEqual([s["destination"]["reference"] for s in
                          self.status(got["requestId"])],
                         ["purchase", "other"])

    def test_the_configuration(self):
        found = self.server.config("google")
        self.assertEqual(found["access_token_file holds"],
                         "standin-google-token")
        self.assertEqual((found["customer_id"], found["login_customer_id"],
                          found["conversion_action_id"]),
                         (CUSTOMER, "9876543210", ACTION))

    def test_findings(self):
        for one, word in (
                (event(transactionId=None), "transaction_id: missing"),
                (event(transactionId="undefined"),
                 "transaction_id: a placeholder"),
                (event(currency=None), "currency"),
                (event(adIdentifiers__gbraid="0AAAAA"), "braids"),
                (event(userData__userIdentifiers__2__address__city="x"),
                 "address")):
            self.ok(body(one))
            self.assertIn(word, str(self.server.last()["findings"]))


class GoogleLater(Case):
    def test_outcomes(self):
        prefix = "PROCESSING_ERROR_REASON_"
        bad = {
            "EVENT_TOO_OLD": event(transactionId="o",
                                   eventTimestamp=stamp(91 * DAY)),
            "INVALID_GCLID": event(transactionId="g",
                                   adIdentifiers__gclid="no id"),
            "DENIED_CONSENT": event(transactionId="c", consent={
                "adUserData": "CONSENT_DENIED"}),
            "DUPLICATE_TRANSACTION_ID": event(),
        }
        self.assertEqual(self.outcome(body(event())), ("SUCCESS", []))
        self.assertEqual(
            self.outcome(body(event(), *bad.values())),
            ("PARTIAL_SUCCESS", [(prefix + reason, "1", [i + 1])
                                 for i, reason in enumerate(bad)]))
        self.assertEqual(
            self.outcome(body(bad["INVALID_GCLID"])),
            ("FAILED", [(prefix + "INVALID_GCLID", "1", [0])]))
        self.assertEqual(self.outcome(body(event(
            eventTimestamp=stamp(89 * DAY)))), ("SUCCESS", []))

    def test_one_per_click(self):
        sent = body(event(adIdentifiers={"wbraid": "0AAAAA"}),
                    destinations__0__productDestinationId="778")
        self.assertEqual(self.outcome(sent)[1][0][0], "PROCESSING_ERROR_"
                         "REASON_ONE_PER_CLICK_CONVERSION_ACTION_NOT_"
                         "PERMITTED_WITH_BRAID")

    def test_faults(self):
        self.plan(
            {"do": "later", "reason": "CLICK_NOT_FOUND", "fail": [1]},
            {"do": "processing", "when": {"path": "requestStatus"}},
            {"do": "failed", "when": {"path": "requestStatus"}})
        got, rows = self.ok(body(event(), event(transactionId="l2")))
        self.assertEqual([r["later"] for r in rows], [
            None, "PROCESSING_ERROR_REASON_CLICK_NOT_FOUND"])
        number = got["requestId"]
        self.assertEqual(self.status(number)[0]["requestStatus"],
                         "PROCESSING")
        self.assertEqual(self.status(number)[0]["requestStatus"], "FAILED")
        one = self.status(number)[0]
        self.assertEqual(one["requestStatus"], "PARTIAL_SUCCESS")
        self.assertEqual(one["eventsIngestionStatus"]["recordCount"], "2")

    def test_unknown_requests(self):
        for query in ("?requestId=none", "", "?requestId=a&b=c"):
            answer, _ = self.send("", "/v1/requestStatus:retrieve" + query,
                                  "GET")
            self.assertEqual(answer.status, 400)


REFUSED = {
    "no eventTimestamp": (event(eventTimestamp=None),
                          "REQUIRED_FIELD_MISSING", ".event_timestamp"),
    "no offset": (event(eventTimestamp="2026-01-01T10:11:12"),
                  "INVALID_FORMAT", ".event_timestamp"),
    "the time of the Ads API": (
        event(eventTimestamp="2026-01-01 10:11:12+01:00"), "INVALID_FORMAT"),
    "the 30th of February": (event(eventTimestamp="2026-02-30T00:00:00Z"),
                             "INVALID_FORMAT"),
    "the future": (lambda: event(eventTimestamp=stamp(-120)),
                   "EVENT_TIME_INVALID"),
    "an address as id": (event(transactionId="jo@example.com"),
                         "INVALID_EVENT", ".transaction_id"),
    "an id that is a number": (event(transactionId=10023), "INVALID_FORMAT"),
    "no eventSource": (event(eventSource=None), "REQUIRED_FIELD_MISSING",
                       ".event_source"),
    "eventSource web": (event(eventSource="web"), "INVALID_ENUM_VALUE"),
    "eventSource unspecified": (
        event(eventSource="EVENT_SOURCE_UNSPECIFIED"), "INVALID_ENUM_VALUE"),
    "nobody": (event(userData=None, adIdentifiers=None),
               "NO_IDENTIFIERS_PROVIDED"),
    "a device alone": (event(userData=None, adIdentifiers__gclid=None),
                       "NO_IDENTIFIERS_PROVIDED"),
    "eleven identifiers": (
        event(userData__userIdentifiers=[{"emailAddress": EM}] * 11),
        "TOO_MANY_USER_IDENTIFIERS"),
    "two in one": (event(userData__userIdentifiers=[
        {"emailAddress": EM, "phoneNumber": PH}]), "INVALID_FORMAT",
        ".user_data.user_identifiers[0]"),
    "a plain address": (
        event(userData__userIdentifiers=[{"emailAddress": "a@example.com"}]),
        "INVALID_HEX_ENCODING",
        ".user_data.user_identifiers[0].email_address"),
    "base64 as hex": (
        event(userData__userIdentifiers=[{"emailAddress": EM64}]),
        "INVALID_HEX_ENCODING"),
    "MD5": (event(userData__userIdentifiers=[{"phoneNumber": "a" * 32}]),
            "INVALID_SHA256_FORMAT"),
    "the hash of nothing": (
        event(userData__userIdentifiers=[{"phoneNumber": EMPTY}]),
        "INVALID_SHA256_FORMAT"),
    "a plain name": (
        event(userData__userIdentifiers__2__address__givenName="John"),
        "INVALID_HEX_ENCODING", ".address.given_name"),
    "an address without a name": (
        event(userData__userIdentifiers__2__address__familyName=None),
        "REQUIRED_FIELD_MISSING", ".address.family_name"),
    "regionCode de": (
        event(userData__userIdentifiers__2__address__regionCode="de"),
        "INVALID_REGION_CODE"),
    "a hashed postal code": (
        event(userData__userIdentifiers__2__address__postalCode=EM),
        "INVALID_POSTAL_CODE"),
    "gbraid and wbraid": (event(adIdentifiers={
        "gbraid": "0AAAAA", "wbraid": "0AAAAA"}, cartData=None),
        "INVALID_EVENT", ".ad_identifiers"),
    "a hashed gclid": (event(adIdentifiers__gclid=EM), "INVALID_FORMAT"),
    "an empty gclid": (event(adIdentifiers__gclid=""), "INVALID_FORMAT"),
    "a hashed ip": (
        event(adIdentifiers__landingPageDeviceInfo__ipAddress=EM),
        "INVALID_FORMAT", ".landing_page_device_info.ip_address"),
    "value text": (event(conversionValue="119.9"), "INVALID_NUMBER_FORMAT"),
    "value negative": (event(conversionValue=-1), "INVALID_NUMBER_FORMAT"),
    "currency eur": (event(currency="eur"), "INVALID_CURRENCY_CODE"),
    "an unknown variable": (event(customVariables__0__variable="x"),
                            "CUSTOM_VARIABLE_NOT_FOUND"),
    "a person in a variable": (
        event(customVariables__0__value="jo@example.com"),
        "CUSTOM_VARIABLE_VALUE_CONTAINS_PII"),
    "merchantId": (event(cartData__merchantId="shop"),
                   "INVALID_MERCHANT_ID"),
    "an empty coupon": (event(cartData__couponCodes=[""]),
                        "INVALID_COUPON_CODE"),
    "quantity 1.5": (event(cartData__items__0__quantity=1.5),
                     "INVALID_NUMBER_FORMAT"),
    "consent GRANTED": (event(consent={"adUserData": "GRANTED"}),
                        "INVALID_ENUM_VALUE"),
    "an unknown reference": (event(destinationReferences=["x"]),
                             "INVALID_DESTINATION"),
    "Analytics": (event(eventName="purchase"), "INVALID_EVENT"),
    "third parties": (event(thirdPartyUserData={}),
                      "THIRD_PARTY_USER_DATA_NOT_ALLOWED"),
    "a name of the Ads API": (event(orderId="1"), None, ".order_id"),
}

DESTINATION = "destinations__0__"
WRONG = {
    "no destinations": (body(event(), destinations=[]),
                        "REQUIRED_FIELD_MISSING", "destinations"),
    "eleven destinations": (
        body(event(), destinations=body()["destinations"] * 11),
        "TOO_MANY_DESTINATIONS", "destinations"),
    "one reference twice": (
        body(event(), destinations=body()["destinations"] * 2),
        "DUPLICATE_DESTINATION_REFERENCE",
        "destinations.destinations[1].reference"),
    "hyphens": (
        body(event(), **{DESTINATION + "operatingAccount__accountId":
                         "123-456-7890"}), "INVALID_FORMAT",
        "destinations.destinations[0].operating_account.account_id"),
    "GOOGLE_ADS_ACCOUNT": (
        body(event(), **{DESTINATION + "operatingAccount__accountType":
                         "GOOGLE_ADS_ACCOUNT"}), "INVALID_ENUM_VALUE",
        "destinations.destinations[0].operating_account.account_type"),
    "DATA_PARTNER": (
        body(event(), **{DESTINATION + "operatingAccount__accountType":
                         "DATA_PARTNER"}),
        "DESTINATION_ACCOUNT_TYPE_MISMATCH",
        "destinations.destinations[0].operating_account.account_type"),
    "a foreign manager": (
        body(event(), **{DESTINATION + "loginAccount__accountId": "1"}),
        "OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH",
        "destinations.destinations[0].login_account"),
    "linkedAccount": (
        body(event(), **{DESTINATION + "linkedAccount": {
            "accountType": "GOOGLE_ADS", "accountId": "1"}}),
        "LINKED_ACCOUNT_ONLY_ALLOWED_WITH_DATA_PARTNER_LOGIN_ACCOUNT",
        "destinations.destinations[0].linked_account"),
    "a resource name": (
        body(event(), **{DESTINATION + "productDestinationId":
                         "customers/1/conversionActions/2"}),
        "INVALID_DESTINATION",
        "destinations.destinations[0].product_destination_id"),
    "an unknown action": (
        body(event(), **{DESTINATION + "productDestinationId": "1"}),
        "INVALID_CONVERSION_ACTION_ID",
        "destinations.destinations[0].product_destination_id"),
    "an action for calls": (
        body(event(), **{DESTINATION + "productDestinationId": "779"}),
        "INVALID_CONVERSION_ACTION_TYPE",
        "destinations.destinations[0].product_destination_id"),
    "no events": (body(), "REQUIRED_FIELD_MISSING", "events"),
    "2001 events": (body(*[event()] * 2001), "TOO_MANY_EVENTS", "events"),
    "no encoding": (body(event(), encoding=None), "REQUIRED_FIELD_MISSING",
                    "encoding"),
    "encoding hex": (body(event(), encoding="hex"), "INVALID_ENUM_VALUE",
                     "encoding"),
    "no base64": (body(event(), encoding="BASE64", events__0__userData={
        "userIdentifiers": [{"emailAddress": "%%%"}]}),
        "INVALID_BASE64_ENCODING", "events.events[0].user_data."
        "user_identifiers[0].email_address"),
    "a top-level member": (body(event(), jobId=1), None, "job_id"),
    "a tag without an id": (
        body(event(transactionId=None), **{DESTINATION +
             "productDestinationId": "777"}), "REQUIRED_FIELD_MISSING",
        "events.events[0].transaction_id"),
    "a store at a tag's action": (
        body(event(eventSource="IN_STORE"), **{DESTINATION +
             "productDestinationId": "777"}),
        "EVENT_SOURCE_AND_DESTINATION_MISMATCH",
        "events.events[0].event_source"),
}


class GoogleRefuses(Case):
    def test_all_violations_at_once(self):
        found = self.violations(body(event(currency="x"), event(),
                                     event(eventSource=None)))
        self.assertEqual([v["field"] for v in found], [
            "events.events[0].currency", "events.events[2].event_source"])
        self.assertEqual([f[0] for f in self.server.last()["failed"]],
                         [0, 2])

    def test_an_unknown_name(self):
        answer, got = self.send(body(event(), partialFailure=True))
        self.assertIn("Unknown name \"partialFailure\"",
                      got["error"]["message"])

    def test_bodies(self):
        for sent, how in (("{", {}), ("[]", {}),
                          (body(event()), {"Content_Type": "text/plain"}),
                          (body(event()), {"Content_Encoding": "gzip"})):
            answer, got = self.send(sent, **how)
            self.assertEqual(answer.status, 400)
            self.assertIn("Invalid JSON payload", got["error"]["message"])
        answer, got = self.send(body(event()), INGEST
                                + "?access_token=standin-google-token")
        self.assertEqual(answer.status, 400)
        self.rule("token-in-url")
        self.assertEqual(self.send("", method="GET")[0].status, 404)

    def test_another_account(self):
        answer, got = self.send(body(event(), **{
            DESTINATION + "operatingAccount__accountId": "1111111111"}))
        self.assertEqual((answer.status, got["error"]["status"]),
                         (403, "PERMISSION_DENIED"))
        self.assertEqual(self.new(), [])

    def test_no_token(self):
        for value in (None, "Bearer wrong", "standin-google-token"):
            answer, got = self.send(body(event()), Authorization=value)
            self.assertEqual((answer.status, got["error"]["status"]),
                             (401, "UNAUTHENTICATED"))


add_tests(GoogleRefuses, REFUSED, "refused")
add_tests(GoogleRefuses, WRONG, "wrong")


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class GoogleTokens(Case):
    options = ("--set", "google.credentials=service_account")

    def setUp(self):
        super().setUp()
        self.account = json.loads(self.server.config("google")[
            "credentials_file holds"])

    def form(self, path="/token", **fields):
        kind = fields.pop("kind", "application/x-www-form-urlencoded")
        return self.send(urllib.parse.urlencode(fields), path,
                         Content_Type=kind, Authorization=None)

    def jwt(self, header=None, key=None, **claims):
        now = int(time.time())
        header = dict({"alg": "RS256", "typ": "JWT",
                       "kid": self.account["private_key_id"]},
                      **(header or {}))
        claims = dict({"iss": self.account["client_email"], "scope": DM,
                       "aud": "https://oauth2.googleapis.com/token",
                       "iat": now, "exp": now + 3600}, **claims)
        signed = "%s.%s" % (b64(json.dumps(header).encode()),
                            b64(json.dumps(claims).encode()))
        path = self.server.dir + "/test.key"
        with open(path, "w") as out:
            out.write(key or self.account["private_key"])
        signature = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", path],
            input=signed.encode(), capture_output=True, check=True).stdout
        return signed + "." + b64(signature)

    def assertion(self, jwt, **more):
        return self.form(
            grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer",
            assertion=jwt, **more)

    def denied(self, given, error, rule, status=400):
        answer, got = given
        self.assertEqual((answer.status, got["error"]), (status, error), got)
        self.rule(rule)

    def test_an_assertion_gets_a_token_that_works(self):
        for aud in ("https://oauth2.googleapis.com/token",
                    self.account["token_uri"]):
            answer, got = self.assertion(self.jwt(aud=aud))
            self.assertEqual(answer.status, 200, got)
            self.assertEqual((got["expires_in"], got["token_type"]),
                             (3599, "Bearer"))
            bearer = "Bearer " + got["access_token"]
            self.ok(body(event()), Authorization=bearer)
        text = json.dumps(self.server.lines())
        self.assertNotIn(got["access_token"], text)

    def test_the_scope_counts(self):
        _, got = self.assertion(self.jwt(scope=ADS))
        answer, got = self.send(body(event()), Authorization="Bearer "
                                + got["access_token"])
        self.assertEqual(answer.status, 403)
        self.assertEqual(got["error"]["details"][0]["reason"],
                         "ACCESS_TOKEN_SCOPE_INSUFFICIENT")

    def test_assertions_to_be_refused(self):
        now = int(time.time())
        grant = "invalid_grant"
        good = self.jwt()
        parts = good.split(".")
        other = subprocess.run(["openssl", "genrsa", "2048"], check=True,
                               capture_output=True, text=True).stdout
        forged = parts[0] + "." + b64(base64.urlsafe_b64decode(
            parts[1] + "==").replace(b"datamanager", b"adwords")) \
            + "." + parts[2]
        for jwt, error, rule in (
                (self.jwt(key=other), grant, "jwt.signature"),
                (forged, grant, "jwt.signature"),
                (".".join(parts[:2] + [b64(b"x")]), grant, "jwt.signature"),
                (good + "=", grant, "jwt"), ("a.b", grant, "jwt"),
                ("", grant, "jwt"),
                (".".join([b64(b"x")] + parts[1:]), grant, "jwt"),
                (".".join([b64(b"[]")] + parts[1:]), grant, "jwt"),
                (self.jwt({"alg": "none"}), grant, "jwt.header"),
                (self.jwt({"typ": None}), grant, "jwt.header"),
                (self.jwt({"kid": "x"}), grant, "jwt.account"),
                (self.jwt(iss="me@example.com"), grant, "jwt.account"),
                (self.jwt(aud="https://example.com/"), grant,
                 "jwt.audience"),
                (self.jwt(exp=now + 3700), grant, "jwt.time"),
                (self.jwt(iat=now - 4000, exp=now - 400), grant, "jwt.time"),
                (self.jwt(iat=now + 900, exp=now + 1000), grant,
                 "jwt.time"),
                (self.jwt(iat=str(now)), grant, "jwt.time"),
                (self.jwt(exp=now + 3600.5), grant, "jwt.time"),
                (self.jwt(scope=""), "invalid_scope", "scope"),
                (self.jwt(scope="datamanager"), "invalid_scope", "scope")):
            with self.subTest(rule):
                self.denied(self.assertion(jwt), error, rule)

    def test_a_refresh_token(self):
        good = dict(grant_type="refresh_token", client_id="standin.apps."
                    "example", client_secret="standin-google-secret",
                    refresh_token="1//standin-google-refresh")
        answer, got = self.form(**good)
        self.assertEqual(set(got["scope"].split()), {DM, ADS})
        self.assertNotIn("refresh_token", got)
        self.ok(body(event()), Authorization="Bearer " + got["access_token"])
        self.denied(self.form(**dict(good, refresh_token="x")),
                    "invalid_grant", "refresh")
        self.denied(self.form(**dict(good, client_id="x")),
                    "invalid_client", "client", 401)
        self.denied(self.form(**dict(good, client_secret="x")),
                    "invalid_client", "client", 401)
        self.denied(self.form(grant_type="password"),
                    "unsupported_grant_type", "grant")
        self.denied(self.form(kind="application/json", **good),
                    "invalid_request", "content-type")
        self.denied(self.form("/token?a=b", **good), "invalid_request",
                    "method")
        self.denied(self.send("a=1&a=2", "/token", Content_Type="application"
                              "/x-www-form-urlencoded"), "invalid_request",
                    "form")
        self.denied(self.send(b"a=\xff", "/token", Content_Type="application"
                              "/x-www-form-urlencoded"), "invalid_request",
                    "form")

    def test_the_files(self):
        path = self.server.dir + "/google-authorized-user.json"
        with open(path) as file:
            user = json.load(file)
        self.assertEqual(user["type"], "authorized_user")
        self.assertEqual(self.account["type"], "service_account")

    def test_faults(self):
        self.plan(
            {"do": "auth", "when": {"path": "/token"}},
            {"do": "auth", "error": "invalid_client", "status": 401,
             "when": {"path": "/token"}},
            {"do": "forget", "when": {"path": "ingest"}})
        answer, got = self.assertion(self.jwt())
        self.assertEqual((answer.status, got["error"]),
                         (400, "invalid_grant"))
        answer, got = self.assertion(self.jwt())
        self.assertEqual((answer.status, got["error"]),
                         (401, "invalid_client"))
        _, got = self.assertion(self.jwt())
        bearer = "Bearer " + got["access_token"]
        for _ in range(2):
            answer, _ = self.send(body(event()), Authorization=bearer)
            self.assertEqual(answer.status, 401)
        self.assertEqual(self.new(), [])


class GoogleFaults(Case):
    def test_errors(self):
        for action, status, name, reason in (
                ("auth", 401, "UNAUTHENTICATED", "ACCESS_TOKEN_EXPIRED"),
                ({"do": "auth", "reason": "SERVICE_DISABLED"}, 403,
                 "PERMISSION_DENIED", "SERVICE_DISABLED"),
                ("throttle", 429, "RESOURCE_EXHAUSTED",
                 "RATE_LIMIT_EXCEEDED"),
                ("transient", 503, "UNAVAILABLE", None),
                ({"do": "transient", "status": 500}, 500, "INTERNAL", None),
                ({"do": "error", "reason": "INVALID_EVENT", "field":
                  "events.events[0]"}, 400, "INVALID_ARGUMENT",
                 "INVALID_EVENT")):
            with self.subTest(action):
                self.plan(action)
                answer, got = self.send(body(event()))
                error = got["error"]
                self.assertEqual((answer.status, error["code"],
                                  error["status"]), (status, status, name))
                if reason:
                    self.assertEqual(error["details"][0]["reason"], reason)
                self.assertEqual(self.new(), [])

    def test_quotas(self):
        for quota, limit in (
                ("minute", "IngestionMutateRequestsPerMinutePerProject"),
                ("day", "IngestionMutateRequestsPerDayPerProject")):
            self.plan({"do": "throttle", "quota": quota})
            _, got = self.send(body(event()))
            self.assertEqual(got["error"]["details"][0]["metadata"],
                             {"quota_limit": limit})

    def test_lost(self):
        self.plan("lose")
        got, rows = self.ok(body(event()))
        self.assertEqual(rows, [])


CLICKS = "/v25/customers/%s:uploadClickConversions" % CUSTOMER
ADJUST = "/v25/customers/%s:uploadConversionAdjustments" % CUSTOMER
RESOURCE = "customers/%s/conversionActions/" % CUSTOMER


def click(**changes):
    return change({
        "conversionAction": RESOURCE + ACTION, "gclid": "EAIaIQobChMI",
        "conversionDateTime": adstime(), "conversionValue": 119.9,
        "currencyCode": "EUR", "orderId": "A-%d" % time.time_ns(),
        "userIdentifiers": [{"userIdentifierSource": "FIRST_PARTY",
                             "hashedEmail": EM}],
        "consent": {"adUserData": "GRANTED"}}, changes)


def adjustment(kind="RESTATEMENT", **changes):
    made = {
        "RESTATEMENT": {"restatementValue": {"adjustedValue": 70.0,
                                             "currencyCode": "EUR"},
                        "adjustmentDateTime": adstime()},
        "RETRACTION": {"adjustmentDateTime": adstime()},
        "ENHANCEMENT": {"userAgent": "Mozilla/5.0", "gclidDateTimePair": {
            "conversionDateTime": adstime(3600)}, "userIdentifiers": [
            {"hashedEmail": EM}, {"addressInfo": {
                "hashedFirstName": GIVEN, "hashedLastName": FAMILY,
                "city": "berlin", "countryCode": "DE",
                "postalCode": "10115"}}]}}[kind]
    return change(dict(made, adjustmentType=kind, orderId="T-1",
                       conversionAction=RESOURCE + "777"), changes)


class AdsCase(Case):
    options = ("--set", "google.allowlisted=1")
    path = CLICKS
    member = "conversions"
    kind = "conversionUploadError"

    def of(self, *rows, **more):
        return dict({self.member: list(rows), "partialFailure": True},
                    **more)

    def ok(self, *rows, **more):
        answer, got = self.send(self.of(*rows, **more))
        self.assertEqual(answer.status, 200, got)
        self.assertNotIn("partialFailureError", got)
        self.assertEqual(len(got["results"]), len(rows))
        self.assertIsInstance(got["jobId"], str)
        return self.new()

    def partial(self, *rows):
        """{index: {codes}} of HTTP 200, with the shape checked."""
        answer, got = self.send(self.of(*rows))
        self.assertEqual(answer.status, 200, got)
        error = got["partialFailureError"]
        self.assertEqual(error["code"], 3)
        detail, = error["details"]
        self.assertEqual(detail["@type"], FAILURE)
        found = {}
        name = {"conversions": "conversions", "conversionAdjustments":
                "conversion_adjustments"}[self.member]
        for one in detail["errors"]:
            first = one["location"]["fieldPathElements"][0]
            self.assertEqual(first["fieldName"], name)
            (kind, code), = one["errorCode"].items()
            found.setdefault(first["index"], set()).add((kind, code))
        for index, result in enumerate(got["results"]):
            self.assertEqual(result == {}, index in found)
        self.assertEqual([r["index"] for r in self.new()],
                         [i for i in range(len(rows)) if i not in found])
        return found

    def fails(self, one, code, kind=None):
        found = self.partial(self.good(), one, self.good())
        self.assertEqual(found, {1: {(kind or self.kind, code)}})

    def whole(self, sent, status, kind, code, **how):
        answer, got = self.send(sent, **how)
        self.assertEqual(answer.status, status, got)
        detail, = got["error"]["details"]
        self.assertEqual(detail["@type"], FAILURE)
        self.assertEqual(detail["errors"][0]["errorCode"], {kind: code})
        self.assertEqual(self.new(), [])


CLICK_FAILS = {
    "no action": (click(conversionAction=None), "REQUIRED", "fieldError"),
    "an action's number": (click(conversionAction=ACTION),
                           "NO_CONVERSION_ACTION_FOUND"),
    "an unknown action": (click(conversionAction=RESOURCE + "1"),
                          "NO_CONVERSION_ACTION_FOUND"),
    "a tag's action": (click(conversionAction=RESOURCE + "777"),
                       "INVALID_CONVERSION_ACTION_TYPE"),
    "no time": (click(conversionDateTime=None), "REQUIRED", "fieldError"),
    **{"the time " + t: (
        click(conversionDateTime=t),
        "INVALID_STRING_DATE_TIME_SECONDS_WITH_OFFSET", "dateError")
       for t in ("2026-01-01T10:11:12+01:00", "2026-01-01 10:11:12",
                 "2026-01-01 10:11:12Z", "2026-01-01 10:11:12+0100",
                 "2026-01-01 10:11:12.5+01:00",
                 "2026-02-30 10:11:12+01:00")},
    "tomorrow": (click(conversionDateTime=adstime(-DAY)),
                 "LATER_THAN_MAXIMUM_DATE", "dateError"),
    "91 days": (click(conversionDateTime=adstime(91 * DAY)),
                "EXPIRED_EVENT"),
    "nobody": (click(gclid=None, userIdentifiers=None), "REQUIRED",
               "fieldError"),
    "two braids": (click(gclid=None, gbraid="0AAAAA", wbraid="0AAAAA"),
                   "GBRAID_WBRAID_BOTH_SET"),
    "a braid, one per click": (
        click(gclid=None, gbraid="0AAAAA", conversionAction=RESOURCE
              + "778"), "ONE_PER_CLICK_CONVERSION_ACTION_NOT_PERMITTED_WITH_"
        "BRAID"),
    "no gclid": (click(gclid="no id"), "UNPARSEABLE_GCLID"),
    "no wbraid": (click(gclid=None, wbraid="no id"), "UNPARSEABLE_WBRAID"),
    "six people": (click(userIdentifiers=[{"hashedEmail": EM}] * 6),
                   "INVALID_USER_IDENTIFIER"),
    "a plain address": (click(userIdentifiers__0__hashedEmail="a@b.cd"),
                        "INVALID_USER_IDENTIFIER"),
    "base64": (click(userIdentifiers__0__hashedEmail=EM64),
               "INVALID_USER_IDENTIFIER"),
    "the hash of nothing": (click(userIdentifiers__0__hashedEmail=EMPTY),
                            "INVALID_USER_IDENTIFIER"),
    "mobileId": (click(userIdentifiers=[{"mobileId": "x"}]),
                 "UNSUPPORTED_USER_IDENTIFIER"),
    "addressInfo": (click(userIdentifiers=[{"addressInfo": {}}]),
                    "UNSUPPORTED_USER_IDENTIFIER"),
    "an address as id": (click(orderId="jo@example.com"),
                         "ORDER_ID_CONTAINS_PII"),
    "currency eur": (click(currencyCode="eur"), "UNSUPPORTED",
                     "currencyCodeError"),
    "external": (click(externalAttributionData={}),
                 "EXTERNAL_ATTRIBUTION_DATA_SET_FOR_NON_EXTERNALLY_"
                 "ATTRIBUTED_CONVERSION_ACTION"),
    "an IP": (click(userIpAddress="203.0.113.7"),
              "CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE",
              "notAllowlistedError"),
    "a variable's name": (
        click(customVariables=[{"conversionCustomVariable": "channel"}]),
        "CUSTOM_VARIABLE_NOT_ENABLED"),
    "a person in a variable": (click(customVariables=[{
        "conversionCustomVariable": "customers/1/conversionCustomVariables/1"
        "11", "value": "jo@example.com"}]),
        "CUSTOM_VARIABLE_VALUE_CONTAINS_PII"),
}


class GoogleClicks(AdsCase):
    def good(self):
        return click()

    def test_good_ones(self):
        self.ok(click(), click(orderId=None), click(
            orderId=None, gclid=None), jobId=4711)

    def test_order_ids_are_for_ever(self):
        row, = self.ok(click(orderId="once"))
        self.assertEqual(row["key"], "once")
        self.fails(click(orderId="once"), "ORDER_ID_ALREADY_IN_USE")
        self.assertEqual(self.partial(click(orderId="w"), click(
            orderId="w")), {1: {(self.kind, "DUPLICATE_ORDER_ID")}})
        when = adstime(500)
        one = click(orderId=None, conversionDateTime=when)
        self.assertEqual(self.partial(one, one), {1: {(
            self.kind, "DUPLICATE_CLICK_CONVERSION_IN_REQUEST")}})
        self.fails(one, "CLICK_CONVERSION_ALREADY_EXISTS")

    def test_several_errors_of_a_row(self):
        found = self.partial(click(orderId="jo@example.com",
                                   currencyCode="x"))
        self.assertEqual(found, {0: {
            (self.kind, "ORDER_ID_CONTAINS_PII"),
            ("currencyCodeError", "UNSUPPORTED")}})

    def test_validate_only(self):
        answer, got = self.send(self.of(click(), validateOnly=True))
        self.assertEqual(answer.status, 200)
        self.assertNotIn("results", got)
        self.assertEqual(self.new(), [])

    def test_whole_requests(self):
        sent = self.of(click())
        self.whole(dict(sent, partialFailure=False), 400,
                   "partialFailureError", "PARTIAL_FAILURE_MODE_REQUIRED")
        self.whole(self.of(*[{}] * 2001), 400, self.kind,
                   "TOO_MANY_CONVERSIONS_IN_REQUEST")
        self.whole(self.of(), 400, "requestError", "REQUIRED_FIELD_MISSING")
        self.whole(dict(sent, jobId=0), 400, self.kind, "INVALID_JOB_ID")
        self.whole(sent, 401, "authenticationError", "OAUTH_TOKEN_INVALID",
                   Authorization="Bearer wrong")
        self.whole(sent, 400, "requestError", "UNSUPPORTED_VERSION",
                   path=CLICKS.replace("25", "22"))
        self.whole(sent, 400, "requestError", "INVALID_CUSTOMER_ID",
                   path=CLICKS.replace(CUSTOMER, "123-456-7890"))
        self.whole(sent, 403, "authorizationError",
                   "USER_PERMISSION_DENIED",
                   path=CLICKS.replace(CUSTOMER, "1111111111"))
        self.whole(sent, 400, "headerError", "INVALID_LOGIN_CUSTOMER_ID",
                   login_customer_id="987-654-3210")
        self.whole(sent, 403, "authorizationError", "USER_PERMISSION_DENIED",
                   login_customer_id=CUSTOMER)
        answer, _ = self.send(sent, CLICKS.replace("Click", "Clock"))
        self.assertEqual(answer.status, 404)

    def test_unknown_names(self):
        for one in (click(userAgent="x"), click(conversionValue="1")):
            answer, got = self.send(self.of(one))
            self.assertEqual((answer.status, got["error"]["status"]),
                             (400, "INVALID_ARGUMENT"))
            self.assertIn("Invalid JSON payload", got["error"]["message"])

    def test_findings(self):
        self.ok(click(gbraid="0AAAAA"))
        self.assertIn("braids", self.server.last()["findings"][0][1])
        self.ok(click(consent__adPersonalization="GRANTED"))
        self.assertIn("consent", self.server.last()["findings"][0][1])

    def test_faults(self):
        self.plan(
            {"do": "partial", "fail": [0]}, "throttle",
            {"do": "throttle", "quota": "day"}, "transient", "auth",
            {"do": "auth", "reason": "PERMISSION_DENIED"},
            {"do": "auth", "reason": "SERVICE_DISABLED"},
            {"do": "error", "code": {"requestError": "UNKNOWN"}})
        self.assertEqual(self.partial(click(), click()), {
            0: {(self.kind, "EVENT_NOT_FOUND")}})
        answer, got = self.send(self.of(click()))
        error = got["error"]["details"][0]["errors"][0]
        self.assertEqual(error["details"]["quotaErrorDetails"]["retryDelay"],
                         "30s")
        sent = self.of(click())
        self.whole(sent, 429, "quotaError", "RESOURCE_EXHAUSTED")
        self.whole(sent, 503, "internalError", "TRANSIENT_ERROR")
        self.whole(sent, 401, "authenticationError", "OAUTH_TOKEN_INVALID")
        self.whole(sent, 403, "authorizationError",
                   "USER_PERMISSION_DENIED")
        self.assertEqual(self.send(sent)[0].status, 403)
        self.whole(sent, 400, "requestError", "UNKNOWN")


add_tests(GoogleClicks, CLICK_FAILS, "fails")


class GoogleStrictClicks(AdsCase):
    options = AdsCase.options + ("--strict",)

    def test_a_finding_fails_its_row(self):
        found = self.partial(click(), click(gbraid="0AAAAA"))
        self.assertEqual(found, {1: {(self.kind, "UNKNOWN")}})
        self.rule("strict.braids", 1)


class GoogleClosed(AdsCase):
    """A new sender, and one that must come through the manager."""

    options = ("--set", "google.login=1", "--set", "google.indices=0",
               "--set", "google.processing=3600", "--strict")

    def test_click_uploads_are_closed_with_http_200(self):
        login = {"login-customer-id": "9876543210"}
        answer, got = self.send(self.of(click(), click()), **login)
        self.assertEqual(answer.status, 200)
        errors = got["partialFailureError"]["details"][0]["errors"]
        self.assertEqual([e["errorCode"] for e in errors], [{
            "notAllowlistedError":
            "CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE"}] * 2)
        self.assertEqual(got["results"], [{}, {}])
        self.assertEqual(self.new(), [])
        self.whole(self.of(click()), 403, "authorizationError",
                   "USER_PERMISSION_DENIED")

    def test_processing_takes_its_time(self):
        answer, got = self.send(body(event()), INGEST)
        self.assertEqual(self.status(got["requestId"])[0]["requestStatus"],
                         "PROCESSING")

    def test_strict(self):
        answer, got = self.send(body(event(currency=None)), INGEST)
        self.assertEqual(answer.status, 400)
        self.rule("strict.currency", 0)


ADJUSTMENT_FAILS = {
    "no type": (adjustment(adjustmentType=None, restatementValue=None),
                "REQUIRED", "fieldError"),
    "enhancing a click": (
        adjustment("ENHANCEMENT", conversionAction=RESOURCE + ACTION),
        "CONVERSION_ACTION_NOT_ELIGIBLE_FOR_ENHANCEMENT"),
    "no order": (adjustment(orderId=None), "MISSING_ORDER_ID_FOR_WEBPAGE"),
    "no key": (adjustment(orderId=None, conversionAction=RESOURCE + ACTION),
               "REQUIRED", "fieldError"),
    "both keys": (adjustment(gclidDateTimePair={
        "gclid": "EAIaIQobChMI", "conversionDateTime": adstime()}),
        "GCLID_DATE_TIME_PAIR_AND_ORDER_ID_BOTH_SET"),
    "no time": (adjustment(adjustmentDateTime=None), "REQUIRED",
                "fieldError"),
    "a time with T": (
        adjustment(adjustmentDateTime="2026-01-01T10:11:12+01:00"),
        "INVALID_STRING_DATE_TIME_SECONDS_WITH_OFFSET", "dateError"),
    "no value": (adjustment(restatementValue=None), "REQUIRED",
                 "fieldError"),
    "a retraction's value": (
        adjustment("RETRACTION", restatementValue={"adjustedValue": 1}),
        "VALUE_MUST_BE_UNSET", "fieldError"),
    "a restatement's people": (adjustment(userIdentifiers=[]),
                               "VALUE_MUST_BE_UNSET", "fieldError"),
    "a user agent alone": (adjustment("ENHANCEMENT", userIdentifiers=None),
                           "VALUE_MUST_BE_UNSET", "fieldError"),
    "a hashed city": (
        adjustment("ENHANCEMENT",
                   userIdentifiers__1__addressInfo__city=EM),
        "INVALID_USER_IDENTIFIER"),
    "a plain street": (
        adjustment("ENHANCEMENT", **{
            "userIdentifiers__1__addressInfo__hashedStreetAddress": "x"}),
        "INVALID_USER_IDENTIFIER"),
    "an unknown conversion": (
        adjustment(conversionAction=RESOURCE + ACTION),
        "CONVERSION_NOT_FOUND"),
    "an address as id": (adjustment(orderId="jo@example.com"),
                         "ORDER_ID_CONTAINS_PII"),
    "55 days": (adjustment("ENHANCEMENT", gclidDateTimePair={
        "conversionDateTime": adstime(55 * DAY)}), "CONVERSION_EXPIRED"),
}


class GoogleAdjustments(AdsCase):
    path = ADJUST
    member = "conversionAdjustments"
    kind = "conversionAdjustmentUploadError"
    number = 0

    def good(self):
        GoogleAdjustments.number += 1
        return adjustment(orderId="good-%d" % self.number)

    def test_the_three_types(self):
        rows = self.ok(*[adjustment(k, orderId=k) for k in (
            "ENHANCEMENT", "RESTATEMENT", "RETRACTION")])
        self.assertEqual([r["event_name"] for r in rows], [
            "ENHANCEMENT", "RESTATEMENT", "RETRACTION"])

    def test_a_conversion_of_data_manager(self):
        self.send(body(event(transactionId="dm-1",
                             eventTimestamp=stamp(3600))), INGEST)
        self.new()
        here = {"orderId": "dm-1", "conversionAction": RESOURCE + ACTION}
        self.fails(adjustment(adjustmentDateTime=adstime(7200), **here),
                   "ADJUSTMENT_PRECEDES_CONVERSION")
        self.ok(adjustment(**here))

    def test_what_was_adjusted_before(self):
        def made(kind, seconds, **more):
            return adjustment(kind, orderId="h",
                              adjustmentDateTime=adstime(seconds), **more)
        again = made("RESTATEMENT", 100)
        self.ok(again)
        self.fails(again, "RESTATEMENT_ALREADY_EXISTS")
        self.fails(made("RESTATEMENT", 200), "MORE_RECENT_RESTATEMENT_FOUND")
        self.ok(made("RESTATEMENT", 50))
        self.ok(made("RETRACTION", 40))
        self.fails(made("RETRACTION", 30), "CONVERSION_ALREADY_RETRACTED")
        self.ok(adjustment("ENHANCEMENT", orderId="e"))
        self.fails(adjustment("ENHANCEMENT", orderId="e"),
                   "CONVERSION_ALREADY_ENHANCED")
        for kind, code in (("RETRACTION", "DUPLICATE_ADJUSTMENT_IN_REQUEST"),
                           ("ENHANCEMENT",
                            "DUPLICATE_ENHANCEMENT_IN_REQUEST")):
            one = adjustment(kind, orderId="twice " + kind)
            self.assertEqual(self.partial(one, one), {1: {(self.kind,
                                                           code)}})
            self.new()

    def test_whole_requests(self):
        self.whole(self.of(*[{}] * 2001), 400, self.kind,
                   "TOO_MANY_ADJUSTMENTS_IN_REQUEST")


add_tests(GoogleAdjustments, ADJUSTMENT_FAILS, "fails")


if __name__ == "__main__":
    unittest.main()
