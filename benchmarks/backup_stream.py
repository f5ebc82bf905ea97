"""How fast a disk streams from an NFC URL into restic through our drivers, against `curl | restic backup --stdin`."""

import http.client
import http.server
import multiprocessing
import os
import resource
import ssl
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from groundwork.drivers.repository.restic import ResticLocation, ResticRepository
from groundwork.drivers.vcenter.nfc import download
from groundwork.drivers.vcenter.session import Session
from groundwork.drivers.vcenter.tally import Tally
from groundwork.shell.command import LocalCommands
from tests.builders.local_certificate import write_certificate

DISK_MIB = 256
RUNS = 3
LEAST_RATIO = 0.9
MOST_MEMORY_MIB = 32  # that this process may grow by, whatever the disk's size
MAGIC = b"KDMV"  # what a streamOptimized disk begins with


def main() -> int:
    """Print the ratio and the growth of our memory; 1 if a limit is missed."""
    with tempfile.TemporaryDirectory(prefix="cityops-bench-") as folder:
        place = Path(folder)
        disk = place / "disk-0.vmdk"
        write_disk(disk)
        with served(disk, place) as (url, session, ca_file):
            before = peak_mib()
            ours, peer = [], []
            for number in range(RUNS):
                peer.append(seconds_of_peer(url, ca_file, place / f"peer-{number}"))
                ours.append(seconds_of_ours(url, session, place / f"ours-{number}"))
            grown = peak_mib() - before
    ratio = min(peer) / min(ours)
    print(f"ours: {DISK_MIB / min(ours):.0f} MiB/s over TLS, length and SHA-256 proven, {ratio:.2f} (at least "
          f"{LEAST_RATIO}) of `curl | restic backup --stdin`")  # fmt: skip
    print(f"      ({DISK_MIB / min(peer):.0f} MiB/s); {DISK_MIB} MiB that do not compress, best of {RUNS}, interleaved")
    print(f"memory: grew by {grown:.0f} MiB (limit {MOST_MEMORY_MIB}) for a disk of {DISK_MIB}")
    return int(ratio < LEAST_RATIO or grown > MOST_MEMORY_MIB)


def write_disk(disk: Path) -> None:
    """Bytes that do not compress, as a streamOptimized disk's do not."""
    with disk.open("wb") as file:
        file.write(MAGIC + os.urandom((1 << 20) - len(MAGIC)))
        for _ in range(DISK_MIB - 1):
            file.write(os.urandom(1 << 20))


@contextmanager
def served(disk: Path, folder: Path) -> Iterator[tuple[str, Session, Path]]:
    """The disk behind HTTPS in a process of its own, as a hypervisor offers it."""
    files = write_certificate(folder, "localhost", lasts=timedelta(days=1))
    ready: multiprocessing.Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(disk, files, ready), daemon=True)
    server.start()
    port = int(ready.get(timeout=30))
    address = f"localhost:{port}"
    tls = ssl.create_default_context(cafile=str(files[0]))

    def https(where: str, *, timeout_seconds: float) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(where, context=tls, timeout=timeout_seconds)

    try:
        yield (
            f"https://{address}/disk-0.vmdk",
            cast(
                "Session",
                SimpleNamespace(site="bench", https=https, location=SimpleNamespace(address=address), cookie=""),
            ),
            files[0],
        )
    finally:
        server.terminate()
        server.join()


def serve(disk: Path, files: tuple[Path, Path], ready: "multiprocessing.Queue[int]") -> None:
    """Answer every request with the disk."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(disk.stat().st_size))
            self.end_headers()
            with disk.open("rb") as file:
                while piece := file.read(1 << 20):
                    self.wfile.write(piece)

        def log_message(self, *_args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    ready.put(server.server_port)
    server.serve_forever()


def seconds_of_ours(url: str, session: Session, folder: Path) -> float:
    """One store through the drivers, from the first byte to the receipt, and the proof of the disk's wholeness."""
    repository = ResticRepository(ResticLocation(site="bench", url=str(folder), key="bench"), commands=LocalCommands())
    repository.ensure_initialised()
    repository.store("warm-up", iter([b"x"]), tags=("sort=disk",))
    begun = time.perf_counter()
    tally = Tally(key="disk-0", sha256=True)
    repository.store("disk-0", tally.count(download(session, "bench", url)), tags=("sort=disk",))
    if wrong := tally.why_not_whole(None):
        raise AssertionError(wrong)
    return time.perf_counter() - begun


def seconds_of_peer(url: str, ca_file: Path, folder: Path) -> float:
    """`curl URL | restic backup --stdin` by hand, nothing else."""
    place = ResticLocation(site="bench", url=str(folder), key="bench")
    ResticRepository(place, commands=LocalCommands()).ensure_initialised()
    begun = time.perf_counter()
    LocalCommands().run(
        ["sh", "-c", f"curl -s --cacert {ca_file} {url} | restic --no-cache backup --quiet --stdin"],
        timeout_seconds=600,
        environment=place.environment(),
    )
    return time.perf_counter() - begun


def peak_mib() -> float:
    """The most memory this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
