"""The test suite: its parts in the order they run, and which of them can run here."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from commands.checkout import ROOT
from commands.options import names_in
from groundwork.errors import UsageError

if TYPE_CHECKING:
    import pytest

PROGRAMS = ("simulator", "alerts")  # go test and promtool; the rest is pytest's
FOLDERS = ("integration", "conformance", "unit", "architecture", "end_to_end")  # what takes longest begins first
PARTS = (*PROGRAMS, *FOLDERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRun:
    """A part of the suite that was left out, and why."""

    part: str
    reason: str


class SkippedTests:
    """Counts the tests that pytest skips, by part and reason; pytest calls it as a plugin."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def pytest_runtest_logreport(self, report: "pytest.TestReport") -> None:
        """A test was skipped."""
        self._count(report, "test")

    def pytest_collectreport(self, report: "pytest.CollectReport") -> None:
        """A whole file was skipped."""
        self._count(report, "file")

    def list_not_run(self) -> list[NotRun]:
        """A line for each reason, with how many tests it concerns."""
        return [NotRun(part=part, reason=f"{count} × {reason}") for (part, reason), count in self._counts.items()]

    def _count(self, report: "pytest.TestReport | pytest.CollectReport", what: str) -> None:
        if report.skipped and isinstance(report.longrepr, tuple):
            part = Path(report.nodeid).parts[1]
            self._counts[part, f"{what}: {report.longrepr[2].removeprefix('Skipped: ')}"] += 1


def parse_only(only: str) -> tuple[str, ...]:
    """The parts that `--only` names, in the suite's order; all of them for an empty string. Raises UsageError."""
    asked = {part.replace("-", "_") for part in names_in(only)}
    unknown = asked - set(PARTS)
    if unknown:
        raise UsageError(
            f"the test suite has no part called {', '.join(sorted(unknown))}", hint=f"its parts: {', '.join(PARTS)}"
        )
    return tuple(part for part in PARTS if not asked or part in asked)


def folders_with_tests(parts: Sequence[str], root: Path = ROOT) -> list[Path]:
    """The folders of these parts that hold a test file."""
    folders = [root / "tests" / part for part in FOLDERS if part in parts]
    return [folder for folder in folders if any(folder.rglob("test_*.py"))]


def render_not_run(left_out: Sequence[NotRun]) -> str:
    """The plain list that ends a run of the suite."""
    if not left_out:
        return "every test of the suite was run"
    return "\n".join(["not run:", *(f"  {one.part:<14} {one.reason}" for one in left_out)])
