"""The cities of this checkout, for tests that run at the same time: one test at a time may add its own beside ours."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commands.checkout import ROOT

ADDED = "first-city"  # the tutorial's, which comes and goes while other tests look at ours


@contextmanager
def adding_a_city() -> Iterator[None]:
    """Wait until nobody else adds one, and keep it so."""
    folder = os.open(ROOT / "inventory", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def files_of_our_cities(*suffixes: str) -> list[Path]:
    """The files of our cities with these suffixes, sorted."""
    found = (ROOT / "inventory").glob("*/*")
    return sorted(path for path in found if path.suffix in suffixes and path.parent.name != ADDED)
