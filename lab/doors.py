"""Which of the lab's doors answer, seen from the control namespace; and waiting until all of them do."""

import errno
import select
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from groundwork.errors import OutsideError
from groundwork.shell.clock import Clock
from lab.namespace import inside
from lab.parts import Door

_LOOK_SECONDS = 1.0
_PAUSE_SECONDS = 0.5
_UNDER_WAY = {errno.EINPROGRESS, errno.EWOULDBLOCK}


def open_doors(doors: Sequence[Door], *, namespace: str, clock: Clock) -> frozenset[Door]:
    """Those that take a connection, all looked at together within a second."""
    return inside(namespace, lambda: look_at(doors, clock)) if doors else frozenset()


def wait_for_doors(
    doors: Sequence[Door],
    *,
    namespace: str,
    clock: Clock,
    timeout_seconds: float,
    check: Callable[[], None],
    tell: Callable[[str], None],
) -> None:
    """Return once all have answered; `check` raises when one never can. Raises OutsideError when it takes too long."""
    pending, deadline, told = list(doors), clock.monotonic() + timeout_seconds, -1
    while pending:
        answering = open_doors(pending, namespace=namespace, clock=clock)
        pending = [door for door in pending if door not in answering]
        if not pending:
            return
        if told != len(pending):
            tell(
                f"waiting for the lab's vCenters, hosts and guests: {len(doors) - len(pending)} of {len(doors)} answer"
            )
            told = len(pending)
        check()
        if clock.monotonic() > deadline:
            silent = ", ".join(f"{door.name} ({door.address}:{door.port})" for door in pending)
            raise OutsideError(
                f"after {timeout_seconds:g} s there is no answer from {silent}",
                hint="see their logs in the lab's folder, then run `inv lab.up` again",
            )
        clock.sleep(_PAUSE_SECONDS)


def look_at(doors: Sequence[Door], clock: Clock) -> frozenset[Door]:
    """Those that take a connection from here; it is over as soon as all have answered, at the latest in a second."""
    poll, under_way, answering = select.poll(), dict[int, tuple[socket.socket, Door]](), set[Door]()
    with ExitStack() as sockets:
        for door in doors:
            connection = sockets.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            connection.settimeout(0)
            code = connection.connect_ex((str(door.address), door.port))
            if code == 0:
                answering.add(door)
            elif code in _UNDER_WAY:
                poll.register(connection, select.POLLOUT)
                under_way[connection.fileno()] = (connection, door)
        deadline = clock.monotonic() + _LOOK_SECONDS
        while under_way and (left := deadline - clock.monotonic()) > 0:
            for number, _ in poll.poll(left * 1000):
                connection, door = under_way.pop(number)
                poll.unregister(connection)
                if connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                    answering.add(door)
    return frozenset(answering)
