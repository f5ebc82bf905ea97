"""Recognising machines, whatever somebody did to them by hand."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from fleet.machines.comparison import Comparison, Known, compare_machines
from fleet.machines.model import FoundMachine, WantedMachine
from fleet.machines.plan import plan_machines
from fleet.machines.shortfall import left_out, refuse_many_missing
from groundwork.drivers.vcenter.protocol import HALF_IMPORTED
from groundwork.errors import RefusedError
from groundwork.model.mark import read_mark
from tests.builders.machine_values import MARK, UUID, WANTED, found, many_wanted

ADOPTED = replace(WANTED, uuid=UUID, mark="")
OTHER = replace(WANTED, name="web-02", vcenter_name="web-02", mark=MARK.replace("web-01", "web-02"))


def rows(wanted: Sequence[WantedMachine], *shown: FoundMachine, known: Known | None = None) -> tuple[Comparison, ...]:
    return compare_machines(wanted, {"central": shown}, known=known)


def states(wanted: Sequence[WantedMachine], *shown: FoundMachine) -> list[tuple[str, str]]:
    return [(row.name, row.state) for row in rows(wanted, *shown)]


@pytest.mark.parametrize("wanted", [WANTED, ADOPTED], ids=["by its mark", "by its identity"])
def test_a_machine_renamed_by_hand_is_reported_as_renamed_and_not_made_again(wanted: WantedMachine) -> None:
    (row,) = rows([wanted], replace(found(wanted), name="WEB old"))
    assert (row.state, row.differences) == ("renamed", ("name: WEB old → web-01",))
    assert plan_machines(city="taichung", rows=[row]).empty


def test_a_renamed_machine_is_mended_under_the_name_it_bears() -> None:
    plan = plan_machines(city="taichung", rows=rows([WANTED], replace(found(), name="old", powered_on=False)))
    assert [step.describe() for _, _, _, step in plan.steps()] == ["power on old at central"]


def test_a_machine_turned_into_a_template_is_reported_as_that_and_not_made_again() -> None:
    (row,) = rows([WANTED], replace(found(), template=True))
    assert row.state == "template"
    assert plan_machines(city="taichung", rows=[row]).empty


def test_two_machines_whose_names_were_exchanged_are_each_known_by_its_mark() -> None:
    shown = (replace(found(), name="web-02"), replace(found(OTHER), name="web-01"))
    assert states([WANTED, OTHER], *shown) == [("web-01", "renamed"), ("web-02", "renamed")]
    assert [row.found for row in rows([WANTED, OTHER], *shown)] == list(shown)


def test_a_clone_made_by_hand_bears_the_mark_too_and_is_a_stranger() -> None:
    found_rows = rows([WANTED], found(), replace(found(), name="web-01 copy", uuid="another"))
    assert [(row.state, row.note) for row in found_rows] == [("right", ""), ("unwanted", "bears the mark of another")]


def test_between_two_that_bear_the_mark_and_not_the_name_nobody_chooses() -> None:
    shown = (replace(found(), name="a"), replace(found(), name="b", uuid="another"))
    (row,) = rows([WANTED], *shown)
    assert (row.state, row.note) == ("ambiguous", "several could be it: a in digital, b in digital")
    assert row.found == shown[0], "the first of them is shown"
    assert plan_machines(city="taichung", rows=[row]).empty


def test_a_name_that_two_machines_bear_is_reported_and_never_touched() -> None:
    shown = (replace(found(), vcpus=1), replace(found(), folder="tax", annotation="", uuid="another"))
    found_rows = rows([WANTED], *shown)
    assert [row.state for row in found_rows] == ["ambiguous"]
    assert plan_machines(city="taichung", rows=found_rows).empty
    stranger = replace(found(), name="else-01", annotation="", uuid="third")
    assert [(row.name, row.state) for row in rows([WANTED], *shown, stranger)] == [
        ("web-01", "ambiguous"),
        ("else-01", "unwanted"),
    ], "what bears another name is none of the two"


def test_a_name_that_differs_only_in_case_is_a_finding() -> None:
    (row,) = rows([replace(WANTED, mark="")], replace(found(), name="WEB-01", annotation=""))
    assert row.state == "renamed"
    assert "only in case" in row.note


def test_another_machine_of_the_same_name_is_not_taken_for_it() -> None:
    (row,) = rows([ADOPTED], replace(found(), uuid="another", annotation="", vcpus=1))
    assert row.state == "ambiguous"
    assert "another machine" in row.note
    assert plan_machines(city="taichung", rows=[row]).empty


def test_what_cannot_be_seen_now_is_reported_as_that_and_nothing_is_planned() -> None:
    shown = FoundMachine(name="web-01", site="central", unseen="orphaned")
    found_rows = rows([WANTED], shown)
    assert [(row.state, row.note) for row in found_rows] == [("unseen", "orphaned")]
    assert plan_machines(city="taichung", rows=found_rows).empty
    (reported,) = left_out(found_rows)
    assert (reported.source, reported.message, reported.exit_code) == (
        "central",
        "web-01: cannot be seen now (orphaned)",
        5,
    )


@pytest.mark.parametrize("mark", ["cityops: restored from central/web-01@2026-01-01 (run r1)", "cityops: drill r2"])
def test_a_half_imported_machine_is_neither_marked_nor_powered_on(mark: str) -> None:
    half = f"{HALF_IMPORTED} {mark}"
    shown = replace(found(), annotation=half, powered_on=False)
    found_rows = rows([WANTED], shown) if "restored" in mark else rows([], shown)
    assert plan_machines(city="taichung", rows=found_rows).empty
    (row,) = found_rows
    assert row.state == ("unseen" if row.wanted else "drill")
    assert (known := read_mark(half)) is not None
    assert known.half


def test_a_machine_at_a_site_that_was_not_read_is_unseen_and_not_missing() -> None:
    far = replace(WANTED, site="nchc")
    assert states([far]) == [("web-01", "unseen")]
    assert left_out(rows([far])) == ()  # the site itself is reported


@pytest.mark.parametrize(
    ("wanted", "known"),
    [(ADOPTED, Known()), (WANTED, Known(seen_before={("central", "web-01")}))],
    ids=["by its identity", "by its restore points"],
)
def test_a_lost_machine_is_not_made_without_a_word(wanted: WantedMachine, known: Known) -> None:
    found_rows = rows([wanted], known=known)
    assert [row.state for row in found_rows] == ["lost"]
    assert plan_machines(city="taichung", rows=found_rows).empty
    (reported,) = left_out(found_rows)
    assert "inv backup.restore web-01 --site central" in reported.hint
    assert reported.exit_code == 6
    made = plan_machines(city="taichung", rows=found_rows, anew=["web-01"])
    assert "nothing of what it held comes back" in next(step.describe() for _, _, _, step in made.steps())
    assert left_out(found_rows, anew=["web-01"]) == ()


def test_only_a_lost_machine_is_made_anew() -> None:
    with pytest.raises(RefusedError, match="web-01 is not lost"):
        plan_machines(city="taichung", rows=rows([WANTED]), anew=["web-01"])


def test_a_service_host_is_no_stranger() -> None:
    shown = replace(found(), name="Prober 01", annotation="")
    known = Known(hosts={("central", "Prober 01")})
    assert [row.state for row in rows([], shown, known=known)] == ["host"]


def test_many_missing_at_one_site_are_asked_about() -> None:
    wanted = [replace(one, site="central") for one in many_wanted(100)]
    shown = [found(one) for one in wanted]
    refuse_many_missing(rows(wanted, *shown[10:]))
    refuse_many_missing(rows(wanted[:5]))
    with pytest.raises(RefusedError, match=r"11 of 100 machines of central are missing: machine-0000.* and 6 more"):
        refuse_many_missing(rows(wanted, *shown[11:]))
