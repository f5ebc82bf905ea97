"""A step of no product, for tests of what every product shares."""

from dataclasses import dataclass
from typing import Literal

from groundwork.change.plan import Plan, Share, Track, Wave
from groundwork.change.step import Act, Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Write(Act):
    """Writes a name down."""

    name: str
    kind: Literal["toy.write"] = "toy.write"
    acts_on = "here/file/{0.name}"

    def describe(self) -> str:
        return f"write {self.name}"

    def undo(self, _recorded: Json | None, /) -> "Erase":
        return Erase(name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erase(Act):
    """Erases a name."""

    name: str
    kind: Literal["toy.erase"] = "toy.erase"
    acts_on = "here/file/{0.name}"

    def describe(self) -> str:
        return f"erase {self.name}"


def track(*names: str, always: tuple[str, ...] = ()) -> Track:
    """A track named after its first step."""
    return Track(
        name=names[0],
        steps=tuple(Write(name=name) for name in names),
        always=tuple(Erase(name=name) for name in always),
    )


def plan(*waves: Wave, failure_budget: int = 0) -> Plan:
    """A plan of the operation `toy`."""
    return Plan(
        operation="toy",
        city="testville",
        title="toy",
        basis="0" * 64,
        locks=("here/file/a",),
        waves=waves,
        failure_budget=failure_budget,
    )


def wave(name: str, *tracks: Track, site: str = "here") -> Wave:
    """A wave of one share."""
    return Wave(name=name, shares=(Share(site=site, tracks=tracks),))
