"""Which files are moved to quarantine, and moving them."""

from collections.abc import Mapping

import pytest

from backup.quarantine.apply import find_refused, quarantine_operation
from backup.quarantine.model import PutBackFiles, QuarantineFiles
from backup.quarantine.plan import plan_quarantine
from groundwork.change.plan import Plan
from groundwork.drivers.repository_host.fake import FakeRepositoryHost
from groundwork.errors import UsageError
from tests.builders.estate_values import small_estate
from tests.builders.run_in_memory import RunInMemory

WRONG = {"index/77": "the city's key does not open it", "data/aa/aa": "its SHA-256 is not its name"}


def hosts() -> FakeRepositoryHost:
    """Alpha bears two files that are wrong; beta, which copies from alpha, refused one of them and a third."""
    return FakeRepositoryHost(
        sites=("alpha", "beta", "gamma"),
        wrong={"alpha": dict(WRONG)},
        refused={"beta": {"index/77": "foreign: no key", "keys/88": "foreign: it came late"}},
    )


def planned(found: Mapping[str, str], *only: str) -> Plan:
    """The plan for alpha."""
    return plan_quarantine(city="small", site="alpha", found=found, only=only)


def files(plan: Plan) -> list[list[str]]:
    """The files of each step."""
    return [list(step.found) for *_, step in plan.steps() if isinstance(step, QuarantineFiles)]


def test_what_the_host_and_its_receivers_found_is_planned_with_why() -> None:
    found = find_refused(hosts(), small_estate(), "alpha")

    assert found == {
        "data/aa/aa": "its SHA-256 is not its name",
        "index/77": "foreign: no key (at beta)",
        "keys/88": "foreign: it came late (at beta)",
    }
    assert files(planned(found)) == [["data/aa/aa", "index/77", "keys/88"]]
    assert planned({}).empty


def test_thousands_of_files_are_a_step_a_thousand() -> None:
    plan = planned({f"snapshots/{number:04}": "foreign" for number in range(2500)})

    assert [len(some) for some in files(plan)] == [1000, 1000, 500]
    assert len({step.target for *_, step in plan.steps()}) == 3


def test_only_the_named_files_are_planned_and_a_stranger_is_refused() -> None:
    assert files(planned(WRONG, "index/77")) == [["index/77"]]
    assert files(planned(WRONG, "data/a…")) == [["data/aa/aa"]]
    with pytest.raises(UsageError, match="nobody found 'index/99'"):
        planned(WRONG, "index/99")


def test_a_file_that_is_right_after_all_stays_and_the_others_go() -> None:
    bearing = hosts()
    found = find_refused(bearing, small_estate(), "alpha")

    outcome, conclusion = RunInMemory(quarantine_operation(lambda: bearing), "run-1").carry_out(planned(found))

    assert conclusion.exit_code == 0
    assert [one.result for one in outcome.results("backup.quarantine-files")] == [
        {"moved": 2, "kept": {"keys/88": "it is what its name says"}}
    ]
    assert set(bearing.quarantined) == {("alpha", "run-1", path) for path in WRONG}
    assert bearing.wrong == {"alpha": {}}


def test_the_undo_puts_the_files_back() -> None:
    bearing = hosts()
    run = RunInMemory(quarantine_operation(lambda: bearing), "run-1")
    plan = planned(WRONG)
    run.carry_out(plan)

    for *_, step in plan.steps():
        undo = step.undo(None)
        assert undo is not None
        run.perform_once("alpha", undo)

    assert bearing.wrong == {"alpha": WRONG}
    assert bearing.quarantined == {}


def test_the_undo_leaves_alone_what_is_recorded_to_have_stayed() -> None:
    (step,) = [step for *_, step in planned(WRONG).steps()]
    stayed, *moved = WRONG
    undo = step.undo({"moved": len(moved), "kept": {stayed: "it is what its name says"}})
    assert undo == PutBackFiles(site="alpha", number=1, paths=tuple(sorted(moved)))
    assert step.undo({"moved": 0, "kept": dict(WRONG)}) is None
