"""Expectations from TikTok's list of codes (SDK) and recorded answers; the
digests are the ones published in TikTok's API reference."""

import hashlib
import json
import unittest

from harness import DAY, EMPTY, PlatformCase, add_tests, ago, change

WEB = "A1T8T4UYGVIQA8ORZMX9"
OFFLINE = "7280000000000000001"
CRM = "7280000000000000002"
PATH = "/open_api/v1.3/event/track/"
TOKEN = "standin-tiktok-token"
# alice_abc@gmail.com, +12133734253, user_123
EM = "848a771458438fc2ec420560d769fb9b9b86851ee338ec56517baabd79d3bb4f"
PH = "9f7ec22d72092cd3c0b58726ed9c2d91b92e51a3f29837508fb2948bb22dd2fd"
ID = "80fba0ae1c48e3978e43e4efc365e14e12ea0c830ba8ba5b9a2dafc7e3f2ab8b"


def event(**changes):
    return change({
        "event": "Purchase", "event_time": ago(60), "event_id": "order-1001",
        "user": {"email": [EM], "phone": [PH], "external_id": [ID],
                 "ttclid": "E.C.P.example", "ip": "203.0.113.7",
                 "user_agent": "Mozilla/5.0"},
        "page": {"url": "https://shop.example/thanks?o=1001"},
        "properties": {
            "currency": "EUR", "value": 20.0, "content_type": "product",
            "content_ids": ["987"], "order_id": "1001", "contents": [
                {"content_id": "987", "price": 10.0, "quantity": 2}]}},
        changes)


def offline(**changes):
    return change({
        "event": "Purchase", "event_time": ago(60), "event_id": "pos-77",
        "user": {"phone": [PH]},
        "properties": {"currency": "USD", "value": 15.5}}, changes)


def crm(**changes):
    return change({
        "event": "Lead", "event_time": ago(60), "event_id": "crm-9",
        "user": {}, "lead": {"lead_id": "7290000000000000003",
                             "lead_event_source": "HubSpot"}}, changes)


def app(**changes):
    return change({
        "event": "InstallApp", "event_time": ago(60), "event_id": "a1",
        "user": {"gaid": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
                 "att_status": "NOT_APPLICABLE"},
        "app": {"app_id": "com.example.shop"}}, changes)


def body(*events, source="web", number=None, **more):
    number = number or {"web": WEB, "offline": OFFLINE, "crm": CRM,
                        "app": "com.example.shop"}[source]
    return dict({"event_source": source, "event_source_id": number,
                 "data": list(events)}, **more)


class Case(PlatformCase):
    platform = "tiktok"
    path = PATH
    headers = {"Access-Token": TOKEN}

    def ok(self, sent, **how):
        answer, got = self.send(sent, **how)
        self.assertEqual(answer.status, 200)
        self.assertEqual((got["code"], got["message"], got["data"]),
                         (0, "OK", {}), got)
        self.assertTrue(got["request_id"])
        rows = self.new()
        self.assertEqual(len(rows), len(sent["data"]))
        return rows

    def refused(self, sent, code, rule, message=None, status=200, **how):
        answer, got = self.send(sent, **how)
        self.assertEqual((answer.status, got["code"]), (status, code), got)
        self.assertEqual(set(got), {"code", "message", "request_id", "data"})
        if message:
            self.assertEqual(got["message"], message)
        self.rule(rule)
        self.assertEqual(self.new(), [])
        return got


