"""The parts of one lab: its network, its service hosts, its vCenters and the folders they live in."""

from dataclasses import dataclass
from ipaddress import IPv4Address

from groundwork.estate.estate import Estate
from lab.folders import LabFolders
from lab.guests import list_guests
from lab.host import LabHost
from lab.layout import Layout, plan_layout
from lab.vcenters import LabVCenter

SSH_PORT = 22
VCENTER_PORT = 443


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where something of the lab answers once it is up."""

    name: str
    site: str
    address: IPv4Address
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LabParts:
    """One lab, as its estate wants it."""

    estate: Estate
    folders: LabFolders
    layout: Layout
    hosts: dict[str, LabHost]
    vcenters: dict[str, LabVCenter]

    def endpoint_of_host(self, name: str) -> Endpoint:
        """A service host's SSH."""
        host = self.estate.hosts[name]
        return Endpoint(name=name, site=host.site, address=IPv4Address(host.address), port=SSH_PORT)

    def endpoint_of_vcenter(self, site: str) -> Endpoint:
        """A vCenter's API."""
        address = IPv4Address(self.estate.sites[site].vcenter.address)
        return Endpoint(name=vcenter_name(site), site=site, address=address, port=VCENTER_PORT)

    def endpoint_of_guest(self, name: str) -> Endpoint:
        """A booting machine's SSH."""
        machine = self.estate.machines[name]
        return Endpoint(name=name, site=machine.site, address=IPv4Address(machine.address), port=SSH_PORT)

    def names(self) -> tuple[str, ...]:
        """Every service host, vCenter and booting machine as a line of /etc/hosts."""
        known = [(host.address, host.name) for host in self.estate.hosts.values()]
        known += [(site.vcenter.address, vcenter_name(site.name)) for site in self.estate.sites.values()]
        known += [(one.address, one.name) for one in list_guests(self.estate)]
        return tuple(f"{address} {name}" for address, name in known)


def vcenter_name(site: str) -> str:
    """The name of a site's vCenter, in its certificate too."""
    return f"vcenter-{site}"


def parts_of(folders: LabFolders, estate: Estate) -> LabParts:
    """The parts of the lab of that name for that estate. Raises ConfigurationError where it does not fit into one."""
    layout = plan_layout(folders.lab, estate)
    return LabParts(
        estate=estate,
        folders=folders,
        layout=layout,
        hosts={
            name: LabHost(name=name, leg=leg, folder=folders.hosts / name, log=folders.logs / f"{name}.log")
            for site in layout.sites.values()
            for name, leg in site.hosts.items()
        },
        vcenters={
            site.name: LabVCenter(
                site=site.name,
                leg=site.vcenter,
                folder=folders.vcenters / site.name,
                log=folders.logs / f"{vcenter_name(site.name)}.log",
            )
            for site in layout.sites.values()
        },
    )
