"""Locks of this machine and of all machines together: taken, checked and let go of as one."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from groundwork.errors import InterruptedRunError, RefusedError
from groundwork.run.file_locks import FileLocks
from groundwork.run.holders import BothLocks, command_locks, is_at_work, list_at_work
from groundwork.run.locks import Holder
from groundwork.run.naming import lock_of_run
from groundwork.shell.clock import SystemClock
from groundwork.store.location import LedgerLocation

HOLDER = Holder(run="r-1", pid=1, reason="ticket 1", since="2026-11-21T10:00:00+00:00")


@dataclass
class Noted:
    """Locks that note what is asked of them; `refused` is what they do not give, `lost` that they are not held."""

    name: str
    notes: list[str]
    refused: set[str] = field(default_factory=set)
    lost: bool = False

    def take(self, targets: Iterable[str]) -> None:
        wanted = sorted(targets)
        if self.refused.intersection(wanted):
            raise RefusedError(f"{self.name} is held", hint="wait")
        self.notes.append(f"{self.name}: {' '.join(wanted)}")

    def take_alone(self, target: str) -> None:
        self.notes.append(f"{self.name}: {target} alone")

    def check(self) -> None:
        if self.lost:
            raise InterruptedRunError(f"{self.name} was lost", hint="resume")
        self.notes.append(f"{self.name}: checked")

    def release(self) -> None:
        self.notes.append(f"{self.name}: let go")


def test_the_nearer_ones_are_taken_first_and_let_go_of_last() -> None:
    notes: list[str] = []
    both = BothLocks(Noted("here", notes), Noted("everywhere", notes))
    both.take(target for target in ("b", "a"))
    both.take_alone("run/r-1")
    both.check()
    both.release()
    assert notes == [
        *("here: a b", "everywhere: a b", "here: run/r-1 alone", "everywhere: run/r-1 alone"),
        *("here: checked", "everywhere: checked", "everywhere: let go", "here: let go"),
    ]


def test_what_either_refuses_or_has_lost_is_refused_and_lost() -> None:
    notes: list[str] = []
    with pytest.raises(RefusedError, match="everywhere is held"):
        BothLocks(Noted("here", notes), Noted("everywhere", notes, refused={"a"})).take(["a"])
    with pytest.raises(InterruptedRunError, match="here was lost"):
        BothLocks(Noted("here", notes, lost=True), Noted("everywhere", notes)).check()


def test_with_a_ledger_in_a_file_the_locks_are_this_machine_s_and_say_who_is_at_work(tmp_path: Path) -> None:
    location = LedgerLocation(state=tmp_path)
    locks = command_locks(location, HOLDER, SystemClock(), reason_of=lambda _run: "ticket 1")
    assert isinstance(locks, FileLocks)
    assert not is_at_work(location, "r-1")
    locks.take_alone(lock_of_run("r-1"))
    assert is_at_work(location, "r-1")
    assert [one.run for one in list_at_work(location)] == ["r-1"]
    locks.release()
    assert (is_at_work(location, "r-1"), list_at_work(location)) == (False, ())
