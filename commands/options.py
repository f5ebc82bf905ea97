"""Options over all commands: one letter means one thing, and what no value may be."""

from typing import Any, ClassVar

from invoke import Collection, Config

from commands.output import printable, steers
from groundwork.errors import RefusedError, UsageError


class CityCollection(Collection):
    """The commands; an option's letter, where it has one, is the same in every command."""

    LETTERS: ClassVar[dict[str, str]] = {
        "city": "c",
        "json": "j",
        "keyword": "k",
        "only": "o",
        "reason": "r",
        "settings": "s",
    }

    def to_contexts(self, ignore_unknown_help: bool | None = None) -> list[Any]:  # noqa: FBT001 - Invoke's
        """What Invoke parses by, with our letters in place of the first that each option's name left free."""
        for name in self.task_names:
            self[name].auto_shortflags = False
        contexts = super().to_contexts(ignore_unknown_help)
        for context in contexts:
            for name, letter in self.LETTERS.items():
                if name in context.args:
                    context.args.alias(letter, to=name)  # type: ignore[no-untyped-call]  # Invoke's
                    context.flags.alias(f"-{letter}", to=f"--{name}")  # type: ignore[no-untyped-call]  # as above
        return list(contexts)


class NoFiles(Config):
    """Invoke's configuration, from no file and no variable: what a command does is typed."""

    def load_system(self, merge: bool = True) -> None:  # noqa: FBT001, FBT002 - Invoke's
        """Read nothing."""

    def load_user(self, merge: bool = True) -> None:  # noqa: FBT001, FBT002 - Invoke's
        """Read nothing."""

    def load_project(self, merge: bool = True) -> None:  # noqa: FBT001, FBT002 - Invoke's
        """Read nothing."""

    def load_runtime(self, merge: bool = True) -> None:  # noqa: FBT001, FBT002 - Invoke's
        """Read nothing."""

    def load_shell_env(self) -> None:
        """Read nothing."""


def names_in(only: str) -> list[str]:
    """The names in an option that takes several, with commas between; none when it was not given."""
    return [name.strip() for name in only.split(",")] if only else []


def check_values(context: Any) -> None:  # noqa: ANN401 - Invoke gives its contexts no useful type
    """Refuse what no command can mean. Raises UsageError, RefusedError for a change without a reason.

    An empty value is what a shell makes of a variable that is not set: it must not count as an option left out.
    """
    if _given(context, "live") and not _given(context, "reason"):
        raise RefusedError("--live needs a reason", hint='add --reason "why", for the record')
    for argument in context.args.values():
        value = argument.value
        if not (argument.got_value and isinstance(value, str)):
            continue
        named = argument.name.upper() if argument.positional else f"--{argument.name.strip('_').replace('_', '-')}"
        if not value.strip():
            raise UsageError(f"{named} is empty", hint="give it a value, or leave it out; is a shell variable not set?")
        if argument.name in {"only", "names"} and not all(names_in(value)):
            raise UsageError(
                f"{named} {value!r} has an empty name among its commas",
                hint="name each, or leave --only out; is a shell variable not set?",
            )
        if steers(value):
            raise UsageError(
                f"{named} holds characters that do not show: '{printable(value)}'",
                hint="type it in visible characters, on one line",
            )


def _given(context: Any, name: str) -> bool:  # noqa: ANN401 - as above
    return name in context.args and bool(context.args[name].value)
