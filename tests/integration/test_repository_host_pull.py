"""The pull of a repository host: real restic made what is pulled, real rclone serves it."""

import hashlib
import json
import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from tests.builders.repository_host import KEY, PASSWORD, Host, Restic, has_programs, served

pytestmark = pytest.mark.skipif(not has_programs(), reason="needs restic and rclone")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with one restore point, made once: restic's key takes it a second."""
    restic = Restic(tmp_path_factory.mktemp("made") / "repository")
    restic.run("init")
    restic.store(os.urandom(300_000))
    return restic.folder


@pytest.fixture
def sender(made: Path, tmp_path: Path) -> Restic:
    """The sender's repository."""
    shutil.copytree(made, tmp_path / "sender")
    return Restic(tmp_path / "sender")


@pytest.fixture
def host(sender: Restic, tmp_path: Path) -> Iterator[Host]:
    """The receiving host, with the sender's server up."""
    with served(sender.folder) as url:
        yield Host(tmp_path / "host", url=url, identity=sender.identity())


def test_it_brings_everything_once_and_nothing_the_second_time(sender: Restic, host: Host) -> None:
    first, second = host.report("pull"), host.report("pull")

    assert host.copy.files() == sender.files()
    assert host.copy.run("check", "--no-lock").exit_code == 0
    assert (first["files"], first["proven"], first["published"]) == (len(sender.files()) - 1,) * 2 + (
        len(sender.files()),
    )
    assert (second["files"], second["size_bytes"], second["published"]) == (0, 0, 0)
    assert [first[word] for word in ("refused", "foreign", "missing", "incomplete")] == [[], [], [], []]


def test_what_is_no_file_of_a_repository_holds_nobody_up(sender: Restic, host: Host) -> None:
    host.report("pull")
    fresh = sender.store(b"another restore point" * 1000)
    junk = {
        sender.put("index", b"junk that is named by its own SHA-256, and is no index"),
        sender.put("snapshots", b"junk that is named by its own SHA-256, and is no snapshot"),
        *(sender.put(kind, broken_seal(next(sender.folder.glob(f"{kind}/*")))) for kind in ("index", "snapshots")),
        sender.put("keys", (sender.folder / next(iter(sender.folder.glob("keys/*")))).read_bytes() + b" "),
    }
    refused = {
        sender.put("data", b"these bytes are not what the name says, so it is refused", name="ab" * 32),
        sender.put("data", b"", name="cd" * 32),
        sender.put("index", b"x" * 50, name="no-name-of-restic"),
        sender.put("snapshots", b"y" * 50, name="Z" * 64),
    }

    report = host.report("pull")

    assert (set(report["foreign"]), set(report["refused"])) == (junk, refused)
    assert fresh <= host.copy.files()
    assert not (junk | refused) & host.copy.files()
    assert host.copy.run("check", "--no-lock").exit_code == 0
    again = host.report("pull")
    assert (again["files"], set(again["foreign"]), set(again["refused"])) == (0, junk, refused)


@pytest.mark.parametrize(
    ("kind", "blob"),
    [
        ("index", '{"id": "00", "type": "tree", "offset": Infinity, "length": 1}'),
        ("index", '{"id": "00", "type": "tree", "offset": 0, "length": 1, "uncompressed_length": "x"}'),
        ("index", "[" * 20_000 + "]" * 20_000),
        ("snapshots", '{"id": "00", "type": "tree", "offset": 0, "length": 1}'),
    ],
)
def test_what_was_forged_with_the_city_s_key_holds_nobody_up(sender: Restic, host: Host, kind: str, blob: str) -> None:
    forged = sender.forge(kind, f'{{"packs": [{{"id": "00", "blobs": [{blob}]}}]}}'.encode())

    report = host.report("pull")

    assert report["foreign"] == [forged]
    assert host.copy.snapshots()
    assert forged not in host.copy.files()


def test_a_tree_said_to_lie_where_no_pack_reaches_is_one_that_is_missing(sender: Restic, host: Host) -> None:
    pack = next(sender.folder.glob("data/*/*")).name
    blob = {"id": "00" * 32, "type": "tree", "offset": 10**30, "length": 1}
    sender.forge("index", json.dumps({"packs": [{"id": pack, "blobs": [blob]}]}).encode())
    forged = sender.forge("snapshots", f'{{"tree": "{"00" * 32}"}}'.encode())

    report = host.report("pull", exit_code=6)

    assert report["incomplete"] == [forged.removeprefix("snapshots/")]
    assert len(host.copy.snapshots()) == 1


