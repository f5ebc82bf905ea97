"""What is asked of backup, what is seen then, and the plan that is decided on it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from backup.catalogue import Candidates, Trust, candidates, moment_of
from backup.guests import observe_guests
from backup.model import Found
from backup.plan import (
    PREPARE,
    REPLICATE,
    RESTORE,
    RUN,
    plan_backup,
    plan_prepare,
    plan_replication,
    plan_restore,
    port_group_of,
)
from backup.quarantine.apply import find_refused
from backup.quarantine.plan import CLEAR_REFUSED, plan_quarantine
from backup.restore import find_obstacles
from backup.selection import select_machines
from groundwork.change.operation import Propose, Say
from groundwork.change.plan import Plan
from groundwork.drivers.repository.protocol import Repository
from groundwork.drivers.repository_host.protocol import RepositoryHost
from groundwork.drivers.vcenter.protocol import VCenter
from groundwork.errors import RefusedError, UsageError
from groundwork.estate.estate import Estate
from groundwork.model.restore_point import RestorePoint
from groundwork.shell.sighting import see

_SHOWN = 10  # entries that are named when they are passed over


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareRequest:
    """The city's repository, made and declared to each site's host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRequest:
    """Machines by the words of `backup.run --only` (none: all that a policy copies)."""

    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationRequest:
    """Receiving sites (none: all)."""

    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreRequest:
    """A machine, from whose copy and into whose vCenter, under which name; `at`: the newest point not after it.

    `network` is one of that site's, empty for a port group that leads nowhere.
    """

    machine: str
    site: str
    name: str
    at: datetime | None = None
    network: str = ""
    accept_unsigned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearRefusedRequest:
    """The site whose repository bears the files, and which of them, by path or its beginning (none: all)."""

    site: str
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSources:
    """Where backup looks; `trust(accept_unsigned)` says what is believed of a repository now."""

    estate: Callable[[], Estate]
    vcenter: Callable[[str], AbstractContextManager[VCenter]]
    repository: Callable[[str], Repository]
    hosts: Callable[[], RepositoryHost]
    trust: Callable[[bool], Trust]


def backup_proposals(sources: BackupSources) -> Mapping[str, Propose]:
    """How backup's operations are proposed, by name."""
    return {
        PREPARE: partial(propose_prepare, sources),
        RUN: partial(propose_backup, sources),
        REPLICATE: partial(propose_replication, sources),
        RESTORE: partial(propose_restore, sources),
        CLEAR_REFUSED: partial(propose_clear_refused, sources),
    }


def propose_prepare(sources: BackupSources, request: PrepareRequest, say: Say) -> Plan:
    """The plan that makes what is missing of the repository."""
    del request, say
    estate, hosts = sources.estate(), sources.hosts()
    sighting = see(estate.repository_hosts, hosts.pinned)
    return replace(plan_prepare(estate, sighting.seen), unread=sighting.unread)


def propose_backup(sources: BackupSources, request: BackupRequest, say: Say) -> Plan:
    """The plan that takes a restore point of each machine that is meant and seen."""
    estate = sources.estate()
    machines = select_machines(estate, request.only)
    sites = [name for name in estate.sites if any(machine.site == name for machine in machines)]
    say(f"reading the machines of {', '.join(sites)}")

    def read(site: str) -> tuple[Found, ...]:
        with sources.vcenter(site) as vcenter:
            return observe_guests(vcenter, (machine for machine in machines if machine.site == site))

    sighting = see(sites, read)
    planned = plan_backup(estate, machines, sighting.seen)
    return replace(planned, unread=(*sighting.unread, *planned.unread))


def propose_replication(sources: BackupSources, request: ReplicationRequest, say: Say) -> Plan:
    """The plan by which each receiver pulls."""
    del say
    return plan_replication(sources.estate(), request.only)


def propose_restore(sources: BackupSources, request: RestoreRequest, say: Say) -> Plan:
    """The plan that brings the machine back; newer points that are passed over are said.

    Raises UsageError when there is no point to take, RefusedError when the site could not take the machine now.
    """
    estate, name = sources.estate(), request.name
    site = estate.site(request.site).name
    network = port_group_of(estate, site, request.network) if request.network else None
    trust = sources.trust(request.accept_unsigned)
    found = candidates(sources.repository(site), [request.machine], trust, at=request.at)[request.machine]
    decided = plan_restore(estate, _chosen(found, request, say), site=site, name=name, network=network)
    with sources.vcenter(site) as vcenter:
        obstacles = find_obstacles(vcenter, name=name, network=network)
    if obstacles:
        raise RefusedError(
            f"{site} cannot take {name} now: {'; '.join(obstacles)}",
            hint="choose another name with --as, or another --network, or mend what is said there",
        )
    return decided


def propose_clear_refused(sources: BackupSources, request: ClearRefusedRequest, say: Say) -> Plan:
    """The plan that moves files that are not what they say into quarantine."""
    del say
    estate = sources.estate()
    site = estate.site(request.site).name
    found = find_refused(sources.hosts(), estate, site)
    return plan_quarantine(city=estate.city, site=site, found=found, only=list(request.only))


def _chosen(found: Candidates, request: RestoreRequest, say: Say) -> RestorePoint:
    """The newest point of those found; what is newer and was passed over is named."""
    newest = found.points[0] if found.points else None
    for line in _passed_over(found, after=newest.taken if newest else None):
        say(line)
    if newest is None:
        before = f" before {request.at.isoformat()}" if request.at else ""
        raise UsageError(
            f"{request.site}'s repository holds no restore point of {request.machine!r}{before} that a recovery may "
            "choose",
            hint=f"`inv backup.list --site {request.site} --machine {request.machine}` shows what it holds, and why",
        )
    return newest


def _passed_over(found: Candidates, *, after: datetime | None) -> Iterator[str]:
    """A line for each of the newest entries that recovery passes over, of those after the moment."""
    newer = [one for one in found.passed_over if after is None or moment_of(one) > after]
    for one in newer[:_SHOWN]:
        yield f"passed over: {one.machine} of {moment_of(one):%Y-%m-%d %H:%M:%S} UTC: {one.doubt}: {one.reason}"
    if len(newer) > _SHOWN:
        yield f"passed over: {len(newer) - _SHOWN + found.unlisted} more"
