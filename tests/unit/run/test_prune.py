from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from groundwork.change.approval import Approval, Permit
from groundwork.run.prune import (
    DRILL,
    IN_USE,
    LAST,
    LAST_GOOD,
    NOT_ENDED,
    PERMITTED,
    UNDOING,
    plan_prune,
)
from groundwork.run.record import RunRecord

NOW = datetime(2026, 11, 26, tzinfo=UTC)
BEFORE = NOW - timedelta(days=365)
APPROVAL = Approval(signer="ada", roles=("board",), until="2026-01-01T00:00:00+00:00", signature="s")


def run(days: int, *, operation: str = "backup.run", name: str = "") -> RunRecord:
    """A run that ended so many days ago."""
    moment = (NOW - timedelta(days=days)).isoformat()
    return RunRecord(
        id=name or f"{operation}-{days}",
        operation=operation,
        city="toytown",
        title="t",
        reason="r",
        status="succeeded",
        started=moment,
        ended=moment,
        exit_code=0,
        summary={},
    )


OLD = run(400)
RECENT = run(1)


def stays(*runs: RunRecord, in_use: tuple[str, ...] = ()) -> dict[str, str]:
    """Why each of the old ones stays; empty for those that go."""
    newest_first = sorted(runs, key=lambda one: one.started, reverse=True)
    plan = plan_prune(newest_first, before=BEFORE, in_use=in_use)
    assert all(not one.kept for one in plan.going)
    return {one.id: one.kept for one in (*plan.going, *plan.staying)}


def test_what_ended_long_ago_goes_and_what_did_not_is_not_spoken_of() -> None:
    assert stays(OLD, RECENT) == {OLD.id: ""}
    assert stays(run(365), run(366), RECENT) == {"backup.run-366": ""}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (replace(OLD, status="interrupted", ended=None), NOT_ENDED),
        (replace(OLD, status="running", ended=None), NOT_ENDED),
        (replace(OLD, status="cancelled", ended=None), NOT_ENDED),
        (replace(OLD, permit=Permit(plan="p", approvals=(APPROVAL,))), PERMITTED),
        (replace(OLD, permit=Permit(plan="p", emergency="the flood")), PERMITTED),
    ],
)
def test_what_is_not_at_its_end_and_what_is_evidence_stays(changed: RunRecord, why: str) -> None:
    assert stays(changed, RECENT) == {OLD.id: why}


def test_drills_stay_and_what_a_metric_rests_on() -> None:
    drills = [run(days, operation="drill.run") for days in (1, 500)]
    assert stays(*drills, OLD, RECENT, in_use=(OLD.id,)) == {"drill.run-500": DRILL, OLD.id: IN_USE}


def test_of_each_operation_the_newest_and_the_newest_good_one_stay() -> None:
    failed, other = replace(run(390), status="failed", exit_code=5), run(900, operation="hosts.apply")
    assert stays(failed, OLD, run(410), other) == {
        failed.id: LAST,
        OLD.id: LAST_GOOD,
        "backup.run-410": "",
        other.id: LAST_GOOD,
    }


def test_a_run_goes_with_the_one_that_undoes_it_or_not_at_all() -> None:
    undo = replace(run(390, name="undo"), undo_of=OLD.id)
    undone = replace(OLD, undone_by="undo")
    assert stays(undone, undo, RECENT) == {OLD.id: "", "undo": ""}
    assert stays(undone, replace(undo, ended=None, status="interrupted"), RECENT) == {
        OLD.id: UNDOING,
        "undo": NOT_ENDED,
    }
    young = replace(undo, ended=NOW.isoformat(), started=NOW.isoformat())
    assert stays(undone, young, RECENT) == {OLD.id: UNDOING}
    assert stays(undone, RECENT) == {OLD.id: UNDOING}, "a cancel was killed before it began to undo"
    assert stays(undo, RECENT) == {"undo": ""}, "a prune was killed after it took the other"


def test_an_undo_is_no_good_run_of_its_operation() -> None:
    undo = replace(run(370, name="undo"), undo_of="gone")
    assert stays(undo, OLD) == {"undo": "", OLD.id: LAST_GOOD}


def test_the_oldest_go_first_and_those_that_stay_are_counted() -> None:
    plan = plan_prune([RECENT, OLD, run(500)], before=BEFORE, in_use=[OLD.id])
    assert [one.id for one in plan.going] == ["backup.run-500"]
    assert plan.counted() == {IN_USE: 1}
