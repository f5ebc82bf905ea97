"""What a command took: its time, and the most memory that it and each of its programs had at once."""

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

LONG_SECONDS = 30.0  # below it nobody went away from the terminal


@contextmanager
def expense_reported() -> Iterator[None]:
    """Report it on standard error when a long command ends, however it ends."""
    began = time.monotonic()
    try:
        yield
    finally:
        took = time.monotonic() - began
        if took >= LONG_SECONDS:
            own, programs = (_peak_mib(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
            sys.stderr.write(render_expense(took, own_mib=own, program_mib=programs) + "\n")


def render_expense(seconds: float, *, own_mib: float, program_mib: float) -> str:
    """One line; `program_mib` is the peak of the largest program that has ended, 0 without one."""
    largest = f", its largest program {program_mib:.0f} MiB" if program_mib else ""
    return f"took {seconds:.0f} s; peak memory {own_mib:.0f} MiB{largest}"


def _peak_mib(whose: int) -> float:
    return resource.getrusage(whose).ru_maxrss / 1024
