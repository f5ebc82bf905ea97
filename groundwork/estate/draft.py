"""What the files of a city say, entry by entry, each knowing where it stands; not yet checked against one another."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from groundwork.estate.approval_entries import ApprovalRoleForm, ApprovalRuleForm
from groundwork.estate.dhcp_entries import (
    Dhcp6ScopeForm,
    DhcpClassForm,
    DhcpPairForm,
    DhcpRelayForm,
    DhcpScopeForm,
    DhcpSubnetIdForm,
)
from groundwork.estate.firewall_entries import FirewallAddressesForm, FirewallPairForm, FirewallServicesForm
from groundwork.estate.network_entries import (
    HotspotForm,
    VendorGrantForm,
    VpnRoleForm,
    WifiProfileForm,
)
from groundwork.estate.platform_entries import (
    AddressRangeForm,
    AgencyForm,
    BackupPolicyForm,
    CityForm,
    DrillForm,
    Form,
    HostForm,
    MachineForm,
    NetworkForm,
    ServiceForm,
    SiteForm,
    TemplateForm,
)
from groundwork.files.fault import Fault
from groundwork.files.nearest import Nearest
from groundwork.files.yaml_tree import Place, Tree

F = TypeVar("F", bound=Form)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated(Generic[F]):
    """One entry as a file states it: its name, its form, and the lines of its parts."""

    sort: str
    name: str
    form: F
    file: str
    start: int
    tree: Tree | None = None
    place: Place = ()

    def line(self, *part: int | str) -> int:
        """The line of a part, or of the entry itself."""
        return self.tree.line((*self.place, *part)) if self.tree else self.start

    def fault(self, what: str, what_to_do: str, *part: int | str) -> Fault:
        """A fault of this entry, at a part of it."""
        return Fault(
            file=self.file, line=self.line(*part), what=f'{self.sort} "{self.name}": {what}', what_to_do=what_to_do
        )


@dataclass(frozen=True, kw_only=True)
class Entries(Generic[F]):
    """The entries of one section: all names that were stated, and those entries whose form is right.

    `whole` is False when the file could not be read to its end: then a name not found here may well be there.
    """

    sort: str
    file: str
    names: dict[str, int] = field(default_factory=dict)
    stated: dict[str, Stated[F]] = field(default_factory=dict)
    whole: bool = True

    @property
    def complete(self) -> bool:
        """True when every entry there is has a right form: only then does one not found not exist."""
        return self.whole and len(self.stated) == len(self.names)

    @cached_property
    def nearest(self) -> Nearest:
        """Which of these names was meant by one that is not among them."""
        return Nearest(self.names)

    def __iter__(self) -> Iterator[Stated[F]]:
        return iter(self.stated.values())

    def get(self, name: str | None) -> Stated[F] | None:
        """The entry of that name, if its form is right."""
        return self.stated.get(name) if name is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """All sections of one city."""

    city: Entries[CityForm]
    sites: Entries[SiteForm]
    agencies: Entries[AgencyForm]
    address_plan: Entries[AddressRangeForm]
    networks: Entries[NetworkForm]
    machines: Entries[MachineForm]
    templates: Entries[TemplateForm]
    hosts: Entries[HostForm]
    services: Entries[ServiceForm]
    backup_policies: Entries[BackupPolicyForm]
    drills: Entries[DrillForm]
    dhcp_scopes: Entries[DhcpScopeForm]
    dhcp6_scopes: Entries[Dhcp6ScopeForm]
    dhcp_subnet_ids: Entries[DhcpSubnetIdForm]
    dhcp_classes: Entries[DhcpClassForm]
    dhcp_relays: Entries[DhcpRelayForm]
    dhcp_pairs: Entries[DhcpPairForm]
    vpn_roles: Entries[VpnRoleForm]
    vendor_grants: Entries[VendorGrantForm]
    firewall_addresses: Entries[FirewallAddressesForm]
    firewall_services: Entries[FirewallServicesForm]
    firewall_pairs: Entries[FirewallPairForm]
    wifi_profiles: Entries[WifiProfileForm]
    hotspots: Entries[HotspotForm]
    approval_roles: Entries[ApprovalRoleForm]
    approval_rules: Entries[ApprovalRuleForm]
