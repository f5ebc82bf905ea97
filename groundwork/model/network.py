"""A network: one address range of one site, with its gateway."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

NetworkPurpose = Literal["management", "services", "databases", "office", "dmz", "wifi"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One network; its name is the name of its port group in the site's vCenter."""

    name: str
    site: str
    cidr: IPv4Network
    gateway: IPv4Address
    vlan: int
    purpose: NetworkPurpose


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRange:
    """One range of the address plan; a site's networks lie inside its range, one without a site is shared."""

    name: str
    cidr: IPv4Network
    site: str | None
    purpose: str
