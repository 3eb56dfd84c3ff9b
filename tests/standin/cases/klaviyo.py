"""Expectations from klaviyo/openapi (revision 2026-07-15) and the pages Rate
limits, and API versioning and deprecation."""

import time
import unittest

from harness import DAY, PlatformCase, add_tests, change

EVENTS = "/api/events"
BULK = "/api/event-bulk-create-jobs"
KEY = "pk_standin_klaviyo"
DIGEST = "a" * 64
ATTRIBUTES = "/data/attributes"
PROFILE = ATTRIBUTES + "/profile/data"


def stamp(seconds=60):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ",
                         time.gmtime(time.time() - seconds))


def attributes(name="Placed Order"):
    return {
        "time": stamp(), "value": 119.9, "value_currency": "EUR",
        "unique_id": "A-10023", "properties": {"OrderId": "A-10023"},
        "metric": {"data": {"type": "metric",
                            "attributes": {"name": name}}}}


def person(**changes):
    return {"data": {"type": "profile", "attributes": change({
        "email": "jo@example.com", "phone_number": "+15005550006",
        "external_id": "77", "first_name": "Jo",
        "location": {"city": "Berlin", "ip": "203.0.113.7"},
        "properties": {"plan": "gold"}}, changes)}}


def single(**changes):
    return {"data": {"type": "event", "attributes": change(
        dict(attributes(), backfill=False, profile=person()), changes)}}


def one(**changes):
    return {"type": "event", "attributes": change(attributes(), changes)}


def part(*events, profile=None):
    return {"type": "event-bulk-create", "attributes": {
        "backfill": False, "profile": profile or person(),
        "events": {"data": list(events)}}}


def bulk(*parts):
    return {"data": {"type": "event-bulk-create-job", "attributes": {
        "events-bulk-create": {"data": list(parts)}}}}


class Case(PlatformCase):
    platform = "klaviyo"
    path = EVENTS
    headers = {"Authorization": "Klaviyo-API-Key " + KEY,
               "revision": "2026-07-15",
               "Content-Type": "application/vnd.api+json"}

    def ok(self, body, **how):
        answer, got = self.send(body, **how)
        self.assertEqual((answer.status, got), (202, b""))
        return self.new()

    def refused(self, body, rule, pointer=None, status=400, code=None,
                **how):
        answer, got = self.send(body, **how)
        self.assertEqual(answer.status, status, got)
        error, = got["errors"]
        for name in ("id", "code", "title", "detail"):
            self.assertTrue(error[name], name)
        self.assertEqual(error["status"], status)
        if status == 400:
            self.assertEqual(error["code"], "invalid")
        if pointer is not None:
            self.assertEqual(error["source"], {"pointer": pointer})
        self.rule(rule)
        self.assertEqual(self.new(), [])

    def refused_in_bulk(self, parts, rule, pointer):
        if pointer is not None:
            pointer = ATTRIBUTES + "/events-bulk-create/data" + pointer
        self.refused(bulk(*parts), rule, pointer, path=BULK)


