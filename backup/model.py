"""What backup works with: the guests it sees, and its steps."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from groundwork.change.step import Act, Json
from groundwork.model.backup_policy import Quiesce
from groundwork.model.restore_point import MachineShape, RestorePoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A machine of the estate as a site's vCenter shows it now: its shape, and the names of its snapshots.

    `vcenter_name` is the vCenter's own name of it, where that is another. `hypervisor` is where it lies just now: how
    many are read at a time goes by that, and nothing else does.
    """

    name: str
    shape: MachineShape
    snapshots: tuple[str, ...] = ()
    vcenter_name: str = ""
    powered_on: bool = True
    hypervisor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """A machine of the estate that its site's vCenter has and cannot show now, because of `reason`."""

    name: str
    reason: str


Found = Guest | Hidden


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareRepository(Act):
    """Makes the site's repository (one that copies from another takes over its) and declares it to the site's host.

    `identity` is that of the copies which other sites bear: then none is made.
    """

    site: str
    sender: str | None
    identity: str | None = None
    kind: Literal["backup.prepare-repository"] = "backup.prepare-repository"
    acts_on = "{0.site}/repository"

    def describe(self) -> str:
        """Where the repository comes from."""
        if self.sender:
            return f"take {self.sender}'s repository over at {self.site}, and declare it to its host"
        if self.identity:
            return f"declare the repository {self.identity[:12]}, of which others have copies, to {self.site}'s host"
        return f"make a repository at {self.site}, unless one is there, and declare it to its host"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreEstate(Act):
    """Stores the recovery bundle: the estate's files as one tar, which says what to bring back."""

    site: str
    city: str
    digest: str
    kind: Literal["backup.store-estate"] = "backup.store-estate"
    acts_on = "{0.site}/estate/{0.city}"

    def describe(self) -> str:
        """The bundle and the digest of what is in it."""
        return f"store the estate of {self.city} ({self.digest[:12]}) in the repository of {self.site}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeSnapshot(Act):
    """Freezes a machine's disks under this run's name; `quiesce` is its policy's."""

    site: str
    machine: str
    vcenter_name: str = ""
    quiesce: Quiesce = "required"
    kind: Literal["backup.take-snapshot"] = "backup.take-snapshot"
    acts_on = "{0.site}/machine/{0.machine}"

    def describe(self) -> str:
        """The act and the machine."""
        return f"snapshot {self.machine}"

    def undo(self, _recorded: Json | None, /) -> "RemoveSnapshot":
        """The snapshot goes."""
        return RemoveSnapshot(site=self.site, machine=self.machine, vcenter_name=self.vcenter_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class StorePoint(Act):
    """Streams the frozen disks into the repository and then, last, writes the mark that makes them a restore point."""

    site: str
    machine: str
    shape: MachineShape
    vcenter_name: str = ""
    powered_on: bool = True
    kind: Literal["backup.store-point"] = "backup.store-point"
    acts_on = "{0.site}/point/{0.machine}"

    def describe(self) -> str:
        """The act, the machine, its size, and what of it no point holds."""
        without = "; ".join(self.shape.hardware.not_covered)
        return (
            f"store the disks of {self.machine} ({self.shape.vcpus} vCPUs, {self.shape.memory_mib} MiB) "
            f"in the repository of {self.site}, and commit the restore point"
            + (f" (not covered: {without})" if without else "")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveSnapshot(Act):
    """Removes one of our own snapshots: the run's own, or the leftover that `snapshot` names."""

    site: str
    machine: str
    snapshot: str = ""
    vcenter_name: str = ""
    kind: Literal["backup.remove-snapshot"] = "backup.remove-snapshot"
    acts_on = "{0.site}/machine/{0.machine}"

    def describe(self) -> str:
        """Which snapshot goes."""
        if self.snapshot:
            return f"remove the snapshot {self.snapshot} that a dead run left on {self.machine}"
        return f"remove the run's snapshot of {self.machine}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullCopies(Act):
    """Brings a site's repository up to the one it pulls from, on the receiving host, each file proven by its name."""

    sender: str
    receiver: str
    kind: Literal["backup.pull"] = "backup.pull"
    acts_on = "{0.receiver}/repository"

    def describe(self) -> str:
        """The hop."""
        return f"pull what {self.sender}'s repository has and {self.receiver}'s lacks, and prove it"


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeIsolatedNetwork(Act):
    """Makes a port group without any uplink, for restored copies that must not meet their originals."""

    site: str
    network: str
    kind: Literal["backup.make-isolated-network"] = "backup.make-isolated-network"
    acts_on = "{0.site}/network/{0.network}"

    def describe(self) -> str:
        """The act and the port group."""
        return f"see that {self.site} has the port group {self.network}, which leads nowhere"

    def undo(self, recorded: Json | None, /) -> "RemoveUnusedNetwork | None":
        """It goes again if this run made it and no machine is attached to it; nothing to do for one that was there."""
        if isinstance(recorded, dict) and recorded.get("made") is False:
            return None
        return RemoveUnusedNetwork(site=self.site, network=self.network)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveUnusedNetwork(Act):
    """Removes the port group of restored copies that this run made when no machine is attached to it."""

    site: str
    network: str
    kind: Literal["backup.remove-unused-network"] = "backup.remove-unused-network"
    acts_on = "{0.site}/network/{0.network}"

    def describe(self) -> str:
        """The act and the port group."""
        return f"remove the port group {self.network} of {self.site} if this run made it and no machine is attached"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreMachine(Act):
    """Imports a machine from a site's copy of a restore point, powered off, each disk proven on its way."""

    site: str
    point: RestorePoint
    name: str
    network: str
    folder: str
    kind: Literal["backup.restore-machine"] = "backup.restore-machine"
    acts_on = "{0.site}/machine/{0.name}"

    def describe(self) -> str:
        """What is restored from when, to where."""
        return (
            f"restore {self.point.machine} of {self.point.taken:%Y-%m-%d %H:%M:%S} UTC from {self.site}'s repository "
            f"as {self.name} in {self.folder}, attached to {self.network}, powered off"
        )

    def undo(self, _recorded: Json | None, /) -> "DestroyRestored":
        """The restored machine goes, if it is ours."""
        return DestroyRestored(site=self.site, name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyRestored(Act):
    """Destroys what this run restored, and nothing else of that name."""

    site: str
    name: str
    kind: Literal["backup.destroy-restored"] = "backup.destroy-restored"
    acts_on = "{0.site}/machine/{0.name}"

    def describe(self) -> str:
        """The act and the machine."""
        return f"destroy the restored machine {self.name} at {self.site}"


BackupStep: TypeAlias = (
    PrepareRepository
    | StoreEstate
    | TakeSnapshot
    | StorePoint
    | RemoveSnapshot
    | PullCopies
    | MakeIsolatedNetwork
    | RemoveUnusedNetwork
    | RestoreMachine
    | DestroyRestored
)
