#!/usr/bin/env python3
"""The audit's method, a sentence at a time.

method.py CAPI-AUDIT

Makes for each statement of the method the smallest input that shows it, runs
capi-audit on it and compares. What is expected stands here as a literal, or
is computed by hand; nothing is taken from capi-audit. Prints what differs,
then "N statements hold"; ends with 1 if one does not.
"""
import datetime
import hashlib
import json
import os
import subprocess
import sys
import tempfile

AUDIT = os.path.abspath(sys.argv[1])
NOW = 1775581200                     # 2026-04-07 17:00 UTC
T0 = 1775001600                      # 2026-04-01 00:00 UTC
HOUR, DAY = 3600, 86400
LACKS = object()
held, broken = 0, []


def sha(s):
    return hashlib.sha256(s.encode()).hexdigest()


def order(i, t, value=10.0, currency="USD", status="paid", user=None, **more):
    source = dict({"status": status}, **more.pop("source", {}))
    return dict({"event_name": "Purchase", "event_id": str(i),
                 "event_time": t, "source": source, "user_data": user or {},
                 "custom_data": {"value": value, "currency": currency}},
                **more)


def orders(n, step=3000, **more):
    """Each worth something else, with ids from 1000 on."""
    return [order(1000 + i, T0 + i * step, 10.0 + i, **more)
            for i in range(n)]


def receipt(i, t, sent=None, outcome="delivered", **more):
    return dict({"platform": "meta", "event_name": "Purchase",
                 "event_id": str(i), "event_time": t, "outcome": outcome,
                 "sent_at": t + 20 if sent is None else sent}, **more)


def receipts(n, lag=20, shift=0, step=3000, name=str, **more):
    return [receipt(name(1000 + i), T0 + i * step + shift,
                    T0 + i * step + lag, **more) for i in range(n)]


def requests(n, change=None, platform="meta", shift=0):
    rows = []
    for i in range(n):
        event = {"event_name": "Purchase", "event_id": str(1000 + i),
                 "event_time": T0 + i * 3000 + shift,
                 "action_source": "website",
                 "event_source_url": "https://shop.example.com/",
                 "user_data": {
                     "em": [sha("p%d@example.com" % i)],
                     "client_ip_address": "203.0.%d.%d" % (i // 200,
                                                           i % 200 + 1),
                     "client_user_agent": "Mozilla/5.0 (X11) n%d" % i},
                 "custom_data": {"value": 10.0 + i, "currency": "USD"}}
        if change:
            change(i, event)
        rows.append({"platform": platform, "event_name": "Purchase",
                     "event_id": event["event_id"],
                     "event_time": event["event_time"], "event": event})
    return rows


def member(part, key, value, first=None):
    """Changes an event: that member is the value, or what it gives for the
    event's number, or lacks; only in the first of them, if so said."""
    def change(i, event):
        if first is not None and i >= first:
            return
        v = value(i) if callable(value) else value
        if v is LACKS:
            del event[part][key]
        else:
            event[part][key] = v
    return change


def with_user(*args):
    return member("user_data", *args)


def with_custom(*args):
    return member("custom_data", *args)


def browser(n, name=str, event="Purchase", shift=0, step=3000, **more):
    return [dict({"event_name": event, "event_id": name(1000 + i),
                  "event_time": T0 + i * step + shift}, **more)
            for i in range(n)]


def received(n):
    return ("date,event,source,count\n2026-04-01,Purchase,,%s\n"
            "2026-04-06,Purchase,,0\n" % n)


def iso(day):
    return (datetime.date(2026, 4, 1) + datetime.timedelta(day)).isoformat()


def days(first, n, count, source=""):
    """A report of days, counted from 1 April 2026."""
    return "date,event,source,count\n" + "".join(
        "%s,Purchase,%s,%d\n" % (iso(first + i), source, count(i))
        for i in range(n))


