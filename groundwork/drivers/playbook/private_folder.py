"""A folder of one play's own, in memory where the system has such a folder, gone when the play ends."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from groundwork.shell.clock import Clock

_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder made in it is ours alone (0700)
_PREFIX = "cityops-play-"
_YOUNG_SECONDS = 60  # a folder younger than this may be one whose maker has not locked it yet


@contextmanager
def private_folder(clock: Clock) -> Iterator[Path]:
    """A new folder that only this user can enter, removed at the end, with those whose makers were killed."""
    parent = _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    _sweep(parent, clock)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _sweep(parent: Path, clock: Clock) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        try:
            seen = folder.stat()
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:  # gone meanwhile, or another user's
            continue
        try:
            if seen.st_uid == os.getuid() and clock.now().timestamp() - seen.st_mtime > _YOUNG_SECONDS:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue
        finally:
            os.close(descriptor)
