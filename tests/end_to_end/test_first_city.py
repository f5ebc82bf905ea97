"""The tutorial of a first city, from an empty folder to its first drill, in a lab of its own."""

import shutil
from collections.abc import Iterator

import pytest

from commands.checkout import ROOT
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from lab.folders import LabFolders
from lab.teardown import find_remains, take_down
from tests.builders.checkout_cities import adding_a_city
from tests.builders.tutorial import follow, read_blocks

PAGE = ROOT / "docs" / "tutorial" / "first-city.md"
CITY = ROOT / "inventory" / "first-city"
FOLDERS = LabFolders(lab="firstcity")


@pytest.fixture(autouse=True)
def _neither_city_nor_lab() -> Iterator[None]:
    with adding_a_city():
        _clear()
        yield
        _clear()


def _clear() -> None:
    take_down(FOLDERS, keep_state=False, commands=LocalCommands(), clock=SystemClock(), say=print)
    shutil.rmtree(CITY, ignore_errors=True)


@pytest.mark.torture
def test_a_new_city_comes_to_its_first_drill_as_the_tutorial_says() -> None:
    follow(read_blocks(PAGE))
    assert find_remains(FOLDERS, LocalCommands()) == ()
