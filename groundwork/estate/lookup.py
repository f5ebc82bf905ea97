"""What an estate knows of one name: the thing itself, and what stands around it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from typing import cast

from groundwork.change.step import Json
from groundwork.errors import UsageError
from groundwork.estate.estate import Estate
from groundwork.estate.fields import format_duration
from groundwork.estate.sections import SECTIONS
from groundwork.model.machine import Machine

_MIB_PER_GIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing of the estate: its own facts, then what else the estate says of it."""

    sort: str
    name: str
    facts: dict[str, Json]


def look_up(estate: Estate, name: str) -> Found:
    """The thing of that name; ``sort:name`` where two things share a name.

    Raises UsageError when nothing or more than one thing bears it, naming what was probably meant.
    """
    known = _known(estate)
    wanted_sort, _, bare = name.rpartition(":")
    if wanted_sort and wanted_sort not in known:
        raise UsageError(f"{wanted_sort!r} is not a kind of thing", hint=f"write one of {', '.join(known)}")
    sorts = [sort for sort, things in known.items() if bare in things and wanted_sort in ("", sort)]
    if not sorts:
        names = [one for things in known.values() for one in things]
        near = get_close_matches(bare, names, n=3)
        hint = (
            f"did you mean {' or '.join(near)}?" if near else f"it has {', '.join(known)}: give a name of one of them"
        )
        raise UsageError(f"the estate of {estate.city} has nothing named {name!r}", hint=hint)
    if len(sorts) > 1:
        choices = " or ".join(f"{sort}:{bare}" for sort in sorts)
        raise UsageError(f"{bare!r} is a name of {len(sorts)} things", hint=f"write {choices}")
    thing = _facts(known[sorts[0]][bare])
    return Found(sort=sorts[0], name=bare, facts={**thing, **_around(estate, sorts[0], bare)})


def _known(estate: Estate) -> dict[str, Mapping[str, object]]:
    return {one.shown: getattr(estate, one.part) for one in SECTIONS if one.shown}


def _around(estate: Estate, sort: str, name: str) -> dict[str, Json]:
    if sort == "service":
        needed_by = [one.name for one in estate.services.values() if name in one.depends_on]
        drilled = [one.name for one in estate.drills.values() if name in one.services]
        return {"machines": _names(estate.machines_of(name)), "needed_by": _list(needed_by), "drills": _list(drilled)}
    if sort == "site":
        return _of_site(estate, name)
    if sort == "agency":
        return _of_agency(estate, name)
    if sort == "machine":
        machine = estate.machines[name]
        read_by = [one for one in estate.machines.values() if one.database == name]
        copies = estate.backup_policies[machine.backup_policy].copies_at
        return {"copies_at": _list(list(copies)), "read_by": _names(read_by)}
    if sort == "network":
        machines = [one for one in estate.machines.values() if one.network == name]
        hosts = [one.name for one in estate.hosts.values() if one.network == name]
        return {"machines": _names(machines), "hosts": _list(hosts)}
    return {}


def _of_site(estate: Estate, name: str) -> dict[str, Json]:
    machines = [one for one in estate.machines.values() if one.site == name]
    return {
        "networks": {one.name: str(one.cidr) for one in estate.networks.values() if one.site == name},
        "hosts": _list([one.name for one in estate.hosts.values() if one.site == name]),
        "machine_count": len(machines),
        "services": _list(sorted({one.service for one in machines})),
    }


def _of_agency(estate: Estate, name: str) -> dict[str, Json]:
    machines = [one for one in estate.machines.values() if one.agency == name]
    return {
        "used": {
            "machines": len(machines),
            "vcpus": sum(one.vcpus for one in machines),
            "memory_gib": sum(one.memory_mib for one in machines) / _MIB_PER_GIB,
            "disk_gib": sum(one.disk_gib for one in machines),
        },
        "services": _list([one.name for one in estate.services.values() if one.agency == name]),
    }


def _names(machines: "tuple[Machine, ...] | list[Machine]") -> Json:
    return _list([machine.name for machine in machines])


def _list(names: list[str]) -> Json:
    return list(names)


def _facts(thing: object) -> dict[str, Json]:
    return cast("dict[str, Json]", _as_json(thing))


def _as_json(value: object) -> Json:
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _as_json(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple):
        return [_as_json(one) for one in value]
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)
