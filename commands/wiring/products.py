"""The list of products, and all that they offer together."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from commands.wiring.backup import BACKUP
from commands.wiring.city import City
from commands.wiring.drills import DRILLS
from commands.wiring.exporters import EXPORTERS
from commands.wiring.hosts import HOSTS
from commands.wiring.machines import MACHINES
from commands.wiring.needs import Need
from commands.wiring.product import Product
from groundwork.change.operation import Operation, Say
from groundwork.change.plan import Plan
from groundwork.estate.estate import Estate
from groundwork.settings.settings import Settings

if TYPE_CHECKING:
    from exporters.city import Origin
    from exporters.source import Source

PRODUCTS: tuple[Product, ...] = (DRILLS, BACKUP, MACHINES, HOSTS, EXPORTERS)


def open_city(settings: Settings, estate: Callable[[], Estate]) -> City:
    """The city of these settings; its estate is read when it is first needed."""
    return City(settings, estate, roles=tuple(role for product in PRODUCTS for role in product.roles))


def operations(city: City) -> Mapping[str, Operation[Any]]:
    """Every operation by name: what a command, a resumed run and a site's worker carry out alike.

    What each proposes is bound to the window that the estate states for it.
    """
    return {one.name: _in_window(one, city) for product in PRODUCTS for one in product.operations(city)}


def _in_window(operation: Operation[Any], city: City) -> Operation[Any]:
    def propose(request: object, say: Say) -> Plan:
        plan = operation.propose(request, say)
        return replace(plan, window=city.estate.windows.get(plan.operation))

    return replace(operation, propose=propose)


def needs_of(city: City, plan: Plan, *, live: bool) -> list[Need]:
    """What carrying out the plan will need, beside what was read to make it."""
    sites = dict.fromkeys(share.site for wave in plan.waves for share in wave.shares)
    asked = [product.needs[plan.operation] for product in PRODUCTS if plan.operation in product.needs]
    return [need for needs in asked for site in sites for need in needs(city, site, live)]


def sources(origin: "Origin", *, interval_seconds: float | None = None) -> "tuple[Source[Any], ...]":
    """Every collector; at an interval of its own where none is given."""
    known = tuple(source for product in PRODUCTS for source in product.sources(origin))
    if interval_seconds is None:
        return known
    return tuple(replace(source, interval_seconds=interval_seconds) for source in known)
