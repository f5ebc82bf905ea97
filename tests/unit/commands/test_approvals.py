"""What approvals can be asked for, and of what."""

from datetime import timedelta
from pathlib import Path
from typing import Literal, get_args

import pytest

from commands.wiring import operations
from dr_drills.plan import plan_drill
from groundwork.change.approval import NO_APPROVAL, Requirement
from groundwork.model.approval import OperationName
from groundwork.model.drill import DrillScenario
from groundwork.settings.load import load_settings

ASKED = Requirement(count=2, roles=("board",))


def settings_in(folder: Path) -> Path:
    path = folder / "settings.yaml"
    path.write_text("city: taichung\nstate: .\n", encoding="utf-8")
    return path


def test_the_estate_can_ask_of_every_operation_and_of_no_other(tmp_path: Path) -> None:
    assert set(get_args(OperationName)) == set(operations(load_settings(settings_in(tmp_path))))


@pytest.mark.parametrize(("loss", "asked"), [("cut", ASKED), ("assumed", NO_APPROVAL)])
def test_a_drill_asks_when_it_cuts_its_site(
    tmp_path: Path, loss: Literal["cut", "assumed"], asked: Requirement
) -> None:
    scenario = DrillScenario(
        name="lost",
        title_zh="",
        title_en="",
        lost_site="a",
        recovery_site="b",
        services=("s",),
        every=timedelta(days=91),
        loss=loss,
    )
    plan = plan_drill(scenario, city="taichung", mark="1", basis="")
    assert operations(load_settings(settings_in(tmp_path)))["drill.run"].approvals(plan, ASKED) == asked
