"""What the ledger says of drills, backups and hops: the newest fact of each, whatever else is recorded beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from exporters.sources import BackupFacts, DrillFacts, HopFacts
from groundwork.change.outcome import Failure
from groundwork.change.step import Json
from groundwork.run.record import RunRecord, StageRecord, StepRecord
from tests.builders.drill_record import record
from tests.builders.drill_values import LOST_AT
from tests.builders.estate_values import small_estate, small_machine


@dataclass(frozen=True, slots=True)
class Kept:
    """A ledger of these runs, newest first."""

    runs: Sequence[RunRecord]

    def identity(self) -> str:
        return "one"

    def iterate_runs(self, *, operation: str, since: datetime | None) -> Iterator[RunRecord]:
        return iter([one for one in self.runs if one.operation == operation and since is None])

    def read_run(self, run_id: str) -> RunRecord:
        return next(one for one in self.runs if one.id == run_id)


def test_a_drill_of_a_part_of_the_scenario_never_stands_for_the_scenario() -> None:
    whole = record()
    part = replace(whole, id="part", summary={**whole.summary, "only": ["pass"], "ended_at": "2026-11-22T10:00:00Z"})

    (scenario,) = DrillFacts().read(Kept([part, whole]), small_estate())
    assert scenario.last is not None
    assert scenario.last.lost_at == LOST_AT
    assert scenario.last.only == ()
    assert scenario.last_passed == scenario.last.ended_at

    (never,) = DrillFacts().read(Kept([part]), small_estate())
    assert (never.last, never.last_passed) == (None, None)


def test_neither_an_undo_nor_a_run_that_came_to_no_outcome_is_a_drill() -> None:
    whole = record()
    undo = replace(whole, id="undo", undo_of=whole.id, summary={**whole.summary, "lost_at": "2026-11-22T10:00:00Z"})
    broken = replace(whole, id="broken", summary={"tracks": 3, "failed": {}})

    facts = DrillFacts()
    (scenario,) = facts.read(Kept([undo, broken, whole]), small_estate())
    assert scenario.last is not None
    assert scenario.last.lost_at == LOST_AT
    assert facts.missing() == ""


@pytest.mark.parametrize("newest_first", [True, False])
def test_the_drill_that_began_last_is_the_last_and_the_one_that_ended_last_is_when_it_passed(
    *, newest_first: bool
) -> None:
    first = record()
    later = (LOST_AT + timedelta(days=1)).isoformat()
    second = replace(first, id="second", started=later, summary={**first.summary, "lost_at": later, "ended_at": later})
    failed = replace(second, id="third", started=(LOST_AT + timedelta(days=2)).isoformat())
    failed = replace(failed, summary={**second.summary, "result": "failed", "ended_at": "2027-01-01T00:00:00Z"})
    runs = [failed, second, first]

    (scenario,) = DrillFacts().read(Kept(runs if newest_first else runs[::-1]), small_estate())
    assert scenario.last is not None
    assert scenario.last.result == "failed"
    assert scenario.last_passed == LOST_AT + timedelta(days=1)


def test_of_two_drills_begun_at_one_moment_the_one_read_first_stays() -> None:
    one = record()
    other = replace(one, id="other", summary={**one.summary, "result": "failed"})
    (scenario,) = DrillFacts().read(Kept([one, other]), small_estate())
    assert scenario.last is not None
    assert scenario.last.result == "passed"


def test_machines_without_copies_and_templates_are_not_asked_for_backups() -> None:
    estate = small_estate()
    policies = estate.backup_policies
    none = replace(policies["from-alpha"], name="none", copies_at=())
    machines = {
        one.name: one
        for one in (
            small_machine("kept-01"),
            small_machine("left-01", backup_policy="none"),
            small_machine("tmpl-01", role="template"),
        )
    }
    read = BackupFacts().read(Kept([]), replace(estate, machines=machines, backup_policies=policies | {"none": none}))
    assert [(one.machine, one.every, one.last_success) for one in read] == [("kept-01", timedelta(hours=1), None)]


def test_a_point_counts_by_site_and_machine_and_a_step_that_failed_stored_none() -> None:
    taken = LOST_AT.isoformat()
    stored = step("backup.store-point", site="alpha", result={"site": "beta", "machine": "pass-db-01", "taken": taken})
    failed = replace(stored, result={"site": "alpha", "machine": "pass-web-01", "taken": taken}, failure=failure())
    other = step(
        "backup.remove-snapshot", site="alpha", result={"site": "alpha", "machine": "pass-db-01", "taken": taken}
    )
    read = BackupFacts().read(Kept([run("backup.run", stored, failed, other)]), small_estate())
    assert [one.last_success for one in read] == [None, None, None]


def test_what_other_steps_of_a_replication_brought_says_nothing_of_its_pulls() -> None:
    bad = step("backup.pull", site="beta", minutes=1, failure=failure(refused_files=3))
    admitted = step(
        "backup.admit", site="beta", minutes=2, result={"sender": "alpha", "receiver": "beta", "refused": []}
    )
    (hop, _) = HopFacts().read(Kept([run("backup.replicate", bad, admitted)]), small_estate())
    assert (hop.last_success, hop.refused_files) == (None, 3)


@pytest.mark.parametrize(
    ("result", "refused"),
    [
        ({"counts": {"refused": 2, "foreign": 3, "missing": 50}}, 5),
        ({"counts": {"refused": 2}}, 2),
        ({"counts": {"refused": "two", "foreign": 1}}, 1),
        ({"counts": {}, "refused": ["a"]}, 0),
        ({"refused": ["a", "b"]}, 2),
        ({"refused": "many"}, 0),
        ({}, 0),
        ("text", 0),
    ],
)
def test_a_pull_counts_what_it_refused_in_either_version_s_words(result: Json, refused: int) -> None:
    hop = {"sender": "alpha", "receiver": "beta"}
    pulled = step("backup.pull", site="beta", result={**hop, **result} if isinstance(result, dict) else result)
    (seen, _) = HopFacts().read(Kept([run("backup.replicate", pulled)]), small_estate())
    assert seen.refused_files == refused
    assert (seen.last_success is not None) == isinstance(result, dict)


def test_the_newest_count_stands_and_of_two_at_one_moment_the_later_recorded() -> None:
    older = step("backup.pull", site="beta", minutes=1, failure=failure(refused_files=9))
    newer = step("backup.pull", site="beta", minutes=2, failure=failure(refused_files=4))
    same = step("backup.pull", site="beta", minutes=2, failure=failure(refused_files=5))
    silent = step("backup.pull", site="beta", minutes=3, failure=failure())
    (hop, other) = HopFacts().read(Kept([run("backup.replicate", newer, same, older, silent)]), small_estate())
    assert (hop.refused_files, other.refused_files) == (5, 0)


def test_a_hop_went_well_when_a_pull_was_whole_and_keeps_its_latest_time() -> None:
    def pulled(minutes: int, **more: Json) -> StepRecord:
        return step("backup.pull", site="beta", minutes=minutes, result={"sender": "alpha", "receiver": "beta", **more})

    steps = (pulled(5), pulled(4, whole=True), pulled(9, whole=False))
    (hop, other) = HopFacts().read(Kept([run("backup.replicate", *steps)]), small_estate())
    assert hop.last_success == LOST_AT + timedelta(minutes=5)
    assert (other.sender, other.receiver, other.last_success) == ("beta", "gamma", None)


def test_runs_that_are_not_understood_are_named_by_the_first_and_counted() -> None:
    foreign = [replace(record(), id=f"foreign-{number}", summary={"scenario": 7}) for number in range(3)]
    facts = DrillFacts()
    facts.read(Kept([*foreign[:1], record()]), small_estate())
    assert facts.missing().startswith("the record of run foreign-0 is not understood: ValidationError: ")
    facts = DrillFacts()
    (scenario,) = facts.read(Kept([*foreign, record()]), small_estate())
    assert facts.missing().startswith("the record of 3 runs, foreign-0 among them, is not understood: ")
    assert scenario.last is not None


def test_a_run_at_work_is_read_again_until_its_end_and_then_no_more() -> None:
    class Counting(Kept):
        reads = 0

        def iterate_runs(self, *, operation: str, since: datetime | None) -> Iterator[RunRecord]:
            found = [replace(one, stages=()) for one in self.runs if one.operation == operation]
            return iter([one for one in found if since is None or datetime.fromisoformat(one.started) >= since])

        def read_run(self, run_id: str) -> RunRecord:
            Counting.reads += 1
            return super().read_run(run_id)

    point: Json = {"site": "alpha", "machine": "pass-db-01", "taken": LOST_AT.isoformat()}
    begun = replace(run("backup.run"), status="running", ended=None)
    more = replace(begun, stages=(stage(step("backup.store-point", site="alpha", result=point)),))
    ended = replace(more, status="failed", ended=(LOST_AT + timedelta(hours=1)).isoformat(), summary={"points": []})
    facts = BackupFacts()
    states = (begun, more, ended, ended, ended)
    seen = [(facts.read(Counting([state]), small_estate())[0].last_success, Counting.reads) for state in states]
    assert seen == [(None, 1), (LOST_AT, 2), (LOST_AT, 3), (LOST_AT, 3), (LOST_AT, 3)]


def failure(**figures: int) -> Failure:
    return Failure(error="VerificationError", message="", hint="", exit_code=6, figures=figures)


def step(kind: str, *, site: str, minutes: int = 0, result: Json = None, failure: Failure | None = None) -> StepRecord:
    return StepRecord(
        site=site,
        kind=kind,
        target="",
        description="",
        started=LOST_AT.isoformat(),
        ended=(LOST_AT + timedelta(minutes=minutes)).astimezone(UTC).isoformat(),
        result=result,
        failure=failure,
    )


def stage(*steps: StepRecord) -> StageRecord:
    return StageRecord(number=1, title="", planned=len(steps), steps=steps)


def run(operation: str, *steps: StepRecord) -> RunRecord:
    return replace(record(), id=operation, operation=operation, summary={}, stages=(stage(*steps),) if steps else ())
