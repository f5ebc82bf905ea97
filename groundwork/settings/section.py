"""A section of the settings that a product brings: its key, its form, and which of its values are secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

from groundwork.files.yaml_tree import Place
from groundwork.settings.required import given
from groundwork.settings.secret_location import SecretForm
from groundwork.settings.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section(Generic[T]):
    """What stands below `key` in the settings, read as `form`: a frozen dataclass with STRICT as its configuration.

    `secrets` are those of its values that are one, by their path below the key; ``*`` is any name, e.g. a site.
    """

    key: str
    form: type[T]
    secrets: Mapping[Place, SecretForm] = field(default_factory=dict)

    def find(self, settings: Settings) -> T | None:
        """What the settings have of it, if anything."""
        return cast("T | None", settings.sections.get(self.key))

    def of(self, settings: Settings) -> T:
        """What the settings have of it. Raises ConfigurationError where they lack it."""
        return given(self.find(settings), self.key)
