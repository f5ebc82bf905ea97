"""What the estate wants of its machines."""

from dataclasses import replace

from fleet.machines.model import Card, WantedMachine
from fleet.machines.wanted import guest_info, host_machines, wanted_machines
from groundwork.estate.estate import Estate
from groundwork.model.first_boot import FirstBoot
from groundwork.model.machine import Adapter, Machine
from tests.builders.estate_values import small_estate, small_machine


def estate_of(*machines: Machine) -> Estate:
    return small_estate(machines={one.name: one for one in machines})


def wanted(machine: Machine) -> WantedMachine:
    (one,) = wanted_machines(estate_of(machine))
    return one


def test_templates_are_no_machines_that_are_wanted() -> None:
    assert wanted_machines(estate_of(small_machine("tmpl-01", role="template"))) == ()


def test_a_mark_is_wanted_of_each_machine_but_of_an_adopted_one_that_is_nobody_s_yet() -> None:
    adopted = small_machine("web-01", uuid="4213", agency="unassigned")
    assert wanted(adopted).mark == ""
    assert wanted(replace(adopted, agency="bureau", service="unassigned")).mark == ""
    assert wanted(replace(adopted, agency="bureau")).mark != ""
    assert wanted(replace(adopted, uuid="")).mark != "", "without its identity, the mark is all that it is known by"


def test_cards_are_those_that_are_listed_or_else_one_in_its_network() -> None:
    machine = small_machine("web-01")
    path = small_estate().networks["alpha-services"].port_group_path
    assert wanted(machine).cards == (Card(network=path),)
    assert wanted(replace(machine, network="", address="")).cards == ()
    two = (Adapter(network="alpha-services", mac="00:50:56:00:00:01"), Adapter(network="alpha-services"))
    assert wanted(replace(machine, adapters=two)).cards == (
        Card(network=path, mac="00:50:56:00:00:01"),
        Card(network=path),
    )


def test_first_boot_is_reported_the_address_only_where_both_it_and_its_network_are_known() -> None:
    machine, estate = small_machine("web-01", role="web"), small_estate()
    bare = FirstBoot(hostname="web-01", facts=(("role", "web"),))
    assert guest_info(estate, replace(machine, address="")) == bare.guest_info()
    assert guest_info(estate, replace(machine, network="nowhere")) == bare.guest_info()
    full = replace(bare, address="10.1.10.11/24", gateway="10.1.10.1")
    assert guest_info(estate, machine) == full.guest_info()
    of_database = replace(full, facts=(*full.facts, ("database", "10.1.10.11")))
    assert guest_info(estate, replace(machine, database="pass-db-01")) == of_database.guest_info()


def test_a_machine_without_a_known_template_is_reported_nothing_and_made_from_none() -> None:
    assert (wanted(small_machine("a", template="")).template, wanted(small_machine("a", template="")).guest_info) == (
        None,
        (),
    )
    assert wanted(small_machine("a")).template is not None
    assert wanted(small_machine("a")).guest_info != ()


def test_hosts_that_name_their_machine_are_known() -> None:
    estate = small_estate()
    hosts = {**estate.hosts, "repo-beta": replace(estate.hosts["repo-beta"], machine="vm-repo-beta")}
    assert host_machines(replace(estate, hosts=hosts)) == {("beta", "vm-repo-beta")}
