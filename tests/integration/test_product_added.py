"""A product that is one more entry of PRODUCTS has plan, approvals, waves, rollback, undo and a reading of its own."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from commands.options import CityCollection, NoFiles
from commands.program import CityProgram, main
from commands.wiring import products, sections
from tests.builders.approvers import approvals_yaml, make_key
from tests.builders.estate_files import CITY, FILES, write_city
from tests.toy_product import garden

CITY_SETTINGS = f"city: {CITY}\nstate: .\ninventory: inventory\n"
GARDEN_SETTINGS = "garden: {ground: garden, gate: {file: gate}}\n"
BEDS = {"alpha": ("east", "west"), "beta": ("north",), "gamma": ("pond",)}


class GardenProgram(CityProgram):
    """The command line with the product's namespace beside the others."""

    def load_collection(self) -> None:
        super().load_collection()
        others = (one for name, one in self.collection.collections.items() if name != "garden")
        self.collection = CityCollection(*others, garden.namespace)


@dataclass(frozen=True)
class Garden:
    """A city of three sites in whose beds grass grows, and a gardener."""

    folder: Path
    key: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def plan(self) -> Path:
        return self.folder / "plan.json"

    def inv(self, *words: str) -> int:
        self.capsys.readouterr()
        program = GardenProgram(name="cityops", binary="inv", binary_names=["inv"], config_class=NoFiles)
        return main([*words, "-s", str(self.folder / "settings.yaml")], program)

    def growing(self) -> dict[str, str]:
        return {
            f"{site}/{bed}": (self.folder / "garden" / site / bed).read_text(encoding="utf-8")
            for site, beds in BEDS.items()
            for bed in beds
        }

    def record(self) -> dict[str, Any]:
        assert self.inv("runs.list", "--json") == 0
        newest = json.loads(self.capsys.readouterr().out)[0]["id"]
        assert self.inv("runs.show", newest, "--json") == 0
        record: dict[str, Any] = json.loads(self.capsys.readouterr().out)
        return record

    def plan_and_approve(self) -> None:
        assert self.inv("garden.apply", "rose", "--out", str(self.plan)) == 2
        assert self.inv("plan.approve", str(self.plan), "--key", str(self.key), "--for", "8h") == 0

    def carry_out(self) -> int:
        return self.inv("garden.apply", "rose", "--plan", str(self.plan), "--live", "--reason", "spring")


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Garden:
    key = make_key(tmp_path, "lin")
    approvals = approvals_yaml({"gardeners": [key]}, operation="drill.run", count=1)
    write_city(tmp_path / "inventory", FILES | {"approvals.yaml": approvals})
    (tmp_path / "settings.yaml").write_text(f"{CITY_SETTINGS}{GARDEN_SETTINGS}", encoding="utf-8")
    (tmp_path / "gate").write_text("open sesame\n", encoding="utf-8")
    for site, beds in BEDS.items():
        for bed in beds:
            (tmp_path / "garden" / site).mkdir(parents=True, exist_ok=True)
            (tmp_path / "garden" / site / bed).write_text("grass", encoding="utf-8")
    monkeypatch.setattr(products, "PRODUCTS", (*products.PRODUCTS, garden.GARDEN))
    monkeypatch.setattr(sections, "SECTIONS", (*sections.SECTIONS, *garden.GARDEN.settings))
    return Garden(folder=tmp_path, key=key, capsys=capsys)


def test_a_plan_is_approved_and_carried_out_in_waves_read_by_prometheus_and_undone(city: Garden) -> None:
    city.plan_and_approve()
    assert city.carry_out() == 0
    assert set(city.growing().values()) == {"rose"}
    record = city.record()
    assert [one["signer"] for one in record["permit"]["approvals"]] == ["lin"]
    steps = [one for stage in record["stages"] for one in stage["steps"]]
    ended = {one["target"]: one["ended"] for one in steps if one["kind"] == "garden.sow"}
    canary, *others = sorted(ended, key=ended.__getitem__)
    assert (canary, len(others)) == ("alpha/bed/east", 3)
    assert city.inv("exporters.show") == 0
    page = city.capsys.readouterr().out
    assert page.count('cityops_garden_growing{bed="') == 4
    assert f'cityops_garden_growing{{bed="beta/bed/north",city="{CITY}",plant="rose"}} 1.0' in page
    assert city.inv("runs.undo", str(record["id"]), "--reason", "the wrong rose") == 0
    assert set(city.growing().values()) == {"grass"}


def test_without_an_approval_nothing_is_begun(city: Garden) -> None:
    assert city.inv("garden.apply", "rose", "--live", "--reason", "spring") == 3
    assert "garden.apply needs 1 approval of the role gardeners" in city.capsys.readouterr().err
    assert set(city.growing().values()) == {"grass"}


def test_a_bed_that_fails_is_rolled_back_and_the_next_wave_is_not_begun(city: Garden) -> None:
    (city.folder / "garden/alpha/east.stones").touch()
    city.plan_and_approve()
    assert city.carry_out() == 5
    assert set(city.growing().values()) == {"grass"}
    record = city.record()
    (stage,) = record["stages"]
    assert [(one["kind"], one["rolls_back"]) for one in stage["steps"] if one["kind"] != "change.check-basis"] == [
        ("garden.dig", False),
        ("garden.sow", False),
        ("garden.fill", True),  # of the sowing, of which nobody knows how far it came
        ("garden.fill", True),
    ]
    assert len(stage["not_begun"]) == 3


def test_a_plan_whose_bed_has_moved_is_refused(city: Garden) -> None:
    city.plan_and_approve()
    (city.folder / "garden/alpha/east").write_text("thistle", encoding="utf-8")
    assert city.carry_out() == 3


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("", "the settings lack garden"),
        ("gardn: {}\n", ':4: gardn: there is no such setting; did you mean "garden"?'),
        ("garden:\n  grond: garden\n", ':5: garden.grond: there is no such setting; did you mean "ground"?'),
        ("garden:\n  ground: garden\n", ":4: garden.gate: is missing; add it"),
        ("garden: {ground: 7, gate: {file: gate}}\n", ":4: garden.ground: write a path, as text"),
        ("garden: {ground: garden, gate: hunter2}\n", ":4: garden.gate: a secret must not stand in the settings"),
    ],
)
def test_its_section_of_the_settings_is_asked_for_and_held_to_its_form(city: Garden, settings: str, told: str) -> None:
    (city.folder / "settings.yaml").write_text(f"{CITY_SETTINGS}{settings}", encoding="utf-8")
    assert city.inv("garden.apply", "rose") == 4
    said = city.capsys.readouterr().err
    assert told in said
    assert "hunter2" not in said


def test_a_rehearsal_asks_for_the_secret_of_its_settings(city: Garden) -> None:
    (city.folder / "gate").unlink()
    assert city.inv("garden.apply", "rose") == 4
    said = city.capsys.readouterr().err
    assert "garden.gate: the file" in said
    assert "holds no secret" in said


def test_without_its_entry_nobody_knows_the_product(city: Garden, monkeypatch: pytest.MonkeyPatch) -> None:
    city.plan_and_approve()
    monkeypatch.setattr(products, "PRODUCTS", products.PRODUCTS[:-1])
    assert city.inv("plan.show", str(city.plan)) == 4
    assert "knows no operation 'garden.apply'" in city.capsys.readouterr().err
    assert city.inv("exporters.show") == 0
    assert "garden" not in city.capsys.readouterr().out
