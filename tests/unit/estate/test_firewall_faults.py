"""Firewall pairs, zones and rules that cannot be done, or mean nothing; reviews that are overdue."""

from datetime import date
from pathlib import Path

import pytest

from groundwork.estate.load import load_estate
from tests.builders.estate_files import CITY, FILES, Edit, edited, fault_lines, reports, write_city

EXPECTED = reports(Path(__file__).parent / "expected" / "firewall.txt")

TWIN = FILES["firewall.yaml"].partition("addresses:")[0].removeprefix("firewall_pairs:\n")
for old, new in (
    ("gamma-edge", "alpha-edge"),
    ("gamma", "alpha"),
    ("10.3.", "10.1."),
    ("sources: [staff]", "sources: [any]"),
):
    TWIN = TWIN.replace(old, new)


def twin(*edits: tuple[str, str], parity: str = "") -> list[Edit]:
    """A second pair at alpha that is to share gamma's policy."""
    text = TWIN
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    shared = "    managed_from: [alpha-management]\n"
    text = text.replace(shared, f"{shared}    parity_with: gamma-edge\n{parity}")
    return [("firewall.yaml", "firewall_pairs:\n", f"firewall_pairs:\n{text}")]


ALIKE = ("sources: [any]", "sources: [staff]")
EDITS: dict[str, list[Edit]] = {
    "two firewall pairs share a member's name": twin(ALIKE, ("alpha-edge-a", "gamma-edge-a")),
    "the members of a pair have one name and one priority": [
        (
            "firewall.yaml",
            "gamma-edge-b, address: 10.3.0.3, priority: 100",
            "gamma-edge-a, address: 10.3.0.3, priority: 200",
        ),
    ],
    "a firewall rule cannot tell what a name means": [
        (
            "networks.yaml",
            "networks:\n",
            (
                "networks:\n  staff: {site: beta, cidr: 10.2.77.0/24, gateway: 10.2.77.1, vlan: 77, purpose: dmz}\n"
                "  any: {site: beta, cidr: 10.2.78.0/24, gateway: 10.2.78.1, vlan: 78, purpose: dmz}\n"
            ),
        ),
        ("firewall.yaml", "addresses:\n  partners", "addresses:\n  vendors"),
    ],
    "two rules of a pair have one name": [
        ("firewall.yaml", "name: staff", "name: pull"),
    ],
    "a zone has no interface": [("firewall.yaml", "interfaces: [eth0]", "interfaces: []")],
    "zones share a name, an interface, a network and all the others": [
        (
            "firewall.yaml",
            "    rules:\n",
            (
                "      - {name: inside, interfaces: [eth1], networks: [gamma-services]}\n"
                "      - {name: more, interfaces: [eth2]}\n    rules:\n"
            ),
        ),
    ],
    "a rule names a zone, a service and an owner that are not there": [
        ("firewall.yaml", "from_zones: [outside]", "from_zones: [outer]"),
        ("firewall.yaml", "services: [web]", "services: [pages]"),
        (
            "firewall.yaml",
            "        owner: bureau\n        review: 2099-01-31\n    source",
            ("        owner: bureaux\n        review: 2099-01-31\n    source"),
        ),
    ],
    "a rule names neither ports nor services": [("firewall.yaml", "        services: [web]\n", "")],
    "a rule names any port and services": [
        ("firewall.yaml", "        services: [web]\n", "        ports: [any]\n        services: [web]\n"),
    ],
    "a rule's sources and destinations are of two families": [
        ("firewall.yaml", '"2001:db8:7::/48"', '"2001:db8:8::/48"'),
        ("firewall.yaml", "198.51.100.0/24, ", ""),
        ("firewall.yaml", "sources: [staff]", "sources: [partners]"),
    ],
    "a service is every port": [("firewall.yaml", "ports: [tcp/443, tcp/8000-8010]", "ports: [any]")],
    "a translation is of any port, of no zone, and has another's name": [
        ("firewall.yaml", "port: tcp/443\n", "port: any\n"),
        ("firewall.yaml", "zone: outside, sources", "zone: outer, sources"),
        ("firewall.yaml", "- name: portal", "- name: hide"),
    ],
    "a pair shares its policy with itself": [
        ("firewall.yaml", "    zones:\n", "    parity_with: gamma-edge\n    zones:\n"),
    ],
    "a rule differs from the other site's": twin(),
    "a rule is missing at the other site, and one here": twin(ALIKE, ("name: staff", "name: workers")),
    "an exception excepts nothing, another twice": twin(
        parity=(
            "    parity_exceptions:\n"
            "      - {rule: pull, reason: none, owner: bureau, review: 2099-01-31}\n"
            "      - {rule: staff, reason: one, owner: bureau, review: 2099-01-31}\n"
            "      - {rule: staff, reason: two, owner: bureaux, review: 2099-01-31}\n"
        )
    ),
}


@pytest.mark.parametrize("case", EDITS)
def test_the_whole_report_is_what_a_person_needs_when(tmp_path: Path, case: str) -> None:
    assert fault_lines(write_city(tmp_path, edited(*EDITS[case]))) == EXPECTED[case]


def test_each_report_has_its_case() -> None:
    assert EDITS.keys() == EXPECTED.keys()


def test_pairs_of_one_policy_are_whole_in_each_site_s_own_names(tmp_path: Path) -> None:
    pair = load_estate(write_city(tmp_path, edited(*twin(ALIKE))), CITY).firewall_pairs["alpha-edge"]
    assert (pair.parity_with, pair.rules[0].sources) == ("gamma-edge", ("alpha-management",))


def test_rules_of_one_policy_stand_in_one_order(tmp_path: Path) -> None:
    head, _, rest = TWIN.replace(*ALIKE).partition("      - name: pull\n")
    pull, _, staff_on = rest.partition("      - name: staff\n")
    staff, _, tail = staff_on.partition("    source_nat:\n")
    turned = f"{head}      - name: staff\n{staff}      - name: pull\n{pull}    source_nat:\n{tail}"
    text = turned.replace("    zones:\n", "    parity_with: gamma-edge\n    zones:\n")
    files = edited(("firewall.yaml", "firewall_pairs:\n", f"firewall_pairs:\n{text}"))
    what = 'firewall pair "alpha-edge": rule "staff" stands in another order than in firewall pair "gamma-edge"'
    assert fault_lines(write_city(tmp_path, files)) == [f"firewall.yaml:16: {what}; put the rules into one order"]


def test_an_exception_lets_a_rule_differ(tmp_path: Path) -> None:
    excepted = "    parity_exceptions:\n      - {rule: staff, reason: trial, owner: bureau, review: 2099-02-01}\n"
    estate = load_estate(write_city(tmp_path, edited(*twin(parity=excepted))), CITY)
    assert [one.rule for one in estate.firewall_pairs["alpha-edge"].parity_exceptions] == ["staff"]


def test_a_review_is_overdue_from_the_day_after_with_file_and_line(tmp_path: Path) -> None:
    inventory = write_city(
        tmp_path, edited(("firewall.yaml", "review: 2099-01-31\n    source", ("review: 2026-11-20\n    source")))
    )
    estate = load_estate(inventory, CITY)

    assert estate.overdue(date(2026, 11, 20)) == ()
    what = 'firewall pair "gamma-edge": the review of rule "staff" was due on 2026-11-20'
    what_to_do = "have bureau say whether it stays, then write the next day"
    (fault,) = estate.overdue(date(2026, 11, 21))
    assert str(fault) == f"{inventory / CITY}/firewall.yaml:31: {what}; {what_to_do}"
