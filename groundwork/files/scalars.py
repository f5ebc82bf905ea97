"""Numbers, true and false as the estate's files spell them: one spelling for each, the same in YAML and CSV."""

import re
from functools import lru_cache

LONGEST_NUMBER = 18  # characters

_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")
_FLAGS = {"true": True, "false": False}


@lru_cache(maxsize=4096)
def read_scalar(text: str) -> str | int | float | bool:
    """The number or flag that a text spells, or the text itself.

    No sign but a minus, no leading zero, no exponent, no ``yes`` or ``True``: where tools disagree about a spelling,
    it is text.
    """
    if text in _FLAGS:
        return _FLAGS[text]
    if len(text) <= LONGEST_NUMBER:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return float(text)
    return text
