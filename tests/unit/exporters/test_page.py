"""The page that Prometheus reads, whole."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from prometheus_client import generate_latest
from prometheus_client.utils import floatToGoString
from pydantic import TypeAdapter

from commands.wiring.products import sources
from exporters.board import Board
from exporters.city import Origin
from exporters.page import Page, registry_of, render
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


def board_of(runs: Runs) -> Board:
    origin = Origin(city="toytown", estate=small_estate, open_ledger=lambda: nullcontext(runs))
    return Board(sources(origin), clock=StillClock())


def read(board: Board, said: list[str] | None = None) -> str:
    """Every source read once, and the page then."""
    for reader in board.readers.values():
        reader.read()
    board.report(said.append if said is not None else lambda _: None)
    return render(Page(board, city="toytown"))


def page(runs: Runs, said: list[str] | None = None) -> str:
    return read(board_of(runs), said)


def shown(moment: datetime) -> str:
    return str(floatToGoString(moment.timestamp()))  # type: ignore[no-untyped-call]  # the client has no types there


def samples(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_before_anything_was_done_everything_that_should_be_has_a_series() -> None:
    assert page(Runs()) == (Path(__file__).parent / "page_before_the_first_run.txt").read_text(encoding="utf-8")


def test_a_scrape_may_ask_for_one_family() -> None:
    board = board_of(Runs())
    read(board)
    asked = registry_of(Page(board, city="toytown")).restricted_registry(
        ["cityops_drill_success", "cityops_collector_success"]
    )
    reported = samples(generate_latest(asked).decode())
    assert {line.partition("{")[0] for line in reported} == {"cityops_drill_success", "cityops_collector_success"}


def test_the_newest_drill_is_reported_and_when_one_last_passed() -> None:
    worse = replace(OUTCOME.recoveries[0], rto=None)
    later = OUTCOME.ended_at + timedelta(days=90)
    failed = replace(OUTCOME, result="failed", ended_at=later, recoveries=(worse,), leftovers=("drill-0a1b-pass",))

    reported = samples(page(Runs([replace(drill(failed), id="later"), drill(OUTCOME)])))

    assert reported[0].endswith(" NaN")
    assert reported[3].endswith(" 1800.0")
    assert reported[4].endswith(" 0.0")
    assert reported[5].endswith(f" {shown(later)}")
    assert reported[6].endswith(f" {shown(OUTCOME.ended_at)}")
    assert reported[8].endswith(" 1.0")


def test_the_newest_restore_point_counts_whichever_run_took_it() -> None:
    older = replace(POINT, taken=MOMENT - timedelta(days=1))
    runs = Runs(
        [run("backup.run", {"points": _json([older])}, id="a"), run("backup.run", {"points": _json([POINT])}, id="b")]
    )

    assert f"{_LAST_BACKUP} {shown(MOMENT)}" in samples(page(runs))


def test_a_refused_file_is_reported_and_the_last_good_pull_keeps_its_time() -> None:
    failure = Failure(error="VerificationError", message="3 of 40", hint="", exit_code=6, figures={"refused_files": 3})
    bad = pulls("bad", pull("beta", minutes=5, failure=failure))
    good = pulls("good", pull("beta", minutes=1))

    reported = samples(page(Runs([bad, good])))

    ended = shown(MOMENT + timedelta(minutes=1))
    assert f"{_LAST_PULL} {ended}" in reported
    assert (
        'cityops_replication_refused_files{city="toytown",receiver="beta",sender="alpha",site="beta"} 3.0' in reported
    )


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
    assert f"{_LAST_PULL} 0.0" in samples(page(Runs([pulls("lacking", lacking)]))), (
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
        kind="backup.store-point",
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
    board = board_of(runs)
    assert f"{_LAST_BACKUP} {shown(MOMENT)}" in samples(read(board))
    runs.records = runs.records[:3]
    assert f"{_LAST_BACKUP} {shown(MOMENT)}" in samples(read(board)), "it was read, and is kept"


def test_another_ledger_or_none_is_a_failed_collector_and_not_a_city_without_runs() -> None:
    runs, said = Runs([drill(OUTCOME)]), list[str]()
    board = board_of(runs)
    before = samples(read(board))
    runs.name, runs.records = "another", []
    after = samples(read(board, said))
    assert _values(before, "cityops_collector_success") == {"drills": "1.0", "backups": "1.0", "replication": "1.0"}
    assert _values(after, "cityops_collector_success") == {"drills": "0.0", "backups": "0.0", "replication": "0.0"}
    assert _of_drills(after) == _of_drills(before), "what was last read well stays, and its age shows that it is old"
    assert "the ledger is another one (another) than before (ledger)" in said[0]


def test_one_failing_source_is_reported_as_failed_and_blanks_neither_others_nor_what_it_read_before() -> None:
    said: list[str] = []
    runs = Runs([drill(OUTCOME), run("backup.run", {"points": _json([POINT])})])
    board = board_of(runs)
    before = samples(read(board))
    runs.broken = True
    after = samples(read(board, said))

    assert _values(after, "cityops_collector_success") == {"drills": "1.0", "backups": "0.0", "replication": "1.0"}
    assert any(line.startswith("cityops_drill_rto_seconds") and line.endswith(" 90.5") for line in after)
    assert f"{_LAST_BACKUP} {shown(MOMENT)}" in after
    ages = [float(_values(lines, "cityops_collector_age_seconds")["backups"]) for lines in (before, after)]
    assert ages[1] > ages[0]
    assert said == ["the collector backups failed: OutsideError: the ledger does not answer"]


def test_a_source_that_never_worked_has_its_families_named_and_no_age() -> None:
    text = page(Runs(broken=True))
    assert "# TYPE cityops_backup_last_success_timestamp_seconds gauge" in text
    assert not any(line.startswith("cityops_backup_") for line in samples(text))
    assert _values(samples(text), "cityops_collector_age_seconds")["backups"] == "NaN"
    assert _values(samples(text), "cityops_collector_last_success_timestamp_seconds")["backups"] == "0.0"
    assert _values(samples(text), "cityops_collector_duration_seconds")["backups"] == "0.25"


def test_a_record_that_another_version_wrote_fails_one_collector_and_hides_no_other_run() -> None:
    said: list[str] = []
    foreign = run("drill.run", {"scenario": "alpha-lost", "result": 7}, id="foreign", started=_later(5))
    board = board_of(Runs([foreign, drill(OUTCOME)]))

    reported = samples(read(board, said))

    assert _values(reported, "cityops_collector_success") == {"drills": "0.0", "backups": "1.0", "replication": "1.0"}
    assert any(line.startswith("cityops_drill_rto_seconds") and line.endswith(" 90.5") for line in reported)
    assert said[0].startswith(
        "the collector drills failed: the record of run foreign is not understood: ValidationError: "
    )
    assert samples(read(board, said))[:9] == reported[:9], "and it stays so"
    assert len(said) == 1


def test_a_first_reading_that_broke_off_is_begun_again_from_the_oldest_run() -> None:
    class Fragile(Runs):
        def read_run(self, run_id: str) -> RunRecord:
            if self.broken and run_id == "old":
                raise OutsideError("the ledger does not answer", hint="wait")
            return super().read_run(run_id)

    months_ago = (MOMENT - timedelta(days=90)).isoformat()
    old = pulls("old", pull("beta", minutes=1))
    runs = Fragile([pulls("new", pull("gamma", minutes=2)), replace(old, started=months_ago)], broken=True)
    runs.records = [replace(one, stages=()) for one in runs.records]
    stages = {"old": old.stages, "new": pulls("new", pull("gamma", minutes=2)).stages}

    def whole(run_id: str) -> RunRecord:
        return replace(Fragile.read_run(runs, run_id), stages=stages[run_id])

    runs.read_run = whole  # type: ignore[method-assign]  # lists have no stages, a run that is read has them
    board = board_of(runs)
    assert not any(line.startswith(_LAST_PULL) for line in samples(read(board)))
    runs.broken = False
    assert f"{_LAST_PULL} {shown(MOMENT + timedelta(minutes=1))}" in samples(read(board))


_BACKED_UP = 'agency="bureau",city="toytown",machine="pass-db-01",site="alpha"'
_LAST_BACKUP = f"cityops_backup_last_success_timestamp_seconds{{{_BACKED_UP}}}"
_LAST_PULL = (
    'cityops_replication_last_success_timestamp_seconds{city="toytown",receiver="beta",sender="alpha",site="beta"}'
)


def _values(lines: list[str], family: str) -> dict[str, str]:
    """Of a family of the collectors' own: each collector's value."""
    found = (line.partition('collector="')[2] for line in lines if line.startswith(f"{family}{{"))
    return {line.partition('"')[0]: line.rpartition(" ")[2] for line in found}


def _of_drills(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("cityops_drill_")]


def _refused(runs: Runs) -> str:
    series = 'cityops_replication_refused_files{city="toytown",receiver="beta",sender="alpha",site="beta"} '
    return next(line.removeprefix(series) for line in samples(page(runs)) if line.startswith(series))


def _later(number: int) -> str:
    return (MOMENT + timedelta(minutes=number)).isoformat()


def _json(points: list[RestorePoint]) -> Json:
    dumped: Json = TypeAdapter(list[RestorePoint]).dump_python(points, mode="json")
    return dumped
