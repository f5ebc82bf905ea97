"""Machines: their operations, and where they are seen."""

from collections.abc import Collection, Iterator
from typing import Any

from backup.plan import RUN
from commands.wiring.city import City
from commands.wiring.needs import Need, vcenter_needs
from commands.wiring.product import Product, proposing
from fleet.machines.apply import machines_operations
from fleet.machines.history import machines_copied
from fleet.machines.plan import OPERATION, REMOVE
from fleet.machines.proposal import MachineSources, machines_proposals
from groundwork.change.operation import Operation


def machine_sources(city: City) -> MachineSources:
    """Where machines are seen."""

    def copied(among: Collection[tuple[str, str]]) -> Collection[tuple[str, str]]:
        with city.open_ledger() as ledger:
            return machines_copied((run.summary for run in ledger.iterate_runs(operation=RUN)), among)

    return MachineSources(estate=lambda: city.estate, vcenter=city.vcenter, copied=copied)


def _operations(city: City) -> tuple[Operation[Any], ...]:
    return proposing(machines_operations(city.vcenter), machines_proposals(machine_sources(city)))


def _needs(city: City, site: str, _live: bool) -> Iterator[Need]:  # noqa: FBT001 - as Needs has it
    yield from vcenter_needs(city, site)


MACHINES = Product(name="machines", operations=_operations, needs={OPERATION: _needs, REMOVE: _needs})
