"""The steps of a drill, and what it surveys from the surviving side."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from groundwork.model.drill import DrillScenario
from groundwork.model.machine import Machine
from groundwork.model.restore_point import RestorePoint
from groundwork.model.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """What stands at a site: before the drill, and after it; the drill must leave the two equal."""

    machines: tuple[str, ...]
    networks: tuple[str, ...]
    folders: tuple[str, ...]
    files: tuple[str, ...]
    probers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A production address and port that answers from outside the bubble and must not be reached from inside."""

    name: str
    address: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What the recovery site alone knows: the estate from its own bundle, its newest restore points, its before-image.

    `services` are the scenario's and, of those they depend on, the ones that were lost too; `gateways`
    (``10.0.0.1/24``) are those of the machines' networks; `missing` are machines that the repository holds no restore
    point of.
    """

    estate_digest: str
    scenario: DrillScenario
    services: tuple[Service, ...]
    machines: tuple[Machine, ...]
    points: tuple[RestorePoint, ...]
    missing: tuple[str, ...]
    gateways: tuple[str, ...]
    doors: tuple[Door, ...]
    before: Image


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLoss:
    """Fixes the moment of loss (T0) in the record, before anything is cut, so that no restart can move it."""

    lost_site: str
    kind: Literal["drill.record-loss"] = "drill.record-loss"

    @property
    def target(self) -> str:
        """The lost site."""
        return f"{self.lost_site}/site/{self.lost_site}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"record the moment at which {self.lost_site} is lost"

    def undo(self) -> None:
        """Nothing to take back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseSite:
    """Loses the site."""

    lost_site: str
    kind: Literal["drill.lose-site"] = "drill.lose-site"

    @property
    def target(self) -> str:
        """The lost site."""
        return f"{self.lost_site}/site/{self.lost_site}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"lose {self.lost_site}: cut it off and stop it"

    def undo(self) -> "HealSite":
        """Heal it."""
        return HealSite(lost_site=self.lost_site)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealSite:
    """Has the site back."""

    lost_site: str
    kind: Literal["drill.heal-site"] = "drill.heal-site"

    @property
    def target(self) -> str:
        """The lost site."""
        return f"{self.lost_site}/site/{self.lost_site}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"heal {self.lost_site}"

    def undo(self) -> None:
        """Nothing to take back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveySurvivor:
    """Reads estate, restore points and the before-image from the recovery site's side; `mark` names what is made.

    `only` are the services of the scenario that come back, with those they depend on; empty for all of them.
    """

    site: str
    scenario: str
    mark: str
    only: tuple[str, ...] = ()
    kind: Literal["drill.survey"] = "drill.survey"

    @property
    def target(self) -> str:
        """The recovery site."""
        return f"{self.site}/site/{self.site}"

    def describe(self) -> str:
        """One line for the reviewer."""
        of = f", to bring {', '.join(self.only)} back" if self.only else ""
        return f"read the estate, the restore points and the before-image from {self.site} alone{of}"

    def undo(self) -> None:
        """Nothing to take back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateBubble:
    """Makes the isolated network."""

    site: str
    network: str
    kind: Literal["drill.create-bubble"] = "drill.create-bubble"

    @property
    def target(self) -> str:
        """The network."""
        return f"{self.site}/network/{self.network}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"make the bubble network {self.network} at {self.site}, without any uplink"

    def undo(self) -> "RemoveBubble":
        """Remove it."""
        return RemoveBubble(site=self.site, network=self.network)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveBubble:
    """Removes the isolated network."""

    site: str
    network: str
    kind: Literal["drill.remove-bubble"] = "drill.remove-bubble"

    @property
    def target(self) -> str:
        """The network."""
        return f"{self.site}/network/{self.network}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"remove the bubble network {self.network} at {self.site}"

    def undo(self) -> None:
        """Nothing to take back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachProber:
    """Puts a prober into the bubble, its only leg."""

    site: str
    network: str
    name: str
    gateways: tuple[str, ...]
    kind: Literal["drill.attach-prober"] = "drill.attach-prober"

    @property
    def target(self) -> str:
        """The prober."""
        return f"{self.site}/prober/{self.name}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"put prober {self.name} into {self.network}, its only leg"

    def undo(self) -> "DetachProber":
        """Take it away."""
        return DetachProber(site=self.site, name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class DetachProber:
    """Takes the prober away."""

    site: str
    name: str
    kind: Literal["drill.detach-prober"] = "drill.detach-prober"

    @property
    def target(self) -> str:
        """The prober."""
        return f"{self.site}/prober/{self.name}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"take prober {self.name} away"

    def undo(self) -> None:
        """Nothing to take back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveIsolation:
    """Shows that production answers from outside the bubble and not from inside; either failing fails the drill."""

    site: str
    bubble: AttachProber
    doors: tuple[Door, ...]
    kind: Literal["drill.prove-isolation"] = "drill.prove-isolation"

    @property
    def target(self) -> str:
        """The bubble."""
        return f"{self.site}/network/{self.bubble.network}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"prove that {self.bubble.network} cannot reach {', '.join(door.name for door in self.doors)}"

    def undo(self) -> None:
        """Nothing to take back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreMachine:
    """Makes a powered-off machine from a restore point, in the bubble."""

    site: str
    name: str
    folder: str
    network: str
    point: RestorePoint
    kind: Literal["drill.restore-machine"] = "drill.restore-machine"

    @property
    def target(self) -> str:
        """The restored machine."""
        return f"{self.site}/machine/{self.name}"

    def describe(self) -> str:
        """One line for the reviewer."""
        taken = f"{self.point.taken:%Y-%m-%d %H:%M:%S %Z}"
        return f"restore {self.point.machine} of {taken} as {self.name} into {self.network}"

    def undo(self) -> "DestroyMachine":
        """Destroy it."""
        return DestroyMachine(site=self.site, name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartMachine:
    """Powers a restored machine on."""

    site: str
    name: str
    kind: Literal["drill.start-machine"] = "drill.start-machine"

    @property
    def target(self) -> str:
        """The restored machine."""
        return f"{self.site}/machine/{self.name}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"power {self.name} on"

    def undo(self) -> None:
        """Destroying the machine takes it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyMachine:
    """Destroys a restored machine, disks included."""

    site: str
    name: str
    kind: Literal["drill.destroy-machine"] = "drill.destroy-machine"

    @property
    def target(self) -> str:
        """The restored machine."""
        return f"{self.site}/machine/{self.name}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"destroy {self.name} with its disks"

    def undo(self) -> None:
        """Nothing to take back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitService:
    """Looks at a service from inside the bubble until every probe is green; `addresses` are its machines'."""

    site: str
    bubble: AttachProber
    service: Service
    addresses: tuple[tuple[str, str], ...]
    patience_seconds: int
    kind: Literal["drill.await-service"] = "drill.await-service"

    @property
    def target(self) -> str:
        """The service."""
        return f"{self.site}/service/{self.service.name}"

    def describe(self) -> str:
        """One line for the reviewer."""
        probes = f"{len(self.service.probes)} probes"
        return f"probe {self.service.name} from inside {self.bubble.network} until it is green ({probes})"

    def undo(self) -> None:
        """Nothing to take back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveClean:
    """Compares what stands at the recovery site with the before-image."""

    site: str
    before: Image
    kind: Literal["drill.prove-clean"] = "drill.prove-clean"

    @property
    def target(self) -> str:
        """The recovery site."""
        return f"{self.site}/site/{self.site}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"prove that {self.site} stands as before the drill"

    def undo(self) -> None:
        """Nothing to take back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSeen:
    """What AwaitService records: when the last probe turned green (aware, UTC), None if it never did.

    `canary` is the newest canary found; of several machines the worst off counts. `looks`: probe, green, what was seen.
    """

    service: str
    green_at: datetime | None
    canary: datetime | None
    looks: tuple[tuple[str, bool, str], ...]


DrillStep = (
    RecordLoss
    | LoseSite
    | HealSite
    | SurveySurvivor
    | CreateBubble
    | RemoveBubble
    | AttachProber
    | DetachProber
    | ProveIsolation
    | RestoreMachine
    | StartMachine
    | DestroyMachine
    | AwaitService
    | ProveClean
)
STEP_TYPES: tuple[type[DrillStep], ...] = get_args(DrillStep)
