"""An operation: all the engine must know to carry out, resume, go on with and undo one sort of change."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from groundwork.change.approval import Approvals, as_stated
from groundwork.change.codec import StepCodec
from groundwork.change.outcome import Conclusion, Outcome
from groundwork.change.plan import Plan
from groundwork.change.step import Json, Perform
from groundwork.errors import ConfigurationError, OutsideError

if TYPE_CHECKING:
    from typing_extensions import TypeForm

S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A plan that was carried out, and what came of it."""

    plan: Plan
    outcome: Outcome


History = tuple[Stage, ...]
Say = Callable[[str], None]
Propose = Callable[[Any, Say], Plan]  # the request's type is the product's: its proposal.py names it


def cannot_propose(request: object, say: Say) -> Plan:
    """The `propose` of an operation that was put together without what it looks at systems with."""
    del say
    raise ConfigurationError(
        f"nothing here can look at what {type(request).__name__} asks about",
        hint="report it: the operation was wired without its proposal",
    )


def no_further_stage(history: History) -> Plan | None:
    """The `advance` of an operation of one stage."""
    del history
    return None


def conclude_by_failures(history: History) -> Conclusion:
    """The first failure's exit code, or 0; the summary counts tracks and names the failures."""
    tracks = [track for stage in history for track in stage.outcome.tracks]
    failures = [track for track in tracks if track.failure]
    code = failures[0].failure.exit_code if failures and failures[0].failure else 0
    failed: dict[str, Json] = {}
    for track in failures:
        name = track.name if track.name not in failed else f"{track.site}: {track.name}"
        failed[name] = track.failure.message if track.failure else None
    return Conclusion(exit_code=code, summary={"tracks": len(tracks), "failed": failed})


def conclude_in_full(conclusion: Conclusion, history: History) -> Conclusion:
    """The conclusion, and what it does not show: what the plan could not see, and what was planned and never begun.

    A run that left anything of that out does not end with 0.
    """
    unread = tuple(one for stage in history for one in stage.plan.unread)
    left_out = tuple(one for stage in history for one in stage.outcome.not_begun)
    more: dict[str, Json] = {}
    if unread:
        more["unread"] = {one.source: one.message for one in unread}
    if left_out:
        more["not_begun"] = [f"{one.site}: {one.track}{f' ({one.reason})' if one.reason else ''}" for one in left_out]
    missing = unread[0].exit_code if unread else OutsideError.exit_code if left_out else 0
    return Conclusion(exit_code=conclusion.exit_code or missing, summary={**conclusion.summary, **more})


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[S]):
    """One sort of change, offered by a product and wired in its module of commands/wiring/.

    `steps` is the union of the product's steps: what is saved is read by it, and what performs must perform them all.
    `performer(site)` opens the site's drivers and gives what performs steps there; it is entered once per share.
    `advance(history)` is pure: it decides the next stage from what earlier stages recorded, failures included, or
    None at the end (plan no further than you can see; then observe again: an observation is a step whose result the
    next stage is decided on). `conclude(history)` is pure too. `approvals(plan, stated)` says how many approvals the
    plan needs, and whose, `stated` being what the estate asks for of this operation.
    `propose(request, say)` looks at what the request is about (a value of the product's own; where it has a default,
    that asks about the whole city), says what a person is to know beside the plan, and decides the first stage:
    a command, a pipeline and a check for drift plan alike. Raises OpsError.
    """

    name: str
    steps: "TypeForm[S]"
    performer: Callable[[str], AbstractContextManager[Perform[S]]]
    advance: Callable[[History], Plan | None] = no_further_stage
    conclude: Callable[[History], Conclusion] = conclude_by_failures
    approvals: Approvals = as_stated
    propose: Propose = cannot_propose

    @property
    def codec(self) -> StepCodec:
        """What saves the operation's plans and reads them again."""
        steps: Any = self.steps
        return _codec_of(steps)


_codec_of = cache(StepCodec)
