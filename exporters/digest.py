"""What is new in the ledger of one operation: each run is read once after its end, and again as long as it has none."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from groundwork.errors import ConfigurationError
from groundwork.run.record import RunRecord

_OVERLAP = timedelta(days=1)  # a run of another machine may be recorded as begun before one that we know already
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

    It lives as long as the exporter, so that no reading goes through the whole ledger but the first. `needs_steps` says
    whether a run that has ended is to be read with its steps, or its summary is enough.
    """

    def __init__(self, operation: str, take: Callable[[RunRecord], None], *, needs_steps: bool) -> None:
        self._operation = operation
        self._take = take
        self._needs_steps = needs_steps
        self._turn = Lock()
        self._identity = ""
        self._newest: datetime | None = None
        self._open: set[str] = set()
        self._done: dict[str, datetime] = {}

    def update(self, ledger: RunReader) -> None:
        """Read what is new. Raises ConfigurationError when the ledger is gone, or another than before."""
        with self._turn:
            self._refuse_another(ledger.identity())
            since = self._newest - _OVERLAP if self._newest else None
            self._done = {run: began for run, began in self._done.items() if since is None or began >= since}
            for record in ledger.iterate_runs(operation=self._operation, since=since):
                if record.id not in self._done and record.id not in self._open:
                    self._read(ledger, record)
            for run_id in sorted(self._open):
                self._read(ledger, ledger.read_run(run_id))

    def _read(self, ledger: RunReader, record: RunRecord) -> None:
        began = datetime.fromisoformat(record.started)
        ended = record.status in _ENDED
        enough = record.stages or (ended and record.summary and not self._needs_steps)
        self._take(record if enough else ledger.read_run(record.id))
        if ended:
            self._open.discard(record.id)
            self._done[record.id] = began
        else:
            self._open.add(record.id)
        self._newest = max(began, self._newest or began)

    def _refuse_another(self, identity: str) -> None:
        if self._identity and identity != self._identity:
            raise ConfigurationError(
                f"the ledger is another one ({identity[:12] or 'without an identity'}) than before "
                f"({self._identity[:12]})",
                hint="bring the former one back; if the change was meant, restart the exporter",
            )
        self._identity = identity
