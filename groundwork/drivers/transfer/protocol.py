"""What cityops needs of a transfer: the receiving site pulls, proves each file by its name, and only then counts it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class PullReport:
    """What one pull did. `refused` names files whose SHA-256 is not their name; they are kept out of the repository."""

    sender: str
    receiver: str
    files: int
    size_bytes: int
    proven: int
    refused: tuple[str, ...]


class Transfer(Protocol):
    """Pulls from a sender's read-only server, carried out on the receiving repository host."""

    def pull(self, *, sender: str, receiver: str) -> PullReport:
        """Bring the receiver's repository up to the sender's; what is there already is not changed."""
