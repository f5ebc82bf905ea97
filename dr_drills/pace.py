"""How near a drill's recovery came to what was possible: its time beside the longest chain of what waits for what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from dr_drills.evidence import Survey
from dr_drills.recovery import machines_needed, machines_of, services_needed, track_of
from groundwork.change.graph import levels
from groundwork.run.record import StepRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The recovery from its first step's start to its last one's end, and its critical path."""

    wall: timedelta
    critical: timedelta

    @property
    def ratio(self) -> float | None:
        """The one over the other; None where nothing took any time."""
        return self.wall / self.critical if self.critical else None


def read_pace(survey: Survey, steps: Iterable[StepRecord]) -> Pace | None:
    """The pace of a recovery, from what was recorded of it; None of a drill that recovered nothing."""
    took: dict[str, timedelta] = {}
    moments: list[datetime] = []
    for step in steps:
        name = _brought_back(step)
        if name:
            started, ended = datetime.fromisoformat(step.started), datetime.fromisoformat(step.ended)
            took[name] = took.get(name, timedelta()) + (ended - started)
            moments += (started, ended)
    if not moments:
        return None
    return Pace(wall=max(moments) - min(moments), critical=_critical_path(_waits(survey), took))


def _brought_back(step: StepRecord) -> str:
    """The track of the machine (``drill-<mark>-<machine>``) or service that a step is for; empty for another step."""
    name = step.target.rpartition("/")[2]
    if step.kind in ("drill.restore-machine", "drill.start-machine"):
        return name.split("-", 2)[-1]
    return track_of(name) if step.kind == "drill.await-service" else ""


def _waits(survey: Survey) -> dict[str, frozenset[str]]:
    """What each machine and service waits for, by their tracks."""

    def services(needed: Iterable[str]) -> frozenset[str]:
        return frozenset(map(track_of, needed))

    machines = {
        one.name: machines_needed(one, survey) | services(services_needed(survey, one.service))
        for one in survey.machines
    }
    probed = {
        track_of(one.name): machines_of(one, survey) | services(services_needed(survey, one.name))
        for one in survey.services
    }
    return {**machines, **probed}


def _critical_path(waits: dict[str, frozenset[str]], took: dict[str, timedelta]) -> timedelta:
    ends: dict[str, timedelta] = {}
    for level in levels(waits):
        for name in level:
            before = max((ends[one] for one in waits[name] if one in ends), default=timedelta())
            ends[name] = before + took.get(name, timedelta())
    return max(ends.values(), default=timedelta())
