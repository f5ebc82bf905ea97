"""What a long command took is reported when it ends; nothing is said of a short one."""

import sys

import pytest

from commands import expense
from groundwork.shell.command import LocalCommands

MIB = 1 << 20


def test_the_line_names_time_and_memory() -> None:
    assert expense.render_expense(83.4, own_mib=120.2, program_mib=0.0) == "took 83 s; peak memory 120 MiB"
    reported = "took 83 s; peak memory 120 MiB, its largest program 251 MiB"
    assert expense.render_expense(83.4, own_mib=120.2, program_mib=250.6) == reported


def test_a_short_command_is_not_commented(capsys: pytest.CaptureFixture[str]) -> None:
    with expense.expense_reported():
        pass
    assert capsys.readouterr().err == ""


def test_a_long_one_is_even_when_it_fails_and_its_programs_count(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(expense, "LONG_SECONDS", 0.0)
    hungry = [sys.executable, "-c", f"b'x' * {300 * MIB}"]
    LocalCommands().run(hungry, timeout_seconds=60)
    with pytest.raises(ZeroDivisionError), expense.expense_reported():
        raise ZeroDivisionError
    reported = capsys.readouterr().err.split()
    assert reported[:4] == ["took", f"{reported[1]}", "s;", "peak"]
    assert int(reported[-2]) >= 300
