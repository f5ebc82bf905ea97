"""What cityops needs of a site's vCenter, as small protocols; errors are OutsideError and its children.

A machine is named by its name, unique within a site's vCenter as the estate has it; an ambiguous or unknown name is
an OutsideError that says so. Every call has a timeout and bounded retries inside the driver.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from groundwork.model.restore_point import MachineShape


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSnapshot:
    """A snapshot of a machine; `taken` is aware, UTC."""

    name: str
    taken: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenMachine:
    """A machine as the vCenter shows it; `mark` is its annotation, `address` the guest's, empty while unknown."""

    name: str
    moref: str
    instance_uuid: str
    folder: str
    vcpus: int
    memory_mib: int
    powered_on: bool
    template: bool
    network: str
    address: str
    mark: str
    boots: bool
    snapshots: tuple[SeenSnapshot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMachine:
    """What a machine is made as; `guest_info` is handed to its first boot (keys of [a-z_]+, values without blanks).

    `disk_gib` is the size of the one empty disk of a machine made from neither a template nor disks; 0: no disk.
    """

    name: str
    folder: str
    shape: MachineShape
    mark: str
    guest_info: tuple[tuple[str, str], ...] = ()
    disk_gib: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskStream:
    """One disk on its way out: `chunks` yields the streamOptimized VMDK once, in pieces of at most 1 MiB."""

    name: str
    capacity_bytes: int
    chunks: Iterator[bytes]


class MachineReader(Protocol):
    """Reads a vCenter in bulk."""

    def list_machines(self) -> tuple[SeenMachine, ...]:
        """Every machine and template, ordered by name."""

    def read_machine(self, name: str) -> SeenMachine | None:
        """That machine, or None."""

    def list_networks(self) -> tuple[str, ...]:
        """The names of all port groups, in order."""

    def list_folders(self) -> tuple[str, ...]:
        """The names of the VM folders, in order."""

    def list_files(self) -> tuple[str, ...]:
        """The paths of the machines' folders in the datastore, in order: what a clean-up is proven against."""


class MachineControl(Protocol):
    """Changes machines; each call is safe to repeat."""

    def create(self, new: NewMachine, *, template: str | None) -> None:
        """Make the machine, cloned with its disks from `template` where one is named; powered off."""

    def resize(self, name: str, *, vcpus: int, memory_mib: int) -> None:
        """Set the size; a running machine is shut down for it and started again."""

    def set_power(self, name: str, *, on: bool) -> None:
        """Power on, or shut the guest down and power off."""

    def move(self, name: str, *, folder: str) -> None:
        """Move the machine into the folder, made if it is missing."""

    def mark(self, name: str, *, text: str) -> None:
        """Set the annotation."""

    def destroy(self, name: str) -> None:
        """Power off and destroy, disks included; nothing to do when there is no such machine."""


class DiskExport(Protocol):
    """Reads the disks of machines, running ones too: snapshot, ExportSnapshot, NFC."""

    def take_snapshot(self, machine: str, *, snapshot: str) -> SeenSnapshot:
        """Freeze the disks under the snapshot's name; one of that name that exists already is returned as it is."""

    def export_disks(self, machine: str, *, snapshot: str) -> AbstractContextManager[Iterator[DiskStream]]:
        """The frozen disks, one after another; the lease is kept alive while the context is open."""

    def remove_snapshot(self, machine: str, *, snapshot: str) -> bool:
        """Remove the snapshot of that name and nothing else; False when there was none."""


class DiskImport(Protocol):
    """Makes machines from disks."""

    def import_machine(self, new: NewMachine, disks: Iterable[DiskStream]) -> None:
        """Make a powered-off machine from streamOptimized disks over NFC; a failure leaves no machine behind."""


class NetworkControl(Protocol):
    """Makes and removes isolated port groups (a drill's bubble)."""

    def create_network(self, name: str) -> None:
        """Make a port group without any uplink; one of that name that exists already is kept."""

    def remove_network(self, name: str) -> None:
        """Remove the port group; nothing to do when there is none."""


class VCenter(MachineReader, MachineControl, DiskExport, DiskImport, NetworkControl, Protocol):
    """One site's vCenter, whole; functions take the smallest of its parts that they need."""

    def close(self) -> None:
        """End the session; the object is not used again."""
