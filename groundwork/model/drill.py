"""A drill: what is lost, where it is brought back, and what was measured."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Loss = Literal["cut", "assumed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillScenario:
    """One scenario: `lost_site` goes, `services` come back at `recovery_site` from its own repository.

    `loss` cut: the site is cut off for the drill; assumed: it stays, and nothing of it is used.
    """

    name: str
    title_zh: str
    title_en: str
    lost_site: str
    recovery_site: str
    services: tuple[str, ...]
    every: timedelta
    loss: Loss = "cut"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRecovery:
    """What a drill measured of one service; `rto` from the loss to the last probe green, None if it never was.

    `rpo` is the loss minus the time of the newest data found in what was recovered, None if none was found; where the
    service does not say how new its data is, minus that of the oldest restore point used (`rpo_by`).
    """

    service: str
    rto: timedelta | None
    rto_objective: timedelta
    rpo: timedelta | None
    rpo_objective: timedelta
    rpo_by: Literal["data", "restore point"] = "data"

    @property
    def met(self) -> bool:
        """True when both were measured and neither exceeds its objective."""
        return (
            self.rto is not None
            and self.rpo is not None
            and self.rto <= self.rto_objective
            and self.rpo <= self.rpo_objective
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillOutcome:
    """What a drill showed; the summary its run keeps, read by exporters and the report.

    `only` names the services that the drill was restricted to, empty for the whole scenario; a restricted drill never
    counts as the scenario's. `not_probed` are the services that did not come so far as to be probed, each with why;
    `stayed_lost` says that a site that was cut was still lost, in the name of this drill, when it was healed;
    `changed_by_others` is what else differed at the recovery site afterwards, which no drill is judged by.
    """

    scenario: str
    result: Literal["passed", "failed"]
    lost_at: datetime
    ended_at: datetime
    recoveries: tuple[ServiceRecovery, ...]
    isolated: bool
    leftovers: tuple[str, ...]
    only: tuple[str, ...] = ()
    not_probed: tuple[tuple[str, str], ...] = ()
    stayed_lost: bool = True
    changed_by_others: tuple[str, ...] = ()
