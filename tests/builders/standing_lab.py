"""A lab that stands while the end-to-end tests run, and the ways they look at it."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from commands.checkout import ROOT
from commands.json_shapes import misfits, shapes_of
from groundwork.shell.command import Completed, LocalCommands
from lab.layout import Leg
from lab.namespace import entering, inside
from lab.parts import LabParts
from lab.secret_store import OPERATOR
from lab.settings_file import known_hosts_file

T = TypeVar("T")

LIVE = ("--live", "--reason", "end-to-end test", "--json")
COMMAND_SECONDS = 900.0  # configuring all hosts is the longest of them

_SECONDS = 300.0
_TRUST_GUEST = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR")


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingLab:
    """The lab that the tests share: its parts, and how to reach into it."""

    parts: LabParts

    @property
    def settings(self) -> str:
        """The path of its settings file."""
        return str(self.parts.folders.settings_file)

    def inv(self, *arguments: str, check: bool = False, timeout_seconds: float = _SECONDS) -> Completed:
        """An inv command against this lab, as a person would type it."""
        argv = [sys.executable, "-P", "-m", "commands", *arguments]
        environment = {"CITYOPS_LAB": self.parts.folders.lab, "PYTHONPATH": str(ROOT)}
        return LocalCommands().run(argv, timeout_seconds=timeout_seconds, environment=environment, check=check)

    def done(self, *arguments: str, good: tuple[int, ...] = (0,)) -> Any:  # noqa: ANN401 - a JSON document
        """The answer of a command that ended well, of the shape that the reference page tells."""
        ended = self.inv(*arguments, timeout_seconds=COMMAND_SECONDS)
        assert ended.exit_code in good, ended.stderr
        document = json.loads(ended.stdout)
        assert min((misfits(document, shape) for _, shape in shapes_of(arguments[0], {"live"})), key=len) == []
        return document

    def inside(self, function: Callable[[], T]) -> T:
        """What the function returns when it runs in the control namespace."""
        return inside(self.parts.layout.control, function)

    def run_in(self, namespace: str, *argv: str, check: bool = True) -> Completed:
        """A program run in one of the lab's namespaces."""
        return LocalCommands().run([*entering(namespace), *argv], timeout_seconds=_SECONDS, check=check)

    def on_host(self, name: str, script: str, *, check: bool = True) -> Completed:
        """A shell script run on a service host, over SSH from the control namespace."""
        trust = ("-o", f"UserKnownHostsFile={known_hosts_file(self.parts)}")
        return self._ssh(self.parts.estate.hosts[name].address, trust, script, check=check)

    def host_shell(self, name: str) -> tuple[str, ...]:
        """What types a command into a service host's shell, over SSH from the control namespace."""
        trust = ("-o", f"UserKnownHostsFile={known_hosts_file(self.parts)}")
        return (*entering(self.parts.layout.control), *self._ssh_argv(self.parts.estate.hosts[name].address, trust))

    def on_guest(self, name: str, script: str, *, check: bool = True) -> Completed:
        """A shell script run on a booting machine, over SSH from the control namespace."""
        return self._ssh(self.parts.estate.machines[name].address, _TRUST_GUEST, script, check=check)

    def leg_of(self, host: str) -> Leg:
        """The leg of a service host."""
        return self.parts.hosts[host].leg

    def _ssh(self, address: str, trust: tuple[str, ...], script: str, *, check: bool) -> Completed:
        return self.run_in(self.parts.layout.control, *self._ssh_argv(address, trust), script, check=check)

    def _ssh_argv(self, address: str, trust: tuple[str, ...]) -> list[str]:
        key = str(self.parts.folders.secrets / f"{OPERATOR}.key")
        return ["ssh", "-i", key, "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", *trust, f"root@{address}"]
