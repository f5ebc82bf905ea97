"""Debian packages: put onto this machine by apt-get, its words in a log, its progress on standard error."""

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from groundwork.errors import OutsideError
from groundwork.shell.command import CommandRunner

INSTALL_SECONDS = 1200
LOCK_SECONDS = 600  # another apt-get at work is waited for
SAY_EVERY = 10  # packages
_POLICY = Path("/usr/sbin/policy-rc.d")
_MARK = "put here by cityops while it installs packages"
_UNASKED = {"DEBIAN_FRONTEND": "noninteractive"}
_DAEMONS = frozenset({"postgresql", "prometheus"})  # packages that would start a server at the next boot


def install(packages: Sequence[str], commands: CommandRunner) -> None:
    """Install packages, mending a half-done dpkg and stale package lists on the way. Raises OutsideError."""
    with tempfile.NamedTemporaryFile("w", prefix="inv-apt-", suffix=".log", delete=False) as opened:
        log = Path(opened.name)
    wanted = ["install", "-y", "--no-install-recommends", *packages]
    with _no_services_started():
        if _apt(wanted, log, commands) != 0:
            sys.stderr.write("  refreshing the package lists first\n")
            commands.run(
                ["dpkg", "--configure", "-a"], timeout_seconds=INSTALL_SECONDS, environment=_UNASKED, check=False
            )
            _apt(["update"], log, commands)
            if _apt(wanted, log, commands) != 0:
                raise OutsideError(
                    f"apt-get could not install {' '.join(packages)}",
                    hint=f"read its last words in {log}, mend what they say, and try again",
                )
    if shutil.which("systemctl"):
        for daemon in sorted(_DAEMONS.intersection(packages)):
            commands.run(["systemctl", "--quiet", "disable", daemon], timeout_seconds=60, check=False)
    log.unlink()


def _apt(arguments: Sequence[str], log: Path, commands: CommandRunner) -> int:
    wait = f"DPkg::Lock::Timeout={LOCK_SECONDS}"
    argv = ["timeout", str(INSTALL_SECONDS), "apt-get", "-o", wait, *arguments]
    shell = ["sh", "-c", 'log=$1; shift; exec "$@" 2>>"$log"', "sh", str(log), *argv]
    with commands.start(shell, environment=_UNASKED) as running:
        with log.open("ab") as said:
            _follow(running.stdout, said)
        return running.wait(timeout_seconds=LOCK_SECONDS).exit_code


def _follow(words: IO[bytes], log: IO[bytes]) -> None:
    """Copy apt-get's words into the log, and say every tenth package that is ready."""
    total, ready = 0, 0
    for line in words:
        log.write(line)
        announced = re.search(rb"(\d+) newly installed", line)
        if announced and int(announced[1]):
            total = int(announced[1])
            sys.stderr.write(f"  {total} with the packages they need in turn\n")
        if line.startswith(b"Setting up "):
            ready += 1
            if ready % SAY_EVERY == 0 or ready == total:
                sys.stderr.write(f"  {ready} of {total} are ready\n")


@contextmanager
def _no_services_started() -> Iterator[None]:
    """Keep the packages' daemons down: only their programs are wanted here."""
    ours = not _POLICY.exists() or _MARK in _POLICY.read_text(encoding="utf-8", errors="replace")
    if ours:
        _POLICY.write_text(f"#!/bin/sh\n# {_MARK}\nexit 101\n", encoding="utf-8")
        _POLICY.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            _POLICY.unlink(missing_ok=True)
