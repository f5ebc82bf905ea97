"""Locks of this machine: a file's lock each, inherited by the programs a run starts."""

import fcntl
import hashlib
import json
import os
import resource
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import quote

from groundwork.errors import InterruptedRunError
from groundwork.model.lock_path import ancestors, outermost
from groundwork.run.locks import Holder, refusal
from groundwork.shell.clock import Clock

_LEFTOVER_SECONDS = 15.0  # how long the last children of a dead command may take to be gone
_GLANCE_SECONDS = 0.3  # somebody may just be looking whether a lock is free
_PAUSE_SECONDS = 0.05
_LONGEST = 200  # of a file's name, where the system allows 255 bytes
_BEGINNING = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """An open file that bears a lock; a `passing` one goes with it."""

    path: Path
    descriptor: int
    alone: bool
    passing: bool = False


class FileLocks:
    """`flock` on one file a path, alone on the path itself and shared on each that leads to it.

    The descriptors are inherited by the programs started meanwhile. A path's file stays when it is let go of, because
    others may share it; a run's own is removed.
    """

    def __init__(self, folder: Path, holder: Holder, clock: Clock) -> None:
        self._folder = folder
        self._holder = holder
        self._clock = clock
        self._held: dict[str, _Held] = {}

    def take(self, targets: Iterable[str]) -> None:
        """Hold these too. Raises RefusedError naming who holds one, since when, and why."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        held_alone = {path for path, held in self._held.items() if held.alone}
        new = [path for path in outermost({*targets, *held_alone}) if path not in held_alone]
        leading = {path for target in new for path in ancestors(target)} - self._held.keys()
        _allow_descriptors(len(new) + len(leading) + len(self._held))
        before = dict(self._held)
        try:
            for path in sorted({*new, *leading}):
                self._held[path] = self._take(path, alone=path in new)
        except BaseException:
            self._go_back_to(before)
            raise

    def take_alone(self, target: str) -> None:
        """Hold this one, whatever is held on the way to it, and leave no file. Raises RefusedError."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._held[target] = replace(self._take(target, alone=True), passing=True)

    def check(self) -> None:
        """See that each file is still the one that was locked."""
        for target, held in self._held.items():
            if not _is_same(held.descriptor, held.path):
                raise InterruptedRunError(
                    f"the lock file of {target} was removed from {self._folder}",
                    hint=f"leave the locks alone, and resume with `inv runs.resume {self._holder.run}`",
                )

    def release(self) -> None:
        """Let go of all."""
        self._go_back_to({})

    def _go_back_to(self, before: Mapping[str, _Held]) -> None:
        """Hold what was held before, and nothing else."""
        for target, held in list(self._held.items()):
            if target not in before:
                if held.passing:
                    held.path.unlink(missing_ok=True)
                fcntl.flock(held.descriptor, fcntl.LOCK_UN)  # else our programs that still run would hold it
                os.close(held.descriptor)
            elif held.alone and not before[target].alone:
                fcntl.flock(held.descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        self._held = dict(before)

    def _take(self, target: str, *, alone: bool) -> _Held:
        path, shared = lock_file(self._folder, target), self._held.get(target)
        began = self._clock.monotonic()
        while True:
            descriptor = _raise(shared.descriptor) if shared else _try_lock(path, alone=alone)
            if descriptor is not None:
                if alone:
                    os.ftruncate(descriptor, 0)
                    os.pwrite(descriptor, json.dumps(asdict(self._holder)).encode(), 0)
                os.set_inheritable(descriptor, True)  # noqa: FBT003 - os's own
                return _Held(path=path, descriptor=descriptor, alone=alone)
            holder = _holder_of(self._folder, target, but=self._holder.run)
            leftover = holder is not None and holder.run == self._holder.run and not holder.is_alive()
            if self._clock.monotonic() - began > (_LEFTOVER_SECONDS if leftover else _GLANCE_SECONDS):
                raise refusal(target, holder)
            self._clock.sleep(_PAUSE_SECONDS)


def lock_file(folder: Path, target: str) -> Path:
    """The file of one path's lock; of a very long one the end is its SHA-256."""
    name = quote(target, safe="")
    if len(name) > _LONGEST:
        name = f"{name[:_BEGINNING]}~{hashlib.sha256(target.encode()).hexdigest()}"
    return folder / name


def is_locked(folder: Path, target: str) -> bool:
    """Whether somebody holds the path itself on this machine; one who holds a part of it does not count."""
    return _is_held_alone(lock_file(folder, target))


def list_holders(folder: Path, targets: str) -> tuple[Holder, ...]:
    """Who holds locks of this machine whose paths begin with some words, e.g. ``run/``."""
    return tuple(_holders(folder, targets))


def _holder_of(folder: Path, target: str, *, but: str) -> Holder | None:
    """Who holds a path, or a part of it: a run other than `but` if there is one."""
    path = lock_file(folder, target)
    own = _read_holder(path) if _is_held_alone(path) else None
    if own is not None:
        return own
    found = list(_holders(folder, f"{target}/"))
    return next((holder for holder in found if holder.run != but), found[0] if found else None)


def _try_lock(path: Path, *, alone: bool) -> int | None:
    """A descriptor that holds the lock, shared with others who share it or alone; None when another is in the way."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        if _is_same(descriptor, path):
            return descriptor
        os.close(descriptor)  # its holder removed the file between our opening and our locking


def _is_same(descriptor: int, path: Path) -> bool:
    """Whether an open file is the one that has this path now."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _holders(folder: Path, targets: str) -> Iterator[Holder]:
    beginning = quote(targets, safe="")
    for path in sorted(folder.glob(f"{beginning}*")) if folder.is_dir() else ():
        holder = _read_holder(path) if _is_held_alone(path) else None
        if holder is not None:
            yield holder


def _is_held_alone(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _read_holder(path: Path) -> Holder | None:
    try:
        return Holder(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _raise(descriptor: int) -> int | None:
    """Make a shared lock one that nobody shares; it stays shared when others share it.

    Raises InterruptedRunError when another took it between the two: the system lets go before it takes.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InterruptedRunError("another run took a lock of this one", hint="resume when it is over") from None
        return None
    return descriptor


def _allow_descriptors(wanted: int) -> None:
    """Raise this process's own limit of open files to what its locks need, as far as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + 512
    if soft != resource.RLIM_INFINITY and soft < needed:
        allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
