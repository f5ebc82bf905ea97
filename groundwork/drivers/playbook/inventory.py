"""What Ansible is given of the estate: hosts, groups per site and per role, and the variables of the roles."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses

from groundwork.change.step import Json
from groundwork.drivers.playbook.role import HostRole, ReadSecret
from groundwork.estate.estate import Estate
from groundwork.model.host import Host
from groundwork.settings.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Hosts with their variables, and groups with their hosts, by name."""

    hosts: dict[str, dict[str, Json]]
    groups: dict[str, tuple[str, ...]]

    def source(self, *, everywhere: dict[str, Json]) -> dict[str, Json]:
        """The inventory as Ansible reads it, by the plugin `estate`; `everywhere` are variables of every host."""
        return {
            "plugin": "estate",
            "hosts": {name: {**variables, **everywhere} for name, variables in self.hosts.items()},
            "groups": {name: list(hosts) for name, hosts in self.groups.items()},
        }


def derive_inventory(estate: Estate, roles: Iterable[HostRole], *, operators: Sequence[IPv4Network] = ()) -> Inventory:
    """The inventory that follows from an estate; groups are `site_<name>` and `role_<name>` with `-` as `_`.

    `operators` are the networks that commands come from: they reach every port that a role serves.
    """
    groups: dict[str, list[str]] = {}
    for host in estate.hosts.values():
        for group in (f"site_{host.site}", *(f"role_{role}" for role in host.roles)):
            groups.setdefault(group.replace("-", "_"), []).append(host.name)
    known = tuple(roles)
    return Inventory(
        hosts={host.name: _variables(host, estate, _of(host, known), operators) for host in estate.hosts.values()},
        groups={group: tuple(hosts) for group, hosts in groups.items()},
    )


def secrets_of(
    settings: Settings, estate: Estate, roles: Iterable[HostRole]
) -> Iterator[tuple[Host, dict[str, ReadSecret]]]:
    """Each host with what its roles are given of the settings; nothing is read yet."""
    known = tuple(roles)
    for host in estate.hosts.values():
        secrets: dict[str, ReadSecret] = {}
        for role in _of(host, known):
            secrets |= role.secrets(settings, estate, host)
        yield host, secrets


def _of(host: Host, roles: Sequence[HostRole]) -> list[HostRole]:
    known = {role.name: role for role in roles}
    return [known[name] for name in host.roles if name in known]


def _variables(
    host: Host, estate: Estate, roles: Sequence[HostRole], operators: Sequence[IPv4Network]
) -> dict[str, Json]:
    served = [(role, tuple(role.ports(estate, host))) for role in roles]
    reached = {port.number: _merged((*port.sources, *operators)) for _, ports in served for port in ports}
    variables: dict[str, Json] = {
        "ansible_host": host.address,
        "baseline__open_ports": [
            {"port": port.number, "protocol": port.protocol, "sources": reached[port.number]}
            for _, ports in served
            for port in ports
        ],
    }
    for role, _ in served:
        variables |= role.variables(estate, host, reached)
    return variables


def _merged(networks: Iterable[IPv4Network]) -> list[Json]:
    """The networks in order, as text; a packet filter refuses a list in which two of them overlap."""
    return [str(network) for network in collapse_addresses(networks)]
