"""What the collectors are handed: frozen values, one a collector, with nothing of where they were read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from groundwork.model.drill import DrillOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceObjectives:
    """What the estate asks of a service; used until a drill has recorded what it was measured against."""

    service: str
    agency: str
    rto: timedelta
    rpo: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioReading:
    """One drill scenario of the estate, its newest outcome, and when it last passed; None where it never did."""

    scenario: str
    recovery_site: str
    services: tuple[ServiceObjectives, ...]
    every: timedelta
    last: DrillOutcome | None
    last_passed: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineBackup:
    """One machine whose policy wants backups, and the moment of its newest restore point."""

    machine: str
    site: str
    agency: str
    every: timedelta
    last_success: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HopReading:
    """One hop of replication: when it last went well, and how many files its newest pull refused."""

    sender: str
    receiver: str
    last_success: datetime | None
    refused_files: int
