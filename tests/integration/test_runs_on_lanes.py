import signal
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from groundwork.run.engine import open_engine
from groundwork.run.launch import launched as launch
from groundwork.run.ledger import Ledger
from groundwork.run.record import RunRecord
from groundwork.store.location import LedgerLocation
from tests.builders.torture import some_of
from tests.builders.toy_program import ToyProgram, wait_until
from tests.builders.toy_run import ToyOrder, toy_operation

NAMES = [chr(ord("a") + number) for number in range(12)]
NEEDS = {"i": ["a"], "j": ["a", "b"], "k": ["i", "c"], "l": ["k"]}
LANES = 8
STEPS = len(NAMES) * 2


def order(**how: object) -> ToyOrder:
    wanted: dict[str, object] = {"sites": {"central": NAMES}, "lanes": LANES, "steps": 2, "needs": NEEDS, **how}
    return ToyOrder(**wanted)  # type: ignore[arg-type]  # each test names fields of ToyOrder


def whole(names: list[str] = NAMES) -> list[str]:
    return sorted(f"central-{name}-1-1{step}" for name in names for step in ("", "-2"))


def ended(record: RunRecord) -> list[str]:
    return [step.target.rpartition("/")[2] for stage in record.stages for step in stage.steps]


def assert_needs_were_met(done: list[str]) -> None:
    for name, needed in NEEDS.items():
        for one in needed:
            assert done.index(f"central-{one}-1-1-2") < done.index(f"central-{name}-1-1"), (name, one)


@pytest.mark.parametrize("number", some_of(range(1, STEPS + 1), 8, 19))
@pytest.mark.parametrize("moment", ["kill_before", "kill_after"])
def test_lanes_killed_in_any_step_go_on_with_nothing_made_twice(tmp_path: Path, number: int, moment: str) -> None:
    toy = ToyProgram(tmp_path, order(**{moment: number}))
    assert toy.run("start").exit_code == -signal.SIGKILL
    killed = toy.only_record()
    before = ended(killed)
    done = toy.run("resume", killed.id)
    assert done.exit_code == 0, done.stderr
    assert sorted(toy.making()) == toy.made() == whole()
    record = toy.only_record()
    assert (record.status, record.stages[0].not_begun) == ("succeeded", ())
    assert sorted(ended(record)) == whole()
    assert ended(record)[: len(before)] == before, "what was recorded stays as it was"
    assert_needs_were_met(ended(record))
    again = sum(step.attempts > 1 for stage in record.stages for step in stage.steps)
    assert 1 <= again <= LANES
    begun = toy.begun()
    assert len(begun) - len(set(begun)) <= LANES, "only the steps in flight were begun again"


