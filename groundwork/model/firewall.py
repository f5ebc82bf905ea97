"""A firewall pair: two devices that stand as one, their zones, and the rules and translations they enforce."""

from dataclasses import dataclass
from datetime import date
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from typing import Literal

FirewallPlatform = Literal["linux", "fortinet"]
FirewallAction = Literal["accept", "deny"]
AnyNetwork = IPv4Network | IPv6Network

ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallAddresses:
    """Addresses under one name, of IPv4 and IPv6; ranges may overlap."""

    name: str
    ranges: tuple[AnyNetwork, ...]
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallServices:
    """Ports under one name, each as ``tcp/443`` or ``udp/5000-5010``."""

    name: str
    ports: tuple[str, ...]
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallZone:
    """What lies behind some interfaces; a zone without networks has every address that no other zone has."""

    name: str
    interfaces: tuple[str, ...]
    networks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallMember:
    """One device of a pair; of the members that work, the one with the highest `priority` is active."""

    name: str
    address: str
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallRule:
    """One rule; the first match decides. Zones: none means any.

    `sources` and `destinations` name networks, VPN roles or addresses, or `any`. It is looked at again by `owner` (an
    agency) on the day of `review`.
    """

    name: str
    action: FirewallAction
    from_zones: tuple[str, ...]
    to_zones: tuple[str, ...]
    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    ports: tuple[str, ...]
    services: tuple[str, ...]
    reason: str
    owner: str
    review: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTranslation:
    """What leaves by `zone` from `sources` bears `address` (IPv4)."""

    name: str
    zone: str
    sources: tuple[str, ...]
    address: IPv4Address
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationTranslation:
    """What comes in by `zone` for `address` and `port` goes to `to_address` and the port `to_port`."""

    name: str
    zone: str
    address: IPv4Address
    port: str
    to_address: IPv4Address
    to_port: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityException:
    """A rule in which a pair may differ from the one whose policy it shares."""

    rule: str
    reason: str
    owner: str
    review: date


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallPair:
    """One pair in high availability; what no rule accepts is denied. `address` follows the active member.

    `managed_from` names who may enter the members by SSH. `parity_with` is the pair whose rules these are, but for the
    exceptions; empty: none.
    """

    name: str
    site: str
    platform: FirewallPlatform
    network: str
    address: str
    members: tuple[FirewallMember, FirewallMember]
    managed_from: tuple[str, ...]
    zones: tuple[FirewallZone, ...]
    rules: tuple[FirewallRule, ...]
    source_nat: tuple[SourceTranslation, ...]
    destination_nat: tuple[DestinationTranslation, ...]
    parity_with: str
    parity_exceptions: tuple[ParityException, ...]
