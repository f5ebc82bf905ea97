"""Running programs: with a time limit, as children that do not outlive us, with no secret in an argument."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, cast

from groundwork.errors import OutsideError
from groundwork.shell.environment import child_environment

_SHOWN = 600  # characters of a failed program's last words that a message carries
_KEPT_BYTES = 1 << 20  # of what a program says on standard error: its last words
_PIECE_BYTES = 1 << 16
_PIPE_BYTES = 1 << 20  # the most that Linux gives an ordinary user
_LEASH = Path(__file__).with_name("leash.py")
_LEASH_SECONDS = 60.0  # how long a cut leash may take to end what hangs on it


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A program that ended; of standard error, the last megabyte."""

    exit_code: int
    stdout: str
    stderr: str


class Running(Protocol):
    """A program at work: its pipes, and its end."""

    stdin: IO[bytes]
    stdout: IO[bytes]

    def kill(self) -> None:
        """End it and all its children at once."""

    def wait(self, *, timeout_seconds: float) -> Completed:
        """Wait for the end; what stdout held and was read is not in the result."""


class CommandRunner(Protocol):
    """Runs programs on this machine. Secrets go by `environment` or `stdin`, never in `argv`.

    A program sees of the caller's environment where things are found, and else what `environment` names.
    """

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout_seconds: float,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> Completed:
        """Run to the end. Raises OutsideError when it cannot start, runs out of time, or (with `check`) fails."""

    def start(
        self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> AbstractContextManager[Running]:
        """Start with pipes on all three; leaving the context kills what still runs."""


class LocalCommands:
    """The CommandRunner of this machine, for programs that are over soon.

    A program, and what it started in its own process group, ends when its context is left; not when we are killed
    (LeashedCommands do that).
    """

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout_seconds: float,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> Completed:
        """Run to the end. Raises OutsideError when it cannot start, runs out of time, or (with `check`) fails."""
        with self._child(argv, environment) as program:
            done = program.communicate(stdin, timeout_seconds=timeout_seconds)
        if check and done.exit_code != 0:
            raise OutsideError(
                f"{argv[0]} ended with {done.exit_code}: {(done.stderr or done.stdout).strip()[-_SHOWN:]}",
                hint=f"run it by hand to see more: {' '.join(argv)[:_SHOWN]}",
            )
        return done

    @contextmanager
    def start(self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Iterator[Running]:
        """Start with pipes for its standard streams. Raises OutsideError when it cannot start."""
        with self._child(argv, environment) as program:
            yield program

    def _child(self, argv: Sequence[str], environment: Mapping[str, str] | None) -> AbstractContextManager["_Child"]:
        return _started(argv, environment, name=argv[0])


class LeashedCommands(LocalCommands):
    """The CommandRunner of a run: when we die, however we die, each program dies with all it started.

    They are gone within a second, and until the last of them is, the run's locks (whatever descriptors are inheritable)
    stay open. A start costs about 30 ms more than with LocalCommands.
    """

    @contextmanager
    def _leashed(self, argv: Sequence[str], environment: Mapping[str, str] | None) -> Iterator["_Child"]:
        if shutil.which(argv[0], path=child_environment(environment).get("PATH")) is None:
            raise OutsideError(f"{argv[0]} cannot be started: no such program", hint=f"is {argv[0]} installed?")
        far, near = os.pipe()
        os.set_inheritable(far, True)  # noqa: FBT003 - os's own
        line = os.fdopen(near, "wb", buffering=0)  # no child has it: it is closed on exec
        leash = [sys.executable, "-I", "-S", str(_LEASH), str(far), *argv]
        with closing(line), _started(leash, environment, name=argv[0], cut=line.close, also=far) as program:
            yield program

    def _child(self, argv: Sequence[str], environment: Mapping[str, str] | None) -> AbstractContextManager["_Child"]:
        return self._leashed(argv, environment)


@contextmanager
def _started(
    argv: Sequence[str],
    environment: Mapping[str, str] | None,
    *,
    name: str,
    cut: Callable[[], None] | None = None,
    also: int | None = None,
) -> Iterator["_Child"]:
    """A child of ours; `cut` lets go of its leash, `also` is a descriptor that is its alone once it has started."""
    try:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=child_environment(environment),
            start_new_session=True,
            close_fds=cut is None,
        )
    except OSError as error:
        raise OutsideError(f"{name} cannot be started: {error}", hint=f"is {name} installed?") from error
    finally:
        if also is not None:
            os.close(also)

    def end() -> None:
        if cut is not None:
            cut()
            with suppress(subprocess.TimeoutExpired):
                child.wait(timeout=_LEASH_SECONDS)
        if child.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)

    running = _Child(child, name, end)
    try:
        yield running
    finally:
        running.kill()


class _Child:
    """A child process; its standard error is drained all the while, so that it never waits for a reader of it."""

    def __init__(self, child: "subprocess.Popen[bytes]", name: str, end: Callable[[], None]) -> None:
        self._child = child
        self._name = name
        self._end = end
        self.stdin = cast("IO[bytes]", child.stdin)
        _widen(self.stdin)
        self.stdout = cast("IO[bytes]", child.stdout)
        self._stderr = cast("IO[bytes]", child.stderr)
        child.stderr = None  # ours to read; `communicate` would read it too
        self._said = bytearray()
        self._listener = threading.Thread(target=self._listen, name=f"stderr of {name}", daemon=True)
        self._listener.start()

    def communicate(self, stdin: bytes, *, timeout_seconds: float) -> Completed:
        """Write `stdin`, close it, and wait for the end. Raises OutsideError when it does not come in time."""
        if self.stdin.closed:
            self._child.stdin = None
        try:
            out, _ = self._child.communicate(stdin or None, timeout=timeout_seconds)
        except subprocess.TimeoutExpired as error:
            raise OutsideError(
                f"{self._name} did not end within {timeout_seconds:g} s",
                hint="look at what it waits for, then run again",
            ) from error
        self._listener.join(timeout=1.0)
        return Completed(exit_code=self._child.returncode, stdout=_text(out), stderr=_text(bytes(self._said)))

    def wait(self, *, timeout_seconds: float) -> Completed:
        """Wait for the end; what stdout held and was read is not in the result."""
        return self.communicate(b"", timeout_seconds=timeout_seconds)

    def kill(self) -> None:
        """End it and all it started, and close its pipes; again does nothing."""
        self._end()
        self._child.wait()
        self._listener.join(timeout=1.0)
        for pipe in (self.stdin, self.stdout):
            with suppress(OSError):  # what was not written yet has no reader any more
                pipe.close()

    def _listen(self) -> None:
        with self._stderr, suppress(OSError, ValueError):
            while piece := cast("bytes", self._stderr.read1(_PIECE_BYTES)):  # type: ignore[attr-defined]  # a BufferedReader
                self._said += piece
                del self._said[:-_KEPT_BYTES]


def _text(data: bytes | None) -> str:
    return (data or b"").decode("utf-8", errors="replace")


def _widen(pipe: IO[bytes]) -> None:
    """Let a pipe take a whole piece at once, where the system allows it: its writer is woken sixteen times less."""
    with suppress(OSError, AttributeError):  # not of this system, or too many pipes of ours for an ordinary user
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
