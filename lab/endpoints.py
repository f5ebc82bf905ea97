"""Which of the lab's endpoints answer, seen from the control namespace; and waiting until all of them do."""

import errno
import select
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from groundwork.errors import OutsideError
from groundwork.shell.clock import Clock
from lab.namespace import inside
from lab.parts import Endpoint

_POLL_SECONDS = 1.0
_PAUSE_SECONDS = 0.5
_UNDER_WAY = {errno.EINPROGRESS, errno.EWOULDBLOCK}


def open_endpoints(endpoints: Sequence[Endpoint], *, namespace: str, clock: Clock) -> frozenset[Endpoint]:
    """Those that take a connection, all looked at together within a second."""
    return inside(namespace, lambda: try_endpoints(endpoints, clock)) if endpoints else frozenset()


def wait_for_endpoints(
    endpoints: Sequence[Endpoint],
    *,
    namespace: str,
    clock: Clock,
    timeout_seconds: float,
    check: Callable[[], None],
    say: Callable[[str], None],
) -> None:
    """Return once all have answered; `check` raises when one never can. Raises OutsideError when it takes too long."""
    pending, deadline, said = list(endpoints), clock.monotonic() + timeout_seconds, -1
    while pending:
        answering = open_endpoints(pending, namespace=namespace, clock=clock)
        pending = [endpoint for endpoint in pending if endpoint not in answering]
        if not pending:
            return
        if said != len(pending):
            answered = len(endpoints) - len(pending)
            say(f"waiting for the lab's vCenters, hosts and guests: {answered} of {len(endpoints)} answer")
            said = len(pending)
        check()
        if clock.monotonic() > deadline:
            silent = ", ".join(f"{endpoint.name} ({endpoint.address}:{endpoint.port})" for endpoint in pending)
            raise OutsideError(
                f"after {timeout_seconds:g} s there is no answer from {silent}",
                hint="see their logs in the lab's folder, then run `inv lab.up` again",
            )
        clock.sleep(_PAUSE_SECONDS)


def try_endpoints(endpoints: Sequence[Endpoint], clock: Clock) -> frozenset[Endpoint]:
    """Those that take a connection from here; it is over as soon as all have answered, at the latest in a second."""
    poll, under_way, answering = select.poll(), dict[int, tuple[socket.socket, Endpoint]](), set[Endpoint]()
    with ExitStack() as sockets:
        for endpoint in endpoints:
            connection = sockets.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            connection.settimeout(0)
            code = connection.connect_ex((str(endpoint.address), endpoint.port))
            if code == 0:
                answering.add(endpoint)
            elif code in _UNDER_WAY:
                poll.register(connection, select.POLLOUT)
                under_way[connection.fileno()] = (connection, endpoint)
        deadline = clock.monotonic() + _POLL_SECONDS
        while under_way and (left := deadline - clock.monotonic()) > 0:
            for number, _ in poll.poll(left * 1000):
                connection, endpoint = under_way.pop(number)
                poll.unregister(connection)
                if connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                    answering.add(endpoint)
    return frozenset(answering)
