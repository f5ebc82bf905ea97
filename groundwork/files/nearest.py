"""Which of many known names was probably meant, found in a time that does not grow with how many there are."""

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import islice

_SHOWN = 8  # names that fit a line
_LONGEST = 100  # characters of a name that are compared
_FEW = 100  # names that are looked through two letters deep
_SHORT = 20  # characters up to which two letters may be wrong
_CANDIDATES = 10  # names compared letter by letter
_MOST = 20_000  # names that are indexed: each takes as many entries as it has letters
_LIKE = 0.66


class Nearest:
    """An index of known names by what is left of them when one letter (of a few short names: two) is taken away.

    A name with a letter wrong, missing, added or exchanged with its neighbour shares such a rest with what was meant.
    """

    def __init__(self, known: Iterable[str]) -> None:
        self._known = list(known)
        self._deep = len(self._known) <= _FEW
        self._by_rest: dict[str, list[str]] | None = None

    def __call__(self, name: str) -> str:
        """Which name was meant, or which there are, as the beginning of a clause."""
        near = self.find(name)
        if near:
            return f'did you mean "{near}"?'
        some = ", ".join(self._known[:_SHOWN])
        return f"known are {some}{' …' if len(self._known) > _SHOWN else ''}" if some else "there is none yet"

    def find(self, name: str) -> str | None:
        """The known name that differs least, if any is near."""
        index = self._index()
        found = {one: None for rest in self._rests(name) for one in index.get(rest, ())}
        rated = [
            (SequenceMatcher(None, _folded(one), _folded(name)).ratio(), one) for one in islice(found, _CANDIDATES)
        ]
        best = max(rated, key=lambda one: one[0], default=(0.0, ""))
        return best[1] if best[0] >= _LIKE else None

    def _index(self) -> dict[str, list[str]]:
        if self._by_rest is None:
            self._by_rest = {}
            for name in self._known[:_MOST]:
                for rest in self._rests(name):
                    there = self._by_rest.setdefault(rest, [])
                    if len(there) < _CANDIDATES:
                        there.append(name)
        return self._by_rest

    def _rests(self, name: str) -> dict[str, None]:
        name = _folded(name)
        rests = {name: None} | dict.fromkeys(_less_one(name))
        if self._deep and len(name) <= _SHORT:
            rests |= {two: None for one in list(rests) for two in _less_one(one)}
        return rests


def _folded(name: str) -> str:
    return name[:_LONGEST].casefold().replace("_", "-")


def _less_one(name: str) -> Iterator[str]:
    return (name[:position] + name[position + 1 :] for position in range(len(name)))


@lru_cache(maxsize=128)
def nearest_of(known: tuple[str, ...]) -> Nearest:
    """The index of a short list, such as the keys of a form, made once."""
    return Nearest(known)
