"""What cityops needs of a site's vCenter, as small protocols; errors are OutsideError and its children.

A machine is named by its name, unique within a site's vCenter as the estate has it; an ambiguous or unknown name is
an OutsideError that says so. Every call has a timeout and bounded retries inside the driver.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from groundwork.errors import OutsideError
from groundwork.model.hardware import Hardware
from groundwork.model.restore_point import MachineShape

HALF_IMPORTED = "cityops: half imported, removed when the import is run again:"  # then the mark it is to have


NETWORK_MARK = "cityops: isolated, no uplink"


class NotQuiescedError(OutsideError):
    """The guest could not write out what it holds; a snapshot without asking it is still possible."""


_GIB = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSnapshot:
    """A snapshot of a machine; `taken` is aware, UTC; `quiesced` says that the guest wrote out what it held first."""

    name: str
    taken: datetime
    quiesced: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenAdapter:
    """A network adapter now; `addresses` are what the guest's tools report on it."""

    network: str
    mac: str
    kind: str = "vmxnet3"
    connected: bool = True
    starts_connected: bool = True
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenMachine:
    """A machine as the vCenter shows it; names are decoded, `folder` is the path below the site's VM folder.

    `mark` is its annotation, `network` its first adapter's, `hypervisor` the one it lies on. `address` is the IPv4
    address the guest reports on one of the adapters, empty while there is none. `vapp` is the vApp it lies in, if any:
    such a machine has no folder. `datastores` are the names of those that its disks lie on, each once.
    """

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
    snapshots: tuple[SeenSnapshot, ...] = ()
    adapters: tuple[SeenAdapter, ...] = ()
    hardware: Hardware = field(default_factory=Hardware)
    vapp: str = ""
    consolidation_needed: bool = False
    hypervisor: str = ""
    datastores: tuple[str, ...] = ()

    def shape(self, *, address: str = "") -> MachineShape:
        """What it takes to make it again; an address given is believed before the guest's."""
        return MachineShape(
            vcpus=self.vcpus,
            memory_mib=self.memory_mib,
            network=self.network,
            address=address or self.address,
            hardware=self.hardware,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UnseenMachine:
    """A machine that is there but cannot be seen now, because of `reason`: nothing is known of its size or state.

    What was not readable is empty; a machine whose name was not readable is named by its moref.
    """

    name: str
    moref: str
    reason: str
    instance_uuid: str = ""
    folder: str = ""
    mark: str = ""


ListedMachine = SeenMachine | UnseenMachine


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMachine:
    """What a machine is made as; `guest_info` are keys below ``guestinfo.``, read at its first boot.

    `disk_gib` is the size of the one empty disk of a machine made from neither a template nor disks; 0: no disk. It
    is made on the `hypervisor` named, or on any, and on the `datastore` named, or the site's own.
    """

    name: str
    folder: str
    shape: MachineShape
    mark: str
    guest_info: tuple[tuple[str, str], ...] = ()
    disk_gib: int = 0
    hypervisor: str = ""
    datastore: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskStream:
    """One disk on its way out: `chunks` yields the streamOptimized VMDK once, in pieces of at most 1 MiB."""

    name: str
    capacity_bytes: int
    chunks: Iterator[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenNetwork:
    """What a port group lets pass: the `uplinks` its traffic may leave by, and which forgeries it accepts.

    `mark` is its description: who made it, if one of us did.
    """

    name: str
    uplinks: tuple[str, ...]
    promiscuous: bool
    mac_changes: bool
    forged_transmits: bool
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenVlan:
    """The VLAN (1 to 4094) that a network's frames are tagged with, or 0 and `why` its port group decides none."""

    number: int = 0
    why: str = ""


UNTAGGED = SeenVlan(why="untagged: the physical switch decides")


class MachineReader(Protocol):
    """Reads a vCenter in bulk, below the site's datacenter only."""

    def list_machines(self) -> tuple[ListedMachine, ...]:
        """Every machine and template, ordered by name; one that cannot be seen is a row with the reason."""

    def read_machine(self, name: str) -> SeenMachine | None:
        """That machine, or None. Raises OutsideError when it cannot be seen now, or two bear the name."""

    def list_networks(self) -> tuple[str, ...]:
        """The names of all networks, in order; of two that bear one name, each as ``SWITCH/name``."""

    def list_folders(self) -> tuple[str, ...]:
        """The paths of the VM folders, in order."""

    def check_location(
        self,
        *,
        networks: Collection[str],
        templates: Collection[str],
        datastore: str = "",
        room_bytes: int = 0,
        isolated: bool = False,
    ) -> tuple[str, ...]:
        """Why machines with these needs could not be made now, a sentence each; empty when they could.

        They would be made on the datastore of that name, the site's own where it is empty, and take `room_bytes` of it
        at the least; `isolated`: in a network that has yet to be made.
        """

    def list_files(self) -> tuple[str, ...]:
        """The paths of the machines' folders in the datastore, in order: what a clean-up is proven against."""


class MachineControl(Protocol):
    """Changes machines; each call is safe to repeat."""

    def create(self, new: NewMachine, *, template: str | None) -> None:
        """Make the machine, cloned from the template of that name or path where one is named; powered off.

        A clone keeps its template's hardware, apart from its size and its first adapter's network.
        """

    def resize(self, name: str, *, vcpus: int, memory_mib: int) -> None:
        """Set the size; a running machine is shut down for it and started again."""

    def grow_disk(self, name: str, *, disk_gib: int) -> None:
        """Let the machine's only disk grow to that size. Raises OutsideError for several disks, or a larger one."""

    def set_power(self, name: str, *, on: bool) -> None:
        """Power on, or shut the guest down and power off."""

    def cut_power(self, name: str) -> None:
        """Power off at once, without asking the guest; nothing to do when it is off, or not there."""

    def move(self, name: str, *, folder: str) -> None:
        """Move the machine into the folder of that path, made if it is missing; one in a vApp is refused."""

    def rename(self, name: str, *, to: str) -> None:
        """Give the machine another name."""

    def mark(self, name: str, *, text: str) -> None:
        """Set the annotation."""

    def destroy(self, name: str) -> None:
        """Power off and destroy, disks included; nothing to do when there is no such machine.

        One that a task or a lease of somebody else's holds is waited for, as long as a lease can live.
        """


class AdapterControl(Protocol):
    """Changes a machine's network adapters while it runs; an adapter is known by its MAC."""

    def add_adapter(self, machine: str, *, network: str, mac: str, connected: bool) -> SeenAdapter:
        """Add an adapter with that MAC; one that has it already is put into the network and state wanted."""

    def connect_adapter(self, machine: str, *, mac: str, connected: bool) -> None:
        """Plug the adapter in or out, now and for every start. Raises OutsideError when there is none."""

    def remove_adapter(self, machine: str, *, mac: str) -> bool:
        """Remove the adapter with that MAC and no other; False when there was none."""


class DiskExport(Protocol):
    """Reads the disks of machines, running ones too: snapshot, ExportSnapshot, NFC."""

    def take_snapshot(self, machine: str, *, snapshot: str, quiesce: bool = True) -> SeenSnapshot:
        """Freeze the disks under the snapshot's name; one of that name that exists already is returned as it is.

        With `quiesce` the guest writes out first what it holds; NotQuiescedError when it cannot.
        """

    def export_disks(self, machine: str, *, snapshot: str) -> AbstractContextManager[Iterator[DiskStream]]:
        """The frozen disks, one after another; the lease is kept alive while the context is open."""

    def remove_snapshot(self, machine: str, *, snapshot: str) -> bool:
        """Remove the snapshot of that name and nothing else; False when there was none."""

    def consolidate(self, machine: str) -> None:
        """Merge what removed snapshots left behind; nothing to do when nothing is left."""


class DiskImport(Protocol):
    """Makes machines from disks."""

    def import_machine(self, new: NewMachine, disks: Iterable[DiskStream]) -> None:
        """Make a powered-off machine from streamOptimized disks over NFC; a failure leaves no machine behind.

        Until it is whole its mark is HALF_IMPORTED and the wanted mark.
        """


class NetworkReader(Protocol):
    """Reads what a vCenter's networks are on the wire."""

    def list_vlans(self) -> dict[str, SeenVlan]:
        """The VLAN of each network that `MachineReader.list_networks` names."""


class NetworkControl(Protocol):
    """Makes and removes isolated port groups (a drill's bubble)."""

    def create_network(self, name: str, *, mark: str = "") -> None:
        """Make a port group without any uplink; one of that name that exists already is kept as it is.

        It bears the mark, or NETWORK_MARK. It is made on the distributed switch that all hypervisors of the cluster are
        joined to. Raises OutsideError naming them when several are, and the site's location names none.
        """

    def read_network(self, name: str) -> SeenNetwork | None:
        """What the distributed port group lets pass, or None. What it does not say itself counts as let pass."""

    def remove_network(self, name: str) -> None:
        """Remove the port group; nothing to do when there is none."""


class VCenter(
    MachineReader, MachineControl, AdapterControl, DiskExport, DiskImport, NetworkReader, NetworkControl, Protocol
):
    """One site's vCenter, whole; functions take the smallest of its parts that they need."""

    def close(self) -> None:
        """End the session; the object is not used again."""


def no_room(datastore: str, *, free_bytes: int, room_bytes: int) -> str:
    """The sentence for a datastore that is too full."""
    free, needed = free_bytes / _GIB, room_bytes / _GIB
    return f"datastore {datastore} has {free:,.1f} GiB free, and at least {needed:,.1f} GiB are needed"
