"""One suite for every way back; systemd's runs on a host of the lab (tests/end_to_end/test_way_back.py)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from groundwork.drivers.way_back.fake import FakeTarget, FakeWayBack
from groundwork.shell.clock import SystemClock
from tests.builders.hand_clock import HandClock
from tests.builders.toy_target import ToyTarget
from tests.builders.way_back_contract import CONTRACT, End, Rig


def fake_rig(_folder: Path) -> Rig:
    clock = HandClock()
    target = FakeTarget(clock=clock)

    def read() -> str:
        for name in list(target.trials):  # what its timers did by now
            FakeWayBack(target, name=name).read()
        return target.value

    return Rig(
        way=lambda name: FakeWayBack(target, name=name),
        read=read,
        write=lambda value: setattr(target, "value", value),
        wait=clock.sleep,
    )


def process_rig(folder: Path) -> Rig:
    value = folder / "value"
    value.write_text("old", encoding="utf-8")
    return Rig(
        way=lambda name: ToyTarget(folder, name=name),
        read=lambda: value.read_text(encoding="utf-8"),
        write=lambda new: void(value.write_text(new, encoding="utf-8")),
        wait=SystemClock().sleep,
    )


def void(_result: object) -> None:
    return None


@pytest.mark.parametrize("rig", [fake_rig, process_rig])
@pytest.mark.parametrize("holds", CONTRACT, ids=lambda one: one.__name__)
def test_a_way_back(holds: Callable[[Rig], End], rig: Callable[[Path], Rig], tmp_path: Path) -> None:
    assert holds(rig(tmp_path)) == CONTRACT[holds]
