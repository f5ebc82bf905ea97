"""A step: one act on one target that says what it does and which step undoes it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeAlias, TypeVar

from pydantic import JsonValue

Json: TypeAlias = JsonValue
S_contra = TypeVar("S_contra", contravariant=True)


class Step(Protocol):
    """One act on one target; a frozen, keyword-only dataclass whose fields are JSON-able.

    `kind` is a `Literal` field with a default: the name under which the step is saved, so it never changes meaning;
    ``product.do-this``, words joined by hyphens.
    """

    @property
    def kind(self) -> str:
        """The name under which the step is saved, e.g. ``machine.create``."""

    @property
    def target(self) -> str:
        """What the step acts on, ``<site>/<sort>/<name>``, e.g. ``central/machine/web-01``."""

    def describe(self) -> str:
        """One line a reviewer reads: the act, the thing, and what it changes from and to."""

    def undo(self, recorded: Json | None, /) -> "Step | None":
        """The step that takes this one back (it looks first whether there is anything to take back), or None.

        `recorded` is what the record keeps of this step when it ended well; None when it failed or was in flight, so
        that nobody knows what it did, and when it is only planned.
        """


def current_kind(saved: str) -> str:
    """The kind as it is written now, given one of an older record, plan or run: those had ``backup.take_snapshot``."""
    return saved.replace("_", "-")


class Act:
    """What the steps of every product have in common: derive a step from it.

    `acts_on` is the form of the target over the step's fields: ``{0.site}/machine/{0.name}``. Nothing takes the step
    back unless its class says what does.
    """

    __slots__ = ()
    acts_on: ClassVar[str]

    @property
    def target(self) -> str:
        """What the step acts on."""
        return self.acts_on.format(self)

    def undo(self, _recorded: Json | None, /) -> Step | None:
        """Nothing to take back."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What a performer is given besides the step: whose work this is, and where to report how it goes.

    `run_id` is the mark by which a step finds its own earlier attempt (a tag, a name, a key on what it makes).
    """

    run_id: str
    say: Callable[[str], None]


class Perform(Protocol[S_contra]):
    """Carries out one step on the real systems of one site; safe to call again for the step in flight at a kill.

    Its parameter is the union of its product's steps: it matches them and ends in `assert_never`, so that a step which
    nobody performs fails mypy.
    """

    def __call__(self, step: S_contra, attempt: Attempt) -> Json:
        """Look whether it is done, else do it; return what the record keeps. Raises OpsError on failure."""
