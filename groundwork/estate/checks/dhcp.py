"""Whether DHCP scopes, classes and servers say something that can be done."""

from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import Any

from groundwork.estate.dhcp_entries import DhcpPairForm, DhcpScopeForm
from groundwork.estate.draft import Draft, Stated
from groundwork.files.fault import Fault

Part = tuple[int | str, ...]
Pool = tuple[IPv4Address, IPv4Address, Part]


def check_dhcp(draft: Draft) -> Iterator[Fault]:
    """Pools that overlap, devices and addresses reserved twice, subnet ids and servers given twice."""
    devices: dict[tuple[str, str], Stated[DhcpScopeForm]] = {}
    for scope in draft.dhcp_scopes:
        yield from _scope(scope, devices)
    yield from _pools(draft)
    yield from _subnet_ids(draft)
    for known in draft.dhcp_classes:
        if (known.form.vendor_class is None) == (known.form.mac_prefix is None):
            what = "is known by none of vendor_class and mac_prefix, or by both"
            yield known.fault(what, "write one of the two")
    for pair in draft.dhcp_pairs:
        yield from _members(pair)


def pools_of(form: DhcpScopeForm) -> Iterator[Pool]:
    """First and last address of each pool of a scope, and where the form states the first."""
    yield form.pool_start, form.pool_end, ("pool_start",)
    for position, pool in enumerate(form.more_pools):
        yield pool.start, pool.end, ("more_pools", position, "start")


def _scope(scope: Stated[DhcpScopeForm], devices: dict[tuple[str, str], Stated[DhcpScopeForm]]) -> Iterator[Fault]:
    form = scope.form
    for start, end, part in pools_of(form):
        if start > end:
            yield scope.fault(f"the pool begins at {start}, after its end {end}", "exchange the two", *part)
    addresses: set[IPv4Address] = set()
    for position, reservation in enumerate(form.reservations):
        if reservation.address in addresses:
            what = f"{reservation.address} has two reservations"
            yield scope.fault(what, "keep one", "reservations", position, "address")
        addresses.add(reservation.address)
        if (reservation.mac is None) == (reservation.client_id is None):
            what = f"the reservation of {reservation.address} has none of mac and client_id, or both"
            yield scope.fault(what, "write one of the two", "reservations", position)
            continue
        key = "mac" if reservation.mac else "client_id"
        identifier = reservation.mac or reservation.client_id or ""
        device = (form.network, f"{key} {identifier}")
        if device in devices:
            other = "" if devices[device] is scope else f', the other in DHCP scope "{devices[device].name}"'
            what = f"{identifier} has two reservations{other}"
            yield scope.fault(what, "keep one", "reservations", position, key)
        devices.setdefault(device, scope)


def _pools(draft: Draft) -> Iterator[Fault]:
    stated = [(start, end, part, scope) for scope in draft.dhcp_scopes for start, end, part in pools_of(scope.form)]
    before: tuple[IPv4Address, Stated[DhcpScopeForm]] | None = None
    for start, end, part, scope in sorted(stated, key=lambda one: one[:2]):
        if before is not None and start <= before[0]:
            what = f'the pool overlaps that of DHCP scope "{before[1].name}", which ends at {before[0]}'
            yield scope.fault(what, "move one of the two", *part)
        if before is None or end > before[0]:
            before = (end, scope)


def _subnet_ids(draft: Draft) -> Iterator[Fault]:
    first: dict[int, Stated[Any]] = {}
    for one in draft.dhcp_subnet_ids:
        other = first.setdefault(one.form.subnet_id, one)
        if other is not one:
            what = f'{one.form.subnet_id} is, or was, that of "{other.name}" (line {other.line()})'
            free = max(stated.form.subnet_id for stated in draft.dhcp_subnet_ids) + 1
            yield one.fault(what, f"give it one that was never given, like {free}", "subnet_id")
    for scope in draft.dhcp6_scopes:
        if scope.name in draft.dhcp_scopes.names:
            what = "a DHCP scope has this name too, and one subnet id belongs to one name"
            yield scope.fault(what, "rename one of the two")


def _members(pair: Stated[DhcpPairForm]) -> Iterator[Fault]:
    first, second = pair.form.members
    if first.name == second.name:
        yield pair.fault(f'both servers are named "{first.name}"', "rename one", "members", 1, "name")
