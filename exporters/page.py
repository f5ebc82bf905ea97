"""The page Prometheus reads: every collector's families, and of each collector whether, how fast and when it worked."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from groundwork.errors import OpsError
from groundwork.shell.clock import Clock

# What a reading meets: an estate or a ledger that says no, a file that is gone, a record that another version wrote.
_FAILURES = (OpsError, OSError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One collector by name: `read` reads and gives its families, `families` names them without reading."""

    name: str
    read: Callable[[], Iterable[Metric]]
    families: Callable[[], Iterable[Metric]] = tuple


class Page(Collector):
    """All sources on one page; a source that fails is shown as failed and takes nothing away from the others."""

    def __init__(self, sources: Iterable[Source], *, clock: Clock, tell: Callable[[str], None]) -> None:
        self._sources = tuple(sources)
        self._clock = clock
        self._tell = tell
        self._last_success = dict.fromkeys((source.name for source in self._sources), 0.0)

    def collect(self) -> Iterator[Metric]:
        """Read every source once."""
        success, duration, last = _own_families()
        for source in self._sources:
            started = self._clock.monotonic()
            families = self._read(source)
            duration.add_metric((source.name,), self._clock.monotonic() - started)
            success.add_metric((source.name,), float(families is not None))
            if families is not None:
                self._last_success[source.name] = self._clock.now().timestamp()
                yield from families
            last.add_metric((source.name,), self._last_success[source.name])
        yield from (success, duration, last)

    def describe(self) -> Iterable[Metric]:
        """Every family by name, without reading a source: by these a scrape may ask for some (``?name[]=``)."""
        for source in self._sources:
            yield from source.families()
        yield from _own_families()

    def _read(self, source: Source) -> list[Metric] | None:
        try:
            return list(source.read())
        except _FAILURES as error:
            self._tell(f"the collector {source.name} failed: {type(error).__name__}: {error}")
            return None


def registry_of(page: Page) -> CollectorRegistry:
    """A registry that holds the page and nothing of this process."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(page)
    return registry


def render(page: Page) -> str:
    """The page as text, read now."""
    return generate_latest(registry_of(page)).decode()


def _own_families() -> tuple[GaugeMetricFamily, GaugeMetricFamily, GaugeMetricFamily]:
    return (
        _gauge("success", "1 when the collector's last reading went well."),
        _gauge("duration_seconds", "How long the collector's last reading took."),
        _gauge("last_success_timestamp_seconds", "When the collector last went well; 0: never."),
    )


def _gauge(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"cityops_collector_{name}", text, labels=("collector",))
