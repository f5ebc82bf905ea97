"""Where a repository host keeps what, and as whom it touches it."""

import ctypes
import fcntl
import json
import os
import pwd
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SETUP_EXIT_CODE, FAILED_EXIT_CODE, FOUND_EXIT_CODE, REFUSED_EXIT_CODE, FULL_EXIT_CODE = 4, 5, 6, 3, 8
_PR_SET_PDEATHSIG = 1


class HostError(Exception):
    """Why the work cannot go on, with the exit code that says who mends it."""

    def __init__(self, message: str, exit_code: int = FAILED_EXIT_CODE) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass(frozen=True)
class Layout:
    """`etc` is root's, `root` the disk of the repository, `state` on another disk; `user` owns the last two."""

    etc: Path
    root: Path
    state: Path
    user: str

    @property
    def repository(self) -> Path:
        """The repository as restic lays it out."""
        return self.root / "repository"

    @property
    def incoming(self) -> Path:
        """What was fetched and not admitted yet; on the repository's disk."""
        return self.root / "incoming"

    @property
    def quarantine(self) -> Path:
        """What an operator had taken out of the repository; on the repository's disk."""
        return self.root / "quarantine"

    @property
    def filled(self) -> Path:
        """A mark, off the repository's disk, that the repository was seen there."""
        return self.state / "filled"

    def note_filled(self) -> None:
        """Leave that mark, whoever we are."""
        if not self.filled.exists():
            self.filled.touch()

    def pinned(self) -> str | None:
        """The identity of the repository that belongs here; None where none was declared."""
        file = self.etc / "repository.identity"
        return file.read_text(encoding="ascii").strip() if file.exists() else None

    def password(self) -> str:
        """The key of the city's repositories; only root reads it."""
        return (self.etc / "repository.key").read_text(encoding="utf-8").rstrip("\n")

    def sender(self) -> dict[str, str]:
        """The sender as the role wrote it, by lines CITYOPS_SENDER_<NAME>=<value>; empty without one."""
        file = self.etc / "sender.env"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        pairs = (line.removeprefix("CITYOPS_SENDER_").partition("=") for line in lines if line.startswith("CITYOPS_"))
        return {name: value for name, _, value in pairs}

    def become_user(self) -> None:
        """From root to the repository's own user; nothing that came from elsewhere is ever handled as root."""
        if os.getuid() == 0:
            try:
                entry = pwd.getpwnam(self.user)
            except KeyError:
                raise HostError(f"no user {self.user}: was the role repository applied?", SETUP_EXIT_CODE) from None
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
        os.umask(0o077)


def die_with_parent() -> None:
    """End when the process that started this one ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def lock(folder: Path, wait_seconds: float) -> int:
    """Hold the folder for as long as this process lives, so that two of us never meet in it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise HostError(f"another program has held {folder} for {wait_seconds:g} s") from None
            time.sleep(0.2)
        else:
            return descriptor


def list_files(folder: Path) -> Iterator[Path]:
    """Every file below the folder; nothing where there is none, and nothing behind a symbolic link."""
    for parent, _, names in os.walk(folder):
        yield from (Path(parent, name) for name in names)


def read_state(file: Path) -> dict[str, Any]:
    """What was kept there; empty when nothing was, or nothing that can be read."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def write_whole(file: Path, text: str) -> None:
    """Replace the file, all or nothing."""
    half = file.with_name(f"{file.name}.new")
    with half.open("w", encoding="utf-8") as writing:
        writing.write(text)
        writing.flush()
        os.fsync(writing.fileno())
    half.chmod(0o644)
    half.rename(file)
