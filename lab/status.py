"""What of a lab stands and answers, part by part."""

from collections.abc import Collection
from dataclasses import dataclass
from textwrap import wrap
from typing import Literal

from groundwork.shell.clock import Clock
from groundwork.shell.command import CommandRunner
from lab.endpoints import open_endpoints
from lab.folders import how_to_bring_up
from lab.guests import list_guests
from lab.namespace import is_whole
from lab.parts import Endpoint, LabParts
from lab.planted import Planted
from lab.program import pids_in, state_of
from lab.site_loss import LabSiteLoss
from lab.standing import read_standing

_COLUMNS = 80

State = Literal["answers", "silent", "stopped", "not running", "cut off", "linked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartStatus:
    """One part of the lab: a site's link, a vCenter, a service host or a booting machine."""

    sort: Literal["site", "vcenter", "host", "guest"]
    name: str
    site: str
    address: str
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class LabStatus:
    """A lab, part by part; `is_up` says that all of it was brought up and no part of it is missing now."""

    lab: str
    city: str
    is_up: bool
    parts: tuple[PartStatus, ...]
    planted: tuple[Planted, ...]


def has_its_network(parts: LabParts) -> bool:
    """Whether every namespace of the lab is there: none is after the machine was started anew."""
    return all(is_whole(name) for name in parts.layout.namespaces)


def read_status(parts: LabParts, *, commands: CommandRunner, clock: Clock) -> LabStatus:
    """What of the lab stands and answers now; a lab that is down has only its name."""
    standing = read_standing(parts.folders)
    if standing is None or not has_its_network(parts):
        return LabStatus(lab=parts.folders.lab, city=parts.estate.city, is_up=False, parts=(), planted=())
    lost = LabSiteLoss(parts.layout, commands=commands, clock=clock).losses()
    endpoints = _endpoints(parts)
    answering = open_endpoints([endpoint for _, endpoint in endpoints], namespace=parts.layout.control, clock=clock)
    seen = [*_sites(parts, lost), *(_part(parts, sort, endpoint, answering, commands) for sort, endpoint in endpoints)]
    down = any(one.state in {"not running", "silent"} for one in seen if one.sort in {"vcenter", "host"})
    return LabStatus(
        lab=parts.folders.lab,
        city=standing.city,
        is_up=standing.whole and not down,
        parts=tuple(seen),
        planted=standing.planted,
    )


def render_status(status: LabStatus) -> str:
    """The status as a person reads it."""
    if not status.parts:
        return f"the lab {status.lab} is down; bring it up with `{how_to_bring_up(status.lab)}`"
    how = "up" if status.is_up else f"not whole: run `{how_to_bring_up(status.lab)}`"
    lines = [f"lab {status.lab} · {status.city} · {how}", ""]
    lines += [f"{'sort':<8} {'name':<26} {'site':<10} {'address':<15} state"]
    lines += [f"{one.sort:<8} {one.name:<26} {one.site:<10} {one.address:<15} {one.state}" for one in status.parts]
    lines += ["", "planted at the first lab.up, for `inv machines.apply` to mend:"]
    lines += [line for one in status.planted for line in _in_columns(f"{one.machine} at {one.site}: {one.detail}")]
    return "\n".join(lines)


def _in_columns(text: str) -> list[str]:
    return wrap(text, _COLUMNS, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def _endpoints(parts: LabParts) -> list[tuple[Literal["vcenter", "host", "guest"], Endpoint]]:
    guests = [one.name for one in list_guests(parts.estate)]
    return [
        *(("vcenter", parts.endpoint_of_vcenter(site)) for site in parts.vcenters),
        *(("host", parts.endpoint_of_host(name)) for name in parts.hosts),
        *(("guest", parts.endpoint_of_guest(name)) for name in guests),
    ]


def _sites(parts: LabParts, lost: Collection[str]) -> list[PartStatus]:
    return [
        PartStatus(
            sort="site",
            name=site.name,
            site=site.name,
            address=str(site.wan_address.ip),
            state="cut off" if site.name in lost else "linked",
        )
        for site in parts.layout.sites.values()
    ]


def _part(
    parts: LabParts,
    sort: Literal["vcenter", "host", "guest"],
    endpoint: Endpoint,
    answering: frozenset[Endpoint],
    commands: CommandRunner,
) -> PartStatus:
    state: State = "answers"
    if endpoint not in answering:
        state = _why_silent(parts, sort, endpoint, commands)
    return PartStatus(sort=sort, name=endpoint.name, site=endpoint.site, address=str(endpoint.address), state=state)


def _why_silent(parts: LabParts, sort: str, endpoint: Endpoint, commands: CommandRunner) -> State:
    if sort == "guest":
        return "silent"
    legs = {
        "vcenter": parts.layout.sites[endpoint.site].vcenter,
        "host": parts.layout.sites[endpoint.site].hosts.get(endpoint.name),
    }
    leg = legs[sort]
    pids = pids_in(leg.namespace, commands) if leg else ()
    if not pids:
        return "not running"
    return "stopped" if all(state_of(pid) == "T" for pid in pids) else "silent"
