"""What is asked of a drill, and its first stage."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from secrets import token_hex

from dr_drills.plan import OPERATION, plan_drill, select_services
from groundwork.change.operation import Propose, Say
from groundwork.change.plan import Plan
from groundwork.estate.estate import Estate

_MARK_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillRequest:
    """A scenario of the estate, those of its services that come back (none: all), and what names all that it makes.

    Without a `mark` it gets one that no other drill has.
    """

    scenario: str
    only: tuple[str, ...] = ()
    mark: str = ""


def drill_proposals(estate: Callable[[], Estate]) -> Mapping[str, Propose]:
    """How `drill.run` is proposed."""
    return {OPERATION: partial(propose_drill, estate)}


def propose_drill(estate: Callable[[], Estate], request: DrillRequest, say: Say) -> Plan:
    """The first stage; the later ones are decided on what the surviving site then holds."""
    del say
    known = estate()
    scenario = known.drill(request.scenario)
    return plan_drill(
        scenario,
        city=known.city,
        mark=request.mark or token_hex(_MARK_BYTES),
        basis=known.digest,
        only=select_services(known, scenario, request.only),
    )
