"""Ctrl-C: the first stops a run at the next step boundary, the second stops it where it is."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED_EXIT_CODE = 7


@contextmanager
def interruptible(stop: Callable[[], None], say: Callable[[str], None]) -> Iterator[None]:
    """Meanwhile SIGINT and SIGTERM call `stop`; the second one ends the process at once, its programs with it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            say("killed; nothing is lost, what was recorded stays recorded")
            os._exit(INTERRUPTED_EXIT_CODE)
        asked = True
        say("stopping after the step in flight (once more: stop now)")
        stop()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
