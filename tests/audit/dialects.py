#!/usr/bin/env python3
"""dialects.py CAPI-AUDIT: the same week in every form that platforms export.

Each form is written, given to capi-audit as --attributed, and what it counts,
in which currency and over which days, is compared with what was written. The
headers, totals and marks are those of the platforms' exports (the audit's
method, chapter on report formats), not of our reader.
"""
import datetime
import json
import os
import subprocess
import sys
import tempfile

DAYS = [datetime.date(2026, 4, 1) + datetime.timedelta(i) for i in range(7)]
COUNTS = [3, 0, 5, 1204, 2, 7, 4]
VALUES = [30.5, 0, 1250.5, 20.25, 99, 1020.5, 44]
FRACTIONS = [2.5, 0, 5.25, 1204.33, 2, 7, 4.01]


def point(v):
    return "{:,.2f}".format(v) if isinstance(v, float) else "{:,}".format(v)


def comma(v, thousands="."):
    return point(v).replace(",", " ").replace(".", ",").replace(
        " ", thousands)


def row(cells, mark=","):
    out = []
    for c in cells:
        c = str(c)
        out.append('"%s"' % c if mark in c else c)
    return mark.join(out)


def table(rows, mark=",", end="\n"):
    return end.join(row(r, mark) for r in rows) + end


def meta(names, money, day, mark=",", totals=True, last=False, none="—",
         number=point, results=None):
    """names: starts, ends, day, campaign, purchases, value, spent."""
    head = names[:2] + names[2:3] + names[3:4] + names[4:7]
    if results:
        head += list(results)
    rows = []
    for d, n, v in zip(DAYS, COUNTS, VALUES):
        r = [day(d), day(d), day(d), "Total Wine", number(n) if n else none,
             number(float(v)) if n else "", number(12.0)]
        if results:
            r += [n * 9, "actions:link_click"]
        rows.append(r)
    if totals:
        r = [day(DAYS[0]), day(DAYS[-1]), "", "", number(sum(COUNTS)), "", ""]
        rows.append(r + [""] * (len(head) - len(r)))
    if last:      # the period stands behind everything else
        head = head[2:] + head[:2]
        rows = [r[2:] + r[:2] for r in rows]
    return table([head] + rows, mark), sum(COUNTS), money


def meta_range():
    rows = [["Reporting starts", "Reporting ends", "Campaign name",
             "Attribution setting", "Purchases", "Amount spent (EUR)"]]
    for i, name in enumerate(("Spring", "Summer")):
        rows.append([DAYS[0], DAYS[-1], name, "7-day click", 10 + i, "5.00"])
    return table(rows), 21, "EUR"


MONTHS_PT = "jan fev mar abr mai jun jul ago set out nov dez".split()


def words_pt(d):
    return "%d de %s. de %d" % (d.day, MONTHS_PT[d.month - 1], d.year)


EN = ["Reporting starts", "Reporting ends", "Day", "Campaign name",
      "Purchases", "Purchases conversion value", "Amount spent (USD)"]
ES = ["Inicio del informe", "Fin del informe", "Día", "Nombre de la campaña",
      "Compras", "Valor de conversión de compras", "Importe gastado (PEN)"]
PT = ["Início dos relatórios", "Término dos relatórios", "Dia",
      "Nome da campanha", "Compras", "Valor de conversão da compra",
      "Valor usado (BRL)"]
KO = ["보고 시작", "보고 종료", "일", "캠페인 이름", "구매", "구매 전환 값",
      "지출 금액 (KRW)"]


def tiktok(date="By Day", count="Purchases (website)", totals=True):
    rows = [["Campaign name", date, "Cost", "Conversions", count,
             "Purchase value (website)", "Currency"]]
    for d, n, v in zip(DAYS, COUNTS, VALUES):
        rows.append(["Total Wine", d, "10.00", n * 3, n, "%.2f" % v, "GBP"])
    if totals:
        rows.append(["Total of 7 results", "-", "70.00", sum(COUNTS) * 3,
                     sum(COUNTS), "%.2f" % sum(VALUES), "-"])
    return table(rows, end="\r\n"), sum(COUNTS), "GBP"


def pinterest(count="Total conversions (Checkout)"):
    rows = [["Date", "Campaign name", "Ad group name",
             "Spend in account currency", "Impressions", count,
             "Total order value (Checkout)"]]
    for d, n, v in zip(DAYS, COUNTS, VALUES):
        rows.append([d, "Pins", "All", "5.00", 900, n or "", v or ""])
    return table(rows), sum(COUNTS), None


def google(title, period, head, totals, mark=",", number=point, above=True,
           none=" --"):
    rows = []
    for d, n, v in zip(DAYS, FRACTIONS, VALUES):
        rows.append(["Enabled", "Total Wine", d, "CHF",
                     number(float(n)) if n else none,
                     number(float(v)) if n else none])
    for t in totals:
        rows.append([t, none, none, "CHF", number(float(sum(FRACTIONS))),
                     number(float(sum(VALUES)))])
    text = table([head] + rows, mark)
    if above:
        text = title + "\n" + row([period], mark) + "\n" + text
    return text, sum(FRACTIONS), "CHF"


G_EN = ["Campaign status", "Campaign", "Day", "Currency code",
        "Conversions (by conv. time)", "Conv. value (by conv. time)"]
G_FR = ["État de la campagne", "Campagne", "Jour", "Code de devise",
        "Conversions", "Valeur de conv."]
