"""Which track of a share is begun next: one whose needs are met and for whose uses there is room."""

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Mapping

from groundwork.change.plan import Share


class Schedule:
    """The tracks of one share by their number in it; a track whose need failed is never begun.

    Of several that may be begun, the one with the longest chain of tracks waiting behind it is first, then the plan's
    order: without needs that is the plan's order alone.
    """

    def __init__(self, share: Share) -> None:
        numbers = {track.name: number for number, track in enumerate(share.tracks)} if _any_needs(share) else {}
        self._uses = [Counter(track.uses) for track in share.tracks]
        self._missing = [{numbers[name] for name in track.needs} for track in share.tracks]
        self._behind: list[list[int]] = [[] for _ in share.tracks]
        for number, needed in enumerate(self._missing):
            for one in needed:
                self._behind[one].append(number)
        self._room = dict(share.caps)
        chains = _chains(self._behind)
        self._order = sorted(range(len(share.tracks)), key=lambda number: (-chains[number], number))
        self._pending = set(self._order)
        self._begun: set[int] = set()
        self._ready = [number for number in self._order if not self._missing[number]]
        self._rank = {number: rank for rank, number in enumerate(self._order)}

    @property
    def over(self) -> bool:
        """Whether no track is left that might still be begun."""
        return not self._pending

    @property
    def idle(self) -> bool:
        """Whether it is over and all that was begun has ended."""
        return self.over and not self._begun

    def take(self, *, instead_of: int | None = None) -> int | None:
        """Begin the next track; None while there is none that can be begun now.

        It may have what the track `instead_of` uses, which ends as it begins; what needs that one waits for its end.
        """
        freed = Counter[str]() if instead_of is None else self._uses[instead_of]
        found = next((number for number in self._ready if self._fits(number, freed)), None)
        if found is not None:
            self.begin(found)
        return found

    def begin(self, number: int) -> None:
        """Begin this one: it was taken before."""
        self._pending.discard(number)
        if number in self._ready:
            self._ready.remove(number)
        self._begun.add(number)
        for resource, units in self._uses[number].items():
            if resource in self._room:
                self._room[resource] -= units

    def end(self, number: int, *, well: bool) -> None:
        """A track that was begun is at its end: what it used is free, and what needed it is ready or never will be."""
        if number not in self._begun:
            return
        self._begun.remove(number)
        for resource, units in self._uses[number].items():
            if resource in self._room:
                self._room[resource] += units
        for one in self._behind[number]:
            if not well:
                self._drop(one)
            elif one in self._pending:
                self._missing[one].discard(number)
                if not self._missing[one]:
                    insort(self._ready, one, key=self._rank.__getitem__)

    def _drop(self, number: int) -> None:
        """This one and all that wait for it are never begun."""
        dropped = [number]
        while dropped:
            one = dropped.pop()
            if one in self._pending:
                self._pending.remove(one)
                dropped.extend(self._behind[one])

    def _fits(self, number: int, freed: Counter[str]) -> bool:
        return all(
            units <= self._room[resource] + freed[resource]
            for resource, units in self._uses[number].items()
            if resource in self._room
        )


def why_not_begun(needs: Mapping[str, Iterable[str]], ended_badly: Iterable[str]) -> dict[str, str]:
    """Of tracks with their needs: which can never be begun because others failed, each with the reason."""
    reasons = dict.fromkeys(ended_badly, "")
    found = True
    while found:
        found = False
        for name, needed in needs.items():
            failed = [one for one in needed if one in reasons]
            if failed and name not in reasons:
                state = "was not begun" if reasons[failed[0]] else "failed"
                reasons[name] = f"it needs {failed[0]}, which {state}"
                found = True
    return {name: reason for name, reason in reasons.items() if reason}


def _any_needs(share: Share) -> bool:
    return any(track.needs for track in share.tracks)


def _chains(behind: list[list[int]]) -> list[int]:
    """For each track the length of the longest chain of tracks behind it."""
    lengths: dict[int, int] = {}
    for start in range(len(behind)):
        stack = [start]
        while stack:
            number = stack[-1]
            waiting = [one for one in behind[number] if one not in lengths]
            if waiting:
                stack.extend(waiting)
            else:
                lengths[number] = max((lengths[one] + 1 for one in behind[number]), default=0)
                stack.pop()
    return [lengths[number] for number in range(len(behind))]
