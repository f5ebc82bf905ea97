"""What Ansible is told of the estate: hosts, groups per site and per role, and the variables of the roles."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses

from groundwork.change.step import Json
from groundwork.errors import ConfigurationError
from groundwork.estate.estate import Estate
from groundwork.model.host import Host

REPOSITORY_PORT = 8000
REPLICA_PORT = 8001
_PROMETHEUS_PORT, _ALERTMANAGER_PORT = 9090, 9093
_LEDGER_PORT = 5432
_HOST_METRICS_PORT = 9100


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Hosts with their variables, and groups with their hosts, by name."""

    hosts: dict[str, dict[str, Json]]
    groups: dict[str, tuple[str, ...]]


def derive_inventory(estate: Estate, *, operators: Sequence[IPv4Network] = ()) -> Inventory:
    """The inventory that follows from an estate; groups are `site_<name>` and `role_<name>` with `-` as `_`.

    `operators` are the networks that commands come from: they reach every port that a role serves.
    """
    groups: dict[str, list[str]] = {}
    for host in estate.hosts.values():
        for group in (f"site_{host.site}", *(f"role_{role}" for role in host.roles)):
            groups.setdefault(group.replace("-", "_"), []).append(host.name)
    return Inventory(
        hosts={host.name: _variables(host, estate, operators) for host in estate.hosts.values()},
        groups={group: tuple(hosts) for group, hosts in groups.items()},
    )


def _variables(host: Host, estate: Estate, operators: Sequence[IPv4Network]) -> dict[str, Json]:
    ports = {port: _merged((*own, *operators)) for port, own in _callers(host, estate)}
    variables: dict[str, Json] = {
        "ansible_host": host.address,
        "baseline__hosts": [{"name": one.name, "address": one.address} for one in estate.hosts.values()],
        "baseline__open_ports": [{"port": port, "sources": sources} for port, sources in ports.items()],
    }
    if "repository" in host.roles:
        variables["repository__sender_url"] = _sender_url(host, estate)
    if "monitoring" in host.roles:
        variables["monitoring__city"] = estate.city
        variables["monitoring__repository_hosts"] = [
            {"site": site, "target": f"{one.address}:{_HOST_METRICS_PORT}"}
            for site, one in estate.repository_hosts.items()
        ]
    if "ledger" in host.roles:
        variables["ledger__address"] = host.address
        variables["ledger__client_networks"] = ports[_LEDGER_PORT]
    return variables


def _callers(host: Host, estate: Estate) -> Iterator[tuple[int, list[IPv4Network]]]:
    """Each port that the host's roles serve, with the networks whose work it is to call there.

    A site's worker stands in its management network and stores into its own site's repository; the next site's
    repository host copies from the read-only server; monitoring reads what a repository host says of itself; every
    site's worker records in the ledger.
    """
    everywhere = _management(estate, estate.sites)
    if "repository" in host.roles:
        yield REPOSITORY_PORT, _management(estate, [host.site])
        yield (
            REPLICA_PORT,
            [
                IPv4Network(other.address)
                for site, other in estate.repository_hosts.items()
                if estate.site(site).replicates_from == host.site
            ],
        )
        yield (
            _HOST_METRICS_PORT,
            [IPv4Network(one.address) for one in estate.hosts.values() if "monitoring" in one.roles],
        )
    if "monitoring" in host.roles:
        yield _PROMETHEUS_PORT, everywhere
        yield _ALERTMANAGER_PORT, everywhere
    if "ledger" in host.roles:
        yield _LEDGER_PORT, everywhere


def _management(estate: Estate, sites: Iterable[str]) -> list[IPv4Network]:
    meant = set(sites)
    return [one.cidr for one in estate.networks.values() if one.purpose == "management" and one.site in meant]


def _merged(networks: Iterable[IPv4Network]) -> list[Json]:
    """The networks in order, as text; a packet filter refuses a list in which two of them overlap."""
    return [str(network) for network in collapse_addresses(networks)]


def _sender_url(host: Host, estate: Estate) -> str:
    sender = estate.site(host.site).replicates_from
    if sender is None:
        return ""
    if sender not in estate.repository_hosts:
        raise ConfigurationError(
            f"site {host.site} replicates from {sender}, which has no host of role repository",
            hint=f"give a host of {sender} the role repository, or end the replication of {host.site}",
        )
    return f"https://{estate.repository_hosts[sender].address}:{REPLICA_PORT}/"
