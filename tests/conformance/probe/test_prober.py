"""What every Prober does, the fake and the console one alike: the console looks at this machine's loopback."""

import http.server
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from groundwork.drivers.probe.console_prober import ConsoleProber
from groundwork.drivers.probe.fake import FakeProber
from groundwork.drivers.probe.protocol import Prober
from groundwork.errors import OutsideError
from groundwork.model.service import Probe
from groundwork.shell.command import LocalCommands

ROOT = Path(__file__).parents[3]
ALIVE = "127.0.0.5"
SILENT = "127.0.0.6"


class Page(http.server.BaseHTTPRequestHandler):
    """Serves one page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"the record 42")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server calls
        """Say nothing."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer((ALIVE, 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["fake", "console"])
def prober(request: pytest.FixtureRequest) -> Iterator[Prober]:
    if request.param == "fake":
        yield FakeProber(alive={ALIVE})
        return
    real = ConsoleProber(LocalCommands(), enter=("env",), ssh_key_file="/nonexistent", checkout=str(ROOT))
    yield real
    real.close()


def test_a_page_that_holds_what_it_should_is_green(prober: Prober, port: int) -> None:
    assert prober.look(Probe(machine="web", kind="http", port=port, contains="record"), address=ALIVE).ok


def test_a_machine_that_does_not_answer_is_a_result_and_no_error(prober: Prober, port: int) -> None:
    result = prober.look(Probe(machine="web", kind="http", port=port, contains="record"), address=SILENT)
    assert not result.ok
    assert result.seen


def test_an_open_port_is_reached(prober: Prober, port: int) -> None:
    assert prober.reaches(ALIVE, port)


def test_a_page_without_the_words_is_red(port: int) -> None:
    real = ConsoleProber(LocalCommands(), enter=("env",), ssh_key_file="/nonexistent", checkout=str(ROOT))
    try:
        result = real.look(Probe(machine="web", kind="http", port=port, contains="absent"), address=ALIVE)
    finally:
        real.close()
    assert not result.ok
    assert "the record 42" in result.seen


@pytest.mark.parametrize(
    ("ssh", "seen"),
    [
        ("exit 255", "RuntimeError"),
        ("echo cat: no such file >&2; exit 1", "AssertionError"),
        ("echo", "IndexError"),
        ("echo 1795255200", "IndexError"),
        ("echo soon 7", "ValueError"),
    ],
)
def test_whatever_a_machine_answers_over_ssh_is_a_result_and_ends_no_console(
    tmp_path: Path, port: int, ssh: str, seen: str
) -> None:
    program = tmp_path / "ssh"
    program.write_text(f"#!/bin/sh\n{ssh}\n", encoding="utf-8")
    program.chmod(0o755)
    enter = ("env", f"PATH={tmp_path}:/usr/bin:/bin")
    real = ConsoleProber(LocalCommands(), enter=enter, ssh_key_file="/nonexistent", checkout=str(ROOT))
    try:
        result = real.look(Probe(machine="db", kind="canary"), address=SILENT)
        assert real.reaches(ALIVE, port)
    finally:
        real.close()
    assert not result.ok
    assert seen in result.seen


def test_a_port_that_accepts_is_green_though_it_says_nothing(port: int) -> None:
    real = ConsoleProber(LocalCommands(), enter=("env",), ssh_key_file="/nonexistent", checkout=str(ROOT))
    try:
        assert real.look(Probe(machine="web", kind="tcp", port=port), address=ALIVE).ok
    finally:
        real.close()


def test_a_console_that_cannot_enter_its_place_says_so() -> None:
    lost = ConsoleProber(LocalCommands(), enter=("false",), ssh_key_file="/nonexistent", checkout=sys.prefix)
    with pytest.raises(OutsideError, match="console"):
        lost.reaches(ALIVE, 1)
    lost.close()
