"""How a task's end becomes an exit code."""

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


def test_a_failure_an_operator_can_act_on_is_told_without_a_stack_trace(capsys: pytest.CaptureFixture[str]) -> None:
    main(["refused"], program())
    assert capsys.readouterr().err == "error: the lock is held\n  what to do: wait\n"


def test_a_command_that_is_not_there_is_told_with_the_way_to_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    main(["unheard-of"], program())
    assert capsys.readouterr().err == (
        "error: the command line was not understood: No idea what 'unheard-of' is!\n"
        "  what to do: `inv --list` names every command, `inv COMMAND --help` its options\n"
    )


def test_a_defect_is_told_in_two_lines_and_its_stack_trace_only_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    main(["broken"], program())
    told = capsys.readouterr().err
    assert told.startswith("error: a defect of cityops itself (ZeroDivisionError)\n  what to do: report it with ")
    assert "Traceback" not in told


def program() -> Program:
    """The program of the command line with tasks of our own."""
    return CityProgram(name="cityops", binary="inv", namespace=Collection(refused, interrupted, changed, broken))
