"""What cityops needs of a transfer: the receiving site pulls, proves each file by its name, and only then counts it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class PullReport:
    """What one pull did; every name is a path within the repository, and nothing named here was taken into it.

    `refused`: its name is wrong, or not its SHA-256. `foreign`: the city's key does not open it. `missing`: an index or
    a snapshot needs it, and the sender lacks it. `incomplete`: the ids of objects that wait for what is missing. `held`
    counts the files that wait. A file that is refused or foreign, and that nobody needs, harms nothing.
    """

    sender: str
    receiver: str
    files: int
    size_bytes: int
    proven: int
    refused: tuple[str, ...]
    foreign: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()
    held: int = 0

    @property
    def whole(self) -> bool:
        """True when everything that the sender's points need is here."""
        return not (self.missing or self.incomplete or self.held)


class Transfer(Protocol):
    """Pulls from a sender's read-only server, carried out on the receiving repository host."""

    def pull(self, *, sender: str, receiver: str) -> PullReport:
        """Bring the receiver's repository up to the sender's; what is there already is not changed."""
