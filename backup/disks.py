"""Disks on their way into and out of a repository: each proven by its size and its SHA-256."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace

from backup.catalogue import object_name
from groundwork.change.step import Attempt
from groundwork.drivers.repository.protocol import Repository, StoredObject
from groundwork.drivers.vcenter.protocol import DiskStream
from groundwork.errors import OutsideError, VerificationError
from groundwork.model.restore_point import DiskImage, RestorePoint

_ID_DIGITS = 64  # of a whole id: a SHA-256


def store_disks(
    repository: Repository, machine: str, streams: Iterable[DiskStream], marks: tuple[str, ...], attempt: Attempt
) -> tuple[DiskImage, ...]:
    """Store the disks one after another, with these marks; what came of them."""
    stored = tuple(_store_disk(repository, machine, stream, marks, attempt) for stream in streams)
    return _with_whole_ids(repository, machine, stored, marks)


def disk_stream(repository: Repository, point: RestorePoint, disk: DiskImage) -> DiskStream:
    """The disk as it was stored; its last piece comes only when all of it is proven, else a VerificationError."""
    return DiskStream(
        name=disk.name, capacity_bytes=disk.capacity_bytes, chunks=_proven_chunks(repository, point, disk)
    )


def _store_disk(
    repository: Repository, machine: str, stream: DiskStream, marks: tuple[str, ...], attempt: Attempt
) -> DiskImage:
    attempt.say(f"storing {stream.name} of {machine}")
    receipt = repository.store(object_name(machine, stream.name), stream.chunks, tags=(*marks, "sort=disk"))
    return DiskImage(
        name=stream.name,
        snapshot=receipt.snapshot,
        size_bytes=receipt.size_bytes,
        capacity_bytes=stream.capacity_bytes,
        sha256=receipt.sha256,
    )


def _with_whole_ids(
    repository: Repository, machine: str, disks: tuple[DiskImage, ...], marks: tuple[str, ...]
) -> tuple[DiskImage, ...]:
    """The disks with their ids whole: where restic gave only the beginnings, one listing has all of them."""
    if all(len(disk.snapshot) == _ID_DIGITS for disk in disks):
        return disks
    kept = repository.list_objects(tags=(*marks, "sort=disk"))
    return tuple(replace(disk, snapshot=_whole_id(kept, object_name(machine, disk), disk.snapshot)) for disk in disks)


def _whole_id(kept: Iterable[StoredObject], name: str, beginning: str) -> str:
    found = [one.snapshot for one in kept if one.name == name and one.snapshot.startswith(beginning)]
    if len(found) != 1:
        raise OutsideError(
            f"{name} was stored as {beginning}, of which the repository shows {len(found)}", hint="run again"
        )
    return found[0]


def _proven_chunks(repository: Repository, point: RestorePoint, disk: DiskImage) -> Iterator[bytes]:
    """The disk's bytes; the last piece is held back until all of it is proven, so that no wrong disk is ever whole."""
    digest, size, held = hashlib.sha256(), 0, b""
    with repository.open_object(disk.snapshot, object_name(point.machine, disk)) as pieces:
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            if held:
                yield held
            held = piece
    if (size, digest.hexdigest()) != (disk.size_bytes, disk.sha256):
        raise VerificationError(
            f"{disk.name} of {point.machine} ({point.taken.isoformat()}) is not what was stored: {size} bytes, "
            f"SHA-256 {digest.hexdigest()}, not {disk.size_bytes} bytes, {disk.sha256}",
            hint="restore from another site's copy or another point (`inv backup.list`)",
        )
    yield held
