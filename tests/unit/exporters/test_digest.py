"""Which runs a digest asks the ledger for, and how often."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from exporters.digest import Digest
from groundwork.errors import ConfigurationError
from groundwork.run.record import RunRecord
from tests.builders.drill_record import record
from tests.builders.drill_values import LOST_AT

ENDED = replace(record(), status="succeeded", started=LOST_AT.isoformat(), stages=())
STAGES = record().stages


@dataclass
class Asked:
    """A ledger that notes what it is asked for."""

    runs: list[RunRecord]
    name: str = "ledger-of-a-city"
    since: list[datetime | None] = field(default_factory=list)
    read: list[str] = field(default_factory=list)

    def identity(self) -> str:
        return self.name

    def iterate_runs(self, *, operation: str, since: datetime | None) -> Iterator[RunRecord]:
        self.since.append(since)
        return iter([one for one in self.runs if one.operation == operation])

    def read_run(self, run_id: str) -> RunRecord:
        self.read.append(run_id)
        return replace(next(one for one in self.runs if one.id == run_id), stages=STAGES)


def digest(taken: list[RunRecord], *, needs_steps: bool = False) -> Digest:
    return Digest("drill.run", taken.append, needs_steps=needs_steps)


@pytest.mark.parametrize(
    ("listed", "needs_steps", "is_read"),
    [
        (ENDED, False, False),
        (ENDED, True, True),
        (replace(ENDED, summary={}), False, True),
        (replace(ENDED, status="running"), False, True),
        (replace(ENDED, status="interrupted", summary={}), False, True),
        (replace(ENDED, stages=STAGES), True, False),
        (replace(ENDED, stages=STAGES, summary={}), False, False),
    ],
)
def test_a_run_is_read_whole_where_the_list_does_not_say_enough(
    listed: RunRecord, *, needs_steps: bool, is_read: bool
) -> None:
    ledger, taken = Asked([listed]), list[RunRecord]()
    digest(taken, needs_steps=needs_steps).update(ledger)
    assert ledger.read == ([listed.id] if is_read else [])
    assert taken == [replace(listed, stages=STAGES) if is_read else listed]


def test_from_the_second_time_on_the_ledger_is_asked_for_what_began_a_day_before_the_newest() -> None:
    newest = replace(ENDED, id="newest", started=(LOST_AT + timedelta(hours=3)).isoformat())
    edge = replace(ENDED, id="edge", started=(LOST_AT + timedelta(hours=3) - timedelta(days=1)).isoformat())
    ledger, taken = Asked([newest, ENDED, edge]), list[RunRecord]()
    kept = digest(taken)
    for _ in range(3):
        kept.update(ledger)
    since = LOST_AT + timedelta(hours=3) - timedelta(days=1)
    assert ledger.since == [None, since, since]
    assert [one.id for one in taken] == ["newest", ENDED.id, "edge"], "each once, that at the edge too"


def test_what_is_too_old_to_be_listed_again_is_forgotten() -> None:
    ledger, taken = Asked([ENDED]), list[RunRecord]()
    kept = digest(taken)
    kept.update(ledger)
    ledger.runs = [replace(ENDED, id="later", started=(LOST_AT + timedelta(days=3)).isoformat())]
    kept.update(ledger)
    ledger.runs = [ENDED]  # a ledger never lists it again: what is not remembered is not compared either
    kept.update(ledger)
    assert [one.id for one in taken] == [ENDED.id, "later", ENDED.id]


def test_another_ledger_is_refused_by_the_first_letters_of_its_identity() -> None:
    ledger = Asked([])
    kept = digest([])
    kept.update(ledger)
    ledger.name = "ledger-of-another"
    with pytest.raises(ConfigurationError, match=r"another one \(ledger-of-an\) than before \(ledger-of-a-\)"):
        kept.update(ledger)
    ledger.name = ""
    with pytest.raises(ConfigurationError, match=r"another one \(without an identity\)"):
        kept.update(ledger)
    ledger.name = "ledger-of-a-city"
    kept.update(ledger)
