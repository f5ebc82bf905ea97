#!/usr/bin/python3
"""Brings this site's repository up to the sender's: what came is proven by its own name before it counts.

Standard library and rclone only. One JSON report on standard output; words on standard error. Exit codes: 0 all came
(and `refused` is empty), 6 some files were refused, 5 the sender or this machine failed, 4 it is set up wrongly.

What makes it safe to kill at any moment and to run again:

- files are fetched into an incoming folder, never into the repository; a data file that came whole is kept there for
  the next run, one that came in part is thrown away and fetched again;
- a file is published by a rename within one filesystem, after its bytes are on the disk;
- restic writes data, then index, then snapshot. So snapshots are fetched first and data last (whatever a snapshot needs
  is then older than the listing of data), and published the other way round (data first, snapshots last);
- while any file of this pull is refused, no index, key or snapshot of it is published: what counts is whole.
"""

import argparse
import ctypes
import fcntl
import hashlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FETCHED = ("snapshots", "keys", "index", "data")
PUBLISHED = ("data", "index", "keys", "snapshots")
KEPT = "data"  # the one large kind: what came of it is kept for the next run
SETTINGS = Path("/etc/cityops/sender.env")
PIECE_BYTES = 1 << 20
PR_SET_PDEATHSIG = 1
# A line between sites drops packets; one that says nothing for a minute is down.
PATIENCE = ("--retries", "3", "--low-level-retries", "5", "--timeout", "60s", "--contimeout", "15s")
SETUP_EXIT_CODE, FAILED_EXIT_CODE, REFUSED_EXIT_CODE = 4, 5, 6


class PullError(Exception):
    """Why the pull cannot go on, with the exit code that says who mends it."""

    def __init__(self, message: str, exit_code: int = FAILED_EXIT_CODE) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass(frozen=True)
class Folders:
    """Where files lie; all of them on one filesystem."""

    repository: Path
    incoming: Path
    refused: Path


@dataclass
class Report:
    """What the pull did; `files` and `size_bytes` count what was fetched by this run or kept from the one before."""

    sender: str
    files: int = 0
    size_bytes: int = 0
    proven: int = 0
    published: int = 0
    held: int = 0
    refused: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Sender:
    """The sender's read-only server, spoken to with rclone; its password travels by environment only."""

    def __init__(self, settings: dict[str, str]) -> None:
        self.url = _wanted(settings, "URL")
        self._options = ["--ca-cert", settings["CA"]] if settings.get("CA") else []
        self._environment = {
            **{name: os.environ[name] for name in ("HOME", "PATH", "TMPDIR") if name in os.environ},
            "RCLONE_CONFIG": "/dev/null",
            "RCLONE_WEBDAV_URL": self.url,
            "RCLONE_WEBDAV_VENDOR": "other",
            "RCLONE_WEBDAV_USER": settings.get("USER", ""),
            "RCLONE_WEBDAV_PASS": _obscured(settings.get("PASSWORD", "")),
        }

    def config(self) -> bytes:
        """The file that says which repository this is."""
        return self._rclone("cat", ":webdav:config")

    def fetch(self, kind: str, folders: Folders) -> None:
        """Fetch what the repository lacks of one kind (data, index …); size tells what is there already."""
        self._rclone(
            "copy", ":webdav:", str(folders.incoming), "--include", f"/{kind}/**", "--immutable", "--size-only",
            "--compare-dest", str(folders.repository), "--transfers", "4",
        )  # fmt: skip

    def _rclone(self, *arguments: str) -> bytes:
        done = subprocess.run(
            ["rclone", *arguments, "--log-level", "ERROR", *PATIENCE, *self._options],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            preexec_fn=_die_with_parent,
        )
        if done.returncode != 0:
            last = done.stderr.decode(errors="replace").strip().splitlines()[-3:]
            raise PullError(f"rclone {arguments[0]} from {self.url} failed: {' / '.join(last)}")
        return done.stdout


def pull(sender: Sender, folders: Folders) -> Report:
    """Fetch, prove, publish. Raises PullError."""
    started = time.monotonic()
    report = Report(sender=sender.url)
    _prepare(folders)
    config = _agreed_config(sender, folders)
    for kind in FETCHED:
        sender.fetch(kind, folders)
    good = {kind: list(_proven(kind, folders, report)) for kind in FETCHED}
    _publish_config(config, folders)
    for kind in PUBLISHED:
        if report.refused and kind != KEPT:
            report.held += len(good[kind])
        else:
            report.published += _publish(kind, good[kind], folders)
    report.seconds = round(time.monotonic() - started, 3)
    return report


def _prepare(folders: Folders) -> None:
    """Leave in the incoming folder only whole data files of an earlier run."""
    for folder in (folders.repository, folders.incoming, folders.refused):
        folder.mkdir(parents=True, exist_ok=True)
    if len({folder.stat().st_dev for folder in (folders.repository, folders.incoming, folders.refused)}) != 1:
        raise PullError("repository, incoming and refused are not on one filesystem", SETUP_EXIT_CODE)
    for entry in folders.incoming.iterdir():
        if entry.name != KEPT:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    for path in list(_files(folders.incoming / KEPT)):
        if _sha256(path) != path.name:
            path.unlink()


