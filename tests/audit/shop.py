#!/usr/bin/env python3
"""An invented shop with known faults, in every form that capi-audit reads.

shop.py --out DIR [--seed N] [--orders N] [--days N] [--fault NAME[:RATE]]...

Writes orders.ndjson, orders.csv (Shopify), receipts.ndjson, requests.ndjson,
browser.ndjson, one report for each platform, quality.csv, the arguments for
capi-audit (args, one a line) and what it must find (expect.json: a list of
[check, platform or null, perhaps a verdict]). What is expected is what was planted here; nothing
is taken from capi-audit. Only the standard library is used.
"""
import argparse
import csv
import datetime
import hashlib
import json
import os
import random

NOW = 1775563200 + 5 * 3600          # 2026-04-07 17:00 UTC
DAY = 86400
PLATFORMS = ("meta", "tiktok")
AGENTS = {
    "ios": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_%d like Mac OS X) Safari/%d",
    "android": "Mozilla/5.0 (Linux; Android 1%d; Pixel %d) Chrome/120",
    "windows": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/1%d.%d",
    "mac": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_%d) Chrome/1%d",
}


# The verdict that each fault must get, by check: words of the audit's own
# manual and of its method, not of its output. Where chance decides between
# two neighbours both are given.
VERDICTS = {
    "loss": {"count.ratio": "loss-pixel-only|loss-heavy|loss"},
    "mild_loss": {"count.ratio": "loss|loss-pixel-only|ok"},
    "heavy": {"count.ratio": "loss-heavy"},
    "high": {"count.ratio": "high|dedup-partial"},
    "double": {"count.ratio": "dedup-broken"},
    "half_double": {"count.ratio": "dedup-partial|high"},
    "multi": {"count.ratio": "multi-count"},
    "disconnected": {"count.ratio": "disconnected"},
    "attributed_over_one": {"count.attributed": "over-one"},
    "missing": {"count.ids": "missing"},
    "parked": {"count.ids": "parked"},
    "refused": {"count.ids": "refused"},
    "repeated": {"count.ids": "repeated"},
    "payment_failed": {"count.ids": "extra"},
    "stranger": {"count.ids": "extra"},
    "silent": {"count.sources": "server-silent", "count.ids": "missing"},
    "device": {"split.device": "ios"},
    "idformat": {"dedup.idformat": "format", "dedup.rate": "none"},
    "order_idformat": {"dedup.idformat": "format"},
    "idcase": {"dedup.idformat": "case"},
    "namecase": {"dedup.namecase": "differs|not-exact"},
    "random_ids": {"dedup.rate": "low|none"},
    "no_ids": {"dedup.keys": "browser"},
    "no_server_ids": {"dedup.keys": "server"},
    "late_pair": {"dedup.window": "late", "time.lag": "no-dedup"},
    "apart": {"dedup.window": "apart"},
    "self": {"dedup.self": "differs"},
    "zone": {"time.zone": "offset"},
    "zone_india": {"time.zone": "offset"},
    "zone_dst": {"time.zone": "local-dst"},
    "processing": {"time.processing": "processing-time"},
    "queue": {"time.lag": "queue"},
    "batch": {"time.batch": "batches", "time.lag": "hours"},
    "future": {"time.lag": "future"},
    "milliseconds": {"time.form": "milliseconds"},
    "text_time": {"time.form": "string"},
    "year": {"time.form": "year"},
    "no_value": {"pay.value": "absent"},
    "no_currency": {"pay.value": "no-currency"},
    "string_value": {"pay.value": "string"},
    "cents": {"pay.value": "minor-unit"},
    "other_currency": {"pay.value": "constant-ratio"},
    "fixed_value": {"pay.value": "hard-coded"},
    "currency_case": {"pay.value": "currency-case"},
    "lost_email": {"pay.keys": "lost"},
    "no_external_id": {"pay.keys": "lost"},
    "no_click_id": {"pay.keys": "lost"},
    "no_url": {"pay.required": "website"},
    "empty": {"pay.empty": "empty"},
    "placeholder": {"pay.placeholder": "placeholder"},
    "null_digest": {"pay.placeholder": "placeholder"},
    "plain": {"pay.hash": "plain"},
    "upper_hex": {"pay.hash": "upper"},
    "md5": {"pay.hash": "other-digest"},
    "hashed_ip": {"pay.hash": "hashed"},
    "constant": {"pay.hash": "constant"},
    "case_kept": {"pay.hash": "wrong-form"},
    "hashed_twice": {"pay.hash": "wrong-form"},
    "newline": {"pay.hash": "wrong-form"},
    "no_country_code": {"pay.hash": "wrong-form"},
    "plus_kept": {"pay.hash": "wrong-form"},
    "one_ip": {"pay.serverip": "one-address"},
    "private_ip": {"pay.serverip": "private"},
    "program_ua": {"pay.serverua": "program"},
    "one_ua": {"pay.serverua": "one-agent"},
    "blanket_website": {"pay.actionsource": "blanket-website"},
    "two_datasets": {"pay.dataset": "several"},
    "test_code": {"pay.testcode": "test-code"},
    "consent": {"pay.consent": "denied"},
    "failing": {"api.success": "failing", "count.ids": "parked"},
    "token": {"api.token": "revoked"},
    "low_quality": {"quality.score": "poor"},
    "quality_drop": {"quality.drop": "drop"},
    "no_day": {"count.volume": "zero"},
    "not_converged": {"trend.ratio": "not-converged"},
    "verify": {"verify": "fault"},
    "browser_only": {"count.sources": "server-off"},
    "server_off": {"count.funnel": "missing-step"},
    "uplift": {"uplift": "double-count"},
    "ends_early": {"window.align": "ends-early"},
    "click_dated": {"time.creditdate": "click-dated"},
    "short_window": {"time.window": "short"},
    "overlap": {"count.noadd": "overlap"},
    "foreign_report": {"count.currency": "not-comparable"},
    "large_batch": {"api.batch": "over-limit"},
    "low_coverage": {"quality.coverage": "under-goal"},
    "stripe": {"count.stripe": "leaky|apart"},
}


def sha(s):
    return hashlib.sha256(s.encode()).hexdigest()


def iso(day):
    return (datetime.date(1970, 1, 1) + datetime.timedelta(day)).isoformat()


