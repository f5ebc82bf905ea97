"""What of the estate's DHCP could be carried out, and would not serve: findings, each with file and line."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from fleet.dhcp.lint6 import lint_scopes6
from fleet.dhcp.option_values import OptionError, parse_option
from fleet.dhcp.timers import lint_timers
from groundwork.estate.dhcp_entries import DhcpClassForm, DhcpRelayForm, DhcpScopeForm
from groundwork.estate.draft import Draft, Stated
from groundwork.files.fault import Fault

SHORTEST_LEASE = timedelta(minutes=1)
_ETHERNET = "01:"  # what a client identifier made of a hardware address begins with (RFC 2132, 9.14)

Scope = Stated[Any]


def lint(draft: Draft) -> tuple[Fault, ...]:
    """Every finding, in the order of files and lines; the draft's own faults are not among them."""
    found = (*_scopes(draft), *lint_scopes6(draft), *_subnet_ids(draft), *_classes(draft), *_relays(draft))
    return tuple(sorted({*found, *_pairs(draft)}))


def _scopes(draft: Draft) -> Iterator[Fault]:
    first: dict[str, Scope] = {}
    for scope in draft.dhcp_scopes:
        other = first.setdefault(scope.form.network, scope)
        if other is not scope:
            what = f'network "{scope.form.network}" has a scope already, "{other.name}" (line {other.line()})'
            yield scope.fault(what, "write its pools and reservations there: servers know a network once", "network")
        yield from lint_timers(scope)
        if scope.form.lease < SHORTEST_LEASE:
            yield scope.fault("lends addresses for less than a minute", "lengthen it", "lease")
        yield from _options(scope)
        yield from _reservations(scope)


def _options(stated: Stated[DhcpScopeForm] | Stated[DhcpClassForm]) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for position, option in enumerate(stated.form.options):
        part = ("options", position)
        if seen.setdefault(option.name, position) != position:
            line = stated.line("options", seen[option.name])
            yield stated.fault(f"states {option.name} twice, first on line {line}", "keep one of the two", *part)
        try:
            parse_option(option.name, option.value)
        except OptionError as error:
            yield stated.fault(f"{option.name}: {error.what}", error.what_to_do, *part, "value")


def _reservations(scope: Stated[DhcpScopeForm]) -> Iterator[Fault]:
    reservations = scope.form.reservations
    macs = {one.mac: position for position, one in enumerate(reservations) if one.mac}
    names: dict[str, int] = {}
    for position, one in enumerate(reservations):
        part = ("reservations", position)
        made_of = one.client_id.removeprefix(_ETHERNET) if one.client_id else ""
        if made_of in macs:
            line = scope.line("reservations", macs[made_of])
            what = f"{one.client_id} is the client identifier of {made_of}, which has a reservation on line {line}"
            yield scope.fault(what, "keep one of the two", *part, "client_id")
        if one.host_name and names.setdefault(one.host_name, position) != position:
            line = scope.line("reservations", names[one.host_name])
            what = f"hands out the host name {one.host_name} twice, first on line {line}"
            yield scope.fault(what, "give each device its own", *part, "host_name")


def _subnet_ids(draft: Draft) -> Iterator[Fault]:
    known = draft.dhcp_subnet_ids.names
    free = max((one.form.subnet_id for one in draft.dhcp_subnet_ids), default=0) + 1
    lacking = [scope for scope in (*draft.dhcp_scopes, *draft.dhcp6_scopes) if scope.name not in known]
    for number, scope in enumerate(lacking, free):
        yield scope.fault("has no subnet id", f"write {scope.name}: {{subnet_id: {number}}} below dhcp_subnet_ids")


def _classes(draft: Draft) -> Iterator[Fault]:
    used = {pool.client_class for scope in draft.dhcp_scopes for pool in scope.form.more_pools}
    for known in draft.dhcp_classes:
        yield from _options(known)
        form = known.form
        if not (form.options or form.boot_server or form.boot_file) and known.name not in used:
            yield known.fault("is handed nothing, and no pool is for it", "write what it is handed, or remove it")


def _relays(draft: Draft) -> Iterator[Fault]:
    served = {one.form.network for one in (*draft.dhcp_scopes, *draft.dhcp6_scopes)}
    relayed: dict[str, Stated[DhcpRelayForm]] = {}
    for relay in draft.dhcp_relays:
        for position, name in enumerate(relay.form.networks):
            part = ("networks", position)
            other, network = relayed.setdefault(name, relay), draft.networks.get(name)
            if name not in served:
                what = f'passes requests of network "{name}" on, which has no scope: nobody is answered there'
                yield relay.fault(what, "write a scope for it, or take it out", *part)
            if other is not relay:
                what = f'network "{name}" has a relay already, "{other.name}": each request would arrive twice'
                yield relay.fault(what, "take it out of one of the two", *part)
            if network is not None and network.form.site != relay.form.site:
                what = f'stands at "{relay.form.site}", but network "{name}" is at "{network.form.site}"'
                yield relay.fault(what, "correct the site or the network", *part)
    own = {member.network for pair in draft.dhcp_pairs for member in pair.form.members}
    for scope in (*draft.dhcp_scopes, *draft.dhcp6_scopes):
        if scope.form.network not in {*relayed, *own}:
            what = f'no relay passes requests of network "{scope.form.network}" on: its clients are not heard'
            yield scope.fault(what, "add the network to a relay of its site", "network")


def _pairs(draft: Draft) -> Iterator[Fault]:
    if draft.dhcp_scopes.names and not draft.dhcp_pairs.names:
        scope = next(iter(draft.dhcp_scopes))
        yield scope.fault("no pair of servers answers for it", "write the two servers below dhcp_pairs")
    for number, pair in enumerate(draft.dhcp_pairs):
        form = pair.form
        if number:
            yield pair.fault("is a second pair, and every scope would be served twice", "keep one pair")
        if form.max_response_ms <= form.heartbeat_ms:
            what = f"max_response_ms {form.max_response_ms} is no longer than heartbeat_ms {form.heartbeat_ms}, so one"
            yield pair.fault(f"{what} late answer counts as silence", "lengthen it", "max_response_ms")
