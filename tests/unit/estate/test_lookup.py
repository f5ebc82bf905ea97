"""Looking a name up."""

import pytest

from groundwork.errors import UsageError
from groundwork.estate.lookup import look_up
from tests.builders.estate_values import small_estate, small_machine


def test_a_service_is_shown_with_its_machines_and_what_needs_it() -> None:
    found = look_up(small_estate(), "pass")
    assert (found.sort, found.name) == ("service", "pass")
    assert found.facts["rto"] == "1h"
    assert found.facts["machines"] == ["pass-db-01", "pass-web-01"]
    assert found.facts["needed_by"] == ["files"]
    assert found.facts["drills"] == ["alpha-lost"]


def test_a_machine_is_shown_with_its_copies_and_its_readers() -> None:
    facts = look_up(small_estate(), "pass-db-01").facts
    assert facts["copies_at"] == ["alpha", "beta", "gamma"]
    assert facts["read_by"] == ["pass-web-01"]


def test_an_agency_is_shown_with_what_it_uses_of_its_quota() -> None:
    facts = look_up(small_estate(), "bureau").facts
    assert facts["quota"] == {"machines": 10, "vcpus": 20, "memory_gib": 20, "disk_gib": 100}
    assert facts["used"] == {"machines": 3, "vcpus": 3, "memory_gib": 1.5, "disk_gib": 3}


def test_a_site_a_host_and_a_network_are_shown_with_what_stands_there() -> None:
    estate = small_estate()
    assert look_up(estate, "alpha").facts["machine_count"] == 2
    assert look_up(estate, "repo-beta").facts["roles"] == ["baseline", "repository"]
    assert look_up(estate, "alpha-management").facts["hosts"] == ["repo-alpha"]


def test_a_name_of_two_things_asks_which() -> None:
    estate = small_estate(machines={"pass": small_machine("pass")})
    with pytest.raises(UsageError) as refused:
        look_up(estate, "pass")
    assert (refused.value.message, refused.value.hint) == (
        "'pass' is a name of 2 things",
        "write machine:pass or service:pass",
    )
    assert look_up(estate, "machine:pass").sort == "machine"


def test_a_name_of_nothing_says_what_was_probably_meant() -> None:
    with pytest.raises(UsageError) as refused:
        look_up(small_estate(), "pass-db-1")
    assert (refused.value.message, refused.value.hint) == (
        "the estate of toytown has nothing named 'pass-db-1'",
        "did you mean pass-db-01 or pass-web-01 or pass?",
    )


def test_a_sort_of_nothing_names_the_sorts() -> None:
    with pytest.raises(UsageError) as refused:
        look_up(small_estate(), "vm:pass")
    assert refused.value.hint.startswith("write one of site, agency, network, machine, host")
