"""Google's token endpoint: service accounts' assertions and refresh tokens.

RFC 7523 and Google's "Using OAuth 2.0 for Server to Server Applications".
The RSA signature is checked here with nothing but pow(): PKCS#1 v1.5 has one
right encoding of a digest, so the decrypted block is compared as a whole.
"""

import base64
import hashlib
import json
import os
import re
import secrets
import subprocess
import urllib.parse

import strictjson
from common import Refusal, write_secret
from wire import Answer

AUDIENCE = "https://oauth2.googleapis.com/token"
JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPE = "https://www.googleapis.com/auth/"
LIFE = 3599
LONGEST = 3600                          # exp - iat of an assertion
SKEW = 300
# DER of DigestInfo for SHA-256 (RFC 8017, 9.2, note 1)
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")

SHORT = ("Invalid JWT: Token must be a short-lived token (60 minutes) and in "
         "a reasonable timeframe. Check your iat and exp values in the JWT "
         "claim.")


def deny(rule, error, words, status=400):
    raise Refusal(rule, words, error=error, status=status)


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(part):
    """base64url without padding, and nothing else; None if it is not."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", part) or len(part) % 4 == 1:
        return None
    data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    return data if encode(data) == part else None


def openssl(*arguments):
    return subprocess.run(("openssl",) + arguments, check=True, text=True,
                          stdin=subprocess.DEVNULL,
                          capture_output=True).stdout


class Account:
    """A service account with a key of its own, kept in the directory."""

    email = "standin@example-project.iam.gserviceaccount.com"

    def __init__(self, directory):
        path = os.path.join(directory, "google.key")
        if not os.path.exists(path):
            write_secret(directory, "google.key", openssl("genrsa", "2048"))
        with open(path) as file:
            self.key = file.read()
        self.modulus = int(openssl("rsa", "-in", path, "-noout",
                                   "-modulus").split("=")[1], 16)
        self.id = hashlib.sha256(b"%x" % self.modulus).hexdigest()[:40]

    def verify(self, signed, signature):
        size = (self.modulus.bit_length() + 7) // 8
        if len(signature) != size:
            return False
        block = pow(int.from_bytes(signature, "big"), 65537, self.modulus)
        tail = SHA256_INFO + hashlib.sha256(signed).digest()
        right = b"\0\1" + b"\xff" * (size - 3 - len(tail)) + b"\0" + tail
        return block.to_bytes(size, "big") == right

    def file(self, token_uri):
        """What Google lets one download."""
        return json.dumps({
            "type": "service_account", "project_id": "example-project",
            "private_key_id": self.id, "private_key": self.key,
            "client_email": self.email, "client_id": "100000000000000000001",
            "token_uri": token_uri}, indent=1) + "\n"


class Tokens:
    """Gives tokens out, and knows them again."""

    def __init__(self, settings, clock):
        self.set = settings
        self.clock = clock
        self.account = None             # set when the directory is known
        self.audiences = [AUDIENCE]
        self.given = {}

    def scopes(self, token):
        """Of a token: its scopes; None: unknown; "": expired."""
        if token == self.set["token"]:
            return self.set["scopes"].split()
        scopes, end = self.given.get(token, (None, 0))
        if scopes is not None and self.clock() >= end:
            return ""
        return scopes

    def give(self, scopes):
        token = "ya29." + secrets.token_urlsafe(32)
        self.given[token] = ([s.rsplit("/", 1)[1] for s in scopes],
                             self.clock() + LIFE)
        return Answer(200, json.dumps({
            "access_token": token, "expires_in": LIFE,
            "scope": " ".join(scopes), "token_type": "Bearer"}))

    def answer(self, request):
        """The token endpoint; Refusals say error and status."""
        if request.method != "POST" or request.query:
            deny("method", "invalid_request", "POST a form", 400)
        kind = request.value("content-type", "").split(";")[0].lower()
        if kind != "application/x-www-form-urlencoded":
            deny("content-type", "invalid_request", "POST a form")
        try:
            pairs = urllib.parse.parse_qsl(
                request.body.decode("ascii"), True, True)
        except ValueError:
            deny("form", "invalid_request", "this is not a form")
        form = dict(pairs)
        if len(form) != len(pairs):
            deny("form", "invalid_request", "a parameter is repeated")
        grant = form.get("grant_type")
        if grant == JWT:
            return self.give(self.assertion(form.get("assertion", "")))
        if grant == "refresh_token":
            return self.give(self.refresh(form))
        deny("grant", "unsupported_grant_type", "Invalid grant_type: ")

    def refresh(self, form):
        if form.get("client_id") != self.set["client_id"]:
            deny("client", "invalid_client", "The OAuth client was not "
                 "found.", 401)
        if form.get("client_secret") != self.set["client_secret"]:
            deny("client", "invalid_client", "Unauthorized", 401)
        if form.get("refresh_token") != self.set["refresh_token"]:
            deny("refresh", "invalid_grant",
                 "Token has been expired or revoked.")
        return [SCOPE + s for s in self.set["scopes"].split()]

    def assertion(self, jwt):
        parts = jwt.split(".")
        data = [decode(part) for part in parts]
        if len(parts) != 3 or None in data:
            deny("jwt", "invalid_grant", "Invalid JWT: not three parts of "
                 "base64url without padding")
        try:
            header, claims = (strictjson.loads(one) for one in data[:2])
        except strictjson.Invalid:
            deny("jwt", "invalid_grant", "Invalid JWT: not JSON")
        if not isinstance(header, dict) or not isinstance(claims, dict):
            deny("jwt", "invalid_grant", "Invalid JWT: not objects")
        if (header.get("alg"), header.get("typ")) != ("RS256", "JWT"):
            deny("jwt.header", "invalid_grant", "Invalid JWT: alg RS256, "
                 "typ JWT")
        if header.get("kid") != self.account.id \
                or claims.get("iss") != self.account.email:
            deny("jwt.account", "invalid_grant",
                 "Invalid grant: account not found")
        if not self.account.verify(
                (parts[0] + "." + parts[1]).encode(), data[2]):
            deny("jwt.signature", "invalid_grant", "Invalid JWT Signature.")
        return self.claims(claims)

    def claims(self, claims):
        if claims.get("aud") not in self.audiences:
            deny("jwt.audience", "invalid_grant", "Invalid JWT: aud is "
                 "not the token endpoint")
        start, end, now = claims.get("iat"), claims.get("exp"), self.clock()
        if type(start) is not int or type(end) is not int \
                or end - start > LONGEST or start > now + SKEW \
                or end <= now:
            deny("jwt.time", "invalid_grant", SHORT)
        scopes = str(claims.get("scope", "")).split()
        if not scopes or not all(
                s in (SCOPE + "datamanager", SCOPE + "adwords")
                for s in scopes):
            deny("scope", "invalid_scope",
                 "Invalid OAuth scope or ID token audience provided.")
        return scopes


def error(refusal):
    return Answer(refusal.how["status"], json.dumps({
        "error": refusal.how["error"],
        "error_description": refusal.reason}))
