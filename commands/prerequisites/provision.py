"""Provision: see that a purpose has all it needs on this machine, or say what is missing."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from commands.prerequisites import debian
from commands.prerequisites.catalogue import Purpose, Requirement, missing_for
from commands.prerequisites.golang import WHY, find_go, go_program
from groundwork.errors import ConfigurationError, OutsideError
from groundwork.shell.command import LocalCommands


def ensure(purpose: Purpose, *, install: bool = True) -> None:
    """See that this machine has the Debian packages and the Go of a purpose; says what it installs and why.

    Raises ConfigurationError (exit 4) with the list when something is missing and `install` is false, this is not
    Debian, or we are not root; OutsideError when apt-get or pip fails.
    """
    missing = missing_for(purpose)
    without_go = find_go(cache_folder()) is None
    reason = why_not_installable(install=install)
    if (missing and reason) or (without_go and not install):
        lines = [
            *([describe(missing)] if missing else []),
            *([f"  {'go 1.23 or newer':<18} {WHY}"] if without_go else []),
        ]
        listed = "\n".join(lines)
        packages = " ".join(needed.package for needed in missing)
        raise ConfigurationError(
            f"not installed, but needed for {purpose.value}, and {reason}:\n{listed}",
            hint=f"on Debian 12 or 13, as root: apt-get install {packages}" if missing else "leave out --no-install",
        )
    if missing:
        for needed in missing:
            sys.stderr.write(f"installing {needed.package}: {needed.why}\n")
        debian.install([needed.package for needed in missing], LocalCommands())
        _look_again(missing)
    go_program(cache_folder(), install=install)


def _look_again(wanted: Sequence[Requirement]) -> None:
    absent = [needed for needed in wanted if not needed.is_met()]
    if absent:
        raise OutsideError(
            f"installed, but without {', '.join(needed.shown_by for needed in absent)}",
            hint=f"apt-get install --reinstall {' '.join(needed.package for needed in absent)}",
        )


def why_not_installable(*, install: bool) -> str:
    """Why nothing can be installed here, as the end of a sentence; empty when it can."""
    if not install:
        return "--no-install was given"
    if not is_debian():
        return "this is not Debian"
    if not is_root():
        return "you are not root"
    return ""


def describe(missing: Sequence[Requirement]) -> str:
    """A line for each package and its reason."""
    return "\n".join(f"  {needed.package:<18} {needed.why}" for needed in missing)


def is_debian() -> bool:
    """Whether Debian's own tools manage this machine."""
    return Path("/usr/bin/apt-get").exists() and Path("/etc/debian_version").exists()


def is_root() -> bool:
    """Whether we may do everything here."""
    return os.geteuid() == 0


def cache_folder() -> Path:
    """Where what was fetched or built is kept, outside the checkout."""
    return Path("/var/cache/cityops") if is_root() else Path.home() / ".cache" / "cityops"
