"""A product, as the suite takes it in: what it offers, each of it wired to a city when it is needed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from commands.wiring.city import City
from commands.wiring.needs import Need
from groundwork.change.operation import Operation, Propose
from groundwork.drivers.playbook.role import HostRole
from groundwork.settings.section import Section

if TYPE_CHECKING:
    from exporters.city import Origin
    from exporters.source import Source

Needs = Callable[[City, str, bool], Iterator[Need]]  # of a site's share of a plan, rehearsed or live (True)


def no_operations(_city: City) -> tuple[Operation[Any], ...]:
    """The `operations` of a product that changes nothing."""
    return ()


def no_sources(_origin: "Origin") -> "tuple[Source[Any], ...]":
    """The `sources` of a product that nothing is read of."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One product. It stands in PRODUCTS (products.py), and every command, run, worker, page and host has it.

    `operations(city)` gives each with its proposal. `needs` says by operation what a site's share of a plan will need,
    beside what was read to make it. `sources(origin)` are its collectors, `roles` its roles of service hosts,
    `settings` its sections of the settings, each of which stands in SECTIONS (sections.py) too.
    """

    name: str
    operations: Callable[[City], Iterable[Operation[Any]]] = no_operations
    needs: Mapping[str, Needs] = field(default_factory=dict)
    sources: "Callable[[Origin], tuple[Source[Any], ...]]" = no_sources
    roles: tuple[HostRole, ...] = ()
    settings: tuple[Section[Any], ...] = ()


def proposing(operations: Iterable[Operation[Any]], proposals: Mapping[str, Propose]) -> tuple[Operation[Any], ...]:
    """The operations, each with the proposal of its name."""
    return tuple(replace(one, propose=proposals[one.name]) for one in operations)
