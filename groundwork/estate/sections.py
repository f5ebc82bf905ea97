"""Which file holds what: the one list of the estate's files and the entries in them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

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

F = TypeVar("F", bound=Form)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section(Generic[F]):
    """Entries of one form in one file: in YAML by name under `key` (empty: the file is one entry), in CSV one a row.

    `part` is their field of the Draft and of the Estate, and their key where `keyed` names no other; `kind` is the
    value that the Estate holds of each. `shown` is the word for one of them in `estate.show`, `counted` the words for
    them in `estate.check`; empty: they are not shown, or not counted. A file that is not required may be absent, or
    hold its key with nothing below; one that `may_be_empty` holds its key, with something below or not.
    """

    part: str
    file: str
    keyed: str | None = None
    sort: str
    form: type[F]
    about: str
    kind: Callable[..., Any] | None = None
    shown: str = ""
    counted: str = ""
    required: bool = True
    may_be_empty: bool = False

    @property
    def key(self) -> str:
        """Under which key of its file it stands."""
        return self.part if self.keyed is None else self.keyed

    @property
    def is_csv(self) -> bool:
        """True for a long list."""
        return self.file.endswith(".csv")

    @property
    def is_filled(self) -> bool:
        """True when it holds at least one entry."""
        return self.required and not self.may_be_empty and not self.is_csv


SECTIONS: tuple[Section[Any], ...] = (
    Section(part="city", file="city.yaml", keyed="", sort="city", form=CityForm, about="the city and its districts"),
    Section(
        part="sites",
        file="sites.yaml",
        sort="site",
        form=SiteForm,
        kind=Site,
        shown="site",
        counted="sites",
        about="machine rooms with their vCenters and links",
    ),
    Section(
        part="agencies",
        file="agencies.yaml",
        sort="agency",
        form=AgencyForm,
        kind=Agency,
        shown="agency",
        counted="agencies",
        about="agencies with quotas and contacts",
        may_be_empty=True,
    ),
    Section(
        part="address_plan",
        file="networks.yaml",
        sort="range",
        form=AddressRangeForm,
        kind=AddressRange,
        about="the city's address plan",
    ),
    Section(
        part="networks",
        file="networks.yaml",
        sort="network",
        form=NetworkForm,
        kind=Network,
        shown="network",
        counted="networks",
        about="the networks of the sites",
    ),
    Section(
        part="machines",
        file="machines.csv",
        sort="machine",
        form=MachineForm,
        kind=Machine,
        shown="machine",
        counted="machines",
        about="the machines of the VM platform",
    ),
    Section(
        part="templates",
        file="templates.yaml",
        sort="template",
        form=TemplateForm,
        kind=Template,
        about="each site's VM template",
        required=False,
    ),
    Section(
        part="hosts",
        file="hosts.yaml",
        sort="host",
        form=HostForm,
        kind=Host,
        shown="host",
        counted="hosts",
        about="hosts that Ansible configures",
        required=False,
    ),
    Section(
        part="services",
        file="services.yaml",
        sort="service",
        form=ServiceForm,
        kind=Service,
        shown="service",
        counted="services",
        about="services with tier, objectives, dependencies and probes",
        may_be_empty=True,
    ),
    Section(
        part="backup_policies",
        file="backup_policies.yaml",
        sort="backup policy",
        form=BackupPolicyForm,
        kind=BackupPolicy,
        shown="policy",
        counted="backup policies",
        about="how often, how far and how long machines are copied",
        may_be_empty=True,
    ),
    Section(
        part="drills",
        file="drills.yaml",
        sort="drill",
        form=DrillForm,
        kind=DrillScenario,
        shown="drill",
        counted="drills",
        about="what is rehearsed",
        required=False,
    ),
    Section(
        part="dhcp_scopes",
        file="dhcp.yaml",
        sort="DHCP scope",
        form=DhcpScopeForm,
        kind=DhcpScope,
        shown="scope",
        counted="DHCP scopes",
        about="what clients of networks are handed",
        required=False,
    ),
    Section(
        part="dhcp6_scopes",
        file="dhcp.yaml",
        sort="DHCPv6 scope",
        form=Dhcp6ScopeForm,
        kind=Dhcp6Scope,
        shown="scope6",
        counted="DHCPv6 scopes",
        about="what IPv6 clients of networks are handed",
        required=False,
    ),
    Section(
        part="dhcp_subnet_ids",
        file="dhcp.yaml",
        sort="subnet id",
        form=DhcpSubnetIdForm,
        kind=DhcpSubnetId,
        about="the subnet id of each scope that there is or was",
        required=False,
    ),
    Section(
        part="dhcp_classes",
        file="dhcp.yaml",
        sort="DHCP class",
        form=DhcpClassForm,
        kind=DhcpClass,
        shown="class",
        counted="DHCP classes",
        about="clients that are handed something else",
        required=False,
    ),
    Section(
        part="dhcp_relays",
        file="dhcp.yaml",
        sort="DHCP relay",
        form=DhcpRelayForm,
        kind=DhcpRelay,
        shown="relay",
        counted="DHCP relays",
        about="who passes requests on to the servers",
        required=False,
    ),
    Section(
        part="dhcp_pairs",
        file="dhcp.yaml",
        sort="DHCP pair",
        form=DhcpPairForm,
        kind=DhcpPair,
        shown="dhcp",
        counted="DHCP pairs",
        about="the two servers that answer",
        required=False,
    ),
    Section(
        part="vpn_roles",
        file="sslvpn.yaml",
        keyed="roles",
        sort="VPN role",
        form=VpnRoleForm,
        kind=VpnRole,
        shown="role",
        counted="VPN roles",
        about="who reaches what",
        required=False,
    ),
    Section(
        part="vendor_grants",
        file="sslvpn.yaml",
        keyed="grants",
        sort="grant",
        form=VendorGrantForm,
        kind=VendorGrant,
        shown="grant",
        counted="vendor grants",
        about="windows for vendors",
        required=False,
    ),
    Section(
        part="firewall_addresses",
        file="firewall.yaml",
        keyed="addresses",
        sort="address object",
        form=FirewallAddressesForm,
        kind=FirewallAddresses,
        shown="addresses",
        about="addresses that firewall rules name",
        required=False,
    ),
    Section(
        part="firewall_services",
        file="firewall.yaml",
        keyed="services",
        sort="service object",
        form=FirewallServicesForm,
        kind=FirewallServices,
        shown="ports",
        about="ports that firewall rules name",
        required=False,
    ),
    Section(
        part="firewall_pairs",
        file="firewall.yaml",
        sort="firewall pair",
        form=FirewallPairForm,
        kind=FirewallPair,
        shown="firewall",
        counted="firewall pairs",
        about="firewall pairs and their rules",
        required=False,
    ),
    Section(
        part="wifi_profiles",
        file="wifi.yaml",
        sort="Wi-Fi profile",
        form=WifiProfileForm,
        kind=WifiProfile,
        shown="profile",
        counted="Wi-Fi profiles",
        about="what hotspots broadcast",
        required=False,
    ),
    Section(
        part="hotspots",
        file="hotspots.csv",
        sort="hotspot",
        form=HotspotForm,
        kind=Hotspot,
        shown="hotspot",
        counted="hotspots",
        about="the public Wi-Fi hotspots",
        required=False,
    ),
    Section(
        part="approval_roles",
        file="approvals.yaml",
        keyed="roles",
        sort="approval role",
        form=ApprovalRoleForm,
        kind=ApprovalRole,
        shown="approver",
        about="who may approve plans",
        required=False,
    ),
    Section(
        part="approval_rules",
        file="approvals.yaml",
        keyed="rules",
        sort="approval rule",
        form=ApprovalRuleForm,
        kind=ApprovalRule,
        shown="approval",
        about="which plans need approval, and whose",
        required=False,
    ),
)


def files() -> tuple[str, ...]:
    """The names of the files, in the order a person would read them."""
    return tuple(dict.fromkeys(section.file for section in SECTIONS))


def sections_of(file: str) -> tuple[Section[Any], ...]:
    """What that file holds."""
    return tuple(section for section in SECTIONS if section.file == file)
