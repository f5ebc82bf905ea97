"""Real programs at work with known secrets: none in an argument, none in an environment that has no need of it."""

import shutil
import sys
from pathlib import Path

import pytest

from groundwork.drivers.repository.restic import ResticLocation, ResticRepository
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LeashedCommands, LocalCommands
from tests.builders.secret_watch import SecretWatch, Sighting, is_restic_or_rclone

SECRET = "s3cret-of-this-test"  # noqa: S105 - the test's own
SLEEPS = "import time; time.sleep(1)"


def watch_for(secret: str = SECRET) -> SecretWatch:
    return SecretWatch(secrets=lambda: {"ours": secret}, needed=is_restic_or_rclone)


@pytest.mark.parametrize(
    ("argv", "environment", "where"),
    [
        ([sys.executable, "-c", SLEEPS, f"password={SECRET}"], {}, "argument"),
        ([sys.executable, "-c", SLEEPS], {"PGPASSWORD": SECRET}, "environment"),
        (["sh", "-c", f"sleep 1; : PGPASSWORD={SECRET}"], {}, "argument"),
    ],
)
def test_a_program_that_leaks_is_caught(argv: list[str], environment: dict[str, str], where: str) -> None:
    with watch_for().watching() as watch:
        LocalCommands().run(argv, timeout_seconds=30, environment=environment)
    assert {(one.secret, one.where) for one in watch.leaks} == {("ours", where)}
    assert SECRET not in repr(watch.leaks)


def test_a_secret_is_found_however_it_is_written() -> None:
    with watch_for('a/b c"d臺北市').watching() as watch:
        argv = [sys.executable, "-c", SLEEPS, "https://u:a%2Fb%20c%22d%E8%87%BA%E5%8C%97%E5%B8%82@h/"]
        LocalCommands().run(argv, timeout_seconds=30)
    assert {one.where for one in watch.leaks} == {"argument"}


def test_the_watch_does_not_end_without_a_word() -> None:
    def broken() -> dict[str, str]:
        raise ZeroDivisionError

    with (
        pytest.raises(ZeroDivisionError),
        SecretWatch(secrets=broken, needed=is_restic_or_rclone).watching(),
    ):
        SystemClock().sleep(0.1)


@pytest.mark.skipif(shutil.which("restic") is None, reason="restic is not installed")
def test_restic_alone_has_its_key(tmp_path: Path) -> None:
    location = ResticLocation(site="central", url=str(tmp_path / "repository"), key=SECRET)
    repository = ResticRepository(location, commands=LeashedCommands())
    with watch_for().watching() as watch:
        repository.ensure_initialised()
        repository.store("a disk", iter([b"x" * 4096] * 64), tags=())
        assert repository.check() == ()
    assert watch.leaks == set()
    assert Sighting(secret="ours", where="environment", program="restic") in watch.allowed  # noqa: S106 - its name
