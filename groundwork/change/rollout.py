"""How a change spreads: a canary first, then the rest in batches, and how many failures each of them bears."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """At most `canary` things go first (0: all that are chosen for it), each batch is `growth` times the one before.

    Without a `growth` (0) the rest goes at once. One failure in `things_per_failure` of a wave is borne, 0 bears none.
    """

    canary: int = 0
    growth: int = 0
    things_per_failure: int = 0

    def batches(self, things: Sequence[T], chosen: Sequence[T]) -> Iterator[tuple[T, ...]]:
        """The things in the order given, split: the canary, taken from those `chosen` for it, before all others."""
        first = tuple(chosen[: self.canary] if self.canary else chosen)
        rest = [one for one in things if one not in first]
        if first:
            yield first
        size = self.canary or len(first)
        while rest:
            size = size * self.growth if self.growth else len(rest)
            yield tuple(rest[:size])
            rest = rest[size:]

    def bears(self, count: int) -> int:
        """How many of so many things of one wave may fail, and the next wave is begun nevertheless."""
        return count // self.things_per_failure if self.things_per_failure else 0
