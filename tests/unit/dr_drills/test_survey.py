"""What a drill surveys of an estate and the restore points at the recovery site."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Network

import pytest

from backup.catalogue import Doubt, Entry
from dr_drills.evidence import PassedOver, Survey
from dr_drills.model import SurveySurvivor
from dr_drills.survey import survey_estate
from groundwork.errors import ConfigurationError
from groundwork.estate.estate import Estate
from groundwork.model.host import Host
from tests.builders.drill_values import EMPTY, LOST_AT, point
from tests.builders.estate_values import small_estate, small_machine

STEP = SurveySurvivor(site="gamma", scenario="alpha-lost", mark="0a1b2c3d")
PROBER = Host(name="prober-gamma", site="gamma", network="gamma-management", address="10.3.0.30", roles=("prober",))


def entry(machine: str, *, minutes_before: int, doubt: Doubt | None = None, readable: bool = True) -> Entry:
    taken = LOST_AT - timedelta(minutes=minutes_before)
    return Entry(
        snapshot=f"{machine}-{minutes_before}",
        stored=taken,
        machine=machine,
        point=replace(point(machine, "10.1.10.11"), taken=taken) if readable else None,
        doubt=doubt,
        reason="not to be had" if doubt else "",
    )


def survey(*entries: Entry, estate: Estate | None = None, only: tuple[str, ...] = ()) -> Survey:
    step = replace(STEP, only=only)
    return survey_estate(estate or small_estate(), step, entries=entries, before=EMPTY)


def keys(seen: Survey) -> list[str]:
    return [one.taken.strftime("%H:%M") for one in seen.points]


def test_the_machines_of_the_lost_site_are_surveyed_with_their_points_newest_first() -> None:
    seen = survey(
        entry("pass-web-01", minutes_before=30),
        entry("pass-db-01", minutes_before=20),
        entry("pass-db-01", minutes_before=10),
        entry("files-01", minutes_before=5),
    )
    assert [one.name for one in seen.machines] == ["pass-db-01", "pass-web-01"]
    assert [(one.machine, one.taken) for one in seen.points] == [
        ("pass-db-01", LOST_AT - timedelta(minutes=10)),
        ("pass-db-01", LOST_AT - timedelta(minutes=20)),
        ("pass-web-01", LOST_AT - timedelta(minutes=30)),
    ]
    assert seen.missing == ()
    assert seen.passed_over == ()
    assert seen.before == EMPTY
    assert seen.gateways == ("10.1.10.1/24",)


def test_a_machine_without_a_point_is_missing_and_five_points_of_one_are_tried() -> None:
    seen = survey(*(entry("pass-db-01", minutes_before=number) for number in range(1, 9)))
    assert seen.missing == ("pass-web-01",)
    assert keys(seen) == ["09:59", "09:58", "09:57", "09:56", "09:55"]


def test_what_was_passed_over_counts_where_it_is_newer_than_what_is_chosen() -> None:
    seen = survey(
        entry("pass-db-01", minutes_before=1, doubt=Doubt.FORGED),
        entry("pass-db-01", minutes_before=2, doubt=Doubt.UNREADABLE, readable=False),
        entry("pass-db-01", minutes_before=3),
        entry("pass-db-01", minutes_before=4, doubt=Doubt.FORGED),
        *(entry("pass-web-01", minutes_before=number, doubt=Doubt.FORGED) for number in range(1, 8)),
    )
    of_database = [one for one in seen.passed_over if one.machine == "pass-db-01"]
    assert of_database == [
        PassedOver(machine="pass-db-01", point="alpha/pass-db-01@2026-11-21T09:59:00+00:00", reason="not to be had"),
        PassedOver(machine="pass-db-01", point="pass-db-01-2", reason="not to be had"),
    ]
    assert len(seen.passed_over) == 2 + 5, "with no good point all are named, but no more than would be tried"
    assert seen.missing == ("pass-web-01",)


def test_one_passed_over_of_the_very_moment_of_the_chosen_one_is_not_named() -> None:
    seen = survey(entry("pass-db-01", minutes_before=3), entry("pass-db-01", minutes_before=3, doubt=Doubt.CONFLICT))
    assert seen.passed_over == ()


def test_services_come_with_those_they_depend_on_where_these_were_lost_too() -> None:
    estate = small_estate()
    portal = replace(estate.services["pass"], name="portal", depends_on=("pass", "files"))
    login = replace(estate.services["pass"], name="login", depends_on=("portal", "pass"))
    shell = replace(estate.services["pass"], name="shell", depends_on=())
    machines = [
        small_machine("portal-01", service="portal"),
        small_machine("login-01", service="login"),
        small_machine("shell-01", service="shell", site="beta"),
    ]
    wider = replace(
        estate,
        services=estate.services | {one.name: one for one in (portal, login, shell)},
        machines=estate.machines | {one.name: one for one in machines},
        drills={"alpha-lost": replace(estate.drills["alpha-lost"], services=("login", "shell"))},
    )
    assert [one.name for one in survey(estate=wider).services] == ["login", "shell", "portal", "pass"], (
        "files has no machine at alpha, shell is asked for"
    )
    assert [one.name for one in survey(estate=wider, only=("portal",)).services] == ["portal", "pass"]


def test_a_drill_of_a_service_that_has_nothing_at_the_lost_site_is_refused() -> None:
    estate = small_estate()
    drill = replace(estate.drills["alpha-lost"], services=("files",), lost_site="gamma")
    with pytest.raises(ConfigurationError, match="none of files has a machine at gamma"):
        survey(estate=replace(estate, drills={"alpha-lost": drill}))


def test_production_is_every_address_once_and_the_prober_s_neighbours_are_those_of_its_network() -> None:
    estate = small_estate()
    unnumbered = small_machine("bare-01", address="")
    hosts = estate.hosts | {PROBER.name: PROBER}
    seen = survey(estate=replace(estate, hosts=hosts, machines=estate.machines | {"bare-01": unnumbered}))
    gateways = ("10.1.0.1", "10.1.10.1", "10.2.0.1", "10.2.10.1", "10.3.0.1", "10.3.10.1")
    assert seen.production_gateways == gateways
    assert seen.production == (
        *gateways,
        "10.1.0.10",
        "10.2.0.10",
        "10.3.0.10",
        "10.1.0.20",
        "10.2.0.20",
        "10.3.0.20",
        "10.3.0.30",
        "10.1.10.11",
        "10.1.10.12",
        "10.2.10.13",
    )
    assert seen.neighbours == ("10.3.0.1", "10.3.0.10", "10.3.0.20")


def test_without_a_prober_host_in_a_known_network_there_are_no_neighbours() -> None:
    estate = small_estate()
    assert survey(estate=estate).neighbours == ()
    elsewhere = replace(PROBER, network="nowhere")
    assert survey(estate=replace(estate, hosts=estate.hosts | {PROBER.name: elsewhere})).neighbours == ()
    other_site = replace(PROBER, site="beta")
    assert survey(estate=replace(estate, hosts=estate.hosts | {PROBER.name: other_site})).neighbours == ()


def test_gateways_are_those_of_the_machines_networks_each_once() -> None:
    estate = small_estate()
    second = replace(estate.networks["alpha-services"], name="alpha-data", cidr=IPv4Network("10.1.20.0/25"))
    machines = estate.machines | {"pass-x-01": small_machine("pass-x-01", network="alpha-data")}
    seen = survey(estate=replace(estate, networks=estate.networks | {"alpha-data": second}, machines=machines))
    assert seen.gateways == ("10.1.10.1/24", "10.1.10.1/25")
