"""What a vCenter shows, as rows of the estate's files."""

from dataclasses import replace
from typing import Any

import pytest

from fleet.machines.adopted_networks import UnknownNetwork, VlanDifference
from fleet.machines.adoption import Adoption, Difference, adopt
from fleet.machines.model import Card, FoundMachine
from groundwork.drivers.vcenter.protocol import UNTAGGED, SeenVlan
from groundwork.estate.estate import Estate
from groundwork.model.machine import Adapter
from tests.builders.estate_values import small_estate, small_machine

UUID = "502e71fa-1a0b-4c0d-8f0e-2b1c3d4e5f60"
SHOWN = FoundMachine(
    name="Web 01",
    site="alpha",
    uuid=UUID,
    folder="Tax/old %2f new",
    vcpus=2,
    memory_mib=2048,
    disks_bytes=(10 << 30, 1),
    cards=(Card(network="alpha-services", mac="00:50:56:00:00:01"),),
    address="10.1.10.77",
    firmware="efi",
    guest_type="debian12_64Guest",
    controller="pvscsi",
    powered_on=True,
)


def shown(**changes: Any) -> FoundMachine:  # noqa: ANN401 - the fields of FoundMachine
    return replace(SHOWN, **changes)


def adopted(estate: Estate, site: str, found: list[FoundMachine]) -> Adoption:
    """What an import finds where no port group decides on a VLAN."""
    return adopt(estate, site, found, {})


def test_a_machine_nobody_listed_is_described_and_left_to_a_person() -> None:
    assert adopted(small_estate(machines={}), "alpha", [SHOWN]).rows == (
        {
            "name": "web-01",
            "site": "alpha",
            "agency": "unassigned",
            "service": "unassigned",
            "role": "application",
            "backup_policy": "unassigned",
            "vcpus": "2",
            "memory_mib": "2048",
            "disk_gib": "11",
            "powered_on": "true",
            "uuid": UUID,
            "folder": "Tax/old %2f new",
            "firmware": "efi",
            "guest_type": "debian12_64Guest",
            "controller": "pvscsi",
            "network": "alpha-services",
            "adapters": "alpha-services/00:50:56:00:00:01",
            "address": "10.1.10.77",
            "vcenter_name": "Web 01",
        },
    )


def test_names_become_the_estate_s_and_are_given_once() -> None:
    names = ("web-01", "WEB_01", "東區 01", "東區", "%/\\", "x" * 80)
    found = [shown(name=name, uuid=f"{number}{UUID[1:]}") for number, name in enumerate(names)]
    rows = adopted(small_estate(machines={"web-01": small_machine("web-01", site="beta")}), "alpha", found).rows
    assert [row["name"] for row in rows] == [
        *("web-01-2", "web-01-3", "01", "machine-3d4e5f60", "machine-3d4e5f60-2", "x" * 59),
    ]


def test_what_fits_no_cell_is_left_out_and_does_not_stop_the_rest() -> None:
    odd = shown(
        name=" \x1b[2J", uuid="4201", folder=" /", firmware="coreboot", guest_type="?", controller="", address="?"
    )
    (row,) = adopted(small_estate(machines={}), "alpha", [odd]).rows
    assert not {"vcenter_name", "uuid", "folder", "firmware", "guest_type", "controller", "address"} & row.keys()
    assert (row["name"], row["vcpus"]) == ("2j", "2")


def test_cards_are_written_only_where_the_estate_knows_the_network_of_each() -> None:
    two = (*SHOWN.cards, Card(network="backup net", mac="00:50:56:00:00:02"))
    found = adopted(small_estate(machines={}), "alpha", [shown(cards=two)])
    assert not {"network", "adapters", "address"} & found.rows[0].keys()
    assert [(one.name, one.machines) for one in found.networks] == [("backup net", 1)]


def test_a_mac_and_an_address_are_one_machine_s() -> None:
    first, second = adopted(small_estate(machines={}), "alpha", [SHOWN, shown(name="copy", uuid="6" + UUID[1:])]).rows
    assert (first["adapters"], first["address"]) == ("alpha-services/00:50:56:00:00:01", "10.1.10.77")
    assert (second["adapters"], second.get("address")) == ("alpha-services", None)


