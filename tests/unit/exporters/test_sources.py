"""What the ledger's drills say of a scenario."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from exporters.sources import read_scenarios
from groundwork.run.record import RunRecord
from tests.builders.drill_record import record
from tests.builders.drill_values import LOST_AT
from tests.builders.estate_values import small_estate


@dataclass(frozen=True, slots=True)
class Kept:
    """A ledger of these runs, newest first."""

    runs: Sequence[RunRecord]

    def list_runs(self, *, operation: str | None = None, limit: int | None = None) -> tuple[RunRecord, ...]:
        return tuple(one for one in self.runs if one.operation == operation)[:limit]

    def read_run(self, run_id: str) -> RunRecord:
        return next(one for one in self.runs if one.id == run_id)


def test_a_drill_of_a_part_of_the_scenario_never_stands_for_the_scenario() -> None:
    whole = record()
    part = replace(whole, summary={**whole.summary, "only": ["pass"], "ended_at": "2026-11-22T10:00:00Z"})

    (scenario,) = read_scenarios(Kept([part, whole]), small_estate())
    assert scenario.last is not None
    assert scenario.last.lost_at == LOST_AT
    assert scenario.last.only == ()
    assert scenario.last_passed == scenario.last.ended_at

    (never,) = read_scenarios(Kept([part]), small_estate())
    assert (never.last, never.last_passed) == (None, None)
