"""What is asked about machines, what is seen of them then, and the plan that is decided on it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from fleet.machines.apply import OpenVCenter, observe_machines, observe_obstacles
from fleet.machines.comparison import Comparison, Known, compare_machines, hinder, list_some
from fleet.machines.model import FoundMachine
from fleet.machines.plan import OPERATION, REMOVE, plan_machines, plan_removal
from fleet.machines.shortfall import left_out, refuse_many_missing
from fleet.machines.wanted import Meant, host_machines, meant_machines, wanted_machines
from groundwork.change.operation import Propose, Say
from groundwork.change.plan import Plan, Unread
from groundwork.estate.estate import Estate
from groundwork.shell.sighting import Sighting

_UNTOUCHED = {"unwanted": "not in the estate, left alone"}
_LEFT_OUT = ("unseen", "lost", "missing")  # reported with the plan, whose exit code they decide


@dataclass(frozen=True, slots=True, kw_only=True)
class MachinesRequest:
    """The machines that the words of `only` select (none: all).

    `anew` are lost machines that are to be made again, `many_missing` says that many missing ones are no mistake.
    """

    only: tuple[str, ...] = ()
    anew: tuple[str, ...] = ()
    many_missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalRequest:
    """Machines that a restore or a drill made, by name or ``site/name``."""

    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSources:
    """Where machines are seen; `copied` gives those of some (site, name) of which a backup was ever taken."""

    estate: Callable[[], Estate]
    vcenter: OpenVCenter
    copied: Callable[[Collection[tuple[str, str]]], Collection[tuple[str, str]]]


@dataclass(frozen=True, kw_only=True)
class MachineView:
    """The machines that are meant, as they are wanted and as their sites show them; each is read when it is needed.

    Raises UsageError when a word of `only` selects nothing.
    """

    sources: MachineSources
    say: Say
    only: tuple[str, ...] = ()
    estate: Estate = field(init=False)
    meant: Meant = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "estate", self.sources.estate())
        object.__setattr__(self, "meant", meant_machines(self.estate, self.only))

    @cached_property
    def rows(self) -> tuple[Comparison, ...]:
        """Wanted and found side by side."""
        wanted, hosts = wanted_machines(self.estate), host_machines(self.estate)
        rows = compare_machines(wanted, self._sighting.seen, self.meant, Known(hosts=hosts))
        missing = {(row.site, row.name) for row in rows if row.state == "missing"}
        if not missing:
            return rows
        known = Known(hosts=hosts, seen_before=self.sources.copied(missing))
        return compare_machines(wanted, self._sighting.seen, self.meant, known)

    @property
    def unread(self) -> tuple[Unread, ...]:
        """The sites that could not be read."""
        return self._sighting.unread

    @cached_property
    def _sighting(self) -> Sighting[tuple[FoundMachine, ...]]:
        stood_at = {self.estate.machines[name].site for name in self.meant.machines}
        sites = [site for site in self.estate.sites if site in stood_at | self.meant.sites]
        self.say(f"reading the machines of {', '.join(sites)}")
        return observe_machines(sites, self.sources.vcenter)


def machines_proposals(sources: MachineSources) -> Mapping[str, Propose]:
    """How the machines' operations are proposed, by name."""
    return {OPERATION: partial(propose_machines, sources), REMOVE: partial(propose_removal, sources)}


def propose_machines(sources: MachineSources, request: MachinesRequest, say: Say) -> Plan:
    """The plan that makes machines what is wanted; what it leaves alone is said. Raises UsageError, RefusedError."""
    view = MachineView(sources=sources, say=say, only=request.only)
    if not request.many_missing:
        refuse_many_missing(view.rows)
    obstacles = observe_obstacles(view.rows, sources.vcenter)
    rows = hinder(view.rows, obstacles.seen)
    for line in _untouched(rows):
        say(line)
    decided = plan_machines(city=view.estate.city, rows=rows, anew=request.anew)
    return replace(decided, unread=(*view.unread, *obstacles.unread, *left_out(rows, anew=request.anew)))


def propose_removal(sources: MachineSources, request: RemovalRequest, say: Say) -> Plan:
    """The plan that removes the named machines. Raises RefusedError for one that is not ours to remove."""
    view = MachineView(sources=sources, say=say)
    for one in view.unread:  # what was named is found at the others, or the plan is refused
        say(f"left out, {one.source}: {one.message}")
    return plan_removal(city=view.estate.city, rows=view.rows, names=request.names)


def _untouched(rows: Sequence[Comparison]) -> list[str]:
    """What a plan leaves alone, so that nobody takes silence for agreement."""
    alike: dict[str, list[str]] = {}
    for row in rows:
        if row.state in _UNTOUCHED:
            alike.setdefault(_UNTOUCHED[row.state], []).append(f"{row.name} at {row.site}")
        elif row.note and row.state not in _LEFT_OUT:
            alike.setdefault(row.note, []).append(f"{row.name} at {row.site}")
    return [f"{list_some(names)}: {why}" for why, names in alike.items()]
