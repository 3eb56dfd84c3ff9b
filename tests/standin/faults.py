"""Misbehaviour on command.

The plan is a JSON object, in DIR/faults (read again when it changed) or sent
by POST /_control (which writes DIR/faults):

  {"script": [ACTION, ...],      consumed in order, one a request
   "always": [ACTION, ...],      each time its "when" fits, never consumed
   "rate": 0.1, "seed": 7, "of": [ACTION, ...],      now and then
   "skew": -3600}                seconds that the server's clock is wrong by

An action is {"do": NAME, ...} or just "NAME".  Members of every action:

  times     how often it stays at the head of the script; -1 = for ever
  when      {"path": part, "platform": name, "id": event id, "longer": bytes,
            "events": n}: script and rate look at path and platform only
            ("id" and the rest need the body); "events" = more than n of them
  delay     seconds to wait before answering, after all else is done
  headers   [[name, value], ...] added to the answer
  retry_after  number or text, or one of date+N date-N past garbage huge
            negative two empty

NAME, what the client sees, and whether the events count as accepted:

  pass            nothing wrong; for delay, headers, and to let some through
  status          status (503), body or body_kind; not accepted
  drop-before-body  closed when the head was read; not accepted
  drop-after-body   closed when the body was read; not accepted
  drop-after-accept accepted, and the answer lost
                    (the three: "clean": false leaves out TLS close_notify)
  rst             TCP reset; "at": before-body, after-body, after-accept
  hang            never answers (or for `seconds`); "accept": true to accept
  half            accepted; head and half of the body, then closed
  body            accepted; status 200 with body_kind: html empty-object
                  empty-array null empty truncated invalid-utf8 nul deep huge
                  text (with "body"); "accept": false to not accept
  header-flood    accepted; 400 KiB of headers
  slow            accepted; `chunk` (1) byte each `interval` (0.5) seconds
  redirect        status (302) to "to" (an URL, or host:port); not accepted

A platform adds names of its own, see its module.  An action never makes a
request accepted that the platform refuses: where it says "accepted" and the
platform says no, the answer is the refusal, delayed, halved or lost.
"""

import json
import os
import random
import threading

from wire import Answer, http_date

# Faults that act before the platform has judged the request, so that it
# cannot have been accepted.
BLIND = ("status", "redirect", "drop-before-body", "drop-after-body")
CORE = BLIND + ("pass", "drop-after-accept", "rst", "hang", "half", "body",
                "header-flood", "slow")

HTML = ("<!DOCTYPE html>\n<html><head><title>Error</title></head>\n"
        "<body><h1>Sorry, something went wrong.</h1></body></html>\n")


class BadPlan(ValueError):
    pass


def action_of(value):
    if isinstance(value, str):
        value = {"do": value}
    if not isinstance(value, dict) or not isinstance(value.get("do"), str):
        raise BadPlan("an action is a name or an object with \"do\"")
    action = dict(value)
    action.setdefault("times", 1)
    return action