class TikTokAccepts(Case):
    def test_published_bodies(self):
        self.ok(body(event()))
        self.ok(body(offline(), source="offline"))
        self.ok(body(crm(), source="crm"))

    def test_samples(self):
        for sentence, one in {
            "single strings": event(user__email=EM, user__phone=PH),
            "empty ones": event(user__first_name="", user__external_id=[]),
            "value zero": event(properties__value=0),
            "an old name": event(event="CompletePayment"),
            "a soft-deprecated name": event(event="PlaceAnOrder"),
            "a custom name": event(event="Ordered Twice"),
            "plain places": event(user__city="berlin", user__country="de"),
            "limited": event(limited_data_use=True),
            "30 days": event(event_time=ago(30 * DAY)),
            "no page": event(page=None),
        }.items():
            with self.subTest(sentence):
                self.ok(body(one))

    def test_a_thousand(self):
        self.ok(body(*[event(event_id="b%d" % i) for i in range(1000)]))

    def test_a_test_code(self):
        rows = self.ok(body(event(), test_event_code="TEST1"))
        self.assertIs(rows[0]["test"], True)

    def test_source_and_name_and_id_are_one_event_for_48_hours(self):
        def repeats(*args, **how):
            return [r["repeat"] for r in self.ok(body(*args, **how))]
        one = event(event_id="d1")
        self.assertEqual(repeats(one, one), [False, True])
        self.assertEqual(repeats(event(event_id="D1")), [False])
        self.assertEqual(repeats(event(event_id="d1", event="Lead")),
                         [False])
        self.assertEqual(repeats(event(event_id="d1",
                                       event="CompletePayment")), [True])
        self.assertEqual(repeats(offline(event_id="d1"), source="offline"),
                         [False])
        self.assertEqual(repeats(event(event_id=None)) * 2, [False, False])

    def test_the_window(self):
        self.assertEqual(self.repeats_after(
            lambda when: body(event(event_time=when)), 48 * 3600 - 60,
            48 * 3600 + 60), [True, False])

    def test_the_configuration(self):
        found = self.server.config("tiktok")
        self.assertEqual(found["event_source_id"], WEB)
        self.assertEqual(found["access_token_file holds"], TOKEN)
        self.assertEqual(found["offline_event_set_id"], OFFLINE)
        self.assertEqual(found["crm_event_set_id"], CRM)

    def test_the_digests(self):
        for digest, plain in ((EM, "alice_abc@gmail.com"),
                              (PH, "+12133734253"), (ID, "user_123")):
            self.assertEqual(hashlib.sha256(plain.encode()).hexdigest(),
                             digest)


NOT_A_STRING = "Invalid value for event_id: not a valid string."
CONTENT = ("Batch.0.properties.contents.0.content_id: Not a valid string")

