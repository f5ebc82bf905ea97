"""The pull a repository host runs: real rclone on both ends, in folders of the test's own."""

import hashlib
import json
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from groundwork.shell.clock import SystemClock
from groundwork.shell.command import Completed, LeashedCommands, LocalCommands

SCRIPT = Path(__file__).parents[2] / "playbooks/roles/repository/files/repository_pull.py"
PACK = b"pack " * 5000

pytestmark = pytest.mark.skipif(shutil.which("rclone") is None, reason="needs rclone")


class Place:
    """A sender with a repository and a receiver's three folders."""

    def __init__(self, folder: Path) -> None:
        self.sender = folder / "sender"
        self.root = folder / "receiver"
        self.repository = self.root / "repository"
        self.incoming = self.root / "incoming"
        self.settings = folder / "sender.env"
        self.sender.mkdir()
        (self.sender / "config").write_bytes(b"this repository's own id")

    def store(self, kind: str, content: bytes, *, name: str | None = None) -> str:
        """Put a file into the sender's repository as restic does, by its SHA-256, or under a wrong name."""
        name = name or hashlib.sha256(content).hexdigest()
        path = f"{kind}/{name[:2]}/{name}" if kind == "data" else f"{kind}/{name}"
        target = self.sender / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return path

    def restore_point(self, content: bytes = PACK) -> dict[str, str]:
        """One backup: a pack, its index and its snapshot."""
        return {
            "data": self.store("data", content),
            "index": self.store("index", b"index of " + content[-100:]),
            "snapshots": self.store("snapshots", b"snapshot of " + content[-100:]),
        }

    def pull(self, *options: str) -> Completed:
        """Run the script once to its end."""
        return LocalCommands().run([*self.argv(), *options], timeout_seconds=60, check=False)

    def argv(self) -> list[str]:
        """The script, told to stay in this place and to stay who it is."""
        options = ["--root", str(self.root), "--settings", str(self.settings), "--user", "root"]
        return ["/usr/bin/python3", str(SCRIPT), *options]

    def held(self) -> set[str]:
        """What the receiver's repository holds."""
        files = (path for path in self.repository.rglob("*") if path.is_file())
        return {str(path.relative_to(self.repository)) for path in files}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """The sender's read-only server on a port of its own, with a password that would hurt a careless shell."""
    made = Place(tmp_path)
    password = "p$(id)'\" %40 {{ x }}"  # noqa: S105 - the test's own
    serve = ["rclone", "serve", "webdav", "--addr", "127.0.0.1:0", "--read-only", "--dir-cache-time", "0s"]
    log = tmp_path / "server.log"
    options = ["--config", "/dev/null", "--log-file", str(log), str(made.sender)]
    environment = {"RCLONE_USER": "replica", "RCLONE_PASS": password}
    with LeashedCommands().start([*serve, *options], environment=environment):
        url = _address(log)
        made.settings.write_text(
            f"CITYOPS_SENDER_URL={url}\nCITYOPS_SENDER_USER=replica\nCITYOPS_SENDER_PASSWORD={password}\n"
        )
        yield made


def _address(log: Path) -> str:
    clock = SystemClock()
    for _ in range(200):
        if log.exists() and (found := re.search(r"http://\S+", log.read_text())):
            return found.group()
        clock.sleep(0.05)
    raise AssertionError(f"rclone never served: {log.read_text() if log.exists() else 'no log'}")


def test_brings_everything_once_and_nothing_the_second_time(place: Place) -> None:
    paths = place.restore_point()
    place.store("keys", b"a key")
    place.store("locks", b"a lock")

    first, second = place.pull(), place.pull()

    report = json.loads(first.stdout)
    assert (first.exit_code, report["files"], report["proven"], report["published"]) == (0, 4, 4, 4)
    assert report["refused"] == []
    assert set(paths.values()) | {"config"} < place.held()
    assert not any(path.startswith("locks") for path in place.held())
    again = json.loads(second.stdout)
    assert (second.exit_code, again["files"], again["size_bytes"], again["published"]) == (0, 0, 0, 0)


