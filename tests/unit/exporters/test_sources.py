"""What the ledger's drills say of a scenario."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from exporters.sources import DrillFacts
from groundwork.run.record import RunRecord
from tests.builders.drill_record import record
from tests.builders.drill_values import LOST_AT
from tests.builders.estate_values import small_estate


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
