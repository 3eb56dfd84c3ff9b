import importlib
import os


def modules():
    here = os.path.dirname(os.path.abspath(__file__))
    return [importlib.import_module("cases." + f[:-3])
            for f in sorted(os.listdir(here))
            if f.endswith(".py") and not f.startswith("_")]
