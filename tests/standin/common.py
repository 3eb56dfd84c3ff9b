"""What several platforms share: types, digests, times, and a plug-in's frame.

A table of members is a Members: {name: check}.  A check is a function that
returns what is wrong with a value (or None), another Members, or [check] for
a list of such.  walk() goes through a value by such a table and yields
(path, rule, words) for each thing that is wrong.
"""

import datetime
import hashlib
import ipaddress
import os
import random
import re
import urllib.parse
from decimal import Decimal, InvalidOperation

import currencies
import strictjson
from registry import Verdict

DAY = 86400

HASH = re.compile(r"[0-9a-f]{64}")
HEX_DIGEST = re.compile(r"(?i)[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32}")
EMPTY_HASH = hashlib.sha256(b"").hexdigest()
# What careless programs hash when there is nothing.
HOLLOW_HASHES = frozenset(hashlib.sha256(w).hexdigest() for w in (
    b"", b"null", b"undefined"))
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
E164 = re.compile(r"\+[1-9][0-9]{6,14}")


# Types.  Each returns what is wrong, or None.

def string(value):
    return None if isinstance(value, str) else "must be a string"


def text(value):
    if not isinstance(value, str):
        return "must be a string"
    return None if value else "must not be empty"


def integer(value):
    if isinstance(value, bool) or not isinstance(value, int):
        return "must be an integer"


def int64(value):
    """As protobuf's JSON takes it: a number, or one in a string."""
    if isinstance(value, str) and re.fullmatch("-?[0-9]+", value):
        return None
    return integer(value)


def number(value):
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return "must be a number"


def boolean(value):
    return None if isinstance(value, bool) else "must be true or false"


def thing(value):
    return None if isinstance(value, dict) else "must be an object"


def array(value):
    return None if isinstance(value, list) else "must be an array"


def flag(value):
    return None if value in (0, 1) and integer(value) is None \
        else "must be 0 or 1"


def texts(value):
    if array(value):
        return array(value)
    return next((text(v) for v in value if text(v)), None)


def text_or_texts(value):
    if isinstance(value, list):
        return texts(value) or (None if value else "must not be empty")
    return text(value)


def one_of(*words):
    def check(value):
        return None if value in words and isinstance(value, str) \
            else "must be one of: " + " ".join(words)
    return check


def either(*checks):
    def check(value):
        wrong = [c(value) for c in checks]
        return None if None in wrong else " or ".join(wrong)
    return check


def maybe(check):
    """null is as good as absent."""
    return lambda value: None if value is None else check(value)


def matching(pattern, words):
    pattern = re.compile(pattern)

    def check(value):
        return string(value) or (
            None if pattern.fullmatch(value) else words)
    return check


def at_most(count, check=string):
    def checked(value):
        return check(value) or (
            None if len(value) <= count else "is longer than %d" % count)
    return checked


def within(low, high):
    def check(value):
        return integer(value) or (
            None if low <= value <= high
            else "must be from %d to %d" % (low, high))
    return check


def currency(value):
    return string(value) or (None if value in currencies.CODES
                             else "must be a code of ISO 4217")


def amount(value):
    return number(value) or ("must not be negative" if value < 0 else None)


def decimal(value):
    """The number in a string, or None if there is none in it."""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
        try:
            return Decimal(value)
        except InvalidOperation:
            pass
    return None


def ip(value):
    if text(value):
        return text(value)
    try:
        ipaddress.ip_address(value)
        return None if "%" not in value else "must have no zone"
    except ValueError:
        return "must be one IPv4 or IPv6 address"


def url(value):
    if text(value):
        return text(value)
    try:
        parts = urllib.parse.urlsplit(value)
    except ValueError:
        return "must be a URL"
    if parts.scheme not in ("http", "https") or not parts.hostname \
            or re.search(r"[\s\x00-\x1f]", value):
        return "must be an absolute http or https URL"


# Tables

class Members(dict):
    """others: the check of names that are not in the table; None: refused."""

    def __init__(self, table, required=(), others=None, null=False):
        super().__init__(table)
        self.required = required
        self.others = others
        self.null = null


def walk(value, check, path=()):
    if isinstance(check, list):
        if array(value):
            yield path, "type", array(value)
            return
        for index, one in enumerate(value):
            yield from walk(one, check[0], path + (index,))
    elif isinstance(check, Members):
        yield from walk_members(value, check, path)
    elif check(value):
        yield path, "type", check(value)


def walk_members(value, table, path):
    if value is None and table.null:
        return
    if thing(value):
        yield path, "type", thing(value)
        return
    for name in table.required:
        if name not in value:
            yield path + (name,), "required", "is missing"
    for name, member in value.items():
        check = table.get(name, table.others)
        if check is None:
            yield path + (name,), "member", "is unknown"
        else:
            yield from walk(member, check, path + (name,))


def dotted(path):
    return ".".join(str(part) for part in path)


