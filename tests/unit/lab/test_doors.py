"""Looking at doors."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import IPv4Address

import pytest

from groundwork.shell.clock import SystemClock
from lab.doors import look_at
from lab.parts import Door

HERE = IPv4Address("127.0.0.1")
MANY = 40


def door(name: str, port: int) -> Door:
    return Door(name=name, site="alpha", address=HERE, port=port)


@pytest.fixture
def listening() -> Iterator[list[Door]]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server((str(HERE), 0))) for _ in range(MANY)]
        yield [door(f"part-{number}", one.getsockname()[1]) for number, one in enumerate(sockets)]


def test_every_door_that_takes_a_connection_is_seen_however_many_there_are(listening: list[Door]) -> None:
    assert look_at(listening, SystemClock()) == frozenset(listening)


def test_a_door_that_refuses_is_not_open_and_nobody_waits_for_it(listening: list[Door]) -> None:
    with socket.socket() as bound:
        bound.bind((str(HERE), 0))  # nobody else gets the port, and nobody listens on it
        shut = door("shut", bound.getsockname()[1])
        clock = SystemClock()
        began = clock.monotonic()
        assert look_at([shut, listening[0]], clock) == {listening[0]}
        assert clock.monotonic() - began < 0.9
