"""What every repository host keeps: the fake, and the real driver with a shell of this machine in SSH's place."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from groundwork.drivers.repository_host.fake import FakeRepositoryHost
from groundwork.drivers.repository_host.protocol import RepositoryHost
from groundwork.drivers.repository_host.remote import RemoteRepositoryHost
from groundwork.errors import ConfigurationError, RefusedError, UnreachableError
from groundwork.shell.command import LocalCommands
from tests.builders.repository_host import Host, has_programs

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


def test_the_room_on_its_disk_is_reported_in_bytes(host: RepositoryHost) -> None:
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


class Stage(Protocol):
    """A host of central, with a repository in which something is wrong."""

    host: RepositoryHost
    sound: str
    wrong: str


@dataclass
class FakeStage:
    host: RepositoryHost
    sound: str = "data/aa/aa"
    wrong: str = "index/77"


@dataclass
class RealStage:
    host: RepositoryHost
    sound: str
    wrong: str


@pytest.fixture(params=["fake", "remote"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Stage:
    if request.param == "fake":
        wrong = {"central": {"index/77": "the city's key does not open it"}}
        return FakeStage(FakeRepositoryHost(wrong=wrong, refused={"central": {"data/bb/bb": "refused: its name"}}))
    if not has_programs():
        pytest.skip("restic or rclone is not installed")
    made = Host(tmp_path / "host", url="", identity="0" * 64)
    made.copy.run("init")
    sound = max(made.copy.store(b"a restore point" * 1000))
    junk = made.copy.put("index", b"named by its own SHA-256, and no index of restic's")
    (made.etc / "repository.identity").write_text(f"{made.copy.identity()}\n")
    refused = {"data/bb/bb": {"word": "refused", "why": "its name"}}
    (made.state / "refused.json").write_text(json.dumps(refused))
    ssh = {"central": ("sh", "-c")}
    return RealStage(RemoteRepositoryHost(ssh, commands=LocalCommands(), program=made.argv()), sound, junk)


def test_a_proof_names_what_is_wrong_until_it_is_in_quarantine(stage: Stage) -> None:
    before = stage.host.verify("central", share="1/1")
    kept = stage.host.quarantine("central", [stage.wrong], label="run-1")
    after = stage.host.verify("central")

    assert (before.site, before.share, before.sound) == ("central", "1/1", False)
    assert before.wrong == {stage.wrong: "the city's key does not open it"}
    assert (kept, after.sound, after.wrong) == ({}, True, {})


def test_what_the_host_remembers_is_read_back(stage: Stage) -> None:
    proof = stage.host.verify("central")

    refusals = stage.host.refusals("central")

    assert (refusals.oldest, refusals.incomplete) == (proof.oldest, proof.incomplete)
    assert refusals.sender == {"data/bb/bb": "refused: its name"}
    assert refusals.own == {stage.wrong: "the city's key does not open it"}


def test_a_quarantine_is_done_once_and_undone_once(stage: Stage) -> None:
    kept = [stage.host.quarantine("central", [stage.wrong], label="run-1") for _ in range(2)]
    assert stage.host.verify("central").sound

    back = [stage.host.put_back("central", [stage.wrong], label="run-1") for _ in range(2)]

    assert (kept, back) == ([{}, {}], [{}, {}])
    assert not stage.host.verify("central").sound


def test_a_file_that_is_what_its_name_says_stays_and_the_others_go(stage: Stage) -> None:
    kept = stage.host.quarantine("central", [stage.sound, stage.wrong], label="run-1")

    assert kept == {stage.sound: "it is what its name says"}
    assert stage.host.verify("central").sound
