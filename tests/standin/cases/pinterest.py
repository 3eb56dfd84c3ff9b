"""Expectations from pinterest/api-description (5.23.0) and recorded answers
(WOO#967, SEG#2465); TikTok's page publishes the digest of the address."""

import unittest

from harness import DAY, EMPTY, PlatformCase, add_tests, ago, change

ACCOUNT = "549755885175"
TOKEN = "pina_standin"
PATH = "/v5/ad_accounts/%s/events" % ACCOUNT
EM = "848a771458438fc2ec420560d769fb9b9b86851ee338ec56517baabd79d3bb4f"


def event(**changes):
    return change({
        "event_name": "checkout", "action_source": "web",
        "event_time": ago(60), "event_id": "order-1001",
        "event_source_url": "https://shop.example/thanks",
        "user_data": {
            "em": [EM], "ph": [EM], "client_ip_address": "203.0.113.7",
            "client_user_agent": "Mozilla/5.0",
            "click_id": "dj0yJnU9example"},
        "custom_data": {
            "value": "20.00", "currency": "EUR", "content_ids": ["987"],
            "contents": [{"id": "987", "item_price": "10.00",
                          "quantity": 2}],
            "num_items": 2, "order_id": "1001"}}, changes)


def only(**user):
    return event(user_data=user)


class Case(PlatformCase):
    platform = "pinterest"
    path = PATH
    headers = {"Authorization": "Bearer " + TOKEN}

    def ok(self, *events, **how):
        answer, got = self.send({"data": list(events)}, **how)
        self.assertEqual(answer.status, 200, got)
        self.assertEqual(got["num_events_received"], len(events))
        self.assertEqual(got["num_events_processed"], len(events))
        self.assertEqual([e["status"] for e in got["events"]],
                         ["processed"] * len(events))
        self.assertEqual({e["error_message"] for e in got["events"]}, {None})
        self.assertTrue(answer.headers["x-pinterest-rid"])
        return self.new()

    def refused(self, body, rule, message=None, status=400, code=4196,
                **how):
        answer, got = self.send(body, **how)
        self.assertEqual((answer.status, got["code"]), (status, code), got)
        self.assertEqual(set(got) - {"status"}, {"code", "message"})
        if message:
            self.assertEqual(got["message"], message)
        self.rule(rule)
        self.assertEqual(self.new(), [])

    def unschematic(self, one, rule, message=None):
        """The whole request falls, with what is good in it."""
        self.refused({"data": [event(), one, event()]}, rule, message)
        self.assertEqual(self.server.last()["index"], 1)

    def failed(self, one, rule, part=""):
        """The event falls alone."""
        answer, got = self.send({"data": [event(event_id="good1"), one,
                                          event(event_id="good2")]})
        self.assertEqual((answer.status, got["code"]), (422, 953), got)
        details = got["details"]
        self.assertEqual((details["num_events_received"],
                          details["num_events_processed"]), (3, 2))
        self.assertEqual([e["status"] for e in details["events"]],
                         ["processed", "failed", "processed"])
        self.assertIn(part, details["events"][1]["error_message"])
        last = self.rule(rule, 1)
        self.assertEqual(last["decision"], "partial")
        self.assertEqual(last["failed"], [[1, "pinterest." + rule, None]])
        self.assertEqual([r["event_id"] for r in self.new()],
                         ["good1", "good2"])


