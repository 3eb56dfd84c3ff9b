#!/usr/bin/env python3
"""page.py DOM PNG: what the browser made of an audit page."""
import struct
import sys
import zlib
from html.parser import HTMLParser


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = {}
        self.captions = []
        self.inside = None
        self.foreign = []

    def handle_starttag(self, tag, attrs):
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.inside = tag
        for name, value in attrs:
            if name in ("src", "href", "xlink:href"):
                self.foreign.append(value)

    def handle_data(self, data):
        if self.inside in ("figcaption", "h2"):
            self.captions.append(data)


def pixels(path):
    """Rows of an 8-bit RGB or RGBA PNG, unfiltered."""
    data = open(path, "rb").read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, color = struct.unpack(">IIBB", body[:10])
        elif kind == b"IDAT":
            packed += body
        at += size + 12
    assert depth == 8 and color in (2, 6)
    n = 3 if color == 2 else 4
    raw, before, at = zlib.decompress(packed), bytearray(width * n), 0
    for _ in range(height):
        kind, row = raw[at], bytearray(raw[at + 1:at + 1 + width * n])
        at += 1 + width * n
        for i in range(len(row)):
            a = row[i - n] if i >= n else 0
            b = before[i]
            c = before[i - n] if i >= n else 0
            if kind == 1:
                row[i] = (row[i] + a) & 255
            elif kind == 2:
                row[i] = (row[i] + b) & 255
            elif kind == 3:
                row[i] = (row[i] + (a + b) // 2) & 255
            elif kind == 4:
                p = a + b - c
                pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
                row[i] = (row[i] + (a if pa <= pb and pa <= pc else
                                    b if pb <= pc else c)) & 255
        before = row
        yield [tuple(row[i:i + 3]) for i in range(0, len(row), n)]


def main():
    page = Page()
    page.feed(open(sys.argv[1], encoding="utf-8").read())
    text = " ".join(page.captions)
    for words in ("orders (bars) and events received (line) per day",
                  "time from event to sending", "events with a valid value",
                  "By age of the order", "Findings"):
        assert words in text, words
    assert page.tags.get("script", 0) == 0, "a script"
    assert not page.foreign, page.foreign
    assert page.tags["rect"] > 60 and page.tags["polyline"] >= 2
    colors = {}
    for y, row in enumerate(pixels(sys.argv[2])):
        if y % 4 == 0:
            for p in row[::4]:
                colors[p] = colors.get(p, 0) + 1
    # What is drawn: green of delivered, red of missing, the bars' blue.
    for name, want in (("delivered", (0x3f, 0x8f, 0x5f)),
                       ("missing", (0x8e, 0x1b, 0x22)),
                       ("bars", (0x2a, 0x6f, 0xb0)),
                       ("orders", (0xc9, 0xd3, 0xdf))):
        seen = sum(n for c, n in colors.items()
                   if all(abs(a - b) < 12 for a, b in zip(c, want)))
        assert seen > 50, "%s is not drawn (%d)" % (name, seen)
    print("drawn: %d figures, %d rectangles, %d colours" % (
        page.tags["figure"], page.tags["rect"], len(colors)))


if __name__ == "__main__":
    main()