class KlaviyoAccepts(Case):
    def test_single(self):
        row, = self.ok(single())
        self.assertEqual((row["event_name"], row["event_id"]),
                         ("Placed Order", "A-10023"))

    def test_samples(self):
        nobody = dict.fromkeys(("email", "phone_number", "external_id"))
        for sentence, body in {
            "nulls": single(value=None, value_currency=None, backfill=None),
            "no time": single(time=None),
            "an offset": single(time="2026-11-19T10:11:12+01:00"),
            "a _kx": single(profile=person(**nobody, _kx=DIGEST)),
            "anonymous": single(profile=person(**nobody, anonymous_id="1")),
            "an id": single(profile=change(person(**nobody), {
                "data__id": "01GDDKASAP8TKDDA2GRZDSVP4H"})),
            "meta inside": single(
                profile__data__attributes__meta={"patch_properties": {
                    "unset": "plan"}}),
            "no properties": single(properties={}),
            "127 characters": single(
                metric__data__attributes__name="x" * 127),
            "ten levels": single(properties={"a": [[[[[[[[[1]]]]]]]]]}),
            "in a year": single(time=stamp(-364 * DAY)),
        }.items():
            with self.subTest(sentence):
                self.ok(body)

    def test_headers(self):
        self.ok(single(), path=EVENTS + "/")
        self.ok(single(), Content_Type="application/json")
        self.ok(single(), revision="2025-01-15")
        answer, _ = self.send(single())
        self.assertEqual(answer.headers["RateLimit-Limit"], "3500")
        left = int(answer.headers["RateLimit-Remaining"])
        answer, _ = self.send(single())
        self.assertIn(int(answer.headers["RateLimit-Remaining"]),
                      (left - 1, 3499))
        self.assertLessEqual(int(answer.headers["RateLimit-Reset"]), 60)
        answer, _ = self.send(bulk(part(one())), BULK)
        self.assertEqual(answer.headers["RateLimit-Limit"], "150")

    def test_bulk(self):
        rows = self.ok(bulk(
            part(one(), one(unique_id="2")),
            part(one(), profile=person(email="x@example.com", external_id="8",
                                       phone_number=None))), path=BULK)
        self.assertEqual([r["repeat"] for r in rows][1:], [False, False])
        self.ok(bulk(change(part(one()), {
            "attributes__profile__data__meta": {}})), path=BULK)

    def test_a_thousand(self):
        self.ok(bulk(part(*[one(unique_id="b%d" % i)
                            for i in range(1000)])), path=BULK)

    def test_repeats_are_dropped_without_a_word(self):
        def repeat(**changes):
            row, = self.ok(single(**changes))
            return row["repeat"]
        self.assertFalse(repeat(unique_id="d"))
        self.assertTrue(repeat(unique_id="d"))
        self.assertTrue(repeat(unique_id="d", value=1))
        self.assertFalse(repeat(unique_id="D"))
        self.assertFalse(repeat(
            unique_id="d", metric__data__attributes__name="Refunded Order"))
        self.assertFalse(repeat(unique_id="d", profile=person(
            email="z@example.com", phone_number=None, external_id=None)))
        # oas: the profile is whoever shares an identifier
        self.assertTrue(repeat(unique_id="d", profile=person(
            email="JO@example.com", phone_number=None,
            external_id=None)))
        # and the second counts when there is no id
        when = stamp(999)
        self.assertFalse(repeat(unique_id=None, time=when))
        self.assertTrue(repeat(unique_id=None, time=when))
        self.assertFalse(repeat(unique_id=None, time=stamp(998)))

    def test_findings(self):
        for body, word in (
                (single(unique_id=None), "unique_id"),
                (single(time=None), "time"),
                (single(value_currency=None), "value_currency"),
                (single(metric__data__attributes__name="placed order"),
                 "metric"),
                (single(properties={str(i): 1 for i in range(301)}),
                 "properties")):
            self.ok(body)
            self.assertIn(word, str(self.server.last()["findings"]))

    def test_the_configuration(self):
        found = self.server.config("klaviyo")
        self.assertEqual(found["access_token_file holds"], KEY)
        self.assertEqual(found["revision"], "2026-07-15")


METRIC = "metric__data__attributes__"
REFUSED = {
    "no data": ({}, "required", "/data"),
    "type events": (change(single(), {"data__type": "events"}), "type",
                    "/data/type"),
    "no properties": (single(properties=None), "required",
                      ATTRIBUTES + "/properties"),
    "no metric": (single(metric=None), "required", ATTRIBUTES + "/metric"),
    "no name": (single(**{METRIC + "name": None}), "required",
                ATTRIBUTES + "/metric/data/attributes/name"),
    "a name of 128": (single(**{METRIC + "name": "x" * 128}), "metric",
                      ATTRIBUTES + "/metric"),
    "an empty name": (single(**{METRIC + "name": ""}), "type"),
    "no profile": (single(profile=None), "required", ATTRIBUTES
                   + "/profile"),
    "nobody": (single(profile=person(email=None, phone_number=None,
                                     external_id=None)), "identifiers",
               PROFILE),
    "empty identifiers": (single(profile=person(
        email=None, phone_number=None, external_id="")), "identifiers"),
    "a phone without +": (single(profile=person(
        phone_number="15005550006")), "phone",
        PROFILE + "/attributes/phone_number"),
    "a phone with blanks": (single(profile=person(
        phone_number="+1 500 555 0006")), "phone"),
    "no email": (single(profile=person(email="jo")), "email",
                 PROFILE + "/attributes/email"),
    **{"hashed " + n: (single(profile=person(**{n: DIGEST})), "hashed",
                       PROFILE + "/attributes/" + n)
       for n in ("email", "phone_number", "first_name", "last_name",
                 "external_id")},
    "an MD5": (single(profile=person(email="a" * 32)), "hashed"),
    "no image": (single(profile=person(image="x")), "image"),
    "value text": (single(value="119.9"), "type", ATTRIBUTES + "/value"),
    "currency eur": (single(value_currency="eur"), "currency",
                     ATTRIBUTES + "/value_currency"),
    "unique_id a number": (single(unique_id=10023), "type"),
    "backfill text": (single(backfill="true"), "type"),
    "properties a list": (single(properties=[]), "type"),
    "time in seconds": (single(time=1767225600), "type"),
    "time without offset": (single(time="2026-11-19T10:11:12"), "time",
                            ATTRIBUTES + "/time"),
    "1999": (single(time="1999-12-31T23:59:59Z"), "time.range"),
    "in 13 months": (single(time=stamp(-396 * DAY)), "time.range"),
    "401 properties": (single(properties={str(i): 1 for i in range(401)}),
                       "properties", ATTRIBUTES + "/properties"),
    "a long string": (single(properties={"a": "x" * 100001}), "string"),
    "4001 items": (single(properties={"a": [1] * 4001}), "items"),
    "eleven levels": (single(properties={"a": [[[[[[[[[[1]]]]]]]]]]}),
                      "depth"),
    "an unknown attribute": (single(event_id="1"), "member",
                             ATTRIBUTES + "/event_id"),
    "an unknown member of a profile": (single(profile=person(em="x")),
                                       "member"),
    "meta beside the attributes": (
        single(profile__data__meta={}), "member", PROFILE + "/meta"),
}