class Result:
    def __init__(self, done):
        self.status, self.err = done.returncode, done.stderr
        self.rows = [json.loads(x) for x in done.stdout.splitlines()
                     if x.startswith("{")]
        self.out = done.stdout

    def of(self, kind, check):
        return [x for x in self.rows
                if x["type"] == kind and x["check"] == check]

    def metric(self, check, n=0):
        found = self.of("metric", check)
        return found[n] if n < len(found) else {}

    def verdicts(self, check, least=("info", "warn", "crit")):
        return ["%s %s" % (x["verdict"], x["severity"])
                for x in self.of("finding", check)
                if x["severity"] in least]

    def causes(self, check):
        return [x["cause"] for x in self.of("finding", check)]


def audit(*args, **files):
    with tempfile.TemporaryDirectory() as folder:
        words = [AUDIT, "--now", str(NOW), "--report-tz", "UTC",
                 "--format", "ndjson"]
        for option, content in files.items():
            option = option.split("_")
            path = os.path.join(folder, "-".join(option))
            if not isinstance(content, str):
                content = "".join(json.dumps(x) + "\n" for x in content)
            with open(path, "w") as f:
                f.write(content)
            name = "%s=" % option[1] if len(option) > 1 else ""
            words += ["--" + option[0], name + path]
        return Result(subprocess.run(words + list(args), text=True,
                                     capture_output=True, timeout=60))


def holds(statement, got, expected):
    global held
    if got == expected:
        held += 1
    else:
        broken.append("%s: %r, not %r" % (statement, got, expected))


def about(check, statement, expected, *args, **files):
    """The verdicts of a check: "" for none."""
    holds("%s: %s" % (check, statement),
          " ".join(audit(*args, **files).verdicts(check)), expected)


# --- counts ---

for count, expected in (
        (0, "disconnected crit"), (499, "loss-heavy crit"),
        (500, "loss-pixel-only crit"), (699, "loss-pixel-only crit"),
        (700, "loss warn"), (799, "loss warn"), (800, "ok ok"),
        (1200, "ok ok"), (1201, "high warn"), (1300, "high warn"),
        (1301, "dedup-partial warn"), (1750, "dedup-partial warn"),
        (1751, "dedup-broken crit"), (2250, "dedup-broken crit"),
        (2251, "multi-count crit")):
    m = audit(orders=orders(1000, 60),
              received_meta=received(count)).metric("count.ratio")
    holds("%d events of 1000 orders" % count,
          m["verdict"] + " " + m["severity"], expected)
for total, certain in ((16, False), (17, True)):
    m = audit(orders=orders(total),
              received_meta=received(total)).metric("count.ratio")
    holds("ok for certain of %d orders" % total, m["certain"], certain)
about("count.attributed", "all orders", "", orders=orders(150),
      attributed_meta=received(150))
about("count.attributed", "more than all", "over-one warn",
      orders=orders(150), attributed_meta=received(300))
about("count.noadd", "two shares over one", "overlap info",
      orders=orders(150), attributed_meta=received(100),
      attributed_tiktok=received(60))
STRIPE = ("id,Amount,Amount Refunded,Currency,Captured,Created (UTC),Status,"
          "Converted Amount,Converted Currency,Mode\n")
for count, expected in ((950, ""), (949, "near info"), (900, "near info"),
                        (870, "apart warn"), (700, "apart warn"),
                        (650, "leaky crit"), (1120, "apart warn")):
    about("count.stripe", "%d of 1000" % count, expected,
          orders=STRIPE + "".join(
              "ch_%d,10.00,0.00,usd,true,2026-04-01 00:%02d,Paid,10.00,usd,"
              "Live\n" % (i, i % 60) for i in range(1000)),
          received_meta=received(count))
r = audit(orders=[
    order(1, T0), order(1, T0), order(2, T0, status="refunded"),
    order(3, T0, status="cancelled"), order(4, T0, status="pending"),
    order(5, T0, source={"test": True}), order(6, T0, status="failed"),
    order(7, T0, status="partially_paid"), order(8, T0, 0),
    order(9, T0, status="partially_refunded"),
    order(10, T0, source={"refunded_value": 10.0}),
    order(11, T0, source={"refunded_value": 5.0}),
    order(12, T0, status="processing"), order(13, T0, status="completed")],
    sent=receipts(1))
