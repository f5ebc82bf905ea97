"""A DHCP scope: what a network's clients are handed, and which addresses stay with whom."""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address


@dataclass(frozen=True, slots=True, kw_only=True)
class DhcpReservation:
    """One device that always gets the same address; `mac` is lower case with colons."""

    mac: str
    address: IPv4Address
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DhcpScope:
    """One scope: the pool `pool_start`..`pool_end` (both included) of `network`, whose gateway is handed out."""

    name: str
    network: str
    pool_start: IPv4Address
    pool_end: IPv4Address
    lease: timedelta
    dns_servers: tuple[IPv4Address, ...]
    domain: str
    reservations: tuple[DhcpReservation, ...] = ()

    @property
    def size(self) -> int:
        """How many addresses the pool has."""
        return int(self.pool_end) - int(self.pool_start) + 1
