"""How fast a disk streams into restic through our driver, against `restic backup` of the same bytes as a file."""

import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from groundwork.drivers.repository.restic import PIECE_BYTES, ResticPlace, ResticRepository
from groundwork.shell.command import LocalCommands

DISK_MIB = 256
RUNS = 3
LEAST_RATIO = 0.7
MOST_MEMORY_MIB = 32  # that this process may grow by, whatever the disk's size


def main() -> int:
    """Print the ratio and the growth of our memory; 1 if a limit is missed."""
    with tempfile.TemporaryDirectory(prefix="cityops-bench-") as place:
        disk = Path(place) / "disk-0.vmdk"
        write_disk(disk)
        before = peak_mib()
        ours, peer = [], []
        for number in range(RUNS):
            peer.append(seconds_of_peer(disk, Path(place) / f"peer-{number}"))
            ours.append(seconds_of_ours(disk, Path(place) / f"ours-{number}"))
        grown = peak_mib() - before
    ratio = min(peer) / min(ours)
    print(f"ours: {DISK_MIB / min(ours):.0f} MiB/s, SHA-256 included, {ratio:.2f} of `restic backup` of the same file")
    print(f"      ({DISK_MIB / min(peer):.0f} MiB/s); {DISK_MIB} MiB that do not compress, best of {RUNS}, interleaved")
    print(f"memory: grew by {grown:.0f} MiB (limit {MOST_MEMORY_MIB}) for a disk of {DISK_MIB}")
    return int(ratio < LEAST_RATIO or grown > MOST_MEMORY_MIB)


def write_disk(disk: Path) -> None:
    """Bytes that do not compress, as a streamOptimized disk's do not."""
    with disk.open("wb") as file:
        for _ in range(DISK_MIB):
            file.write(os.urandom(PIECE_BYTES))


def seconds_of_ours(disk: Path, folder: Path) -> float:
    """One store through the driver, from the first byte to the receipt."""
    repository = ResticRepository(ResticPlace(site="bench", url=str(folder), key="bench"), commands=LocalCommands())
    repository.ensure_initialised()
    begun = time.perf_counter()
    repository.store(disk.name, read_pieces(disk), tags=("sort=disk",))
    return time.perf_counter() - begun


def seconds_of_peer(disk: Path, folder: Path) -> float:
    """`restic backup FILE` by hand, nothing else."""
    place = ResticPlace(site="bench", url=str(folder), key="bench")
    ResticRepository(place, commands=LocalCommands()).ensure_initialised()
    begun = time.perf_counter()
    LocalCommands().run(
        ["restic", "--no-cache", "backup", "--quiet", str(disk)],
        timeout_seconds=600,
        environment=place.environment(),
    )
    return time.perf_counter() - begun


def read_pieces(disk: Path) -> Iterator[bytes]:
    """The disk as a vCenter streams it: in pieces."""
    with disk.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def peak_mib() -> float:
    """The most memory this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
