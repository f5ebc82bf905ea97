"""What approvals can be asked for, and of what."""

from datetime import timedelta
from pathlib import Path
from typing import Literal, get_args

import pytest

from commands.command import Asked
from commands.wiring.products import PRODUCTS
from dr_drills.plan import plan_drill
from groundwork.change.approval import NO_APPROVAL, Requirement
from groundwork.model.approval import OperationName
from groundwork.model.drill import DrillScenario

ASKED = Requirement(count=2, roles=("board",))


def settings_in(folder: Path) -> Path:
    path = folder / "settings.yaml"
    path.write_text("city: taichung\nstate: .\n", encoding="utf-8")
    return path


def test_the_estate_can_ask_of_every_operation_and_of_no_other(tmp_path: Path) -> None:
    assert set(get_args(OperationName)) == set(Asked(settings=str(settings_in(tmp_path))).context.operations)


def test_products_say_what_operations_need_that_there_are(tmp_path: Path) -> None:
    known = Asked(settings=str(settings_in(tmp_path))).context.operations
    assert {name for product in PRODUCTS for name in product.needs} - known.keys() == set()


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
    assert Asked(settings=str(settings_in(tmp_path))).context.operations["drill.run"].approvals(plan, ASKED) == asked
