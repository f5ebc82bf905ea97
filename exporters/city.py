"""The sources of one city: its estate and its ledger, asked anew for each reading."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from exporters.collectors import collect_backups, collect_drills, collect_replication
from exporters.digest import RunReader
from exporters.readings import HopReading, MachineBackup, ScenarioReading
from exporters.source import Source
from exporters.sources import BackupFacts, DrillFacts, HopFacts
from groundwork.estate.estate import Estate

R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a city's readings come from."""

    city: str
    estate: Callable[[], Estate]
    open_ledger: Callable[[], AbstractContextManager[RunReader]]


class _Facts(Protocol[R_co]):
    def read(self, ledger: RunReader, estate: Estate, /) -> R_co: ...

    def missing(self) -> str: ...


def drill_source(origin: Origin) -> Source[tuple[ScenarioReading, ...]]:
    """Every drill scenario of the estate: its last outcome against its objectives."""
    facts = DrillFacts()
    return Source(
        name="drills",
        read=_reading(origin, facts),
        missing=facts.missing,
        families=lambda scenarios: collect_drills(origin.city, scenarios),
        nothing=(),
    )


def backup_source(origin: Origin) -> Source[tuple[MachineBackup, ...]]:
    """Every machine whose policy wants backups: its newest restore point."""
    facts = BackupFacts()
    return Source(
        name="backups",
        read=_reading(origin, facts),
        missing=facts.missing,
        families=lambda machines: collect_backups(origin.city, machines),
        nothing=(),
    )


def replication_source(origin: Origin) -> Source[tuple[HopReading, ...]]:
    """Every hop of replication: when it last went well, and what it refused."""
    facts = HopFacts()
    return Source(
        name="replication",
        read=_reading(origin, facts),
        missing=facts.missing,
        families=lambda hops: collect_replication(origin.city, hops),
        nothing=(),
    )


def _reading(origin: Origin, facts: _Facts[R_co]) -> Callable[[], R_co]:
    def read() -> R_co:
        estate = origin.estate()
        with origin.open_ledger() as ledger:
            return facts.read(ledger, estate)

    return read
