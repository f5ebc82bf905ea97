"""What a durable step costs, as a ratio to a plain SQLite commit on the same disk: ``python benchmarks/engine.py``."""

import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from groundwork.change.operation import Operation
from groundwork.change.step import Attempt, Json, Step
from groundwork.run.engine import open_engine
from groundwork.shell.clock import SystemClock
from groundwork.store.place import LedgerPlace
from tests.builders.toy_steps import Erase, Write, plan, track, wave

STEPS = 500
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


def seconds_of_a_step(folder: Path) -> float:
    """From one step's start to the next one's, as recorded: without launch, polls and the run's end."""
    operation = Operation(name="toy", steps=Write | Erase, performer=performer)
    wanted = plan(wave("one", track(*(f"f{number}" for number in range(STEPS)))))
    with open_engine({"toy": operation}, ledger=LedgerPlace(state=folder)) as engine:
        record = engine.start(wanted, reason="benchmark", say=lambda _line: None)
    steps = record.stages[0].steps
    return (_seconds(steps[-1].started) - _seconds(steps[0].started)) / (len(steps) - 1)


def seconds_of_a_commit(folder: Path) -> float:
    """A transaction of one row of a step's size, in the journal mode of the ledger."""
    with closing(sqlite3.connect(folder / "plain.sqlite", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE step (id INTEGER PRIMARY KEY, said TEXT)")
        began = CLOCK.monotonic()
        for number in range(STEPS):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO step VALUES (?, ?)", (number, "x" * 300))
            connection.execute("COMMIT")
        return (CLOCK.monotonic() - began) / STEPS


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def main() -> int:
    """Measure both in one process and print the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        commit = seconds_of_a_commit(Path(folder))
        step = seconds_of_a_step(Path(folder))
    print(f"a durable step: {step * 1000:.2f} ms, a plain commit: {commit * 1000:.2f} ms, ratio {step / commit:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
