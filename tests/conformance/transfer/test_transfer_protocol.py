"""What every transfer keeps: the fake, and the real pull with the real program run on this machine."""

import hashlib
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest

from groundwork.drivers.transfer.fake import FakeTransfer
from groundwork.drivers.transfer.protocol import Transfer
from groundwork.drivers.transfer.remote_pull import PullHost, RemotePull
from groundwork.errors import ConfigurationError, OutsideError
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LeashedCommands, LocalCommands

PULL = Path(__file__).parents[3] / "playbooks" / "roles" / "repository" / "files" / "repository_pull.py"


class Stage(Protocol):
    """A sender and a receiver under test."""

    transfer: Transfer

    def put(self, content: bytes) -> None:
        """The sender stores a file."""

    def put_wrong(self, content: bytes) -> str:
        """The sender has a file whose content is not what its name says; its name as reports tell it."""

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
    sender: Path
    receiver: Path
    settings: Path
    transfer: Transfer

    def put(self, content: bytes) -> None:
        self._write(hashlib.sha256(content).hexdigest(), content)

    def put_wrong(self, content: bytes) -> str:
        return self._write(hashlib.sha256(content).hexdigest(), content + b"!")

    def received(self) -> set[bytes]:
        return {path.read_bytes() for path in (self.receiver / "repository" / "data").rglob("*") if path.is_file()}

    def lose_sender(self) -> None:
        self.settings.write_text("CITYOPS_SENDER_URL=http://127.0.0.1:9/\n")

    def _write(self, name: str, content: bytes) -> str:
        path = self.sender / "data" / name[:2] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return str(path.relative_to(self.sender))


@contextmanager
def _real_stage(folder: Path) -> Iterator[RealStage]:
    if shutil.which("rclone") is None:
        pytest.skip("rclone is not installed")
    sender, receiver, settings = folder / "sender", folder / "receiver", folder / "sender.env"
    for kind in ("data", "index", "keys", "snapshots"):
        (sender / kind).mkdir(parents=True)
    (sender / "config").write_bytes(b"which repository this is")
    receiver.mkdir()
    port = _free_port()
    settings.write_text(f"CITYOPS_SENDER_URL=http://127.0.0.1:{port}/\n")
    program = (sys.executable, str(PULL), "--root", str(receiver), "--settings", str(settings), "--user", "root")
    host = PullHost(ssh=("sh", "-c"), program=program)
    argv = [
        *("rclone", "serve", "webdav", "--read-only", "--quiet", "--dir-cache-time", "0s", "--config", "/dev/null"),
        *("--addr", f"127.0.0.1:{port}", str(sender)),
    ]
    with LeashedCommands().start(argv):
        _wait_for(port)
        yield RealStage(sender, receiver, settings, RemotePull({"yangming": host}, commands=LocalCommands()))


@pytest.fixture(params=["fake", "real"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    if request.param == "fake":
        yield FakeStage()
    else:
        with _real_stage(tmp_path) as real:
            yield real


def test_a_pull_brings_what_the_receiver_lacks_and_proves_it(stage: Stage) -> None:
    stage.put(b"one")
    stage.put(b"three")

    report = stage.transfer.pull(sender="central", receiver="yangming")

    assert stage.received() == {b"one", b"three"}
    assert (report.sender, report.receiver) == ("central", "yangming")
    assert (report.files, report.size_bytes, report.proven, report.refused) == (2, 8, 2, ())


def test_a_second_pull_brings_only_what_is_new(stage: Stage) -> None:
    stage.put(b"one")
    stage.transfer.pull(sender="central", receiver="yangming")
    idle = stage.transfer.pull(sender="central", receiver="yangming")
    stage.put(b"two")

    report = stage.transfer.pull(sender="central", receiver="yangming")

    assert (idle.files, idle.size_bytes) == (0, 0)
    assert (report.files, report.size_bytes) == (1, 3)
    assert stage.received() == {b"one", b"two"}


def test_a_file_that_is_not_what_its_name_says_is_refused_and_told(stage: Stage) -> None:
    stage.put(b"good")
    name = stage.put_wrong(b"wrong")

    report = stage.transfer.pull(sender="central", receiver="yangming")

    assert report.refused == (name,)
    assert (report.files, report.proven) == (2, 1)
    assert stage.received() == {b"good"}


def test_a_sender_that_does_not_answer_is_an_outside_failure_that_says_what_to_do(stage: Stage) -> None:
    stage.lose_sender()

    with pytest.raises(OutsideError) as caught:
        stage.transfer.pull(sender="central", receiver="yangming")

    assert caught.value.hint
    assert stage.received() == set()


def test_a_site_without_a_repository_host_is_a_matter_of_the_estate(stage: Stage) -> None:
    with pytest.raises(ConfigurationError, match="mars has no repository host"):
        stage.transfer.pull(sender="central", receiver="mars")


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(100):
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        SystemClock().sleep(0.1)
    pytest.fail("the sender's server did not come up")
