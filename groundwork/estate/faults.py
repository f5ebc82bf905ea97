"""A fault of the estate: where it is, what is wrong, what to do; and the error that carries all faults of a load."""

from collections.abc import Iterable
from dataclasses import dataclass

from groundwork.errors import ConfigurationError
from groundwork.estate.unseen import printable


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Fault:
    """One thing wrong with a file of the estate; `line` counts from 1, 0 is the file as a whole."""

    file: str
    line: int
    what: str
    what_to_do: str

    def __str__(self) -> str:
        """One line: ``file:line: what; what to do``."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return printable(f"{place}: {self.what}; {self.what_to_do}")


class EstateFaults(ConfigurationError):  # noqa: N818 - it carries faults, and the command line says "error" itself
    """The estate of a city has faults, all of them in `faults`, in the order of files and lines."""

    def __init__(self, city: str, faults: Iterable[Fault]) -> None:
        self.city = city
        self.faults = tuple(sorted(set(faults)))
        lines = "".join(f"\n  {fault}" for fault in self.faults)
        super().__init__(
            f"the estate of {city} has {count_of(self.faults)}:{lines}",
            hint=f"correct what each line names, then check with: inv estate.check --city {city}",
        )

    def __reduce__(self) -> tuple[object, ...]:
        return (EstateFaults, (self.city, self.faults))


def count_of(faults: tuple[Fault, ...]) -> str:
    """``1 fault``, ``2 faults``."""
    return f"{len(faults)} fault{'' if len(faults) == 1 else 's'}"