def test_what_a_kill_left_is_queued_again_before_anybody_listens_to_the_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is queued still would else be begun twice: when the engine begins to listen, and when it is queued again."""
    asked = order(kill_before=3)
    toy = ToyProgram(tmp_path, asked)
    toy.run("start")
    acts: list[str] = []
    queue_again = Ledger.queue_again

    def queued(ledger: Ledger, workflow_ids: tuple[str, ...], queue: str) -> None:
        acts.append("queued again")
        queue_again(ledger, workflow_ids, queue)

    def launched(location: LedgerLocation, *, executor: str, queues: list[str]) -> AbstractContextManager[None]:
        acts.append("launched")
        return launch(location, executor=executor, queues=queues)

    monkeypatch.setattr(Ledger, "queue_again", queued)
    monkeypatch.setattr("groundwork.run.runner.launched", launched)
    with open_engine({"toy": toy_operation(tmp_path, asked)}, ledger=LedgerLocation(state=tmp_path)) as engine:
        record = engine.resume(toy.only_record().id, say=print)
    assert (record.status, acts) == ("succeeded", ["queued again", "launched"])


@pytest.mark.parametrize("number", some_of((5, 14, 22), 14))
def test_lanes_that_were_killed_are_taken_back_newest_first(tmp_path: Path, number: int) -> None:
    toy = ToyProgram(tmp_path, order(kill_after=number))
    assert toy.run("start").exit_code == -signal.SIGKILL
    before = ended(toy.only_record())
    assert toy.run("cancel", toy.only_record().id).exit_code == 0
    assert toy.made() == []
    erased = toy.erasing()
    assert [name for name in erased if name in before] == before[::-1]
    assert set(toy.making()) <= set(erased), "the steps in flight too"
    for name, needed in NEEDS.items():
        for one in needed:
            if f"central-{name}-1-1" in erased:
                assert erased.index(f"central-{name}-1-1") < erased.index(f"central-{one}-1-1-2")


def test_lanes_killed_twice_and_their_undo_killed_leave_nothing(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, order(kill_before=9))
    toy.run("start")
    (tmp_path / "died").unlink()
    toy = ToyProgram(tmp_path, order(kill_before=24))
    run_id = toy.only_record().id
    assert toy.run("resume", run_id).exit_code == -signal.SIGKILL
    assert len(set(toy.making())) == len(toy.making())
    held = toy.hold("central-a-1-1-erased")
    undo = toy.start("cancel", run_id)
    wait_until("the undo works", lambda: "central-a-1-1" in toy.erasing())
    undo.signal(signal.SIGKILL)
    undo.wait()
    held.unlink()
    assert toy.run("cancel", run_id).exit_code == 0
    assert toy.made() == []
    toy.close()


def test_ctrl_c_stops_every_lane_at_its_step_boundary(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, order())
    held = [toy.hold(f"central-{name}-1-1") for name in NAMES[:LANES]]
    process = toy.start("start")
    wait_until("all lanes work", lambda: len(toy.begun()) == LANES)
    process.signal(signal.SIGINT)
    for one in held:
        one.unlink()
    assert process.wait().exit_code == 7
    assert len(toy.making()) == LANES
    record = toy.only_record()
    assert [one.track for one in record.stages[0].not_begun] == [f"central-{name}-1-1" for name in NAMES[LANES:]]
    assert toy.run("resume", record.id).exit_code == 0
    assert sorted(toy.making()) == whole()
    assert [step.attempts for stage in toy.only_record().stages for step in stage.steps] == [1] * STEPS
    toy.close()


def test_a_living_run_is_cancelled_on_all_its_lanes(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, order())
    held = [toy.hold(f"central-{name}-1-1") for name in NAMES[:LANES]]
    process = toy.start("start")
    wait_until("all lanes work", lambda: len(toy.begun()) == LANES)
    run_id = toy.only_record().id
    canceller = toy.start("cancel", run_id)
    wait_until("it is cancelled", lambda: toy.records()[-1].cancel_reason is not None)
    for one in held:
        one.unlink()
    done = canceller.wait()
    assert done.exit_code == 0, done.stderr
    assert process.wait().exit_code == 99
    assert (len(toy.making()), toy.made()) == (LANES, [])
    toy.close()


def test_what_needs_a_failed_track_is_not_begun_and_the_record_says_why(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, order(broken=["central-a-1-1-2"]))
    assert toy.run("start").exit_code == 5
    assert toy.made() == sorted({*whole([name for name in NAMES[:8] if name != "a"]), "central-a-1-1"})
    record = toy.only_record()
    assert [(one.track, one.reason) for one in record.stages[0].not_begun] == [
        ("central-i-1-1", "it needs central-a-1-1, which failed"),
        ("central-j-1-1", "it needs central-a-1-1, which failed"),
        ("central-k-1-1", "it needs central-i-1-1, which was not begun"),
        ("central-l-1-1", "it needs central-k-1-1, which was not begun"),
    ]
    listed = record.summary["not_begun"]
    assert isinstance(listed, list)
    assert listed[0] == "central: central-i-1-1 (it needs central-a-1-1, which failed)"


def test_a_cap_holds_however_many_lanes_there_are(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, order(cap=3, steps=1))
    held = [toy.hold(f"central-{name}-1-1") for name in NAMES]
    process = toy.start("start")
    wait_until("three work", lambda: len(toy.begun()) == 3)
    for one in held:
        assert len(toy.begun()) - len(toy.made()) <= 3
        one.unlink()
    assert process.wait().exit_code == 0
    assert sorted(toy.making()) == sorted(f"central-{name}-1-1" for name in NAMES)
    toy.close()


@pytest.mark.parametrize("lanes", [1, 8])
def test_a_track_that_fails_takes_itself_back_and_only_itself(tmp_path: Path, lanes: int) -> None:
    toy = ToyProgram(tmp_path, order(broken=["central-a-1-1-2"], roll_back=True, needs={}, lanes=lanes))
    assert toy.run("start").exit_code == 5
    assert toy.made() == whole(NAMES[1:])
    steps = [step for stage in toy.only_record().stages for step in stage.steps if "central-a-" in step.target]
    assert [(step.description, step.rolls_back, step.failure is None) for step in steps] == [
        ("write central-a-1-1", False, True),
        ("write central-a-1-1-2", False, False),
        ("erase central-a-1-1-2", True, True),
        ("erase central-a-1-1", True, True),
    ]


def test_a_track_killed_while_it_takes_itself_back_goes_on_doing_so(tmp_path: Path) -> None:
    toy = ToyProgram(tmp_path, order(broken=["central-a-1-1-2"], roll_back=True, needs={}))
    held = toy.hold("central-a-1-1-erased")
    process = toy.start("start")
    wait_until("it goes back", lambda: "central-a-1-1" in toy.erasing())
    process.signal(signal.SIGKILL)
    process.wait()
    held.unlink()
    assert toy.run("resume", toy.only_record().id).exit_code == 5
    assert toy.made() == whole(NAMES[1:])
    assert sorted(toy.making()) == sorted([*whole(NAMES[1:]), "central-a-1-1"])
    toy.close()
