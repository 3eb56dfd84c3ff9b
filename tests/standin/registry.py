"""The platforms, one module each in platforms/, chosen by the URL's path.

A module platforms/NAME.py has a class Platform with:

  name        "meta", as in a request's "platform"
  settings    {key: default}, all strings; --set NAME.KEY=VALUE changes one
  notes       {key: one line of help}
  __init__(settings, strict)
                        the server then sets clock and journal
  owns(request)         is this path mine?  Looks at method and path only
  secrets()             the tokens that must not get into a log
  judge(request)        a Verdict: accepted or refused, and the answer
  fault(action, request, verdict)
                        the Answer of a fault that only this platform has
                        (None if the name is unknown to it); may set
                        verdict.accepted = [] when its fault accepts nothing
  quick(request)        (Answer, events) without looking: the --fast mode
  config(base, directory)
                        the lines of a capi.conf section that reaches it
"""

import importlib
import os

from wire import Answer


class Verdict:
    """What a platform thinks of one request.

    rule is None when it is accepted, else the stable name of the rule that
    was broken, such as "meta.age"; index is the event (0-based) that broke
    it, which the log says and the answer does not.  events are short rows
    [event_name, event_id, event_time, order_id], for the log, as far as they
    can be read.  accepted are dictionaries with at least account, event_name,
    event_id, event_time, key (what makes two events the same conversion; None
    if nothing does) and window (seconds for which the key is remembered).
    failed are [index, rule, code] where a platform refuses single events.
    findings are things the platform lets pass and a careful sender avoids.
    """

    def __init__(self, answer=None):
        self.answer = answer or Answer()
        self.rule = None
        self.index = None
        self.reason = None
        self.codes = {}
        self.events = []
        self.accepted = []
        self.failed = []
        self.findings = []


def names():
    here = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "platforms")
    return sorted(f[:-3] for f in os.listdir(here)
                  if f.endswith(".py") and not f.startswith("_"))


def module(name):
    return importlib.import_module("platforms." + name)


def load(wanted, changes, strict):
    """The platforms of --platform, with the settings of --set."""
    known = names()
    chosen = known if wanted == "all" else wanted.split(",")
    for name in chosen:
        if name not in known:
            raise ValueError("no platform %s; there are: %s" % (
                name, " ".join(known)))
    platforms = []
    for name in chosen:
        kind = module(name).Platform
        settings = dict(kind.settings)
        for change in changes:
            place, equals, value = change.partition("=")
            owner, dot, key = place.partition(".")
            if not equals or not dot or owner not in known:
                raise ValueError("--set wants PLATFORM.KEY=VALUE")
            if owner == name:
                if key not in settings:
                    raise ValueError("%s has no setting %s" % (name, key))
                settings[key] = value
        platforms.append(kind(settings, strict))
    return platforms
