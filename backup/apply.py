"""Performing backup's steps with the drivers of one site."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import assert_never, cast

from pydantic import TypeAdapter

from backup.bundle import RecoveryBundle, bundle_name, bundle_tags, find_bundle
from backup.catalogue import (
    POINT_FILE,
    Trust,
    list_entries,
    object_name,
    point_tags,
    render_point,
    run_tags,
)
from backup.model import (
    STEP_TYPES,
    BackupStep,
    DestroyRestored,
    Guest,
    MakeIsolatedNetwork,
    PrepareRepository,
    PullCopies,
    RemoveSnapshot,
    RestoreMachine,
    StoreEstate,
    StorePoint,
    TakeSnapshot,
)
from backup.plan import (
    REPLICATE,
    RESTORE,
    RUN,
    conclude_backup,
    conclude_replication,
    conclude_restore,
    name_snapshot,
)
from backup.plausibility import is_ahead
from groundwork.change.codec import StepCodec
from groundwork.change.operation import Operation
from groundwork.change.step import Attempt, Json, Perform, Step
from groundwork.drivers.repository.protocol import Repository, StoredObject
from groundwork.drivers.transfer.protocol import Transfer
from groundwork.drivers.vcenter.protocol import (
    DiskImport,
    DiskStream,
    MachineReader,
    NewMachine,
    SeenMachine,
    SeenSnapshot,
    VCenter,
)
from groundwork.errors import OutsideError, RefusedError, VerificationError
from groundwork.model.machine import Machine
from groundwork.model.restore_point import DiskImage, RestorePoint
from groundwork.model.signature import Signers, SigningKey
from groundwork.shell.clock import Clock

_POINT = TypeAdapter(RestorePoint)
_ID_DIGITS = 64  # of a whole id: a SHA-256


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupTools:
    """What backup works with; `vcenter` and `repository` open a site's, `bundle` packs the city's estate.

    `transfer` gives what pulls from one site to another, `key` what points and bundles are signed with, `signers` whose
    signatures are believed.
    """

    vcenter: Callable[[str], AbstractContextManager[VCenter]]
    repository: Callable[[str], Repository]
    transfer: Callable[[], Transfer]
    bundle: Callable[[str], RecoveryBundle]
    key: Callable[[], SigningKey]
    signers: Callable[[], Signers]
    clock: Clock


def backup_operations(tools: BackupTools) -> tuple[Operation, ...]:
    """The operations `backup.run`, `backup.replicate` and `backup.restore`."""

    @contextmanager
    def performer(site: str) -> Iterator[Perform]:
        with ExitStack() as opened:
            yield BackupPerformer(tools, site, opened)

    codec = StepCodec(STEP_TYPES)
    ends = {RUN: conclude_backup, REPLICATE: conclude_replication, RESTORE: conclude_restore}
    return tuple(
        Operation(name=name, codec=codec, performer=performer, conclude=conclude) for name, conclude in ends.items()
    )


def observe_guests(vcenter: MachineReader, machines: Iterable[Machine]) -> tuple[Guest, ...]:
    """Those of the machines that the vCenter has, as it shows them; one that cannot be seen now is left out."""
    wanted = {machine.name: machine for machine in machines}
    return tuple(
        Guest(
            name=seen.name,
            shape=seen.shape(address=wanted[seen.name].address),
            snapshots=tuple(snapshot.name for snapshot in seen.snapshots),
        )
        for seen in vcenter.list_machines()
        if isinstance(seen, SeenMachine) and seen.name in wanted and not seen.template
    )


def restore_machine(  # noqa: PLR0913 - what a machine is restored from and as what
    repository: Repository,
    vcenter: DiskImport,
    point: RestorePoint,
    *,
    name: str,
    network: str,
    folder: str,
    mark: str,
) -> None:
    """Make the point's machine again under another name and on another network, powered off.

    Every disk is proven by its size and SHA-256 while it streams; one that disagrees is a VerificationError, and no
    machine is left behind. A machine of that name and mark is there already: nothing is done.
    """
    new = NewMachine(name=name, folder=folder, shape=point.shape.plugged_into(network), mark=mark)
    vcenter.import_machine(new, (_disk_stream(repository, point, disk) for disk in point.disks))


class BackupPerformer:
    """Carries out backup's steps at one site; its vCenter is opened for the first step that needs it."""

    def __init__(self, tools: BackupTools, site: str, opened: ExitStack) -> None:
        self._tools = tools
        self._site = site
        self._opened = opened
        self._vcenter_opened: VCenter | None = None
        self._stored: dict[str, RestorePoint] | None = None

    def __call__(self, step: Step, attempt: Attempt) -> Json:
        """Carry the step out; each looks first whether it is done."""
        backup_step = cast("BackupStep", step)
        match backup_step:
            case PrepareRepository():
                return self._prepare(backup_step)
            case StoreEstate():
                return self._store_estate(backup_step, attempt)
            case TakeSnapshot():
                taken = self._vcenter.take_snapshot(backup_step.machine, snapshot=name_snapshot(attempt.run_id))
                return {"snapshot": taken.name, "taken": taken.taken.astimezone(UTC).isoformat()}
            case StorePoint():
                return self._store_point(backup_step, attempt)
            case RemoveSnapshot():
                snapshot = backup_step.snapshot or name_snapshot(attempt.run_id)
                return {"removed": self._vcenter.remove_snapshot(backup_step.machine, snapshot=snapshot)}
            case PullCopies():
                return self._pull(backup_step)
            case MakeIsolatedNetwork():
                self._vcenter.create_network(backup_step.network)
                return None
            case RestoreMachine():
                return self._restore(backup_step, attempt)
            case DestroyRestored():
                return self._destroy_restored(backup_step, attempt)
            case _:
                assert_never(backup_step)

    @property
    def _vcenter(self) -> VCenter:
        if self._vcenter_opened is None:
            self._vcenter_opened = self._opened.enter_context(self._tools.vcenter(self._site))
        return self._vcenter_opened

    @cached_property
    def _repository(self) -> Repository:
        return self._tools.repository(self._site)

    @cached_property
    def _key(self) -> SigningKey:
        return self._tools.key()

    @property
    def _trust(self) -> Trust:
        return Trust(signers=self._tools.signers(), now=self._tools.clock.now())

    def _stored_points(self, site: str, run_id: str) -> dict[str, RestorePoint]:
        """What the run has stored here, by machine: listed once, for nobody else stores for it meanwhile."""
        if self._stored is None:
            entries = list_entries(self._repository, self._trust, tags=(f"site={site}", f"run={run_id}"))
            self._stored = {one.machine: one.point for one in entries if one.point and one.doubt is None}
        return self._stored

    def _prepare(self, step: PrepareRepository) -> Json:
        identity = self._repository.identity()
        if identity is None:
            if step.sender is None:
                self._repository.ensure_initialised()
            else:
                self._pull(PullCopies(sender=step.sender, receiver=step.site))
            identity = self._repository.identity()
        return {"repository": identity}

    def _store_estate(self, step: StoreEstate, attempt: Attempt) -> Json:
        repository, trust = self._repository, self._trust
        if kept := find_bundle(repository, step.city, trust, digest=step.digest):
            return {"object": kept, "digest": step.digest, "stored": False}
        bundle = self._tools.bundle(step.city)
        if bundle.digest != step.digest:
            raise VerificationError(
                f"the estate of {step.city} was changed after this backup was planned",
                hint="start the backup anew; the machines' restore points of this run are good",
            )
        tags = bundle_tags(bundle, step.city, made=trust.now, key=self._key)
        receipt = repository.store(bundle_name(step.city), iter([bundle.tar]), tags=(*tags, f"run={attempt.run_id}"))
        return {"object": receipt.snapshot, "digest": step.digest, "stored": True}

    def _store_point(self, step: StorePoint, attempt: Attempt) -> Json:
        repository = self._repository
        done = self._stored_points(step.site, attempt.run_id).get(step.machine)
        if done is not None:
            return _as_json(done)
        marks = run_tags(machine=step.machine, site=step.site, run=attempt.run_id)
        snapshot = self._vcenter.take_snapshot(step.machine, snapshot=name_snapshot(attempt.run_id))
        with self._vcenter.export_disks(step.machine, snapshot=snapshot.name) as streams:
            told = tuple(_store_disk(repository, step.machine, stream, marks, attempt) for stream in streams)
        point = RestorePoint(
            machine=step.machine,
            site=step.site,
            taken=self._moment(snapshot, attempt),
            run=attempt.run_id,
            shape=step.shape,
            disks=_with_whole_ids(repository, step.machine, told, marks),
        )
        mark = object_name(step.machine, POINT_FILE)
        repository.store(mark, iter([render_point(point)]), tags=point_tags(point, self._key))
        self._stored_points(step.site, attempt.run_id)[step.machine] = point
        return _as_json(point)

    def _moment(self, snapshot: SeenSnapshot, attempt: Attempt) -> datetime:
        """When it was taken; by our own clock where the vCenter's is ahead, for no recovery chooses the future."""
        taken, now = snapshot.taken.astimezone(UTC), self._tools.clock.now()
        if not is_ahead(taken, now):
            return taken
        attempt.say(f"the clock of {self._site}'s vCenter is ahead ({taken.isoformat()}); the point bears ours")
        return now

    def _pull(self, step: PullCopies) -> Json:
        report = self._tools.transfer().pull(sender=step.sender, receiver=step.receiver)
        if report.refused:
            raise VerificationError(
                f"{step.receiver} refused {len(report.refused)} of {report.files} files of {step.sender}, whose "
                f"content is not what their names say: {', '.join(report.refused)}",
                hint=f"look at the disks of {step.sender}'s repository host; {step.receiver}'s copy is unchanged",
                figures={"refused_files": len(report.refused)},
            )
        points = [one.point for one in list_entries(self._repository, self._trust) if one.point and not one.doubt]
        newest = {point.site: point.taken.isoformat() for point in points}
        return cast("Json", {**asdict(report), "refused": [], "points": len(points), "newest": newest})

    def _restore(self, step: RestoreMachine, attempt: Attempt) -> Json:
        mark = _restored_mark(step.point, attempt)
        seen = self._vcenter.read_machine(step.name)
        if seen is not None and seen.mark.startswith("cityops: restored") and seen.mark != mark:
            raise RefusedError(
                f"{step.site} has a machine {step.name} that another run restored", hint="choose another name with --as"
            )
        attempt.say(f"restoring {step.point.machine} as {step.name}")
        restore_machine(
            self._repository,
            self._vcenter,
            step.point,
            name=step.name,
            network=step.network,
            folder=step.folder,
            mark=mark,
        )
        size = sum(disk.size_bytes for disk in step.point.disks)
        return {"machine": step.name, "site": step.site, "point": step.point.key, "size_bytes": size}

    def _destroy_restored(self, step: DestroyRestored, attempt: Attempt) -> Json:
        seen = self._vcenter.read_machine(step.name)
        ours = seen is not None and seen.mark.endswith(f"(run {attempt.run_id})")
        if ours:
            self._vcenter.destroy(step.name)
        return {"destroyed": ours}


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
    """The disks with their ids whole: where restic told only the beginnings, one listing tells all of them."""
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


def _disk_stream(repository: Repository, point: RestorePoint, disk: DiskImage) -> DiskStream:
    return DiskStream(
        name=disk.name, capacity_bytes=disk.capacity_bytes, chunks=_proven_chunks(repository, point, disk)
    )


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


def _restored_mark(point: RestorePoint, attempt: Attempt) -> str:
    return f"cityops: restored from {point.key} (run {attempt.run_id})"


def _as_json(point: RestorePoint) -> Json:
    return cast("Json", _POINT.dump_python(point, mode="json"))
