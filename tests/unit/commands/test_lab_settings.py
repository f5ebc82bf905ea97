"""The lab as the city of commands that are given no settings."""

from pathlib import Path

import pytest

from commands.context import CommandContext
from commands.lab_settings import lab_of_settings
from groundwork.errors import ConfigurationError
from groundwork.settings.settings import Settings
from lab.folders import LABS
from lab.layout import control_of


def test_without_settings_the_lab_is_meant_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CITYOPS_SETTINGS", raising=False)
    monkeypatch.setenv("CITYOPS_LAB", "nosuchlab")
    with pytest.raises(ConfigurationError) as found:
        _ = CommandContext().settings
    assert str(LABS / "nosuchlab" / "settings.yaml") in found.value.message
    assert "inv lab.up --name nosuchlab" in found.value.hint


def test_an_empty_name_of_a_lab_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CITYOPS_SETTINGS", raising=False)
    monkeypatch.setenv("CITYOPS_LAB", "")
    with pytest.raises(ConfigurationError, match="CITYOPS_LAB is empty"):
        _ = CommandContext().settings


@pytest.mark.parametrize(
    ("namespace", "lab"), [(None, None), ("vrf-management", None), (control_of("mine"), "mine")], ids=str
)
def test_settings_are_a_lab_s_when_its_commands_speak_from_the_lab_s_network(
    namespace: str | None, lab: str | None
) -> None:
    path = Path("/nowhere")
    settings = Settings(file=path, city="toytown", inventory=path, state=path, network_namespace=namespace)
    assert lab_of_settings(settings) == lab
