"""The error that carries all faults of a load of the estate."""

from collections.abc import Iterable

from groundwork.errors import ConfigurationError
from groundwork.files.fault import Fault


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
