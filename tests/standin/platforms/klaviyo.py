"""Klaviyo's server events: one (api/events) and many (bulk jobs).

Sources, by the tags used below:
  oas   klaviyo/openapi, revision 2026-07-15
  rate  Rate limits, status codes, and errors
  ver   API versioning and deprecation policy
  ret   Migration FAQ, v1/v2 API retirement

People's data is plain: nothing is hashed.  202 means queued; a repeated
unique_id is dropped without a word, but fails a bulk request that has it
twice.  Of the errors' `code` only "invalid" is published; the others here
are guesses that no sender should rely on.  Rules marked "ours" are stricter
than Klaviyo.
"""

import json
import re
import uuid

from common import (DAY, E164, EMAIL, Members, Plugin, Refusal, boolean,
                    currency, get, is_digest, is_near, maybe, number, one_of,
                    read_json, rfc3339, section, string, text, thing, url,
                    walk, write_secret)
from wire import Answer

EVENTS_MAX = 1000                       # oas, over all profiles
BODY_MAX = 5 * 1000 * 1000              # rate
STRING_MAX = 100 * 1000                 # oas
PROPERTIES_MAX = 400                    # oas
PROPERTIES_SAFE = 300                   # rate
ITEMS_MAX = 4000                        # rate
DEPTH_MAX = 10                          # rate
NAME_MAX = 127                          # oas: fewer than 128
OLDEST_TIME = 946684800                 # 2000-01-01, rate
YEAR = 366 * DAY
FOR_EVER = 10**10

RATES = {"events": (3500, 60), "event-bulk-create-jobs": (150, 60)}

METRICS = (
    "Placed Order", "Ordered Product", "Fulfilled Order", "Cancelled Order",
    "Refunded Order", "Started Checkout", "Added to Cart", "Viewed Product",
    "Active on Site")

# oas; names that are in no table are refused (ours)
IDENTIFIERS = ("external_id", "email", "phone_number", "anonymous_id", "_kx")
PEOPLE = IDENTIFIERS + ("first_name", "last_name", "organization", "locale",
                        "title", "image")
NUMERIC = maybe(lambda v: string(v) and number(v))
LOCATION = Members(dict.fromkeys(
    ("address1", "address2", "city", "country", "region", "zip", "timezone",
     "ip"), maybe(string)), null=True)
LOCATION.update(latitude=NUMERIC, longitude=NUMERIC)
META = Members({
    "patch_properties": Members({"append": maybe(thing),
                                 "unappend": maybe(thing),
                                 "unset": lambda v: None}, null=True),
    "patch_identifiers": Members({"append": thing, "unappend": thing},
                                 null=True)}, null=True)


def profile(meta_inside):
    attributes = Members(dict.fromkeys(PEOPLE, maybe(string)))
    attributes.update(location=LOCATION, properties=maybe(thing))
    made = Members({"type": one_of("profile"), "id": maybe(string),
                    "attributes": attributes}, ["type", "attributes"])
    (attributes if meta_inside else made)["meta"] = META
    return Members({"data": made}, ["data"])


METRIC = Members({"data": Members({
    "type": one_of("metric"), "attributes": Members({
        "name": text, "service": maybe(string)}, ["name"])},
    ["type", "attributes"])}, ["data"])
ATTRIBUTES = {
    "properties": thing, "time": maybe(string), "value": maybe(number),
    "value_currency": maybe(string), "unique_id": maybe(string),
    "backfill": maybe(boolean), "metric": METRIC}


def resource(kind, attributes, required):
    return Members({"type": one_of(kind),
                    "attributes": Members(attributes, required)},
                   ["type", "attributes"])


SINGLE = Members({"data": resource(
    "event", dict(ATTRIBUTES, profile=profile(True)),
    ["properties", "metric", "profile"])}, ["data"])
BULK = Members({"data": resource("event-bulk-create-job", {
    "events-bulk-create": Members({"data": [resource("event-bulk-create", {
        "backfill": maybe(boolean), "profile": profile(False),
        "events": Members({"data": [resource(
            "event", ATTRIBUTES, ["properties", "metric"])]}, ["data"])},
        ["profile", "events"])]}, ["data"])},
    ["events-bulk-create"])}, ["data"])

