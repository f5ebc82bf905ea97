"""What Ansible is told of an estate."""

from dataclasses import replace

import pytest

from groundwork.drivers.playbook.inventory import derive_inventory
from groundwork.errors import ConfigurationError
from tests.builders.estate_values import small_estate


def test_hosts_come_in_groups_by_site_and_role_with_what_their_roles_need() -> None:
    inventory = derive_inventory(small_estate())

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
        "baseline__open_ports": [8000, 8001],
        "repository__sender_url": "https://10.1.0.20:8001/",
    }


def test_a_site_that_copies_from_nobody_has_no_sender() -> None:
    assert derive_inventory(small_estate()).hosts["repo-alpha"]["repository__sender_url"] == ""


def test_a_sender_without_a_repository_is_an_error_that_names_both_sites() -> None:
    estate = small_estate()
    without = {name: host for name, host in estate.hosts.items() if host.site != "alpha"}

    with pytest.raises(ConfigurationError, match="site beta replicates from alpha"):
        derive_inventory(replace(estate, hosts=without))
