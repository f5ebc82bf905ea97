"""What a person sees of a plan that has a window: rehearsed, started, and when the estate states another."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from invoke import Exit

from commands.command import Asked
from commands.conduct import conduct
from commands.wiring import products
from commands.wiring.city import City
from commands.wiring.product import Product
from groundwork.change.operation import Operation
from groundwork.errors import RefusedError
from groundwork.model.window import DAYS
from groundwork.shell.clock import SystemClock
from tests.builders.estate_files import CITY, FILES, write_city
from tests.builders.toy_run import ToyOrder, toy_operation

ORDER = ToyOrder(sites={"alpha": ["a"]})
DECIDED = replace(ORDER.plan(1), city=CITY, operation="hosts.apply")
ALWAYS = "mon-sun 00:00-24:00"


def closed_now() -> str:
    """A weekly time that is some days away."""
    return f"{DAYS[(SystemClock().now() + timedelta(days=3)).weekday()]} 12:00-13:00"


@dataclass(frozen=True)
class Office:
    """A city whose one operation has a window."""

    folder: Path

    def state(self, times: str) -> None:
        """Have the estate state other times."""
        stated = f"timezone: Asia/Taipei\nwindows:\n  - {{operation: hosts.apply, times: [{times}]}}\n"
        write_city(self.folder / "inventory", FILES | {"city.yaml": FILES["city.yaml"] + stated})

    def conduct(self, **how: Any) -> int:  # noqa: ANN401 - options of any type
        try:
            conduct(Asked(settings=str(self.folder / "settings.yaml"), **how), "hosts.apply", DECIDED)
        except Exit as ended:
            return int(ended.code)
        return 0


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    (tmp_path / "made").mkdir()
    (tmp_path / "settings.yaml").write_text(f"city: {CITY}\nstate: .\ninventory: inventory\n", encoding="utf-8")

    def operations(city: City) -> list[Operation[Any]]:
        toy = toy_operation(city.settings.state, ORDER)
        return [replace(toy, name="hosts.apply", propose=lambda decided, _say: decided)]

    monkeypatch.setattr(products, "PRODUCTS", (Product(name="toy", operations=operations),))
    return Office(folder=tmp_path)


def test_a_rehearsal_shows_the_window_and_says_when_it_opens(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.state(closed_now())
    assert office.conduct() == 2
    shown = capsys.readouterr()
    assert f"in its window: {closed_now()} (Asia/Taipei)" in " ".join(shown.out.split())
    assert f"carries it out, in its window, which opens next on {closed_now()[:3]} " in shown.err
    assert office.conduct(json=True) == 2
    assert json.loads(capsys.readouterr().out)["window"] == f"{closed_now()} (Asia/Taipei)"
    office.state(ALWAYS)
    assert office.conduct() == 2
    assert "carries it out, in its window, which is open now\n" in capsys.readouterr().err


def test_it_is_carried_out_in_its_window_or_in_an_emergency_and_the_run_says_so(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.state(closed_now())
    with pytest.raises(RefusedError, match=r"hosts\.apply may begin only in its window, .* which opens next on") as no:
        office.conduct(live=True, reason="a test")
    assert "--emergency" in no.value.hint
    assert list((office.folder / "made").iterdir()) == []
    assert office.conduct(live=True, reason="a test", emergency="water in the room") == 0
    assert "without waiting, as an emergency: water in the room" in capsys.readouterr().out
    (office.folder / "made" / "alpha-a-1-1").unlink()
    office.state(ALWAYS)
    assert office.conduct(live=True, reason="a test") == 0
    assert "emergency" not in capsys.readouterr().out


def test_a_saved_plan_keeps_its_window_and_is_refused_when_the_estate_states_another(office: Office) -> None:
    office.state(closed_now())
    plan = str(office.folder / "plan.json")
    assert office.conduct(out=plan) == 2
    assert office.conduct(plan=plan) == 2
    office.state(ALWAYS)
    with pytest.raises(
        RefusedError, match=rf"is for the window {closed_now()} .* and the estate states the window mon"
    ):
        office.conduct(plan=plan, live=True, reason="a test")
    write_city(office.folder / "inventory", FILES)
    with pytest.raises(RefusedError, match="and the estate states no window by now"):
        office.conduct(plan=plan)
