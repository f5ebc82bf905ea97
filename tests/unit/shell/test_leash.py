import fcntl
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from commands.checkout import ROOT
from groundwork.errors import OutsideError
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LeashedCommands, LocalCommands

CLOCK = SystemClock()
HOLDER = """
import fcntl, os, sys
from groundwork.shell.command import LeashedCommands
lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(lock, fcntl.LOCK_EX)
os.set_inheritable(lock, True)
with LeashedCommands().start(["sh", "-c", sys.argv[2]]) as program:
    print(program.stdout.readline().decode(), end="")
    print(os.getpid(), flush=True)
    program.wait(timeout_seconds=60)
"""
DETACHED = "(setsid sh -c 'setsid sleep 61 & echo $!; wait' &) ; sleep 60"


def is_locked(path: Path) -> bool:
    with path.open("rb") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def wait_until(what: str, seconds: float, met: Callable[[], bool]) -> None:
    deadline = CLOCK.monotonic() + seconds
    while CLOCK.monotonic() < deadline:
        if met():
            return
        CLOCK.sleep(0.02)
    pytest.fail(f"{what} within {seconds} s")


def test_when_its_holder_is_killed_a_detached_grandchild_dies_and_only_then_the_lock_is_free(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    argv = [sys.executable, "-c", HOLDER, str(lock), DETACHED]
    with LocalCommands().start(argv, environment={"PYTHONPATH": str(ROOT)}) as holder:
        grandchild, pid = int(holder.stdout.readline()), int(holder.stdout.readline())
        assert is_there(grandchild)
        assert is_locked(lock)
        os.kill(pid, signal.SIGKILL)
        wait_until("the lock is free", 10, lambda: not is_locked(lock))
        assert not is_there(grandchild)


def test_a_program_that_ends_leaves_nothing_behind() -> None:
    done = LeashedCommands().run(["sh", "-c", "(setsid sleep 60 & echo $!)"], timeout_seconds=10)
    assert not is_there(int(done.stdout))


def test_leaving_the_context_kills_the_program_and_what_it_started() -> None:
    with LeashedCommands().start(["sh", "-c", DETACHED]) as program:
        grandchild = int(program.stdout.readline())
        assert is_there(grandchild)
    assert not is_there(grandchild)


@pytest.mark.parametrize("commands", [LocalCommands(), LeashedCommands()])
class TestAnyCommandRunner:
    def test_it_carries_input_output_messages_and_the_exit_code(self, commands: LocalCommands) -> None:
        done = commands.run(["sh", "-c", "cat; echo no >&2; exit 3"], stdin=b"yes", timeout_seconds=10, check=False)
        assert (done.exit_code, done.stdout, done.stderr) == (3, "yes", "no\n")

    def test_a_program_that_fails_is_reported_with_its_last_words(self, commands: LocalCommands) -> None:
        with pytest.raises(OutsideError, match="sh ended with 3: no"):
            commands.run(["sh", "-c", "echo no >&2; exit 3"], timeout_seconds=10)

    def test_a_program_that_is_not_there_is_reported(self, commands: LocalCommands) -> None:
        with pytest.raises(OutsideError, match="no-such-program cannot be started"):
            commands.run(["no-such-program"], timeout_seconds=10)

    def test_a_program_that_takes_too_long_is_killed(self, commands: LocalCommands) -> None:
        began = CLOCK.monotonic()
        with pytest.raises(OutsideError, match="sleep did not end within"):
            commands.run(["sleep", "60"], timeout_seconds=0.2)
        assert CLOCK.monotonic() - began < 20

    def test_messages_are_drained_while_the_output_is_streamed(self, commands: LocalCommands) -> None:
        script = "head -c 3000000 /dev/zero >&2; head -c 100 /dev/zero; head -c 3000000 /dev/zero >&2; echo end >&2"
        with commands.start(["sh", "-c", script]) as program:
            assert len(program.stdout.read()) == 100
            done = program.wait(timeout_seconds=20)
        assert done.exit_code == 0
        assert done.stderr.endswith("end\n")
        assert len(done.stderr) <= 1 << 20

    def test_what_was_written_to_a_program_that_died_does_no_harm(self, commands: LocalCommands) -> None:
        with commands.start(["false"]) as program:
            program.stdin.write(b"x")
            assert program.wait(timeout_seconds=10).exit_code == 1

    def test_input_that_was_closed_may_be_waited_for(self, commands: LocalCommands) -> None:
        with commands.start(["cat"]) as program:
            program.stdin.write(b"x")
            program.stdin.close()
            assert program.wait(timeout_seconds=10).stdout == "x"
