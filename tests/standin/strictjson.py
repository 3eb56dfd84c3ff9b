"""JSON as RFC 8259 says it, and not as Python's reader lets it through.

Numbers stay exact (Decimal, int of any length), a name may appear only once
in an object, NaN and Infinity do not exist, the text is UTF-8 without a BOM,
and no string holds half a surrogate pair.
"""

import json
from decimal import Decimal


class Invalid(ValueError):
    pass


def pairs(members):
    result = {}
    for name, value in members:
        if name in result:
            raise Invalid("a member name appears twice in one object")
        result[name] = value
    return result


def constant(word):
    raise Invalid("%s is not JSON" % word)


DECODER = json.JSONDecoder(object_pairs_hook=pairs, parse_float=Decimal,
                           parse_constant=constant)


def loads(data):
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid("the text is not UTF-8") from None
    if text.startswith("\ufeff"):
        raise Invalid("the text begins with a byte order mark")
    try:
        value = DECODER.decode(text)
    except Invalid:
        raise
    except RecursionError:
        raise Invalid("nested too deeply") from None
    except ValueError as error:
        raise Invalid("not JSON: %s" % str(error).split(":")[0]) from None
    if "\\u" in text and surrogates(value):
        raise Invalid("a string holds half a surrogate pair")
    return value


def surrogates(value):
    if isinstance(value, str):
        return any("\ud800" <= c <= "\udfff" for c in value)
    if isinstance(value, dict):
        return any(surrogates(k) or surrogates(v) for k, v in value.items())
    if isinstance(value, list):
        return any(surrogates(v) for v in value)
    return False


def dumps(value):
    def other(number):
        if isinstance(number, Decimal):
            return float(number)
        raise TypeError(type(number))
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"),
                      default=other)
