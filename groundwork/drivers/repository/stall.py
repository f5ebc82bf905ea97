"""A watch over a streaming program: one that takes too long over a single piece is killed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from groundwork.shell.command import Running


class Watch:
    """Counts only while the program has the word: what our own side of the stream takes is not the program's time."""

    def __init__(self, program: Running, seconds: float) -> None:
        self._program = program
        self._seconds = seconds
        self._changed = threading.Condition()
        self._turns = 0
        self._counting = False
        self._over = False
        self.stalled = False

    @contextmanager
    def counting(self) -> Iterator[None]:
        """The program's turn: it is killed when this lasts longer than the seconds."""
        self._turn(counting=True)
        try:
            yield
        finally:
            self._turn(counting=False)

    def end(self) -> None:
        """Stop watching."""
        with self._changed:
            self._over = True
            self._changed.notify()

    def run(self) -> None:
        """Watch until the end; the work of a thread of its own."""
        with self._changed:
            seen = -1
            while not self._over:
                if self._counting and seen == self._turns:
                    self.stalled = True
                    self._program.kill()
                    return
                seen = self._turns
                self._changed.wait(timeout=self._seconds)

    def _turn(self, *, counting: bool) -> None:
        with self._changed:
            self._turns += 1
            self._counting = counting


@contextmanager
def watched(program: Running, *, seconds: float) -> Iterator[Watch]:
    """A watch over the program for as long as the context is open."""
    watch = Watch(program, seconds)
    thread = threading.Thread(target=watch.run, name="stall-watch", daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.end()
        thread.join(timeout=5.0)
