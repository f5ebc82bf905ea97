"""What a bring-up waits for."""

from dataclasses import replace
from pathlib import Path

from lab.bring_up import endpoints_to_wait_for
from lab.folders import LabFolders
from lab.guests import list_guests
from lab.parts import LabParts, parts_of
from lab.planted import Planted
from lab.standing import Standing
from tests.builders.estate_values import small_estate

NEW = Standing(
    city="toytown",
    planted=(Planted(machine="pass-web-01", site="alpha", sort="missing", detail=""),),
)


def parts(labs: Path) -> LabParts:
    return parts_of(LabFolders(lab="mine", labs=labs), small_estate())


def waited_for(standing: Standing, begun: list[str], labs: Path) -> set[str]:
    return {endpoint.name for endpoint in endpoints_to_wait_for(parts(labs), standing, begun)}


def test_until_a_lab_was_whole_every_part_that_is_there_is_waited_for(tmp_path: Path) -> None:
    estate = small_estate()
    booting = {one.name for one in list_guests(estate) if one.powered_on}
    fixed = {*estate.hosts, *(f"vcenter-{site}" for site in estate.sites)}
    assert waited_for(NEW, [], tmp_path) == fixed | booting - {"pass-web-01"}


def test_of_a_lab_that_was_whole_a_guest_is_waited_for_only_where_its_vcenter_begins_anew(tmp_path: Path) -> None:
    estate, whole = small_estate(), replace(NEW, whole=True)
    fixed = {*estate.hosts, *(f"vcenter-{site}" for site in estate.sites)}
    assert waited_for(whole, [], tmp_path) == fixed
    assert waited_for(whole, ["alpha"], tmp_path) == fixed | {"pass-db-01", "pass-web-01"}
