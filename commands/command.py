"""A command: a function with options of its own, and those of the shared ones that it takes, which stand here once."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from invoke import Context, Task, task

from commands.context import CommandContext
from commands.options import names_in

CITY = ("city", "settings")
READ = (*CITY, "json")
PLAN = (*READ, "out")
CHANGE = (*PLAN, "live", "reason", "emergency", "plan")


def _text(said: str) -> str:
    text: str = field(default="", metadata={"help": said})
    return text


def _flag(said: str) -> bool:
    flag: bool = field(default=False, metadata={"help": said})
    return flag


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The shared options as they were typed; those that a command does not take have their defaults."""

    city: str = _text("the city (default: the settings')")
    settings: str = _text("a settings file of a real city (default: the lab's)")
    json: bool = _flag("print one JSON document")
    only: str = _text(
        "limit it to KIND:VALUE, with commas between, e.g. site:central,agency:tax; the kinds: inv --help"
    )
    out: str = _text("write the plan into this file, for review")
    live: bool = _flag("do it; without this the command only rehearses")
    reason: str = _text("why, for the record; needed with --live")
    emergency: str = _text("why it cannot wait for its approvals or its window; recorded")
    plan: str = _text("carry out the plan in this file; refused when what it was based on has moved")

    @cached_property
    def context(self) -> CommandContext:
        """The city that the command is about."""
        return CommandContext(settings=self.settings, city=self.city)

    @property
    def names(self) -> tuple[str, ...]:
        """The words of --only; none when it was not given."""
        return tuple(names_in(self.only))


HELP: Mapping[str, str] = {one.name: one.metadata["help"] for one in fields(Asked)}
_DEFAULTS: Mapping[str, object] = {one.name: one.default for one in fields(Asked)}


def command(
    *shared: str,
    name: str | None = None,
    help: Mapping[str, str] | None = None,  # noqa: A002 - Invoke's word for it
    optional: tuple[str, ...] = (),
) -> Callable[[Callable[..., None]], Task[Any]]:
    """A task of the shared options named, and of the function's own, which `help` explains.

    The function is given an Asked and its own options; one without a default stands behind the command's name. Those in
    `optional` may be typed without a value.
    """

    def made(act: Callable[..., None]) -> Task[Any]:
        own = list(inspect.signature(act).parameters.values())[1:]
        keyword = inspect.Parameter.KEYWORD_ONLY
        more = [inspect.Parameter(one, keyword, default=_DEFAULTS[one]) for one in shared]
        context = inspect.Parameter("_context", inspect.Parameter.POSITIONAL_ONLY)

        def body(_context: Context, /, **typed: Any) -> None:  # noqa: ANN401 - options of any type
            act(Asked(**{one: typed.pop(one) for one in shared}), **typed)

        body.__doc__, body.__name__, body.__module__ = act.__doc__, act.__name__, act.__module__
        vars(body)["__signature__"] = inspect.Signature([context, *own, *more])
        explained = {one: HELP[one] for one in shared} | dict(help or {})
        made: Task[Any] = task(name=name, help=explained, optional=optional)(body)
        return made

    return made
