"""What a lab's network consists of, decided from the estate alone: namespaces, bridges, legs and routes."""

import hashlib
import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from groundwork.errors import ConfigurationError
from groundwork.estate.estate import Estate
from groundwork.model.network import Network
from groundwork.model.site import Site
from lab.guests import check_guests

WAN = IPv4Network("10.99.0.0/24")
CONTROL = IPv4Interface("10.99.0.2/24")
EXPORTERS_PORT = 9464
_FIRST_ROUTER = 11  # the sites' routers on the WAN: .11, .12, .13 …
_WORKER = 50  # a site's worker on its management network

LEG = "lan0"  # the one interface of a host's, a vCenter's or a worker's namespace
WAN_LEG = "wan0"  # a site's, and the control namespace's, interface to the other sites
WAN_BRIDGE = "wan"

_CONTROL_NAME = re.compile(r"cityops-([a-z][a-z0-9]*)-control")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """One network of a site: the Linux bridge behind its port group; the site's router has `gateway` on it."""

    name: str
    port_group: str
    gateway: IPv4Interface


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A namespace with one interface in a site's network and the site's router as its only way out."""

    namespace: str
    bridge: str
    address: IPv4Interface
    gateway: IPv4Address

    @property
    def peer(self) -> str:
        """The name of the leg's other end, in the site's namespace."""
        return f"leg-{digits(self.namespace)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLayout:
    """One site: its switch and router namespace, what hangs on it, and its way to the other sites."""

    name: str
    namespace: str
    wan_address: IPv4Interface
    link_mbps: int
    bridges: tuple[Bridge, ...]
    vcenter: Leg
    worker: Leg
    hosts: dict[str, Leg]

    @property
    def legs(self) -> tuple[Leg, ...]:
        """Every namespace that hangs on the site's bridges."""
        return (self.vcenter, self.worker, *self.hosts.values())

    @property
    def wan_peer(self) -> str:
        """The name of the WAN leg's other end, in the WAN's namespace."""
        return f"site-{digits(self.name)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One lab's network, whole."""

    lab: str
    city: str
    wan: str
    control: str
    sites: dict[str, SiteLayout]

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Every namespace the lab starts with."""
        sites = [
            name for site in self.sites.values() for name in (site.namespace, *(leg.namespace for leg in site.legs))
        ]
        return (self.wan, self.control, *sites)

    def routes(self, *, but: str = "") -> tuple[tuple[IPv4Network, IPv4Address], ...]:
        """The way to every network of every site but one: network and the router to it."""
        return tuple(
            (bridge.gateway.network, site.wan_address.ip)
            for site in self.sites.values()
            if site.name != but
            for bridge in site.bridges
        )


def digits(text: str) -> str:
    """Ten hexadecimal digits that stand for a text in the name of an interface, which has 15 characters at most."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def prefix_of(lab: str) -> str:
    """What the names of all namespaces of a lab begin with."""
    return f"cityops-{lab}-"


def control_of(lab: str) -> str:
    """The network namespace that a lab's commands speak from."""
    return f"{prefix_of(lab)}control"


def lab_of(namespace: str | None) -> str | None:
    """The lab whose commands speak from the network namespace of that name; None where it is no lab's."""
    match = _CONTROL_NAME.fullmatch(namespace or "")
    return match[1] if match else None


def bubble_bridge(port_group: str) -> str:
    """The bridge the simulator makes for a port group that was not there at its start (lab/vcenter/network.go)."""
    return f"pg-{digits(port_group)}"


def plan_layout(lab: str, estate: Estate) -> Layout:
    """The lab's network for an estate. Raises ConfigurationError where the estate does not fit into a lab."""
    check_guests(estate)
    prefix = prefix_of(lab)
    sites = {
        site.name: _plan_site(prefix, estate, site, WAN[_FIRST_ROUTER + number])
        for number, site in enumerate(estate.sites.values())
    }
    return Layout(lab=lab, city=estate.city, wan=f"{prefix}wan", control=control_of(lab), sites=sites)


def _plan_site(prefix: str, estate: Estate, site: Site, router: IPv4Address) -> SiteLayout:
    networks = {network.name: network for network in estate.networks.values() if network.site == site.name}
    for network in networks.values():
        if network.cidr.overlaps(WAN):
            raise ConfigurationError(
                f"network {network.name} ({network.cidr}) overlaps the lab's WAN, {WAN}", hint="give it another range"
            )
    management = _management(site, networks)
    return SiteLayout(
        name=site.name,
        namespace=f"{prefix}{site.name}",
        wan_address=IPv4Interface(f"{router}/{WAN.prefixlen}"),
        link_mbps=site.link_mbps,
        bridges=tuple(_plan_bridge(network) for network in networks.values()),
        vcenter=_plan_leg(f"{prefix}{site.name}-vcenter", management, IPv4Address(site.vcenter.address)),
        worker=_plan_leg(f"{prefix}{site.name}-worker", management, management.cidr[_WORKER]),
        hosts={
            host.name: _plan_leg(f"{prefix}{host.name}", networks[host.network], IPv4Address(host.address))
            for host in estate.hosts.values()
            if host.site == site.name
        },
    )


def _management(site: Site, networks: dict[str, Network]) -> Network:
    for network in networks.values():
        if IPv4Address(site.vcenter.address) in network.cidr:
            return network
    raise ConfigurationError(
        f"no network of site {site.name} holds its vCenter's address {site.vcenter.address}",
        hint="give the site a management network that does",
    )


def _plan_bridge(network: Network) -> Bridge:
    return Bridge(
        name=f"br-{digits(network.name)}",
        port_group=network.name,
        gateway=IPv4Interface(f"{network.gateway}/{network.cidr.prefixlen}"),
    )


def _plan_leg(namespace: str, network: Network, address: IPv4Address) -> Leg:
    return Leg(
        namespace=namespace,
        bridge=f"br-{digits(network.name)}",
        address=IPv4Interface(f"{address}/{network.cidr.prefixlen}"),
        gateway=network.gateway,
    )
