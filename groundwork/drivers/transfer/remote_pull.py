"""A pull on the receiving repository host: what is asked of `repository-host` over SSH, and what its end means."""

import json
import re
import shlex
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

from pydantic import BaseModel, ConfigDict, ValidationError

from groundwork.drivers.transfer.protocol import PullReport
from groundwork.errors import ConfigurationError, OutsideError, UnreachableError
from groundwork.shell.command import CommandRunner, Completed, Running

PULL_PROGRAM = "/usr/local/sbin/repository-host"
_INCOMPLETE, _SET_UP_WRONGLY, _FULL, _SSH_FAILED, _NOT_INSTALLED = 6, 4, 8, 255, 127
_LONGEST_SECONDS = 12 * 3600.0  # the host gives up on a silent sender, SSH on a silent host; this bounds the rest
_END_SECONDS = 30.0
_SHOWN = 400
_NO_SPACE = re.compile(r"no space left|errno 28|disk quota exceeded|floor of free space", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PullHost:
    """How to run the pull on a site's repository host: `ssh` are the arguments up to the host's address.

    From whom it pulls, and with which password, the role `repository` has written there.
    """

    ssh: tuple[str, ...]
    program: tuple[str, ...] = (PULL_PROGRAM,)


class _Answer(BaseModel):
    """The report as the program prints it; what else is in it is for people."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    files: int
    size_bytes: int
    proven: int
    refused: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()
    held: int = 0


class RemotePull:
    """The Transfer on the receiving hosts; `hosts` are the repository hosts by site."""

    def __init__(
        self, hosts: Mapping[str, PullHost], *, commands: CommandRunner, longest_seconds: float = _LONGEST_SECONDS
    ) -> None:
        self._hosts = hosts
        self._commands = commands
        self._longest_seconds = longest_seconds

    def pull(self, *, sender: str, receiver: str) -> PullReport:
        """Run the pull and wait for its end; it ends when we do."""
        host = self._host(receiver)
        argv = [*host.ssh, shlex.join([*host.program, "--leashed", "pull"])]
        with self._commands.start(argv) as program:
            # Standard input stays open until the pull has ended: its end is how the host learns that we are gone.
            with _limited(program, self._longest_seconds) as over:
                printed = program.stdout.read()
            if over.is_set():
                raise OutsideError(
                    f"the pull from {sender} to {receiver} did not end within {self._longest_seconds:g} s",
                    hint="look at the link between the two, then run it again: it goes on where it stopped",
                )
            done = program.wait(timeout_seconds=_END_SECONDS)
        if done.exit_code not in (0, _INCOMPLETE):
            _fail(done, sender=sender, receiver=receiver)
        return _read(printed, sender=sender, receiver=receiver)

    def _host(self, site: str) -> PullHost:
        if site not in self._hosts:
            raise ConfigurationError(
                f"{site} has no repository host", hint="give it a host with the role `repository` in the estate"
            )
        return self._hosts[site]


def _read(printed: bytes, *, sender: str, receiver: str) -> PullReport:
    try:
        answer = _Answer.model_validate_json(printed.strip().splitlines()[-1] if printed.strip() else b"")
    except (ValidationError, json.JSONDecodeError) as error:
        raise OutsideError(
            f"{receiver}'s repository host printed no report of its pull from {sender}",
            hint="is its repository-host of this version? `inv hosts.plan` shows",
        ) from error
    return PullReport(sender=sender, receiver=receiver, **answer.model_dump())


def _fail(done: Completed, *, sender: str, receiver: str) -> NoReturn:
    said = " ".join(done.stderr.split()).removeprefix("repository-host: ")[-_SHOWN:] or f"exit code {done.exit_code}"
    if done.exit_code == _SSH_FAILED:
        raise UnreachableError(
            f"{receiver}'s repository host cannot be reached by SSH: {said}",
            hint="look at the link to it and at the SSH key in the settings",
        )
    if done.exit_code == _FULL or _NO_SPACE.search(said):
        raise OutsideError(
            f"the disk of {receiver}'s repository host is full ({said})",
            hint=f"make room on it, then run it again: what came whole is kept, and {receiver}'s copy is as it was",
        )
    if done.exit_code in (_SET_UP_WRONGLY, _NOT_INSTALLED):
        raise ConfigurationError(
            f"{receiver}'s repository host is not set up to pull from {sender}: {said}",
            hint="see that its disk is there; `inv hosts.plan` shows what else is missing, `inv hosts.apply` mends it",
        )
    raise OutsideError(
        f"the pull from {sender} to {receiver} failed: {said}",
        hint=f"look at {sender}'s read-only server and at the link, then run it again: it goes on where it stopped",
    )


@contextmanager
def _limited(program: Running, seconds: float) -> Iterator[threading.Event]:
    """Kill the program after the seconds; the event says that it was."""
    over = threading.Event()

    def end() -> None:
        over.set()
        program.kill()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield over
    finally:
        timer.cancel()
