"""What Ansible is given of an estate."""

import re
from dataclasses import replace
from ipaddress import IPv4Network
from typing import get_args

import pytest

from backup.repository_role import REPLICA_PORT, REPOSITORY_PORT
from commands.checkout import ROOT
from commands.wiring.products import PRODUCTS
from groundwork.drivers.playbook.inventory import derive_inventory
from groundwork.errors import ConfigurationError
from groundwork.estate.platform_entries import HostForm
from tests.builders.estate_values import small_estate

ROLES = [role for product in PRODUCTS for role in product.roles]


def test_hosts_come_in_groups_by_site_and_role_with_what_their_roles_need() -> None:
    inventory = derive_inventory(small_estate(), ROLES)

    assert inventory.groups == {
        "site_alpha": ("repo-alpha",),
        "role_baseline": ("repo-alpha", "repo-beta", "repo-gamma"),
        "role_repository": ("repo-alpha", "repo-beta", "repo-gamma"),
        "site_beta": ("repo-beta",),
        "site_gamma": ("repo-gamma",),
    }
    assert inventory.hosts["repo-beta"] == {
        "ansible_host": "10.2.0.20",
        "baseline__hosts": [
            {"name": "repo-alpha", "address": "10.1.0.20"},
            {"name": "repo-beta", "address": "10.2.0.20"},
            {"name": "repo-gamma", "address": "10.3.0.20"},
        ],
        "baseline__open_ports": [
            {"port": 8000, "protocol": "tcp", "sources": ["10.2.0.0/24"]},
            {"port": 8001, "protocol": "tcp", "sources": ["10.3.0.20/32"]},
            {"port": 9100, "protocol": "tcp", "sources": []},
        ],
        "repository__sender_url": "https://10.1.0.20:8001/",
    }


def test_a_site_that_copies_from_nobody_has_no_sender() -> None:
    assert derive_inventory(small_estate(), ROLES).hosts["repo-alpha"]["repository__sender_url"] == ""


def test_a_port_is_open_to_those_whose_work_it_is_and_to_operators() -> None:
    estate = small_estate()
    beta = replace(estate.hosts["repo-beta"], name="ops-beta", address="10.2.0.30", roles=("monitoring", "ledger"))
    hosts = {**estate.hosts, "ops-beta": beta}

    found = derive_inventory(replace(estate, hosts=hosts), ROLES, operators=[IPv4Network("10.9.0.2")]).hosts

    management = ["10.1.0.0/24", "10.2.0.0/24", "10.3.0.0/24", "10.9.0.2/32"]
    assert found["ops-beta"]["baseline__open_ports"] == [
        {"port": port, "protocol": "tcp", "sources": management} for port in (9090, 9093, 5432)
    ]
    assert found["ops-beta"]["ledger__client_networks"] == management
    assert found["repo-alpha"]["baseline__open_ports"] == [
        {"port": 8000, "protocol": "tcp", "sources": ["10.1.0.0/24", "10.9.0.2/32"]},
        {"port": 8001, "protocol": "tcp", "sources": ["10.2.0.20/32", "10.9.0.2/32"]},
        {"port": 9100, "protocol": "tcp", "sources": ["10.2.0.30/32", "10.9.0.2/32"]},
    ]
    assert found["ops-beta"]["monitoring__repository_hosts"] == [
        {"site": "alpha", "target": "10.1.0.20:9100"},
        {"site": "beta", "target": "10.2.0.20:9100"},
        {"site": "gamma", "target": "10.3.0.20:9100"},
    ]


def test_a_replica_that_nobody_copies_is_open_to_nobody() -> None:
    assert derive_inventory(small_estate(), ROLES).hosts["repo-gamma"]["baseline__open_ports"] == [
        {"port": 8000, "protocol": "tcp", "sources": ["10.3.0.0/24"]},
        {"port": 8001, "protocol": "tcp", "sources": []},
        {"port": 9100, "protocol": "tcp", "sources": []},
    ]


def test_networks_that_overlap_are_reported_once() -> None:
    operators = [IPv4Network("10.0.0.0/8")]

    found = derive_inventory(small_estate(), ROLES, operators=operators).hosts

    assert found["repo-alpha"]["baseline__open_ports"] == [
        {"port": port, "protocol": "tcp", "sources": ["10.0.0.0/8"]} for port in (8000, 8001, 9100)
    ]


def test_a_sender_without_a_repository_is_an_error_that_names_both_sites() -> None:
    estate = small_estate()
    without = {name: host for name, host in estate.hosts.items() if host.site != "alpha"}

    with pytest.raises(ConfigurationError, match="site beta replicates from alpha"):
        derive_inventory(replace(estate, hosts=without), ROLES)


def test_a_role_listens_where_the_packet_filter_admits() -> None:
    reported = (ROOT / "playbooks/roles/repository/vars/main.yaml").read_text(encoding="utf-8")
    assert re.findall(r"port: (\d+)", reported) == [str(REPOSITORY_PORT), str(REPLICA_PORT)]
    for program, number in (("", 9090), ("-alertmanager", 9093)):
        template = ROOT / f"playbooks/roles/monitoring/templates/prometheus{program}.default.j2"
        assert f"--web.listen-address=:{number} " in template.read_text(encoding="utf-8")


def test_the_estate_knows_the_roles_that_products_offer_and_no_other() -> None:
    (roles,) = (get_args(one) for one in get_args(HostForm.model_fields["roles"].annotation) if get_args(one))
    assert sorted(roles) == sorted(role.name for role in ROLES)
