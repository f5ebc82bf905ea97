"""The one test command: brings what the tests need, runs every part of the suite, says what was not run."""

import sys

from invoke import Context, Exit, task

from commands.checkout import tracked_files
from commands.gate import Check, alert_checks, render_verdicts, run_checks, simulator_checks
from commands.prerequisites.catalogue import Purpose, missing_for
from commands.prerequisites.golang import go_program
from commands.prerequisites.provision import cache_folder, ensure, is_debian, is_root, why_not_installable
from commands.strands import run_strands
from commands.suite import PARTS, PROGRAMS, NotRun, parse_only, render_not_run
from groundwork.errors import ConfigurationError, OutsideError
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands

WITH_REAL_PROGRAMS = frozenset({"conformance", "integration", "end_to_end"})


@task(
    name="test",
    help={
        "only": f"parts, separated by commas: {', '.join(PARTS)}",
        "keyword": "only the tests whose name matches (pytest's -k)",
        "install": "install what the tests lack (--no-install refuses with the list instead)",
    },
)
def run_suite(_context: Context, *, only: str = "", keyword: str = "", install: bool = True) -> None:
    """Run every test, the lab's included; without root, run what can run and say what was not.

    Example: inv test
    Example: inv test --only unit,architecture -k plan
    """
    parts = parse_only(only)
    if not install or not why_not_installable(install=install):
        ensure(Purpose.TEST if WITH_REAL_PROGRAMS.intersection(parts) else Purpose.CHECK, install=install)
    left_out = [NotRun(part=part, reason="not asked for") for part in PARTS if part not in parts]
    if keyword:
        left_out += [NotRun(part=part, reason="it knows no --keyword") for part in parts if part in PROGRAMS]
        parts = tuple(part for part in parts if part not in PROGRAMS)
    passed, without_programs = _run_programs(parts, install=install)
    left_out += without_programs
    without_lab = _why_no_lab(install=install)
    if "end_to_end" in parts and without_lab:
        parts = tuple(part for part in parts if part != "end_to_end")
        left_out.append(NotRun(part="end_to_end", reason=without_lab))
    strands_passed, skipped = run_strands(parts, keyword, write=sys.stdout.write)
    passed = strands_passed and passed
    left_out += skipped
    print(render_not_run(left_out))
    if not passed:
        raise Exit(code=1)


def _run_programs(parts: tuple[str, ...], *, install: bool) -> tuple[bool, list[NotRun]]:
    """The parts that are not pytest's: go test, promtool."""
    commands = LocalCommands()
    files = tracked_files(commands)
    checks: list[Check] = []
    left_out: list[NotRun] = []
    if "simulator" in parts:
        try:
            checks += simulator_checks(files, go_program(cache_folder(), install=install))
        except (ConfigurationError, OutsideError) as error:
            left_out.append(NotRun(part="simulator", reason=error.message))
    if "alerts" in parts:
        if any(needed.shown_by == "promtool" for needed in missing_for(Purpose.CHECK)):
            reason = f"promtool is not installed, and {why_not_installable(install=install)}"
            left_out.append(NotRun(part="alerts", reason=reason))
        else:
            checks += alert_checks(files)
    if checks:
        sys.stderr.write(f"running {', '.join(one.name for one in checks)}\n")
    verdicts = run_checks(checks, commands, SystemClock(), sys.stderr.write)
    if verdicts:
        print(render_verdicts(verdicts), flush=True)
    return all(verdict.passed for verdict in verdicts), left_out


def _why_no_lab(*, install: bool) -> str:
    """Why the lab's tests cannot run here; empty when they can."""
    if not is_debian():
        return "the lab needs Debian 12 or 13"
    if not is_root():
        return "the lab needs root (network namespaces, systemd-nspawn)"
    missing = missing_for(Purpose.LAB)
    if missing:
        return f"missing {', '.join(needed.package for needed in missing)}, and {why_not_installable(install=install)}"
    return ""
