"""Deciding what is recovered next: each machine once what it needs stands, each service once its machines do."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter

from dr_drills.evidence import ServiceSeen, Survey
from dr_drills.model import AwaitService, RestoreMachine
from groundwork.change.operation import History
from groundwork.change.step import Step
from groundwork.model.machine import Machine
from groundwork.model.service import Service

_SEEN = TypeAdapter(ServiceSeen)
_SERVICE = "service "  # what a service's track is named, before its name: a machine may bear the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a recovery has come: the machines that were tried and that stand, the services that were probed and seen.

    `failures` says of a machine or a service why it does not stand.
    """

    tried: frozenset[str]
    standing: frozenset[str]
    probed: frozenset[str]
    seen: Mapping[str, ServiceSeen]
    failures: Mapping[str, str]

    @property
    def green(self) -> frozenset[str]:
        """The services of which every probe was green."""
        return frozenset(name for name, seen in self.seen.items() if seen.green_at is not None)


def read_progress(history: History) -> Progress:
    """What the record says of the recovery so far."""
    planned: dict[type[Step], set[str]] = {RestoreMachine: set(), AwaitService: set()}
    for stage in history:
        for *_, track, step in stage.plan.steps():
            planned.get(type(step), set()).add(thing_of(track.name))
    tracks = [track for stage in history for track in stage.outcome.tracks]
    failures = {thing_of(track.name): track.failure.message for track in tracks if track.failure}
    seen = [
        _SEEN.validate_python(step.result) for stage in history for step in stage.outcome.results("drill.await-service")
    ]
    ended = {track.name for track in tracks}
    return Progress(
        tried=frozenset(planned[RestoreMachine]),
        standing=frozenset((planned[RestoreMachine] & ended) - failures.keys()),
        probed=frozenset(planned[AwaitService] & {thing_of(name) for name in ended}),
        seen={one.service: one for one in seen},
        failures=failures,
    )


def track_of(service: str) -> str:
    """The name of a service's track; a machine's is the machine's."""
    return f"{_SERVICE}{service}"


def thing_of(track: str) -> str:
    """The machine or service that a track brings back; a version before named a service's track as the service."""
    return track.removeprefix(_SERVICE)


def ready_machines(survey: Survey, progress: Progress) -> tuple[Machine, ...]:
    """The machines that can be restored in this stage: not tried yet, with a point, and all that they need stands.

    A machine may need one that is restored in the same stage, before it.
    """
    ready: dict[str, Machine] = {}
    before = -1
    while before != len(ready):
        before = len(ready)
        for machine in survey.machines:
            if (
                machine.name not in progress.tried
                and survey.points_of(machine.name)
                and machines_needed(machine, survey) <= progress.standing | ready.keys()
                and services_needed(survey, machine.service) <= progress.green
            ):
                ready[machine.name] = machine
    return tuple(machine for machine in survey.machines if machine.name in ready)


def ready_services(survey: Survey, progress: Progress, restored: Iterable[str] = ()) -> tuple[Service, ...]:
    """The services that can be probed: not probed yet, all their machines stand, those they depend on are green.

    Their machines may be among those that are `restored` in the same stage, before them.
    """
    stand = progress.standing.union(restored)
    return tuple(
        service
        for service in survey.services
        if service.name not in progress.probed
        and machines_of(service, survey) <= stand
        and services_needed(survey, service.name) <= progress.green
    )


def machines_needed(machine: Machine, survey: Survey) -> frozenset[str]:
    """The machines that stand before this one is restored: its database, where that was lost too."""
    lost = {one.name for one in survey.machines}
    return frozenset({machine.database} & lost) if machine.database else frozenset()


def services_needed(survey: Survey, service: str) -> frozenset[str]:
    """The services that are green before this one: those it depends on, where they were lost too."""
    lost = {one.name: one for one in survey.services}
    return frozenset(lost[service].depends_on) & lost.keys() if service in lost else frozenset()


def machines_of(service: Service, survey: Survey) -> frozenset[str]:
    """The machines without which a service cannot be green: its own, and those its probes look at."""
    own = {machine.name for machine in survey.machines if machine.service == service.name}
    return frozenset(own | {probe.machine for probe in service.probes})


def not_recovered(survey: Survey, progress: Progress) -> tuple[tuple[str, str], ...]:
    """The services that were not even probed, in order, each with the first reason found."""
    return tuple(
        (service.name, next(_reasons(service, survey, progress), "the drill was stopped before its turn"))
        for service in survey.services
        if service.name not in progress.seen
    )


def _reasons(service: Service, survey: Survey, progress: Progress) -> Iterator[str]:
    if service.name in progress.failures:
        yield progress.failures[service.name]
    lost = {machine.name: machine for machine in survey.machines}
    own = machines_of(service, survey)
    needed = frozenset(name for one in own & lost.keys() for name in machines_needed(lost[one], survey))
    for name in sorted(own | needed):
        if name in progress.failures:
            yield f"{name} could not be restored: {progress.failures[name]}"
        elif name in survey.missing:
            yield f"{name} has no restore point that may be chosen"
        elif name not in lost:
            yield f"{name}, which a probe looks at, is no machine of this drill"
    for name in sorted(services_needed(survey, service.name) - progress.green):
        yield f"it needs {name}, which did not come back"
