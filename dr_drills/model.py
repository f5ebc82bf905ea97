"""The steps of a drill."""

from dataclasses import dataclass
from typing import Literal

from dr_drills.bubble import (
    AttachProber,
    Bubble,
    CreateBubble,
    DetachProber,
    EndWatch,
    ProveIsolation,
    RemoveBubble,
    TakeGateways,
)
from dr_drills.evidence import Image
from groundwork.change.step import Act, Json
from groundwork.model.restore_point import RestorePoint
from groundwork.model.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveySurvivor(Act):
    """Reads estate, restore points and the before-image from the recovery site's side; `mark` names what is made.

    `only` are the services of the scenario that come back, with those they depend on; empty for all of them.
    """

    site: str
    scenario: str
    mark: str
    only: tuple[str, ...] = ()
    kind: Literal["drill.survey"] = "drill.survey"
    acts_on = "{0.site}/site/{0.site}"

    def describe(self) -> str:
        """One line for the reviewer."""
        of = f", to bring {', '.join(self.only)} back" if self.only else ""
        return f"read the estate, the restore points and the before-image from {self.site} alone{of}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReadiness(Act):
    """Checks, before anything is cut, whether the recovery site has what the drill needs: key, estate, points, room."""

    survey: SurveySurvivor
    kind: Literal["drill.check-readiness"] = "drill.check-readiness"
    acts_on = "{0.survey.target}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"see that {self.survey.site} has all that the drill needs, before anything is cut"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLoss(Act):
    """Fixes the moment of loss (T0) in the record, before anything is cut, so that no restart can move it."""

    lost_site: str
    kind: Literal["drill.record-loss"] = "drill.record-loss"
    acts_on = "{0.lost_site}/site/{0.lost_site}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"record the moment at which {self.lost_site} is lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseSite(Act):
    """Loses the site."""

    lost_site: str
    kind: Literal["drill.lose-site"] = "drill.lose-site"
    acts_on = "{0.lost_site}/site/{0.lost_site}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"lose {self.lost_site}: cut it off and stop it"

    def undo(self, _recorded: Json | None, /) -> "HealSite":
        """Heal it."""
        return HealSite(lost_site=self.lost_site)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealSite(Act):
    """Has the site back."""

    lost_site: str
    kind: Literal["drill.heal-site"] = "drill.heal-site"
    acts_on = "{0.lost_site}/site/{0.lost_site}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"heal {self.lost_site}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreMachine(Act):
    """Makes a powered-off machine in the bubble from the newest of `points` that can be restored.

    `lost_site` must stay lost meanwhile, empty where the loss is only assumed.
    """

    site: str
    name: str
    folder: str
    bubble: Bubble
    points: tuple[RestorePoint, ...]
    lost_site: str
    kind: Literal["drill.restore-machine"] = "drill.restore-machine"
    acts_on = "{0.site}/machine/{0.name}"

    def describe(self) -> str:
        """One line for the reviewer."""
        newest, older = self.points[0], len(self.points) - 1
        taken = f"{newest.taken:%Y-%m-%d %H:%M:%S %Z}" + (f", else one of {older} older points," if older else "")
        return f"restore {newest.machine} of {taken} as {self.name} into {self.bubble.network}"

    def undo(self, _recorded: Json | None, /) -> "DestroyMachine":
        """Destroy it."""
        return DestroyMachine(site=self.site, name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartMachine(Act):
    """Powers a restored machine on."""

    site: str
    name: str
    bubble: Bubble
    kind: Literal["drill.start-machine"] = "drill.start-machine"
    acts_on = "{0.site}/machine/{0.name}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"power {self.name} on"


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyMachine(Act):
    """Destroys a restored machine, disks included."""

    site: str
    name: str
    kind: Literal["drill.destroy-machine"] = "drill.destroy-machine"
    acts_on = "{0.site}/machine/{0.name}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"destroy {self.name} with its disks"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitService(Act):
    """Probes a service from inside the bubble until every probe is green; `addresses` are its machines'.

    `lost_site` must stay lost meanwhile, empty where the loss is only assumed.
    """

    site: str
    bubble: Bubble
    service: Service
    addresses: tuple[tuple[str, str], ...]
    patience_seconds: int
    lost_site: str
    kind: Literal["drill.await-service"] = "drill.await-service"
    acts_on = "{0.site}/service/{0.service.name}"

    def describe(self) -> str:
        """One line for the reviewer."""
        probes = f"{len(self.service.probes) + len(self.service.data_age)} probes"
        return f"probe {self.service.name} from inside {self.bubble.network} until it is green ({probes})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveClean(Act):
    """Compares what stands at the recovery site with the before-image.

    What bears the bubble's name is the drill's; `folders` are those that its machines were restored into.
    """

    site: str
    before: Image
    bubble: Bubble
    folders: tuple[str, ...]
    kind: Literal["drill.prove-clean"] = "drill.prove-clean"
    acts_on = "{0.site}/site/{0.site}"

    def describe(self) -> str:
        """One line for the reviewer."""
        return f"prove that nothing of the drill is left at {self.site}"


DrillStep = (
    CheckReadiness
    | RecordLoss
    | LoseSite
    | HealSite
    | SurveySurvivor
    | CreateBubble
    | RemoveBubble
    | AttachProber
    | DetachProber
    | ProveIsolation
    | TakeGateways
    | EndWatch
    | RestoreMachine
    | StartMachine
    | DestroyMachine
    | AwaitService
    | ProveClean
)
