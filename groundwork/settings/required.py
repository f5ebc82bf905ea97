"""What must stand in the settings for something to be done: taken out of them, or refused in words."""

from collections.abc import Mapping
from typing import TypeVar

from groundwork.errors import ConfigurationError

T = TypeVar("T")


def of_site(kept: Mapping[str, T], site: str, key: str) -> T:
    """What the settings have for a site below `key`. Raises ConfigurationError."""
    if site not in kept:
        raise ConfigurationError(f"the settings have no {key}.{site}", hint=f"add {site} below {key}")
    return kept[site]


def given(value: T | None, key: str) -> T:
    """What the settings have at `key`. Raises ConfigurationError."""
    if value is None:
        raise ConfigurationError(f"the settings lack {key}", hint=f"add {key}: to the settings file")
    return value