def _agreed_config(sender: Sender, folders: Folders) -> bytes:
    """The sender's config, the same as ours if we have one: two repositories must never be mixed."""
    theirs = sender.config()
    ours = folders.repository / "config"
    if not theirs:
        raise PullError(f"the repository at {sender.url} has no config: has it been made?")
    if ours.exists() and ours.read_bytes() != theirs:
        raise PullError(
            f"the repository at {sender.url} is not the one that {folders.repository} is a copy of; nothing was done",
            SETUP_EXIT_CODE,
        )
    return theirs


def _proven(kind: str, folders: Folders, report: Report) -> Iterator[Path]:
    """The fetched files of one kind whose SHA-256 is their name; others are moved to the refused folder and told."""
    for path in sorted(_files(folders.incoming / kind)):
        report.files += 1
        report.size_bytes += path.stat().st_size
        if _sha256(path) == path.name:
            report.proven += 1
            yield path
            continue
        refused = folders.refused / kind / path.name
        refused.parent.mkdir(parents=True, exist_ok=True)
        path.rename(refused)
        report.refused.append(str(path.relative_to(folders.incoming)))


def _publish(kind: str, paths: list[Path], folders: Folders) -> int:
    """Rename proven files into the repository; their bytes were put on the disk when they were proven."""
    touched = set()
    for path in paths:
        target = folders.repository / path.relative_to(folders.incoming)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
        touched |= {target.parent, target.parent.parent}
    for folder in touched:
        _sync_folder(folder)
    (folders.repository / kind).mkdir(exist_ok=True)
    return len(paths)


def _publish_config(config: bytes, folders: Folders) -> None:
    target = folders.repository / "config"
    if target.exists():
        return
    incoming = folders.incoming / "config"
    with incoming.open("wb") as file:
        file.write(config)
        file.flush()
        os.fsync(file.fileno())
    incoming.rename(target)
    _sync_folder(folders.repository)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else iter(())


def _sha256(path: Path) -> str:
    """The file's SHA-256 (hex), after what is hashed has reached the disk."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        os.fsync(file.fileno())
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _obscured(password: str) -> str:
    """The password in the form rclone wants it."""
    done = subprocess.run(["rclone", "obscure", "-"], input=password.encode(), capture_output=True, check=True)
    return done.stdout.decode().strip()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _wanted(settings: dict[str, str], name: str) -> str:
    if not settings.get(name):
        raise PullError(f"no CITYOPS_SENDER_{name} in {SETTINGS}: this site copies from nobody", SETUP_EXIT_CODE)
    return settings[name]


def read_settings(path: Path) -> dict[str, str]:
    """The sender as the role wrote it: lines CITYOPS_SENDER_<NAME>=<value>."""
    if not path.exists():
        return {}
    lines = (line.partition("=") for line in path.read_text(encoding="utf-8").splitlines())
    return {
        name.removeprefix("CITYOPS_SENDER_"): value for name, _, value in lines if name.startswith("CITYOPS_SENDER_")
    }


def _become(user: str) -> None:
    """From root to the repository's own user; nothing of the sender's is ever handled as root."""
    if os.getuid() != 0:
        return
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise PullError(f"no user {user} here: has the role repository been applied?", SETUP_EXIT_CODE) from None
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    os.umask(0o077)


def _end_with_stdin() -> None:
    """End this process (and with it rclone) when standard input ends: whoever asked for the pull has gone."""

    def watch() -> None:
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def _lock(folder: Path, wait_seconds: float) -> int:
    """Hold the folder for as long as this process lives, so that two pulls never meet."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise PullError(f"another pull has held {folder} for {wait_seconds:g} s") from None
            time.sleep(0.2)
        else:
            return descriptor


def main() -> int:
    """Read the settings as root, pull as the repository's user, print the report."""
    parser = argparse.ArgumentParser(description="Copy the sender's repository and prove every file by its own name.")
    parser.add_argument("--sender", help="the sender's read-only server (default: what the role wrote)")
    parser.add_argument("--settings", type=Path, default=SETTINGS)
    parser.add_argument(
        "--root", type=Path, default=Path("/srv"), help="the folder of repository, incoming and refused"
    )
    parser.add_argument("--user", default="repository")
    parser.add_argument("--wait", type=float, default=60.0, help="seconds to wait for another pull to end")
    parser.add_argument("--leashed", action="store_true", help="end at once when standard input ends")
    arguments = parser.parse_args()
    if arguments.leashed:
        _end_with_stdin()
    folders = Folders(*(arguments.root / name for name in ("repository", "incoming", "refused")))
    try:
        settings = read_settings(arguments.settings)
        if arguments.sender:
            settings["URL"] = arguments.sender
        _become(arguments.user)
        folders.incoming.mkdir(parents=True, exist_ok=True)
        _lock(folders.incoming, arguments.wait)
        report = pull(Sender(settings), folders)
    except PullError as error:
        print(f"repository-pull: {error}", file=sys.stderr)
        return error.exit_code
    except (OSError, subprocess.SubprocessError) as error:
        print(f"repository-pull: {error}", file=sys.stderr)
        return FAILED_EXIT_CODE
    print(json.dumps(vars(report), sort_keys=True))
    return REFUSED_EXIT_CODE if report.refused else 0


if __name__ == "__main__":
    sys.exit(main())
