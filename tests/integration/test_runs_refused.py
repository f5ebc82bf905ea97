from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from groundwork.change.outcome import StepOutcome, TrackOutcome
from groundwork.change.plan import Share
from groundwork.change.step import Step
from groundwork.change.walk import walk_share
from groundwork.errors import ConfigurationError, RefusedError
from groundwork.run import share_conductor
from groundwork.run.engine import open_engine
from groundwork.store.location import LedgerLocation
from tests.builders.toy_run import ToyOrder, toy_operation

ORDER = ToyOrder(sites={"central": ["a"]})


def test_a_plan_that_holds_a_secret_is_not_recorded(tmp_path: Path) -> None:
    operations = {"toy": toy_operation(tmp_path, ORDER)}
    with open_engine(operations, ledger=LedgerLocation(state=tmp_path), secrets=lambda: ["central-a-1-1"]) as engine:
        with pytest.raises(ConfigurationError, match="holds a secret"):
            engine.start(ORDER.plan(1), reason="a test", say=print)
        assert b"central-a-1-1" not in (tmp_path / "ledger.sqlite").read_bytes()


def test_a_run_without_a_reason_is_refused(tmp_path: Path) -> None:
    operations = {"toy": toy_operation(tmp_path, ORDER)}
    with (
        open_engine(operations, ledger=LedgerLocation(state=tmp_path)) as engine,
        pytest.raises(RefusedError, match="needs a reason"),
    ):
        engine.start(ORDER.plan(1), reason=" ", say=print)


def test_an_operation_that_is_not_known_is_reported(tmp_path: Path) -> None:
    with (
        open_engine({}, ledger=LedgerLocation(state=tmp_path)) as engine,
        pytest.raises(ConfigurationError, match="knows no operation 'toy'"),
    ):
        engine.start(ORDER.plan(1), reason="a test", say=print)


def test_a_run_at_its_end_is_neither_resumed_nor_cancelled(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    operations = {"toy": toy_operation(tmp_path, ORDER)}
    with open_engine(operations, ledger=LedgerLocation(state=tmp_path)) as engine:
        record = engine.start(ORDER.plan(1), reason="a test", say=print)
        assert record.status == "succeeded"
        with pytest.raises(RefusedError, match="is at its end"):
            engine.resume(record.id, say=print)
        with pytest.raises(RefusedError, match="has ended"):
            engine.cancel(record.id, reason="too late", say=print)


def test_a_share_that_broke_outside_its_steps_is_reported_and_takes_no_other_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "made").mkdir()
    two = ToyOrder(sites={"central": ["a"], "nchc": ["b"]})

    def walk(share: Share, perform: Callable[[Step], StepOutcome]) -> tuple[TrackOutcome, ...]:
        if share.site == "nchc":
            raise ZeroDivisionError
        return walk_share(share, perform)

    monkeypatch.setattr(share_conductor, "walk_share", walk)
    with open_engine({"toy": toy_operation(tmp_path, two)}, ledger=LedgerLocation(state=tmp_path)) as engine:
        record = engine.start(two.plan(1), reason="a test", say=print)
    assert (record.status, record.exit_code) == ("failed", 1)
    assert list(cast("dict[str, str]", record.summary["failed"])) == ["nchc-b-1-1"]
    assert [one.track for one in record.stages[0].not_begun] == ["nchc-b-1-1"]
    assert (tmp_path / "made" / "central-a-1-1").exists()
