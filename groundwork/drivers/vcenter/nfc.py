"""NFC: a lease held while disks stream, and the bytes on their way out and in over HTTPS."""

import http.client
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

from pyVmomi import vim

from groundwork.drivers.vcenter.bulk_read import Row, read_one
from groundwork.drivers.vcenter.errors import error_of, outside_errors
from groundwork.drivers.vcenter.session import Session
from groundwork.drivers.vcenter.tally import SHA256
from groundwork.drivers.vcenter.tasks import wait_until
from groundwork.errors import OpsError, OutsideError

PIECE_BYTES = 1024 * 1024
_READY_SECONDS = 120.0
_STALL_SECONDS = 120.0  # no byte for so long means that the hypervisor at the other end is gone
_KEEP_ALIVE_SECONDS = 60.0  # a lease dies after 300 s without progress
_HTTP_OK = (200, 201, 204)


class Lease:
    """A ready NFC lease; `urls` are those of the disks, in the machine's order."""

    def __init__(self, session: Session, doing: str, lease: Any) -> None:
        self._session = session
        self._doing = doing
        self._lease = lease
        self._percent = 0
        self._over = threading.Event()
        self.info = self._wait_ready()
        self._keeper = threading.Thread(target=self._keep_alive, args=(session.second_stub(),), daemon=True)
        self._keeper.start()

    @property
    def urls(self) -> list[Any]:
        """The device URLs of the disks."""
        return [url for url in self.info.deviceUrl if url.disk]

    def ask_sha256(self) -> bool:
        """Ask for SHA-256 in the manifest (vSphere 6.7 and later); False when the server keeps to SHA-1."""
        wanted = [vim.KeyValue(key=url.key, value=SHA256) for url in self.urls]
        try:
            with outside_errors(self._session.site, self._doing):
                self._lease.HttpNfcLeaseSetManifestChecksumType(wanted)
        except OpsError:
            return False
        return True

    def manifest(self) -> dict[str, Any]:
        """What the server says it sent, by the key of the URL; empty where it says nothing."""
        with outside_errors(self._session.site, self._doing):
            return {entry.key: entry for entry in self._lease.HttpNfcLeaseGetManifest()}

    def report(self, percent: int) -> None:
        """Remember how far it is; the keeper reports it to the vCenter."""
        self._percent = max(0, min(99, percent))

    def complete(self) -> None:
        """End it well."""
        self._end()
        with outside_errors(self._session.site, self._doing):
            self._lease.HttpNfcLeaseProgress(100)
            self._lease.HttpNfcLeaseComplete()

    def abort(self) -> None:
        """End it badly; a vCenter that cannot be reached ends it by itself within minutes."""
        self._end()
        try:
            with outside_errors(self._session.site, self._doing):
                self._lease.HttpNfcLeaseAbort()
        except OpsError:
            return

    def _end(self) -> None:
        self._over.set()
        self._keeper.join()

    def _wait_ready(self) -> Any:
        def settled(row: Row) -> Row | None:
            return row if row.get("state") in {"ready", "error"} else None

        def poll() -> Row | None:
            return settled(read_one(self._session, self._lease, ("state", "error", "info")))

        row = wait_until(self._session, self._doing, poll, _READY_SECONDS)
        if row.get("state") == "error":
            raise error_of(self._session.site, self._doing, row.get("error"))
        return row.get("info")

    def _keep_alive(self, stub: Any) -> None:
        """Beside the stream, on connections of its own: the consumer may stall for longer than the lease lives."""
        lease = vim.HttpNfcLease(self._lease._moId, stub)
        pause_seconds = min(_KEEP_ALIVE_SECONDS, self.info.leaseTimeout / 4)
        while not self._over.wait(pause_seconds):
            try:
                with outside_errors(self._session.site, self._doing):
                    lease.HttpNfcLeaseProgress(self._percent)
            except OutsideError:
                continue  # the next one may pass; the stream itself fails if the lease is lost
        stub.DropConnections()


@contextmanager
def held(lease: Lease) -> Iterator[Lease]:
    """Complete the lease when all went well inside, abort it otherwise."""
    try:
        yield lease
    except BaseException:
        lease.abort()
        raise
    lease.complete()


def download(session: Session, doing: str, url: str) -> Generator[bytes, None, bool]:
    """The disk's bytes in pieces of at most a MiB. Raises OutsideError when fewer come than were announced.

    The generator returns whether their end was announced: by a length, or by chunks.
    """
    with outside_errors(session.site, doing):
        address, path = _split(session, url)
        connection = session.https(address, timeout_seconds=_STALL_SECONDS)
    with closing(connection):
        with outside_errors(session.site, doing):
            connection.request("GET", path, headers=_headers(session, address))
            response = _accepted(session, doing, connection)
        with closing(response):
            return (yield from _pieces(session, doing, response))


def _pieces(session: Session, doing: str, response: http.client.HTTPResponse) -> Generator[bytes, None, bool]:
    announced = response.chunked or response.length is not None
    while True:
        with outside_errors(session.site, doing):
            piece = response.read(PIECE_BYTES)
        if not piece:
            break
        yield piece
    if response.length:
        raise OutsideError(
            f"the disk stream from {session.site} broke off {response.length} bytes before its end ({doing})",
            hint="run again; nothing of it counts",
        )
    return announced


def upload(session: Session, doing: str, url: str, pieces: Iterable[bytes]) -> None:
    """Send a disk's streamOptimized VMDK. What reading `pieces` raises passes through."""
    address, path = _split(session, url)
    connection = session.https(address, timeout_seconds=_STALL_SECONDS)
    headers = _headers(session, address) | {
        "Content-Type": "application/x-vnd.vmware-streamVmdk",
        "Transfer-Encoding": "chunked",
    }
    with closing(connection):
        with outside_errors(session.site, doing):
            connection.putrequest("POST", path)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders()
        for piece in pieces:
            if piece:
                with outside_errors(session.site, doing):
                    connection.send(b"%x\r\n%b\r\n" % (len(piece), piece))
        with outside_errors(session.site, doing):
            connection.send(b"0\r\n\r\n")
            with closing(_accepted(session, doing, connection)) as response:
                response.read()


def _accepted(session: Session, doing: str, connection: http.client.HTTPSConnection) -> http.client.HTTPResponse:
    response = connection.getresponse()
    if response.status not in _HTTP_OK:
        response.close()
        raise OutsideError(
            f"{session.site} answered {response.status} {response.reason} to a disk stream ({doing})",
            hint="run again; if it stays so, look at the log of the hypervisor or the vCenter",
        )
    return response


def _split(session: Session, url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    address = session.location.address if parts.netloc in {"*", "*:443"} else parts.netloc
    return address, parts.path + (f"?{parts.query}" if parts.query else "")


def _headers(session: Session, address: str) -> dict[str, str]:
    """The session's cookie goes to the vCenter alone: a hypervisor knows the lease by its address."""
    if address.removesuffix(":443") != session.location.address.removesuffix(":443"):
        return {}
    return {"Cookie": session.cookie}
