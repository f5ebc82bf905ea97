from dataclasses import replace

from groundwork.change.plan import Share
from groundwork.change.schedule import Schedule, why_not_begun
from tests.builders.toy_steps import track


def share(needs: dict[str, str], *, uses: str = "", cap: int = 1, names: str = "abcdef") -> Share:
    tracks = tuple(
        replace(track(name), needs=tuple(needs.get(name, "")), uses=("bench",) if name in uses else ())
        for name in names
    )
    return Share(site="here", tracks=tracks, caps=(("bench", cap),) if uses else (), lanes=2)


def taken(schedule: Schedule) -> str:
    found = ""
    while (number := schedule.take()) is not None:
        found += "abcdef"[number]
    return found


def test_without_needs_tracks_are_begun_as_the_plan_has_them() -> None:
    schedule = Schedule(share({}))
    assert taken(schedule) == "abcdef"
    assert schedule.over


def test_a_track_is_begun_when_all_it_needs_has_ended_well_the_longest_chain_first() -> None:
    schedule = Schedule(share({"b": "e", "c": "b", "d": "ae"}))
    assert taken(schedule) == "eaf", "two wait for e, one after another; one for a"
    schedule.end(4, well=True)
    assert taken(schedule) == "b", "d still waits for a"
    schedule.end(0, well=True)
    assert (taken(schedule), schedule.over) == ("d", False)
    schedule.end(1, well=True)
    assert (taken(schedule), schedule.over) == ("c", True)


def test_what_needs_a_failed_track_is_never_begun_nor_what_needs_that() -> None:
    schedule = Schedule(share({"b": "a", "c": "b", "d": "ef"}))
    taken(schedule)
    schedule.end(0, well=False)
    assert (taken(schedule), schedule.over) == ("", False)
    schedule.end(4, well=True)
    schedule.end(5, well=True)
    assert (taken(schedule), schedule.over) == ("d", True)


def test_no_more_use_a_resource_than_its_cap_and_others_pass_by() -> None:
    schedule = Schedule(share({}, uses="abce", cap=2))
    assert taken(schedule) == "abdf"
    schedule.end(3, well=True)
    assert taken(schedule) == "", "d used nothing"
    schedule.end(1, well=False)
    assert (taken(schedule), schedule.over) == ("c", False), "a failure frees what it used"


def test_a_track_that_was_begun_before_a_kill_keeps_what_it_uses_and_ends_once() -> None:
    schedule = Schedule(share({"f": "c"}, uses="abc", cap=2))
    schedule.begin(2)
    assert taken(schedule) == "ade"
    schedule.end(2, well=True)
    schedule.end(2, well=True)
    assert taken(schedule) == "bf"


def test_why_a_track_was_not_begun_goes_back_to_what_failed() -> None:
    needs = {"a": "", "b": "a", "c": "b", "d": "x", "x": ""}
    assert why_not_begun(needs, ["a"]) == {"b": "it needs a, which failed", "c": "it needs b, which was not begun"}
    assert why_not_begun(needs, []) == {}
