import base64
import html
import json
import shlex
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.run.redaction import REDACTED, Redactor

HOSTILE = [
    "p@ss:w/rd'%x",
    'quote" and \\backslash\\',
    "first line of it\nsecond line of it",
    "密碼 with spaces&<tags>",
    "tab\tand\rreturn",
    "[redacted]-like",
    "$(rm -rf /) `id`",
]


@pytest.mark.parametrize("secret", HOSTILE)
def test_a_secret_is_found_in_each_form_it_takes_on_the_way(secret: str) -> None:
    redactor = Redactor(lambda: [secret])
    forms = [
        secret,
        json.dumps({"password": secret}),
        json.dumps({"password": secret}, ensure_ascii=False),
        repr([secret]),
        quote(secret, safe=""),
        quote_plus(secret),
        f"postgresql://user:{quote(secret, safe='')}@host/db",
        shlex.quote(secret),
        html.escape(secret),
        base64.b64encode(secret.encode()).decode(),
        secret.encode().hex(),
    ]
    for form in forms:
        assert bare(redactor.text(f"before {form} after"), secret) == []


@pytest.mark.parametrize("user", ["u", "us", "use", "root"])
def test_a_secret_is_found_in_a_header_of_basic_authentication(user: str) -> None:
    header = base64.b64encode(f"{user}:correct horse battery".encode()).decode()
    told = Redactor(lambda: ["correct horse battery"]).text(f"Authorization: Basic {header}")
    assert REDACTED in told
    assert len(told.rpartition("]")[2]) <= 4, "at most the characters that what follows has a part in"


def test_keys_and_values_of_a_document_are_redacted_and_the_rest_stays() -> None:
    redactor = Redactor(lambda: ["geheim"])
    assert redactor.json({"a": ["x geheim", 1, None, True], "geheim": {"b": 1.5}}) == {
        "a": [f"x {REDACTED}", 1, None, True],
        REDACTED: {"b": 1.5},
    }


def test_a_secret_that_becomes_known_later_is_redacted_from_then_on() -> None:
    known: list[str] = []
    redactor = Redactor(lambda: known)
    assert redactor.text("geheim") == "geheim"
    known.append("geheim")
    assert redactor.text("geheim") == REDACTED


def test_with_no_secrets_nothing_is_touched() -> None:
    assert Redactor(tuple).json({"a": "b"}) == {"a": "b"}


def test_a_secret_too_short_to_be_told_from_text_is_left_alone() -> None:
    assert Redactor(lambda: ["a", ""]).text("banana") == "banana"


@settings(deadline=None)  # a busy machine is no slow redactor
@given(st.text(min_size=8, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_no_text_keeps_a_secret(secret: str, before: str, after: str) -> None:
    if secret not in REDACTED:
        assert secret not in Redactor(lambda: [secret]).text(before + secret + after).replace(REDACTED, "\0")


def bare(text: str, secret: str) -> list[str]:
    """The words of a secret that a text still shows."""
    return [word for word in secret.split() if len(word) > 5 and word in text.replace(REDACTED, "")]


def test_a_document_holds_a_secret_only_when_it_is_no_part_of_an_ordinary_word() -> None:
    redactor = Redactor(lambda: ["pass", "tief geheim"])
    assert not redactor.holds({"a": "password"})
    assert redactor.holds({"a": ["tief%20geheim"]})
