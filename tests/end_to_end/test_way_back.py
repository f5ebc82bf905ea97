"""A host of the lab takes a change back by itself: systemd's timer under the suite that every way back must pass."""

from collections.abc import Callable

import pytest

from groundwork.drivers.way_back.systemd import FOLDER, HostWayBack
from groundwork.shell.clock import SystemClock
from groundwork.shell.command import LocalCommands
from tests.builders.standing_lab import StandingLab
from tests.builders.way_back_contract import CONTRACT, End, Rig

VALUE = "/run/way-back-value"


@pytest.mark.parametrize("holds", CONTRACT, ids=lambda one: one.__name__)
def test_a_hosts_way_back(holds: Callable[[Rig], End], lab: StandingLab) -> None:
    host = next(iter(lab.parts.hosts))
    shell, commands = lab.host_shell(host), LocalCommands()

    def on_host(words: str) -> str:
        return lab.on_host(host, words).stdout.strip()

    def write(value: str) -> None:
        on_host(f"echo {value!r} > {VALUE}")

    def way(name: str) -> HostWayBack:
        keep, back = f'cp {VALUE} "$BEFORE/value"', f'cp "$BEFORE/value" {VALUE}'
        return HostWayBack(shell, name=f"test-{name}", keep=keep, back=back, commands=commands)

    on_host(f"rm -rf {FOLDER}/test-*; systemctl stop 'cityops-back-test-*.timer'; echo old > {VALUE}")
    rig = Rig(
        way=way,
        read=lambda: on_host(f"cat {VALUE}"),
        write=write,
        wait=SystemClock().sleep,
    )
    assert holds(rig) == CONTRACT[holds]


def test_a_host_that_lost_its_timer_goes_back_when_it_is_asked(lab: StandingLab) -> None:
    """As after a restart: a transient timer does not outlive it, what was noted does."""
    host = next(iter(lab.parts.hosts))
    shell = lab.host_shell(host)
    way = HostWayBack(shell, name="test-lost", keep="true", back=f"echo old > {VALUE}", commands=LocalCommands())
    lab.on_host(host, f"rm -rf {FOLDER}/test-lost; echo new > {VALUE}")
    way.arm(seconds=600)
    lab.on_host(host, "systemctl stop cityops-back-test-lost.timer")
    assert way.confirm() == "went-back"
    assert lab.on_host(host, f"cat {VALUE}").stdout.strip() == "old"
