"""`inv test`: which parts are run, what is said of the others, and when it fails."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from invoke import Context, Exit

from commands import test as module
from commands.gate import Check, Verdict
from commands.suite import PARTS, NotRun
from groundwork.errors import OutsideError

PROMTOOL = type("Needed", (), {"shown_by": "promtool", "package": "prometheus"})()


@dataclass
class Bench:
    """What the command would run, and how that ends."""

    strands: list[tuple[str, ...]] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    strands_pass: bool = True
    checks_pass: bool = True
    skipped: tuple[NotRun, ...] = ()

    def run_strands(
        self, parts: Sequence[str], _keyword: str, *, write: Callable[[str], object]
    ) -> tuple[bool, list[NotRun]]:
        del write
        self.strands.append(tuple(parts))
        return self.strands_pass, list(self.skipped)

    def run_checks(self, checks: Sequence[Check], *_others: object) -> list[Verdict]:
        self.checks += [one.name for one in checks]
        return [Verdict(name=one.name, passed=self.checks_pass, seconds=1) for one in checks]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A machine on which everything can be run, and nothing is."""
    made = Bench()
    for name, stand_in in {
        "run_strands": made.run_strands,
        "run_checks": made.run_checks,
        "ensure": lambda *_purpose, **_given: None,
        "why_not_installable": lambda **_given: "",
        "tracked_files": lambda _commands: [],
        "simulator_checks": lambda _files, _go: (Check(name="go test vcenter", argv=("go",)),),
        "alert_checks": lambda _files: (Check(name="alert rules", argv=("promtool",)),),
        "go_program": lambda _cache, **_given: Path("go"),
        "missing_for": lambda _purpose: (),
        "is_debian": lambda: True,
        "is_root": lambda: True,
    }.items():
        monkeypatch.setattr(module, name, stand_in)
    return made


def run(**options: object) -> None:
    module.run_suite(Context(), **options)


def test_everything_is_run_and_said_to_be(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    run()
    assert bench.strands == [PARTS]
    assert bench.checks == ["go test vcenter", "alert rules"]
    assert capsys.readouterr().out.endswith("every test of the suite was run\n")


def test_only_what_is_asked_for_is_run_and_the_rest_is_listed(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    run(only="unit,alerts")
    assert (bench.strands, bench.checks) == ([("alerts", "unit")], ["alert rules"])
    assert "  simulator      not asked for\n" in capsys.readouterr().out


def test_with_a_keyword_what_knows_none_is_left_out(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    run(only="unit,alerts", keyword="plan")
    assert (bench.strands, bench.checks) == ([("unit",)], [])
    assert "  alerts         it knows no --keyword\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "stand_in", "said"),
    [
        ("is_debian", lambda: False, "the lab needs Debian 12 or 13"),
        ("is_root", lambda: False, "the lab needs root (network namespaces, systemd-nspawn)"),
        ("missing_for", lambda purpose: (PROMTOOL,) if purpose.name == "LAB" else (), "missing prometheus, and "),
    ],
)
def test_where_no_lab_can_stand_its_tests_are_listed_as_not_run(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    name: str,
    stand_in: object,
    said: str,
) -> None:
    monkeypatch.setattr(module, name, stand_in)
    run()
    assert bench.strands == [PARTS[:-1]]
    assert f"  end_to_end     {said}" in capsys.readouterr().out


def test_a_program_that_is_missing_leaves_its_part_out(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_go(_cache: Path, *, install: bool) -> Path:
        raise OutsideError(f"no Go ({install})", hint="")

    monkeypatch.setattr(module, "go_program", no_go)
    monkeypatch.setattr(module, "missing_for", lambda purpose: (PROMTOOL,) if purpose.name == "CHECK" else ())
    monkeypatch.setattr(module, "why_not_installable", lambda **_given: "you are not root")
    run(only="simulator,alerts")
    assert bench.checks == []
    said = capsys.readouterr().out
    assert "  simulator      no Go (True)\n" in said
    assert "  alerts         promtool is not installed, and you are not root\n" in said


@pytest.mark.parametrize(("strands", "checks"), [(False, True), (True, False), (False, False)])
def test_one_part_that_fails_fails_the_suite(bench: Bench, *, strands: bool, checks: bool) -> None:
    bench.strands_pass, bench.checks_pass = strands, checks
    with pytest.raises(Exit) as ended:
        run()
    assert ended.value.code == 1


def test_what_was_skipped_is_listed(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.skipped = (NotRun(part="unit", reason="1 × root may read everything"),)
    run()
    assert capsys.readouterr().out.endswith("not run:\n  unit           1 × root may read everything\n")