class PinterestAccepts(Case):
    def test_the_example(self):
        row, = self.ok(event())
        self.assertEqual(row["key"], "checkout/order-1001")

    def test_minimum_identifiers(self):
        for user in ({"em": [EM]}, {"hashed_maids": [EM]},
                     {"client_ip_address": "2001:db8::7",
                      "client_user_agent": "x"}):
            self.ok(only(**user))

    def test_samples(self):
        for sentence, one in {
            "nulls": event(custom_data={"value": None, "currency": None,
                                        "np": None}),
            "six days": event(event_time=ago(7 * DAY - 60)),
            "nine minutes ahead": event(event_time=ago(-540)),
            "app": event(action_source="app_ios", app_info={
                "app_id": "429047995", "install_time": 1739222269},
                device_info={"os_family": "ios", "languages": ["en"]}),
            "flat app fields": event(app_id="1", wifi=True, language="en"),
            "an integer as text": event(custom_data__value="20"),
            "LDP": event(custom_data__opt_out_type="LDP",
                         user_data__st=[EM], user_data__country=[EM]),
        }.items():
            with self.subTest(sentence):
                self.ok(one)
                self.assertEqual([f for f in self.server.last()["findings"]
                                  if "late" not in f[1]], [])

    def test_a_thousand(self):
        self.ok(*[event(event_id="b%d" % i) for i in range(1000)])

    def test_warnings(self):
        for one, word in (
                (event(event_name="Checkout"), "name"),
                (event(event_name="sign_up"), "name"),
                (event(custom_data__opt_out_type="LDP"), "ldp"),
                (event(custom_data__opt_out_type=""), "ldp"),
                (event(custom_data__currency=None), "currency")):
            with self.subTest(word):
                answer, got = self.send({"data": [one]})
                self.assertEqual(answer.status, 200)
                self.assertIn(word, got["events"][0]["warning_message"])
                self.assertEqual(len(self.new()), 1)

    def test_repeats(self):
        def repeats(*events):
            return [r["repeat"] for r in self.ok(*events)]
        one = event(event_id="d1")
        self.assertEqual(repeats(one, one), [False, True])
        self.assertEqual(repeats(event(event_id="d1", event_name="lead")),
                         [False])
        # OA: offline can not be deduplicated; late ones count as offline
        store = event(event_id="s", action_source="offline")
        self.assertEqual(repeats(store, store), [False, False])
        late = event(event_id="l", event_time=ago(2 * 3600))
        self.assertEqual(repeats(late, late), [False, False])

    def test_the_window(self):
        self.assertEqual(self.repeats_after(
            lambda when: {"data": [event(event_time=when)]}, DAY - 60,
            DAY + 60), [True, False])

    def test_test_mode(self):
        self.assertEqual(self.ok(event(), path=PATH + "?test=true"), [])
        self.assertEqual(len(self.ok(event(), path=PATH + "?test=false")), 1)
        answer, _ = self.send({"data": [event(event_time=ago(8 * DAY))]},
                              path=PATH + "?test=true")
        self.assertEqual(answer.status, 422)

    def test_the_configuration(self):
        found = self.server.config("pinterest")
        self.assertEqual(found["ad_account_id"], ACCOUNT)
        self.assertEqual(found["access_token_file holds"], TOKEN)


EXTRA = "Additional properties are not allowed ('%s' was unexpected)"

