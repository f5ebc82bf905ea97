"""A site's vCenter through pyVmomi: the protocol's calls, each with a time limit and bounded retries."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager

from groundwork.drivers.vcenter.adapters import Adapters
from groundwork.drivers.vcenter.control import Control
from groundwork.drivers.vcenter.export import Export
from groundwork.drivers.vcenter.imports import Imports
from groundwork.drivers.vcenter.inventory import Inventory
from groundwork.drivers.vcenter.port_groups import PortGroups
from groundwork.drivers.vcenter.protocol import (
    DiskStream,
    ListedMachine,
    NewMachine,
    SeenAdapter,
    SeenMachine,
    SeenNetwork,
    SeenSnapshot,
    SeenVlan,
)
from groundwork.drivers.vcenter.session import Session, VCenterAccess
from groundwork.drivers.vcenter.vlans import read_vlans
from groundwork.shell.clock import Clock


class LiveVCenter:
    """One session; used by one thread. It logs in at the first call.

    `called` is given the name of each vSphere method that is called, as `privileges.METHODS` has them.
    """

    def __init__(self, access: VCenterAccess, *, clock: Clock, called: Callable[[str], None] = lambda _: None) -> None:
        self._session = Session(access, clock, called=called)
        self._inventory = Inventory(self._session)
        self._port_groups = PortGroups(self._session, self._inventory)
        self._control = Control(self._session, self._inventory)
        self._adapters = Adapters(self._session, self._inventory)
        self._export = Export(self._session, self._inventory)
        self._imports = Imports(self._session, self._inventory, self._control)

    def list_machines(self) -> tuple[ListedMachine, ...]:
        """Every machine and template, ordered by name; one that cannot be seen is a row with the reason."""
        return self._session.attempt("read the machines", self._inventory.machines)

    def read_machine(self, name: str) -> SeenMachine | None:
        """That machine, or None. Raises OutsideError when it cannot be seen now, or two bear the name."""
        return self._session.attempt(f"read {name}", lambda: self._inventory.machine(name))

    def list_networks(self) -> tuple[str, ...]:
        """The names of all networks, in order; of two that bear one name, each as ``SWITCH/name``."""
        return self._session.attempt(
            "read the networks", lambda: tuple(sorted(group.label for group in self._inventory.networks().groups))
        )

    def list_folders(self) -> tuple[str, ...]:
        """The paths of the VM folders, in order."""
        return self._session.attempt("read the folders", lambda: tuple(sorted(self._inventory.folders())))

    def check_location(
        self,
        *,
        networks: Collection[str],
        templates: Collection[str],
        datastore: str = "",
        room_bytes: int = 0,
        isolated: bool = False,
    ) -> tuple[str, ...]:
        """Why machines with these needs could not be made now, a sentence each; empty when they could."""
        wanted = frozenset(networks), frozenset(templates), datastore, room_bytes
        wrong = self._session.attempt("look at the location of machines", lambda: self._inventory.obstacles(*wanted))
        if isolated:
            wrong += self._session.attempt("look at the distributed switches", self._port_groups.obstacles)
        return wrong

    def list_files(self) -> tuple[str, ...]:
        """The paths of the machines' folders in the datastore, in order: what a clean-up is proven against."""
        return self._session.attempt("list the datastore", self._inventory.files)

    def create(self, new: NewMachine, *, template: str | None) -> None:
        """Make the machine, cloned from the template of that name or path where one is named; powered off."""
        self._session.attempt(f"create {new.name}", lambda: self._control.create(new, template=template))

    def resize(self, name: str, *, vcpus: int, memory_mib: int) -> None:
        """Set the size; a running machine is shut down for it and started again."""
        self._session.attempt(f"resize {name}", lambda: self._control.resize(name, vcpus=vcpus, memory_mib=memory_mib))

    def grow_disk(self, name: str, *, disk_gib: int) -> None:
        """Let the machine's only disk grow to that size. Raises OutsideError for several disks, or a larger one."""
        self._session.attempt(f"grow the disk of {name}", lambda: self._control.grow_disk(name, disk_gib=disk_gib))

    def set_power(self, name: str, *, on: bool) -> None:
        """Power on, or shut the guest down and power off."""
        self._session.attempt(f"power {name}", lambda: self._control.set_power(name, on=on))

    def cut_power(self, name: str) -> None:
        """Power off at once, without asking the guest; nothing to do when it is off, or not there."""
        self._session.attempt(f"cut the power of {name}", lambda: self._control.cut_power(name))

    def move(self, name: str, *, folder: str) -> None:
        """Move the machine into the folder of that path, made if it is missing; one in a vApp is refused."""
        self._session.attempt(f"move {name}", lambda: self._control.move(name, folder=folder))

    def rename(self, name: str, *, to: str) -> None:
        """Give the machine another name."""
        self._session.attempt(f"rename {name}", lambda: self._control.rename(name, to=to))

    def mark(self, name: str, *, text: str) -> None:
        """Set the annotation."""
        self._session.attempt(f"mark {name}", lambda: self._control.mark(name, text=text))

    def destroy(self, name: str) -> None:
        """Power off and destroy, disks included; nothing to do when there is no such machine."""
        self._session.attempt(f"destroy {name}", lambda: self._control.destroy(name))

    def add_adapter(self, machine: str, *, network: str, mac: str, connected: bool) -> SeenAdapter:
        """Add an adapter with that MAC; one that has it already is put into the network and state wanted."""
        return self._session.attempt(
            f"add an adapter to {machine}",
            lambda: self._adapters.add(machine, network=network, mac=mac, connected=connected),
        )

    def connect_adapter(self, machine: str, *, mac: str, connected: bool) -> None:
        """Plug the adapter in or out, now and for every start. Raises OutsideError when there is none."""
        self._session.attempt(
            f"connect an adapter of {machine}", lambda: self._adapters.connect(machine, mac=mac, connected=connected)
        )

    def remove_adapter(self, machine: str, *, mac: str) -> bool:
        """Remove the adapter with that MAC and no other; False when there was none."""
        return self._session.attempt(f"remove an adapter of {machine}", lambda: self._adapters.remove(machine, mac=mac))

    def take_snapshot(self, machine: str, *, snapshot: str, quiesce: bool = True) -> SeenSnapshot:
        """Freeze the disks under the snapshot's name; one of that name that exists already is returned as it is."""
        return self._session.attempt(
            f"snapshot {machine}", lambda: self._export.take_snapshot(machine, snapshot=snapshot, quiesce=quiesce)
        )

    def export_disks(self, machine: str, *, snapshot: str) -> AbstractContextManager[Iterator[DiskStream]]:
        """The frozen disks, one after another; the lease is kept alive while the context is open."""
        return self._export.export_disks(machine, snapshot=snapshot)

    def remove_snapshot(self, machine: str, *, snapshot: str) -> bool:
        """Remove the snapshot of that name and nothing else; False when there was none."""
        return self._session.attempt(
            f"remove a snapshot of {machine}", lambda: self._export.remove_snapshot(machine, snapshot=snapshot)
        )

    def consolidate(self, machine: str) -> None:
        """Merge what removed snapshots left behind; nothing to do when nothing is left."""
        self._session.attempt(f"consolidate {machine}", lambda: self._export.consolidate(machine))

    def import_machine(self, new: NewMachine, disks: Iterable[DiskStream]) -> None:
        """Make a powered-off machine from streamOptimized disks over NFC; a failure leaves no machine behind."""
        self._imports.import_machine(new, disks)

    def list_vlans(self) -> dict[str, SeenVlan]:
        """The VLAN of each network, or why its port group does not decide it; two bulk reads."""
        return self._session.attempt(
            "read the VLANs", lambda: read_vlans(self._session, self._inventory.location(), self._inventory.networks())
        )

    def create_network(self, name: str, *, mark: str = "") -> None:
        """Make a port group without any uplink; one of that name that exists already is kept."""
        self._session.attempt(f"make the network {name}", lambda: self._port_groups.create_isolated(name, mark))

    def read_network(self, name: str) -> SeenNetwork | None:
        """What the distributed port group lets pass, or None. What it does not say itself counts as let pass."""
        return self._session.attempt(f"read the network {name}", lambda: self._port_groups.read(name))

    def remove_network(self, name: str) -> None:
        """Remove the port group; nothing to do when there is none."""
        self._session.attempt(f"remove the network {name}", lambda: self._port_groups.remove(name))

    def close(self) -> None:
        """Log out."""
        self._session.close()
