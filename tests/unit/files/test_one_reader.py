"""Whatever YAML a person writes is read by one reader: the same hostile files, through everything that reads one."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from commands.wiring.sections import SECTIONS
from groundwork.errors import ConfigurationError
from groundwork.estate.load import load_estate
from groundwork.files.fault import Fault
from groundwork.files.source import YAML_LIMIT_BYTES, Source, decode_source, read_source
from groundwork.files.yaml_tree import parse_yaml
from groundwork.settings.load import load_settings
from groundwork.settings.secret_location import secret_at
from tests.builders.estate_files import CITY, write_city

HOSTILE: Mapping[str, tuple[bytes, int, str]] = {
    "an anchor": (b"a: 1\nb: &hunter2 [1]\n", 2, "an anchor or alias (& or *)"),
    "an alias": (b"a: 1\nb: *hunter2\n", 2, "an anchor or alias (& or *)"),
    "a tag": (b"a: 1\nb: !hunter2 x\n", 2, "a tag (!)"),
    "a tag that runs a program": (b"a: !!python/object/apply:os.system ['true']\n", 1, "a tag (!)"),
    "a merge key": (b"a: 1\n<<: {b: hunter2}\n", 2, "a merge key (<<)"),
    "a merge key below": (b"a: 1\nb:\n  <<: {b: hunter2}\n", 3, "a merge key (<<)"),
    "a key given twice": (b"a: hunter2\nb: 1\na: 2\n", 3, '"a" is given twice, first on line 1'),
    "a key that is a list": (b"a: 1\n? [hunter2]\n: x\n", 2, "a key that is not plain text"),
    "a key without an end": (b"k" * 101 + b": 1\n", 1, "a key of 101 characters"),
    "a deep nest": (b"a: 1\nb: " + b"[" * 5000 + b"]" * 5000 + b"\n", 2, "nested more than 12 levels deep"),
    "an open bracket": (b"a: [hunter2\n", 2, "not YAML: did not find expected ',' or ']'"),
    "an open quote": (b'a: "hunter2\n', 2, "not YAML: found unexpected end of stream"),
    "a tab": (b"a: 1\n\tb: hunter2\n", 2, "a tab"),
    "a NUL": (b"a: 1\nb: hunter2\0\n", 2, "a control character (U+0000)"),
    "an escape": (b"a: 1\nb: \x1b[31mhunter2\n", 2, "a control character (U+001B)"),
    "a turn of direction": (
        "a: 1\nb: x\u202ey\n".encode(),
        2,
        "an invisible character (U+202E",
    ),
    "two spellings": ("a: 1\nb: e\u0301\n".encode(), 2, "a character that looks like another one, from U+0065 on"),
    "Big5": ("a: 1\nb: 機房\n".encode("big5"), 2, "byte 0xbe is not UTF-8"),
    "UTF-16": ("a: 1\n".encode("utf-16"), 1, "byte 0xff is not UTF-8"),
    "two documents": (b"a: 1\n---\nb: hunter2\n", 2, "a second document"),
    "a list": (b"- hunter2\n", 1, "does not hold keys and values"),
    "a text": (b"hunter2\n", 1, "does not hold keys and values"),
    "comments": (b"# hunter2\n", 1, "does not hold keys and values"),
}  # what stands there, the line of its first fault, and what that says; hunter2 may be a secret


def through_the_estate(folder: Path, content: bytes, _: pytest.MonkeyPatch) -> str:
    (write_city(folder) / CITY / "city.yaml").write_bytes(content)
    with pytest.raises(ConfigurationError) as found:
        load_estate(folder, CITY)
    return found.value.message


def through_settings(folder: Path, content: bytes, _: pytest.MonkeyPatch) -> str:
    (folder / "city.yaml").write_bytes(content)
    with pytest.raises(ConfigurationError) as found:
        load_settings(folder / "city.yaml", SECTIONS)
    return found.value.message


def in_a_vault(folder: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    from ansible.parsing.vault import VaultLib, VaultSecret  # noqa: PLC0415 - takes long

    (folder / "city.yaml").write_bytes(VaultLib([("default", VaultSecret(b"open sesame"))]).encrypt(content))
    (folder / "password").write_text("open sesame", encoding="utf-8")
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(folder / "password"))
    return secret_at({"vault": "city.yaml", "name": "a"}, folder=folder, where="vcenters.central.password").reveal


def through_a_vault(folder: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> str:
    with pytest.raises(ConfigurationError) as found:
        in_a_vault(folder, content, monkeypatch)()
    assert "hunter2" not in found.value.message + found.value.hint
    return found.value.message


READERS = (through_the_estate, through_settings, through_a_vault)


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("through", READERS)
def test_a_hostile_file_is_refused_in_a_sentence_with_its_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    through: Callable[[Path, bytes, pytest.MonkeyPatch], str],
    case: str,
) -> None:
    content, line, what = HOSTILE[case]
    message = through(tmp_path, content, monkeypatch)
    said = "this is not a name and a text" if through is through_a_vault else what
    assert f"city.yaml:{line}: {said}" in message, message
    assert "\0" not in message


@pytest.mark.parametrize("name", ["hunter2", "a"])
def test_what_is_wrong_with_a_vault_shows_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    message = through_a_vault(tmp_path, f"{name}: 1\n{name}: 2\n".encode(), monkeypatch)
    assert message.endswith("city.yaml:2: this is not a name and a text"), "nothing of the file follows"


@pytest.mark.parametrize(
    "spelling", ["yes", "No", "0x10", "0123", "1e5", "1:30", "2024-13-45", "+1", ".inf", "1_000", "9" * 400, "=", "<<"]
)
def test_a_scalar_about_which_tools_disagree_is_the_text_that_stands_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spelling: str
) -> None:
    content = f"city: {spelling}\nstate: {spelling}\n"
    assert parse_yaml(Source(file="x", text=content, raw=b""))[0].value == {"city": spelling, "state": spelling}
    (tmp_path / "settings.yaml").write_text(content, encoding="utf-8")
    assert load_settings(tmp_path / "settings.yaml", SECTIONS).city == spelling
    assert in_a_vault(tmp_path, f"a: {spelling}\n".encode(), monkeypatch)() == spelling


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda path: path.mkdir(), "is a directory"),
        (os.mkfifo, "is not a regular file"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.write_bytes(b"#" * (YAML_LIMIT_BYTES + 1)), "is 2,097,153 bytes large; at most 2,097,152"),
    ],
)
def test_what_is_no_file_to_read_is_refused_and_never_waited_for(
    tmp_path: Path, make: Callable[[Path], object], what: str
) -> None:
    estate = write_city(tmp_path / "inventory")
    for path in (estate / CITY / "city.yaml", tmp_path / "city.yaml"):
        path.unlink(missing_ok=True)
        make(path)
    for read in (lambda: load_estate(estate, CITY), lambda: load_settings(tmp_path / "city.yaml", SECTIONS)):
        with pytest.raises(ConfigurationError) as found:
            read()
        assert f"city.yaml: {what}" in found.value.message


def test_settings_may_be_a_link_and_an_estates_file_may_not(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("city: taichung\nstate: .\n", encoding="utf-8")
    (tmp_path / "settings.yaml").symlink_to("real.yaml")
    assert load_settings(tmp_path / "settings.yaml", SECTIONS).city == "taichung"
    estate = write_city(tmp_path / "inventory")
    (estate / CITY / "city.yaml").unlink()
    (estate / CITY / "city.yaml").symlink_to(tmp_path / "real.yaml")
    with pytest.raises(ConfigurationError, match=r"city\.yaml: is a symbolic link"):
        load_estate(estate, CITY)


def test_a_mark_of_byte_order_and_line_ends_of_windows_are_read(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_bytes(b"\xef\xbb\xbfcity: taichung\r\nstate: .\r\n")
    assert load_settings(tmp_path / "settings.yaml", SECTIONS).city == "taichung"


def test_a_file_that_is_not_there_is_for_its_reader_to_explain(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_source(tmp_path / "none", file="none", limit_bytes=1)


def test_bytes_are_text_or_a_fault() -> None:
    assert isinstance(decode_source(b"a: 1\n", file="x"), Source)
    assert str(decode_source(b"\xff", file="x")).startswith("x:1: byte 0xff is not UTF-8; ")
    assert isinstance(decode_source(b"\0", file="x"), Fault)