G_DE = ["Kampagnenstatus", "Kampagne", "Tag", "Währungscode", "Conversions",
        "Conv.-Wert"]
G_PT = ["Status da campanha", "Campanha", "Dia", "Código da moeda",
        "Conversões", "Valor conv."]
SEVEN = ["Total: " + x for x in ("Account", "Campaigns", "Search", "Display",
                                 "Video", "Shopping", "Performance Max")]


def snapchat(date="Day"):
    rows = [[date, "Campaign Name", "Amount Spent", "Paid Impressions",
             "Purchases", "Purchases Value"]]
    for d, n, v in zip(DAYS, COUNTS, VALUES):
        rows.append([d, "Snap", "4.00", 900, n, "%.2f" % v])
    return table(rows), sum(COUNTS), None


def snapchat_week():
    return (table([["Week", "Campaign Name", "Amount Spent", "Purchases"],
                   [DAYS[0], "Snap", "4.00", 41]]), 41, None)


def forms():
    def iso(d):
        return d.isoformat()
    yield "meta en", "meta", meta(EN, "USD", iso)
    yield "meta en, period last", "meta", meta(EN, "USD", iso, last=True)
    yield "meta en, Results beside", "meta", meta(
        EN, "USD", iso, results=("Results", "Result indicator"))
    yield "meta en, no total", "meta", meta(EN, "USD", iso, totals=False)
    yield "meta en, semicolons", "meta", meta(EN, "USD", iso, ";",
                                              number=comma)
    yield "meta es", "meta", meta(ES, "PEN", iso, number=comma, mark=";")
    yield "meta pt, dates in words", "meta", meta(
        PT, "BRL", words_pt, number=comma, mark=";", none="-")
    yield "meta ko", "meta", meta(KO, None, iso)
    yield "meta range", "meta", meta_range()
    for date in ("By Day", "By day", "Date"):
        yield "tiktok " + date, "tiktok", tiktok(date)
    for count in ("Complete payment", "Website purchases"):
        yield "tiktok " + count, "tiktok", tiktok(count=count)
    yield "tiktok, no total", "tiktok", tiktok(totals=False)
    yield "pinterest", "pinterest", pinterest()
    period = "April 1, 2026 - April 7, 2026"
    yield "google en, seven totals", "google", google(
        "Campaign report", period, G_EN, SEVEN)
    yield "google en, all time", "google", google(
        "My saved report", "All time", G_EN, SEVEN[:2])
    yield "google en, nothing above", "google", google(
        "", "", G_EN, SEVEN[:1], above=False)
    yield "google fr", "google", google(
        "Rapport sur les campagnes", "1 avril 2026 - 7 avril 2026", G_FR,
        ["Total : compte", "Total : campagnes"], ";",
        lambda v: comma(v, "\u202f"))
    yield "google de", "google", google(
        "Kampagnenbericht", "1. April 2026 - 7. April 2026", G_DE,
        ["Gesamt: Konto", "Gesamt: Kampagnen"], ";", comma)
    yield "google pt", "google", google(
        "Relatório da campanha", "1 de abr. de 2026 - 7 de abr. de 2026",
        G_PT, ["Total: Conta"], ";", comma)
    yield "google en, tabs", "google", google(
        "Campaign report", period, G_EN, SEVEN[:2], "\t")
    yield "google en, weeks", "google", (
        table([["Campaign report"], ["All time"],
               ["Campaign", "Week", "Currency code", "Conversions"],
               ["Brand", DAYS[0], "CHF", "6.25"],
               ["Total: Account", " --", "CHF", "6.25"]]), 6.25, "CHF")
    yield "snapchat day", "snapchat", snapchat()
    yield "snapchat week", "snapchat", snapchat_week()


ENCODINGS = (("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"),
             ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"))


def orders(path):
    with open(path, "w") as f:
        for i in range(2000):
            f.write(json.dumps({
                "event_name": "Purchase", "event_id": str(i),
                "event_time": 1775001600 + i * 300,
                "custom_data": {"value": 10, "currency": "USD"}}) + "\n")


def told(program, path, name, file):
    """What capi-audit makes of it: count, currency, first and last day."""
    r = subprocess.run(
        [program, "--now", "1776000000", "--report-tz", "UTC", "--orders",
         path, "--attributed", "%s=%s" % (name, file), "--format", "ndjson"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    rows = [json.loads(x) for x in r.stdout.splitlines()]
    count = [x for x in rows if x.get("check") == "count.attributed" and
             x["type"] == "metric"]
    source = [x for x in rows if x["type"] == "input" and "platform" in x]
    if not count:
        return r.stderr.strip() or "nothing counted"
    return (round(count[0]["count"], 6), source[0]["currency"],
            count[0]["from"], count[0]["to"])


def main():
    program, bad, n = sys.argv[1], 0, 0
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "orders")
        orders(path)
        for label, name, (text, total, currency) in forms():
            for encoding, mark in ENCODINGS:
                file = os.path.join(tmp, "report.csv")
                with open(file, "wb") as f:
                    f.write(mark + text.encode(encoding))
                want = (round(total, 6), currency, "2026-04-01", "2026-04-07")
                have = told(program, path, name, file)
                n += 1
                if have != want:
                    bad += 1
                    print("%s, %s%s: %s, not %s" % (
                        label, encoding, " with mark" if mark else "", have,
                        want))
    print("%d forms, %d misread" % (n, bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
