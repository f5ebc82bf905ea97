"""A toy run of one step, a change on trial, as a program of its own that dies where it is told to.

``python toy_confirm.py FOLDER start|resume SECONDS MOMENT [ID]``; at MOMENT (one of MOMENTS, or ``never``) it kills
itself, once.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from groundwork.change.confirm import Change, Trial, confirm_or_go_back, name_trial
from groundwork.change.operation import Operation
from groundwork.change.plan import Plan, Share, Track, Wave
from groundwork.change.step import Act, Attempt, Json, Perform
from groundwork.errors import OpsError, VerificationError
from groundwork.run.engine import open_engine
from groundwork.store.location import LedgerLocation
from tests.builders.toy_target import ToyTarget

MOMENTS = ("before-arm", "after-arm", "after-change", "after-verify", "after-confirm")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetValue(Act):
    """Sets the target's value, on trial."""

    value: str
    seconds: float
    kind: Literal["toy.set-value"] = "toy.set-value"
    acts_on = "here/toy/value"

    def describe(self) -> str:
        return f"set the value to {self.value}"


class DyingWay:
    """The toy target's way back, whose caller dies around its calls."""

    def __init__(self, target: ToyTarget, die: Callable[[str], None]) -> None:
        self._target = target
        self._die = die

    def read(self) -> Trial:
        return self._target.read()

    def arm(self, *, seconds: float) -> None:
        self._die("before-arm")
        self._target.arm(seconds=seconds)
        self._die("after-arm")

    def confirm(self) -> Trial:
        found = self._target.confirm()
        self._die("after-confirm")
        return found

    def go_back(self) -> None:
        self._target.go_back()


def operation(folder: Path, moment: str) -> Operation[SetValue]:
    def die(now: str) -> None:
        if now == moment and not (folder / "died").exists():
            (folder / "died").touch()
            os.kill(os.getpid(), signal.SIGKILL)

    def perform(step: SetValue, attempt: Attempt) -> Json:
        value = folder / "value"

        def apply() -> None:
            with (folder / "applied").open("a", encoding="utf-8") as notes:
                notes.write("applied\n")
            value.write_text(step.value, encoding="utf-8")
            die("after-change")

        def verify() -> None:
            if (folder / "wrong").exists():
                raise VerificationError("seen from elsewhere it does not answer", hint="see it")
            if value.read_text(encoding="utf-8") != step.value:
                raise VerificationError("the value is another", hint="see it")
            die("after-verify")

        way = DyingWay(ToyTarget(folder, name=name_trial(attempt.run_id, step.target)), die)
        return confirm_or_go_back(way, Change(apply=apply, verify=verify), seconds=step.seconds, say=attempt.say)

    @contextmanager
    def performer(_site: str) -> Iterator[Perform[SetValue]]:
        yield perform

    return Operation(name="toy.confirm", steps=SetValue, performer=performer)


def main(folder: Path, act: str, seconds: float, moment: str, run_id: str) -> int:
    step = SetValue(value="new", seconds=seconds)
    share = Share(site="here", tracks=(Track(name="value", steps=(step,)),))
    plan = Plan(
        operation="toy.confirm",
        city="testville",
        title="toy",
        basis="0" * 64,
        locks=("here/toy/value",),
        waves=(Wave(name="all", shares=(share,)),),
    )
    location = LedgerLocation(state=folder)
    with open_engine({"toy.confirm": operation(folder, moment)}, ledger=location) as engine:
        begun = act == "start"
        record = engine.start(plan, reason="a test", say=print) if begun else engine.resume(run_id, say=print)
    return record.exit_code if record.exit_code is not None else 99


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), sys.argv[4], (*sys.argv[5:], "")[0]))
    except OpsError as error:
        sys.stderr.write(f"error: {error.message}\n")
        sys.exit(error.exit_code)
