"""Which settings file is meant: found without reading any, for commands that need none."""

from pathlib import Path

from groundwork.errors import ConfigurationError
from groundwork.shell.environment import caller_value


def named_settings(named: str = "") -> Path | None:
    """The settings file that is named, by an option or else by the environment's CITYOPS_SETTINGS; None when none is.

    Raises ConfigurationError for a variable that is empty: it was meant to name something.
    """
    chosen = named or caller_value("CITYOPS_SETTINGS")
    if chosen == "":
        raise ConfigurationError(
            "the environment's CITYOPS_SETTINGS is empty", hint="give it a value, or `unset CITYOPS_SETTINGS`"
        )
    return Path(chosen) if chosen else None
