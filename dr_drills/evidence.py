"""What a drill's steps record: what stood, what there was to restore from, and what was seen of each service."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field, TypeAdapter

from groundwork.change.step import Json
from groundwork.model.drill import DrillScenario
from groundwork.model.machine import Machine
from groundwork.model.restore_point import RestorePoint
from groundwork.model.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """What stands at a site, before the drill and after it."""

    machines: tuple[str, ...]
    networks: tuple[str, ...]
    folders: tuple[str, ...]
    files: tuple[str, ...]
    probers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A production address and port that a drill of an earlier version tried from inside the bubble, in vain."""

    name: str
    address: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IsolationSeen:
    """What ProveIsolation records of a network that lets nothing pass: who is in it, what was looked for, the controls.

    `controls` are the probes that saw the decoy, `neighbours` who of production was seen on the prober host's own leg.
    """

    attached: tuple[str, ...]
    looked_for: int
    controls: tuple[str, ...]
    neighbours: tuple[str, ...]
    unseen_machines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSeen:
    """What EndWatch records: the watch from its first to its last sign of life, its gaps, and who was heard.

    `wrong` says what else was not as it must be: somebody attached, an uplink. All empty: the bubble was isolated.
    """

    began: datetime | None
    ended: datetime | None
    beats: int
    gaps: tuple[str, ...]
    sightings: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """True when it was watched all the while and nothing was wrong."""
        return self.beats > 0 and not (self.gaps or self.sightings or self.wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanUpSeen:
    """What ProveClean records: what the drill left or may have removed, and what else differs from the before-image.

    Each is its sort and name, with ``(gone)`` where it stands no more.
    """

    leftovers: tuple[str, ...]
    changed_by_others: tuple[str, ...] = ()


def read_clean_up(recorded: Json) -> CleanUpSeen:
    """The recorded proof; records of before hold a list in which every difference was the drill's."""
    return _CLEAN_UP.validate_python({"leftovers": recorded} if isinstance(recorded, list) else recorded)


_CLEAN_UP = TypeAdapter(CleanUpSeen)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A restore point that was not chosen, or could not be restored, and why; `point` is its key or its snapshot."""

    machine: str
    point: str
    reason: str


def _read_old_service(recorded: Any) -> Any:  # noqa: ANN401 - a JSON value before it is validated
    """A service as records of version 1 hold it: how new the data is was asked by a probe of kind `canary`."""
    if not isinstance(recorded, dict):
        return recorded
    probes = recorded.get("probes", [])
    aged = [{"machine": one["machine"], "kind": "command"} for one in probes if one.get("kind") == "canary"]
    kept = [one for one in probes if one.get("kind") != "canary"]
    return {**recorded, "probes": kept, "data_age": [*recorded.get("data_age", []), *aged]}


RecordedService = Annotated[Service, BeforeValidator(_read_old_service)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What the recovery site alone knows: the estate from its own bundle, its newest restore points, its before-image.

    `services` are the scenario's and, of those they depend on, the ones that were lost too; `gateways`
    (``10.0.0.1/24``) are those of the machines' networks; `production` are all addresses that a bubble must not see,
    `production_gateways` the gateways among them, `neighbours` those beside the prober host's own leg; `points` are the
    candidates of each machine, newest first; `missing` are machines that the repository holds no restore point of that
    may be chosen.
    """

    estate_digest: str
    scenario: DrillScenario
    services: tuple[RecordedService, ...]
    machines: tuple[Machine, ...]
    points: tuple[RestorePoint, ...]
    missing: tuple[str, ...]
    gateways: tuple[str, ...]
    before: Image
    endpoints: Annotated[tuple[Endpoint, ...], Field(validation_alias=AliasChoices("endpoints", "doors"))] = ()
    production: tuple[str, ...] = ()
    production_gateways: tuple[str, ...] = ()
    neighbours: tuple[str, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()

    def points_of(self, machine: str) -> tuple[RestorePoint, ...]:
        """The points a machine may be restored from, newest first."""
        return tuple(point for point in self.points if point.machine == machine)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSeen:
    """What AwaitService records: when the last probe turned green (aware, UTC), None if it never did.

    `data_from` is the time of the newest data found; of several machines the worst off counts. `results`: what was
    asked of it, green, what was seen.
    """

    service: str
    green_at: datetime | None
    data_from: Annotated[datetime | None, Field(validation_alias=AliasChoices("data_from", "canary"))]
    results: Annotated[tuple[tuple[str, bool, str], ...], Field(validation_alias=AliasChoices("results", "looks"))]
