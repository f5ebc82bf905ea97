"""The model's values, as they are made from the forms: each field holds what the model says it holds."""

from dataclasses import fields
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from commands.checkout import ROOT
from groundwork.estate.estate import Estate
from groundwork.estate.load import load_estate
from tests.builders.estate_files import CITY, FILES, write_city


class Strict(BaseModel):
    """Refuses an estate of which one value, however deep, is not of the type that the model states."""

    model_config = ConfigDict(strict=True, revalidate_instances="always")

    estate: Estate


@pytest.mark.parametrize("city", ["taichung", "chiayi"])
def test_every_field_of_a_city_is_of_the_type_that_the_model_states(city: str) -> None:
    estate = load_estate(ROOT / "inventory", city)
    assert Strict(estate=estate).estate == estate


def test_no_section_of_the_files_is_left_out_of_the_estate(tmp_path: Path) -> None:
    windows = "timezone: Asia/Taipei\nwindows:\n  - {operation: drill.run, times: [sat 22:00-04:00]}\n"
    estate = load_estate(write_city(tmp_path, FILES | {"city.yaml": FILES["city.yaml"] + windows}), CITY)
    Strict(estate=estate)
    assert [one.name for one in fields(estate) if not getattr(estate, one.name)] == []
