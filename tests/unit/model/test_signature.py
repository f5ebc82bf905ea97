"""Signatures: good for one document, one purpose and one key."""

from dataclasses import replace

import pytest

from groundwork.errors import ConfigurationError
from groundwork.model.signature import Signers, SigningKey
from tests.builders.signing import KEY, SIGNERS, STRANGER, private_key_text

DOCUMENT = {"machine": "db-01", "title": "市民"}


def test_a_signature_is_good_for_its_document_and_its_purpose_alone() -> None:
    signature = KEY.sign("restore point 2", DOCUMENT)

    assert SIGNERS.vouching("restore point 2", dict(reversed(DOCUMENT.items())), signature) == "backup"
    assert SIGNERS.vouching("recovery bundle 2", DOCUMENT, signature) is None
    assert SIGNERS.vouching("restore point 2", {**DOCUMENT, "machine": "db-02"}, signature) is None


def test_who_signed_is_reported_by_the_key_and_not_by_the_name_written() -> None:
    signature = STRANGER.sign("restore point 2", DOCUMENT)

    assert signature.signer == "backup"
    assert SIGNERS.vouching("restore point 2", DOCUMENT, signature) is None


@pytest.mark.parametrize("value", ["", "é", "AAAA", "not base64!"])
def test_what_is_no_signature_is_nobodys(value: str) -> None:
    signature = replace(KEY.sign("restore point 2", DOCUMENT), value=value)

    assert SIGNERS.vouching("restore point 2", DOCUMENT, signature) is None


def test_a_key_that_is_none_is_refused_and_not_printed() -> None:
    for text in ("", "hunter2", private_key_text(1)[:120], KEY.public_line()):
        with pytest.raises(ConfigurationError, match="no OpenSSH Ed25519 key") as caught:
            SigningKey(text, signer="backup")
        assert "hunter2" not in caught.value.message


def test_comments_and_blank_lines_are_no_signers() -> None:
    assert not Signers.parse(["", "# nobody yet"])
    assert Signers.parse(["# ours", KEY.public_line()])
