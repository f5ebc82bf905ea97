"""Making machines from disks: ImportVApp makes an empty one, NFC fills it, and only then does it get its mark."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pyVmomi import vim

from groundwork.drivers.vcenter.adapter_spec import render_new_adapters
from groundwork.drivers.vcenter.control import Control
from groundwork.drivers.vcenter.device_urls import match_urls
from groundwork.drivers.vcenter.inventory import Inventory
from groundwork.drivers.vcenter.location import hypervisor_for
from groundwork.drivers.vcenter.machine_spec import render_machine
from groundwork.drivers.vcenter.nfc import Lease, held, upload
from groundwork.drivers.vcenter.protocol import HALF_IMPORTED, DiskStream, NewMachine
from groundwork.drivers.vcenter.session import Session
from groundwork.errors import OpsError, OutsideError
from groundwork.model.hardware import Disk, place_disks


class Imports:
    """Imports machines into one vCenter."""

    def __init__(self, session: Session, inventory: Inventory, control: Control) -> None:
        self._session = session
        self._inventory = inventory
        self._control = control

    def import_machine(self, new: NewMachine, disks: Iterable[DiskStream]) -> None:
        """Make the machine; our own finished earlier attempt is kept, an unfinished one is removed first."""
        doing = f"import {new.name}"
        if self._session.attempt(doing, lambda: self._ready_for(new)):
            return
        streams = tuple(disks)  # their bytes are read later, one disk after another
        placed = _place(self._session.site, new, streams)
        try:
            with held(self._session.attempt(doing, lambda: self._open_lease(new, placed))) as lease:
                self._fill(new, streams, placed, lease)
            self._session.attempt(doing, lambda: self._control.mark(new.name, text=new.mark))
        except BaseException:
            self._remove_half_made(new)
            raise

    def _ready_for(self, new: NewMachine) -> bool:
        """True when it is done already."""
        seen = self._inventory.machine(new.name)
        if seen is not None and seen.mark.startswith(HALF_IMPORTED):
            self._control.destroy(new.name)
            return False
        return self._control.made_already(new)

    def _open_lease(self, new: NewMachine, disks: Sequence[Disk]) -> Lease:
        if self._ready_for(new):
            raise OutsideError(f"{new.name} was made meanwhile by another", hint="run again")
        location = self._inventory.location_on(new.datastore)
        networks = self._inventory.networks()
        adapters = render_new_adapters(self._session, new.shape.adapters, networks)
        half_made = replace(new, mark=f"{HALF_IMPORTED} {new.mark}")
        config = render_machine(half_made, disks, adapters, datastore=location.datastore_name)
        spec = vim.vm.VmImportSpec(configSpec=config, resPoolEntity=None)
        # All machines of one network on one hypervisor: an isolated port group joins nothing beyond it.
        hypervisor = hypervisor_for(self._session, location, new.shape.network, name=new.hypervisor)
        lease = location.pool.ImportVApp(spec, self._inventory.make_folder(new.folder), hypervisor)
        return Lease(self._session, f"import {new.name}", lease)

    def _fill(self, new: NewMachine, streams: Sequence[DiskStream], disks: Sequence[Disk], lease: Lease) -> None:
        who = f"the import of {new.name} at {self._session.site}"
        urls = match_urls(lease.urls, disks, who=who)
        total, before = sum(stream.capacity_bytes for stream in streams), 0
        for number, (url, stream) in enumerate(zip(urls, streams, strict=True)):
            pieces = _counted(stream.chunks, lease, before, total)
            upload(self._session, f"import disk {number} of {new.name}", url.url, pieces)
            before += stream.capacity_bytes

    def _remove_half_made(self, new: NewMachine) -> None:
        """The abort of the lease did it already, unless it came too late or was not heard."""
        try:
            self._session.attempt(f"remove half-imported {new.name}", lambda: self._destroy_if_half_made(new))
        except OpsError:
            return  # the import's own failure is what is reported; its mark lets the next attempt find it

    def _destroy_if_half_made(self, new: NewMachine) -> None:
        seen = self._inventory.machine(new.name)
        if seen is not None and seen.mark.startswith(HALF_IMPORTED):
            self._control.destroy(new.name)


def _place(site: str, new: NewMachine, streams: Sequence[DiskStream]) -> tuple[Disk, ...]:
    """The index of each stream's disk, in the streams' order: by name where the shape kept the slots.

    Raises OutsideError when the shape's disks are not those that come.
    """
    kept = {disk.name: disk for disk in new.shape.hardware.disks}
    if not kept:
        return place_disks({stream.name: stream.capacity_bytes for stream in streams})
    coming = [stream.name for stream in streams]
    if sorted(coming) != sorted(kept):
        raise OutsideError(
            f"{new.name} has the disks {', '.join(sorted(kept))}, but {', '.join(coming)} come to {site}",
            hint="choose another restore point",
        )
    return tuple(replace(kept[stream.name], capacity_bytes=stream.capacity_bytes) for stream in streams)


def _counted(chunks: Iterable[bytes], lease: Lease, before: int, total: int) -> Iterator[bytes]:
    for chunk in chunks:
        before += len(chunk)
        lease.report(before * 100 // max(total, 1))
        yield chunk
