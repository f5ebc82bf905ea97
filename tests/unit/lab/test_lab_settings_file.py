"""The settings file of a lab is one that any city could have."""

from datetime import UTC, datetime
from pathlib import Path

from commands.wiring.sections import SECTIONS
from groundwork.settings.load import load_settings
from lab.folders import LabFolders
from lab.parts import parts_of
from lab.secret_store import SecretStore
from lab.settings_file import write_settings
from tests.builders.estate_values import small_estate


def test_what_lab_up_writes_is_read_as_settings(tmp_path: Path) -> None:
    folders = LabFolders(lab="mine", labs=tmp_path)
    folders.root.mkdir()
    store = SecretStore(folders.secrets, now=datetime(2026, 3, 1, tzinfo=UTC))
    write_settings(parts_of(folders, small_estate()), store, inventory=tmp_path / "inventory")
    seen = load_settings(folders.settings_file, SECTIONS)
    assert (seen.city, seen.network_namespace) == ("toytown", "cityops-mine-control")
    assert seen.vcenters["alpha"].password.reveal() == store.password("vcenter-alpha").read_text(encoding="utf-8")
    assert seen.repositories["alpha"].key.reveal() == seen.repositories["beta"].key.reveal()
    assert seen.replicas["alpha"].url == "https://10.1.0.20:8001/"
    assert seen.workers["beta"].network_namespace == "cityops-mine-beta-worker"
    assert [str(network) for network in seen.operator_networks] == ["10.99.0.2/32"]
    assert folders.settings_file.stat().st_mode & 0o777 == 0o600
