"""Which runs may leave the ledger by age, and which stay whatever their age, because something rests on them."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from groundwork.run.record import RunRecord

NOT_ENDED = "not at its end"
DRILL = "a drill: its report is rendered from it"
PERMITTED = "its approvals, or its emergency, are evidence"
LAST = "the newest of its operation"
LAST_GOOD = "the newest that succeeded of its operation"
IN_USE = "a metric rests on it"
UNDOING = "the run that it undoes, or that undoes it, stays"
_DRILL = "drill.run"
_ENDED = {"succeeded", "failed", "cancelled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgedRun:
    """A run that ended before the moment asked for; `kept`: why it stays, empty when it goes.

    `partner` undoes it or, where it `undoes`, is undone by it.
    """

    id: str
    operation: str
    ended: str
    partner: str | None
    undoes: bool
    kept: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunePlan:
    """The runs that go, the oldest first, and those as old that stay, with why."""

    before: datetime
    going: tuple[AgedRun, ...] = ()
    staying: tuple[AgedRun, ...] = ()

    def counted(self) -> Mapping[str, int]:
        """How many stay, by why."""
        return dict(sorted(Counter(one.kept for one in self.staying).items()))


def plan_prune(runs: Iterable[RunRecord], *, before: datetime, in_use: Collection[str]) -> PrunePlan:
    """What goes of the runs, given newest first; `in_use` are those that a metric rests on. Pure, and one pass.

    A run and the run that undoes it go together or not at all: alone, the first could be undone a second time.
    """
    there: set[str] = set()
    aged = {one.id: one for one in _aged(runs, there, before=before, in_use=in_use)}

    def why(one: AgedRun) -> str:
        if one.kept or not one.partner or (one.undoes and one.partner not in there):  # a killed prune took the other
            return one.kept
        partner = aged.get(one.partner)
        return "" if partner and not partner.kept else UNDOING

    judged = [replace(one, kept=why(one)) for one in reversed(aged.values())]
    return PrunePlan(
        before=before,
        going=tuple(one for one in judged if not one.kept),
        staying=tuple(one for one in judged if one.kept),
    )


def _aged(
    runs: Iterable[RunRecord], there: set[str], *, before: datetime, in_use: Collection[str]
) -> Iterator[AgedRun]:
    """The runs that are old enough, with why one stays by itself; `there` gets the names of all."""
    seen: set[str] = set()
    good: set[str] = set()
    for run in runs:
        kept = _why_kept(run, in_use, newest=run.operation not in seen, newest_good=run.operation not in good)
        if run.undo_of is None:
            seen.add(run.operation)
            if run.status == "succeeded":
                good.add(run.operation)
        there.add(run.id)
        moment = run.ended or run.started
        if datetime.fromisoformat(moment) < before:
            partner, undoes = run.undo_of or run.undone_by, run.undo_of is not None
            yield AgedRun(id=run.id, operation=run.operation, ended=moment, partner=partner, undoes=undoes, kept=kept)


def _why_kept(run: RunRecord, in_use: Collection[str], *, newest: bool, newest_good: bool) -> str:
    reasons = (
        (run.status not in _ENDED or run.ended is None, NOT_ENDED),
        (run.operation == _DRILL, DRILL),
        (bool(run.permit.approvals or run.permit.emergency), PERMITTED),
        (run.id in in_use, IN_USE),
        (newest_good and run.status == "succeeded" and run.undo_of is None, LAST_GOOD),
        (newest and run.undo_of is None, LAST),
    )
    return next((why for holds, why in reasons if holds), "")
