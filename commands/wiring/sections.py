"""The sections of the settings that products bring: a list of its own, since to import the products takes seconds."""

from typing import Any

from exporters.settings import EXPORTER_SETTINGS
from groundwork.settings.section import Section

SECTIONS: tuple[Section[Any], ...] = (EXPORTER_SETTINGS,)
