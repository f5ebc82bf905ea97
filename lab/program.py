"""The lab's long-lived programs: started apart from us, with a log; found and ended by what they belong to."""

import os
import signal
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from groundwork.errors import OutsideError
from groundwork.shell.clock import Clock
from groundwork.shell.command import CommandRunner

_SECONDS = 30.0
_END_SECONDS = 20.0
_PAUSE_SECONDS = 0.05
_OURS = {"setsid", "nsenter", "unshare", "nice", "systemd-nspawn", "vcenter", "qemu-system-x86_64"}
_LAST_WORDS = 500  # characters of a log that a message carries


def start_apart(argv: Sequence[str], *, log: Path, commands: CommandRunner) -> None:
    """Start a program that outlives us, in a session of its own; what it says goes to the log."""
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    script = 'log=$1; shift; exec setsid --fork "$@" >>"$log" 2>&1 </dev/null'
    commands.run(["sh", "-c", script, "sh", str(log), *argv], timeout_seconds=_SECONDS)


def last_words(log: Path) -> str:
    """The end of a log, for a message."""
    if not log.exists():
        return "it said nothing"
    return log.read_text(encoding="utf-8", errors="replace").strip()[-_LAST_WORDS:] or "it said nothing"


def pids_in(namespace: str, commands: CommandRunner) -> tuple[int, ...]:
    """Every process in the network namespace; none where there is no such namespace."""
    done = commands.run(["ip", "netns", "pids", namespace], timeout_seconds=_SECONDS, check=False)
    return tuple(int(word) for word in done.stdout.split())


def pids_on(folder: Path) -> tuple[int, ...]:
    """Every program of a lab that was given the file, or anything in the folder: those that run, and those about to."""
    return tuple(pid for pid in _all_pids() if _is_ours(_argv(pid), folder))


def state_of(pid: int) -> str:
    """The state letter of a process as in ps(1); empty for one that has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def send(pids: Iterable[int], what: signal.Signals) -> None:
    """Send a signal to processes; those that have gone meanwhile do not mind."""
    for pid in pids:
        try:
            os.kill(pid, what)
        except ProcessLookupError:
            continue


def end_all(list_pids: Callable[[], Iterable[int]], clock: Clock) -> int:
    """Kill what is listed until nothing is listed; how many there were. Never ourselves or those we stem from."""
    ours, ended = set(_lineage()), set[int]()
    deadline = clock.monotonic() + _END_SECONDS
    while left := [pid for pid in list_pids() if pid not in ours and state_of(pid) not in {"", "Z"}]:
        send(left, signal.SIGKILL)
        ended.update(left)
        if clock.monotonic() > deadline:
            raise OutsideError(
                f"processes {left} do not end", hint="see with ps(1) what they wait for, then run `inv lab.down` again"
            )
        clock.sleep(_PAUSE_SECONDS)
    return len(ended)


def _is_ours(argv: tuple[str, ...], folder: Path) -> bool:
    program = argv[0].rpartition("/")[2] if argv else ""
    ours = program in _OURS or (program == "sh" and argv[1:2] == ("-c",))
    return ours and any(f"{word.rpartition('=')[2]}/".startswith(f"{folder}/") for word in argv[1:])


def _all_pids() -> Iterable[int]:
    return (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())


def _argv(pid: int) -> tuple[str, ...]:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ()
    return tuple(words.decode(errors="replace").rstrip("\0").split("\0"))


def _lineage() -> Iterable[int]:
    pid = os.getpid()
    while pid > 1:
        yield pid
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            return
