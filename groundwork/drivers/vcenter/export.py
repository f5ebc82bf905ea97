"""Reading disks: a snapshot freezes them, ExportSnapshot and NFC bring them out, running machines included."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from groundwork.drivers.vcenter.bulk_read import read_one
from groundwork.drivers.vcenter.devices import devices_of, disks_of
from groundwork.drivers.vcenter.inventory import Inventory, flat_snapshots
from groundwork.drivers.vcenter.nfc import Lease, download, held
from groundwork.drivers.vcenter.protocol import DiskStream, SeenSnapshot
from groundwork.drivers.vcenter.session import Session
from groundwork.drivers.vcenter.tasks import finish
from groundwork.errors import OutsideError


class Export:
    """Takes snapshots of one vCenter's machines and streams what they froze."""

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._inventory = inventory

    def take_snapshot(self, machine: str, *, snapshot: str, quiesce: bool) -> SeenSnapshot:
        """Freeze the disks; with `quiesce` the guest's tools, where they run, are asked to write out what they hold."""
        found = self._find(machine, snapshot)
        if found is None:
            task = self._inventory.need(machine).CreateSnapshot_Task(
                name=snapshot, description="made by cityops; it removes it again", memory=False, quiesce=quiesce
            )
            finish(self._session, f"snapshot {machine}", task)
            found = self._need(machine, snapshot)
        return SeenSnapshot(name=found.name, taken=found.createTime, quiesced=bool(found.quiesced))

    def consolidate(self, machine: str) -> None:
        """Merge what removed snapshots left behind."""
        ref = self._inventory.need(machine)
        if read_one(self._session, ref, ["runtime.consolidationNeeded"]).get("runtime.consolidationNeeded"):
            finish(self._session, f"consolidate {machine}", ref.ConsolidateVMDisks_Task())

    @contextmanager
    def export_disks(self, machine: str, *, snapshot: str) -> Iterator[Iterator[DiskStream]]:
        """The frozen disks; the lease is completed if all went well inside and aborted otherwise."""
        lease, disks = self._session.attempt(f"export {machine}", lambda: self._open_lease(machine, snapshot))
        tallies = [_Tally(lease, url.key) for url in lease.urls]
        with held(lease):
            yield self._streams(machine, lease, disks, tallies)
            self._verify(machine, lease, tallies)

    def remove_snapshot(self, machine: str, *, snapshot: str) -> bool:
        """Remove the snapshot of that name and nothing else."""
        found = self._find(machine, snapshot)
        if found is None:
            return False
        task = found.snapshot.RemoveSnapshot_Task(removeChildren=False, consolidate=True)
        finish(self._session, f"remove snapshot {snapshot} of {machine}", task)
        return True

    def _open_lease(self, machine: str, snapshot: str) -> tuple[Lease, list[Any]]:
        found = self._need(machine, snapshot)
        disks = disks_of(devices_of(read_one(self._session, found.snapshot, ["config.hardware.device"])))
        lease = Lease(self._session, f"export {machine}", found.snapshot.ExportSnapshot())
        if len(lease.urls) != len(disks):
            lease.abort()
            raise OutsideError(
                f"{machine} at {self._session.site} has {len(disks)} disks, but {len(lease.urls)} are exported",
                hint="independent disks are left out of snapshots: make them dependent",
            )
        return lease, disks

    def _streams(self, machine: str, lease: Lease, disks: list[Any], tallies: list["_Tally"]) -> Iterator[DiskStream]:
        total = sum(disk.capacityInKB for disk in disks) * 1024
        done = 0
        for number, (url, disk, tally) in enumerate(zip(lease.urls, disks, tallies, strict=True)):
            chunks = download(self._session, f"export disk {number} of {machine}", url.url)
            yield DiskStream(
                name=f"disk-{number}.vmdk",
                capacity_bytes=disk.capacityInKB * 1024,
                chunks=tally.count(chunks, done, total),
            )
            done += disk.capacityInKB * 1024

    def _verify(self, machine: str, lease: Lease, tallies: list["_Tally"]) -> None:
        manifest = lease.manifest()
        for tally in tallies:
            entry = manifest.get(tally.key)
            if entry and tally.whole and (entry.size, entry.sha1) != (tally.size_bytes, tally.sha1.hexdigest()):
                raise OutsideError(
                    f"a disk of {machine} at {self._session.site} arrived with {tally.size_bytes} bytes that are not "
                    f"the {entry.size} bytes of the manifest",
                    hint="run again; nothing of it counts",
                )

    def _find(self, machine: str, snapshot: str) -> Any | None:
        row = read_one(self._session, self._inventory.need(machine), ["snapshot.rootSnapshotList"])
        return next((node for node in flat_snapshots(row) if node.name == snapshot), None)

    def _need(self, machine: str, snapshot: str) -> Any:
        found = self._find(machine, snapshot)
        if found is None:
            raise OutsideError(
                f"{machine} at {self._session.site} has no snapshot {snapshot}",
                hint="it was removed meanwhile: run again",
            )
        return found


class _Tally:
    """Counts and sums one disk on its way, to be held against the manifest."""

    def __init__(self, lease: Lease, key: str) -> None:
        self.key = key
        self.whole = False
        self.size_bytes = 0
        self.sha1 = hashlib.sha1(usedforsecurity=False)  # the manifest's own; TLS guards against people
        self._lease = lease

    def count(self, chunks: Iterator[bytes], before: int, total: int) -> Iterator[bytes]:
        """The chunks as they are; `before` and `total` bytes tell the lease how far it is."""
        for chunk in chunks:
            self.size_bytes += len(chunk)
            self.sha1.update(chunk)
            self._lease.report((before + self.size_bytes) * 100 // max(total, 1))
            yield chunk
        self.whole = True
