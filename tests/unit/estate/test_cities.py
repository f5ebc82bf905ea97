"""The two cities as they are committed: whole, and with the figures that are public."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from commands.checkout import ROOT
from groundwork.estate.estate import Estate
from groundwork.estate.load import list_cities, load_estate
from groundwork.model.wifi import KIND_TITLES_ZH
from lab.guests import boots, list_guests
from tests.builders.checkout_cities import ADDED, files_of_our_cities

INVENTORY = ROOT / "inventory"


PUBLISHED = (
    "西屯區 123、北屯區 103、北區 99、南屯區 77、大里區 74、豐原區 73、太平區 70、西區 66、南區 54、潭子區 42、"
    "沙鹿區 37、東區 35、中區 34、大雅區 33、霧峰區 29、龍井區 26、大甲區 25、烏日區 24、東勢區 22、清水區 21、"
    "梧棲區 20、后里區 18、大肚區 18、神岡區 17、和平區 15、外埔區 11、大安區 11、新社區 10、石岡區 8"
)
PUBLISHED_DISTRICTS = {name: int(count) for name, _, count in (one.partition(" ") for one in PUBLISHED.split("、"))}
PUBLISHED_KINDS = {"其他": 774, "洽公場所": 132, "旅遊景點": 105, "大眾運輸節點": 93, "文教館所": 64, "公立醫院": 27}


@pytest.fixture(name="taichung", scope="module")
def load_taichung() -> Estate:
    return load_estate(INVENTORY, "taichung")


def test_there_are_two_cities_and_both_are_whole() -> None:
    assert set(list_cities(INVENTORY)) - {ADDED} == {"chiayi", "taichung"}
    chiayi = load_estate(INVENTORY, "chiayi")
    assert (len(chiayi.sites), len(chiayi.agencies), len(chiayi.machines)) == (2, 3, 12)


def test_taichung_has_the_platform_of_its_plans(taichung: Estate) -> None:
    assert [site.title_zh for site in taichung.sites.values()] == [
        "市政中央機房",
        "陽明第一備援機房",
        "國網第二異地備援機房",
    ]
    assert (len(taichung.agencies), len(taichung.machines)) == (19, 336)
    assert all(one.template in taichung.templates for one in taichung.machines.values())


def test_the_hotspots_have_the_published_counts(taichung: Estate) -> None:
    assert len(taichung.hotspots) == 1195
    assert Counter(one.district for one in taichung.hotspots.values()) == PUBLISHED_DISTRICTS
    assert Counter(KIND_TITLES_ZH[one.kind] for one in taichung.hotspots.values()) == PUBLISHED_KINDS


def test_the_places_of_hotspots_are_examples_and_not_the_register_s(taichung: Estate) -> None:
    assert all("示例" in one.place for one in taichung.hotspots.values())


def test_at_least_ten_machines_boot_and_real_ones_at_every_site(taichung: Estate) -> None:
    booting = list_guests(taichung)
    assert 10 <= len(booting) <= 12
    roles = {(machine.site, machine.role) for machine in booting}
    assert roles == {(site, role) for site in taichung.sites for role in ("web", "database")}


def test_a_service_that_boots_boots_whole_and_is_probed_in_each_way(taichung: Estate) -> None:
    services = {machine.service for machine in list_guests(taichung)}
    for name in services:
        assert all(boots(machine) for machine in taichung.machines_of(name))
        probes = taichung.services[name].probes
        assert {probe.kind for probe in probes} == {"http", "tcp", "ssh"}
        assert {probe.machine for probe in probes} == {machine.name for machine in taichung.machines_of(name)}


def test_the_loss_of_central_is_drilled_every_quarter_with_services_that_depend_on_one_another(
    taichung: Estate,
) -> None:
    drill = taichung.drill("central-lost")
    assert (drill.lost_site, drill.recovery_site, drill.every.days) == ("central", "nchc", 91)
    assert all(boots(machine) for service in drill.services for machine in taichung.machines_of(service))
    needed = {name for service in drill.services for name in taichung.services[service].depends_on}
    assert needed
    assert needed <= set(drill.services)


def test_contacts_are_roles_under_a_reserved_name(taichung: Estate) -> None:
    assert all(agency.contact == f"ops@{name}.agency.example" for name, agency in taichung.agencies.items())


def test_no_name_of_a_place_is_the_open_data_s(taichung: Estate) -> None:
    register = ROOT.parent / "shared" / "data" / "hotspots" / "itaiwan-2025-11.json"
    if not register.exists():
        pytest.skip("the open data of hotspots is not beside this checkout")
    published = register.read_text(encoding="utf-8")
    assert [one.place for one in taichung.hotspots.values() if f'"{one.place}"' in published] == []


@pytest.mark.parametrize("city", ["taichung", "chiayi"])
def test_a_city_says_of_itself_what_is_illustrative(city: str) -> None:
    assert "illustrative" in (INVENTORY / city / "README.md").read_text(encoding="utf-8").lower()


def test_lists_are_written_as_csv_writers_write_them() -> None:
    for path in files_of_our_cities(".csv"):
        with Path(path).open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        names = [row["name"] for row in rows]
        assert len(names) == len(set(names))
