import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from invoke import Exit

from commands.checkout import ROOT
from commands.command import Asked
from commands.conduct import conduct
from commands.context import answer
from commands.run_tables import runs_table
from commands.wiring import products
from commands.wiring.city import City
from commands.wiring.product import Product
from groundwork.change.operation import Operation
from groundwork.change.plan import Plan, Unread
from groundwork.errors import RefusedError
from groundwork.estate.estate import Estate
from groundwork.settings.settings import Settings
from groundwork.shell.command import Completed, LocalCommands
from groundwork.shell.login import login
from tests.builders.own_process import own_environment
from tests.builders.toy_program import ToyProgram
from tests.builders.toy_run import ToyOrder, toy_operation
from tests.builders.toy_steps import plan
from tests.builders.warm_python import warm_argv

ORDER = ToyOrder(sites={"central": ["a", "b"]})


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A city whose one operation is the toy's; its settings file."""
    (tmp_path / "made").mkdir()
    path = tmp_path / "settings.yaml"
    path.write_text("city: taichung\nstate: .\n", encoding="utf-8")

    def operations(city: City) -> list[Operation[Any]]:
        return [replace(toy_operation(city.settings.state, ORDER), propose=lambda wanted, _say: wanted)]

    monkeypatch.setattr(products, "PRODUCTS", (Product(name="toy", operations=operations),))
    return path


def inv(*arguments: str) -> Completed:
    return LocalCommands().run(
        warm_argv("-m", "commands", *arguments),
        timeout_seconds=120,
        environment=own_environment(),
        check=False,
    )


def worker(settings: Path) -> Completed:
    settings.write_text("city: taichung\nstate: .\n", encoding="utf-8")
    return inv("worker.serve", "--site", "central", "--settings", str(settings))


def conducted(city: Path, wanted: Plan, *, live: bool = False, reason: str = "", **how: str) -> int:
    """The exit code with which a plan's conduct ends."""
    try:
        conduct(Asked(settings=str(city), live=live, reason=reason, json=True, **how), "toy", wanted)
    except Exit as ended:
        return int(ended.code)
    return 0


def test_a_rehearsal_prints_one_document_touches_nothing_and_ends_with_two(
    city: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert conducted(city, ORDER.plan(1)) == 2
    document = json.loads(capsys.readouterr().out)
    assert [step["description"] for step in document["steps"]] == ["write central-a-1-1", "write central-b-1-1"]
    assert document["steps"][0]["undo"] == "erase central-a-1-1"
    assert len(document["hash"]) == 64
    assert not (city.parent / "ledger.sqlite").exists()


def test_a_rehearsal_with_nothing_to_do_ends_with_zero(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert conducted(city, plan()) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == []


def test_a_live_run_without_a_reason_is_refused(city: Path) -> None:
    with pytest.raises(RefusedError, match="a run needs a reason"):
        conducted(city, ORDER.plan(1), live=True)


def test_a_live_run_prints_its_record(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert conducted(city, ORDER.plan(1), live=True, reason="a test") == 0
    reported = capsys.readouterr()
    document = json.loads(reported.out)
    assert (document["status"], document["reason"]) == ("succeeded", "a test")
    assert document["started_by"] == login()
    assert [step["description"] for step in document["stages"][0]["steps"]] == [
        "write central-a-1-1",
        "write central-b-1-1",
    ]
    assert "central: write central-a-1-1 (" in reported.err


def test_a_saved_plan_is_carried_out_unless_its_base_has_moved_or_it_was_changed(city: Path) -> None:
    saved = city.parent / "plan.json"
    assert conducted(city, ORDER.plan(1), out=str(saved)) == 2
    assert conducted(city, ORDER.plan(1), live=True, reason="reviewed", plan=str(saved)) == 0
    moved = Plan(operation="toy", city="testville", title="toy", basis="1" * 64, locks=(), waves=())
    with pytest.raises(RefusedError, match="was based on has moved"):
        conducted(city, moved, plan=str(saved))
    saved.write_text(saved.read_text(encoding="utf-8").replace("central-a", "central-z"), encoding="utf-8")
    with pytest.raises(RefusedError, match="was changed after it was saved"):
        conducted(city, ORDER.plan(1), plan=str(saved))


def test_what_could_not_be_read_is_left_out_and_reported_and_the_rest_goes_on(
    city: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    down = Unread(source="nchc", message="nchc does not answer", hint="look at the road", exit_code=5)
    wanted = replace(ORDER.plan(1), unread=(down,))
    assert conducted(city, wanted) == 5
    shown = capsys.readouterr()
    assert "left out, nchc: nchc does not answer" in shown.err
    assert json.loads(shown.out)["unread"] == {"nchc": "nchc does not answer"}
    assert conducted(city, wanted, live=True, reason="nightly") == 5
    record = json.loads(capsys.readouterr().out)
    assert (record["status"], record["exit_code"]) == ("failed", 5)
    assert record["summary"]["unread"] == {"nchc": "nchc does not answer"}
    assert sorted(path.name for path in (city.parent / "made").iterdir()) == ["central-a-1-1", "central-b-1-1"]
    nothing = replace(plan(), unread=(down,))
    assert conducted(city, nothing, live=True, reason="nightly") == 5


def test_runs_are_listed_and_shown(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, ORDER)
    assert toy.run("start").exit_code == 0
    settings = tmp_path / "settings.yaml"
    settings.write_text(f"city: taichung\nstate: {tmp_path}\n", encoding="utf-8")
    listed = json.loads(inv("runs.list", "--json", "--settings", str(settings)).stdout)
    assert [(one["operation"], one["status"], one["reason"]) for one in listed] == [("toy", "succeeded", "a test")]
    shown = inv("runs.show", listed[0]["id"], "--settings", str(settings))
    assert shown.exit_code == 0
    assert "write central-b-1-1" in shown.stdout


def test_words_in_brackets_are_shown_as_they_are(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = Asked(settings=str(city), live=True, reason="see [/ticket] [red]42")
    conduct(asked, "toy", ORDER.plan(1))
    with asked.context.open_ledger() as ledger:
        answer([], lambda: runs_table(ledger.list_runs()), as_json=False)
    assert capsys.readouterr().out.count("see [/ticket] [red]42") == 2


def test_a_run_that_is_not_there_and_a_cancel_without_a_reason_are_refused(tmp_path: Path) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("city: testville\nstate: .\n", encoding="utf-8")
    missing = inv("runs.show", "no-such-run", "--settings", str(settings))
    assert (missing.exit_code, "the ledger has no run no-such-run" in missing.stderr) == (1, True)
    assert inv("runs.cancel", "no-such-run", "--settings", str(settings)).exit_code == 3
    assert json.loads(inv("runs.list", "--json", "--settings", str(settings)).stdout) == []
    assert inv("runs.list", "--settings", str(settings)).stdout == "no runs\n"
    assert inv("runs.list", "--limit", "0", "--settings", str(settings)).exit_code == 1
    assert "needs a ledger on PostgreSQL" in worker(settings).stderr


def no_estate() -> Estate:
    raise AssertionError("nothing was asked that the estate would say")


def test_a_city_needs_no_settings_but_those_of_what_a_command_touches(tmp_path: Path) -> None:
    bare = Settings(file=tmp_path / "settings.yaml", city="taichung", inventory=ROOT / "inventory", state=tmp_path)
    known = products.operations(products.open_city(bare, no_estate))
    assert {"machines.apply", "backup.replicate", "drill.run"} <= set(known)
