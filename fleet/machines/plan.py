"""The plan that mends what differs, a canary first, then growing batches; and the one that removes what we restored."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, replace

from fleet.machines.comparison import Comparison
from fleet.machines.model import FoundMachine, WantedMachine
from fleet.machines.steps import (
    ConsolidateDisks,
    CreateMachine,
    GrowDisk,
    MachineStep,
    MarkMachine,
    MoveMachine,
    PowerMachine,
    RemoveMachine,
    ResizeMachine,
)
from groundwork.change.codec import fingerprint
from groundwork.change.plan import Plan, Share, Track, Wave, single_wave
from groundwork.change.rollout import Rollout
from groundwork.errors import RefusedError
from groundwork.model.lock_path import drill_lock, machine_lock
from groundwork.model.mark import mark_line, render_annotation

OPERATION = "machines.apply"
REMOVE = "machines.remove"
_ROLLOUT = Rollout(canary=5, growth=5, things_per_failure=100)  # the canary: machines of one agency at one site
_LANES = 4  # machines of a site that are worked on at a time: no more clones than a host takes at once
_PLANNED = ("differs", "renamed", "missing", "lost")


def plan_machines(*, city: str, rows: Sequence[Comparison], anew: Collection[str] = ()) -> Plan:
    """The steps that make what is found what is wanted.

    What cannot be seen or told apart, and what the estate does not list, is never touched. A lost machine is made from
    its template only when it is named in `anew`. Raises RefusedError when `anew` names one that is not lost.
    """
    lost = {row.name for row in rows if row.state == "lost"}
    for name in anew:
        if name not in lost:
            raise RefusedError(
                f"{name} is not lost: --anew is for machines that were there before and are gone",
                hint="`inv machines.list` shows the state of each",
            )
    tracks = [
        (row.wanted, Track(name=row.name, steps=_steps(row, anew), basis=basis_of(row.found)))
        for row in rows
        if row.wanted
    ]
    busy = [(machine, track) for machine, track in tracks if track.steps]
    waves, busy_names = _waves(busy), {track.name for _, track in busy}
    return Plan(
        operation=OPERATION,
        city=city,
        title=_title(city, [track for _, track in busy]),
        basis=fingerprint({"compared": [asdict(row) for row in rows]}),
        locks=tuple(_lock_of(row) for row in rows if row.wanted and row.name in busy_names),
        waves=waves,
        failure_budget=_ROLLOUT.bears(len(busy)),
    )


def basis_of(found: FoundMachine | None) -> str:
    """What a machine's steps are decided on: all that is seen of it, but for the address that its guest reports."""
    return fingerprint({"found": asdict(replace(found, address="")) if found else None})


def plan_removal(*, city: str, rows: Sequence[Comparison], names: Sequence[str]) -> Plan:
    """Removes the named machines, each of which a restore or a drill made and which stands for none of the estate's.

    A name may be written `site/name` where two sites have one. Raises RefusedError for any other.
    """
    tracks: dict[str, list[Track]] = {}
    chosen = [_removable(name, rows) for name in dict.fromkeys(names)]
    for row, found in chosen:
        step = RemoveMachine(site=row.site, name=found.name, uuid=found.uuid, mark=mark_line(found.annotation))
        track = Track(name=f"{row.site}/{row.name}", steps=(step,), basis=basis_of(found))
        tracks.setdefault(row.site, []).append(track)
    return Plan(
        operation=REMOVE,
        city=city,
        title=f"remove {len(chosen)} machines that cityops made",
        basis=fingerprint({"found": [asdict(found) for _, found in chosen]}),
        locks=tuple(_removal_locks(chosen)),
        waves=single_wave("remove", tracks),
        failure_budget=len(chosen),
    )


def _lock_of(row: Comparison) -> str:
    """The lock of the machine by the name that the vCenter knows it by, or will."""
    wanted_name = row.wanted.vcenter_name if row.wanted else row.name
    return machine_lock(row.site, row.found.name if row.found else wanted_name)


def _removal_locks(chosen: Sequence[tuple[Comparison, FoundMachine]]) -> Iterator[str]:
    """A drill's machine is not removed while a drill is at work at its site."""
    yield from (machine_lock(row.site, found.name) for row, found in chosen)
    yield from sorted({drill_lock(row.site) for row, _ in chosen if row.state == "drill"})


def _removable(name: str, rows: Sequence[Comparison]) -> tuple[Comparison, FoundMachine]:
    among = [row for row in rows if name in (row.name, f"{row.site}/{row.name}") and row.found]
    if len(among) > 1:
        sites = " or ".join(f"{row.site}/{row.name}" for row in among)
        raise RefusedError(f"several machines are named {name}", hint=f"write {sites}")
    if not among or among[0].found is None:
        raise RefusedError(f"no vCenter shows a machine named {name}", hint="`inv machines.list` shows those there are")
    row = among[0]
    if row.wanted is not None:
        raise RefusedError(
            f"{name} stands for a machine of the estate",
            hint="it is not removed; `inv machines.apply` marks it as that",
        )
    if row.state not in ("restored", "drill"):
        raise RefusedError(
            f"{name} at {row.site} bears no mark of a restore or a drill: it is not ours to remove",
            hint="look whose it is at the vCenter",
        )
    return row, among[0].found


