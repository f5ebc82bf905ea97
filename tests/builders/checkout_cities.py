"""The cities of this checkout, for tests that run at the same time: many may read them, one may add to them."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from commands.checkout import ROOT


@contextmanager
def cities(*, added_to: bool) -> Iterator[None]:
    """Wait until nobody adds a city (with `added_to`: nor reads them), and keep it so."""
    folder = os.open(ROOT / "inventory", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX if added_to else fcntl.LOCK_SH)
        yield
    finally:
        os.close(folder)
