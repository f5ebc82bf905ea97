"""The page that Prometheus reads, whole."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import cast

from prometheus_client import generate_latest
from prometheus_client.utils import floatToGoString
from pydantic import TypeAdapter

from exporters.city import city_sources
from exporters.page import Page, Source, registry_of, render
from groundwork.change.outcome import Failure
from groundwork.change.step import Json
from groundwork.errors import OutsideError
from groundwork.model.drill import DrillOutcome, ServiceRecovery
from groundwork.model.restore_point import MachineShape, RestorePoint
from groundwork.run.record import RunRecord, StageRecord, StepRecord
from tests.builders.estate_values import small_estate

MOMENT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
OUTCOME = DrillOutcome(
    scenario="alpha-lost",
    result="passed",
    lost_at=MOMENT,
    ended_at=MOMENT + timedelta(minutes=2),
    recoveries=(
        ServiceRecovery(
            service="pass",
            rto=timedelta(seconds=90.5),
            rto_objective=timedelta(hours=1),
            rpo=timedelta(minutes=5),
            rpo_objective=timedelta(minutes=30),
        ),
    ),
    isolated=True,
    leftovers=(),
)
POINT = RestorePoint(
    machine="pass-db-01",
    site="alpha",
    taken=MOMENT,
    run="20261121-100000-backup-0a1b",
    shape=MachineShape(vcpus=1, memory_mib=512, network="alpha-services", address="10.1.10.11"),
    disks=(),
)


@dataclass
class StillClock:
    """Each look at the monotonic clock takes a quarter of a second."""

    seconds: float = 0.0

    def now(self) -> datetime:
        return MOMENT

    def monotonic(self) -> float:
        self.seconds += 0.25
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Runs:
    """A ledger of the runs a test puts in, newest first."""

    records: list[RunRecord] = field(default_factory=list)
    broken: bool = False
    read: int = 0

    name: str = "ledger"

    def identity(self) -> str:
        return self.name

    def iterate_runs(self, *, operation: str, since: datetime | None) -> Iterator[RunRecord]:
        if self.broken and operation == "backup.run":
            raise OutsideError("the ledger does not answer", hint="wait")
        for one in self.records:
            self.read += 1
            if one.operation == operation and (since is None or datetime.fromisoformat(one.started) >= since):
                yield one

    def read_run(self, run_id: str) -> RunRecord:
        return next(one for one in self.records if one.id == run_id)


def run(operation: str, summary: Json, **changes: object) -> RunRecord:
    record = RunRecord(
        id=f"20261121-100000-{operation}",
        operation=operation,
        city="toytown",
        title="",
        reason="",
        status="succeeded",
        started=MOMENT.isoformat(),
        ended=(MOMENT + timedelta(minutes=1)).isoformat(),
        exit_code=0,
        summary=cast("dict[str, Json]", summary),
    )
    return replace(record, **changes)  # type: ignore[arg-type]  # the record's own fields


def drill(outcome: DrillOutcome) -> RunRecord:
    return run("drill.run", TypeAdapter(DrillOutcome).dump_python(outcome, mode="json"))


def pull(receiver: str, *, minutes: int, failure: Failure | None = None) -> StepRecord:
    sender = {"beta": "alpha", "gamma": "beta"}[receiver]
    return StepRecord(
        site=receiver,
        kind="backup.pull",
        target=f"{receiver}/repository",
        description="",
        started=MOMENT.isoformat(),
        ended=(MOMENT + timedelta(minutes=minutes)).isoformat(),
        result=None if failure else {"sender": sender, "receiver": receiver, "refused": []},
        failure=failure,
    )


def pulls(run_id: str, *steps: StepRecord) -> RunRecord:
    stage = StageRecord(number=1, title="", planned=len(steps), steps=steps)
    return run("backup.replicate", {"pulls": []}, id=run_id, stages=(stage,), started=steps[-1].started)


def page(runs: Runs, said: list[str] | None = None) -> str:
    tell = said.append if said is not None else lambda _: None
    return render(Page(city_sources(small_estate, lambda: nullcontext(runs)), clock=StillClock(), tell=tell))


def shown(moment: datetime) -> str:
    return str(floatToGoString(moment.timestamp()))  # type: ignore[no-untyped-call]  # the client has no types there


def samples(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_before_anything_was_done_everything_that_should_be_has_a_series() -> None:
    assert samples(page(Runs())) == [
        'cityops_drill_rto_seconds{city="toytown",scenario="alpha-lost",service="pass"} NaN',
        'cityops_drill_rto_objective_seconds{city="toytown",scenario="alpha-lost",service="pass"} 3600.0',
        'cityops_drill_rpo_seconds{city="toytown",scenario="alpha-lost",service="pass"} NaN',
        'cityops_drill_rpo_objective_seconds{city="toytown",scenario="alpha-lost",service="pass"} 3600.0',
        'cityops_drill_success{city="toytown",scenario="alpha-lost",service="pass"} 0.0',
        'cityops_drill_last_timestamp_seconds{city="toytown",scenario="alpha-lost"} 0.0',
        'cityops_drill_last_success_timestamp_seconds{city="toytown",scenario="alpha-lost"} 0.0',
        'cityops_drill_expected_interval_seconds{city="toytown",scenario="alpha-lost"} 7.8624e+06',
        'cityops_drill_leftover_objects{city="toytown",scenario="alpha-lost"} NaN',
        'cityops_backup_last_success_timestamp_seconds{agency="bureau",machine="pass-db-01",site="alpha"} 0.0',
        'cityops_backup_last_success_timestamp_seconds{agency="bureau",machine="pass-web-01",site="alpha"} 0.0',
        'cityops_backup_last_success_timestamp_seconds{agency="bureau",machine="files-01",site="beta"} 0.0',
        'cityops_backup_expected_interval_seconds{agency="bureau",machine="pass-db-01",site="alpha"} 3600.0',
        'cityops_backup_expected_interval_seconds{agency="bureau",machine="pass-web-01",site="alpha"} 3600.0',
        'cityops_backup_expected_interval_seconds{agency="bureau",machine="files-01",site="beta"} 3600.0',
        'cityops_replication_last_success_timestamp_seconds{receiver="beta",sender="alpha"} 0.0',
        'cityops_replication_last_success_timestamp_seconds{receiver="gamma",sender="beta"} 0.0',
        'cityops_replication_refused_files{receiver="beta",sender="alpha"} 0.0',
        'cityops_replication_refused_files{receiver="gamma",sender="beta"} 0.0',
        'cityops_collector_success{collector="drills"} 1.0',
        'cityops_collector_success{collector="backups"} 1.0',
        'cityops_collector_success{collector="replication"} 1.0',
        'cityops_collector_duration_seconds{collector="drills"} 0.25',
        'cityops_collector_duration_seconds{collector="backups"} 0.25',
        'cityops_collector_duration_seconds{collector="replication"} 0.25',
        'cityops_collector_last_success_timestamp_seconds{collector="drills"} 1.7952552e+09',
        'cityops_collector_last_success_timestamp_seconds{collector="backups"} 1.7952552e+09',
        'cityops_collector_last_success_timestamp_seconds{collector="replication"} 1.7952552e+09',
    ]


def test_a_scrape_may_ask_for_one_family() -> None:
    standing = Page(city_sources(small_estate, lambda: nullcontext(Runs())), clock=StillClock(), tell=lambda _: None)
    asked = registry_of(standing).restricted_registry(["cityops_drill_success", "cityops_collector_success"])
    told = samples(generate_latest(asked).decode())
    assert {line.partition("{")[0] for line in told} == {"cityops_drill_success", "cityops_collector_success"}


def test_the_newest_drill_is_told_and_when_one_last_passed() -> None:
    worse = replace(OUTCOME.recoveries[0], rto=None)
    later = OUTCOME.ended_at + timedelta(days=90)
    failed = replace(OUTCOME, result="failed", ended_at=later, recoveries=(worse,), leftovers=("drill-0a1b-pass",))

    told = samples(page(Runs([replace(drill(failed), id="later"), drill(OUTCOME)])))

    assert told[0].endswith(" NaN")
    assert told[3].endswith(" 1800.0")
    assert told[4].endswith(" 0.0")
    assert told[5].endswith(f" {shown(later)}")
    assert told[6].endswith(f" {shown(OUTCOME.ended_at)}")
    assert told[8].endswith(" 1.0")


def test_the_newest_restore_point_counts_whichever_run_took_it() -> None:
    older = replace(POINT, taken=MOMENT - timedelta(days=1))
    runs = Runs(
        [run("backup.run", {"points": _json([older])}, id="a"), run("backup.run", {"points": _json([POINT])}, id="b")]
    )

    assert (
        f'cityops_backup_last_success_timestamp_seconds{{agency="bureau",machine="pass-db-01",site="alpha"}} '
        f"{shown(MOMENT)}"
    ) in samples(page(runs))


def test_a_refused_file_is_told_and_the_last_good_pull_keeps_its_time() -> None:
    failure = Failure(error="VerificationError", message="3 of 40", hint="", exit_code=6, figures={"refused_files": 3})
    bad = pulls("bad", pull("beta", minutes=5, failure=failure))
    good = pulls("good", pull("beta", minutes=1))

    told = samples(page(Runs([bad, good])))

    ended = shown(MOMENT + timedelta(minutes=1))
    assert f'cityops_replication_last_success_timestamp_seconds{{receiver="beta",sender="alpha"}} {ended}' in told
    assert 'cityops_replication_refused_files{receiver="beta",sender="alpha"} 3.0' in told


def test_a_pull_of_another_hop_or_one_that_never_came_to_count_leaves_what_a_hop_refused() -> None:
    refused = Failure(error="VerificationError", message="", hint="", exit_code=6, figures={"refused_files": 3})
    silent = Failure(error="UnreachableError", message="", hint="", exit_code=5)
    bad = pulls("bad", pull("beta", minutes=1, failure=refused))
    other = pulls("other", pull("gamma", minutes=2))
    away = pulls("away", pull("beta", minutes=3, failure=silent))

    assert _refused(Runs([away, other, bad])) == "3.0"
    counted = replace(pull("beta", minutes=5), result={"sender": "alpha", "receiver": "beta", "counts": {"refused": 7}})
    assert _refused(Runs([pulls("counted", counted), bad])) == "7.0"
    lacking = replace(pull("beta", minutes=5), result={"sender": "alpha", "receiver": "beta", "whole": False})
    last = 'cityops_replication_last_success_timestamp_seconds{receiver="beta",sender="alpha"}'
    assert f"{last} 0.0" in samples(page(Runs([pulls("lacking", lacking)]))), (
        "a hop that lacks something did not go well"
    )
    assert _refused(Runs([pulls("mended", pull("beta", minutes=4)), away, other, bad])) == "0.0"


def test_a_point_of_the_future_counts_as_taken_when_its_run_ended() -> None:
    ahead = replace(POINT, taken=MOMENT + timedelta(days=365))
    runs = Runs([run("backup.run", {"points": _json([ahead])})])
    assert f"{_LAST_BACKUP} {shown(MOMENT + timedelta(minutes=1))}" in samples(page(runs))


def test_what_a_run_stored_counts_though_it_never_came_to_its_end() -> None:
    stored = StepRecord(
        site="alpha",
        kind="backup.store_point",
        target="alpha/point/pass-db-01",
        description="",
        started=MOMENT.isoformat(),
        ended=(MOMENT + timedelta(minutes=1)).isoformat(),
        result=_json([POINT])[0],  # type: ignore[index]  # a list of objects
    )
    stage = StageRecord(number=1, title="", planned=2, steps=(stored,))
    killed = run("backup.run", {}, status="interrupted", ended=None, exit_code=None, stages=(stage,))
    assert f"{_LAST_BACKUP} {shown(MOMENT)}" in samples(page(Runs([killed])))


def test_five_hundred_and_one_newer_runs_hide_no_older_fact_and_each_is_read_once() -> None:
    newer = [run("backup.run", {"points": []}, id=f"newer-{number}", started=_later(number)) for number in range(501)]
    runs = Runs([*reversed(newer), run("backup.run", {"points": _json([POINT])}, id="old")])
    standing = Page(city_sources(small_estate, lambda: nullcontext(runs)), clock=StillClock(), tell=lambda _: None)
    assert f"{_LAST_BACKUP} {shown(MOMENT)}" in samples(render(standing))
    runs.records = runs.records[:3]
    assert f"{_LAST_BACKUP} {shown(MOMENT)}" in samples(render(standing)), "it was read, and is kept"


def test_another_ledger_or_none_is_a_failed_collector_and_not_a_city_without_runs() -> None:
    runs, said = Runs([drill(OUTCOME)]), list[str]()
    standing = Page(city_sources(small_estate, lambda: nullcontext(runs)), clock=StillClock(), tell=said.append)
    assert 'cityops_collector_success{collector="drills"} 1.0' in samples(render(standing))
    runs.name, runs.records = "another", []
    told = samples(render(standing))
    assert 'cityops_collector_success{collector="drills"} 0.0' in told
    assert not any(line.startswith("cityops_drill_") for line in told)
    assert "the ledger is another one (another) than before (ledger)" in said[0]


def test_one_failing_source_is_told_as_failed_and_blanks_nothing_else() -> None:
    said: list[str] = []

    told = samples(page(Runs([drill(OUTCOME)], broken=True), said))

    assert 'cityops_collector_success{collector="backups"} 0.0' in told
    assert 'cityops_collector_success{collector="drills"} 1.0' in told
    assert any(line.startswith("cityops_drill_rto_seconds") and line.endswith(" 90.5") for line in told)
    assert not any(line.startswith("cityops_backup_") for line in told)
    assert said == ["the collector backups failed: OutsideError: the ledger does not answer"]


def test_a_record_that_another_version_wrote_fails_one_collector_alone() -> None:
    said: list[str] = []

    told = samples(page(Runs([run("drill.run", {"scenario": "alpha-lost", "result": 7})]), said))

    assert 'cityops_collector_success{collector="drills"} 0.0' in told
    assert 'cityops_collector_success{collector="backups"} 1.0' in told
    assert [line.partition(": ")[0] for line in said] == ["the collector drills failed"]


def test_a_collector_that_fails_keeps_the_time_of_its_last_success() -> None:
    fine = [True, False]

    def read() -> list[object]:
        if fine.pop(0):
            return []
        raise OutsideError("gone", hint="")

    told = Page([Source(name="one", read=read)], clock=StillClock(), tell=lambda _: None)  # type: ignore[arg-type]  # no families

    assert render(told).endswith("1.7952552e+09\n")
    assert render(told).endswith("1.7952552e+09\n")


_LAST_BACKUP = 'cityops_backup_last_success_timestamp_seconds{agency="bureau",machine="pass-db-01",site="alpha"}'


def _refused(runs: Runs) -> str:
    series = 'cityops_replication_refused_files{receiver="beta",sender="alpha"} '
    return next(line.removeprefix(series) for line in samples(page(runs)) if line.startswith(series))


def _later(number: int) -> str:
    return (MOMENT + timedelta(minutes=number)).isoformat()


def _json(points: list[RestorePoint]) -> Json:
    dumped: Json = TypeAdapter(list[RestorePoint]).dump_python(points, mode="json")
    return dumped
