"""The one reading that every role makes of a host: what is as it should be is silent, what is not is named."""

import hashlib
import os
from pathlib import Path

import pytest

from groundwork.shell.command import LocalCommands

SCRIPT = Path(__file__).parents[2] / "playbooks" / "files" / "see_host.sh"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the files it looks at are root's")


def read(*lines: str) -> list[str]:
    """What it prints."""
    stdin = "".join(f"{line}\n" for line in lines).encode()
    return LocalCommands().run(["sh", str(SCRIPT)], timeout_seconds=30, stdin=stdin).stdout.splitlines()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of root's, mode 640."""
    made = tmp_path / "a file"
    made.write_bytes(b"content")
    made.chmod(0o640)
    return made


def wanted(file: Path, content: bytes = b"content", mode: str = "640", owner: str = "root root") -> str:
    """The line for it."""
    return f"file {hashlib.sha256(content).hexdigest()} {mode} {owner} {file}"


def test_a_file_that_is_as_it_should_be_is_not_named(file: Path) -> None:
    assert read(wanted(file), f"file - 640 root root {file}") == []


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file.write_bytes(b"other"),
        lambda file: file.write_bytes(b""),
        lambda file: file.chmod(0o644),
        lambda file: file.chmod(0o4640),
        lambda file: os.chown(file, 1, 0),
        lambda file: os.chown(file, 0, 1),
        lambda file: file.unlink(),
        lambda file: file.unlink() or file.mkdir(0o640),
        lambda file: file.rename(f"{file}.real") and file.symlink_to(f"{file}.real"),
    ],
)
def test_a_file_is_named_whatever_of_it_was_changed(file: Path, change: object) -> None:
    assert callable(change)
    change(file)

    assert read(wanted(file)) == [f"file {file}"]


def test_an_empty_file_may_be_what_is_wanted(file: Path) -> None:
    file.write_bytes(b"")

    assert read(wanted(file, b"")) == []
    assert read(wanted(file, b"content")) == [f"file {file}"]


def test_a_copy_is_named_when_its_source_is_another(file: Path) -> None:
    copy = file.with_name("copy")
    copy.write_bytes(b"content")
    copy.chmod(0o600)
    source = file.rename(file.with_name("source"))

    assert read(f"same {source} 600 root root {copy}") == []
    source.write_bytes(b"renewed")
    assert read(f"same {source} 600 root root {copy}") == [f"file {copy}"]


def test_folders_links_and_what_should_be_gone_are_named(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir(0o755)
    (tmp_path / "link").symlink_to("/there")
    right = (f"folder 755 root root {tmp_path}/folder", f"link /there {tmp_path}/link", f"gone {tmp_path}/nothing")
    assert read(*right) == []

    (tmp_path / "folder").chmod(0o777)
    (tmp_path / "nothing").touch()
    assert read(*right, f"link /elsewhere {tmp_path}/link", f"folder 755 root root {tmp_path}/no-folder") == [
        f"folder {tmp_path}/folder",
        f"gone {tmp_path}/nothing",
        f"link {tmp_path}/link",
        f"folder {tmp_path}/no-folder",
    ]


def test_packages_users_and_names_are_named() -> None:
    name = LocalCommands().run(["hostname"], timeout_seconds=5).stdout.strip()
    reported = read(
        "package dpkg", "package no-such-package", "user root /root /bin/sh", "user nobody-here / /", f"name x{name}"
    )

    assert {"package no-such-package", "user nobody-here", f"name x{name}"} <= set(reported)
    assert "package dpkg" not in reported
