"""What depends on what, as levels: everything in a level needs only what stands in the levels before it."""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from groundwork.errors import ConfigurationError


def levels(needs: Mapping[str, Iterable[str]]) -> tuple[tuple[str, ...], ...]:
    """Order the keys of `needs` (each with what it needs; needs that are no keys are left out) into levels.

    Raises ConfigurationError naming a cycle step by step.
    """
    sorter = TopologicalSorter({name: [one for one in wanted if one in needs] for name, wanted in needs.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        cycle = " → ".join(error.args[1])
        raise ConfigurationError(
            f"these depend on one another: {cycle}", hint="remove one of the dependencies"
        ) from None
    found = []
    while sorter.is_active():
        ready = sorter.get_ready()
        found.append(tuple(sorted(ready)))
        sorter.done(*ready)
    return tuple(found)
