import base64
import html
import json
import shlex
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.run.redaction import REDACTED, Redactor, forms_of

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
    reported = Redactor(lambda: ["correct horse battery"]).text(f"Authorization: Basic {header}")
    assert REDACTED in reported
    assert len(reported.rpartition("]")[2]) <= 4, "at most the characters that what follows has a part in"


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
    assert Redactor(lambda: ["ban"]).text("banana 62616e YmFu") == "banana 62616e YmFu", "nor what is made of it"
    assert Redactor(lambda: ["bana"]).text("banana") == f"{REDACTED}na"
    assert Redactor(lambda: ["bana"]).json(["banana"]) == [f"{REDACTED}na"]


def test_no_form_is_too_short_to_be_told_from_text() -> None:
    assert min(len(form) for form in forms_of("\x01\x02\x03\x04")) >= 4
    assert forms_of("ab") == {"6162", "YWI="}, "in hexadecimal and base64 it is long enough"


def test_a_line_of_a_secret_counts_from_eight_characters() -> None:
    forms = forms_of("seven77\n eight888 \nnine")
    assert "eight888" in forms
    assert not {"seven77", "nine"} & forms


def test_words_with_characters_for_the_shell_and_for_pages_are_found_as_these_write_them() -> None:
    secret = "a/b'c\"d<e&f+g h~ü"  # noqa: S105 - of a test
    forms = forms_of(secret)
    assert {
        quote(secret),
        quote(secret, safe=""),
        quote(secret, safe="").lower(),
        quote_plus(secret),
        html.escape(secret),
        html.escape(secret, quote=False),
        repr(secret)[1:-1],
        str(secret.encode())[2:-1],
        json.dumps(json.dumps(secret)[1:-1])[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    } <= forms


@pytest.mark.parametrize("before", [b"", b"a", b"ab", b"abc", b"abcd"])
@pytest.mark.parametrize("after", [b"", b"z", b"zz"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_of_a_secret_in_base64_whatever_it_stands_in_nothing_stays(
    before: bytes, after: bytes, encode: Callable[[bytes], bytes]
) -> None:
    secret = "?~>geheim~?>"  # noqa: S105 - of a test
    shown = encode(before + secret.encode() + after).decode()
    reported = Redactor(lambda: [secret]).text(shown)
    kept = reported.split(REDACTED)
    assert len(kept) == 2, reported
    first = -(-len(before) * 8 // 6)
    assert kept[0] == shown[:first], "what stands before, with the character that it shares"
    assert len(kept[1].rstrip("=")) <= 1 + -(-len(after) * 8 // 6)


def test_a_short_secret_within_base64_is_left_alone() -> None:
    assert Redactor(lambda: ["abcde"]).text(base64.b64encode(b"xabcdey").decode()) == "eGFiY2RleQ=="
    reported = Redactor(lambda: ["abcdefg"]).text(base64.b64encode(b"xabcdefgy").decode())
    assert reported == f"eG{REDACTED}d5", "eight characters of it are enough"
    assert Redactor(lambda: ["abcdef"]).text(base64.b64encode(b"xxxabcdefy").decode()) == f"eHh4{REDACTED}eQ=="


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
    assert Redactor(lambda: ["eight888"]).holds(["x eight888"])
    assert not Redactor(lambda: ["seven77"]).holds(["x seven77"])
    assert redactor.holds({"a": ["tief%20geheim"]})
