"""A signer's line, as ssh-keygen writes it."""

from groundwork.model.approval import signer_key, signer_name


def test_a_line_is_a_key_and_a_name() -> None:
    line = "ssh-ed25519 AAAAC3Nz chen@digital"
    assert signer_name(line) == "chen@digital"
    assert signer_key(line) == "ssh-ed25519 AAAAC3Nz"