REFUSED = {
    # RUD, STP: the words
    "event_id a number": (body(event(event_id=1)), 40002, "type",
                          NOT_A_STRING),
    "content_id a number": (
        body(event(properties__contents__0__content_id=987)), 40002, "type",
        CONTENT),
    # SDK: PII_NOT_HASHED
    **{"unhashed " + n: (body(event(**{"user__" + n: "plain"})), 40062,
                         "hash")
       for n in ("email", "phone", "external_id", "first_name", "last_name",
                 "zip_code")},
    "one plain of two": (body(event(user__email=[EM, "a@b.cd"])), 40062,
                         "hash"),
    "upper-case hex": (body(event(user__email=EM.upper())), 40062, "hash"),
    "MD5": (body(event(user__email="a" * 32)), 40062, "hash"),
    "the hash of nothing": (body(event(user__email=EMPTY)), 40002,
                            "hash.hollow"),
    **{"hashed " + n: (body(event(**{"user__" + n: EM})), 40002, "hashed")
       for n in ("ttclid", "ttp", "user_agent", "locale", "city", "state",
                 "country")},
    "ip hashed": (body(event(user__ip=EM)), 40002, "type"),
    "two ips": (body(event(user__ip=["203.0.113.7"])), 40002, "type"),
    # members and types
    "no event": (body(event(event=None)), 40002, "required"),
    "no event_time": (body(event(event_time=None)), 40002, "required"),
    "event_time text": (body(event(event_time="1767225600")), 40002,
                        "type"),
    "milliseconds": (body(event(event_time=ago(60) * 1000)), 40002,
                     "milliseconds"),
    "two hours ahead": (body(event(event_time=ago(-7200))), 40002, "future"),
    "a v1.2 member": (body(event(context={})), 40002, "member"),
    "device": (body(event(device={})), 40002, "member"),
    "test_event_code in an event": (body(event(test_event_code="T")), 40002,
                                    "member"),
    "contents_ids": (body(event(properties__contents_ids=["1"])), 40002,
                     "member"),
    "content_id in properties": (body(event(properties__content_id="1")),
                                 40002, "member"),
    "user.em": (body(event(user__em=[EM])), 40002, "member"),
    "content_type in an item": (
        body(event(properties__contents__0__content_type="product")), 40002,
        "member"),
    "content_ids a string": (body(event(properties__content_ids="987")),
                             40002, "type"),
    "content_type things": (body(event(properties__content_type="things")),
                            40002, "type"),
    "limited_data_use text": (body(event(limited_data_use="true")), 40002,
                              "type"),
    "value text": (body(event(properties__value="20.00")), 40002, "type"),
    "value negative": (body(event(properties__value=-1)), 40002, "type"),
    "quantity text": (body(event(properties__contents__0__quantity="2")),
                      40002, "type"),
    "quantity 0": (body(event(properties__contents__0__quantity=0)), 40002,
                   "type"),
    "a currency TikTok has not": (body(event(properties__currency="ALL")),
                                  40002, "currency"),
    "currency eur": (body(event(properties__currency="eur")), 40002,
                     "currency"),
    "value without currency": (body(event(properties__currency=None)), 40002,
                               "currency"),
    "att_status unknown": (body(event(user__att_status="YES")), 40002,
                           "type"),
    "a relative page": (body(event(page__url="/thanks")), 40002, "type"),
    "a person in the page": (
        body(event(page__url="https://example.com/?email=a")), 40002,
        "url.personal"),
    "an event that is none": (body(1), 40002, "type"),
    # B: which source carries what
    "offline with a page": (body(offline(page={}), source="offline"), 40002,
                            "source"),
    "web with a lead": (body(event(lead={"lead_id": "1"})), 40002, "source"),
    "offline limited": (body(offline(limited_data_use=True),
                             source="offline"), 40002, "source"),
    "offline with a custom name": (body(offline(event="Ordered"),
                                        source="offline"), 40002, "name"),
    "offline without email and phone": (
        body(offline(user__phone=None, user__external_id=ID),
             source="offline"), 40002, "identifiers"),
    "crm without lead": (body(crm(lead=None), source="crm"), 40002,
                         "required"),
    "crm without lead_id": (body(crm(lead__lead_id=None), source="crm"),
                            40002, "required"),
    "lead_id a number": (body(crm(lead__lead_id=7290000000000000003),
                              source="crm"), 40002, "type"),
    # the request
    "offline with a pixel": (
        body(offline(), source="offline", number=WEB), 40002, "source_id",
        "Invalid value for event_source_id: not a valid string."),
    "web with digits": (body(event(), number=OFFLINE), 40002, "source_id"),
    "an unknown pixel": (body(event(), number="B" * 20), 40007, "source_id"),
    "an app that is not allowed": (body(app(), source="app"), 40118,
                                   "source_id"),
    "an unknown partner": (body(event(), partner_name="me"), 40063,
                           "partner"),
    "no events": (body(), 40002, "data"),
    "1001 events": (body(*[{}] * 1001), 40061, "data"),
    "no event_source": ({"event_source_id": WEB, "data": [event()]}, 40002,
                        "required"),
    "event_source website": (dict(body(event()), event_source="website"),
                             40002, "type"),
    "a body of v1.2": ({"pixel_code": WEB, "event": "Purchase"}, 40002,
                       "required"),
    "a top-level member": (body(event(), access_token=TOKEN), 40002,
                           "member"),
}


class TikTokRefuses(Case):
    def test_the_whole_request_for_one_event(self):
        got = self.refused(body(event(), event(user__email="x"), event()),
                           40062, "hash")
        self.assertTrue(got["message"].startswith("Batch.1.user.email"))
        self.assertEqual(self.server.last()["index"], 1)
        self.assertEqual(self.server.last()["decision"], "refused")

    def test_credentials(self):
        one = body(event())
        self.refused(one, 40104, "token.missing", **{"Access-Token": None})
        self.refused(one, 40104, "token.missing", **{"Access-Token": None},
                     Authorization="Bearer " + TOKEN)
        self.refused(one, 40105, "token", **{"Access-Token": "wrong"})
        self.refused(one, 40104, "token-in-url", path=PATH + "?a=" + TOKEN)
        self.assertNotIn(TOKEN, json.dumps(self.server.lines()))

    def test_routes(self):
        one = body(event())
        for path, code, rule in (
                (PATH[:-1], 40400, "path"),
                ("/open_api/v1.3/event/", 40400, "path"),
                ("/open_api/v2.0/event/track/", 40051, "version"),
                ("/open_api/v1.3/pixel/track/", 41001, "path"),
                (PATH + "?a=b", 40000, "query")):
            with self.subTest(path):
                self.refused(one, code, rule, path=path)
        self.refused("", 40117, "method", method="GET")

    def test_bodies(self):
        self.refused("{", 40000, "json")
        self.refused("[]", 40000, "json")
        self.refused(body(event()), 40000, "content-type",
                     Content_Type="text/plain")
        self.refused(body(event()), 40000, "content-encoding",
                     Content_Encoding="gzip")
        self.refused(body(event(properties__description="x" * 10**6)),
                     40000, "size", status=413)


