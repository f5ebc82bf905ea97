"""A program's input and output as a socket: greeted first, ended with the context, its own words where it fails."""

import pytest

from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from groundwork.shell.stream import open_stream

COMMANDS = LocalCommands()


def shell(script: str) -> list[str]:
    return ["sh", "-c", script]


def test_what_is_sent_comes_back_as_the_program_answers_it_and_the_end_is_seen() -> None:
    with open_stream(
        COMMANDS, shell("echo ready; head -c 4 | tr a-z A-Z"), greeting=b"ready", timeout_seconds=20
    ) as ours:
        ours.sendall(b"abcd")
        ours.settimeout(20)
        assert b"".join(iter(lambda: ours.recv(64), b"")) == b"ABCD"


def test_the_program_ends_with_the_context_though_it_waits_for_more() -> None:
    clock = SystemClock()
    began = clock.monotonic()
    with open_stream(COMMANDS, shell("echo ready; exec cat"), greeting=b"ready", timeout_seconds=20) as ours:
        ours.sendall(b"x")
        assert ours.recv(1) == b"x"
    assert clock.monotonic() - began < 15


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'no route to host' >&2; exit 255", "no route to host"),
        ("echo 'welcome to web-01'; echo 'not us' >&2", "not us"),
        ("exit 0", "no answer"),
    ],
)
def test_another_greeting_and_an_early_end_are_reported_in_the_program_s_own_words(script: str, words: str) -> None:
    stream = open_stream(COMMANDS, shell(script), greeting=b"ready", timeout_seconds=20)
    with pytest.raises(ConnectionError, match=words), stream:
        pass


def test_a_program_that_never_greets_is_given_up_on() -> None:
    stream = open_stream(COMMANDS, shell("exec sleep 30"), greeting=b"ready", timeout_seconds=0.3)
    with pytest.raises(ConnectionError, match="no answer"), stream:
        pass
