"""What every repository host keeps: the fake, and the real driver with a shell of this machine in SSH's place."""

from pathlib import Path

import pytest

from groundwork.drivers.repository_host.fake import FakeRepositoryHost
from groundwork.drivers.repository_host.protocol import RepositoryHost
from groundwork.drivers.repository_host.remote import RemoteRepositoryHost
from groundwork.errors import ConfigurationError, RefusedError, UnreachableError
from groundwork.shell.command import LocalCommands

ONE, OTHER = "1" * 64, "2" * 64


def _remote(folder: Path) -> RemoteRepositoryHost:
    file = str(folder / "repository.identity")
    ssh = {"central": ("sh", "-c")}
    return RemoteRepositoryHost(ssh, commands=LocalCommands(), identity_file=file, folder=str(folder))


@pytest.fixture(params=["fake", "remote"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> RepositoryHost:
    return FakeRepositoryHost() if request.param == "fake" else _remote(tmp_path)


def test_an_identity_is_pinned_once_and_the_same_again_is_nothing_to_do(host: RepositoryHost) -> None:
    assert host.pinned("central") is None

    host.pin("central", ONE)
    host.pin("central", ONE)

    assert host.pinned("central") == ONE


def test_another_identity_is_refused_and_changes_nothing(host: RepositoryHost) -> None:
    host.pin("central", ONE)

    with pytest.raises(RefusedError, match="bears the repository 111111111111"):
        host.pin("central", OTHER)

    assert host.pinned("central") == ONE


def test_a_repository_stands_where_its_config_is(tmp_path: Path) -> None:
    assert not _remote(tmp_path).stands("central")
    (tmp_path / "config").touch()
    assert _remote(tmp_path).stands("central")


def test_the_room_on_its_disk_is_told_in_bytes(host: RepositoryHost) -> None:
    assert host.room("central") > 1 << 20


def test_a_site_without_a_host_says_so(host: RepositoryHost) -> None:
    with pytest.raises(ConfigurationError, match="has no repository host"):
        host.pinned("elsewhere")


def test_a_file_that_holds_no_identity_is_not_taken_for_none(tmp_path: Path) -> None:
    for content in ("", "\n", "pinned\n", "../" * 30):
        (tmp_path / "repository.identity").write_text(content)

        with pytest.raises(ConfigurationError, match="holds no identity"):
            _remote(tmp_path).pinned("central")


def test_a_host_that_ssh_cannot_reach_says_so() -> None:
    host = RemoteRepositoryHost({"central": ("sh", "-c", "exit 255", "ignored")}, commands=LocalCommands())

    with pytest.raises(UnreachableError, match="cannot be reached by SSH"):
        host.pinned("central")
