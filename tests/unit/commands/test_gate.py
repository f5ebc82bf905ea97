"""The quality gate's report."""

from commands.gate import Check, Verdict, render_verdicts, run_checks
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands


def test_every_check_is_run_whatever_fails_and_the_verdicts_keep_their_order() -> None:
    checks = [
        Check(name="fails", argv=("sh", "-c", "echo wrong; exit 3")),
        Check(name="passes", argv=("true",)),
        Check(name="talks", argv=("echo", "a file"), silent=True),
        Check(name="hidden", argv=("no-such-program",)),
    ]
    told: list[str] = []
    verdicts = run_checks(checks, LocalCommands(), SystemClock(), told.append)
    assert len(told) == len(checks)
    assert [(verdict.name, verdict.passed) for verdict in verdicts] == [
        ("fails", False),
        ("passes", True),
        ("talks", False),
        ("hidden", False),
    ]


def test_the_report_shows_the_words_of_what_failed_then_one_line_for_each() -> None:
    verdicts = [
        Verdict(name="mypy", passed=False, seconds=12.34, output="x.py:1: error\n"),
        Verdict(name="gofmt", passed=True, seconds=0.1),
        Verdict(name="shellcheck", passed=True, seconds=0, reason="shellcheck is not installed, and you are not root"),
    ]
    assert render_verdicts(verdicts).splitlines() == [
        "--- mypy",
        "x.py:1: error",
        "",
        "mypy               FAILED     12.3 s",
        "gofmt              ok          0.1 s",
        "shellcheck         not run: shellcheck is not installed, and you are not root",
    ]
