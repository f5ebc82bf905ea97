"""The toy program seen from outside: started, killed, awaited, and what it left behind."""

import json
import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from commands.checkout import ROOT
from groundwork.run.ledger import open_ledger
from groundwork.run.record import RunRecord
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import Completed, LocalCommands, Running
from groundwork.store.location import LedgerLocation
from tests.builders.own_process import own_environment
from tests.builders.toy_run import ToyOrder
from tests.builders.warm_python import warm_argv

CLOCK = SystemClock()
_SECONDS = 120.0


class ToyProgram:
    """One folder in which toy runs happen."""

    def __init__(self, folder: Path, order: ToyOrder) -> None:
        self.folder = folder
        self.order = order
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "order.json").write_text(json.dumps(asdict(order)), encoding="utf-8")
        self._stack = ExitStack()

    def run(self, act: str, which: str = "", *, emergency: str = "") -> Completed:
        """Run it to its end, or to its death."""
        return LocalCommands().run(
            [*self._argv(act, which), emergency], timeout_seconds=_SECONDS, environment=own_environment(), check=False
        )

    def start(self, act: str, which: str = "") -> "ToyProcess":
        """Start it beside us; `close` ends what is left."""
        running = self._stack.enter_context(
            LocalCommands().start(self._argv(act, which), environment=own_environment())
        )
        return ToyProcess(running, self.folder, int(running.stdout.readline()))

    def hold(self, name: str) -> Path:
        """Make the step on that name wait until the file given back is removed."""
        path = self.folder / f"hold-{name}"
        path.touch()
        return path

    def show(self, moment: str) -> None:
        """Set the clock of an order with a window: ISO 8601, with its zone."""
        (self.folder / "now.part").write_text(moment, encoding="utf-8")
        (self.folder / "now.part").replace(self.folder / "now")

    def close(self) -> None:
        self._stack.close()

    def made(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "made").iterdir())

    def making(self) -> list[str]:
        """What was really made, in order: a name twice is a thing made twice."""
        return self._lines("making")

    def begun(self) -> list[str]:
        return self._lines("begun")

    def erasing(self) -> list[str]:
        """What undos began to erase, in order."""
        return self._lines("erasing")

    def reading(self) -> list[str]:
        """Whose basis was read again, in order."""
        return self._lines("reading")

    def children(self) -> list[int]:
        return [int(line) for line in self._lines("children")]

    def records(self) -> tuple[RunRecord, ...]:
        with open_ledger(LedgerLocation(state=self.folder, url=self.order.url)) as ledger:
            return tuple(ledger.read_run(one.id) for one in ledger.list_runs())

    def only_record(self) -> RunRecord:
        (record,) = self.records()
        return record

    def waves_begun(self) -> list[str]:
        """When each wave of the only run was begun, as the run recorded it."""
        with open_ledger(LedgerLocation(state=self.folder, url=self.order.url)) as ledger:
            rows = [row for row in ledger.rows(self.only_record().id) if row["function_name"] == "window"]
        return [row["output"]["begun"] for row in rows if row["output"]]

    def _lines(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def _argv(self, act: str, which: str) -> list[str]:
        return warm_argv(str(ROOT / "tests" / "builders" / "toy_run.py"), str(self.folder), act, which)


class ToyProcess:
    """The program at work beside us."""

    def __init__(self, running: Running, folder: Path, pid: int) -> None:
        self._running = running
        self._folder = folder
        self.pid = pid

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def wait(self) -> Completed:
        return self._running.wait(timeout_seconds=_SECONDS)


def wait_until(what: str, met: Callable[[], bool], *, seconds: float = 60.0) -> None:
    """Wait until something is so."""
    deadline = CLOCK.monotonic() + seconds
    while not met():
        assert CLOCK.monotonic() < deadline, f"{what}: not within {seconds} s"
        CLOCK.sleep(0.02)
