"""Characters that a reviewer cannot see or that would drive a terminal, and how a message names one."""

import re
import unicodedata

# Invisible anywhere, a comment included: controls, formats, default-ignorables, noncharacters, surrogates.
_INVISIBLE = (
    (0x00, 0x08),
    (0x0B, 0x1F),
    (0x7F, 0x9F),
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x61C, 0x61C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xD800, 0xDFFF),
    (0xFDD0, 0xFDEF),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0xFFFE, 0xFFFF),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
# Refused in a value as well: tab and line break, blanks of another width, private use (each machine shows another).
_NOT_IN_TEXT = (
    *_INVISIBLE,
    (0x09, 0x0A),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    (0xE000, 0xF8FF),
    (0xF0000, 0x10FFFF),
)
_LINE_BREAKS = "\n\r\x85\u2028\u2029"
_SURROGATES = (0xD800, 0xDFFF)


def _one(codepoint: int) -> str:
    return f"\\u{codepoint:04X}" if codepoint <= 0xFFFF else f"\\U{codepoint:08X}"  # noqa: PLR2004 - the first plane


def _class(ranges: tuple[tuple[int, int], ...]) -> str:
    return "".join(_one(first) if first == last else f"{_one(first)}-{_one(last)}" for first, last in ranges)


NOT_IN_TEXT = _class(tuple(one for one in _NOT_IN_TEXT if one != _SURROGATES))
"""What a text may not hold, for use between the brackets of a pattern."""

_SEARCH_INVISIBLE = re.compile(f"[{_class(_INVISIBLE)}]")
_SEARCH_NOT_IN_TEXT = re.compile(f"[{_class(_NOT_IN_TEXT)}]")


def find_invisible(text: str) -> re.Match[str] | None:
    """The first character that no file of the estate may hold, not even in a comment."""
    return _SEARCH_INVISIBLE.search(text)


def find_not_in_text(text: str) -> re.Match[str] | None:
    """The first character that a text of the estate may not hold."""
    return _SEARCH_NOT_IN_TEXT.search(text)


def name_character(character: str) -> str:
    """``a line break (U+000A)``, ``an invisible character (U+200B, ZERO WIDTH SPACE)``."""
    number, name = f"U+{ord(character):04X}", unicodedata.name(character, "")
    named = f"({number}, {name})" if name else f"({number})"
    if character in _LINE_BREAKS:
        return f"a line break {named}"
    kind = unicodedata.category(character)
    if kind == "Cc":
        return f"a control character {named}"
    if kind == "Zs":
        return f"a blank of another width {named}"
    if kind == "Co":
        return f"a private character {named}, which each machine shows differently"
    return f"an invisible character {named}"


def printable(text: str) -> str:
    """The text with what would move a terminal's cursor, break the line or be no UTF-8 spelled out."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text)
