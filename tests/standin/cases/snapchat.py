"""Expectations from Snap's pages and recorded answers (SEG#3959); the digests
are the ones published on the Parameters page."""

import hashlib
import json
import unittest

from harness import DAY, EMPTY, PlatformCase, add_tests, ago, change

PIXEL = "6d4ac5e5-0f5b-4f5e-9a4e-1b1f0d2c3a4b"
TOKEN = "standin-snapchat-token"
QUERY = "?access_token=" + TOKEN
EVENTS = "/v3/%s/events" % PIXEL
# person@example.com, 448444124653, john
EM = "542d240129883c019e106e3b1b2d3f3cb3537c43c425364de8e951d5a3083345"
PH = "dc008fda46e2e64002cf2f82a4906236282d431c4f75e5b60bfe79fc48546383"
FN = "96d9632f363564cc3032521409cf22a852f2032eec099ed5967c0d000cec607a"
OK = {"status": "VALID", "reason": "Events have been processed successfully."}


def event(**changes):
    return change({
        "event_name": "PURCHASE", "event_time": ago(60),
        "action_source": "WEB", "event_id": "84213",
        "event_source_url": "https://shop.example.com/?ScCid=abc",
        "user_data": {"em": [EM], "ph": PH, "fn": FN,
                      "client_ip_address": "203.0.113.7",
                      "client_user_agent": "Mozilla/5.0",
                      "sc_click_id": "abc", "sc_cookie1": "def"},
        "custom_data": {"value": 142.52, "currency": "USD",
                        "order_id": "84213", "contents": [
                            {"id": "1", "quantity": "2",
                             "item_price": "10"}]}}, changes)


def only(**user):
    return event(user_data=user)


def store(**changes):
    return event(action_source="OFFLINE", event_source_url=None, **changes)


def app(**changes):
    return event(**dict({
        "action_source": "MOBILE_APP", "event_name": "APP_OPEN",
        "event_source_url": None,
        "app_data": {"advertiser_tracking_enabled": 1,
                     "extinfo": ["i2"] + ["x"] * 15}}, **changes))


class Case(PlatformCase):
    platform = "snapchat"
    path = EVENTS + QUERY

    def ok(self, *events, **how):
        answer, got = self.send({"data": list(events)}, **how)
        self.assertEqual((answer.status, got), (200, OK))
        rows = self.new()
        self.assertEqual(len(rows), len(events))
        return rows

    def refused(self, body, rule, message=None, status=400, **how):
        answer, got = self.send(body, **how)
        self.assertEqual(answer.status, status, got)
        self.assertEqual(set(got), {"status", "error_msgs"})
        self.assertEqual(got["status"], "INVALID")
        if message:
            self.assertEqual(got["error_msgs"], [message])
        self.rule(rule)
        self.assertEqual(self.new(), [])

    def bad(self, one, rule, message=None):
        self.refused({"data": [event(), one, event()]}, rule, message)
        self.assertEqual(self.server.last()["index"], 1)


