"""Telling how far something has come while it takes long and says nothing itself."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EVERY_SECONDS = 10.0


@contextmanager
def reporting(
    how_far: Callable[[], str], tell: Callable[[str], None], *, seconds: float = EVERY_SECONDS
) -> Iterator[None]:
    """Tell now and then how far the work inside has come; nothing of work that is over sooner."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(seconds):
            tell(f"  {how_far()}")

    teller = threading.Thread(target=look, name="progress", daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()
