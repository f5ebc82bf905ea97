"""The unit file that the how-to gives for a site's worker, read by the systemd of this machine."""

import shutil
from configparser import ConfigParser
from pathlib import Path

import pytest

from commands.checkout import ROOT
from groundwork.errors import ConfigurationError, RefusedError
from groundwork.shell.command import LocalCommands

UNIT = ROOT / "docs" / "how-to" / "files" / "cityops-worker@.service"

needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs Debian's systemd")


def complaints(folder: Path, unit: str) -> str:
    """What systemd finds wrong with a unit of this text; the program it starts is this checkout's launcher."""
    file = folder / "cityops-worker@central.service"
    file.write_text(unit.replace("/opt/cityops", str(ROOT)), encoding="utf-8")
    argv = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(file)]
    seen = LocalCommands().run(argv, timeout_seconds=60, check=False)
    return "".join(line for line in (seen.stdout + seen.stderr).splitlines(keepends=True) if UNIT.stem in line)


@needs_systemd
def test_systemd_takes_the_unit_as_it_is(tmp_path: Path) -> None:
    assert complaints(tmp_path, UNIT.read_text(encoding="utf-8")) == ""


@needs_systemd
@pytest.mark.parametrize(
    "broken", [("KillMode=", "KilMode="), ("TimeoutStopSec=2h", "TimeoutStopSec=long"), ("/inv ", "/nowhere ")]
)
def test_systemd_complains_of_a_broken_one(tmp_path: Path, broken: tuple[str, str]) -> None:
    assert complaints(tmp_path, UNIT.read_text(encoding="utf-8").replace(*broken)) != ""


def test_what_a_person_must_look_at_first_is_not_started_again() -> None:
    read = ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[method-assign,assignment]  # systemd's keys are case-sensitive
    read.read(UNIT, encoding="utf-8")
    codes = {RefusedError.exit_code, ConfigurationError.exit_code}
    assert set(map(int, read["Service"]["RestartPreventExitStatus"].split())) == codes
