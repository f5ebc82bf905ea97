from pathlib import Path

import pytest

from backup.model import BackupStep
from dr_drills.report import render_markdown
from exporters.sources import BackupFacts, DrillFacts, HopFacts
from groundwork.change.codec import StepCodec
from groundwork.change.plan import Plan
from groundwork.errors import RefusedError
from groundwork.run.engine import Engine, open_engine
from groundwork.run.ledger import Ledger, inputs_of, open_ledger
from groundwork.run.reading import read_begun
from groundwork.run.record import RunRecord
from groundwork.run.undo import plan_undo
from tests.builders.estate_values import small_estate
from tests.builders.old_ledger import CANCELLED, INTERRUPTED, lay_down_old_ledger
from tests.builders.toy_run import ToyOrder, toy_operation


def runs_of(state: Path) -> list[RunRecord]:
    with open_ledger(lay_down_old_ledger(state)) as ledger:
        return [ledger.read_run(one.id) for one in ledger.list_runs()]


def test_every_run_of_an_old_ledger_is_still_listed_and_shown(tmp_path: Path) -> None:
    runs = runs_of(tmp_path)
    assert [(run.operation, run.status, run.exit_code) for run in runs] == [
        ("drill.run", "succeeded", 0),
        ("backup.replicate", "succeeded", 0),
        ("backup.run", "succeeded", 0),
        ("toy", "interrupted", None),
        ("toy", "succeeded", 0),
        ("toy", "cancelled", None),
        ("toy", "failed", 5),
        ("toy", "succeeded", 0),
    ]
    assert {run.version for run in runs} == {"1"}
    assert [(run.undo_of, run.undone_by) for run in runs[4:6]] == [
        (CANCELLED, None),
        (None, f"{CANCELLED}-undo"),
    ]
    kinds = {step.kind for run in runs for stage in run.stages for step in stage.steps}
    assert {"toy.write", "backup.store-point", "backup.pull", "drill.restore-machine", "drill.prove-clean"} <= kinds
    assert all(step.description and step.ended for run in runs for stage in run.stages for step in stage.steps)


def test_the_report_of_an_old_drill_is_rendered_again(tmp_path: Path) -> None:
    assert "**passed" in render_markdown(runs_of(tmp_path)[0], "en")


def test_the_metrics_read_an_old_ledger(tmp_path: Path) -> None:
    estate = small_estate()
    with open_ledger(lay_down_old_ledger(tmp_path)) as ledger:
        assert all(one.last_success for one in BackupFacts().read(ledger, estate) if one.site == "alpha")
        assert all(hop.last_success for hop in HopFacts().read(ledger, estate))
        assert all(one.last_passed for one in DrillFacts().read(ledger, estate))


def test_the_kinds_as_they_were_once_written_say_the_same(tmp_path: Path) -> None:
    said = []
    for kinds_of_today in (False, True):
        state = tmp_path / str(kinds_of_today)
        state.mkdir()
        with open_ledger(lay_down_old_ledger(state, kinds_of_today=kinds_of_today)) as ledger:
            runs = [ledger.read_run(one.id) for one in ledger.list_runs()]
            facts = [one.read(ledger, small_estate()) for one in (BackupFacts(), HopFacts(), DrillFacts())]
            undo = undo_of_backup(ledger, runs[2].id)
        said.append((runs, render_markdown(runs[0], "en"), facts, undo))
    assert said[0] == said[1]
    assert [step.kind for _, _, _, step in undo.steps()] == ["backup.remove-snapshot"] * 2


def undo_of_backup(ledger: Ledger, run: str) -> Plan:
    codec = StepCodec(BackupStep)
    begun = [
        read_begun(rows, codec.decode_share(inputs_of(rows.row)["share"]))
        for rows in ledger.share_rows(run, load_input=True)
    ]
    return plan_undo(codec.decode_plan(inputs_of(ledger.row(run))["plan"]), begun, locks=())


def gone_on_with(engine: Engine, act: str) -> None:
    if act == "resume":
        engine.resume(INTERRUPTED, say=print)
    else:
        engine.cancel(INTERRUPTED, reason="a test", say=print)


def test_a_run_of_another_version_that_ended_is_not_undone(tmp_path: Path) -> None:
    location = lay_down_old_ledger(tmp_path)
    operations = {"toy": toy_operation(tmp_path, ToyOrder(sites={"central": ["a"]}))}
    with open_ledger(location) as ledger:
        ended = [one.id for one in ledger.list_runs() if one.status in ("failed", "succeeded") and not one.undo_of]
    with open_engine(operations, ledger=location) as engine:
        for run in ended:
            with pytest.raises(RefusedError, match=r"version 1, and ours are of version 2: .* undone") as said:
                engine.undo(run, reason="a test", say=print)
            assert "checkout of that version" in said.value.hint
        with pytest.raises(RefusedError, match=f"run {CANCELLED} was cancelled"):
            engine.undo(CANCELLED, reason="a test", say=print)


@pytest.mark.parametrize("act", ["resume", "cancel"])
def test_a_run_of_another_version_is_refused_with_what_to_do(tmp_path: Path, act: str) -> None:
    location = lay_down_old_ledger(tmp_path)
    operations = {"toy": toy_operation(tmp_path, ToyOrder(sites={"central": ["a"]}))}
    with (
        open_engine(operations, ledger=location) as engine,
        pytest.raises(RefusedError, match=f"runs are of version 1, and ours are of version 2: .* {act}") as said,
    ):
        gone_on_with(engine, act)
    assert "checkout of that version" in said.value.hint
    with open_ledger(location) as ledger:
        assert ledger.read_run(INTERRUPTED).status == "interrupted"
