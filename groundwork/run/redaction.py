"""What a secret looks like in text, in every form it takes on the way, and how it is taken out."""

import base64
import html
import json
import re
import shlex
from collections.abc import Callable, Iterable
from urllib.parse import quote, quote_plus

from groundwork.change.step import Json

REDACTED = "[redacted]"
_SHORTEST = 4  # shorter secrets cannot be told from ordinary text
_SHARED = (0, 2, 3)  # characters of base64 that 0, 1 or 2 bytes in front have a part in
_SHORTEST_PART = 8  # of a secret's line, of base64 in which it begins mid-way, and to be sure of it


class Redactor:
    """Takes the secrets that are known at the moment of each call out of texts and JSON."""

    def __init__(self, secrets: Callable[[], Iterable[str]]) -> None:
        self._secrets = secrets
        self._known: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None

    def text(self, text: str) -> str:
        """The text without secrets."""
        pattern = self._current()
        return pattern.sub(REDACTED, text) if pattern else text

    def json(self, document: Json) -> Json:
        """The document without secrets, in keys and in values."""
        return self._json(document) if self._current() else document

    def holds(self, document: Json) -> bool:
        """Whether a document holds a secret that is long enough not to be part of an ordinary word."""
        sure = Redactor(lambda: [secret for secret in self._secrets() if len(secret) >= _SHORTEST_PART])
        return sure.json(document) != document

    def _json(self, document: Json) -> Json:
        if isinstance(document, str):
            return self.text(document)
        if isinstance(document, list):
            return [self._json(one) for one in document]
        if isinstance(document, dict):
            return {self.text(key): self._json(value) for key, value in document.items()}
        return document

    def _current(self) -> re.Pattern[str] | None:
        known = frozenset(secret for secret in self._secrets() if len(secret) >= _SHORTEST)
        if known != self._known:
            self._known = known
            forms = {form for secret in known for form in forms_of(secret)}
            longest_first = sorted(forms, key=lambda form: (-len(form), form))
            self._pattern = re.compile("|".join(re.escape(form) for form in longest_first))
        return self._pattern if known else None


def forms_of(secret: str) -> frozenset[str]:
    """The forms in which a secret turns up in arguments, URLs, JSON, reprs, shell lines, pages and headers."""
    once = {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        str(secret.encode())[2:-1],
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        shlex.quote(secret),
        html.escape(secret),
        html.escape(secret, quote=False),
        secret.encode().hex(),
    }
    twice = {json.dumps(form)[1:-1] for form in once} | {quote(secret, safe="").lower()}
    lines = {line.strip() for line in secret.splitlines() if len(line.strip()) >= _SHORTEST_PART}
    return frozenset(form for form in once | twice | lines | _base64_forms(secret) if len(form) >= _SHORTEST)


def _base64_forms(secret: str) -> set[str]:
    """Base64 of the secret alone, and the part that stays the same wherever in a longer text it begins."""
    data = secret.encode()
    forms = {base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()}
    for before, first in enumerate(_SHARED):
        whole = (before + len(data)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            part = encode(b"\0" * before + data).decode()[first:whole]
            if len(part) >= _SHORTEST_PART:
                forms.add(part)
    return forms
