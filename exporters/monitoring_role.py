"""The role `monitoring`: Prometheus and Alertmanager, and what they are to read."""

from collections.abc import Iterator, Mapping

from exporters.settings import EXPORTER_SETTINGS
from groundwork.change.step import Json
from groundwork.drivers.playbook.role import METRICS_PORT, HostRole, Port, Reached, ReadSecret, management_networks
from groundwork.estate.estate import Estate
from groundwork.model.host import Host
from groundwork.settings.settings import Settings

_PROMETHEUS_PORT, _ALERTMANAGER_PORT = 9090, 9093


def _ports(estate: Estate, _host: Host) -> Iterator[Port]:
    for number in (_PROMETHEUS_PORT, _ALERTMANAGER_PORT):
        yield Port(number=number, sources=management_networks(estate, estate.sites))


def _variables(estate: Estate, _host: Host, _reached: Reached) -> Mapping[str, Json]:
    return {
        "monitoring__city": estate.city,
        "monitoring__repository_hosts": [
            {"site": site, "target": f"{one.address}:{METRICS_PORT}"} for site, one in estate.repository_hosts.items()
        ],
    }


def _secrets(settings: Settings, _estate: Estate, _host: Host) -> Mapping[str, ReadSecret]:
    return {"monitoring__exporter_targets": lambda: [EXPORTER_SETTINGS.of(settings).listen]}


MONITORING = HostRole(name="monitoring", ports=_ports, variables=_variables, secrets=_secrets)
