"""The address plan: ranges and networks apart from one another, every address in its network and used once."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from groundwork.estate.checks.dhcp import pools_of
from groundwork.estate.draft import Draft, Stated
from groundwork.estate.platform_entries import NetworkForm
from groundwork.files.fault import Fault

Placed = tuple[IPv4Network, Stated[Any]]
Used = tuple[IPv4Address, Stated[Any], tuple[int | str, ...], str]


def check_addresses(draft: Draft) -> Iterator[Fault]:
    """Overlaps, networks outside their site's range, addresses outside their network, addresses used twice."""
    yield from _overlaps([(part.form.cidr, part) for part in draft.address_plan])
    networks: list[Placed] = [(network.form.cidr, network) for network in draft.networks]
    yield from _overlaps(networks + [(role.form.pool, role) for role in draft.vpn_roles])
    yield from _outside_the_plan(draft)
    yield from _vlans(draft)
    uses = list(_uses(draft))
    for address, stated, part, network in (*uses, *_pool_ends(draft)):
        yield from _outside(address, stated, part, network, draft)
    yield from _twice(uses)
    servers = list(_name_servers(draft))
    for address, stated, part, network in servers:
        yield from _at_an_end(address, stated, part, network, draft)
    yield from _in_pools([*uses, *servers], draft)
    yield from _from_inside(draft)


def _overlaps(placed: Iterable[Placed]) -> Iterator[Fault]:
    widest: Placed | None = None
    for cidr, stated in sorted(placed, key=lambda one: (one[0].network_address, one[0].prefixlen)):
        if widest is not None and cidr.overlaps(widest[0]):
            other = widest[1]
            what = f'{cidr} overlaps {widest[0]} of {other.sort} "{other.name}" ({other.file.rpartition("/")[2]})'
            part = "pool" if stated.sort == "VPN role" else "cidr"
            yield stated.fault(what, "give one of the two other addresses", part)
        if widest is None or cidr.broadcast_address > widest[0].broadcast_address:
            widest = (cidr, stated)


def _outside_the_plan(draft: Draft) -> Iterator[Fault]:
    ranges: dict[str, Stated[Any]] = {}
    for part in draft.address_plan:
        if part.form.site is None:
            continue
        if part.form.site in ranges:
            what = f'site "{part.form.site}" has a range already: "{ranges[part.form.site].name}"'
            yield part.fault(what, "keep one range for each site", "site")
        ranges.setdefault(part.form.site, part)
    all_placed = draft.address_plan.complete and draft.sites.names.keys() >= ranges.keys()
    for network in draft.networks:
        around = ranges.get(network.form.site)
        if around is None and all_placed and network.form.site in draft.sites.names:
            what = f'site "{network.form.site}" has no range in the address plan'
            yield network.fault(what, "add one to address_plan, around the site's networks", "cidr")
        if around is not None and not network.form.cidr.subnet_of(around.form.cidr):
            what = f'{network.form.cidr} is outside {around.form.cidr}, the range of site "{network.form.site}"'
            yield network.fault(what, "take addresses of that range", "cidr")


def _vlans(draft: Draft) -> Iterator[Fault]:
    first: dict[tuple[str, int], str] = {}
    for network in draft.networks:
        key = (network.form.site, network.form.vlan)
        if key in first:
            what = f'VLAN {network.form.vlan} is that of network "{first[key]}" at the same site'
            yield network.fault(what, "give it a VLAN of its own", "vlan")
        first.setdefault(key, network.name)


def _uses(draft: Draft) -> Iterator[Used]:
    for network in draft.networks:
        yield network.form.gateway, network, ("gateway",), network.name
    management = {one.form.site: one.name for one in reversed(list(draft.networks)) if _is_for_management(one)}
    for site in draft.sites:
        yield site.form.vcenter.address, site, ("vcenter", "address"), management.get(site.name, "")
    for host in draft.hosts:
        yield host.form.address, host, ("address",), host.form.network
    for pair in draft.firewall_pairs:
        yield pair.form.address, pair, ("address",), pair.form.network
        for position, member in enumerate(pair.form.members):
            yield member.address, pair, ("members", position, "address"), pair.form.network
    for dhcp in draft.dhcp_pairs:
        for position, server in enumerate(dhcp.form.members):
            yield server.address, dhcp, ("members", position, "address"), server.network
    for machine in draft.machines:
        if machine.form.address is not None:
            yield machine.form.address, machine, ("address",), machine.form.network or ""
    for scope in draft.dhcp_scopes:
        for position, reservation in enumerate(scope.form.reservations):
            yield reservation.address, scope, ("reservations", position, "address"), scope.form.network