def test_a_pack_that_is_rotten_holds_back_its_own_restore_point_and_no_other(sender: Restic, host: Host) -> None:
    rotten = sender.store(os.urandom(200_000))
    good = sender.store(os.urandom(200_000))
    (pack,) = [path for path in rotten if path.startswith("data/") and _size(sender, path) > 100_000]
    spoil(sender.folder / pack)

    report = host.report("pull", exit_code=6)

    (held,) = [path.partition("/")[2] for path in rotten if path.startswith("snapshots/")]
    assert (report["refused"], report["missing"], report["incomplete"]) == ([pack], [pack], [held])
    assert good <= host.copy.files()
    assert host.copy.snapshots() == sender.snapshots() - {held}
    assert host.copy.run("check", "--no-lock").exit_code == 0


def test_what_was_refused_comes_once_the_sender_is_mended(sender: Restic, host: Host) -> None:
    rotten = sender.store(os.urandom(200_000))
    (pack,) = [path for path in rotten if path.startswith("data/") and _size(sender, path) > 100_000]
    content = (sender.folder / pack).read_bytes()
    spoil(sender.folder / pack)
    host.report("pull", exit_code=6)
    SystemClock().sleep(1.1)  # a file's time is told in seconds
    (sender.folder / pack).write_bytes(content)

    report = host.report("pull")

    assert (report["refused"], report["incomplete"]) == ([], [])
    assert host.copy.files() == sender.files()


def test_a_sender_that_changes_or_loses_its_files_changes_nothing_here(sender: Restic, host: Host) -> None:
    host.report("pull")
    before = {path: (host.copy.folder / path).read_bytes() for path in host.copy.files()}
    pack = next(path for path in sorted(before) if path.startswith("data/"))
    (sender.folder / pack).write_bytes(b"encrypted by somebody else, and longer" * 100_000)
    next(iter(sender.folder.glob("snapshots/*"))).unlink()

    report = host.report("pull")

    assert report["refused"] == [pack]
    assert {path: (host.copy.folder / path).read_bytes() for path in host.copy.files()} == before


def test_another_repository_is_never_mixed_in(sender: Restic, host: Host) -> None:
    (host.etc / "repository.identity").write_text("0" * 64 + "\n")
    first = host.run("pull")
    (host.etc / "repository.identity").write_text(sender.identity() + "\n")
    host.report("pull")
    before = host.copy.files()
    shutil.rmtree(sender.folder)
    sender.run("init")
    sender.store(b"of another repository" * 100)

    second = host.run("pull")

    assert (first.exit_code, second.exit_code) == (4, 4)
    assert "is the one that belongs here" in first.stderr
    assert "is not the one that" in second.stderr
    assert host.copy.files() == before


def test_a_repository_whose_disk_is_away_is_not_filled_again(host: Host) -> None:
    host.report("pull")
    host.copy.folder.rename(host.root / "away")
    host.copy.folder.mkdir()

    pulled, checked = host.run("pull"), host.run("check")

    assert (pulled.exit_code, checked.exit_code) == (4, 4)
    assert "is its disk mounted?" in pulled.stderr
    assert "is its disk mounted?" in checked.stderr
    assert host.copy.files() == set()


def test_a_host_that_bears_no_repository_pulls_nothing(host: Host) -> None:
    (host.etc / "repository.identity").unlink()

    done = host.run("pull")

    assert done.exit_code == 4
    assert "inv backup.prepare" in done.stderr


def test_a_disk_that_bears_the_repository_alone_is_refused_in_words(host: Host) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounts a small disk")
    small = ["unshare", "--mount", "sh", "-ec", 'mount -t tmpfs none "$0"; exec "$@"', str(host.copy.folder)]

    done = LocalCommands().run([*small, *host.argv("pull")], timeout_seconds=60, check=False)

    assert done.exit_code == 4, done.stderr
    assert "are not on one filesystem: mount the disk at" in done.stderr