def _steps(row: Comparison, anew: Collection[str]) -> tuple[MachineStep, ...]:
    """Nothing for what cannot be seen or told apart; a network that differs is changed by hand, a disk only grows."""
    wanted, found = row.wanted, row.found
    if wanted is None or row.state not in _PLANNED:
        return ()
    if found is None:
        meant = row.state == "missing" or row.name in anew
        return _making(wanted, anew=row.state == "lost") if meant and not row.hindrance else ()
    site, name = wanted.site, found.name
    steps: list[MachineStep] = []
    if wanted.folder not in ("", found.folder):
        steps.append(MoveMachine(site=site, name=name, folder=wanted.folder, was_folder=found.folder))
    if wanted.mark not in ("", mark_line(found.annotation)):
        text = render_annotation(found.annotation, wanted.mark)
        steps.append(MarkMachine(site=site, name=name, text=text, was_text=found.annotation))
    if found.consolidation_needed:
        steps.append(ConsolidateDisks(site=site, name=name))
    if len(found.disks_bytes) == 1 and found.disk_gib < wanted.disk_gib:
        steps.append(GrowDisk(site=site, name=name, disk_gib=wanted.disk_gib, was_disk_gib=found.disk_gib))
    if (found.vcpus, found.memory_mib) != (wanted.vcpus, wanted.memory_mib):
        steps.append(_resize(wanted, found))
    if found.powered_on != wanted.powered_on:
        steps.append(PowerMachine(site=site, name=name, on=wanted.powered_on))
    return tuple(steps)


def _making(wanted: WantedMachine, *, anew: bool) -> tuple[MachineStep, ...]:
    """A machine made from its template; without one it is never made."""
    template = wanted.template
    if template is None:
        return ()
    create = CreateMachine(
        site=wanted.site,
        name=wanted.vcenter_name,
        machine=wanted.name,
        folder=wanted.folder,
        vcpus=wanted.vcpus,
        memory_mib=wanted.memory_mib,
        cards=wanted.cards,
        mark=wanted.mark,
        template=template.name,
        guest_info=wanted.guest_info,
        firmware=wanted.firmware,
        guest_type=wanted.guest_type,
        datastore=wanted.datastore,
        anew=anew,
    )
    steps: list[MachineStep] = [create]
    if template.disk_gib < wanted.disk_gib:
        grow = GrowDisk(site=wanted.site, name=create.name, disk_gib=wanted.disk_gib, was_disk_gib=template.disk_gib)
        steps.append(grow)
    if wanted.powered_on:
        steps.append(PowerMachine(site=wanted.site, name=create.name, on=True))
    return tuple(steps)


def _resize(wanted: WantedMachine, found: FoundMachine) -> ResizeMachine:
    return ResizeMachine(
        site=wanted.site,
        name=found.name,
        vcpus=wanted.vcpus,
        memory_mib=wanted.memory_mib,
        was_vcpus=found.vcpus,
        was_memory_mib=found.memory_mib,
        powered_on=found.powered_on,
    )


def _waves(busy: Sequence[tuple[WantedMachine, Track]]) -> tuple[Wave, ...]:
    """The canary is of the agency and site whose machines matter least; the rest goes on to those that matter most."""
    if not busy:
        return ()
    calmest_first = sorted(busy, key=lambda one: -one[0].tier)
    calm = calmest_first[0][0]
    alike = [one for one in calmest_first if (one[0].site, one[0].agency) == (calm.site, calm.agency)]
    batches = enumerate(_ROLLOUT.batches(calmest_first, alike))
    return tuple(_wave(f"batch {number}" if number else "canary", batch) for number, batch in batches)


def _wave(name: str, tracks: Sequence[tuple[WantedMachine, Track]]) -> Wave:
    by_site: dict[str, list[Track]] = {}
    for machine, track in tracks:
        by_site.setdefault(machine.site, []).append(track)
    shares = tuple(Share(site=site, tracks=tuple(own), lanes=_LANES) for site, own in by_site.items())
    return Wave(name=name, shares=shares, failure_budget=_ROLLOUT.bears(len(tracks)))


def _title(city: str, tracks: Sequence[Track]) -> str:
    acts = Counter(step.kind.partition(".")[2] for track in tracks for step in track.steps)
    counts = ", ".join(f"{count} to {act.replace('-', ' ')}" for act, count in acts.items())
    return f"machines of {city}: {counts}" if counts else f"machines of {city}"