class Shop:
    def __init__(self, seed, orders, days, faults):
        self.r = random.Random(seed)
        self.n = orders
        self.days = days
        self.faults = faults
        self.expect = set()
        self.args = []
        self.orders = []
        self.receipts = []
        self.requests = []
        self.browser = []
        self.quality = []
        self.changes = []
        # Counts that a platform shows: as a share of the orders, day by day.
        self.received = {"meta": ("meta", 0.97)}
        self.attributed = {"meta": 0.3, "pinterest": 0.06, "tiktok": 0.12,
                           "google": 0.15, "snapchat": 0.05}
        self.text = {}               # file name: content, instead of ours

    def some(self, items, rate):
        """At least one of them, and each with that probability."""
        chosen = [x for x in items if self.r.random() < rate]
        return chosen or [self.r.choice(items)]

    def person(self, i):
        r = self.r
        device = r.choices(list(AGENTS), (40, 25, 25, 10))[0]
        return {
            "email": "Person.%d@example.%s" % (i, r.choice(("com", "org"))),
            "phone": "+1%d555%04d" % (r.choice((202, 312, 415)), i % 10000),
            "external_id": "c%d" % (90000 + i),
            "client_ip_address": "203.0.%d.%d" % (r.randrange(256),
                                                  r.randrange(1, 255)),
            "client_user_agent": AGENTS[device] % (r.randrange(9),
                                                   r.randrange(600)),
            "fbp": "fb.1.%d.%d" % (1775000000000 + i, r.randrange(10**9)),
            "fbc": "fb.1.%d.IwAR%012x" % (1775000000000 + i,
                                         r.getrandbits(48)),
            "country": r.choice(("US", "US", "US", "CA", "GB")),
        }

    def make_orders(self):
        r = self.r
        start = NOW - NOW % DAY - self.days * DAY
        times = sorted(start + r.randrange(self.days * DAY)
                       for _ in range(self.n))
        # Weekdays differ, and so do hours.
        for i, t in enumerate(times):
            status = r.choices(("paid", "pending", "refunded", "cancelled",
                                "test"), (94, 2, 2, 1, 1))[0]
            value = "%.2f" % (r.lognormvariate(4, 0.6) + 5)
            self.orders.append({
                "id": str(1001 + i), "time": t, "status": status,
                "value": value,
                "currency": r.choices(("USD", "EUR"), (95, 5))[0],
                "action": "website", "user": self.person(i), "denied": False,
            })

    def counted(self):
        return [o for o in self.orders if o["status"] == "paid"]

    def send(self):
        r = self.r
        for o in self.orders:
            if o["status"] in ("pending", "test"):
                continue
            sent = o["time"] + r.randrange(3, 70)
            for p in PLATFORMS:
                self.receipts.append({
                    "platform": p, "destination": p, "event_name": "Purchase",
                    "event_id": o["id"], "event_time": o["time"],
                    "key": "Purchase/" + o["id"], "outcome": "delivered",
                    "attempts": 1, "http_status": 200, "code": None,
                    "sent_at": sent, "latency_ms": r.randrange(40, 400),
                    "batch": "%s-%d" % (p, sent), "reason": None})
                self.requests.append(self.request(p, o))
            seen = r.random() < 0.93
            if seen:
                self.browser.append({
                    "event_name": "Purchase", "event_id": o["id"],
                    "event_time": o["time"] + r.randrange(-20, 40)})

    def request(self, p, o):
        u = o["user"]
        em = sha(u["email"].lower())
        if p == "meta":
            event = {
                "event_name": "Purchase", "event_time": o["time"],
                "event_id": o["id"], "action_source": o["action"],
                "event_source_url": "https://shop.example.com/done",
                "user_data": {
                    "em": [em], "ph": [sha(u["phone"][1:])],
                    "external_id": [sha(u["external_id"])],
                    "client_ip_address": u["client_ip_address"],
                    "client_user_agent": u["client_user_agent"],
                    "fbc": u["fbc"], "fbp": u["fbp"]},
                "custom_data": {"value": float(o["value"]),
                                "currency": o["currency"],
                                "order_id": o["id"]}}
        else:
            event = {
                "event": "Purchase", "event_time": o["time"],
                "event_id": o["id"],
                "user": {
                    "email": em, "phone": sha(u["phone"]),
                    "external_id": sha(u["external_id"]),
                    "ip": u["client_ip_address"],
                    "user_agent": u["client_user_agent"],
                    "ttclid": "E.C.P." + o["id"]},
                "page": {"url": "https://shop.example.com/done"},
                "properties": {"value": float(o["value"]),
                               "currency": o["currency"]}}
        return {"platform": p, "destination": p, "event_name": "Purchase",
                "event_id": o["id"], "event_time": o["time"],
                "key": "Purchase/" + o["id"], "event": event}

    # --- what platforms show ---

    def per_day(self, share):
        """Day: how many of its orders are seen, and their value."""
        days = {}
        of_day = share if callable(share) else lambda day: share
        for o in self.counted():
            share = of_day(o["time"] // DAY)
            n = int(share) + (self.r.random() < share - int(share))
            d = days.setdefault(o["time"] // DAY, [0, 0.0])
            d[0] += n
            d[1] += n * float(o["value"])
        return sorted(days.items())

    def write_received(self, out):
        for name, (platform, share) in self.received.items():
            path = os.path.join(out, "received_%s.csv" % name)
            with open(path, "w", newline="") as f:
                w = csv.writer(f)
                w.writerow(("date", "event", "source", "count"))
                for day, (n, _) in self.per_day(share):
                    w.writerow((iso(day), "Purchase", "", n))
            self.args += ["--received", "%s=%s" % (platform, path)]

    def write_attributed(self, out):
        for name, share in self.attributed.items():
            path = os.path.join(out, "ads_%s.csv" % name)
            if name not in self.text:
                self.text[name] = getattr(self, "ads_" + name)(
                    self.per_day(share))
            data = self.text[name]
            with open(path, "wb") as f:
                f.write(data if isinstance(data, bytes) else data.encode())
            self.args += ["--attributed", "%s=%s" % (name, path)]

    def ads_meta(self, days):
        rows = ["Reporting starts,Reporting ends,Day,Campaign name,"
                "Attribution setting,Results,Result indicator,Purchases,"
                "Purchases conversion value,Amount spent (USD)"]
        total = 0
        for day, (n, v) in days:
            total += n
            rows.append('%s,%s,%s,Spring,7-day click or 1-day view,%d,'
                        'actions:link_click,%s,"%s",12.00' % (
                            iso(day), iso(day), iso(day), n * 9,
                            n or "—", "{:,.2f}".format(v)))
        a, b = iso(days[0][0]), iso(days[-1][0])
        rows.append("%s,%s,,,,,,%d,,84.00" % (a, b, total))
        return "\n".join(rows) + "\n"

    def ads_tiktok(self, days):
        rows = ["Campaign name,By Day,Cost,Conversions,Purchases (website),"
                "Purchase value (website),Currency"]
        for day, (n, v) in days:
            rows.append('Total Wine,%s,10.00,%d,%d,%.2f,USD' % (
                iso(day), n * 3, n, v))
        rows.append("Total of %d results,-,70.00,%d,%d,%.2f,-" % (
            len(days), sum(d[1][0] for d in days) * 3,
            sum(d[1][0] for d in days), sum(d[1][1] for d in days)))
        return "\r\n".join(rows) + "\r\n"

    def ads_pinterest(self, days):
        rows = ["Date,Campaign name,Spend in account currency,"
                "Total conversions (Checkout),Total order value (Checkout)"]
        for day, (n, v) in days:
            rows.append("%s,Pins,5.00,%s,%.2f" % (iso(day), n or "", v))
        return "\n".join(rows) + "\n"

    def ads_google(self, days):
        """UTF-16LE with tabs, fractional counts, totals under the rows."""
        first = datetime.date(1970, 1, 1) + datetime.timedelta(days[0][0])
        last = datetime.date(1970, 1, 1) + datetime.timedelta(days[-1][0])
        rows = ["Campaign report",
                "%s - %s" % (first.strftime("%B %-d, %Y"),
                             last.strftime("%B %-d, %Y")),
                "Campaign status\tCampaign\tDay\tCurrency code\t"
                "Conversions (by conv. time)\tConv. value (by conv. time)"]
        total = 0
        for day, (n, v) in days:
            count = max(0, n + self.r.choice((-0.5, 0, 0.25, 0.5)))
            total += count
            rows.append("Enabled\tTotal Wine\t%s\tUSD\t%.2f\t%s" % (
                iso(day), count, "{:,.2f}".format(v)))
        for what in ("Account", "Campaigns"):
            rows.append("Total: %s\t --\t --\tUSD\t%.2f\t --" % (what, total))
        return b"\xff\xfe" + ("\n".join(rows) + "\n").encode("utf-16-le")

    def ads_snapchat(self, days):
        rows = ["Day,Campaign Name,Amount Spent,Paid Impressions,Purchases,"
                "Purchases Value"]
        for day, (n, v) in days:
            rows.append("%s,Snap,4.00,900,%d,%.2f" % (iso(day), n, v))
        return "\n".join(rows) + "\n"

    # --- faults ---

    def of(self, p):
        return [q for q in self.requests if q["platform"] == p]

    def plant(self, name, rate):
        before, self.expect = self.expect, set()
        getattr(self, "fault_" + name)(rate)
        known = VERDICTS.get(name, {})
        self.expect = before | {
            e + (known[e[0]],) if len(e) == 2 and e[0] in known else e
            for e in self.expect}

    def ids_of(self, rate):
        return {o["id"] for o in self.some(self.counted(), rate)}

    # counts
    def fault_loss(self, rate):
        self.received["meta"] = ("meta", 0.60)
        self.expect.add(("count.ratio", "meta"))

    def fault_heavy(self, rate):
        self.received["meta"] = ("meta", 0.35)
        self.expect.add(("count.ratio", "meta"))

    def fault_double(self, rate):
        self.received["meta"] = ("meta", 1.95)
        self.expect.add(("count.ratio", "meta"))

    def fault_half_double(self, rate):
        self.received["meta"] = ("meta", 1.5)
        self.expect.add(("count.ratio", "meta"))

    def fault_multi(self, rate):
        self.received["meta"] = ("meta", 3)
        self.expect.add(("count.ratio", "meta"))

    def fault_disconnected(self, rate):
        self.received["meta"] = ("meta", 0)
        self.expect.add(("count.ratio", "meta"))

    def fault_attributed_over_one(self, rate):
        self.attributed["meta"] = 1.5
        self.expect.add(("count.attributed", "meta"))

    def fault_missing(self, rate):
        ids = self.ids_of(rate)
        self.receipts = [x for x in self.receipts if not (
            x["platform"] == "meta" and x["event_id"] in ids)]
        self.expect.add(("count.ids", "meta"))

    def fault_parked(self, rate):
        ids = self.ids_of(rate)
        for x in self.receipts:
            if x["platform"] == "tiktok" and x["event_id"] in ids:
                x.update(outcome="parked", http_status=400, code="40002",
                         reason="tiktok.40002")
        self.expect.add(("count.ids", "tiktok"))

    def fault_refused(self, rate):
        ids = self.ids_of(rate)
        for x in self.receipts:
            if x["platform"] == "meta" and x["event_id"] in ids:
                x.update(outcome="refused", reason="meta.age")
        self.expect.add(("count.ids", "meta"))

    def fault_repeated(self, rate):
        ids = self.ids_of(rate)
        self.receipts += [dict(x) for x in self.receipts
                          if x["platform"] == "meta" and x["event_id"] in ids]
        self.expect.add(("count.ids", "meta"))

    def fault_payment_failed(self, rate):
        ids = self.ids_of(rate * 0.3)
        for o in self.orders:
            if o["id"] in ids:
                o["status"] = "failed"
        self.expect.add(("count.ids", "meta"))

    def fault_stranger(self, rate):
        for x in [x for x in self.receipts if x["platform"] == "meta"][:5]:
            y = dict(x)
            y["event_id"] = "x" + y["event_id"] + "y"
            self.receipts.append(y)
        self.expect.add(("count.ids", "meta"))

    def fault_silent(self, rate):
        cut = NOW - NOW % DAY - 3 * DAY
        self.receipts = [x for x in self.receipts if not (
            x["platform"] == "meta" and x["event_time"] > cut)]
        self.expect.add(("count.sources", "meta"))
        self.expect.add(("count.ids", "meta"))

    def fault_device(self, rate):
        ids = {o["id"] for o in self.counted()
               if "iPhone" in o["user"]["client_user_agent"]
               and self.r.random() < max(rate, 0.5)}
        self.receipts = [x for x in self.receipts if not (
            x["platform"] == "meta" and x["event_id"] in ids)]
        self.expect.add(("split.device", "meta"))

    # deduplication
    def fault_idformat(self, rate):
        for b in self.browser:
            b["event_id"] = "order_" + b["event_id"]
        self.expect |= {("dedup.idformat", "meta"), ("dedup.rate", "meta")}

    def fault_order_idformat(self, rate):
        for x in self.receipts:
            x["event_id"] = "ORD-" + x["event_id"]
        self.expect.add(("dedup.idformat", "meta"))

    def fault_idcase(self, rate):
        for o in self.orders:
            o["id"] = "AA-" + o["id"]
        for x in self.receipts:
            x["event_id"] = "AA-" + x["event_id"]
        for x in self.requests:
            x["event_id"] = "AA-" + x["event_id"]
        for b in self.browser:
            b["event_id"] = "aa-" + b["event_id"]
        self.expect.add(("dedup.idformat", "meta"))

    def fault_namecase(self, rate):
        for b in self.browser:
            b["event_name"] = "Purchased"
        self.expect.add(("dedup.namecase", None))

    def fault_random_ids(self, rate):
        for b in self.some(self.browser, max(rate, 0.4)):
            b["event_id"] = "%08x" % self.r.getrandbits(32)
        self.expect.add(("dedup.rate", "meta"))

    def fault_no_ids(self, rate):
        for b in self.some(self.browser, rate):
            b["event_id"] = ""
        self.expect.add(("dedup.keys", None))

    def fault_no_server_ids(self, rate):
        for q in self.some(self.of("meta"), rate):
            q["event_id"] = ""
            q["event"]["event_id"] = ""
        self.expect.add(("dedup.keys", "meta"))

    def fault_late_pair(self, rate):
        for x in self.receipts:
            if x["platform"] == "meta":
                x["sent_at"] += 50 * 3600
        self.expect |= {("dedup.window", "meta"), ("time.lag", "meta")}

    def fault_apart(self, rate):
        for b in self.some(self.browser, max(rate, 0.1)):
            b["event_time"] -= 1200
        self.expect.add(("dedup.window", "meta"))

    def fault_self(self, rate):
        for q in self.some(self.of("meta"), rate):
            again = json.loads(json.dumps(q))
            again["event"]["custom_data"]["value"] += 1
            self.requests.append(again)
        self.expect.add(("dedup.self", "meta"))

    # time
    def shift(self, seconds):
        for x in self.receipts + self.requests:
            if x["platform"] == "tiktok":
                x["event_time"] += seconds
                if "event" in x:
                    x["event"]["event_time"] += seconds

    def fault_zone(self, rate):
        self.shift(-4 * 3600)
        self.expect.add(("time.zone", "tiktok"))

    def fault_zone_india(self, rate):
        self.shift(5 * 3600 + 1800)
        self.expect.add(("time.zone", "tiktok"))

    def fault_zone_dst(self, rate):
        middle = NOW - NOW % DAY - self.days * DAY // 2
        for x in self.receipts + self.requests:
            if x["platform"] == "tiktok":
                by = 3600 if x["event_time"] < middle else 7200
                x["event_time"] += by
                if "event" in x:
                    x["event"]["event_time"] += by
        self.expect.add(("time.zone", "tiktok"))

    def fault_processing(self, rate):
        for x in self.receipts:
            if x["platform"] == "meta":
                x["sent_at"] = x["event_time"] + self.r.randrange(300, 40000)
                x["event_time"] = x["sent_at"] - 1
        self.expect.add(("time.processing", "meta"))

    def fault_queue(self, rate):
        for x in self.receipts:
            if x["platform"] == "meta":
                x["sent_at"] += 900
        self.expect.add(("time.lag", "meta"))

    def fault_batch(self, rate):
        for x in self.receipts:
            if x["platform"] == "meta":
                x["sent_at"] = x["event_time"] // 43200 * 43200 + 43200
        self.expect |= {("time.batch", "meta"), ("time.lag", "meta")}

    def fault_future(self, rate):
        for x in self.receipts:
            if x["platform"] == "meta":
                x["sent_at"] = x["event_time"] - 900
        self.expect.add(("time.lag", "meta"))

    def fault_milliseconds(self, rate):
        for q in self.some(self.of("meta"), rate):
            q["event"]["event_time"] *= 1000
        self.expect.add(("time.form", "meta"))

    def fault_text_time(self, rate):
        for q in self.some(self.of("meta"), rate):
            q["event"]["event_time"] = "2026-04-04 12:00"
        self.expect.add(("time.form", "meta"))

    def fault_year(self, rate):
        for q in self.some(self.of("meta"), rate):
            q["event"]["event_time"] -= 365 * DAY
        self.expect.add(("time.form", "meta"))

    # payloads
    def edit(self, check, rate, change, p="meta", verdict=None):
        """A second fault may have taken away what the first one changes."""
        for q in self.some(self.of(p), rate):
            try:
                change(q["event"])
            except KeyError:
                pass
        self.expect.add((check, p, verdict) if verdict else (check, p))

    def fault_no_value(self, rate):
        self.edit("pay.value", max(rate, 0.1),
                  lambda e: e["custom_data"].pop("value"))

    def fault_no_currency(self, rate):
        self.edit("pay.value", max(rate, 0.1),
                  lambda e: e["custom_data"].pop("currency"))

    def fault_string_value(self, rate):
        self.edit("pay.value", rate, lambda e: e["custom_data"].update(
            value="%.2f" % e["custom_data"]["value"]))

    def fault_cents(self, rate):
        self.edit("pay.value", max(rate, 0.2), lambda e: e["custom_data"].
                  update(value=round(e["custom_data"]["value"] * 100)))

    def fault_other_currency(self, rate):
        """At the day's rate, rounded to cents as a shop does."""
        self.edit("pay.value", 1, lambda e: e["custom_data"].update(
            value=round(e["custom_data"]["value"] *
                        (0.92 + e["event_time"] // DAY % 7 * 0.001), 2)))

    def fault_wrong_currency(self, rate):
        """The right number, and another currency beside it."""
        self.edit("pay.value", max(rate, 0.1), lambda e: e["custom_data"].
                  update(currency="GBP"), verdict="other-currency")

    def fault_fixed_value(self, rate):
        self.edit("pay.value", 1, lambda e: e["custom_data"].update(value=50))

    def fault_currency_case(self, rate):
        self.edit("pay.value", rate, lambda e: e["custom_data"].update(
            currency=e["custom_data"]["currency"].lower()))

    def fault_lost_email(self, rate):
        self.edit("pay.keys", max(rate, 0.2),
                  lambda e: e["user_data"].pop("em"))

    def fault_no_external_id(self, rate):
        self.edit("pay.keys", 1, lambda e: e["user_data"].pop("external_id"))

    def fault_no_click_id(self, rate):
        self.edit("pay.keys", 1, lambda e: e["user_data"].pop("fbc"))

    def fault_no_url(self, rate):
        self.edit("pay.required", max(rate, 0.2),
                  lambda e: e.pop("event_source_url"))

    def fault_empty(self, rate):
        self.edit("pay.empty", rate, lambda e: e["user_data"].update(ph=[""]))

    def fault_placeholder(self, rate):
        self.edit("pay.placeholder", rate,
                  lambda e: e["user_data"].update(em=[sha("{{email}}")]))

    def fault_null_digest(self, rate):
        self.edit("pay.placeholder", rate,
                  lambda e: e["user_data"].update(em=[sha("")]))

    def fault_plain(self, rate):
        self.edit("pay.hash", rate,
                  lambda e: e["user_data"].update(em=["jo@example.com"]))

    def fault_upper_hex(self, rate):
        self.edit("pay.hash", rate, lambda e: e["user_data"].update(
            em=[e["user_data"]["em"][0].upper()]))

    def fault_md5(self, rate):
        self.edit("pay.hash", rate, lambda e: e["user_data"].update(
            em=[hashlib.md5(e["event_id"].encode()).hexdigest()]))

    def fault_hashed_ip(self, rate):
        self.edit("pay.hash", rate, lambda e: e["user_data"].update(
            client_ip_address=sha(e["user_data"]["client_ip_address"])))

    def fault_constant(self, rate):
        self.edit("pay.hash", max(rate, 0.3), lambda e: e["user_data"].update(
            external_id=[sha("guest")]))

    def rehash(self, key, spell, rate):
        by_id = {o["id"]: o["user"] for o in self.orders}
        self.edit("pay.hash", max(rate, 0.1), lambda e: e["user_data"].update(
            {key: [sha(spell(by_id[e["event_id"]]))]}))

    def fault_case_kept(self, rate):
        self.rehash("em", lambda u: u["email"], rate)

    def fault_hashed_twice(self, rate):
        self.rehash("em", lambda u: sha(u["email"].lower()), rate)

    def fault_newline(self, rate):
        self.rehash("em", lambda u: u["email"].lower() + "\n", rate)

    def fault_no_country_code(self, rate):
        self.rehash("ph", lambda u: u["phone"][2:], rate)

    def fault_plus_kept(self, rate):
        self.rehash("ph", lambda u: u["phone"], rate)

    def fault_one_ip(self, rate):
        self.edit("pay.serverip", 1, lambda e: e["user_data"].update(
            client_ip_address="203.0.113.7"))

    def fault_private_ip(self, rate):
        self.edit("pay.serverip", rate, lambda e: e["user_data"].update(
            client_ip_address="10.0.0.%d" % self.r.randrange(250)))

    def fault_program_ua(self, rate):
        self.edit("pay.serverua", max(rate, 0.1),
                  lambda e: e["user_data"].update(
                      client_user_agent="python-requests/2.31"))

    def fault_one_ua(self, rate):
        self.edit("pay.serverua", 1, lambda e: e["user_data"].update(
            client_user_agent="Mozilla/5.0 (X11; Linux) HeadlessChrome/1"))

    def fault_blanket_website(self, rate):
        ids = self.ids_of(max(rate * 0.5, 0.1))
        for o in self.orders:
            if o["id"] in ids:
                o["action"] = "physical_store"
        self.expect.add(("pay.actionsource", "meta"))

    def fault_two_datasets(self, rate):
        for i, q in enumerate(self.of("meta")):
            q["event"]["dataset_id"] = "1234" if i % 2 else "5678"
        self.expect.add(("pay.dataset", "meta"))

    def fault_test_code(self, rate):
        self.edit("pay.testcode", rate,
                  lambda e: e.update(test_event_code="TEST123"))

    def fault_consent(self, rate):
        ids = self.ids_of(rate)
        for o in self.orders:
            if o["id"] in ids:
                o["denied"] = True
        self.expect.add(("pay.consent", "meta"))

    # delivery
    def fault_failing(self, rate):
        ids = self.ids_of(max(rate, 0.3))
        for x in self.receipts:
            if x["platform"] == "meta" and x["event_id"] in ids:
                x.update(outcome="parked", http_status=500, code="2",
                         reason="meta.2")
        self.expect |= {("api.success", "meta"), ("count.ids", "meta")}

    def fault_token(self, rate):
        late = [x for x in self.receipts if x["platform"] == "meta"][-8:]
        for x in late:
            x.update(outcome="queued", http_status=401, code="190",
                     reason="auth")
        self.expect.add(("api.token", "meta"))

    # quality and time series
    def fault_low_quality(self, rate):
        self.quality = [q[:3] + (3.4,) for q in self.quality]
        self.expect.add(("quality.score", "meta"))

    def fault_quality_drop(self, rate):
        last = self.quality[-1]
        self.quality[-1] = last[:3] + (last[3] - 1.6,)
        self.expect.add(("quality.drop", "meta"))

    def fault_no_day(self, rate):
        day = (NOW // DAY - 3)
        self.receipts = [x for x in self.receipts if not (
            x["platform"] == "meta" and x["event_time"] // DAY == day)]
        self.expect.add(("count.volume", "meta"))

    def fault_not_converged(self, rate):
        self.received["meta"] = ("meta", 0.6)
        self.changes.append((iso(NOW // DAY - 15), "fix"))
        self.expect.add(("trend.ratio", "meta"))

    def fault_verify(self, rate):
        o = self.counted()[3]
        self.receipts = [x for x in self.receipts if not (
            x["platform"] == "meta" and x["event_id"] == o["id"])]
        self.args += ["--verify", o["id"]]
        self.expect.add(("verify", "meta"))

    def fault_browser_only(self, rate):
        rows = ["date,event,source,count"]
        for day, (n, _) in self.per_day(0.9):
            rows.append("%s,Purchase,Browser,%d" % (iso(day), n))
            rows.append("%s,Purchase,Server,0" % iso(day))
        self.sides = "\n".join(rows) + "\n"
        self.expect.add(("count.sources", "tiktok"))

    def fault_server_off(self, rate):
        """The funnel: the browser shows more steps than the server."""
        for o in self.orders:
            for step in ("PageView", "AddToCart", "InitiateCheckout"):
                self.browser.append({
                    "event_name": step, "event_id": step[0] + o["id"],
                    "event_time": o["time"] - 300})
        self.expect.add(("count.funnel", "meta"))

    def fault_uplift(self, rate):
        """Double counting that looks like success since the change."""
        middle = NOW // DAY - self.days // 2
        self.changes.append((iso(middle), "new connector"))
        self.attributed["meta"] = lambda day: 0.2 if day < middle else 0.6
        self.expect.add(("uplift", "meta"))

    def fault_ends_early(self, rate):
        """A report that stops four days before the orders."""
        last = NOW // DAY - 5
        rows = ["date,event,source,count"]
        for day, (n, _) in self.per_day(1):
            if day <= last:
                rows.append("%s,Purchase,,%d" % (iso(day), n))
        self.sides = "\n".join(rows) + "\n"
        self.expect.add(("window.align", "tiktok"))

    def fault_click_dated(self, rate):
        rows = ["Campaign report", '"All time"',
                "Campaign,Day,Currency code,Conversions,Conv. value"]
        for day, (n, v) in self.per_day(0.1):
            rows.append("Brand,%s,USD,%.2f,%.2f" % (iso(day), n, v))
        self.text["google"] = "\n".join(rows) + "\n"
        self.expect.add(("time.creditdate", "google"))

    def fault_short_window(self, rate):
        rows = ["Reporting starts,Reporting ends,Day,Campaign name,"
                "Attribution setting,Purchases"]
        for day, (n, v) in self.per_day(0.2):
            rows.append("%s,%s,%s,Spring,28-day click,%d" % (
                iso(day), iso(day), iso(day), n))
        self.text["meta"] = "\n".join(rows) + "\n"
        self.expect.add(("time.window", "meta"))

    def fault_overlap(self, rate):
        self.attributed = {"meta": 0.7, "tiktok": 0.6}
        self.expect.add(("count.noadd", None))

    def fault_foreign_report(self, rate):
        self.text["pinterest"] = (
            "Date,Campaign name,Total conversions (Checkout),"
            "Total order value (Checkout),Currency\n"
            "%s,Pins,3,99.00,SEK\n" % iso(NOW // DAY - 2))
        self.expect.add(("count.currency", "pinterest"))

    def fault_large_batch(self, rate):
        for x in self.receipts:
            if x["platform"] == "meta":
                x["batch"] = "one"
        self.expect.add(("api.batch", "meta"))

    def fault_low_coverage(self, rate):
        """Meta's own answer: half of the browser's events are covered."""
        self.dataset_quality = {"web": [{
            "event_name": "Purchase",
            "event_match_quality": {"composite_score": 8.4},
            "event_coverage": {"percentage": 41.5, "goal_percentage": 75},
            "dedupe_key_feedback": [{
                "dedupe_key": "event_id",
                "server_events_with_dedupe_key": {"percentage": 100}}]}]}
        self.expect.add(("quality.coverage", "meta"))

    def fault_stripe(self, rate):
        """Charges as the truth: 15 percent apart is not healthy there."""
        self.stripe = True
        self.received["meta"] = ("meta", 0.7)
        self.expect.add(("count.stripe", "meta"))

    # branches that only show when other evidence is missing
    def fault_hours_off(self, rate):
        """No id in common, and the events five hours before the orders."""
        for o in self.orders:
            hour = min(max(self.r.gauss(15, 2.5), 6), 23)
            o["time"] = o["time"] // DAY * DAY + int(hour * 3600)
        times = {o["id"]: o["time"] for o in self.orders}
        for x in self.receipts + self.requests + self.browser:
            x["event_time"] = times[x["event_id"]]
            if "event" in x:
                x["event"]["event_time"] = x["event_time"]
            if "sent_at" in x:
                x["sent_at"] = x["event_time"] + 20
        for x in self.receipts:
            if x["platform"] == "meta":
                x["event_id"] = "z%08x" % self.r.getrandbits(32)
                x["event_time"] -= 5 * 3600
                x["sent_at"] -= 5 * 3600
        self.expect.add(("time.zone", "meta", "hint"))

    def fault_few_addresses(self, rate):
        """Two dozen events from three addresses: no crowd, but a proxy."""
        meta = self.of("meta")[:24]
        for i, q in enumerate(meta):
            q["event"]["user_data"]["client_ip_address"] = (
                "203.0.113.%d" % (i % 3))
        self.requests = meta + self.of("tiktok")
        self.expect.add(("pay.serverip", "meta", "few-addresses"))

    def fault_other_address(self, rate):
        self.edit("pay.serverip", max(rate, 0.3),
                  lambda e: e["user_data"].update(
                      client_ip_address="198.51.%d.%d" % (
                          self.r.randrange(256), self.r.randrange(1, 255))),
                  verdict="mismatch")

    def fault_unknown_digest(self, rate):
        self.edit("pay.hash", max(rate, 0.4), lambda e: e["user_data"].update(
            em=[sha("somebody else %s" % e["event_id"])]),
            verdict="unknown-digest")

    def fault_zero_value(self, rate):
        self.edit("pay.value", max(rate, 0.1),
                  lambda e: e["custom_data"].update(value=0),
                  verdict="not-positive")

    def fault_value_in_words(self, rate):
        self.edit("pay.value", rate,
                  lambda e: e["custom_data"].update(value="about ten"),
                  verdict="not-a-number")

    def fault_currency_sign(self, rate):
        self.edit("pay.value", rate,
                  lambda e: e["custom_data"].update(currency="US$"),
                  verdict="currency-unknown")

    def fault_no_key(self, rate):
        self.edit("pay.required", max(rate, 0.1),
                  lambda e: e.update(user_data={}), verdict="no-key")

    def fault_lead_without_email(self, rate):
        for o in self.counted()[:10]:
            q = self.request("meta", o)
            q["event_name"] = q["event"]["event_name"] = "Lead"
            q["event_id"] = q["event"]["event_id"] = "L" + o["id"]
            del q["event"]["user_data"]["em"]
            self.requests.append(q)
        self.expect.add(("pay.keys", "meta", "lead-without-email"))

    def fault_inversion(self, rate):
        for b in self.browser[::10]:
            self.browser.append(dict(
                b, event_name="InitiateCheckout",
                event_id="I" + b["event_id"]))
        self.expect.add(("count.funnel", None, "inversion"))

    def fault_range(self, rate):
        """One row for a month, with orders of a week."""
        self.sides_as = "csv:from=First,to=Last,count=Events:"
        self.sides = "First,Last,Events\n%s,%s,%d\n" % (
            iso(NOW // DAY - 31), iso(NOW // DAY - 1), len(self.counted()))
        self.expect.add(("window.align", "tiktok", "range"))

    def fault_share_fell(self, rate):
        """Three in ten orders were credited last week, now one in ten."""
        self.attributed["meta"] = 0.1
        self.history = [
            {"type": "run", "tool": "capi-audit", "at": NOW - 7 * DAY},
            {"type": "metric", "check": "count.attributed",
             "platform": "meta", "event": "Purchase", "truth": 400,
             "count": 120, "value": 0.3}]
        self.expect.add(("count.attributed", "meta", "fell"))

    # neighbours of the ones above
    def fault_mild_loss(self, rate):
        self.received["meta"] = ("meta", 0.74)
        self.expect.add(("count.ratio", "meta"))

    def fault_high(self, rate):
        self.received["meta"] = ("meta", 1.27)
        self.expect.add(("count.ratio", "meta"))

    def fault_stripe_near(self, rate):
        """Between 5 and 10 percent: told, not warned of."""
        self.stripe = True
        self.received["meta"] = ("meta", 0.925)
        self.expect.add(("count.stripe", "meta", "near|apart"))

    def fault_unanswered(self, rate):
        """Sent, and the answer lost."""
        for x in self.of_receipts("meta", rate):
            x.update(outcome="unknown", http_status=0)
        self.expect.add(("count.ids", "meta", "unknown"))

    def of_receipts(self, p, rate):
        return self.some([x for x in self.receipts if x["platform"] == p and
                          x["event_id"] in self.counted_ids()], rate)

    def counted_ids(self):
        return {o["id"] for o in self.counted()}

    def fault_withheld(self, rate):
        for x in self.of_receipts("meta", rate):
            x.update(outcome="withheld", http_status=0,
                     reason="consent.denied")
        self.expect.add(("count.ids", "meta", "withheld"))

    def fault_queued(self, rate):
        for x in self.of_receipts("meta", rate):
            x.update(outcome="queued", http_status=503)
        self.expect.add(("count.ids", "meta", "queued"))

    def fault_dry_run(self, rate):
        for x in self.of_receipts("meta", rate):
            x.update(outcome="dry-run", http_status=0)
        self.expect.add(("count.ids", "meta", "dry-run"))

    def fault_no_receipts(self, rate):
        self.receipts = []
        self.expect.add(("count.ids", None, "missing"))

    def fault_never_worked(self, rate):
        for x in self.receipts:
            if x["platform"] == "meta":
                x.update(outcome="parked", http_status=403, code="200")
        self.expect.add(("api.token", "meta", "refused"))

    def lag(self, seconds, verdict):
        for x in self.receipts:
            if x["platform"] == "meta":
                x["sent_at"] = x["event_time"] + seconds
        self.expect.add(("time.lag", "meta", verdict))

    def fault_lag_minutes(self, rate):
        self.lag(200, "minutes")

    def fault_lag_day(self, rate):
        self.lag(30 * 3600, "batch")

    def fault_lag_days(self, rate):
        self.lag(8 * DAY, "too-old")

    def fault_microseconds(self, rate):
        for q in self.some(self.of("meta"), rate):
            q["event"]["event_time"] *= 1000000
        self.expect.add(("time.form", "meta", "microseconds"))

    def fault_zero_time(self, rate):
        for q in self.some(self.of("meta"), rate):
            q["event"]["event_time"] = 0
        self.expect.add(("time.form", "meta", "zero"))

    def fault_no_time(self, rate):
        for q in self.some(self.of("meta"), rate):
            q["event"].pop("event_time")
            q.pop("event_time")
        self.expect.add(("time.form", "meta", "absent"))

    def fault_two_windows(self, rate):
        """Meta's file says 7 days; of the others the user says 30."""
        self.args += ["--window", "30-day click"]
        self.expect |= {("time.window", None, "different"),
                        ("time.window", "tiktok", "short")}

    def fault_other_days(self, rate):
        """A report of the month before."""
        rows = ["date,event,source,count"]
        for day, (n, _) in self.per_day(1):
            rows.append("%s,Purchase,,%d" % (iso(day - 60), n))
        self.sides = "\n".join(rows) + "\n"
        self.expect.add(("window.align", "tiktok", "no-common-day"))

    def fault_pixel_off(self, rate):
        rows = ["date,event,source,count"]
        for day, (n, _) in self.per_day(0.95):
            rows.append("%s,Purchase,Browser,0" % iso(day))
            rows.append("%s,Purchase,Server,%d" % (iso(day), n))
        self.sides = "\n".join(rows) + "\n"
        self.expect.add(("count.sources", "tiktok", "browser-off"))

    def fault_tallies(self, rate):
        """Browser and server both count nearly all, the total their sum."""
        rows = ["date,event,source,count"]
        for day, (n, _) in self.per_day(0.95):
            rows.append("%s,Purchase,Browser,%d" % (iso(day), n))
            rows.append("%s,Purchase,Server,%d" % (iso(day), n))
            rows.append("%s,Purchase,,%d" % (iso(day), 2 * n))
        self.sides = "\n".join(rows) + "\n"
        self.expect |= {("dedup.rate", "tiktok", "none"),
                        ("count.ratio", "tiktok", "dedup-broken")}

    def fault_needs_work(self, rate):
        self.quality = [q[:3] + (5.0,) for q in self.quality]
        self.expect.add(("quality.score", "meta", "needs-work"))

    def fault_eight_can_be_had(self, rate):
        self.quality = [q[:3] + (7.0,) for q in self.quality]
        self.expect.add(("quality.score", "meta", "good"))

    def scores(self, status, issues):
        self.dataset_quality = [{
            "overall_status": status, "lookback_period": "14d",
            "ingestion_source": "CONVERSIONS_API", "source_platform": "WEB",
            "quality_components": {"hashed_email": {"checkout": {
                "coverage": 41.5, "issues": issues}}}}]

    def fault_pinterest_poor(self, rate):
        self.scores("NEEDS_IMPROVEMENT", [
            {"id": "1", "name": "Low coverage", "reason": "few e-mails"}])
        self.expect |= {("quality.score", "pinterest", "needs-work"),
                        ("quality.coverage", "pinterest", "issue")}

    def fault_pinterest_fair(self, rate):
        self.scores("FAIR", [])
        self.expect.add(("quality.score", "pinterest", "fair"))

    def fault_all_seen(self, rate):
        """The server adds no conversion that the pixel missed."""
        sent = {x["event_id"]: x for x in self.receipts
                if x["platform"] == "meta"}
        self.browser = [{"event_name": "Purchase", "event_id": i,
                         "event_time": x["event_time"]}
                        for i, x in sent.items()]
        self.expect.add(("dedup.rate", "meta", "all"))

    def fault_converted(self, rate):
        """In the buyer's currency: meant, perhaps."""
        self.edit("pay.value", 1, lambda e: e["custom_data"].update(
            value=round(e["custom_data"]["value"] * 0.79, 2),
            currency="GBP"), verdict="converted")

    def fault_shipping(self, rate):
        self.edit("pay.value", 1, lambda e: e["custom_data"].update(
            value=round(e["custom_data"]["value"] + 4.90, 2)),
            verdict="differs")

    def fault_other_dataset(self, rate):
        for b in self.browser:
            b["dataset_id"] = "1111"
        for q in self.of("meta"):
            q["event"]["dataset_id"] = "2222"
        self.expect.add(("pay.dataset", "meta", "other-than-browser"))

    def fault_wrong_source(self, rate):
        self.edit("pay.actionsource", max(rate, 0.1),
                  lambda e: e.update(action_source="other"),
                  verdict="wrong-source")

    def fault_too_few_keys(self, rate):
        """Pinterest takes no event with a phone alone."""
        for o in self.some(self.counted(), max(rate, 0.1)):
            self.requests.append({
                "platform": "pinterest", "destination": "pinterest",
                "event_name": "checkout", "event_id": o["id"],
                "event_time": o["time"], "event": {
                    "event_name": "checkout", "event_time": o["time"],
                    "event_id": o["id"], "action_source": "web",
                    "user_data": {"ph": [sha(o["user"]["phone"][1:])]},
                    "custom_data": {"value": o["value"],
                                    "currency": o["currency"]}}})
        self.expect.add(("pay.required", "pinterest", "too-few-keys"))

    def fault_nobody_has_it(self, rate):
        """Neither orders nor events have an external_id: no loss."""
        for o in self.orders:
            o["user"].pop("external_id", None)
        for q in self.of("meta"):
            q["event"]["user_data"].pop("external_id", None)
        self.expect.add(("pay.keys", "meta", "absent"))

    def fault_no_agents(self, rate):
        """An export without user agents says nothing of devices."""
        for o in self.orders:
            o["user"].pop("client_user_agent", None)
        self.expect.add(("split.device", None, "not-available"))

    def weekday(self, factor):
        day = NOW // DAY - 3
        extra = [dict(x, event_id="v%d-%s" % (i, x["event_id"]))
                 for x in self.receipts for i in range(factor - 1)
                 if x["platform"] == "meta" and
                 x["event_time"] // DAY == day]
        if factor:
            self.receipts += extra
            return
        keep = [x for x in self.receipts if not (
            x["platform"] == "meta" and x["event_time"] // DAY == day)]
        lost = [x for x in self.receipts if x not in keep]
        self.receipts = keep + lost[::5]

    def fault_high_day(self, rate):
        self.weekday(3)
        self.expect.add(("count.volume", "meta", "high"))

    def fault_low_day(self, rate):
        self.weekday(0)
        self.expect.add(("count.volume", "meta", "low"))

    def fault_other_edges(self, rate):
        """A sale in the night behind the last day: a day of New York."""
        last = NOW // DAY - 1
        for o in self.orders:
            night = last if self.r.random() < 0.3 else o["time"] // DAY
            o["time"] = night * DAY + self.r.randrange(3 * 3600)
        times = {o["id"]: o["time"] for o in self.orders}
        for x in self.receipts + self.requests + self.browser:
            x["event_time"] = times[x["event_id"]]
            if "event" in x:
                x["event"]["event_time"] = x["event_time"]
            if "sent_at" in x:
                x["sent_at"] = x["event_time"] + 20
        rows = ["date,event,source,count"]
        rows += ["%s,Purchase,,%d" % (iso(day), n)
                 for day, (n, _) in self.per_day(1)]
        self.sides = "\n".join(rows) + "\n"
        self.args += ["--report-tz", "tiktok=America/New_York",
                      "--from", iso(last - self.days + 1),
                      "--to", iso(last - 1)]
        self.expect.add(("window.align", "tiktok", "edge"))

    sides = None
    sides_as = ""
    history = ()
    dataset_quality = None
    stripe = False

    # --- output ---

    def event(self, o):
        status = o["status"]
        return {
            "event_name": "Purchase", "event_time": o["time"],
            "event_id": o["id"], "action_source": o["action"],
            "user_data": o["user"],
            "custom_data": {"value": float(o["value"]),
                            "currency": o["currency"], "order_id": o["id"]},
            "consent": {"ad_user_data": "denied" if o["denied"]
                        else "granted"},
            "source": {"preset": "shop", "line": int(o["id"][-4:]),
                       "status": "paid" if status == "test" else status,
                       "test": status == "test"}}

    def write_csv(self, path):
        head = ["Name", "Email", "Financial Status", "Paid at", "Currency",
                "Total", "Created at", "Lineitem quantity", "Lineitem name",
                "Lineitem price", "Lineitem sku", "Billing Country",
                "Cancelled at", "Payment Method", "Refunded Amount", "Phone",
                "Source"]
        with open(path, "w", newline="") as f:
            w = csv.writer(f)
            w.writerow(head)
            for o in self.orders:
                at = datetime.datetime.fromtimestamp(
                    o["time"] - 4 * 3600, datetime.timezone.utc).strftime(
                        "%Y-%m-%d %H:%M:%S -0400")
                status = {"cancelled": "voided", "test": "paid",
                          "failed": "expired"}.get(o["status"], o["status"])
                pay = "bogus" if o["status"] == "test" else "Cards"
                w.writerow(["#" + o["id"], o["user"]["email"], status, at,
                            o["currency"], o["value"], at, 1, "Socks",
                            "5.00", "SKU1", o["user"]["country"],
                            at if o["status"] == "cancelled" else "", pay,
                            o["value"] if o["status"] == "refunded"
                            else "0.00", o["user"]["phone"], "web"])
                if int(o["id"][-1]) % 3 == 0:
                    w.writerow(["#" + o["id"], o["user"]["email"], "", "",
                                "", "", at, 2, "Hat, \"blue\"", "7.50",
                                "SKU2", "", "", "", "", "", ""])

    def write_stripe(self, path):
        with open(path, "w", newline="") as f:
            w = csv.writer(f)
            w.writerow(("id", "Created date (UTC)", "Amount",
                        "Amount Refunded", "Currency", "Captured", "Status",
                        "Mode", "Customer Email", "order_id (metadata)"))
            for o in self.orders:
                at = datetime.datetime.fromtimestamp(
                    o["time"], datetime.timezone.utc)
                refunded = o["status"] == "refunded"
                paid = o["status"] in ("paid", "test", "refunded")
                w.writerow((
                    "ch_" + o["id"], at.strftime("%Y-%m-%d %H:%M:%S"),
                    o["value"], o["value"] if refunded else "0.00",
                    o["currency"].lower(), "true" if paid else "false",
                    "Refunded" if refunded else "Paid" if paid else "Failed",
                    "Test" if o["status"] == "test" else "Live",
                    o["user"]["email"], o["id"]))

    def write(self, out):
        os.makedirs(out, exist_ok=True)

        def lines(name, items):
            path = os.path.join(out, name)
            with open(path, "w") as f:
                for i in items:
                    f.write(json.dumps(i) + "\n")
            return path

        path = lines("orders.ndjson", map(self.event, self.orders))
        if self.stripe:
            path = os.path.join(out, "payments.csv")
            self.write_stripe(path)
            self.args += ["--map", "stripe-csv"]
        self.args += ["--orders", path]
        self.write_csv(os.path.join(out, "orders.csv"))
        self.args += ["--sent", lines("receipts.ndjson", self.receipts)]
        self.args += ["--events", lines("requests.ndjson", self.requests)]
        self.args += ["--browser", lines("browser.ndjson", self.browser)]
        self.write_received(out)
        self.write_attributed(out)
        if self.sides:
            path = os.path.join(out, "sides.csv")
            with open(path, "w") as f:
                f.write(self.sides)
            self.args += ["--received", "tiktok=" + self.sides_as + path]
        if self.history:
            self.args += ["--history", lines("history.ndjson", self.history)]
        path = os.path.join(out, "quality.csv")
        with open(path, "w", newline="") as f:
            w = csv.writer(f)
            w.writerow(("date", "platform", "event", "score"))
            for q in self.quality:
                w.writerow(q[:3] + ("%.1f" % q[3],))
        self.args += ["--quality", path]
        if self.dataset_quality:
            path = os.path.join(out, "dataset_quality.json")
            with open(path, "w") as f:
                json.dump(self.dataset_quality, f, indent=2)
            self.args += ["--quality", path]
        if self.changes:
            path = os.path.join(out, "changes.csv")
            with open(path, "w", newline="") as f:
                w = csv.writer(f)
                w.writerow(("time", "what"))
                w.writerows(self.changes)
            self.args += ["--changes", path]
        self.args += ["--report-tz", "UTC", "--now", str(NOW)]
        with open(os.path.join(out, "args"), "w") as f:
            f.write("\n".join(self.args) + "\n")
        with open(os.path.join(out, "expect.json"), "w") as f:
            json.dump(sorted(self.expect, key=str), f)

    def run(self):
        self.make_orders()
        self.send()
        for i in range(8):
            self.quality.append((iso(NOW // DAY - 8 + i), "meta", "Purchase",
                                 8.3 + self.r.uniform(-0.2, 0.2)))
        for name, rate in self.faults:
            self.plant(name, rate)


def faults():
    return sorted(n[6:] for n in dir(Shop) if n.startswith("fault_"))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--out")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--orders", type=int, default=160)
    p.add_argument("--days", type=int, default=7)
    p.add_argument("--fault", action="append", default=[])
    p.add_argument("--list", action="store_true")
    a = p.parse_args()
    if a.list:
        print("\n".join(faults()))
        return
    planted = []
    for f in a.fault:
        name, _, rate = f.partition(":")
        planted.append((name, float(rate or 1)))
    shop = Shop(a.seed, a.orders, a.days, planted)
    shop.run()
    shop.write(a.out)


if __name__ == "__main__":
    main()