TITLES = {400: "Invalid input.", 401: "Authentication credentials were not "
          "provided.", 403: "You do not have permission to perform this "
          "action.", 404: "Not found.", 405: "Method not allowed.",
          409: "Conflict.", 410: "Gone.", 413: "Payload too large.",
          415: "Unsupported media type.", 429: "Request was throttled."}
CODES = {400: "invalid", 401: "not_authenticated", 403: "permission_denied",
         404: "not_found", 405: "method_not_allowed", 409: "duplicate",
         410: "gone", 413: "too_large", 415: "unsupported_media_type",
         429: "throttled"}


def refuse(rule, words, status=400, path=None):
    raise Refusal(rule, words, status=status, code=CODES[status],
                  pointer=None if path is None
                  else "".join("/" + str(part) for part in path))


def error_answer(status, detail, pointer=None, code=None):
    error = {
        "id": str(uuid.uuid4()), "status": status,
        "code": code or CODES.get(status, "error"),
        "title": TITLES.get(status, "A server error occurred."),
        "detail": detail, "source": {}, "links": {}, "meta": {}}
    if pointer is not None:
        error["source"] = {"pointer": pointer}
    return Answer(status, json.dumps({"errors": [error]}),
                  content_type="application/vnd.api+json")


def check_event(attributes, path, now, found):
    check_time(attributes.get("time"), path + ("time",), now, found)
    name = attributes["metric"]["data"]["attributes"]["name"]
    if len(name) > NAME_MAX:
        refuse("metric", "Metric name is too long.", path=path + ("metric",))
    if is_near(name, METRICS):
        found("metric: nearly one of Klaviyo's own")
    if attributes.get("value_currency") is not None \
            and currency(attributes["value_currency"]):
        refuse("currency", "Invalid currency code.",
               path=path + ("value_currency",))
    if attributes.get("value") is not None \
            and attributes.get("value_currency") is None:
        found("value_currency: missing beside value")
    if not attributes.get("unique_id"):
        found("unique_id: missing; events of one second are one")
    check_properties(attributes["properties"], path + ("properties",), found)


def check_time(value, path, now, found):
    if value is None:
        found("time: missing, a retry is another event")
        return
    when = rfc3339(value)
    if when is None:                    # ours: an offset is needed, too
        refuse("time", "Invalid time, ISO 8601 with an offset.", path=path)
    if when < OLDEST_TIME or when > now + YEAR:
        refuse("time.range", "The time is out of range.", path=path)


def check_properties(properties, path, found):
    if len(properties) > PROPERTIES_MAX:
        refuse("properties", "Too many properties.", path=path)
    if len(properties) > PROPERTIES_SAFE:
        found("properties: more than 300")
    check_depth(properties, path, 1)


def check_depth(value, path, depth):
    if isinstance(value, str):
        if len(value.encode()) > STRING_MAX:
            refuse("string", "A string is too long.", path=path)
    elif isinstance(value, (dict, list)):
        if depth > DEPTH_MAX:
            refuse("depth", "Nested too deeply.", path=path)
        if isinstance(value, list) and len(value) > ITEMS_MAX:
            refuse("items", "An array is too long.", path=path)
        for one in value.values() if isinstance(value, dict) else value:
            check_depth(one, path, depth + 1)


def check_profile(data, path):
    attributes = data["attributes"]
    where = path + ("attributes",)
    if not data.get("id") and not any(attributes.get(n)
                                      for n in IDENTIFIERS):
        refuse("identifiers", "One of email, phone_number, external_id, "
               "anonymous_id, _kx, id is needed.", path=path)
    for name in PEOPLE:
        if is_digest(attributes.get(name)) and name != "_kx":   # ours
            refuse("hashed", "%s is plain here." % name, path=where + (name,))
    email = attributes.get("email")
    if email is not None and not EMAIL.fullmatch(email):
        refuse("email", "Invalid email address.", path=where + ("email",))
    phone = attributes.get("phone_number")
    if phone is not None and not E164.fullmatch(phone):
        refuse("phone", "Invalid phone number format (Example of a valid "
               "format: +12345678901)", path=where + ("phone_number",))
    image = attributes.get("image")
    if image is not None and url(image):
        refuse("image", "Invalid URL.", path=where + ("image",))


def row(attributes):
    return [get(attributes, "metric", "data", "attributes", "name"),
            get(attributes, "unique_id"), get(attributes, "time"),
            get(attributes, "unique_id")]