holds("which orders count", (r.metric("truth.filter")["counted"],
                             r.metric("truth.filter")["left_out"]),
      (6, {"refunded": 2, "cancelled": 1, "pending": 1, "test": 1,
           "payment failed": 1, "partially paid": 1, "duplicate row": 1}))
r = audit(sent=receipts(8) + [receipt(1000, T0, T0 + 50)] + [
    receipt(i, T0) for i in range(2001, 2006)],
    orders=orders(10) + [order(2001, T0, status="refunded"),
                         order(2002, T0, status="cancelled"),
                         order(2003, T0, source={"test": True}),
                         order(2004, T0, status="failed")])
m = r.metric("count.ids")
holds("orders by their ids", [m[k] for k in (
    "counted", "delivered", "missing", "extra", "repeated")],
    [10, 8, 2, 5, 1])
holds("why events are no orders", sorted(
    x["reason"] for x in r.of("finding", "count.ids") if "reason" in x),
    ["cancelled", "payment failed", "refunded", "test", "unknown"])
r = audit(sent=[receipt(9, NOW - 9)], orders=[
    order(i, NOW - age) for i, age in enumerate(
        (3599, 3601, 48 * HOUR - 9, 48 * HOUR + 9, 7 * DAY - 9, 7 * DAY + 9))])
holds("what can still be repaired",
      {x["order_id"]: x["repair"] for x in r.rows if x["type"] == "item"
       and x["class"] == "missing"},
      {"1": "send", "2": "send", "3": "send, dedup not sure",
       "4": "send, dedup not sure", "5": "too late"})
for expected, pixel, server in (
        ("server-off crit", [9] * 6, [0] * 6),
        ("browser-off warn", [0] * 6, [9] * 6),
        ("server-silent crit", [9] * 6, [9, 9, 9, 9, 0, 0]),
        ("server-silent warn", [9] * 6, [9, 9, 9, 9, 9, 0]),
        ("", [9, 9, 9, 9, 9, 0], [9, 9, 9, 9, 9, 0])):
    about("count.sources", "%s and %s" % (pixel, server), expected,
          orders=orders(100),
          received_meta=days(0, 6, lambda i: pixel[i], "browser") +
          days(0, 6, lambda i: server[i], "server").split("\n", 1)[1])
steps = sum((browser(30, event=name, name=lambda i: "%s%d" % (name, i))
             for name in ("PageView", "AddToCart", "InitiateCheckout",
                          "Purchase")), [])
r = audit(browser=steps,
          sent=[receipt(i, T0, event_name="PageView") for i in range(30)])
holds("steps that the server does not send",
      sorted(x["event"] for x in r.of("finding", "count.funnel")),
      ["AddToCart", "InitiateCheckout", "Purchase"])
r = audit(orders=[order(1, T0), order(2, T0, 20.0, "EUR"), order(3, T0, 5.0)],
          received_meta="date,event,source,count,value,currency\n"
          "2026-04-01,Purchase,,2,12.00,USD\n2026-04-01,Purchase,,1,18.00,EUR\n")
holds("currencies are not added",
      [(x["currency"], x["truth"], x["count"], x["value"])
       for x in r.of("metric", "count.currency")],
      [("EUR", "20.00", "18.00", 0.9), ("USD", "15.00", "12.00", 0.8)])

# --- deduplication ---

for server, pixel, expected in ((100, 80, ""), (100, 79, "low info"),
                                (60, 100, "low warn"), (30, 30, "all info"),
                                (29, 29, "")):
    about("dedup.rate", "%d of %d" % (pixel, server), expected,
          sent=receipts(server), browser=browser(pixel))
r = audit(sent=receipts(30), browser=browser(30, shift=-49 * HOUR))
holds("two days apart are none", r.verdicts("dedup.rate"), ["none crit"])
holds("and that is said", "within 48 h" in r.causes("dedup.rate")[0], True)
for late, expected in ((48 * HOUR, ""), (48 * HOUR + 1, "late crit")):
    about("dedup.window", "%d s" % late, expected,
          sent=receipts(30, lag=late), browser=browser(30))
