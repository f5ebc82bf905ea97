"""One play for all hosts of a wave: the first host that asks has it run, the others find what came of them."""

from collections.abc import Callable
from threading import Lock

from groundwork.drivers.playbook.protocol import Playbooks, PlayReport
from groundwork.errors import OpsError

_Result = PlayReport | OpsError


class JointPlays:
    """Applies a playbook to hosts that go together; the shares of several sites may ask side by side.

    What came of the play is kept until it is asked for, once for each host. A host that is asked for again (its step
    was cut off, and this process goes on with the run) is played again, with those that go with it: a play repeats
    nothing that is done.
    """

    def __init__(self, playbooks: Callable[[], Playbooks], playbook: str) -> None:
        self._playbooks = playbooks
        self._playbook = playbook
        self._lock = Lock()
        self._results: dict[tuple[str, tuple[str, ...]], dict[str, _Result]] = {}

    def apply(self, host: str, *, together: tuple[str, ...], run_id: str) -> PlayReport:
        """What came of the host. Raises OpsError, for each of the hosts, when there was no play."""
        key = (run_id, together)
        with self._lock:
            if host not in self._results.get(key, {}):
                self._results[key] = self._play(together)
            result = self._results[key].pop(host)
            if not self._results[key]:
                del self._results[key]
        if isinstance(result, OpsError):
            raise result
        return result

    def _play(self, hosts: tuple[str, ...]) -> dict[str, _Result]:
        try:
            return {report.host: report for report in self._playbooks().apply(self._playbook, hosts=hosts)}
        except OpsError as error:
            return dict.fromkeys(hosts, error)
