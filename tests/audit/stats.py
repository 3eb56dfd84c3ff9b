#!/usr/bin/env python3
"""Intervals once more, by other means: the binomial distribution summed in
exact fractions and halved. Reads rows of capi-audit --format ndjson from
standard input and compares lo and hi of every count.ratio; says how many.
"""
import json
import sys
from fractions import Fraction
from math import comb


def at_least(k, n, p):
    return sum(comb(n, i) * p**i * (1 - p)**(n - i) for i in range(k, n + 1))


def bound(f):
    """The p at which the increasing f is 0.025."""
    lo, hi = Fraction(0), Fraction(1)
    for _ in range(40):
        middle = (lo + hi) / 2
        # Keep the fractions short: forty bits are more than is printed.
        if f(middle) < Fraction(1, 40):
            lo = middle
        else:
            hi = middle
    return lo


def proportion(k, n):
    lo = Fraction(0) if k == 0 else bound(lambda p: at_least(k, n, p))
    hi = Fraction(1) if k == n else 1 - bound(
        lambda p: at_least(n - k, n, p))
    return lo, hi


def ratio(count, orders):
    times = count // orders
    if times and times * orders == count:
        times -= 1
    lo, hi = proportion(count - times * orders, orders)
    return float(times + lo), float(times + hi)


def main():
    n = 0
    for line in sys.stdin:
        row = json.loads(line)
        if row.get("check") != "count.ratio" or row["type"] != "metric":
            continue
        lo, hi = ratio(int(row["count"]), row["truth"])
        if abs(lo - row["lo"]) > 1e-5 or abs(hi - row["hi"]) > 1e-5:
            sys.exit("%s: %r %r" % (row, lo, hi))
        n += 1
    print("%d intervals agree" % n)


if __name__ == "__main__":
    main()
