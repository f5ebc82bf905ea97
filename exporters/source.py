"""A collector: where its typed reading comes from, how often and how patiently, and what Prometheus is shown of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from prometheus_client.core import Metric

R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Generic[R]):
    """One collector by name.

    `read` may be slow, raise or hang: it has a thread of its own, which waits `interval_seconds` between two readings,
    and a reading that takes longer than `timeout_seconds` counts as failed. `families` is pure. `nothing` is the
    reading that stands until the first good one; its families name every family of the collector. `missing` says what
    the last reading had to leave out: it is shown, and counts as failed.
    """

    name: str
    read: Callable[[], R]
    families: Callable[[R], Iterable[Metric]]
    nothing: R
    interval_seconds: float = 15.0
    timeout_seconds: float = 60.0
    missing: Callable[[], str] = str
