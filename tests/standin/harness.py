"""A running stand-in and what its tests ask of it."""

import http.client
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
DAY = 86400

# Published by several platforms: the SHA-256 of "" (FIPS 180-4)
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


# Certificates and keys of the first stand-in, since making them is slow.
MADE = {}
KEPT = ("ca.pem", "ca.key", "server.pem", "server.key", "google.key")


def give_keys(directory):
    for name, data in MADE.items():
        path = os.path.join(directory, name)
        if not os.path.exists(path):
            with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600),
                      "wb") as out:
                out.write(data)


def take_keys(directory):
    for name in KEPT:
        path = os.path.join(directory, name)
        if name not in MADE and os.path.exists(path):
            with open(path, "rb") as file:
                MADE[name] = file.read()


class StandIn:
    """One running server in a directory of its own."""

    def __init__(self, *options, directory=None):
        self.read = {}
        self.dir = directory or tempfile.mkdtemp(prefix="standin-")
        if "--certificate" not in options:
            give_keys(self.dir)
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "standin"), "--dir",
             self.dir] + list(options))
        ready = os.path.join(self.dir, "ready")
        end = time.monotonic() + 20
        while not os.path.exists(ready):
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("the stand-in did not start")
            time.sleep(0.01)
        if "--certificate" not in options:
            take_keys(self.dir)
        with open(os.path.join(self.dir, "port")) as file:
            self.port = int(file.read())
        self.context = ssl.create_default_context(
            cafile=os.path.join(self.dir, "ca.pem"))

    def stop(self, keep=False):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(10)
        if not keep:
            shutil.rmtree(self.dir)
        return status

    def connect(self, timeout=10):
        return http.client.HTTPSConnection("127.0.0.1", self.port,
                                           timeout=timeout,
                                           context=self.context)

    def lines(self, name="requests.ndjson"):
        """All lines; what was read before is not parsed again."""
        offset, found = self.read.get(name, (0, []))
        with open(os.path.join(self.dir, name), "rb") as file:
            file.seek(offset)
            data = file.read()
        found = found + [json.loads(line) for line in data.splitlines()]
        self.read[name] = offset + len(data), found
        return found

    def last(self):
        return self.lines()[-1]

    def plan(self, **plan):
        answer, text = self.post(plan, "/_control")
        if answer.status != 200:
            raise ValueError(text)
        return json.loads(text)

    def post(self, body, path, connection=None, method="POST",
             timeout=10, **headers):
        own = connection is None
        connection = connection or self.connect(timeout)
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        send = {"Content-Type": "application/json"}
        for name, value in headers.items():
            name = name.replace("_", "-")
            send[name] = value
        send = {name: v for name, v in send.items() if v is not None}
        try:
            connection.request(method, path, body, send)
            answer = connection.getresponse()
            data = answer.read()
        finally:
            if own:
                connection.close()
        return answer, data

    def config(self, name):
        """The keys of a section of DIR/capi.conf."""
        import configparser
        parser = configparser.ConfigParser(interpolation=None)
        parser.read(os.path.join(self.dir, "capi.conf"))
        found = dict(parser[name])
        for key, path in list(found.items()):
            if key.endswith("_file"):
                with open(path) as file:
                    found[key + " holds"] = file.read().strip()
        return found


def ago(seconds):
    return int(time.time()) - seconds


def change(made, changes):
    """place__member=value sets (None: removes) made[place][member]."""
    for name, value in changes.items():
        *places, member = name.split("__")
        target = made
        for place in places:
            target = target[int(place)] if isinstance(target, list) \
                else target.setdefault(place, {})
        if isinstance(target, list):
            target[int(member)] = value
        elif value is None:
            target.pop(member, None)
        else:
            target[member] = value
    return made


class PlatformCase(unittest.TestCase):
    """One server for a class; `platform` alone, with `options`."""

    platform = ""
    options = ()
    path = ""
    headers = {}

    @classmethod
    def setUpClass(cls):
        cls.server = StandIn("--platform", cls.platform, *cls.options)
        cls.connection = cls.server.connect()

    @classmethod
    def tearDownClass(cls):
        cls.connection.close()
        cls.server.stop()

    def setUp(self):
        self.before = len(self.rows())

    def plan(self, *script):
        """Misbehave; a test uses its script up, or tidies up itself."""
        self.server.plan(script=list(script))
        self.addCleanup(self.server.plan)

    def rows(self):
        return self.server.lines("accepted.ndjson")

    def new(self):
        """The rows of accepted.ndjson since the test, or the last look."""
        rows = self.rows()[self.before:]
        self.before += len(rows)
        return rows

    def send(self, body, path=None, method="POST", **headers):
        """(answer, the parsed body or None)"""
        given = dict(self.headers, **headers)
        try:
            answer, data = self.server.post(
                body, path or self.path, method=method,
                connection=self.connection, **given)
        except (OSError, http.client.HTTPException):
            self.connection.close()     # the next test gets a new one
            raise
        try:
            return answer, json.loads(data)
        except ValueError:
            return answer, data

    def repeats_after(self, make, *waits):
        """Is make(time) a repeat, so many seconds after the first one?"""
        directory = tempfile.mkdtemp(prefix="standin-")
        found = []
        for wait in (0,) + waits:
            now = time.time() + wait
            server = StandIn("--platform", self.platform, "--now", str(now),
                             *self.options, directory=directory)
            server.post(make(int(now) - 60), self.path, **self.headers)
            found.append(server.lines("accepted.ndjson")[-1]["repeat"])
            server.stop(keep=True)
        shutil.rmtree(directory)
        return found[1:]

    def rule(self, rule, index=None):
        last = self.server.last()
        self.assertEqual(last["rule"], "%s.%s" % (self.platform, rule))
        if index is not None:
            self.assertEqual(last["index"], index)
        return last


def add_tests(kind, table, method):
    """A test for each {sentence: arguments of method}; the first of them
    may be a function that makes it, where the time of day matters."""
    def make(first, *others):
        def test(self):
            getattr(self, method)(first() if callable(first) else first,
                                  *others)
        return test
    for sentence, arguments in table.items():
        setattr(kind, "test: " + sentence, make(*arguments))