class SnapchatAccepts(Case):
    def test_samples(self):
        for sentence, one in {
            "the example": event(),
            "value text": event(custom_data__value="142.52"),
            "numbers in contents": event(
                custom_data__contents__0__quantity=2),
            "em alone": only(em=EM), "ph alone": only(ph=[PH]),
            "madid alone": only(madid="aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"),
            "ip and agent": only(client_ip_address="2001:db8::7",
                                 client_user_agent="x"),
            "a store": store(), "36 days offline": store(
                event_time=ago(37 * DAY - 60)),
            "six days": event(event_time=ago(7 * DAY - 60)),
            "a sign-up": event(event_name="SIGN_UP", custom_data=None),
            "limited": event(data_processing_options=["LMU"]),
        }.items():
            with self.subTest(sentence):
                self.ok(one)
                self.assertEqual(self.server.last()["findings"], [])

    def test_two_thousand(self):
        self.ok(*[event(event_id="b%d" % i, event_name="SIGN_UP",
                        custom_data=None, user_data={"em": EM})
                  for i in range(2000)])

    def test_findings(self):
        for one, word in (
                (event(event_name="Purchase"), "name"),
                (event(action_source="website"), "action_source"),
                (event(event_id=None), "event_id"),
                (event(event_time=ago(60) * 1000), "event_time"),
                (event(user_data__external_id=["u1"]), "external_id"),
                (event(user_data__madid="AAAA"), "madid")):
            with self.subTest(word):
                self.ok(one)
                self.assertIn(word, self.server.last()["findings"][0][1])

    def test_repeats(self):
        def repeats(*events):
            return [r["repeat"] for r in self.ok(*events)]
        self.assertEqual(repeats(
            event(custom_data__order_id="r"),
            event(custom_data__order_id="r", event_id="other")),
            [False, True])
        lead = event(event_name="SIGN_UP", event_id="s", custom_data=None)
        self.assertEqual(repeats(lead, lead), [False, True])
        self.assertEqual(repeats(event(
            event_name="LOGIN", event_id="s", custom_data=None)), [False])
        free = event(event_id=None, custom_data__order_id=None)
        self.assertEqual(repeats(free, free), [False, False])

    def test_windows(self):
        def made(**changes):
            return lambda when: {"data": [event(event_time=when, **changes)]}
        self.assertEqual(self.repeats_after(
            made(custom_data__order_id=None), 48 * 3600 - 60,
            48 * 3600 + 60), [True, False])
        self.assertEqual(self.repeats_after(
            made(), 30 * DAY - 60, 30 * DAY + 60), [True, False])
        self.assertEqual(self.repeats_after(made(
            event_name="ADD_CART"), 2), [False])

    def test_validate(self):
        answer, got = self.send(
            {"data": [event(), only(fn=[FN])], "test_event_code": "x"},
            EVENTS + "/validate" + QUERY)
        self.assertEqual((answer.status, got["status"]), (200, "INVALID"))
        self.assertEqual([(e["event"], e["status"])
                          for e in got["event_logs"]],
                         [(0, "VALID"), (1, "INVALID")])
        self.assertEqual(got["event_logs"][1]["errors"]["error_msgs"],
                         ["Insufficient PII"])
        self.assertTrue(got["test_event"])
        self.assertEqual(self.new(), [])
        answer, got = self.send("", EVENTS + "/validate/logs" + QUERY, "GET")
        self.assertEqual(got["status"], "SUCCESS")

    def test_the_configuration(self):
        found = self.server.config("snapchat")
        self.assertEqual(found["pixel_id"], PIXEL)
        self.assertEqual(found["access_token_file holds"], TOKEN)

    def test_the_digests(self):
        for digest, plain in ((EM, "person@example.com"),
                              (PH, "448444124653"), (FN, "john")):
            self.assertEqual(hashlib.sha256(plain.encode()).hexdigest(),
                             digest)


UNIX = "Param data['event_time'] is an invalid Unix timestamp."
RANGE = "Timestamp invalid or out of range."
BAD = {
    "milliseconds offline": (store(event_time=ago(60) * 1000),
                             "milliseconds", UNIX),
    "eight days": (event(event_time=ago(8 * DAY)), "age", RANGE),
    "38 days offline": (store(event_time=ago(38 * DAY)), "age", RANGE),
    "two minutes ahead": (lambda: event(event_time=ago(-120)), "future",
                          RANGE),
    "event_time text": (event(event_time=str(ago(60))), "type"),
    **{"no " + n: (event(**{n: None}), "required")
       for n in ("event_name", "event_time", "action_source", "user_data")},
    "a free name": (event(event_name="Ordered"), "name"),
    "CUSTOM_EVENT_6": (event(event_name="CUSTOM_EVENT_6"), "name"),
    "a store of Meta": (event(action_source="physical_store"), "source"),
    "no URL": (event(event_source_url=None), "url"),
    "a relative URL": (event(event_source_url="/x"), "type"),
    "a person in the URL": (
        event(event_source_url="https://example.com/?email=a"),
        "url.personal"),
    **{"unhashed " + n: (event(**{"user_data__" + n: ["plain"]}), "hash",
                         "Unhashed PII: " + n)
       for n in ("em", "ph", "fn", "ln", "ge", "ct", "st", "zp", "country")},
    "unhashed db": (event(user_data__db="20000101"), "hash",
                    "Unhashed PII: db"),
    "db as a list": (event(user_data__db=[EM]), "type"),
    "upper-case hex": (event(user_data__em=EM.upper()), "hash"),
    "an MD5 as external_id": (event(user_data__external_id=["a" * 32]),
                              "hash"),
    "the hash of nothing": (event(user_data__em=EMPTY), "hash.hollow"),
    "ln a string": (event(user_data__ln=FN), "type"),
    **{"hashed " + n: (event(**{"user_data__" + n: EM}), "hashed")
       for n in ("madid", "idfv", "client_user_agent", "sc_click_id",
                 "sc_cookie1")},
    "a hashed ip": (event(user_data__client_ip_address=EM), "ip"),
    "lead_id text": (event(user_data__lead_id="1"), "type"),
    "a click id alone": (only(sc_click_id="abc"), "identifiers",
                         "Insufficient PII"),
    "ip alone": (only(client_ip_address="203.0.113.7"), "identifiers"),
    "names alone": (only(fn=FN, ln=[FN]), "identifiers"),
    "no currency": (event(custom_data__currency=None), "purchase"),
    "no value": (event(custom_data__value=None), "purchase"),
    "no custom_data": (event(custom_data=None), "purchase"),
    "currency usd": (event(custom_data__currency="usd"), "type"),
    "value with a comma": (event(custom_data__value="1,5"), "value"),
    "value negative": (event(custom_data__value=-1), "value"),
    "a price in words": (event(custom_data__contents__0__item_price="ten"),
                         "value"),
    "transaction_id": (event(transaction_id="1"), "member"),
    "client_dedup_id": (event(client_dedup_id="1"), "member"),
    "a member of v2": (event(hashed_email=EM), "member"),
    "an unknown member of user_data": (event(user_data__email=EM), "member"),
    "options as text": (event(data_processing_options="['LMU']"), "type"),
    "unknown options": (event(data_processing_options=["X"]), "options"),
    "app without app_data": (app(app_data=None), "app"),
    "extinfo of 15": (app(app_data__extinfo=["i2"] * 15), "app"),
    "extinfo of a Windows": (app(app_data__extinfo=["w1"] * 16), "app"),
    "no extinfo": (app(app_data={}), "required"),
    "an app at a pixel": (app(), "asset"),
}


