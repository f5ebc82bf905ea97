"""What a purpose needs on a machine, and who may install it."""

import pytest

from commands.prerequisites.catalogue import REQUIREMENTS, Purpose, Requirement
from commands.prerequisites.provision import describe, why_not_installable


def requirement(shown_by: str) -> Requirement:
    return Requirement(package="thing", why="does it", shown_by=shown_by, purposes=frozenset({Purpose.LAB}))


@pytest.mark.parametrize("shown_by", ["sh", "/bin/s*", "/etc"])
def test_a_program_or_a_path_shows_that_a_package_is_there(shown_by: str) -> None:
    assert requirement(shown_by).is_met()


@pytest.mark.parametrize("shown_by", ["no-such-program", "/no/such/*"])
def test_a_package_that_shows_nothing_is_missing(shown_by: str) -> None:
    assert not requirement(shown_by).is_met()


def test_the_tests_need_all_that_the_lab_and_the_gate_need() -> None:
    assert [needed.package for needed in REQUIREMENTS if Purpose.TEST not in needed.purposes] == []


def test_the_list_names_each_package_with_its_reason() -> None:
    assert describe([requirement("x")]) == "  thing              does it"


def test_no_install_is_reason_enough() -> None:
    assert why_not_installable(install=False) == "--no-install was given"
