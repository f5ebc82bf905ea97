"""Proof, quarantine and identity of a repository host, on a repository that real restic made."""

import json
import os
import shutil
from pathlib import Path

import pytest

from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from tests.builders.repository_host import Host, Restic, has_programs

pytestmark = pytest.mark.skipif(not has_programs(), reason="needs restic and rclone")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with two restore points, made once."""
    restic = Restic(tmp_path_factory.mktemp("made") / "repository")
    restic.run("init")
    restic.store(os.urandom(300_000))
    restic.store(os.urandom(300_000))
    return restic.folder


@pytest.fixture
def host(made: Path, tmp_path: Path) -> Host:
    """A host that bears the repository and copies from nobody."""
    made_here = Host(tmp_path / "host", url="", identity=Restic(made).identity())
    (made_here.etc / "sender.env").unlink()
    shutil.rmtree(made_here.copy.folder)
    shutil.copytree(made, made_here.copy.folder)
    return made_here


def test_a_sound_repository_is_proven_and_the_time_of_it_is_kept(host: Host) -> None:
    began = SystemClock().now().timestamp()

    report = host.report("verify")

    assert report["files"] == len(host.copy.files())
    assert (report["wrong"], report["missing"], report["incomplete"]) == ({}, [], [])
    assert report["oldest"] >= began
    assert f"proof_oldest_timestamp_seconds {report['oldest']!r}" in metrics(host)


def test_shares_prove_every_file_once_and_the_oldest_counts(host: Host) -> None:
    first = host.report("verify", "--share", "1/3")
    second = host.report("verify", "--share", "2/3")
    third = host.report("verify", "--share", "3/3")

    assert first["oldest"] == second["oldest"] == 0
    assert third["oldest"] > 0
    assert sum(report["files"] for report in (first, second, third)) == len(host.copy.files()) + 2  # each reads config
    again = host.report("verify", "--share", "1/3")
    assert again["oldest"] > third["oldest"]


@pytest.mark.parametrize("share", ["0/3", "4/3", "1/0", "x", "1/257"])
def test_what_is_no_share_is_refused_in_words(host: Host, share: str) -> None:
    done = host.run("verify", "--share", share)

    assert done.exit_code == 4
    assert "is no share" in done.stderr


def test_rot_is_named_keeps_the_proof_old_and_goes_when_the_file_is_mended(host: Host) -> None:
    proven = host.report("verify")["oldest"]
    pack = max((path for path in host.copy.folder.glob("data/*/*")), key=lambda path: path.stat().st_size)
    content = pack.read_bytes()
    pack.chmod(0o600)
    pack.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    path = str(pack.relative_to(host.copy.folder))

    report = host.report("verify", exit_code=6)

    assert report["wrong"] == {path: "its SHA-256 is not its name"}
    assert report["oldest"] == proven
    assert "cityops_repository_wrong_files 1" in metrics(host)
    assert json.loads(host.run("refusals").stdout)["own"] == report["wrong"]
    pack.write_bytes(content)
    assert host.report("verify")["oldest"] > proven
    assert "cityops_repository_wrong_files 0" in metrics(host)


@pytest.mark.parametrize("name", ["a name", "-1", "+1", "1"])
def test_a_name_that_is_none_is_wrong_in_every_share_until_it_is_gone(host: Host, name: str) -> None:
    stray = host.copy.put("snapshots", b"x" * 40, name=name)

    for share in ("1/3", "2/3"):
        assert set(host.report("verify", "--share", share, exit_code=6)["wrong"]) == {stray}
    move(host, "quarantine", stray)
    host.report("verify", "--share", "3/3")

    assert "cityops_repository_wrong_files 0" in metrics(host)


def test_key_files_nested_without_end_are_wrong_and_stop_no_proof(host: Host) -> None:
    stray = host.copy.put("keys", b"[" * 16_000)

    assert host.report("verify", exit_code=6)["wrong"] == {stray: "the city's key does not open it"}


def test_a_lost_pack_is_named_with_the_snapshot_that_needs_it(host: Host) -> None:
    pack = max((path for path in host.copy.folder.glob("data/*/*")), key=lambda path: path.stat().st_size)
    pack.unlink()

    report = host.report("verify", exit_code=6)

    assert report["missing"] == [str(pack.relative_to(host.copy.folder))]
    assert len(report["incomplete"]) == 1
    assert "cityops_repository_incomplete_snapshots 1" in metrics(host)


def test_a_repository_whose_disk_is_away_proves_nothing(host: Host) -> None:
    assert host.run("check").exit_code == 0
    host.copy.folder.rename(host.root / "away")
    host.copy.folder.mkdir()

    for command in ("verify", "check"):
        done = host.run(command)
        assert done.exit_code == 4
        assert "is its disk mounted?" in done.stderr


def test_a_disk_with_another_repository_is_not_served(host: Host) -> None:
    (host.etc / "repository.identity").write_text("0" * 64 + "\n")

    done = host.run("check")

    assert done.exit_code == 4
    assert "not 0000" in done.stderr


def test_a_host_of_no_repository_yet_may_serve_so_that_one_is_made(host: Host) -> None:
    (host.etc / "repository.identity").unlink()
    shutil.rmtree(host.copy.folder)

    assert host.run("check").exit_code == 0


def test_what_is_proven_wrong_goes_to_quarantine_and_comes_back(host: Host) -> None:
    junk = host.copy.put("index", b"junk that is named by its own SHA-256, and is no index")
    assert host.copy.run("check", "--no-lock", check=False).exit_code != 0

    taken = [move(host, "quarantine", junk) for _ in range(2)]

    assert taken == [{}, {}]
    assert host.copy.run("check", "--no-lock").exit_code == 0
    assert (host.root / "quarantine" / "run-1" / junk).exists()
    assert [move(host, "put-back", junk) for _ in range(2)] == [{}, {}]
    assert junk in host.copy.files()


def test_what_is_right_stays_whoever_asks_and_the_wrong_beside_it_goes(host: Host) -> None:
    right = sorted(host.copy.files())
    stray = host.copy.put("snapshots", b"x", name="a name; $(of) no 'kind'")

    kept = move(host, "quarantine", *right, stray, "data/aa/gone")

    assert kept == {**dict.fromkeys(right, "it is what its name says"), "data/aa/gone": "it is not there"}
    assert sorted(host.copy.files()) == right


@pytest.mark.parametrize("path", ["../etc/repository.key", "/etc/passwd", "data/../../etc/repository.key"])
def test_nothing_outside_the_repository_is_moved(host: Host, path: str) -> None:
    done = LocalCommands().run(
        host.argv("quarantine", "--label", "run-1"), timeout_seconds=60, stdin=json.dumps([path]).encode(), check=False
    )

    assert done.exit_code == 3
    assert (host.etc / "repository.key").exists()


def move(host: Host, command: str, *paths: str) -> dict[str, str]:
    """Quarantine or put back; what stays."""
    argv = host.argv(command, "--label", "run-1")
    done = LocalCommands().run(argv, timeout_seconds=60, stdin=json.dumps(list(paths)).encode())
    kept: dict[str, str] = json.loads(done.stdout)["kept"]
    return kept


def metrics(host: Host) -> str:
    """What the node exporter would collect."""
    return (host.state / "metrics" / "repository.prom").read_text()
