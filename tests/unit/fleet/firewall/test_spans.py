"""Spans of numbers against plain sets of them."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as some

from fleet.firewall.spans import Spans, common, has, merge, rest

SPAN = some.tuples(some.integers(0, 40), some.integers(0, 12)).map(lambda one: (one[0], sum(one)))
SPANS = some.lists(SPAN).map(merge)


def numbers(spans: Spans) -> set[int]:
    return {number for first, last in spans for number in range(first, last + 1)}


@given(one=SPANS, other=SPANS)
def test_they_are_the_sets_of_their_numbers(one: Spans, other: Spans) -> None:
    assert numbers(common(one, other)) == numbers(one) & numbers(other)
    assert numbers(rest(one, other)) == numbers(one) - numbers(other)
    assert {number for number in range(60) if has(one, number)} == numbers(one)


@given(one=SPANS, other=SPANS)
def test_what_overlaps_or_touches_is_one_span(one: Spans, other: Spans) -> None:
    for spans in (one, common(one, other), rest(one, other)):
        assert all(before[1] + 1 < after[0] for before, after in pairwise(spans))
