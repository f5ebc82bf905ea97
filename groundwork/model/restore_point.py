"""A restore point: one machine's disks and shape as they were at one moment, kept in a repository."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from groundwork.errors import RefusedError
from groundwork.model.hardware import Adapter, Hardware, compare_hardware


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskImage:
    """One disk of a restore point: a streamOptimized VMDK in the repository, under `snapshot` (restic's id)."""

    name: str
    snapshot: str
    size_bytes: int
    capacity_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineShape:
    """What a machine must have to be the same machine again; `network` is that of its first adapter.

    Points outlive versions: a new field needs a default.
    """

    vcpus: int
    memory_mib: int
    network: str
    address: str
    hardware: Hardware = field(default_factory=Hardware)

    @property
    def adapters(self) -> tuple[Adapter, ...]:
        """The adapters to make; a shape that kept none has one in its network.

        Raises RefusedError when its network and its adapters disagree: it would be plugged in where it must not be.
        """
        kept = self.hardware.adapters
        if kept and kept[0].network != self.network:
            raise RefusedError(
                f"a machine's first adapter is in {kept[0].network!r}, but the machine is wanted in {self.network!r}",
                hint="a defect of cityops: the shape was changed without its adapters",
            )
        return kept or (Adapter(network=self.network),)

    def plugged_into(self, network: str) -> "MachineShape":
        """With the first adapter, and all that shared its network, in this one; the others lie there unplugged."""
        hardware = self.hardware.plugged({self.network: network}, otherwise=network)
        return replace(self, network=network, hardware=hardware)


def compare_shapes(wanted: MachineShape, found: MachineShape) -> tuple[str, ...]:
    """Where the machine found is not the wanted one, a sentence each; the guest's address is not compared."""
    pairs = (
        ("vCPU", wanted.vcpus, found.vcpus),
        ("MiB", wanted.memory_mib, found.memory_mib),
        ("network", wanted.network, found.network),
    )
    sizes = tuple(f"{what}: {was} → {is_now}" for what, was, is_now in pairs if was != is_now)
    return (*sizes, *compare_hardware(wanted.hardware, found.hardware))


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePoint:
    """One machine at one moment; `taken` is the moment its snapshot froze the disks (aware, UTC), `run` who took it.

    `quiesced`: the guest had put its disks in order first; else they are as after a power cut.
    """

    machine: str
    site: str
    taken: datetime
    run: str
    shape: MachineShape
    disks: tuple[DiskImage, ...]
    quiesced: bool = True

    @property
    def key(self) -> str:
        """Names the point in every repository that holds a copy: ``<site>/<machine>@<taken>``."""
        return f"{self.site}/{self.machine}@{self.taken.isoformat()}"

    @property
    def size_bytes(self) -> int:
        """What its disks take in a repository before deduplication."""
        return sum(disk.size_bytes for disk in self.disks)
