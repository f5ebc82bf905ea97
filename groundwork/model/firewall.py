"""A firewall pair: two devices that stand as one, and the rules they enforce."""

from dataclasses import dataclass
from typing import Literal

FirewallPlatform = Literal["linux", "fortinet"]
FirewallAction = Literal["accept", "deny"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallMember:
    """One device of a pair; of the members that work, the one with the highest `priority` is active."""

    name: str
    address: str
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallRule:
    """One rule; `sources` and `destinations` name networks or VPN roles, or `any`; the first match decides."""

    name: str
    action: FirewallAction
    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    ports: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallPair:
    """One pair in high availability; what no rule accepts is denied. `address` follows the active member."""

    name: str
    site: str
    platform: FirewallPlatform
    network: str
    address: str
    members: tuple[FirewallMember, FirewallMember]
    rules: tuple[FirewallRule, ...]