for apart, expected in ((300, ""), (301, "apart warn")):
    about("dedup.window", "%d s apart" % apart, expected,
          sent=receipts(30), browser=browser(30, shift=apart))
for template, expected in (
        ("order_%s", "format"), ("ORD-%s", "format"), ("#%s", "format"),
        ("000%s", "format"), ("inv:%s", "format"), ("wc_order_%s", "format"),
        ("evt%s", "format"), ("pi_%s", "format"), ("shop_%s", "")):
    about("dedup.idformat", template, expected and expected + " warn",
          sent=receipts(30), browser=browser(30, lambda i: template % i))
    about("dedup.idformat", template + " of orders",
          expected and expected + " crit", orders=orders(30),
          sent=receipts(30, name=lambda i: template % i))
about("dedup.idformat", "two may be alike by accident", "",
      sent=receipts(30), browser=browser(30, lambda i: str(i) if i > 1001
                                         else "order_%d" % i))
for change, expected in (({"value": 11.0}, "differs warn"), ({}, "")):
    twice = requests(1)[0]
    twice["event"]["custom_data"].update(change)
    about("dedup.self", "%s" % change, expected,
          events=requests(5) + [twice])

# --- time ---

for lag, expected in (
        (0, ""), (120, ""), (121, "minutes info"), (300, "minutes info"),
        (301, "queue warn"), (3599, "queue warn"), (3600, "hours warn"),
        (DAY - 1, "hours warn"), (DAY, "batch crit"), (2 * DAY, "batch crit"),
        (2 * DAY + 1, "no-dedup crit"), (7 * DAY, "no-dedup crit"),
        (7 * DAY + 1, "too-old crit"), (-60, ""), (-61, "future crit")):
    r = audit(sent=receipts(40, lag=lag))
    holds("a lag of %d s" % lag, " ".join(r.verdicts("time.lag")[:1]),
          expected)
m = audit(sent=[receipt(i, T0, T0 + i)
                for i in range(1, 101)]).metric("time.lag")
holds("quantiles", [m[k] for k in ("n", "p50", "p90", "p95", "max")],
      [100, 50, 90, 95, 100])
for hours in (-4, 1, 5.5, 5.75, 14, 15):
    shift = int(hours * HOUR)
    expected = [shift] if hours <= 14 else []
    r = audit(orders=orders(40), sent=receipts(40, shift=shift))
    holds("%s h off" % hours,
          [x["offset_s"] for x in r.of("finding", "time.zone")], expected)
    r = audit(orders=orders(40), events=requests(40, shift=shift))
    holds("%s h off, without receipts" % hours,
          [x["offset_s"] for x in r.of("finding", "time.zone")], expected)
for zones, expected in ((31, ""), (32, "offset crit")):
    about("time.zone", "%d of 40" % zones, expected, orders=orders(40),
          sent=[receipt(1000 + i, T0 + i * 3000 +
                        (7200 if i < zones else i * 37), T0 + i * 3000 + 20)
                for i in range(40)])
sent = [receipt(1000 + i, T0 + i * 3000 + HOUR, T0 + i * 3000 + HOUR + 2)
        for i in range(40)]
about("time.zone", "sent at once, always an hour late", "offset crit",
      orders=orders(40), sent=sent)
about("time.processing", "sent at once, always an hour late", "",
      orders=orders(40), sent=sent)
about("time.processing", "sent at once, late by chance",
      "processing-time crit", orders=orders(40),
      sent=[receipt(1000 + i, T0 + i * 3000 + 100 + i * 173 % 5000,
                    T0 + i * 3000 + 102 + i * 173 % 5000)
            for i in range(40)])
for words, of, expected in (
        ("from some day on", lambda i: -5 if i < 25 else -4, "local-dst crit"),
        ("in turns", lambda i: -5 if i % 2 else -4, "two-zones crit"),
        ("none at first", lambda i: 0 if i < 25 else 1, "local-dst crit")):
    about("time.zone", "an hour between them " + words, expected,
          orders=orders(40),
          sent=[receipt(1000 + i, T0 + i * 3000 + of(i) * HOUR,
                        T0 + i * 3000 + 20) for i in range(40)])