def test_a_pull_leaves_room_and_says_that_the_disk_is_full(sender: Restic, host: Host) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounts a small disk")
    sender.store(os.urandom(9 << 20))
    small = [
        "unshare",
        "--mount",
        "sh",
        "-ec",
        'mount -t tmpfs -o size=8m none "$0"; mkdir "$0/incoming" "$0/repository" "$0/quarantine"; exec "$@"',
    ]

    done = LocalCommands().run([*small, str(host.root), *host.argv("pull")], timeout_seconds=60, check=False)

    assert done.exit_code == 8, done.stderr
    assert "disk is full" in done.stderr
    assert json.loads(done.stdout)["left"] > 0


def test_a_first_pull_that_brings_no_key_file_says_why(sender: Restic, host: Host) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounts a small disk")
    full = (
        'mount -t tmpfs -o size=8m none .; cd "$PWD"; mkdir incoming repository quarantine; fallocate -l 8100k x; "$@"'
    )
    argv = ["unshare", f"--wd={host.root}", "--mount", "sh", "-ec", full, "sh", *host.argv("pull")]
    over = LocalCommands().run(argv, timeout_seconds=60, check=False)
    for key in sender.folder.glob("keys/*"):
        key.unlink()

    bare = host.run("pull")

    assert (over.exit_code, bare.exit_code) == (8, 5)
    assert re.search(r"no key file of .* could be had: \d files do not fit: 0 MiB were free of 8 MiB", over.stderr)
    assert re.search(r"no key file of .* could be had: it lists \d files, and none of them is one", bare.stderr)


def test_a_pull_killed_half_way_leaves_nothing_that_counts_and_the_next_one_finishes(
    sender: Restic, host: Host
) -> None:
    pack = next(path for path in sorted(sender.files()) if path.startswith("data/"))
    half = host.root / "incoming" / f"{pack}.part"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half of it")
    stale = host.root / "incoming" / "snapshots" / ("0" * 64)
    stale.parent.mkdir()
    stale.write_bytes(b"of a pull long ago, which nobody lists any more")

    host.report("pull")

    assert host.copy.files() == sender.files()
    assert not half.exists()
    assert not stale.exists()


@pytest.mark.parametrize("after_seconds", [0.3, 1.7, 2.6])
def test_killed_at_any_moment_it_can_be_run_again(sender: Restic, host: Host, after_seconds: float) -> None:
    with LocalCommands().start(host.argv("pull")) as program:
        SystemClock().sleep(after_seconds)
        program.kill()
    for path in host.copy.files() - {"config"}:
        assert hashlib.sha256((host.copy.folder / path).read_bytes()).hexdigest() == Path(path).name

    host.report("pull")

    assert host.copy.files() == sender.files()


def test_a_leashed_pull_ends_when_whoever_asked_for_it_has_gone(host: Host) -> None:
    done = host.run("--leashed", "pull")

    assert done.exit_code == -signal.SIGKILL


def test_an_unreachable_sender_is_a_failure_that_shows_no_password(host: Host) -> None:
    host.send_from("http://127.0.0.1:9/")

    done = host.run("pull")

    assert done.exit_code == 5
    assert "127.0.0.1:9" in done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    assert KEY not in done.stdout + done.stderr


def test_four_thousand_stray_files_cost_seconds_and_no_second_fetch(sender: Restic, host: Host) -> None:
    for number in range(4000):
        sender.put("snapshots", b"junk named by its own SHA-256, number %d of 4,000" % number)
    clock = SystemClock()
    began = clock.monotonic()
    first = host.report("pull")
    flooded = clock.monotonic() - began
    second = host.report("pull")

    assert len(first["foreign"]) == 1000  # as many as are listed
    assert second["files"] == 0
    assert flooded < 45
    assert second["seconds"] < 15, second["seconds"]
    assert host.copy.snapshots() == {path.name for path in host.copy.folder.glob("snapshots/*")}


def broken_seal(file: Path) -> bytes:
    """A file of the repository with another seal: what is inside opens to the same, and is proven by nothing."""
    content = file.read_bytes()
    return content[:-1] + bytes([content[-1] ^ 1])


def spoil(file: Path) -> None:
    """Change a byte in the middle of a file: rot."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.chmod(0o600)
    file.write_bytes(bytes(content))


def _size(restic: Restic, path: str) -> int:
    return (restic.folder / path).stat().st_size
