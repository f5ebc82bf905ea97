"""What a durable step costs beside a bare one of DBOS, and a plain SQLite commit: ``python benchmarks/engine.py``.

Rounds of each take turns on one ledger; the median of the rounds' ratios counts. Limit: 1.2 times a bare step.
"""

import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from statistics import median
from typing import Any

from dbos import DBOS

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from groundwork.change.operation import Operation
from groundwork.change.step import Attempt, Json, Step
from groundwork.run.engine import open_engine
from groundwork.run.launch import launched
from groundwork.shell.clock import SystemClock
from groundwork.store.location import LedgerLocation
from tests.builders.toy_steps import Erase, Write, plan, track, wave

STEPS = 400
ROUNDS = 5
LIMIT = 1.2
CLOCK = SystemClock()


@contextmanager
def performer(_site: str) -> Iterator["Nothing"]:
    """Nothing to open."""
    yield Nothing()


class Nothing:
    """Performs steps by doing nothing, so that only the engine is measured."""

    def __call__(self, step: Step, attempt: Attempt) -> Json:
        """Do nothing."""
        return {"step": step.target, "run": attempt.run_id}


@DBOS.step(name="bare-step")
def bare_step(number: int) -> dict[str, Any]:
    """A row of a step's size."""
    return {"number": number, "started": CLOCK.now().isoformat(), "said": "x" * 300}


@DBOS.workflow(name="bare")
def bare() -> list[str]:
    """Bare steps, one after another."""
    return [str(bare_step(number)["started"]) for number in range(STEPS)]


def seconds_of_a_step(folder: Path) -> float:
    """From one step's start to the next one's, as recorded: without launch, polls and the run's end."""
    operation = Operation(name="toy", steps=Write | Erase, performer=performer)
    wanted = plan(wave("one", track(*(f"f{number}" for number in range(STEPS)))))
    with open_engine({"toy": operation}, ledger=LedgerLocation(state=folder)) as engine:
        record = engine.start(wanted, reason="benchmark", say=lambda _line: None)
    return _mean_gap([step.started for step in record.stages[0].steps])


def seconds_of_a_bare_step(folder: Path) -> float:
    """The same of DBOS alone."""
    with launched(LedgerLocation(state=folder), executor=token_hex(4), queues=[]):
        return _mean_gap(DBOS.start_workflow(bare).get_result())


def seconds_of_a_commit(folder: Path) -> float:
    """A transaction of one row of a step's size, in the journal mode of the ledger."""
    with closing(sqlite3.connect(folder / f"plain-{token_hex(4)}.sqlite", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE step (id INTEGER PRIMARY KEY, said TEXT)")
        began = CLOCK.monotonic()
        for number in range(STEPS):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO step VALUES (?, ?)", (number, "x" * 300))
            connection.execute("COMMIT")
        return (CLOCK.monotonic() - began) / STEPS


def _mean_gap(moments: list[str]) -> float:
    first, last = (datetime.fromisoformat(moment).timestamp() for moment in (moments[0], moments[-1]))
    return (last - first) / (len(moments) - 1)


def main() -> int:
    """Measure all in one process and print the ratios; 1 when a step costs more than the limit."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds_of_a_step(folder)  # makes the ledger
        rounds = [(seconds_of_a_bare_step(folder), seconds_of_a_step(folder)) for _ in range(ROUNDS)]
        commit = seconds_of_a_commit(folder)
    bare_ms, step_ms = (median(one[which] for one in rounds) * 1000 for which in (0, 1))
    ratio = median(step / bare for bare, step in rounds)
    print(f"a durable step: {step_ms:.2f} ms, a bare one: {bare_ms:.2f} ms, ratio {ratio:.2f} (limit {LIMIT})")
    print(f"a plain commit: {commit * 1000:.2f} ms, a durable step is {step_ms / 1000 / commit:.1f} of them")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
