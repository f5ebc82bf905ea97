"""How what is found differs from what is wanted, machine by machine."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from fleet.machines.identity import Recognised, recognise
from fleet.machines.model import FoundMachine, WantedMachine
from fleet.machines.wanted import Meant
from groundwork.model.mark import mark_line, read_mark

State = Literal[
    "right",
    "differs",
    "renamed",
    "missing",
    "lost",
    "unseen",
    "template",
    "ambiguous",
    "unwanted",
    "restored",
    "drill",
    "host",
]
"""Of a wanted machine: renamed, template, unseen and ambiguous are there and reported; missing never was, lost was. Of
one that the estate does not list: unwanted, unless a restore or a drill made it or a service host is it."""


_SHOWN = 5  # names that a message lists
_LOST = (
    "bring it back with `inv backup.restore {name} --site {site} --as {name}`; --anew {name} makes it without its data"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One machine at one site: `wanted` or `found` is None where it is only the other; `differences` reads from → to.

    `note` says what a person is to do about what no plan mends, `hindrance` why what is not there is not made.
    """

    name: str
    site: str
    state: State
    wanted: WantedMachine | None
    found: FoundMachine | None
    differences: tuple[str, ...] = ()
    note: str = ""
    hindrance: str = ""

    @property
    def makeable(self) -> bool:
        """Whether the estate says enough of it to make it, and nothing that no clone of its template can be."""
        return bool(self.wanted and not _unmakeable(self.wanted))


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known besides the estate's list and the vCenters' shows.

    `hosts` are the machines that are service hosts (site and vCenter's name), `seen_before` those of the estate that
    were there once (site and name).
    """

    hosts: Collection[tuple[str, str]] = field(default=frozenset())
    seen_before: Collection[tuple[str, str]] = field(default=frozenset())


def compare_machines(
    wanted: Sequence[WantedMachine],
    found: Mapping[str, Sequence[FoundMachine]],
    meant: Meant | None = None,
    known: Known | None = None,
) -> tuple[Comparison, ...]:
    """Every wanted machine that is meant, in order, then what is found at those sites and wanted nowhere there.

    Without `meant` all is meant. Templates are left out. `found` is keyed by site; a site that it lacks cannot be seen
    now.
    """
    about = known or Known()
    by_site: dict[str, list[WantedMachine]] = {site: [] for site in found}
    for machine in wanted:
        by_site.setdefault(machine.site, []).append(machine)
    recognised = {site: recognise(by_site[site], machines) for site, machines in found.items()}
    rows = [
        _compare(one, recognised.get(one.site), about) for one in wanted if meant is None or one.name in meant.machines
    ]
    return (*rows, *_strangers(recognised, meant, about))


def list_some(names: Sequence[str]) -> str:
    """The first names of many, and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def hinder(rows: Sequence[Comparison], obstacles: Mapping[str, Mapping[str, str]]) -> tuple[Comparison, ...]:
    """The rows with what hinders the making of some now, by site and name."""
    return tuple(
        replace(row, hindrance=obstacles[row.site][row.name]) if row.name in obstacles.get(row.site, {}) else row
        for row in rows
    )


def _compare(machine: WantedMachine, site: Recognised | None, known: Known) -> Comparison:
    if site is None:
        return _row(machine, "unseen", None, note="its site cannot be read now")
    found = site.found.get(machine.name)
    if machine.name in site.ambiguous:
        rivals = ", ".join(f"{one.name} in {one.folder or '(no folder)'}" for one in site.ambiguous[machine.name])
        return _row(machine, "ambiguous", site.ambiguous[machine.name][0], note=f"several could be it: {rivals}")
    if found is None:
        return _absent(machine, known)
    if found.unseen:
        return _row(machine, "unseen", found, note=found.unseen)
    mark = read_mark(found.annotation)
    if mark is not None and mark.half:
        return _row(machine, "unseen", found, note="half imported: its restore is at work, or is to be run again")
    if _is_another(machine, found):
        note = f"its uuid is {found.uuid}, not that of machines.csv: another machine, or correct the cell"
        return _row(machine, "ambiguous", found, note=note)
    if found.template:
        return _row(machine, "template", found, note="turned into a template; make it a machine again at the vCenter")
    differences = _differences(machine, found)
    if found.name != machine.vcenter_name:
        case = ", only in case" if found.name.casefold() == machine.vcenter_name.casefold() else ""
        note = f"is named {found.name} at the vCenter{case}; rename it there, or write vcenter_name in machines.csv"
        return _row(machine, "renamed", found, (f"name: {found.name} → {machine.vcenter_name}", *differences), note)
    return _row(machine, "differs" if differences else "right", found, differences, _by_hand(machine, found))


def _row(
    machine: WantedMachine, state: State, found: FoundMachine | None, differences: tuple[str, ...] = (), note: str = ""
) -> Comparison:
    return Comparison(
        name=machine.name,
        site=machine.site,
        state=state,
        wanted=machine,
        found=found,
        differences=differences,
        note=note,
    )


def _absent(machine: WantedMachine, known: Known) -> Comparison:
    lost = bool(machine.uuid) or (machine.site, machine.name) in known.seen_before
    return Comparison(
        name=machine.name,
        site=machine.site,
        state="lost" if lost else "missing",
        wanted=machine,
        found=None,
        note=_LOST.format(name=machine.name, site=machine.site) if lost else "",
        hindrance=_unmakeable(machine),
    )


def _unmakeable(machine: WantedMachine) -> str:
    """Why the estate's words make no machine; empty when they do."""
    needs = (("template", machine.template), ("network", machine.cards), ("agency", machine.folder))
    if lacking := [what for what, there in needs if not there]:
        return f"machines.csv names no {' and no '.join(lacking)} for it"
    if machine.template and machine.controller not in (None, machine.template.controller):
        kept = machine.template.controller
        return f"a clone keeps its template's disk controller, {kept}; machines.csv says {machine.controller}"
    return ""


def _differences(wanted: WantedMachine, found: FoundMachine) -> tuple[str, ...]:
    """What of the wanted is not found so; what is not wanted in particular does not differ."""
    networks = tuple(card.network for card in wanted.cards)
    pairs = (
        ("vCPU", str(found.vcpus), str(wanted.vcpus)),
        ("MiB", str(found.memory_mib), str(wanted.memory_mib)),
        ("disk GiB", str(found.disk_gib), str(wanted.disk_gib if found.disks_bytes else found.disk_gib)),
        ("folder", found.folder, wanted.folder or found.folder),
        ("power", _power(on=found.powered_on), _power(on=wanted.powered_on)),
        ("mark", mark_line(found.annotation), wanted.mark or mark_line(found.annotation)),
        ("network", " ".join(found.networks), " ".join(networks or found.networks)),
        ("MAC", *_macs(wanted, found)),
        ("uuid", found.uuid, wanted.uuid or found.uuid),
        *_making(wanted, found),
    )
    remarks = [f"{what}: {was or '(none)'} → {will_be}" for what, was, will_be in pairs if was != will_be]
    return (*remarks, *(["disks: to be consolidated"] if found.consolidation_needed else []))


def _making(wanted: WantedMachine, found: FoundMachine) -> tuple[tuple[str, str, str], ...]:
    """What a machine is made with and keeps, as found and as wanted."""
    meant = wanted.datastore.rpartition("/")[2]  # a disk's file names the datastore alone, whatever its path
    datastores = " ".join(found.datastores)
    return (
        ("firmware", found.firmware, wanted.firmware or found.firmware),
        ("guest type", found.guest_type, wanted.guest_type or found.guest_type),
        ("controller", found.controller, wanted.controller or found.controller),
        ("datastore", datastores, datastores if datastores in ("", meant) else wanted.datastore or datastores),
    )


def _macs(wanted: WantedMachine, found: FoundMachine) -> tuple[str, str]:
    """The addresses of the cards as found and as wanted; where the cards differ, their networks say so."""
    if len(wanted.cards) != len(found.cards):
        return "", ""
    was = [card.mac for card in found.cards]
    will_be = [card.mac or mac for card, mac in zip(wanted.cards, was, strict=True)]
    return " ".join(was), " ".join(will_be)


def _by_hand(wanted: WantedMachine, found: FoundMachine) -> str:
    """What differs and no step mends, because it would cut off or destroy."""
    remarks = []
    networks = tuple(card.network for card in wanted.cards)
    was, will_be = _macs(wanted, found)
    if (networks and found.networks != networks) or was != will_be:
        remarks.append("its network cards are changed by hand: whoever uses it would be cut off")
    if made_otherwise := [what for what, was, will_be in _making(wanted, found) if was != will_be]:
        remarks.append(f"its {', '.join(made_otherwise)}: changed by hand at the vCenter, or in machines.csv")
    if found.disk_gib > wanted.disk_gib:
        remarks.append("a disk is never made smaller: correct disk_gib in machines.csv")
    elif found.disk_gib < wanted.disk_gib and len(found.disks_bytes) > 1:
        remarks.append(f"it has {len(found.disks_bytes)} disks: make the right one larger by hand")
    if wanted.uuid and found.uuid != wanted.uuid:
        remarks.append("it was made again: write its new uuid into machines.csv")
    return "; ".join(remarks)


def _strangers(recognised: Mapping[str, Recognised], meant: Meant | None, known: Known) -> Iterator[Comparison]:
    for site, here in recognised.items():
        if meant is not None and site not in meant.sites:
            continue
        for one in here.strangers:
            if not one.template:
                state = _whose(one, known)
                note = one.unseen or ("bears the mark of another" if state == "unwanted" and _copied(one) else "")
                yield Comparison(name=one.name, site=site, state=state, wanted=None, found=one, note=note)


def _whose(found: FoundMachine, known: Known) -> State:
    if (found.site, found.name) in known.hosts:
        return "host"
    mark = read_mark(found.annotation)
    if mark is not None and mark.sort in ("restored", "drill"):
        return "restored" if mark.sort == "restored" else "drill"
    return "unwanted"


def _is_another(wanted: WantedMachine, found: FoundMachine) -> bool:
    """Whether it bears the name alone: another identity than the estate's, and no mark of ours that says the name."""
    mark = read_mark(found.annotation)
    return bool(wanted.uuid) and found.uuid != wanted.uuid and (mark is None or mark.machine != wanted.name)


def _copied(found: FoundMachine) -> bool:
    mark = read_mark(found.annotation)
    return mark is not None and mark.sort == "kept"


def _power(*, on: bool) -> str:
    return "on" if on else "off"
