"""Which machines were there before, as the runs that copied them recorded it."""

from collections.abc import Collection, Iterable, Mapping

from groundwork.change.step import Json


def machines_copied(
    summaries: Iterable[Mapping[str, Json]], among: Collection[tuple[str, str]]
) -> frozenset[tuple[str, str]]:
    """Those of the machines (site, name) of which one of these runs of `backup.run` took a restore point.

    No more summaries are read than it takes to know it of all.
    """
    copied: set[tuple[str, str]] = set()
    waiting = iter(summaries)
    while len(copied) < len(set(among)) and (summary := next(waiting, None)) is not None:
        points = (point for point in _list(summary.get("points")) if isinstance(point, dict))
        copied.update({(str(point.get("site")), str(point.get("machine"))) for point in points} & set(among))
    return frozenset(copied)


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
