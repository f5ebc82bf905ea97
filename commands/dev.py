"""The workshop's acts: check, fix, lock."""

import sys
from collections.abc import Iterable
from pathlib import Path

from invoke import Context, Exit, task

from commands.checkout import ROOT, tracked_files
from commands.gate import Check, Verdict, list_checks, render_verdicts, run_checks
from commands.json_document import render_json
from commands.kill_demo import kill_demo  # noqa: F401 - it is a command of this namespace
from commands.mutate import mutate  # noqa: F401 - it is another
from commands.prerequisites.catalogue import Purpose, missing_for
from commands.prerequisites.golang import go_program
from commands.prerequisites.provision import cache_folder, ensure, why_not_installable
from commands.torture import torture  # noqa: F401 - and another
from groundwork.errors import ConfigurationError, OutsideError
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from groundwork.shell.environment import fetching_environment

_INSTALL_HELP = "install the tools that are missing (--no-install refuses with the list instead)"


@task(help={"install": _INSTALL_HELP})
def check(_context: Context, *, install: bool = True) -> None:
    """Run the quality gate: linters, types, import contracts, playbooks, alert rules, architecture tests.

    Example: inv dev.check
    """
    if not install or not why_not_installable(install=install):
        ensure(Purpose.CHECK, install=install)
    commands, missing = LocalCommands(), {needed.shown_by for needed in missing_for(Purpose.CHECK)}
    files = tracked_files(commands)
    go, without_go = _go(install=install)
    checks = list_checks(files, go)
    sys.stderr.write(f"running {len(checks)} checks\n")
    verdicts = run_checks(
        [one for one in checks if one.argv[0] not in missing], commands, SystemClock(), sys.stderr.write
    )
    verdicts += _not_run(checks, missing, why_not_installable(install=install))
    verdicts += [Verdict(name="go vet", passed=True, seconds=0, reason=without_go)] if without_go else []
    print(render_verdicts(verdicts))
    failed = [verdict.name for verdict in verdicts if not verdict.passed]
    if failed:
        raise Exit(f"the quality gate is not passed: {', '.join(failed)}", code=1)


@task
def fix(_context: Context) -> None:
    """Mend what ruff and gofmt can mend by themselves.

    Example: inv dev.fix
    """
    commands = LocalCommands()
    go, _ = _go(install=False)
    sources = [str(path) for path in tracked_files(commands) if path.suffix == ".go"]
    acts = [["ruff", "check", "--fix", "--quiet", str(ROOT)], ["ruff", "format", "--quiet", str(ROOT)]]
    if go and sources:
        acts.append([str(go.with_name("gofmt")), "-w", *sources])
    for argv in acts:
        done = commands.run(argv, timeout_seconds=120, check=False)
        sys.stderr.write(done.stdout + done.stderr)
    print("mended what could be mended; inv dev.check says what is left")


@task(help={"upgrade": "take the newest versions that pyproject.toml allows, not the ones now locked"})
def lock(_context: Context, *, upgrade: bool = False) -> None:
    """Make requirements.lock anew from pyproject.toml, with the hashes of every platform.

    Example: inv dev.lock --upgrade
    """
    commands, target = LocalCommands(), ROOT / "requirements.lock"
    tool = cache_folder() / "uv"
    if not (tool / "bin" / "uv").exists():
        sys.stderr.write("installing uv into the cache: it resolves the lock file for all platforms at once\n")
        pip = [sys.executable, "-m", "pip", "install", "-q", "--target", str(tool), "uv"]
        commands.run(pip, timeout_seconds=300, environment=fetching_environment())
    options = ["--group", "dev", "--universal", "--python-version", "3.11", "--generate-hashes"]
    quiet = ["--no-annotate", "--no-header", "--quiet", *(["--upgrade"] if upgrade else [])]
    half_way = target.with_suffix(".new")
    half_way.write_bytes(target.read_bytes() if target.exists() else b"")
    argv = [str(tool / "bin" / "uv"), "pip", "compile", "pyproject.toml", *options, *quiet, "-o", half_way.name]
    try:
        commands.run(["env", "-C", str(ROOT), *argv], timeout_seconds=600, environment=fetching_environment())
        pinned = half_way.read_text(encoding="utf-8")
    finally:
        half_way.unlink(missing_ok=True)
    target.write_text(f"{_LOCK_HEAD}{pinned}", encoding="utf-8")
    print(f"wrote {target.name}: {pinned.count('==')} packages; the next ./inv installs them")


@task
def docs(_context: Context) -> None:
    """Write what is generated anew: the reference pages and the estate's JSON Schemas.

    Example: inv dev.docs
    """
    from groundwork.drivers.vcenter import privileges
    from groundwork.estate.reference import render_reference
    from groundwork.estate.schema import render_schemas

    reference = ROOT / "docs" / "reference"
    pages = {
        reference / "commands.md": _commands_page(),
        reference / "estate.md": render_reference(),
        reference / "vcenter-privileges.md": privileges.render_reference(),
    }
    schemas = ROOT / "inventory" / "schema"
    pages |= {schemas / name: render_json(schema) + "\n" for name, schema in render_schemas().items()}
    for path, text in pages.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


def _commands_page() -> str:
    """The commands' page, from a process that has parsed no command line."""
    argv = [sys.executable, "-P", "-m", "commands.command_reference"]
    return LocalCommands().run(argv, timeout_seconds=120, environment={"PYTHONPATH": str(ROOT)}).stdout


_LOCK_HEAD = (
    "# Every package of .venv, pinned and hashed for CPython 3.11 and 3.13. "
    "Made by `./inv dev.lock` from pyproject.toml; not edited by hand.\n"
)


def _go(*, install: bool) -> tuple[Path | None, str]:
    """A Go toolchain, or the reason why there is none."""
    try:
        return go_program(cache_folder(), install=install), ""
    except (ConfigurationError, OutsideError) as error:
        return None, error.message


def _not_run(checks: Iterable[Check], missing: set[str], reason: str) -> list[Verdict]:
    return [
        Verdict(name=one.name, passed=True, seconds=0, reason=f"{one.argv[0]} is not installed, and {reason}")
        for one in checks
        if one.argv[0] in missing
    ]
