"""Which of the machines that a vCenter shows is which of the estate's: by identity, by our mark, then by name."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fleet.machines.model import FoundMachine, WantedMachine
from groundwork.model.mark import read_mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """One site: the found machine of each wanted one, those between which nobody can choose, and what is left over.

    A machine recognised by its identity or mark may bear another name, and be a template or out of sight.
    """

    found: dict[str, FoundMachine]
    ambiguous: dict[str, tuple[FoundMachine, ...]]
    strangers: tuple[FoundMachine, ...]


def recognise(wanted: Sequence[WantedMachine], found: Sequence[FoundMachine]) -> Recognised:
    """Match one site's machines, the surest first; no found machine is taken for two."""
    left = list(found)
    known: dict[str, FoundMachine] = {}
    by_uuid = {one.uuid: one for one in found if one.uuid}
    for machine in wanted:
        if machine.uuid and (same := by_uuid.get(machine.uuid)):
            known[machine.name] = same
    taken = {id(one) for one in known.values()}
    left = [one for one in left if id(one) not in taken]
    index = _Index(left)
    ambiguous: dict[str, tuple[FoundMachine, ...]] = {}
    for machine in wanted:
        if machine.name in known:
            continue
        candidates = index.candidates(machine)
        if len(candidates) == 1:
            known[machine.name] = candidates[0]
        elif candidates:
            ambiguous[machine.name] = candidates
    names = Counter(one.name for one in found)
    for name, one in list(known.items()):
        if names[one.name] > 1:  # the vCenter's calls go by name
            ambiguous[name] = tuple(other for other in found if other.name == one.name)
            del known[name]
    taken = {id(one) for one in known.values()} | {id(one) for some in ambiguous.values() for one in some}
    strangers = tuple(one for one in found if id(one) not in taken)
    return Recognised(found=known, ambiguous=ambiguous, strangers=strangers)


class _Index:
    """The machines that no identity claimed, by what else they are known by."""

    def __init__(self, found: Iterable[FoundMachine]) -> None:
        self._by_mark: dict[str, list[FoundMachine]] = {}
        self._by_name: dict[str, list[FoundMachine]] = {}
        for one in found:
            mark = read_mark(one.annotation)
            if mark is not None and mark.sort == "drill":
                continue
            if mark is not None and mark.sort == "kept" and mark.machine:
                self._by_mark.setdefault(mark.machine, []).append(one)
            else:
                self._by_name.setdefault(one.name.casefold(), []).append(one)

    def candidates(self, machine: WantedMachine) -> tuple[FoundMachine, ...]:
        """The machine itself, or those between which nobody can choose.

        A clone made by hand bears the mark of its original, so among several the one of the right name is meant.
        """
        marked = self._by_mark.get(machine.name, [])
        if marked:
            named = [one for one in marked if one.name == machine.vcenter_name]
            return tuple(named if len(named) == 1 else marked)
        alike = self._by_name.get(machine.vcenter_name.casefold(), [])
        return tuple([one for one in alike if one.name == machine.vcenter_name] or alike)
