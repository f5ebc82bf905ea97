"""A whole product in one file: beds at each site, in which a plant is to grow. What docs/map.md says of adding one.

A bed is a file below ``SITE`` of the settings' ground that holds the name of its plant; in one that stands beside a
file ``NAME.stones`` nothing can be sown.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, assert_never

from invoke import Collection
from prometheus_client.core import GaugeMetricFamily, Metric
from pydantic import ConfigDict

from commands.command import CHANGE, Asked, command
from commands.conduct import conduct
from commands.wiring.city import City
from commands.wiring.needs import Need
from commands.wiring.product import Product
from exporters.city import Origin
from exporters.digest import Digest
from exporters.source import Source
from groundwork.change.approval import Requirement
from groundwork.change.codec import fingerprint
from groundwork.change.operation import Operation, Say
from groundwork.change.plan import Plan, Track, Unread, Wave, single_wave
from groundwork.change.rollout import Rollout
from groundwork.change.step import Act, Attempt, Json, Perform
from groundwork.drivers.playbook.role import HostRole
from groundwork.errors import ConfigurationError, OutsideError
from groundwork.run.record import RunRecord
from groundwork.settings.forms import FilePath
from groundwork.settings.secret import Secret
from groundwork.settings.secret_location import LINE
from groundwork.settings.section import Section
from groundwork.settings.settings import STRICT
from groundwork.shell.sighting import see

OPERATION = "garden.apply"
GARDENER = Requirement(count=1, roles=("gardeners",))


# ── its section of the settings ──


@dataclass(frozen=True, slots=True, kw_only=True)
class GardenSettings:
    """Where the gardens of the sites are, and the word that opens their gate."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    ground: FilePath
    gate: Secret


GARDEN_SETTINGS = Section(key="garden", form=GardenSettings, secrets={("gate",): LINE})


# ── model: what is asked, what is seen, and the steps ──


@dataclass(frozen=True, slots=True, kw_only=True)
class GardenRequest:
    """What is to grow in every bed."""

    plant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bed:
    """A bed as it was seen."""

    site: str
    name: str
    plant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill(Act):
    """Puts back what grew in a bed; what undoes the others."""

    site: str
    bed: str
    plant: str
    kind: Literal["garden.fill"] = "garden.fill"
    acts_on = "{0.site}/bed/{0.bed}"

    def describe(self) -> str:
        return f"put {self.plant or 'nothing'} back into {self.bed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dig(Act):
    """Takes out what grows in a bed."""

    site: str
    bed: str
    plant: str
    kind: Literal["garden.dig"] = "garden.dig"
    acts_on = "{0.site}/bed/{0.bed}"

    def describe(self) -> str:
        return f"dig {self.plant} out of {self.bed}"

    def undo(self, _recorded: Json | None, /) -> Fill:
        return Fill(site=self.site, bed=self.bed, plant=self.plant)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sow(Act):
    """Has a plant grow in an empty bed."""

    site: str
    bed: str
    plant: str
    kind: Literal["garden.sow"] = "garden.sow"
    acts_on = "{0.site}/bed/{0.bed}"

    def describe(self) -> str:
        return f"sow {self.plant} in {self.bed}"

    def undo(self, _recorded: Json | None, /) -> Fill:
        return Fill(site=self.site, bed=self.bed, plant="")


GardenStep = Dig | Sow | Fill


# ── plan: pure ──


def plan_garden(city: str, beds: tuple[Bed, ...], plant: str, unread: tuple[Unread, ...]) -> Plan:
    """A track for each bed in which something else grows: one bed first, then the others."""
    other = [bed for bed in beds if bed.plant != plant]
    batches = Rollout(canary=1).batches(other, other)
    waves = [
        wave for name, batch in zip(("canary", "the rest"), batches, strict=False) for wave in _wave(name, batch, plant)
    ]
    return Plan(
        operation=OPERATION,
        city=city,
        title=f"{plant} in {len(other)} beds",
        basis=fingerprint([_basis(bed) for bed in beds]),
        locks=tuple(f"{bed.site}/bed/{bed.name}" for bed in other),
        waves=tuple(waves),
        unread=unread,
    )


def _wave(name: str, beds: tuple[Bed, ...], plant: str) -> tuple[Wave, ...]:
    tracks: dict[str, list[Track]] = {}
    for bed in beds:
        steps = (
            Dig(site=bed.site, bed=bed.name, plant=bed.plant),
            Sow(site=bed.site, bed=bed.name, plant=plant),
        )
        track = Track(name=bed.name, steps=steps, roll_back=True, basis=_basis(bed))
        tracks.setdefault(bed.site, []).append(track)
    return single_wave(name, tracks)


def _basis(bed: Bed) -> str:
    return fingerprint({"plant": bed.plant})


