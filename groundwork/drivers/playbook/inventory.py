"""What Ansible is told of the estate: hosts, groups per site and per role, and the variables of the roles."""

from dataclasses import dataclass

from groundwork.change.step import Json
from groundwork.errors import ConfigurationError
from groundwork.estate.estate import Estate
from groundwork.model.host import Host

REPOSITORY_PORT = 8000
REPLICA_PORT = 8001
_PORTS_OF_ROLE = {"repository": (REPOSITORY_PORT, REPLICA_PORT), "monitoring": (9090, 9093), "ledger": (5432,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Hosts with their variables, and groups with their hosts, by name."""

    hosts: dict[str, dict[str, Json]]
    groups: dict[str, tuple[str, ...]]


def derive_inventory(estate: Estate) -> Inventory:
    """The inventory that follows from an estate; groups are `site_<name>` and `role_<name>` with `-` as `_`."""
    groups: dict[str, list[str]] = {}
    for host in estate.hosts.values():
        for group in (f"site_{host.site}", *(f"role_{role}" for role in host.roles)):
            groups.setdefault(group.replace("-", "_"), []).append(host.name)
    return Inventory(
        hosts={host.name: _variables(host, estate) for host in estate.hosts.values()},
        groups={group: tuple(hosts) for group, hosts in groups.items()},
    )


def _variables(host: Host, estate: Estate) -> dict[str, Json]:
    variables: dict[str, Json] = {
        "ansible_host": host.address,
        "baseline__hosts": [{"name": one.name, "address": one.address} for one in estate.hosts.values()],
        "baseline__open_ports": [port for role in host.roles for port in _PORTS_OF_ROLE.get(role, ())],
    }
    if "repository" in host.roles:
        variables["repository__sender_url"] = _sender_url(host, estate)
    if "monitoring" in host.roles:
        variables["monitoring__city"] = estate.city
    if "ledger" in host.roles:
        variables["ledger__address"] = host.address
    return variables


def _sender_url(host: Host, estate: Estate) -> str:
    sender = estate.site(host.site).replicates_from
    if sender is None:
        return ""
    for other in estate.hosts.values():
        if other.site == sender and "repository" in other.roles:
            return f"https://{other.address}:{REPLICA_PORT}/"
    raise ConfigurationError(
        f"site {host.site} replicates from {sender}, which has no host of role repository",
        hint=f"give a host of {sender} the role repository, or end the replication of {host.site}",
    )
