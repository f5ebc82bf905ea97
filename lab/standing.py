"""What is remembered of a lab while it stands: its city, what was planted, and whether it was ever whole."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

from groundwork.errors import RefusedError
from groundwork.shell.clock import Clock
from lab.cache import exclusive
from lab.folders import LabFolders
from lab.planted import Planted

_PATIENCE_SECONDS = 600.0  # a bring-up with nothing cached takes two minutes
_PAUSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A lab's city, the faults planted at its first bring-up, and whether that bring-up came to its end."""

    city: str
    planted: tuple[Planted, ...]
    whole: bool = False


def read_standing(folders: LabFolders) -> Standing | None:
    """What stands under the lab's name, or None."""
    if not folders.standing.exists():
        return None
    seen = json.loads(folders.standing.read_text(encoding="utf-8"))
    planted = tuple(Planted(**one) for one in seen["planted"])
    return Standing(city=seen["city"], planted=planted, whole=seen["whole"])


def write_standing(folders: LabFolders, standing: Standing) -> None:
    """Remember it, all or nothing."""
    half_way = folders.standing.with_name(f"{folders.standing.name}.new")
    half_way.write_text(json.dumps(asdict(standing), ensure_ascii=False, indent=1), encoding="utf-8")
    half_way.rename(folders.standing)


def call_whole(folders: LabFolders, standing: Standing) -> None:
    """Remember that the lab's bring-up came to its end: from now on nothing is planted."""
    write_standing(folders, replace(standing, whole=True))


@contextmanager
def holding(folders: LabFolders, *, clock: Clock, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lab against anyone else who brings it up or takes it down; waits for such a one, and says so.

    A killed demo's own `lab.up` may live on for a while. Raises RefusedError when the other does not come to its end.
    """
    folders.labs.mkdir(mode=0o700, parents=True, exist_ok=True)
    deadline, said = clock.monotonic() + _PATIENCE_SECONDS, False
    while True:
        with exclusive(folders.lock, wait=False) as held:
            if held:
                yield
                return
        if clock.monotonic() > deadline:
            raise RefusedError(
                f"the lab {folders.lab} is being brought up or taken down by another command",
                hint="wait until it has ended, then try again",
            )
        if not said:
            say(f"waiting for another command that brings the lab {folders.lab} up or takes it down")
            said = True
        clock.sleep(_PAUSE_SECONDS)
