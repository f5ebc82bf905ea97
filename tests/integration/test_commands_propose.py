"""A command plans what a direct proposal plans: the same request, the same plan, by its hash."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from backup.proposal import BackupRequest, PrepareRequest, ReplicationRequest
from commands.program import main
from commands.wiring import hosts
from commands.wiring.city import City
from commands.wiring.products import open_city, operations
from commands.wiring.sections import SECTIONS
from dr_drills.proposal import DrillRequest
from fleet.hosts.proposal import HostsRequest
from fleet.machines.proposal import MachinesRequest, RemovalRequest
from fleet.machines.wanted import wanted_machines
from groundwork.change.codec import fingerprint
from groundwork.change.operation import cannot_propose
from groundwork.drivers.playbook.fake import FakePlaybooks
from groundwork.drivers.playbook.protocol import HostChange
from groundwork.drivers.repository_host.fake import FakeRepositoryHost
from groundwork.drivers.vcenter.fake import FakeVCenter
from groundwork.drivers.vcenter.protocol import VCenter
from groundwork.errors import ConfigurationError
from groundwork.estate.estate import Estate
from groundwork.estate.load import load_estate
from groundwork.model.approval import OperationName
from groundwork.settings.load import load_settings
from groundwork.shell.clock import SystemClock
from tests.builders.machine_values import seen, template

INVENTORY = Path(__file__).parents[2] / "inventory"


@dataclass(frozen=True)
class Taichung:
    """The city with vCenters, hosts and repository hosts that are fakes; some of what is there is not as wanted."""

    settings: Path
    estate: Estate
    vcenters: dict[str, FakeVCenter]

    def propose(self, operation: str, request: object) -> str:
        known = operations(open_city(load_settings(self.settings, SECTIONS), lambda: self.estate))[operation]
        return fingerprint(known.codec.encode_plan(known.propose(request, lambda _line: None)))


@pytest.fixture(scope="module")
def estate() -> Estate:
    return load_estate(INVENTORY, "taichung")


@pytest.fixture
def city(estate: Estate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Taichung:
    (tmp_path / "settings.yaml").write_text("city: taichung\nstate: .\n", encoding="utf-8")
    vcenters = {
        site: FakeVCenter(clock=SystemClock(), site=site, networks=set(estate.networks)) for site in estate.sites
    }
    for number, machine in enumerate(wanted_machines(estate)):
        vcenters[machine.site].put(seen(machine, number), b"disk")
    for one in estate.templates.values():
        for site in one.sites:
            vcenters[site].put(template(one.name, one.disk_gib), b"disk")
    off = next(one for one in wanted_machines(estate) if one.powered_on)
    vcenters[off.site].set_power(off.name, on=False)
    vcenters[off.site].mark(off.name, text="")

    @contextmanager
    def opened(_self: City, site: str) -> Iterator[VCenter]:
        yield vcenters[site]

    lacking: dict[str, tuple[HostChange, ...]] = {
        host: (HostChange(host=host, role="baseline", task="set the time", diff="-\n+"),) for host in estate.hosts
    }
    monkeypatch.setattr(City, "vcenter", opened)
    monkeypatch.setattr(City, "playbooks", FakePlaybooks(lacking=lacking))
    monkeypatch.setattr(City, "repository_hosts", FakeRepositoryHost())
    monkeypatch.setattr(hosts, "host_needs", lambda _city: [])
    return Taichung(settings=tmp_path / "settings.yaml", estate=estate, vcenters=vcenters)


def document_of(city: Taichung, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, str]:
    capsys.readouterr()
    main([*words, "--json", "--settings", str(city.settings)])
    document: dict[str, str] = json.loads(capsys.readouterr().out)
    return document


@pytest.mark.parametrize(
    ("words", "operation", "request_"),
    [
        (("machines.plan",), "machines.apply", MachinesRequest()),
        (("machines.apply", "--only", "central"), "machines.apply", MachinesRequest(only=("central",))),
        (("hosts.plan",), "hosts.apply", HostsRequest()),
        (("hosts.apply", "--only", "repository"), "hosts.apply", HostsRequest(only=("repository",))),
        (("backup.prepare",), "backup.prepare", PrepareRequest()),
        (("backup.run", "--only", "tier:1"), "backup.run", BackupRequest(only=("tier:1",))),
        (("backup.replicate",), "backup.replicate", ReplicationRequest()),
    ],
    ids=lambda one: "-".join(one) if isinstance(one, tuple) else "",
)
def test_a_command_plans_what_a_direct_proposal_plans(
    city: Taichung, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], operation: str, request_: object
) -> None:
    document = document_of(city, capsys, *words)
    assert document["steps"], "a plan of nothing proves nothing"
    assert document["hash"] == city.propose(operation, request_)


def test_a_drill_is_proposed_alike_but_for_the_mark_of_its_own(
    city: Taichung, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(json.dumps(document_of(city, capsys, "drill.run", "central-lost", "--only", "payment")))
    mark = document["plan"]["waves"][0]["shares"][0]["tracks"][0]["steps"][0]["survey"]["mark"]
    request = DrillRequest(scenario="central-lost", only=("payment",), mark=mark)
    assert document["hash"] == city.propose("drill.run", request)


def test_a_request_of_something_else_is_another_plan(city: Taichung) -> None:
    assert city.propose("machines.apply", MachinesRequest(only=("nchc",))) != city.propose(
        "machines.apply", MachinesRequest()
    )


def test_every_operation_can_propose(city: Taichung) -> None:
    known = operations(open_city(load_settings(city.settings, SECTIONS), lambda: city.estate))
    assert {name for name, one in known.items() if one.propose is not cannot_propose} == set(get_args(OperationName))


def test_an_operation_that_was_wired_without_its_proposal_says_so() -> None:
    with pytest.raises(ConfigurationError, match="RemovalRequest"):
        cannot_propose(RemovalRequest(names=("x",)), lambda _line: None)
