"""Files that a person names: written all or nothing, and never over what is not a plain file."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from groundwork.errors import ConfigurationError, UsageError

_FIRST_MODE = 0o666  # what the caller's umask leaves of it


def check_target(path: Path) -> None:
    """Raises UsageError when something stands there that is no regular file: a rename would take its place."""
    try:
        found = path.lstat()
    except OSError:
        return  # nothing is there, or `write_whole` says what is wrong on the way
    if not stat.S_ISREG(found.st_mode):
        raise UsageError(f"{path} is {_sort(found.st_mode)}, not a regular file", hint="name another file")


def write_whole(path: Path, text: str) -> None:
    """Write the text; a reader sees the file before or after. Raises UsageError or ConfigurationError."""
    check_target(path)
    half_way = ""
    try:
        opened, half_way = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
        with os.fdopen(opened, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(half_way).chmod(_mode(path))
        check_target(path)
        Path(half_way).replace(path)
    except OSError as error:
        if half_way:
            with suppress(OSError):
                Path(half_way).unlink()
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}", hint="name another file") from error


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return _FIRST_MODE & ~mask


def _sort(mode: int) -> str:
    sorts = {
        stat.S_IFLNK: "a symbolic link",
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a FIFO",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return sorts.get(stat.S_IFMT(mode), "something else")