r = audit(orders=orders(40), sent=[
    receipt(1000 + i, T0 + i * 3000 + (i >= 25) * HOUR, T0 + i * 3000 + 20)
    for i in range(40)])
holds("in winter London is not off",
      [(x["offset_s"], x["affected"]) for x in r.of("finding", "time.zone")],
      [(HOUR, 15)])


def with_time(of):
    def change(i, event):
        event["event_time"] = of(event["event_time"])
    return change


for words, of, expected in (
        ("seconds", int, ""), ("milliseconds", lambda t: t * 1000,
                               "milliseconds"),
        ("microseconds", lambda t: t * 1000000, "microseconds"),
        ("a date", lambda t: "2026-04-01T00:00:00Z", "string"),
        ("digits", str, "string"), ("zero", lambda t: 0, "zero"),
        ("nothing", lambda t: None, "absent"),
        ("a fraction", lambda t: t + .5, "fraction"),
        ("last year", lambda t: t - 365 * DAY, "year"),
        ("next year", lambda t: t + 365 * DAY, "year")):
    expected = expected and expected + " crit"
    about("time.form", words, expected, events=requests(40, with_time(of)))
    about("time.form", words + ", with orders", expected, orders=orders(40),
          events=requests(40, with_time(of)))
about("time.form", "as old as its order", "",
      orders=[order(1000 + i, T0 + i * 3000 - 400 * DAY) for i in range(9)],
      events=requests(9, shift=-400 * DAY))


def google(first, n, column="Conversions"):
    return ("Campaign report\nAll time\nCampaign status,Campaign,Day,"
            "Currency code,%s\n" % column + "".join(
                "Enabled,C,%s,USD,5.00\n" % iso(first + i) for i in range(n)))


