"""Where readings come from: the estate says what there should be, the ledger the newest fact of each thing."""

from datetime import datetime

from pydantic import TypeAdapter

from exporters.digest import Digest, RunReader
from exporters.readings import HopReading, MachineBackup, ScenarioReading, ServiceObjectives
from groundwork.change.step import Json
from groundwork.estate.estate import Estate
from groundwork.model.drill import DrillOutcome, DrillScenario
from groundwork.run.record import RunRecord, StepRecord

_OUTCOME = TypeAdapter(DrillOutcome)
_POINT_KIND = "backup.store-point"
_PULL_KIND = "backup.pull"

Hop = tuple[str, str]  # sender, receiver


class DrillFacts:
    """Of each scenario: the outcome of its newest whole drill, and when one last passed."""

    def __init__(self) -> None:
        self._digest = Digest("drill.run", self._take, needs_steps=False)
        self._last: dict[str, tuple[str, DrillOutcome]] = {}
        self._passed: dict[str, datetime] = {}

    def read(self, ledger: RunReader, estate: Estate) -> tuple[ScenarioReading, ...]:
        """Every drill scenario of the estate; a drill of a part of it is none."""
        self._digest.update(ledger)
        return tuple(self._scenario(estate, drill) for drill in estate.drills.values())

    def missing(self) -> str:
        """The runs whose facts are not among these, in words; empty where there are none."""
        return self._digest.missing()

    def _take(self, record: RunRecord) -> None:
        if record.undo_of is not None or "scenario" not in record.summary:
            return
        outcome = _OUTCOME.validate_python(record.summary)
        if outcome.only:
            return
        name = outcome.scenario
        if name not in self._last or self._last[name][0] < record.started:
            self._last[name] = (record.started, outcome)
        if outcome.result == "passed":
            self._passed[name] = max(outcome.ended_at, self._passed.get(name, outcome.ended_at))

    def _scenario(self, estate: Estate, drill: DrillScenario) -> ScenarioReading:
        services = [estate.services[name] for name in drill.services]
        return ScenarioReading(
            scenario=drill.name,
            recovery_site=drill.recovery_site,
            services=tuple(
                ServiceObjectives(service=one.name, agency=one.agency, rto=one.rto, rpo=one.rpo) for one in services
            ),
            every=drill.every,
            last=self._last[drill.name][1] if drill.name in self._last else None,
            last_passed=self._passed.get(drill.name),
        )


class BackupFacts:
    """Of each machine: the moment of its newest restore point, never later than the run that stored it.

    The moment of a point is its vCenter's, and that clock may be a year ahead; the run's end is our own clock's.
    """

    def __init__(self) -> None:
        self._digest = Digest("backup.run", self._take, needs_steps=False)
        self._newest: dict[tuple[str, str], tuple[datetime, str]] = {}  # the moment, and the run that says so

    def read(self, ledger: RunReader, estate: Estate) -> tuple[MachineBackup, ...]:
        """Every machine whose policy wants backups with its newest restore point."""
        self._digest.update(ledger)
        return tuple(
            MachineBackup(
                machine=machine.name,
                site=machine.site,
                agency=machine.agency,
                every=policy.every,
                last_success=_moment(self._newest.get((machine.site, machine.name))),
            )
            for machine in estate.machines.values()
            if machine.role != "template" and (policy := estate.backup_policies[machine.backup_policy]).copies_at
        )

    def missing(self) -> str:
        """The runs whose facts are not among these, in words; empty where there are none."""
        return self._digest.missing()

    def rests_on(self, ledger: RunReader) -> frozenset[str]:
        """The runs that say it."""
        self._digest.update(ledger)
        return self._digest.not_understood().union(run for _, run in self._newest.values())

    def _take(self, record: RunRecord) -> None:
        stored = _dicts(record.summary.get("points"))
        for point in stored:
            self._note(point, record.id, not_after=record.ended or record.started)
        for step in record.results(_POINT_KIND):
            for point in _dicts([step.result]):
                self._note(point, record.id, not_after=step.ended)

    def _note(self, point: dict[str, Json], run: str, *, not_after: str) -> None:
        key = (str(point["site"]), str(point["machine"]))
        taken = min(datetime.fromisoformat(str(point["taken"])), datetime.fromisoformat(not_after))
        self._newest[key] = max((taken, run), self._newest.get(key, (taken, run)))


class HopFacts:
    """Of each hop: when a pull last went well; of each receiver: how many files the newest pull refused that counted.

    A pull that failed before it came to count says nothing of refused files.
    """

    def __init__(self) -> None:
        self._digest = Digest("backup.replicate", self._take, needs_steps=True)
        self._succeeded: dict[Hop, tuple[datetime, str]] = {}  # the moment, and the run that says so
        self._refused: dict[str, tuple[datetime, int, str]] = {}  # the moment, how many, and the run that says so

    def read(self, ledger: RunReader, estate: Estate) -> tuple[HopReading, ...]:
        """Every hop of the estate's replication."""
        self._digest.update(ledger)
        return tuple(
            HopReading(
                sender=site.replicates_from,
                receiver=site.name,
                last_success=_moment(self._succeeded.get((site.replicates_from, site.name))),
                refused_files=self._refused[site.name][1] if site.name in self._refused else 0,
            )
            for site in estate.sites.values()
            if site.replicates_from
        )

    def missing(self) -> str:
        """The runs whose facts are not among these, in words; empty where there are none."""
        return self._digest.missing()

    def rests_on(self, ledger: RunReader) -> frozenset[str]:
        """The runs that say it."""
        self._digest.update(ledger)
        counted = (run for _, _, run in self._refused.values())
        return self._digest.not_understood().union(counted, (run for _, run in self._succeeded.values()))

    def _take(self, record: RunRecord) -> None:
        for step in (step for stage in record.stages for step in stage.steps if step.kind == _PULL_KIND):
            ended = datetime.fromisoformat(step.ended)
            for pull in _dicts([step.result]):
                if not pull.get("whole", True):
                    continue
                hop = (str(pull["sender"]), str(pull["receiver"]))
                self._succeeded[hop] = max((ended, record.id), self._succeeded.get(hop, (ended, record.id)))
            refused = _refused(step)
            if refused is not None and self._refused.get(step.site, (ended, 0, ""))[0] <= ended:
                self._refused[step.site] = (ended, refused, record.id)


def runs_in_use(ledger: RunReader) -> frozenset[str]:
    """The runs that the metrics of backups and of replication rest on; those of drills rest on every drill."""
    return BackupFacts().rests_on(ledger) | HopFacts().rests_on(ledger)


def _moment(fact: tuple[datetime, str] | None) -> datetime | None:
    return fact[0] if fact else None


def _refused(step: StepRecord) -> int | None:
    """How many files a pull refused; None when it did not come to count."""
    if step.failure is not None:
        return step.failure.figures.get("refused_files")
    result = step.result if isinstance(step.result, dict) else {}
    counts, listed = result.get("counts"), result.get("refused")  # a record of version 1 lists them and counts nothing
    if isinstance(counts, dict):
        return sum(count for kind in ("refused", "foreign") if isinstance(count := counts.get(kind), int))
    return len(listed) if isinstance(listed, list) else 0


def _dicts(value: Json) -> list[dict[str, Json]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
