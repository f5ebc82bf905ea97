"""Sets of whole numbers as spans from first to last: sorted, apart from one another, and merged where they touch."""

from collections.abc import Iterable

Span = tuple[int, int]
Spans = tuple[Span, ...]


def merge(spans: Iterable[Span]) -> Spans:
    """The same numbers, each in one span; spans that touch become one."""
    merged: list[Span] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def common(one: Spans, other: Spans) -> Spans:
    """The numbers of both."""
    pairs = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return merge((first, last) for first, last in pairs if first <= last)


def rest(one: Spans, other: Spans) -> Spans:
    """The numbers of the one that are not of the other."""
    left = list(one)
    for first, last in other:
        parts = [((a, min(b, first - 1)), (max(a, last + 1), b)) for a, b in left]
        left = [(a, b) for part in parts for a, b in part if a <= b]
    return merge(left)


def has(spans: Spans, number: int) -> bool:
    """True when the number is one of them."""
    return any(first <= number <= last for first, last in spans)
