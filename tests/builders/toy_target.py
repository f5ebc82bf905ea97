"""A target that is a folder, with a process of its own that takes a change back when its time is over.

``python toy_target.py FOLDER NAME SECONDS`` is that process: nobody's child, on its own monotonic clock.
"""

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commands.checkout import ROOT
from groundwork.change.confirm import Trial
from groundwork.errors import OutsideError


class ToyTarget:
    """One change on trial at a folder whose file ``value`` is what is changed."""

    def __init__(self, folder: Path, *, name: str) -> None:
        self._folder = folder
        self._name = name

    def read(self) -> Trial:
        with self._locked():
            return self._state()

    def arm(self, *, seconds: float) -> None:
        with self._locked():
            if self._state() is not Trial.NONE:
                return
            self._file("before").write_text(self._value.read_text(encoding="utf-8"), encoding="utf-8")
            argv = [sys.executable, __file__, str(self._folder), self._name, str(seconds)]
            environment = {"PYTHONPATH": str(ROOT)}
            quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
            kept = [
                (os.POSIX_SPAWN_CLOSE, int(one.name)) for one in Path("/proc/self/fd").iterdir() if int(one.name) > 2
            ]
            # it is the target's process, not the run's: of the run's locks it must hold none
            os.posix_spawn(sys.executable, argv, environment, file_actions=[*quiet, *kept], setsid=True)
            self._file("state").write_text(Trial.ARMED, encoding="utf-8")

    def confirm(self) -> Trial:
        with self._locked():
            if self._state() is Trial.NONE:
                raise OutsideError(f"no change {self._name} is on trial", hint="plan again")
            if self._state() is Trial.ARMED:
                self._file("state").write_text(Trial.CONFIRMED, encoding="utf-8")
            return self._state()

    def go_back(self) -> None:
        with self._locked():
            if self._state() in {Trial.ARMED, Trial.WENT_BACK}:
                self._value.write_text(self._file("before").read_text(encoding="utf-8"), encoding="utf-8")
                self._file("state").write_text(Trial.WENT_BACK, encoding="utf-8")

    @property
    def _value(self) -> Path:
        return self._folder / "value"

    def _state(self) -> Trial:
        state = self._file("state")
        return Trial(state.read_text(encoding="utf-8")) if state.exists() else Trial.NONE

    def _file(self, what: str) -> Path:
        return self._folder / f"{self._name}.{what}"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._file("lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


if __name__ == "__main__":
    time.sleep(float(sys.argv[3]))  # noqa: TID251 - the target's own clock
    ToyTarget(Path(sys.argv[1]), name=sys.argv[2]).go_back()
