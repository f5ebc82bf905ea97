"""Programs side by side."""

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from groundwork.errors import OutsideError
from groundwork.shell.side_by_side import run_side_by_side

HERE = Path(__file__).parent


def python(script: str) -> list[str]:
    return [sys.executable, "-c", script]


def test_each_line_has_its_program_and_each_end_its_code() -> None:
    said: list[tuple[str, str]] = []
    programs = {
        "good": python("import sys; print('a'); print('b', file=sys.stderr)"),
        "bad": python("print('c', end=''); raise SystemExit(3)"),
        "dead": python("import os; os.kill(os.getpid(), 9)"),
    }
    codes = run_side_by_side(programs, folder=HERE, environment={}, on_line=lambda *line: said.append(line))
    assert codes == {"good": 0, "bad": 3, "dead": -9}
    assert sorted(said) == [("bad", "c"), ("good", "a"), ("good", "b")]


def test_they_run_at_the_same_time(tmp_path: Path) -> None:
    meet = "import pathlib, sys, time\npathlib.Path(sys.argv[1]).touch()\n"
    meet += "while not pathlib.Path(sys.argv[2]).exists():\n    time.sleep(0.01)"
    a, b = str(tmp_path / "a"), str(tmp_path / "b")
    programs = {"a": [*python(meet), a, b], "b": [*python(meet), b, a]}
    assert run_side_by_side(programs, folder=HERE, environment={}, on_line=lambda *_: None) == {"a": 0, "b": 0}


@pytest.mark.parametrize("before", [signal.default_int_handler, signal.SIG_IGN], ids=["as ever", "in the background"])
def test_an_interrupt_ends_them_all_after_they_cleared_up(before: signal.Handlers) -> None:
    """A shell starts what runs in the background with interrupts ignored."""
    others = signal.signal(signal.SIGINT, before)
    said: list[tuple[str, str]] = []
    script = (
        "import time\n"
        "try:\n    print('ready', flush=True)\n    time.sleep(60)\n"
        "except KeyboardInterrupt:\n    time.sleep(0.2)\n    print('cleared', flush=True)\n"
    )

    def heard(name: str, line: str) -> None:
        said.append((name, line))
        if [what for _, what in said] == ["ready", "ready"]:
            threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGINT)).start()

    try:
        with pytest.raises(KeyboardInterrupt):
            run_side_by_side({"a": python(script), "b": python(script)}, folder=HERE, environment={}, on_line=heard)
        assert signal.getsignal(signal.SIGINT) is before
    finally:
        signal.signal(signal.SIGINT, others)
    assert sorted(said) == [("a", "cleared"), ("a", "ready"), ("b", "cleared"), ("b", "ready")]


def test_what_a_program_left_behind_with_its_output_holds_nobody_up() -> None:
    leave = "import subprocess; subprocess.Popen(['sleep', '40'], start_new_session=True)"
    codes = run_side_by_side({"a": python(leave)}, folder=HERE, environment={}, on_line=lambda *_: None)
    assert codes == {"a": 0}


def test_one_that_cannot_be_started_is_refused() -> None:
    with pytest.raises(OutsideError, match="cannot be started"):
        run_side_by_side({"a": ["/nowhere"]}, folder=HERE, environment={}, on_line=lambda *_: None)
