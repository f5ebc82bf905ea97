"""A vCenter in memory, with the manners of a real one: what rehearsals of code and tests work on."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count

from groundwork.drivers.vcenter.fake_parts import Kept, cloned_hardware, isolated_network, open_network, show_new
from groundwork.drivers.vcenter.fake_switches import Switches
from groundwork.drivers.vcenter.protocol import (
    UNTAGGED,
    DiskStream,
    ListedMachine,
    NewMachine,
    NotQuiescedError,
    SeenAdapter,
    SeenMachine,
    SeenNetwork,
    SeenSnapshot,
    SeenVlan,
    UnseenMachine,
    no_room,
)
from groundwork.errors import OpsError, OutsideError
from groundwork.model.first_boot import read_address
from groundwork.model.hardware import Adapter, Hardware, place_disks
from groundwork.shell.clock import Clock

_PIECE_BYTES = 1024 * 1024


@dataclass(slots=True, kw_only=True)
class FakeVCenter:
    """One site's vCenter. `networks` and `folders` are there from the start; `calls` counts what was called.

    `fail(call, nth, error)` makes the nth call of that name raise, as a vCenter does that dies before it acts.
    """

    clock: Clock
    site: str = "central"
    networks: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    calls: Counter[str] = field(default_factory=Counter)
    closed: bool = False
    datastores: set[str] = field(default_factory=set)  # beside the site's own
    obstacles: tuple[str, ...] = ()  # what check_location finds besides
    free_bytes: int = 1 << 50  # of its datastore
    held: dict[str, int] = field(default_factory=dict)  # machines that a lease holds, for so many seconds more
    unquiet: set[str] = field(default_factory=set)  # machines whose guest cannot be quiesced
    vlans: dict[str, SeenVlan] = field(default_factory=dict)  # of networks that are not untagged
    isolated: dict[str, SeenNetwork] = field(default_factory=dict)  # what those made here let pass
    switches: Switches = field(default_factory=Switches)
    _kept: dict[str, Kept] = field(default_factory=dict)
    _unseen: dict[str, UnseenMachine] = field(default_factory=dict)
    _failures: dict[tuple[str, int], OpsError] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def fail(self, call: str, nth: int, error: OpsError | None = None) -> None:
        """Let the nth call (from 1, counted from the start) of that name raise `error` and do nothing."""
        default = OutsideError(f"the vCenter of {self.site} refused ({call})", hint="a fault put there by a test")
        self._failures[call, nth] = error or default

    def put(self, seen: SeenMachine, *disks: bytes) -> None:
        """Put a machine there, as if it had always been; each disk's capacity is its length."""
        self.networks.add(seen.network)
        self.folders.add(seen.folder)
        self._unseen.pop(seen.name, None)
        self._kept[seen.name] = Kept(seen=seen, disks=[(len(disk), disk) for disk in disks])

    def put_unseen(self, unseen: UnseenMachine) -> None:
        """Put a machine there that cannot be seen; one that was seen before is it."""
        self._kept.pop(unseen.name, None)
        self._unseen[unseen.name] = unseen

    def write_disk(self, name: str, number: int, content: bytes) -> None:
        """The guest writes to its disk."""
        kept = self._need(name)
        kept.disks[number] = (kept.disks[number][0], content)

    def read_disk(self, name: str, number: int = 0) -> bytes:
        """What the machine's disk holds now."""
        return self._need(name).disks[number][1]

    def guest_info_of(self, name: str) -> dict[str, str]:
        """What the machine is given at its first boot."""
        return dict(self._need(name).guest_info)

    def list_machines(self) -> tuple[ListedMachine, ...]:
        """Every machine and template, ordered by name; one that cannot be seen is a row with the reason."""
        self._called("list_machines")
        listed: list[ListedMachine] = [*(kept.seen for kept in self._kept.values()), *self._unseen.values()]
        return tuple(sorted(listed, key=lambda machine: machine.name))

    def read_machine(self, name: str) -> SeenMachine | None:
        """That machine, or None. Raises OutsideError when it cannot be seen now, or two bear the name."""
        self._called("read_machine")
        self._refuse_unseen(name)
        found = self._kept.get(self._named(name))
        return found.seen if found else None

    def list_networks(self) -> tuple[str, ...]:
        """The names of all networks, in order; of two that bear one name, each as ``SWITCH/name``."""
        self._called("list_networks")
        return tuple(sorted(self.networks))

    def list_vlans(self) -> dict[str, SeenVlan]:
        """The VLANs put into `vlans`; any other network is untagged."""
        self._called("list_vlans")
        return {name: self.vlans.get(name, UNTAGGED) for name in sorted(self.networks)}

    def list_folders(self) -> tuple[str, ...]:
        """The paths of the VM folders, in order."""
        self._called("list_folders")
        return tuple(sorted(self.folders))

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
        self._called("check_location")
        known = {name for name in templates if (one := self._kept.get(self._named(name))) and one.seen.template}
        missing = [("network", name) for name in sorted(set(networks) - self.networks)]
        missing += [("datastore", name) for name in {datastore} - {"", *self.datastores}]
        missing += [("template", name) for name in sorted(set(templates) - known)]
        return (
            *self.obstacles,
            *((no_room("vsan", free_bytes=self.free_bytes, room_bytes=room_bytes),) * (self.free_bytes < room_bytes)),
            *(f"the vCenter of {self.site} has no {sort} named {name!r}" for sort, name in missing),
            *(self.switches.obstacles(self.site) if isolated else ()),
        )

    def list_files(self) -> tuple[str, ...]:
        """The paths of the machines' folders in the datastore, in order: what a clean-up is proven against."""
        self._called("list_files")
        return tuple(sorted(f"[{self.site}] {name}" for name in self._kept))

    def create(self, new: NewMachine, *, template: str | None) -> None:
        """Make the machine, cloned from the template of that name or path where one is named; powered off."""
        self._called("create")
        if self._made_already(new):
            return
        wanted = new.shape.hardware
        if template is None:
            placed = wanted.disks or place_disks({"disk-0.vmdk": new.disk_gib << 30} if new.disk_gib else {})
            self._make(new, replace(wanted, disks=placed), [(disk.capacity_bytes, b"") for disk in placed])
            return
        source = self._need(template)
        self._make(new, cloned_hardware(source, wanted), list(source.disks))

    def resize(self, name: str, *, vcpus: int, memory_mib: int) -> None:
        """Set the size; a running machine is shut down for it and started again."""
        self._called("resize")
        self.change(name, vcpus=vcpus, memory_mib=memory_mib)

    def grow_disk(self, name: str, *, disk_gib: int) -> None:
        """Let the machine's only disk grow to that size. Raises OutsideError for several disks, or a larger one."""
        self._called("grow_disk")
        disks, capacity = self._need(name).disks, disk_gib << 30
        if len(disks) != 1 or disks[0][0] > capacity:
            raise OutsideError(f"the disk of {name} at {self.site} cannot grow to {disk_gib} GiB", hint="plan again")
        disks[0] = (capacity, disks[0][1])
        hardware = self._need(name).seen.hardware
        grown = tuple(replace(disk, capacity_bytes=capacity) for disk in hardware.disks)
        self.change(name, hardware=replace(hardware, disks=grown))

    def set_power(self, name: str, *, on: bool) -> None:
        """Power on, or shut the guest down and power off."""
        self._called("set_power")
        kept = self._need(name)
        address = read_address(kept.guest_info.items()) or kept.seen.address
        plugged = tuple(replace(one, connected=on and one.starts_connected) for one in kept.seen.adapters)
        self.change(name, powered_on=on, address=address if on else "", adapters=plugged)

    def cut_power(self, name: str) -> None:
        """Power off at once, without asking the guest; nothing to do when it is off, or not there."""
        self._called("cut_power")
        if name in self._kept:
            self.change(name, powered_on=False, address="")

    def move(self, name: str, *, folder: str) -> None:
        """Move the machine into the folder of that path, made if it is missing; one in a vApp is refused."""
        self._called("move")
        if self._need(name).seen.vapp:
            raise OutsideError(f"{name} at {self.site} lies in a vApp: it is not moved", hint="take it out first")
        self.change(name, folder=folder)
        self._add_folder(folder)

    def rename(self, name: str, *, to: str) -> None:
        """Give the machine another name."""
        self._called("rename")
        if name not in self._kept and to in self._kept:
            return
        if to in self._kept:
            raise OutsideError(f"there is another machine named {to} at {self.site}", hint="rename one of the two")
        self.change(name, name=to)
        self._kept[to] = self._kept.pop(name)

    def mark(self, name: str, *, text: str) -> None:
        """Set the annotation."""
        self._called("mark")
        self.change(name, mark=text)

    def destroy(self, name: str) -> None:
        """Power off and destroy, disks included; nothing to do when there is no such machine."""
        self._called("destroy")
        while self.held.get(name, 0) > 0:
            self.held[name] -= 1
            self.clock.sleep(1)
        self._kept.pop(name, None)

    def add_adapter(self, machine: str, *, network: str, mac: str, connected: bool) -> SeenAdapter:
        """Add an adapter with that MAC; one that has it already is put into the network and state wanted."""
        self._called("add_adapter")
        self._need_network(network)
        added = SeenAdapter(network=network, mac=mac.lower(), connected=connected, starts_connected=connected)
        self._put_adapters(machine, [*self._adapters_but(machine, mac), added])
        return added

    def connect_adapter(self, machine: str, *, mac: str, connected: bool) -> None:
        """Plug the adapter in or out, now and for every start. Raises OutsideError when there is none."""
        self._called("connect_adapter")
        adapters = list(self._need(machine).seen.adapters)
        index = next((index for index, one in enumerate(adapters) if one.mac == mac.lower()), None)
        if index is None:
            raise OutsideError(f"{machine} at {self.site} has no adapter with the MAC {mac}", hint="plan again")
        adapters[index] = replace(adapters[index], connected=connected, starts_connected=connected)
        self._put_adapters(machine, adapters)

    def remove_adapter(self, machine: str, *, mac: str) -> bool:
        """Remove the adapter with that MAC and no other; False when there was none."""
        self._called("remove_adapter")
        before, left = self._need(machine).seen.adapters, self._adapters_but(machine, mac)
        self._put_adapters(machine, left)
        return len(left) < len(before)

    def take_snapshot(self, machine: str, *, snapshot: str, quiesce: bool = True) -> SeenSnapshot:
        """Freeze the disks under the snapshot's name; one of that name that exists already is returned as it is."""
        self._called("take_snapshot")
        kept = self._need(machine)
        for seen in kept.seen.snapshots:
            if seen.name == snapshot:
                return seen
        if quiesce and machine in self.unquiet:
            raise NotQuiescedError(f"{machine} at {self.site} cannot be quiesced", hint="look at its tools")
        taken = SeenSnapshot(name=snapshot, taken=self.clock.now(), quiesced=quiesce)
        kept.frozen[snapshot] = list(kept.disks)
        self.change(machine, snapshots=(*kept.seen.snapshots, taken))
        return taken

    @contextmanager
    def export_disks(self, machine: str, *, snapshot: str) -> Iterator[Iterator[DiskStream]]:
        """The frozen disks, one after another; a failing `read_chunk` call breaks off in the middle of a disk."""
        self._called("export_disks")
        frozen = self._need(machine).frozen.get(snapshot)
        if frozen is None:
            raise OutsideError(f"{machine} at {self.site} has no snapshot {snapshot}", hint="run again")
        yield (
            DiskStream(name=f"disk-{number}.vmdk", capacity_bytes=capacity, chunks=self._chunks(content))
            for number, (capacity, content) in enumerate(frozen)
        )

    def remove_snapshot(self, machine: str, *, snapshot: str) -> bool:
        """Remove the snapshot of that name and nothing else; False when there was none."""
        self._called("remove_snapshot")
        kept = self._need(machine)
        left = tuple(seen for seen in kept.seen.snapshots if seen.name != snapshot)
        self.change(machine, snapshots=left)
        return kept.frozen.pop(snapshot, None) is not None

    def consolidate(self, machine: str) -> None:
        """Merge what removed snapshots left behind; nothing to do when nothing is left."""
        self._called("consolidate")
        self.change(machine, consolidation_needed=False)

    def import_machine(self, new: NewMachine, disks: Iterable[DiskStream]) -> None:
        """Make a powered-off machine from streamOptimized disks over NFC; a failure leaves no machine behind."""
        self._called("import_machine")
        if self._made_already(new):
            return
        coming = {disk.name: (disk.capacity_bytes, b"".join(disk.chunks)) for disk in disks}
        wanted = new.shape.hardware
        placed = wanted.disks or place_disks({name: capacity for name, (capacity, _) in coming.items()})
        if sorted(coming) != sorted(disk.name for disk in placed):
            raise OutsideError(f"{new.name} has other disks than those that come", hint="choose another point")
        self._make(new, replace(wanted, disks=placed), [coming[disk.name] for disk in placed])

    def create_network(self, name: str, *, mark: str = "") -> None:
        """Make a port group without any uplink; one of that name that exists already is kept."""
        self._called("create_network")
        if name not in self.networks:
            self.switches.choose(self.site)
            self.networks.add(name)
            self.isolated[name] = isolated_network(name, mark)

    def read_network(self, name: str) -> SeenNetwork | None:
        """What it lets pass, or None; networks that were there from the start let everything pass."""
        self._called("read_network")
        return self.isolated.get(name, open_network(name)) if name in self.networks else None

    def remove_network(self, name: str) -> None:
        """Remove the port group; nothing to do when there is none."""
        self._called("remove_network")
        self.networks.discard(name)
        self.isolated.pop(name, None)

    def close(self) -> None:
        """End the session; what the vCenter holds stays."""
        self.closed = True

    def _chunks(self, content: bytes) -> Iterator[bytes]:
        for start in range(0, len(content), _PIECE_BYTES):
            self._called("read_chunk")
            yield content[start : start + _PIECE_BYTES]

    def _called(self, call: str) -> None:
        self.calls[call] += 1
        if failure := self._failures.get((call, self.calls[call])):
            raise failure

    def _adapters_but(self, machine: str, mac: str) -> list[SeenAdapter]:
        return [one for one in self._need(machine).seen.adapters if one.mac != mac.lower()]

    def _put_adapters(self, machine: str, adapters: Iterable[SeenAdapter]) -> None:
        seen, kept = self._need(machine).seen, tuple(adapters)
        static = tuple(
            Adapter(network=one.network, mac=one.mac, kind=one.kind, connected=one.starts_connected) for one in kept
        )
        hardware = replace(seen.hardware, adapters=static)
        self.change(machine, adapters=kept, network=kept[0].network if kept else "", hardware=hardware)

    def _need_network(self, name: str) -> None:
        if name not in self.networks:
            raise OutsideError(f"the vCenter of {self.site} has no network named {name!r}", hint="make it first")

    def _add_folder(self, path: str) -> None:
        names = path.split("/")
        self.folders.update("/".join(names[:depth]) for depth in range(1, len(names) + 1))

    def _refuse_unseen(self, name: str) -> None:
        if name in self._unseen:
            raise OutsideError(
                f"{name} at {self.site} cannot be seen now: {self._unseen[name].reason}", hint="mend that, run again"
            )

    def _need(self, name: str) -> Kept:
        self._refuse_unseen(name)
        if self._named(name) not in self._kept:
            raise OutsideError(f"the vCenter of {self.site} has no machine named {name!r}", hint="plan again")
        return self._kept[self._named(name)]

    def _named(self, name: str) -> str:
        """The name of the machine that is called so, or lies at that path."""
        paths = {f"{kept.seen.folder}/{kept.seen.name}": kept.seen.name for kept in self._kept.values()}
        return paths.get(name, name)

    def _made_already(self, new: NewMachine) -> bool:
        self._refuse_unseen(new.name)
        kept = self._kept.get(new.name)
        if kept is None:
            self._need_network(new.shape.network)
            if new.datastore and new.datastore not in self.datastores:
                raise OutsideError(
                    f"the vCenter of {self.site} has no datastore named {new.datastore!r}", hint="name one"
                )
            return False
        if kept.seen.mark == new.mark:
            return True
        raise OutsideError(f"there is another machine named {new.name} at {self.site}", hint="rename one of the two")

    def _make(self, new: NewMachine, hardware: Hardware, disks: list[tuple[int, bytes]]) -> None:
        number = next(self._numbers)
        wanted = replace(new.shape, hardware=hardware).adapters
        for one in wanted:
            self._need_network(one.network)
        adapters = tuple(
            replace(one, mac=one.mac or f"00:50:56:{number % 64:02x}:00:{index:02x}")
            for index, one in enumerate(wanted)
        )
        shown = replace(
            hardware,
            adapters=adapters,
            firmware=hardware.firmware or "bios",
            guest_type=hardware.guest_type or "otherLinux64Guest",
            bios_uuid=hardware.bios_uuid or f"bios-{self.site}-{number}",
        )
        self._add_folder(new.folder)
        seen = show_new(new, shown, number=number, site=self.site)
        self._kept[new.name] = Kept(seen=seen, disks=disks, guest_info=dict(new.guest_info))

    def change(self, machine: str, /, **changes: object) -> None:
        """Let the machine show something else."""
        kept = self._need(machine)
        kept.seen = replace(kept.seen, **changes)  # type: ignore[arg-type]  # each caller names fields of SeenMachine