class SnapchatRefuses(Case):
    def test_credentials(self):
        one = {"data": [event()]}
        self.refused(one, "token.missing", status=401, path=EVENTS)
        self.refused(one, "token.missing", status=401, path=EVENTS,
                     Authorization="Bearer " + TOKEN)
        self.refused(one, "token", status=401,
                     path=EVENTS + "?access_token=wrong")
        self.refused(one, "permission", status=403,
                     path="/v3/another/events" + QUERY)
        self.assertNotIn(TOKEN, json.dumps(self.server.lines()))

    def test_routes(self):
        one = {"data": [event()]}
        self.refused(one, "path", status=404,
                     path=EVENTS.replace("v3", "v2") + QUERY)
        self.refused(one, "path", status=404, path=EVENTS + "/x" + QUERY)
        self.refused("", "method", status=405, method="GET")
        self.refused(one, "query", path=self.path + "&a=b")

    def test_bodies(self):
        self.refused({"data": []}, "data")
        self.refused({}, "required")
        self.refused({"data": [{}] * 2001}, "data")
        self.refused({"data": [event()], "pixel_id": "1"}, "member")
        self.refused("{", "json")
        self.refused({"data": [event()]}, "content-type",
                     Content_Type="text/plain")
        self.refused({"data": [event(integration="x" * 10**6)]}, "size",
                     status=413)


add_tests(SnapchatRefuses, BAD, "bad")


class SnapchatOtherwise(Case):
    """The header, an app, and the other shape of errors."""

    options = ("--set", "snapchat.auth=header", "--set",
               "snapchat.shape=sdk", "--set", "snapchat.app=343200656",
               "--strict")
    path = EVENTS
    headers = {"Authorization": "Bearer " + TOKEN}

    def test_an_app(self):
        path = "/v3/343200656/events"
        self.ok(app(), path=path)
        answer, _ = self.send({"data": [event()]}, path)
        self.assertEqual(answer.status, 400)
        self.rule("asset")
        answer, _ = self.send({"data": [event()]}, EVENTS + QUERY,
                              Authorization=None)
        self.assertEqual(answer.status, 401)

    def test_the_shape_that_names_the_event(self):
        answer, got = self.send({"data": [event(), only(fn=FN)]})
        self.assertEqual((answer.status, got["event"]), (400, 1))
        self.assertEqual(got["errors"], {
            "codes": [], "error_msgs": ["Insufficient PII"]})

    def test_strict(self):
        self.send({"data": [event(event_name="Purchase")]})
        self.rule("strict.name")


class SnapchatFaults(Case):
    def test_statuses(self):
        for action, status in (
                ("throttle", 429), ("auth", 401),
                ({"do": "auth", "status": 403}, 403), ("transient", 500),
                ("error", 400)):
            with self.subTest(action):
                self.plan(action)
                answer, got = self.send({"data": [event()]})
                self.assertEqual((answer.status, got["status"]),
                                 (status, "INVALID"))
                self.assertEqual(self.new(), [])

    def test_shapes(self):
        self.plan(
            {"do": "error", "shape": "sdk", "event": 0, "codes": ["E1"]},
            {"do": "error", "shape": "text", "message": "no"}, "lose")
        _, got = self.send({"data": [event()]})
        self.assertEqual((got["event"], got["errors"]["codes"]), (0, ["E1"]))
        self.assertEqual(self.send({"data": [event()]})[1], b"no")
        self.assertEqual(self.send({"data": [event()]})[1], OK)
        self.assertEqual(self.new(), [])


if __name__ == "__main__":
    unittest.main()
