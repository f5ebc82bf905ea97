"""A secret is checked once, when it is read, for all its uses; what is wrong is told, the secret is not."""

from pathlib import Path

import pytest

from commands.wiring.sections import SECTIONS
from groundwork.errors import ConfigurationError
from groundwork.settings.load import load_settings
from groundwork.settings.secret_location import BCRYPT, LINE, TEXT, SecretForm, secret_at

REPOSITORY = """\
city: taichung
state: state
repositories:
  central: {url: "https://h/", username: backup, password: {file: password}, key: {file: password}}
signing: {key: {file: signing}, signers: [SIGNER]}
"""
SIGNER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEy1q/atefv1q7zK/MJp2FzSZR7UuIW1hp8kGu3wpbop backup"


def read(folder: Path, content: bytes, form: SecretForm = LINE) -> str:
    (folder / "secret").write_bytes(content)
    return secret_at({"file": "secret"}, folder=folder, where="vcenters.central.password", form=form).reveal()


@pytest.mark.parametrize(
    "content", [b"plain", b"plain\n", b"plain\r\n", "臺中 {{ x }} {% if %} '\"\\$:%".encode(), b"x" * 1024]
)
def test_what_every_use_can_carry_is_taken_as_it_is(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, content) == content.decode().rstrip("\r\n")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"two\nlines", "has a line break"),
        (b"two\n\n", "has a line break"),
        (b"a\x00b", "has a line break or another character"),
        (b"a\x1b[31m", "has a line break or another character"),
        (b"\xef\xbb\xbfhunter2", "has a line break or another character"),  # what Windows puts before a text
        ("a\u202eb".encode(), "has a line break or another character"),
        (b"hunter2\xff", "is not UTF-8"),
        (b" hunter2", "begins or ends with a blank"),
        (b"hunter2 \n", "begins or ends with a blank"),
        (b"hunter2" * 1000, "has 7000 bytes, and 1024 is the most"),
        (b"", "holds no secret"),
        (b"\n", "holds no secret"),
    ],
)
def test_what_a_use_would_break_on_is_told_and_not_shown(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(ConfigurationError, match=r"vcenters\.central\.password") as found:
        read(tmp_path, content)
    assert told in found.value.message
    assert "hunter2" not in found.value.message + found.value.hint


def test_bcrypt_reads_seventy_two_bytes(tmp_path: Path) -> None:
    assert read(tmp_path, "臺".encode() * 24, BCRYPT) == "臺" * 24
    with pytest.raises(ConfigurationError, match="has 75 bytes, and 72 is the most"):
        read(tmp_path, "臺".encode() * 25, BCRYPT)


def test_a_key_in_several_lines_is_taken_where_one_is_wanted(tmp_path: Path) -> None:
    assert read(tmp_path, b"-----BEGIN\nabc\n-----END\n", TEXT) == "-----BEGIN\nabc\n-----END\n"


def test_a_secret_from_the_environment_and_from_a_vault_is_checked_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ansible.parsing.vault import VaultLib, VaultSecret  # noqa: PLC0415 - takes long

    monkeypatch.setenv("WORD", "hunter2\udcff")
    with pytest.raises(ConfigurationError, match="the environment's WORD is not UTF-8"):
        secret_at({"env": "WORD"}, folder=tmp_path, where="x").reveal()
    vault = VaultLib([("default", VaultSecret(b"open"))])
    (tmp_path / "vault.yml").write_bytes(vault.encrypt("number: 123\nlong: '" + "x" * 73 + "'\n"))
    (tmp_path / "open").write_text("open\n", encoding="utf-8")
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(tmp_path / "open"))
    with pytest.raises(ConfigurationError, match=r"number in the vault .* is no text"):
        secret_at({"vault": "vault.yml", "name": "number"}, folder=tmp_path, where="x").reveal()
    with pytest.raises(ConfigurationError, match="72 is the most"):
        secret_at({"vault": "vault.yml", "name": "long"}, folder=tmp_path, where="x", form=BCRYPT).reveal()


def test_the_settings_know_which_secret_goes_where(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text(REPOSITORY.replace("SIGNER", SIGNER), encoding="utf-8")
    (tmp_path / "password").write_text("x" * 73, encoding="utf-8")
    (tmp_path / "signing").write_text("one\ntwo\n", encoding="utf-8")
    loaded = load_settings(tmp_path / "settings.yaml", SECTIONS)
    with pytest.raises(ConfigurationError, match=r"repositories\.central\.password"):
        loaded.repositories["central"].password.reveal()
    assert loaded.repositories["central"].key.reveal() == "x" * 73
    assert loaded.signing is not None
    assert loaded.signing.key is not None
    assert loaded.signing.key.reveal() == "one\ntwo\n"
