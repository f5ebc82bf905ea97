"""The estate: what the city wants, as one frozen value with look-ups."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TypeVar

from groundwork.errors import UsageError
from groundwork.files.fault import Fault
from groundwork.model.agency import Agency
from groundwork.model.approval import ApprovalRole, ApprovalRule
from groundwork.model.backup_policy import BackupPolicy
from groundwork.model.dhcp import Dhcp6Scope, DhcpClass, DhcpPair, DhcpRelay, DhcpScope, DhcpSubnetId
from groundwork.model.drill import DrillScenario
from groundwork.model.firewall import FirewallAddresses, FirewallPair, FirewallServices
from groundwork.model.host import Host
from groundwork.model.machine import Machine
from groundwork.model.network import AddressRange, Network
from groundwork.model.service import Service
from groundwork.model.site import Site
from groundwork.model.sslvpn import VendorGrant, VpnRole
from groundwork.model.template import Template
from groundwork.model.wifi import Hotspot, WifiProfile
from groundwork.model.window import Window

T = TypeVar("T")

_SHOWN = 5  # names that a message lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One review: its day, and what is said, with file and line, from the day after."""

    day: date
    overdue: Fault


@dataclass(frozen=True, kw_only=True)
class Estate:
    """One city, whole, keyed by name; `digest` is the SHA-256 (hex) of the files it was read from.

    Templates do not count among the machines. Machines without a policy have that of the name `unassigned`. `windows`
    are keyed by operation.
    """

    city: str
    title_zh: str
    title_en: str
    digest: str
    sites: dict[str, Site]
    agencies: dict[str, Agency]
    networks: dict[str, Network]
    machines: dict[str, Machine]
    hosts: dict[str, Host]
    services: dict[str, Service]
    backup_policies: dict[str, BackupPolicy]
    drills: dict[str, DrillScenario]
    districts: tuple[str, ...] = ()
    address_plan: dict[str, AddressRange] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    dhcp_scopes: dict[str, DhcpScope] = field(default_factory=dict)
    dhcp6_scopes: dict[str, Dhcp6Scope] = field(default_factory=dict)
    dhcp_subnet_ids: dict[str, DhcpSubnetId] = field(default_factory=dict)
    dhcp_classes: dict[str, DhcpClass] = field(default_factory=dict)
    dhcp_relays: dict[str, DhcpRelay] = field(default_factory=dict)
    dhcp_pairs: dict[str, DhcpPair] = field(default_factory=dict)
    vpn_roles: dict[str, VpnRole] = field(default_factory=dict)
    vendor_grants: dict[str, VendorGrant] = field(default_factory=dict)
    firewall_addresses: dict[str, FirewallAddresses] = field(default_factory=dict)
    firewall_services: dict[str, FirewallServices] = field(default_factory=dict)
    firewall_pairs: dict[str, FirewallPair] = field(default_factory=dict)
    wifi_profiles: dict[str, WifiProfile] = field(default_factory=dict)
    hotspots: dict[str, Hotspot] = field(default_factory=dict)
    approval_roles: dict[str, ApprovalRole] = field(default_factory=dict)
    approval_rules: dict[str, ApprovalRule] = field(default_factory=dict)
    windows: dict[str, Window] = field(default_factory=dict)
    reviews: tuple[Review, ...] = field(default=(), compare=False)  # they name the files that they were read from

    def site(self, name: str) -> Site:
        """The site of that name. Raises UsageError naming those there are."""
        return _named("site", name, self.sites)

    def machine(self, name: str) -> Machine:
        """The machine of that name. Raises UsageError."""
        return _named("machine", name, self.machines)

    def service(self, name: str) -> Service:
        """The service of that name. Raises UsageError."""
        return _named("service", name, self.services)

    def drill(self, name: str) -> DrillScenario:
        """The drill scenario of that name. Raises UsageError."""
        return _named("drill", name, self.drills)

    def machines_of(self, service: str) -> tuple[Machine, ...]:
        """The machines of a service, in the estate's order."""
        return self._by_service.get(service, ())

    def overdue(self, today: date) -> tuple[Fault, ...]:
        """The reviews whose day has passed, in the order of files and lines."""
        return tuple(sorted(one.overdue for one in self.reviews if one.day < today))

    @cached_property
    def undecided(self) -> dict[str, tuple[str, ...]]:
        """The fields that a person has still to fill in, by machine."""
        return {machine.name: machine.undecided for machine in self.machines.values() if machine.undecided}

    @cached_property
    def repository_hosts(self) -> dict[str, Host]:
        """The host of role repository at each site that has one."""
        return {host.site: host for host in self.hosts.values() if "repository" in host.roles}

    @cached_property
    def prober_hosts(self) -> dict[str, Host]:
        """The host of role prober at each site that has one."""
        return {host.site: host for host in self.hosts.values() if "prober" in host.roles}

    @cached_property
    def _by_service(self) -> dict[str, tuple[Machine, ...]]:
        found: dict[str, list[Machine]] = {}
        for machine in self.machines.values():
            found.setdefault(machine.service, []).append(machine)
        return {service: tuple(machines) for service, machines in found.items()}


def _named(sort: str, name: str, known: dict[str, T]) -> T:
    if name in known:
        return known[name]
    some = ", ".join(list(known)[:_SHOWN])
    more = " …" if len(known) > _SHOWN else ""
    raise UsageError(f"the estate has no {sort} named {name!r}", hint=f"it has {some}{more}")
