"""The form of the file about DHCP, field by field."""

from pydantic import Field

from groundwork.estate.address6_fields import Address6, Addresses6, Range6
from groundwork.estate.address_fields import Address, Addresses, Mac
from groundwork.estate.dhcp_fields import ClientId, Duid, MacPrefix, SubnetId
from groundwork.estate.fields import Count, Domain, Duration, Name, Names, Text
from groundwork.estate.platform_entries import Form
from groundwork.model.dhcp import ClientKey, HaMode, OptionName

_RENEW = "When a client first asks its own server for more time (T1); none: half the lease."
_REBIND = "When it asks any server (T2); none: seven eighths of the lease."
_AGENCY = "The agency whose clients it serves; none: everybody's."


class DhcpOptionForm(Form):
    """One option that clients are handed beside gateway, name servers and domain."""

    name: OptionName = Field(description="Which.")
    value: Text = Field(description="What it holds; addresses and names with commas between.")


class DhcpPoolForm(Form):
    """Addresses that are lent to whoever asks."""

    start: Address = Field(description="First address.")
    end: Address = Field(description="Last address.")
    client_class: Name | None = Field(default=None, description="Only for clients of that class; none: for all.")


class DhcpReservationForm(Form):
    """One device that always gets the same address; it is known by one of the two identifiers."""

    mac: Mac | None = Field(default=None, description="Its hardware address, lower case with colons.")
    client_id: ClientId | None = Field(default=None, description="Or its client identifier (option 61), in hex.")
    address: Address = Field(description="Its address, in the scope's network and outside its pools.")
    host_name: Domain | None = Field(default=None, description="The host name it is handed.")
    note: Text = Field(description="What it is.")


class DhcpScopeForm(Form):
    """What the clients of a network are handed."""

    network: Name = Field(description="The network; its gateway is handed out.")
    agency: Name | None = Field(default=None, description=_AGENCY)
    pool_start: Address = Field(description="First address of the pool.")
    pool_end: Address = Field(description="Last address of the pool.")
    more_pools: tuple[DhcpPoolForm, ...] = Field(default=(), description="Pools beside that one.")
    lease: Duration = Field(description="How long an address is lent.")
    renew: Duration | None = Field(default=None, description=_RENEW)
    rebind: Duration | None = Field(default=None, description=_REBIND)
    dns_servers: Addresses = Field(min_length=1, description="Name servers handed out.")
    domain: Domain = Field(description="Domain handed out.")
    options: tuple[DhcpOptionForm, ...] = Field(default=(), description="What else is handed out.")
    reservations: tuple[DhcpReservationForm, ...] = Field(
        default=(), description="Addresses that stay with one device."
    )


class Dhcp6PoolForm(Form):
    """IPv6 addresses that are lent to whoever asks."""

    start: Address6 = Field(description="First address.")
    end: Address6 = Field(description="Last address.")


class Dhcp6ReservationForm(Form):
    """One device that always gets the same IPv6 address."""

    duid: Duid = Field(description="Its DHCP unique identifier, in hex.")
    address: Address6 = Field(description="Its address, in the scope's prefix and outside its pools.")
    host_name: Domain | None = Field(default=None, description="The host name it is handed.")
    note: Text = Field(description="What it is.")


class Dhcp6ScopeForm(Form):
    """What the IPv6 clients of a network are handed."""

    network: Name = Field(description="The network.")
    agency: Name | None = Field(default=None, description=_AGENCY)
    prefix: Range6 = Field(description="The IPv6 prefix of the network.")
    pools: tuple[Dhcp6PoolForm, ...] = Field(min_length=1, description="Addresses that are lent.")
    lease: Duration = Field(description="How long an address is lent (its valid lifetime).")
    preferred: Duration | None = Field(
        default=None, description="How long it is used for new connections; none: five eighths of the lease."
    )
    renew: Duration | None = Field(default=None, description=_RENEW)
    rebind: Duration | None = Field(default=None, description=_REBIND)
    dns_servers: Addresses6 = Field(min_length=1, description="Name servers handed out.")
    domain: Domain = Field(description="Domain handed out as search list.")
    reservations: tuple[Dhcp6ReservationForm, ...] = Field(
        default=(), description="Addresses that stay with one device."
    )


class DhcpSubnetIdForm(Form):
    """The subnet id of one scope, for ever: the entry stays when the scope goes, so that its id is not given again."""

    subnet_id: SubnetId = Field(description="The number by which leases and statistics know the scope.")


class DhcpClassForm(Form):
    """Clients that are handed something else; they are known by one of the two."""

    vendor_class: Text | None = Field(
        default=None, description="What their vendor class (option 60) begins with, like PXEClient."
    )
    mac_prefix: MacPrefix | None = Field(
        default=None, description='Or the first three pairs of their hardware address, like "00:04:1a".'
    )
    options: tuple[DhcpOptionForm, ...] = Field(default=(), description="What they are handed.")
    boot_server: Address | None = Field(default=None, description="The server they boot from.")
    boot_file: Text | None = Field(default=None, description="The file they boot.")


class DhcpRelayForm(Form):
    """A relay: it passes the requests of clients on to both servers, from the gateway of each of its networks."""

    site: Name = Field(description="The site it stands at.")
    networks: Names = Field(min_length=1, description="The networks it listens in.")


class DhcpMemberForm(Form):
    """One server of a pair."""

    name: Name = Field(description="The server's name; its peer knows it by that.")
    network: Name = Field(description="The network it stands in.")
    address: Address = Field(description="Its address there.")


class DhcpPairForm(Form):
    """The two servers that stand as one; the first is the primary."""

    members: tuple[DhcpMemberForm, DhcpMemberForm] = Field(description="The two servers.")
    mode: HaMode = Field(
        default="hot-standby", description="hot-standby: the first serves; load-balancing: each serves half."
    )
    clients_known_by: ClientKey = Field(
        default="hardware-address",
        description="hardware-address: reservations are looked up by MAC first, and a client that sends another client "
        "identifier keeps its lease (as dhcpd did); client-identifier: by what the client calls itself.",
    )
    heartbeat_ms: Count = Field(default=1000, description="How often a server asks for its peer's state.")
    max_response_ms: Count = Field(
        default=10_000, description="After how long without an answer it looks whether its peer serves clients."
    )
    max_ack_ms: Count = Field(default=5000, description="How long a client tries before it counts as unserved.")
    max_unacked_clients: Count = Field(
        default=5, description="More unserved clients than these, and it serves its peer's clients too."
    )
