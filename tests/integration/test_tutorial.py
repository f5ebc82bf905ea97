"""The tutorial of a first city, up to where its lab comes up: each command typed, each line shown."""

import shutil
from collections.abc import Iterator

import pytest

from commands.checkout import ROOT
from tests.builders.checkout_cities import adding_a_city
from tests.builders.tutorial import follow, read_blocks

PAGE = ROOT / "docs" / "tutorial" / "first-city.md"
CITY = ROOT / "inventory" / "first-city"


@pytest.fixture(autouse=True)
def _no_city_of_the_name() -> Iterator[None]:
    with adding_a_city():
        shutil.rmtree(CITY, ignore_errors=True)
        yield
        shutil.rmtree(CITY, ignore_errors=True)


def test_a_city_is_described_as_the_tutorial_says() -> None:
    blocks = read_blocks(PAGE, until="## 3. ")
    assert len(blocks) == 10
    follow(blocks)
