"""Following a run: each step that was recorded is said once, whoever performed it."""

from collections.abc import Callable
from datetime import datetime

from groundwork.run.failures import brief, cause_of
from groundwork.run.lane_rows import ENDED, is_performed
from groundwork.run.ledger import Ledger
from groundwork.run.naming import order_of_share, share_of
from groundwork.run.reading import read_step
from groundwork.run.record import StepRecord


class Follower:
    """Says what was recorded since it was last polled; what stood in the ledger before it began is not said."""

    def __init__(self, ledger: Ledger, run_id: str, say: Callable[[str], None]) -> None:
        self._ledger = ledger
        self._run_id = run_id
        self._say = say
        self._seen: dict[str, int] = {}
        self._done: set[str] = set()
        self._causes: set[tuple[str, str]] = set()

    def skip_past(self) -> None:
        """Take what is recorded as known."""
        self._poll(lambda _line: None)
        self._causes.clear()

    def poll(self) -> None:
        """Say what is new."""
        self._poll(self._say)

    def _poll(self, say: Callable[[str], None]) -> None:
        new: list[StepRecord] = []
        shares = [one for one in self._ledger.shares(self._run_id) if one.workflow_id not in self._done]
        lanes = self._ledger.lanes([one.workflow_id for one in shares])
        for part in (*shares, *(one for one in lanes if one.workflow_id not in self._done)):
            already = self._seen.get(part.workflow_id, 0)
            site = order_of_share(share_of(part.workflow_id))[2]
            rows = self._ledger.rows(part.workflow_id, already=already)
            new.extend(read_step(site, row) for row in rows if is_performed(row))
            self._seen[part.workflow_id] = already + len(rows)
            if part.status in ENDED:
                self._done.add(part.workflow_id)
        for step in sorted(new, key=lambda step: step.ended):
            say(self._line(step))

    def _line(self, step: StepRecord) -> str:
        """The line of progress for one step that ended; a cause is reported in full once."""
        back = "rolled back: " if step.rolls_back else ""
        if step.failure is None:
            seconds = (datetime.fromisoformat(step.ended) - datetime.fromisoformat(step.started)).total_seconds()
            return f"{step.site}: {back}{step.description} ({seconds:.1f} s)"
        cause = cause_of(step, step.failure)
        failed = f"{step.site}: FAILED {back}{step.description}: "
        if cause in self._causes:
            return f"{failed}for the same cause as one before"
        self._causes.add(cause)
        return f"{failed}{brief(step.failure.message)}\n  what to do: {step.failure.hint}"
