"""A step of no product, for tests of what every product shares."""

from dataclasses import dataclass
from typing import Literal

from groundwork.change.plan import Plan, Share, Track, Wave


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Writes a name down."""

    name: str
    kind: Literal["toy.write"] = "toy.write"

    @property
    def target(self) -> str:
        return f"here/file/{self.name}"

    def describe(self) -> str:
        return f"write {self.name}"

    def undo(self) -> "Erase":
        return Erase(name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erase:
    """Erases a name."""

    name: str
    kind: Literal["toy.erase"] = "toy.erase"

    @property
    def target(self) -> str:
        return f"here/file/{self.name}"

    def describe(self) -> str:
        return f"erase {self.name}"

    def undo(self) -> None:
        return None


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
