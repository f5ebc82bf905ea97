import pytest

from groundwork.change.plan import Unread
from groundwork.errors import UnreachableError
from groundwork.shell.sighting import Sighting, see


def read(site: str) -> str:
    if site == "down":
        raise UnreachableError("down does not answer", hint="look at the road")
    return site.upper()


def test_a_source_that_is_down_is_a_value_and_the_others_are_seen_in_order() -> None:
    assert see(["b", "down", "a", "b"], read) == Sighting(
        seen={"b": "B", "a": "A"},
        unread=(Unread(source="down", message="down does not answer", hint="look at the road", exit_code=5),),
    )
    assert see([], read) == Sighting(seen={})


def test_a_defect_is_not_taken_for_a_source_that_is_down() -> None:
    with pytest.raises(ZeroDivisionError):
        see(["a"], lambda _site: str(1 / 0))
