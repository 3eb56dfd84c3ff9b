"""What the stand-in saw and decided, in files before the client knows it.

requests.ndjson   one line a request, whatever became of it
accepted.ndjson   one line an accepted event, repeats marked
connections.ndjson one line a connection: who, when, which TLS, or why not
bodies/N          the bytes of request N, with --keep-bodies

Tests take these files as the truth about what a sender did, so a line is
written before the answer leaves. (Not synced: it is the sender that dies.)  Tokens are never written: they
appear as a fingerprint, eight hex digits of their SHA-256.
"""

import hashlib
import json
import os
import re
import threading

SHOWN = ("host", "content-type", "content-length", "content-encoding",
         "transfer-encoding", "user-agent", "accept", "expect", "connection",
         "revision", "idempotency-key")
SECRET = ("authorization", "access-token", "x-api-key", "proxy-authorization",
          "cookie", "developer-token")
SECRET_PARAMETER = re.compile(
    r"(?i)((?:access_token|token|key|secret|assertion)=)([^&\s]+)")


def fingerprint(secret):
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()[:8]


def mask_header(value):
    scheme, blank, rest = value.partition(" ")
    if blank:
        return "%s <%s>" % (scheme, fingerprint(rest))
    return "<%s>" % fingerprint(value)


def mask_target(target, secrets):
    for secret in secrets:
        if secret:
            target = target.replace(secret, "<%s>" % fingerprint(secret))
    return SECRET_PARAMETER.sub(
        lambda m: m.group(0) if m.group(2).startswith("<")
        else m.group(1) + "<%s>" % fingerprint(m.group(2)), target)


def line(record):
    def other(value):
        return str(value)
    return (json.dumps(record, ensure_ascii=True, separators=(",", ":"),
                       default=other) + "\n").encode()


class Journal:
    def __init__(self, directory, keep_bodies=False):
        self.directory = directory
        self.lock = threading.Lock()
        self.requests = self.open("requests.ndjson")
        self.accepted = self.open("accepted.ndjson")
        self.connections = self.open("connections.ndjson")
        self.bodies = None
        if keep_bodies:
            self.bodies = os.path.join(directory, "bodies")
            os.makedirs(self.bodies, mode=0o700, exist_ok=True)
        self.number = self.count("requests.ndjson")
        self.seen = {}
        self.remember()

    def open(self, name):
        path = os.path.join(self.directory, name)
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND
                       | os.O_CLOEXEC, 0o600)

    def lines(self, name):
        with open(os.path.join(self.directory, name), "rb") as file:
            yield from file

    def count(self, name):
        return sum(1 for _ in self.lines(name))

    def remember(self):
        """A restarted stand-in has not forgotten what it accepted."""
        for text in self.lines("accepted.ndjson"):
            event = json.loads(text)
            if event["key"] is not None and not event["repeat"]:
                place = (event["platform"], event["account"], event["key"])
                self.seen[place] = event["time"]

    def next_number(self):
        with self.lock:
            self.number += 1
            return self.number

    def is_repeat(self, platform, event, now):
        """The platforms keep the first arrival for `window` seconds."""
        if event["key"] is None:
            return False
        place = (platform, event["account"], event["key"])
        first = self.seen.get(place)
        if first is not None and now - first <= event["window"]:
            return True
        self.seen[place] = now
        return False

    def write(self, request, record, platform=None, accepted=()):
        """One request and the events of it that were accepted."""
        if self.bodies and request.body is not None:
            self.write_body(request)
        with self.lock:
            repeats = 0
            text = b""
            for event in accepted:
                repeat = self.is_repeat(platform, event, request.time)
                repeats += repeat
                row = {"time": request.time, "platform": platform,
                       "repeat": repeat, "request": request.number}
                row.update((k, v) for k, v in event.items()
                           if k != "window")
                text += line(row)
            if text:
                os.write(self.accepted, text)
            record["accepted"] = len(accepted)
            record["repeats"] = repeats
            os.write(self.requests, line(record))

    def write_body(self, request):
        path = os.path.join(self.bodies, "%06d" % request.number)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
                          0o600), "wb") as out:
            out.write(request.body)

    def connection(self, record):
        with self.lock:
            os.write(self.connections, line(record))


def request_record(request, secrets):
    """What of a request may be kept."""
    headers = {}
    for name, value in request.headers:
        low = name.lower()
        if low in SECRET:
            headers[low] = mask_header(value)
        elif low in SHOWN:
            headers[low] = value
    body = request.body
    return {
        "n": request.number, "time": request.time,
        "method": request.method,
        "path": mask_target(request.target, secrets),
        "header_names": [name for name, _ in request.headers],
        "headers": headers,
        "body_sha256":
            None if body is None else hashlib.sha256(body).hexdigest(),
        "body_length": None if body is None else len(body),
    }
