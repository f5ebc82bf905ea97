"""Locks that let go when their holder dies: a file's lock on this machine, inherited by the programs a run starts."""

import fcntl
import json
import os
import resource
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, unquote

from groundwork.errors import InterruptedRunError, RefusedError
from groundwork.shell.clock import Clock

_LEFTOVER_SECONDS = 15.0  # how long the last children of a dead command may take to be gone
_GLANCE_SECONDS = 0.3  # somebody may just be looking whether a lock is free
_PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a lock, since when (ISO 8601, UTC), and why; `pid` is of the machine the lock was taken on."""

    run: str
    reason: str
    since: str
    pid: int

    def is_alive(self) -> bool:
        """Whether the process that took the lock is there; its children may be when it is not."""
        return Path(f"/proc/{self.pid}").exists() if Path("/proc/self").exists() else True


class RunLocks(Protocol):
    """The locks of one run in one process."""

    def take(self, targets: Iterable[str]) -> None:
        """Hold these too, all or none of them. Raises RefusedError naming who holds one, since when, and why."""

    def take_alone(self, target: str) -> None:
        """Hold one that no other process of the same run may hold beside us. Raises RefusedError."""

    def check(self) -> None:
        """See that all are still held. Raises InterruptedRunError when one was lost."""

    def release(self) -> None:
        """Let go of all."""


def refusal(target: str, holder: Holder | None) -> RefusedError:
    """What is said to the one who comes second."""
    if holder is None:
        return RefusedError(f"{target} is held by another run", hint="wait for it: `inv runs.list` names it")
    return RefusedError(
        f"{target} is held by run {holder.run} since {holder.since} (reason: {holder.reason})",
        hint=f"wait for it, or stop it with `inv runs.cancel {holder.run} --reason …`",
    )


class FileLocks:
    """Exclusive `flock` on one file a target; the descriptors are inherited by programs started meanwhile."""

    def __init__(self, folder: Path, holder: Holder, clock: Clock) -> None:
        self._folder = folder
        self._holder = holder
        self._clock = clock
        self._held: dict[str, int] = {}

    def take(self, targets: Iterable[str]) -> None:
        """Hold these too; see RunLocks."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        wanted = sorted(set(targets) - self._held.keys())
        _allow_descriptors(len(wanted) + len(self._held))
        taken: list[str] = []
        try:
            for target in wanted:
                self._held[target] = self._take(target)
                taken.append(target)
        except BaseException:
            self._let_go(taken)
            raise

    def take_alone(self, target: str) -> None:
        """Hold this one; a file's lock is always held alone."""
        self.take([target])

    def check(self) -> None:
        """See that each file is still the one that was locked."""
        for target, descriptor in self._held.items():
            if not _is_same(descriptor, lock_file(self._folder, target)):
                raise InterruptedRunError(
                    f"the lock file of {target} was removed from {self._folder}",
                    hint=f"leave the locks alone, and resume with `inv runs.resume {self._holder.run}`",
                )

    def release(self) -> None:
        """Let go of all."""
        self._let_go(list(self._held))

    def _let_go(self, targets: Iterable[str]) -> None:
        for target in targets:
            lock_file(self._folder, target).unlink(missing_ok=True)
            os.close(self._held.pop(target))

    def _take(self, target: str) -> int:
        path = lock_file(self._folder, target)
        began = self._clock.monotonic()
        while True:
            descriptor = _try_lock(path)
            if descriptor is not None:
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, json.dumps(asdict(self._holder)).encode(), 0)
                os.set_inheritable(descriptor, True)  # noqa: FBT003 - os's own
                return descriptor
            holder = _read_holder(path)
            leftover = holder is not None and holder.run == self._holder.run and not holder.is_alive()
            if self._clock.monotonic() - began > (_LEFTOVER_SECONDS if leftover else _GLANCE_SECONDS):
                raise refusal(target, holder)
            self._clock.sleep(_PAUSE_SECONDS)


def lock_file(folder: Path, target: str) -> Path:
    """The file of one target's lock."""
    return folder / quote(target, safe="")


def is_locked(folder: Path, target: str) -> bool:
    """Whether somebody holds the target's lock on this machine."""
    try:
        descriptor = os.open(lock_file(folder, target), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def list_holders(folder: Path, targets: str) -> tuple[Holder, ...]:
    """Who holds locks of this machine whose targets begin with some words, e.g. ``run/``."""
    beginning = quote(targets, safe="")
    paths = sorted(folder.glob(f"{beginning}*")) if folder.is_dir() else []
    held = (path for path in paths if is_locked(folder, unquote(path.name)))
    return tuple(holder for path in held if (holder := _read_holder(path)) is not None)


def _try_lock(path: Path) -> int | None:
    """A descriptor that holds the lock, or None when another has it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        if _is_same(descriptor, path):
            return descriptor
        os.close(descriptor)  # its holder removed the file between our opening and our locking


def _is_same(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _read_holder(path: Path) -> Holder | None:
    try:
        return Holder(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _allow_descriptors(wanted: int) -> None:
    """Raise this process's own limit of open files to what its locks need, as far as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + 512
    if soft != resource.RLIM_INFINITY and soft < needed:
        allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
