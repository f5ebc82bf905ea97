"""The road in the lab, as a person would type it: mend, configure, back up, replicate twice, lose central, recover."""

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from commands.checkout import ROOT
from groundwork.drivers.probe.direct import DirectReach
from groundwork.drivers.probe.service_probes import ServiceProbes
from groundwork.model.service import Probe, SshLogin
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from lab.guests import boots
from tests.builders.killed_command import kill_when
from tests.builders.standing_lab import LIVE, StandingLab

PROBES = ServiceProbes(
    DirectReach(commands=LocalCommands(), user="root", key_file=Path("/nonexistent")), clock=SystemClock()
)
T = TypeVar("T")

CENTRAL_WEB = "shiminpass-web-01"


def test_machines_are_mended_and_the_second_look_has_nothing_to_do(mended: StandingLab) -> None:
    assert mended.done("machines.plan", "--json")["steps"] == []


def test_a_clone_of_the_template_boots_and_shows_its_databases_record(mended: StandingLab) -> None:
    missing = mended.done("lab.status", "--name", mended.parts.folders.lab, "--json")["planted"]
    clone = next(one["machine"] for one in missing if boots(mended.parts.estate.machines[one["machine"]]))
    machine = mended.parts.estate.machines[clone]
    assert mended.inside(lambda: is_seen(machine.address, f"{machine.database}-record"))


def test_a_second_replication_brings_nothing(copied: StandingLab) -> None:
    pulls = copied.done("backup.replicate", *LIVE)["summary"]["pulls"]
    assert [pull["files"] for pull in pulls] == [0, 0]


def test_central_is_lost_and_its_services_come_back_from_the_farthest_copy(copied: StandingLab) -> None:
    before = copied.done("machines.plan", "--json")["basis"]

    record = copied.done("drill.run", "central-lost", *LIVE)

    summary = record["summary"]
    assert summary["result"] == "passed"
    assert {one["service"] for one in summary["recoveries"]} == {"shiminpass", "payment", "hotline-1999"}
    assert summary["leftovers"] == []
    assert copied.done("machines.plan", "--json")["basis"] == before
    report = copied.done("drill.report", "--json")
    text = Path(report["files"][0]).read_text(encoding="utf-8")
    assert "**通過" in text
    assert "| 喪失之機房 | central |" in text
    web = copied.parts.estate.machines[CENTRAL_WEB]
    assert copied.inside(lambda: is_seen(web.address, f"{web.database}-record"))


@pytest.mark.parametrize(
    ("arguments", "reported"),
    [
        pytest.param(("hosts.apply", "--only", "repo-nchc"), "configuring", marks=pytest.mark.torture),
        pytest.param(("backup.run", "--only", "shiminpass"), "storing", marks=pytest.mark.torture),
        (("drill.run", "central-lost"), "restoring"),
    ],
)
def test_a_command_killed_in_the_middle_is_resumed_to_its_end(
    copied: StandingLab, dice: random.Random, arguments: tuple[str, ...], reported: str
) -> None:
    if arguments[0] == "hosts.apply":
        copied.on_host("repo-nchc", "systemctl stop repository && rm /etc/systemd/system/repository.service")
    kill_when(copied, (*arguments, *LIVE), reported, after=lambda: SystemClock().sleep(dice.uniform(0.0, 1.0)))
    run = next(one for one in copied.done("runs.list", "--json") if one["operation"] == arguments[0])
    assert run["status"] == "interrupted"
    assert at_work(copied) == ""

    ended = copied.done("runs.resume", run["id"], "--json")

    assert ended["exit_code"] == 0
    assert copied.done("machines.plan", "--json")["steps"] == []


def test_a_leak_after_power_on_stops_the_drill_and_powers_its_machines_off_within_five_seconds(
    copied: StandingLab,
) -> None:
    site = copied.parts.layout.sites["nchc"]
    argv = [sys.executable, "-P", "-m", "commands", "drill.run", "central-lost", "--only", "hotline-1999", *LIVE]
    environment = {"CITYOPS_LAB": copied.parts.folders.lab, "PYTHONPATH": str(ROOT)}
    with LocalCommands().start(argv, environment=environment) as command:
        bubble = wait_for(lambda: next(iter(drilled(site.namespace)), ""), seconds=240)
        switch(site.namespace, "link", "add", "leak0", "type", "veth", "peer", "leak1")
        try:
            for port, bridge in (("leak0", site.bridges[1].name), ("leak1", bubble)):
                switch(site.namespace, "link", "set", port, "master", bridge, "up")
            assert wait_for(lambda: not drilled(site.namespace), seconds=5)
            record = json.loads(command.stdout.read())
        finally:
            switch(site.namespace, "link", "delete", "leak0")
        assert command.wait(timeout_seconds=60).exit_code == 6
    assert (record["summary"]["result"], record["summary"]["isolated"]) == ("failed", False)
    assert "was heard" in json.dumps(record)


def drilled(namespace: str) -> list[str]:
    """The bridge of each guest that runs in a drill's bubble."""
    links = json.loads(switch(namespace, "-json", "link", "show"))
    masters = [link.get("master", "") for link in links if link["ifname"].startswith("tap-")]
    return [master for master in masters if master.startswith("pg-")]


def switch(namespace: str, *words: str) -> str:
    """What ip(8) says at a site's switch."""
    return LocalCommands().run(["ip", "-n", namespace, *words], timeout_seconds=10).stdout


def wait_for(read: Callable[[], T], *, seconds: float) -> T:
    """What the reading gives as soon as it gives something, else what it gave last."""
    clock = SystemClock()
    deadline = clock.monotonic() + seconds
    while not (seen := read()) and clock.monotonic() < deadline:
        clock.sleep(0.1)
    return seen


def at_work(lab: StandingLab) -> str:
    """The processes that still work from the control namespace, five seconds after a kill at the latest."""
    clock = SystemClock()
    deadline = clock.monotonic() + 5
    pids = ["ip", "netns", "pids", lab.parts.layout.control]
    while (left := LocalCommands().run(pids, timeout_seconds=10).stdout) and clock.monotonic() < deadline:
        clock.sleep(0.1)
    return left


def is_seen(address: str, text: str) -> bool:
    """True once the page there holds the text; False when it does not within a minute."""
    clock = SystemClock()
    deadline = clock.monotonic() + 60
    probe = Probe(machine="web", kind="http", port=80, contains=text)
    while not PROBES.probe(probe, address=address, login=SshLogin()).ok:
        if clock.monotonic() > deadline:
            return False
        clock.sleep(0.5)
    return True
