"""A toy operation on files, as a program of its own: so that it can be killed, resumed, cancelled and met by another.

``python toy_run.py FOLDER start|resume|cancel|undo|serve [ID or SITE [EMERGENCY]]``, with FOLDER/order.json saying how
it is to go.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from groundwork.change.approval import Permit
from groundwork.change.operation import Operation
from groundwork.change.plan import Plan, Share, Wave
from groundwork.change.step import Attempt, Json, Step
from groundwork.errors import OpsError, OutsideError
from groundwork.model.window import Window
from groundwork.run.engine import open_engine
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LeashedCommands
from groundwork.store.location import LedgerLocation
from tests.builders.toy_steps import Erase, Write, plan, track


@dataclass(frozen=True, kw_only=True)
class ToyOrder:
    """How a toy run is to go: names by site; what fails; when it is killed; a child's life.

    With `basis` each track bears one: that nothing of its name was made yet. With a `window` (weekly times in Taipei)
    the clock shows the moment in the file ``now``, where there is one.
    A step waits as long as there is a file ``hold-NAME``, an undo as long as there is a ``hold-NAME-erased``."""

    sites: dict[str, list[str]]
    waves: int = 1
    stages: int = 1
    broken: list[str] = field(default_factory=list)
    kill_before: int = -1
    kill_after: int = -1
    kill_undo_before: int = -1
    kill_undo_after: int = -1
    child_seconds: float = 0.0
    url: str = ""
    workers: list[str] = field(default_factory=list)
    failure_budget: int = 0
    secret: str = ""
    basis: bool = False
    lanes: int = 1
    steps: int = 1
    needs: dict[str, list[str]] = field(default_factory=dict)
    cap: int = 0
    roll_back: bool = False
    window: list[str] = field(default_factory=list)

    def plan(self, stage: int) -> Plan:
        """The plan of one stage: each wave writes each name of each site once."""
        waves = [
            Wave(
                name=f"{stage}.{wave}",
                shares=tuple(self._share(site, names, f"{stage}-{wave}") for site, names in self.sites.items()),
            )
            for wave in range(1, self.waves + 1)
        ]
        window = Window(zone="Asia/Taipei", times=tuple(self.window)) if self.window else None
        return replace(plan(*waves, failure_budget=self.failure_budget), window=window)

    def _share(self, site: str, names: list[str], position: str) -> Share:
        tracks = tuple(
            replace(
                track(
                    *(f"{site}-{name}-{position}{'' if step == 1 else f'-{step}'}" for step in range(1, self.steps + 1))
                ),
                needs=tuple(f"{site}-{one}-{position}" for one in self.needs.get(name, ())),
                uses=("bench",) if self.cap else (),
                roll_back=self.roll_back,
                basis="nothing" if self.basis else "",
            )
            for name in names
        )
        return Share(site=site, tracks=tracks, caps=(("bench", self.cap),) if self.cap else (), lanes=self.lanes)


# Two sites' shares are at work at once: a death falls before or after a thing that the other makes, never within.
_MAKING = threading.Lock()


class ToyPerformer:
    """Writes and erases files under ``made``, and notes each thing it really made in ``making``."""

    def __init__(self, folder: Path, order: ToyOrder) -> None:
        self._folder = folder
        self._order = order
        self._clock = SystemClock()

    def __call__(self, step: Step, attempt: Attempt) -> Json:
        assert isinstance(step, Write | Erase)
        path = self._folder / "made" / step.name
        if isinstance(step, Erase):
            begun = self._note("erasing", step.name)
            self._die_at(begun, self._order.kill_undo_before)
            while (self._folder / f"hold-{step.name}-erased").exists():
                self._clock.sleep(0.05)
            path.unlink(missing_ok=True)
            self._die_at(begun, self._order.kill_undo_after)
            return None
        if self._order.lanes > 1:
            self._clock.sleep(0.03)  # so that all lanes are at work
        if step.name in self._order.broken:
            raise OutsideError(f"{step.name} is broken {self._order.secret}", hint="mend it")
        with _MAKING:
            begun = self._note("begun", step.name)
        self._die_at(begun, self._order.kill_before)
        if self._order.child_seconds:
            script = f"echo $$ >> {self._folder / 'children'}; sleep {self._order.child_seconds}"
            LeashedCommands().run(["sh", "-c", f"({script}) & wait"], timeout_seconds=60)
        while (self._folder / f"hold-{step.name}").exists():
            self._clock.sleep(0.05)
        with _MAKING:
            if not path.exists():
                self._note("making", step.name)
                path.write_text(attempt.run_id, encoding="utf-8")
        self._die_at(begun, self._order.kill_after)
        return {"path": step.name, "said": self._order.secret}

    def read_basis(self, target: str) -> str:
        """What stands under a name before its step; see ReadsBasis."""
        name = target.rpartition("/")[2]
        self._note("reading", name)
        path = self._folder / "made" / name
        return path.read_text(encoding="utf-8") if path.exists() else "nothing"

    def _note(self, name: str, line: str) -> int:
        with (self._folder / name).open("a", encoding="utf-8") as notes:
            notes.write(f"{line}\n")
        return len((self._folder / name).read_text(encoding="utf-8").splitlines())

    def _die_at(self, begun: int, number: int) -> None:
        """Die once at that number of begun steps; a resumed run goes on past it."""
        if begun == number and not (self._folder / "died").exists():
            with _MAKING:
                (self._folder / "died").touch()
                os.kill(os.getpid(), signal.SIGKILL)


class ToyClock(SystemClock):
    """Shows the moment that a file says, for as long as there is one."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "now"

    def now(self) -> datetime:
        return datetime.fromisoformat(self._file.read_text(encoding="utf-8")) if self._file.exists() else super().now()


def toy_operation(folder: Path, order: ToyOrder) -> Operation[Any]:
    @contextmanager
    def performer(_site: str) -> Iterator[ToyPerformer]:
        yield ToyPerformer(folder, order)

    def advance(history: tuple[Any, ...]) -> Plan | None:
        return order.plan(len(history) + 1) if len(history) < order.stages else None

    return Operation(name="toy", steps=Write | Erase, performer=performer, advance=advance)


def main(folder: Path, act: str, which: str, emergency: str) -> int:
    order = ToyOrder(**json.loads((folder / "order.json").read_text(encoding="utf-8")))
    (folder / "made").mkdir(exist_ok=True)
    print(os.getpid(), flush=True)  # noqa: T201 - this is a program
    position = LedgerLocation(state=folder, url=order.url)
    workers = frozenset(order.workers)

    def say(line: str) -> None:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    with open_engine(
        {"toy": toy_operation(folder, order)},
        ledger=position,
        worker_sites=workers,
        secrets=lambda: [order.secret],
        clock=ToyClock(folder),
    ) as engine:
        match act:
            case "start":
                record = engine.start(order.plan(1), reason="a test", say=say, permit=Permit(emergency=emergency))
            case "resume":
                record = engine.resume(which, say=say, emergency=emergency)
            case "undo":
                record = engine.undo(which, reason="no longer wanted", say=say)
            case "cancel":
                record = engine.cancel(which, reason="no longer wanted", say=say)
            case _:
                engine.serve(which, say=say)
                return 0
    print(record.id, record.status)  # noqa: T201 - this is a program
    return record.exit_code if record.exit_code is not None else 99


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1]), *[*sys.argv[2:], "", ""][:3]))
    except OpsError as error:
        sys.stderr.write(f"error: {error.message}\n")
        sys.exit(error.exit_code)
