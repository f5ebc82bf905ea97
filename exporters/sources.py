"""Where readings come from: the estate says what there should be, the ledger what was done."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pydantic import TypeAdapter

from exporters.readings import HopReading, MachineBackup, ScenarioReading, ServiceObjectives
from groundwork.estate.estate import Estate
from groundwork.model.drill import DrillOutcome, DrillScenario
from groundwork.model.restore_point import RestorePoint
from groundwork.run.record import RunRecord, StepRecord

_RUNS = 500  # how far back a reading looks, in runs of one operation
_OUTCOME = TypeAdapter(DrillOutcome)
_POINTS = TypeAdapter(list[RestorePoint])


class RunReader(Protocol):
    """What is asked of the ledger."""

    def list_runs(self, *, operation: str | None = None, limit: int | None = None) -> tuple[RunRecord, ...]:
        """The runs without their stages, newest first."""

    def read_run(self, run_id: str) -> RunRecord:
        """One run with its stages and steps."""


def read_scenarios(ledger: RunReader, estate: Estate) -> tuple[ScenarioReading, ...]:
    """Every drill scenario of the estate with its newest outcome; a drill of a part of it is none."""
    records = [one for one in ledger.list_runs(operation="drill.run", limit=_RUNS) if "scenario" in one.summary]
    outcomes = [_OUTCOME.validate_python(record.summary) for record in records if record.undo_of is None]
    return tuple(_scenario(estate, drill, outcomes) for drill in estate.drills.values())


def read_backups(ledger: RunReader, estate: Estate) -> tuple[MachineBackup, ...]:
    """Every machine whose policy wants backups with its newest restore point."""
    newest: dict[tuple[str, str], datetime] = {}
    for record in ledger.list_runs(operation="backup.run", limit=_RUNS):
        for point in _POINTS.validate_python(record.summary.get("points", [])):
            key = (point.site, point.machine)
            newest[key] = max(point.taken, newest.get(key, point.taken))
    return tuple(
        MachineBackup(
            machine=machine.name,
            site=machine.site,
            agency=machine.agency,
            every=policy.every,
            last_success=newest.get((machine.site, machine.name)),
        )
        for machine in estate.machines.values()
        if machine.role != "template" and (policy := estate.backup_policies[machine.backup_policy]).copies_at
    )


def read_hops(ledger: RunReader, estate: Estate) -> tuple[HopReading, ...]:
    """Every hop of the estate's replication with when it last went well."""
    records = ledger.list_runs(operation="backup.replicate", limit=_RUNS)
    succeeded: dict[tuple[str, str], datetime] = {}
    for record in records:
        for pull in _pulls(record):
            succeeded.setdefault(pull, datetime.fromisoformat(record.ended or record.started))
    ended = next((record for record in records if record.ended), None)
    steps = _steps(ledger.read_run(ended.id)) if ended else ()
    return tuple(
        HopReading(
            sender=site.replicates_from,
            receiver=site.name,
            last_success=succeeded.get((site.replicates_from, site.name)),
            refused_files=sum(_refused(step) for step in steps if step.site == site.name),
        )
        for site in estate.sites.values()
        if site.replicates_from
    )


def _scenario(estate: Estate, drill: DrillScenario, outcomes: Sequence[DrillOutcome]) -> ScenarioReading:
    own = [outcome for outcome in outcomes if outcome.scenario == drill.name and not outcome.only]
    services = [estate.services[name] for name in drill.services]
    return ScenarioReading(
        scenario=drill.name,
        services=tuple(ServiceObjectives(service=one.name, rto=one.rto, rpo=one.rpo) for one in services),
        every=drill.every,
        last=own[0] if own else None,
        last_passed=next((outcome.ended_at for outcome in own if outcome.result == "passed"), None),
    )


def _pulls(record: RunRecord) -> list[tuple[str, str]]:
    """The hops that went well in a run."""
    pulls = record.summary.get("pulls")
    if not isinstance(pulls, list):
        return []
    return [(str(pull["sender"]), str(pull["receiver"])) for pull in pulls if isinstance(pull, dict)]


def _steps(record: RunRecord) -> tuple[StepRecord, ...]:
    return tuple(step for stage in record.stages for step in stage.steps if step.kind == "backup.pull")


def _refused(step: StepRecord) -> int:
    """How many files a pull refused."""
    return step.failure.figures.get("refused_files", 0) if step.failure else 0
