"""The quality gate: its checks, what each of them looks at, and what came out."""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from commands.checkout import ROOT
from groundwork.errors import OutsideError
from groundwork.shell.clock import Clock
from groundwork.shell.command import CommandRunner
from groundwork.shell.environment import fetching_environment

CHECK_SECONDS = 900
AT_ONCE = 2
_YAML = {".yml", ".yaml"}
_GO_SETTINGS = ("CGO_ENABLED=0", "GOTOOLCHAIN=local")  # no C compiler is needed, no other toolchain fetched


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: the program, and how it is called."""

    name: str
    argv: tuple[str, ...]
    silent: bool = False  # any word on standard output is a failure (gofmt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a check ended; `reason` is set on one that could not be run."""

    name: str
    passed: bool
    seconds: float
    output: str = ""
    reason: str = ""


def list_checks(files: Sequence[Path], go: Path | None) -> tuple[Check, ...]:
    """The checks for these files of the checkout, the longest first."""
    return (
        Check(name="mypy", argv=("mypy",)),
        *_ansible_checks(files),
        *(_go_checks(files, go) if go else ()),
        Check(name="architecture", argv=("pytest", "-q", "--no-header", str(ROOT / "tests" / "architecture"))),
        Check(name="import contracts", argv=("lint-imports", "--no-cache")),
        Check(name="ruff check", argv=("ruff", "check", str(ROOT))),
        Check(name="ruff format", argv=("ruff", "format", "--check", str(ROOT))),
        *_yaml_checks(files),
        *alert_checks(files),
        Check(name="shellcheck", argv=("shellcheck", *_shell_scripts(files))),
    )


def alert_checks(files: Sequence[Path]) -> tuple[Check, ...]:
    """Promtool's check of the alert rules, and its run of their tests, which are known by their first keys."""
    ours = [path for path in files if ROOT / "monitoring" in path.parents and path.suffix in _YAML]
    tests = [str(path) for path in ours if _has_key(path, "rule_files")]
    rules = [str(path) for path in ours if _has_key(path, "groups") and str(path) not in tests]
    return (
        *([Check(name="alert rules", argv=("promtool", "check", "rules", *rules))] if rules else []),
        *([Check(name="alert rule tests", argv=("promtool", "test", "rules", *tests))] if tests else []),
    )


def simulator_checks(files: Sequence[Path], go: Path) -> tuple[Check, ...]:
    """Go's own tests of each Go module."""
    modules = [path.parent for path in files if path.name == "go.mod"]
    return tuple(
        Check(name=f"go test {module.name}", argv=("env", *_GO_SETTINGS, str(go), "-C", str(module), "test", "./..."))
        for module in modules
    )


def run_checks(
    checks: Sequence[Check], commands: CommandRunner, clock: Clock, say: Callable[[str], object]
) -> list[Verdict]:
    """Run them all, two at a time, whatever fails, saying each end; the verdicts come in the order of the checks."""

    def run_and_say(check: Check) -> Verdict:
        verdict = _run(check, commands, clock)
        say(f"  {check.name}: {'ok' if verdict.passed else 'FAILED'} ({verdict.seconds:.1f} s)\n")
        return verdict

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run_and_say, checks))


def render_verdicts(verdicts: Sequence[Verdict]) -> str:
    """The words of what failed, then one line for each check."""
    blocks = [f"--- {verdict.name}\n{verdict.output.strip()}\n" for verdict in verdicts if verdict.output]
    lines = [f"{verdict.name:<18} {_outcome(verdict)}" for verdict in verdicts]
    return "\n".join([*blocks, *lines])


def _has_key(path: Path, key: str) -> bool:
    return re.search(rf"(?m)^{key}:", path.read_text(encoding="utf-8")) is not None


def _outcome(verdict: Verdict) -> str:
    if verdict.reason:
        return f"not run: {verdict.reason}"
    return f"{'ok' if verdict.passed else 'FAILED':<8} {verdict.seconds:6.1f} s"


def _run(check: Check, commands: CommandRunner, clock: Clock) -> Verdict:
    began = clock.monotonic()
    argv = ["env", "-C", str(ROOT), *check.argv]
    try:
        done = commands.run(argv, timeout_seconds=CHECK_SECONDS, environment=fetching_environment(), check=False)
    except OutsideError as error:
        return Verdict(name=check.name, passed=False, seconds=clock.monotonic() - began, output=error.message)
    passed = done.exit_code == 0 and not (check.silent and done.stdout.strip())
    said = "" if passed else done.stdout + done.stderr
    return Verdict(name=check.name, passed=passed, seconds=clock.monotonic() - began, output=said)


def _ansible_checks(files: Sequence[Path]) -> tuple[Check, ...]:
    if not any(ROOT / "playbooks" in path.parents and path.suffix in _YAML for path in files):
        return ()
    return (Check(name="ansible-lint", argv=("ansible-lint", "--offline", "--nocolor", "-q", "playbooks")),)


def _go_checks(files: Sequence[Path], go: Path) -> tuple[Check, ...]:
    modules = [path.parent for path in files if path.name == "go.mod"]
    sources = [str(path) for path in files if path.suffix == ".go"]
    vets = tuple(
        Check(name=f"go vet {module.name}", argv=("env", *_GO_SETTINGS, str(go), "-C", str(module), "vet", "./..."))
        for module in modules
    )
    if not sources:
        return vets
    return (*vets, Check(name="gofmt", argv=(str(go.with_name("gofmt")), "-l", *sources), silent=True))


def _yaml_checks(files: Sequence[Path]) -> tuple[Check, ...]:
    folders = sorted({path.relative_to(ROOT).parts[0] for path in files if path.suffix in _YAML})
    return (Check(name="yamllint", argv=("yamllint", "--strict", *folders)),) if folders else ()


def _shell_scripts(files: Sequence[Path]) -> list[str]:
    scripts = []
    for path in files:
        if path.suffix == ".sh" or not path.suffix:
            with path.open("rb") as opened:
                first = opened.readline(80)
            if first.startswith((b"#!/bin/sh", b"#!/bin/bash", b"#!/usr/bin/env bash")) or path.suffix == ".sh":
                scripts.append(str(path))
    return scripts