def test_a_file_that_is_not_what_its_name_says_is_refused_told_and_holds_back_the_snapshot(place: Place) -> None:
    place.restore_point(b"an older pack")
    place.pull()
    paths = place.restore_point()
    (place.sender / paths["data"]).write_bytes(b"not the bytes that were stored")
    other = place.store("data", b"a good pack beside it")

    done = place.pull()

    report = json.loads(done.stdout)
    assert (done.exit_code, report["refused"], report["held"]) == (6, [paths["data"]], 2)
    assert paths["data"] not in place.held()
    assert paths["snapshots"] not in place.held()
    assert other in place.held()
    assert (place.root / "refused" / "data" / Path(paths["data"]).name).exists()


def test_what_was_refused_comes_once_the_sender_is_mended(place: Place) -> None:
    paths = place.restore_point()
    (place.sender / paths["data"]).write_bytes(b"broken")
    place.pull()
    (place.sender / paths["data"]).write_bytes(PACK)

    done = place.pull()

    assert done.exit_code == 0
    assert set(paths.values()) < place.held()


def test_a_sender_that_changes_or_loses_its_files_changes_nothing_here(place: Place) -> None:
    paths = place.restore_point()
    place.pull()
    (place.sender / paths["data"]).write_bytes(b"encrypted by somebody else, and longer" * 1000)
    (place.sender / paths["snapshots"]).unlink()

    done = place.pull()

    assert (done.exit_code, json.loads(done.stdout)["refused"]) == (6, [paths["data"]])
    assert (place.repository / paths["data"]).read_bytes() == PACK
    assert set(paths.values()) < place.held()


def test_another_repository_is_never_mixed_in(place: Place) -> None:
    place.restore_point()
    place.pull()
    before = place.held()
    (place.sender / "config").write_bytes(b"another repository's id!")
    place.restore_point(b"a pack of another repository")

    done = place.pull()

    assert (done.exit_code, done.stdout) == (4, "")
    assert "is not the one" in done.stderr
    assert place.held() == before


def test_a_pull_killed_half_way_leaves_nothing_that_counts_and_the_next_one_finishes(place: Place) -> None:
    paths = place.restore_point()
    half = place.incoming / paths["data"]
    half.parent.mkdir(parents=True)
    half.write_bytes(PACK[:1000])
    whole = place.store("data", b"came whole before the kill")
    (place.incoming / whole).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(place.sender / whole, place.incoming / whole)
    stale = place.incoming / "snapshots" / ("0" * 64)
    stale.parent.mkdir()
    stale.write_bytes(b"of a pull long ago")

    done = place.pull()

    assert done.exit_code == 0
    assert set(paths.values()) | {whole, "config"} == place.held()


@pytest.mark.parametrize("after_seconds", [0.05, 0.3, 0.6])
def test_killed_at_any_moment_it_can_be_run_again(place: Place, after_seconds: float) -> None:
    for number in range(40):
        place.restore_point(PACK + bytes([number]))
    with LocalCommands().start(place.argv()) as program:
        SystemClock().sleep(after_seconds)
        program.kill()
    for path in place.held() - {"config"}:
        assert hashlib.sha256((place.repository / path).read_bytes()).hexdigest() == Path(path).name

    done = place.pull()

    assert done.exit_code == 0
    assert sum(path.startswith("snapshots/") for path in place.held()) == 40


def test_a_leashed_pull_ends_when_whoever_asked_for_it_has_gone(place: Place) -> None:
    done = place.pull("--leashed")

    assert done.exit_code == -signal.SIGKILL


def test_an_unreachable_sender_is_a_failure_that_shows_no_password(place: Place) -> None:
    done = place.pull("--sender", "http://127.0.0.1:9/")

    assert done.exit_code == 5
    assert "127.0.0.1:9" in done.stderr
    assert "$(id)" not in done.stdout + done.stderr
