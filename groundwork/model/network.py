"""A network: one address range of one site, with its gateway."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

NetworkPurpose = Literal["management", "services", "databases", "office", "dmz", "wifi"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One network; `port_group` is the path of its port group in the site's vCenter where that is not its name."""

    name: str
    site: str
    cidr: IPv4Network
    gateway: IPv4Address
    vlan: int
    purpose: NetworkPurpose
    port_group: str = ""

    @property
    def port_group_path(self) -> str:
        """What the vCenter calls its port group: a name, or a path below the datacenter's network folder."""
        return self.port_group or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRange:
    """One range of the address plan; a site's networks lie inside its range, one without a site is shared."""

    name: str
    cidr: IPv4Network
    site: str | None
    purpose: str
