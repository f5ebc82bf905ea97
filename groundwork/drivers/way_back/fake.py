"""A target in memory that goes back by itself when its timer ends, on the clock that it is given."""

from collections.abc import Callable
from dataclasses import dataclass, field

from groundwork.change.confirm import Trial
from groundwork.errors import OutsideError, UnreachableError
from groundwork.shell.clock import Clock


@dataclass(slots=True, kw_only=True)
class FakeTarget:
    """What is at the target: a value, and its changes on trial by name; `reachable` is false while its line is cut."""

    clock: Clock
    value: str = "old"
    reachable: bool = True
    trials: dict[str, Trial] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    ends: dict[str, float] = field(default_factory=dict)


class FakeWayBack:
    """The way back of one change at a FakeTarget."""

    def __init__(self, target: FakeTarget, *, name: str) -> None:
        self._target = target
        self._name = name

    def read(self) -> Trial:
        """What became of the change."""
        return self._asked(lambda: None)

    def arm(self, *, seconds: float) -> None:
        """Keep the value and start the timer."""

        def arm() -> None:
            if self._name not in self._target.trials:
                self._target.trials[self._name] = Trial.ARMED
                self._target.before[self._name] = self._target.value
                self._target.ends[self._name] = self._target.clock.monotonic() + seconds

        self._asked(arm)

    def confirm(self) -> Trial:
        """Stop the timer for good, unless it has ended."""

        def confirm() -> None:
            if self._name not in self._target.trials:
                raise OutsideError(f"no change {self._name} is on trial", hint="plan again")
            if self._target.trials[self._name] is Trial.ARMED:
                self._target.trials[self._name] = Trial.CONFIRMED

        return self._asked(confirm)

    def go_back(self) -> None:
        """Go back now."""
        self._asked(self._back)

    def _asked(self, act: Callable[[], None]) -> Trial:
        """What the target answers, after what its timer did meanwhile."""
        armed = self._target.trials.get(self._name) is Trial.ARMED
        if armed and self._target.clock.monotonic() >= self._target.ends[self._name]:
            self._back()
        if not self._target.reachable:
            raise UnreachableError("the target does not answer", hint="see its network")
        act()
        return self._target.trials.get(self._name, Trial.NONE)

    def _back(self) -> None:
        if self._target.trials.get(self._name) is not Trial.CONFIRMED and self._name in self._target.before:
            self._target.value = self._target.before[self._name]
            self._target.trials[self._name] = Trial.WENT_BACK
