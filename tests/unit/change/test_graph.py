import pytest

from groundwork.change.graph import levels
from groundwork.errors import ConfigurationError


def test_everything_stands_after_what_it_needs() -> None:
    assert levels({"web-1": ["db"], "web-2": ["db"], "db": [], "pay": ["web-1", "web-2"]}) == (
        ("db",),
        ("web-1", "web-2"),
        ("pay",),
    )


def test_a_need_that_is_not_among_the_keys_is_left_out() -> None:
    assert levels({"web": ["elsewhere"]}) == (("web",),)


def test_a_cycle_is_named_step_by_step() -> None:
    with pytest.raises(ConfigurationError, match=r"a → b → a|b → a → b"):
        levels({"a": ["b"], "b": ["a"]})
