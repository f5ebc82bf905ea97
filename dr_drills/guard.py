"""What must hold while a drill's step is at work: checked all the while, in a thread beside the step."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from groundwork.errors import OpsError, VerificationError

CHECK_SECONDS = 1.0  # between two checks; what is wrong is to be seen, and reacted to, within five seconds


class GuardTrippedError(VerificationError):
    """What had to hold while the drill was at work does not hold any more; the drill is stopped."""


def _no_reaction() -> None:
    """Stopping the step is enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One thing that must hold: `check` says what is wrong, or None; `react` is carried out once, as soon as it is.

    Both run in the guards' own thread, beside the step: they share no session with it.
    """

    check: Callable[[], str | None]
    react: Callable[[], None] = _no_reaction


class Watching:
    """The guards of the step at work."""

    def __init__(self, guards: Sequence[Guard]) -> None:
        self._guards = guards
        self._wrong: str | None = None

    def check(self) -> None:
        """Raise GuardTrippedError as soon as a guard saw something wrong."""
        if self._wrong is not None:
            raise GuardTrippedError(
                self._wrong, hint="the drill stops here and is cleaned up; find the cause before the next one"
            )

    def poll(self) -> bool:
        """Check every guard once, and react to what is wrong; whether all holds."""
        for guard in self._guards:
            wrong = self._wrong or _check(guard)
            if wrong is not None and self._wrong is None:
                self._wrong = wrong
                with suppress(OpsError):  # whatever comes of it, the step must end
                    guard.react()
        return self._wrong is None


@contextmanager
def watching(guards: Sequence[Guard], *, every_seconds: float = CHECK_SECONDS) -> Iterator[Watching]:
    """Check the guards before the step, beside it, and after it.

    The step calls `check` wherever it can end early; leaving the block calls it too. Raises GuardTrippedError, in place
    of whatever the step itself came to, when a guard saw something wrong.
    """
    watch = Watching(guards)
    watch.poll()
    watch.check()
    done = threading.Event()
    thread = threading.Thread(target=_keep_polling, args=(watch, done, every_seconds), name="drill guards", daemon=True)
    if guards:
        thread.start()
    try:
        yield watch
    except OpsError:
        _end(thread, done)
        watch.check()
        raise
    finally:
        _end(thread, done)
    watch.poll()
    watch.check()


def _keep_polling(watch: Watching, done: threading.Event, every_seconds: float) -> None:
    while not done.wait(every_seconds) and watch.poll():
        pass


def _end(thread: threading.Thread, done: threading.Event) -> None:
    done.set()
    if thread.is_alive():
        thread.join()


def _check(guard: Guard) -> str | None:
    try:
        return guard.check()
    except OpsError as error:
        return f"it could not be seen any more whether the drill may go on: {error.message}"
