"""Reading several outside systems side by side: what each shows, or why it could not be read."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from groundwork.change.plan import Unread
from groundwork.errors import OpsError

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting(Generic[T]):
    """What was seen, by source in the order asked, and the sources that could not be read."""

    seen: dict[str, T]
    unread: tuple[Unread, ...] = ()


def see(sources: Iterable[str], read: Callable[[str], T]) -> Sighting[T]:
    """Read each source (a site, a host) on a thread of its own; one that fails does not hide the others.

    What `read` raises as an OpsError becomes the source's Unread; anything else is a defect, and raised.
    """
    names = list(dict.fromkeys(sources))

    def attempt(name: str) -> T | Unread:
        try:
            return read(name)
        except OpsError as error:
            return Unread(source=name, message=error.message, hint=error.hint, exit_code=error.exit_code)

    with ThreadPoolExecutor(max_workers=max(1, len(names))) as pool:
        found = dict(zip(names, pool.map(attempt, names), strict=True))
    return Sighting(
        seen={name: one for name, one in found.items() if not isinstance(one, Unread)},
        unread=tuple(one for one in found.values() if isinstance(one, Unread)),
    )
