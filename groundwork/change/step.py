"""A step: one act on one target that says what it does and which step undoes it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from pydantic import JsonValue

Json: TypeAlias = JsonValue


class Step(Protocol):
    """One act on one target; a frozen, keyword-only dataclass whose fields are JSON-able.

    `kind` is a `Literal` field with a default: the name under which the step is saved, so it never changes meaning.
    """

    @property
    def kind(self) -> str:
        """The name under which the step is saved, e.g. ``machine.create``."""

    @property
    def target(self) -> str:
        """What the step acts on, ``<site>/<sort>/<name>``, e.g. ``central/machine/web-01``."""

    def describe(self) -> str:
        """One line a reviewer reads: the act, the thing, and what it changes from and to."""

    def undo(self) -> "Step | None":
        """The step that takes this one back (it looks first whether there is anything to take back), or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What a performer is told besides the step: whose work this is, and whom to tell how it goes.

    `run_id` is the mark by which a step finds its own earlier attempt (a tag, a name, a key on what it makes).
    """

    run_id: str
    say: Callable[[str], None]


class Perform(Protocol):
    """Carries out one step on the real systems of one site; safe to call again for the step in flight at a kill."""

    def __call__(self, step: Step, attempt: Attempt) -> Json:
        """Look whether it is done, else do it; return what the record keeps. Raises OpsError on failure."""
