"""HTTP/1.1 on one connection, by hand: a test server must be able to answer
wrongly in ways that a well-behaved library would not let it.

HTTP/2 is not spoken: Python's standard library has none (nghttpx is put before it).
"""

import socket
import ssl
import struct
import time

HEAD_MAX = 64 * 1024

REASONS = {
    200: "OK", 202: "Accepted", 204: "No Content", 207: "Multi-Status",
    301: "Moved Permanently", 302: "Found", 303: "See Other",
    307: "Temporary Redirect", 308: "Permanent Redirect",
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
    404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
    409: "Conflict", 410: "Gone", 411: "Length Required",
    413: "Content Too Large", 415: "Unsupported Media Type",
    422: "Unprocessable Content", 429: "Too Many Requests",
    431: "Request Header Fields Too Large", 500: "Internal Server Error",
    501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout",
}

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun",
          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def http_date(seconds):
    """IMF-fixdate of RFC 9110, 5.6.7; strftime would follow the locale."""
    t = time.gmtime(seconds)
    return "%s, %02d %s %04d %02d:%02d:%02d GMT" % (
        DAYS[t.tm_wday], t.tm_mday, MONTHS[t.tm_mon - 1], t.tm_year,
        t.tm_hour, t.tm_min, t.tm_sec)


class Gone(Exception):
    """The client closed, or was too slow, or is not to be talked to."""


class Malformed(Exception):
    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Request:
    """One request; body is None until it has been read."""

    def __init__(self, method, target, version, headers):
        self.method = method
        self.target = target
        self.version = version
        self.headers = headers          # [(name as sent, value)]
        self.path, _, self.query = target.partition("?")
        self.body = None
        self.time = 0.0                 # of the stand-in's clock
        self.number = 0

    def values(self, name):
        name = name.lower()
        return [v for n, v in self.headers if n.lower() == name]

    def value(self, name, default=None):
        found = self.values(name)
        return found[0] if found else default

    def keep_alive(self):
        tokens = ",".join(self.values("connection")).lower().split(",")
        tokens = [t.strip() for t in tokens]
        if self.version == "HTTP/1.0":
            return "keep-alive" in tokens
        return "close" not in tokens


class Answer:
    def __init__(self, status=200, body=b"", headers=(),
                 content_type="application/json; charset=UTF-8"):
        self.status = status
        self.body = body if isinstance(body, bytes) else body.encode()
        self.headers = list(headers)
        self.content_type = content_type

    def head(self, now, keep_alive, length=None):
        lines = ["HTTP/1.1 %d %s" % (self.status,
                                     REASONS.get(self.status, "Unknown"))]
        lines.append("Date: " + http_date(now))
        if self.content_type:
            lines.append("Content-Type: " + self.content_type)
        lines += ["%s: %s" % pair for pair in self.headers]
        lines.append("Content-Length: %d" % (
            len(self.body) if length is None else length))
        lines.append("Connection: %s" % (
            "keep-alive" if keep_alive else "close"))
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


class Connection:
    def __init__(self, sock, idle=120):
        self.sock = sock
        self.buffer = bytearray()
        self.idle = idle
        sock.settimeout(idle)

    def fill(self):
        try:
            data = self.sock.recv(256 * 1024)
        except (OSError, ssl.SSLError):
            raise Gone() from None
        if not data:
            raise Gone()
        self.buffer += data

    def line_end(self, mark, limit, start=0):
        searched = start
        while True:
            at = self.buffer.find(mark, max(start, searched - len(mark)))
            if at >= 0:
                return at
            searched = len(self.buffer)
            if searched > limit:
                raise Malformed(431, "the head is too long")
            self.fill()

    def take(self, count):
        while len(self.buffer) < count:
            self.fill()
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data

    def read_head(self):
        """The next request without its body; Gone when there is none."""
        while self.buffer[:2] == b"\r\n":
            del self.buffer[:2]
        end = self.line_end(b"\r\n\r\n", HEAD_MAX)
        head = bytes(self.buffer[:end]).decode("latin-1").split("\r\n")
        del self.buffer[:end + 4]
        words = head[0].split(" ")
        if len(words) != 3 or words[2] not in ("HTTP/1.1", "HTTP/1.0"):
            raise Malformed(400, "not an HTTP/1.1 request line")
        headers = []
        for line in head[1:]:
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip():
                raise Malformed(400, "not a header line")
            headers.append((name, value.strip(" \t")))
        return Request(words[0], words[1], words[2], headers)

    def body_length(self, request):
        """The length, or None for chunks (RFC 9112, 6.3)."""
        lengths = request.values("content-length")
        coding = request.values("transfer-encoding")
        if coding:
            if lengths or [c.lower() for c in coding] != ["chunked"]:
                raise Malformed(400, "two lengths, or an unknown coding")
            return None
        if not lengths:
            if request.method in ("POST", "PUT", "PATCH"):
                raise Malformed(411, "no content-length")
            return 0
        if len(set(lengths)) != 1 or not (
                lengths[0].isascii() and lengths[0].isdigit()):
            raise Malformed(400, "bad content-length")
        return int(lengths[0])

    def read_body(self, request, limit):
        length = self.body_length(request)
        if length is not None and length > limit:
            raise Malformed(413, "the body is too long")
        if request.value("expect", "").lower() == "100-continue":
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if length is not None:
            request.body = self.take(length)
            return
        request.body = self.read_chunks(limit)

    def read_chunks(self, limit):
        body = bytearray()
        while True:
            end = self.line_end(b"\r\n", 1024)
            size = bytes(self.buffer[:end]).split(b";")[0].strip()
            del self.buffer[:end + 2]
            try:
                size = int(size, 16)
            except ValueError:
                raise Malformed(400, "bad chunk size") from None
            if size == 0:
                break
            if len(body) + size > limit:
                raise Malformed(413, "the body is too long")
            body += self.take(size)
            if self.take(2) != b"\r\n":
                raise Malformed(400, "bad chunk end")
        while True:                     # trailers
            end = self.line_end(b"\r\n", HEAD_MAX)
            del self.buffer[:end + 2]
            if end == 0:
                return bytes(body)

    def send(self, data):
        try:
            self.sock.sendall(data)
        except (OSError, ssl.SSLError):
            raise Gone() from None

    def close(self, clean=True):
        """clean says good-bye in TLS first, as a tidy server does."""
        if clean:
            try:
                self.sock.settimeout(0.3)
                self.sock = self.sock.unwrap()
            except (OSError, ssl.SSLError, ValueError, AttributeError):
                pass
        try:
            self.sock.close()
        except OSError:
            pass

    def reset(self):
        """Close with a TCP RST: linger on, for zero seconds."""
        try:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                 struct.pack("ii", 1, 0))
        except OSError:
            pass
        self.close(clean=False)
