"""The page Prometheus reads: what stands on the board, and of each collector whether, how fast and when it worked."""

import math
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from exporters.board import Board, Standing


class Page(Collector):
    """All sources on one page, as they stand: it reads none and waits for none."""

    def __init__(self, board: Board, *, city: str) -> None:
        self._board = board
        self._city = city

    def collect(self) -> Iterator[Metric]:
        """The families of each source's last good reading, then the collectors' own."""
        standings = self._board.standings()
        for standing in standings:
            yield from standing.families
        yield from self._own_families(standings)

    def describe(self) -> Iterable[Metric]:
        """Every family by name: by these a scrape may ask for some (``?name[]=``)."""
        return self.collect()

    def _own_families(self, standings: Iterable[Standing[object]]) -> Iterator[Metric]:
        success = _gauge("success", "1 when the collector's last reading went well and in time.")
        duration = _gauge("duration_seconds", "How long that reading took, or has taken so far; NaN: none ended.")
        last = _gauge("last_success_timestamp_seconds", "When the reading that is shown was begun; 0: there is none.")
        age = _gauge("age_seconds", "How old the reading is that is shown; NaN: there is none.")
        for one in standings:
            labels = (self._city, one.name)
            success.add_metric(labels, float(not one.error))
            duration.add_metric(labels, math.nan if one.took_seconds is None else one.took_seconds)
            last.add_metric(labels, 0.0 if one.taken is None else one.taken.timestamp())
            age.add_metric(labels, math.nan if one.age_seconds is None else one.age_seconds)
        yield from (success, duration, last, age)


def registry_of(page: Page) -> CollectorRegistry:
    """A registry that holds the page and nothing of this process."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(page)
    return registry


def render(page: Page) -> str:
    """The page as text, as it stands."""
    return generate_latest(registry_of(page)).decode()


def _gauge(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"cityops_collector_{name}", text, labels=("city", "collector"))