for first, n, column, expected in (
        (0, 6, "Conversions", "click-dated warn"),
        (0, 6, "Conversions (by conv. time)", ""),
        (-27, 31, "Conversions", "click-dated warn"),
        (-86, 31, "Conversions", "")):
    about("time.creditdate", "%s of %d days" % (column, n), expected,
          orders=[order(i, T0 + first * DAY + i * 8000)
                  for i in range(n * DAY // 8000)],
          attributed_google=google(first, n, column))

# --- payloads ---

for words, change, expected in (
        ("none", with_custom("value", LACKS), "absent crit"),
        ("of four in 400", with_custom("value", LACKS, 4), ""),
        ("of five in 400", with_custom("value", LACKS, 5), "absent crit"),
        ("no currency", with_custom("currency", LACKS),
         "no-currency crit"),
        ("a string", with_custom("value", lambda i: str(i + 1)),
         "string warn"),
        ("below zero", with_custom("value", -1), "not-positive crit"),
        ("a word", with_custom("value", "NaN"), "not-a-number crit"),
        ("usd", with_custom("currency", "usd"), "currency-case warn"),
        ("XXY", with_custom("currency", "XXY"), "currency-unknown crit"),
        ("xxy", with_custom("currency", "xxy"), "currency-unknown crit"),
        ("all the same", with_custom("value", 1), "hard-coded warn")):
    about("pay.value", words, expected, events=requests(400, change))
for factor, expected in ((1, ""), (100, "minor-unit crit"),
                         (.01, "minor-unit crit"),
                         (1.1, "constant-ratio warn")):
    about("pay.value", "times %s" % factor, expected, orders=orders(40),
          events=requests(40, with_custom(
              "value", lambda i: round((10 + i) * factor, 2))))
about("pay.value", "less shipping", "differs info", orders=orders(40),
      events=requests(40, with_custom("value", lambda i: 14.99 + i)))
about("pay.value", "one for all orders", "hard-coded crit",
      orders=orders(40), events=requests(40, with_custom("value", 1)))
for lack, expected in ((10, ""), (40, "warn"), (100, "crit")):
    r = audit(events=requests(200, with_user("em", LACKS, lack)))
    holds("e-mail lacks on %d of 200" % lack,
          "".join(x["severity"] for x in r.of("finding", "pay.keys")
                  if x["key"] == "em"), expected)
for value in ("", None, [], [""], "  "):
    about("pay.empty", repr(value), "empty warn",
          events=requests(40, with_user("ph", value)))
VOID = ["", "null", "undefined", "none", "None", "NULL", "nan", "n/a",
        "{{email}}", "test@example.com", "test@test.com", "0",
        "user@example.com", sha("user@example.com")]
for value in [sha(x) for x in VOID] + [
        "{{email}}", "c-{{id}}", "${email}", "%EMAIL%", "[Email Address]",
        "<email>", "undefined", "NULL", "None", "nan", "N/A", "na",
        "(not set)", "-", "test", "email", "test@test.com", "1111111111",
        "1234567890"]:
    about("pay.placeholder", value, "placeholder crit",
          events=requests(40, with_user("em", [value])))
about("pay.placeholder", "0.0.0.0", "placeholder crit",
      events=requests(40, with_user("client_ip_address", "0.0.0.0")))
for words, value, expected in (
        ("plain", lambda i: "p%d@shop.example.org" % i, "plain crit"),
        ("upper", lambda i: sha(str(i)).upper(), "upper warn"),
        ("MD5", lambda i: hashlib.md5(b"%d" % i).hexdigest(),
         "other-digest crit"),
        ("SHA-1", lambda i: hashlib.sha1(b"%d" % i).hexdigest(),
         "other-digest crit"),
        ("short", lambda i: sha(str(i))[:63], "plain crit")):
    about("pay.hash", words, expected,
          events=requests(40, with_user("em", lambda i: [value(i)])))
for key in ("client_ip_address", "client_user_agent", "fbc", "fbp"):
    about("pay.hash", key, "hashed crit",
          events=requests(40, with_user(key, lambda i: sha(str(i)))))
for same, expected in ((10, ""), (11, "constant crit")):
    about("pay.hash", "one digest on %d of 200" % same, expected,
          events=requests(200, with_user("em", [sha("same")], same)))


def mail(i):
    return "Per.Son%d@Example.org" % i


def phone(i):
    return "+49301234%04d" % i


for key, words, value in (
        ("em", "", lambda i: mail(i).lower()),
        ("em", "without lower-casing", mail),
        ("em", "with a newline", lambda i: mail(i).lower() + "\n"),
        ("em", "hashed twice", lambda i: sha(mail(i).lower())),
        ("em", "in capitals", lambda i: sha(mail(i).lower()).upper()),
        ("ph", "", lambda i: phone(i)[1:]),
        ("ph", "with the +", phone),
        ("ph", "without country code", lambda i: phone(i)[3:]),
        ("ph", "with 00", lambda i: "00" + phone(i)[1:]),
        ("ph", "the trunk zero", lambda i: "0" + phone(i)[3:])):
    user = {"em": ("email", mail), "ph": ("phone", phone)}[key]
    r = audit(orders=[order(1000 + i, T0 + i * 3000, 10.0 + i,
                            user={user[0]: user[1](i)}) for i in range(40)],
              events=requests(40, with_user(key, lambda i: [sha(value(i))])))
    causes = r.causes("pay.hash")
    holds("%s hashed %s" % (key, words or "well"),
          len(causes) == 1 and words in causes[0] and "40 of 40" in causes[0]
          if words else not causes, True)


def address(first, one):
    return with_user("client_ip_address",
                     lambda i: one(i) if i < first
                     else "198.51.100.%d" % i)


for ip in ("10.1.2.3", "172.16.0.1", "172.31.255.1", "192.168.1.1",
           "127.0.0.1", "169.254.1.1", "100.64.0.1", "100.127.1.1", "::1",
           "fc00::1", "fd12::1", "fe80::1", "FEBF::1", "::ffff:10.0.0.1"):
    about("pay.serverip", ip, "private crit",
          events=requests(40, address(1, lambda i: ip)))
for ip in ("172.32.0.1", "172.15.0.1", "100.63.0.1", "100.128.0.1",
           "11.0.0.1", "192.169.0.1"):
    about("pay.serverip", ip, "",
          events=requests(40, address(1, lambda i: ip)))
for top, expected in ((20, "one-address crit"), (19, "one-address warn"),
                      (8, "one-address warn"), (7, "")):
    about("pay.serverip", "%d of 40" % top, expected,
          events=requests(40, address(top, lambda i: "203.0.113.9")))
about("pay.serverip", "19 events", "",
      events=requests(19, address(19, lambda i: "203.0.113.9")))
for people, expected in ((10, "one-address crit"), (9, "")):
    about("pay.serverip", "half of 80 events, of %d people" % people, expected,
          events=requests(80, lambda i, event: event["user_data"].update(
              {"em": [sha("p%d" % (i % people))],
               "client_ip_address": "203.0.113.9"} if i < 40 else {})))
about("pay.serverip", "three addresses carry 80%", "few-addresses warn",
      events=requests(60, address(48, lambda i: "203.0.113.%d" % (i % 3))))
for ours, theirs in (("203.0.113.9", "203.0.113.9"),
                     ("2001:db8::1", "2001:0DB8:0:0::1")):
    about("pay.serverip", "the server's, as " + theirs, "server crit",
          "--server-ip", ours,
          events=requests(3, address(1, lambda i: theirs)))
for agent in ("curl/8 Wget/1 python-requests/2 Python-urllib/3 aiohttp/3 "
              "Go-http-client/1.1 okhttp/4 Java/17 Apache-HttpClient/4 "
              "Jakarta axios/1 node-fetch undici got php GuzzleHttp/7 Ruby "
              "Faraday libwww-perl PostmanRuntime/7 insomnia WordPress/6 "
              "Zapier Shopify Stripe/1 Dart/3 Other/1").split():
    about("pay.serverua", agent, "program crit",
          events=requests(40, with_user("client_user_agent", agent)))
for top, expected in ((20, "one-agent crit"), (19, "")):
    about("pay.serverua", "%d of 40" % top, expected,
          events=requests(40, with_user("client_user_agent",
                                        "Mozilla/5.0 one", top)))


# Each platform's words for where it happened; only website or not is judged.
for theirs, ours, expected in (
        ("website", "website", ""), ("web", "website", ""),
        ("WEB", "website", ""), ("offline", "phone_call", ""),
        ("offline", "system_generated", ""), ("OFFLINE", "email", ""),
        ("PHONE", "phone_call", ""), ("IN_STORE", "physical_store", ""),
        ("OTHER", "system_generated", ""), ("MESSAGE", "chat", ""),
        ("MOBILE_APP", "app", ""), ("app_ios", "app", ""), ("crm", "email", ""),
        ("website", "physical_store", "blanket-website crit"),
        ("web", "phone_call", "blanket-website crit"),
        ("other", "website", "wrong-source warn"),
        ("offline", "website", "wrong-source warn")):
    def change(i, event):
        event["action_source"] = theirs
    about("pay.actionsource", "%s as %s" % (ours, theirs), expected,
          orders=orders(9, action_source=ours), events=requests(9, change))

# --- delivery and quality ---

for accepted, expected in ((95, ""), (94, "failing crit")):
    r = audit(sent=[receipt(i, T0 + i, outcome="delivered" if i < accepted
                            else "unknown") for i in range(100)])
    holds("%d%% accepted" % accepted, " ".join(r.verdicts("api.success")),
          expected)
about("api.token", "refused after it had worked", "revoked crit",
      sent=receipts(5) + [receipt(i, T0, outcome="parked", http_status=401)
                          for i in range(3)])


def scores(values, event="Purchase"):
    return "date,platform,event,score\n" + "".join(
        "%s,meta,%s,%s\n" % (iso(i - 12), event, s)
        for i, s in enumerate(values))


for score, expected in ((3.9, "poor crit"), (4.0, "needs-work warn"),
                        (5.9, "needs-work warn"), (6.0, "good info"),
                        (7.9, "good info"), (8.0, "")):
    about("quality.score", str(score), expected, quality=scores([score]))
about("quality.score", "a lead's 6", "", quality=scores([6.0], "Lead"))
for values, median, expected in (
        ([8.0, 6.0, 6.4], 7.0, ""), ([8.0, 7.0, 6.4], 7.5, "drop crit"),
        ([8, 8, 8, 7, 7, 7, 6.6], 7.5, ""), ([8, 7.4, 6, 6.3], 7.4,
                                             "drop crit"),
        ([4.4, 4.4, 4.4, 3.4], 4.4, ""), ([8.0, 8.0, 6.9], 8, "drop crit"),
        ([9.9, 8, 8, 8, 8, 8, 8, 8, 6.9], 8, "drop crit")):
    r = audit(quality=scores(values))
    holds("match quality of %s" % values,
          (r.metric("quality.score")["before"],
           " ".join(r.verdicts("quality.drop"))), (median, expected))

# --- over time ---


def volume(counts):
    return [receipt("%d-%d" % (day, i), T0 + (day - 35) * DAY + i * 60)
            for day, n in enumerate(counts) for i in range(n)]


for words, changed, expected in (
        ("as always", {}, ""), ("none", {30: 0}, "zero warn"),
        ("few", {30: 10}, "low warn"),
        ("one sale long ago is not what is usual", {2: 1000}, ""),
        ("nor is one outage", {2: 0, 30: 49}, "")):
    about("count.volume", words, expected, sent=volume(
        [changed.get(day, 50) for day in range(34)]))


def daily(first, n, per_day=20):
    return [order("%d-%d" % (day, i), T0 + (first + day) * DAY + i * 600)
            for day in range(n) for i in range(per_day)]


for words, count, source, expected in (
        ("does not", lambda i: 14, "", "not-converged warn"),
        ("does", lambda i: 14 if i < 12 else 20, "", ""),
        ("does not, both sides", lambda i: 14, "Server & Browser",
         "not-converged warn")):
    about("trend.ratio", words, expected, orders=daily(-22, 28),
          received_meta=days(-22, 28, count, source),
          changes="time,what\n2026-03-20 10:00,fix\n")
rows = days(-71, 76, lambda i: 10 if i < 39 else 12)
m = audit(orders=daily(-71, 76), received_meta=rows,
          changes="time,what\n2026-02-28 10:00,fix\n").metric("uplift")
holds("30 days before and after", [m[k] for k in (
    "before", "after", "raw", "value")], [300, 360, 0.2, 0.2])
m = audit(orders=daily(-71, 76), attributed_meta=rows,
          changes="time,what\n2026-03-15 10:00,fix\n").metric("uplift")
holds("credit of the last seven days is still to come: 18 to 30 March",
      m["after"], 13 * 12)
about("uplift", "nearly twice", "double-count warn", orders=daily(-71, 76),
      received_meta=days(-71, 76, lambda i: 10 if i < 39 else 19),
      changes="time,what\n2026-02-28 10:00,fix\n")
r = audit("--verify", "1,2,3,4,5,6,77",
          orders=[order(i, T0) for i in range(1, 6)] + [order(6, T0, None)],
          sent=[receipt(1, T0, T0 + 30), receipt(2, T0, T0 + 121),
                receipt(3, T0 + 61, T0 + 70), receipt(4, T0),
                receipt(4, T0, T0 + 6), receipt(6, T0)])
holds("orders after a fix", r.causes("verify"), [
    "order 2: sent more than 2 minutes after the order",
    "order 3: event_time is more than 60 s from the order",
    "order 4: delivered more than once", "order 5: not delivered",
    "order 6: no value or currency",
    "order 77: no such order in --orders"])
r = audit("--verify", "1000,1001", orders=orders(2), sent=receipts(2),
          events=requests(2, with_custom("value", LACKS, 1)),
          browser=browser(2, lambda i: str(i).replace("1001", "order_1001")))
holds("whole on both sides", r.causes("verify"), [
    "order 1000: no value or currency",
    "order 1001: the browser sent no event with the same id"])

for line in broken:
    print(line)
print("%d statements hold" % held)
sys.exit(bool(broken))
