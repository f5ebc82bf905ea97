"""How what is found differs from what is wanted, and the plan that mends it: a canary first, then growing batches."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from fleet.machines.model import (
    DRILL_PREFIX,
    CreateMachine,
    FoundMachine,
    MachineStep,
    MarkMachine,
    MoveMachine,
    PowerMachine,
    ResizeMachine,
    WantedMachine,
    mark_line,
    render_annotation,
)
from fleet.machines.wanted import is_meant
from groundwork.change.codec import fingerprint
from groundwork.change.plan import Plan, Share, Track, Wave

OPERATION = "machines.apply"
_CANARY = 5  # machines that go first, all of one agency at one site
_GROWTH = 5  # each batch is so many times larger than the one before
_TRACKS_PER_FAILURE = 100  # one failed machine in so many is borne; a canary that fails whole is never borne

State = Literal["right", "missing", "differs", "ambiguous", "unwanted", "unseen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One name at one site: `wanted` or `found` is None where it is only the other; `differences` reads from → to."""

    name: str
    site: str
    state: State
    wanted: WantedMachine | None
    found: FoundMachine | None
    differences: tuple[str, ...] = ()


def compare_machines(
    wanted: Sequence[WantedMachine], found: Mapping[str, Sequence[FoundMachine]], only: Collection[str] = ()
) -> tuple[Comparison, ...]:
    """Every wanted machine that is meant, in order, then what is found at those sites and wanted nowhere there.

    Templates and a drill's clones are left out. `found` is keyed by the sites that could be read: what is wanted at
    another one is unseen, which is not missing.
    """
    meant = [machine for machine in wanted if is_meant(machine, only)]
    seen = {(one.site, one.name): one for machines in found.values() for one in machines if not one.template}
    names = Counter((one.site, one.name) for machines in found.values() for one in machines if not one.template)
    rows = [
        _compare(machine, seen.get((machine.site, machine.name)), names) if machine.site in found else _unseen(machine)
        for machine in meant
    ]
    known = {(machine.site, machine.name) for machine in wanted}
    unwanted = [
        Comparison(name=one.name, site=one.site, state="unwanted", wanted=None, found=one)
        for key, one in seen.items()
        if key not in known and not one.name.startswith(DRILL_PREFIX) and (not only or one.site in only)
    ]
    return (*rows, *unwanted)


