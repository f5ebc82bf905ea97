"""The benchmark's larger city: ten times the lists, and still whole."""

from pathlib import Path

from benchmarks.estate_check import write_ten_times
from commands.checkout import ROOT
from groundwork.estate.load import load_estate


def test_ten_times_the_lists_are_an_estate_without_faults(tmp_path: Path) -> None:
    inventory = write_ten_times(ROOT / "inventory" / "taichung", tmp_path / "inventory")
    estate = load_estate(inventory, "taichung")
    assert (len(estate.machines), len(estate.hotspots)) == (3360, 11950)
