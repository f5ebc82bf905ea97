"""What the exporters ask of the settings: where they listen."""

from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from groundwork.settings.forms import Listen
from groundwork.settings.section import Section
from groundwork.settings.settings import STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class ExporterSettings:
    """Where the exporters listen, as ``address:port``."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    listen: Listen


EXPORTER_SETTINGS = Section(key="exporters", form=ExporterSettings)
