"""Following a run: each step that was recorded is said once, whoever performed it."""

from collections.abc import Callable
from datetime import datetime

from groundwork.run.causes import brief, cause_of
from groundwork.run.ledger import Ledger
from groundwork.run.reading import ENDED
from groundwork.run.record import StepRecord


class Follower:
    """Says what was recorded since it looked last; what stood in the ledger before it began is not said."""

    def __init__(self, ledger: Ledger, run_id: str, say: Callable[[str], None]) -> None:
        self._ledger = ledger
        self._run_id = run_id
        self._say = say
        self._seen: dict[str, int] = {}
        self._done: set[str] = set()
        self._causes: set[tuple[str, str]] = set()

    def skip_past(self) -> None:
        """Take what is recorded as known."""
        self._look(lambda _line: None)
        self._causes.clear()

    def look(self) -> None:
        """Say what is new."""
        self._look(self._say)

    def _look(self, say: Callable[[str], None]) -> None:
        for share in self._ledger.shares(self._run_id):
            if share.workflow_id in self._done:
                continue
            already = self._seen.get(share.workflow_id, 0)
            site = share.workflow_id.rpartition("/")[2]
            steps = self._ledger.performed(share.workflow_id, site, already=already)
            for step in steps:
                say(self._told(step))
            self._seen[share.workflow_id] = already + len(steps)
            if share.status in ENDED:
                self._done.add(share.workflow_id)

    def _told(self, step: StepRecord) -> str:
        """The line of progress for one step that ended; a cause is told in full once."""
        if step.failure is None:
            seconds = (datetime.fromisoformat(step.ended) - datetime.fromisoformat(step.started)).total_seconds()
            return f"{step.site}: {step.description} ({seconds:.1f} s)"
        cause = cause_of(step, step.failure)
        failed = f"{step.site}: FAILED {step.description}: "
        if cause in self._causes:
            return f"{failed}for the same cause as one before"
        self._causes.add(cause)
        return f"{failed}{brief(step.failure.message)}\n  what to do: {step.failure.hint}"