# ── proposal and apply: what looks, and what does ──


def propose_garden(city: City, request: GardenRequest, say: Say) -> Plan:
    say("looking at the beds")
    ground = _ground(city)
    sighting = see(city.estate.sites, lambda site: _beds(ground / site, site))
    beds = tuple(bed for seen in sighting.seen.values() for bed in seen)
    return plan_garden(city.settings.city, beds, request.plant, sighting.unread)


def _beds(folder: Path, site: str) -> tuple[Bed, ...]:
    files = sorted(path for path in folder.glob("*") if path.suffix != ".stones")
    return tuple(Bed(site=site, name=path.name, plant=path.read_text(encoding="utf-8")) for path in files)


def _ground(city: City) -> Path:
    return GARDEN_SETTINGS.of(city.settings).ground


class Gardener:
    """Performs the steps at one site."""

    def __init__(self, ground: Path) -> None:
        self._ground = ground

    def __call__(self, step: GardenStep, attempt: Attempt) -> Json:
        attempt.say(step.describe())
        bed = self._ground / step.bed
        match step:
            case Dig():
                bed.write_text("", encoding="utf-8")
            case Sow():
                if bed.with_name(f"{step.bed}.stones").exists():
                    raise OutsideError(f"{step.bed} is stony", hint="take the stones away, then apply again")
                bed.write_text(step.plant, encoding="utf-8")
            case Fill():
                bed.write_text(step.plant, encoding="utf-8")
            case _:
                assert_never(step)
        return {"plant": bed.read_text(encoding="utf-8")}

    def read_basis(self, target: str) -> str:
        site, _, name = target.split("/")
        plant = (self._ground / name).read_text(encoding="utf-8")
        return _basis(Bed(site=site, name=name, plant=plant))


def _operations(city: City) -> tuple[Operation[GardenStep], ...]:
    @contextmanager
    def performer(site: str) -> Iterator[Perform[GardenStep]]:
        yield Gardener(_ground(city) / site)

    operation = Operation(
        name=OPERATION,
        steps=GardenStep,
        performer=performer,
        approvals=lambda _plan, _stated: GARDENER,
        propose=lambda request, say: propose_garden(city, request, say),
    )
    return (operation,)


def _needs(city: City, site: str, _live: bool) -> Iterator[Need]:  # noqa: FBT001 - as Needs has it
    def gate() -> None:
        GARDEN_SETTINGS.of(city.settings).gate.reveal()

    def ground() -> None:
        if not (folder := _ground(city) / site).is_dir():
            raise ConfigurationError(f"{site} has no garden", hint=f"make {folder}")

    yield gate
    yield ground


# ── the reading on the exporters' page ──


class GardenFacts:
    """What grows in each bed, as the runs recorded it."""

    def __init__(self) -> None:
        self._digest = Digest(OPERATION, self._take, needs_steps=True)
        self._growing: dict[str, tuple[str, str]] = {}

    def read(self, origin: Origin) -> Mapping[str, str]:
        with origin.open_ledger() as ledger:
            self._digest.update(ledger)
        return {target: plant for target, (_, plant) in self._growing.items()}

    def _take(self, record: RunRecord) -> None:
        for step in (step for stage in record.stages for step in stage.steps):
            newest = self._growing.get(step.target, ("", ""))[0]
            if isinstance(step.result, dict) and "plant" in step.result and step.ended >= newest:
                self._growing[step.target] = (step.ended, str(step.result["plant"]))


def collect_garden(city: str, growing: Mapping[str, str]) -> Iterator[Metric]:
    beds = GaugeMetricFamily("cityops_garden_growing", "1 for what grows in a bed.", labels=("city", "bed", "plant"))
    for target, plant in growing.items():
        beds.add_metric((city, target, plant), 1.0)
    yield beds


def _sources(origin: Origin) -> tuple[Source[Mapping[str, str]], ...]:
    facts = GardenFacts()
    source: Source[Mapping[str, str]] = Source(
        name="garden",
        read=lambda: facts.read(origin),
        families=lambda growing: collect_garden(origin.city, growing),
        nothing={},
    )
    return (source,)


# ── its entry in the list of products, and its command ──

GARDEN = Product(
    name="garden",
    operations=_operations,
    needs={OPERATION: _needs},
    sources=_sources,
    roles=(HostRole(name="shed"),),
    settings=(GARDEN_SETTINGS,),
)


@command(*CHANGE, help={"plant": "what is to grow in every bed"})
def apply(asked: Asked, plant: str) -> None:
    """Have a plant grow in every bed of the city.

    Example: inv garden.apply rose --live --reason "spring"
    """
    conduct(asked, OPERATION, GardenRequest(plant=plant))


namespace = Collection("garden", apply)