def test_templates_are_rows_of_their_own() -> None:
    found = adopted(
        small_estate(machines={}),
        "alpha",
        [shown(name="tmpl-Debian", template=True), shown(template=True, name="tmpl-lab-guest")],
    )
    assert found.rows == ()
    assert found.templates == (
        {
            "name": "tmpl-debian",
            "vcpus": "2",
            "memory_mib": "2048",
            "disk_gib": "11",
            "firmware": "efi",
            "guest_type": "debian12_64Guest",
            "controller": "pvscsi",
            "vcenter_name": "tmpl-Debian",
        },
    )


def test_what_restores_and_drills_made_and_what_cannot_be_seen_is_not_adopted() -> None:
    ours = [
        shown(name="a", annotation="cityops: drill r1"),
        shown(name="b", annotation="cityops: restored from a/b@c (run r2)"),
    ]
    hidden = FoundMachine(name="c", site="alpha", unseen="orphaned")
    found = adopted(small_estate(machines={}), "alpha", [*ours, hidden])
    assert (found.rows, found.unseen) == ((), (("c", "orphaned"),))


def test_a_machine_that_is_listed_differs_and_its_empty_cells_are_filled() -> None:
    listed = small_machine("pass-db-01", uuid="", network="", address="", folder="bureau")
    one = shown(name="pass-db-01", vcpus=1, memory_mib=512, disks_bytes=(1 << 30,), folder="else")
    found = adopted(small_estate(machines={"pass-db-01": listed}), "alpha", [one])
    assert found.rows == ()
    assert found.fills == {
        "pass-db-01": {
            "uuid": UUID,
            "network": "alpha-services",
            "adapters": "alpha-services/00:50:56:00:00:01",
            "address": "10.1.10.77",
        }
    }
    assert found.differences == (Difference(machine="pass-db-01", column="folder", written="bureau", shown="else"),)


def test_what_the_vcenter_does_not_show_is_named_and_not_removed() -> None:
    assert adopted(small_estate(), "alpha", []).absent == ("pass-db-01", "pass-web-01")
    twice = [shown(name="pass-db-01"), shown(name="pass-db-01", uuid=f"6{UUID[1:]}")]
    assert adopted(small_estate(), "alpha", twice).absent == ("pass-web-01",), "which of two it is, nobody chooses"
    one = shown(name="pass-db-01", uuid=f"7{UUID[1:]}")
    assert adopted(small_estate(), "alpha", [one]).absent == ("pass-web-01",)


def test_cards_without_an_address_of_their_own_are_nobody_s() -> None:
    estate = small_estate(
        machines={"pass-db-01": small_machine("pass-db-01", adapters=(Adapter(network="alpha-services"),))}
    )
    (row,) = adopted(estate, "alpha", [shown(cards=(Card(network="alpha-services", mac=""),))]).rows
    assert row["network"] == "alpha-services"


@pytest.mark.parametrize(
    ("seen", "vlan", "note"),
    [
        (SeenVlan(number=77), 77, ""),
        (SeenVlan(number=10), 10, "the VLAN of alpha-services: perhaps this is its port group"),
        (SeenVlan(why="a trunk of 1-20"), None, "a trunk of 1-20"),
        (None, None, "the vCenter does not show it"),
    ],
)
def test_a_network_nobody_listed_has_its_vlan_or_is_left_to_a_person(
    seen: SeenVlan | None, vlan: int | None, note: str
) -> None:
    one = shown(cards=(Card(network="backup net"), Card(network="backup net"), Card(network="")))
    found = adopt(small_estate(machines={}), "alpha", [one], {"backup net": seen} if seen else {})
    assert found.networks == (UnknownNetwork(name="backup net", machines=1, vlan=vlan, note=note),)


def test_a_network_whose_port_group_has_another_vlan_differs_and_one_that_decides_on_none_does_not() -> None:
    vlans = {"alpha-services": SeenVlan(number=11), "alpha-management": UNTAGGED, "beta-services": SeenVlan(number=99)}
    found = adopt(small_estate(), "alpha", [], vlans)
    assert found.vlans == (VlanDifference(network="alpha-services", written=10, shown=11),)
    assert adopt(small_estate(), "alpha", [], {"alpha-services": SeenVlan(number=10)}).vlans == ()
