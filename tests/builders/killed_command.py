"""A command that is killed (SIGKILL) in the middle of its work, once it has said a word."""

import os
import signal
import sys
from collections.abc import Callable

from commands.checkout import ROOT
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from tests.builders.standing_lab import StandingLab

_INSIDE_SECONDS = 1.0  # after the word, so that the next step is in flight
_END_SECONDS = 30.0


def a_second() -> None:
    """Wait until the step that was announced is surely in flight."""
    SystemClock().sleep(_INSIDE_SECONDS)


def kill_when(lab: StandingLab, arguments: tuple[str, ...], word: str, *, after: Callable[[], None] = a_second) -> None:
    """Start `inv` with the arguments; kill its process `after` a line of its progress held the word."""
    argv = ["sh", "-c", 'echo $$; exec "$@" 2>&1 >/dev/null', "sh", sys.executable, "-P", "-m", "commands", *arguments]
    environment = {"CITYOPS_LAB": lab.parts.folders.lab, "PYTHONPATH": str(ROOT)}
    with LocalCommands().start(argv, environment=environment) as command:
        pid = int(command.stdout.readline())
        heard = []
        for line in command.stdout:
            heard.append(line.decode())
            if word in heard[-1]:
                break
        else:
            raise AssertionError(f"{arguments} ended before it said {word!r}:\n{''.join(heard)}")
        after()
        os.kill(pid, signal.SIGKILL)
        command.wait(timeout_seconds=_END_SECONDS)
