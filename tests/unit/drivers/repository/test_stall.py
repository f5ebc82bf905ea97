"""A program that makes no progress is killed; one that merely waits for us is not."""

from groundwork.drivers.repository.stall import watched
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands


def test_a_program_that_says_nothing_in_its_turn_is_killed() -> None:
    with (
        LocalCommands().start(["sleep", "60"]) as program,
        watched(program, seconds=0.2) as watch,
        watch.counting(),
    ):
        said = program.stdout.read(1)

    assert said == b""
    assert watch.stalled


def test_a_program_that_takes_nothing_in_its_turn_is_killed() -> None:
    more_than_a_pipe_holds = bytes(4 << 20)
    with LocalCommands().start(["sleep", "60"]) as program, watched(program, seconds=0.2) as watch:
        try:
            with watch.counting():
                program.stdin.write(more_than_a_pipe_holds)
        except BrokenPipeError:
            pass

    assert watch.stalled


def test_our_own_time_is_not_the_programs() -> None:
    with LocalCommands().start(["cat"]) as program, watched(program, seconds=0.2) as watch:
        with watch.counting():
            program.stdin.write(b"x")
        SystemClock().sleep(0.7)
        with watch.counting():
            program.stdin.write(b"y")
            program.stdin.close()
            said = program.stdout.read()

    assert not watch.stalled
    assert said == b"xy"
