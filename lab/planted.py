"""The handful of machines that a new lab's vCenters hold wrongly, so that there is something to mend."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from groundwork.estate.estate import Estate
from groundwork.model.machine import Machine
from lab.guests import boots, list_guests

FaultSort = Literal["missing", "mis_sized", "powered_off", "misplaced"]
_MISSING, _MIS_SIZED, _POWERED_OFF, _MISPLACED = 1, 2, 2, 1  # how many of each, beside one missing that boots


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One machine that stands wrongly; `detail` says how, and `folder` where a misplaced one is."""

    machine: str
    site: str
    sort: FaultSort
    detail: str
    folder: str = ""


def plan_planted(estate: Estate) -> tuple[Planted, ...]:
    """The same handful for the same estate, spread over it; of those that boot, one is missing and none is wrong."""
    booting = [one for one in list_guests(estate) if one.role == "web"]
    quiet = [one for one in estate.machines.values() if one.powered_on and not boots(one) and one.role != "template"]
    picked = iter(_spread(quiet, _MISSING + _MIS_SIZED + _POWERED_OFF + _MISPLACED))
    missing = [*booting[-1:], *_take(picked, _MISSING)]
    mis_sized, powered_off, misplaced = (
        _take(picked, _MIS_SIZED),
        _take(picked, _POWERED_OFF),
        _take(picked, _MISPLACED),
    )
    return (
        *(_planted(one, "missing", "not there") for one in missing),
        *(_planted(one, "mis_sized", f"{one.vcpus + 1} CPUs, not {one.vcpus}") for one in mis_sized),
        *(_planted(one, "powered_off", "off, not on") for one in powered_off),
        *(_misplaced(one, estate) for one in misplaced),
    )


def _planted(machine: Machine, sort: FaultSort, detail: str) -> Planted:
    return Planted(machine=machine.name, site=machine.site, sort=sort, detail=detail)


def _misplaced(machine: Machine, estate: Estate) -> Planted:
    other = next((name for name in sorted(estate.agencies) if name != machine.folder), "")
    detail = f"in the folder {other or 'of the datacenter'}, not {machine.folder}"
    return Planted(machine=machine.name, site=machine.site, sort="misplaced", detail=detail, folder=other)


def _spread(machines: Sequence[Machine], count: int) -> list[Machine]:
    """`count` of them at even distances, so that sites and agencies vary."""
    stride = max(1, len(machines) // (count + 1))
    return list(machines[stride - 1 :: stride][:count])


def _take(machines: Iterable[Machine], count: int) -> list[Machine]:
    return [machine for _, machine in zip(range(count), machines, strict=False)]