class Plan:
    def __init__(self, path):
        self.path = path
        self.lock = threading.Lock()
        self.stamp = None
        self.load({})

    def load(self, plan):
        if not isinstance(plan, dict):
            raise BadPlan("the plan is an object")
        unknown = set(plan) - {"script", "always", "rate", "seed", "of",
                               "skew"}
        if unknown:
            raise BadPlan("unknown member: " + ", ".join(sorted(unknown)))
        script = [action_of(a) for a in plan.get("script", [])]
        always = [action_of(a) for a in plan.get("always", [])]
        of = [action_of(a) for a in plan.get("of", [])]
        self.script, self.always, self.of = script, always, of
        self.rate = float(plan.get("rate", 0))
        self.dice = random.Random(plan.get("seed", 1))
        self.skew = float(plan.get("skew", 0))
        self.error = None

    def refresh(self):
        """Read DIR/faults again if it is another file than last time."""
        try:
            status = os.stat(self.path)
            stamp = (status.st_mtime_ns, status.st_ino, status.st_size)
        except FileNotFoundError:
            stamp = None
        if stamp == self.stamp:
            return
        self.stamp = stamp
        try:
            if stamp is None:
                self.load({})
            else:
                with open(self.path, encoding="utf-8") as file:
                    self.load(json.load(file) if status.st_size else {})
        except (OSError, ValueError, TypeError) as error:
            self.load({})
            self.error = "faults: %s" % error

    def replace(self, text):
        plan = json.loads(text)
        Plan.load(self.__class__.__new__(self.__class__), plan)
        temporary = self.path + ".new"
        with open(temporary, "w", encoding="utf-8") as out:
            json.dump(plan, out)
        with self.lock:
            os.replace(temporary, self.path)
            self.stamp = 0              # whatever it was, read it
            self.refresh()

    def state(self):
        with self.lock:
            self.refresh()
            return {"script": self.script, "always": self.always,
                    "rate": self.rate, "of": self.of, "skew": self.skew,
                    "error": self.error}

    def at_head(self, request, platform):
        """The action for a request whose head is known, or None."""
        with self.lock:
            self.refresh()
            if self.script and fits(self.script[0], request, platform):
                action = self.script[0]
                if action["times"] > 0:
                    action["times"] -= 1
                if action["times"] == 0:
                    self.script.pop(0)
                return action
            if self.of and self.dice.random() < self.rate:
                action = self.dice.choice(self.of)
                if fits(action, request, platform):
                    return action
            return None

    def at_body(self, request, platform, events):
        with self.lock:
            for action in self.always:
                if (fits(action, request, platform)
                        and fits_body(action, request, events)):
                    return action
        return None


def fits(action, request, platform):
    when = action.get("when", {})
    if "path" in when and when["path"] not in request.path:
        return False
    return when.get("platform", platform) == platform


def fits_body(action, request, events):
    when = action.get("when", {})
    ids = [event[1] for event in events]
    if "id" in when and when["id"] not in ids:
        return False
    if "events" in when and len(events) <= when["events"]:
        return False
    return not ("longer" in when and len(request.body) <= when["longer"])


def retry_after(value, now):
    """The Retry-After headers an action asks for."""
    text = str(value)
    if text.startswith(("date+", "date-")):
        return [("Retry-After", http_date(now + int(text[4:])))]
    values = {
        "past": [http_date(now - 3600)],
        "garbage": ["soon"],
        "huge": ["99999999999"],
        "negative": ["-5"],
        "empty": [""],
        "two": ["1", "60"],
    }.get(text, [text])
    return [("Retry-After", v) for v in values]


def bad_body(action, good):
    """(content type, bytes) of the answers that are no answers."""
    kind = action.get("body_kind", "text" if "body" in action else "html")
    as_json = "application/json; charset=UTF-8"
    if kind == "text":
        return action.get("content_type", as_json), action["body"].encode()
    table = {
        "html": ("text/html; charset=utf-8", HTML.encode()),
        "empty-object": (as_json, b"{}"),
        "empty-array": (as_json, b"[]"),
        "null": (as_json, b"null"),
        "empty": (as_json, b""),
        "truncated": (as_json, good[:len(good) // 2]),
        "invalid-utf8": (as_json, good[:-1] + b',"note":"\xff\xfe\xc3"}'),
        "nul": (as_json, good[:-1] + b',"note":"\0"}\0'),
        "deep": (as_json, b"[" * 100000 + b"]" * 100000),
        # Well-formed and right but for its size: only a cap stops it.
        "huge": (as_json, good[:-1] + b',"pad":"' + b"a" * 2 * 1024 * 1024
                 + b'"}'),
    }
    if kind not in table:
        raise BadPlan("unknown body_kind: %s" % kind)
    return table[kind]


def blind_answer(action):
    """What "status" and "redirect" answer."""
    if action["do"] == "redirect":
        to = action.get("to", "https://127.0.0.1:1/")
        if "://" not in to:
            to = "https://%s/" % to
        return Answer(action.get("status", 302), b"", [("Location", to)],
                      content_type="")
    content_type, body = bad_body(action, b"{}")
    return Answer(action.get("status", 503), body,
                  content_type=content_type)


def trim(answer, action, now):
    """The headers an action adds to whatever is answered."""
    answer.headers += [tuple(pair) for pair in action.get("headers", [])]
    if "retry_after" in action:
        answer.headers += retry_after(action["retry_after"], now)
    return answer
