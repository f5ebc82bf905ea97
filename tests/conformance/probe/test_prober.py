"""What every Prober does, the fake and the real one alike, which looks at this machine's loopback here."""

import http.server
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from groundwork.drivers.probe.direct import DirectReach
from groundwork.drivers.probe.fake import FakeProber
from groundwork.drivers.probe.protocol import Prober
from groundwork.drivers.probe.service_probes import ServiceProbes, read_moment
from groundwork.model.service import DataAge, Probe, SshLogin
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from tests.builders.local_certificate import write_certificate

ALIVE = "127.0.0.5"
SILENT = "127.0.0.6"
LOGIN = SshLogin()
NAME = "www.city.example"
AGE = DataAge(machine="db", kind="command", command="newest")


class Page(http.server.BaseHTTPRequestHandler):
    """Serves two pages."""

    pages = {  # noqa: RUF012
        "/": b"the record 42",
        "/status": b'{"tables": [{"newest": 1795255200}], "since": "2026-11-21", '
        b'"none": null, "first": "0001-01-01T00+14"}',
        "/nested": b"[" * 60_000,
    }

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.pages[self.path])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server calls
        """Say nothing."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer((ALIVE, 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["fake", "here"])
def prober(request: pytest.FixtureRequest) -> Prober:
    return FakeProber(alive={ALIVE}) if request.param == "fake" else _Here()


class _Here(ServiceProbes):
    """Probes from where the test runs."""

    def __init__(self, *, ca_file: Path | None = None) -> None:
        reach = DirectReach(commands=LocalCommands(), user="root", key_file=Path("/nonexistent"))
        super().__init__(reach, clock=SystemClock(), ca_file=ca_file)


def test_a_page_that_holds_what_it_should_is_green(prober: Prober, port: int) -> None:
    assert prober.probe(Probe(machine="web", kind="http", port=port, contains="record"), address=ALIVE, login=LOGIN).ok


def test_a_machine_that_does_not_answer_is_a_result_and_no_error(prober: Prober, port: int) -> None:
    probe = Probe(machine="web", kind="http", port=port, contains="record")
    result = prober.probe(probe, address=SILENT, login=LOGIN)
    assert not result.ok
    assert result.seen


def test_a_page_without_the_words_is_red(port: int) -> None:
    result = _Here().probe(Probe(machine="web", kind="http", port=port, contains="absent"), address=ALIVE, login=LOGIN)
    assert (result.ok, result.seen) == (False, "200: the record 42")


def test_a_port_that_accepts_is_green_though_it_says_nothing(port: int) -> None:
    assert _Here().probe(Probe(machine="web", kind="tcp", port=port), address=ALIVE, login=LOGIN).ok


@pytest.mark.parametrize(
    ("ssh", "ok", "seen"),
    [
        ("exit 255", False, "newest ended with 255:"),
        ("echo cat: no such file >&2; exit 1", False, "newest ended with 1: cat: no such file"),
        ("echo", False, "ValueError: Invalid isoformat string: ''"),
        ("echo soon 7", False, "ValueError: Invalid isoformat string: 'soon'"),
        ("echo 2026-11-21T10:00:00", False, "ValueError: '2026-11-21T10:00:00' names no zone"),
        ("echo 99999999999 7", False, "its newest data is of 5138-11-16T09:46:39+00:00, which is yet to come"),
        ("echo 1e999", False, "ValueError: Invalid isoformat string: '1e999'"),
        ("echo 1795255200 7", True, "data of 2026-11-21T10:00:00+00:00"),
        ("echo 2026-11-21T18:00:00+08:00", True, "data of 2026-11-21T10:00:00+00:00"),
    ],
)
def test_whatever_a_machine_answers_over_ssh_is_a_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ssh: str, *, ok: bool, seen: str
) -> None:
    program = tmp_path / "ssh"
    program.write_text(f"#!/bin/sh\n{ssh}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    result = _Here().probe(AGE, address=SILENT, login=LOGIN)
    assert (result.ok, result.seen) == (ok, seen)


@pytest.mark.parametrize(
    ("field", "ok", "seen"),
    [
        ("tables.0.newest", True, "data of 2026-11-21T10:00:00+00:00"),
        ("tables.1.newest", False, "IndexError: list index out of range"),
        ("rows", False, "KeyError: 'rows'"),
        ("since", False, "ValueError: '2026-11-21' names no zone"),
        ("none.newest", False, "TypeError: 'NoneType' object is not subscriptable"),
        ("first", False, "OverflowError: date value out of range"),
    ],
)
def test_the_age_of_data_is_read_from_a_field_of_a_page(port: int, field: str, *, ok: bool, seen: str) -> None:
    asked = DataAge(machine="web", kind="page", path="/status", port=port, field=field)
    result = _Here().probe(asked, address=ALIVE, login=LOGIN)
    assert (result.ok, result.seen) == (ok, seen)
    assert result.data_from == (datetime(2026, 11, 21, 10, tzinfo=UTC) if ok else None)


def test_a_page_that_is_nested_without_end_is_a_result(port: int) -> None:
    asked = DataAge(machine="web", kind="page", path="/nested", port=port, field="newest")
    assert not _Here().probe(asked, address=ALIVE, login=LOGIN).ok


def test_a_login_of_the_service_is_the_one_that_ssh_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ssh"
    program.write_text('#!/bin/sh\nshift 14; echo "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    probe = Probe(machine="db", kind="ssh", command="id -un", contains="-l backup -p 2222")
    assert _Here().probe(probe, address=ALIVE, login=SshLogin(user="backup", port=2222)).ok


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    certificate, key = write_certificate(tmp_path, NAME, lasts=timedelta(days=10))
    server = http.server.ThreadingHTTPServer((ALIVE, 0), Page)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield certificate, server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("name", "days", "seen"),
    [
        (NAME, 5, "200: the record 42"),
        (NAME, 15, "its certificate ends on "),
        ("mail.city.example", 5, "SSLCertVerificationError: "),
    ],
)
def test_a_page_over_https_is_green_for_its_name_and_as_long_as_its_certificate_lasts(
    secure: tuple[Path, int], name: str, days: int, seen: str
) -> None:
    certificate, port = secure
    probe = Probe(
        machine="web",
        kind="https",
        port=port,
        contains="record",
        server_name=name,
        expires_within=timedelta(days=days),
    )
    result = _Here(ca_file=certificate).probe(probe, address=ALIVE, login=LOGIN)
    assert result.seen.startswith(seen)
    assert result.ok == (seen == "200: the record 42")


def test_a_certificate_that_nobody_vouches_for_is_red(secure: tuple[Path, int]) -> None:
    probe = Probe(machine="web", kind="https", port=secure[1], contains="record", server_name=NAME)
    assert not _Here().probe(probe, address=ALIVE, login=LOGIN).ok


def test_a_moment_is_read_in_its_zone() -> None:
    assert (
        read_moment("1795255200\n")
        == read_moment("2026-11-21T18:00:00+08:00")
        == datetime(2026, 11, 21, 10, tzinfo=UTC)
    )
