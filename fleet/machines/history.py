"""Which machines were there before, as the runs that copied them recorded it."""

from collections.abc import Iterable, Mapping

from groundwork.change.step import Json


def machines_copied(summaries: Iterable[Mapping[str, Json]]) -> frozenset[tuple[str, str]]:
    """Site and name of every machine of which one of these runs of `backup.run` took a restore point."""
    points = (point for summary in summaries for point in _list(summary.get("points")))
    return frozenset((str(point.get("site")), str(point.get("machine"))) for point in points if isinstance(point, dict))


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
