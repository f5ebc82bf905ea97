"""Reporting how far something has come while it takes long and says nothing itself."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EVERY_SECONDS = 10.0


@contextmanager
def reporting(
    how_far: Callable[[], str], say: Callable[[str], None], *, seconds: float = EVERY_SECONDS
) -> Iterator[None]:
    """Say now and then how far the work inside has come; nothing of work that is over sooner."""
    over = threading.Event()

    def report() -> None:
        while not over.wait(seconds):
            say(f"  {how_far()}")

    reporter = threading.Thread(target=report, name="progress", daemon=True)
    reporter.start()
    try:
        yield
    finally:
        over.set()
        reporter.join()