UNSCHEMATIC = {
    "category_name": (event(custom_data__category_name="x"), "member",
                      EXTRA % "category_name"),
    "contents of Meta": (event(custom_data__content_type="product"),
                         "member", EXTRA % "content_type"),
    "item_brand_id": (event(custom_data__contents__0__item_brand_id="1"),
                      "member"),
    "an event's member": (event(advertiser_tracking_enabled=True), "member"),
    "a user's member": (event(user_data__email=[EM]), "member"),
    "app_info's member": (event(app_info={"id": "1"}), "member"),
    **{"no " + n: (event(**{n: None}), "required",
                   "'%s' is a required property" % n)
       for n in ("event_name", "action_source", "event_time", "event_id",
                 "user_data")},
    "value a number": (event(custom_data__value=20.0), "type"),
    "item_price a number": (event(custom_data__contents__0__item_price=10),
                            "type"),
    "predicted_ltv a number": (event(custom_data__predicted_ltv=1), "type"),
    "quantity text": (event(custom_data__contents__0__quantity="2"), "type"),
    "num_items text": (event(custom_data__num_items="2"), "type"),
    "contents null": (dict(event(), custom_data={"contents": None}), "type"),
    "em a string": (event(user_data__em=EM), "type"),
    "em with a number": (event(user_data__em=[1]), "type"),
    "event_time text": (event(event_time="1767225600"), "type"),
    "event_time a fraction": (event(event_time=1767225600.5), "type"),
    "event_time of 64 bits": (event(event_time=2**63), "type"),
    "event_id a number": (event(event_id=1001), "type"),
    "event_id empty": (event(event_id=""), "type"),
    "opt_out text": (event(opt_out="false"), "type"),
    "opt_out null": (dict(event(), opt_out=None), "type"),
    "ip a list": (event(user_data__client_ip_address=["203.0.113.7"]),
                  "type"),
    "a long app_name": (event(app_info={"app_name": "x" * 201}), "type"),
    "battery 101": (event(device_info={"battery_level": 101}), "type"),
    "os_family dos": (event(device_info={"os_family": "dos"}), "type"),
    "101 languages": (event(device_info={"languages": ["en"] * 101}),
                      "type"),
    "a long timezone_abbr": (event(device_info={"timezone_abbr": "x" * 6}),
                             "type"),
    "a number for an event": (1, "type"),
}

IDENTIFIERS = "Need at least one of"
FAILED = {
    "eight days": (event(event_time=ago(8 * DAY)), "age",
                   "Invalid event_timestamp parameter. Given timestamp is "
                   "in the past"),
    "a minute over seven days": (event(event_time=ago(7 * DAY + 60)), "age"),
    "eleven minutes ahead": (lambda: event(event_time=ago(-660)), "future"),
    "milliseconds": (event(event_time=ago(0) * 1000), "future"),
    "phone alone": (only(ph=[EM]), "identifiers", IDENTIFIERS),
    "click_id alone": (only(click_id="dj0y"), "identifiers"),
    "ip alone": (only(client_ip_address="203.0.113.7"), "identifiers"),
    "an empty em": (only(em=[]), "identifiers"),
    "nobody": (only(), "identifiers"),
    **{"unhashed " + n: (event(**{"user_data__" + n: ["plain"]}), "hash")
       for n in ("em", "ph", "ge", "db", "ln", "fn", "ct", "st", "zp",
                 "country", "external_id", "hashed_maids")},
    "upper-case hex": (event(user_data__em=[EM.upper()]), "hash"),
    "the hash of nothing": (event(user_data__em=[EMPTY]), "hash.hollow"),
    "a hashed user agent": (event(user_data__client_user_agent=EM),
                            "hashed"),
    "a hashed ip": (event(user_data__client_ip_address=EM), "ip"),
    "website": (event(action_source="website"), "source"),
    "value undefined": (event(custom_data__value="undefined"), "value"),
    "value with a comma": (event(custom_data__value="1,234.50"), "value"),
    "value negative": (event(custom_data__value="-1"), "value"),
    "item_price NaN": (event(custom_data__contents__0__item_price="NaN"),
                       "value"),
    "quantity 0": (event(custom_data__contents__0__quantity=0), "quantity"),
    "currency eur": (event(custom_data__currency="eur"), "currency"),
    "language eng": (event(language="eng"), "language"),
    "partner_name": (event(partner_name="me"), "partner"),
    "a relative URL": (event(event_source_url="/x"), "url"),
    "a person in the URL": (
        event(event_source_url="https://example.com/?email=a"),
        "url.personal"),
}


