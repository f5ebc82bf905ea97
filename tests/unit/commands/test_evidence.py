"""A drill's report is written however its run came to its end."""

from dataclasses import replace
from pathlib import Path

import pytest
from invoke import Exit

from commands.conduct import conclude
from commands.context import CommandContext
from tests.builders.drill_record import record


@pytest.fixture
def context(tmp_path: Path) -> CommandContext:
    settings = tmp_path / "settings.yaml"
    settings.write_text(f"city: testville\ninventory: {tmp_path}\nstate: {tmp_path / 'state'}\n", encoding="utf-8")
    return CommandContext(settings=str(settings), city="")


def reports(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("state/evidence/*/*"))


def test_a_drill_that_ended_leaves_its_report(context: CommandContext, tmp_path: Path) -> None:
    conclude(context, record(), as_json=True)
    assert reports(tmp_path) == [
        "report.en.html",
        "report.en.md",
        "report.json",
        "report.zh-Hant.html",
        "report.zh-Hant.md",
    ]


def test_so_does_one_that_failed_and_was_resumed(context: CommandContext, tmp_path: Path) -> None:
    failed = replace(record(leftovers=("machines drill-1",)), exit_code=6, resumed=("2026-11-21T10:01:00+00:00",))
    with pytest.raises(Exit):
        conclude(context, failed, as_json=False)
    assert "report.zh-Hant.html" in reports(tmp_path)


@pytest.mark.parametrize(
    "other", [{"operation": "backup.run"}, {"summary": {}}, {"undo_of": "20261121-100000-drill-1"}]
)
def test_other_runs_leave_none(context: CommandContext, tmp_path: Path, other: dict[str, object]) -> None:
    conclude(context, replace(record(), **other), as_json=True)  # type: ignore[arg-type]  # fields by name
    assert reports(tmp_path) == []
