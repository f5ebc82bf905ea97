"""A JSON document as it is printed: readable in every script, in valid UTF-8, and harmless to a terminal."""

import json
import re
from typing import Any

_NOT_ASCII = re.compile(r"[^\n -~]")


def render_json(document: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    """The document, indented; Chinese as it is, control characters, bidi marks and lone surrogates escaped."""
    return _NOT_ASCII.sub(_escaped, json.dumps(document, indent=2, ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    character = found.group()
    return character if character.isprintable() else json.dumps(character)[1:-1]