class PinterestRefuses(Case):
    def test_credentials(self):
        one = {"data": [event()]}
        for token, rule in ((None, "token.missing"),
                            (TOKEN, "token.missing"),
                            ("Bearer wrong", "token")):
            answer, got = self.send(one, Authorization=token)
            self.assertEqual((answer.status, got["code"], got["status"]),
                             (401, 2, "failure"))
            self.rule(rule)
        self.refused(one, "account", status=403, code=29,
                     path="/v5/ad_accounts/1/events")
        self.refused(one, "token-in-url", path=PATH + "?access_token="
                     + TOKEN)

    def test_routes(self):
        one = {"data": [event()]}
        for path in ("/v4/ad_accounts/1/events", PATH + "/",
                     "/v5/ad_accounts/x/events",
                     "/v5/ad_accounts/" + "1" * 19 + "/events"):
            self.refused(one, "path", status=404, code=50, path=path)
        self.refused("", "method", status=405, code=5, method="GET")
        self.refused(one, "query", path=PATH + "?is_test=TRUE")

    def test_bodies(self):
        one = event()
        self.refused({"data": []}, "data")
        self.refused({"data": [one] * 1001}, "data")
        self.refused({"data": {}}, "data")
        self.refused({}, "required")
        self.refused({"data": [one], "advertiser_id": "1"}, "member")
        self.refused("{", "json")
        self.refused({"data": [one]}, "content-type", Content_Type="text/x")
        self.refused({"data": [event(custom_data__np="x" * 2000000)]},
                     "size", status=413)

    def test_all_failed(self):
        answer, got = self.send({"data": [event(event_time=ago(8 * DAY))]})
        self.assertEqual(answer.status, 422)
        self.assertEqual(got["details"]["num_events_processed"], 0)
        self.assertEqual(self.server.last()["decision"], "refused")
        self.assertEqual(self.new(), [])


add_tests(PinterestRefuses, UNSCHEMATIC, "unschematic")
add_tests(PinterestRefuses, FAILED, "failed")


class PinterestStrict(Case):
    options = ("--strict",)

    def test_findings_become_failures(self):
        self.failed(event(event_name="Checkout"), "strict.name")
        self.failed(event(event_time=ago(2 * 3600)), "strict.late")


class PinterestFaults(Case):
    def test_errors(self):
        for action, status, code in (
                ("throttle", 429, 8), ("auth", 401, 2),
                ({"do": "auth", "code": 29}, 403, 29),
                ("transient", 500, 1),
                ({"do": "transient", "status": 503}, 503, 4197),
                ("error", 400, 4196),
                ({"do": "error", "code": 12, "status": 418}, 418, 12)):
            with self.subTest(action):
                self.plan(action)
                answer, got = self.send({"data": [event()]})
                self.assertEqual((answer.status, got["code"]),
                                 (status, code))
                self.assertEqual(self.new(), [])

    def test_throttle_headers(self):
        self.plan({"do": "throttle", "reset": 7})
        answer, _ = self.send({"data": [event()]})
        self.assertEqual(answer.headers["x-ratelimit-reset"], "7")
        self.assertEqual(answer.headers["x-ratelimit-remaining"], "0")
        self.assertEqual(answer.headers["x-ratelimit-limit"],
                         "100, 100;w=1, 1000;w=60")

    def test_partial(self):
        events = [event(event_id="p%d" % i) for i in range(3)]
        for status in (422, 200):
            self.plan({"do": "partial", "fail": [0], "status": status})
            answer, got = self.send({"data": events})
            self.assertEqual(answer.status, status)
            got = got.get("details", got)
            self.assertEqual([e["status"] for e in got["events"]],
                             ["failed", "processed", "processed"])
            self.assertEqual(got["num_events_processed"], 2)
            self.assertEqual([r["event_id"] for r in self.new()],
                             ["p1", "p2"])

    def test_lost_and_miscounted(self):
        self.plan("lose", "count")
        self.assertEqual(self.send({"data": [event()]})[0].status, 200)
        self.assertEqual(self.new(), [])
        _, got = self.send({"data": [event()] * 3})
        self.assertEqual(len(got["events"]), 2)
        self.assertEqual(len(self.new()), 3)


if __name__ == "__main__":
    unittest.main()
