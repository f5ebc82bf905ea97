"""The lab as the city of commands that are given no settings, and the lab that some settings are of."""

from pathlib import Path

from groundwork.errors import ConfigurationError
from groundwork.settings.settings import Settings
from groundwork.shell.environment import caller_value
from lab.folders import how_to_bring_up, lab_named
from lab.layout import lab_of

CITY = "taichung"  # the one whose estate is read where neither settings nor a city are named


def lab_settings_file() -> Path:
    """The settings file of the lab meant (CITYOPS_LAB). Raises ConfigurationError when it cannot be read."""
    chosen = caller_value("CITYOPS_LAB")
    if chosen == "":
        raise ConfigurationError(
            "the environment's CITYOPS_LAB is empty", hint="give it a value, or `unset CITYOPS_LAB`"
        )
    folders = lab_named(chosen)
    path = folders.settings_file
    try:
        path.open("rb").close()
    except PermissionError as error:
        hint = "a lab is root's: type this as root, and `inv lab.up` too"
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}", hint=hint) from error
    except OSError as error:
        raise ConfigurationError(
            f"no lab is up, and no settings name a real city ({path} is not there)",
            hint=f"bring the lab up (`{how_to_bring_up(folders.lab)}`), or name a city's with --settings FILE",
        ) from error
    return path


def lab_of_settings(settings: Settings) -> str | None:
    """The lab whose settings they are; None for a real city's."""
    return lab_of(settings.network_namespace)