def get(value, *path):
    """The member at a path, or None on the way."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


# Digests and people's data

def digest_fault(value):
    """The rule that a digest breaks: "hash", "hash.hollow", or None."""
    if not HASH.fullmatch(value):
        return "hash"
    return "hash.hollow" if value in HOLLOW_HASHES else None


def is_digest(value):
    return isinstance(value, str) and HEX_DIGEST.fullmatch(value) is not None


def as_list(value):
    return value if isinstance(value, list) else [value]


LOCAL = [ipaddress.ip_network(n) for n in (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8",
    "169.254.0.0/16", "0.0.0.0/8", "::1/128", "::/128", "fe80::/10",
    "fc00::/7")]


def is_local(address):
    # Not ip.is_private: that counts the documentation addresses in.
    return any(address.version == n.version and address in n for n in LOCAL)


# Query parameters that name a person or open a door.
PERSONAL_QUERY = frozenset("""
email e-mail e_mail email_address mail em phone phone_number tel telephone
mobile firstname first_name fname lastname last_name lname birthday dob
date_of_birth token access_token auth auth_token password passwd secret
session session_id sessionid api_key apikey
""".split())


def url_fault(value):
    """What is personal in a URL's query, or None."""
    parts = urllib.parse.urlsplit(value)
    if parts.username is not None:
        return "has a user in it"
    for part in (parts.query, parts.fragment):
        for key, member in urllib.parse.parse_qsl(part, True):
            if key.lower() in PERSONAL_QUERY or re.search(
                    r"[^\s@]@[^\s@]+\.[a-z]", member):
                return "its query has personal data or a key"
    return None


def is_near(name, names):
    """Not one of them, but for its case and marks."""
    def plain(text):
        return re.sub(r"[^a-z0-9]", "", text.lower())
    return name not in names and plain(name) in {plain(n) for n in names}


RFC3339 = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]"
                     r"([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?"
                     r"([Zz]|[+-][0-9]{2}:[0-9]{2})")


def rfc3339(value):
    """Unix seconds (without the fraction), or None."""
    parts = RFC3339.fullmatch(value) if isinstance(value, str) else None
    if not parts:
        return None
    zone = parts[3].upper().replace("Z", "+00:00")
    try:
        when = datetime.datetime.fromisoformat(
            "%sT%s%s" % (parts[1], parts[2], zone))
    except ValueError:
        return None
    return int(when.timestamp())


def random_id(length=24, letters="0123456789ABCDEF"):
    return "".join(random.choices(letters, k=length))


# Files

def write_secret(directory, name, words):
    """A file only its owner can read; returns its path."""
    path = os.path.join(directory, name)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w") as out:
        out.write(words)
    return path


def section(name, base, directory, **keys):
    """The lines of capi.conf for a destination."""
    keys.update(endpoint=base, ca_file=directory + "/ca.pem")
    return "[%s]\n%s\n" % (name, "".join(
        "%s = %s\n" % pair for pair in keys.items()))


# The frame

class Refusal(Exception):
    """A rule was broken; `how` is the platform's own: status, code, ..."""

    def __init__(self, rule, reason, **how):
        super().__init__(reason)
        self.rule = rule
        self.reason = reason
        self.index = None
        self.how = how


def read_json(request, limit, types=("application/json",), **how):
    """The body; how: what a Refusal needs, by rule or for all of them."""
    def refuse(rule, reason):
        raise Refusal(rule, reason, **how.get(rule.replace("-", "_"),
                                              how.get("other", {})))
    if request.values("content-encoding"):
        refuse("content-encoding", "the body is compressed")
    kind = request.value("content-type", "").lower().replace(" ", "")
    if kind not in types and kind not in [t + ";charset=utf-8"
                                          for t in types]:
        refuse("content-type", "send " + types[0])
    if len(request.body) > limit:
        refuse("size", "the body is larger than %d bytes" % limit)
    try:
        body = strictjson.loads(request.body)
    except strictjson.Invalid as error:
        refuse("json", str(error))
    if thing(body):
        refuse("json", "the body must be an object")
    return body


def bearer(request):
    """The token of exactly one Authorization: Bearer header, or None."""
    values = request.values("authorization")
    if len(values) != 1 or not re.fullmatch(r"Bearer [^\s]+", values[0]):
        return None
    return values[0][7:]


class Plugin:
    """A platform: examine(request, verdict) raises Refusal or answers;
    error(refusal) is the Answer to a Refusal; fault_NAME(action, verdict)
    is the Answer of the fault NAME."""

    name = ""
    settings = {}
    notes = {}
    event_mark = b'"event_time"'        # counted by --fast
    fast_answer = b"{}"
    fast_status = 200

    def __init__(self, settings, strict):
        self.set = settings
        self.strict = strict
        self.clock = None               # both set by the server
        self.journal = None

    def secrets(self):
        return [self.set["token"]]

    def token_in_url(self, request):
        whole = urllib.parse.unquote(request.target)
        return any(s and s in whole for s in self.secrets())

    def judge(self, request):
        verdict = Verdict()
        try:
            self.examine(request, verdict)
        except Refusal as refusal:
            verdict.accepted = []
            self.blame(verdict, refusal)
            verdict.answer = self.error(refusal)
        return verdict

    def blame(self, verdict, refusal):
        verdict.rule = "%s.%s" % (self.name, refusal.rule)
        verdict.reason = refusal.reason
        verdict.index = refusal.index
        verdict.codes = {"code": refusal.how.get("code")}

    def finder(self, verdict, index):
        """found(what): let it pass, unless --strict."""
        def found(what):
            verdict.findings.append([index, what])
            if self.strict:
                refusal = Refusal("strict." + what.split(":")[0], what)
                refusal.index = index
                raise refusal
        return found

    def seen(self, account, key):
        """When the key was accepted first, or None."""
        return self.journal.seen.get((self.name, account, key))

    def fault(self, action, request, verdict):
        make = getattr(self, "fault_" + action["do"].replace("-", "_"), None)
        return make and make(action, verdict)

    def fault_lose(self, action, verdict):
        """Answered as if it had been taken, and thrown away."""
        verdict.accepted = []
        return verdict.answer

    def quick(self, request):
        from wire import Answer
        return (Answer(self.fast_status, self.fast_answer),
                request.body.count(self.event_mark))
