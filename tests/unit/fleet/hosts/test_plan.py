"""What is planned for hosts that differ from the estate."""

from dataclasses import replace
from typing import cast

import pytest

from fleet.hosts.model import Change, ConfigureHost, HostDrift
from fleet.hosts.plan import plan_hosts
from groundwork.change.plan import Plan
from groundwork.model.host import Host
from tests.builders.estate_values import small_estate

HOSTS = tuple(small_estate().hosts.values())
MONITORING = replace(HOSTS[1], name="monitoring-01", roles=("baseline", "monitoring"))
UNIT = Change(role="repository", task="Have the servers' units", diff="+[Unit]")


def drift(host: Host, *changes: Change, failure: str | None = None) -> HostDrift:
    return HostDrift(host=host.name, changes=changes, failure=failure)


def planned(*drifts: HostDrift, hosts: tuple[Host, ...] = HOSTS) -> Plan:
    return plan_hosts(city="toytown", hosts=hosts, drifts=drifts)


def waves(plan: Plan) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    return [
        (wave.name, [(share.site, [track.name for track in share.tracks]) for share in wave.shares])
        for wave in plan.waves
    ]


def test_hosts_that_lack_nothing_have_nothing_done_to_them() -> None:
    plan = planned(*(drift(host) for host in HOSTS))

    assert plan.empty
    assert plan.title == "hosts of toytown: none to configure"


def test_one_host_of_each_role_goes_first_and_the_rest_follows() -> None:
    hosts = (*HOSTS, MONITORING)

    plan = planned(*(drift(host, UNIT) for host in hosts), hosts=hosts)

    assert waves(plan) == [
        ("canary: one host of each role", [("alpha", ["repo-alpha"]), ("beta", ["monitoring-01"])]),
        ("the rest", [("beta", ["repo-beta"]), ("gamma", ["repo-gamma"])]),
    ]
    assert plan.locks == (
        "site/alpha/host/repo-alpha",
        "site/beta/host/repo-beta",
        "site/gamma/host/repo-gamma",
        "site/beta/host/monitoring-01",
    )


def test_one_play_does_all_hosts_of_a_wave_save_those_of_a_site_with_a_worker() -> None:
    hosts = (*HOSTS, MONITORING)
    drifts = [drift(host, UNIT) for host in hosts]

    def plays(worker_sites: frozenset[str]) -> dict[str, tuple[str, ...]]:
        plan = plan_hosts(city="toytown", hosts=hosts, drifts=drifts, worker_sites=worker_sites)
        steps = [cast("ConfigureHost", step) for _, _, _, step in plan.steps()]
        return {step.host: step.together for step in steps}

    assert plays(frozenset()) == {
        "repo-alpha": ("repo-alpha", "monitoring-01"),
        "monitoring-01": ("repo-alpha", "monitoring-01"),
        "repo-beta": ("repo-beta", "repo-gamma"),
        "repo-gamma": ("repo-beta", "repo-gamma"),
    }
    assert plays(frozenset({"beta"})) == {
        "repo-alpha": ("repo-alpha",),
        "monitoring-01": ("monitoring-01",),
        "repo-beta": ("repo-beta",),
        "repo-gamma": ("repo-gamma",),
    }


def test_the_canary_is_taken_from_the_hosts_that_differ() -> None:
    plan = planned(drift(HOSTS[0]), drift(HOSTS[1]), drift(HOSTS[2], UNIT))

    assert waves(plan) == [("canary: one host of each role", [("gamma", ["repo-gamma"])])]


def test_a_host_that_could_not_be_asked_has_no_step() -> None:
    assert planned(drift(HOSTS[0], UNIT, failure="away")).empty


def test_the_basis_moves_when_what_a_host_lacks_moves() -> None:
    other = replace(UNIT, diff="+[Service]")

    assert planned(drift(HOSTS[0], UNIT)).basis != planned(drift(HOSTS[0], other)).basis
    assert planned(drift(HOSTS[0], UNIT)).basis == planned(drift(HOSTS[0], UNIT)).basis


def test_a_step_names_its_changes_and_counts_those_beyond_six() -> None:
    step = ConfigureHost(site="alpha", host="repo-alpha", changes=tuple(f"baseline: task {n}" for n in range(8)))

    assert step.describe() == (
        "configure repo-alpha, 8 changes: baseline: task 0; baseline: task 1; baseline: task 2; baseline: task 3; "
        "baseline: task 4; baseline: task 5; and 2 more"
    )
    assert step.target == "alpha/host/repo-alpha"


@pytest.mark.parametrize(
    ("count", "reported"),
    [
        (1, "configure repo-alpha, 1 change: change 0"),
        (2, "configure repo-alpha, 2 changes: change 0; change 1"),
        (6, f"configure repo-alpha, 6 changes: {'; '.join(f'change {number}' for number in range(6))}"),
        (7, f"configure repo-alpha, 7 changes: {'; '.join(f'change {number}' for number in range(6))}; and 1 more"),
    ],
)
def test_a_step_names_six_changes_and_counts_the_rest(count: int, reported: str) -> None:
    changes = tuple(f"change {number}" for number in range(count))
    assert ConfigureHost(site="alpha", host="repo-alpha", changes=changes).describe() == reported
