"""Machines that cannot be told apart, or that their template cannot become."""

from pathlib import Path

import pytest

from groundwork.estate.load import load_estate
from tests.builders.estate_files import CITY, Edit, edited, fault_lines, reports, write_city

EXPECTED = reports(Path(__file__).parent / "expected" / "platform.txt")

HEADER = ("machines.csv", "database,template\n", "database,template,uuid,vcenter_name,adapters\n")
UUID = "502e71fa-1a0b-4c0d-8f0e-2b1c3d4e5f60"


def cells(row: str, uuid: str = "", vcenter_name: str = "", adapters: str = "") -> Edit:
    """A row of the list with what stands in the columns that the header got."""
    return ("machines.csv", row, row.removesuffix("\n") + f",{uuid},{vcenter_name},{adapters}\n")


def rows(**changes: dict[str, str]) -> list[Edit]:
    """The header with three more columns, and every row with its cells of them."""
    found = {
        "pass_db": "pass-db-01,alpha,bureau,pass,database,1,512,1,alpha-services,10.1.10.11,hourly-alpha,true,,"
        "tmpl-lab-guest\n",
        "pass_web": "alpha-services,10.1.10.12,hourly-alpha,true,pass-db-01,tmpl-lab-guest\n",
        "files_01": "files-01,alpha,office,files,file,2,4096,50,alpha-services,10.1.10.13,hourly-alpha,,,\n",
        "files_02": "files-02,beta,office,files,file,2,4096,50,beta-services,10.2.10.13,daily-beta,false,,\n",
        "bus": "bus-app-01,gamma,bureau,bus,application,2,2048,20,gamma-services,10.3.10.11,daily-gamma,true,,\n",
    }
    return [HEADER, *(cells(row, **changes.get(name, {})) for name, row in found.items())]


EDITS: dict[str, list[Edit]] = {
    "two machines of a site differ only in case": rows(files_01={"vcenter_name": "PASS-DB-01"}),
    "a template and a machine of its site have one name": [
        (
            "templates.yaml",
            "  tmpl-server: {sites: [gamma]",
            "  tmpl-server: {sites: [gamma], vcenter_name: bus-app-01",
        ),
    ],
    "two machines have one identity": rows(files_01={"uuid": UUID}, bus={"uuid": UUID}),
    "a machine's template stands elsewhere": [
        ("machines.csv", "true,pass-db-01,tmpl-lab-guest", "true,pass-db-01,tmpl-server"),
        ("templates.yaml", "disk_gib: 20", "disk_gib: 1"),
    ],
    "a machine's disk is smaller than its template's": [
        (
            "templates.yaml",
            "tmpl-lab-guest: {vcpus: 1, memory_mib: 512, disk_gib: 1}",
            "tmpl-lab-guest: {vcpus: 1, memory_mib: 512, disk_gib: 2}",
        ),
    ],
    "two machines have a card of one MAC, and one of them twice": rows(
        files_01={"adapters": "alpha-services/00:50:56:00:00:01 alpha-management/00:50:56:00:00:02"},
        bus={"adapters": "gamma-services/00:50:56:00:00:01 gamma-management/00:50:56:00:00:01"},
    ),
    "a machine's first card is in another network": rows(bus={"adapters": "gamma-management gamma-services"}),
    "a card is in a network of another site": rows(bus={"adapters": "gamma-services alpha-services"}),
    "a card is in an unknown network": rows(bus={"adapters": "gamma-services delta/00:50:56:00:00:01"}),
    "a list of cards is none": rows(bus={"adapters": "gamma-services;00:50:56"}),
    "names are reserved for what is not decided": [
        ("agencies.yaml", "  office:", "  unassigned:"),
        ("backup_policies.yaml", "  daily-gamma:", "  unassigned:"),
    ],
    "a prober host does not say which machine it is": [
        ("hosts.yaml", "roles: [baseline, monitoring]", "roles: [baseline, prober]"),
    ],
    "a drill has a machine of which something is not decided": [
        (
            "machines.csv",
            "pass-web-01,alpha,bureau,pass,web,1,512,1,alpha-services,10.1.10.12,hourly-alpha",
            "pass-web-01,alpha,unassigned,pass,web,1,512,1,alpha-services,,unassigned",
        ),
    ],
}


ADOPTED: list[Edit] = [
    ("machines.csv", "files-02,beta,office,files,file,2,4096,50,beta-services,10.2.10.13,daily-beta",
     "files-02,beta,unassigned,unassigned,file,2,4096,50,,,unassigned"),
]  # fmt: skip


def test_an_adopted_machine_of_which_nothing_is_decided_stands_in_the_estate(tmp_path: Path) -> None:
    estate = load_estate(write_city(tmp_path, edited(*ADOPTED)), CITY)
    adopted = estate.machine("files-02")
    assert (adopted.folder, adopted.tier, adopted.network, adopted.address) == ("", 4, "", "")
    assert estate.backup_policies[adopted.backup_policy].copies_at == ()
    assert estate.undecided == {"files-02": ("agency", "service", "backup_policy", "network", "address")}
    assert "unassigned" not in load_estate(write_city(tmp_path, edited()), CITY).backup_policies


def test_two_machines_of_one_name_are_told_apart_by_their_identities(tmp_path: Path) -> None:
    twins = rows(pass_db={"uuid": UUID}, files_01={"uuid": UUID.replace("5", "6"), "vcenter_name": "pass-db-01"})
    estate = load_estate(write_city(tmp_path, edited(*twins)), CITY)
    assert estate.machine("files-01").name_at_vcenter == estate.machine("pass-db-01").name_at_vcenter


def test_machines_belong_in_their_own_folder_or_their_agency_s(tmp_path: Path) -> None:
    files = edited(("agencies.yaml", "title_en: Office", "title_en: Office\n    folder: City/Office A"))
    estate = load_estate(write_city(tmp_path, files), CITY)
    assert (estate.machine("files-01").folder, estate.machine("pass-db-01").folder) == ("City/Office A", "bureau")


@pytest.mark.parametrize(
    "name", ["esx-01.city.example", "ESX-01", "東區 01", "a/b", "100%", "r(1)", "x" * 80], ids=repr
)
def test_a_hypervisor_is_named_as_its_vcenter_names_it(tmp_path: Path, name: str) -> None:
    files = edited(("sites.yaml", "[esx-01]", f"['{name}']"))
    assert load_estate(write_city(tmp_path, files), CITY).sites["gamma"].vcenter.hypervisors == (name,)


@pytest.mark.parametrize("case", EDITS)
def test_the_whole_report_is_what_a_person_needs_when(tmp_path: Path, case: str) -> None:
    assert fault_lines(write_city(tmp_path, edited(*EDITS[case]))) == EXPECTED[case]


def test_each_report_has_its_case() -> None:
    assert EDITS.keys() == EXPECTED.keys()