class Platform(Plugin):
    """
    Actions of its own:
      error      status (400), code, detail, pointer ("": with none)
      auth       401 (default), or status 403
      throttle   429 with Retry-After ("retry_after", 1) unless "bare"
      transient  status 503 (default), 500, ...
      conflict   409, nothing accepted
      gone       410
      lose       202, and nothing becomes of it
    """

    name = "klaviyo"
    settings = {
        "key": "pk_standin_klaviyo", "scopes": "events:write",
        "other_key": "pk_standin_readonly", "token": "",
        "newest": "2026-07-15", "oldest": "2024-10-15",
    }
    notes = {
        "key": "the private key",
        "scopes": "of the key",
        "other_key": "a key that lacks events:write",
        "token": "a token of an OAuth app; empty: there is none",
        "newest": "newest revision of the API",
        "oldest": "oldest living revision; older: 410",
    }
    event_mark = b'"metric"'
    fast_answer = b""
    fast_status = 202

    def __init__(self, settings, strict):
        super().__init__(settings, strict)
        self.people = {}
        self.window = (0, 0)

    def owns(self, request):
        return re.match(r"/(api|client)/", request.path) is not None

    def secrets(self):
        return [self.set["key"], self.set["other_key"], self.set["token"]]

    def config(self, base, directory):
        path = write_secret(directory, "klaviyo.key", self.set["key"] + "\n")
        return section("klaviyo", base, directory, access_token_file=path,
                       revision=self.set["newest"])

    def error(self, refusal):
        return error_answer(refusal.how.get("status", 400), refusal.reason,
                            refusal.how.get("pointer"))

    def judge(self, request):
        verdict = super().judge(request)
        kind = request.path.rstrip("/").rsplit("/", 1)[-1]
        if kind in RATES:
            verdict.answer.headers += self.rate(kind)
        return verdict

    def rate(self, kind):
        """rate: the steady window, as told on answers that are not 429."""
        limit, seconds = RATES[kind]
        now = int(self.clock.now())
        start, count = self.window
        if start != now // seconds:
            start, count = now // seconds, 0
        self.window = start, count + 1
        return [("RateLimit-Limit", str(limit)),
                ("RateLimit-Remaining", str(max(0, limit - count - 1))),
                ("RateLimit-Reset", str(seconds - now % seconds))]

    def examine(self, request, verdict):
        kind = self.check_route(request)
        self.check_key(request)
        self.check_revision(request)
        types = ("application/vnd.api+json", "application/json")
        body = read_json(
            request, BODY_MAX, types, other={"status": 400},
            content_type={"status": 415}, size={"status": 413})
        if kind == "events":
            verdict.events = [row(get(body, "data", "attributes"))]
            self.check_tree(body, SINGLE)
            self.take_one(body, verdict)
        else:
            self.check_tree(body, BULK)
            self.take_many(body, verdict)
        verdict.answer = Answer(202, b"", content_type="")

    def check_route(self, request):
        path = request.path.rstrip("/")     # a slash at its end works
        if re.match(r"/api/(track|identify|v[12]/)", request.path):
            refuse("retired", "This endpoint was retired.", 410)
        kind = path[5:] if path.startswith("/api/") else None
        if kind not in RATES:
            refuse("path", "The path %s could not be found" % path, 404)
        if self.token_in_url(request) or request.query:
            refuse("query", "no parameters in the URL")
        if request.method != "POST":
            refuse("method", "Method %s not allowed." % request.method, 405)
        return kind

    def check_key(self, request):
        values = request.values("authorization")
        scheme, _, key = values[0].partition(" ") if len(values) == 1 \
            else ("", "", "")
        if scheme not in ("Klaviyo-API-Key", "Bearer") or not key:
            refuse("key.missing", "Missing or malformed authorization.", 401)
        if scheme == "Bearer":
            if not self.set["token"] or key != self.set["token"]:
                refuse("key", "Incorrect authentication credentials.", 401)
            return
        if re.fullmatch("[A-Za-z0-9]{6}", key):
            refuse("key.public", "A public key has no access here.", 403)
        if key not in (self.set["key"], self.set["other_key"]):
            refuse("key", "Incorrect authentication credentials.", 401)
        if key != self.set["key"] \
                or "events:write" not in self.set["scopes"]:
            refuse("scope", "The key lacks the scope events:write.", 403)

    def check_revision(self, request):
        revision = request.value("revision", "")
        if not revision:
            refuse("revision.missing", "A revision header is required.")
        if rfc3339(revision + "T00:00:00Z") is None \
                or revision > self.set["newest"]:
            refuse("revision", "Invalid revision header.")
        if revision < self.set["oldest"]:
            refuse("revision.retired", "This revision was retired.", 410)

    def check_tree(self, body, table):
        for path, rule, words in walk(body, table):
            refuse(rule, "%s %s" % (path[-1] if path else "body", words),
                   path=path)

    def take_one(self, body, verdict):
        found = self.finder(verdict, 0)
        attributes = body["data"]["attributes"]
        path = ("data", "attributes")
        check_event(attributes, path, self.clock.now(), found)
        check_profile(attributes["profile"]["data"],
                      path + ("profile", "data"))
        verdict.accepted.append(self.accepted(
            attributes, attributes["profile"]["data"],
            attributes.get("backfill")))

    def take_many(self, body, verdict):
        parts = body["data"]["attributes"]["events-bulk-create"]["data"]
        path = ("data", "attributes", "events-bulk-create", "data")
        events = [(n, part["attributes"], index, one["attributes"])
                  for n, part in enumerate(parts) for index, one in
                  enumerate(part["attributes"]["events"]["data"])]
        verdict.events = [row(one) for _, _, _, one in events]
        if not events:
            refuse("data", "There are no events.", path=path)       # ours
        if len(events) > EVENTS_MAX:
            refuse("data", "More than 1000 events.", path=path)
        for n, part in enumerate(parts):
            check_profile(part["attributes"]["profile"]["data"],
                          path + (n, "attributes", "profile", "data"))
        keys = set()
        for at, (n, part, index, one) in enumerate(events):
            where = path + (n, "attributes", "events", "data", index,
                            "attributes")
            try:
                check_event(one, where, self.clock.now(),
                            self.finder(verdict, at))
                made = self.accepted(one, part["profile"]["data"],
                                     part.get("backfill"))
                if made["key"] in keys:
                    refuse("twice", "unique_id is repeated for this profile "
                           "and metric.", path=where + ("unique_id",))
            except Refusal as refusal:
                refusal.index = at
                raise
            keys.add(made["key"])
            verdict.accepted.append(made)

    def person(self, data):
        """oas: whoever shares an identifier is one profile."""
        ids = [("id", data.get("id"))] + [
            (n, data["attributes"].get(n)) for n in IDENTIFIERS]
        ids = ["%s:%s" % (n, v.strip().lower() if n == "email" else v)
               for n, v in ids if v]
        who = next((self.people[i] for i in ids if i in self.people), ids[0])
        self.people.update(dict.fromkeys(ids, who))
        return who

    def accepted(self, attributes, data, backfill):
        name = attributes["metric"]["data"]["attributes"]["name"]
        unique = attributes.get("unique_id")
        when = rfc3339(attributes["time"]) if attributes.get("time") \
            else int(self.clock.now())
        value = attributes.get("value")
        # oas: without a unique_id it is the second that counts
        return {
            "account": "klaviyo", "event_name": name, "event_id": unique,
            "event_time": when, "backfill": bool(backfill),
            "value": None if value is None else str(value),
            "currency": attributes.get("value_currency"),
            "keys": sorted(n for n, v in data["attributes"].items() if v),
            "key": json.dumps([self.person(data), name,
                               unique or "second %d" % when]),
            "window": FOR_EVER}

    # Misbehaving

    def fault_error(self, action, verdict, status=400):
        verdict.accepted = []
        status = action.get("status", status)
        verdict.codes = {"code": action.get("code", CODES.get(status))}
        return error_answer(
            status, action.get("detail", "Something is wrong."),
            action.get("pointer", "/data" if status == 400 else "") or None,
            action.get("code"))

    def fault_auth(self, action, verdict):
        return self.fault_error(action, verdict, 401)

    def fault_throttle(self, action, verdict):
        if not action.get("bare"):
            action.setdefault("retry_after", 1)
        return self.fault_error(action, verdict, 429)

    def fault_transient(self, action, verdict):
        return self.fault_error(action, verdict, 503)

    def fault_conflict(self, action, verdict):
        return self.fault_error(action, verdict, 409)

    def fault_gone(self, action, verdict):
        return self.fault_error(action, verdict, 410)
