"""What a vCenter of the lab is to hold."""

from pathlib import Path
from typing import Any

from lab.guest_image import GuestImage
from lab.layout import plan_layout
from lab.planted import Planted
from lab.site_description import VCenterFiles, describe_site
from tests.builders.estate_values import small_estate

IMAGE = GuestImage(disk=Path("/cache/disk.vmdk"), kernel=Path("/cache/kernel"), initrd=Path("/cache/initrd"))
FILES = VCenterFiles(
    state=Path("/lab/alpha/state"),
    control=Path("/lab/alpha/control.sock"),
    certificate=Path("/lab/alpha.pem"),
    key=Path("/lab/alpha.key"),
    password_file=Path("/lab/alpha.password"),
    guest_key="ssh-ed25519 AAAA~?",
)


def describe(*planted: Planted) -> dict[str, Any]:
    estate = small_estate()
    return describe_site(estate, plan_layout("mine", estate).sites["alpha"], planted, FILES, IMAGE)


def machines(*planted: Planted) -> dict[str, Any]:
    return {machine["name"]: machine for machine in describe(*planted)["machines"]}


def planted(machine: str, **changes: Any) -> Planted:  # noqa: ANN401 - the fields of Planted
    return Planted(**({"machine": machine, "site": "alpha", "detail": ""} | changes))


def test_a_site_holds_its_own_machines_and_its_template() -> None:
    assert list(machines()) == ["tmpl-lab-guest", "pass-db-01", "pass-web-01"]


def test_a_booting_guest_is_reported_who_it_is_and_where_its_database_is() -> None:
    reported = machines()["pass-web-01"]["guestinfo"]
    assert reported == {
        "hostname": "pass-web-01",
        "address": "10.1.10.12/24",
        "gateway": "10.1.10.1",
        "role": "web",
        "database": "10.1.10.11",
        "ssh_key": "c3NoLWVkMjU1MTkgQUFBQX4_",
    }


def test_a_template_carries_the_key_that_its_clones_are_opened_with() -> None:
    template = machines()["tmpl-lab-guest"]
    assert template["guestinfo"] == {"ssh_key": "c3NoLWVkMjU1MTkgQUFBQX4_"}
    assert (template["template"], template["powered_on"]) == (True, False)


def test_what_is_planted_is_wrong_and_nothing_else() -> None:
    right = machines()
    wrong = machines(planted("pass-db-01", sort="missing"), planted("pass-web-01", sort="mis_sized"))
    assert "pass-db-01" not in wrong
    assert wrong["pass-web-01"] == {**right["pass-web-01"], "vcpus": right["pass-web-01"]["vcpus"] + 1}
    off = machines(planted("pass-web-01", sort="powered_off"))["pass-web-01"]
    assert off == {**right["pass-web-01"], "powered_on": False}
    astray = machines(planted("pass-web-01", sort="misplaced", folder="office"))["pass-web-01"]
    assert astray == {**right["pass-web-01"], "folder": "office"}


def test_machines_of_one_name_at_two_sites_have_identities_of_their_own() -> None:
    estate = small_estate()
    layout = plan_layout("mine", estate)
    seen: list[Any] = [describe_site(estate, site, (), FILES, IMAGE) for site in layout.sites.values()]
    templates = [one["machines"][0] for one in seen]
    assert len({one["uuid"] for one in templates}) == len({one["mac"] for one in templates}) == len(layout.sites)


def test_a_site_has_as_many_hypervisors_as_vsan_needs() -> None:
    assert len(describe()["hosts"]) >= 3
