"""What is new in the ledger of one operation: each run is read once after its end, and again as long as it has none."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Protocol

from groundwork.errors import ConfigurationError
from groundwork.run.record import RunRecord

_OVERLAP = timedelta(days=1)  # a run of another machine may be recorded as begun before one that we know already
_NOT_UNDERSTOOD = (AttributeError, LookupError, TypeError, ValueError)  # a record that another version wrote
_ENDED = {"succeeded", "failed", "cancelled"}


class RunReader(Protocol):
    """What is asked of the ledger."""

    def identity(self) -> str:
        """Which ledger it is. Raises ConfigurationError when there is none."""

    def iterate_runs(self, *, operation: str, since: datetime | None) -> Iterator[RunRecord]:
        """The runs of an operation that began at a moment or later, without their stages, newest first."""

    def read_run(self, run_id: str) -> RunRecord:
        """One run with its stages and steps."""


class Digest:
    """Hands each run of an operation to `take`, with its stages; what `take` keeps of them is the newest of each thing.

    A run that `take` does not understand is `missing`, and hides no other.

    It lives as long as the exporter, so that no reading goes through the whole ledger but the first. `needs_steps` says
    whether a run that has ended is to be read with its steps, or its summary is enough.
    """

    def __init__(self, operation: str, take: Callable[[RunRecord], None], *, needs_steps: bool) -> None:
        self._operation = operation
        self._take = take
        self._needs_steps = needs_steps
        self._identity = ""
        self._newest: datetime | None = None
        self._open: set[str] = set()
        self._unreadable: dict[str, str] = {}
        self._done: dict[str, datetime] = {}

    def update(self, ledger: RunReader) -> None:
        """Read what is new. Raises ConfigurationError when the ledger is gone, or another than before."""
        self._refuse_another(ledger.identity())
        since = self._newest - _OVERLAP if self._newest else None
        self._done = {run: began for run, began in self._done.items() if since is None or began >= since}
        newest, open_before = self._newest, sorted(self._open)
        for record in ledger.iterate_runs(operation=self._operation, since=since):
            if record.id not in self._done and record.id not in self._open:
                began = self._keep(record if self._is_enough(record) else ledger.read_run(record.id))
                newest = max(began, newest or began)
        for run_id in open_before:
            self._keep(ledger.read_run(run_id))
        self._newest = newest  # only now: a reading that broke off begins again where this one began

    def missing(self) -> str:
        """The runs that could not be understood, in words: their facts are not among those kept. Empty: none."""
        if not self._unreadable:
            return ""
        run_id, why = next(iter(self._unreadable.items()))
        count = len(self._unreadable)
        runs = f"run {run_id}" if count == 1 else f"{count} runs, {run_id} among them,"
        return f"the record of {runs} is not understood: {why}"

    def not_understood(self) -> frozenset[str]:
        """The same, by id."""
        return frozenset(self._unreadable)

    def _is_enough(self, record: RunRecord) -> bool:
        """Whether a run as it is listed says all that is asked of it."""
        ended_with_summary = record.status in _ENDED and bool(record.summary)
        return bool(record.stages) or (ended_with_summary and not self._needs_steps)

    def _keep(self, record: RunRecord) -> datetime:
        """Hand the run on, and note whether it is to be read again; when it began."""
        began = datetime.fromisoformat(record.started)
        self._unreadable.pop(record.id, None)
        try:
            self._take(record)
        except _NOT_UNDERSTOOD as error:
            self._unreadable[record.id] = f"{type(error).__name__}: {error}"
        if record.status in _ENDED:
            self._open.discard(record.id)
            self._done[record.id] = began
        else:
            self._open.add(record.id)
        return began

    def _refuse_another(self, identity: str) -> None:
        if self._identity and identity != self._identity:
            raise ConfigurationError(
                f"the ledger is another one ({identity[:12] or 'without an identity'}) than before "
                f"({self._identity[:12]})",
                hint="bring the former one back; if the change was meant, restart the exporter",
            )
        self._identity = identity
