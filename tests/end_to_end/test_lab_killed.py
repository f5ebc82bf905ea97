"""A lab whose bring-up or tear-down was killed half-way is brought up, or taken down, all the same."""

import json
import signal
import subprocess  # noqa: TID251 - what is tested is a process killed from outside, at a moment of ours
import sys
from collections.abc import Iterator

import pytest

from commands.checkout import ROOT
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from lab.folders import LabFolders
from lab.standing import read_standing
from lab.teardown import find_remains, take_down
from tests.builders.toy_program import wait_until

NAME, CITY = "killed", "chiayi"
FOLDERS = LabFolders(lab=NAME)


def killed_after(seconds: float, *arguments: str) -> int:
    """The exit code of an inv command that is killed, with nothing to prepare for it, unless it ends before."""
    argv = [sys.executable, "-P", "-m", "commands", *arguments]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(argv, cwd=ROOT, stdout=quiet, stderr=quiet) as started:  # noqa: S603 - our own command
        try:
            return started.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            started.send_signal(signal.SIGKILL)
            return started.wait()


def killed_once_it_stands_for_a_city() -> None:
    """A bring-up that is killed as soon as the lab's folder says which city it stands for."""
    argv = [sys.executable, "-P", "-m", "commands", "lab.up", "--name", NAME, "--city", CITY]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(argv, cwd=ROOT, stdout=quiet, stderr=quiet) as started:  # noqa: S603 - our own command
        wait_until("it stands for a city", lambda: read_standing(FOLDERS) is not None)
        started.send_signal(signal.SIGKILL)


def inv(*arguments: str) -> str:
    """What an inv command answers."""
    argv = [sys.executable, "-P", "-m", "commands", *arguments]
    return LocalCommands().run(["env", "-C", str(ROOT), *argv], timeout_seconds=400).stdout


@pytest.fixture
def gone() -> Iterator[None]:
    """No lab of the name before, and none after."""
    take_down(FOLDERS, keep_state=False, commands=LocalCommands(), clock=SystemClock(), say=print)
    yield
    take_down(FOLDERS, keep_state=False, commands=LocalCommands(), clock=SystemClock(), say=print)


def test_a_bring_up_killed_at_several_moments_ends_well_at_last_and_leaves_nothing(gone: None) -> None:
    del gone
    moments = (0.6, 0.9, 1.3, 1.8, 2.5)
    codes = [killed_after(moment, "lab.up", "--name", NAME, "--city", CITY) for moment in moments]
    assert -signal.SIGKILL in codes
    assert inv("lab.up", "--name", NAME, "--city", CITY).startswith(f"the lab {NAME} is up")
    assert json.loads(inv("lab.status", "--name", NAME, "--json"))["is_up"]  # all of it answers, whoever started it
    assert inv("lab.up", "--name", NAME, "--city", CITY) == f"the lab {NAME} is up; there was nothing to do\n"
    for moment in (0.3, 0.5, 0.7):
        killed_after(moment, "lab.down", "--name", NAME)
    assert inv("lab.up", "--name", NAME, "--city", CITY).startswith(f"the lab {NAME} is up")
    inv("lab.down", "--name", NAME, "--forget")
    assert find_remains(FOLDERS, LocalCommands()) == ()


def test_what_was_lost_of_a_lab_is_mended(gone: None) -> None:
    del gone
    inv("lab.up", "--name", NAME, "--city", CITY)
    commands = LocalCommands()
    commands.run(["ip", "netns", "delete", f"cityops-{NAME}-backup-worker"], timeout_seconds=10)
    host = commands.run(["ip", "netns", "pids", f"cityops-{NAME}-repo-backup"], timeout_seconds=10).stdout.split()
    commands.run(["kill", "-KILL", *host], timeout_seconds=10)
    said = inv("lab.up", "--name", NAME, "--city", CITY)
    assert said.startswith(f"the lab {NAME} is up: 3 parts made")


def test_a_bring_up_that_dies_at_once_leaves_what_a_take_down_finds(gone: None) -> None:
    del gone
    killed_once_it_stands_for_a_city()
    inv("lab.down", "--name", NAME, "--forget")
    assert find_remains(FOLDERS, LocalCommands()) == ()


def test_a_lab_stands_for_one_city(gone: None) -> None:
    del gone
    killed_once_it_stands_for_a_city()
    argv = [sys.executable, "-P", "-m", "commands", "lab.up", "--name", NAME, "--city", "taichung"]
    done = LocalCommands().run(["env", "-C", str(ROOT), *argv], timeout_seconds=60, check=False)
    assert (done.exit_code, "stands for chiayi" in done.stderr) == (3, True)
