"""Circles in a graph of names, each shown step by step."""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

_MOST = 20  # circles shown of one graph; each is found by a walk of its own


def find_cycles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Circles of a graph (name to the names it needs), as ``[a, b, a]``: a needs b, b needs a.

    Each begins with the name of it that the graph states first. Mending all of them leaves none, save beyond twenty.
    """
    left = {name: list(dict.fromkeys(needed)) for name, needed in graph.items()}
    order = {name: position for position, name in enumerate(left)}
    found: list[list[str]] = []
    while len(found) < _MOST:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            circle = list(reversed(error.args[1]))[:-1]
            first = min(range(len(circle)), key=lambda index: order[circle[index]])
            circle = circle[first:] + circle[:first]
            found.append([*circle, circle[0]])
            left[circle[-1]].remove(circle[0])
        else:
            break
    return found
