"""How a task's end becomes an exit code."""

import sys

import pytest
from invoke import Collection, Context, Exit, Program, task

from commands.program import CityProgram, main
from groundwork.errors import RefusedError


@task
def refused(_context: Context) -> None:
    raise RefusedError("the lock is held", hint="wait")


@task
def interrupted(_context: Context) -> None:
    raise KeyboardInterrupt


@task
def changed(_context: Context) -> None:
    raise Exit(code=2)


@task
def broken(_context: Context) -> None:
    raise ZeroDivisionError


HELP = """\
Usage: inv shown RUN [--options]

Show one run: its steps in the order in which they were
carried out, how long each took, and how it ended.

Example: inv shown 20261121-101500-backup-3f2a

Options:
  -l INT, --limit=INT        at most so many
  -o STRING, --only=STRING   pass --no-install or this
  -r STRING, --run=STRING    the run's id

"""


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["changed"], 2),
        (["refused"], 3),
        (["interrupted"], 7),
        (["broken"], 1),
        (["unheard-of"], 1),
        (["--version"], 0),
    ],
)
def test_each_end_has_its_exit_code(arguments: list[str], exit_code: int) -> None:
    assert main(arguments, program()) == exit_code


def test_a_failure_an_operator_can_act_on_is_reported_without_a_stack_trace(capsys: pytest.CaptureFixture[str]) -> None:
    main(["refused"], program())
    assert capsys.readouterr().err == "error: the lock is held\n  what to do: wait\n"


def test_a_command_that_is_not_there_is_reported_with_the_way_to_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    main(["unheard-of"], program())
    assert capsys.readouterr().err == (
        "error: the command line was not understood: No idea what 'unheard-of' is!\n"
        "  what to do: `inv --list` names every command, `inv COMMAND --help` its options\n"
    )


@pytest.mark.parametrize("typed", [["shown", "--help"], ["shown", "-h"], ["--help", "shown"], ["shown", "x", "--help"]])
def test_the_help_of_a_command_that_wants_a_name_is_shown_however_it_is_asked_for(
    typed: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert main(typed, program()) == 0
    assert capsys.readouterr().out == HELP


@pytest.mark.parametrize(
    ("typed", "reported"),
    [
        (["shown", "--jsn"], "shown has no option --jsn"),
        (["shown", "--lmiit", "20261121"], "shown has no option --lmiit"),
        (["shown", "x", "--limit", "many"], "the command line was not understood: 'many' is no whole number"),
        (["shown", "x", "--only"], "the command line was not understood: --only needs a value"),
        (["changed", "--dry"], "there is no option --dry"),
        (["-e", "changed"], "there is no option --echo"),
        (["shwon"], "the command line was not understood: No idea what 'shwon' is! Perhaps shown?"),
    ],
)
def test_a_slip_of_the_fingers_is_named(typed: list[str], reported: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(typed, program()) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.splitlines()[0]) == ("", f"error: {reported}")


def test_a_defect_is_reported_in_two_lines_and_its_stack_trace_only_on_demand(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["broken"], program())
    reported = capsys.readouterr().err
    assert reported.startswith("error: a defect of cityops itself (ZeroDivisionError)\n  what to do: report it with ")
    assert "Traceback" not in reported


def program() -> Program:
    """The program of the command line with tasks of our own."""

    @task(help={"limit": "at most so many", "only": "pass --no-install or this", "run": "the run's id"})
    def shown(_context: Context, run: str, *, limit: int = 3, only: str = "") -> None:
        """Show one run: its steps in the order in which they were carried out, how long each took, and how it ended.

        Example: inv shown 20261121-101500-backup-3f2a
        """
        sys.stdout.write(f"shown {run} {limit} {only}\n")

    return CityProgram(name="cityops", binary="inv", namespace=Collection(refused, interrupted, changed, broken, shown))