IN_BULK = {
    "no profiles": ((), "data", ""),
    "no events": ((part(),), "data", ""),
    "1001 events": ((part(*[one(unique_id="a%d" % i) for i in range(500)]),
                     part(*[one(unique_id="b%d" % i) for i in range(501)],
                          profile=person())), "data", ""),
    "one bad profile": ((part(one()), part(one(), profile=person(
        phone_number="1"))), "phone",
        "/1/attributes/profile/data/attributes/phone_number"),
    "one bad event": ((part(one()), part(one(unique_id="2"),
                                         one(time="x", unique_id="3"))),
                      "time",
                      "/1/attributes/events/data/1/attributes/time"),
    "an id twice": (
        (part(one(), one()),), "twice",
        "/0/attributes/events/data/1/attributes/unique_id"),
    "an id twice, in two spellings of one person": (
        (part(one()), part(one(), profile=person(
            email="Jo@Example.com", external_id=None, phone_number=None))),
        "twice", "/1/attributes/events/data/0/attributes/unique_id"),
    "a second twice": ((part(one(unique_id=None), one(unique_id=None)),),
                       "twice", None),
    "a profile in an event": ((part(one(profile=person())),), "member",
                              None),
    "meta inside": ((part(one(), profile=person(meta={})),), "member", None),
    "a single body": ((single()["data"],), "type", "/0/type"),
}


class KlaviyoRefuses(Case):
    def test_keys(self):
        for value, rule, status in (
                (None, "key.missing", 401), (KEY, "key.missing", 401),
                ("Token " + KEY, "key.missing", 401),
                ("Klaviyo-API-Key pk_wrong", "key", 401),
                ("Bearer " + KEY, "key", 401),
                ("Klaviyo-API-Key AbC123", "key.public", 403),
                ("Klaviyo-API-Key pk_standin_readonly", "scope", 403)):
            with self.subTest(value):
                self.refused(single(), rule, status=status,
                             Authorization=value)

    def test_revisions(self):
        for revision, rule, status in (
                (None, "revision.missing", 400), ("latest", "revision", 400),
                ("2026-13-01", "revision", 400),
                ("2099-01-15", "revision", 400),
                ("2023-02-22", "revision.retired", 410)):
            with self.subTest(revision):
                self.refused(single(), rule, status=status,
                             revision=revision)

    def test_routes(self):
        for path, rule, status in (
                ("/api/track", "retired", 410),
                ("/api/v2/list", "retired", 410),
                ("/api/profiles", "path", 404),
                ("/client/events", "path", 404),
                (EVENTS + "?a=b", "query", 400)):
            with self.subTest(path):
                self.refused(single(), rule, status=status, path=path)
        self.refused("", "method", status=405, method="PUT")

    def test_bodies(self):
        self.refused("{", "json")
        self.refused("[]", "json")
        self.refused(single(), "content-type", status=415,
                     Content_Type="text/plain")
        self.refused(single(), "content-encoding", Content_Encoding="gzip")
        self.refused(single(properties={str(i): "x" * 99000
                                        for i in range(52)}), "size",
                     status=413)

    def test_one_bad_event_fails_the_bulk(self):
        self.refused_in_bulk((part(one(), one(unique_id="2",
                                              value_currency="x")),),
                             "currency", None)
        self.assertEqual(self.server.last()["index"], 1)


add_tests(KlaviyoRefuses, REFUSED, "refused")
add_tests(KlaviyoRefuses, IN_BULK, "refused_in_bulk")


class KlaviyoFaults(Case):
    options = ("--set", "klaviyo.token=oauth-token")

    def test_statuses(self):
        for action, status in (
                ("throttle", 429), ("auth", 401),
                ({"do": "auth", "status": 403}, 403), ("transient", 503),
                ({"do": "transient", "status": 500}, 500),
                ("conflict", 409), ("gone", 410), ("error", 400),
                ({"do": "error", "pointer": ""}, 400)):
            with self.subTest(action):
                self.plan(action)
                answer, got = self.send(single())
                self.assertEqual(answer.status, status)
                error, = got["errors"]
                self.assertEqual("pointer" in error["source"],
                                 action == "error")
                self.assertEqual(self.new(), [])

    def test_retry_after(self):
        self.plan("throttle", {"do": "throttle", "bare": 1},
                  {"do": "throttle", "retry_after": 7})
        found = [self.send(single())[0].headers["Retry-After"]
                 for _ in range(3)]
        self.assertEqual(found, ["1", None, "7"])

    def test_an_app_and_a_loss(self):
        self.assertEqual(len(self.ok(single(), Authorization="Bearer "
                                     "oauth-token")), 1)
        self.plan("lose")
        self.assertEqual(self.ok(single()), [])


if __name__ == "__main__":
    unittest.main()
