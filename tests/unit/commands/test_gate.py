"""The quality gate's report."""

from pathlib import Path

from commands.checkout import ROOT
from commands.gate import Check, Verdict, list_checks, render_verdicts, run_checks
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands


def test_every_check_is_run_whatever_fails_and_the_verdicts_keep_their_order() -> None:
    checks = [
        Check(name="fails", argv=("sh", "-c", "echo wrong; exit 3")),
        Check(name="passes", argv=("true",)),
        Check(name="talks", argv=("echo", "a file"), silent=True),
        Check(name="hidden", argv=("no-such-program",)),
    ]
    reported: list[str] = []
    verdicts = run_checks(checks, LocalCommands(), SystemClock(), reported.append)
    assert len(reported) == len(checks)
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


def test_each_sort_of_file_has_its_checks_and_a_sort_that_is_not_there_has_none(tmp_path: Path) -> None:
    script, program, other = tmp_path / "land.sh", tmp_path / "launch", tmp_path / "data"
    script.write_text("echo no first line\n")
    program.write_text("#!/bin/sh\ntrue\n")
    other.write_text("#!/usr/bin/python3\n")
    go = Path("/opt/go/bin/go")
    module = ROOT / "lab" / "vcenter"
    files = [module / "go.mod", module / "main.go", ROOT / "playbooks" / "site.yaml", script, program, other]
    named = {one.name: one.argv for one in list_checks(files, go)}
    assert named["go vet vcenter"][-5:] == (str(go), "-C", str(module), "vet", "./...")
    assert named["gofmt"] == ("/opt/go/bin/gofmt", "-l", str(module / "main.go"))
    assert named["yamllint"] == ("yamllint", "--strict", "playbooks")
    assert named["ansible-lint"][-1] == "playbooks"
    assert named["shellcheck"][-2:] == (str(script), str(program))
    bare = {one.name for one in list_checks([other], None)}
    assert not bare & {"go vet vcenter", "gofmt", "yamllint", "ansible-lint"}
    assert "gofmt" not in {one.name for one in list_checks([module / "go.mod"], go)}
