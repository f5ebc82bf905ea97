"""Which of the lab's doors answer, seen from the control namespace; and waiting until all of them do."""

import errno
import select
import socket
from collections.abc import Callable, Sequence

from groundwork.errors import OutsideError
from groundwork.shell.clock import Clock
from lab.namespace import inside
from lab.parts import Door

_LOOK_SECONDS = 1.0
_PAUSE_SECONDS = 0.2
_UNDER_WAY = {errno.EINPROGRESS, errno.EWOULDBLOCK}


def open_doors(doors: Sequence[Door], *, namespace: str) -> frozenset[Door]:
    """Those that take a connection, all looked at together within a second."""
    return inside(namespace, lambda: _look(doors)) if doors else frozenset()


def wait_for_doors(
    doors: Sequence[Door],
    *,
    namespace: str,
    clock: Clock,
    timeout_seconds: float,
    check: Callable[[], None],
) -> None:
    """Return once all have answered; `check` raises when one never can. Raises OutsideError when it takes too long."""
    pending, deadline = list(doors), clock.monotonic() + timeout_seconds
    while pending:
        answering = open_doors(pending, namespace=namespace)
        pending = [door for door in pending if door not in answering]
        if not pending:
            return
        check()
        if clock.monotonic() > deadline:
            silent = ", ".join(f"{door.name} ({door.address}:{door.port})" for door in pending)
            raise OutsideError(
                f"after {timeout_seconds:g} s there is no answer from {silent}",
                hint="see their logs in the lab's folder, then run `inv lab.up` again",
            )
        clock.sleep(_PAUSE_SECONDS)


def _look(doors: Sequence[Door]) -> frozenset[Door]:
    poll, tries = select.poll(), dict[int, tuple[socket.socket, Door]]()
    answering = set[Door]()
    try:
        for door in doors:
            connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            connection.settimeout(0)
            tries[connection.fileno()] = (connection, door)
            code = connection.connect_ex((str(door.address), door.port))
            if code == 0:
                answering.add(door)
            elif code in _UNDER_WAY:
                poll.register(connection, select.POLLOUT)
        answering.update(_answered(poll, tries))
    finally:
        for connection, _ in tries.values():
            connection.close()
    return frozenset(answering)


def _answered(poll: select.poll, tries: dict[int, tuple[socket.socket, Door]]) -> list[Door]:
    """The doors whose connection comes about before a look's time is over."""
    answered, left = [], _LOOK_SECONDS * 1000
    while left > 0:
        events = poll.poll(50)
        left -= 50
        for number, _ in events:
            connection, door = tries[number]
            poll.unregister(connection)
            if connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                answered.append(door)
    return answered
