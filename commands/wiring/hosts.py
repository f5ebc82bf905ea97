"""Service hosts: their operation, and the roles that every host and the ledger have."""

from typing import Any

from commands.wiring.city import City
from commands.wiring.needs import Need, check_needs, ssh_needs
from commands.wiring.product import Product, proposing
from fleet.hosts.apply import hosts_operation
from fleet.hosts.plan import OPERATION
from fleet.hosts.proposal import HostSources, hosts_proposals
from fleet.hosts.roles import BASELINE, LEDGER
from groundwork.change.operation import Operation
from groundwork.drivers.playbook.inventory import secrets_of


def host_needs(city: City) -> list[Need]:
    """What configuring the service hosts will need: every secret that a role is given, and SSH's files."""
    wanted = [value for _, secrets in secrets_of(city.settings, city.estate, city.roles) for value in secrets.values()]
    return [*ssh_needs(city), *wanted]


def _operations(city: City) -> tuple[Operation[Any], ...]:
    sources = HostSources(
        estate=lambda: city.estate,
        playbooks=lambda: city.playbooks,
        ready=lambda: check_needs(host_needs(city), operation=OPERATION),
        worker_sites=city.settings.worker_sites,
    )
    return proposing([hosts_operation(lambda: city.playbooks)], hosts_proposals(sources))


HOSTS = Product(name="hosts", operations=_operations, roles=(BASELINE, LEDGER))