def plan_machines(
    *,
    city: str,
    wanted: Sequence[WantedMachine],
    found: Mapping[str, Sequence[FoundMachine]],
    only: Collection[str] = (),
) -> Plan:
    """The steps that make what is found what is wanted; what is unwanted or ambiguous is never touched."""
    rows = compare_machines(wanted, found, only)
    tracks = [(row.wanted, Track(name=row.name, steps=_steps(row))) for row in rows if row.wanted]
    busy = [(machine, track) for machine, track in tracks if track.steps]
    waves = _waves(busy)
    return Plan(
        operation=OPERATION,
        city=city,
        title=_title(city, [track for _, track in busy]),
        basis=fingerprint({"compared": [asdict(row) for row in rows]}),
        locks=tuple(f"site/{site}" for site in dict.fromkeys(machine.site for machine, _ in busy)),
        waves=waves,
        failure_budget=min(len(busy) // _TRACKS_PER_FAILURE, _canary_size(waves) - 1) if waves else 0,
    )


def _unseen(machine: WantedMachine) -> Comparison:
    """What is known of a machine whose site could not be read."""
    why = f"{machine.site} could not be read"
    return Comparison(
        name=machine.name, site=machine.site, state="unseen", wanted=machine, found=None, differences=(why,)
    )


def _compare(machine: WantedMachine, found: FoundMachine | None, names: Mapping[tuple[str, str], int]) -> Comparison:
    differences = _differences(machine, found) if found else ()
    state: State = "differs" if differences else "right"
    if found is None:
        state = "missing"
    elif names[machine.site, machine.name] > 1:
        state = "ambiguous"
    elif found.unseen:
        state, differences = "unseen", (found.unseen,)
    return Comparison(
        name=machine.name, site=machine.site, state=state, wanted=machine, found=found, differences=differences
    )


def _differences(wanted: WantedMachine, found: FoundMachine) -> tuple[str, ...]:
    pairs = (
        ("vCPU", str(found.vcpus), str(wanted.vcpus)),
        ("MiB", str(found.memory_mib), str(wanted.memory_mib)),
        ("folder", found.folder, wanted.folder),
        ("power", _power(on=found.powered_on), _power(on=wanted.powered_on)),
        ("mark", mark_line(found.annotation), wanted.mark),
        ("network", found.network, wanted.network),
    )
    return tuple(f"{what}: {was or '(none)'} → {will_be}" for what, was, will_be in pairs if was != will_be)


def _steps(row: Comparison) -> tuple[MachineStep, ...]:
    """A network that differs is told and not mended: changing it cuts off whoever uses the machine."""
    wanted, found = row.wanted, row.found
    if wanted is None or row.state in {"right", "ambiguous", "unwanted", "unseen"}:
        return ()
    if found is None:
        power = (PowerMachine(site=wanted.site, name=wanted.name, on=True),) if wanted.powered_on else ()
        return (_create(wanted), *power)
    steps: list[MachineStep] = []
    if found.folder != wanted.folder:
        steps.append(MoveMachine(site=wanted.site, name=wanted.name, folder=wanted.folder, was_folder=found.folder))
    if mark_line(found.annotation) != wanted.mark:
        text = render_annotation(found.annotation, wanted.mark)
        steps.append(MarkMachine(site=wanted.site, name=wanted.name, text=text, was_text=found.annotation))
    if (found.vcpus, found.memory_mib) != (wanted.vcpus, wanted.memory_mib):
        steps.append(_resize(wanted, found))
    if found.powered_on != wanted.powered_on:
        steps.append(PowerMachine(site=wanted.site, name=wanted.name, on=wanted.powered_on))
    return tuple(steps)


def _create(wanted: WantedMachine) -> CreateMachine:
    return CreateMachine(
        site=wanted.site,
        name=wanted.name,
        folder=wanted.folder,
        vcpus=wanted.vcpus,
        memory_mib=wanted.memory_mib,
        disk_gib=wanted.disk_gib,
        network=wanted.network,
        address=wanted.address,
        boots=wanted.boots,
        mark=wanted.mark,
        template=wanted.template,
        guest_info=wanted.guest_info,
    )


def _resize(wanted: WantedMachine, found: FoundMachine) -> ResizeMachine:
    return ResizeMachine(
        site=wanted.site,
        name=wanted.name,
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
    first = [one for one in calmest_first if (one[0].site, one[0].agency) == (calm.site, calm.agency)][:_CANARY]
    rest = [one for one in calmest_first if one not in first]
    waves, size = [_wave("canary", first)], _CANARY
    while rest:
        size *= _GROWTH
        waves.append(_wave(f"batch {len(waves)}", rest[:size]))
        rest = rest[size:]
    return tuple(waves)


def _wave(name: str, tracks: Sequence[tuple[WantedMachine, Track]]) -> Wave:
    by_site: dict[str, list[Track]] = {}
    for machine, track in tracks:
        by_site.setdefault(machine.site, []).append(track)
    return Wave(name=name, shares=tuple(Share(site=site, tracks=tuple(own)) for site, own in by_site.items()))


def _canary_size(waves: Sequence[Wave]) -> int:
    return sum(len(share.tracks) for share in waves[0].shares)


def _title(city: str, tracks: Sequence[Track]) -> str:
    acts = Counter(step.kind.partition(".")[2] for track in tracks for step in track.steps)
    told = ", ".join(f"{count} to {act}" for act, count in acts.items())
    return f"machines of {city}: {told}" if told else f"machines of {city}"


def _power(*, on: bool) -> str:
    return "on" if on else "off"
