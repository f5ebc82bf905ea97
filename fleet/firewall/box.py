"""What a rule matches, as boxes: for each of five axes the values it names, of one IP version."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from fleet.firewall.spans import Spans, common, has, rest

FROM, TO, SOURCE, DESTINATION, SERVICE = range(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Flows of one IP version: from zone, to zone, source, destination, service, each axis a set of numbers."""

    version: int
    axes: tuple[Spans, ...]

    def has(self, point: tuple[int, ...]) -> bool:
        """True when the flow at these numbers is in it."""
        return all(has(spans, number) for spans, number in zip(self.axes, point, strict=True))


def meet(one: Box, other: Box) -> Box | None:
    """What is in both, if anything is."""
    if one.version != other.version:
        return None
    axes = tuple(common(a, b) for a, b in zip(one.axes, other.axes, strict=True))
    return Box(version=one.version, axes=axes) if all(axes) else None


def without(one: Box, other: Box) -> tuple[Box, ...]:
    """The one less the other, as boxes that have nothing in common."""
    both = meet(one, other)
    if both is None:
        return (one,)
    found = []
    for axis, spans in enumerate(one.axes):
        left = rest(spans, other.axes[axis])
        if left:
            axes = (*both.axes[:axis], left, *one.axes[axis + 1 :])
            found.append(Box(version=one.version, axes=axes))
    return tuple(found)


def without_all(boxes: Iterable[Box], others: Iterable[Box]) -> tuple[Box, ...]:
    """The boxes less all the others."""
    return reduce(
        lambda left, other: tuple(piece for box in left for piece in without(box, other)), others, tuple(boxes)
    )
