"""How a run stops between two steps, so that it can be resumed; Ctrl-C: the first asks for that, the second kills."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from groundwork.errors import OpsError

INTERRUPTED_EXIT_CODE = 7


class Halted(BaseException):
    """Raised inside a workflow, which stays pending: the engine records only what derives from Exception."""

    def __init__(self, cause: OpsError | None = None) -> None:
        super().__init__(cause.message if cause else "asked to stop")
        self.cause = cause


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
