"""Which endpoints answer."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import IPv4Address

import pytest

from groundwork.shell.clock import SystemClock
from lab.endpoints import try_endpoints
from lab.parts import Endpoint

HERE = IPv4Address("127.0.0.1")
MANY = 40


def endpoint(name: str, port: int) -> Endpoint:
    return Endpoint(name=name, site="alpha", address=HERE, port=port)


@pytest.fixture
def listening() -> Iterator[list[Endpoint]]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server((str(HERE), 0))) for _ in range(MANY)]
        yield [endpoint(f"part-{number}", one.getsockname()[1]) for number, one in enumerate(sockets)]


def test_every_endpoint_that_takes_a_connection_is_seen_however_many_there_are(listening: list[Endpoint]) -> None:
    assert try_endpoints(listening, SystemClock()) == frozenset(listening)


def test_an_endpoint_that_refuses_is_not_open_and_nobody_waits_for_it(listening: list[Endpoint]) -> None:
    with socket.socket() as bound:
        bound.bind((str(HERE), 0))  # nobody else gets the port, and nobody listens on it
        shut = endpoint("shut", bound.getsockname()[1])
        clock = SystemClock()
        began = clock.monotonic()
        assert try_endpoints([shut, listening[0]], clock) == {listening[0]}
        assert clock.monotonic() - began < 0.9
