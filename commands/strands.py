"""The parts of the suite that are pytest's, as strands that run side by side, and what is shown of them."""

import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from commands.checkout import ROOT
from commands.prerequisites.provision import is_root
from commands.suite import NotRun, folders_with_tests
from groundwork.shell.side_by_side import run_side_by_side

NO_TESTS = 5  # pytest.ExitCode.NO_TESTS_COLLECTED: importing pytest takes a third of a second

_CLOSING = re.compile(
    r"(\x1b\[[\d;]*m)*=+ (\x1b\[[\d;]*m)*(ERRORS|FAILURES|warnings summary|slowest|short test summary)"
)
_OPTIONS = ("-p", "no:cacheprovider", "--durations=40", "--durations-min=10")  # the checkout may be another's


@dataclass(frozen=True, slots=True, kw_only=True)
class Strand:
    """One pytest process: the parts it runs, and what picks its tests among theirs.

    `measured`: its coverage is shown, and is to reach the floor in pyproject.toml, where every test of it can run.
    `workers`: on how many processes of pytest-xdist its files are spread.
    """

    name: str
    parts: tuple[str, ...]
    picked: tuple[str, ...] = ()
    measured: bool = False
    workers: int = 1


_WORKERS = 4  # most of its tests wait for programs that they started
STRANDS = (
    Strand(name="tests", parts=("integration", "conformance", "unit", "architecture"), measured=True, workers=_WORKERS),
    Strand(name="lab", parts=("end_to_end",), picked=("-v", "-m", "shared_lab")),  # a line a test: some take minutes
    Strand(name="own labs", parts=("end_to_end",), picked=("-v", "-m", "not shared_lab")),
)


class Screen:
    """Shows the strands' lines as they come, each with its strand's name; a strand's closing words come in one piece.

    Closing words are whatever follows the first heading of pytest's of failures or the summary.
    """

    def __init__(self, names: Sequence[str], write: Callable[[str], object]) -> None:
        self._width = max((len(name) for name in names), default=0)
        self._write = write
        self._held: dict[str, list[str]] = {}

    def show(self, name: str, line: str) -> None:
        """A strand said a line."""
        if name in self._held or _CLOSING.match(line):
            self._held.setdefault(name, []).append(line)
        else:
            self._write(f"{name:<{self._width}} | {line}\n")

    def close(self) -> None:
        """All have ended: show what was held back, strand by strand."""
        for name, lines in self._held.items():
            self._write("\n".join([f"\n--- {name} ---", *lines, ""]))
        self._held.clear()


def run_strands(
    parts: Sequence[str],
    keyword: str,
    *,
    write: Callable[[str], object],
    strands: Sequence[Strand] = STRANDS,
    options: Sequence[str] = (),
) -> tuple[bool, list[NotRun]]:
    """Whether all passed, and what was skipped. A strand that crashed has failed; so have all if none finds a test.

    `options` are more of pytest's, for every strand.
    """
    with TemporaryDirectory(prefix="cityops-test-") as scratch:
        programs = {
            strand.name: [
                *_pytest(strand, folders, keyword, Path(scratch), coverage_options(strand, parts, keyword)),
                *options,
            ]
            for strand in strands
            if (folders := folders_with_tests([part for part in strand.parts if part in parts]))
        }
        if not programs:
            return True, []
        screen = Screen(list(programs), write)
        environment = {"PYTHONPATH": str(ROOT), "COVERAGE_FILE": str(Path(scratch) / "coverage")}
        try:
            codes = run_side_by_side(programs, folder=ROOT, environment=environment, on_line=screen.show)
        finally:
            screen.close()
        skipped = [one for name in programs for one in _read_skips(_skips_file(Path(scratch), name))]
    return judge(codes, write), skipped


def judge(codes: dict[str, int], write: Callable[[str], object]) -> bool:
    """Whether pytest's exit codes are a pass; says which strand is none, and why."""
    for name, code in codes.items():
        if code < 0:
            write(f"{name}: ended by signal {-code}\n")
        elif code not in {0, NO_TESTS}:
            write(f"{name}: failed\n")
    if set(codes.values()) == {NO_TESTS}:
        write("no test has such a name\n")
        return False
    return all(code in {0, NO_TESTS} for code in codes.values())


def coverage_options(strand: Strand, parts: Sequence[str], keyword: str, *, root: bool | None = None) -> list[str]:
    """How pytest measures coverage: where all of the strand is run; without root some skip, so no floor is set."""
    if not strand.measured or keyword or not set(strand.parts) <= set(parts):
        return []
    asked = is_root() if root is None else root
    return ["--cov", "--cov-report=", *([] if asked else ["--cov-fail-under=0"])]


def _pytest(strand: Strand, folders: Sequence[Path], keyword: str, scratch: Path, coverage: Sequence[str]) -> list[str]:
    skips = ["-p", "commands.suite_skips", f"--skips-to={_skips_file(scratch, strand.name)}"]
    colour = ["--color=yes"] if sys.stdout.isatty() else []
    chosen = [*strand.picked, *(["-k", keyword] if keyword else [])]
    spread = ["-n", str(strand.workers), "--dist", "loadfile", "--no-loadscope-reorder"] if strand.workers > 1 else []
    options = [*_OPTIONS, *spread, *skips, *colour, *coverage, *chosen]
    return [sys.executable, "-P", "-m", "pytest", *options, *map(str, folders)]


def _skips_file(scratch: Path, name: str) -> Path:
    return scratch / f"{name}.json"


def _read_skips(file: Path) -> list[NotRun]:
    if not file.exists():
        return []
    return [NotRun(part=part, reason=reason) for part, reason in json.loads(file.read_text(encoding="utf-8"))]
