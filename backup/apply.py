"""Performing backup's steps with the drivers of one site."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
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
from backup.disks import store_disks
from backup.model import (
    BackupStep,
    DestroyRestored,
    MakeIsolatedNetwork,
    PrepareRepository,
    PullCopies,
    RemoveSnapshot,
    RemoveUnusedNetwork,
    RestoreMachine,
    StoreEstate,
    StorePoint,
    TakeSnapshot,
)
from backup.plan import (
    PREPARE,
    REPLICATE,
    RESTORE,
    RUN,
    conclude_backup,
    conclude_replication,
    conclude_restore,
    name_snapshot,
)
from backup.plausibility import is_ahead
from backup.pulls import pull_lines, pull_result
from backup.readiness import WritableRepository, need_identity, need_pinned, prove_identity
from backup.restore import remove_unused_network, restore_machine
from groundwork.change.operation import Operation, conclude_by_failures
from groundwork.change.step import Attempt, Json, Perform
from groundwork.drivers.repository.protocol import Repository
from groundwork.drivers.repository_host.protocol import RepositoryHost
from groundwork.drivers.transfer.protocol import Transfer
from groundwork.drivers.vcenter.protocol import HALF_IMPORTED, NotQuiescedError, SeenMachine, SeenSnapshot, VCenter
from groundwork.errors import RefusedError, VerificationError
from groundwork.model.mark import mark_line, read_mark, render_network, render_restored
from groundwork.model.restore_point import RestorePoint, compare_shapes
from groundwork.model.signature import Signers, SigningKey
from groundwork.shell.clock import Clock

_POINT = TypeAdapter(RestorePoint)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupTools:
    """What backup works with; `vcenter` and `repository` open a site's, `bundle` packs the city's estate.

    `hosts` know which repositories the sites bear, `transfer` gives what pulls from one site to another, `key` what
    points and bundles are signed with, `signers` whose signatures are believed.
    """

    vcenter: Callable[[str], AbstractContextManager[VCenter]]
    repository: Callable[[str], Repository]
    hosts: Callable[[], RepositoryHost]
    transfer: Callable[[], Transfer]
    bundle: Callable[[str], RecoveryBundle]
    key: Callable[[], SigningKey]
    signers: Callable[[], Signers]
    clock: Clock


def backup_operations(tools: BackupTools) -> tuple[Operation[BackupStep], ...]:
    """The operations `backup.prepare`, `backup.run`, `backup.replicate` and `backup.restore`."""

    @contextmanager
    def performer(site: str) -> Iterator[Perform[BackupStep]]:
        with ExitStack() as opened:
            yield BackupPerformer(tools, site, opened)

    ends = {
        PREPARE: conclude_by_failures,
        RUN: conclude_backup,
        REPLICATE: conclude_replication,
        RESTORE: conclude_restore,
    }
    return tuple(
        Operation(name=name, steps=BackupStep, performer=performer, conclude=conclude)
        for name, conclude in ends.items()
    )


class BackupPerformer:
    """Carries out backup's steps at one site; its vCenter is opened for the first step that needs it."""

    def __init__(self, tools: BackupTools, site: str, opened: ExitStack) -> None:
        self._tools = tools
        self._site = site
        self._opened = opened
        self._vcenter_opened: VCenter | None = None
        self._stored: dict[str, RestorePoint] | None = None

    def __call__(self, step: BackupStep, attempt: Attempt) -> Json:
        """Carry the step out; each first checks whether it is done."""
        match step:
            case PrepareRepository():
                return self._prepare(step)
            case StoreEstate():
                return self._store_estate(step, attempt)
            case TakeSnapshot():
                return self._take_snapshot(step, attempt)
            case StorePoint():
                return self._store_point(step, attempt)
            case RemoveSnapshot():
                snapshot = step.snapshot or name_snapshot(attempt.run_id)
                machine = step.vcenter_name or step.machine
                return {"removed": self._vcenter.remove_snapshot(machine, snapshot=snapshot)}
            case PullCopies():
                return self._pull(step, attempt)
            case MakeIsolatedNetwork():
                return self._make_isolated(step, attempt)
            case RemoveUnusedNetwork():
                mark = render_network(run=attempt.run_id)
                return {"removed": remove_unused_network(self._vcenter, step.network, mark=mark)}
            case RestoreMachine():
                return self._restore(step, attempt)
            case DestroyRestored():
                return self._destroy_restored(step, attempt)
            case _:
                assert_never(step)

    @property
    def _vcenter(self) -> VCenter:
        if self._vcenter_opened is None:
            self._vcenter_opened = self._opened.enter_context(self._tools.vcenter(self._site))
        return self._vcenter_opened

    @cached_property
    def _repository(self) -> Repository:
        return self._tools.repository(self._site)

    @cached_property
    def _writable(self) -> WritableRepository:
        return WritableRepository(self._repository, self._tools.hosts(), self._site)

    @cached_property
    def _key(self) -> SigningKey:
        return self._tools.key()

    @property
    def _trust(self) -> Trust:
        return Trust(signers=self._tools.signers(), now=self._tools.clock.now())

    def _stored_points(self, site: str, run_id: str) -> dict[str, RestorePoint]:
        """What the run has stored here, by machine: listed once, for nobody else stores the same machine meanwhile."""
        if self._stored is None:
            with self._writable.opened() as repository:
                entries = list_entries(repository, self._trust, tags=(f"site={site}", f"run={run_id}"))
            self._stored = {one.machine: one.point for one in entries if one.point and one.doubt is None}
        return self._stored

    def _prepare(self, step: PrepareRepository) -> Json:
        hosts = self._tools.hosts()
        if step.sender is not None:
            hosts.pin(step.site, need_pinned(hosts, step.sender))
            self._tools.transfer().pull(sender=step.sender, receiver=step.site)
        elif step.identity is not None:
            hosts.pin(step.site, step.identity)
        elif hosts.pinned(step.site) is None:
            self._repository.ensure_initialised()
            hosts.pin(step.site, need_identity(self._repository, step.site))
        prove_identity(hosts, self._repository, step.site)
        return {"repository": hosts.pinned(step.site)}

    def _store_estate(self, step: StoreEstate, attempt: Attempt) -> Json:
        with self._writable.opened() as repository:
            return self._store_bundle(repository, step, attempt)

    def _store_bundle(self, repository: Repository, step: StoreEstate, attempt: Attempt) -> Json:
        trust = self._trust
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

    def _take_snapshot(self, step: TakeSnapshot, attempt: Attempt) -> Json:
        self._stored_points(step.site, attempt.run_id)  # first: no snapshot for what cannot be stored
        machine, snapshot = step.vcenter_name or step.machine, name_snapshot(attempt.run_id)
        try:
            taken = self._vcenter.take_snapshot(machine, snapshot=snapshot)
        except NotQuiescedError as error:
            if step.quiesce == "required":
                raise
            attempt.say(f"{error.message}: its point will be as after a power cut")
            taken = self._vcenter.take_snapshot(machine, snapshot=snapshot, quiesce=False)
        return {"snapshot": taken.name, "taken": taken.taken.astimezone(UTC).isoformat(), "quiesced": taken.quiesced}

    def _store_point(self, step: StorePoint, attempt: Attempt) -> Json:
        done = self._stored_points(step.site, attempt.run_id).get(step.machine)
        if done is None:
            with self._writable.opened() as repository:
                done = self._export(repository, step, attempt)
            self._stored_points(step.site, attempt.run_id)[step.machine] = done
        return _as_json(done)

    def _export(self, repository: Repository, step: StorePoint, attempt: Attempt) -> RestorePoint:
        marks = run_tags(machine=step.machine, site=step.site, run=attempt.run_id)
        machine = step.vcenter_name or step.machine
        snapshot = self._vcenter.take_snapshot(machine, snapshot=name_snapshot(attempt.run_id))
        with self._vcenter.export_disks(machine, snapshot=snapshot.name) as streams:
            disks = store_disks(repository, step.machine, streams, marks, attempt)
        point = RestorePoint(
            machine=step.machine,
            site=step.site,
            taken=self._moment(snapshot, attempt),
            run=attempt.run_id,
            shape=step.shape,
            disks=disks,
            quiesced=snapshot.quiesced or not step.powered_on,
        )
        mark = object_name(step.machine, POINT_FILE)
        repository.store(mark, iter([render_point(point)]), tags=point_tags(point, self._key))
        return point

    def _moment(self, snapshot: SeenSnapshot, attempt: Attempt) -> datetime:
        """When it was taken; by our own clock where the vCenter's is ahead, for no recovery chooses the future."""
        taken, now = snapshot.taken.astimezone(UTC), self._tools.clock.now()
        if not is_ahead(taken, now):
            return taken
        attempt.say(f"the clock of {self._site}'s vCenter is ahead ({taken.isoformat()}); the point bears ours")
        return now

    def _pull(self, step: PullCopies, attempt: Attempt) -> Json:
        report = self._tools.transfer().pull(sender=step.sender, receiver=step.receiver)
        for line in pull_lines(report):
            attempt.say(line)
        points = [one.point for one in list_entries(self._repository, self._trust) if one.point and not one.doubt]
        newest = {point.site: point.taken.isoformat() for point in points}
        return cast("Json", {**pull_result(report), "points": len(points), "newest": newest})

    def _make_isolated(self, step: MakeIsolatedNetwork, attempt: Attempt) -> Json:
        """One that is there already is kept only if it leads nowhere: it may be a person's."""
        mark = render_network(run=attempt.run_id)
        self._vcenter.create_network(step.network, mark=mark)
        seen = self._vcenter.read_network(step.network)
        if seen is None or seen.uplinks:
            raise RefusedError(
                f"{step.site} has a port group {step.network} that has an uplink, where a copy could meet its original",
                hint="rename it at the vCenter, or name a network of the site with --network",
            )
        return {"made": seen.mark == mark}

    def _restore(self, step: RestoreMachine, attempt: Attempt) -> Json:
        mark = render_restored(point_key=step.point.key, run=attempt.run_id)
        seen = self._vcenter.read_machine(step.name)
        there = read_mark(seen.mark) if seen else None
        if there and there.sort == "restored" and there.run != attempt.run_id:
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
        differs = self._differences(step)
        for one in differs:
            attempt.say(f"{step.name} is not what its point says: {one}")
        return {
            "machine": step.name,
            "site": step.site,
            "point": step.point.key,
            "size_bytes": step.point.size_bytes,
            "differs": list(differs),
        }

    def _differences(self, step: RestoreMachine) -> tuple[str, ...]:
        """Where the restored machine is not the one of its point, apart from the network it was given."""
        seen = self._vcenter.read_machine(step.name)
        if seen is None:
            raise VerificationError(f"{step.name} was restored and is not there", hint=f"look at {step.site}'s tasks")
        return compare_shapes(step.point.shape.plugged_into(step.network), seen.shape())

    def _destroy_restored(self, step: DestroyRestored, attempt: Attempt) -> Json:
        seen = self._vcenter.read_machine(step.name)
        ours = seen is not None and mark_line(seen.mark).endswith(f"(run {attempt.run_id})")
        if ours:
            self._vcenter.destroy(step.name)
        return {"seen": _state(seen, ours=ours), "destroyed": ours}


def _state(seen: SeenMachine | None, *, ours: bool) -> str:
    """What an undo found in the place of a restored machine."""
    if seen is None:
        return "gone"
    if not ours:
        return f"another's: {seen.mark}"
    return "half imported" if seen.mark.startswith(HALF_IMPORTED) else "whole"


def _as_json(point: RestorePoint) -> Json:
    return cast("Json", _POINT.dump_python(point, mode="json"))
