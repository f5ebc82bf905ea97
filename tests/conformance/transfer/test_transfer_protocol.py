"""What every transfer keeps: the fake, and the real pull with the real program run on this machine."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest

from groundwork.drivers.transfer.fake import FakeTransfer
from groundwork.drivers.transfer.protocol import Transfer
from groundwork.drivers.transfer.remote_pull import PullHost, RemotePull
from groundwork.errors import ConfigurationError, OutsideError
from groundwork.shell.command import LocalCommands
from tests.builders.repository_host import Host, Restic, has_programs, served

ONE, TWO, THREE = (b"one" * 20, b"two" * 20, b"three" * 20)  # no file of a repository is shorter than 33 bytes


class Stage(Protocol):
    """A sender and a receiver under test."""

    transfer: Transfer

    def put(self, content: bytes) -> None:
        """The sender stores a file."""

    def put_wrong(self, content: bytes) -> str:
        """The sender has a file whose content is not what its name says; its name as reports tell it."""

    def put_foreign(self) -> str:
        """The sender has an index that the city's key does not open; its name as reports tell it."""

    def put_incomplete(self) -> str:
        """The sender has a snapshot of which something is rotten; its id."""

    def received(self) -> set[bytes]:
        """What the receiver's repository holds."""

    def lose_sender(self) -> None:
        """The sender answers no more."""


@dataclass
class FakeStage:
    sent: set[bytes] = field(default_factory=set)
    got: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.fake = FakeTransfer(copy=self._copy)
        self.transfer: Transfer = self.fake

    def put(self, content: bytes) -> None:
        self.sent.add(content)

    def put_wrong(self, content: bytes) -> str:
        name = f"data/00/{hashlib.sha256(content).hexdigest()}"
        self.fake.refused["yangming"] = (name,)
        return name

    def put_foreign(self) -> str:
        self.fake.foreign["yangming"] = ("index/77",)
        return "index/77"

    def put_incomplete(self) -> str:
        self.fake.incomplete["yangming"] = ("5" * 64,)
        return "5" * 64

    def received(self) -> set[bytes]:
        return self.got

    def lose_sender(self) -> None:
        self.fake.lost.add("central")

    def _copy(self, _sender: str, _receiver: str) -> tuple[int, int]:
        fresh = self.sent - self.got
        self.got |= fresh
        return len(fresh), sum(map(len, fresh))


@dataclass
class RealStage:
    sender: Restic
    host: Host
    transfer: Transfer

    def put(self, content: bytes) -> None:
        self.sender.put("data", content)

    def put_wrong(self, content: bytes) -> str:
        return self.sender.put("data", content + b"!", name=hashlib.sha256(content).hexdigest())

    def put_foreign(self) -> str:
        return self.sender.put("index", b"named by its own SHA-256, and no index of restic's")

    def put_incomplete(self) -> str:
        stored = self.sender.store(os.urandom(100_000))
        for pack in stored:
            if pack.startswith("data/"):
                (self.sender.folder / pack).chmod(0o600)
                (self.sender.folder / pack).write_bytes(b"rotten through and through, all of it")
        return next(path.partition("/")[2] for path in stored if path.startswith("snapshots/"))

    def received(self) -> set[bytes]:
        return {path.read_bytes() for path in self.host.copy.folder.glob("data/*/*")}

    def lose_sender(self) -> None:
        self.host.send_from("http://127.0.0.1:9/")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An empty repository and its identity, made once: restic takes seconds over its key."""
    if not has_programs():
        pytest.skip("restic or rclone is not installed")
    restic = Restic(tmp_path_factory.mktemp("made") / "repository")
    restic.run("init")
    return restic.folder, restic.identity()


@contextmanager
def _real_stage(folder: Path, made: tuple[Path, str]) -> Iterator[RealStage]:
    sender = Restic(folder / "sender")
    shutil.copytree(made[0], sender.folder)
    with served(sender.folder) as url:
        host = Host(folder / "host", url=url, identity=made[1])
        pulling = PullHost(ssh=("sh", "-c"), program=tuple(host.argv()))
        stage = RealStage(sender, host, RemotePull({"yangming": pulling}, commands=LocalCommands()))
        stage.transfer.pull(sender="central", receiver="yangming")  # what every repository has: its config and key
        yield stage


@pytest.fixture(params=["fake", "real"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    if request.param == "fake":
        yield FakeStage()
    else:
        with _real_stage(tmp_path, request.getfixturevalue("made")) as real:
            yield real


def test_a_pull_brings_what_the_receiver_lacks_and_proves_it(stage: Stage) -> None:
    stage.put(ONE)
    stage.put(THREE)

    report = stage.transfer.pull(sender="central", receiver="yangming")

    assert stage.received() == {ONE, THREE}
    assert (report.sender, report.receiver) == ("central", "yangming")
    assert (report.files, report.size_bytes, report.proven, report.refused) == (2, 160, 2, ())


def test_a_second_pull_brings_only_what_is_new(stage: Stage) -> None:
    stage.put(ONE)
    stage.transfer.pull(sender="central", receiver="yangming")
    idle = stage.transfer.pull(sender="central", receiver="yangming")
    stage.put(TWO)

    report = stage.transfer.pull(sender="central", receiver="yangming")

    assert (idle.files, idle.size_bytes) == (0, 0)
    assert (report.files, report.size_bytes) == (1, 60)
    assert stage.received() == {ONE, TWO}


def test_a_file_that_is_not_what_its_name_says_is_refused_and_reported(stage: Stage) -> None:
    stage.put(ONE)
    name = stage.put_wrong(TWO)

    report = stage.transfer.pull(sender="central", receiver="yangming")

    assert report.refused == (name,)
    assert (report.files, report.proven) == (2, 1)
    assert stage.received() == {ONE}


def test_a_file_that_the_key_does_not_open_is_reported_and_holds_up_nobody(stage: Stage) -> None:
    stage.put(ONE)
    name = stage.put_foreign()

    report = stage.transfer.pull(sender="central", receiver="yangming")

    assert (report.foreign, report.incomplete) == ((name,), ())
    assert stage.received() == {ONE}


def test_a_snapshot_of_which_something_is_missing_is_reported_as_incomplete(stage: Stage) -> None:
    stage.put(ONE)
    snapshot = stage.put_incomplete()

    report = stage.transfer.pull(sender="central", receiver="yangming")

    assert report.incomplete == (snapshot,)
    assert ONE in stage.received()


def test_a_sender_that_does_not_answer_is_an_outside_failure_that_says_what_to_do(stage: Stage) -> None:
    stage.lose_sender()

    with pytest.raises(OutsideError) as caught:
        stage.transfer.pull(sender="central", receiver="yangming")

    assert caught.value.hint
    assert stage.received() == set()


def test_a_site_without_a_repository_host_is_a_matter_of_the_estate(stage: Stage) -> None:
    with pytest.raises(ConfigurationError, match="mars has no repository host"):
        stage.transfer.pull(sender="central", receiver="mars")
