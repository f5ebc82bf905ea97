"""DHCP: what networks' clients are handed, which addresses stay with whom, and which servers answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import Literal

ClientKey = Literal["hardware-address", "client-identifier"]
HaMode = Literal["hot-standby", "load-balancing"]
OptionKind = Literal["addresses", "names", "number", "text"]
OptionName = Literal[
    "boot-file-name",
    "capwap-ac-v4",
    "domain-search",
    "interface-mtu",
    "log-servers",
    "netbios-name-servers",
    "netbios-node-type",
    "ntp-servers",
    "root-path",
    "smtp-server",
    "tftp-server-name",
    "time-servers",
    "v4-captive-portal",
]
OPTION_KINDS: Mapping[OptionName, OptionKind] = {
    "boot-file-name": "text",
    "capwap-ac-v4": "addresses",
    "domain-search": "names",
    "interface-mtu": "number",
    "log-servers": "addresses",
    "netbios-name-servers": "addresses",
    "netbios-node-type": "number",
    "ntp-servers": "addresses",
    "root-path": "text",
    "smtp-server": "addresses",
    "tftp-server-name": "text",
    "time-servers": "addresses",
    "v4-captive-portal": "text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DhcpOption:
    """An option by Kea's name, and its value as text: addresses and names with commas between."""

    name: OptionName
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DhcpPool:
    """The addresses `start`..`end`, both included; lent to clients of a class alone, where one is named."""

    start: IPv4Address
    end: IPv4Address
    client_class: str | None = None

    @property
    def size(self) -> int:
        """How many addresses it has."""
        return int(self.end) - int(self.start) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DhcpReservation:
    """One device that always gets the same address, known by `mac` or `client_id`: lower case hex with colons."""

    mac: str | None
    address: IPv4Address
    note: str
    client_id: str | None = None
    host_name: str | None = None


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
    agency: str | None = None
    more_pools: tuple[DhcpPool, ...] = ()
    renew: timedelta | None = None
    rebind: timedelta | None = None
    options: tuple[DhcpOption, ...] = ()
    reservations: tuple[DhcpReservation, ...] = ()

    @property
    def pools(self) -> tuple[DhcpPool, ...]:
        """All its pools."""
        return (DhcpPool(start=self.pool_start, end=self.pool_end), *self.more_pools)

    @property
    def size(self) -> int:
        """How many addresses its pools have."""
        return sum(pool.size for pool in self.pools)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dhcp6Pool:
    """The addresses `start`..`end`, both included."""

    start: IPv6Address
    end: IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Dhcp6Reservation:
    """One device that always gets the same IPv6 address; `duid` is lower case hex with colons."""

    duid: str
    address: IPv6Address
    note: str
    host_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dhcp6Scope:
    """What the IPv6 clients of `network`, whose addresses are `prefix`, are handed."""

    name: str
    network: str
    prefix: IPv6Network
    pools: tuple[Dhcp6Pool, ...]
    lease: timedelta
    dns_servers: tuple[IPv6Address, ...]
    domain: str
    agency: str | None = None
    preferred: timedelta | None = None
    renew: timedelta | None = None
    rebind: timedelta | None = None
    reservations: tuple[Dhcp6Reservation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DhcpSubnetId:
    """The subnet id of the scope `name`, which may be gone: an id is never given twice."""

    name: str
    subnet_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DhcpClass:
    """Clients whose vendor class begins with `vendor_class`, or whose MAC begins with `mac_prefix`."""

    name: str
    vendor_class: str | None
    mac_prefix: str | None
    options: tuple[DhcpOption, ...] = ()
    boot_server: IPv4Address | None = None
    boot_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DhcpRelay:
    """A relay that passes on the requests of its networks' clients, from each network's gateway."""

    name: str
    site: str
    networks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DhcpMember:
    """One server of a pair."""

    name: str
    network: str
    address: IPv4Address


@dataclass(frozen=True, slots=True, kw_only=True)
class DhcpPair:
    """The two servers, the primary first, and how they watch each other (times in milliseconds)."""

    name: str
    members: tuple[DhcpMember, DhcpMember]
    mode: HaMode = "hot-standby"
    clients_known_by: ClientKey = "hardware-address"
    heartbeat_ms: int = 1000
    max_response_ms: int = 10_000
    max_ack_ms: int = 5000
    max_unacked_clients: int = 5