add_tests(TikTokRefuses, REFUSED, "refused")


class TikTokSources(Case):
    options = ("--set", "tiktok.sources=web:%s,app:com.example.shop,"
               "web:OTHERPIXELOFSOMEBODY:other-token" % WEB)

    def test_an_allowed_app(self):
        self.ok(body(app(), source="app"))
        self.ok(body(app(user__gaid=None, user__ip="203.0.113.7",
                         user__user_agent="x"), source="app"))
        self.refused(body(app(user__gaid=None), source="app"), 40002,
                     "identifiers")
        self.refused(body(app(app=None), source="app"), 40002, "required")
        self.refused(body(app(app={}), source="app"), 40002, "required")
        self.refused(body(app(user__idfa="a" * 40), source="app"), 40062,
                     "hash")
        self.ok(body(app(user__gaid="AAAAAAAA"), source="app"))
        self.assertIn("case: gaid", self.server.last()["findings"][0][1])

    def test_the_pixel_of_another(self):
        self.refused(body(event(), number="OTHERPIXELOFSOMEBODY"), 40001,
                     "permission", "No permission to operate pixel code: "
                     "OTHERPIXELOFSOMEBODY")


class TikTokStrict(Case):
    options = ("--strict",)

    def test_findings_become_refusals(self):
        for rule, one in {
            "age": event(event_time=ago(29 * DAY)),
            "name": event(event="purchase"),
            "event_id": event(event_id=None),
            "page": event(page=None),
            "empty": event(user__email=""),
            "value": event(properties__value=None),
            "content_type": event(properties__content_type=None),
        }.items():
            with self.subTest(rule):
                self.refused(body(one), 40002, "strict." + rule)
        self.refused(body(event(user={})), 40002, "strict.user")
        self.refused(body(event(properties__value=None, event="Lead")),
                     40002, "strict.value")
        self.refused(body(event(properties={})), 40002, "strict.value")
        self.refused(body(offline(user__ip="203.0.113.7"),
                          source="offline"), 40002, "strict.user")
        self.refused(body(crm(event="Won"), source="crm"), 40002,
                     "strict.name")
        self.ok(body(event()))


class TikTokFaults(Case):
    def test_codes_on_http_200(self):
        for action, code, status in (
                ("throttle", 40100, 200),
                ({"do": "throttle", "code": 61000}, 61000, 200),
                ("auth", 40105, 200),
                ({"do": "auth", "code": 40001}, 40001, 200),
                ("transient", 50000, 200),
                ({"do": "transient", "code": 51010}, 51010, 200),
                ("duplicate", 40050, 200), ("error", 40002, 200),
                ({"do": "error", "code": 40900, "status": 400}, 40900,
                 400)):
            with self.subTest(action):
                self.plan(action)
                answer, got = self.send(body(event()))
                self.assertEqual((answer.status, got["code"]),
                                 (status, code))
                self.assertEqual(self.new(), [])
                self.ok(body(event()))

    def test_partial_and_lost(self):
        self.plan("partial", "lose")
        self.assertEqual(self.send(body(event()))[1]["code"], 20001)
        self.assertEqual(len(self.new()), 1)
        self.assertEqual(self.send(body(event()))[1]["code"], 0)
        self.assertEqual(self.new(), [])

    def test_a_fault_does_not_accept_what_is_refused(self):
        self.plan("partial")
        self.refused(body(event(event_id=1)), 40002, "type")


if __name__ == "__main__":
    unittest.main()