def _from_inside(draft: Draft) -> Iterator[Fault]:
    """Vendors' grants whose sources are the city's own."""
    for own in (
        sorted(((one.form.cidr, one) for one in draft.address_plan), key=_last),
        sorted(((one.form.pool, one) for one in draft.vpn_roles), key=_last),
    ):
        for grant in draft.vendor_grants:
            for position, source in enumerate(grant.form.sources):
                after = bisect_left(own, source.network_address, key=_last)
                if after < len(own) and own[after][0].overlaps(source):
                    cidr, other = own[after]
                    what = f'{source} is the city\'s own: it overlaps {cidr} of {other.sort} "{other.name}"'
                    yield grant.fault(what, "write where the vendor comes from", "sources", position)


def _last(placed: Placed) -> IPv4Address:
    return placed[0].broadcast_address


def _is_for_management(network: Stated[NetworkForm]) -> bool:
    return network.form.purpose == "management"


def _pool_ends(draft: Draft) -> Iterator[Used]:
    for scope in draft.dhcp_scopes:
        for start, end, part in pools_of(scope.form):
            last = "pool_end" if len(part) == 1 else "end"
            yield start, scope, part, scope.form.network
            yield end, scope, (*part[:-1], last), scope.form.network


def _name_servers(draft: Draft) -> Iterator[Used]:
    """The name servers of DHCP scopes, each with the network that holds it, if one does."""
    networks = sorted(((one.form.cidr.network_address, one) for one in draft.networks), key=lambda one: one[0])
    for scope in draft.dhcp_scopes:
        for position, address in enumerate(scope.form.dns_servers):
            before = bisect_right(networks, address, key=lambda one: one[0])
            around = networks[before - 1][1] if before else None
            name = around.name if around is not None and address in around.form.cidr else ""
            yield address, scope, ("dns_servers", position), name


def _outside(
    address: IPv4Address, stated: Stated[Any], part: tuple[int | str, ...], network: str, draft: Draft
) -> Iterator[Fault]:
    around = draft.networks.get(network)
    if around is None:
        return
    cidr = around.form.cidr
    if address not in cidr:
        what = f'{_noun(part)} {address} is outside network "{network}" ({cidr})'
        yield stated.fault(what, "correct the address or the network", *part)
    else:
        yield from _at_an_end(address, stated, part, network, draft)


def _at_an_end(
    address: IPv4Address, stated: Stated[Any], part: tuple[int | str, ...], network: str, draft: Draft
) -> Iterator[Fault]:
    around = draft.networks.get(network)
    if around is not None and address in (around.form.cidr.network_address, around.form.cidr.broadcast_address):
        kind = "network" if address == around.form.cidr.network_address else "broadcast"
        what = f"{address} is the {kind} address of {around.form.cidr}"
        yield stated.fault(what, "take one between its ends", *part)


def _twice(uses: Iterable[Used]) -> Iterator[Fault]:
    first: dict[IPv4Address, Stated[Any]] = {}
    for address, stated, part, _network in uses:
        other = first.setdefault(address, stated)
        if other is not stated:
            where = f"{other.file.rpartition('/')[2]}:{other.line()}"
            what = f'the address {address} is that of {other.sort} "{other.name}" ({where})'
            yield stated.fault(what, "give one of the two another address", *part)


def _in_pools(uses: Iterable[Used], draft: Draft) -> Iterator[Fault]:
    by_network: dict[str, list[Used]] = {}
    for use in sorted(uses, key=_address):
        by_network.setdefault(use[3], []).append(use)
    for scope in draft.dhcp_scopes:
        there = by_network.get(scope.form.network, [])
        for start, end, _part in pools_of(scope.form):
            inside = there[bisect_left(there, start, key=_address) : bisect_right(there, end, key=_address)]
            for address, stated, part, _network in inside:
                what = f'{_noun(part)} {address} is in the pool of DHCP scope "{scope.name}"'
                yield stated.fault(what, "move the address or the pool", *part)


def _address(use: Used) -> IPv4Address:
    return use[0]


def _noun(part: tuple[int | str, ...]) -> str:
    nouns = {"gateway": "the gateway", "vcenter": "the vCenter's address", "dns_servers": "the name server"}
    return nouns.get(str(part[0]), "the address")
