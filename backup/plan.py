"""Deciding what a backup, a replication or a restore does."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from pydantic import TypeAdapter

from backup.model import (
    Found,
    Guest,
    Hidden,
    MakeIsolatedNetwork,
    PrepareRepository,
    PullCopies,
    RemoveSnapshot,
    RemoveUnusedNetwork,
    RestoreMachine,
    StoreEstate,
    StorePoint,
    TakeSnapshot,
)
from backup.plausibility import is_name, visible
from groundwork.change.codec import fingerprint
from groundwork.change.operation import History, conclude_by_failures
from groundwork.change.outcome import Conclusion
from groundwork.change.plan import Plan, Share, Track, Unread, Wave
from groundwork.change.step import Json
from groundwork.errors import RefusedError, UsageError, VerificationError
from groundwork.estate.estate import Estate
from groundwork.estate.selection import Selectable, parse_selection
from groundwork.model.backup_policy import Quiesce
from groundwork.model.lock_path import backup_lock, machine_lock, replication_lock
from groundwork.model.machine import Machine
from groundwork.model.restore_point import RestorePoint

PREPARE = "backup.prepare"
RUN = "backup.run"
REPLICATE = "backup.replicate"
RESTORE = "backup.restore"
RESTORED_NETWORK = "cityops-restored"

_LEFTOVER = re.compile(r"cityops-\d{8}-\d{6}-.+")  # cityops-<run id>; a person's own snapshot is never taken for ours
_FOUND = TypeAdapter(dict[str, tuple[Found, ...]])
_WHERE = {"__all__": {"__all__": {"hypervisor"}}}  # a machine that went to another hypervisor is still the same
_HYPERVISOR = "hypervisor "
_LANES = 6  # machines of a site that are stored at a time, each by a program of its own
_LEASES = 3  # of them on one hypervisor: it gives few, and all share its disks and its line
_SHOWN = 10
_POINT = TypeAdapter(RestorePoint)


def name_snapshot(run_id: str) -> str:
    """The name of every snapshot that a run takes."""
    return f"cityops-{run_id}"


def plan_backup(estate: Estate, machines: Iterable[Machine], seen: Mapping[str, tuple[Found, ...]]) -> Plan:
    """A restore point of every machine that its site's vCenter shows; `seen` holds what was found, by site.

    A machine that is missing or hidden there is left out, and stands in the plan as unread. Leftovers of dead runs
    are removed on the way: while this plan's locks are held, no other backup run of these sites is alive.
    """
    wanted = {machine.name: estate.backup_policies[machine.backup_policy].quiesce for machine in machines}
    tracks: dict[str, list[Track]] = {}
    for site, found in seen.items():
        guests = [one for one in found if isinstance(one, Guest) and not one.shape.hardware.no_snapshot]
        points = [_track_of(site, guest, wanted[guest.name]) for guest in guests if guest.name in wanted]
        if points:
            bundle = StoreEstate(site=site, city=estate.city, digest=estate.digest)
            tracks[site] = [Track(name=f"{site}/estate", steps=(bundle,)), *_sweep(site, guests), *points]
    shares = tuple(_side_by_side(site, own) for site, own in tracks.items())
    return Plan(
        operation=RUN,
        city=estate.city,
        title=f"back up {sum(bool(one.always) for some in tracks.values() for one in some)} machines",
        basis=fingerprint(
            {"estate": estate.digest, "seen": _FOUND.dump_python(dict(seen), mode="json", exclude=_WHERE)}
        ),
        locks=tuple(backup_lock(site) for site in tracks),
        waves=(Wave(name="restore points", shares=shares),) if shares else (),
        failure_budget=sum(map(len, tracks.values())),
        unread=tuple(_unseen((estate.machines[name] for name in wanted), seen)),
    )


def _side_by_side(site: str, tracks: list[Track]) -> Share:
    """The tracks of a site on lanes: no more of one hypervisor at a time than it gives leases, one of a machine."""
    used = sorted({resource for track in tracks for resource in track.uses})
    caps = tuple((one, _LEASES if one.startswith(_HYPERVISOR) else 1) for one in used)
    return Share(site=site, tracks=tuple(tracks), caps=caps, lanes=_LANES)


def _unseen(machines: Iterable[Machine], seen: Mapping[str, tuple[Found, ...]]) -> Iterator[Unread]:
    """What of the machines gets no point, for each site that was read."""
    wanted = [machine for machine in machines if machine.site in seen]
    for site, found in seen.items():
        shown = {one.name for one in found}
        missing = [machine.name for machine in wanted if machine.site == site and machine.name not in shown]
        if missing:
            yield _not_backed_up(site, f"not in its vCenter: {_some(missing)}", "`inv machines.plan` shows more")
        for one in found:
            if isinstance(one, Hidden):
                yield _not_backed_up(f"{site}/{one.name}", one.reason, "look at it in the vCenter")
            elif why := one.shape.hardware.no_snapshot:
                yield _not_backed_up(f"{site}/{one.name}", why, "back it up from within, or change it")


def _not_backed_up(source: str, why: str, hint: str) -> Unread:
    return Unread(source=source, message=f"not backed up: {why}", hint=hint, exit_code=VerificationError.exit_code)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def plan_prepare(estate: Estate, pinned: Mapping[str, str | None]) -> Plan:
    """A repository at every site whose host bears none yet (`pinned`, by site), those that others copy from first.

    Raises RefusedError when the sites bear several: all are to be copies of one.
    """
    borne = sorted({identity for identity in pinned.values() if identity})
    if len(borne) > 1:
        each = ", ".join(f"{site}: {identity[:12]}…" for site, identity in pinned.items() if identity)
        raise RefusedError(
            f"the sites bear different repositories ({each})",
            hint="find out which is the city's, and take the other declarations from their hosts",
        )
    roots = [(site.name, "") for site in estate.sites.values() if site.replicates_from is None]
    lacking = [site for site, identity in pinned.items() if identity is None]
    hops = [[(site, sender) for site, sender in hop if site in lacking] for hop in (roots, *_hops(estate))]
    return Plan(
        operation=PREPARE,
        city=estate.city,
        title=f"prepare the repositories of {', '.join(lacking) or 'no site'}",
        basis=fingerprint({"estate": estate.digest, "pinned": dict(pinned)}),
        locks=tuple(lock(site) for site in lacking for lock in (backup_lock, replication_lock)),
        waves=tuple(
            Wave(
                name="repositories" if number == 0 else f"repositories, hop {number}",
                shares=tuple(
                    _share(
                        site,
                        PrepareRepository(site=site, sender=sender or None, identity=borne[0] if borne else None),
                        name=f"{site}/repository",
                    )
                    for site, sender in hop
                ),
            )
            for number, hop in enumerate(hops)
            if hop
        ),
    )


def plan_replication(estate: Estate, only: Iterable[str] = ()) -> Plan:
    """A pull for every site that copies from another, a wave for each hop; words of `only` select receivers."""
    hops = [hop for hop in _hops(estate) if hop]
    receivers = {site: Selectable(kind="site", site=site) for hop in hops for site, _ in hop}
    selection = parse_selection(only, receivers.values(), what="site that copies from another")
    pulls = [[(site, sender) for site, sender in hop if selection.matches(receivers[site])] for hop in hops]
    return Plan(
        operation=REPLICATE,
        city=estate.city,
        title=f"replicate to {', '.join(site for hop in pulls for site, _ in hop) or 'nowhere'}",
        basis=fingerprint({"estate": estate.digest}),
        locks=tuple(replication_lock(site) for hop in pulls for site, _ in hop),
        waves=tuple(
            Wave(
                name=f"hop {number}",
                shares=tuple(
                    _share(site, PullCopies(sender=sender, receiver=site), name=f"{sender} to {site}")
                    for site, sender in hop
                ),
            )
            for number, hop in enumerate(pulls, start=1)
            if hop
        ),
        failure_budget=len(receivers),
    )


def plan_restore(estate: Estate, point: RestorePoint, *, site: str, name: str, network: str | None = None) -> Plan:
    """One machine from one site's copy into that site's vCenter, powered off.

    Without a `network` (a port group's path) it is attached to one that leads nowhere: a copy must not meet its
    original. Raises UsageError for a name that no machine of an estate can have.
    """
    if not is_name(name):
        raise UsageError(
            f"{visible(name)!r} is no name of a machine", hint="lower case letters, digits and hyphens, 63 at most"
        )
    folder = estate.machines[point.machine].folder if point.machine in estate.machines else "restored"
    restore = RestoreMachine(site=site, point=point, name=name, network=network or RESTORED_NETWORK, folder=folder)
    alone = () if network else (MakeIsolatedNetwork(site=site, network=RESTORED_NETWORK),)
    tidy = () if network else (RemoveUnusedNetwork(site=site, network=RESTORED_NETWORK),)
    track = Track(name=f"{site}/{name}", steps=(*alone, restore), always=tidy)
    return Plan(
        operation=RESTORE,
        city=estate.city,
        title=f"restore {point.machine} at {site} as {name}",
        basis=fingerprint(_POINT.dump_python(point, mode="json")),
        locks=(machine_lock(site, name),),
        waves=(Wave(name="restore", shares=(Share(site=site, tracks=(track,)),)),),
    )


def port_group_of(estate: Estate, site: str, network: str) -> str:
    """The path of a network's port group. Raises UsageError for a network that the site has not."""
    known = {one.name: one.port_group_path for one in estate.networks.values() if one.site == site}
    if network not in known:
        raise UsageError(
            f"{site} has no network {visible(network)!r}", hint=f"name one of {', '.join(sorted(known)) or 'none'}"
        )
    return known[network]


def conclude_backup(history: History) -> Conclusion:
    """The points that were taken, and what failed by track."""
    return _concluded(history, {"points": _results(history, "backup.store-point")})


def conclude_replication(history: History) -> Conclusion:
    """The reports of the pulls, and what failed by hop; 6 while a receiver lacks something of a point."""
    pulls = _results(history, "backup.pull")
    concluded = _concluded(history, {"pulls": pulls})
    whole = all(isinstance(pull, dict) and pull.get("whole", True) for pull in pulls)
    code = concluded.exit_code or (0 if whole else VerificationError.exit_code)
    return replace(concluded, exit_code=code)


def conclude_restore(history: History) -> Conclusion:
    """What was restored; 6 when a machine is not what its point says."""
    restored = _results(history, "backup.restore-machine")
    concluded = _concluded(history, {"restored": restored})
    differs = any(isinstance(one, dict) and one.get("differs") for one in restored)
    code = concluded.exit_code or (VerificationError.exit_code if differs else 0)
    return replace(concluded, exit_code=code)


def _track_of(site: str, guest: Guest, quiesce: Quiesce) -> Track:
    name, other = guest.name, guest.vcenter_name
    return Track(
        name=f"{site}/{name}",
        steps=(
            TakeSnapshot(site=site, machine=name, vcenter_name=other, quiesce=quiesce),
            StorePoint(site=site, machine=name, vcenter_name=other, shape=guest.shape, powered_on=guest.powered_on),
        ),
        always=(RemoveSnapshot(site=site, machine=name, vcenter_name=other),),
        uses=(f"{_HYPERVISOR}{guest.hypervisor}", *_alone(guest)),
    )


def _sweep(site: str, guests: Iterable[Guest]) -> list[Track]:
    return [
        Track(
            name=f"{site}/leftovers of {guest.name}",
            steps=tuple(
                RemoveSnapshot(site=site, machine=guest.name, vcenter_name=guest.vcenter_name, snapshot=name)
                for name in leftovers
            ),
            uses=_alone(guest),
        )
        for guest in guests
        if (leftovers := _leftovers(guest))
    ]


def _leftovers(guest: Guest) -> list[str]:
    return [name for name in guest.snapshots if _LEFTOVER.fullmatch(name)]


def _alone(guest: Guest) -> tuple[str, ...]:
    """A machine with leftovers has two tracks, which come one after the other, however the first one ends."""
    return (f"machine {guest.name}",) if _leftovers(guest) else ()


def _hops(estate: Estate) -> list[list[tuple[str, str]]]:
    """(receiver, sender) by the number of hops from the site that copies from nobody."""
    reached = {site.name for site in estate.sites.values() if site.replicates_from is None}
    hops: list[list[tuple[str, str]]] = []
    while True:
        hop = [
            (site.name, site.replicates_from)
            for site in estate.sites.values()
            if site.replicates_from in reached and site.name not in reached
        ]
        if not hop:
            return hops
        reached |= {site for site, _ in hop}
        hops.append([(site, sender) for site, sender in hop if sender])


def _share(site: str, step: PrepareRepository | PullCopies, *, name: str) -> Share:
    return Share(site=site, tracks=(Track(name=name, steps=(step,)),))


def _results(history: History, kind: str) -> list[Json]:
    return [step.result for stage in history for step in stage.outcome.results(kind)]


def _concluded(history: History, summary: dict[str, Json]) -> Conclusion:
    by_failures = conclude_by_failures(history)
    return Conclusion(
        exit_code=by_failures.exit_code, summary={**summary, "failed": by_failures.summary.get("failed", {})}
    )
