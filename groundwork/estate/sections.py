"""Which file holds what: the one list of the estate's files and the entries in them."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from groundwork.estate.network_entries import (
    DhcpScopeForm,
    FirewallPairForm,
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

F = TypeVar("F", bound=Form)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section(Generic[F]):
    """Entries of one form in one file: in YAML by name under `key` (empty: the file is one entry), in CSV one a row."""

    file: str
    key: str = ""
    sort: str
    form: type[F]
    about: str
    required: bool = True

    @property
    def is_csv(self) -> bool:
        """True for a long list."""
        return self.file.endswith(".csv")


CITY = Section(file="city.yaml", sort="city", form=CityForm, about="the city and its districts")
SITES = Section(
    file="sites.yaml", key="sites", sort="site", form=SiteForm, about="machine rooms with their vCenters and links"
)
AGENCIES = Section(
    file="agencies.yaml", key="agencies", sort="agency", form=AgencyForm, about="agencies with quotas and contacts"
)
ADDRESS_PLAN = Section(
    file="networks.yaml", key="address_plan", sort="range", form=AddressRangeForm, about="the city's address plan"
)
NETWORKS = Section(
    file="networks.yaml", key="networks", sort="network", form=NetworkForm, about="the networks of the sites"
)
MACHINES = Section(file="machines.csv", sort="machine", form=MachineForm, about="the machines of the VM platform")
TEMPLATES = Section(
    file="templates.yaml",
    key="templates",
    sort="template",
    form=TemplateForm,
    about="each site's VM template",
    required=False,
)
HOSTS = Section(
    file="hosts.yaml", key="hosts", sort="host", form=HostForm, about="hosts that Ansible configures", required=False
)
SERVICES = Section(
    file="services.yaml",
    key="services",
    sort="service",
    form=ServiceForm,
    about="services with tier, objectives, dependencies and probes",
)
BACKUP_POLICIES = Section(
    file="backup_policies.yaml",
    key="backup_policies",
    sort="backup policy",
    form=BackupPolicyForm,
    about="how often, how far and how long machines are copied",
)
DRILLS = Section(
    file="drills.yaml", key="drills", sort="drill", form=DrillForm, about="what is rehearsed", required=False
)
DHCP_SCOPES = Section(
    file="dhcp.yaml",
    key="dhcp_scopes",
    sort="DHCP scope",
    form=DhcpScopeForm,
    about="what clients of networks are handed",
    required=False,
)
VPN_ROLES = Section(
    file="sslvpn.yaml", key="roles", sort="VPN role", form=VpnRoleForm, about="who reaches what", required=False
)
VENDOR_GRANTS = Section(
    file="sslvpn.yaml", key="grants", sort="grant", form=VendorGrantForm, about="windows for vendors", required=False
)
FIREWALL_PAIRS = Section(
    file="firewall.yaml",
    key="firewall_pairs",
    sort="firewall pair",
    form=FirewallPairForm,
    about="firewall pairs and their rules",
    required=False,
)
WIFI_PROFILES = Section(
    file="wifi.yaml",
    key="wifi_profiles",
    sort="Wi-Fi profile",
    form=WifiProfileForm,
    about="what hotspots broadcast",
    required=False,
)
HOTSPOTS = Section(
    file="hotspots.csv", sort="hotspot", form=HotspotForm, about="the public Wi-Fi hotspots", required=False
)

SECTIONS: tuple[Section[Any], ...] = (
    CITY,
    SITES,
    AGENCIES,
    ADDRESS_PLAN,
    NETWORKS,
    MACHINES,
    TEMPLATES,
    HOSTS,
    SERVICES,
    BACKUP_POLICIES,
    DRILLS,
    DHCP_SCOPES,
    VPN_ROLES,
    VENDOR_GRANTS,
    FIREWALL_PAIRS,
    WIFI_PROFILES,
    HOTSPOTS,
)


def files() -> tuple[str, ...]:
    """The names of the files, in the order a person would read them."""
    return tuple(dict.fromkeys(section.file for section in SECTIONS))


def sections_of(file: str) -> tuple[Section[Any], ...]:
    """What that file holds."""
    return tuple(section for section in SECTIONS if section.file == file)
