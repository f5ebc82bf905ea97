"""A program sees of the caller's environment what it needs, by name, and nothing else."""

import json
import os
import sys
from pathlib import Path

import pytest

from commands.checkout import ROOT
from groundwork.drivers.repository.restic import ResticLocation, ResticRepository
from groundwork.errors import OpsError
from groundwork.shell.command import CommandRunner, LeashedCommands, LocalCommands

HOSTILE = {
    "RESTIC_PASSWORD_COMMAND": "touch /srv/stolen",
    "RESTIC_CACERT": "/srv/evil.pem",
    "RCLONE_CONFIG": "/srv/evil.conf",
    "HTTPS_PROXY": "http://evil.example:3128",
    "https_proxy": "http://evil.example:3128",
    "ALL_PROXY": "socks5://evil.example",
    "ANSIBLE_CONFIG": "/srv/evil.cfg",
    "ANSIBLE_STDOUT_CALLBACK": "minimal",
    "PGHOSTADDR": "192.0.2.1",
    "SSLKEYLOGFILE": "/srv/keys",
    "GIT_DIR": "/srv/evil.git",
    "LANG": "zh_TW.UTF-8",
    "LC_MESSAGES": "zh_TW.UTF-8",
    "SECRET_OF_THE_CALLER": "hunter2",
}
EXPECTED = {"HOME", "LC_ALL", "LOGNAME", "PATH", "TMPDIR", "USER"}
PRINTS = "import json, os; print(json.dumps(dict(os.environ)))"


@pytest.fixture(autouse=True)
def hostile_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("commands", [LocalCommands(), LeashedCommands()], ids=["local", "leashed"])
def test_a_child_sees_what_it_needs_and_what_its_driver_names(commands: CommandRunner) -> None:
    argv = [sys.executable, "-I", "-S", "-c", PRINTS]
    seen = json.loads(commands.run(argv, timeout_seconds=30, environment={"NAMED": "by the driver"}).stdout)
    assert seen.pop("NAMED") == "by the driver"
    assert seen.pop("LC_ALL") == "C.UTF-8"
    assert set(seen) <= EXPECTED
    assert seen["PATH"] == os.environ["PATH"]  # noqa: TID251 - what the caller has is what is compared
    assert set(json.loads(commands.run(argv, timeout_seconds=30).stdout)) <= EXPECTED  # and where none is named


def test_restic_sees_its_repository_and_nothing_of_the_callers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "restic"
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -I -S -c '{PRINTS}' >{tmp_path}/seen\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    location = ResticLocation(site="central", url="rest:https://h/", key="key")
    with pytest.raises((OpsError, ValueError)):  # the stand-in prints no repository
        ResticRepository(location, commands=LeashedCommands()).identity()
    seen = json.loads((tmp_path / "seen").read_text(encoding="utf-8"))
    assert set(seen) - EXPECTED - {"PWD"} == {"RESTIC_REPOSITORY", "RESTIC_PASSWORD"}


def test_ansible_sees_its_own_configuration_and_nothing_of_the_callers() -> None:
    argv = [sys.executable, "-P", "-c", f"import groundwork.drivers.playbook.play; {PRINTS}"]
    seen = json.loads(LeashedCommands().run(argv, timeout_seconds=60).stdout)
    assert set(seen) <= EXPECTED


def test_the_command_line_keeps_the_callers_variables_from_its_own_libraries() -> None:
    program = "import commands.__main__" + "\n"  # ends by sys.exit: what it leaves is seen at exit
    watch = f"import atexit, json, os; atexit.register(lambda: print(json.dumps(dict(os.environ))))\n{program}"
    child = ["env", *(f"{name}={value}" for name, value in HOSTILE.items()), sys.executable, "-P", "-c", watch]
    done = LocalCommands().run(child, timeout_seconds=60, environment={"PYTHONPATH": str(ROOT)})
    seen = json.loads(done.stdout.splitlines()[-1])
    assert set(HOSTILE).isdisjoint(seen)
