"""Reading disks: a snapshot freezes them, ExportSnapshot and NFC bring them out, running machines included."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

from groundwork.drivers.vcenter.bulk_read import read_one
from groundwork.drivers.vcenter.device_urls import match_urls
from groundwork.drivers.vcenter.devices import covered_disks, devices_of
from groundwork.drivers.vcenter.inventory import Inventory, flat_snapshots
from groundwork.drivers.vcenter.nfc import Lease, download, held
from groundwork.drivers.vcenter.protocol import DiskStream, SeenSnapshot
from groundwork.drivers.vcenter.session import Session
from groundwork.drivers.vcenter.tally import Tally
from groundwork.drivers.vcenter.tasks import finish
from groundwork.errors import OutsideError
from groundwork.model.hardware import Disk


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
        with held(lease):
            urls = match_urls(lease.urls, disks, who=f"the export of {machine} at {self._session.site}")
            sha256 = lease.ask_sha256()
            tallies = [Tally(key=url.key, sha256=sha256) for url in urls]
            yield self._streams(machine, lease, list(zip(disks, urls, tallies, strict=True)))
            self._verify(machine, lease, tallies)

    def remove_snapshot(self, machine: str, *, snapshot: str) -> bool:
        """Remove the snapshot of that name and nothing else."""
        found = self._find(machine, snapshot)
        if found is None:
            return False
        task = found.snapshot.RemoveSnapshot_Task(removeChildren=False, consolidate=True)
        finish(self._session, f"remove snapshot {snapshot} of {machine}", task)
        return True

    def _open_lease(self, machine: str, snapshot: str) -> tuple[Lease, list[Disk]]:
        found = self._need(machine, snapshot)
        devices = devices_of(read_one(self._session, found.snapshot, ["config.hardware.device"]))
        disks = [disk for disk, _ in covered_disks(devices)]
        return Lease(self._session, f"export {machine}", found.snapshot.ExportSnapshot()), disks

    def _streams(self, machine: str, lease: Lease, parts: list[tuple[Disk, Any, Tally]]) -> Iterator[DiskStream]:
        total = sum(disk.capacity_bytes for disk, _, _ in parts)
        done = 0
        for disk, url, tally in parts:
            chunks = download(self._session, f"export {disk.name} of {machine}", url.url)
            yield DiskStream(
                name=disk.name,
                capacity_bytes=disk.capacity_bytes,
                chunks=tally.count(_reported(chunks, lease, done, total)),
            )
            done += disk.capacity_bytes

    def _verify(self, machine: str, lease: Lease, tallies: list[Tally]) -> None:
        manifest = lease.manifest()
        for tally in tallies:
            wrong = tally.whole and tally.why_not_whole(manifest.get(tally.key))
            if wrong:
                raise OutsideError(
                    f"a disk of {machine} at {self._session.site} did not arrive in whole: {wrong}",
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


def _reported(
    chunks: Generator[bytes, None, bool], lease: Lease, before: int, total: int
) -> Generator[bytes, None, bool]:
    """The chunks as they are; the lease is kept informed of how far it is."""
    while True:
        try:
            chunk = next(chunks)
        except StopIteration as end:
            return bool(end.value)
        before += len(chunk)
        lease.report(before * 100 // max(total, 1))
        yield chunk
