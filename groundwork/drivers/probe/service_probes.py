"""How each kind of probe asks a machine, however it is reached; a failed probe is a result."""

import http.client
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from shlex import quote
from socket import SHUT_RDWR, create_connection, socket

from groundwork.drivers.probe.protocol import ProbeResult, Reach
from groundwork.errors import OutsideError, VerificationError
from groundwork.model.service import DataAge, Probe, SshLogin
from groundwork.shell.clock import Clock

_PROBE_SECONDS = 8.0  # one probe, whole: a server that answers byte by byte is cut off
_GREETING_SECONDS = 1.0
_REACH_SECONDS = 2.0
_EXTRACT = 160  # characters of an answer that the record keeps
_PAGE_BYTES = 65536
# What an answer that is not as the estate says can raise where it is read.
_MALFORMED = (ValueError, LookupError, TypeError, OverflowError, RecursionError)
_AHEAD = timedelta(minutes=5)  # a machine's clock may be ahead by so much; newer data cannot be


class ServiceProbes:
    """Probes by way of `reach`; HTTPS trusts this machine's authorities and the city's own."""

    def __init__(self, reach: Reach, *, clock: Clock, ca_file: Path | None = None) -> None:
        self._reach = reach
        self._clock = clock
        self._ca_file = ca_file

    def probe(self, asked: Probe | DataAge, *, address: str, login: SshLogin) -> ProbeResult:
        """One probe; whatever goes wrong on the way is reported in `seen`."""
        try:
            if isinstance(asked, DataAge):
                return self._read_data_age(asked, address, login)
            match asked.kind:
                case "http" | "https":
                    return self._probe_page(asked, address)
                case "tcp":
                    return self._probe_port(asked, address)
                case "ssh":
                    return self._probe_inside(asked, address, login)
        except (OutsideError, VerificationError) as error:
            return ProbeResult(ok=False, seen=_extract(error.message))
        except (OSError, http.client.HTTPException, *_MALFORMED) as error:
            return ProbeResult(ok=False, seen=_extract(f"{type(error).__name__}: {error}"))

    def _probe_page(self, probe: Probe, address: str) -> ProbeResult:
        with self._connection(address, probe.port, probe.server_name) as connection:
            if isinstance(connection.sock, ssl.SSLSocket):
                _refuse_expiring(connection.sock, self._clock.now() + probe.expires_within)
            status, text = _get(connection, probe.path)
        return ProbeResult(ok=status == http.client.OK and probe.contains in text, seen=_extract(f"{status}: {text}"))

    def _probe_port(self, probe: Probe, address: str) -> ProbeResult:
        with self._reach.dial(address, probe.port) as connection:
            connection.settimeout(_GREETING_SECONDS)
            try:
                text = connection.recv(1024).decode("utf-8", errors="replace")
            except TimeoutError:
                text = ""  # many a server waits for its client to speak first
        return ProbeResult(ok=probe.contains in text, seen=_extract(text) or "accepts, says nothing")

    def _probe_inside(self, probe: Probe, address: str, login: SshLogin) -> ProbeResult:
        output = self._output(address, login, probe.command)
        return ProbeResult(ok=probe.contains in output, seen=_extract(f"{probe.command}: {output}"))

    def _read_data_age(self, asked: DataAge, address: str, login: SshLogin) -> ProbeResult:
        match asked.kind:
            case "command":
                written = (self._output(address, login, asked.command).split() or [""])[0]
            case "file":
                written = self._output(address, login, f"stat -c %Y -- {quote(asked.path)}")
            case "page":
                with self._connection(address, asked.port, asked.server_name) as connection:
                    written = _field(_get(connection, asked.path)[1], asked.field)
        moment = read_moment(written)
        if moment > self._clock.now() + _AHEAD:
            raise VerificationError(
                f"its newest data is of {moment.isoformat()}, which is yet to come", hint="set its clock"
            )
        return ProbeResult(ok=True, seen=f"data of {moment.isoformat()}", data_from=moment)

    def _output(self, address: str, login: SshLogin, command: str) -> str:
        done = self._reach.run(address, login, command)
        if done.exit_code:
            said = (done.stderr or done.stdout).strip()
            raise VerificationError(f"{command} ended with {done.exit_code}: {said}", hint="run it by hand")
        return done.stdout

    @contextmanager
    def _connection(self, address: str, port: int, server_name: str) -> Iterator[http.client.HTTPConnection]:
        """An HTTP connection, over TLS where it is for a server's name."""
        with self._reach.dial(address, port) as plain, self._secured(plain, server_name) as connected:
            connected.settimeout(_PROBE_SECONDS)
            with _cut_after(_PROBE_SECONDS, connected):
                if isinstance(connected, ssl.SSLSocket):
                    connected.do_handshake()
                connection = http.client.HTTPConnection(server_name or address, port)
                connection.sock = connected
                yield connection

    def _secured(self, plain: socket, server_name: str) -> socket:
        if not server_name:
            return plain
        trust = ssl.create_default_context()
        if self._ca_file:
            trust.load_verify_locations(self._ca_file)
        return trust.wrap_socket(plain, server_hostname=server_name, do_handshake_on_connect=False)


def reaches(address: str, port: int) -> bool:
    """True when the far side answers at all, looked at from here: the connection opens or is refused by it."""
    try:
        with create_connection((address, port), timeout=_REACH_SECONDS):
            return True
    except ConnectionRefusedError:
        return True
    except OSError:
        return False


def read_moment(written: str) -> datetime:
    """Seconds since 1970, or ISO 8601 with its zone. Raises ValueError for anything else."""
    text = written.strip()
    try:
        return datetime.fromtimestamp(float(text), tz=UTC)
    except (ValueError, OverflowError, OSError):
        moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        message = f"{text[:40]!r} names no zone"
        raise ValueError(message)
    return moment.astimezone(UTC)


def _refuse_expiring(connection: ssl.SSLSocket, least: datetime) -> None:
    ends = parsedate_to_datetime(str((connection.getpeercert() or {}).get("notAfter")))
    if ends < least:
        raise VerificationError(f"its certificate ends on {ends:%Y-%m-%d %H:%M} UTC", hint="renew it")


def _get(connection: http.client.HTTPConnection, path: str) -> tuple[int, str]:
    connection.request("GET", path, headers={"Connection": "close"})
    answer = connection.getresponse()
    return answer.status, answer.read(_PAGE_BYTES).decode("utf-8", errors="replace")


def _field(page: str, name: str) -> str:
    found = json.loads(page)
    for part in name.split("."):
        found = found[int(part)] if isinstance(found, list) else found[part]
    return str(found)


def _extract(text: str) -> str:
    return " ".join(text.split())[:_EXTRACT]


@contextmanager
def _cut_after(seconds: float, connection: socket) -> Iterator[None]:
    def cut() -> None:
        with suppress(OSError):
            connection.shutdown(SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
