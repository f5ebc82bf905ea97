"""The roles `baseline`, what every service host has, and `ledger`, the PostgreSQL in which runs are recorded."""

from collections.abc import Iterator, Mapping

from groundwork.change.step import Json
from groundwork.drivers.playbook.role import HostRole, Port, Reached, ReadSecret, management_networks
from groundwork.estate.estate import Estate
from groundwork.model.host import Host
from groundwork.settings.required import given
from groundwork.settings.settings import Settings

_LEDGER_PORT = 5432


def _every_host(estate: Estate, _host: Host, _reached: Reached) -> Mapping[str, Json]:
    return {"baseline__hosts": [{"name": one.name, "address": one.address} for one in estate.hosts.values()]}


def _ledger_ports(estate: Estate, _host: Host) -> Iterator[Port]:
    """Every site's worker records in the ledger."""
    yield Port(number=_LEDGER_PORT, sources=management_networks(estate, estate.sites))


def _ledger_variables(_estate: Estate, host: Host, reached: Reached) -> Mapping[str, Json]:
    return {"ledger__address": host.address, "ledger__client_networks": reached[_LEDGER_PORT]}


def _ledger_secrets(settings: Settings, _estate: Estate, _host: Host) -> Mapping[str, ReadSecret]:
    return {"ledger__password": lambda: given(settings.ledger_password, "ledger_password").reveal()}


BASELINE = HostRole(name="baseline", variables=_every_host)
LEDGER = HostRole(name="ledger", ports=_ledger_ports, variables=_ledger_variables, secrets=_ledger_secrets)
