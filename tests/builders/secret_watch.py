"""A watch over the process list: who bears a known secret in an argument, or in an environment without need."""

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from groundwork.shell.clock import SystemClock

_PAUSE_SECONDS = 0.02
_AGAIN = 10  # rounds after which a process already seen is looked at again: it may be another program by now
_NEWLY_KNOWN_ROUNDS = 100
_TRIES = 10  # at a process that becomes another program while it is looked at
_SHORTEST = 8  # characters; anything shorter is found by chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A secret by its name, where it stood, and in which program."""

    secret: str
    where: str
    program: str


@dataclass
class SecretWatch:
    """Looks at every process of this machine, those in its containers included, until it is stopped.

    `secrets` gives the known ones by name, asked again and again: some are made meanwhile. `needed` says whether a
    program (its arguments) may have a secret in its environment; nobody may have one in an argument.
    """

    secrets: Callable[[], Mapping[str, str]]
    needed: Callable[[list[str]], bool]
    leaks: set[Sighting] = field(default_factory=set)
    allowed: set[Sighting] = field(default_factory=set)
    rounds: int = 0

    @contextmanager
    def watching(self) -> Iterator["SecretWatch"]:
        """Watch for as long as it lasts; what fails in the watch fails at its end."""
        stop, failures = threading.Event(), list[Exception]()
        thread = threading.Thread(target=self._watch, args=(stop, failures), name="secret watch", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            stop.set()
            thread.join(timeout=10)
            for failure in failures:
                raise failure

    def _watch(self, stop: threading.Event, failures: list[Exception]) -> None:
        seen: dict[int, int] = {}
        forms: dict[bytes, str] = {}
        try:
            while not stop.is_set():
                if self.rounds % _NEWLY_KNOWN_ROUNDS == 0:
                    forms = _forms(self.secrets())
                pids = {int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit()}
                for pid in pids:
                    if (self.rounds - seen.setdefault(pid, self.rounds)) % _AGAIN == 0:
                        self._look(pid, forms)
                seen = {pid: first for pid, first in seen.items() if pid in pids}
                self.rounds += 1
                SystemClock().sleep(_PAUSE_SECONDS)
        except Exception as failure:  # noqa: BLE001 - a thread's failure is raised where the watch ends
            failures.append(failure)

    def _look(self, pid: int, forms: Mapping[bytes, str]) -> None:
        argv, environ = _read_both(pid)
        for form, name in forms.items():
            if form in argv:
                self.leaks.add(Sighting(secret=name, where="argument", program=_program(argv)))
            if form in environ:
                seen = Sighting(secret=name, where="environment", program=_program(argv))
                words = argv.decode(errors="replace").rstrip("\0").split("\0")
                (self.allowed if self.needed(words) else self.leaks).add(seen)


def is_restic_or_rclone(argv: list[str]) -> bool:
    """The programs that take a secret by their environment, and the leash that one of them hangs on."""
    return any(word.rpartition("/")[2] in {"restic", "rclone"} for word in [argv[0], *argv[5:6]])


def _forms(secrets: Mapping[str, str]) -> dict[bytes, str]:
    """Each secret in every form it may be written in."""
    found = {}
    for name, value in secrets.items():
        if len(value) >= _SHORTEST:
            for form in (value, quote(value, safe=""), quote(value), json.dumps(value)[1:-1]):
                found[form.encode()] = name
    return found


def _read_both(pid: int) -> tuple[bytes, bytes]:
    """A process's arguments and environment, of one program: one that is just becoming another is looked at again."""
    for _ in range(_TRIES):
        argv, environ = _read(pid, "cmdline"), _read(pid, "environ")
        if argv == _read(pid, "cmdline") and (argv or not environ):
            break
        SystemClock().sleep(_PAUSE_SECONDS)
    return argv, environ


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:  # it ended while we looked
        return b""


def _program(argv: bytes) -> str:
    """The program and its module or script, without what follows: that may be the secret."""
    words = argv.decode(errors="replace").split("\0")
    return " ".join(word.rpartition("/")[2][:40] for word in words[:1])
